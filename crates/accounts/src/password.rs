//! Primary passwords: proving one, setting, changing and resetting it.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, act};
use valetkey_domain::{
    Account, AccountId, AccountState, Kind, LinkKind, LoginName, Plain, PrimaryPassword, RejectedPassword,
    RevocationReason, SessionId,
};
use valetkey_store::Transaction;

use crate::browser::{Browser, is_trusted, known};
use crate::gate::Credentials;
use crate::guesses::At;
use crate::journal::{Event, nothing};
use crate::{Accounts, AccountsError, AppCounts, Asked, Ending, Session, lock_open, open};

/// Somebody knew an account's primary password just now. Not yet signed in: a second factor may be asked for. Worth nothing
/// any more once the password is replaced.
#[derive(Clone)]
pub struct Passed {
    account: AccountId,
    has_second_factor: bool,
    is_trusted: bool,
    /// What is kept of the password that was known.
    hash: Arc<Plain<String>>,
}

impl Passed {
    /// Whose password it was.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Whether it was shown in a browser that may leave the second factor out.
    pub(crate) fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Whether the account has a second factor, to be shown as well.
    pub fn needs_second_factor(&self) -> bool {
        self.has_second_factor
    }
}

/// Where a password is shown.
#[derive(Clone, Copy)]
pub(crate) enum SeenIn<'a> {
    /// In a browser that is not signed in.
    Browser(&'a Browser),
    /// In one that is.
    Session(SessionId),
}

/// What replacing a primary password led to.
#[derive(Debug, Clone, Copy)]
pub struct PasswordReplaced {
    /// What was revoked and removed.
    pub revoked: AppCounts,
    /// How many connections were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
}

/// Why a password is replaced.
enum Replaced {
    Changed(Passed, Option<SessionId>),
    Reset,
}

impl Replaced {
    /// The one browser that stays signed in.
    fn kept_session(&self) -> Option<SessionId> {
        match self {
            Self::Changed(_, kept) => *kept,
            Self::Reset => None,
        }
    }
}

impl Accounts {
    /// Checks a primary password. Takes as long, and says the same, whether or not there is such an account.
    pub async fn check_password(
        self: &Arc<Self>,
        login: &LoginName,
        password: &PrimaryPassword,
    ) -> Result<Passed, AccountsError> {
        self.check_password_in(login, password, SeenIn::Browser(&Browser::default())).await
    }

    /// The same, for somebody who is signed in. However often others guess elsewhere, here one need not wait.
    pub async fn check_own_password(
        self: &Arc<Self>,
        session: &Session,
        password: &PrimaryPassword,
    ) -> Result<Passed, AccountsError> {
        self.check_password_in(&session.login, password, SeenIn::Session(session.id)).await
    }

    /// The same, in a browser. One that the account knows is throttled by itself: whoever guesses elsewhere cannot keep the
    /// owner out.
    pub(crate) async fn check_password_in(
        self: &Arc<Self>,
        login: &LoginName,
        password: &PrimaryPassword,
        seen_in: SeenIn<'_>,
    ) -> Result<Passed, AccountsError> {
        let browser = match seen_in {
            SeenIn::Browser(browser) => browser.clone(),
            SeenIn::Session(_) => Browser::default(),
        };
        let (sought, now) = (login.clone(), self.clock.now());
        let found = self
            .store
            .read(move |s| -> Result<_, AccountsError> {
                let Some(account) = s.account_by_login(&sought)? else { return Ok(None) };
                let kept = s.primary_password(account.id)?;
                let has_second_factor = !s.second_factors(account.id)?.is_empty();
                let known = known(s, &browser, account.id)?;
                Ok(Some((account, kept, has_second_factor, known)))
            })
            .await?;
        let usable = found.filter(|(account, ..)| account.state == AccountState::Active);
        let guessed = match (&usable, seen_in) {
            (_, SeenIn::Session(session)) => self.guess(&At::Session(session), None),
            (None, SeenIn::Browser(browser)) => self.guess(&At::Name(login.as_str()), Some(browser)),
            (Some((.., Some(known))), SeenIn::Browser(browser)) => self.guess(&At::Known(known.id), Some(browser)),
            (Some((account, .., None)), SeenIn::Browser(browser)) => {
                self.guess(&At::Password(account.id), Some(browser))
            }
        };
        self.count_guess(guessed)?;
        let kept = usable.as_ref().and_then(|(_, kept, ..)| kept.as_deref());
        // What was not looked at, since too many wait for a hash, was no guess.
        let right = self.hasher.check(password, kept).await.inspect_err(|_| self.take_back_guess(guessed))?;
        match usable {
            Some((account, Some(kept), has_second_factor, known)) if right => {
                self.take_back_guess(guessed);
                let is_outdated = self.hasher.is_outdated(&kept);
                let is_trusted = known.is_some_and(|browser| is_trusted(&browser, now));
                let hash = Arc::new(Plain::new(kept));
                let passed = Passed { account: account.id, has_second_factor, is_trusted, hash };
                if is_outdated { self.rehash(passed, password).await } else { Ok(passed) }
            }
            _ => Err(AccountsError::WrongPassword),
        }
    }

