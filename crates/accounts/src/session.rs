//! Sessions: people signing in to the portal with their primary password and a second factor, and signing out.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{
    AccountId, AccountState, Digest, DisplayName, Locale, LoginName, PrimaryPassword, Role, SessionId, Timestamp, Token,
};
use valetkey_store::{CustodyState, KeptSession, NewSession, SessionStage, StoreError, Transaction, chain};

use crate::browser::{Browser, Seen, SignedIn, Trust, is_trusted, known};
use crate::guesses::At;
use crate::journal::{Event, nothing};
use crate::password::{SeenIn, lock_passed};
use crate::{Accounts, AccountsError, SecondFactor, lock_open};

/// How long somebody who has shown the primary password may take to show the second factor.
const SECOND_FACTOR_TIME: Duration = Duration::from_mins(10);
/// How exactly it is remembered when a session was seen.
const SEEN_STEP: Duration = Duration::from_mins(1);

/// What showing the primary password led to. The token is for the browser alone.
pub enum Begun {
    /// Signed in: the account has no second factor yet, or the browser is trusted.
    SignedIn(SignedIn),
    /// The second factor is asked for next.
    SecondFactorNeeded(Token),
}

/// Somebody's signed-in browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// Names it in lists.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// The account's canonical login name.
    pub login: LoginName,
    /// The name that people see.
    pub display_name: DisplayName,
    /// The account's role, which counts only behind a second factor.
    pub role: Option<Role>,
    /// How many second factors the account has.
    pub second_factors: usize,
    /// When everything that the account has was last shown.
    pub second_factor_at: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last seen, to the minute.
    pub seen_at: Timestamp,
    /// What the browser calls itself.
    pub browser: Option<Box<str>>,
    /// From where it was signed in.
    pub network: Option<IpAddr>,
    /// The language that the account's owner chose.
    pub locale: Option<Locale>,
}

impl Session {
    /// Who they are to the policy.
    pub fn actor(&self) -> Actor {
        Actor::Holder { account: self.account, role: self.role, second_factor_at: self.second_factor_at }
    }
}

impl From<KeptSession> for Session {
    fn from(kept: KeptSession) -> Self {
        Self {
            id: kept.id,
            account: kept.account,
            login: kept.login,
            display_name: kept.display_name,
            // Whoever could do things to others with a password alone would be worth robbing of it.
            role: kept.role.filter(|_| kept.second_factors > 0),
            second_factors: kept.second_factors,
            second_factor_at: kept.second_factor_at,
            created_at: kept.created_at,
            seen_at: kept.seen_at,
            browser: kept.browser,
            network: kept.network,
            locale: kept.locale,
        }
    }
}

impl Accounts {
    /// Begins a session with the primary password. Takes as long, and says the same, whether or not there is such an
    /// account. A trusted browser is signed in at once, and steps up when it must.
    pub async fn begin_session(
        self: &Arc<Self>,
        login: &LoginName,
        password: &PrimaryPassword,
        browser: &Browser,
    ) -> Result<Begun, AccountsError> {
        let passed = self.check_password_in(login, password, SeenIn::Browser(browser)).await;
        let passed = passed.inspect_err(|error| self.log_refusal(error, browser, login))?;
        let (account, now, token) = (passed.account(), self.clock.now(), Token::generate(&*self.randomness));
        let has_factor = passed.needs_second_factor();
        let is_whole = !has_factor || passed.is_trusted();
        let new = NewSession {
            stage: if is_whole { SessionStage::SignedIn } else { SessionStage::Password },
            second_factor_at: (!has_factor).then_some(now),
            ..self.new_session(account, &token, browser)
        };
        let seen = self.seen(account, browser, Trust::Keep);
        let kept = seen.token().clone();
        let this = Arc::clone(self);
        self.add(move |tx| {
            lock_passed(tx, &passed)?;
            let is_trusted = known(tx, &seen.browser, account)?.is_some_and(|browser| is_trusted(&browser, now));
            if has_factor == tx.second_factors(account)?.is_empty() || (is_whole && has_factor && !is_trusted) {
                return Err(AccountsError::WrongPassword); // changed this very moment: ask anew
            }
            tx.insert_session(&new)?;
            if is_whole { this.record_sign_in(tx, &new, &seen) } else { Ok(()) }
        })
        .await?;
        Ok(if is_whole {
            Begun::SignedIn(SignedIn { session: token, browser: kept })
        } else {
            Begun::SecondFactorNeeded(token)
        })
    }

