//! Throttle arithmetic: how long a refusal waits.
//!
//! Refusals are delayed or dropped; an accept is never touched, and no account locks by failures. Everything is kept
//! in tables of a fixed size, so that an attack costs no memory; what a full table forgets first is said at `Table`.
//!
//! Who is counted where:
//! - the same wrong secret, tried again for one account from one network, counts once;
//! - what counts is added to the account's bucket and to the network's, so that many guesses at one account are seen
//!   in the first and one guess at many accounts in the second;
//! - a recognised secret, revoked, expired or good for something else, is spared the account's bucket: a forgotten tablet
//!   is no attack;
//! - an app's own token that is over, or good for something else, is spared every bucket and is always answered: its app waits for
//!   that answer to renew it, each renewed one is another secret, and behind one address there may be many apps. Nobody guesses
//!   256 bits;
//! - an unknown client address has no network bucket.

use std::net::IpAddr;
use std::time::Duration;

use crate::{BootTime, NetworkKey};

/// The limits. All rates are of counted failures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Failures that an account may collect before its refusals are delayed.
    pub account_burst: u32,
    /// Failures that an account forgets in an hour.
    pub account_per_hour: u32,
    /// Failures that a network may collect before its refusals are delayed; for an IPv6 /48 it is eight times as many.
    pub network_burst: u32,
    /// Failures that a network forgets in an hour; for an IPv6 /48 it is eight times as many.
    pub network_per_hour: u32,
    /// The longest delay of a refusal.
    pub delay_max: Duration,
}

impl Default for Limits {
    /// A person who mistypes never meets these; a guesser gets a few tries a minute.
    fn default() -> Self {
        Self {
            account_burst: 10,
            account_per_hour: 60,
            network_burst: 20,
            network_per_hour: 120,
            delay_max: Duration::from_secs(8),
        }
    }
}

/// What becomes of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// It is answered at the next tick.
    Prompt,
    /// It is answered after this time.
    Delayed(Duration),
    /// It is not answered: the connection is closed.
    Dropped,
}

/// One failed attempt, as far as the throttle looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// The account that was tried, or the login name if there is none: a keyed hash.
    pub account: u64,
    /// The client's own address, if a configured peer handed it on.
    pub network: Option<IpAddr>,
    /// What was tried: a keyed hash.
    pub fingerprint: u64,
    /// Whose secret it was found to be.
    pub secret: Tried,
}

/// What was tried, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Nobody knows it: a guess.
    Unknown,
    /// It is a revoked or expired app password of this very account, or one that opens something else.
    Recognised,
    /// It is the token of an app that is still let in: over, or good for something else.
    Token,
}

/// Slots in each table: with the eight-way sets below, about 40,000 accounts or networks under attack at a time.
const SLOTS: usize = 1 << 16;
/// Fingerprints kept for each account and network.
const FINGERPRINTS: usize = 8;

/// The throttle of app sign-ins.
pub struct Throttle {
    limits: Limits,
    accounts: Table<Bucket>,
    networks: Table<Bucket>,
    recent: Table<Recent>,
}

impl Throttle {
    /// A throttle that has seen nothing. Takes about 8 MiB and never more.
    pub fn new(limits: Limits) -> Self {
        Self { limits, accounts: Table::new(SLOTS), networks: Table::new(SLOTS), recent: Table::new(SLOTS / 2) }
    }

    /// Counts a failed attempt and says what becomes of its refusal.
    pub fn failed(&mut self, failure: &Failure, now: BootTime) -> Pace {
        if failure.secret == Tried::Token {
            return Pace::Prompt;
        }
        let Limits { account_burst, account_per_hour, network_burst, network_per_hour, delay_max } = self.limits;
        let narrow = failure.network.map(NetworkKey::narrow);
        let wide = failure.network.and_then(NetworkKey::wide);
        let pair = mix(failure.account, narrow.map_or(0, network_hash));
        let fresh = self.recent.slot(pair).is_new(failure.fingerprint, now);

        let mut pace = Pace::Prompt;
        let mut weigh = |table: &mut Table<Bucket>, key: u64, counts: bool, burst: u32, per_hour: u32| {
            let level = table.slot(key).add(counts, per_hour, now);
            pace = pace.max(pace_of(level, burst, delay_max));
        };
        weigh(
            &mut self.accounts,
            failure.account,
            fresh && failure.secret == Tried::Unknown,
            account_burst,
            account_per_hour,
        );
        if let Some(key) = narrow {
            weigh(&mut self.networks, network_hash(key), fresh, network_burst, network_per_hour);
        }
        if let Some(key) = wide {
            weigh(
                &mut self.networks,
                network_hash(key),
                fresh,
                network_burst.saturating_mul(8),
                network_per_hour.saturating_mul(8),
            );
        }
        pace
    }
}

