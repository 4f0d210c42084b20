//! When a certificate is renewed, and when a failed order is tried again.

use std::time::Duration;

use valetkey_domain::Timestamp;

/// The longest pause between two attempts.
const RETRY_MAX: Duration = Duration::from_secs(6 * 3600);
/// By how much a pause grows: five attempts in the first hour, as many failures as Let's Encrypt allows.
const RETRY_GROWTH: u32 = 3;

/// From when until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
}

impl Validity {
    /// When it is to be renewed: with a third of its life left, or by `chance` up to a thirtieth of it earlier, so that not
    /// everybody comes at the same hour.
    pub fn renewal(self, chance: u16) -> Timestamp {
        let life = self.life();
        self.until - life / 3 - share(life / 30, chance)
    }

    /// Whether it ends so soon that its renewal must have failed, or nobody thinks of it: within ten days, or within the last
    /// quarter of a shorter life.
    pub fn ends_soon(self, now: Timestamp) -> bool {
        const SOON: Duration = Duration::from_secs(10 * 86_400);
        self.until.since(now) < SOON.min(self.life() / 4)
    }

    fn life(self) -> Duration {
        self.until.since(self.from)
    }
}

/// How long one waits after so many failures and one more.
pub(super) fn retry(first: Duration, failures: u32, chance: u16) -> Duration {
    let grown = first.saturating_mul(RETRY_GROWTH.saturating_pow(failures)).min(RETRY_MAX);
    (grown + share(grown / 10, chance)).min(RETRY_MAX)
}

/// As much of a time as `chance` is of all chances.
fn share(time: Duration, chance: u16) -> Duration {
    time * u32::from(chance) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const MINUTE: Duration = Duration::from_secs(60);

    fn good_for(life: Duration) -> Validity {
        let from = Timestamp::from_millis(1_795_226_667_000);
        Validity { from, until: from + life }
    }

    #[test]
    fn a_certificate_is_renewed_with_a_third_of_its_life_left_or_a_little_earlier() {
        let valid = good_for(DAY * 90);
        assert_eq!(valid.renewal(0), valid.from + DAY * 60);
        assert_eq!(valid.renewal(u16::MAX), valid.from + DAY * 57);
        let short = good_for(DAY * 6);
        assert_eq!(short.renewal(0), short.from + DAY * 4);
        let middle = valid.renewal(u16::MAX / 2);
        assert!(valid.renewal(u16::MAX) < middle && middle < valid.renewal(0));
    }

    #[test]
    fn one_that_ends_before_it_begins_is_due_and_does_not_panic() {
        let valid = good_for(DAY);
        let turned = Validity { from: valid.until, until: valid.from };
        assert_eq!(turned.renewal(u16::MAX), turned.until);
        let ends = Timestamp::from_millis(i64::MAX);
        assert!(Validity { from: Timestamp::from_millis(i64::MIN), until: ends }.renewal(0) < ends);
    }

    #[test]
    fn failures_are_retried_ever_more_seldom_and_never_less_than_four_times_a_day() {
        let waits: Vec<u64> = (0..7).map(|failures| retry(MINUTE, failures, 0).as_secs() / 60).collect();
        assert_eq!(waits, [1, 3, 9, 27, 81, 243, 360]);
        for failures in [0, 5, 6, 100, u32::MAX] {
            let [least, most] = [0, u16::MAX].map(|chance| retry(MINUTE, failures, chance));
            assert!(MINUTE <= least && least <= most && most <= RETRY_MAX, "{failures}: {least:?} {most:?}");
        }
        assert_eq!(retry(MINUTE, 0, u16::MAX), Duration::from_secs(66));
    }

    #[test]
    fn what_ends_within_ten_days_ends_soon_unless_its_whole_life_is_short() {
        for (life, left, soon) in [
            (DAY * 90, DAY * 29, false),
            (DAY * 90, DAY * 9, true),
            (DAY * 6, DAY * 2, false),
            (DAY * 6, DAY, true),
            (DAY * 90, Duration::ZERO, true),
        ] {
            let valid = good_for(life);
            assert_eq!(valid.ends_soon(valid.until - left), soon, "{life:?} {left:?}");
        }
        assert!(good_for(DAY).ends_soon(good_for(DAY * 3).until), "it has ended");
    }
}
