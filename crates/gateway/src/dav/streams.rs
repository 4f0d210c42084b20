//! The tasks of HTTP/2's streams, each of which can be ended by itself.
//!
//! hyper waits for room in a stream's window before it asks for more of an answer. A client that does not read would so
//! keep its stream; here the whole task goes, and with it the stream.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::rt::Executor;

use super::exchange::{End, Passed};

/// Starts the tasks of one connection's streams.
#[derive(Clone)]
pub(super) struct Streams {
    /// That of the stream whose request was taken last and has no task yet: hyper asks for the one right after the
    /// other, in one task.
    next: Arc<Mutex<Option<Arc<End>>>>,
    idle: Duration,
}

impl Streams {
    pub(super) fn new(idle: Duration) -> Self {
        Self { next: Arc::default(), idle }
    }

    /// A request begins: what ends its stream, and counts what it carries.
    pub(super) fn begin(&self, passed: Arc<Passed>) -> Arc<End> {
        let end = End::counting(passed);
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&end));
        end
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (end, idle) = (next.unwrap_or_default(), self.idle);
        tokio::spawn(async move { end.bound(idle, stream).await });
    }
}