/// Over the burst, the delay doubles from half a second with each failure up to the longest; at four times the burst
/// there is no answer any more.
fn pace_of(level: u32, burst: u32, delay_max: Duration) -> Pace {
    match level.checked_sub(burst) {
        None | Some(0) => Pace::Prompt,
        Some(_) if level > burst.saturating_mul(4) => Pace::Dropped,
        Some(over) => Pace::Delayed(Duration::from_millis(250u64.saturating_mul(1 << over.min(20))).min(delay_max)),
    }
}

/// The limits of guessing at primary passwords on the portal, which do block: the primary password can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuessLimits {
    /// Wrong primary passwords or second factors before one has to wait.
    pub burst: u32,
    /// Wrong ones that are forgotten in an hour.
    pub per_hour: u32,
}

impl Default for GuessLimits {
    fn default() -> Self {
        Self { burst: 10, per_hour: 20 }
    }
}

/// The throttle of primary passwords and second factors. A trusted browser is not asked for by its callers.
pub struct GuessThrottle {
    limits: GuessLimits,
    accounts: Table<Bucket>,
}

impl GuessThrottle {
    /// A throttle that has seen nothing. Takes about 1.5 MiB and never more.
    pub fn new(limits: GuessLimits) -> Self {
        Self { limits, accounts: Table::new(SLOTS) }
    }

    /// Counts a guess as wrong before it is looked at, so that however many come at once, no more are looked at than
    /// may be; gives how long to wait if that is too many already, and then counts nothing. One that turns out right
    /// is taken back.
    pub fn guess(&mut self, account: u64, now: BootTime) -> Result<(), Duration> {
        let slot = self.accounts.slot(account);
        match (slot.add(false, self.limits.per_hour, now) + 1).checked_sub(self.limits.burst) {
            None | Some(0) => {
                slot.add(true, self.limits.per_hour, now);
                Ok(())
            }
            Some(over) => Err(Duration::from_secs(u64::from(over) * 3600 / u64::from(self.limits.per_hour.max(1)))),
        }
    }

    /// Takes back a guess that was counted: it was right, or was not looked at after all.
    pub fn take_back(&mut self, account: u64) {
        self.accounts.slot(account).take_one();
    }
}

/// A leaky bucket: failures come in, and leak out with time. One failure is 1000 of `level`.
#[derive(Clone, Copy, Default)]
struct Bucket {
    level: u32,
    seen: BootTime,
}

impl Bucket {
    /// Lets leak out what leaks since the last look, adds a failure if it counts, and gives the whole failures in it.
    fn add(&mut self, counts: bool, per_hour: u32, now: BootTime) -> u32 {
        let millis = now.since(self.seen).as_millis();
        let leaked = u32::try_from(millis * u128::from(per_hour) / 3600).unwrap_or(u32::MAX);
        // A look that comes before anything has leaked must not move the clock, or nothing would ever leak.
        if leaked > 0 || self.level == 0 {
            self.level = self.level.saturating_sub(leaked);
            self.seen = now;
        }
        if counts {
            self.level = self.level.saturating_add(1000);
        }
        self.level.div_ceil(1000)
    }

    /// Takes a failure out again.
    fn take_one(&mut self) {
        self.level = self.level.saturating_sub(1000);
    }
}

/// The last wrong secrets tried for one account from one network.
#[derive(Clone, Copy, Default)]
struct Recent {
    fingerprints: [u64; FINGERPRINTS],
    next: u8,
    seen: BootTime,
}

