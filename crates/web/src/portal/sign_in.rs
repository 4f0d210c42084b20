//! Signing in: the primary password, then a second factor. Signing out.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use valetkey_accounts::{AccountsError, Begun, FactorKinds, SecondFactor, Trust};
use valetkey_domain::{LoginName, PrimaryPassword, RecoveryCode};

use super::{Answer, Wanted, go, passkey};
use crate::Portal;
use crate::errand::Errand;
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::locale::Words;
use crate::page::{Frame, in_query, next_page, render};
use crate::visit::{BEGUN, FORM, SESSION, Visit, clear_cookie, set_cookie, signed_in_cookies};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    f: &'a Frame<'a>,
    ask_password: bool,
    login: &'a str,
    next: &'a str,
    next_in_query: String,
    register: bool,
    errand: Option<Errand>,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct FactorPage<'a> {
    f: &'a Frame<'a>,
    title: &'static str,
    action: &'static str,
    stepping_up: bool,
    recovery: bool,
    factors: FactorKinds,
    /// For how many days a browser may be trusted; none where that is not offered.
    trust_days: Option<usize>,
    next: &'a str,
    next_in_query: String,
    wrong: Option<String>,
}

const FACTOR: &str = "/sign-in/second-factor";

/// The first page: a login name.
pub(crate) async fn show(State(portal): State<Arc<Portal>>, mut visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    let next = next_page(&wanted.next);
    if visit.session().is_some() {
        return Ok(go(next));
    }
    // Whoever begins anew does so from the beginning; what another tab is in the middle of is left to it.
    visit.begun = None;
    let cookie = portal.form_cookie(&mut visit);
    let page = sign_in_page(&portal, &visit, false, "", next, None).await;
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), page).into_response())
}

pub(crate) async fn sign_in_page(
    portal: &Arc<Portal>,
    visit: &Visit,
    ask_password: bool,
    login: &str,
    next: &str,
    wrong: Option<String>,
) -> Response {
    let errand = Errand::of(portal, visit, next).await;
    let f = Frame::new(portal, visit);
    let (register, next_in_query) = (portal.settings.registration, in_query(next));
    render(&SignInPage { f: &f, ask_password, login, next, next_in_query, register, errand, wrong })
}

