//! Grants: kept, listed, and taken back.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::oauth::{ACCESS_TOKEN_TIME, ClientId, ClientKind, GRANT_TIME, Grant, Requested};
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, CredentialState, GrantId, RevocationReason, Timestamp};
use valetkey_store::{Ended, NewGrant, Transaction};

use super::ConfiguredClient;
use crate::gate::Credentials;
use crate::journal::Event;
use crate::{Accounts, AccountsError, Asked, Ending};

/// What taking a grant back led to.
#[derive(Debug)]
pub struct RemovedGrant {
    /// Which.
    pub grant: Grant,
    /// Whether it had ended before.
    pub was_over: bool,
    /// How many connections were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
}

impl Accounts {
    /// An account's grants, the newest first: the active ones, or all that are remembered.
    pub async fn grants(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        all: bool,
    ) -> Result<Vec<Grant>, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                let mut list = s.grants(account, all)?;
                // One whose time is over is shown as what it is, also before that is written down.
                for one in list.iter_mut().filter(|one| one.state == CredentialState::Active && one.expires_at <= now) {
                    one.state = CredentialState::Expired { at: one.expires_at };
                }
                list.retain(|one| all || one.state == CredentialState::Active);
                Ok(list)
            })
            .await
    }

    /// Keeps a new grant, writes down how it was begun, and tells the account's owner if it is news to them.
    pub(super) fn keep_grant(
        &self,
        tx: &mut Transaction<'_>,
        new: &NewGrant,
        (begun, place): (&'static str, Option<String>),
    ) -> Result<(), AccountsError> {
        let is_news = self.is_news(tx, new)?;
        tx.insert_grant(new)?;
        let mut detail = json!({
            "label": new.name.as_str(), "client_id": new.client.as_str(), "scopes": new.given.scopes.to_string(),
            "openid": new.given.openid, "offline": new.given.offline,
        });
        detail[begun] = place.into();
        let (owner, id) = (Actor::Holder { account: new.account, role: None, second_factor_at: None }, new.id.into());
        if is_news {
            return self.record_by(tx, &owner, new.account, Event::AppAuthorised, Some(id), &detail);
        }
        tx.record(&self.entry(&owner, new.account, Event::AppAuthorised, Some(id), &detail))?;
        Ok(())
    }

    /// A letter for each sign-in would hide the one that matters. Our own apps ask nobody, and come back whenever their user
    /// does; so does what only wants to know who somebody is.
    fn is_news(&self, tx: &mut Transaction<'_>, new: &NewGrant) -> Result<bool, AccountsError> {
        let is_ours = |one: &ConfiguredClient| one.0.id == new.client && one.0.kind == ClientKind::FirstParty;
        let is_daily = new.given.scopes.is_empty() || self.settings.oauth_clients.iter().any(is_ours);
        Ok(!(is_daily && tx.has_let_in(new.account, &new.client)?))
    }

    /// One grant of an account, also if it has ended.
    pub async fn grant(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: GrantId,
    ) -> Result<Option<Grant>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                Ok(s.grant(account, id)?)
            })
            .await
    }

    /// The client that a grant is for, whoever asks: for a server that has shown a token of it.
    pub async fn client_of_grant(
        self: &Arc<Self>,
        account: AccountId,
        id: GrantId,
    ) -> Result<Option<ClientId>, AccountsError> {
        self.store.read(move |s| Ok(s.grant(account, id)?.map(|grant| grant.client))).await
    }

    /// Takes a grant back. When this returns, nothing that asks Valetkey accepts a token of it, and every connection that
    /// came through it is closed. Of one that has ended already all of it is done again.
    pub async fn remove_grant(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: GrantId,
    ) -> Result<RemovedGrant, AccountsError> {
        self.end_grant(actor, account, id, RevocationReason::Asked).await
    }

    /// Notes that a grant's time is over and ends what came in by it. For the caretaker.
    pub(crate) async fn expire_grant(self: &Arc<Self>, account: AccountId, id: GrantId) -> Result<(), AccountsError> {
        let this = Arc::clone(self);
        self.change(move |tx| {
            let (found, permit) = this.lock::<act::ExpireGrant>(tx, &Actor::System, account)?;
            let expired = tx.expire_grant(account, id, this.clock.now())?;
            let grant = tx.grant(account, id)?.ok_or(AccountsError::NoSuchGrant(id))?;
            // One that says who somebody is opens nothing, and most of those live for an hour: there is nobody to be told.
            let has_opened = !grant.given.scopes.is_empty() || grant.given.offline;
            if expired && has_opened {
                let detail = json!({ "label": grant.name.as_str(), "client_id": grant.client.as_str() });
                this.record(tx, &permit, Event::AppExpired, Some(id.into()), &detail)?;
            }
            // Whoever was renewed in between goes on. What ended otherwise is cut once more.
            let is_over = grant.state != CredentialState::Active;
            let ended = if is_over && has_opened { Credentials::One(id.into()) } else { Credentials::None };
            Ok(((), this.taken(&found, ended, Ending::Expired)))
        })
        .await
        .map(drop)
    }

    /// Ends a grant for a reason that is not its owner's wish.
    pub(super) async fn end_grant(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: GrantId,
        why: RevocationReason,
    ) -> Result<RemovedGrant, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let changed = self
            .change(move |tx| {
                let (found, permit) = this.lock::<act::RemoveGrant>(tx, &actor, account)?;
                let by = permit.actor().to_string();
                let revoked = tx.revoke_grant(account, id, Ended { at: this.clock.now(), why, by: &by })?;
                let grant = tx.grant(account, id)?.ok_or(AccountsError::NoSuchGrant(id))?;
                if revoked {
                    let detail =
                        json!({ "label": grant.name.as_str(), "client_id": grant.client.as_str(), "why": why.name() });
                    this.record(tx, &permit, Event::AppRemoved, Some(id.into()), &detail)?;
                }
                Ok(((grant, !revoked), this.taken(&found, Credentials::One(id.into()), Ending::Revoked(why))))
            })
            .await?;
        let (grant, was_over) = changed.value;
        Ok(RemovedGrant { grant, was_over, closed: changed.closed, asked: changed.asked })
    }
}

/// When what is given ends by itself: half a year after its app last came back, or with the only access token that it gets.
pub(super) fn end_of(given: Requested, now: Timestamp) -> Timestamp {
    now + if given.offline { GRANT_TIME } else { ACCESS_TOKEN_TIME }
}
