//! Passwords that apps sent and that open no app: an account's primary one, and the one that it had on the server from which
//! it came.

use std::str::FromStr;

use valetkey_domain::{AccountId, LastUse, LoginName, Service, Timestamp};

use super::app_password::read_use;
use super::limit;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// Of so many apps an account's rows tell, the last ones: more than one person has, and whoever knows the password can make up
/// names of apps.
const APPS_MAX: usize = 10;

/// Which password of an account an app sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentPassword {
    /// The primary one.
    Primary,
    /// The one that it had on the server from which it came, and that has been replaced here.
    Old,
}

impl SentPassword {
    /// As it is kept and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Old => "old",
        }
    }
}

/// The text names no such password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is 'primary' or 'old'")]
pub struct UnknownPassword;

impl FromStr for SentPassword {
    type Err = UnknownPassword;
    fn from_str(text: &str) -> Result<Self, UnknownPassword> {
        [Self::Primary, Self::Old].into_iter().find(|which| which.name() == text).ok_or(UnknownPassword)
    }
}

/// The hashes with which is compared what an app sent.
#[derive(Default)]
pub struct KeptPasswords {
    /// Of the primary password.
    pub primary: Option<String>,
    /// Of the one that it had on the server from which it came, for a while after it was replaced.
    pub old: Option<String>,
}

/// An app that sent a password that is none of an app.
#[derive(Clone, Debug)]
pub struct PasswordSent {
    /// The account's canonical login name.
    pub login: LoginName,
    /// Which of its passwords.
    pub password: SentPassword,
    /// How it was sent last.
    pub last: LastUse,
    /// How often it was seen.
    pub times: u64,
}

/// Where a page of a list begins: after this row.
#[derive(Clone, Debug)]
pub struct SentAfter {
    /// The account's canonical login name.
    pub login: LoginName,
    /// Which of its passwords.
    pub password: SentPassword,
    /// By which protocol.
    pub service: Service,
    /// What the app calls itself; nothing if that is not known.
    pub client: String,
}

impl Snapshot<'_> {
    /// The hashes with which is compared what an account's app sent.
    pub fn kept_passwords(&mut self, account: AccountId) -> Result<KeptPasswords, StoreError> {
        const OLD: &str = "SELECT hash FROM old_password WHERE account_id = $1";
        let old = self.first(OLD, &[account.as_bytes().into()], |row| Ok(row.text(0)?.to_owned()))?;
        Ok(KeptPasswords { primary: self.primary_password(account)?, old })
    }

    /// How an app last sent an account's primary password. The portal shows it to the owner.
    pub fn primary_password_seen(&mut self, account: AccountId) -> Result<Option<LastUse>, StoreError> {
        let last = self.first(
            "SELECT at, service, client, network FROM password_sent WHERE account_id = $1 AND password = 'primary'
             ORDER BY at DESC, service, client LIMIT 1",
            &[account.as_bytes().into()],
            read_last,
        )?;
        Ok(last)
    }

    /// Apps that have sent such passwords since then: account by account in the order of their login names, after one of them.
    pub fn passwords_sent(
        &mut self,
        since: Timestamp,
        after: Option<&SentAfter>,
        at_most: usize,
    ) -> Result<Vec<PasswordSent>, StoreError> {
        let [login, password, service, client] = after.map_or([""; 4], |after| {
            [after.login.as_str(), after.password.name(), after.service.name(), &after.client]
        });
        self.all(
            "SELECT s.at, s.service, s.client, s.network, s.times, s.password, a.login
             FROM password_sent s JOIN account a ON a.id = s.account_id
             WHERE s.at >= $1 AND (a.login, s.password, s.service, s.client) > ($2, $3, $4, $5)
             ORDER BY a.login, s.password, s.service, s.client LIMIT $6",
            &[since.into(), login.into(), password.into(), service.into(), client.into(), limit(at_most)],
            |row| {
                Ok(PasswordSent {
                    last: read_last(row)?,
                    times: u64::try_from(row.int(4)?).unwrap_or(0),
                    password: row.parsed(5, "password_sent", "password")?,
                    login: LoginName::from_canonical(row.text(6)?),
                })
            },
        )
    }
}

impl Transaction<'_> {
    /// Remembers that an app sent a password so many times. Gives when the same app last had, as far as that is known. The
    /// account is locked.
    pub fn note_password_sent(
        &mut self,
        account: AccountId,
        which: SentPassword,
        seen: &LastUse,
        times: u64,
    ) -> Result<Option<Timestamp>, StoreError> {
        let key: Param<'_> = account.as_bytes().into();
        let client = seen.client.as_deref().unwrap_or_default();
        let app = [key, which.name().into(), seen.service.name().into(), client.into()];
        let before = self.first(
            "SELECT at FROM password_sent WHERE account_id = $1 AND password = $2 AND service = $3 AND client = $4",
            &app,
            |row| row.moment(0),
        )?;
        let network = seen.network.map(|n| n.to_string());
        let [account, password, service, client] = app;
        self.execute(
            "INSERT INTO password_sent (account_id, password, service, client, at, network, times)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (account_id, password, service, client) DO UPDATE SET at = excluded.at, network = excluded.network,
                times = password_sent.times + excluded.times",
            &[
                account,
                password,
                service,
                client,
                seen.at.into(),
                network.as_ref().into(),
                Param::Int(i64::try_from(times).unwrap_or(i64::MAX)),
            ],
        )?;
        if before.is_none() {
            self.execute(
                "DELETE FROM password_sent WHERE account_id = $1 AND (password, service, client) NOT IN (
                    SELECT password, service, client FROM password_sent WHERE account_id = $1
                    ORDER BY at DESC, password, service, client LIMIT $2)",
                &[key, limit(APPS_MAX)],
            )?;
        }
        Ok(before)
    }

    /// Forgets an account's old password, and who sent it.
    pub fn forget_old_password(&mut self, account: AccountId) -> Result<(), StoreError> {
        let key: Param<'_> = account.as_bytes().into();
        self.execute("DELETE FROM password_sent WHERE account_id = $1 AND password = 'old'", &[key])?;
        self.execute("DELETE FROM old_password WHERE account_id = $1", &[key])?;
        Ok(())
    }

    /// Forgets old passwords that were replaced before this, and who sent them; a thousand at a time. Says how many.
    pub fn prune_old_passwords(&mut self, replaced_before: Timestamp) -> Result<u64, StoreError> {
        let due = self.all(
            "SELECT account_id FROM old_password WHERE replaced_at < $1 ORDER BY replaced_at, account_id LIMIT $2",
            &[replaced_before.into(), limit(usize::MAX)],
            |row| row.id(0),
        )?;
        for account in &due {
            self.forget_old_password(*account)?;
        }
        Ok(due.len() as u64)
    }
}

/// Four columns: when, service, client, network.
fn read_last(row: &Row<'_>) -> Result<LastUse, StoreError> {
    let last = read_use(row, 0)?.ok_or(StoreError::Malformed { table: "password_sent", column: "at" })?;
    Ok(LastUse { client: last.client.filter(|client| !client.is_empty()), ..last })
}
