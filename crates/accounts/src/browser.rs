//! Browsers: which of them an account knows, and which may leave the second factor out.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, BrowserId, LastUse, Timestamp, Token};
use valetkey_store::{KnownBrowser, NewBrowser, Snapshot, Transaction};

use crate::journal::{Event, nothing};
use crate::{Accounts, AccountsError};

/// Browsers that an account remembers; with more, those not seen for longest are forgotten.
const KNOWN_MAX: usize = 50;

/// The browser that somebody uses, as far as it says.
#[derive(Clone, Default)]
pub struct Browser {
    /// What it calls itself.
    pub name: Option<Box<str>>,
    /// From where.
    pub network: Option<IpAddr>,
    /// What it was given when somebody signed in there before.
    pub token: Option<Token>,
}

impl Browser {
    /// A browser by what it sent as `User-Agent`, of which only so much is kept as is harmless.
    pub fn new(user_agent: Option<&str>, network: Option<IpAddr>, token: Option<Token>) -> Self {
        Self { name: user_agent.and_then(LastUse::client_name), network, token }
    }
}

/// A browser that is now signed in, and what it must keep for that.
pub struct SignedIn {
    /// Of the session: it is gone when the browser is closed.
    pub session: Token,
    /// Of the browser: by it, it is known the next time.
    pub browser: Token,
}

/// Whether a browser may leave the second factor out from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It may, for a while.
    Begin,
    /// As it was.
    Keep,
}

/// Somebody has signed in: what there is to remember of the browser.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) account: AccountId,
    pub(crate) browser: Browser,
    /// Drawn beforehand, for a browser that needs a new one.
    pub(crate) new_token: Token,
    pub(crate) trust: Trust,
    pub(crate) at: Timestamp,
}

impl Seen {
    /// The token that the browser has from now on. One that is trusted gets a new one, which nobody can have put there.
    pub(crate) fn token(&self) -> &Token {
        match (&self.browser.token, self.trust) {
            (Some(token), Trust::Keep) => token,
            _ => &self.new_token,
        }
    }
}

impl Accounts {
    /// For how many days a browser may leave the second factor out.
    pub fn browser_trust_days(&self) -> usize {
        usize::try_from(self.settings.browser_trust.as_secs() / 86_400).unwrap_or(usize::MAX)
    }

    /// The browsers that may leave the second factor out, the newest first.
    pub async fn trusted_browsers(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Vec<KnownBrowser>, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = s.account(account)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                let known = s.browsers(account)?;
                Ok(known.into_iter().filter(|browser| is_trusted(browser, now)).collect())
            })
            .await
    }

    /// Ends the trust in one of an account's browsers; `false` if it had ended.
    pub async fn distrust_browser(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        id: BrowserId,
    ) -> Result<bool, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (_, permit) = this.lock::<act::SignOut>(tx, &actor, account)?;
            let ended = tx.distrust_browser(account, id)?;
            if ended {
                this.record(tx, &permit, Event::BrowserDistrusted, None, &nothing())?;
            }
            Ok(ended)
        })
        .await
    }

    /// Remembers a browser in which somebody has just signed in. Says whether the account knew it.
    pub(crate) fn remember_browser(&self, tx: &mut Transaction<'_>, seen: &Seen) -> Result<bool, AccountsError> {
        let (account, browser) = (seen.account, &seen.browser);
        let presented = browser.token.as_ref().map(Token::digest);
        let known = presented.map(|digest| tx.browser(&digest, account)).transpose()?.flatten();
        let digest = seen.token().digest();
        if let Some(old) = presented.filter(|old| *old != digest) {
            tx.renew_browser(&old, &digest)?;
        }
        let is_trusted = seen.trust == Trust::Begin;
        tx.remember_browser(&NewBrowser {
            id: BrowserId::new(seen.at, &*self.randomness),
            digest,
            account,
            name: browser.name.clone(),
            network: browser.network,
            at: seen.at,
            trusted_until: is_trusted.then(|| seen.at + self.settings.browser_trust),
        })?;
        tx.keep_browsers(account, KNOWN_MAX)?;
        if is_trusted {
            let actor = Actor::Holder { account, role: None, second_factor_at: Some(seen.at) };
            let detail = json!({ "browser": browser.name, "network": browser.network.map(|n| n.to_string()) });
            self.record_by(tx, &actor, account, Event::BrowserTrusted, None, &detail)?;
        }
        Ok(known.is_some())
    }
}

/// The browser as an account knows it, if somebody has signed in there before.
pub(crate) fn known(
    s: &mut Snapshot<'_>,
    browser: &Browser,
    account: AccountId,
) -> Result<Option<KnownBrowser>, AccountsError> {
    let Some(token) = &browser.token else { return Ok(None) };
    Ok(s.browser(&token.digest(), account)?)
}

/// Whether a browser may leave the second factor out.
pub(crate) fn is_trusted(browser: &KnownBrowser, now: Timestamp) -> bool {
    browser.trusted_until.is_some_and(|until| now < until)
}