impl Recent {
    fn is_new(&mut self, fingerprint: u64, now: BootTime) -> bool {
        self.seen = now;
        let fingerprint = fingerprint | 1; // zero is an empty place
        if self.fingerprints.contains(&fingerprint) {
            return false;
        }
        self.fingerprints[usize::from(self.next) % FINGERPRINTS] = fingerprint;
        self.next = self.next.wrapping_add(1);
        true
    }
}

/// What a slot is worth keeping for.
trait Worth {
    fn worth(&self) -> (u32, BootTime);
}

impl Worth for Bucket {
    fn worth(&self) -> (u32, BootTime) {
        (self.level, self.seen)
    }
}

impl Worth for Recent {
    fn worth(&self) -> (u32, BootTime) {
        (0, self.seen)
    }
}

/// Slots in a set.
const WAYS: usize = 8;

/// A table of fixed size, in sets of eight. A key that finds its set full takes the place of the emptiest bucket in
/// it, of several the one not seen for longest. What is forgotten is thus the least suspicious, and being forgotten
/// costs only the delay.
struct Table<T> {
    slots: Box<[(u64, T)]>,
}

impl<T: Worth + Copy + Default> Table<T> {
    fn new(slots: usize) -> Self {
        debug_assert!(slots.is_power_of_two() && slots >= WAYS);
        Self { slots: vec![(0, T::default()); slots].into_boxed_slice() }
    }

    fn slot(&mut self, key: u64) -> &mut T {
        let key = mix(key, 0) | 1; // zero is an empty place
        let sets = self.slots.len() / WAYS;
        let set = usize::try_from(key >> 32).unwrap_or(0) % sets * WAYS;
        let set = &mut self.slots[set..set + WAYS];
        let at = set.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
            let least = (0..WAYS).min_by_key(|i| (set[*i].0 != 0, set[*i].1.worth())).unwrap_or(0);
            set[least] = (key, T::default());
            least
        });
        &mut set[at].1
    }
}

fn network_hash(key: NetworkKey) -> u64 {
    key.to_bytes().chunks(8).fold(0, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix(hash, u64::from_le_bytes(word))
    })
}

