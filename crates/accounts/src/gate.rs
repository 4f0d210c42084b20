//! The one-node revocation protocol: what makes "when Revoke returns, nothing accepts the key and every use that came
//! through it is closed" true.
//!
//! The steps have the names that `docs/revocation.md` gives them, with the counter-example of each one left out. The
//! order of the steps in [`Gate::sign_in`] and [`Gate::change`] *is* the protocol. This very module runs in every
//! interleaving under loom (`tests/interleavings.rs`), and `tests/plant-faults` plants each fault of the table and sees
//! a test fail.
//!
//! Never put here: SQL, passwords, protocols, anything that waits for a client.

mod cache;
mod shard;
mod sync;
mod uses;

use std::future::Future;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use valetkey_domain::{AccountId, CredentialId, Timestamp};
use valetkey_store::{Committed, StoreError};

pub use cache::{Accept, Accepts, Known, LoginKey, LoginKeys};
use shard::Shard;
use uses::Uses;
pub use uses::{About, Connected, CutReason, NoSocket, OpenUse, Sever, Traffic, WasCut};

/// Shards of the cache. A change makes one shard's running fills void, so more shards mean fewer in vain; each costs
/// a cache line or two.
const SHARDS: usize = 256;

/// How often a sign-in that meets changes begins anew before it is called busy.
const TRIES: usize = 3;

/// The cache of what may be accepted, and the registry of live uses.
pub struct Gate {
    shards: Box<[Shard]>,
    uses: Arc<Uses>,
}

/// Where a sign-in gets its knowledge from. Implemented by the verifier, and by the model in the tests.
pub trait Source {
    /// Why nothing may be accepted.
    type Refusal;

    /// Which of what is remembered the attempt's secret is, if it may be accepted now.
    fn recognise(&self, known: &Known) -> Option<Accept>;

    /// Reads the store in a snapshot begun by this call: what may be accepted, or why nothing may.
    fn read(&self) -> impl Future<Output = Result<Result<(Known, Accept), Self::Refusal>, StoreError>> + Send;

    /// Whether the store is certainly held by this process now.
    fn store_is_held(&self) -> bool;
}

/// How an attempt came out of the gate.
pub enum Outcome<R> {
    /// Accepted: the use is open until it is dropped or cut.
    Open(OpenUse, Arc<Known>, Accept),
    /// Refused by the store.
    Refused(R),
    /// Revoked between its checks and its answer: close the connection without a word. It is neither a refusal nor an
    /// outage.
    Cut,
    /// Nobody knows: the store is out of reach, or not ours, or changes came too thick.
    Broken(StoreError),
}

/// What a change takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From which account.
    pub account: AccountId,
    /// Every login name by which the account may be remembered.
    pub names: Vec<LoginKey>,
    /// Which of its credentials.
    pub credentials: Credentials,
}

/// Which credentials of an account a change takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// All.
    All,
    /// One.
    One(CredentialId),
    /// None: the change only adds. Nothing moves and nothing is cut.
    None,
}

/// What a change led to.
#[derive(Debug)]
pub struct Changed<T> {
    /// What the transaction gave.
    pub value: T,
    /// How many open uses were closed.
    pub closed: usize,
}

impl Gate {
    /// A gate that remembers at most this many login names.
    pub fn new(remembered_max: usize) -> Self {
        Self::with_shards(SHARDS, remembered_max)
    }

    /// A gate with fewer shards, for models in which every step counts.
    pub fn with_shards(shards: usize, remembered_max: usize) -> Self {
        let per_shard = remembered_max.div_ceil(shards);
        Self {
            shards: (0..shards).map(|_| Shard::new(per_shard)).collect(),
            uses: Arc::new(Uses::new(if shards == 1 { 1 } else { uses::SHARDS })),
        }
    }

