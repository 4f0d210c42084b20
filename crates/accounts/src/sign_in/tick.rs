//! The beat on which refusals leave.

use std::time::Duration;

use valetkey_domain::BootTime;

/// The beat on which refusals leave. Which beat it is depends on when the attempt *arrived*, not on how long it took
/// to find out: an unknown login name, a wrong secret and a revoked one leave together.
pub(crate) struct Tick {
    period: Duration,
}

impl Tick {
    pub(crate) fn new(period: Duration) -> Self {
        Self { period: period.max(Duration::from_millis(1)) }
    }

    /// How long a refusal still waits: until the first beat that is half a period after it arrived or later (and after
    /// its delay). One that took longer than that to find out leaves on the next beat.
    pub(crate) fn wait(&self, arrived: BootTime, delay: Duration, now: BootTime) -> Duration {
        let due = (arrived + self.period / 2 + delay).max(now).as_micros();
        let period = u64::try_from(self.period.as_micros()).unwrap_or(u64::MAX);
        let beat = due.div_ceil(period).saturating_mul(period);
        Duration::from_micros(beat.saturating_sub(now.as_micros()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: u64) -> BootTime {
        BootTime::from_micros(micros)
    }

    const PERIOD: u64 = 50_000;

    proptest! {
        #[test]
        fn how_long_it_took_does_not_show(arrived in 0..10_000_000u64, took in 0..PERIOD / 2, other in 0..PERIOD / 2, delay in 0..5_000_000u64) {
            let tick = Tick::new(Duration::from_micros(PERIOD));
            let leaves = |took: u64| {
                let now = at(arrived + took);
                now + tick.wait(at(arrived), Duration::from_micros(delay), now)
            };
            prop_assert_eq!(leaves(took), leaves(other));
            prop_assert_eq!(leaves(took).as_micros() % PERIOD, 0);
            prop_assert!(leaves(took).as_micros() >= arrived + delay);
            prop_assert!(leaves(took).as_micros() <= arrived + delay + 2 * PERIOD);
        }
    }

    #[test]
    fn one_that_took_too_long_leaves_on_a_beat_all_the_same() {
        let tick = Tick::new(Duration::from_micros(PERIOD));
        assert_eq!(tick.wait(at(0), Duration::ZERO, at(149_999)), Duration::from_micros(1));
        assert_eq!(tick.wait(at(0), Duration::ZERO, at(150_001)), Duration::from_micros(49_999));
    }
}
