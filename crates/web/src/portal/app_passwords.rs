//! App passwords: making one and showing it once, listing, revoking.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use valetkey_accounts::{AccountsError, CreateAppPassword, Session};
use valetkey_domain::policy::Denied;
use valetkey_domain::{
    ACTIVE_MAX, AccountId, AppPassword, AppPasswordId, Choice, CredentialId, Label, LastUse, LoginName, Network,
    Networks, Scopes, Timestamp,
};

use super::amiss::Amiss;
use super::{Answer, elsewhere, ended, go};
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::live::{Part, watch};
use crate::locale::Words;
use crate::page::{
    Frame, choice_hint, choice_message, in_query, label_wrong, render, render_part, service_name, used_how,
};
use crate::visit::{Visit, has_stepped_up};
use crate::{AppSetting, Portal};

/// How long before its end an app password is said to expire soon.
const SOON: Duration = Duration::from_secs(14 * 86_400);
/// What one may choose as time until the end, in days.
const DAYS: [usize; 4] = [7, 30, 90, 365];
/// Where one's own are listed.
const LIST: &str = "/app-passwords";

/// Where app passwords are made and shown: among one's own, or at an account that staff look after.
pub(super) struct At {
    pub(super) account: AccountId,
    pub(super) login: LoginName,
    /// The address under which theirs are.
    pub(super) base: String,
    /// Where one comes from, and what that is called.
    pub(super) back: String,
    pub(super) back_name: String,
    /// What a new one opens, unless told otherwise.
    pub(super) scopes: Scopes,
}

impl At {
    fn own(session: &Session, words: &Words) -> Self {
        let base = LIST.to_owned();
        Self {
            account: session.account,
            login: session.login.clone(),
            back: base.clone(),
            base,
            back_name: words.say("app-passwords"),
            scopes: Scopes::EVERYTHING,
        }
    }
}

struct Row {
    one: AppPassword,
    used: Option<String>,
    connected: bool,
    soon: bool,
}

#[derive(Template)]
#[template(path = "app_passwords.html")]
struct ListPage<'a> {
    f: &'a Frame<'a>,
    rows: Vec<Row>,
    count: usize,
    active_max: usize,
    has_factor: bool,
    amiss: Amiss,
    /// What revoking all of them takes along, if it does.
    authorised: Option<String>,
}

#[derive(Template)]
#[template(path = "new.html")]
struct NewPage<'a> {
    f: &'a Frame<'a>,
    at: &'a At,
    label: &'a str,
    choices: Vec<(Choice, bool)>,
    days: Vec<(usize, bool)>,
    networks: &'a str,
    wrong: Wrong,
}

/// What is wrong with which field.
#[derive(Default)]
pub(super) struct Wrong {
    label: Option<String>,
    scopes: Option<String>,
    networks: Option<String>,
    all: Option<String>,
}

#[derive(Template)]
#[template(path = "made.html")]
struct MadePage<'a> {
    f: &'a Frame<'a>,
    at: &'a At,
    one: AppPassword,
    lead: String,
    groups: Vec<&'a str>,
    settings: Vec<(usize, &'a AppSetting)>,
}

#[derive(Template)]
#[template(path = "gone.html")]
struct GonePage<'a> {
    f: &'a Frame<'a>,
    at: &'a At,
    id: AppPasswordId,
}

#[derive(Template)]
#[template(path = "revoke.html")]
pub(super) struct RevokePage<'a> {
    pub(super) f: &'a Frame<'a>,
    pub(super) title: String,
    pub(super) action: String,
    pub(super) button: String,
    pub(super) facts: Vec<String>,
    pub(super) scopes: Scopes,
    /// Where one comes from, and what that is called.
    pub(super) back: &'a str,
    pub(super) back_name: String,
}

async fn own(portal: &Portal, session: &Session, all: bool) -> Result<Vec<AppPassword>, Failure> {
    Ok(portal.accounts.app_passwords(&session.actor(), session.account, all).await?)
}

