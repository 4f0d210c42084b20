//! Guesses at primary passwords, second factors and codes: counted before they are looked at, under whom they are about
//! and where they come from.
//!
//! Each thing that can be guessed has a count of its own. A stranger who tries passwords fills that of passwords, and keeps
//! nobody from showing a second factor, from stepping up, or from a browser in which they have signed in before.

use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::Duration;

use valetkey_domain::throttle::{GuessLimits, GuessThrottle};
use valetkey_domain::{AccountId, BootTime, BrowserId, NetworkKey, SessionId};

use crate::browser::Browser;
use crate::{Accounts, AccountsError};

/// Wrong guesses of one network, at whatever accounts: an office behind one address has some, and no more are looked at at
/// a time, so that one address cannot fill the queue for hashes.
const OF_NETWORK: GuessLimits = GuessLimits { burst: 100, per_hour: 600 };
/// Letters to whoever is not an account holder yet: for one network or address, and of all together.
const LETTERS: GuessLimits = GuessLimits { burst: 5, per_hour: 5 };
const ALL_LETTERS: GuessLimits = GuessLimits { burst: 100, per_hour: 200 };

/// Apps that register themselves from one network: an office's all on one morning.
const REGISTRATIONS: GuessLimits = GuessLimits { burst: 50, per_hour: 100 };
/// Apps of one network that ask to be approved elsewhere: more, since whoever is too late begins again.
const APPROVALS: GuessLimits = GuessLimits { burst: 100, per_hour: 300 };
/// Tokens that an account's apps get, for codes and for refresh tokens together: a hundred apps may all renew theirs at once, as
/// after an outage, and each does so once an hour. Whoever does it in a loop writes in the store with every turn.
const TOKENS: GuessLimits = GuessLimits { burst: 120, per_hour: 600 };

/// How many times what one network may guess at an account everybody together may: whoever guesses from one address keeps
/// nobody out who comes from another, and whoever has many addresses still has an end.
const EVERYBODY: u32 = 10;

/// The same for all the networks of one customer.
const WIDE: u32 = 3;

const fn times(limits: GuessLimits, factor: u32) -> GuessLimits {
    GuessLimits { burst: limits.burst.saturating_mul(factor), per_hour: limits.per_hour.saturating_mul(factor) }
}

/// The counts.
pub(crate) struct Guesses {
    about: GuessThrottle,
    wide: GuessThrottle,
    everybody: GuessThrottle,
    networks: GuessThrottle,
    letters: GuessThrottle,
    all_letters: GuessThrottle,
    registrations: OfNetworks,
    approvals: OfNetworks,
    tokens: GuessThrottle,
}

/// How often each network does something that nobody is to do for all.
struct OfNetworks {
    narrow: GuessThrottle,
    wide: GuessThrottle,
}

impl OfNetworks {
    fn new(limits: GuessLimits) -> Self {
        Self { narrow: GuessThrottle::new(limits), wide: GuessThrottle::new(times(limits, WIDE)) }
    }

    /// Counts one by its keys; else how long to wait.
    fn count(&mut self, [narrow, wide]: [Option<u64>; 2], now: BootTime) -> Result<(), Duration> {
        narrow.map_or(Ok(()), |key| self.narrow.guess(key, now))?;
        wide.map_or(Ok(()), |key| self.wide.guess(key, now))
    }
}

impl Guesses {
    pub(crate) fn new(limits: GuessLimits) -> Self {
        Self {
            about: GuessThrottle::new(limits),
            wide: GuessThrottle::new(times(limits, WIDE)),
            everybody: GuessThrottle::new(times(limits, EVERYBODY)),
            networks: GuessThrottle::new(OF_NETWORK),
            letters: GuessThrottle::new(LETTERS),
            all_letters: GuessThrottle::new(ALL_LETTERS),
            registrations: OfNetworks::new(REGISTRATIONS),
            approvals: OfNetworks::new(APPROVALS),
            tokens: GuessThrottle::new(TOKENS),
        }
    }
}

/// Under what a guess is counted.
#[derive(Clone, Copy)]
pub(crate) struct Guess {
    about: u64,
    /// The same from the whole of a customer's networks, of which IPv6 gives them many.
    wide: Option<u64>,
    /// The same, wherever it comes from.
    everybody: Option<u64>,
    network: Option<u64>,
}

impl Guesses {
    /// The counts of a guess, each with the key that it has there.
    fn of(&mut self, guess: Guess) -> impl Iterator<Item = (&mut GuessThrottle, u64)> {
        let counts = [
            (&mut self.about, Some(guess.about)),
            (&mut self.wide, guess.wide),
            (&mut self.everybody, guess.everybody),
            (&mut self.networks, guess.network),
        ];
        counts.into_iter().filter_map(|(count, key)| Some((count, key?)))
    }
}

