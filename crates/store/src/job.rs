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

pub(crate) struct Change<T, E: From<StoreError>, F> {
    closure: F,
    result: Option<Result<T, E>>,
    answer: Option<oneshot::Sender<Result<Committed<T>, E>>>,
}

impl<T, E: From<StoreError>, F> Change<T, E, F> {
    pub(crate) fn new(closure: F) -> (Self, oneshot::Receiver<Result<Committed<T>, E>>) {
        let (answer, waiting) = oneshot::channel();
        (Self { closure, result: None, answer: Some(answer) }, waiting)
    }

    fn answer(&mut self, fate: Fate) {
        let answer = match (self.result.take(), fate) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Fate::Committed) => Ok(Committed::Known(value)),
            (Some(Ok(value)), Fate::Unknown(error)) => Ok(Committed::Unknown(value, error)),
            (_, Fate::RolledBack(error) | Fate::Unknown(error)) => Err(error.into()),
            (None, Fate::Committed) => Err(StoreError::unusable("the change never ran").into()),
        };
        // Whoever waited may have gone; the change stands all the same.
        drop(self.answer.take().map(|waiting| waiting.send(answer)));
    }
}

/// A job that goes without having been told its fate was on a thread that is gone. If it ran, it may have been
/// committed, and what follows from it in memory must be done.
impl<T, E: From<StoreError>, F> Drop for Change<T, E, F> {
    fn drop(&mut self) {
        if self.answer.is_some() {
            self.answer(Fate::Unknown(StoreError::unusable("the writing thread is gone")));
        }
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

    fn finish(mut self: Box<Self>, fate: Fate) {
        self.answer(fate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Connection;

    #[test]
    fn a_job_that_ran_on_a_thread_that_is_gone_may_be_committed() {
        let database = rusqlite::Connection::open_in_memory().expect("a database");
        let (mut job, waiting) = Change::new(|_: &mut Transaction<'_>| Ok::<_, StoreError>(7));
        assert_eq!(job.run(&mut Transaction::new(Connection::Sqlite(&database))), Kept::Yes);
        drop(job);
        assert!(matches!(waiting.blocking_recv(), Ok(Ok(Committed::Unknown(7, _)))));
    }

    #[test]
    fn a_job_that_never_ran_is_certainly_not_committed() {
        let (job, waiting) = Change::<u8, StoreError, _>::new(|_: &mut Transaction<'_>| Ok::<_, StoreError>(7));
        drop(job);
        assert!(matches!(waiting.blocking_recv(), Ok(Err(StoreError::Unusable(_)))));
    }
}
