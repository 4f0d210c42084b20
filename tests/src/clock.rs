//! Time, and waiting for something: never longer than a limit, and never for a time that is only hoped to be enough.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use valetkey_domain::{BootTime, Clock, Timestamp};

/// The machine's clocks.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = clock_gettime(ClockId::Realtime);
        Timestamp::from_millis(now.tv_sec * 1000 + now.tv_nsec / 1_000_000)
    }

    fn boot_time(&self) -> BootTime {
        let now = clock_gettime(ClockId::Boottime);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        BootTime::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

/// How long anything may take on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(10);

/// Looks until there is something, at most for `limit`.
pub fn look_for<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = SystemClock.boot_time();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if SystemClock.boot_time().since(start) > limit {
            return None;
        }
        std::thread::park_timeout(LOOK);
    }
}

/// Looks until there is something.
///
/// # Panics
/// If there is still nothing after [`PATIENCE`].
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    look_for(PATIENCE, look).unwrap_or_else(|| panic!("after {} s still not: {what}", PATIENCE.as_secs()))
}
