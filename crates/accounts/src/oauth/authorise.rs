//! An account's owner lets an app in: that is a code, for which the app gets its tokens.

use std::sync::Arc;

use valetkey_domain::oauth::{CODE_TIME, ClientKind, CodeChallenge, GRANTS_MAX, RedirectUri, Requested};
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, AccountState, Kind, Plain, Timestamp, Token};
use valetkey_store::{KeptCode, Transaction};

use super::Client;
use crate::{Accounts, AccountsError};

/// What an app asks an account's owner for.
#[derive(Clone)]
pub struct Authorisation {
    /// The app.
    pub client: Client,
    /// What it wants. It gets what cannot be told apart from that too.
    pub given: Requested,
    /// Where it is sent back to: an address that the client has registered.
    pub redirect: RedirectUri,
    /// What its proof must fit.
    pub challenge: CodeChallenge,
    /// What it wants to find again in the ID token.
    pub nonce: Option<String>,
}

impl Accounts {
    /// The account's owner lets an app in, behind two factors. Gives the code that the app is sent back with: good once and
    /// for a minute.
    pub async fn authorise_app(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        mut asked: Authorisation,
    ) -> Result<Plain<String>, AccountsError> {
        if !asked.client.admits(&asked.redirect) {
            return Err(AccountsError::ForeignRedirect);
        }
        asked.given.scopes = asked.given.scopes.completed(self.settings.calendars_and_contacts);
        let (code, now) = (Token::generate(&*self.randomness), self.clock.now());
        let signed_in_at = match actor {
            Actor::Holder { second_factor_at: Some(at), .. } => *at,
            _ => now,
        };
        let (this, actor, digest) = (Arc::clone(self), actor.clone(), code.digest());
        self.add(move |tx| {
            let _: Permit<act::AuthoriseApp> = this.lock(tx, &actor, account)?.1;
            may_have_another(tx, account, now)?;
            tx.insert_authorisation_code(&digest, &kept(&asked, account, signed_in_at, now))?;
            // One that was forgotten while its user read the page has nowhere to be sent to any more.
            let is_there = tx.note_oauth_client_used(&asked.client.id, now)?;
            if is_there || asked.client.kind != ClientKind::Registered {
                Ok(())
            } else {
                Err(AccountsError::ForeignRedirect)
            }
        })
        .await?;
        Ok(code.reveal())
    }
}

fn kept(asked: &Authorisation, account: AccountId, signed_in_at: Timestamp, now: Timestamp) -> KeptCode {
    KeptCode {
        account,
        client: asked.client.id.clone(),
        name: asked.client.name.clone(),
        given: asked.given,
        redirect_uri: asked.redirect.as_str().to_owned(),
        challenge: asked.challenge,
        nonce: asked.nonce.clone(),
        signed_in_at,
        expires_at: now + CODE_TIME,
        grant: None,
    }
}

/// Whether apps may be let into an account at all. Ask only while its row is locked.
pub(super) fn may_have_apps(tx: &mut Transaction<'_>, account: AccountId) -> Result<(), AccountsError> {
    let found = tx.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
    match (found.state, found.kind) {
        (_, Kind::Device) => Err(AccountsError::Device),
        (AccountState::Active, Kind::Person) if tx.second_factors(account)?.is_empty() => {
            Err(AccountsError::NoSecondFactor)
        }
        (AccountState::Active, Kind::Person) => Ok(()),
        (state, Kind::Person) => Err(AccountsError::NotActive(state)),
    }
}

/// Whether one more app may be let into an account: at the page, so that its owner hears of it, and once more for its code, since
/// there may be many codes. Ask only while the account's row is locked.
pub(super) fn may_have_another(
    tx: &mut Transaction<'_>,
    account: AccountId,
    now: Timestamp,
) -> Result<(), AccountsError> {
    may_have_apps(tx, account)?;
    if tx.active_grants(account, now)? < GRANTS_MAX { Ok(()) } else { Err(AccountsError::TooManyGrants) }
}
