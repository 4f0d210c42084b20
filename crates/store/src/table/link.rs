//! One-time links: invitations, resets, proofs that somebody reads a mailbox.

use valetkey_domain::{AccountId, Digest, LinkId, LinkKind, LoginName, NoticeAddress, Timestamp};

use super::limit;
use crate::engine::Row;
use crate::{Snapshot, StoreError, Transaction};

/// A link to be kept.
#[derive(Clone)]
pub struct NewLink {
    /// Names it.
    pub id: LinkId,
    /// Of the code in it.
    pub digest: Digest,
    /// What it is good for.
    pub kind: LinkKind,
    /// Whose; for a registration nobody's yet.
    pub account: Option<AccountId>,
    /// The login name that a registration is for.
    pub login: Option<LoginName>,
    /// The address that it goes to, and whose reader it proves.
    pub address: Option<NoticeAddress>,
    /// Who had it made, as the audit log names them.
    pub made_by: String,
    /// Now.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A link that is kept.
#[derive(Clone, Debug)]
pub struct KeptLink {
    /// Names it.
    pub id: LinkId,
    /// What it is good for.
    pub kind: LinkKind,
    /// Whose.
    pub account: Option<AccountId>,
    /// The login name that a registration is for.
    pub login: Option<LoginName>,
    /// The address that it went to.
    pub address: Option<NoticeAddress>,
    /// Who had it made.
    pub made_by: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Snapshot<'_> {
    /// The link with this code, if its time is not over.
    pub fn link(&mut self, digest: &Digest, now: Timestamp) -> Result<Option<KeptLink>, StoreError> {
        self.first(
            "SELECT id, kind, account_id, login, address, made_by, created_at, expires_at FROM link
             WHERE digest = $1 AND expires_at > $2",
            &[digest.as_bytes().into(), now.into()],
            read,
        )
    }

    /// An account's links that are still good, the newest first.
    pub fn links(&mut self, account: AccountId, now: Timestamp) -> Result<Vec<KeptLink>, StoreError> {
        self.all(
            "SELECT id, kind, account_id, login, address, made_by, created_at, expires_at FROM link
             WHERE account_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT $3",
            &[account.as_bytes().into(), now.into(), limit(usize::MAX)],
            read,
        )
    }
}

impl Transaction<'_> {
    /// Keeps a link.
    pub fn insert_link(&mut self, new: &NewLink) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO link (digest, id, kind, account_id, login, address, made_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                new.digest.as_bytes().into(),
                new.id.as_bytes().into(),
                new.kind.name().into(),
                new.account.as_ref().map(AccountId::as_bytes).into(),
                new.login.as_ref().map(LoginName::as_str).into(),
                new.address.as_ref().map(NoticeAddress::as_str).into(),
                (&new.made_by).into(),
                new.created_at.into(),
                new.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Uses a link up; `false` if that was done before.
    pub fn delete_link(&mut self, id: LinkId) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM link WHERE id = $1", &[id.as_bytes().into()])? == 1)
    }

    /// Takes back an account's links of one kind; says how many.
    pub fn delete_links(&mut self, account: AccountId, kind: LinkKind) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM link WHERE account_id = $1 AND kind = $2",
            &[account.as_bytes().into(), kind.name().into()],
        )
    }

    /// Forgets links whose time is over, a thousand at a time; says how many.
    pub fn prune_links(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM link WHERE digest IN (SELECT digest FROM link WHERE expires_at <= $1 ORDER BY expires_at, digest LIMIT $2)",
            &[now.into(), limit(usize::MAX)],
        )
    }
}

fn read(row: &Row<'_>) -> Result<KeptLink, StoreError> {
    let malformed = |_| StoreError::Malformed { table: "link", column: "account_id" };
    Ok(KeptLink {
        id: row.id(0)?,
        kind: row.parsed(1, "link", "kind")?,
        account: row.maybe_bytes(2)?.map(|b| b.try_into().map_err(malformed)).transpose()?,
        login: row.maybe_text(3)?.map(LoginName::from_canonical),
        address: row.maybe_parsed(4, "link", "address")?,
        made_by: row.text(5)?.to_owned(),
        created_at: row.moment(6)?,
        expires_at: row.moment(7)?,
    })
}
