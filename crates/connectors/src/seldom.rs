//! What happens often and is worth a line now and then.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use valetkey_domain::BootTime;

/// How long nothing more is said once it was said: whoever causes it does not fill the log.
const SILENCE: Duration = Duration::from_secs(1);

/// When something was last said.
#[derive(Default)]
pub(crate) struct Seldom(Mutex<Option<BootTime>>);

impl Seldom {
    /// Whether it is to be said again.
    pub(crate) fn is_due(&self, now: BootTime) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last + SILENCE <= now);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_is_said() {
        let seldom = Seldom::default();
        let said: Vec<u64> =
            (0..25).map(|tenth| tenth * 100_000).filter(|at| seldom.is_due(BootTime::from_micros(*at))).collect();
        assert_eq!(said, [0, 1_000_000, 2_000_000]);
    }
}
