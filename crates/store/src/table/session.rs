//! Sessions: browsers that are signed in to the portal.

use std::net::IpAddr;

use valetkey_domain::{AccountId, AccountState, Digest, DisplayName, Locale, LoginName, Role, SessionId, Timestamp};

use super::limit;
use crate::engine::Row;
use crate::{Snapshot, StoreError, Transaction};

/// How far a browser has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStage {
    /// It has shown the primary password, and is asked for the second factor.
    Password,
    /// It is signed in.
    SignedIn,
}

impl SessionStage {
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SignedIn => "signed-in",
        }
    }
}

/// A session to be kept.
#[derive(Clone)]
pub struct NewSession {
    /// Names it in lists.
    pub id: SessionId,
    /// Of the token that only the browser has.
    pub digest: Digest,
    /// Whose.
    pub account: AccountId,
    /// How far it has come.
    pub stage: SessionStage,
    /// Now.
    pub created_at: Timestamp,
    /// When everything that the account has was shown.
    pub second_factor_at: Option<Timestamp>,
    /// What the browser calls itself.
    pub browser: Option<Box<str>>,
    /// From where.
    pub network: Option<IpAddr>,
}

/// A session, with what a page asks of its account.
#[derive(Clone, Debug)]
pub struct KeptSession {
    /// Names it in lists.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// How far it has come.
    pub stage: SessionStage,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last seen, to the minute.
    pub seen_at: Timestamp,
    /// When everything that the account has was last shown.
    pub second_factor_at: Option<Timestamp>,
    /// What the browser calls itself.
    pub browser: Option<Box<str>>,
    /// From where it was signed in.
    pub network: Option<IpAddr>,
    /// The account's state.
    pub state: AccountState,
    /// The account's role.
    pub role: Option<Role>,
    /// The account's canonical login name.
    pub login: LoginName,
    /// The name that people see.
    pub display_name: DisplayName,
    /// How many second factors the account has.
    pub second_factors: usize,
    /// The language that the account's owner chose.
    pub locale: Option<Locale>,
}

impl Snapshot<'_> {
    /// The session of a token, whatever its age: who asks looks at that.
    pub fn session(&mut self, digest: &Digest) -> Result<Option<KeptSession>, StoreError> {
        self.first(
            "SELECT s.id, s.account_id, s.stage, s.created_at, s.seen_at, s.second_factor_at, s.browser, s.network,
                    a.state, a.role, a.login, a.display_name, a.second_factors, a.locale
             FROM session s JOIN account a ON a.id = s.account_id WHERE s.digest = $1",
            &[digest.as_bytes().into()],
            read,
        )
    }

    /// An account's sessions, the newest first, whatever their age.
    pub fn sessions(&mut self, account: AccountId) -> Result<Vec<KeptSession>, StoreError> {
        self.all(
            "SELECT s.id, s.account_id, s.stage, s.created_at, s.seen_at, s.second_factor_at, s.browser, s.network,
                    a.state, a.role, a.login, a.display_name, a.second_factors, a.locale
             FROM session s JOIN account a ON a.id = s.account_id
             WHERE s.account_id = $1 AND s.stage = 'signed-in' ORDER BY s.id DESC LIMIT $2",
            &[account.as_bytes().into(), limit(usize::MAX)],
            read,
        )
    }
}

impl Transaction<'_> {
    /// Keeps a session.
    pub fn insert_session(&mut self, new: &NewSession) -> Result<(), StoreError> {
        let network = new.network.map(|n| n.to_string());
        self.execute(
            "INSERT INTO session (digest, id, account_id, stage, created_at, seen_at, second_factor_at, browser, network)
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
            &[
                new.digest.as_bytes().into(),
                new.id.as_bytes().into(),
                new.account.as_bytes().into(),
                new.stage.name().into(),
                new.created_at.into(),
                new.second_factor_at.into(),
                new.browser.as_deref().into(),
                network.as_deref().into(),
            ],
        )?;
        Ok(())
    }

    /// Gives a session another token; `false` if it is gone.
    pub fn renew_session(&mut self, old: &Digest, new: &Digest) -> Result<bool, StoreError> {
        let renewed = self.execute(
            "UPDATE session SET digest = $1 WHERE digest = $2 AND stage = 'signed-in'",
            &[new.as_bytes().into(), old.as_bytes().into()],
        )?;
        Ok(renewed == 1)
    }

    /// Notes that everything that its account has was shown in a session just now.
    pub fn note_step_up(&mut self, digest: &Digest, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE session SET second_factor_at = $1, seen_at = $1 WHERE digest = $2",
            &[now.into(), digest.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Notes that a session was seen.
    pub fn touch_session(&mut self, digest: &Digest, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE session SET seen_at = $1 WHERE digest = $2 AND seen_at < $1",
            &[now.into(), digest.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Ends the session of a token; `false` if there was none.
    pub fn delete_session(&mut self, digest: &Digest) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM session WHERE digest = $1", &[digest.as_bytes().into()])? == 1)
    }

    /// Ends one of an account's sessions; `false` if there is no such.
    pub fn delete_session_of(&mut self, account: AccountId, id: SessionId) -> Result<bool, StoreError> {
        let deleted = self.execute(
            "DELETE FROM session WHERE account_id = $1 AND id = $2",
            &[account.as_bytes().into(), id.as_bytes().into()],
        )?;
        Ok(deleted == 1)
    }

    /// Ends every session of an account, but for one; says how many.
    pub fn delete_sessions(&mut self, account: AccountId, but: Option<SessionId>) -> Result<u64, StoreError> {
        const NONE: [u8; 16] = [0; 16];
        self.execute(
            "DELETE FROM session WHERE account_id = $1 AND id <> $2",
            &[account.as_bytes().into(), but.as_ref().map_or(&NONE, SessionId::as_bytes).into()],
        )
    }

    /// Forgets sessions that were not seen since, a thousand at a time; says how many.
    pub fn prune_sessions(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM session WHERE digest IN (SELECT digest FROM session WHERE seen_at < $1 ORDER BY seen_at, digest LIMIT $2)",
            &[before.into(), limit(usize::MAX)],
        )
    }
}

fn read(row: &Row<'_>) -> Result<KeptSession, StoreError> {
    Ok(KeptSession {
        id: row.id(0)?,
        account: row.id(1)?,
        stage: match row.text(2)? {
            "password" => SessionStage::Password,
            "signed-in" => SessionStage::SignedIn,
            _ => return Err(StoreError::Malformed { table: "session", column: "stage" }),
        },
        created_at: row.moment(3)?,
        seen_at: row.moment(4)?,
        second_factor_at: row.maybe_moment(5)?,
        browser: row.maybe_text(6)?.map(Into::into),
        network: row.maybe_parsed(7, "session", "network")?,
        state: row.parsed(8, "account", "state")?,
        role: row.maybe_parsed(9, "account", "role")?,
        login: LoginName::from_canonical(row.text(10)?),
        display_name: row.parsed(11, "account", "display_name")?,
        second_factors: usize::try_from(row.int(12)?).unwrap_or(0),
        locale: row.maybe_parsed(13, "account", "locale")?,
    })
}
