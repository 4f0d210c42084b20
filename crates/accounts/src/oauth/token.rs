//! Tokens: given for a code, renewed, and given back.

use std::sync::Arc;

use valetkey_domain::oauth::{
    ACCESS_TOKEN_TIME, AccessToken, ClientId, CodeVerifier, GRANT_TIME, Grant, RedirectUri, Requested,
};
use valetkey_domain::policy::Actor;
use valetkey_domain::{
    AccountId, CredentialState, GrantId, LastUse, LoginName, Plain, RevocationReason, Service, Timestamp, Token,
};
use valetkey_store::{KeptCode, NewAccessToken, NewGrant, Transaction};

use super::authorise::{may_have_another, may_have_apps};
use super::grant::end_of;
use crate::sign_in::Notice;
use crate::{Accounts, AccountsError, lock_open};

/// What an app shows for its tokens.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The app, which has proved that it is.
    pub client: &'a ClientId,
    /// The code that it was sent back with.
    pub code: &'a str,
    /// Where it says that it was sent back to.
    pub redirect: &'a str,
    /// Its proof.
    pub verifier: CodeVerifier<'a>,
}

/// Tokens, for the app alone.
pub struct IssuedTokens {
    /// By which it signs in.
    pub access: Plain<String>,
    /// By which it gets the next ones, if it may go on without its owner.
    pub refresh: Option<Plain<String>>,
    /// What they open.
    pub given: Requested,
    /// Whose they are.
    pub account: AccountId,
    /// The account's canonical login name.
    pub login: LoginName,
    /// What the app wanted to find again in the ID token.
    pub nonce: Option<String>,
    /// When the account's owner signed in, if that is known.
    pub signed_in_at: Option<Timestamp>,
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The code or the token is none, is used or over, or belongs to somebody else.
    #[error("the code or token is not valid")]
    InvalidGrant,
    /// More is asked for than was given.
    #[error("more is asked for than was given")]
    InvalidScope,
    /// Nobody knows: temporary.
    #[error(transparent)]
    Accounts(AccountsError),
}

/// What concerns the account's owner only is no affair of the app's.
impl From<AccountsError> for TokenError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::NoSuchAccount
            | AccountsError::NoSecondFactor
            | AccountsError::NotActive(_)
            | AccountsError::Device
            | AccountsError::TooManyGrants
            | AccountsError::NoSuchGrant(_) => Self::InvalidGrant,
            other => Self::Accounts(other),
        }
    }
}

/// What came of a transaction in which something that is good once was to be used.
pub(super) enum Used {
    Now(Box<IssuedTokens>),
    /// It was used before: this grant came of it, and somebody has stolen something.
    Before(GrantId),
    Never,
}

impl Accounts {
    /// Gives an app its tokens for a code. A code that comes a second time takes back what came of it the first time (RFC 6749
    /// section 4.1.2).
    pub async fn exchange_code(self: &Arc<Self>, asked: Exchange<'_>) -> Result<IssuedTokens, TokenError> {
        let digest = Token::presented(asked.code).ok_or(TokenError::InvalidGrant)?.digest();
        let kept = self.store.read(move |s| Ok::<_, AccountsError>(s.authorisation_code(&digest)?)).await?;
        let kept = kept.filter(|kept| kept.client == *asked.client).ok_or(TokenError::InvalidGrant)?;
        let now = self.clock.now();
        let fits = kept.redirect_uri == asked.redirect && kept.challenge.is_of(&asked.verifier);
        if !fits || (kept.grant.is_none() && kept.expires_at <= now) {
            return Err(TokenError::InvalidGrant);
        }
        if kept.grant.is_none() {
            self.count_tokens(kept.account)?;
        }
        if kept.given.openid {
            // What the ID token needs is there before the code is used up.
            self.signing_keys().await?;
        }
        let (this, account) = (Arc::clone(self), kept.account);
        let used = self
            .add(move |tx| {
                lock_open(tx, kept.account)?;
                let id = GrantId::new(now, &*this.randomness);
                if !tx.use_authorisation_code(&digest, id)? {
                    let before = tx.authorisation_code(&digest)?.and_then(|kept| kept.grant);
                    return Ok(before.map_or(Used::Never, Used::Before));
                }
                may_have_another(tx, kept.account, now)?;
                this.keep_grant(tx, &new_grant(id, &kept, now), begun_by(&kept))?;
                let mut issued = this.issue(tx, kept.account, id, kept.given, now)?;
                (issued.nonce, issued.signed_in_at) = (kept.nonce.clone(), Some(kept.signed_in_at));
                Ok(Used::Now(Box::new(issued)))
            })
            .await?;
        self.unless_stolen(account, used).await
    }

