//! SHA-crypt, `$5$` and `$6$` of crypt(3): <https://www.akkadia.org/drepper/SHA-crypt.txt>.

use sha_crypt::{PasswordHashRef, PasswordVerifier as _, ShaCrypt as Verifier};

use super::kept::RefusedHash;

const NAME: &str = "SHA-crypt";
/// About a second.
const ROUNDS_MAX: u32 = 1_000_000;
/// crypt(3) never writes fewer.
const ROUNDS_MIN: u32 = 1000;
const SALT_BYTES_MAX: usize = 16;
/// The longest password that is looked at.
const PASSWORD_BYTES_MAX: usize = 256;

/// A text that was read through, so that checking it cannot take longer than is allowed.
pub(super) struct ShaCrypt {
    text: String,
}

impl ShaCrypt {
    /// Reads what stands behind the first `$`.
    pub(super) fn parse(text: &str) -> Result<Self, RefusedHash> {
        let rounds = Self::rounds(text).ok_or(RefusedHash::Malformed(NAME))?;
        if rounds > ROUNDS_MAX {
            return Err(RefusedHash::Costly { scheme: NAME, most: "1,000,000 rounds" });
        }
        Ok(Self { text: format!("${text}") })
    }

    fn rounds(text: &str) -> Option<u32> {
        let (name, rest) = text.split_once('$')?;
        let letters = match name {
            "5" => 43,
            "6" => 86,
            _ => return None,
        };
        let (rounds, rest) = match rest.strip_prefix("rounds=") {
            Some(stated) => stated.split_once('$').and_then(|(n, rest)| Some((n.parse().ok()?, rest)))?,
            None => (5000, rest),
        };
        let (salt, hash) = rest.split_once('$')?;
        let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'));
        let is_whole = (1..=SALT_BYTES_MAX).contains(&salt.len()) && hash.len() == letters;
        (is_whole && rounds >= ROUNDS_MIN && is_plain(salt) && is_plain(hash)).then_some(rounds)
    }

    /// Whether this is of that password. `None` if the text is not understood after all.
    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        // Each round hashes the password once more: a long one would take several times as long.
        if password.len() > PASSWORD_BYTES_MAX {
            return Some(false);
        }
        let hash = PasswordHashRef::new(&self.text).ok()?;
        match Verifier::default().verify_password(password, hash) {
            Ok(()) => Some(true),
            Err(sha_crypt::password_hash::Error::PasswordInvalid) => Some(false),
            Err(_) => None,
        }
    }

    /// As it came.
    pub(super) fn text(&self) -> String {
        self.text.clone()
    }
}
