//! Somebody else who signs in meanwhile. By HTTP: behind it stands no other server that could be busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::http::Asker;
use crate::measure::now;
use crate::people::Login;
use crate::server::Server;

/// Signs in, one time after the other, until this is dropped.
pub(super) struct Bystander {
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    count: AtomicU64,
    longest_us: AtomicU64,
    enough: AtomicBool,
}

impl Bystander {
    pub(super) fn start(server: &Server, people: Vec<Login>) -> Self {
        let seen = Arc::new(Seen::default());
        let (inner, address) = (Arc::clone(&seen), server.http);
        let thread = std::thread::spawn(move || {
            let mut asker = Asker::connect(address);
            for login in people.iter().cycle() {
                let start = now();
                assert_eq!(asker.ask(&login.name, &login.secret), 200, "it is accepted");
                let took = Duration::from_secs_f64(now() - start);
                inner.longest_us.fetch_max(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
                inner.count.fetch_add(1, Ordering::Relaxed);
                if inner.enough.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::park_timeout(Duration::from_micros(500));
            }
        });
        Self { seen, thread: Some(thread) }
    }

    /// Waits for so many sign-ins.
    pub(super) fn wait(&self, count: u64) {
        let before = self.seen.count.load(Ordering::Relaxed);
        while self.seen.count.load(Ordering::Relaxed) < before + count {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// The longest sign-in since the last call, in milliseconds.
    pub(super) fn longest(&self) -> f64 {
        Duration::from_micros(self.seen.longest_us.swap(0, Ordering::Relaxed)).as_secs_f64() * 1e3
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.seen.enough.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
