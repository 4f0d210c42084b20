//! One round of SHA, with a salt (`{SSHA}`, RFC 2307) or without (`{SHA}`): what directories and htpasswd files hold.
//! A thief tries thousands of millions a second, so these are kept anew at the first sign-in like all that come in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::kept::RefusedHash;

/// No program is known that writes more than 32.
const SALT_BYTES_MAX: usize = 64;

/// Which SHA.
#[derive(Clone, Copy)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// A hash and the salt that is hashed behind the password.
pub(super) struct Digest {
    scheme: &'static str,
    algorithm: Algorithm,
    hash: Vec<u8>,
    salt: Vec<u8>,
}

impl Digest {
    /// Whether a scheme's name is one of these, in capitals.
    pub(super) fn knows(scheme: &str) -> bool {
        known(scheme).is_some()
    }

    /// Takes a scheme's name and the bytes that stand behind it: the hash, then the salt.
    pub(super) fn parse(scheme: &str, bytes: &[u8]) -> Result<Self, RefusedHash> {
        let Some((scheme, algorithm, is_salted)) = known(scheme) else { return Err(RefusedHash::Unknown) };
        let (hash, salt) = bytes.split_at_checked(algorithm.bytes()).ok_or(RefusedHash::Malformed(scheme))?;
        // One whose salt is missing was cut off somewhere.
        if salt.is_empty() == is_salted || salt.len() > SALT_BYTES_MAX {
            return Err(RefusedHash::Malformed(scheme));
        }
        Ok(Self { scheme, algorithm, hash: hash.to_vec(), salt: salt.to_vec() })
    }

    /// Whether this is of that password.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let computed = Zeroizing::new(match self.algorithm {
            Algorithm::Sha1 => Sha1::new().chain_update(password).chain_update(&self.salt).finalize().to_vec(),
            Algorithm::Sha256 => Sha256::new().chain_update(password).chain_update(&self.salt).finalize().to_vec(),
            Algorithm::Sha512 => Sha512::new().chain_update(password).chain_update(&self.salt).finalize().to_vec(),
        });
        computed.ct_eq(&self.hash).into()
    }

    /// As a directory writes it.
    pub(super) fn text(&self) -> String {
        format!("{{{}}}{}", self.scheme, STANDARD.encode([self.hash.as_slice(), &self.salt].concat()))
    }
}

impl Algorithm {
    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

fn known(scheme: &str) -> Option<(&'static str, Algorithm, bool)> {
    Some(match scheme {
        "SHA" | "SHA1" => ("SHA", Algorithm::Sha1, false),
        "SHA256" => ("SHA256", Algorithm::Sha256, false),
        "SHA512" => ("SHA512", Algorithm::Sha512, false),
        "SSHA" => ("SSHA", Algorithm::Sha1, true),
        "SSHA256" => ("SSHA256", Algorithm::Sha256, true),
        "SSHA512" => ("SSHA512", Algorithm::Sha512, true),
        _ => return None,
    })
}