    /// Decides one attempt, which has begun: its last byte is here (S1).
    pub async fn sign_in<S: Source>(
        &self,
        key: LoginKey,
        source: &S,
        about: impl Fn(&Known) -> About,
        sever: Arc<dyn Sever>,
    ) -> Outcome<S::Refusal> {
        let shard = self.shard(key);
        for _ in 0..TRIES {
            let seen = shard.counter(); // S2
            let remembered = shard.look(key); // S3
            let hit = remembered.and_then(|known| source.recognise(&known).map(|accept| (known, accept)));
            let (known, accept) = match hit {
                Some(hit) => hit,
                // Asking a store that is lost would only take its time.
                None if !source.store_is_held() => return Outcome::Broken(StoreError::NotHeld),
                None => match source.read().await {
                    // S4
                    Ok(Ok((known, accept))) => {
                        let known = Arc::new(known);
                        shard.remember(seen, key, &known); // S5
                        (known, accept)
                    }
                    // A store that is not ours may be out of date: it can no more refuse than accept.
                    Ok(Err(_)) if !source.store_is_held() => return Outcome::Broken(StoreError::NotHeld),
                    Ok(Err(why)) => return Outcome::Refused(why),
                    Err(error) => return Outcome::Broken(error),
                },
            };
            let pending = self.uses.register(known.account, &accept, about(&known), Arc::clone(&sever)); // S6
            if shard.counter() != seen {
                pending.withdraw(); // S7
                continue;
            }
            if !source.store_is_held() {
                pending.withdraw();
                return Outcome::Broken(StoreError::NotHeld);
            }
            return match pending.open() {
                Ok(open) => Outcome::Open(open, known, accept), // S8
                Err(WasCut) => Outcome::Cut,
            };
        }
        Outcome::Broken(StoreError::Busy)
    }

    /// Carries out a change: commits it, and does in memory what follows.
    ///
    /// Run it as a task of its own, on a thread that may block: once begun it must come to its end, whether or not
    /// anybody waits for it.
    pub async fn change<T, E, C>(&self, commit: C) -> Result<Changed<T>, E>
    where
        C: Future<Output = Result<Committed<(T, Change)>, E>>,
        E: From<StoreError>,
    {
        // R1. Only a certain roll-back ends here: what may have been committed goes on all the same, and so does what
        // found the store changed already.
        let (value, change, unknown) = match commit.await? {
            Committed::Known((value, change)) => (value, change, None),
            Committed::Unknown((value, change), error) => (value, change, Some(error)),
        };
        if change.credentials != Credentials::None {
            self.forget(&change); // R2
        }
        let closed = self.uses.cut(change.account, change.credentials, CutReason::Revoked); // R3
        match unknown {
            None => Ok(Changed { value, closed }), // R4
            Some(error) => Err(StoreError::OutcomeUnknown(error.into()).into()),
        }
    }

    /// R2, for each name: move the counter and drop what is remembered, in one step.
    fn forget(&self, change: &Change) {
        for key in &change.names {
            self.shard(*key).forget(*key);
        }
    }

    /// Forgets everything, after the store was out of our hands. What is registered must then be looked up again.
    pub fn forget_all(&self) {
        for shard in &self.shards {
            shard.forget_all();
        }
    }

    /// Cuts one use, by its number, if it is still there.
    pub fn cut_one(&self, account: AccountId, number: u64, reason: CutReason) -> bool {
        self.uses.cut_one(account, number, reason)
    }

    /// Cuts everything, and says how many were open.
    pub fn cut_everything(&self, reason: CutReason) -> usize {
        self.uses.cut_everything(reason)
    }

    /// Cuts every use that has nothing under way, and says how many were open.
    pub fn cut_at_rest(&self, reason: CutReason) -> usize {
        self.uses.cut_at_rest(reason)
    }

    /// Cuts every use whose credential's time is over, and says how many were open. Asks no store.
    pub fn cut_expired(&self, now: Timestamp) -> usize {
        self.uses.cut_expired(now)
    }

    /// The open uses: of one account, or of all.
    pub fn connected(&self, account: Option<AccountId>, limit: usize) -> Vec<Connected> {
        self.uses.connected(account, limit)
    }

    /// Every use that is open, or may be a moment later: what must be looked up after the store was out of our hands. A
    /// sign-in that registers after this finds the counter moved, or reads the store anew.
    pub fn registered(&self) -> Vec<Connected> {
        self.uses.registered()
    }

    /// How many uses an account has.
    pub fn uses_of(&self, account: AccountId) -> usize {
        self.uses.count(account)
    }

    /// How many uses there are.
    pub fn uses(&self) -> usize {
        self.uses.count_all()
    }

    fn shard(&self, key: LoginKey) -> &Shard {
        &self.shards[key.shard(self.shards.len())]
    }
}

/// For keys that are random or hashed already: takes their last eight bytes as the hash.
#[derive(Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk::<8>() {
            self.0 = u64::from_ne_bytes(*last);
        }
    }
}

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<AsItIs>>;
