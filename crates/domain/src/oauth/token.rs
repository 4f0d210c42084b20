//! Access tokens: what an authorised app signs in with instead of an app password.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{AccountId, Digest, Plain, Randomness};

const ACCOUNT: usize = 16;
const RANDOM: usize = 32;
/// By which the token is known for one, by those who look for secrets that were published too.
const PREFIX: &str = "vka_";

/// What stands before a token where it is digested: nothing else is. With it there are no more than 55 bytes, which is what
/// SHA-256 takes at a time; this is done at each sign-in.
const DIGESTED_AS: &[u8] = b"vka\0";
const _: () = assert!(DIGESTED_AS.len() + ACCOUNT + RANDOM <= 55);

/// An opaque token of 256 random bits that says whose it is: with it comes no login name where it is sent by HTTP
/// (RFC 6750), and an account's tokens are then looked for where the rest of what is known of it is.
#[derive(Clone)]
pub struct AccessToken(Plain<[u8; ACCOUNT + RANDOM]>);

impl AccessToken {
    /// How many characters one has.
    pub const CHARACTERS: usize = PREFIX.len() + (ACCOUNT + RANDOM) / 3 * 4;

    /// Draws a new one.
    pub fn generate(account: AccountId, randomness: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; ACCOUNT + RANDOM]);
        bytes[..ACCOUNT].copy_from_slice(account.as_bytes());
        randomness.fill(&mut bytes[ACCOUNT..]);
        Self(Plain::new(*bytes))
    }

    /// Reads what an app sent; `None` if it is none that was ever made.
    pub fn presented(sent: &[u8]) -> Option<Self> {
        let text = sent.strip_prefix(PREFIX.as_bytes())?;
        let mut bytes = Zeroizing::new([0; ACCOUNT + RANDOM]);
        let read = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut()).ok()?;
        (read == bytes.len()).then(|| Self(Plain::new(*bytes)))
    }

    /// Whose it says that it is. Not a proof: the digest is.
    pub fn account(&self) -> AccountId {
        let mut account = [0; ACCOUNT];
        account.copy_from_slice(&self.0.expose()[..ACCOUNT]);
        AccountId::from_bytes(account)
    }

    /// The token as a text, for the app alone.
    pub fn reveal(&self) -> Plain<String> {
        let mut text = String::with_capacity(Self::CHARACTERS);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.0.expose(), &mut text);
        Plain::new(text)
    }

    /// What is kept of it. No key is needed: nobody guesses 256 random bits.
    pub fn digest(&self) -> Digest {
        Digest::from_bytes(Sha256::new().chain_update(DIGESTED_AS).chain_update(self.0.expose()).finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    #[test]
    fn a_token_reads_back_and_says_whose_it_is() {
        let account = AccountId::from_bytes([7; 16]);
        let token = AccessToken::generate(account, &Seeded::new(1));
        let text = token.reveal();
        assert_eq!(text.expose().len(), AccessToken::CHARACTERS);
        let read = AccessToken::presented(text.expose().as_bytes()).expect("a token");
        assert!(read.digest() == token.digest() && read.account() == account);
        let other = AccessToken::generate(AccountId::from_bytes([8; 16]), &Seeded::new(1));
        assert!(other.digest() != token.digest(), "the same random bits of another account are another token");
        let text = text.expose();
        for bad in [
            "",
            "vka_",
            &text[4..],
            &text.replace("vka_", "VKA_"),
            &format!("{text}A"),
            &text[..text.len() - 1],
            &format!("{text}="),
            &text.replacen(|c: char| c.is_ascii_lowercase() && c != 'v' && c != 'k' && c != 'a', "+", 1),
        ] {
            assert!(AccessToken::presented(bad.as_bytes()).is_none(), "{bad:?}");
        }
        assert!(AccessToken::presented(&[0xff; 68]).is_none());
    }
}
