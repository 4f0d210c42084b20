//! One account: all that is known of it without its secrets, and what may be done to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use valetkey_accounts::gate::Connected;
use valetkey_accounts::{AccountsError, KeptLink, Session};
use valetkey_domain::policy::Action;
use valetkey_domain::{ACTIVE_MAX, AppPassword, CredentialState, Kind, LinkKind, Role, Timestamp};

use super::super::{Answer, go};
use super::authorised_apps::Apps;
use super::{Subject, role_message, staff, standing, step_up_at};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::locale::Words;
use crate::page::{Frame, in_query, render, service_name, used_how};
use crate::visit::Visit;

/// How many app passwords, and how many authorised apps, that have ended are shown; the audit log has them all.
pub(super) const ENDED_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "admin_account.html")]
struct AccountPage<'a> {
    f: &'a Frame<'a>,
    subject: &'a Subject,
    state: (&'static str, &'static str),
    active: Vec<Row>,
    ended: Vec<Row>,
    active_count: usize,
    active_max: usize,
    apps: Option<Apps>,
    connected: Vec<Connected>,
    browsers: Vec<Session>,
    links: Vec<KeptLink>,
    roles: Vec<(&'static str, &'static str, bool)>,
    wrong: Option<String>,
    typed: &'a str,
}

impl AccountPage<'_> {
    fn may(&self, action: Action) -> bool {
        self.subject.rights.may(action)
    }

    /// Whether there is anything that ends with all, and it may be ended.
    fn revokes_all(&self) -> bool {
        let has_apps = self.apps.as_ref().is_some_and(|apps| apps.active_count > 0);
        (!self.active.is_empty() || has_apps) && self.may(Action::RevokeAppPasswords)
    }

    /// Whether they may make an app password here, and see it: a device's, or any if the postmaster allows that.
    fn makes(&self) -> bool {
        let has_factor = !self.is_person() || !self.subject.details.factors.is_empty();
        let is_own = self.f.person.is_some_and(|person| person.account == self.subject.account().id);
        self.is("active") && has_factor && !is_own && self.may(Action::CreateAppPassword)
    }

    fn is_person(&self) -> bool {
        self.subject.account().kind == Kind::Person
    }

    fn is(&self, state: &str) -> bool {
        self.subject.account().state.name() == state
    }

    fn other_names(&self) -> &[valetkey_domain::LoginName] {
        &self.subject.account().login_names[1..]
    }

    fn label_of(&self, one: &Connected) -> &str {
        let app_password = self.active.iter().find(|row| one.credential == row.one.id.into());
        let mut apps = self.apps.iter().flat_map(|apps| &apps.active);
        let app = || apps.find(|row| one.credential == row.one.id.into()).map_or("", |row| row.one.name.as_str());
        app_password.map_or_else(app, |row| row.one.label.as_str())
    }
}

struct Row {
    one: AppPassword,
    used: Option<String>,
    tried: Option<String>,
    ended: Option<(Timestamp, &'static str)>,
    connected: usize,
}

impl Row {
    fn new(one: AppPassword, words: &Words, connected: &[Connected]) -> Self {
        let ended = match &one.state {
            CredentialState::Active => None,
            CredentialState::Revoked { at, .. } => Some((*at, "ended-revoked")),
            CredentialState::Expired { at } => Some((*at, "ended-expired")),
        };
        Self {
            used: one.last_use.as_ref().map(|last| used_how(words, last)),
            tried: one.last_try.as_ref().map(|last| used_how(words, last)),
            connected: connected.iter().filter(|other| other.credential == one.id.into()).count(),
            ended,
            one,
        }
    }
}

pub(super) async fn show(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    account_page(&portal, &visit, &subject, "", None).await
}

async fn account_page(portal: &Portal, visit: &Visit, subject: &Subject, typed: &str, wrong: Option<String>) -> Answer {
    let (actor, account, f) = (staff(visit)?.actor(), subject.account(), Frame::new(portal, visit));
    let all = portal.accounts.app_passwords(&actor, account.id, true).await?;
    let connected = portal.accounts.connections(&actor, Some(account.id), usize::MAX).await?;
    let apps = Apps::of(portal, &actor, subject, &f, &connected).await?;
    let browsers = portal.accounts.sessions(&actor, account.id).await?;
    let links = portal.accounts.open_links(&actor, account.id).await?;
    let rows = all.into_iter().map(|one| Row::new(one, &visit.words, &connected));
    let (active, mut ended): (Vec<Row>, Vec<Row>) = rows.partition(|row| row.ended.is_none());
    ended.sort_by_key(|row| std::cmp::Reverse(row.ended.map(|(at, _)| at)));
    ended.truncate(ENDED_SHOWN);
    let all_roles = std::iter::once(None).chain(Role::ALL.iter().copied().map(Some));
    let roles = all_roles.map(|role| (role.map_or("", Role::name), role_message(role), role == account.role));
    Ok(render(&AccountPage {
        f: &f,
        subject,
        state: standing(account.state, account.kind, subject.details.factors.len()),
        active_count: active.len(),
        active,
        ended,
        active_max: ACTIVE_MAX,
        apps,
        connected,
        browsers,
        links,
        roles: roles.collect(),
        wrong,
        typed,
    }))
}

/// Gives a role, or takes it.
pub(super) async fn set_role(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let role = match fields.text("role") {
        "" => None,
        name => Some(name.parse::<Role>().map_err(|_| Failure::NotFound)?),
    };
    let set = portal.accounts.set_role(&staff(&visit)?.actor(), subject.account().id, role).await;
    set.map_err(|error| step_up_at(error, &subject.page))?;
    let (w, name) = (&visit.words, subject.name());
    portal.tell(&visit, w.about_both("role-set", ("name", name), ("role", &w.say(role_message(role)))))?;
    // Whoever gave their own role away has no page here any more.
    let is_gone = role.is_none() && staff(&visit)?.account == subject.account().id;
    Ok(go(if is_gone { "/" } else { &subject.page }))
}

/// Gives one more login name.
pub(super) async fn add_login_name(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let (typed, w) = (fields.text("login").trim(), &visit.words);
    let Ok(name) = portal.accounts.login_name(typed) else {
        let shown: String = typed.chars().take(60).collect();
        let wrong = w.about("account-login-wrong", "text", &shown);
        return account_page(&portal, &visit, &subject, typed, Some(wrong)).await;
    };
    let added = portal.accounts.add_login_name(&staff(&visit)?.actor(), subject.account().id, name.clone()).await;
    match added {
        Ok(()) => {
            portal.tell(&visit, w.about("login-name-added", "login", name.as_str()))?;
            Ok(go(&subject.page))
        }
        Err(AccountsError::LoginTaken(taken)) => {
            let wrong = w.about("account-login-taken", "login", &taken);
            account_page(&portal, &visit, &subject, typed, Some(wrong)).await
        }
        Err(other) => Err(step_up_at(other, &subject.page)),
    }
}

/// The message that names a second factor's kind.
fn factor_message(kind: &str) -> &'static str {
    if kind == "passkey" { "factor-passkey" } else { "authenticator" }
}

/// The message that says what a link is good for.
fn link_message(kind: &LinkKind) -> &'static str {
    match kind {
        LinkKind::Invitation => "open-link-invitation",
        LinkKind::Reset => "open-link-reset",
        LinkKind::NoticeAddress | LinkKind::Registration => "open-link-address",
    }
}