async fn one_of(portal: &Portal, session: &Session, id: &str) -> Result<AppPassword, Failure> {
    let id: AppPasswordId = id.parse().map_err(|_| Failure::NotFound)?;
    own(portal, session, true).await?.into_iter().find(|one| one.id == id).ok_or(Failure::NotFound)
}

/// How many connections each app password, and each authorised app, has now.
pub(super) async fn connections(portal: &Portal, session: &Session) -> Result<HashMap<CredentialId, usize>, Failure> {
    let all = portal.accounts.connections(&session.actor(), Some(session.account), usize::MAX).await?;
    let mut counted = HashMap::new();
    for one in all {
        *counted.entry(one.credential).or_insert(0) += 1;
    }
    Ok(counted)
}

impl Row {
    fn new(one: AppPassword, words: &Words, connected: bool, now: Timestamp) -> Self {
        let used = one.last_use.as_ref().map(|last| used_how(words, last));
        let soon = one.expires_at.is_some_and(|end| end.since(now) <= SOON);
        Self { one, used, connected, soon }
    }
}

pub(crate) async fn list(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let (connected, now) = (connections(&portal, session).await?, portal.accounts.now());
    let rows: Vec<Row> = own(&portal, session, false)
        .await?
        .into_iter()
        .map(|one| {
            let is_connected = connected.contains_key(&one.id.into());
            Row::new(one, &visit.words, is_connected, now)
        })
        .collect();
    let amiss = Amiss::of(&portal, &visit).await?;
    let (f, has_factor) = (Frame::new(&portal, &visit), session.second_factors > 0);
    let grants = portal.accounts.grants(&session.actor(), session.account, false).await?.len();
    let authorised = (grants > 0).then(|| visit.words.count("remove-all-text", "count", &grants));
    Ok(render(&ListPage { f: &f, count: rows.len(), rows, active_max: ACTIVE_MAX, has_factor, amiss, authorised }))
}

/// The form for a new one. What the form will ask for is asked for first: a second factor shown just now.
pub(crate) async fn new(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Query(typed): Query<Vec<(String, String)>>,
) -> Answer {
    let session = visit.signed_in()?;
    if session.second_factors == 0 {
        return Ok(go(LIST));
    }
    if !has_stepped_up(&portal, session) {
        return Err(Failure::StepUp(visit.path.clone()));
    }
    let (at, typed) = (At::own(session, &visit.words), Fields::of_query(typed));
    let was_filled_in = typed.all("scope").next().is_some();
    Ok(new_page(&portal, &visit, &at, typed.text("label"), was_filled_in.then_some(&typed), Wrong::default()))
}

pub(super) fn new_page(
    portal: &Portal,
    visit: &Visit,
    at: &At,
    label: &str,
    typed: Option<&Fields>,
    wrong: Wrong,
) -> Response {
    let f = Frame::new(portal, visit);
    let chosen = typed.map_or(at.scopes, chosen);
    let choices = Choice::all(portal.accounts.settings().calendars_and_contacts);
    let days = typed.and_then(|fields| fields.text("days").parse().ok()).unwrap_or(0);
    render(&NewPage {
        f: &f,
        at,
        label,
        choices: choices.map(|choice| (choice, chosen.contains_all(choice.scopes()))).collect(),
        days: DAYS.into_iter().map(|choice| (choice, choice == days)).collect(),
        networks: typed.map_or("", |fields| fields.text("networks")),
        wrong,
    })
}

/// What the boxes say that are ticked. Each may stand for several scopes.
pub(crate) fn chosen(fields: &Fields) -> Scopes {
    fields.all("scope").filter_map(|names| names.parse::<Scopes>().ok()).flat_map(Scopes::iter).collect()
}

