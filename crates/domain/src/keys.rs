//! The key file, and what is made with the keys in it: digests of generated secrets, keys for sealing, keyed hashes
//! for logs.
//!
//! Why a keyed hash and no Argon2 for app passwords: `docs/decisions/0003-digests-of-app-passwords.md`.

use std::fmt;
use std::str::FromStr;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::oauth::UserCode;
use crate::{AccountId, Decoded, OneTimeCode, Plain, Randomness};

/// Names a key. Drawn at random, so that keys of two installations never share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u32);

impl KeyId {
    /// The id as the database keeps it.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// The id from what the database keeps.
    pub const fn from_u32(id: u32) -> Self {
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// 256 random bits from which every other key is derived (HKDF-SHA256, RFC 5869).
#[derive(Clone)]
pub struct MasterKey {
    id: KeyId,
    bytes: Plain<[u8; 32]>,
}

impl MasterKey {
    /// Draws a new key.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut id = [0; 4];
        let mut bytes = Zeroizing::new([0; 32]);
        randomness.fill(&mut id);
        randomness.fill(bytes.as_mut());
        Self { id: KeyId(u32::from_be_bytes(id)), bytes: Plain::new(*bytes) }
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"valetkey 1"), self.bytes.expose())
            .expand(purpose.as_bytes(), out.as_mut())
            .expect("HKDF-SHA256 gives up to 8160 bytes");
        out
    }
}

/// The first line of a key file.
const KEY_FILE_HEAD: &str = "valetkey key file 1";

/// The key file: one key, or two while one takes over from the other. The first is the current one.
///
/// The text is a head line, then a line `ID KEY` in hexadecimal for each key; empty lines and lines that begin with
/// `#` are ignored.
pub struct KeyFile {
    keys: Vec<MasterKey>,
}

impl KeyFile {
    /// At most two keys live: an attempt costs one digest for each.
    pub const KEYS_MAX: usize = 2;

    /// A key file with one key.
    pub fn new(key: MasterKey) -> Self {
        Self { keys: vec![key] }
    }

    /// The file with a new current key in front; `None` if two are already live. For `key rotate`, which is yet to come.
    pub fn with_new_current(&self, key: MasterKey) -> Option<Self> {
        (self.keys.len() < Self::KEYS_MAX)
            .then(|| Self { keys: std::iter::once(key).chain(self.keys.iter().cloned()).collect() })
    }

    /// The file with its current key only. For `key retire`, which is yet to come.
    #[must_use]
    pub fn with_current_only(&self) -> Self {
        Self { keys: vec![self.keys[0].clone()] }
    }

    /// The ids of the keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(MasterKey::id)
    }

    /// The text to write to the file. It is the most secret thing that an installation has.
    pub fn to_text(&self) -> Plain<String> {
        let mut text = String::with_capacity(64 + self.keys.len() * 80);
        text.push_str(KEY_FILE_HEAD);
        text.push('\n');
        for key in &self.keys {
            text.push_str(&key.id.to_string());
            text.push(' ');
            for byte in key.bytes.expose() {
                text.push(char::from(HEX[usize::from(byte >> 4)]));
                text.push(char::from(HEX[usize::from(byte & 15)]));
            }
            text.push('\n');
        }
        Plain::new(text)
    }
}

const HEX: [u8; 16] = *b"0123456789abcdef";

impl FromStr for KeyFile {
    type Err = MalformedKeyFile;
    fn from_str(text: &str) -> Result<Self, MalformedKeyFile> {
        let mut lines = text.lines().enumerate().map(|(i, l)| (i + 1, l.trim()));
        let meaningful = |(_, l): &(usize, &str)| !l.is_empty() && !l.starts_with('#');
        match lines.by_ref().find(meaningful) {
            Some((_, KEY_FILE_HEAD)) => {}
            _ => return Err(MalformedKeyFile::Head),
        }
        let mut keys: Vec<MasterKey> = Vec::with_capacity(Self::KEYS_MAX);
        for (number, line) in lines.filter(meaningful) {
            let key = parse_key(line).ok_or(MalformedKeyFile::Line(number))?;
            if keys.iter().any(|k| k.id == key.id) {
                return Err(MalformedKeyFile::Twice(key.id));
            }
            keys.push(key);
        }
        match keys.len() {
            0 => Err(MalformedKeyFile::NoKey),
            1..=Self::KEYS_MAX => Ok(Self { keys }),
            _ => Err(MalformedKeyFile::TooMany),
        }
    }
}

