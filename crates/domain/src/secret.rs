//! Secrets as types: what may be shown is another type than what may not, and crossing has a name.

use zeroize::{Zeroize, Zeroizing};

use crate::randomness::below;
use crate::{LoginName, Randomness};

/// A secret in memory: wiped when dropped, and without `Debug`, `Display` or `Serialize`, so that it cannot get into a
/// log by accident. Reading it is spelled [`Plain::expose`], which is what a reviewer looks for.
#[derive(Clone)]
pub struct Plain<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Plain<T> {
    /// Takes a secret in.
    pub fn new(secret: T) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

/// How many letters a generated app password has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretLength {
    /// 16 letters, 75.2 bits: what people know from Apple and Google, and what fits the 16 characters of old devices.
    #[default]
    Sixteen,
    /// 24 letters, 112.8 bits: over the 112-bit line that NIST SP 800-131A draws for keys.
    TwentyFour,
}

impl SecretLength {
    /// The number of letters.
    pub const fn letters(self) -> usize {
        match self {
            Self::Sixteen => 16,
            Self::TwentyFour => 24,
        }
    }
}

/// The random secret of an app password, while it is being made: letters `a` to `z`, each drawn evenly.
pub struct AppSecret(Plain<Vec<u8>>);

impl AppSecret {
    /// Draws a new secret.
    pub fn generate(length: SecretLength, randomness: &dyn Randomness) -> Self {
        // Reserved in full, so that growing leaves no copy of a part behind.
        let mut letters = Vec::with_capacity(length.letters());
        letters.extend((0..length.letters()).map(|_| b'a' + below(randomness, 26)));
        Self(Plain::new(letters))
    }

    /// The secret as its owner sees it, once: `abcd-efgh-ijkl-mnop`.
    pub fn reveal(&self) -> Plain<String> {
        in_fours(self.0.expose())
    }

    /// The secret as it is digested.
    pub fn decoded(&self) -> Decoded {
        Decoded::from_app(self.0.expose())
    }
}

/// Characters of ASCII as people read them best: in groups of four.
pub(crate) fn in_fours(characters: &[u8]) -> Plain<String> {
    let mut shown = String::with_capacity(characters.len() + characters.len() / 4);
    for (i, character) in characters.iter().enumerate() {
        if i > 0 && i % 4 == 0 {
            shown.push('-');
        }
        shown.push(char::from(*character));
    }
    Plain::new(shown)
}

/// What somebody typed of so many characters, if that is what it has: capitals, spaces and hyphens do not matter.
pub(crate) fn typed(text: &str, length: usize, is_ours: impl Fn(u8) -> bool) -> Option<Plain<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::with_capacity(length));
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = u8::try_from(c.to_ascii_lowercase()).ok().filter(|c| is_ours(*c))?;
        if read.len() == length {
            return None;
        }
        read.push(c);
    }
    (read.len() == length).then_some(Plain(read))
}

/// Whether what an app sent could be an app password at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 16 or 24 letters once decoded.
    AppPassword,
    /// Anything else; the app's owner is told to use an app password.
    Other,
}

/// The longest decoded secret that is looked at; the rest cannot belong to an app password.
const DECODED_MAX: usize = 32;
const SIXTEEN: usize = SecretLength::Sixteen.letters();
const TWENTY_FOUR: usize = SecretLength::TwentyFour.letters();

/// What an app sent as password, without what people and devices add to a generated secret: spaces of any kind,
/// hyphens and dashes, capitals.
///
/// Only ever compared with generated secrets: a primary password is never altered.
#[derive(Clone)]
pub struct Decoded {
    bytes: Zeroizing<[u8; DECODED_MAX]>,
    len: usize,
    shape: Shape,
}

impl Decoded {
    /// Decodes what an app sent, of any length and not necessarily UTF-8.
    pub fn from_app(sent: &[u8]) -> Self {
        let mut decoded = Self { bytes: Zeroizing::new([0; DECODED_MAX]), len: 0, shape: Shape::Other };
        let whole = if sent.is_ascii() { decoded.take_ascii(sent) } else { decoded.take(sent) };
        let of_length = matches!(decoded.len, SIXTEEN | TWENTY_FOUR);
        if whole && of_length && decoded.expose().iter().all(u8::is_ascii_lowercase) {
            decoded.shape = Shape::AppPassword;
        }
        decoded
    }

    /// What nearly every app sends, in one pass. Gives whether all of it had room.
    fn take_ascii(&mut self, sent: &[u8]) -> bool {
        for byte in sent {
            let is_kept = !matches!(byte, b'-' | b' ' | b'\t'..=b'\r');
            let Some(slot) = self.bytes.get_mut(self.len) else {
                if is_kept {
                    return false;
                }
                continue;
            };
            // What is not kept is written over: to write it costs less than not to.
            *slot = byte.to_ascii_lowercase();
            self.len += usize::from(is_kept);
        }
        true
    }

