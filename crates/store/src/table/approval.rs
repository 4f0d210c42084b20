//! What was begun elsewhere and waits for somebody's approval: apps on devices, and apps that want an app password.

use std::net::IpAddr;

use valetkey_domain::oauth::{ClientId, Requested};
use valetkey_domain::{AccountId, Digest, GrantId, Label, Timestamp};

use super::grant::given;
use super::limit;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// Where and when something was begun, for whoever is to approve it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// When.
    pub at: Timestamp,
    /// From which address, if that is known.
    pub network: Option<IpAddr>,
    /// What the app calls itself when it speaks HTTP, if it says that.
    pub agent: Option<Box<str>>,
}

/// Something that is to wait for approval.
#[derive(Clone)]
pub struct NewApproval {
    /// The digest of what the app polls with.
    pub digest: Digest,
    /// The digest of what leads to its page.
    pub page: Digest,
    /// The app, as OAuth knows it; without, it wants an app password.
    pub client: Option<ClientId>,
    /// What the app is called.
    pub name: Label,
    /// What it asks for.
    pub asked: Requested,
    /// Where it was begun.
    pub begun: Begun,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

/// How far something has come that waits for approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalState {
    /// Nobody has answered.
    Open,
    /// Its app is let in, and is yet to hear it.
    Given,
    /// Somebody said no, or it was ended before its app heard a yes.
    Denied,
    /// Its app has what it asked for.
    Used,
}

impl ApprovalState {
    const ALL: [Self; 4] = [Self::Open, Self::Given, Self::Denied, Self::Used];

    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Given => "given",
            Self::Denied => "denied",
            Self::Used => "used",
        }
    }
}

/// Something that waits for approval, or has waited.
#[derive(Clone)]
pub struct KeptApproval {
    /// The digest of what its app polls with, which names it.
    pub digest: Digest,
    /// The app, as OAuth knows it; without, it wants an app password.
    pub client: Option<ClientId>,
    /// What the app is called.
    pub name: Label,
    /// What it asks for, or was given.
    pub given: Requested,
    /// Where it was begun.
    pub begun: Begun,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub state: ApprovalState,
    /// Who has answered.
    pub account: Option<AccountId>,
    /// When they signed in.
    pub signed_in_at: Option<Timestamp>,
    /// What came of it, if that is a grant.
    pub grant: Option<GrantId>,
}

/// What somebody answers who lets an app in.
#[derive(Clone, Debug)]
pub struct Given {
    /// Who.
    pub account: AccountId,
    /// What they call the app.
    pub name: Label,
    /// What they give it.
    pub given: Requested,
    /// When they signed in.
    pub signed_in_at: Timestamp,
}

