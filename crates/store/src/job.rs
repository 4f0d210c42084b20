//! A change on its way through an engine: a closure, its result, and whoever waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::{StoreError, Transaction};

/// What an engine runs. Run once or, after a conflict, again; then told its fate, once.
pub(crate) trait Job: Send {
    /// Runs the closure inside a transaction and says whether the transaction is to be kept.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Kept;
    /// Answers whoever waits.
    fn finish(self: Box<Self>, fate: Fate);
}

/// Whether a closure wants its transaction committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Yes,
    No,
}

/// What became of a transaction.
pub(crate) enum Fate {
    Committed,
    /// Certainly undone.
    RolledBack(StoreError),
    /// The commit was sent, and nobody knows.
    Unknown(StoreError),
}

/// What a change that wanted to be committed led to.
#[derive(Debug)]
pub enum Committed<T> {
    /// It is there, and will be after a crash.
    Known(T),
    /// It may or may not be there. What follows from it in memory must be done all the same.
    Unknown(T, StoreError),
}

pub(crate) struct Change<T, E, F> {
    closure: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<Committed<T>, E>>,
}

impl<T, E, F> Change<T, E, F> {
    pub(crate) fn new(closure: F) -> (Self, oneshot::Receiver<Result<Committed<T>, E>>) {
        let (answer, waiting) = oneshot::channel();
        (Self { closure, result: None, answer }, waiting)
    }
}

impl<T, E, F> Job for Change<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Kept {
        // A panic undoes this change alone; the store goes on for everyone else.
        let result = catch_unwind(AssertUnwindSafe(|| (self.closure)(transaction)))
            .unwrap_or_else(|_| Err(StoreError::unusable("the change panicked").into()));
        let kept = if result.is_ok() { Kept::Yes } else { Kept::No };
        self.result = Some(result);
        kept
    }

    fn finish(self: Box<Self>, fate: Fate) {
        let answer = match (self.result, fate) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Fate::Committed) => Ok(Committed::Known(value)),
            (Some(Ok(value)), Fate::Unknown(error)) => Ok(Committed::Unknown(value, error)),
            (_, Fate::RolledBack(error) | Fate::Unknown(error)) => Err(error.into()),
            (None, Fate::Committed) => Err(StoreError::unusable("the change never ran").into()),
        };
        // Whoever waited may have gone; the change stands all the same.
        drop(self.answer.send(answer));
    }
}
