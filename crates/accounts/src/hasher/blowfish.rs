//! bcrypt, as OpenBSD, PHP, `htpasswd -B` and Dovecot's `BLF-CRYPT` write it.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::NO_PAD};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::kept::RefusedHash;

const NAME: &str = "bcrypt";
/// Two to the power of this many rounds: about a second.
const COST_MAX: u32 = 14;
const COST_MIN: u32 = 4;
/// All that bcrypt looks at of a password. The rest never counted, and does not until the password is kept anew, which
/// happens with all of it.
const PASSWORD_BYTES: usize = 72;
const SALT_LETTERS: usize = 22;
/// The last letters of salt and hash have bits to spare, and some programs leave something there.
const BASE_64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, lenient(NO_PAD));

const fn lenient(config: GeneralPurposeConfig) -> GeneralPurposeConfig {
    config.with_decode_allow_trailing_bits(true)
}

/// The parts of `$2y$12$…`. The letters `a`, `b` and `y` mark errors that were mended elsewhere; they are computed alike.
pub(super) struct Bcrypt {
    text: String,
    cost: u32,
    salt: [u8; 16],
    hash: [u8; 23],
}

impl Bcrypt {
    /// Reads what stands behind the first `$`.
    pub(super) fn parse(text: &str) -> Result<Self, RefusedHash> {
        let parsed = Self::parts(text).ok_or(RefusedHash::Malformed(NAME))?;
        if parsed.cost > COST_MAX {
            return Err(RefusedHash::Costly { scheme: NAME, most: "a cost of 14" });
        }
        Ok(parsed)
    }

    fn parts(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (name, cost, letters) = (parts.next()?, parts.next()?, parts.next()?);
        let is_known = matches!(name, "2a" | "2b" | "2y") && cost.len() == 2 && parts.next().is_none();
        let cost = cost.parse().ok().filter(|c| (COST_MIN..32).contains(c) && is_known)?;
        let (salt, hash) = letters.split_at_checked(SALT_LETTERS)?;
        let decode = |letters: &str| BASE_64.decode(letters).ok();
        let (salt, hash) = (decode(salt)?.try_into().ok()?, decode(hash)?.try_into().ok()?);
        Some(Self { text: format!("${text}"), cost, salt, hash })
    }

    /// Whether this is of that password, or of one with the same first 72 bytes.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        // A NUL ends a password there: "a" would be known by "a\0a" too.
        if password.contains(&0) {
            return false;
        }
        let mut key = Zeroizing::new([0; PASSWORD_BYTES]);
        let len = password.len().min(PASSWORD_BYTES);
        key[..len].copy_from_slice(&password[..len]);
        let ended = PASSWORD_BYTES.min(len + 1);
        let computed = Zeroizing::new(bcrypt::bcrypt(self.cost, self.salt, &key[..ended]));
        computed[..self.hash.len()].ct_eq(&self.hash).into()
    }

    /// As it came.
    pub(super) fn text(&self) -> String {
        self.text.clone()
    }
}
