//! The page on which people let an app in.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::{HeaderName, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use valetkey_accounts::{AccountsError, Session};
use valetkey_domain::Choice;
use valetkey_domain::oauth::{ClientKind, GRANTS_MAX, RedirectKind, RedirectUri, Requested};
use valetkey_domain::policy::{Denied, STEP_UP_FOR_A_FORM};

use super::authorise::{Amiss, Asking, Doubtful, read};
use super::unanswered::Unanswered;
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::guard::FormsEndAt;
use crate::locale::Words;
use crate::page::{Frame, choice_hint, choice_message, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    f: &'a Frame<'a>,
    name: &'a str,
    login: &'a str,
    action: &'a str,
    choices: Vec<Choice>,
    given: Requested,
    unverified: bool,
    back: String,
    has_factor: bool,
    amiss: Option<String>,
}

#[derive(Template)]
#[template(path = "back_to_app.html")]
struct BackPage<'a> {
    f: &'a Frame<'a>,
    name: &'a str,
    to: &'a str,
}

#[derive(Template)]
#[template(path = "doubtful_app.html")]
struct DoubtfulPage<'a> {
    f: &'a Frame<'a>,
    name: &'a str,
    host: &'a str,
    why: &'a str,
    to: &'a str,
}

/// What stands between an app and its answer.
enum Standing<'a> {
    /// Nobody is signed in.
    Nobody,
    /// They have no second factor.
    NoFactor(&'a Session),
    /// They have not shown it just now.
    NotLately,
    /// Nothing but their word.
    Ready(&'a Session),
}

/// Says what an app asks for. Whose app is our own is let in without a word.
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let asking = match read(&portal, query.as_deref().unwrap_or_default()).await {
        Ok(asking) => asking,
        Err(amiss) => return amiss.answer(&portal, &visit),
    };
    let is_trusted = asking.what.client.is_trusted() && !asking.prompt.consent;
    let standing = standing(&portal, &visit, asking.prompt.max_age);
    if asking.prompt.none {
        let why = match standing {
            Standing::Nobody | Standing::NotLately => Unanswered::LoginRequired,
            Standing::NoFactor(_) => Unanswered::InteractionRequired,
            Standing::Ready(_) if !is_trusted => Unanswered::ConsentRequired,
            Standing::Ready(session) => match let_in(&portal, session, &asking).await? {
                Some(to) => return Ok(away(&to)),
                None => Unanswered::InteractionRequired,
            },
        };
        return asking.back.unseen(why).answer(&portal, &visit);
    }
    match standing {
        Standing::Nobody => Err(Failure::SignIn(asking.path)),
        Standing::NoFactor(session) => Ok(page(&portal, &visit, session, &asking, false, None)),
        Standing::NotLately => Err(Failure::StepUp(asking.path)),
        Standing::Ready(_) if asking.prompt.login => Err(Failure::StepUp(asking.path)),
        Standing::Ready(session) if is_trusted => Ok(match let_in(&portal, session, &asking).await? {
            Some(to) if is_from_own_form(&headers) => onward(&portal, &visit, &asking, &to),
            Some(to) => away(&to),
            None => full(&portal, &visit, session, &asking),
        }),
        Standing::Ready(session) => Ok(page(&portal, &visit, session, &asking, true, None)),
    }
}

/// Takes what they have decided.
pub(crate) async fn decide(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    Posted { visit, fields }: Posted,
) -> Result<Response, Failure> {
    let asking = match read(&portal, query.as_deref().unwrap_or_default()).await {
        Ok(asking) => asking,
        Err(amiss) => return amiss.answer(&portal, &visit),
    };
    let Some(session) = visit.session() else { return Err(Failure::SignIn(asking.path)) };
    match fields.text("decision") {
        "allow" => Ok(match let_in(&portal, session, &asking).await? {
            Some(to) => away(&to),
            None => full(&portal, &visit, session, &asking),
        }),
        _ => Ok(away(&asking.back.refused(Unanswered::Denied))),
    }
}

impl Amiss {
    fn answer(self, portal: &Portal, visit: &Visit) -> Result<Response, Failure> {
        match self {
            Self::Here(failure) => Err(failure),
            Self::Back(to) => Ok(away(&to)),
            Self::Doubtful(Doubtful { name, host, why, to }) => {
                let f = Frame::new(portal, visit);
                let page = render(&DoubtfulPage { f: &f, name: name.as_str(), host: &host, why: &why, to: &to });
                Ok((StatusCode::BAD_REQUEST, page).into_response())
            }
        }
    }
}

