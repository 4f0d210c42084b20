//! App passwords: making, listing and revoking them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use valetkey_domain::policy::{Act, Actor, Permit, act};
use valetkey_domain::{
    Account, AccountId, AccountState, AppPassword, AppPasswordId, AppSecret, CredentialState, Kind, Label, LastUse,
    Networks, Plain, RevocationReason, Scope, Scopes, Timestamp, room_for_one_more,
};
use valetkey_store::{Ended, NewAppPassword, StoreError, Transaction};

use crate::gate::Credentials;
use crate::journal::{Event, nothing};
use crate::{Accounts, AccountsError, Asked, Ending};

/// An app password to be made.
#[derive(Clone)]
pub struct CreateAppPassword {
    /// What its owner calls it.
    pub label: Label,
    /// What it is to open, and what cannot be told apart from it; without, everything for a person and sending mail for a
    /// device.
    pub scopes: Option<Scopes>,
    /// Where it may be used from.
    pub networks: Networks,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
}

/// An app password that was made, with its secret, to be shown once.
pub struct CreatedAppPassword {
    /// What was made.
    pub app_password: AppPassword,
    /// `abcd-efgh-ijkl-mnop`.
    pub secret: Plain<String>,
}

/// What is seen of an app password that was just put into an app.
pub struct Watched {
    /// How it was last used, if it was.
    pub last_use: Option<LastUse>,
    /// How an app last sent the account's primary password instead, if one did.
    pub primary_password_seen: Option<LastUse>,
}

/// How long it is worth saying that an app sent the primary password.
const PRIMARY_PASSWORD_SEEN: Duration = Duration::from_hours(30 * 24);

/// What is not as it should be with an account's apps.
pub struct Amiss {
    /// How many app passwords that have ended are still tried.
    pub still_tried: usize,
    /// How an app sent the account's primary password, if one did in the last thirty days and it still is the one.
    pub primary_password_seen: Option<LastUse>,
}

/// What revoking one led to.
#[derive(Debug)]
pub struct Revoked {
    /// Which.
    pub app_password: AppPassword,
    /// Whether it had ended before.
    pub was_over: bool,
    /// How many connections were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
}

/// How many there are of each kind of what lets apps in, or how many have ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AppCounts {
    /// App passwords.
    pub app_passwords: usize,
    /// Authorised apps.
    pub authorised_apps: usize,
}

impl AppCounts {
    /// Whether there is nothing.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// As the audit log keeps how many have ended.
    pub(crate) fn detail(self) -> Value {
        json!({ "app_passwords_revoked": self.app_passwords, "apps_removed": self.authorised_apps })
    }
}

/// What revoking all led to.
#[derive(Debug, Clone, Copy)]
pub struct RevokedAll {
    /// What was active.
    pub revoked: AppCounts,
    /// How many connections were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
}

