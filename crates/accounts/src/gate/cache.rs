//! What is remembered of accepted sign-ins. Memory may only accept: nothing here ever says no.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use siphasher::sip128::{Hasher128, SipHasher13};
use valetkey_domain::oauth::GRANTS_MAX;
use valetkey_domain::{AccountId, CredentialId, Digest, LoginName, Networks, Randomness, Scopes, Timestamp};

use super::HashMap;

/// A login name, as the cache knows it: a keyed hash of 128 bits, which nobody outside can make meet another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginKey(u128);

impl LoginKey {
    pub(super) fn shard(self, shards: usize) -> usize {
        usize::try_from((self.0 >> 64) % shards as u128).unwrap_or(0)
    }
}

impl Hash for LoginKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0.to_ne_bytes());
    }
}

/// Makes [`LoginKey`]s. Its own key is drawn anew in each process.
pub struct LoginKeys(SipHasher13);

impl LoginKeys {
    /// Draws a key.
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut key = [0; 16];
        randomness.fill(&mut key);
        Self(SipHasher13::new_with_key(&key))
    }

    /// The key of a login name.
    pub fn key(&self, login: &LoginName) -> LoginKey {
        let mut hasher = self.0;
        hasher.write(login.as_str().as_bytes());
        LoginKey(hasher.finish128().as_u128())
    }

    /// The key under which an account's tokens are remembered, with which comes no login name.
    pub fn account_key(&self, account: AccountId) -> LoginKey {
        let mut hasher = self.0;
        // No login name has a NUL in it.
        hasher.write(b"\0account");
        hasher.write(account.as_bytes());
        LoginKey(hasher.finish128().as_u128())
    }

    /// Every key under which something of an account may be remembered.
    pub fn keys<'a>(&'a self, account: AccountId, names: &'a [LoginName]) -> impl Iterator<Item = LoginKey> + 'a {
        names.iter().map(|name| self.key(name)).chain([self.account_key(account)])
    }

    /// A short hash of a login name, for the throttle.
    pub fn short(&self, login: &str) -> u64 {
        self.mark(login.as_bytes())
    }

    /// A short hash of what is to be known again and not kept.
    pub fn mark(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.0;
        hasher.write(bytes);
        hasher.finish128().h1
    }
}

/// What is remembered of one account under one key: its app passwords under its login names, of which it has at most 25, and its
/// tokens under the account, of each of its apps the one that came in last. More would be the store's affair.
const ACCEPTS_MAX: usize = GRANTS_MAX;

/// An account of which something was accepted.
pub struct Known {
    /// Which.
    pub account: AccountId,
    /// Its canonical login name, if that is not the one that the app sent.
    pub canonical: Option<LoginName>,
    /// What was accepted: at most a hundred, and nothing that was over when the last of it came in.
    pub accepts: Accepts,
    /// When the last of it came in.
    pub at: Timestamp,
    /// When and how a use was last noted, so that an app that signs in over and over is noted once a second.
    pub noted: AtomicU64,
}

/// Accepted credentials of one account. Most have one, which then lies where it is looked for.
pub enum Accepts {
    /// One.
    One(Accept),
    /// Several or none, with the beginnings of their digests side by side, so that twenty-five are looked through as fast as one.
    Several(Box<[u64]>, Box<[Accept]>),
}

impl Accepts {
    /// Nothing, for what memory could never recognise again.
    pub fn none() -> Self {
        Self::several(Vec::new())
    }

    fn several(accepts: Vec<Accept>) -> Self {
        Self::Several(accepts.iter().map(|a| a.digest.fingerprint()).collect(), accepts.into_boxed_slice())
    }

    /// The one with this digest. Where the beginning of another digest differs, its time may tell: nobody can use that who
    /// cannot make digests.
    pub fn find(&self, digest: &Digest) -> Option<&Accept> {
        let found = match self {
            Self::One(accept) => Some(accept),
            Self::Several(beginnings, accepts) => {
                let at = beginnings.iter().position(|beginning| *beginning == digest.fingerprint());
                at.and_then(|at| accepts.get(at))
            }
        };
        found.filter(|accept| accept.digest == *digest)
    }
}

impl std::ops::Deref for Accepts {
    type Target = [Accept];
    fn deref(&self) -> &[Accept] {
        match self {
            Self::One(accept) => std::slice::from_ref(accept),
            Self::Several(_, accepts) => accepts,
        }
    }
}

/// A credential that was accepted, and on what conditions it may be again.
#[derive(Clone)]
pub struct Accept {
    /// The digest that the secret must have.
    pub digest: Digest,
    /// Which credential it is.
    pub credential: CredentialId,
    /// What it opens.
    pub scopes: Scopes,
    /// Until when it may be accepted.
    pub expires_at: Option<Timestamp>,
    /// When what came in by it is cut by itself: later than that where an app renews its token meanwhile.
    pub cut_at: Option<Timestamp>,
    /// Where it may be used from; none is anywhere.
    pub networks: Option<Arc<Networks>>,
    /// Whether its digest is under the current key.
    pub under_current_key: bool,
}

/// A bounded map in two generations: what is not asked for while as much again comes in is forgotten.
pub(super) struct Cache {
    young: HashMap<LoginKey, Arc<Known>>,
    old: HashMap<LoginKey, Arc<Known>>,
    generation_max: usize,
}

