//! A forgotten password: a link by mail or a code from an administrator, and a second factor with it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use valetkey_accounts::{AccountsError, OpenLink};
use valetkey_domain::{LinkKind, OneTimeCode};

use super::security::{Wrong, chosen, rejected_because};
use super::sign_in::{refusal, shown};
use super::{Answer, Wanted, elsewhere, ended, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::page::{Frame, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "forgot.html")]
struct ForgotPage<'a> {
    f: &'a Frame<'a>,
    login: &'a str,
    asked: bool,
    wrong: Option<String>,
    wrong_code: Option<String>,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage<'a> {
    f: &'a Frame<'a>,
    link: &'a OpenLink,
    code: &'a str,
    recovery: bool,
    wrong: Wrong,
    wrong_factor: Option<String>,
}

#[derive(Template)]
#[template(path = "reset_done.html")]
struct DonePage<'a> {
    f: &'a Frame<'a>,
    facts: Vec<String>,
}

pub(crate) async fn ask(State(portal): State<Arc<Portal>>, mut visit: Visit) -> Answer {
    let cookie = portal.form_cookie(&mut visit);
    let visit = visit.into_nobody();
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), forgot_page(&portal, &visit, "", false, [None, None])).into_response())
}

fn forgot_page(portal: &Portal, visit: &Visit, login: &str, asked: bool, wrong: [Option<&str>; 2]) -> Response {
    let f = Frame::new(portal, visit);
    let [wrong, wrong_code] = wrong.map(|name| name.map(|name| visit.words.say(name)));
    render(&ForgotPage { f: &f, login, asked, wrong, wrong_code })
}

/// Takes a login name, to which a letter goes if it can, or a code that somebody got from an administrator.
pub(crate) async fn forgotten(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let visit = visit.into_nobody();
    let (typed, code) = (fields.text("login").trim(), fields.text("code").trim());
    if fields.text("with") == "code" {
        let Some(code) = OneTimeCode::presented(code) else {
            return Ok(forgot_page(&portal, &visit, "", false, [None, Some("staff-code-wrong")]));
        };
        let found = portal.accounts.look_at_link(&code, &[LinkKind::Reset, LinkKind::Invitation]).await?;
        return match found.map(|link| link.kind) {
            Some(LinkKind::Invitation) => Ok(go(&format!("/invite/{}", code.reveal().expose()))),
            Some(_) => Ok(go(&format!("/reset/{}", code.reveal().expose()))),
            None => Ok(forgot_page(&portal, &visit, "", false, [None, Some("staff-code-wrong")])),
        };
    }
    if typed.is_empty() {
        return Ok(forgot_page(&portal, &visit, typed, false, [Some("login-missing"), None]));
    }
    // A name that none can have is answered like one that nobody has.
    if let Ok(login) = portal.accounts.login_name(typed) {
        portal.accounts.ask_reset(&login)?;
    }
    Ok(forgot_page(&portal, &visit, typed, true, [None, None]))
}

async fn open_link(portal: &Portal, text: &str) -> Result<(OneTimeCode, OpenLink), Failure> {
    let code = OneTimeCode::presented(text).ok_or(Failure::LinkOver)?;
    let link = portal.accounts.look_at_link(&code, &[LinkKind::Reset]).await?.ok_or(Failure::LinkOver)?;
    Ok((code, link))
}

pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    mut visit: Visit,
    Path(text): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let (_, link) = open_link(&portal, &text).await?;
    let cookie = portal.form_cookie(&mut visit);
    let visit = visit.into_nobody();
    let f = Frame::new(&portal, &visit);
    let recovery = wanted.with == "recovery";
    let page = ResetPage { f: &f, link: &link, code: &text, recovery, wrong: Wrong::default(), wrong_factor: None };
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), render(&page)).into_response())
}

pub(crate) async fn reset(
    State(portal): State<Arc<Portal>>,
    Path(text): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let visit = visit.into_nobody();
    let (code, link) = open_link(&portal, &text).await?;
    let words = Arc::clone(&visit.words);
    let again = |wrong, wrong_factor| {
        let (f, recovery) = (Frame::new(&portal, &visit), fields.text("with") == "recovery");
        Ok(render(&ResetPage { f: &f, link: &link, code: &text, recovery, wrong, wrong_factor }))
    };
    let new = match chosen(&fields, &words) {
        Ok(new) => new,
        Err(wrong) => return again(wrong, None),
    };
    let factor = shown(&fields);
    let has_factor = link.factors.totp || link.factors.passkey;
    if has_factor && factor.is_none() {
        return again(Wrong::default(), Some(refusal(&fields, &words, AccountsError::WrongCode)?));
    }
    let done = match portal.accounts.reset_by_link(&code, &new, factor.filter(|_| has_factor)).await {
        Ok(done) => done,
        Err(AccountsError::Rejected(rejected)) => {
            return again(Wrong { new: Some(rejected_because(rejected, &words)), ..Wrong::default() }, None);
        }
        Err(error) => return again(Wrong::default(), Some(refusal(&fields, &words, error)?)),
    };
    let f = Frame::new(&portal, &visit);
    let mut facts = vec![ended::after(&words, done.revoked), words.count("closed-count", "count", &done.closed)];
    facts.extend(portal.accounts.other_servers(done.asked).await.iter().map(|one| elsewhere::told(&words, one)));
    Ok(render(&DonePage { f: &f, facts }))
}
