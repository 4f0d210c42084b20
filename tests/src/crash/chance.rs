//! Chance that comes out the same for the same seed.

use std::time::Duration;

use valetkey_domain::{Clock as _, Randomness as _};
use valetkey_testkit::Seeded;

use crate::clock::RealClock;

/// A source of chance.
pub struct Chance(Seeded);

impl Chance {
    /// The seed that `VALETKEY_SEED` names, else one that nobody has seen before.
    ///
    /// # Panics
    /// If what it names is no number.
    pub fn seed() -> u64 {
        #[expect(clippy::disallowed_methods, reason = "how tests are run is said in the environment")]
        let named = std::env::var("VALETKEY_SEED").ok();
        named.map_or_else(|| RealClock.boot_time().as_micros(), |seed| seed.parse().expect("VALETKEY_SEED is a number"))
    }

    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    /// Another source, which does not depend on how much of this one is used.
    pub fn branch(seed: u64, number: u64) -> Self {
        Self::new(seed ^ (number + 1).wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// A number below a limit.
    pub fn below(&self, limit: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        let limit = u64::try_from(limit).expect("a limit fits");
        usize::try_from(u64::from_le_bytes(bytes) % limit).expect("less than the limit")
    }

    /// One of several.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A time below a limit, to the microsecond.
    pub fn time(&self, limit: Duration) -> Duration {
        let micros = usize::try_from(limit.as_micros()).expect("a test's time is short");
        Duration::from_micros(u64::try_from(self.below(micros)).expect("a test's time is short"))
    }
}
