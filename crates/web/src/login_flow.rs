//! Apps that open a page to get an app password of their own, as Nextcloud's Login Flow v2 has it: what they ask, and the page.
//!
//! Apps bring no cookie and no form of ours: what they ask stands outside of the portal's guard, and is answered in JSON.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use valetkey_accounts::{AccountsError, Browser, Session, Waiting};
use valetkey_domain::policy::Denied;
use valetkey_domain::{ACTIVE_MAX, Choice, Label};
use zeroize::Zeroizing;

use crate::Portal;
use crate::approval::{allowed, approver, begun_from, denied};
use crate::errand::Asker;
use crate::failure::Failure;
use crate::form::{Fields, Posted, is_json, read_body};
use crate::oauth::{Refused, json_of, plain};
use crate::page::{Frame, choice_hint, choice_message, label_wrong, render};
use crate::portal::app_passwords::chosen;
use crate::visit::{Visit, agent, network};

/// Where apps begin, as Nextcloud has it and apps have it built in.
const BEGIN: &str = "/index.php/login/v2";
const POLL: &str = "/index.php/login/v2/poll";
const PAGE: &str = "/login-flow/{token}";

/// What is for people.
pub(crate) fn pages() -> Router<Arc<Portal>> {
    Router::new().route(PAGE, get(show).post(take))
}

/// What is for apps.
pub(crate) fn for_apps(portal: &Arc<Portal>) -> Router<Arc<Portal>> {
    plain(Router::new().route(BEGIN, post(begin)).route(POLL, post(poll)), portal)
}

fn page_at(token: &str) -> String {
    format!("/login-flow/{token}")
}

/// An app begins.
async fn begin(State(portal): State<Arc<Portal>>, request: Request) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let agent = agent(&parts).unwrap_or_default();
    let flow = portal.accounts.begin_login_flow(app_name(agent), network(&parts), Some(agent)).await?;
    let origin = &portal.settings.origin;
    let told = json!({
        "poll": { "token": flow.poll.expose().as_str(), "endpoint": format!("{origin}{POLL}") },
        "login": format!("{origin}{}", page_at(flow.page.expose())),
    });
    Ok(json_of(StatusCode::OK, &told))
}

/// An app asks for its app password. Until there is one, and for ever after it has it, there is nothing to be found.
async fn poll(State(portal): State<Arc<Portal>>, request: Request) -> Result<Response, Refused> {
    let token = polled(request).await?;
    let server = portal.settings.login_flow.as_deref().unwrap_or_default();
    Ok(match portal.accounts.poll_login_flow(&token).await? {
        None => json_of(StatusCode::NOT_FOUND, &json!([])),
        Some(made) => {
            let told = json!({
                "server": server,
                "loginName": made.login.as_str(),
                "appPassword": made.created.secret.expose().as_str(),
            });
            json_of(StatusCode::OK, &told)
        }
    })
}

/// What an app polls with, in a form as it should be, or in JSON as Nextcloud takes it too.
async fn polled(request: Request) -> Result<Zeroizing<String>, Refused> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        token: String,
    }
    let (parts, body) = request.into_parts();
    let unreadable = |failure| match failure {
        Failure::Unreadable(_) => Refused::InvalidRequest("An app says its token in a form.".into()),
        _ => Refused::Unavailable,
    };
    if is_json(&parts.headers) {
        let body = read_body(body).await.map_err(unreadable)?;
        let said: Said = serde_json::from_slice(&body)
            .map_err(|_| Refused::InvalidRequest("The body is no JSON object with a token.".into()))?;
        return Ok(Zeroizing::new(said.token));
    }
    let fields = Fields::read(&parts.headers, body).await.map_err(unreadable)?;
    Ok(Zeroizing::new(fields.text("token").to_owned()))
}

/// The app that waits for the answer on this page, if it does.
pub(crate) async fn asker(portal: &Portal, browser: &Browser, path: &str) -> Option<Asker> {
    let token = path.strip_prefix("/login-flow/").filter(|_| portal.settings.login_flow.is_some())?;
    let waiting = portal.accounts.login_flow(token, browser).await.ok()?;
    Some(Asker { name: waiting.name, unverified: true, back: None })
}

/// An app by the name that people know, from what it sends as `User-Agent`: `DAVx5/4.5 (… okhttp/4.12.0) Android/15`.
fn app_name(agent: &str) -> Label {
    // Many begin like a browser of long ago, which says nothing.
    let products = agent.split([' ', ';', '(', ')']).filter_map(|word| Some(word.split_once('/')?.0));
    let is_name = |name: &&str| !name.is_empty() && !matches!(*name, "Mozilla" | "AppleWebKit" | "Gecko");
    let name = products.clone().find(is_name).or_else(|| agent.split_whitespace().next()).unwrap_or_default();
    let systems = ["Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux"];
    let system = systems.into_iter().find(|system| agent.contains(system) && *system != name);
    let cut: String = name.chars().take(60).collect();
    let text = system.map_or_else(|| cut.clone(), |system| format!("{cut}, {system}"));
    text.parse().or_else(|_| "App".parse()).expect("three letters are a label")
}

