//! What sign-ins leave for later: a revoked app password or a removed app that is still tried, what may be another password of the account, a
//! digest to be moved to the current key.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use valetkey_domain::oauth::{ACCESS_TOKEN_TIME, Grant};
use valetkey_domain::policy::Actor;
use valetkey_domain::throttle::{GuessLimits, GuessThrottle};
use valetkey_domain::{
    AccountId, AccountState, CredentialId, CredentialState, Digest, EventId, KeyId, LastUse, LoginName, Plain,
    Timestamp,
};
use valetkey_store::{NewErrand, Use, chain};

use super::suspect::Suspects;
use crate::gate::HashMap;
use crate::journal::Event;
use crate::{Accounts, AccountsError, lock_open};

/// Notices that wait; more are dropped.
pub(crate) const NOTICES_MAX: usize = 1024;
/// App passwords and authorised apps of which tries after their end are gathered at a time; more are dropped.
const GATHERED_MAX: usize = 10_000;
/// How long an app that was removed tries what it has as a matter of course: the whole time of an access token. By then it has
/// heard that it must let its user sign in again, and one that goes on is worth a letter.
const UNAWARE: Duration = ACCESS_TOKEN_TIME;
pub(crate) const DAY_MILLIS: i64 = 86_400_000;

/// What a sign-in leaves for later.
pub(crate) enum Notice {
    /// An app password, or a token of an authorised app, was tried after its end.
    TriedAfterEnd { account: AccountId, credential: CredentialId, seen: LastUse },
    /// What an app sent is no app password: it may be the primary password, or the one of a server before this one.
    Suspect { account: AccountId, secret: Plain<Vec<u8>>, seen: LastUse },
    /// Somebody has forgotten the password of an account, which may or may not be there.
    ResetAsked { login: LoginName },
    /// A digest is under the older key, and this is the one under the current key.
    Rekey { account: AccountId, credential: CredentialId, key: KeyId, digest: Digest },
}

/// What is gathered until it is written.
pub(crate) struct Errands {
    tried: HashMap<CredentialId, Tried>,
    suspects: Suspects,
    /// Three letters an hour to whoever forgot a password.
    letters: GuessThrottle,
}

struct Tried {
    account: AccountId,
    times: u64,
    last: LastUse,
}

impl Errands {
    pub(crate) fn new() -> Self {
        let letters = GuessThrottle::new(GuessLimits { burst: 3, per_hour: 3 });
        Self { tried: HashMap::default(), suspects: Suspects::new(), letters }
    }

    /// Takes a notice in; rekeying is done at once.
    pub(crate) async fn take(&mut self, accounts: &Arc<Accounts>, notice: Notice) {
        match notice {
            Notice::TriedAfterEnd { account, credential, seen } => {
                if self.tried.len() < GATHERED_MAX || self.tried.contains_key(&credential) {
                    let tried = self.tried.entry(credential).or_insert(Tried { account, times: 0, last: seen.clone() });
                    tried.times += 1;
                    tried.last = seen;
                }
            }
            Notice::Suspect { account, secret, seen } => self.suspects.take(accounts, account, secret, seen),
            Notice::ResetAsked { login } => {
                let (key, now) = (accounts.logins.short(login.as_str()), accounts.clock.boot_time());
                if self.letters.guess(key, now).is_ok()
                    && let Err(error) = leave_reset_letter(accounts, login).await
                {
                    tracing::warn!(%error, "that somebody has forgotten a password could not be written down");
                }
            }
            Notice::Rekey { account, credential, key, digest } => {
                let kept = accounts
                    .add(move |tx| Ok(tx.rekey_app_password(account, credential.as_app_password(), key, &digest)?))
                    .await;
                if let Err(error) = kept {
                    tracing::warn!(%error, %credential, "an app password's digest could not be moved to the current key");
                }
            }
        }
    }

    /// Finds out which of the passwords that apps sent are another one of their account.
    pub(crate) async fn look_at_suspects(&mut self, accounts: &Arc<Accounts>) {
        if let Err(error) = self.suspects.look(accounts).await {
            tracing::debug!(error = %chain(&error), "what apps sent could not be compared");
        }
    }

    pub(crate) fn has_suspects(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// Writes down what was gathered: a line of the audit log for each app password or authorised app that was tried after
    /// its end, and one notice for each and day.
    pub(crate) async fn write_down(&mut self, accounts: &Arc<Accounts>) {
        for (credential, tried) in std::mem::take(&mut self.tried) {
            match write_down(accounts, credential, tried).await {
                // Its account was deleted meanwhile: there is nobody to tell.
                Ok(()) | Err(AccountsError::NoSuchAccount) => {}
                Err(error) => {
                    tracing::warn!(%error, %credential, "that something is tried after its end could not be written down");
                }
            }
        }
    }
}

async fn leave_reset_letter(accounts: &Arc<Accounts>, login: LoginName) -> Result<(), AccountsError> {
    let found = accounts.store.read(move |s| Ok::<_, AccountsError>(s.account_by_login(&login)?)).await?;
    match found {
        Some(account) if account.state == AccountState::Active => accounts.leave_reset_letter(account.id).await,
        _ => Ok(()),
    }
}

async fn write_down(accounts: &Arc<Accounts>, credential: CredentialId, tried: Tried) -> Result<(), AccountsError> {
    let this = Arc::clone(accounts);
    accounts
        .add(move |tx| {
            let Tried { account, times, last } = &tried;
            lock_open(tx, *account)?;
            let mut detail = json!({
                "times": times, "service": last.service.name(), "client": last.client.as_deref(),
                "network": last.network.map(|n| n.to_string()),
            });
            let app = tx.grant(*account, credential.as_grant())?;
            let event = if let Some(app) = &app {
                detail["label"] = app.name.as_str().into();
                detail["client_id"] = app.client.as_str().into();
                Event::RemovedAppTried
            } else {
                Event::RevokedAppPasswordTried
            };
            this.record_by(tx, &Actor::System, *account, event, Some(credential), &detail)?;
            tx.note_try(&Use { account: *account, credential, last: last.clone() })?;
            if app.is_some_and(|app| !is_news(&app, last)) {
                return Ok(());
            }
            let now = this.clock.now();
            tx.leave_errand(&NewErrand {
                id: once_a_day(credential.as_bytes(), now),
                kind: event.name(),
                account: Some(*account),
                credential: Some(credential),
                detail: detail.to_string(),
                created_at: now,
                due_at: now,
            })?;
            Ok(())
        })
        .await
}

/// Whether its owner is to hear that an app is tried after its end: if somebody wanted that end, and the app had time to notice.
fn is_news(app: &Grant, last: &LastUse) -> bool {
    match app.state {
        CredentialState::Revoked { at, .. } => last.at.since(at) >= UNAWARE,
        CredentialState::Active | CredentialState::Expired { .. } => false,
    }
}

/// The same id all day, so that a second notice of a day is the first one.
pub(crate) fn once_a_day(about: &[u8; 16], now: Timestamp) -> EventId {
    let day = now.as_millis().div_euclid(DAY_MILLIS);
    let hash = Sha256::new().chain_update(about).chain_update(day.to_be_bytes()).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    EventId::from_bytes(id)
}
