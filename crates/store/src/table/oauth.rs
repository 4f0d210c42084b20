//! What OAuth keeps besides grants: clients that registered themselves, and codes that are to be exchanged.

use valetkey_domain::oauth::{ClientId, CodeChallenge, Requested};
use valetkey_domain::{AccountId, Digest, GrantId, Label, Timestamp};

use super::grant::given;
use super::limit;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// A client that registered itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    /// Names it.
    pub id: ClientId,
    /// What it calls itself.
    pub name: Label,
    /// Where it may be sent back to.
    pub redirect_uris: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// An authorisation code that is to be exchanged.
#[derive(Clone, Debug)]
pub struct KeptCode {
    /// Whose.
    pub account: AccountId,
    /// For which app.
    pub client: ClientId,
    /// What the app calls itself.
    pub name: Label,
    /// What its owner gives it.
    pub given: Requested,
    /// Where the app was sent back to.
    pub redirect_uri: String,
    /// What the app's proof must fit.
    pub challenge: CodeChallenge,
    /// What the app wants to find again in the ID token.
    pub nonce: Option<String>,
    /// When its owner signed in.
    pub signed_in_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// What came of it, if it was exchanged.
    pub grant: Option<GrantId>,
}

impl Snapshot<'_> {
    /// A client that registered itself.
    pub fn oauth_client(&mut self, id: &ClientId) -> Result<Option<RegisteredClient>, StoreError> {
        self.first(
            "SELECT id, name, redirect_uris, created_at FROM oauth_client WHERE id = $1",
            &[id.as_str().into()],
            |row| {
                Ok(RegisteredClient {
                    id: row.parsed(0, "oauth_client", "id")?,
                    name: row.parsed(1, "oauth_client", "name")?,
                    redirect_uris: row.text(2)?.lines().map(str::to_owned).collect(),
                    created_at: row.moment(3)?,
                })
            },
        )
    }

    /// How many clients have registered themselves that nobody has let in yet.
    pub fn unused_oauth_clients(&mut self) -> Result<u64, StoreError> {
        let count = self.first("SELECT COUNT(*) FROM oauth_client WHERE used_at IS NULL", &[], |row| row.int(0))?;
        Ok(count.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    /// The code with this digest, exchanged or not.
    pub fn authorisation_code(&mut self, digest: &Digest) -> Result<Option<KeptCode>, StoreError> {
        self.first(
            "SELECT account_id, client, name, scopes, openid, offline, redirect_uri, challenge, nonce, signed_in_at, expires_at, grant_id
             FROM authorisation_code WHERE digest = $1",
            &[digest.as_bytes().into()],
            read_code,
        )
    }
}

impl Transaction<'_> {
    /// Keeps a client.
    pub fn insert_oauth_client(&mut self, new: &RegisteredClient) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO oauth_client (id, name, redirect_uris, created_at) VALUES ($1, $2, $3, $4)",
            &[
                new.id.as_str().into(),
                new.name.as_str().into(),
                (&new.redirect_uris.join("\n")).into(),
                new.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Notes that somebody has let a client in; `false` if it has not registered, or is forgotten.
    pub fn note_oauth_client_used(&mut self, id: &ClientId, now: Timestamp) -> Result<bool, StoreError> {
        let noted =
            self.execute("UPDATE oauth_client SET used_at = $1 WHERE id = $2", &[now.into(), id.as_str().into()])?;
        Ok(noted == 1)
    }

    /// Forgets clients that registered before this and that nobody has let in, a thousand at a time; says how many.
    pub fn prune_oauth_clients(&mut self, created_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM oauth_client WHERE id IN (SELECT id FROM oauth_client
                WHERE used_at IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2)",
            &[created_before.into(), limit(usize::MAX)],
        )
    }

    /// Forgets clients that nobody has let in since this and of which no grant is remembered, in whatever state, a thousand at a
    /// time; says how many.
    pub fn prune_left_oauth_clients(&mut self, let_in_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM oauth_client WHERE id IN (SELECT id FROM oauth_client
                WHERE used_at < $1 AND NOT EXISTS (SELECT 1 FROM oauth_grant WHERE oauth_grant.client = oauth_client.id)
                ORDER BY used_at LIMIT $2)",
            &[let_in_before.into(), limit(usize::MAX)],
        )
    }

    /// Forgets those clients that registered first and that nobody has let in, until no more than so many are left, a thousand
    /// at a time; says how many. Whoever is let in has a code or a grant, and is none of them.
    pub fn keep_unused_oauth_clients(&mut self, at_most: u64) -> Result<u64, StoreError> {
        let too_many = self.unused_oauth_clients()?.saturating_sub(at_most);
        if too_many == 0 {
            return Ok(0);
        }
        self.execute(
            "DELETE FROM oauth_client WHERE id IN (SELECT id FROM oauth_client
                WHERE used_at IS NULL ORDER BY created_at, id LIMIT $1)",
            &[limit(usize::try_from(too_many).unwrap_or(usize::MAX))],
        )
    }

    /// Keeps a code.
    pub fn insert_authorisation_code(&mut self, digest: &Digest, new: &KeptCode) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO authorisation_code (digest, account_id, client, name, scopes, openid, offline, redirect_uri, challenge,
                                             nonce, signed_in_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                digest.as_bytes().into(),
                new.account.as_bytes().into(),
                new.client.as_str().into(),
                new.name.as_str().into(),
                Param::Int(i64::from(new.given.scopes.bits())),
                Param::Int(i64::from(new.given.openid)),
                Param::Int(i64::from(new.given.offline)),
                (&new.redirect_uri).into(),
                new.challenge.as_bytes().into(),
                new.nonce.as_deref().into(),
                new.signed_in_at.into(),
                new.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Notes what came of a code; `false` if it was exchanged before.
    pub fn use_authorisation_code(&mut self, digest: &Digest, grant: GrantId) -> Result<bool, StoreError> {
        let used = self.execute(
            "UPDATE authorisation_code SET grant_id = $1 WHERE digest = $2 AND grant_id IS NULL",
            &[grant.as_bytes().into(), digest.as_bytes().into()],
        )?;
        Ok(used == 1)
    }

    /// Takes an account's codes back that nobody has exchanged.
    pub fn end_authorisation_codes(&mut self, account: AccountId) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM authorisation_code WHERE account_id = $1 AND grant_id IS NULL",
            &[account.as_bytes().into()],
        )
    }

    /// Forgets codes whose time was over before this, a thousand at a time; says how many.
    pub fn prune_authorisation_codes(&mut self, expired_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM authorisation_code WHERE digest IN
                (SELECT digest FROM authorisation_code WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            &[expired_before.into(), limit(usize::MAX)],
        )
    }
}

fn read_code(row: &Row<'_>) -> Result<KeptCode, StoreError> {
    let malformed = |column| StoreError::Malformed { table: "authorisation_code", column };
    let challenge = row.maybe_bytes(7)?.and_then(|bytes| bytes.try_into().ok()).map(CodeChallenge::from_bytes);
    Ok(KeptCode {
        account: row.id(0)?,
        client: row.parsed(1, "authorisation_code", "client")?,
        name: row.parsed(2, "authorisation_code", "name")?,
        given: given(row, 3)?,
        redirect_uri: row.text(6)?.to_owned(),
        challenge: challenge.ok_or_else(|| malformed("challenge"))?,
        nonce: row.maybe_text(8)?.map(str::to_owned),
        signed_in_at: row.moment(9)?,
        expires_at: row.moment(10)?,
        grant: row.maybe_bytes(11)?.map(|b| b.try_into().map_err(|_| malformed("grant_id"))).transpose()?,
    })
}
