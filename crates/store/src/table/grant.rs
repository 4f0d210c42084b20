//! Grants: apps that are authorised with the account, and the tokens that they have.

use valetkey_domain::oauth::{ClientId, Grant, Requested};
use valetkey_domain::{AccountId, CredentialState, Digest, GrantId, Label, Scopes, Timestamp};

use super::app_password::{BEFORE_ALL, Ended, Overdue, read_overdue, read_use};
use super::limit;
use super::sign_in::scopes;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// A grant to be kept.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Its id.
    pub id: GrantId,
    /// Whose.
    pub account: AccountId,
    /// The app.
    pub client: ClientId,
    /// What the app calls itself.
    pub name: Label,
    /// What it is given.
    pub given: Requested,
    /// Now.
    pub created_at: Timestamp,
    /// When it stops by itself.
    pub expires_at: Timestamp,
}

/// An access token to be kept.
#[derive(Clone, Copy)]
pub struct NewAccessToken {
    /// Its digest.
    pub digest: Digest,
    /// Whose.
    pub account: AccountId,
    /// What it follows from.
    pub grant: GrantId,
    /// What it opens: what the grant does, or less.
    pub scopes: Scopes,
    /// Whether it may ask who somebody is.
    pub openid: bool,
    /// When it stops.
    pub expires_at: Timestamp,
}

/// A refresh token that is kept.
#[derive(Clone, Copy, Debug)]
pub struct KeptRefreshToken {
    /// Whose.
    pub account: AccountId,
    /// What it follows from.
    pub grant: GrantId,
    /// Whether it was used before.
    pub is_used: bool,
}

impl Snapshot<'_> {
    /// An account's grants, the newest first: the active ones, and behind them all others that are remembered if they are wanted.
    pub fn grants(&mut self, account: AccountId, all: bool) -> Result<Vec<Grant>, StoreError> {
        self.all(
            "SELECT id, account_id, client, name, scopes, openid, offline, state, created_at, expires_at, ended_at, ended_why,
                    ended_by, last_used_at, last_service, last_client, last_network
             FROM oauth_grant WHERE account_id = $1 AND (state = 'active' OR CAST($2 AS BIGINT) = 1)
             ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, id DESC LIMIT $3",
            &[account.as_bytes().into(), Param::Int(i64::from(all)), limit(usize::MAX)],
            read,
        )
    }

    /// One grant of an account.
    pub fn grant(&mut self, account: AccountId, id: GrantId) -> Result<Option<Grant>, StoreError> {
        self.first(
            "SELECT id, account_id, client, name, scopes, openid, offline, state, created_at, expires_at, ended_at, ended_why,
                    ended_by, last_used_at, last_service, last_client, last_network
             FROM oauth_grant WHERE account_id = $1 AND id = $2",
            &[account.as_bytes().into(), id.as_bytes().into()],
            read,
        )
    }

    /// Whether an account has let this client in before, as far as that is remembered.
    pub fn has_let_in(&mut self, account: AccountId, client: &ClientId) -> Result<bool, StoreError> {
        let found = self.first(
            "SELECT 1 FROM oauth_grant WHERE account_id = $1 AND client = $2 LIMIT 1",
            &[account.as_bytes().into(), client.as_str().into()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// How many of an account's grants are active at this moment.
    pub fn active_grants(&mut self, account: AccountId, now: Timestamp) -> Result<usize, StoreError> {
        let count = self.first(
            "SELECT COUNT(*) FROM oauth_grant WHERE account_id = $1 AND state = 'active' AND expires_at > $2",
            &[account.as_bytes().into(), now.into()],
            |row| row.int(0),
        )?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX))
    }

    /// Active grants whose time is over, those first whose time was over first.
    pub fn overdue_grants(
        &mut self,
        now: Timestamp,
        after: Option<&Overdue<GrantId>>,
        at_most: usize,
    ) -> Result<Vec<Overdue<GrantId>>, StoreError> {
        let since = after.map_or(Timestamp::from_millis(i64::MIN), |o| o.expired_at);
        let id = after.map_or(&BEFORE_ALL, |o| o.id.as_bytes());
        self.all(
            "SELECT account_id, id, expires_at FROM oauth_grant
             WHERE state = 'active' AND expires_at <= $1
                AND (expires_at > $2 OR (expires_at = $2 AND id > $3)) ORDER BY expires_at, id LIMIT $4",
            &[now.into(), since.into(), id.into(), limit(at_most)],
            read_overdue,
        )
    }

    /// The refresh token with this digest, used or not.
    pub fn refresh_token(&mut self, digest: &Digest) -> Result<Option<KeptRefreshToken>, StoreError> {
        self.first(
            "SELECT account_id, grant_id, used_at FROM refresh_token WHERE digest = $1",
            &[digest.as_bytes().into()],
            |row| {
                let is_used = row.maybe_moment(2)?.is_some();
                Ok(KeptRefreshToken { account: row.id(0)?, grant: row.id(1)?, is_used })
            },
        )
    }
}

