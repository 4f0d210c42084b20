//! Second factors and recovery codes.

use valetkey_domain::{
    AccountId, Digest, FactorId, KeyId, KeyRing, Label, Plain, Randomness, Timestamp, TotpSeed, TotpStep,
};

use super::limit;
use super::sign_in::key_id;
use crate::engine::Param;
use crate::seal::{self, Place, Sealed};
use crate::{Snapshot, StoreError, Transaction};

const SECRET: &str = "second_factor.secret";

/// A second factor as lists show it.
#[derive(Clone, Debug)]
pub struct FactorSummary {
    /// Which.
    pub id: FactorId,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What its owner calls it.
    pub label: Label,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last shown.
    pub last_used_at: Option<Timestamp>,
}

/// A TOTP authenticator with its seed.
pub struct TotpFactor {
    /// Which.
    pub id: FactorId,
    /// The seed that the app has too.
    pub seed: TotpSeed,
    /// The last step of which a code was used.
    pub last_step: Option<TotpStep>,
}

/// A second factor whose secret, or whatever else it is known by, was opened.
pub struct SealedFactor {
    /// Which.
    pub id: FactorId,
    /// What was kept of it.
    pub content: Plain<Vec<u8>>,
}

/// A second factor to be kept.
pub struct NewFactor<'a> {
    /// Names it.
    pub id: FactorId,
    /// Whose.
    pub account: AccountId,
    /// `totp` or `passkey`.
    pub kind: &'static str,
    /// What its owner calls it.
    pub label: &'a Label,
    /// What is kept of it; it is sealed.
    pub content: &'a [u8],
    /// Now.
    pub created_at: Timestamp,
}

impl Snapshot<'_> {
    /// An account's second factors, the oldest first.
    pub fn second_factors(&mut self, account: AccountId) -> Result<Vec<FactorSummary>, StoreError> {
        self.all(
            "SELECT id, kind, label, created_at, last_used_at FROM second_factor WHERE account_id = $1 ORDER BY id LIMIT $2",
            &[account.as_bytes().into(), limit(usize::MAX)],
            |row| {
                Ok(FactorSummary {
                    id: row.id(0)?,
                    kind: row.text(1)?.to_owned(),
                    label: row.parsed(2, "second_factor", "label")?,
                    created_at: row.moment(3)?,
                    last_used_at: row.maybe_moment(4)?,
                })
            },
        )
    }

    /// An account's TOTP authenticators, opened.
    pub fn totp_factors(&mut self, account: AccountId, keys: &KeyRing) -> Result<Vec<TotpFactor>, StoreError> {
        let rows = self.all(
            "SELECT id, secret, key_id, last_step FROM second_factor WHERE account_id = $1 AND kind = 'totp' ORDER BY id LIMIT $2",
            &[account.as_bytes().into(), limit(usize::MAX)],
            |row| {
                let sealed = Sealed { key: key_id(row, 2)?, bytes: row.bytes(1)?.to_vec() };
                Ok((row.id::<FactorId>(0)?, sealed, row.maybe_int(3)?))
            },
        )?;
        let open = |(id, sealed, last_step): (FactorId, Sealed, Option<i64>)| {
            let plain: Plain<Vec<u8>> = seal::open(keys, Place { column: SECRET, row: id.as_bytes() }, &sealed)?;
            let seed = TotpSeed::from_bytes(plain.expose().clone());
            Ok(TotpFactor { id, seed, last_step: last_step.map(TotpStep::from_i64) })
        };
        rows.into_iter().map(open).collect()
    }

    /// What is kept of an account's passkeys, opened.
    pub fn passkeys(&mut self, account: AccountId, keys: &KeyRing) -> Result<Vec<SealedFactor>, StoreError> {
        let rows = self.all(
            "SELECT id, secret, key_id FROM second_factor WHERE account_id = $1 AND kind = 'passkey' ORDER BY id LIMIT $2",
            &[account.as_bytes().into(), limit(usize::MAX)],
            |row| {
                let sealed = Sealed { key: key_id(row, 2)?, bytes: row.bytes(1)?.to_vec() };
                Ok((row.id::<FactorId>(0)?, sealed))
            },
        )?;
        let open = |(id, sealed): (FactorId, Sealed)| {
            let content = seal::open(keys, Place { column: SECRET, row: id.as_bytes() }, &sealed)?;
            Ok(SealedFactor { id, content })
        };
        rows.into_iter().map(open).collect()
    }

    /// How many recovery codes an account has left.
    pub fn recovery_codes_left(&mut self, account: AccountId) -> Result<usize, StoreError> {
        let count = self.first(
            "SELECT COUNT(*) FROM recovery_code WHERE account_id = $1 AND used_at IS NULL",
            &[account.as_bytes().into()],
            |row| row.int(0),
        )?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(0))
    }

    /// How many second factors and unused recovery codes are kept under a key.
    pub fn factors_under_key(&mut self, key: KeyId) -> Result<(u64, u64), StoreError> {
        let key = Param::Int(i64::from(key.as_u32()));
        let count = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let factors = self.first("SELECT COUNT(*) FROM second_factor WHERE key_id = $1", &[key], |row| row.int(0))?;
        let codes =
            self.first("SELECT COUNT(*) FROM recovery_code WHERE key_id = $1 AND used_at IS NULL", &[key], |row| {
                row.int(0)
            })?;
        Ok((count(factors), count(codes)))
    }
}

