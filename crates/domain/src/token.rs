//! Tokens: random texts that a browser carries, or that stand in a link. Only their digests are kept.

use sha2::{Digest as _, Sha256};

use crate::{Digest, Plain, Randomness};

/// A random token of 256 bits: who holds it is somebody's browser, or got somebody's link.
#[derive(Clone)]
pub struct Token(Plain<[u8; 32]>);

impl Token {
    /// Draws a new one.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        randomness.fill(bytes.as_mut());
        Self(Plain::new(*bytes))
    }

    /// Reads what a browser sent; `None` if it is none that was ever made.
    pub fn presented(text: &str) -> Option<Self> {
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |at: usize| match pair[at] {
                c @ b'0'..=b'9' => Some(c - b'0'),
                c @ b'a'..=b'f' => Some(c - b'a' + 10),
                _ => None,
            };
            *byte = digit(0)? << 4 | digit(1)?;
        }
        Some(Self(Plain::new(*bytes)))
    }

    /// The token as a text of 64 hexadecimal digits, for the browser alone.
    pub fn reveal(&self) -> Plain<String> {
        Plain::new(hexadecimal(self.0.expose()))
    }

    /// What is kept of it. No key is needed: nobody guesses 256 random bits.
    pub fn digest(&self) -> Digest {
        self.digest_for("valetkey token")
    }

    /// A second token that is made from this one and shows nothing of it: for a form's hidden field.
    pub fn derived(&self, purpose: &str) -> Plain<String> {
        Plain::new(hexadecimal(self.digest_for(purpose).as_bytes()))
    }

    /// What is kept of a text that somebody else has drawn at random, for this purpose.
    pub fn digest_of_text(purpose: &str, text: &[u8]) -> Digest {
        Digest::from_bytes(Sha256::new().chain_update(purpose).chain_update([0]).chain_update(text).finalize().into())
    }

    fn digest_for(&self, purpose: &str) -> Digest {
        Digest::from_bytes(
            Sha256::new().chain_update(purpose).chain_update([0]).chain_update(self.0.expose()).finalize().into(),
        )
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    #[test]
    fn a_token_reads_back_and_its_derivations_differ() {
        let token = Token::generate(&Seeded::new(1));
        let text = token.reveal();
        let read = Token::presented(text.expose()).map(|t| t.digest());
        assert!(read == Some(token.digest()));
        assert_ne!(token.derived("form").expose(), text.expose());
        assert_ne!(token.derived("form").expose(), token.derived("other").expose());
        for bad in ["", "ab", &"A".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert!(Token::presented(bad).is_none(), "{bad:?}");
        }
    }
}
