//! PBKDF2 (RFC 8018) in the three spellings that are about: Dovecot's, passlib's and the PHC string.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::kept::RefusedHash;
use super::written::from_hex;

const NAME: &str = "PBKDF2";
/// Four seconds with SHA-512, a third of that with the others.
const ROUNDS_MAX: u32 = 5_000_000;
const SALT_BYTES_MAX: usize = 1024;

/// Which function is iterated.
#[derive(Clone, Copy)]
enum Function {
    Sha1,
    Sha256,
    Sha512,
}

/// The parts of a hash by PBKDF2.
pub(super) struct Pbkdf2 {
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2 {
    /// Reads `pbkdf2-sha256$i=600000,l=32$SALT$HASH`, or passlib's `pbkdf2-sha256$29000$SALT$HASH`, from behind the first
    /// `$`.
    pub(super) fn parse(text: &str) -> Result<Self, RefusedHash> {
        Self::bounded(Self::named(text))
    }

    /// Reads Dovecot's `$1$SALT$ROUNDS$HASH`: SHA-1, the salt as it stands, the hash in hexadecimal.
    pub(super) fn parse_dovecot(text: &str) -> Result<Self, RefusedHash> {
        Self::bounded(Self::dovecot(text))
    }

    fn bounded(parsed: Option<Self>) -> Result<Self, RefusedHash> {
        let is_whole = |p: &Self| p.rounds > 0 && p.salt.len() <= SALT_BYTES_MAX && (16..=64).contains(&p.hash.len());
        let parsed = parsed.filter(is_whole).ok_or(RefusedHash::Malformed(NAME))?;
        if parsed.rounds > ROUNDS_MAX {
            return Err(RefusedHash::Costly { scheme: NAME, most: "5,000,000 rounds" });
        }
        Ok(parsed)
    }

    fn named(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let function = match parts.next()? {
            "pbkdf2" | "pbkdf2-sha1" => Function::Sha1,
            "pbkdf2-sha256" => Function::Sha256,
            "pbkdf2-sha512" => Function::Sha512,
            _ => return None,
        };
        let (stated, salt, hash) = (parts.next()?, decode(parts.next()?)?, decode(parts.next()?)?);
        let mut params = stated.split(',');
        let rounds = params.next()?;
        let rounds = rounds.strip_prefix("i=").unwrap_or(rounds).parse().ok()?;
        // Beside the rounds, a PHC string may say how long the hash is, which one sees.
        let is_whole = params.all(|p| p.starts_with("l=")) && parts.next().is_none();
        is_whole.then_some(Self { function, rounds, salt, hash })
    }

    fn dovecot(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$1$")?.split('$');
        let (salt, rounds, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let (salt, rounds, hash) = (salt.as_bytes().to_vec(), rounds.parse().ok()?, from_hex(hash)?);
        parts.next().is_none().then_some(Self { function: Function::Sha1, rounds, salt, hash })
    }

    /// Whether this is of that password.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let mut computed = Zeroizing::new(vec![0; self.hash.len()]);
        match self.function {
            Function::Sha1 => pbkdf2_hmac::<Sha1>(password, &self.salt, self.rounds, &mut computed),
            Function::Sha256 => pbkdf2_hmac::<Sha256>(password, &self.salt, self.rounds, &mut computed),
            Function::Sha512 => pbkdf2_hmac::<Sha512>(password, &self.salt, self.rounds, &mut computed),
        }
        computed.ct_eq(&self.hash).into()
    }

    /// The PHC string.
    pub(super) fn text(&self) -> String {
        let name = match self.function {
            Function::Sha1 => "sha1",
            Function::Sha256 => "sha256",
            Function::Sha512 => "sha512",
        };
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        format!("$pbkdf2-{name}$i={}${salt}${hash}", self.rounds)
    }
}

/// passlib writes a dot where base 64 has a plus.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.replace('.', "+")).ok()
}
