//! Last uses, remembered in memory and written in batches: a crash loses seconds of them, nothing else.

use std::sync::{Mutex, MutexGuard, PoisonError};

use valetkey_store::Use;

/// Shards, so that sign-ins do not wait for one another.
const SHARDS: usize = 16;
/// Uses kept in each shard between two writings. What finds no room is not remembered, and accepted all the same.
const SHARD_MAX: usize = 8192;

pub(crate) struct LastUses {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    uses: Vec<Use>,
    /// Most of what is in it belongs to different credentials: it is not worth looking again for what is out of date.
    is_crowded: bool,
}

impl LastUses {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Notes a use. It is only put at the end of a list: what is out of date by then is found when the list is full, or
    /// taken.
    pub(crate) fn note(&self, used: Use) {
        let mut shard = lock(&self.shards[usize::from(used.credential.as_bytes()[15]) % SHARDS]);
        if shard.uses.len() >= SHARD_MAX && !shard.is_crowded {
            keep_the_last(&mut shard.uses);
            shard.is_crowded = shard.uses.len() > SHARD_MAX / 2;
        }
        if shard.uses.len() < SHARD_MAX {
            shard.uses.push(used);
        }
    }

    /// Takes what was noted since the last time, the last use of each credential, in the order in which the store keeps them:
    /// what lies together is written together.
    pub(crate) fn take(&self) -> Vec<Use> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let Shard { mut uses, .. } = std::mem::take(&mut *lock(shard));
            keep_the_last(&mut uses);
            taken.append(&mut uses);
        }
        taken.sort_unstable_by_key(|used| used.account);
        taken
    }

    /// Puts back what could not be written.
    pub(crate) fn put_back(&self, uses: Vec<Use>) {
        for used in uses {
            self.note(used);
        }
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep_the_last(uses: &mut Vec<Use>) {
    uses.sort_by(|a, b| a.credential.cmp(&b.credential).then(b.last.at.cmp(&a.last.at)));
    uses.dedup_by_key(|used| used.credential);
}

#[cfg(test)]
mod tests {
    use super::*;
    use valetkey_domain::{AccountId, CredentialId, LastUse, Service, Timestamp};

    fn used(credential: u32, at: i64) -> Use {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&credential.to_be_bytes());
        let last = LastUse { at: Timestamp::from_millis(at), service: Service::Imap, client: None, network: None };
        Use { account: AccountId::from_bytes([1; 16]), credential: CredentialId::from_bytes(id), last }
    }

    #[test]
    fn of_each_credential_the_last_use_is_taken() {
        let uses = LastUses::new();
        for at in 0..50_000 {
            uses.note(used(u32::try_from(at % 3).expect("three"), at));
        }
        uses.put_back(vec![used(1, 5)]);
        let mut taken: Vec<i64> = uses.take().iter().map(|u| u.last.at.as_millis()).collect();
        taken.sort_unstable();
        assert_eq!(taken, [49_997, 49_998, 49_999]);
        assert!(uses.take().is_empty());
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let uses = LastUses::new();
        for n in 0..20_000 {
            uses.note(used(n, 1));
        }
        assert_eq!(uses.take().len(), SHARD_MAX, "all of these are in one shard");
    }
}
