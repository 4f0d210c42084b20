//! Last uses, remembered in memory and written in batches: a crash loses seconds of them, nothing else.

use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use valetkey_domain::{AccountId, AppPasswordId, LastUse};
use valetkey_store::Use;

use crate::gate::HashMap;

/// Shards, so that sign-ins do not wait for one another.
const SHARDS: usize = 16;
/// Uses kept in each shard between two writings. A sign-in that finds no room is not remembered; it is accepted all the
/// same.
const SHARD_MAX: usize = 20_000;

pub(crate) struct LastUses {
    shards: [Mutex<HashMap<AppPasswordId, (AccountId, LastUse)>>; SHARDS],
}

impl LastUses {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::new(HashMap::default())) }
    }

    pub(crate) fn note(&self, account: AccountId, credential: AppPasswordId, last: LastUse) {
        let shard = &self.shards[usize::from(credential.as_bytes()[15]) % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let room = shard.len() < SHARD_MAX;
        match shard.entry(credential) {
            Entry::Occupied(mut entry) => *entry.get_mut() = (account, last),
            Entry::Vacant(entry) if room => {
                entry.insert((account, last));
            }
            Entry::Vacant(_) => {}
        }
    }

    /// Takes what was noted since the last time.
    pub(crate) fn take(&self) -> Vec<Use> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let uses = std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
            taken.extend(uses.into_iter().map(|(credential, (account, last))| Use { account, credential, last }));
        }
        taken
    }

    /// Puts back what could not be written, unless something later was noted.
    pub(crate) fn put_back(&self, uses: Vec<Use>) {
        for Use { account, credential, last } in uses {
            let shard = &self.shards[usize::from(credential.as_bytes()[15]) % SHARDS];
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            if shard.len() < SHARD_MAX {
                shard.entry(credential).or_insert((account, last));
            }
        }
    }
}