impl Transaction<'_> {
    /// Keeps a grant.
    pub fn insert_grant(&mut self, new: &NewGrant) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO oauth_grant (id, account_id, client, name, scopes, openid, offline, state, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9)",
            &[
                new.id.as_bytes().into(),
                new.account.as_bytes().into(),
                new.client.as_str().into(),
                new.name.as_str().into(),
                Param::Int(i64::from(new.given.scopes.bits())),
                Param::Int(i64::from(new.given.openid)),
                Param::Int(i64::from(new.given.offline)),
                new.created_at.into(),
                new.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Lets a grant live on until then.
    pub fn extend_grant(&mut self, account: AccountId, id: GrantId, until: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE oauth_grant SET expires_at = $1 WHERE account_id = $2 AND id = $3 AND state = 'active'",
            &[until.into(), account.as_bytes().into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Revokes a grant; `false` if it was not active. Its tokens stay until their time is over, and are recognised.
    pub fn revoke_grant(&mut self, account: AccountId, id: GrantId, end: Ended<'_>) -> Result<bool, StoreError> {
        let revoked = self.execute(
            "UPDATE oauth_grant SET state = 'revoked', ended_at = $1, ended_why = $2, ended_by = $3
             WHERE account_id = $4 AND id = $5 AND state = 'active'",
            &[end.at.into(), end.why.name().into(), end.by.into(), account.as_bytes().into(), id.as_bytes().into()],
        )?;
        Ok(revoked == 1)
    }

    /// Revokes every active grant of an account and says how many there were. What was over by then has expired, and was none
    /// of them, also if that is not written down yet.
    pub fn revoke_grants(&mut self, account: AccountId, end: Ended<'_>) -> Result<usize, StoreError> {
        self.execute(
            "UPDATE oauth_grant SET state = 'expired', ended_at = expires_at
             WHERE account_id = $1 AND state = 'active' AND expires_at <= $2",
            &[account.as_bytes().into(), end.at.into()],
        )?;
        let revoked = self.execute(
            "UPDATE oauth_grant SET state = 'revoked', ended_at = $1, ended_why = $2, ended_by = $3
             WHERE account_id = $4 AND state = 'active'",
            &[end.at.into(), end.why.name().into(), end.by.into(), account.as_bytes().into()],
        )?;
        Ok(usize::try_from(revoked).unwrap_or(usize::MAX))
    }

    /// Notes that a grant's time is over; `false` if it was not active, or is not over. None of its tokens is good any more
    /// by then.
    pub fn expire_grant(&mut self, account: AccountId, id: GrantId, now: Timestamp) -> Result<bool, StoreError> {
        let expired = self.execute(
            "UPDATE oauth_grant SET state = 'expired', ended_at = expires_at
             WHERE account_id = $1 AND id = $2 AND state = 'active' AND expires_at <= $3",
            &[account.as_bytes().into(), id.as_bytes().into(), now.into()],
        )?;
        Ok(expired == 1)
    }

    /// Keeps an access token.
    pub fn insert_access_token(&mut self, new: &NewAccessToken) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO access_token (account_id, digest, grant_id, scopes, openid, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                new.account.as_bytes().into(),
                new.digest.as_bytes().into(),
                new.grant.as_bytes().into(),
                Param::Int(i64::from(new.scopes.bits())),
                Param::Int(i64::from(new.openid)),
                new.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Keeps a refresh token.
    pub fn insert_refresh_token(
        &mut self,
        digest: &Digest,
        account: AccountId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO refresh_token (digest, account_id, grant_id, created_at) VALUES ($1, $2, $3, $4)",
            &[digest.as_bytes().into(), account.as_bytes().into(), grant.as_bytes().into(), now.into()],
        )?;
        Ok(())
    }

    /// Uses a refresh token up; `false` if that was done before.
    pub fn use_refresh_token(&mut self, digest: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE refresh_token SET used_at = $1 WHERE digest = $2 AND used_at IS NULL",
            &[now.into(), digest.as_bytes().into()],
        )?;
        Ok(used == 1)
    }

    /// Forgets access tokens whose time was over by then, a thousand at a time; says how many.
    pub fn prune_access_tokens(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM access_token WHERE (account_id, digest) IN
                (SELECT account_id, digest FROM access_token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
            &[now.into(), limit(usize::MAX)],
        )
    }

    /// Forgets refresh tokens that were used before this, a thousand at a time; says how many. One that comes again after
    /// that is no longer recognised, and refused all the same.
    pub fn prune_refresh_tokens(&mut self, used_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM refresh_token WHERE digest IN
                (SELECT digest FROM refresh_token WHERE used_at < $1 ORDER BY used_at LIMIT $2)",
            &[used_before.into(), limit(usize::MAX)],
        )
    }

    /// Forgets grants that ended before this, a thousand at a time, and their refresh tokens; says how many.
    pub fn prune_grants(&mut self, ended_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM refresh_token WHERE (account_id, grant_id) IN
                (SELECT account_id, id FROM oauth_grant WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
            &[ended_before.into(), limit(usize::MAX)],
        )?;
        self.execute(
            "DELETE FROM oauth_grant WHERE (account_id, id) IN
                (SELECT account_id, id FROM oauth_grant WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
            &[ended_before.into(), limit(usize::MAX)],
        )
    }
}

/// What was given: bits, and two flags behind them.
pub(super) fn given(row: &Row<'_>, at: usize) -> Result<Requested, StoreError> {
    Ok(Requested { scopes: scopes(row, at)?, openid: row.int(at + 1)? != 0, offline: row.int(at + 2)? != 0 })
}

fn read(row: &Row<'_>) -> Result<Grant, StoreError> {
    let ended = || row.maybe_moment(10)?.ok_or(StoreError::Malformed { table: "oauth_grant", column: "ended_at" });
    let account: AccountId = row.id(1)?;
    Ok(Grant {
        id: row.id(0)?,
        account,
        client: row.parsed(2, "oauth_grant", "client")?,
        name: row.parsed(3, "oauth_grant", "name")?,
        given: given(row, 4)?,
        state: match row.text(7)? {
            "active" => CredentialState::Active,
            "revoked" => CredentialState::Revoked {
                at: ended()?,
                why: row.parsed(11, "oauth_grant", "ended_why")?,
                by_owner: row.maybe_text(12)?.and_then(|by| by.strip_prefix("account:")) == Some(&account.to_string()),
            },
            "expired" => CredentialState::Expired { at: ended()? },
            _ => return Err(StoreError::Malformed { table: "oauth_grant", column: "state" }),
        },
        created_at: row.moment(8)?,
        expires_at: row.moment(9)?,
        last_use: read_use(row, 13)?,
    })
}
