//! The audit log: append-only, written in the transaction of what it records. Only the details go when their account is
//! closed, and lines as a whole when they are old.

use valetkey_domain::{AccountId, CredentialId, EventId, Timestamp};

use super::limit;
use super::wide::Wide;
use crate::engine::{Param, Row};
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
    pub credential: Option<CredentialId>,
    /// More, as a JSON object.
    pub detail: String,
}

/// Which lines to show.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this account only.
    pub account: Option<AccountId>,
    /// What was done: one action, `account.created`, or all that begin so, `app-password.`; anything if empty.
    pub action: String,
    /// Who did it, as the log names them: one, `account:…`, or all of a kind, `operator:`; anybody if empty.
    pub actor: String,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this.
    pub until: Option<Timestamp>,
    /// Older than this line: for the next page.
    pub before: Option<EventId>,
    /// At most this many, and never more than 1000.
    pub limit: usize,
}

/// Lines are found by what is rarest. Each line's id begins with its time, so that a span of time is one of ids.
macro_rules! lines {
    ($first:literal) => {
        concat!(
            "SELECT id, at, actor, action, account_id, credential_id, detail FROM audit WHERE ",
            $first,
            " AND id >= $2 AND id < $3 AND action >= $4 AND action <= $5 AND actor >= $6 AND actor <= $7
             ORDER BY id DESC LIMIT $8"
        )
    };
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
        let from = filter.since.map_or([0; 16], first_id);
        let to = filter.until.map_or(AFTER_ALL, first_id);
        let to = filter.before.map_or(to, |line| to.min(*line.as_bytes()));
        let [actions, actors] = [&filter.action, &filter.actor].map(|text| span(text));
        let nothing: Param<'_> = "".into();
        let (sql, first) = match &filter.account {
            Some(account) => (lines!("account_id = $1"), account.as_bytes().into()),
            None if is_one(&filter.actor) => (lines!("actor = $1"), (&filter.actor).into()),
            None if is_one(&filter.action) => (lines!("action = $1"), (&filter.action).into()),
            None => (lines!("$1 = ''"), nothing),
        };
        let params: [Param<'_>; 8] = [
            first,
            (&from).into(),
            (&to).into(),
            (&actions.0).into(),
            (&actions.1).into(),
            (&actors.0).into(),
            (&actors.1).into(),
            limit(filter.limit),
        ];
        self.all(sql, &params, read)
    }
}

/// Whether it names one, and not all that begin so.
fn is_one(name: &str) -> bool {
    !name.is_empty() && !name.ends_with(['.', ':'])
}

/// The first and the last name that is meant.
fn span(name: &str) -> (String, String) {
    (name.to_owned(), if is_one(name) { name.to_owned() } else { format!("{name}\u{10ffff}") })
}

/// Before every id that was made at this moment (RFC 9562 section 5.7).
fn first_id(at: Timestamp) -> [u8; 16] {
    let millis = u64::try_from(at.as_millis()).unwrap_or(0).min((1 << 48) - 1);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id
}

fn read(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    let malformed = |_| StoreError::Malformed { table: "audit", column: "id" };
    Ok(AuditEntry {
        id: row.id(0)?,
        at: row.moment(1)?,
        actor: row.text(2)?.to_owned(),
        action: row.text(3)?.to_owned(),
        account: row.maybe_bytes(4)?.map(|b| b.try_into().map_err(malformed)).transpose()?,
        credential: row.maybe_bytes(5)?.map(|b| b.try_into().map_err(malformed)).transpose()?,
        detail: row.text(6)?.to_owned(),
    })
}

impl Transaction<'_> {
    /// Writes a line.
    pub fn record(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.record_all(std::slice::from_ref(entry))
    }

    /// Writes lines.
    pub fn record_all(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        static RECORD: Wide = Wide::new(
            "INSERT INTO audit (id, at, actor, action, account_id, credential_id, detail) VALUES",
            "(?, ?, ?, ?, ?, ?, ?)",
            "",
        );
        let rows = entries.iter().map(|entry| {
            [
                entry.id.as_bytes().into(),
                entry.at.into(),
                (&entry.actor).into(),
                (&entry.action).into(),
                entry.account.as_ref().map(AccountId::as_bytes).into(),
                entry.credential.as_ref().map(CredentialId::as_bytes).into(),
                (&entry.detail).into(),
            ]
        });
        self.execute_wide(&RECORD, rows, &[])?;
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
