//! One request and its answer: what belongs to it, and how it is severed at any moment, by anybody, without waiting.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use valetkey_accounts::Place;
use valetkey_accounts::gate::{CutReason, Sever, Traffic};

use super::socket::Socket;

/// Bytes of bodies that have passed: on a connection, or where that is shared, by one request.
#[derive(Default)]
pub(super) struct Passed {
    from_app: AtomicU64,
    to_app: AtomicU64,
}

/// The word that an exchange is over, for the tasks that carry it.
#[derive(Default)]
pub(super) struct End {
    is_asked: AtomicBool,
    asked: Notify,
    /// Pieces of bodies that went through.
    moved: AtomicU64,
    passed: Arc<Passed>,
}

impl End {
    /// One that adds what passes to what has.
    pub(super) fn counting(passed: Arc<Passed>) -> Arc<Self> {
        Arc::new(Self { passed, ..Self::default() })
    }

    /// Gives the word.
    fn ask(&self) {
        self.is_asked.store(true, Ordering::SeqCst);
        self.asked.notify_waiters();
    }

    /// Whether it was given.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::SeqCst)
    }

    /// Waits for it.
    pub(super) async fn asked(&self) {
        let mut asked = pin!(self.asked.notified());
        // First in line, then a look: what comes between is not missed.
        asked.as_mut().enable();
        if !self.is_asked() {
            asked.await;
        }
    }

    /// Notes that something went through.
    pub(super) fn moved(&self) {
        self.moved.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a piece came from the app.
    pub(super) fn passed_up(&self, bytes: usize) {
        self.moved();
        self.passed.from_app.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes that a piece went to it.
    pub(super) fn passed_down(&self, bytes: usize) {
        self.moved();
        self.passed.to_app.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn traffic(&self) -> Traffic {
        let Passed { from_app, to_app } = &*self.passed;
        Traffic { from_app: from_app.load(Ordering::Relaxed), to_app: to_app.load(Ordering::Relaxed) }
    }

    /// Waits until nothing has gone through for so long, or up to twice as long.
    pub(super) async fn idle(&self, limit: Duration) {
        let mut before = None;
        loop {
            let now = self.moved.load(Ordering::Relaxed);
            if before.replace(now) == Some(now) {
                return;
            }
            tokio::time::sleep(limit).await;
        }
    }

    /// Carries something on until it is done, the word is given, or it is idle for too long.
    pub(super) async fn bound(&self, limit: Duration, work: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            () = self.asked() => {}
            () = work => {}
            () = self.idle(limit) => {}
        }
    }
}

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// All of it is here.
    Done,
    /// There is, or was to be, more.
    InTheMiddle,
}

/// One request on its way. Whoever holds it keeps its sockets' descriptors from being given to somebody else.
pub(super) struct Exchange {
    /// The app's, unless it carries other people's requests too.
    client: Option<Arc<Socket>>,
    /// The upstream's, and the place that it takes up there.
    upstream: Mutex<Option<(Arc<Socket>, Place)>>,
    pub(super) end: Arc<End>,
}

impl Exchange {
    pub(super) fn new(client: Option<Arc<Socket>>, end: Arc<End>) -> Arc<Self> {
        Arc::new(Self { client, upstream: Mutex::default(), end })
    }

    /// Adds the upstream's socket: under the use's lock, so that a cut comes either before, and is seen, or after, and
    /// finds it.
    pub(super) fn attach(&self, upstream: Arc<Socket>, place: Place) {
        *self.upstream.lock().unwrap_or_else(PoisonError::into_inner) = Some((upstream, place));
    }

    /// Ends what there is with the upstream: nobody else's request goes there by it.
    pub(super) fn leave_upstream(&self, when: When) {
        let upstream = self.upstream.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (upstream, when) {
            (Some((upstream, _place)), When::Done) => upstream.shut(),
            (Some((upstream, _place)), When::InTheMiddle) => upstream.abort(),
            (None, _) => {}
        }
    }
}

impl Sever for Exchange {
    fn traffic(&self) -> Option<Traffic> {
        Some(self.end.traffic())
    }

    /// It is a request under way.
    fn sever_at_rest(&self, _: CutReason) -> bool {
        false
    }

    fn sever(&self, cut: Option<CutReason>) {
        if cut.is_some() {
            // First of all: what ends now has not come to its end.
            self.end.ask();
            if let Some(client) = &self.client {
                client.abort();
            }
        }
        self.leave_upstream(When::InTheMiddle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_word_reaches_who_waits_and_who_comes_later() {
        let end = Arc::new(End::default());
        let waiting = tokio::spawn({
            let end = Arc::clone(&end);
            async move { end.asked().await }
        });
        tokio::task::yield_now().await;
        Exchange::new(None, Arc::clone(&end)).sever(Some(CutReason::Revoked));
        waiting.await.expect("it ends");
        end.asked().await;
        assert!(end.is_asked());
    }

    #[tokio::test(start_paused = true)]
    async fn what_moves_is_not_idle() {
        let end = Arc::new(End::default());
        let limit = Duration::from_secs(10);
        let moving = async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                end.moved();
            }
        };
        let mut done = false;
        end.bound(limit, async {
            moving.await;
            done = true;
        })
        .await;
        assert!(done);
        end.bound(limit, std::future::pending()).await;
    }

    #[test]
    fn what_passes_is_counted_for_all_requests_of_a_connection() {
        let passed = Arc::new(Passed::default());
        let [one, other] = [(); 2].map(|()| Exchange::new(None, End::counting(Arc::clone(&passed))));
        one.end.passed_up(3);
        one.end.passed_down(5);
        other.end.passed_down(7);
        assert_eq!(one.traffic(), Some(Traffic { from_app: 3, to_app: 12 }));
        assert_eq!(other.traffic(), one.traffic());
        let alone = Exchange::new(None, Arc::default());
        assert_eq!(alone.traffic(), Some(Traffic::default()));
    }

    #[test]
    fn an_exchange_that_ends_by_itself_is_not_cut() {
        let exchange = Exchange::new(None, Arc::default());
        exchange.sever(None);
        assert!(!exchange.end.is_asked());
    }
}
