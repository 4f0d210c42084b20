//! What is kept of a primary password: Argon2id of ours, or what came with an import and lasts until the first sign-in.

use argon2::Block;
use valetkey_domain::{Plain, PrimaryPassword};

use super::Cost;
use super::argon::Argon;
use super::blowfish::Bcrypt;
use super::crypt::ShaCrypt;
use super::digest::Digest;
use super::stretched::Pbkdf2;
use super::written::Written;

/// A hash that can be checked, within seconds at the worst. Read once; kept as its text.
pub struct KeptHash(Scheme);

enum Scheme {
    Argon(Argon),
    Bcrypt(Bcrypt),
    ShaCrypt(ShaCrypt),
    Digest(Digest),
    Pbkdf2(Pbkdf2),
}

/// Why a hash was not taken. The hash itself is not in here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusedHash {
    /// Nothing that is known here.
    #[error(
        "this is no hash that is known here: Argon2, bcrypt, SHA-crypt, PBKDF2, SHA and SSHA are; leave it out, and the account is made without a password"
    )]
    Unknown,
    /// Known, and not checked.
    #[error(
        "{0} is not checked here, since it is too weak or made for something else; leave it out, and the account is made without a password"
    )]
    NotChecked(&'static str),
    /// Cut off, or altered.
    #[error("the {0} hash is cut off or altered; copy it again from where it comes from")]
    Malformed(&'static str),
    /// What the prefix says of the encoding is not so.
    #[error("the hash is not encoded as its prefix says; encodings are .b64 and .hex")]
    Encoding,
    /// A password in clear that nobody could sign in with.
    #[error(
        "the password is empty or longer than {} bytes; leave it out, and the account is made without one",
        PrimaryPassword::BYTES_MAX
    )]
    Clear,
    /// It would hold a thread for seconds at each sign-in.
    #[error(
        "the {scheme} hash takes too long to check: at most {most}; leave it out, and the account is made without a password"
    )]
    Costly {
        /// What it is.
        scheme: &'static str,
        /// The most that is taken.
        most: &'static str,
    },
    /// It needs more memory than a thread has.
    #[error(
        "the Argon2 hash needs {needed_mib} MiB, more than a thread has; set accounts.password_memory_mib to {setting_mib}, or leave it out, and the account is made without a password"
    )]
    Memory {
        /// What it needs.
        needed_mib: u32,
        /// What all threads together need, so that each can check such a one.
        setting_mib: u32,
    },
}

impl KeptHash {
    /// Reads a hash as another program, or this one, keeps it.
    pub(super) fn parse(text: &str) -> Result<Self, RefusedHash> {
        Self::from_written(&Written::read(text)?)
    }

    pub(super) fn from_written(written: &Written<'_>) -> Result<Self, RefusedHash> {
        let scheme = written.scheme.as_str();
        if Digest::knows(scheme) {
            return Digest::parse(scheme, &written.bytes()?).map(|d| Self(Scheme::Digest(d)));
        }
        let is_crypt =
            matches!(scheme, "" | "CRYPT" | "BLF-CRYPT" | "SHA256-CRYPT" | "SHA512-CRYPT" | "ARGON2I" | "ARGON2ID");
        match scheme {
            "PBKDF2" => Pbkdf2::parse_dovecot(&written.text()?).map(|p| Self(Scheme::Pbkdf2(p))),
            _ if is_crypt => Self::from_crypt(&written.text()?),
            _ => Err(not_checked(scheme)),
        }
    }

    /// A hash that says by its first letters what it is.
    fn from_crypt(text: &str) -> Result<Self, RefusedHash> {
        let named = text.strip_prefix('$').ok_or(RefusedHash::Unknown)?;
        let (name, _) = named.split_once('$').ok_or(RefusedHash::Unknown)?;
        let scheme = match name {
            "argon2id" | "argon2i" | "argon2d" => Scheme::Argon(Argon::parse(named)?),
            "2a" | "2b" | "2y" => Scheme::Bcrypt(Bcrypt::parse(named)?),
            "5" | "6" => Scheme::ShaCrypt(ShaCrypt::parse(named)?),
            "pbkdf2" | "pbkdf2-sha1" | "pbkdf2-sha256" | "pbkdf2-sha512" => Scheme::Pbkdf2(Pbkdf2::parse(named)?),
            // No crate that is looked after computes MD5-crypt, and code of our own for a hash of 1994 is not worth it.
            "1" => return Err(RefusedHash::NotChecked("MD5-crypt")),
            "apr1" => return Err(RefusedHash::NotChecked("Apache's MD5 ($apr1$)")),
            _ => return Err(RefusedHash::Unknown),
        };
        Ok(Self(scheme))
    }

    /// Whether an imported one can be checked by a thread with this much memory, and soon.
    pub(super) fn refuse_costly(&self, share_kib: u32, threads_max: u32) -> Result<(), RefusedHash> {
        match &self.0 {
            Scheme::Argon(argon) => argon.refuse_costly(share_kib, threads_max),
            // The others are bounded where they are read.
            Scheme::Bcrypt(_) | Scheme::ShaCrypt(_) | Scheme::Digest(_) | Scheme::Pbkdf2(_) => Ok(()),
        }
    }

    /// Whether a new password would be kept in the same way, at the same cost.
    pub(super) fn is_of(&self, cost: Cost) -> bool {
        matches!(&self.0, Scheme::Argon(argon) if argon.is_of(cost))
    }

    /// Whether this is of that password. `None` if that cannot be told: it needs more memory than there is.
    pub(super) fn matches(&self, password: &[u8], share_kib: u32, memory: &mut Vec<Block>) -> Option<bool> {
        match &self.0 {
            Scheme::Argon(argon) if argon.cost.memory_kib > share_kib => None,
            Scheme::Argon(argon) => argon.matches(password, memory),
            Scheme::Bcrypt(bcrypt) => Some(bcrypt.matches(password)),
            Scheme::ShaCrypt(crypt) => crypt.matches(password),
            Scheme::Digest(digest) => Some(digest.matches(password)),
            Scheme::Pbkdf2(pbkdf2) => Some(pbkdf2.matches(password)),
        }
    }

    /// The text to keep, which reads back as the same hash.
    pub fn text(&self) -> Plain<String> {
        Plain::new(match &self.0 {
            Scheme::Argon(argon) => argon.text(),
            Scheme::Bcrypt(bcrypt) => bcrypt.text(),
            Scheme::ShaCrypt(crypt) => crypt.text(),
            Scheme::Digest(digest) => digest.text(),
            Scheme::Pbkdf2(pbkdf2) => pbkdf2.text(),
        })
    }
}

/// What Dovecot and directories have beside what is checked here.
fn not_checked(scheme: &str) -> RefusedHash {
    const NOT_CHECKED: &[&str] = &[
        "MD5-CRYPT",
        "MD5",
        "SMD5",
        "PLAIN-MD5",
        "LDAP-MD5",
        "PLAIN-MD4",
        "DES-CRYPT",
        "CRAM-MD5",
        "HMAC-MD5",
        "DIGEST-MD5",
        "SCRAM-SHA-1",
        "SCRAM-SHA-256",
        "OTP",
        "LANMAN",
        "NTLM",
        "RPA",
        "SKEY",
        "PLAIN-TRUNC",
    ];
    let known = NOT_CHECKED.iter().find(|name| **name == scheme);
    known.map_or(RefusedHash::Unknown, |name| RefusedHash::NotChecked(name))
}