impl Accounts {
    /// Makes an app password. However many do this at once, no account gets more than twenty-five active ones.
    pub async fn create_app_password(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        new: CreateAppPassword,
    ) -> Result<CreatedAppPassword, AccountsError> {
        let now = self.clock.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(AccountsError::ExpiryInThePast);
        }
        if new.scopes.is_some_and(Scopes::is_empty) {
            return Err(AccountsError::NoScope);
        }
        let (this, actor, is_said) = (Arc::clone(self), actor.clone(), new.scopes.is_some());
        let (secret, mut row) = self.drawn(account, new, now);
        let app_password = self
            .add(move |tx| {
                let (found, permit) = this.lock::<act::CreateAppPassword>(tx, &actor, account)?;
                may_have_one_more(tx, &found, now)?;
                if found.kind == Kind::Device && !is_said {
                    row.scopes = Scopes::NONE.with(Scope::MailSend);
                }
                this.insert_app_password(tx, permit.actor(), &row, None)
            })
            .await?;
        if app_password.expires_at.is_some() {
            self.expiry_changed.notify_one();
        }
        Ok(CreatedAppPassword { app_password, secret: secret.reveal() })
    }

    /// A new secret, and the row that is to be kept of it.
    pub(crate) fn drawn(
        &self,
        account: AccountId,
        new: CreateAppPassword,
        now: Timestamp,
    ) -> (AppSecret, NewAppPassword) {
        let secret = AppSecret::generate(self.settings.secret_length, &*self.randomness);
        let row = NewAppPassword {
            id: AppPasswordId::new(now, &*self.randomness),
            account,
            label: new.label,
            scopes: new
                .scopes
                .map_or(Scopes::EVERYTHING, |scopes| scopes.completed(self.settings.calendars_and_contacts)),
            networks: new.networks,
            digest: self.keys.digest(account, &secret.decoded()),
            key: self.keys.current_id(),
            created_at: now,
            expires_at: new.expires_at,
        };
        (secret, row)
    }

    /// An account's app passwords, the newest first: the active ones, or all that are remembered.
    pub async fn app_passwords(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        all: bool,
    ) -> Result<Vec<AppPassword>, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                let mut list = s.app_passwords(account, all)?;
                // One whose time is over is shown as what it is, also in the moment before that is written down.
                for one in &mut list {
                    if let (CredentialState::Active, Some(end)) = (&one.state, one.expires_at)
                        && end <= now
                    {
                        one.state = CredentialState::Expired { at: end };
                    }
                }
                list.retain(|one| all || one.state == CredentialState::Active);
                Ok(list)
            })
            .await
    }

    /// Whether an app password has been used yet, for its owner who waits for that.
    pub async fn watch_app_password(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: AppPasswordId,
    ) -> Result<Watched, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                let app_password = s.app_password(account, id)?.ok_or(AccountsError::NoSuchAppPassword(id))?;
                let primary_password_seen = s.primary_password_seen(account)?;
                Ok(Watched { last_use: app_password.last_use, primary_password_seen })
            })
            .await
    }

    /// What is not as it should be with an account's apps lately.
    pub async fn amiss(self: &Arc<Self>, actor: &Actor, account: AccountId) -> Result<Amiss, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                let still_tried = s.app_passwords(account, true)?.iter().filter(|one| one.is_still_tried(now)).count();
                let seen = s.primary_password_seen(account)?;
                let primary_password_seen = seen.filter(|seen| now.since(seen.at) <= PRIMARY_PASSWORD_SEEN);
                Ok(Amiss { still_tried, primary_password_seen })
            })
            .await
    }

    /// Revokes an app password. When this returns, nothing that asks Valetkey accepts it, and every connection that came
    /// through it is closed. Revoking what has ended already is no error: all of it is done again.
    pub async fn revoke_app_password(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: AppPasswordId,
    ) -> Result<Revoked, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let changed = self
            .change(move |tx| {
                let (found, permit) = this.lock::<act::RevokeAppPasswords>(tx, &actor, account)?;
                let by = permit.actor().to_string();
                let end = Ended { at: this.clock.now(), why: RevocationReason::Asked, by: &by };
                let revoked = tx.revoke_app_password(account, id, end)?;
                let app_password = tx.app_password(account, id)?.ok_or(AccountsError::NoSuchAppPassword(id))?;
                if revoked {
                    let detail = json!({ "label": app_password.label.as_str() });
                    this.record(tx, &permit, Event::AppPasswordRevoked, Some(id.into()), &detail)?;
                }
                Ok((
                    (app_password, !revoked),
                    this.taken(&found, Credentials::One(id.into()), Ending::Revoked(RevocationReason::Asked)),
                ))
            })
            .await?;
        let (app_password, was_over) = changed.value;
        Ok(Revoked { app_password, was_over, closed: changed.closed, asked: changed.asked })
    }

    /// Revokes every app password of an account, and removes every authorised app.
    pub async fn revoke_all_app_passwords(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<RevokedAll, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let changed = self
            .change(move |tx| {
                let (found, permit) = this.lock::<act::RevokeAppPasswords>(tx, &actor, account)?;
                let revoked = this.revoke_everything(tx, &permit, RevocationReason::AllAsked)?;
                Ok((revoked, this.taken(&found, Credentials::All, Ending::Revoked(RevocationReason::AllAsked))))
            })
            .await?;
        Ok(RevokedAll { revoked: changed.value, closed: changed.closed, asked: changed.asked })
    }

    /// Revokes every app password of the permit's account, and takes every grant back, as part of a change that demands it.
    /// Says how many there were; the owner is told in one letter.
    pub(crate) fn revoke_everything<A: Act>(
        &self,
        tx: &mut Transaction<'_>,
        permit: &Permit<A>,
        why: RevocationReason,
    ) -> Result<AppCounts, AccountsError> {
        let by = permit.actor().to_string();
        let end = Ended { at: self.clock.now(), why, by: &by };
        let app_passwords = tx.revoke_app_passwords(permit.account(), end)?;
        // What was given and no app has come for yet would be a new one afterwards.
        tx.end_approvals(permit.account())?;
        tx.end_authorisation_codes(permit.account())?;
        let authorised_apps = tx.revoke_grants(permit.account(), end)?;
        let ended = AppCounts { app_passwords, authorised_apps };
        self.record_all_ended(tx, permit, why, ended)?;
        Ok(ended)
    }

    /// Notes that an app password's time is over and cuts what it opened. For the caretaker.
    pub(crate) async fn expire_app_password(
        self: &Arc<Self>,
        account: AccountId,
        id: AppPasswordId,
    ) -> Result<(), AccountsError> {
        let this = Arc::clone(self);
        self.change(move |tx| {
            let (found, permit) = this.lock::<act::ExpireAppPassword>(tx, &Actor::System, account)?;
            if tx.expire_app_password(account, id, this.clock.now())? {
                this.record(tx, &permit, Event::AppPasswordExpired, Some(id.into()), &nothing())?;
            }
            Ok(((), this.taken(&found, Credentials::One(id.into()), Ending::Expired)))
        })
        .await
        .map(drop)
    }
}

