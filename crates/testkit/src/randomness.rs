//! Randomness that comes out the same for the same seed.

use std::sync::Mutex;

use valetkey_domain::Randomness;

/// SplitMix64 from a seed.
pub struct Seeded(Mutex<u64>);

impl Seeded {
    /// A source that gives the same bytes for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Randomness for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().expect("no test panics while drawing");
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}