impl Cache {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), generation_max: entries_max.div_ceil(2).max(1) }
    }

    pub(super) fn get(&mut self, key: LoginKey) -> Option<Arc<Known>> {
        if let Some(known) = self.young.get(&key) {
            return Some(Arc::clone(known));
        }
        let known = self.old.remove(&key)?;
        self.put(key, Arc::clone(&known));
        Some(known)
    }

    /// Adds what a sign-in found to what was known of the same account.
    pub(super) fn add(&mut self, key: LoginKey, found: &Arc<Known>) {
        if found.accepts.is_empty() {
            return;
        }
        let merged = match self.get(key) {
            Some(before) if before.account == found.account => {
                let is_new = |a: &Accept| found.accepts.iter().all(|b| b.credential != a.credential);
                let lasts = |a: &Accept| a.expires_at.is_none_or(|end| found.at < end);
                let mut kept: Vec<&Accept> = before.accepts.iter().filter(|a| is_new(a) && lasts(a)).collect();
                kept.extend(found.accepts.iter());
                let newest = kept.iter().skip(kept.len().saturating_sub(ACCEPTS_MAX));
                Arc::new(Known {
                    account: found.account,
                    canonical: found.canonical.clone(),
                    accepts: Accepts::several(newest.copied().cloned().collect()),
                    at: found.at,
                    noted: AtomicU64::new(0),
                })
            }
            _ => Arc::clone(found),
        };
        self.put(key, merged);
    }

    pub(super) fn remove(&mut self, key: LoginKey) {
        self.young.remove(&key);
        self.old.remove(&key);
    }

    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    fn put(&mut self, key: LoginKey, known: Arc<Known>) {
        if self.young.len() >= self.generation_max && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use valetkey_testkit::Seeded;

    fn keys() -> LoginKeys {
        LoginKeys::new(&Seeded::new(1))
    }

    fn key(n: u32) -> LoginKey {
        keys().key(&LoginName::from_canonical(format!("user{n}@example.org")))
    }

    fn known(account: u8, credential: u8) -> Arc<Known> {
        until(account, credential, 1000, None)
    }

    /// One that was found at this millisecond, and is good until that one.
    fn until(account: u8, credential: u8, at: i64, end: Option<i64>) -> Arc<Known> {
        let accept = Accept {
            digest: Digest::from_bytes([credential; 32]),
            credential: CredentialId::from_bytes([credential; 16]),
            scopes: Scopes::EVERYTHING,
            expires_at: end.map(Timestamp::from_millis),
            cut_at: None,
            networks: None,
            under_current_key: true,
        };
        Arc::new(Known {
            account: AccountId::from_bytes([account; 16]),
            canonical: None,
            accepts: Accepts::One(accept),
            at: Timestamp::from_millis(at),
            noted: AtomicU64::new(0),
        })
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
        let mut cache = Cache::new(100);
        for n in 0..10_000 {
            cache.add(key(n), &known(1, 1));
            assert!(cache.young.len() + cache.old.len() <= 100);
        }
    }

    #[test]
    fn what_is_asked_for_is_kept() {
        let mut cache = Cache::new(100);
        cache.add(key(0), &known(1, 1));
        for n in 1..1000 {
            cache.add(key(n), &known(1, 1));
            assert!(cache.get(key(0)).is_some(), "after {n} others");
        }
        assert!(cache.get(key(1)).is_none());
    }

    #[test]
    fn several_credentials_of_one_account_are_kept_together() {
        let mut cache = Cache::new(10);
        cache.add(key(1), &known(1, 1));
        cache.add(key(1), &known(1, 2));
        cache.add(key(1), &known(1, 2));
        assert_eq!(cache.get(key(1)).map(|k| k.accepts.len()), Some(2));
        cache.add(key(1), &known(9, 3));
        assert_eq!(cache.get(key(1)).map(|k| (k.account, k.accepts.len())), Some((AccountId::from_bytes([9; 16]), 1)));
        cache.remove(key(1));
        assert!(cache.get(key(1)).is_none());
    }

    #[test]
    fn what_is_over_is_dropped_when_something_comes_in_and_of_too_many_the_oldest() {
        let mut cache = Cache::new(10);
        let kept = |cache: &mut Cache| cache.get(key(1)).map_or(0, |known| known.accepts.len());
        for credential in 0..50 {
            cache.add(key(1), &until(1, credential, 1000, Some(2000)));
        }
        assert_eq!(kept(&mut cache), 50);
        cache.add(key(1), &until(1, 50, 2000, Some(3000)));
        assert_eq!(kept(&mut cache), 1, "the others are over");
        for credential in 51..=250 {
            cache.add(key(1), &until(1, credential, 2000, Some(3000)));
            assert!(kept(&mut cache) <= ACCEPTS_MAX);
        }
        let known = cache.get(key(1)).expect("it is remembered");
        assert_eq!(known.accepts.len(), ACCEPTS_MAX);
        assert!(known.accepts.find(&Digest::from_bytes([250; 32])).is_some());
        assert!(known.accepts.find(&Digest::from_bytes([150; 32])).is_none(), "the oldest went first");
    }

    #[test]
    fn nothing_is_not_remembered() {
        let mut cache = Cache::new(10);
        let nothing = Known {
            account: AccountId::from_bytes([1; 16]),
            canonical: None,
            accepts: Accepts::none(),
            at: Timestamp::from_millis(1),
            noted: AtomicU64::new(0),
        };
        cache.add(key(1), &Arc::new(nothing));
        assert!(cache.get(key(1)).is_none());
    }
}