/// The login name, then with it the password. Known and unknown login names get the same pages in the same time.
pub(crate) async fn take(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let (typed, next) = (fields.text("login").trim(), next_page(fields.text("next")));
    let page = async |ask_password, wrong: Option<&str>| {
        let wrong = wrong.map(|name| visit.words.say(name));
        Ok(sign_in_page(&portal, &visit, ask_password, typed, next, wrong).await)
    };
    if typed.is_empty() {
        return page(false, Some("login-missing")).await;
    }
    if fields.text("step") != "password" {
        return page(true, None).await;
    }
    let Some(password) = PrimaryPassword::presented(fields.text("password").as_bytes()) else {
        return page(true, Some("wrong-password")).await;
    };
    if password.expose().is_empty() {
        return page(true, Some("password-missing")).await;
    }
    // A name that none can have takes as long as one that nobody has.
    let login = portal.accounts.login_name(typed).unwrap_or_else(|_| LoginName::from_canonical("*"));
    match portal.accounts.begin_session(&login, &password, &visit.browser).await {
        Ok(Begun::SignedIn(signed_in)) => Ok((signed_in_cookies(&signed_in), go(next)).into_response()),
        Ok(Begun::SecondFactorNeeded(token)) => {
            let cookie = [(SET_COOKIE, set_cookie(BEGUN, token.reveal().expose()))];
            Ok((AppendHeaders(cookie), go(&format!("{FACTOR}?next={}", in_query(next)))).into_response())
        }
        Err(AccountsError::WrongPassword) => page(true, Some("wrong-password")).await,
        Err(AccountsError::Wait(time)) => {
            Ok(sign_in_page(&portal, &visit, true, typed, next, Some(visit.words.wait(time))).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// Asks for the second factor.
pub(crate) async fn ask_factor(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Answer {
    if visit.begun.is_none() {
        return Err(Failure::SignIn(next_page(&wanted.next).to_owned()));
    }
    factor_page(&portal, &visit, false, wanted.with == "recovery", &wanted.next, None).await
}

async fn factor_page(
    portal: &Portal,
    visit: &Visit,
    stepping_up: bool,
    recovery: bool,
    next: &str,
    wrong: Option<String>,
) -> Answer {
    let factors = portal.factors_of(visit).await?;
    let f = Frame::new(portal, visit);
    let (title, action) = if stepping_up { ("step-up", "/step-up") } else { ("second-factor", FACTOR) };
    let next = next_page(next);
    let days = portal.accounts.browser_trust_days();
    let trust_days = (!stepping_up && days > 0).then_some(days);
    let next_in_query = in_query(next);
    Ok(render(&FactorPage {
        f: &f,
        title,
        action,
        stepping_up,
        recovery,
        factors,
        trust_days,
        next,
        next_in_query,
        wrong,
    }))
}

/// What somebody typed as second factor, if it can be one.
pub(crate) fn shown(fields: &Fields) -> Option<SecondFactor> {
    let typed = fields.text("code");
    match fields.text("with") {
        "recovery" => return RecoveryCode::presented(typed).map(SecondFactor::Recovery),
        "passkey" => return Some(SecondFactor::Passkey(passkey::shown(fields))),
        _ => {}
    }
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    digits.parse().ok().map(SecondFactor::Totp)
}

/// Why a second factor was not taken, said on the page.
pub(crate) fn refusal(fields: &Fields, words: &Words, error: AccountsError) -> Result<String, Failure> {
    let recovery = fields.text("with") == "recovery";
    match error {
        AccountsError::WrongCode => Ok(words.say(if recovery { "wrong-recovery-code" } else { "wrong-code" })),
        AccountsError::WrongPasskey => Ok(words.say("wrong-passkey")),
        AccountsError::WrongPassword => Ok(words.say("old-wrong")),
        AccountsError::Wait(time) => Ok(words.wait(time)),
        other => Err(other.into()),
    }
}

/// Takes the second factor of a sign-in.
pub(crate) async fn take_factor(State(portal): State<Arc<Portal>>, posted: Posted) -> Answer {
    let next = next_page(posted.fields.text("next")).to_owned();
    let Some(begun) = &posted.visit.begun else { return Err(Failure::SignIn(next)) };
    let trust = if posted.fields.text("trust") == "yes" { Trust::Begin } else { Trust::Keep };
    let taken = match shown(&posted.fields) {
        Some(factor) => portal.accounts.finish_session(begun, factor, &posted.visit.browser, trust).await,
        None => Err(AccountsError::WrongCode),
    };
    match taken {
        Ok(signed_in) => Ok((signed_in_cookies(&signed_in), go(&next)).into_response()),
        Err(AccountsError::NoSession) => Err(Failure::SignIn(next)),
        Err(error) => {
            let wrong = refusal(&posted.fields, &posted.visit.words, error)?;
            let recovery = posted.fields.text("with") == "recovery";
            factor_page(&portal, &posted.visit, false, recovery, &next, Some(wrong)).await
        }
    }
}

/// Asks a signed-in person for the second factor once more.
pub(crate) async fn ask_again(State(portal): State<Arc<Portal>>, visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    visit.signed_in()?;
    factor_page(&portal, &visit, true, wanted.with == "recovery", &wanted.next, None).await
}

/// Takes it.
pub(crate) async fn take_again(State(portal): State<Arc<Portal>>, posted: Posted) -> Answer {
    let (session, token) = (posted.visit.signed_in()?, posted.visit.token()?);
    let next = next_page(posted.fields.text("next"));
    let password = PrimaryPassword::presented(posted.fields.text("password").as_bytes());
    let taken = match (shown(&posted.fields), password) {
        // Who has no second factor shows the only one once more.
        (_, Some(password)) if session.second_factors == 0 => {
            portal.accounts.step_up_with_password(session, token, &password).await
        }
        (Some(factor), _) => portal.accounts.step_up(session, token, factor).await,
        (None, _) => Err(AccountsError::WrongCode),
    };
    match taken {
        Ok(token) => {
            let cookie = [(SET_COOKIE, set_cookie(SESSION, token.reveal().expose()))];
            Ok((AppendHeaders(cookie), go(next)).into_response())
        }
        Err(error) => {
            let wrong = refusal(&posted.fields, &posted.visit.words, error)?;
            let recovery = posted.fields.text("with") == "recovery";
            factor_page(&portal, &posted.visit, true, recovery, next, Some(wrong)).await
        }
    }
}

/// Signs this browser out.
pub(crate) async fn sign_out(State(portal): State<Arc<Portal>>, posted: Posted) -> Answer {
    portal.accounts.end_session(posted.visit.token()?).await?;
    let cookies = [(SET_COOKIE, clear_cookie(SESSION)), (SET_COOKIE, clear_cookie(FORM))];
    Ok((AppendHeaders(cookies), go("/sign-in")).into_response())
}
