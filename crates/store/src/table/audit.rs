//! The audit log: append-only, written in the transaction of what it records. Only the details go when their account is
//! closed, and lines as a whole when they are old.

use valetkey_domain::{AccountId, AppPasswordId, EventId, Timestamp};

use super::limit;
use crate::{Snapshot, StoreError, Transaction};

/// One line of the audit log. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Which.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who: `account:…`, `operator:UID` or `system`.
    pub actor: String,
    /// What, `app-password.revoked`.
    pub action: String,
    /// To which account.
    pub account: Option<AccountId>,
    /// To which app password.
    pub credential: Option<AppPasswordId>,
    /// More, as a JSON object.
    pub detail: String,
}

/// Which lines to show.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this line: for the next page.
    pub before: Option<EventId>,
    /// At most this many, and never more than 1000.
    pub limit: usize,
}

/// How often one thing happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What, `app-password.revoked`.
    pub action: String,
    /// How often.
    pub times: usize,
    /// To how many accounts.
    pub accounts: usize,
}

impl Snapshot<'_> {
    /// How often what happened, from a moment until before another.
    pub fn happened(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<Happened>, StoreError> {
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        self.all(
            "SELECT action, COUNT(*), COUNT(DISTINCT account_id) FROM audit WHERE at >= $1 AND at < $2
             GROUP BY action ORDER BY action LIMIT $3",
            &[from.into(), until.into(), limit(usize::MAX)],
            |row| {
                let action = row.text(0)?.to_owned();
                Ok(Happened { action, times: count(row.int(1)?), accounts: count(row.int(2)?) })
            },
        )
    }

    /// Lines of the audit log, the newest first.
    pub fn audit(&mut self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        const AFTER_ALL: [u8; 16] = [0xff; 16];
        let since = filter.since.unwrap_or(Timestamp::from_millis(i64::MIN));
        let before = filter.before.as_ref().map_or(&AFTER_ALL, EventId::as_bytes);
        let read = |row: &crate::engine::Row<'_>| {
            let id = |at: usize| row.maybe_bytes(at).map(|b| b.map(<[u8]>::to_vec));
            let malformed = |_| StoreError::Malformed { table: "audit", column: "id" };
            Ok(AuditEntry {
                id: row.id(0)?,
                at: row.moment(1)?,
                actor: row.text(2)?.to_owned(),
                action: row.text(3)?.to_owned(),
                account: id(4)?.map(|b| b.as_slice().try_into().map_err(malformed)).transpose()?,
                credential: id(5)?.map(|b| b.as_slice().try_into().map_err(malformed)).transpose()?,
                detail: row.text(6)?.to_owned(),
            })
        };
        match &filter.account {
            Some(account) => self.all(
                "SELECT id, at, actor, action, account_id, credential_id, detail FROM audit
                 WHERE account_id = $1 AND id < $2 AND at >= $3 ORDER BY id DESC LIMIT $4",
                &[account.as_bytes().into(), before.into(), since.into(), limit(filter.limit)],
                read,
            ),
            None => self.all(
                "SELECT id, at, actor, action, account_id, credential_id, detail FROM audit
                 WHERE id < $1 AND at >= $2 ORDER BY id DESC LIMIT $3",
                &[before.into(), since.into(), limit(filter.limit)],
                read,
            ),
        }
    }
}

impl Transaction<'_> {
    /// Writes a line.
    pub fn record(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO audit (id, at, actor, action, account_id, credential_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                entry.id.as_bytes().into(),
                entry.at.into(),
                (&entry.actor).into(),
                (&entry.action).into(),
                entry.account.as_ref().map(AccountId::as_bytes).into(),
                entry.credential.as_ref().map(AppPasswordId::as_bytes).into(),
                (&entry.detail).into(),
            ],
        )?;
        Ok(())
    }

    /// Forgets lines older than this, a thousand at a time; says how many it forgot.
    pub fn prune_audit(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at, id LIMIT $2)",
            &[before.into(), limit(usize::MAX)],
        )
    }
}
