//! Apps that open a page to get an app password of their own, as Nextcloud's Login Flow v2 has it and apps of calendars and
//! contacts speak it: the app opens a page, its user says what the app may open, and the app, which has asked all the while, gets
//! an app password that nobody has seen.
//!
//! The app password is made by the poll that gets it: until then there is no secret, and afterwards none is kept.

use std::net::IpAddr;
use std::sync::Arc;

use valetkey_domain::oauth::Requested;
use valetkey_domain::policy::{Actor, act};
use valetkey_domain::{AccountId, Label, LastUse, LoginName, Networks, Plain, Scope, Scopes, Token};
use valetkey_store::{ApprovalState, Given, KeptApproval};

use crate::approval::{Asking, Waiting};
use crate::browser::Browser;
use crate::{Accounts, AccountsError, CreateAppPassword, CreatedAppPassword, lock_open};

/// What an app gets that begins.
pub struct LoginFlow {
    /// With which it asks for its app password, for the app alone.
    pub poll: Plain<String>,
    /// What stands in the address of the page that it opens.
    pub page: Plain<String>,
}

/// An app password for the app that has asked for it.
pub struct PolledAppPassword {
    /// The account's canonical login name.
    pub login: LoginName,
    /// What was made.
    pub created: CreatedAppPassword,
}

impl Accounts {
    /// An app begins: it wants an app password for calendars and contacts.
    pub async fn begin_login_flow(
        self: &Arc<Self>,
        name: Label,
        network: Option<IpAddr>,
        agent: Option<&str>,
    ) -> Result<LoginFlow, AccountsError> {
        let [poll, page] = [(); 2].map(|()| Token::generate(&*self.randomness));
        let scopes = Scopes::NONE.with(Scope::Contacts).with(Scope::Calendars);
        self.await_approval(Asking {
            digest: poll.digest(),
            page: page.digest(),
            client: None,
            name,
            asked: Requested { scopes, openid: false, offline: true },
            network,
            agent: agent.and_then(LastUse::client_name),
        })
        .await?;
        Ok(LoginFlow { poll: poll.reveal(), page: page.reveal() })
    }

    /// What the page is about whose address has this token.
    pub async fn login_flow(self: &Arc<Self>, page: &str, browser: &Browser) -> Result<Waiting, AccountsError> {
        Ok(Waiting::new(self.login_flow_at(page).await?, browser))
    }

    /// The account's owner gives the app an app password under this label, behind two factors; or with `None` gives it none.
    pub async fn answer_login_flow(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        page: &str,
        answer: Option<(Label, Scopes)>,
    ) -> Result<(), AccountsError> {
        let (kept, now) = (self.login_flow_at(page).await?, self.clock.now());
        let answered = match answer {
            Some((name, scopes)) => {
                let given = Requested { scopes, ..kept.given };
                if scopes.is_empty() || !given.is_within(&kept.given) {
                    return Err(AccountsError::NoScope);
                }
                let answer = Given { account, name, given, signed_in_at: now };
                let (this, actor) = (Arc::clone(self), actor.clone());
                self.add(move |tx| {
                    let (found, _permit) = this.lock::<act::CreateAppPassword>(tx, &actor, account)?;
                    crate::app_password::may_have_one_more(tx, &found, now)?;
                    Ok(tx.give_approval(&kept.digest, &answer, now)?)
                })
                .await?
            }
            None => self.deny(kept.digest, account).await?,
        };
        if answered { Ok(()) } else { Err(AccountsError::LinkOver) }
    }

    async fn login_flow_at(self: &Arc<Self>, page: &str) -> Result<KeptApproval, AccountsError> {
        let page = Token::presented(page).ok_or(AccountsError::LinkOver)?;
        let found = self.waiting(page.digest()).await?;
        found.filter(|kept| kept.client.is_none()).ok_or(AccountsError::LinkOver)
    }

    /// Makes the app password that an app asks for, if its user has said yes: once. `None` as long as nobody has, and when it is
    /// over; which of them, the app cannot tell.
    pub async fn poll_login_flow(self: &Arc<Self>, token: &str) -> Result<Option<PolledAppPassword>, AccountsError> {
        let Some(digest) = Token::presented(token).map(|token| token.digest()) else { return Ok(None) };
        let (found, now) =
            (self.store.read(move |s| Ok::<_, AccountsError>(s.approval(&digest)?)).await?, self.clock.now());
        let is_given =
            |kept: &KeptApproval| kept.client.is_none() && kept.state == ApprovalState::Given && kept.expires_at > now;
        let Some(kept) = found.filter(is_given) else { return Ok(None) };
        let Some(account) = kept.account else { return Ok(None) };
        let new = CreateAppPassword {
            label: kept.name.clone(),
            scopes: Some(kept.given.scopes),
            networks: Networks::default(),
            expires_at: None,
        };
        let (secret, row) = self.drawn(account, new, now);
        let (this, owner) = (Arc::clone(self), Actor::Holder { account, role: None, second_factor_at: None });
        let made = self
            .add(move |tx| {
                let found = lock_open(tx, account)?;
                if !tx.use_approval(&digest, None)? {
                    return Ok(None);
                }
                crate::app_password::may_have_one_more(tx, &found, now)?;
                let made = this.insert_app_password(tx, &owner, &row, kept.begun.network)?;
                Ok(Some((found.canonical_login().clone(), made)))
            })
            .await;
        let made = match made {
            // What stands in the way now is its owner's affair: the app asks again, until it is too late.
            Err(error) if is_owners_affair(&error) => None,
            other => other?,
        };
        Ok(made.map(|(login, app_password)| PolledAppPassword {
            login,
            created: CreatedAppPassword { app_password, secret: secret.reveal() },
        }))
    }
}

fn is_owners_affair(error: &AccountsError) -> bool {
    matches!(
        error,
        AccountsError::TooManyActive(_)
            | AccountsError::NoSecondFactor
            | AccountsError::NotActive(_)
            | AccountsError::NoSuchAccount
    )
}