/// Spreads two numbers over all 64 bits (the finaliser of SplitMix64). Not keyed: the inputs that an attacker chooses
/// are keyed hashes already, and network addresses in one set only make each other forgotten.
const fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.rotate_left(23) ^ b.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> BootTime {
        BootTime::from_micros(secs * 1_000_000)
    }

    fn guess(account: u64, network: &str, fingerprint: u64) -> Failure {
        Failure { account, network: network.parse().ok(), fingerprint, secret: Tried::Unknown }
    }

    fn throttle() -> Throttle {
        Throttle::new(Limits::default())
    }

    #[test]
    fn many_guesses_at_one_account_are_delayed_then_dropped_wherever_they_come_from() {
        let mut t = throttle();
        let paces: Vec<Pace> =
            (0..50).map(|i| t.failed(&guess(1, &format!("192.0.2.{i}"), 1000 + 2 * i), at(1))).collect();
        assert!(paces[..10].iter().all(|p| *p == Pace::Prompt));
        assert_eq!(paces[10], Pace::Delayed(Duration::from_millis(500)));
        assert_eq!(paces[20], Pace::Delayed(Duration::from_secs(8)));
        assert_eq!(paces[45], Pace::Dropped);
        assert_eq!(t.failed(&guess(2, "198.51.100.1", 5), at(1)), Pace::Prompt, "another account is not touched");
    }

    #[test]
    fn one_guess_at_many_accounts_is_seen_in_the_network() {
        let mut t = throttle();
        let paces: Vec<Pace> = (0..100).map(|i| t.failed(&guess(i, "192.0.2.1", 77), at(1))).collect();
        assert!(paces[..20].iter().all(|p| *p == Pace::Prompt));
        assert!(matches!(paces[25], Pace::Delayed(_)));
        assert_eq!(paces[99], Pace::Dropped);
    }

    #[test]
    fn a_forgotten_app_that_tries_one_wrong_secret_for_ever_is_never_slowed() {
        let mut t = throttle();
        assert!((0..10_000).all(|i| t.failed(&guess(1, "192.0.2.1", 99), at(i)) == Pace::Prompt));
    }

    #[test]
    fn a_recognised_secret_is_spared_the_accounts_bucket_only() {
        let mut t = throttle();
        for i in 0..100 {
            let failure = Failure { secret: Tried::Recognised, ..guess(1, "192.0.2.1", 2 * i) };
            t.failed(&failure, at(1));
        }
        assert_eq!(t.failed(&guess(1, "198.51.100.1", 3), at(1)), Pace::Prompt, "the household elsewhere");
        assert_eq!(
            t.failed(&guess(2, "192.0.2.1", 3), at(1)),
            Pace::Dropped,
            "the network has tried a hundred secrets"
        );
    }

    #[test]
    fn an_apps_own_token_fills_no_bucket_and_is_answered_however_full_they_are() {
        let mut t = throttle();
        let token = |i: u64| Failure { secret: Tried::Token, ..guess(1, "192.0.2.1", 2 * i) };
        assert!((0..1000).all(|i| t.failed(&token(i), at(1)) == Pace::Prompt));
        assert_eq!(t.failed(&guess(1, "192.0.2.1", 3), at(1)), Pace::Prompt, "nothing was counted");
        for i in 0..100 {
            t.failed(&guess(1, "192.0.2.1", 5000 + 2 * i), at(1));
        }
        assert_eq!(t.failed(&guess(1, "192.0.2.1", 9999), at(1)), Pace::Dropped);
        assert_eq!(t.failed(&token(1), at(1)), Pace::Prompt);
    }

    #[test]
    fn failures_are_forgotten_with_time() {
        let mut t = throttle();
        for i in 0..12 {
            t.failed(&guess(1, "", 2 * i), at(0));
        }
        assert!(matches!(t.failed(&guess(1, "", 100), at(0)), Pace::Delayed(_)));
        assert_eq!(t.failed(&guess(1, "", 102), at(3600)), Pace::Prompt);
    }

    #[test]
    fn looking_often_does_not_stop_the_leak() {
        let mut often = Bucket { level: 5000, seen: BootTime::default() };
        for ms in 1..=360_000 {
            often.add(false, 60, BootTime::from_micros(ms * 1000));
        }
        assert!(often.level <= 10, "{} of 5000 is left after six minutes at 60 an hour", often.level);
    }

    #[test]
    fn a_wide_ipv6_network_is_counted_as_a_whole() {
        let mut t = throttle();
        let last = (0..1000u64).map(|i| t.failed(&guess(i, &format!("2001:db8:1:{i:x}::1"), 2 * i), at(1))).last();
        assert_eq!(last, Some(Pace::Dropped));
    }

    #[test]
    fn a_flood_of_names_forgets_the_least_suspicious_first() {
        let mut t = throttle();
        for i in 0..60 {
            t.failed(&guess(1, "", 2 * i), at(1));
        }
        for i in 0..1_000_000 {
            t.failed(&guess(1_000 + i, "", 2 * i), at(2));
        }
        assert_eq!(t.failed(&guess(1, "", 9999), at(3)), Pace::Dropped, "the account under attack is still known");
    }

    #[test]
    fn guesses_at_a_primary_password_have_to_wait() {
        let mut t = GuessThrottle::new(GuessLimits::default());
        for _ in 0..10 {
            assert_eq!(t.guess(1, at(1)), Ok(()));
        }
        assert_eq!(t.guess(1, at(1)), Err(Duration::from_secs(180)));
        assert_eq!(t.guess(2, at(1)), Ok(()));
        assert_eq!(t.guess(1, at(1 + 181)), Ok(()));
    }

    #[test]
    fn a_right_guess_is_taken_back() {
        let mut t = GuessThrottle::new(GuessLimits::default());
        for _ in 0..100 {
            assert_eq!(t.guess(1, at(1)), Ok(()));
            t.take_back(1);
        }
    }
}
