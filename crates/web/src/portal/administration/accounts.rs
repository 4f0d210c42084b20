//! The list of accounts, and making one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use valetkey_accounts::{AccountFilter, AccountSummary, AccountsError, CreateAccount, Rights};
use valetkey_domain::policy::Action;
use valetkey_domain::{ACTIVE_MAX, AccountId, AccountState, Kind, LoginName, NoticeAddress, Role};

use super::super::{Answer, go};
use super::{called, link, page_of, staff, standing, step_up_at};
use crate::Portal;
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::locale::Words;
use crate::page::{Frame, in_query, render};
use crate::visit::Visit;

/// How many accounts a page has.
const PAGE: usize = 35;
/// The most that is taken of what somebody looks for.
const SEARCH_MAX: usize = 100;
/// The most login names that an account is made with.
const NAMES_MAX: usize = 20;

/// What somebody looks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    q: String,
    state: String,
    after: String,
    before: String,
}

/// What one may choose, and the message that names it.
const CHOICES: [(&str, &str); 9] = [
    ("", "state-any"),
    ("active", "state-active"),
    ("invited", "state-invited"),
    ("unprotected", "state-unprotected"),
    ("suspended", "state-suspended"),
    ("device", "devices"),
    ("administrator", "role-administrator"),
    ("helpdesk", "role-helpdesk"),
    ("auditor", "role-auditor"),
];

impl Search {
    fn filter(&self) -> AccountFilter {
        let is_unprotected = self.state == "unprotected";
        let cursor = |text: &str| Some(text).filter(|t| !t.is_empty()).map(LoginName::from_canonical);
        AccountFilter {
            matching: self.q.chars().take(SEARCH_MAX).collect(),
            state: if is_unprotected { Some(AccountState::Active) } else { self.state.parse().ok() },
            kind: if is_unprotected { Some(Kind::Person) } else { self.state.parse().ok() },
            role: self.state.parse::<Role>().ok(),
            without_factor: is_unprotected,
            after: cursor(&self.after),
            before: cursor(&self.before),
            limit: PAGE + 1,
        }
    }

    /// The same search, from another login name on.
    fn page(&self, cursor: &str, login: &LoginName) -> String {
        let [q, state, login] = [&self.q, &self.state, login.as_str()].map(in_query);
        format!("/admin/accounts?q={q}&state={state}&{cursor}={login}")
    }
}

struct Row {
    one: AccountSummary,
    state: (&'static str, &'static str),
    factors: String,
    connected: usize,
}

impl Row {
    fn new(portal: &Portal, words: &Words, one: AccountSummary) -> Self {
        let mut kinds = Vec::new();
        if one.passkeys > 0 {
            kinds.push(words.say("factor-passkey"));
        }
        if one.second_factors > one.passkeys {
            kinds.push(words.say("authenticator"));
        }
        if kinds.is_empty() {
            kinds.push(words.say(if one.kind == Kind::Device { "factors-device" } else { "factors-none" }));
        }
        Self {
            state: standing(one.state, one.kind, one.second_factors),
            factors: kinds.join(" · "),
            connected: portal.accounts.gate().uses_of(one.id),
            one,
        }
    }
}

#[derive(Template)]
#[template(path = "admin_accounts.html")]
struct ListPage<'a> {
    f: &'a Frame<'a>,
    search: &'a Search,
    choices: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    active_max: usize,
    previous: Option<String>,
    next: Option<String>,
    invites: bool,
    makes_devices: bool,
}

pub(super) async fn first(visit: Visit) -> Answer {
    staff(&visit)?;
    Ok(go("/admin/accounts"))
}

pub(super) async fn list(State(portal): State<Arc<Portal>>, visit: Visit, Query(search): Query<Search>) -> Answer {
    let actor = staff(&visit)?.actor();
    let filter = search.filter();
    let (goes_back, begins_later) = (filter.before.is_some(), filter.after.is_some());
    let mut found = portal.accounts.list_accounts(&actor, filter).await?;
    let is_more = found.len() > PAGE;
    if is_more && goes_back {
        found.remove(0);
    }
    found.truncate(PAGE);
    let is_before = found.first().filter(|_| if goes_back { is_more } else { begins_later });
    let is_after = found.last().filter(|_| goes_back || is_more);
    let f = Frame::new(&portal, &visit);
    let [people, devices] =
        [Kind::Person, Kind::Device].map(|kind| portal.accounts.rights_over_all(&actor, kind, None));
    Ok(render(&ListPage {
        f: &f,
        choices: CHOICES.into_iter().map(|(value, name)| (value, name, value == search.state)).collect(),
        previous: is_before.map(|one| search.page("before", &one.login)),
        next: is_after.map(|one| search.page("after", &one.login)),
        rows: found.into_iter().map(|one| Row::new(&portal, &visit.words, one)).collect(),
        search: &search,
        active_max: ACTIVE_MAX,
        invites: people.may(Action::CreateAccount),
        makes_devices: makes(&devices, Kind::Device),
    }))
}

/// A device's account is of use by its app passwords alone.
fn makes(rights: &Rights, kind: Kind) -> bool {
    rights.may(Action::CreateAccount) && (kind == Kind::Person || rights.may(Action::CreateAppPassword))
}

/// Which kind of account is to be made.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WantedKind {
    kind: String,
}

#[derive(Template)]
#[template(path = "admin_new.html")]
struct NewPage<'a> {
    f: &'a Frame<'a>,
    kind: Kind,
    title: &'static str,
    lead: &'static str,
    typed: Typed<'a>,
    wrong: Wrong,
}

