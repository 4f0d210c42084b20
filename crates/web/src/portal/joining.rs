//! Becoming an account holder: by an invitation, or by making an account of one's own where everybody may.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Response};
use valetkey_accounts::{AccountsError, Join, OpenLink};
use valetkey_domain::{DisplayName, LinkKind, NoticeAddress, OneTimeCode};

use super::security::{Wrong, chosen, rejected_because};
use super::{Answer, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::locale::Words;
use crate::page::{Frame, render};
use crate::visit::{Visit, signed_in_cookies};

/// How much of a password is looked at to say how strong it is: estimating takes time, and more does not make it weaker.
const ESTIMATED_CHARACTERS: usize = 64;

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage<'a> {
    f: &'a Frame<'a>,
    link: &'a OpenLink,
    code: &'a str,
    name: &'a str,
    address: &'a str,
    wrong: Wrong,
    wrong_name: Option<String>,
    wrong_address: Option<String>,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage<'a> {
    f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    f: &'a Frame<'a>,
    login: &'a str,
    address: &'a str,
    sent: bool,
    wrong_login: Option<String>,
    wrong_address: Option<String>,
}

const KINDS: &[LinkKind] = &[LinkKind::Invitation, LinkKind::Registration];

/// What stands in a link, if it is still good.
async fn open_link(portal: &Portal, text: &str) -> Result<(OneTimeCode, OpenLink), Failure> {
    let code = OneTimeCode::presented(text).ok_or(Failure::LinkOver)?;
    let link = portal.accounts.look_at_link(&code, KINDS).await?.ok_or(Failure::LinkOver)?;
    if link.is_taken { Err(Failure::NameTaken) } else { Ok((code, link)) }
}

pub(crate) async fn show(State(portal): State<Arc<Portal>>, mut visit: Visit, Path(text): Path<String>) -> Answer {
    let (_, link) = open_link(&portal, &text).await?;
    let cookie = portal.form_cookie(&mut visit);
    let visit = visit.into_nobody();
    let f = Frame::new(&portal, &visit);
    let name = link.display_name.as_str();
    let page = JoinPage {
        f: &f,
        link: &link,
        code: &text,
        name,
        address: link.notice_address.as_ref().map_or("", NoticeAddress::as_str),
        wrong: Wrong::default(),
        wrong_name: None,
        wrong_address: None,
    };
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), render(&page)).into_response())
}

/// What was typed, or what is wrong with it: with the password, with the name, with the address.
fn read(fields: &Fields, words: &Words) -> Result<Join, (Wrong, Option<String>, Option<String>)> {
    let password = chosen(fields, words);
    let display_name = fields.text("name").parse::<DisplayName>();
    let typed = fields.text("address").trim();
    let address = if typed.is_empty() { Ok(None) } else { typed.parse::<NoticeAddress>().map(Some) };
    match (password, display_name, address) {
        (Ok(password), Ok(name), Ok(notice_address)) => {
            let locale = words.tag().parse().ok();
            Ok(Join { password, display_name: Some(name), notice_address, locale })
        }
        (password, name, address) => Err((
            password.err().unwrap_or_default(),
            name.err().map(|_| words.say("name-wrong")),
            address.err().map(|_| words.say("address-wrong")),
        )),
    }
}

pub(crate) async fn join(
    State(portal): State<Arc<Portal>>,
    Path(text): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let visit = visit.into_nobody();
    let (code, link) = open_link(&portal, &text).await?;
    let words = Arc::clone(&visit.words);
    let again = |(wrong, wrong_name, wrong_address)| {
        let f = Frame::new(&portal, &visit);
        let (name, address) = (fields.text("name"), fields.text("address"));
        Ok(render(&JoinPage { f: &f, link: &link, code: &text, name, address, wrong, wrong_name, wrong_address }))
    };
    let choice = match read(&fields, &words) {
        Ok(choice) => choice,
        Err(wrong) => return again(wrong),
    };
    match portal.accounts.join(&code, choice, &visit.browser).await {
        Ok(joined) => Ok((signed_in_cookies(&joined.signed_in), go("/welcome")).into_response()),
        Err(AccountsError::Rejected(rejected)) => {
            let wrong = Wrong { new: Some(rejected_because(rejected, &words)), ..Wrong::default() };
            again((wrong, None, None))
        }
        Err(AccountsError::LoginTaken(_) | AccountsError::RegistrationClosed) => Err(Failure::NameTaken),
        Err(AccountsError::OwnMailbox) => again((Wrong::default(), None, Some(words.say("address-own")))),
        Err(other) => Err(other.into()),
    }
}

