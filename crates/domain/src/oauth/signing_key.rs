//! Which key signs ID tokens, and when: apps fetch the published keys now and then, so a key is published before it signs,
//! and for as long as anything that it has signed is good (`OpenID` Connect Core section 10.1.1).

use std::time::Duration;

use crate::Timestamp;

/// How long an ID token is good: it says who has just signed in, and is read when it comes.
pub const ID_TOKEN_TIME: Duration = Duration::from_mins(10);
/// How long a key is published before it signs. Apps may keep what is published for an hour; some keep it for a day.
pub const PUBLISHED_BEFORE: Duration = Duration::from_hours(2 * 24);
/// How long after a key the next one is made.
pub const KEY_TIME: Duration = Duration::from_hours(30 * 24);
/// How long after its last token is over a key stays published, for apps whose clocks are slow.
pub const KEPT_AFTER: Duration = Duration::from_hours(1);

/// What is to be done with the keys at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Which signs, counted from the oldest; none if there is none.
    pub signing: Option<usize>,
    /// Whether the next one is to be made.
    pub is_next_due: bool,
    /// How many of the oldest are over, and to be forgotten.
    pub over: usize,
}

impl Rotation {
    /// From when the keys were made, the oldest first.
    ///
    /// The newest that was published for long enough signs. Where none was, the oldest does: the first of all, which
    /// nobody can have missed. After a long stop the old one goes on signing until the next one was published.
    pub fn at(made: &[Timestamp], now: Timestamp) -> Self {
        let signs_from = |made: &Timestamp| *made + PUBLISHED_BEFORE;
        let newest_ripe = made.iter().rposition(|made| signs_from(made) <= now);
        let is_next_due = made.last().is_none_or(|newest| *newest + KEY_TIME <= now);
        // Each is over some time after the next one began to sign.
        let is_over = |next: &&Timestamp| signs_from(next) + ID_TOKEN_TIME + KEPT_AFTER <= now;
        let over = made.iter().skip(1).take_while(is_over).count();
        Self { signing: newest_ripe.or((!made.is_empty()).then_some(0)), is_next_due, over }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn at(made: &[Duration], now: Duration) -> (Option<usize>, bool, usize) {
        let made: Vec<_> = made.iter().map(|after| START + *after).collect();
        let Rotation { signing, is_next_due, over } = Rotation::at(&made, START + now);
        (signing, is_next_due, over)
    }

    #[test]
    fn the_first_signs_at_once_and_each_next_when_it_was_published() {
        let (first, second) = (Duration::ZERO, KEY_TIME);
        assert_eq!(at(&[], first), (None, true, 0));
        assert_eq!(at(&[first], first), (Some(0), false, 0));
        assert_eq!(at(&[first], HOUR * 24 * 29), (Some(0), false, 0));
        assert_eq!(at(&[first], KEY_TIME), (Some(0), true, 0));
        assert_eq!(at(&[first, second], KEY_TIME), (Some(0), false, 0));
        let signs = second + PUBLISHED_BEFORE;
        assert_eq!(at(&[first, second], second + HOUR * 47), (Some(0), false, 0));
        assert_eq!(at(&[first, second], signs), (Some(1), false, 0), "the old one is still published");
        assert_eq!(at(&[first, second], signs + ID_TOKEN_TIME), (Some(1), false, 0));
        assert_eq!(at(&[first, second], signs + ID_TOKEN_TIME + KEPT_AFTER), (Some(1), false, 1));
        assert_eq!(at(&[second], signs + ID_TOKEN_TIME + KEPT_AFTER), (Some(0), false, 0));
    }

    #[test]
    fn after_a_long_stop_the_old_one_signs_until_the_next_was_published() {
        let (first, after) = (Duration::ZERO, KEY_TIME * 5);
        assert_eq!(at(&[first], after), (Some(0), true, 0));
        assert_eq!(at(&[first, after], after + HOUR), (Some(0), false, 0));
        assert_eq!(at(&[first, after], after + PUBLISHED_BEFORE), (Some(1), false, 0));
    }

    proptest! {
        /// However often somebody looks, and however long nobody does.
        #[test]
        fn no_key_signs_before_it_was_published_or_goes_before_its_tokens(
            pauses in proptest::collection::vec(1_u64..2_000, 1..200),
        ) {
            let (mut made, mut now) = (Vec::<Timestamp>::new(), START);
            // Until when the last token of a key is good.
            let mut good_until = std::collections::BTreeMap::new();
            for hours in pauses {
                let plan = Rotation::at(&made, now);
                for gone in made.drain(..plan.over) {
                    prop_assert!(good_until.get(&gone).is_none_or(|end| *end <= now));
                }
                if plan.is_next_due {
                    made.push(now);
                }
                let key = made[Rotation::at(&made, now).signing.expect("there is one")];
                let is_the_first = good_until.is_empty() || (good_until.len() == 1 && good_until.contains_key(&key));
                prop_assert!(is_the_first || key + PUBLISHED_BEFORE <= now);
                prop_assert!(made.len() <= 3);
                good_until.insert(key, now + ID_TOKEN_TIME);
                now = now + HOUR * u32::try_from(hours).expect("few");
            }
        }
    }
}
