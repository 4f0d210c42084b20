//! The code that somebody reads off a television and types into a browser (RFC 8628).

use crate::randomness::below;
use crate::secret::{in_fours, typed};
use crate::{Plain, Randomness};

/// Letters without vowels, so that no word comes of it, and without those that look like others (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
const LENGTH: usize = 8;

/// Eight letters, 34.5 bits: enough for minutes, with guesses counted.
#[derive(Clone)]
pub struct UserCode(Plain<Vec<u8>>);

impl UserCode {
    /// Draws a new code.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut code = Vec::with_capacity(LENGTH);
        code.extend((0..LENGTH).map(|_| LETTERS[usize::from(below(randomness, 20))]));
        Self(Plain::new(code))
    }

    /// What somebody typed, if it can be a code: capitals, spaces and hyphens do not matter.
    pub fn presented(text: &str) -> Option<Self> {
        typed(text, LENGTH, |c| LETTERS.contains(&c)).map(Self)
    }

    /// The code as it is shown: `WDJB-MJHT`.
    pub fn reveal(&self) -> Plain<String> {
        Plain::new(in_fours(self.0.expose()).expose().to_ascii_uppercase())
    }

    /// The letters. What is kept of them is [`crate::KeyRing::user_code_digest`]: they are too few for a digest without a key.
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
        let code = UserCode::generate(&Seeded::new(3));
        let shown = code.reveal();
        assert_eq!(shown.expose().len(), 9);
        for typed in [shown.expose().clone(), shown.expose().to_lowercase(), shown.expose().replace('-', " ")] {
            assert!(UserCode::presented(&typed).is_some_and(|read| read.expose() == code.expose()), "{typed}");
        }
        for bad in ["", "BCDF", "ABCD-EFGH", "BCDF-GHJK-L", "BCDF-GHJ1"] {
            assert!(UserCode::presented(bad).is_none(), "{bad}");
        }
    }
}
