//! App passwords: digests, states, last uses.

use std::net::IpAddr;

use valetkey_domain::{
    AccountId, AppPassword, AppPasswordId, CredentialId, CredentialState, Digest, KeyId, Label, LastUse, Networks,
    RevocationReason, Scopes, Service, Timestamp,
};

use super::limit;
use super::sign_in::{networks, scopes};
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

const DAY_MILLIS: i64 = 86_400_000;

/// An app password to be made.
#[derive(Clone)]
pub struct NewAppPassword {
    /// Its id.
    pub id: AppPasswordId,
    /// Whose.
    pub account: AccountId,
    /// What its owner calls it.
    pub label: Label,
    /// What it opens.
    pub scopes: Scopes,
    /// Where it may be used from.
    pub networks: Networks,
    /// The digest of its secret.
    pub digest: Digest,
    /// The key of the digest.
    pub key: KeyId,
    /// Now.
    pub created_at: Timestamp,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
}

/// How app passwords come to their end.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: RevocationReason,
    /// By whom, as the audit log writes it.
    pub by: &'a str,
}

/// An app password or a grant whose time is over, and which is still written down as active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue<I> {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub id: I,
    /// Since when.
    pub expired_at: Timestamp,
}

/// What stands before every id.
pub(super) const BEFORE_ALL: [u8; 16] = [0; 16];

pub(super) fn read_overdue<I: for<'b> TryFrom<&'b [u8]>>(row: &Row<'_>) -> Result<Overdue<I>, StoreError> {
    Ok(Overdue { account: row.id(0)?, id: row.id(1)?, expired_at: row.moment(2)? })
}

/// An app password that comes to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub id: AppPasswordId,
    /// When.
    pub expires_at: Timestamp,
}

/// A use of an app password, to be remembered as its last.
#[derive(Clone, Debug)]
pub struct Use {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub credential: CredentialId,
    /// How.
    pub last: LastUse,
}

impl Snapshot<'_> {
    /// An account's app passwords, the newest first: the active ones, or all that are remembered.
    pub fn app_passwords(&mut self, account: AccountId, all: bool) -> Result<Vec<AppPassword>, StoreError> {
        self.all(
            "SELECT id, account_id, label, scopes, networks, state, created_at, expires_at, ended_at, ended_why,
                    last_used_at, last_service, last_client, last_network, tried_at, tried_service, tried_client, tried_network, ended_by
             FROM app_password WHERE account_id = $1 AND (state = 'active' OR CAST($2 AS BIGINT) = 1) ORDER BY id DESC LIMIT $3",
            &[account.as_bytes().into(), Param::Int(i64::from(all)), limit(usize::MAX)],
            read,
        )
    }

    /// One app password of an account.
    pub fn app_password(&mut self, account: AccountId, id: AppPasswordId) -> Result<Option<AppPassword>, StoreError> {
        self.first(
            "SELECT id, account_id, label, scopes, networks, state, created_at, expires_at, ended_at, ended_why,
                    last_used_at, last_service, last_client, last_network, tried_at, tried_service, tried_client, tried_network, ended_by
             FROM app_password WHERE account_id = $1 AND id = $2",
            &[account.as_bytes().into(), id.as_bytes().into()],
            read,
        )
    }

    /// How many of an account's app passwords are active now.
    pub fn active_app_passwords(&mut self, account: AccountId, now: Timestamp) -> Result<usize, StoreError> {
        let count = self.first(
            "SELECT COUNT(*) FROM app_password WHERE account_id = $1 AND state = 'active' AND (expires_at IS NULL OR expires_at > $2)",
            &[account.as_bytes().into(), now.into()],
            |row| row.int(0),
        )?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX))
    }

    /// Whether the account has, or had, an app password with this digest.
    pub fn digest_is_known(&mut self, account: AccountId, digest: &Digest) -> Result<bool, StoreError> {
        self.first(
            "SELECT 1 FROM app_password WHERE account_id = $1 AND digest = $2",
            &[account.as_bytes().into(), digest.as_bytes().into()],
            |_| Ok(()),
        )
        .map(|found| found.is_some())
    }

    /// Active app passwords whose time is over, the first to expire first: from the beginning, or after one of them.
    pub fn overdue_app_passwords(
        &mut self,
        now: Timestamp,
        after: Option<&Overdue<AppPasswordId>>,
        at_most: usize,
    ) -> Result<Vec<Overdue<AppPasswordId>>, StoreError> {
        let since = after.map_or(Timestamp::from_millis(i64::MIN), |o| o.expired_at);
        let id = after.map_or(&BEFORE_ALL, |o| o.id.as_bytes());
        self.all(
            "SELECT account_id, id, expires_at FROM app_password
             WHERE state = 'active' AND expires_at IS NOT NULL AND expires_at <= $1
                AND (expires_at > $2 OR (expires_at = $2 AND id > $3)) ORDER BY expires_at, id LIMIT $4",
            &[now.into(), since.into(), id.into(), limit(at_most)],
            read_overdue,
        )
    }

    /// When the next active app password or grant expires.
    pub fn next_expiry(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let of_app_passwords = self.first(
            "SELECT MIN(expires_at) FROM app_password WHERE state = 'active' AND expires_at IS NOT NULL",
            &[],
            |row| row.maybe_moment(0),
        )?;
        let of_grants = self
            .first("SELECT MIN(expires_at) FROM oauth_grant WHERE state = 'active'", &[], |row| row.maybe_moment(0))?;
        Ok([of_app_passwords, of_grants].into_iter().flatten().flatten().min())
    }

    /// Active app passwords that expire within so many days, whose owners have not been warned of that or of less. One
    /// that had no more than so many days to live when it was made is left out.
    pub fn expiring_app_passwords(
        &mut self,
        now: Timestamp,
        days: u32,
        at_most: usize,
    ) -> Result<Vec<Expiring>, StoreError> {
        let time = i64::from(days) * DAY_MILLIS;
        self.all(
            "SELECT account_id, id, expires_at FROM app_password
             WHERE state = 'active' AND expires_at IS NOT NULL AND expires_at > $1 AND expires_at <= $2
                AND expires_at - created_at > $3 AND (warned_days IS NULL OR warned_days > $4)
             ORDER BY expires_at, id LIMIT $5",
            &[
                now.into(),
                Timestamp::from_millis(now.as_millis().saturating_add(time)).into(),
                Param::Int(time),
                Param::Int(i64::from(days)),
                limit(at_most),
            ],
            |row| Ok(Expiring { account: row.id(0)?, id: row.id(1)?, expires_at: row.moment(2)? }),
        )
    }

    /// How many app passwords have their digest under a key, the dead ones included. For `key retire`, which is yet to
    /// come: a key goes when nothing is under it.
    pub fn app_passwords_under_key(&mut self, key: KeyId) -> Result<u64, StoreError> {
        let count = self.first(
            "SELECT COUNT(*) FROM app_password WHERE key_id = $1",
            &[Param::Int(i64::from(key.as_u32()))],
            |row| row.int(0),
        )?;
        Ok(count.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }
}