    /// Replaces the primary password of somebody who just knew the old one. Revokes all app passwords, removes all authorised
    /// apps, and signs out every browser but the one in which it was done.
    pub async fn change_password(
        self: &Arc<Self>,
        actor: &Actor,
        passed: &Passed,
        new: &PrimaryPassword,
        kept: Option<SessionId>,
    ) -> Result<PasswordReplaced, AccountsError> {
        self.replace_password(actor, passed.account, new, Replaced::Changed(passed.clone(), kept)).await
    }

    /// Replaces the primary password of somebody who does not know it, or sets the first one. Revokes all app passwords, and
    /// removes all authorised apps; the second factors stay.
    pub async fn reset_password(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        new: &PrimaryPassword,
    ) -> Result<PasswordReplaced, AccountsError> {
        self.replace_password(actor, account, new, Replaced::Reset).await
    }

    async fn replace_password(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        new: &PrimaryPassword,
        how: Replaced,
    ) -> Result<PasswordReplaced, AccountsError> {
        let found = self.store.read(move |s| Ok::<_, AccountsError>(s.account(account)?)).await?;
        refuse_like(new, open(found)?.canonical_login())?;
        if let Replaced::Changed(passed, _) = &how {
            self.refuse_as_before(new, Some(passed.hash.expose())).await?;
        }
        let hash = self.hasher.hash(new, &*self.randomness).await?;
        let (this, actor) = (Arc::clone(self), actor.clone());
        let changed = self
            .change(move |tx| {
                let revoked = match &how {
                    Replaced::Changed(passed, _) => {
                        let (found, permit) = this.lock::<act::ChangePrimaryPassword>(tx, &actor, account)?;
                        refuse_devices(found.kind)?;
                        lock_passed(tx, passed)?;
                        this.record(tx, &permit, Event::PasswordChanged, None, &nothing())?;
                        this.revoke_everything(tx, &permit, RevocationReason::PasswordChanged)?
                    }
                    Replaced::Reset => {
                        let (found, permit) = this.lock::<act::ResetPrimaryPassword>(tx, &actor, account)?;
                        refuse_devices(found.kind)?;
                        let first = found.state == AccountState::Invited;
                        if first {
                            tx.set_account_state(account, AccountState::Active)?;
                        }
                        let event = if first { Event::PasswordSet } else { Event::PasswordReset };
                        this.record(tx, &permit, event, None, &json!({ "by": actor.to_string() }))?;
                        this.revoke_everything(tx, &permit, RevocationReason::PasswordReset)?
                    }
                };
                this.keep_new_password(tx, account, &hash)?;
                end_what_the_password_opened(tx, account, how.kept_session())?;
                let found = tx.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let why = match how {
                    Replaced::Changed(..) => RevocationReason::PasswordChanged,
                    Replaced::Reset => RevocationReason::PasswordReset,
                };
                Ok((revoked, this.taken(&found, Credentials::All, Ending::Revoked(why))))
            })
            .await?;
        Ok(PasswordReplaced { revoked: changed.value, closed: changed.closed, asked: changed.asked })
    }