fn standing<'a>(portal: &Portal, visit: &'a Visit, max_age: Option<Duration>) -> Standing<'a> {
    let (Some(session), now) = (visit.session(), portal.accounts.now()) else { return Standing::Nobody };
    // At an age of nothing the app wants to see it anew.
    let age_max = max_age.map_or(STEP_UP_FOR_A_FORM, |age| age.min(STEP_UP_FOR_A_FORM));
    let is_fresh = session.second_factor_at.is_some_and(|at| !age_max.is_zero() && now.since(at) <= age_max);
    match session.second_factors {
        0 => Standing::NoFactor(session),
        _ if is_fresh => Standing::Ready(session),
        _ => Standing::NotLately,
    }
}

/// Where the app is sent with its code; none if the account has let in as many apps as it may.
async fn let_in(portal: &Arc<Portal>, session: &Session, asking: &Asking) -> Result<Option<String>, Failure> {
    match portal.accounts.authorise_app(&session.actor(), session.account, asking.what.clone()).await {
        Ok(code) => Ok(Some(asking.back.with_code(code.expose()))),
        Err(AccountsError::TooManyGrants) => Ok(None),
        Err(AccountsError::Denied(Denied::StepUpNeeded)) => Err(Failure::StepUp(asking.path.clone())),
        // The page says what they need.
        Err(AccountsError::NoSecondFactor) => Err(Failure::Again(asking.path.clone())),
        // It was forgotten while they read the page.
        Err(AccountsError::ForeignRedirect) => {
            Err(Failure::NoApp("redirect_uri is none that this client has registered."))
        }
        Err(other) => Err(other.into()),
    }
}

/// The page once more: one of the other apps has to go first.
fn full(portal: &Portal, visit: &Visit, session: &Session, asking: &Asking) -> Response {
    page(portal, visit, session, asking, true, Some(too_many(&visit.words)))
}

/// What somebody is told who has let in as many apps as they may.
pub(super) fn too_many(words: &Words) -> String {
    words.count("too-many-apps", "max", &GRANTS_MAX)
}

fn page(
    portal: &Portal,
    visit: &Visit,
    session: &Session,
    asking: &Asking,
    has_factor: bool,
    amiss: Option<String>,
) -> Response {
    let (f, what) = (Frame::new(portal, visit), &asking.what);
    let mut response = render(&ConsentPage {
        f: &f,
        name: what.client.name.as_str(),
        login: session.login.as_str(),
        action: &asking.path,
        choices: what.given.scopes.choices(portal.accounts.settings().calendars_and_contacts).collect(),
        given: what.given,
        unverified: is_unverified(asking),
        back: back_said(&visit.words, &what.redirect),
        has_factor,
        amiss,
    });
    if let Some(source) = source(&what.redirect) {
        response.extensions_mut().insert(FormsEndAt(source));
    }
    response
}

/// Where somebody comes to who has decided.
pub(super) fn back_said(words: &Words, redirect: &RedirectUri) -> String {
    let message = match redirect.kind() {
        RedirectKind::Claimed => "consent-back",
        RedirectKind::Loopback | RedirectKind::PrivateUse => "consent-back-here",
    };
    words.about(message, "host", redirect.shown())
}

/// Whether the app's name is only what it says of itself.
pub(super) fn is_unverified(asking: &Asking) -> bool {
    asking.what.client.kind == ClientKind::Registered
}

/// Where the page's form may end, for a browser that holds each step of the way against the page's policy.
fn source(redirect: &RedirectUri) -> Option<String> {
    let source = redirect.source();
    // A policy can name no host like [::1].
    if source.starts_with("http://[") {
        return Some("http:".to_owned());
    }
    let is_plain = source.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.:/".contains(&b));
    is_plain.then_some(source)
}

/// Whether the browser comes from one of our own forms: to sign in, or to step up. The policy of that page forbids that its
/// form ends at the app.
fn is_from_own_form(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

/// The way back to the app as a page that goes on by itself.
fn onward(portal: &Portal, visit: &Visit, asking: &Asking, to: &str) -> Response {
    let f = Frame::new(portal, visit);
    let mut response = render(&BackPage { f: &f, name: asking.what.client.name.as_str(), to });
    let refresh = HeaderName::from_static("refresh");
    response.headers_mut().extend(secret_header(&format!("0; url={to}")).map(|value| (refresh, value)));
    response
}

/// Back to the app, by GET (RFC 9700 section 4.12).
fn away(to: &str) -> Response {
    match secret_header(to) {
        Some(to) => (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response(),
        None => Failure::NoApp("redirect_uri cannot be written into an answer.").into_response(),
    }
}

/// There may be a code in it.
fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_end_at_the_app_and_the_policy_takes_nothing_else_from_its_address() {
        for (redirect, expected) in [
            ("https://app.example/done", Some("https://app.example")),
            ("http://127.0.0.1:5000/", Some("http://127.0.0.1:5000")),
            ("http://[::1]:5000/", Some("http:")),
            ("org.example.app:/done", Some("org.example.app:")),
            ("https://a;sandbox/", None),
        ] {
            let Ok(redirect) = RedirectUri::parse(redirect) else { continue };
            assert_eq!(source(&redirect).as_deref(), expected);
        }
    }
}