/// After choosing a password: the second factor is next.
pub(crate) async fn welcome(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    if visit.signed_in()?.second_factors > 0 {
        return Ok(go("/"));
    }
    let f = Frame::new(&portal, &visit);
    Ok(render(&WelcomePage { f: &f }))
}

pub(crate) async fn ask(State(portal): State<Arc<Portal>>, mut visit: Visit) -> Answer {
    if !portal.settings.registration {
        return Err(Failure::NotFound);
    }
    let cookie = portal.form_cookie(&mut visit);
    let visit = visit.into_nobody();
    let page = register_page(&portal, &visit, "", "", false, [None, None]);
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), page).into_response())
}

fn register_page(
    portal: &Portal,
    visit: &Visit,
    login: &str,
    address: &str,
    sent: bool,
    wrong: [Option<&str>; 2],
) -> Response {
    let f = Frame::new(portal, visit);
    let [wrong_login, wrong_address] = wrong.map(|name| name.map(|name| visit.words.say(name)));
    render(&RegisterPage { f: &f, login, address, sent, wrong_login, wrong_address })
}

pub(crate) async fn register(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let visit = visit.into_nobody();
    let (typed, address) = (fields.text("login").trim(), fields.text("address").trim());
    let page = |sent, wrong| Ok(register_page(&portal, &visit, typed, address, sent, wrong));
    let login = portal.accounts.login_name(typed);
    let reads_at = address.parse::<NoticeAddress>();
    let (Ok(login), Ok(reads_at)) = (&login, &reads_at) else {
        return page(
            false,
            [login.is_err().then_some("login-name-wrong"), reads_at.is_err().then_some("address-wrong")],
        );
    };
    let locale = visit.words.tag().parse().map_err(|_| Failure::Broken)?;
    match portal.accounts.ask_registration(login, reads_at.clone(), &locale, &visit.browser).await {
        Ok(()) => page(true, [None, None]),
        Err(AccountsError::LoginTaken(_)) => page(false, [Some("login-name-taken"), None]),
        Err(AccountsError::OwnMailbox) => page(false, [None, Some("address-own")]),
        Err(AccountsError::RegistrationClosed) => Err(Failure::NotFound),
        Err(AccountsError::Wait(time)) => {
            let f = Frame::new(&portal, &visit);
            let wrong_address = Some(visit.words.wait(time));
            Ok(render(&RegisterPage { f: &f, login: typed, address, sent: false, wrong_login: None, wrong_address }))
        }
        Err(other) => Err(other.into()),
    }
}

/// How strong a password is that somebody is typing, for the script that shows it. As many are estimated at a time as there
/// are processors; who comes while all are busy is told nothing, and asks again with the next letter.
pub(crate) async fn strength(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let short =
        |name: &str| zeroize::Zeroizing::new(fields.text(name).chars().take(ESTIMATED_CHARACTERS).collect::<String>());
    let (password, login) = (short("new"), short("login"));
    let estimating = Arc::clone(&portal.estimating).try_acquire_owned().map_err(|_| Failure::Busy)?;
    let estimated = tokio::task::spawn_blocking(move || {
        let _place = estimating;
        u8::from(zxcvbn::zxcvbn(&password, &[&login]).score())
    });
    let score = estimated.await.map_err(|_| Failure::Broken)?;
    let text = serde_json::json!({ "score": score, "words": visit.words.say(&format!("strength-{score}")) });
    Ok(([(CONTENT_TYPE, "application/json")], text.to_string()).into_response())
}
