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
