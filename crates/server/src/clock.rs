//! Time and randomness as the operating system gives them: the one place that asks it.

use rustix::time::{ClockId, clock_gettime};
use valetkey_domain::{BootTime, Clock, Randomness, Timestamp};

/// The machine's clocks.
pub(crate) struct SystemClock;

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

/// The operating system's generator.
pub(crate) struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("there is no safe way on without randomness");
    }
}
