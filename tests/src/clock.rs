//! Time, and waiting for something: never longer than a limit, and never for a time that is only hoped to be enough.

use std::time::Duration;

use valetkey_domain::Clock;
pub use valetkey_testkit::RealClock;

/// How long anything may take on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(10);

/// Looks until there is something, at most for `limit`.
pub fn look_for<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = RealClock.boot_time();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if RealClock.boot_time().since(start) > limit {
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
