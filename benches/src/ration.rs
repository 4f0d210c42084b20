//! How much is done in one run, shared by all the connections that do it.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use crate::measure::now;

/// When it is enough.
#[derive(Clone, Copy)]
pub(crate) enum Enough {
    /// After so many
    Count(usize),
    /// After so many seconds
    Seconds(f64),
}

/// What is left to be done.
pub(crate) struct Ration {
    most: usize,
    until: f64,
    taken: Cell<usize>,
}

impl Ration {
    pub(crate) fn new(enough: Enough) -> Rc<Self> {
        let (most, until) = match enough {
            Enough::Count(count) => (count, f64::INFINITY),
            Enough::Seconds(seconds) => (usize::MAX, now() + seconds),
        };
        Rc::new(Self { most, until, taken: Cell::new(0) })
    }

    /// Takes so many, or what is left: their numbers.
    pub(crate) fn take(&self, some: usize) -> Range<usize> {
        let from = self.taken.get();
        let some = if now() < self.until { some.min(self.most - from) } else { 0 };
        self.taken.set(from + some);
        from..from + some
    }

    /// How many were taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken.get()
    }
}

/// Who comes at which number: in an order that no cache can guess, and everybody once before anybody comes twice.
pub(crate) fn whose_turn(number: usize, people: usize) -> usize {
    // A prime that divides no number of people that is ever tried.
    const STRIDE: usize = 7_919_317;
    (number % people) * STRIDE % people
}
