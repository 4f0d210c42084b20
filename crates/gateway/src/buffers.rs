//! Buffers lent for the moment in which bytes move. A connection that waits holds none.

use std::cell::RefCell;

use zeroize::Zeroize;

/// Buffers of each size kept by a thread: as many as one connection can hold at a time, and to spare.
const KEPT: usize = 8;

/// What a connection reads into while little comes.
pub(crate) const SMALL: usize = 16 * 1024;
/// What it reads into once much comes, where bytes pass as they are.
pub(crate) const LARGE: usize = 256 * 1024;
/// The same where they are encrypted: four TLS records, which stay in the processor's cache.
pub(crate) const LARGE_TLS: usize = 64 * 1024;

thread_local! {
    // The one exception to "no static with interior state": a pool that needs no lock, and remembers nothing.
    static POOL: RefCell<[Vec<Vec<u8>>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// A buffer of the pool, given back when dropped. Its content is whatever was left in it.
pub(crate) struct Lent(Vec<u8>);

impl Lent {
    pub(crate) fn new(size: usize) -> Self {
        let kept = POOL.with_borrow_mut(|pool| pool[class(size)].pop());
        let mut buffer = kept.unwrap_or_default();
        if buffer.len() < size {
            buffer.resize(size, 0);
        }
        Self(buffer)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        POOL.with_borrow_mut(|pool| {
            let pool = &mut pool[class(buffer.len())];
            if pool.len() < KEPT {
                pool.push(buffer);
            }
        });
    }
}

impl std::ops::Deref for Lent {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::ops::DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Adds to bytes that may hold a password: where they must move to make room, none stay behind.
pub(crate) fn add_wiping(bytes: &mut Vec<u8>, more: &[u8]) {
    let length = bytes.len() + more.len();
    if length > bytes.capacity() {
        let mut larger = Vec::with_capacity(length.max(2 * bytes.capacity()));
        larger.extend_from_slice(bytes);
        bytes.zeroize();
        *bytes = larger;
    }
    bytes.extend_from_slice(more);
}

fn class(size: usize) -> usize {
    usize::from(size > SMALL)
}
