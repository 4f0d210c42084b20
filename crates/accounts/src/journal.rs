//! Writing down what happened: a line of the audit log and, where somebody is to be told, an errand in the outbox.

use serde_json::{Value, json};
use valetkey_domain::policy::{Act, Actor, Permit};
use valetkey_domain::{AccountId, CredentialId, EventId, RevocationReason};
use valetkey_store::{AuditEntry, NewErrand, Transaction};

use crate::{Accounts, AccountsError, AppCounts};

macro_rules! events {
    ($($event:ident = $name:literal,)*) => {
        /// What happened. The names are part of the interface: scripts read them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Event { $($event,)* }

        impl Event {
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$event => $name,)* }
            }
        }

        /// The name of everything that the audit log tells.
        pub const EVENTS: &[&str] = &[$($name,)*];
    };
}

events! {
    AccountCreated = "account.created",
    AccountSuspended = "account.suspended",
    AccountResumed = "account.resumed",
    AccountDeleted = "account.deleted",
    RoleSet = "account.role-set",
    LoginNameAdded = "account.login-name-added",
    LoginNameRemoved = "account.login-name-removed",
    PasswordSet = "password.set",
    PasswordChanged = "password.changed",
    PasswordReset = "password.reset",
    FactorAdded = "second-factor.added",
    FactorRemoved = "second-factor.removed",
    RecoveryCodesMade = "recovery-codes.made",
    RecoveryCodeUsed = "recovery-code.used",
    AppPasswordCreated = "app-password.created",
    AppPasswordRevoked = "app-password.revoked",
    AppPasswordsRevoked = "app-password.all-revoked",
    AppPasswordExpired = "app-password.expired",
    AppAuthorised = "app.authorised",
    AppRemoved = "app.removed",
    AppsRemoved = "app.all-removed",
    AppExpired = "app.expired",
    RevokedAppPasswordTried = "app-password.tried-after-end",
    RemovedAppTried = "app.tried-after-end",
    PrimaryPasswordTried = "password.tried-by-app",
    SignedIn = "portal.signed-in",
    SessionEnded = "portal.signed-out",
    SignedInFromNewBrowser = "portal.signed-in-from-new-browser",
    BrowserTrusted = "browser.trusted",
    BrowserDistrusted = "browser.trust-ended",
    LinkMade = "link.made",
    Invited = "account.invited",
    ResetAsked = "password.reset-asked",
    RegistrationAsked = "account.registration-asked",
    NoticeAddressGiven = "notice-address.given",
    NoticeAddressChanged = "notice-address.changed",
    FactorRenamed = "second-factor.renamed",
    FactorsRemovalAsked = "second-factors.removal-asked",
    FactorsRemovalStopped = "second-factors.removal-stopped",
    ProfileChanged = "account.profile-changed",
    AppPasswordExpiresSoon = "app-password.expires-soon",
    LetterGivenUp = "letter.given-up",
    SignOutGivenUp = "sign-out.given-up",
    FailuresOfTheDay = "failures.of-the-day",
}

/// What a line of the audit log is about: an app password, or an authorised app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditedCredential {
    /// The app password.
    pub app_password: Option<CredentialId>,
    /// The authorised app.
    pub authorised_app: Option<CredentialId>,
}

impl AuditedCredential {
    /// Told by what happened.
    pub fn of(entry: &AuditEntry) -> Self {
        if entry.action.starts_with("app.") {
            Self { authorised_app: entry.credential, ..Self::default() }
        } else {
            Self { app_password: entry.credential, ..Self::default() }
        }
    }
}

impl Event {
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
                | Self::AppPasswordsRevoked
                | Self::AppsRemoved
                | Self::AppExpired
                | Self::RevokedAppPasswordTried
                | Self::RemovedAppTried
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
                | Self::SignOutGivenUp
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
        credential: Option<CredentialId>,
        detail: &Value,
    ) -> Result<(), AccountsError> {
        self.record_by(tx, permit.actor(), permit.account(), event, credential, detail)
    }

    /// A line of the audit log.
    pub(crate) fn entry(
        &self,
        actor: &Actor,
        account: AccountId,
        event: Event,
        credential: Option<CredentialId>,
        detail: &Value,
    ) -> AuditEntry {
        let now = self.clock.now();
        AuditEntry {
            id: EventId::new(now, &*self.randomness),
            at: now,
            actor: actor.to_string(),
            action: event.name().to_owned(),
            account: Some(account),
            credential,
            detail: detail.to_string(),
        }
    }

    /// Writes down what happened, whoever did it.
    pub(crate) fn record_by(
        &self,
        tx: &mut Transaction<'_>,
        actor: &Actor,
        account: AccountId,
        event: Event,
        credential: Option<CredentialId>,
        detail: &Value,
    ) -> Result<(), AccountsError> {
        let entry = self.entry(actor, account, event, credential, detail);
        let now = entry.at;
        tx.record(&entry)?;
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

impl Accounts {
    /// Writes down that everything ended: a line of the audit log for each kind that there was, and one letter about both.
    pub(crate) fn record_all_ended<A: Act>(
        &self,
        tx: &mut Transaction<'_>,
        permit: &Permit<A>,
        why: RevocationReason,
        ended: AppCounts,
    ) -> Result<(), AccountsError> {
        let (actor, account) = (permit.actor(), permit.account());
        let mut first = None;
        for (event, key, count) in [
            (Event::AppPasswordsRevoked, "app_passwords_revoked", ended.app_passwords),
            (Event::AppsRemoved, "apps_removed", ended.authorised_apps),
        ] {
            if count > 0 {
                let entry = self.entry(actor, account, event, None, &json!({ "why": why.name(), key: count }));
                tx.record(&entry)?;
                first.get_or_insert((event, entry.at));
            }
        }
        let Some((event, at)) = first else { return Ok(()) };
        let mut detail = ended.detail();
        detail["why"] = why.name().into();
        tx.leave_errand(&NewErrand {
            id: EventId::new(at, &*self.randomness),
            kind: event.name(),
            account: Some(account),
            credential: None,
            detail: done_by(actor, &detail).to_string(),
            created_at: at,
            due_at: at,
        })?;
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
