//! One shard of the cache: a counter and entries under one short lock.

use std::sync::Arc;

use super::cache::{Cache, Known, LoginKey};
use super::sync::{AtomicU64, Mutex, Ordering, lock};

/// On a cache line of its own, so that sign-ins in one shard do not slow those in the next.
#[repr(align(128))]
pub(super) struct Shard {
    /// How often something was taken away. Moves under the lock only.
    counter: AtomicU64,
    cache: Mutex<Cache>,
}

/// A counter as a sign-in found it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Counter(u64);

impl Shard {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { counter: AtomicU64::new(0), cache: Mutex::new(Cache::new(entries_max)) }
    }

    /// S2 and S7.
    pub(super) fn counter(&self) -> Counter {
        Counter(self.counter.load(Ordering::Acquire))
    }

    /// S3.
    pub(super) fn look(&self, key: LoginKey) -> Option<Arc<Known>> {
        lock(&self.cache).get(key)
    }

    /// S5: comparison and insertion in one step.
    pub(super) fn remember(&self, seen: Counter, key: LoginKey, known: &Arc<Known>) {
        let mut cache = lock(&self.cache);
        if self.counter() == seen {
            cache.add(key, known);
        }
    }

    /// R2: move and drop in one step.
    pub(super) fn forget(&self, key: LoginKey) {
        let mut cache = lock(&self.cache);
        self.counter.fetch_add(1, Ordering::AcqRel);
        cache.remove(key);
    }

    /// R2 for everything in the shard.
    pub(super) fn forget_all(&self) {
        let mut cache = lock(&self.cache);
        self.counter.fetch_add(1, Ordering::AcqRel);
        cache.clear();
    }
}
