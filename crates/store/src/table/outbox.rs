//! The outbox: errands to run once the transaction that wrote them has committed, each at least once.

use std::time::Duration;

use valetkey_domain::{AccountId, CredentialId, EventId, Timestamp};

use super::limit;
use crate::{Snapshot, StoreError, Transaction};

/// An errand to be run. Holds events and ids, never links, codes or secrets.
#[derive(Clone, Debug)]
pub struct NewErrand {
    /// Its id, which a receiver sees each time it is tried.
    pub id: EventId,
    /// What happened, `app-password.created`.
    pub kind: &'static str,
    /// To which account.
    pub account: Option<AccountId>,
    /// To which app password.
    pub credential: Option<CredentialId>,
    /// More, as a JSON object.
    pub detail: String,
    /// Now.
    pub created_at: Timestamp,
    /// Not before.
    pub due_at: Timestamp,
}

/// An errand that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: String,
    /// To which account.
    pub account: Option<AccountId>,
    /// To which app password.
    pub credential: Option<CredentialId>,
    /// More, as a JSON object.
    pub detail: String,
    /// When it happened.
    pub created_at: Timestamp,
    /// How often it was taken, this time included.
    pub attempts: u32,
}

impl Snapshot<'_> {
    /// Whether an errand is due.
    pub fn errand_is_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let due = "SELECT 1 FROM outbox WHERE done_at IS NULL AND due_at <= $1 LIMIT 1";
        self.first(due, &[now.into()], |_| Ok(())).map(|found| found.is_some())
    }
}

impl Transaction<'_> {
    /// Leaves an errand, unless one with the same id was left before.
    pub fn leave_errand(&mut self, errand: &NewErrand) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO outbox (id, kind, account_id, credential_id, detail, created_at, due_at, attempts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (id) DO NOTHING",
            &[
                errand.id.as_bytes().into(),
                errand.kind.into(),
                errand.account.as_ref().map(AccountId::as_bytes).into(),
                errand.credential.as_ref().map(CredentialId::as_bytes).into(),
                (&errand.detail).into(),
                errand.created_at.into(),
                errand.due_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Takes errands that are due, the longest due first, and puts them off: if whoever took them does not come back
    /// with [`Transaction::errand_done`] in time, they are taken again. Until then nobody else gets them.
    pub fn take_errands(
        &mut self,
        now: Timestamp,
        put_off: Duration,
        at_most: usize,
    ) -> Result<Vec<Errand>, StoreError> {
        let due = self.all(
            "SELECT id, kind, account_id, credential_id, detail, created_at, attempts FROM outbox
             WHERE done_at IS NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2",
            &[now.into(), limit(at_most)],
            |row| {
                let malformed = |_| StoreError::Malformed { table: "outbox", column: "id" };
                Ok(Errand {
                    id: row.id(0)?,
                    kind: row.text(1)?.to_owned(),
                    account: row.maybe_bytes(2)?.map(|b| b.try_into().map_err(malformed)).transpose()?,
                    credential: row.maybe_bytes(3)?.map(|b| b.try_into().map_err(malformed)).transpose()?,
                    detail: row.text(4)?.to_owned(),
                    created_at: row.moment(5)?,
                    attempts: u32::try_from(row.int(6)?).unwrap_or(u32::MAX).saturating_add(1),
                })
            },
        )?;
        let mut taken = Vec::with_capacity(due.len());
        for errand in due {
            // Somebody else may have taken it since it was read.
            let is_ours = self.execute(
                "UPDATE outbox SET attempts = attempts + 1, due_at = $1 WHERE id = $2 AND done_at IS NULL AND due_at <= $3",
                &[(now + put_off).into(), errand.id.as_bytes().into(), now.into()],
            )?;
            if is_ours == 1 {
                taken.push(errand);
            }
        }
        Ok(taken)
    }

    /// Says when an errand that was taken and could not be run is due again. One that somebody else has run stays run.
    pub fn put_errand_off(&mut self, id: EventId, due_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE outbox SET due_at = $1 WHERE id = $2 AND done_at IS NULL",
            &[due_at.into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Notes that an errand was run.
    pub fn errand_done(&mut self, id: EventId, now: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE outbox SET done_at = $1 WHERE id = $2", &[now.into(), id.as_bytes().into()])?;
        Ok(())
    }

    /// Forgets an account's errands of one kind that nobody has run yet.
    pub fn forget_errands(&mut self, account: AccountId, kind: &str) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM outbox WHERE account_id = $1 AND kind = $2 AND done_at IS NULL",
            &[account.as_bytes().into(), kind.into()],
        )
    }

    /// Forgets errands that were run before this, and those nobody ran within the time.
    pub fn prune_outbox(&mut self, done_before: Timestamp, left_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM outbox WHERE id IN (
                SELECT id FROM outbox WHERE done_at < $1 OR (done_at IS NULL AND created_at < $2) ORDER BY id LIMIT $3)",
            &[done_before.into(), left_before.into(), limit(usize::MAX)],
        )
    }
}
