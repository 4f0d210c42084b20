//! Several who do the same work, one after the other and again.

use crate::measure::{Runs, family_time};
use crate::ration::Enough;

/// One of those who do the work.
pub(super) struct Side<'a> {
    /// Its processes; what these have started counts as well
    pub(super) pids: Vec<u32>,
    /// What makes it warm
    pub(super) warm: Enough,
    /// Does the work until it is enough; gives how much it was
    pub(super) work: Box<dyn Fn(Enough) -> f64 + 'a>,
}

/// How often each has its turn, and for how long.
#[derive(Clone, Copy)]
pub(super) struct Turns {
    pub(super) count: usize,
    pub(super) seconds: f64,
}

/// Processor time for each unit of work, of each side. Each warms up, and then they take turns, so that a machine that
/// others slow down slows all of them. What a side does while others have their turn is left over from its own: last uses
/// are written behind the answers.
pub(super) fn in_turns(sides: &[Side<'_>], turns: Turns) -> Vec<Runs> {
    for side in sides {
        (side.work)(side.warm);
    }
    let mut costs: Vec<Runs> = sides.iter().map(|_| Runs(Vec::new())).collect();
    // Where each side was when its turn began, and how much it did then.
    let mut last: Vec<Option<(f64, f64)>> = vec![None; sides.len()];
    for turn in 0..=turns.count {
        for (side, (costs, last)) in sides.iter().zip(costs.iter_mut().zip(&mut last)) {
            let used = family_time(&side.pids);
            costs.0.extend(last.map(|(before, done)| (used - before) / done));
            if turn < turns.count {
                *last = Some((used, (side.work)(Enough::Seconds(turns.seconds))));
            }
        }
    }
    costs
}