    /// Gives an app its next tokens, and uses its refresh token up. One that comes a second time ends the grant: of the two who
    /// have it, one has stolen it.
    pub async fn refresh_tokens(
        self: &Arc<Self>,
        client: &ClientId,
        token: &str,
        asked: Option<Requested>,
    ) -> Result<IssuedTokens, TokenError> {
        let digest = Token::presented(token).ok_or(TokenError::InvalidGrant)?.digest();
        let found = self
            .store
            .read(move |s| {
                let Some(kept) = s.refresh_token(&digest)? else { return Ok::<_, AccountsError>(None) };
                Ok(s.grant(kept.account, kept.grant)?.map(|grant| (kept, grant)))
            })
            .await?;
        let (kept, grant) = found.filter(|(_, grant)| grant.client == *client).ok_or(TokenError::InvalidGrant)?;
        if grant.state != CredentialState::Active {
            self.tried_after_end(&grant);
            return Err(TokenError::InvalidGrant);
        }
        let given = asked.unwrap_or(grant.given);
        if !given.is_within(&grant.given) {
            return Err(TokenError::InvalidScope);
        }
        // What is asked for now is what the access token opens; the grant, and with it the next refresh, stays as it is.
        let mut given = Requested { offline: grant.given.offline, ..given };
        // Nor is half of what cannot be told apart, where the grant has the whole.
        let completed = given.scopes.completed(self.settings.calendars_and_contacts);
        if grant.given.scopes.contains_all(completed) {
            given.scopes = completed;
        }
        if !kept.is_used {
            self.count_tokens(kept.account)?;
        }
        if given.openid {
            self.signing_keys().await?;
        }
        let (this, account, now) = (Arc::clone(self), kept.account, self.clock.now());
        let used = self
            .add(move |tx| {
                lock_open(tx, account)?;
                let grant = tx.grant(account, kept.grant)?.ok_or(AccountsError::NoSuchGrant(kept.grant))?;
                if grant.state != CredentialState::Active || grant.expires_at <= now {
                    return Ok(Used::Never);
                }
                if !tx.use_refresh_token(&digest, now)? {
                    return Ok(Used::Before(grant.id));
                }
                may_have_apps(tx, account)?;
                tx.extend_grant(account, grant.id, now + GRANT_TIME)?;
                Ok(Used::Now(Box::new(this.issue(tx, account, grant.id, given, now)?)))
            })
            .await?;
        self.unless_stolen(account, used).await
    }

    /// An app gives back what it has, by either token (RFC 7009): the grant ends, and it is signed out. A token that is none,
    /// or another app's, changes nothing, and nobody is told which of it was so.
    pub async fn give_token_back(self: &Arc<Self>, client: &ClientId, token: &str) -> Result<(), AccountsError> {
        let access = AccessToken::presented(token.as_bytes()).map(|token| (token.account(), token.digest()));
        let refresh = Token::presented(token).map(|token| token.digest());
        let client = client.clone();
        let found = self
            .store
            .read(move |s| {
                let of_access = match access {
                    Some((account, digest)) => {
                        s.token_signing_in(account, &digest)?.map(|t| (account, t.credential.id.as_grant()))
                    }
                    None => None,
                };
                let of_refresh = match refresh {
                    Some(digest) => s.refresh_token(&digest)?.map(|kept| (kept.account, kept.grant)),
                    None => None,
                };
                let Some((account, id)) = of_access.or(of_refresh) else { return Ok::<_, AccountsError>(None) };
                Ok(s.grant(account, id)?.filter(|grant| grant.client == client))
            })
            .await?;
        if let Some(grant) = found {
            self.end_grant(&Actor::System, grant.account, grant.id, RevocationReason::ByApp).await?;
        }
        Ok(())
    }

    /// The tokens, unless what they are given for came before: then what came of it is taken back.
    pub(super) async fn unless_stolen(
        self: &Arc<Self>,
        account: AccountId,
        used: Used,
    ) -> Result<IssuedTokens, TokenError> {
        match used {
            Used::Now(issued) => Ok(*issued),
            Used::Never => Err(TokenError::InvalidGrant),
            Used::Before(grant) => {
                tracing::warn!(%account, %grant, "a code or token of OAuth came a second time: what came of it is taken back");
                self.end_grant(&Actor::System, account, grant, RevocationReason::TokenReplayed).await?;
                Err(TokenError::InvalidGrant)
            }
        }
    }

    /// Notes that an app asks for tokens after its end.
    fn tried_after_end(&self, grant: &Grant) {
        let seen = LastUse { at: self.clock.now(), service: Service::Http, client: None, network: None };
        self.tell(Notice::TriedAfterEnd { account: grant.account, credential: grant.id.into(), seen });
    }

    /// An access token, and a refresh token if the app may go on without its owner.
    pub(super) fn issue(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        grant: GrantId,
        given: Requested,
        now: Timestamp,
    ) -> Result<IssuedTokens, AccountsError> {
        let access = AccessToken::generate(account, &*self.randomness);
        let expires_at = now + ACCESS_TOKEN_TIME;
        tx.insert_access_token(&NewAccessToken {
            digest: access.digest(),
            account,
            grant,
            scopes: given.scopes,
            openid: given.openid,
            expires_at,
        })?;
        let refresh = given.offline.then(|| Token::generate(&*self.randomness));
        if let Some(refresh) = &refresh {
            tx.insert_refresh_token(&refresh.digest(), account, grant, now)?;
        }
        let login = tx.account(account)?.ok_or(AccountsError::NoSuchAccount)?.canonical_login().clone();
        Ok(IssuedTokens {
            access: access.reveal(),
            refresh: refresh.map(|token| token.reveal()),
            given,
            account,
            login,
            nonce: None,
            signed_in_at: None,
        })
    }
}

fn new_grant(id: GrantId, kept: &KeptCode, now: Timestamp) -> NewGrant {
    let (account, client, name) = (kept.account, kept.client.clone(), kept.name.clone());
    NewGrant { id, account, client, name, given: kept.given, created_at: now, expires_at: end_of(kept.given, now) }
}

/// For the audit log: where the app is to which its user was sent back.
fn begun_by(kept: &KeptCode) -> (&'static str, Option<String>) {
    ("host", RedirectUri::parse(&kept.redirect_uri).ok().map(|uri| uri.shown().to_owned()))
}
