//! A clock that moves when it is told to.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use valetkey_domain::{BootTime, Clock, Timestamp};

/// A clock that stands still until [`FixedClock::advance`].
pub struct FixedClock {
    millis: AtomicI64,
    boot_micros: AtomicU64,
}

impl FixedClock {
    /// A clock that shows 2026-11-21T00:00:00Z, an hour after the machine started.
    pub fn new() -> Self {
        Self { millis: AtomicI64::new(1_795_219_200_000), boot_micros: AtomicU64::new(3_600_000_000) }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(i64::try_from(by.as_millis()).expect("a test's time is short"), Ordering::SeqCst);
        self.boot_micros.fetch_add(u64::try_from(by.as_micros()).expect("a test's time is short"), Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn boot_time(&self) -> BootTime {
        BootTime::from_micros(self.boot_micros.load(Ordering::SeqCst))
    }
}

/// Time as it passes.
pub struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        Timestamp::from_millis(now.tv_sec * 1000 + now.tv_nsec / 1_000_000)
    }

    fn boot_time(&self) -> BootTime {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        BootTime::from_micros(u64::try_from(micros).expect("after the machine's start"))
    }
}
