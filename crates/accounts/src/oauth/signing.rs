//! The keys by which ID tokens are signed: they are made here, kept sealed, published before they sign, and go when nothing
//! that they signed is good any more. When each of it is due, [`Rotation`] says.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use valetkey_domain::oauth::Rotation;
use valetkey_domain::{Digest, Plain, Timestamp};
use valetkey_store::KeptSigningKey;

use crate::{Accounts, AccountsError};

/// A published key, its parts as a JSON Web Key has them (RFC 7518 section 6.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// Names it: its thumbprint (RFC 7638).
    pub id: String,
    /// The modulus.
    pub modulus: String,
    /// The exponent.
    pub exponent: String,
}

/// The keys that memory has, the oldest first. The store has the same ones, but for the moment of a change.
pub(crate) struct SigningKeys {
    known: Mutex<Arc<[SigningKey]>>,
    /// One looks after them at a time: to draw a key takes its time, and however many ask for the first, one is enough.
    turn: Semaphore,
}

/// A key that signs, or did, or will.
pub(super) struct SigningKey {
    id: Digest,
    made_at: Timestamp,
    pair: RsaKeyPair,
}

impl Default for SigningKeys {
    fn default() -> Self {
        Self { known: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl SigningKeys {
    fn now(&self) -> Arc<[SigningKey]> {
        Arc::clone(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, keys: Vec<SigningKey>) -> Arc<[SigningKey]> {
        let keys: Arc<[SigningKey]> = keys.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        keys
    }
}

impl SigningKey {
    /// Draws a key. It takes some tenths of a second, and its randomness from the library that signs, which can be handed
    /// none.
    fn draw() -> Result<KeptSigningKey, AccountsError> {
        let broken = |_| AccountsError::SigningKey;
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(broken)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(broken)?;
        let id = thumbprint(&pair);
        Ok(KeptSigningKey { id, private: Plain::new(private.as_ref().to_vec()), made_at: Timestamp::from_millis(0) })
    }

    fn read(kept: &KeptSigningKey) -> Result<Self, AccountsError> {
        let pair = RsaKeyPair::from_pkcs8(kept.private.expose()).map_err(|_| AccountsError::SigningKey)?;
        Ok(Self { id: kept.id, made_at: kept.made_at, pair })
    }

    /// The name by which apps find it among those that are published.
    pub(super) fn name(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.id.as_bytes())
    }

    /// Signs by RS256 (RFC 7518 section 3.3).
    pub(super) fn sign(&self, said: &[u8]) -> Result<Vec<u8>, AccountsError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), said, &mut signature);
        signed.map(|()| signature).map_err(|_| AccountsError::SigningKey)
    }
}

/// The parts of a public key, as they are written.
fn parts(pair: &RsaKeyPair) -> (String, String) {
    let write = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    let public = pair.public_key();
    (
        write(public.modulus().big_endian_without_leading_zero()),
        write(public.exponent().big_endian_without_leading_zero()),
    )
}

/// RFC 7638: of the parts that make the key, in the order of their names.
fn thumbprint(pair: &RsaKeyPair) -> Digest {
    let (modulus, exponent) = parts(pair);
    let said = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    Digest::from_bytes(Sha256::digest(said).into())
}

fn rotation(made: &[(Digest, Timestamp)], now: Timestamp) -> Rotation {
    Rotation::at(&made.iter().map(|(_, made)| *made).collect::<Vec<_>>(), now)
}

impl Accounts {
    /// Does with the keys what is due: makes the next, forgets what is over, and brings memory in step with the store. For the
    /// caretaker; whoever signs before it came by does the same.
    pub async fn turn_signing_keys(self: &Arc<Self>) -> Result<(), AccountsError> {
        let _turn = self.signing.turn.acquire().await.map_err(|_| AccountsError::SigningKey)?;
        let now = self.clock.now();
        let made = self.store.read(|s| Ok::<_, AccountsError>(s.signing_keys_made()?)).await?;
        let due = rotation(&made, now);
        if due.is_next_due || due.over > 0 {
            let next = if due.is_next_due { Some(in_thread(SigningKey::draw).await?) } else { None };
            self.change_signing_keys(next, now).await?;
        }
        self.load_signing_keys().await.map(drop)
    }

    /// What is due is judged once more where it is changed.
    async fn change_signing_keys(
        self: &Arc<Self>,
        next: Option<KeptSigningKey>,
        now: Timestamp,
    ) -> Result<(), AccountsError> {
        let this = Arc::clone(self);
        let next = next.map(|drawn| KeptSigningKey { made_at: now, ..drawn });
        let name = next.as_ref().map(|next| URL_SAFE_NO_PAD.encode(next.id.as_bytes()));
        let (forgotten, kept) = self
            .add(move |tx| {
                let made = tx.signing_keys_made()?;
                let due = rotation(&made, now);
                for (id, _) in &made[..due.over] {
                    tx.forget_signing_key(id)?;
                }
                let next = next.as_ref().filter(|_| due.is_next_due);
                if let Some(next) = next {
                    tx.insert_signing_key(&this.keys, &*this.randomness, next)?;
                }
                Ok((due.over, next.is_some()))
            })
            .await?;
        if let Some(key) = name.filter(|_| kept) {
            tracing::info!(%key, "a key for ID tokens was made: it is published, and signs in two days; the first at once");
        }
        if forgotten > 0 {
            tracing::info!(forgotten, "keys of ID tokens are over, and were forgotten");
        }
        Ok(())
    }

    /// Those of the store, which memory has afterwards.
    async fn load_signing_keys(self: &Arc<Self>) -> Result<Arc<[SigningKey]>, AccountsError> {
        let made = self.store.read(|s| Ok::<_, AccountsError>(s.signing_keys_made()?)).await?;
        let known = self.signing.now();
        if known.iter().map(|key| &key.id).eq(made.iter().map(|(id, _)| id)) {
            return Ok(known);
        }
        let keys = Arc::clone(&self.keys);
        let kept = self.store.read(move |s| Ok::<_, AccountsError>(s.signing_keys(&keys)?)).await?;
        let read = in_thread(move || kept.iter().map(SigningKey::read).collect::<Result<Vec<_>, _>>()).await?;
        Ok(self.signing.set(read))
    }

    /// The keys, which are made now if there is none yet: then this may take a second.
    pub(super) async fn signing_keys(self: &Arc<Self>) -> Result<Arc<[SigningKey]>, AccountsError> {
        let keys = self.signing.now();
        if !keys.is_empty() {
            return Ok(keys);
        }
        self.turn_signing_keys().await?;
        Ok(self.signing.now())
    }

    /// The keys that apps find: those that have signed what is still good, the one that signs, and the next.
    pub async fn published_keys(self: &Arc<Self>) -> Result<Vec<PublishedKey>, AccountsError> {
        let publish = |key: &SigningKey| {
            let (modulus, exponent) = parts(&key.pair);
            PublishedKey { id: key.name(), modulus, exponent }
        };
        Ok(self.signing_keys().await?.iter().map(publish).collect())
    }
}

/// Which of the keys signs now.
pub(super) fn signing_now(keys: &[SigningKey], now: Timestamp) -> Result<usize, AccountsError> {
    let made: Vec<_> = keys.iter().map(|key| key.made_at).collect();
    Rotation::at(&made, now).signing.ok_or(AccountsError::SigningKey)
}

/// Does what takes its time on a thread that may block.
pub(super) async fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AccountsError> + Send + 'static,
) -> Result<T, AccountsError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(AccountsError::SigningKey))
}
