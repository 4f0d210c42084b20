//! Sealing what must be readable again, such as TOTP seeds: XChaCha20-Poly1305 under a key from the key file, bound to
//! the row it stands in, so that one row's seal does not open in another.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use valetkey_domain::{KeyId, KeyRing, Plain, Randomness};

use crate::StoreError;

/// Bytes of a nonce: long enough to be drawn at random for ever.
const NONCE: usize = 24;

/// Where a sealed value stands.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Table and column, `second_factor.secret`.
    pub column: &'static str,
    /// The row's id.
    pub row: &'a [u8],
}

impl Place<'_> {
    fn bytes(self) -> Vec<u8> {
        [self.column.as_bytes(), &[0], self.row].concat()
    }
}

/// A sealed value and the key that opens it.
pub struct Sealed {
    /// Under which key.
    pub key: KeyId,
    /// The nonce, then the ciphertext with its tag.
    pub bytes: Vec<u8>,
}

/// Seals a value for its place, under the current key.
pub fn seal(keys: &KeyRing, randomness: &dyn Randomness, place: Place<'_>, plain: &[u8]) -> Sealed {
    let (key, seal_key) = keys.seal_key();
    let mut nonce = [0; NONCE];
    randomness.fill(&mut nonce);
    let cipher = XChaCha20Poly1305::new(seal_key.expose().into());
    let ciphertext = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &place.bytes() })
        .expect("a value in a row is far shorter than the cipher's limit of 256 GiB");
    Sealed { key, bytes: [nonce.as_slice(), &ciphertext].concat() }
}

/// Opens a value that was sealed for this place.
pub fn open(keys: &KeyRing, place: Place<'_>, sealed: &Sealed) -> Result<Plain<Vec<u8>>, StoreError> {
    let seal_key = keys.unseal_key(sealed.key).ok_or(StoreError::KeyMissing(sealed.key))?;
    let (nonce, ciphertext) = sealed.bytes.split_first_chunk::<NONCE>().ok_or(StoreError::SealBroken)?;
    let cipher = XChaCha20Poly1305::new(seal_key.expose().into());
    cipher
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &place.bytes() })
        .map(Plain::new)
        .map_err(|_| StoreError::SealBroken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use valetkey_domain::{KeyFile, MasterKey};
    use valetkey_testkit::Seeded;

    fn keys(seed: u64) -> KeyRing {
        KeyRing::new(&KeyFile::new(MasterKey::generate(&Seeded::new(seed))))
    }

    const HERE: Place<'_> = Place { column: "second_factor.secret", row: &[1; 16] };

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let keys = keys(1);
        let sealed = seal(&keys, &Seeded::new(2), HERE, b"seed");
        assert!(open(&keys, HERE, &sealed).is_ok_and(|p| p.expose() == b"seed"));
        assert!(matches!(open(&keys, Place { row: &[2; 16], ..HERE }, &sealed), Err(StoreError::SealBroken)));
        assert!(matches!(open(&keys, Place { column: "webhook.key", ..HERE }, &sealed), Err(StoreError::SealBroken)));
    }

    #[test]
    fn what_was_altered_or_is_under_a_lost_key_does_not_open() {
        let mut sealed = seal(&keys(1), &Seeded::new(2), HERE, b"seed");
        assert!(matches!(open(&keys(9), HERE, &sealed), Err(StoreError::KeyMissing(_))));
        sealed.bytes[30] ^= 1;
        assert!(matches!(open(&keys(1), HERE, &sealed), Err(StoreError::SealBroken)));
        sealed.bytes.truncate(3);
        assert!(matches!(open(&keys(1), HERE, &sealed), Err(StoreError::SealBroken)));
    }

    #[test]
    fn the_same_value_is_never_sealed_alike() {
        let randomness = Seeded::new(2);
        assert!(seal(&keys(1), &randomness, HERE, b"seed").bytes != seal(&keys(1), &randomness, HERE, b"seed").bytes);
    }
}
