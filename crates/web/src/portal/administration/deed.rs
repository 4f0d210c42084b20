//! What is done to an account: asked once, with what will happen, then done, with what did.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use valetkey_accounts::{AccountsError, AppCounts};
use valetkey_domain::policy::{Action, Actor};
use valetkey_domain::{AccountState, AppPasswordId, LoginName};

use super::super::{Answer, elsewhere, ended, go};
use super::settings::time;
use super::{Subject, device, link, staff, step_up_at};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::locale::Words;
use crate::page::{Frame, render};
use crate::visit::Visit;

/// What one may do to an account with one button.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    RevokeAll,
    SignOut,
    Reset,
    Suspend,
    Resume,
    Delete,
    RemoveFactors,
    KeepFactors,
}

impl Deed {
    /// By the last part of its address.
    fn find(name: &str) -> Option<Self> {
        Some(match name {
            "revoke-all" => Self::RevokeAll,
            "sign-out" => Self::SignOut,
            "reset" => Self::Reset,
            "suspend" => Self::Suspend,
            "resume" => Self::Resume,
            "delete" => Self::Delete,
            "remove-factors" => Self::RemoveFactors,
            "keep-factors" => Self::KeepFactors,
            _ => return None,
        })
    }

    const fn action(self) -> Action {
        match self {
            Self::RevokeAll => Action::RevokeAppPasswords,
            Self::SignOut => Action::SignOut,
            Self::Reset => Action::ResetPrimaryPassword,
            Self::Suspend => Action::SuspendAccount,
            Self::Resume => Action::ResumeAccount,
            Self::Delete => Action::DeleteAccount,
            Self::RemoveFactors => Action::AskFactorsRemoval,
            Self::KeepFactors => Action::StopFactorsRemoval,
        }
    }

    /// Whether other servers are told at once.
    const fn is_told(self) -> bool {
        matches!(self, Self::RevokeAll | Self::SignOut | Self::Suspend | Self::Delete)
    }

    /// Whether it ends something.
    const fn ends(self) -> bool {
        !matches!(self, Self::Reset | Self::Resume | Self::KeepFactors)
    }

    /// The messages of its question and of its button.
    fn messages(self, is_invited: bool) -> [&'static str; 2] {
        match self {
            Self::RevokeAll => ["ask-revoke-all", "revoke-all"],
            Self::SignOut => ["ask-sign-out", "sign-out-everywhere"],
            Self::Reset if is_invited => ["ask-invite-again", "make-invitation"],
            Self::Reset => ["ask-reset", "ask-reset-button"],
            Self::Suspend => ["ask-suspend", "suspend"],
            Self::Resume => ["ask-resume", "resume"],
            Self::Delete => ["ask-delete", "delete"],
            Self::RemoveFactors => ["ask-remove-factors", "remove-factors"],
            Self::KeepFactors => ["ask-keep-factors", "keep-factors"],
        }
    }
}

/// What an account has at this moment that may go.
struct Standing {
    apps: AppCounts,
    connected: usize,
    browsers: usize,
    removal_wait: Duration,
}

impl Standing {
    async fn of(portal: &Portal, actor: &Actor, subject: &Subject) -> Result<Self, Failure> {
        let id = subject.account().id;
        Ok(Self {
            apps: ended::there_is(portal, actor, id).await?,
            connected: portal.accounts.connections(actor, Some(id), usize::MAX).await?.len(),
            browsers: portal.accounts.sessions(actor, id).await?.len(),
            removal_wait: portal.accounts.settings().factor_removal_wait,
        })
    }