fn parse_key(line: &str) -> Option<MasterKey> {
    let (id, hex) = line.split_once(' ')?;
    let id = (id.len() == 8).then(|| u32::from_str_radix(id, 16).ok()).flatten()?;
    let hex = hex.trim().as_bytes();
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = Zeroizing::new([0u8; 32]);
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
    }
    Some(MasterKey { id: KeyId(id), bytes: Plain::new(*bytes) })
}

/// Why a text is not a key file. None of its content is in here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKeyFile {
    /// It does not begin as a key file does.
    #[error("not a key file: its first line is not '{KEY_FILE_HEAD}'")]
    Head,
    /// A line is not an id and a key.
    #[error("line {0} of the key file is not an id (8 hexadecimal digits), a space and a key (64 hexadecimal digits)")]
    Line(usize),
    /// The same id twice.
    #[error("the key file names key {0} twice")]
    Twice(KeyId),
    /// No key in it.
    #[error("the key file has no key in it")]
    NoKey,
    /// More than two keys.
    #[error("the key file has more than {} keys; retire the old ones first", KeyFile::KEYS_MAX)]
    TooMany,
}

/// A digest of a generated secret, bound to its account. Compared in constant time.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest from what the database keeps.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as the database keeps it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A number that stands for this digest where a collision only costs accuracy, as in the throttle.
    pub fn fingerprint(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(first)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

/// Key for sealing what must be readable again; an AEAD of the store's choice uses it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// The key's bytes, for the AEAD.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

struct DerivedKeys {
    id: KeyId,
    /// HMAC with the key already taken in: half the work of a digest is done once, at start.
    digest: Hmac<Sha256>,
    seal: SealKey,
}

/// The keys at work, derived once at start from the key file.
pub struct KeyRing {
    current: DerivedKeys,
    previous: Option<DerivedKeys>,
    log: Hmac<Sha256>,
}

/// Digests of different things never meet, since each begins with a tag of its own.
const TAG_APP_PASSWORD: &[u8] = b"app password\0";
const TAG_RECOVERY_CODE: &[u8] = b"recovery code\0";
const TAG_LINK: &[u8] = b"one-time link\0";
const TAG_USER_CODE: &[u8] = b"user code\0";

impl KeyRing {
    /// Derives the keys.
    pub fn new(file: &KeyFile) -> Self {
        Self {
            current: DerivedKeys::new(&file.keys[0]),
            previous: file.keys.get(1).map(DerivedKeys::new),
            log: hmac(&file.keys[0].derive("log")),
        }
    }

    /// The id of the key under which new digests are made.
    pub fn current_id(&self) -> KeyId {
        self.current.id
    }

    /// The ids of all live keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.all().map(|k| k.id)
    }

    /// The digest of an app password under the current key.
    pub fn digest(&self, account: AccountId, secret: &Decoded) -> Digest {
        self.current.digest(TAG_APP_PASSWORD, account, secret.expose())
    }

    /// The digest of an app password under each live key, the current one first.
    pub fn digests(&self, account: AccountId, secret: &Decoded) -> impl Iterator<Item = (KeyId, Digest)> {
        self.all().map(move |k| (k.id, k.digest(TAG_APP_PASSWORD, account, secret.expose())))
    }

    /// The digest of a recovery code under each live key, the current one first.
    pub fn recovery_digests(&self, account: AccountId, code: &[u8]) -> impl Iterator<Item = (KeyId, Digest)> {
        self.all().map(move |k| (k.id, k.digest(TAG_RECOVERY_CODE, account, code)))
    }

    /// The digest of the code in a one-time link under each live key, the current one first.
    pub fn link_digests(&self, code: &OneTimeCode) -> impl Iterator<Item = Digest> {
        // Whoever presents a code need not say whose it is.
        let nobody = AccountId::from_bytes([0; 16]);
        self.all().map(move |k| k.digest(TAG_LINK, nobody, code.expose()))
    }

    /// The digest of the code that a device shows, under the current key: it is good for minutes, and a new key asks for a new
    /// code.
    pub fn user_code_digest(&self, code: &UserCode) -> Digest {
        let nobody = AccountId::from_bytes([0; 16]);
        self.current.digest(TAG_USER_CODE, nobody, code.expose())
    }

    /// The key for sealing new things, with its id.
    pub fn seal_key(&self) -> (KeyId, &SealKey) {
        (self.current.id, &self.current.seal)
    }

    /// The key under which something was sealed, if it is still live.
    pub fn unseal_key(&self, id: KeyId) -> Option<&SealKey> {
        self.all().find(|k| k.id == id).map(|k| &k.seal)
    }

    /// A stand-in for a text that may be a secret, such as an unknown login name: the same text gives the same
    /// stand-in, and nobody without the key can find the text.
    pub fn log_name(&self, text: &str) -> String {
        let mut mac = self.log.clone();
        mac.update(text.as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes[..6].iter().fold(String::from("~"), |s, b| s + &format!("{b:02x}"))
    }

    fn all(&self) -> impl Iterator<Item = &DerivedKeys> {
        std::iter::once(&self.current).chain(self.previous.as_ref())
    }
}

impl DerivedKeys {
    fn new(master: &MasterKey) -> Self {
        Self { id: master.id, digest: hmac(&master.derive("digest")), seal: SealKey(*master.derive("seal")) }
    }

    fn digest(&self, tag: &[u8], account: AccountId, secret: &[u8]) -> Digest {
        let mut mac = self.digest.clone();
        mac.update(tag);
        mac.update(account.as_bytes());
        mac.update(secret);
        Digest(mac.finalize().into_bytes().into())
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 16])
    }

    fn secret() -> Decoded {
        Decoded::from_app(b"abcd-efgh-ijkl-mnop")
    }

    #[test]
    fn a_key_file_reads_back_as_it_was_written() {
        let old = KeyFile::new(MasterKey::generate(&Seeded::new(1)));
        let both = old.with_new_current(MasterKey::generate(&Seeded::new(2))).expect("room for a second key");
        let read: KeyFile = both.to_text().expose().parse().expect("a key file");
        assert_eq!(read.ids().collect::<Vec<_>>(), both.ids().collect::<Vec<_>>());
        let digest = |f: &KeyFile| KeyRing::new(f).digest(account(1), &secret());
        assert!(digest(&read) == digest(&both));
        assert!(digest(&read) != digest(&old), "the new key is the current one");
        assert!(both.with_new_current(MasterKey::generate(&Seeded::new(3))).is_none());
        assert_eq!(both.with_current_only().ids().count(), 1);
    }

    #[test]
    fn a_key_file_that_is_none_says_where_and_shows_nothing() {
        let good = KeyFile::new(MasterKey::generate(&Seeded::new(1))).to_text();
        let body = good.expose().lines().nth(1).expect("a key");
        let twice = format!("{KEY_FILE_HEAD}\n{body}\n{body}\n");
        let cases = [
            ("", MalformedKeyFile::Head),
            ("something else\n", MalformedKeyFile::Head),
            ("valetkey key file 1\n# nothing\n", MalformedKeyFile::NoKey),
            ("valetkey key file 1\n\n12345678 abc\n", MalformedKeyFile::Line(3)),
            ("valetkey key file 1\n1234567g 00\n", MalformedKeyFile::Line(2)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<KeyFile>().err(), Some(error), "{text:?}");
        }
        assert!(matches!(twice.parse::<KeyFile>().err(), Some(MalformedKeyFile::Twice(_))));
    }

    #[test]
    fn a_digest_belongs_to_one_account_one_purpose_and_one_key() {
        let ring = KeyRing::new(&KeyFile::new(MasterKey::generate(&Seeded::new(1))));
        let mine = ring.digest(account(1), &secret());
        assert!(mine == ring.digest(account(1), &Decoded::from_app(b"ABCDEFGHIJKLMNOP")));
        assert!(mine != ring.digest(account(2), &secret()));
        assert!(ring.recovery_digests(account(1), secret().expose()).all(|(_, d)| d != mine));
        let other = KeyRing::new(&KeyFile::new(MasterKey::generate(&Seeded::new(2))));
        assert!(mine != other.digest(account(1), &secret()));
    }

    #[test]
    fn while_two_keys_live_a_digest_under_either_is_found() {
        let old = KeyFile::new(MasterKey::generate(&Seeded::new(1)));
        let before = KeyRing::new(&old).digest(account(1), &secret());
        let ring = KeyRing::new(&old.with_new_current(MasterKey::generate(&Seeded::new(2))).expect("room"));
        let found: Vec<bool> = ring.digests(account(1), &secret()).map(|(_, d)| d == before).collect();
        assert_eq!(found, [false, true]);
        assert!(ring.unseal_key(old.keys[0].id()).is_some());
    }

    #[test]
    fn a_name_in_the_log_shows_nothing_of_the_text() {
        let ring = KeyRing::new(&KeyFile::new(MasterKey::generate(&Seeded::new(1))));
        assert_eq!(ring.log_name("hunter2"), ring.log_name("hunter2"));
        assert_ne!(ring.log_name("hunter2"), ring.log_name("hunter3"));
        assert_eq!(ring.log_name("hunter2").len(), 13);
    }
}
