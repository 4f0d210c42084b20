//! Time-based one-time passwords (RFC 6238) as authenticator apps know them: SHA-1, 6 digits, 30 seconds.

use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::{LoginName, Plain, Randomness, Timestamp};

/// Seconds that one code lives.
const STEP_SECS: i64 = 30;
/// Steps that a phone's clock may be off, in either direction (RFC 6238 section 5.2 recommends one).
const DRIFT_STEPS: i64 = 1;

/// The seed that the server and an authenticator app share.
#[derive(Clone)]
pub struct TotpSeed(Plain<Vec<u8>>);

/// The number of a 30-second step since 1970. The last one used is kept, so that no code works twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TotpStep(i64);

impl TotpStep {
    /// The step as the database keeps it.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The step from what the database keeps.
    pub const fn from_i64(step: i64) -> Self {
        Self(step)
    }
}

impl TotpSeed {
    /// 160 bits, the length of the hash, as RFC 4226 section 4 recommends.
    const BYTES: usize = 20;

    /// Draws a new seed.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = vec![0; Self::BYTES];
        randomness.fill(&mut bytes);
        Self(Plain::new(bytes))
    }

    /// A seed that was kept.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(Plain::new(bytes))
    }

    /// A seed as people type it; `None` if it is not base 32, or too short or long to be a seed.
    pub fn from_base32(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(64);
        let (mut bits, mut held) = (0u32, 0u32);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '=') {
            let value = match c.to_ascii_uppercase() {
                letter @ 'A'..='Z' => u32::from(letter) - u32::from('A'),
                digit @ '2'..='7' => u32::from(digit) - u32::from('2') + 26,
                _ => return None,
            };
            (bits, held) = (bits << 5 | value, held + 5);
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff).unwrap_or(0));
            }
        }
        (10..=64).contains(&bytes.len()).then(|| Self::from_bytes(bytes))
    }

    /// The seed's bytes, for sealing.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// The seed as people type it into an app: base 32 (RFC 4648 section 6) without padding.
    pub fn to_base32(&self) -> Plain<String> {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = String::with_capacity(self.expose().len().div_ceil(5) * 8);
        for group in self.expose().chunks(5) {
            let mut padded = [0u8; 8];
            padded[3..3 + group.len()].copy_from_slice(group);
            let bits = u64::from_be_bytes(padded);
            for i in 0..(group.len() * 8).div_ceil(5) {
                let index = usize::try_from((bits >> (35 - 5 * i)) & 31).expect("five bits");
                text.push(char::from(ALPHABET[index]));
            }
        }
        Plain::new(text)
    }

    /// The code of a moment, as an authenticator app would show it.
    pub fn code_at(&self, now: Timestamp) -> TotpCode {
        TotpCode(self.number(now.as_secs().div_euclid(STEP_SECS)))
    }

    /// The step to which the code belongs, if it is right now, or was or will be within one step, and no code of
    /// that step or a later one was used before.
    pub fn check(&self, code: TotpCode, now: Timestamp, last_used: Option<TotpStep>) -> Option<TotpStep> {
        let current = now.as_secs().div_euclid(STEP_SECS);
        (current - DRIFT_STEPS..=current + DRIFT_STEPS)
            .filter(|step| last_used.is_none_or(|last| *step > last.0))
            .find(|step| self.number(*step).ct_eq(&code.0).into())
            .map(TotpStep)
    }

    /// RFC 4226 section 5.3.
    fn number(&self, step: i64) -> u32 {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.expose()).expect("HMAC takes a key of any length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let word = u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]);
        (word & 0x7fff_ffff) % 1_000_000
    }
}

/// Six digits that somebody typed.
#[derive(Clone, Copy)]
pub struct TotpCode(u32);

impl TotpCode {
    /// The six digits, for tests and for those who hold a seed.
    pub fn reveal(self) -> String {
        format!("{:06}", self.0)
    }
}

/// Six digits, with spaces anywhere, as apps show them in two groups.
impl FromStr for TotpCode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse().map(Self).map_err(|_| ())
        } else {
            Err(())
        }
    }
}

/// The address behind the QR code that authenticator apps scan
/// (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>). As secret as the seed.
pub fn provisioning_uri(seed: &TotpSeed, issuer: &str, login: &LoginName) -> Plain<String> {
    let issuer = percent_encoded(issuer);
    let mut uri = String::with_capacity(256);
    uri.push_str("otpauth://totp/");
    uri.push_str(&issuer);
    uri.push(':');
    uri.push_str(&percent_encoded(login.as_str()));
    uri.push_str("?secret=");
    uri.push_str(seed.to_base32().expose());
    uri.push_str("&issuer=");
    uri.push_str(&issuer);
    Plain::new(uri)
}

fn percent_encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'@');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> TotpSeed {
        TotpSeed::from_bytes(b"12345678901234567890".to_vec())
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    /// The SHA-1 rows of RFC 6238 appendix B, whose eight digits end in our six.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().code_at(at(secs)).reveal(), code);
        }
    }

    #[test]
    fn a_code_works_once_and_within_a_step_of_its_time() {
        let code = seed().code_at(at(59));
        let step = seed().check(code, at(59), None).expect("right now");
        assert!(seed().check(code, at(59), Some(step)).is_none(), "a replay is refused");
        assert!(seed().check(code, at(89), None).is_some(), "a slow phone");
        assert!(seed().check(code, at(29), None).is_some(), "a fast phone");
        assert!(seed().check(code, at(120), None).is_none(), "too old");
        let earlier = seed().code_at(at(29));
        assert!(seed().check(earlier, at(59), Some(step)).is_none(), "no older code after a newer one");
    }

    #[test]
    fn a_typed_code_may_have_spaces() {
        assert_eq!("005 924".parse::<TotpCode>().map(TotpCode::reveal).as_deref(), Ok("005924"));
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert!(bad.parse::<TotpCode>().is_err(), "{bad:?}");
        }
    }

    /// RFC 4648 section 10.
    #[test]
    fn base_32_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(TotpSeed::from_bytes(bytes.as_bytes().to_vec()).to_base32().expose(), text);
        }
    }

    #[test]
    fn a_seed_reads_back_from_base_32() {
        let text = seed().to_base32();
        let typed = text
            .expose()
            .to_lowercase()
            .chars()
            .collect::<Vec<_>>()
            .chunks(4)
            .map(String::from_iter)
            .collect::<Vec<_>>()
            .join(" ");
        assert!(TotpSeed::from_base32(&typed).is_some_and(|s| s.expose() == seed().expose()));
        for bad in ["", "MZXW6", "1".repeat(32).as_str(), "A".repeat(200).as_str()] {
            assert!(TotpSeed::from_base32(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_address_behind_the_qr_code_names_issuer_and_login() {
        let uri = provisioning_uri(&seed(), "Mail & more", &LoginName::from_canonical("ada@example.org"));
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Mail%20%26%20more:ada@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mail%20%26%20more"
        );
    }
}