impl Transaction<'_> {
    /// Keeps a new second factor, sealed.
    pub fn insert_factor(
        &mut self,
        keys: &KeyRing,
        randomness: &dyn Randomness,
        new: &NewFactor<'_>,
    ) -> Result<(), StoreError> {
        let sealed = seal::seal(keys, randomness, Place { column: SECRET, row: new.id.as_bytes() }, new.content);
        self.execute(
            "INSERT INTO second_factor (id, account_id, kind, label, secret, key_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                new.id.as_bytes().into(),
                new.account.as_bytes().into(),
                new.kind.into(),
                new.label.as_str().into(),
                sealed.bytes.as_slice().into(),
                Param::Int(i64::from(sealed.key.as_u32())),
                new.created_at.into(),
            ],
        )?;
        self.count_second_factors(new.account)
    }

    /// Notes that a passkey was used, and what is now kept of it; `false` if it is gone.
    pub fn use_passkey(
        &mut self,
        keys: &KeyRing,
        randomness: &dyn Randomness,
        id: FactorId,
        content: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sealed = seal::seal(keys, randomness, Place { column: SECRET, row: id.as_bytes() }, content);
        let used = self.execute(
            "UPDATE second_factor SET secret = $1, key_id = $2, last_used_at = $3 WHERE id = $4 AND kind = 'passkey'",
            &[
                sealed.bytes.as_slice().into(),
                Param::Int(i64::from(sealed.key.as_u32())),
                now.into(),
                id.as_bytes().into(),
            ],
        )?;
        Ok(used == 1)
    }

    /// Gives a second factor another name; `false` if the account has none such.
    pub fn rename_factor(&mut self, account: AccountId, id: FactorId, label: &Label) -> Result<bool, StoreError> {
        let renamed = self.execute(
            "UPDATE second_factor SET label = $1 WHERE id = $2 AND account_id = $3",
            &[label.as_str().into(), id.as_bytes().into(), account.as_bytes().into()],
        )?;
        Ok(renamed == 1)
    }

    /// Removes all second factors and recovery codes of an account.
    pub fn delete_second_factors(&mut self, account: AccountId) -> Result<(), StoreError> {
        self.execute("DELETE FROM second_factor WHERE account_id = $1", &[account.as_bytes().into()])?;
        self.execute("DELETE FROM recovery_code WHERE account_id = $1", &[account.as_bytes().into()])?;
        self.count_second_factors(account)
    }

    /// Counts anew what every sign-in reads.
    fn count_second_factors(&mut self, account: AccountId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE account SET second_factors = (SELECT COUNT(*) FROM second_factor WHERE account_id = $1) WHERE id = $1",
            &[account.as_bytes().into()],
        )?;
        self.enter(account)
    }

    /// Notes that the code of this step was used; `false` if that step or a later one was used before.
    pub fn use_totp(&mut self, id: FactorId, step: TotpStep, now: Timestamp) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE second_factor SET last_step = $1, last_used_at = $2 WHERE id = $3 AND (last_step IS NULL OR last_step < $1)",
            &[Param::Int(step.as_i64()), now.into(), id.as_bytes().into()],
        )?;
        Ok(used == 1)
    }

    /// Removes one second factor; `false` if the account had none such.
    pub fn delete_second_factor(&mut self, account: AccountId, id: FactorId) -> Result<bool, StoreError> {
        let deleted = self.execute(
            "DELETE FROM second_factor WHERE id = $1 AND account_id = $2",
            &[id.as_bytes().into(), account.as_bytes().into()],
        )?;
        self.count_second_factors(account)?;
        Ok(deleted == 1)
    }

    /// Replaces all recovery codes of an account; none given, none are left.
    pub fn replace_recovery_codes(
        &mut self,
        account: AccountId,
        key: KeyId,
        digests: &[Digest],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM recovery_code WHERE account_id = $1", &[account.as_bytes().into()])?;
        for digest in digests {
            self.execute(
                "INSERT INTO recovery_code (account_id, digest, key_id, created_at) VALUES ($1, $2, $3, $4)",
                &[account.as_bytes().into(), digest.as_bytes().into(), Param::Int(i64::from(key.as_u32())), now.into()],
            )?;
        }
        Ok(())
    }

    /// Uses a recovery code up; `false` if there is none such, or it was used.
    pub fn use_recovery_code(
        &mut self,
        account: AccountId,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE recovery_code SET used_at = $1 WHERE account_id = $2 AND digest = $3 AND used_at IS NULL",
            &[now.into(), account.as_bytes().into(), digest.as_bytes().into()],
        )?;
        Ok(used == 1)
    }
}
