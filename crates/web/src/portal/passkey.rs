//! Passkeys: challenges for the script, signing in without a password, adding one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use valetkey_accounts::{AccountsError, FactorKinds, PasskeyChallenge, PasskeyShown};
use valetkey_domain::Label;

use super::{Answer, Wanted, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::page::{Frame, label_wrong, leading_to, next_page, render};
use crate::portal::security::{afterwards, step_up_at, stepped_up};
use crate::portal::sign_in::sign_in_page;
use crate::visit::{Visit, signed_in_cookies};

#[derive(Template)]
#[template(path = "passkey.html")]
struct PasskeyPage<'a> {
    f: &'a Frame<'a>,
    name: &'a str,
    /// Where one wants to go afterwards; empty for nowhere else.
    next: &'a str,
    wrong: Option<String>,
    wrong_name: Option<String>,
}

/// What the browser's answer to a challenge is sent as.
pub(crate) fn shown(fields: &Fields) -> PasskeyShown {
    PasskeyShown { challenge: fields.text("challenge").to_owned(), answer: fields.text("answer").to_owned() }
}

/// A challenge: for whoever is asked for a second factor, or for anybody who signs in.
pub(crate) async fn challenge(
    State(portal): State<Arc<Portal>>,
    Query(wanted): Query<Wanted>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let visit = if wanted.with == "any" { visit.into_nobody() } else { visit };
    let challenge = match (visit.session(), &visit.begun) {
        (Some(session), _) => portal.accounts.challenge_passkeys_of(session.account).await?,
        (None, Some(begun)) => portal.accounts.challenge_begun(begun).await?,
        (None, None) => portal.accounts.challenge_any_passkey()?,
    };
    Ok(in_json(&challenge))
}

/// A challenge for making one.
pub(crate) async fn creation(State(portal): State<Arc<Portal>>, Posted { visit, .. }: Posted) -> Answer {
    let session = visit.signed_in()?;
    Ok(in_json(&portal.accounts.offer_passkey(&session.actor(), session.account).await?))
}

fn in_json(challenge: &PasskeyChallenge) -> Response {
    let text = serde_json::json!({ "challenge": challenge.id, "options": challenge.options }).to_string();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Signs in whoever shows a passkey.
pub(crate) async fn sign_in(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let next = next_page(fields.text("next"));
    match portal.accounts.sign_in_with_passkey(&shown(&fields), &visit.browser).await {
        Ok(signed_in) => Ok((signed_in_cookies(&signed_in), go(next)).into_response()),
        Err(AccountsError::WrongPasskey) => {
            Ok(sign_in_page(&portal, &visit, false, "", next, Some(visit.words.say("wrong-passkey"))).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// The page that adds one.
pub(crate) async fn ask(State(portal): State<Arc<Portal>>, visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    stepped_up(&portal, &visit)?;
    let name = visit.browser.name.as_deref().unwrap_or_default();
    Ok(page(&portal, &visit, (name, afterwards(&wanted.next)), None, None))
}

fn page(
    portal: &Portal,
    visit: &Visit,
    (name, next): (&str, &str),
    wrong: Option<&str>,
    wrong_name: Option<String>,
) -> Response {
    let f = Frame::new(portal, visit);
    let say = |message: Option<&str>| message.map(|name| visit.words.say(name));
    render(&PasskeyPage { f: &f, name, next, wrong: say(wrong), wrong_name })
}

/// Keeps one that was just made.
pub(crate) async fn enrol(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let (session, name, next) = (visit.signed_in()?, fields.text("name"), afterwards(fields.text("next")));
    let shown_again = |wrong, wrong_name| Ok(page(&portal, &visit, (name, next), wrong, wrong_name));
    let label = match name.parse::<Label>() {
        Ok(label) => label,
        Err(error) => return shown_again(None, Some(label_wrong(&error, &visit.words))),
    };
    match portal.accounts.enrol_passkey(&session.actor(), session.account, label, &shown(&fields)).await {
        Ok(enrolled) => portal.after_enrolling(&visit, &enrolled, "passkey-added", next),
        Err(AccountsError::WrongPasskey) => shown_again(Some("passkey-not-made"), None),
        Err(AccountsError::TooManyFactors) => shown_again(Some("too-many-factors"), None),
        Err(other) => Err(step_up_at(other, &leading_to("/security/passkey", next))),
    }
}

impl Portal {
    /// Which second factors a reader can be asked for.
    pub(crate) async fn factors_of(&self, visit: &Visit) -> Result<FactorKinds, Failure> {
        if let Some(session) = visit.session() {
            let details = self.accounts.show_account(&session.actor(), session.account).await?;
            return Ok(FactorKinds::of(&details.factors));
        }
        match &visit.begun {
            Some(begun) => Ok(self.accounts.begun_factors(begun).await?),
            None => Ok(FactorKinds::default()),
        }
    }
}