    /// Keeps another password than before. Whether apps still send the one that came with an import is told for a while.
    pub(crate) fn keep_new_password(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        hash: &str,
    ) -> Result<(), AccountsError> {
        tx.set_primary_password(account, hash, self.clock.now())?;
        if self.settings.old_password_retention.is_zero() {
            tx.forget_old_password(account)?;
        }
        Ok(())
    }

    /// Keeps a password anew at the present cost. That it fails is no reason to refuse a right password.
    async fn rehash(&self, passed: Passed, password: &PrimaryPassword) -> Result<Passed, AccountsError> {
        let Ok(hash) = self.hasher.hash(password, &*self.randomness).await else { return Ok(passed) };
        let (old, new) = (passed.clone(), hash.clone());
        let kept = self
            .add(move |tx: &mut Transaction<'_>| {
                // One that was replaced meanwhile must not come back.
                lock_passed(tx, &old)?;
                Ok(tx.rehash_primary_password(old.account, &new)?)
            })
            .await;
        match kept {
            Ok(()) => Ok(Passed { hash: Arc::new(Plain::new(hash)), ..passed }),
            Err(error) => {
                let account = passed.account;
                tracing::warn!(%error, %account, "a password's hash could not be brought up to date");
                self.passed_again(passed, password).await
            }
        }
    }

    /// Whether it was kept is not known, or somebody else who knew it kept it anew meanwhile: then another hash of the same
    /// password is the one that counts.
    async fn passed_again(&self, passed: Passed, password: &PrimaryPassword) -> Result<Passed, AccountsError> {
        let account = passed.account;
        let kept = self.store.read(move |s| Ok::<_, AccountsError>(s.primary_password(account)?)).await?;
        match kept {
            Some(kept) if kept == *passed.hash.expose() => Ok(passed),
            Some(kept) if self.hasher.check(password, Some(&kept)).await? => {
                Ok(Passed { hash: Arc::new(Plain::new(kept)), ..passed })
            }
            _ => Err(AccountsError::WrongPassword),
        }
    }

    pub(crate) fn guess_key(&self, account: AccountId) -> u64 {
        self.logins.short(&account.to_string())
    }
}

/// Locks the account of somebody who knew its primary password, if that is still the one.
pub(crate) fn lock_passed(tx: &mut Transaction<'_>, passed: &Passed) -> Result<Account, AccountsError> {
    let account = lock_open(tx, passed.account)?;
    let kept = tx.primary_password(passed.account)?;
    if account.state != AccountState::Active || kept.as_ref() != Some(passed.hash.expose()) {
        return Err(AccountsError::WrongPassword);
    }
    Ok(account)
}

impl Accounts {
    /// Whoever replaces a password that others may know has done nothing with the same one.
    pub(crate) async fn refuse_as_before(
        &self,
        new: &PrimaryPassword,
        kept: Option<&str>,
    ) -> Result<(), AccountsError> {
        let is_the_same = kept.is_some() && self.hasher.check(new, kept).await?;
        if is_the_same { Err(RejectedPassword::AsBefore.into()) } else { Ok(()) }
    }
}

/// Signs out every browser but one, ends the trust in all, and takes back the links with which the password could be
/// replaced once more.
pub(crate) fn end_what_the_password_opened(
    tx: &mut Transaction<'_>,
    account: AccountId,
    kept: Option<SessionId>,
) -> Result<(), AccountsError> {
    tx.delete_sessions(account, kept)?;
    tx.distrust_browsers(account)?;
    for kind in [LinkKind::Reset, LinkKind::Invitation, LinkKind::NoticeAddress] {
        tx.delete_links(account, kind)?;
    }
    // Nor is a letter sent any more to an address that a thief gave.
    tx.forget_errands(account, Event::NoticeAddressGiven.name())?;
    Ok(())
}

/// A login name is no secret, so it is no password either.
pub(crate) fn refuse_like(password: &PrimaryPassword, login: &LoginName) -> Result<(), AccountsError> {
    if password.is_like(login) { Err(RejectedPassword::LikeLogin.into()) } else { Ok(()) }
}

pub(crate) fn refuse_devices(kind: Kind) -> Result<(), AccountsError> {
    if kind == Kind::Device { Err(AccountsError::Device) } else { Ok(()) }
}