impl Snapshot<'_> {
    /// What its app polls for.
    pub fn approval(&mut self, digest: &Digest) -> Result<Option<KeptApproval>, StoreError> {
        self.first(
            "SELECT digest, client, name, scopes, openid, offline, network, agent, began_at, expires_at, state, account_id,
                    signed_in_at, grant_id
             FROM approval WHERE digest = $1",
            &[digest.as_bytes().into()],
            read,
        )
    }

    /// What the page is about to which a code or a link leads.
    pub fn approval_of_page(&mut self, page: &Digest) -> Result<Option<KeptApproval>, StoreError> {
        self.first(
            "SELECT digest, client, name, scopes, openid, offline, network, agent, began_at, expires_at, state, account_id,
                    signed_in_at, grant_id
             FROM approval WHERE page = $1",
            &[page.as_bytes().into()],
            read,
        )
    }

    /// How many nobody has answered, in time or too late: of OAuth, or of those that want an app password.
    pub fn open_approvals(&mut self, of_oauth: bool) -> Result<u64, StoreError> {
        let count = self.first(
            "SELECT COUNT(*) FROM approval WHERE state = 'open' AND (client IS NOT NULL) = (CAST($1 AS BIGINT) = 1)",
            &[Param::Int(i64::from(of_oauth))],
            |row| row.int(0),
        )?;
        Ok(count.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    /// Whether something is there to be forgotten by [`Transaction::prune_unused_approvals`].
    pub fn has_unused_approvals(&mut self, expired_before: Timestamp) -> Result<bool, StoreError> {
        let found = self.first(
            "SELECT 1 FROM approval WHERE expires_at < $1 AND state <> 'used' LIMIT 1",
            &[expired_before.into()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }
}

impl Transaction<'_> {
    /// Keeps what is to wait for approval.
    pub fn insert_approval(&mut self, new: &NewApproval) -> Result<(), StoreError> {
        let network = new.begun.network.map(|network| network.to_string());
        self.execute(
            "INSERT INTO approval (digest, page, client, name, scopes, openid, offline, network, agent, began_at, expires_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open')",
            &[
                new.digest.as_bytes().into(),
                new.page.as_bytes().into(),
                new.client.as_ref().map(ClientId::as_str).into(),
                new.name.as_str().into(),
                Param::Int(i64::from(new.asked.scopes.bits())),
                Param::Int(i64::from(new.asked.openid)),
                Param::Int(i64::from(new.asked.offline)),
                network.as_deref().into(),
                new.begun.agent.as_deref().into(),
                new.begun.at.into(),
                new.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Notes that somebody lets the app in; `false` if it was answered before, or waits no more.
    pub fn give_approval(&mut self, digest: &Digest, answer: &Given, now: Timestamp) -> Result<bool, StoreError> {
        let given = self.execute(
            "UPDATE approval SET state = 'given', account_id = $1, name = $2, scopes = $3, openid = $4, offline = $5, signed_in_at = $6
             WHERE digest = $7 AND state = 'open' AND expires_at > $8",
            &[
                answer.account.as_bytes().into(),
                answer.name.as_str().into(),
                Param::Int(i64::from(answer.given.scopes.bits())),
                Param::Int(i64::from(answer.given.openid)),
                Param::Int(i64::from(answer.given.offline)),
                answer.signed_in_at.into(),
                digest.as_bytes().into(),
                now.into(),
            ],
        )?;
        Ok(given == 1)
    }

    /// Notes that somebody does not let the app in; `false` if it was answered before, or waits no more.
    pub fn deny_approval(&mut self, digest: &Digest, account: AccountId, now: Timestamp) -> Result<bool, StoreError> {
        let denied = self.execute(
            "UPDATE approval SET state = 'denied', account_id = $1 WHERE digest = $2 AND state = 'open' AND expires_at > $3",
            &[account.as_bytes().into(), digest.as_bytes().into(), now.into()],
        )?;
        Ok(denied == 1)
    }

    /// Notes that the app has what it was given, which is this grant, or an app password; `false` if nothing was given, or it
    /// has it already.
    pub fn use_approval(&mut self, digest: &Digest, grant: Option<GrantId>) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE approval SET state = 'used', grant_id = $1 WHERE digest = $2 AND state = 'given'",
            &[grant.as_ref().map(|grant| grant.as_bytes().as_slice()).into(), digest.as_bytes().into()],
        )?;
        Ok(used == 1)
    }

    /// Takes back what an account has given and no app has come for.
    pub fn end_approvals(&mut self, account: AccountId) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE approval SET state = 'denied' WHERE account_id = $1 AND state = 'given'",
            &[account.as_bytes().into()],
        )
    }

    /// Forgets what has waited longest and nobody has answered, until no more than so many are left, a thousand at a time: of
    /// OAuth, or of those that want an app password. Says how many.
    pub fn keep_open_approvals(&mut self, of_oauth: bool, at_most: u64) -> Result<u64, StoreError> {
        let too_many = self.open_approvals(of_oauth)?.saturating_sub(at_most);
        if too_many == 0 {
            return Ok(0);
        }
        self.execute(
            "DELETE FROM approval WHERE digest IN (SELECT digest FROM approval
                WHERE state = 'open' AND (client IS NOT NULL) = (CAST($1 AS BIGINT) = 1) ORDER BY expires_at, digest LIMIT $2)",
            &[Param::Int(i64::from(of_oauth)), limit(usize::try_from(too_many).unwrap_or(usize::MAX))],
        )
    }

    /// Forgets what waited until before this and led to nothing, a thousand at a time; says how many.
    pub fn prune_unused_approvals(&mut self, expired_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM approval WHERE digest IN
                (SELECT digest FROM approval WHERE expires_at < $1 AND state <> 'used' ORDER BY expires_at LIMIT $2)",
            &[expired_before.into(), limit(usize::MAX)],
        )
    }

    /// Forgets what waited until before this, a thousand at a time; says how many.
    pub fn prune_approvals(&mut self, expired_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM approval WHERE digest IN
                (SELECT digest FROM approval WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            &[expired_before.into(), limit(usize::MAX)],
        )
    }
}

fn read(row: &Row<'_>) -> Result<KeptApproval, StoreError> {
    let malformed = |column| StoreError::Malformed { table: "approval", column };
    let digest = row.maybe_bytes(0)?.and_then(|bytes| bytes.try_into().ok()).map(Digest::from_bytes);
    let state = row.text(10)?;
    let state = ApprovalState::ALL.into_iter().find(|known| known.name() == state);
    Ok(KeptApproval {
        digest: digest.ok_or_else(|| malformed("digest"))?,
        client: row.maybe_parsed(1, "approval", "client")?,
        name: row.parsed(2, "approval", "name")?,
        given: given(row, 3)?,
        begun: Begun {
            network: row.maybe_parsed(6, "approval", "network")?,
            agent: row.maybe_text(7)?.map(Into::into),
            at: row.moment(8)?,
        },
        expires_at: row.moment(9)?,
        state: state.ok_or_else(|| malformed("state"))?,
        account: row.maybe_bytes(11)?.map(|b| b.try_into().map_err(|_| malformed("account_id"))).transpose()?,
        signed_in_at: row.maybe_moment(12)?,
        grant: row.maybe_bytes(13)?.map(|b| b.try_into().map_err(|_| malformed("grant_id"))).transpose()?,
    })
}