impl Transaction<'_> {
    /// Keeps a new app password.
    pub fn insert_app_password(&mut self, new: &NewAppPassword) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO app_password (id, account_id, label, scopes, networks, digest, key_id, state, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9)",
            &[
                new.id.as_bytes().into(),
                new.account.as_bytes().into(),
                new.label.as_str().into(),
                Param::Int(i64::from(new.scopes.bits())),
                (&new.networks.to_string()).into(),
                new.digest.as_bytes().into(),
                Param::Int(i64::from(new.key.as_u32())),
                new.created_at.into(),
                new.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Revokes one app password; `false` if it was not active.
    pub fn revoke_app_password(
        &mut self,
        account: AccountId,
        id: AppPasswordId,
        end: Ended<'_>,
    ) -> Result<bool, StoreError> {
        let revoked = self.execute(
            "UPDATE app_password SET state = 'revoked', ended_at = $1, ended_why = $2, ended_by = $3
             WHERE account_id = $4 AND id = $5 AND state = 'active'",
            &[end.at.into(), end.why.name().into(), end.by.into(), account.as_bytes().into(), id.as_bytes().into()],
        )?;
        Ok(revoked == 1)
    }

    /// Revokes every active app password of an account and says how many there were.
    pub fn revoke_app_passwords(&mut self, account: AccountId, end: Ended<'_>) -> Result<usize, StoreError> {
        let revoked = self.execute(
            "UPDATE app_password SET state = 'revoked', ended_at = $1, ended_why = $2, ended_by = $3
             WHERE account_id = $4 AND state = 'active'",
            &[end.at.into(), end.why.name().into(), end.by.into(), account.as_bytes().into()],
        )?;
        Ok(usize::try_from(revoked).unwrap_or(usize::MAX))
    }

    /// Notes that an app password's time is over; `false` if it is not, or the password was not active any more.
    pub fn expire_app_password(
        &mut self,
        account: AccountId,
        id: AppPasswordId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let expired = self.execute(
            "UPDATE app_password SET state = 'expired', ended_at = $1
             WHERE account_id = $2 AND id = $3 AND state = 'active' AND expires_at <= $1",
            &[now.into(), account.as_bytes().into(), id.as_bytes().into()],
        )?;
        Ok(expired == 1)
    }

    /// Notes that an app password's owner is warned so many days before its end; `false` if they were already, or it is
    /// not active any more.
    pub fn note_warning(&mut self, warned: &Expiring, days: u32) -> Result<bool, StoreError> {
        let noted = self.execute(
            "UPDATE app_password SET warned_days = $1
             WHERE account_id = $2 AND id = $3 AND state = 'active' AND (warned_days IS NULL OR warned_days > $1)",
            &[Param::Int(i64::from(days)), warned.account.as_bytes().into(), warned.id.as_bytes().into()],
        )?;
        Ok(noted == 1)
    }

    /// Puts an app password's digest under another key.
    pub fn rekey_app_password(
        &mut self,
        account: AccountId,
        id: AppPasswordId,
        key: KeyId,
        digest: &Digest,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE app_password SET key_id = $1, digest = $2 WHERE account_id = $3 AND id = $4",
            &[
                Param::Int(i64::from(key.as_u32())),
                digest.as_bytes().into(),
                account.as_bytes().into(),
                id.as_bytes().into(),
            ],
        )?;
        Ok(())
    }

    /// Remembers a use, unless a later one is remembered already.
    pub fn note_use(&mut self, used: &Use) -> Result<(), StoreError> {
        let network = used.last.network.map(|n| n.to_string());
        let values = [
            used.last.at.into(),
            used.last.service.name().into(),
            used.last.client.as_deref().into(),
            network.as_ref().into(),
            used.account.as_bytes().into(),
            used.credential.as_bytes().into(),
        ];
        let noted = self.execute(
            "UPDATE app_password SET last_used_at = $1, last_service = $2, last_client = $3, last_network = $4
             WHERE account_id = $5 AND id = $6 AND (last_used_at IS NULL OR last_used_at < $1)",
            &values,
        )?;
        if noted == 0 {
            self.execute(
                "UPDATE oauth_grant SET last_used_at = $1, last_service = $2, last_client = $3, last_network = $4
                 WHERE account_id = $5 AND id = $6 AND (last_used_at IS NULL OR last_used_at < $1)",
                &values,
            )?;
        }
        Ok(())
    }

    /// Remembers that an app password was tried after its end.
    pub fn note_try(&mut self, tried: &Use) -> Result<(), StoreError> {
        self.execute(
            "UPDATE app_password SET tried_at = $1, tried_service = $2, tried_client = $3, tried_network = $4
             WHERE account_id = $5 AND id = $6 AND (tried_at IS NULL OR tried_at < $1)",
            &[
                tried.last.at.into(),
                tried.last.service.name().into(),
                tried.last.client.as_deref().into(),
                tried.last.network.map(|n| n.to_string()).as_ref().into(),
                tried.account.as_bytes().into(),
                tried.credential.as_bytes().into(),
            ],
        )?;
        Ok(())
    }

    /// Forgets app passwords that ended before this, a thousand at a time; says how many.
    pub fn prune_app_passwords(&mut self, ended_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM app_password WHERE id IN (SELECT id FROM app_password WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)",
            &[ended_before.into(), limit(usize::MAX)],
        )
    }
}

