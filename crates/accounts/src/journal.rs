//! Writing down what happened: a line of the audit log and, where somebody is to be told, an errand in the outbox.

use serde_json::{Value, json};
use valetkey_domain::policy::{Act, Actor, Permit};
use valetkey_domain::{AccountId, AppPasswordId, EventId};
use valetkey_store::{AuditEntry, NewErrand, Transaction};

use crate::{Accounts, AccountsError};

/// What happened. The names are part of the interface: scripts read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    AccountCreated,
    AccountSuspended,
    AccountResumed,
    AccountDeleted,
    RoleSet,
    LoginNameAdded,
    LoginNameRemoved,
    PasswordSet,
    PasswordChanged,
    PasswordReset,
    FactorAdded,
    FactorRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    AppPasswordCreated,
    AppPasswordRevoked,
    AppPasswordsRevoked,
    AppPasswordExpired,
    RevokedAppPasswordTried,
    PrimaryPasswordTried,
    SignedIn,
    SessionEnded,
    SignedInFromNewBrowser,
    BrowserTrusted,
    BrowserDistrusted,
    LinkMade,
    Invited,
    ResetAsked,
    RegistrationAsked,
    NoticeAddressGiven,
    NoticeAddressChanged,
    FactorRenamed,
    FactorsRemovalAsked,
    FactorsRemovalStopped,
    ProfileChanged,
    AppPasswordExpiresSoon,
    LetterGivenUp,
    FailuresOfTheDay,
}

impl Event {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "account.created",
            Self::AccountSuspended => "account.suspended",
            Self::AccountResumed => "account.resumed",
            Self::AccountDeleted => "account.deleted",
            Self::RoleSet => "account.role-set",
            Self::LoginNameAdded => "account.login-name-added",
            Self::LoginNameRemoved => "account.login-name-removed",
            Self::PasswordSet => "password.set",
            Self::PasswordChanged => "password.changed",
            Self::PasswordReset => "password.reset",
            Self::FactorAdded => "second-factor.added",
            Self::FactorRemoved => "second-factor.removed",
            Self::RecoveryCodesMade => "recovery-codes.made",
            Self::RecoveryCodeUsed => "recovery-code.used",
            Self::AppPasswordCreated => "app-password.created",
            Self::AppPasswordRevoked => "app-password.revoked",
            Self::AppPasswordsRevoked => "app-password.all-revoked",
            Self::AppPasswordExpired => "app-password.expired",
            Self::RevokedAppPasswordTried => "app-password.tried-after-end",
            Self::PrimaryPasswordTried => "password.tried-by-app",
            Self::SignedIn => "portal.signed-in",
            Self::SessionEnded => "portal.signed-out",
            Self::SignedInFromNewBrowser => "portal.signed-in-from-new-browser",
            Self::BrowserTrusted => "browser.trusted",
            Self::BrowserDistrusted => "browser.trust-ended",
            Self::LinkMade => "link.made",
            Self::Invited => "account.invited",
            Self::ResetAsked => "password.reset-asked",
            Self::RegistrationAsked => "account.registration-asked",
            Self::NoticeAddressGiven => "notice-address.given",
            Self::NoticeAddressChanged => "notice-address.changed",
            Self::FactorRenamed => "second-factor.renamed",
            Self::FactorsRemovalAsked => "second-factors.removal-asked",
            Self::FactorsRemovalStopped => "second-factors.removal-stopped",
            Self::ProfileChanged => "account.profile-changed",
            Self::AppPasswordExpiresSoon => "app-password.expires-soon",
            Self::LetterGivenUp => "letter.given-up",
            Self::FailuresOfTheDay => "failures.of-the-day",
        }
    }

    /// Whether the account's owner is sent a notice. That an app sent the primary password is shown on the portal
    /// only: a thief may read the mailbox. Where an errand is left by whoever writes the event down, it is none here.
    const fn is_noticed(self) -> bool {
        !matches!(
            self,
            Self::AccountCreated
                | Self::AccountDeleted
                | Self::LoginNameAdded
                | Self::LoginNameRemoved
                | Self::PasswordSet
                | Self::RevokedAppPasswordTried
                | Self::PrimaryPasswordTried
                | Self::SignedIn
                | Self::SessionEnded
                | Self::BrowserTrusted
                | Self::BrowserDistrusted
                | Self::LinkMade
                | Self::FactorRenamed
                | Self::ProfileChanged
                | Self::AppPasswordExpiresSoon
                | Self::LetterGivenUp
                | Self::FailuresOfTheDay
        )
    }
}

impl Accounts {
    /// Writes down what somebody did who was allowed to.
    pub(crate) fn record<A: Act>(
        &self,
        tx: &mut Transaction<'_>,
        permit: &Permit<A>,
        event: Event,
        credential: Option<AppPasswordId>,
        detail: &Value,
    ) -> Result<(), AccountsError> {
        self.record_by(tx, permit.actor(), permit.account(), event, credential, detail)
    }

    /// Writes down what happened, whoever did it.
    pub(crate) fn record_by(
        &self,
        tx: &mut Transaction<'_>,
        actor: &Actor,
        account: AccountId,
        event: Event,
        credential: Option<AppPasswordId>,
        detail: &Value,
    ) -> Result<(), AccountsError> {
        let now = self.clock.now();
        tx.record(&AuditEntry {
            id: EventId::new(now, &*self.randomness),
            at: now,
            actor: actor.to_string(),
            action: event.name().to_owned(),
            account: Some(account),
            credential,
            detail: detail.to_string(),
        })?;
        if event.is_noticed() {
            tx.leave_errand(&NewErrand {
                id: EventId::new(now, &*self.randomness),
                kind: event.name(),
                account: Some(account),
                credential,
                detail: done_by(actor, detail).to_string(),
                created_at: now,
                due_at: now,
            })?;
        }
        Ok(())
    }
}

/// What a letter says besides: by whom it was done.
fn done_by(actor: &Actor, detail: &Value) -> Value {
    let mut detail = detail.clone();
    if let Some(object) = detail.as_object_mut() {
        object.insert("by".to_owned(), actor.to_string().into());
    }
    detail
}

impl Accounts {
    /// Leaves an errand for a letter that is about no account, or none yet.
    pub(crate) fn leave_letter(
        &self,
        tx: &mut Transaction<'_>,
        event: Event,
        account: Option<AccountId>,
        detail: &Value,
    ) -> Result<(), AccountsError> {
        let now = self.clock.now();
        tx.leave_errand(&NewErrand {
            id: EventId::new(now, &*self.randomness),
            kind: event.name(),
            account,
            credential: None,
            detail: detail.to_string(),
            created_at: now,
            due_at: now,
        })?;
        Ok(())
    }
}

/// Nothing more to say.
pub(crate) fn nothing() -> Value {
    json!({})
}