    fn take(&mut self, sent: &[u8]) -> bool {
        let mut whole = true;
        let mut keep = |byte: u8| match self.bytes.get_mut(self.len) {
            Some(slot) => {
                *slot = byte;
                self.len += 1;
            }
            None => whole = false,
        };
        for chunk in sent.utf8_chunks() {
            for c in chunk.valid().chars().filter(|c| !is_ignored(*c)) {
                c.to_ascii_lowercase().encode_utf8(&mut [0; 4]).bytes().for_each(&mut keep);
            }
            chunk.invalid().iter().copied().for_each(&mut keep);
        }
        whole
    }

    /// The decoded bytes; of something longer than any app password, its beginning.
    pub fn expose(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Whether this could be an app password at all.
    pub fn shape(&self) -> Shape {
        self.shape
    }
}

/// White space, and every hyphen or dash that a keyboard, a mail or a word processor makes of one.
fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2060}' | '\u{2212}'
            | '\u{fe58}' | '\u{fe63}' | '\u{feff}' | '\u{ff0d}')
}

/// An account's own password, exactly as it was typed.
#[derive(Clone)]
pub struct PrimaryPassword(Plain<Vec<u8>>);

impl PrimaryPassword {
    /// The fewest characters a new one may have.
    pub const CHARACTERS_MIN: usize = 12;
    /// The most bytes that are looked at, chosen or presented.
    pub const BYTES_MAX: usize = 1024;

    /// A new password that a person chose. There are no rules but its length (NIST SP 800-63B section 3.1.1.2).
    pub fn choose(text: &str) -> Result<Self, RejectedPassword> {
        if text.len() > Self::BYTES_MAX {
            return Err(RejectedPassword::TooLong);
        }
        if text.contains(['\0', '\r', '\n']) {
            return Err(RejectedPassword::LineBreak);
        }
        if text.chars().count() < Self::CHARACTERS_MIN {
            return Err(RejectedPassword::TooShort);
        }
        if is_common(text) {
            return Err(RejectedPassword::Common);
        }
        Ok(Self(Plain::new(text.as_bytes().to_vec())))
    }

    /// A password that somebody presents; `None` if it is longer than any that was ever chosen.
    pub fn presented(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= Self::BYTES_MAX).then(|| Self(Plain::new(bytes.to_vec())))
    }

    /// The bytes to hash.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// Whether it is hardly more than the account's login name, which is no secret.
    pub fn is_like(&self, login: &LoginName) -> bool {
        /// So many characters besides the login name are a password of their own.
        const OF_ITS_OWN: usize = 8;
        let text = Zeroizing::new(String::from_utf8_lossy(self.0.expose()).to_lowercase());
        let (local, domain) = login.as_str().split_once('@').unwrap_or((login.as_str(), ""));
        let mut rest = text.clone();
        for name in [login.as_str(), local, domain].into_iter().filter(|name| name.len() >= 3) {
            *rest = rest.replace(name, "");
        }
        rest.len() < text.len() && rest.chars().count() < OF_ITS_OWN
    }
}

/// The most common passwords of twelve characters and more, in small letters and in order; shorter ones are refused anyway.
/// Where they come from: `docs/decisions/0015-passwords-that-everybody-tries.md`.
const COMMON: &str = include_str!("common_passwords.txt");

/// Whether everybody tries this password first: it is in the list, or one short text over and over.
fn is_common(text: &str) -> bool {
    let small = Zeroizing::new(text.to_lowercase());
    let is_listed = COMMON.lines().any(|common| common == small.as_str());
    let letters = Zeroizing::new(small.chars().collect::<Vec<char>>());
    let repeats = |unit: usize| letters.iter().zip(letters.iter().skip(unit)).all(|(a, b)| a == b);
    is_listed || (1..=4).any(repeats)
}