    /// What a deed will do, before it does.
    fn facts(&self, deed: Deed, subject: &Subject, w: &Words) -> Vec<String> {
        let apps = if self.apps.is_none() { Vec::new() } else { ended::before(w, "revoke-all-text", self.apps) };
        let connected = Some(w.count("revoke-all-connected", "count", &self.connected));
        let browsers = (self.browsers > 0).then(|| w.count("browsers-signed-out", "count", &self.browsers));
        let said = |name| Some(w.say(name));
        let facts = match deed {
            Deed::RevokeAll => vec![connected],
            Deed::SignOut => vec![browsers, connected, said("sign-out-may-return")],
            Deed::Reset if subject.account().state == AccountState::Invited => vec![said("invite-again-text")],
            Deed::Reset => {
                let stay = (!subject.details.factors.is_empty()).then(|| w.say("reset-factors-stay"));
                vec![said("ask-reset-text"), stay]
            }
            Deed::Suspend => vec![connected, browsers, said("suspend-text")],
            Deed::Resume => vec![said("resume-text")],
            Deed::Delete => {
                let factors = w.count("delete-factors", "count", &subject.details.factors.len());
                vec![connected, browsers, Some(factors), said("delete-names"), said("delete-audit")]
            }
            Deed::RemoveFactors => {
                let wait = w.about("remove-factors-wait", "time", &time(w, self.removal_wait));
                let told = if subject.is_told() { "remove-factors-told" } else { "remove-factors-untold" };
                vec![said(told), Some(wait)]
            }
            Deed::KeepFactors => vec![said("keep-factors-text")],
        };
        let facts = facts.into_iter().flatten();
        match deed {
            Deed::RevokeAll | Deed::Suspend | Deed::Delete => apps.into_iter().chain(facts).collect(),
            Deed::RemoveFactors => facts.chain(apps).collect(),
            Deed::SignOut | Deed::Reset | Deed::Resume | Deed::KeepFactors => facts.collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "admin_ask.html")]
pub(super) struct AskPage<'a> {
    pub(super) f: &'a Frame<'a>,
    pub(super) subject: &'a Subject,
    pub(super) title: String,
    pub(super) action: String,
    pub(super) button: String,
    pub(super) ends: bool,
    pub(super) facts: Vec<String>,
    /// What the form brings besides.
    pub(super) field: Option<(&'static str, &'a str)>,
}

pub(super) async fn ask(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path((id, deed)): Path<(String, String)>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let found = Deed::find(&deed).ok_or(Failure::NotFound)?;
    subject.must(found.action(), &visit)?;
    let standing = Standing::of(&portal, &staff(&visit)?.actor(), &subject).await?;
    let (f, w) = (Frame::new(&portal, &visit), &visit.words);
    let [title, button] = found.messages(subject.account().state == AccountState::Invited);
    let title = match found {
        Deed::RevokeAll => ended::question(standing.apps, [title, "ask-revoke-all-apps", "ask-remove-all"]),
        _ => title,
    };
    let mut facts = standing.facts(found, &subject, w);
    if found.is_told() {
        facts.extend(elsewhere::plan(&portal, w));
    }
    Ok(render(&AskPage {
        f: &f,
        title: w.about(title, "name", subject.name()),
        action: format!("{}/{deed}", subject.page),
        button: w.say(button),
        ends: found.ends(),
        facts,
        field: None,
        subject: &subject,
    }))
}

/// Does it, and says what it did.
pub(super) async fn act(
    State(portal): State<Arc<Portal>>,
    Path((id, deed)): Path<(String, String)>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let found = Deed::find(&deed).ok_or(Failure::NotFound)?;
    let account = subject.account().id;
    if found == Deed::Reset {
        return link::make(&portal, &visit, account).await;
    }
    let news = carry_out(&portal, &visit, &subject, found).await;
    let news = news.map_err(|error| step_up_at(error, &format!("{}/{deed}", subject.page)))?;
    portal.tell(&visit, news)?;
    Ok(go(if found == Deed::Delete { "/admin/accounts" } else { &subject.page }))
}