    /// Signs in a browser that has shown the primary password and now shows a second factor. It gets another token.
    pub async fn finish_session(
        self: &Arc<Self>,
        begun: &Token,
        shown: SecondFactor,
        browser: &Browser,
        trust: Trust,
    ) -> Result<SignedIn, AccountsError> {
        let (digest, now) = (begun.digest(), self.clock.now());
        let (account, login) = self.begun(begun).await?;
        let token = Token::generate(&*self.randomness);
        let new = NewSession {
            stage: SessionStage::SignedIn,
            second_factor_at: Some(now),
            ..self.new_session(account, &token, browser)
        };
        let standing = move |tx: &mut Transaction<'_>| {
            let kept = tx.session(&digest)?.filter(|kept| kept.stage == SessionStage::Password);
            let in_time = kept.is_some_and(|kept| now.since(kept.created_at) <= SECOND_FACTOR_TIME);
            let is_active = lock_open(tx, account)?.state == AccountState::Active;
            if in_time && is_active { Ok(()) } else { Err(AccountsError::NoSession) }
        };
        let seen = self.seen(account, browser, trust);
        let kept = seen.token().clone();
        let this = Arc::clone(self);
        let sign_in = move |tx: &mut Transaction<'_>, (): ()| {
            tx.delete_session(&digest)?;
            tx.insert_session(&new)?;
            this.record_sign_in(tx, &new, &seen)
        };
        let guess = self.guess(&At::Factor(account), None);
        let finished = self.with_second_factor(account, guess, shown, standing, sign_in).await;
        finished.inspect_err(|error| self.log_refusal(error, browser, &login))?;
        Ok(SignedIn { session: token, browser: kept })
    }

    /// Whose password a browser has shown that is now asked for the second factor.
    pub(crate) async fn begun_account(self: &Arc<Self>, begun: &Token) -> Result<AccountId, AccountsError> {
        self.begun(begun).await.map(|(account, _)| account)
    }

    async fn begun(self: &Arc<Self>, begun: &Token) -> Result<(AccountId, LoginName), AccountsError> {
        let digest = begun.digest();
        let found = self.store.read(move |s| Ok::<_, AccountsError>(s.session(&digest)?)).await?;
        found.map(|kept| (kept.account, kept.login)).ok_or(AccountsError::NoSession)
    }

    /// One line for each refusal, like those of apps' sign-ins: fail2ban reads both. Of a name that nobody may have only a
    /// keyed hash is shown, since people type passwords there.
    fn log_refusal(&self, error: &AccountsError, browser: &Browser, login: &LoginName) {
        let why = match error {
            AccountsError::WrongPassword => "wrong-password",
            AccountsError::WrongCode => "wrong-code",
            AccountsError::WrongPasskey => "wrong-passkey",
            AccountsError::Wait(_) => "throttled",
            _ => return,
        };
        // Behind a right password it is somebody's name.
        let is_known = matches!(error, AccountsError::WrongCode | AccountsError::WrongPasskey);
        let hidden = (!is_known).then(|| self.keys.log_name(login.as_str()));
        tracing::info!(
            target: "sign-in",
            outcome = "refused",
            why,
            service = "portal",
            network = browser.network.map(|n| n.to_canonical()).map(tracing::field::display),
            tls = true,
            login = hidden.as_deref().unwrap_or(login.as_str()),
        );
    }

    /// The session of a token, if it is signed in and its time is not over. Nobody counts as using it for that.
    pub async fn look_at_session(self: &Arc<Self>, token: &Token) -> Result<Option<Session>, AccountsError> {
        // In a store that somebody else may hold by now, a session may have ended long ago.
        if self.store.custody().state() != CustodyState::Held {
            return Err(StoreError::NotHeld.into());
        }
        let (digest, now) = (token.digest(), self.clock.now());
        let kept = self.store.read(move |s| s.session(&digest)).await?;
        Ok(kept.filter(|kept| self.is_open(kept, now)).map(Into::into))
    }

    /// The same for whoever uses it now.
    pub async fn session(self: &Arc<Self>, token: &Token) -> Result<Option<Session>, AccountsError> {
        let (digest, now) = (token.digest(), self.clock.now());
        let Some(open) = self.look_at_session(token).await? else { return Ok(None) };
        if now.since(open.seen_at) >= SEEN_STEP {
            // That it cannot be noted takes nothing from whoever looks at a page.
            if let Err(error) = self.add(move |tx| Ok(tx.touch_session(&digest, now)?)).await {
                tracing::warn!(error = %chain(&error), "that a session was seen could not be written down");
            }
        }
        Ok(Some(open))
    }

    /// Notes that a signed-in person has shown a second factor once more. The browser gets another token.
    pub async fn step_up(
        self: &Arc<Self>,
        session: &Session,
        token: &Token,
        shown: SecondFactor,
    ) -> Result<Token, AccountsError> {
        let (account, old, now) = (session.account, token.digest(), self.clock.now());
        let new = Token::generate(&*self.randomness);
        let renewed = new.digest();
        let standing = move |tx: &mut Transaction<'_>| lock_open(tx, account).map(drop);
        let renew = move |tx: &mut Transaction<'_>, (): ()| stepped_up(tx, &old, &renewed, now);
        let guess = self.guess(&At::Session(session.id), None);
        self.with_second_factor(account, guess, shown, standing, renew).await?;
        Ok(new)
    }

    /// The same for somebody who has no second factor: the password is all there is to be shown.
    pub async fn step_up_with_password(
        self: &Arc<Self>,
        session: &Session,
        token: &Token,
        password: &PrimaryPassword,
    ) -> Result<Token, AccountsError> {
        let passed = self.check_own_password(session, password).await?;
        let (old, now, new) = (token.digest(), self.clock.now(), Token::generate(&*self.randomness));
        let renewed = new.digest();
        self.add(move |tx| {
            lock_passed(tx, &passed)?;
            if !tx.second_factors(passed.account())?.is_empty() {
                return Err(AccountsError::WrongCode); // one was added this very moment, and is asked for now
            }
            stepped_up(tx, &old, &renewed, now)
        })
        .await?;
        Ok(new)
    }

    /// Gives a signed-in browser another token, since whoever has copied the old one must not stay signed in. Nothing was
    /// shown by that.
    pub async fn renew_session(self: &Arc<Self>, session: &Session, token: &Token) -> Result<Token, AccountsError> {
        let (account, old, new) = (session.account, token.digest(), Token::generate(&*self.randomness));
        let renewed = new.digest();
        self.add(move |tx| {
            lock_open(tx, account)?;
            if tx.renew_session(&old, &renewed)? { Ok(()) } else { Err(AccountsError::NoSession) }
        })
        .await?;
        Ok(new)
    }

    /// A token for a browser that is not signed in, by which its forms are known.
    pub fn new_token(&self) -> Token {
        Token::generate(&*self.randomness)
    }

    /// Signs a browser out. One that is signed out already is no error.
    pub async fn end_session(self: &Arc<Self>, token: &Token) -> Result<(), AccountsError> {
        let digest = token.digest();
        self.add(move |tx| tx.delete_session(&digest).map(drop).map_err(Into::into)).await
    }

    /// An account's signed-in browsers, the newest first.
    pub async fn sessions(self: &Arc<Self>, actor: &Actor, account: AccountId) -> Result<Vec<Session>, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                let kept = s.sessions(account)?;
                Ok(kept.into_iter().filter(|kept| this.is_open(kept, now)).map(Into::into).collect())
            })
            .await
    }

    /// Signs out one of an account's browsers; `false` if it was signed out already.
    pub async fn end_session_of(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: SessionId,
    ) -> Result<bool, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (_, permit) = this.lock::<act::SignOut>(tx, &actor, account)?;
            let ended = tx.delete_session_of(account, id)?;
            if ended {
                this.record(tx, &permit, Event::SessionEnded, None, &nothing())?;
            }
            Ok(ended)
        })
        .await
    }

    fn is_open(&self, kept: &KeptSession, now: Timestamp) -> bool {
        kept.stage == SessionStage::SignedIn
            && kept.state == AccountState::Active
            && now.since(kept.created_at) < self.settings.session_max
            && now.since(kept.seen_at) < self.settings.session_idle
    }

    fn new_session(&self, account: AccountId, token: &Token, browser: &Browser) -> NewSession {
        let now = self.clock.now();
        NewSession {
            id: SessionId::new(now, &*self.randomness),
            digest: token.digest(),
            account,
            stage: SessionStage::Password,
            created_at: now,
            second_factor_at: None,
            browser: browser.name.clone(),
            network: browser.network,
        }
    }

    /// A new session that is signed in as a whole: everything that the account has was shown.
    pub(crate) fn whole_session(&self, account: AccountId, token: &Token, browser: &Browser) -> NewSession {
        let new = self.new_session(account, token, browser);
        NewSession { stage: SessionStage::SignedIn, second_factor_at: Some(new.created_at), ..new }
    }

    /// What there is to remember of a browser in which somebody signs in.
    pub(crate) fn seen(&self, account: AccountId, browser: &Browser, trust: Trust) -> Seen {
        let (new_token, at) = (Token::generate(&*self.randomness), self.clock.now());
        Seen { account, browser: browser.clone(), new_token, trust, at }
    }

    /// Writes down that somebody signed in, and tells them if it was from a browser that their account does not know.
    pub(crate) fn record_sign_in(
        &self,
        tx: &mut Transaction<'_>,
        new: &NewSession,
        seen: &Seen,
    ) -> Result<(), AccountsError> {
        if !self.remember_browser(tx, seen)? {
            let detail = json!({ "browser": new.browser, "network": new.network.map(|n| n.to_string()) });
            let event = Event::SignedInFromNewBrowser;
            return self.record_by(tx, &holder(new), new.account, event, None, &detail);
        }
        self.record_known(tx, new)
    }

    /// The same for the first sign-in of all.
    pub(crate) fn record_first_sign_in(
        &self,
        tx: &mut Transaction<'_>,
        new: &NewSession,
        seen: &Seen,
    ) -> Result<(), AccountsError> {
        self.remember_browser(tx, seen)?;
        self.record_known(tx, new)
    }

    fn record_known(&self, tx: &mut Transaction<'_>, new: &NewSession) -> Result<(), AccountsError> {
        let detail = json!({ "browser": new.browser, "network": new.network.map(|n| n.to_string()) });
        self.record_by(tx, &holder(new), new.account, Event::SignedIn, None, &detail)
    }
}

/// Everything was shown once more: the session gets another token, which what was copied before is not.
fn stepped_up(tx: &mut Transaction<'_>, old: &Digest, new: &Digest, now: Timestamp) -> Result<(), AccountsError> {
    if !tx.renew_session(old, new)? {
        return Err(AccountsError::NoSession);
    }
    Ok(tx.note_step_up(new, now)?)
}

fn holder(new: &NewSession) -> Actor {
    Actor::Holder { account: new.account, role: None, second_factor_at: new.second_factor_at }
}