/// Why a new primary password was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RejectedPassword {
    /// Fewer than [`PrimaryPassword::CHARACTERS_MIN`] characters.
    #[error("a password needs at least {} characters", PrimaryPassword::CHARACTERS_MIN)]
    TooShort,
    /// More than [`PrimaryPassword::BYTES_MAX`] bytes.
    #[error("a password has at most {} bytes", PrimaryPassword::BYTES_MAX)]
    TooLong,
    /// It would break a line, and could not be typed again.
    #[error("a password cannot contain a line break or a null character")]
    LineBreak,
    /// Everybody tries it first.
    #[error("this password is one of the most common ones, or one short text over and over: choose another")]
    Common,
    /// It is the login name, or hardly more.
    #[error("this password is hardly more than the login name, which is no secret: choose another")]
    LikeLogin,
    /// It is the one that is to be replaced.
    #[error("this is the password that is there already: choose another")]
    AsBefore,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;
    use proptest::prelude::*;

    fn shape(text: &str) -> Shape {
        Decoded::from_app(text.as_bytes()).shape()
    }

    #[test]
    fn a_new_secret_is_four_groups_of_four_letters() {
        let shown = AppSecret::generate(SecretLength::Sixteen, &Seeded::new(3)).reveal();
        let groups: Vec<&str> = shown.expose().split('-').collect();
        assert_eq!(groups.len(), 4);
        assert!(groups.iter().all(|g| g.len() == 4 && g.bytes().all(|b| b.is_ascii_lowercase())), "{groups:?}");
        assert_eq!(AppSecret::generate(SecretLength::TwentyFour, &Seeded::new(3)).reveal().expose().len(), 29);
    }

    #[test]
    fn what_everybody_tries_first_is_no_password() {
        assert!(
            COMMON.lines().is_sorted() && COMMON.lines().all(|p| p.chars().count() >= PrimaryPassword::CHARACTERS_MIN)
        );
        for common in ["123456789012", "1Q2w3E4r5T6y", "abcabcabcabc", "aaaaaaaaaaaaaaaa"] {
            assert_eq!(PrimaryPassword::choose(common).err(), Some(RejectedPassword::Common), "{common}");
        }
        let ada = LoginName::from_canonical("ada.lovelace@example.org");
        for (text, like) in [
            ("ada.lovelace2026", true),
            ("Ada.Lovelace@Example.org", true),
            ("example.org-2026", true),
            ("ada.lovelace keeps bees", false),
            ("twelve other letters", false),
        ] {
            assert_eq!(PrimaryPassword::choose(text).map(|p| p.is_like(&ada)), Ok(like), "{text}");
        }
    }

    #[test]
    fn however_it_is_typed_it_is_the_same_secret() {
        for typed in [
            "abcdefghijklmnop",
            "abcd-efgh-ijkl-mnop",
            "ABCD EFGH IJKL MNOP",
            " Abcd\u{2011}efgh\u{2013}ijkl\u{a0}mnop\r\n",
            "abcd\u{ad}efgh\u{2009}ijkl\u{2212}mnop",
        ] {
            let decoded = Decoded::from_app(typed.as_bytes());
            assert_eq!(decoded.expose(), b"abcdefghijklmnop", "{typed:?}");
            assert_eq!(decoded.shape(), Shape::AppPassword);
        }
    }

    #[test]
    fn what_cannot_be_an_app_password_is_seen_as_such() {
        for other in [
            "",
            "correct horse battery staple",
            "abcdefghijklmno1",
            "abcdefghijklmnopq",
            "abcdefghijklmno\u{e9}",
            &"a".repeat(2000),
        ] {
            assert_eq!(shape(other), Shape::Other, "{other:?}");
        }
        assert_eq!(Decoded::from_app(b"abcdefghijklmno\xff").shape(), Shape::Other);
        assert_eq!(shape(&"a".repeat(24)), Shape::AppPassword);
        assert_eq!(shape(&format!("{}{}", "a".repeat(24), "-".repeat(500))), Shape::AppPassword);
    }

    #[test]
    fn a_primary_password_is_long_enough_and_kept_as_typed() {
        assert_eq!(PrimaryPassword::choose("Short-one").err(), Some(RejectedPassword::TooShort));
        assert_eq!(PrimaryPassword::choose(&"\u{e9}".repeat(11)).err(), Some(RejectedPassword::TooShort));
        assert_eq!(PrimaryPassword::choose(&"x".repeat(1025)).err(), Some(RejectedPassword::TooLong));
        assert_eq!(PrimaryPassword::choose("twelve letters\n").err(), Some(RejectedPassword::LineBreak));
        let kept = PrimaryPassword::choose("  Twelve-Letters ").map(|p| p.expose().to_vec());
        assert_eq!(kept.as_deref(), Ok(b"  Twelve-Letters ".as_slice()));
    }

    proptest! {
        #[test]
        fn what_was_generated_decodes_from_what_was_shown(seed: u64, long: bool) {
            let length = if long { SecretLength::TwentyFour } else { SecretLength::Sixteen };
            let secret = AppSecret::generate(length, &Seeded::new(seed));
            let typed = Decoded::from_app(secret.reveal().expose().to_uppercase().as_bytes());
            let decoded = secret.decoded();
            prop_assert_eq!(typed.expose(), decoded.expose());
            prop_assert_eq!(typed.shape(), Shape::AppPassword);
        }
    }
}
