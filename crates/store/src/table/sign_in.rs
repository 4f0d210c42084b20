//! What a sign-in reads: two point reads in one snapshot, and one more for a login name that is not an account's
//! canonical one, known or not.

use valetkey_domain::oauth::ClientId;
use valetkey_domain::{
    AccountId, AccountState, CredentialId, Digest, KeyId, Kind, LoginName, Network, Networks, Scopes, Timestamp,
};

use crate::engine::Row;
use crate::{Snapshot, StoreError};

/// An account, as far as a sign-in looks at it.
#[derive(Clone, Debug)]
pub struct KnownAccount {
    /// Which.
    pub id: AccountId,
    /// Its canonical login name.
    pub login: LoginName,
    /// A person or a device.
    pub kind: Kind,
    /// Whether it is in use.
    pub state: AccountState,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
}

/// An app password that was found by its digest, as far as a sign-in looks at it.
#[derive(Clone, Debug)]
pub struct KnownCredential {
    /// Which.
    pub id: CredentialId,
    /// The key of its digest.
    pub key: KeyId,
    /// What it opens.
    pub scopes: Scopes,
    /// Where it may be used from.
    pub networks: Networks,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether it still works.
    pub state: Found,
}

/// An access token that was found by its digest.
#[derive(Clone, Debug)]
pub struct KnownToken {
    /// The grant that it follows from, with what the token opens; when that stops by itself.
    pub credential: KnownCredential,
    /// When the token stops.
    pub expires_at: Timestamp,
    /// Whether its app gets another one after that.
    pub is_renewed: bool,
    /// The app.
    pub client: ClientId,
    /// Whether it may ask who somebody is.
    pub openid: bool,
}

/// In which state a digest was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It works.
    Active,
    /// It was revoked.
    Revoked,
    /// Its time was over.
    Expired,
}

impl Snapshot<'_> {
    /// The account with this login name: by its canonical one, which most apps send, else by another.
    pub fn account_signing_in(&mut self, login: &LoginName) -> Result<Option<KnownAccount>, StoreError> {
        let login = [login.as_str().into()];
        let canonical = self.first(
            "SELECT id, login, kind, state, second_factors FROM account WHERE login = $1",
            &login,
            read_account,
        )?;
        if canonical.is_some() {
            return Ok(canonical);
        }
        self.first(
            "SELECT a.id, a.login, a.kind, a.state, a.second_factors
             FROM login_name n JOIN account a ON a.id = n.account_id WHERE n.name = $1",
            &login,
            read_account,
        )
    }

    /// The account's app password with this digest, whatever its state.
    pub fn credential_signing_in(
        &mut self,
        account: AccountId,
        digest: &Digest,
    ) -> Result<Option<KnownCredential>, StoreError> {
        self.first(
            "SELECT id, key_id, scopes, networks, expires_at, state FROM app_password WHERE account_id = $1 AND digest = $2",
            &[account.as_bytes().into(), digest.as_bytes().into()],
            read_credential,
        )
    }

    /// An app password or a grant by its id, as a sign-in would find it.
    pub fn credential_in_use(
        &mut self,
        account: AccountId,
        id: CredentialId,
    ) -> Result<Option<KnownCredential>, StoreError> {
        let which = [account.as_bytes().into(), id.as_bytes().into()];
        let app_password = self.first(
            "SELECT id, key_id, scopes, networks, expires_at, state FROM app_password WHERE account_id = $1 AND id = $2",
            &which,
            read_credential,
        )?;
        if app_password.is_some() {
            return Ok(app_password);
        }
        self.first(
            "SELECT id, CAST(0 AS BIGINT), scopes, '', expires_at, state FROM oauth_grant WHERE account_id = $1 AND id = $2",
            &which,
            read_credential,
        )
    }

    /// The account with this id.
    pub fn account_of_token(&mut self, id: AccountId) -> Result<Option<KnownAccount>, StoreError> {
        self.first(
            "SELECT id, login, kind, state, second_factors FROM account WHERE id = $1",
            &[id.as_bytes().into()],
            read_account,
        )
    }

    /// The account's access token with this digest, and the grant that it follows from.
    pub fn token_signing_in(&mut self, account: AccountId, digest: &Digest) -> Result<Option<KnownToken>, StoreError> {
        self.first(
            "SELECT g.id, CAST(0 AS BIGINT), t.scopes, '', g.expires_at, g.state, t.expires_at, g.offline, g.client, t.openid
             FROM access_token t JOIN oauth_grant g ON g.account_id = t.account_id AND g.id = t.grant_id
             WHERE t.account_id = $1 AND t.digest = $2",
            &[account.as_bytes().into(), digest.as_bytes().into()],
            |row| {
                Ok(KnownToken {
                    credential: read_credential(row)?,
                    expires_at: row.moment(6)?,
                    is_renewed: row.int(7)? != 0,
                    client: row.parsed(8, "oauth_grant", "client")?,
                    openid: row.int(9)? != 0,
                })
            },
        )
    }
}

fn read_account(row: &Row<'_>) -> Result<KnownAccount, StoreError> {
    Ok(KnownAccount {
        id: row.id(0)?,
        login: LoginName::from_canonical(row.text(1)?),
        kind: row.parsed(2, "account", "kind")?,
        state: row.parsed(3, "account", "state")?,
        has_second_factor: row.int(4)? > 0,
    })
}

fn read_credential(row: &Row<'_>) -> Result<KnownCredential, StoreError> {
    Ok(KnownCredential {
        id: row.id(0)?,
        key: key_id(row, 1)?,
        scopes: scopes(row, 2)?,
        networks: networks(row, 3)?,
        expires_at: row.maybe_moment(4)?,
        state: match row.text(5)? {
            "active" => Found::Active,
            "revoked" => Found::Revoked,
            "expired" => Found::Expired,
            _ => return Err(StoreError::Malformed { table: "app_password", column: "state" }),
        },
    })
}

pub(crate) fn key_id(row: &Row<'_>, at: usize) -> Result<KeyId, StoreError> {
    let malformed = |_| StoreError::Malformed { table: "app_password", column: "key_id" };
    u32::try_from(row.int(at)?).map(KeyId::from_u32).map_err(malformed)
}

pub(crate) fn scopes(row: &Row<'_>, at: usize) -> Result<Scopes, StoreError> {
    let bits = u8::try_from(row.int(at)?).ok();
    bits.and_then(Scopes::from_bits).ok_or(StoreError::Malformed { table: "app_password", column: "scopes" })
}

pub(crate) fn networks(row: &Row<'_>, at: usize) -> Result<Networks, StoreError> {
    let text = row.text(at)?;
    if text.is_empty() {
        return Ok(Networks::default());
    }
    let list: Option<Vec<Network>> = text.split(' ').map(|n| n.parse().ok()).collect();
    list.and_then(|list| Networks::new(list).ok())
        .ok_or(StoreError::Malformed { table: "app_password", column: "networks" })
}
