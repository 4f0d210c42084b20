//! Keys that sign ID tokens. Their private parts are sealed; what is published of them follows from those.

use valetkey_domain::{Digest, KeyRing, Plain, Randomness, Timestamp};

use super::limit;
use super::sign_in::key_id;
use crate::engine::{Param, Row};
use crate::seal::{self, Place, Sealed};
use crate::{Snapshot, StoreError, Transaction};

const PRIVATE: &str = "signing_key.sealed";

/// A key that signs ID tokens, opened.
pub struct KeptSigningKey {
    /// The thumbprint of its public part.
    pub id: Digest,
    /// The private key, in PKCS #8.
    pub private: Plain<Vec<u8>>,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Snapshot<'_> {
    /// When each key was made that is kept, the oldest first.
    pub fn signing_keys_made(&mut self) -> Result<Vec<(Digest, Timestamp)>, StoreError> {
        self.all("SELECT id, made_at FROM signing_key ORDER BY made_at, id LIMIT $1", &[limit(usize::MAX)], |row| {
            Ok((thumbprint(row)?, row.moment(1)?))
        })
    }

    /// Every key that is kept, opened, the oldest first.
    pub fn signing_keys(&mut self, keys: &KeyRing) -> Result<Vec<KeptSigningKey>, StoreError> {
        let rows = self.all(
            "SELECT id, sealed, key_id, made_at FROM signing_key ORDER BY made_at, id LIMIT $1",
            &[limit(usize::MAX)],
            |row| {
                let sealed = Sealed { key: key_id(row, 2)?, bytes: row.bytes(1)?.to_vec() };
                Ok((thumbprint(row)?, sealed, row.moment(3)?))
            },
        )?;
        let open = |(id, sealed, made_at): (Digest, Sealed, Timestamp)| {
            let private = seal::open(keys, Place { column: PRIVATE, row: id.as_bytes() }, &sealed)?;
            Ok(KeptSigningKey { id, private, made_at })
        };
        rows.into_iter().map(open).collect()
    }
}

impl Transaction<'_> {
    /// Keeps a key, sealed.
    pub fn insert_signing_key(
        &mut self,
        keys: &KeyRing,
        randomness: &dyn Randomness,
        new: &KeptSigningKey,
    ) -> Result<(), StoreError> {
        let place = Place { column: PRIVATE, row: new.id.as_bytes() };
        let sealed = seal::seal(keys, randomness, place, new.private.expose());
        self.execute(
            "INSERT INTO signing_key (id, sealed, key_id, made_at) VALUES ($1, $2, $3, $4)",
            &[
                new.id.as_bytes().into(),
                sealed.bytes.as_slice().into(),
                Param::Int(i64::from(sealed.key.as_u32())),
                new.made_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Forgets a key: nothing that it has signed is good any more.
    pub fn forget_signing_key(&mut self, id: &Digest) -> Result<(), StoreError> {
        self.execute("DELETE FROM signing_key WHERE id = $1", &[id.as_bytes().into()])?;
        Ok(())
    }
}

fn thumbprint(row: &Row<'_>) -> Result<Digest, StoreError> {
    let malformed = |_| StoreError::Malformed { table: "signing_key", column: "id" };
    row.bytes(0)?.try_into().map(Digest::from_bytes).map_err(malformed)
}