/// What was typed, or what is wrong with it.
fn read(fields: &Fields, words: &Words, now: Timestamp) -> Result<CreateAppPassword, Wrong> {
    let mut wrong = Wrong::default();
    let label = fields.text("label").parse::<Label>().map_err(|error| label_wrong(&error, words));
    let scopes = chosen(fields);
    if scopes.is_empty() {
        wrong.scopes = Some(words.say("scope-missing"));
    }
    let lines = fields.text("networks").split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
    let networks: Result<Vec<Network>, &str> = lines.map(|line| line.parse().map_err(|_| line)).collect();
    let networks = networks.and_then(|all| Networks::new(all).map_err(|_| "…")).map_err(|line| {
        let shown: String = line.chars().take(60).collect();
        words.about("networks-wrong", "text", &shown)
    });
    let days = fields.text("days").parse::<usize>().ok().filter(|days| DAYS.contains(days));
    let expires_at = days.map(|days| now + Duration::from_secs(86_400 * days as u64));
    match (label, networks, wrong.scopes.is_none()) {
        (Ok(label), Ok(networks), true) => Ok(CreateAppPassword { label, scopes: Some(scopes), networks, expires_at }),
        (label, networks, _) => {
            wrong.label = label.err();
            wrong.networks = networks.err();
            Err(wrong)
        }
    }
}

/// Makes one, and sends the browser to the page that shows it once.
pub(crate) async fn make(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let at = At::own(visit.signed_in()?, &visit.words);
    make_at(&portal, &visit, &fields, &at).await
}

pub(super) async fn make_at(portal: &Portal, visit: &Visit, fields: &Fields, at: &At) -> Answer {
    let (session, now) = (visit.signed_in()?, portal.accounts.now());
    let label = fields.text("label");
    let new = match read(fields, &visit.words, now) {
        Ok(new) => new,
        Err(wrong) => return Ok(new_page(portal, visit, at, label, Some(fields), wrong)),
    };
    let refused = match portal.accounts.create_app_password(&session.actor(), at.account, new).await {
        Ok(created) => {
            let id = created.app_password.id.to_string();
            portal.shown.keep(session.id, id.clone(), created.secret, now);
            return Ok(go(&format!("{}/{id}", at.base)));
        }
        Err(AccountsError::Denied(Denied::StepUpNeeded)) => {
            return Err(Failure::StepUp(format!("{}/new?label={}", at.base, in_query(label))));
        }
        Err(AccountsError::TooManyActive(_)) => visit.words.count("too-many", "max", &ACTIVE_MAX),
        Err(AccountsError::NoSecondFactor) => visit.words.say("needs-factor"),
        Err(other) => return Err(other.into()),
    };
    let wrong = Wrong { all: Some(refused), ..Wrong::default() };
    Ok(new_page(portal, visit, at, label, Some(fields), wrong))
}

/// Shows a secret, once, with what else the app must be told.
pub(crate) async fn made(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let session = visit.signed_in()?;
    let one = one_of(&portal, session, &id).await?;
    made_page(&portal, &visit, &At::own(session, &visit.words), one)
}

pub(super) fn made_page(portal: &Portal, visit: &Visit, at: &At, one: AppPassword) -> Answer {
    let secret = portal.shown.take(visit.signed_in()?.id, &one.id.to_string(), portal.accounts.now());
    let f = Frame::new(portal, visit);
    let Some(secret) = secret else { return Ok(render(&GonePage { f: &f, at, id: one.id })) };
    let lead =
        visit.words.about_both("your-new-lead", ("label", one.label.as_str()), ("scopes", &f.scopes(&one.scopes)));
    let opened = portal.settings.app_settings.iter().filter(|setting| one.scopes.open(setting.service));
    let settings = opened.enumerate().collect();
    let groups = secret.expose().split('-').collect();
    Ok(render(&MadePage { f: &f, at, one, lead, groups, settings }))
}

#[derive(Template)]
#[template(path = "watch.html")]
struct WatchPart<'a> {
    f: &'a Frame<'a>,
    last: Option<&'a LastUse>,
    said: String,
    primary: Option<&'static str>,
}

/// Whether the app has signed in yet, sent again whenever that is another answer.
pub(crate) async fn live(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let one = one_of(&portal, visit.signed_in()?, &id).await?;
    watch_one(portal, visit, &one)
}

pub(super) fn watch_one(portal: Arc<Portal>, visit: Visit, one: &AppPassword) -> Answer {
    watch(portal, visit, SignedInYet { account: one.account, id: one.id, made_at: one.created_at })
}