impl NewPage<'_> {
    fn is_person(&self) -> bool {
        self.kind == Kind::Person
    }
}

/// What stands in the fields.
struct Typed<'a> {
    login: &'a str,
    more: &'a str,
    name: &'a str,
    notice: &'a str,
    by_mail: bool,
}

/// What is wrong with which field.
#[derive(Default)]
struct Wrong {
    login: Option<String>,
    more: Option<String>,
    name: Option<String>,
    notice: Option<String>,
}

pub(super) async fn new(State(portal): State<Arc<Portal>>, visit: Visit, Query(wanted): Query<WantedKind>) -> Answer {
    let session = staff(&visit)?;
    let kind = if wanted.kind == Kind::Device.name() { Kind::Device } else { Kind::Person };
    let rights = portal.accounts.rights_over_all(&session.actor(), kind, None);
    if !makes(&rights, kind) {
        return Err(Failure::NotFound);
    }
    rights.now(Action::CreateAccount).map_err(|denied| step_up_at(denied.into(), &visit.path))?;
    Ok(new_page(&portal, &visit, kind, None, Wrong::default()))
}

fn new_page(portal: &Portal, visit: &Visit, kind: Kind, fields: Option<&Fields>, wrong: Wrong) -> Response {
    let f = Frame::new(portal, visit);
    let (title, lead) = match kind {
        Kind::Person => ("invite-someone", "invite-someone-lead"),
        Kind::Device => ("new-device", "new-device-lead"),
    };
    let text = |name| fields.map_or("", |fields| fields.text(name));
    let typed = Typed {
        login: text("login"),
        more: text("more"),
        name: text("name"),
        notice: text("notice"),
        by_mail: text("mail") == "yes",
    };
    render(&NewPage { f: &f, kind, title, lead, typed, wrong })
}

/// What was typed, or what is wrong with it.
fn read(portal: &Portal, kind: Kind, fields: &Fields, words: &Words) -> Result<CreateAccount, Wrong> {
    let name_of = |text: &str| {
        let shown: String = text.chars().take(60).collect();
        portal.accounts.login_name(text).map_err(|_| words.about("account-login-wrong", "text", &shown))
    };
    let first = match fields.text("login").trim() {
        "" => Err(words.say("login-missing")),
        text => name_of(text),
    };
    let more = fields.text("more").split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
    let more: Result<Vec<LoginName>, String> = more.take(NAMES_MAX + 1).map(name_of).collect();
    let more = more.and_then(|all| {
        if all.len() > NAMES_MAX { Err(words.count("more-login-names-many", "max", &NAMES_MAX)) } else { Ok(all) }
    });
    let name = fields.text("name").parse().map_err(|_| words.say("account-name-wrong"));
    let notice = match fields.text("notice").trim() {
        "" if fields.text("mail") == "yes" => Err(words.say("account-notice-missing")),
        "" => Ok(None),
        text => text.parse::<NoticeAddress>().map(Some).map_err(|_| words.say("account-notice-wrong")),
    };
    match (first, more, name, notice) {
        (Ok(first), Ok(more), Ok(display_name), Ok(notice_address)) => {
            let login_names = std::iter::once(first).chain(more).collect();
            Ok(CreateAccount { kind, login_names, display_name, notice_address, password: None })
        }
        (first, more, name, notice) => {
            Err(Wrong { login: first.err(), more: more.err(), name: name.err(), notice: notice.err() })
        }
    }
}

/// Makes an account; a person's leads to the link for them, a device's to its first app password.
pub(super) async fn make(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let (actor, w) = (staff(&visit)?.actor(), &visit.words);
    let kind = if fields.text("kind") == Kind::Device.name() { Kind::Device } else { Kind::Person };
    let new = match read(&portal, kind, &fields, w) {
        Ok(new) => new,
        Err(wrong) => return Ok(new_page(&portal, &visit, kind, Some(&fields), wrong)),
    };
    let again = |wrong| Ok(new_page(&portal, &visit, kind, Some(&fields), wrong));
    let has_notice = new.notice_address.is_some();
    let made = match portal.accounts.create_account(&actor, new).await {
        Ok(made) => made,
        Err(AccountsError::LoginTaken(names)) => {
            return again(Wrong { login: Some(w.about("account-login-taken", "login", &names)), ..Wrong::default() });
        }
        Err(AccountsError::OwnMailbox) => {
            return again(Wrong { notice: Some(w.say("account-notice-own")), ..Wrong::default() });
        }
        Err(other) => return Err(step_up_at(other, &format!("/admin/accounts/new?kind={kind}"))),
    };
    if kind == Kind::Device {
        portal.tell(&visit, w.say("device-made"))?;
        return Ok(go(&format!("{}/app-passwords/new", page_of(made.id))));
    }
    if has_notice && fields.text("mail") == "yes" {
        mail(&portal, &visit, made.id).await?;
    }
    link::make(&portal, &visit, made.id).await
}

/// Has the invitation mailed as well. That it cannot be is said, and undoes nothing: the link is there to be handed over.
async fn mail(portal: &Portal, visit: &Visit, id: AccountId) -> Result<(), Failure> {
    let mailed = portal.accounts.mail_invitation(&staff(visit)?.actor(), id).await;
    let news = match &mailed {
        Ok(()) => "invitation-mailed",
        Err(error) => {
            tracing::warn!(error = %valetkey_accounts::chain(error), "an invitation could not be mailed");
            "invitation-not-mailed"
        }
    };
    portal.tell(visit, visit.words.say(news))
}

fn name_of(one: &AccountSummary) -> &str {
    called(one.display_name.as_str(), one.login.as_str())
}