fn read(row: &Row<'_>) -> Result<AppPassword, StoreError> {
    let ended = || row.maybe_moment(8)?.ok_or(StoreError::Malformed { table: "app_password", column: "ended_at" });
    let account: AccountId = row.id(1)?;
    Ok(AppPassword {
        id: row.id(0)?,
        account,
        label: row.parsed::<Label>(2, "app_password", "label")?,
        scopes: scopes(row, 3)?,
        networks: networks(row, 4)?,
        state: match row.text(5)? {
            "active" => CredentialState::Active,
            "revoked" => CredentialState::Revoked {
                at: ended()?,
                why: row.parsed(9, "app_password", "ended_why")?,
                by_owner: row.maybe_text(18)?.and_then(|by| by.strip_prefix("account:")) == Some(&account.to_string()),
            },
            "expired" => CredentialState::Expired { at: ended()? },
            _ => return Err(StoreError::Malformed { table: "app_password", column: "state" }),
        },
        created_at: row.moment(6)?,
        expires_at: row.maybe_moment(7)?,
        last_use: read_use(row, 10)?,
        last_try: read_use(row, 14)?,
    })
}

/// Four columns: when, service, client, network.
pub(super) fn read_use(row: &Row<'_>, at: usize) -> Result<Option<LastUse>, StoreError> {
    let Some(moment) = row.maybe_moment(at)? else { return Ok(None) };
    Ok(Some(LastUse {
        at: moment,
        service: row.parsed::<Service>(at + 1, "app_password", "last_service")?,
        client: row.maybe_text(at + 2)?.map(Into::into),
        network: row.maybe_parsed::<IpAddr>(at + 3, "app_password", "last_network")?,
    }))
}
