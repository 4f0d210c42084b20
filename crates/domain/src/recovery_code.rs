//! Recovery codes: ten at a time, each good once, for when the phone is gone.

use crate::randomness::below;
use crate::secret::{in_fours, typed};
use crate::{Plain, Randomness};

/// How many codes are made at a time.
pub const RECOVERY_CODES: usize = 10;

/// Letters and digits that are not taken for one another on paper.
const ALPHABET: &[u8; 30] = b"abcdefghjkmnpqrstuvwxyz2345678";
const LENGTH: usize = 12;

/// A recovery code while it is being made or presented: 12 characters, 58.9 bits.
pub struct RecoveryCode(Plain<Vec<u8>>);

impl RecoveryCode {
    /// Draws a new code.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut code = Vec::with_capacity(LENGTH);
        code.extend((0..LENGTH).map(|_| ALPHABET[usize::from(below(randomness, 30))]));
        Self(Plain::new(code))
    }

    /// What somebody typed, if it can be a code: capitals, spaces and hyphens do not matter.
    pub fn presented(text: &str) -> Option<Self> {
        typed(text, LENGTH, |c| ALPHABET.contains(&c)).map(Self)
    }

    /// The code as its owner sees it, once: `abcd-efgh-jkmn`.
    pub fn reveal(&self) -> Plain<String> {
        in_fours(self.0.expose())
    }

    /// The code as it is digested.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = RecoveryCode::generate(&Seeded::new(5));
        let shown = code.reveal();
        assert_eq!(shown.expose().len(), 14);
        let typed = RecoveryCode::presented(&shown.expose().to_uppercase().replace('-', " "));
        assert_eq!(typed.map(|c| c.expose().to_vec()), Some(code.expose().to_vec()));
        for bad in ["", "abcd-efgh", "abcd-efgh-jkmn-p", "abcd-efgh-jkm1", "abcd-efgh-jkm\u{e9}"] {
            assert!(RecoveryCode::presented(bad).is_none(), "{bad:?}");
        }
    }
}
