//! The proof that whoever exchanges an authorisation code is whoever asked for it (RFC 7636). S256 alone: `plain` proves
//! nothing to somebody who has read the request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What an app sends with its request: the SHA-256 of its verifier. Not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads the 43 characters of RFC 7636 section 4.2.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The challenge as it is stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The challenge from what is stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Whether this is the verifier's.
    pub fn is_of(&self, verifier: &CodeVerifier<'_>) -> bool {
        let digest: [u8; 32] = Sha256::digest(verifier.0.as_bytes()).into();
        digest.ct_eq(&self.0).into()
    }
}

/// What an app keeps until it exchanges its code.
#[derive(Clone, Copy)]
pub struct CodeVerifier<'a>(&'a str);

impl<'a> CodeVerifier<'a> {
    /// Reads 43 to 128 characters of the unreserved ones (RFC 7636 section 4.1).
    pub fn parse(text: &'a str) -> Option<Self> {
        let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        ((43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)).then_some(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_fits_and_no_other_verifier_does() {
        let challenge = CodeChallenge::parse(CHALLENGE).expect("a challenge");
        assert!(challenge.is_of(&CodeVerifier::parse(VERIFIER).expect("a verifier")));
        let other = VERIFIER.replace('d', "e");
        assert!(!challenge.is_of(&CodeVerifier::parse(&other).expect("a verifier")));
        // What `plain` would send.
        let plain = CodeVerifier::parse(CHALLENGE).expect("a verifier by its form");
        assert!(!challenge.is_of(&plain));
    }

    #[test]
    fn what_is_no_challenge_and_no_verifier_is_none() {
        for bad in ["", "abc", &CHALLENGE.replace('-', "+"), &format!("{CHALLENGE}="), &"a".repeat(44)] {
            assert!(CodeChallenge::parse(bad).is_none(), "{bad:?}");
        }
        for bad in ["", &"a".repeat(42), &"a".repeat(129), &format!("{}!", "a".repeat(50)), &"é".repeat(30)] {
            assert!(CodeVerifier::parse(bad).is_none(), "{bad:?}");
        }
        assert!(CodeVerifier::parse(&"~".repeat(128)).is_some());
    }
}