struct SignedInYet {
    account: AccountId,
    id: AppPasswordId,
    made_at: Timestamp,
}

impl Part for SignedInYet {
    async fn look(&mut self, portal: &Arc<Portal>, visit: &Visit) -> Result<String, Failure> {
        let session = visit.signed_in()?;
        let watched = portal.accounts.watch_app_password(&session.actor(), self.account, self.id).await?;
        let said = watched.last_use.as_ref().map_or_else(String::new, |last| {
            let service = service_name(last.service);
            match &last.client {
                Some(client) => visit.words.about_both("watch-client", ("service", service), ("client", client)),
                None => visit.words.about("watch-signed-in", "service", service),
            }
        });
        let primary =
            watched.primary_password_seen.filter(|seen| seen.at >= self.made_at).map(|seen| service_name(seen.service));
        let f = Frame::of_part(portal, visit);
        render_part(&WatchPart { f: &f, last: watched.last_use.as_ref(), said, primary })
    }
}

/// Says what revoking will do, and asks once.
pub(crate) async fn ask_revoke(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let session = visit.signed_in()?;
    let one = one_of(&portal, session, &id).await?;
    let open = connections(&portal, session).await?.get(&one.id.into()).copied().unwrap_or(0);
    let w = &visit.words;
    let mut facts = vec![w.count("revoke-connected", "count", &open)];
    if elsewhere::spares_other_apps(&portal) {
        facts.push(w.say("revoke-others"));
    }
    facts.extend(elsewhere::plan(&portal, w));
    let f = Frame::new(&portal, &visit);
    Ok(render(&RevokePage {
        f: &f,
        title: w.about("revoke-title", "label", one.label.as_str()),
        action: format!("/app-passwords/{}/revoke", one.id),
        button: w.say("revoke"),
        facts,
        scopes: one.scopes,
        back: LIST,
        back_name: w.say("app-passwords"),
    }))
}

/// Revokes one, and says what it did.
pub(crate) async fn revoke(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let session = visit.signed_in()?;
    let id: AppPasswordId = id.parse().map_err(|_| Failure::NotFound)?;
    let revoked = portal.accounts.revoke_app_password(&session.actor(), session.account, id).await?;
    let w = &visit.words;
    let label = w.about("revoked-one", "label", revoked.app_password.label.as_str());
    let said = format!("{label} {}", w.count("closed-count", "count", &revoked.closed));
    portal.tell(&visit, elsewhere::after(&portal, w, said, revoked.asked).await)?;
    Ok(go(LIST))
}

pub(crate) async fn ask_revoke_all(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let there_is = ended::there_is(&portal, &session.actor(), session.account).await?;
    let open: usize = connections(&portal, session).await?.values().sum();
    let w = &visit.words;
    let mut facts = ended::before(w, "revoke-all-text", there_is);
    facts.push(w.count("revoke-all-connected", "count", &open));
    let f = Frame::new(&portal, &visit);
    Ok(render(&RevokePage {
        f: &f,
        title: w.say(ended::question(there_is, ["revoke-all-title", "revoke-all-title-apps", "remove-all-title"])),
        action: "/app-passwords/revoke-all".to_owned(),
        button: w.say("revoke-all"),
        facts: facts.into_iter().chain(elsewhere::plan(&portal, w)).collect(),
        scopes: Scopes::EVERYTHING,
        back: LIST,
        back_name: w.say("app-passwords"),
    }))
}

pub(crate) async fn revoke_all(State(portal): State<Arc<Portal>>, Posted { visit, .. }: Posted) -> Answer {
    let session = visit.signed_in()?;
    let done = portal.accounts.revoke_all_app_passwords(&session.actor(), session.account).await?;
    let w = &visit.words;
    let (revoked, closed) = (ended::after(w, done.revoked), w.count("closed-count", "count", &done.closed));
    portal.tell(&visit, elsewhere::after(&portal, w, format!("{revoked} {closed}"), done.asked).await)?;
    Ok(go(LIST))
}
