//! Browsers in which somebody has signed in before, and which of them may leave the second factor out.

use std::net::IpAddr;

use valetkey_domain::{AccountId, BrowserId, Digest, Timestamp};

use super::limit;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// A browser to be remembered.
#[derive(Clone)]
pub struct NewBrowser {
    /// Names it in lists.
    pub id: BrowserId,
    /// Of the token that only the browser has.
    pub digest: Digest,
    /// Who signed in.
    pub account: AccountId,
    /// What it calls itself.
    pub name: Option<Box<str>>,
    /// From where.
    pub network: Option<IpAddr>,
    /// Now.
    pub at: Timestamp,
    /// Until when it may leave the second factor out.
    pub trusted_until: Option<Timestamp>,
}

/// A browser that is remembered.
#[derive(Clone, Debug)]
pub struct KnownBrowser {
    /// Names it in lists.
    pub id: BrowserId,
    /// Who signed in.
    pub account: AccountId,
    /// What it calls itself.
    pub name: Option<Box<str>>,
    /// From where it was last seen.
    pub network: Option<IpAddr>,
    /// Since when.
    pub created_at: Timestamp,
    /// When somebody last signed in there.
    pub seen_at: Timestamp,
    /// Until when it may leave the second factor out.
    pub trusted_until: Option<Timestamp>,
}

impl Snapshot<'_> {
    /// The browser of a token, as far as this account knows it.
    pub fn browser(&mut self, digest: &Digest, account: AccountId) -> Result<Option<KnownBrowser>, StoreError> {
        self.first(
            "SELECT id, account_id, name, network, created_at, seen_at, trusted_until FROM browser
             WHERE digest = $1 AND account_id = $2",
            &[digest.as_bytes().into(), account.as_bytes().into()],
            read,
        )
    }

    /// The browsers that an account knows, the newest first.
    pub fn browsers(&mut self, account: AccountId) -> Result<Vec<KnownBrowser>, StoreError> {
        self.all(
            "SELECT id, account_id, name, network, created_at, seen_at, trusted_until FROM browser
             WHERE account_id = $1 ORDER BY id DESC LIMIT $2",
            &[account.as_bytes().into(), limit(usize::MAX)],
            read,
        )
    }
}

impl Transaction<'_> {
    /// Remembers a browser, or that it was seen again. Trust that it has is kept unless it is given anew.
    pub fn remember_browser(&mut self, new: &NewBrowser) -> Result<(), StoreError> {
        let network = new.network.map(|n| n.to_string());
        self.execute(
            "INSERT INTO browser (digest, account_id, id, name, network, created_at, seen_at, trusted_until)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
             ON CONFLICT (digest, account_id) DO UPDATE SET name = excluded.name, network = excluded.network,
                seen_at = excluded.seen_at, trusted_until = COALESCE(excluded.trusted_until, browser.trusted_until)",
            &[
                new.digest.as_bytes().into(),
                new.account.as_bytes().into(),
                new.id.as_bytes().into(),
                new.name.as_deref().into(),
                network.as_deref().into(),
                new.at.into(),
                new.trusted_until.into(),
            ],
        )?;
        Ok(())
    }

    /// Gives a browser another token, for everybody who signs in there.
    pub fn renew_browser(&mut self, old: &Digest, new: &Digest) -> Result<(), StoreError> {
        self.execute(
            "UPDATE browser SET digest = $1 WHERE digest = $2",
            &[new.as_bytes().into(), old.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Ends the trust in one of an account's browsers; `false` if it had none.
    pub fn distrust_browser(&mut self, account: AccountId, id: BrowserId) -> Result<bool, StoreError> {
        let ended = self.execute(
            "UPDATE browser SET trusted_until = NULL WHERE account_id = $1 AND id = $2 AND trusted_until IS NOT NULL",
            &[account.as_bytes().into(), id.as_bytes().into()],
        )?;
        Ok(ended == 1)
    }

    /// Ends the trust in all of an account's browsers; says in how many.
    pub fn distrust_browsers(&mut self, account: AccountId) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE browser SET trusted_until = NULL WHERE account_id = $1 AND trusted_until IS NOT NULL",
            &[account.as_bytes().into()],
        )
    }

    /// Keeps of an account's browsers those that were seen last.
    pub fn keep_browsers(&mut self, account: AccountId, at_most: usize) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM browser WHERE account_id = $1 AND id NOT IN (
                SELECT id FROM browser WHERE account_id = $1 ORDER BY seen_at DESC, id DESC LIMIT $2)",
            &[account.as_bytes().into(), Param::Int(i64::try_from(at_most).unwrap_or(i64::MAX))],
        )
    }

    /// Forgets browsers that were not seen since, a thousand at a time; says how many.
    pub fn prune_browsers(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM browser WHERE id IN (SELECT id FROM browser WHERE seen_at < $1 ORDER BY seen_at, id LIMIT $2)",
            &[before.into(), limit(usize::MAX)],
        )
    }
}

fn read(row: &Row<'_>) -> Result<KnownBrowser, StoreError> {
    Ok(KnownBrowser {
        id: row.id(0)?,
        account: row.id(1)?,
        name: row.maybe_text(2)?.map(Into::into),
        network: row.maybe_parsed(3, "browser", "network")?,
        created_at: row.moment(4)?,
        seen_at: row.moment(5)?,
        trusted_until: row.maybe_moment(6)?,
    })
}