async fn carry_out(portal: &Portal, visit: &Visit, subject: &Subject, deed: Deed) -> Result<String, AccountsError> {
    let session = visit.session().ok_or(AccountsError::NoSession)?;
    let (accounts, actor, id) = (&portal.accounts, session.actor(), subject.account().id);
    let (w, name) = (&visit.words, subject.name());
    let closed = |closed: usize| w.count("closed-count", "count", &closed);
    let after = |said, asked| elsewhere::after(portal, w, said, asked);
    Ok(match deed {
        Deed::RevokeAll => {
            let done = accounts.revoke_all_app_passwords(&actor, id).await?;
            after(format!("{} {}", ended::after(w, done.revoked), closed(done.closed)), done.asked).await
        }
        Deed::SignOut => {
            let done = accounts.sign_out_everywhere(&actor, id).await?;
            let browsers = w.count("browsers-were-signed-out", "count", &done.browsers);
            after(format!("{browsers} {}", closed(done.closed)), done.asked).await
        }
        Deed::Suspend => {
            let done = accounts.suspend_account(&actor, id).await?;
            let (suspended, revoked) = (w.about("suspended", "name", name), ended::after(w, done.value));
            after(format!("{suspended} {revoked} {}", closed(done.closed)), done.asked).await
        }
        Deed::Resume => accounts.resume_account(&actor, id).await.map(|()| w.about("resumed", "name", name))?,
        Deed::Delete => {
            let done = accounts.delete_account(&actor, id).await?;
            after(format!("{} {}", w.about("deleted", "name", name), closed(done.closed)), done.asked).await
        }
        Deed::RemoveFactors => {
            accounts.ask_factors_removal(&actor, id).await?;
            w.say(if subject.is_told() { "remove-factors-asked" } else { "remove-factors-asked-untold" })
        }
        Deed::KeepFactors => {
            let stopped = accounts.stop_factors_removal(&actor, id).await?;
            w.say(if stopped { "factors-kept" } else { "factors-kept-already" })
        }
        Deed::Reset => String::new(),
    })
}

pub(super) async fn ask_revoke(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path((id, one)): Path<(String, String)>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    subject.must(Action::RevokeAppPasswords, &visit)?;
    let (account, w) = (subject.account().id, &visit.words);
    let found = device::one_of(&portal, &visit, &subject, &one).await?;
    let connected = portal.accounts.connections(&staff(&visit)?.actor(), Some(account), usize::MAX).await?;
    let open = connected.iter().filter(|other| other.credential == found.id.into()).count();
    let f = Frame::new(&portal, &visit);
    Ok(render(&AskPage {
        f: &f,
        title: w.about("revoke-title", "label", found.label.as_str()),
        action: format!("{}/app-passwords/{}/revoke", subject.page, found.id),
        button: w.say("revoke"),
        ends: true,
        facts: std::iter::once(w.count("revoke-connected", "count", &open))
            .chain(elsewhere::plan(&portal, w))
            .collect(),
        field: None,
        subject: &subject,
    }))
}

pub(super) async fn revoke(
    State(portal): State<Arc<Portal>>,
    Path((id, one)): Path<(String, String)>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let one: AppPasswordId = one.parse().map_err(|_| Failure::NotFound)?;
    let done = portal.accounts.revoke_app_password(&staff(&visit)?.actor(), subject.account().id, one).await?;
    let w = &visit.words;
    let revoked = w.about("revoked-one", "label", done.app_password.label.as_str());
    let said = format!("{revoked} {}", w.count("closed-count", "count", &done.closed));
    portal.tell(&visit, elsewhere::after(&portal, w, said, done.asked).await)?;
    Ok(go(&subject.page))
}

/// Which login name is to go.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WantedName {
    name: String,
}

pub(super) async fn ask_remove_login_name(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path(id): Path<String>,
    Query(wanted): Query<WantedName>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    subject.must(Action::ChangeLoginNames, &visit)?;
    let names = &subject.account().login_names[1..];
    let name = names.iter().find(|name| name.as_str() == wanted.name).ok_or(Failure::NotFound)?;
    let standing = Standing::of(&portal, &staff(&visit)?.actor(), &subject).await?;
    let (f, w) = (Frame::new(&portal, &visit), &visit.words);
    Ok(render(&AskPage {
        f: &f,
        title: w.about("ask-remove-login-name", "login", name.as_str()),
        action: format!("{}/login-names/remove", subject.page),
        button: w.say("remove"),
        ends: true,
        facts: vec![w.say("remove-login-name-text"), w.count("revoke-all-connected", "count", &standing.connected)],
        field: Some(("name", name.as_str())),
        subject: &subject,
    }))
}

pub(super) async fn remove_login_name(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let name = LoginName::from_canonical(fields.text("name"));
    let done = portal.accounts.remove_login_name(&staff(&visit)?.actor(), subject.account().id, name.clone()).await;
    let done = done.map_err(|error| step_up_at(error, &subject.page))?;
    let w = &visit.words;
    let removed = w.about("login-name-removed", "login", name.as_str());
    let said = format!("{removed} {}", w.count("closed-count", "count", &done.closed));
    portal.tell(&visit, elsewhere::after(&portal, w, said, done.asked).await)?;
    Ok(go(&subject.page))
}
