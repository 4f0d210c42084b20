//! Randomness as something that somebody hands in.

/// Where randomness comes from. The shipped implementation asks the operating system; tests use a seeded one.
pub trait Randomness: Send + Sync {
    /// Fills the buffer with bytes that nobody can predict.
    ///
    /// An implementation that cannot do so ends the process: there is no safe way on without randomness.
    fn fill(&self, buffer: &mut [u8]);
}

/// A number below `bound`, each equally likely (rejection sampling).
pub(crate) fn below(randomness: &dyn Randomness, bound: u8) -> u8 {
    // 256 = quotient * bound + remainder: draws in the last, incomplete stretch would favour small numbers.
    let limit = (256 / u16::from(bound)) * u16::from(bound);
    loop {
        let mut byte = [0];
        randomness.fill(&mut byte);
        if u16::from(byte[0]) < limit {
            return byte[0] % bound;
        }
    }
}

#[cfg(test)]
pub(crate) mod fixed {
    use super::Randomness;
    use std::sync::Mutex;

    /// SplitMix64: the same numbers for the same seed.
    pub(crate) struct Seeded(Mutex<u64>);

    impl Seeded {
        pub(crate) fn new(seed: u64) -> Self {
            Self(Mutex::new(seed))
        }
    }

    impl Randomness for Seeded {
        fn fill(&self, buffer: &mut [u8]) {
            let mut state = self.0.lock().expect("not poisoned");
            for byte in buffer {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *byte = (z ^ (z >> 31)).to_be_bytes()[0];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{below, fixed::Seeded};

    #[test]
    fn numbers_below_a_bound_are_drawn_evenly() {
        let randomness = Seeded::new(7);
        let mut seen = [0u32; 26];
        for _ in 0..26_000 {
            seen[usize::from(below(&randomness, 26))] += 1;
        }
        assert!(seen.iter().all(|n| (850..1150).contains(n)), "{seen:?}");
    }
}
