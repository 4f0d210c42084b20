//! You: the name, the language, where notices go.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use valetkey_accounts::AccountsError;
use valetkey_domain::policy::Denied;
use valetkey_domain::{DisplayName, NoticeAddress};

use super::{Answer, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::page::{Frame, in_query, render};
use crate::visit::{LANGUAGE, Visit, clear_cookie, set_cookie};

/// What was typed before one stepped up.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    address: String,
}

#[derive(Template)]
#[template(path = "you.html")]
struct YouPage<'a> {
    f: &'a Frame<'a>,
    name: &'a str,
    /// Every language, and whether the account has it.
    languages: Vec<(&'static str, String, bool)>,
    notices_go_to: Option<String>,
    unproved: Option<String>,
    address: &'a str,
    wrong: Wrong,
}

/// What is wrong with which field.
#[derive(Default)]
struct Wrong {
    name: Option<String>,
    address: Option<String>,
}

pub(crate) async fn show(State(portal): State<Arc<Portal>>, visit: Visit, Query(typed): Query<Typed>) -> Answer {
    you_page(&portal, &visit, None, &typed.address, Wrong::default()).await
}

async fn you_page(portal: &Portal, visit: &Visit, name: Option<&str>, address: &str, wrong: Wrong) -> Answer {
    let session = visit.signed_in()?;
    let (actor, account) = (session.actor(), session.account);
    let details = portal.accounts.show_account(&actor, account).await?;
    let unproved = portal.accounts.unproved_notice_address(&actor, account).await?;
    let chosen = session.locale.as_ref().map(|locale| locale.as_str());
    let language = |tag: &'static str, name: String| (tag, name, Some(tag) == chosen);
    let f = Frame::new(portal, visit);
    Ok(render(&YouPage {
        f: &f,
        name: name.unwrap_or(session.display_name.as_str()),
        languages: f.languages().into_iter().map(|(tag, name)| language(tag, name)).collect(),
        notices_go_to: details.account.notice_address.map(|address| address.as_str().to_owned()),
        unproved: unproved.map(|address| address.as_str().to_owned()),
        address,
        wrong,
    }))
}

/// Changes the name and the language, of this browser too.
pub(crate) async fn change(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let session = visit.signed_in()?;
    let typed = fields.text("name");
    let Ok(name) = typed.parse::<DisplayName>() else {
        let wrong = Wrong { name: Some(visit.words.say("name-wrong")), ..Wrong::default() };
        return you_page(&portal, &visit, Some(typed), "", wrong).await;
    };
    let words = portal.locales.find(fields.text("language"));
    let locale = words.and_then(|words| words.tag().parse().ok());
    portal.accounts.change_profile(&session.actor(), session.account, name, locale).await?;
    // Said in the language that was chosen just now.
    portal.tell(&visit, words.unwrap_or(&visit.words).say("you-changed"))?;
    let cookie = words.map_or_else(|| clear_cookie(LANGUAGE), |words| set_cookie(LANGUAGE, words.tag()));
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), go("/you")).into_response())
}

/// Takes an address for notices; a letter goes there first.
pub(crate) async fn give_notice_address(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let (session, w, typed) = (visit.signed_in()?, &visit.words, fields.text("address").trim());
    let given = match typed.parse::<NoticeAddress>() {
        Ok(address) => portal.accounts.give_notice_address(&session.actor(), session.account, address).await,
        Err(_) => return wrong_address(&portal, &visit, typed, w.say("address-wrong")).await,
    };
    match given {
        Ok(()) => {
            portal.tell(&visit, w.about("notice-address-given", "address", typed))?;
            Ok(go("/you"))
        }
        Err(AccountsError::OwnMailbox) => wrong_address(&portal, &visit, typed, w.say("address-own")).await,
        Err(AccountsError::Wait(time)) => wrong_address(&portal, &visit, typed, w.wait(time)).await,
        Err(AccountsError::Denied(Denied::StepUpNeeded)) => {
            Err(Failure::StepUp(format!("/you/notice-address?address={}", in_query(typed))))
        }
        Err(other) => Err(other.into()),
    }
}

async fn wrong_address(portal: &Portal, visit: &Visit, typed: &str, said: String) -> Answer {
    you_page(portal, visit, None, typed, Wrong { address: Some(said), ..Wrong::default() }).await
}