/// What is guessed at.
pub(crate) enum At<'a> {
    /// The password of a login name that nobody has.
    Name(&'a str),
    /// An account's password.
    Password(AccountId),
    /// The same in a browser in which somebody has signed in before.
    Known(BrowserId),
    /// The password, or a second factor, once more in a session.
    Session(SessionId),
    /// A second factor by somebody who knew the password.
    Factor(AccountId),
    /// A second factor by somebody who has a link.
    Reset(AccountId),
    /// An address for notices, by which letters can be sent.
    Address(AccountId),
    /// The code that somebody's device shows.
    UserCode(AccountId),
}

impl Accounts {
    /// How a guess is counted. A browser that is known, or signed in, is counted by itself alone.
    pub(crate) fn guess(&self, at: &At<'_>, browser: Option<&Browser>) -> Guess {
        let about = match at {
            At::Name(name) => format!("name {name}"),
            At::Password(account) => format!("password {account}"),
            At::Known(browser) => format!("browser {browser}"),
            At::Session(session) => format!("session {session}"),
            At::Factor(account) => format!("factor {account}"),
            At::Reset(account) => format!("reset {account}"),
            At::Address(account) => format!("address {account}"),
            At::UserCode(account) => format!("user code {account}"),
        };
        let network = browser.and_then(|browser| browser.network).filter(|_| !matches!(at, At::Known(_)));
        let wide = network.and_then(NetworkKey::wide);
        let network = network.map(NetworkKey::narrow);
        let from = network.map(|network| self.logins.short(&format!("network {network}")));
        // What everybody may try, whoever they are, is counted for each network.
        match network.filter(|_| matches!(at, At::Name(_) | At::Password(_))) {
            Some(network) => Guess {
                about: self.logins.short(&format!("{about} from {network}")),
                wide: wide.map(|wide| self.logins.short(&format!("{about} from all of {wide}"))),
                everybody: Some(self.logins.short(&about)),
                network: from,
            },
            None => Guess { about: self.logins.short(&about), wide: None, everybody: None, network: from },
        }
    }

    /// Counts a guess before it is looked at, and refuses it if it comes too soon after too many wrong ones. Who comes
    /// through takes back what was right.
    pub(crate) fn count_guess(&self, guess: Guess) -> Result<(), AccountsError> {
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.boot_time();
        let mut counted = Vec::with_capacity(4);
        for (count, key) in guesses.of(guess) {
            if let Err(wait) = count.guess(key, now) {
                for (counted, key) in counted {
                    GuessThrottle::take_back(counted, key);
                }
                return Err(AccountsError::Wait(wait));
            }
            counted.push((count, key));
        }
        Ok(())
    }

    /// It was right, or was not looked at after all.
    pub(crate) fn take_back_guess(&self, guess: Guess) {
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.of(guess).for_each(|(count, key)| count.take_back(key));
    }

    /// Counts a letter to somebody who has no account here: where everybody can have one sent, nobody can have many sent.
    pub(crate) fn count_letter(&self, to: &str, browser: &Browser) -> Result<(), AccountsError> {
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.boot_time();
        let to = self.logins.short(&format!("letter to {}", to.to_lowercase()));
        guesses.letters.guess(to, now).map_err(AccountsError::Wait)?;
        if let Some(address) = browser.network {
            let from = self.logins.short(&format!("letter from {}", NetworkKey::narrow(address)));
            guesses.letters.guess(from, now).map_err(AccountsError::Wait)?;
        }
        guesses.all_letters.guess(0, now).map_err(AccountsError::Wait)
    }

    /// Counts an app that registers itself: nobody fills the places of all.
    pub(crate) fn count_registration(&self, network: Option<IpAddr>) -> Result<(), AccountsError> {
        let keys = self.keys_of("registration", network);
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.registrations.count(keys, self.clock.boot_time()).map_err(AccountsError::Wait)
    }

    /// Counts an app that is to be approved elsewhere, in the same way.
    pub(crate) fn count_approval(&self, network: Option<IpAddr>) -> Result<(), AccountsError> {
        let keys = self.keys_of("approval", network);
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.approvals.count(keys, self.clock.boot_time()).map_err(AccountsError::Wait)
    }

    /// Counts tokens that an account's apps ask for by something good. Whatever came before is not counted: it ends a grant, and
    /// that must not wait.
    pub(crate) fn count_tokens(&self, account: AccountId) -> Result<(), AccountsError> {
        let key = self.logins.short(&format!("tokens of {account}"));
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.tokens.guess(key, self.clock.boot_time()).map_err(AccountsError::TooManyTokens)
    }

    /// By which somebody is counted who comes from a network: by itself, and by all of its customer's. All who come from nowhere
    /// that is known, as through a proxy that does not say it, are counted as one customer.
    fn keys_of(&self, what: &str, network: Option<IpAddr>) -> [Option<u64>; 2] {
        let key = |network: NetworkKey| self.logins.short(&format!("{what} from {network}"));
        match network {
            Some(network) => [Some(key(NetworkKey::narrow(network))), NetworkKey::wide(network).map(key)],
            None => [None, Some(self.logins.short(&format!("{what} from nowhere")))],
        }
    }
}