#[derive(Template)]
#[template(path = "login_flow.html")]
struct FlowPage<'a> {
    f: &'a Frame<'a>,
    login: &'a str,
    action: &'a str,
    waiting: &'a Waiting,
    from: String,
    label: &'a str,
    choices: Vec<(Choice, bool)>,
    wrong: Wrong,
    has_factor: bool,
}

/// What is wrong with which field.
#[derive(Default)]
struct Wrong {
    label: Option<String>,
    scopes: Option<String>,
    all: Option<String>,
}

/// Says what an app asks for.
async fn show(State(portal): State<Arc<Portal>>, visit: Visit, Path(token): Path<String>) -> Result<Response, Failure> {
    let session = approver(&portal, &visit, &visit.path)?;
    let waiting = portal.accounts.login_flow(&token, &visit.browser).await.map_err(over)?;
    Ok(page(&portal, &visit, session, &waiting, None, Wrong::default()))
}

/// Takes what its user answers.
async fn take(
    State(portal): State<Arc<Portal>>,
    Path(token): Path<String>,
    Posted { visit, fields }: Posted,
) -> Result<Response, Failure> {
    let (accounts, back) = (&portal.accounts, page_at(&token));
    if fields.text("decision") != "allow" {
        let session = visit.session().ok_or_else(|| Failure::SignIn(back.clone()))?;
        let waiting = accounts.login_flow(&token, &visit.browser).await.map_err(over)?;
        accounts.answer_login_flow(&session.actor(), session.account, &token, None).await.map_err(over)?;
        return Ok(denied(&portal, &visit, waiting.name.as_str()));
    }
    let session = approver(&portal, &visit, &back)?;
    let waiting = accounts.login_flow(&token, &visit.browser).await.map_err(over)?;
    let again = |wrong| Ok(page(&portal, &visit, session, &waiting, Some(&fields), wrong));
    let w = &visit.words;
    let label = fields.text("label").parse::<Label>().map_err(|error| label_wrong(&error, w));
    let chosen = chosen(&fields);
    let label = match (label, chosen.is_empty()) {
        (Ok(label), false) => label,
        (label, is_empty) => {
            let scopes = is_empty.then(|| w.say("scope-missing"));
            return again(Wrong { label: label.err(), scopes, all: None });
        }
    };
    let answer = Some((label.clone(), chosen));
    let refused = match accounts.answer_login_flow(&session.actor(), session.account, &token, answer).await {
        Ok(()) => {
            let list = ("/app-passwords", "app-passwords");
            return Ok(allowed(&portal, &visit, label.as_str(), "flow-allowed", list));
        }
        Err(AccountsError::Denied(Denied::StepUpNeeded)) => return Err(Failure::StepUp(back)),
        Err(AccountsError::TooManyActive(_)) => w.count("too-many", "max", &ACTIVE_MAX),
        Err(AccountsError::NoSecondFactor) => w.say("needs-factor"),
        Err(AccountsError::NoScope) => w.say("scope-missing"),
        Err(other) => return Err(over(other)),
    };
    again(Wrong { all: Some(refused), ..Wrong::default() })
}

/// An app that waits no more is begun again in the app, and nowhere else.
fn over(error: AccountsError) -> Failure {
    match error {
        AccountsError::LinkOver => Failure::ApprovalOver,
        other => other.into(),
    }
}

fn page(
    portal: &Portal,
    visit: &Visit,
    session: &Session,
    waiting: &Waiting,
    typed: Option<&Fields>,
    wrong: Wrong,
) -> Response {
    let f = Frame::new(portal, visit);
    let chosen = typed.map_or(waiting.asked.scopes, chosen);
    let choices = waiting.asked.scopes.choices(portal.accounts.settings().calendars_and_contacts);
    render(&FlowPage {
        f: &f,
        login: session.login.as_str(),
        action: visit.path.split('?').next().unwrap_or_default(),
        waiting,
        from: begun_from(&visit.words, waiting),
        label: typed.map_or_else(|| waiting.name.as_str(), |fields| fields.text("label")),
        choices: choices.map(|choice| (choice, chosen.contains_all(choice.scopes()))).collect(),
        wrong,
        has_factor: session.second_factors > 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_called_what_people_call_them() {
        for (agent, name) in [
            ("DAVx5/4.5.3-ose (2025/11/01; dav4jvm; okhttp/4.12.0) Android/15", "DAVx5, Android"),
            ("Mozilla/5.0 (Linux) mirall/3.16.0 (Nextcloud, debian-6.1.0)", "mirall, Linux"),
            ("Mozilla/5.0 (Macintosh) CalendarSync/2", "CalendarSync, Macintosh"),
            ("curl/8.5.0", "curl"),
            ("Android/15", "Android"),
            ("Tasks", "Tasks"),
            ("", "App"),
            ("\u{202e}/1", "App"),
        ] {
            assert_eq!(app_name(agent).as_str(), name, "{agent}");
        }
        assert!(app_name(&format!("{}/1 Android", "x".repeat(4000))).as_str().len() < 80);
    }
}