/// Whether an account may have one more app password. Ask only while its row is locked.
pub(crate) fn may_have_one_more(
    tx: &mut Transaction<'_>,
    found: &Account,
    now: Timestamp,
) -> Result<(), AccountsError> {
    if found.state != AccountState::Active {
        return Err(AccountsError::NotActive(found.state));
    }
    if found.kind == Kind::Person && tx.second_factors(found.id)?.is_empty() {
        return Err(AccountsError::NoSecondFactor);
    }
    Ok(room_for_one_more(tx.active_app_passwords(found.id, now)?)?)
}

impl Accounts {
    /// Keeps an app password that somebody was allowed to make: now, or when an app was begun elsewhere.
    pub(crate) fn insert_app_password(
        &self,
        tx: &mut Transaction<'_>,
        by: &Actor,
        row: &NewAppPassword,
        begun_from: Option<IpAddr>,
    ) -> Result<AppPassword, AccountsError> {
        // One in 10^22; but a text that was ever this account's must never be its again.
        if tx.digest_is_known(row.account, &row.digest)? {
            return Err(StoreError::Busy.into());
        }
        tx.insert_app_password(row)?;
        let mut detail = json!({
            "label": row.label.as_str(), "scopes": row.scopes.to_string(), "networks": row.networks.to_string(),
            "expires_at": row.expires_at.map(|t| t.to_string()),
        });
        if let Some(network) = begun_from {
            detail["begun_from"] = network.to_string().into();
        }
        self.record_by(tx, by, row.account, Event::AppPasswordCreated, Some(row.id.into()), &detail)?;
        tx.app_password(row.account, row.id)?.ok_or(AccountsError::NoSuchAppPassword(row.id))
    }
}
