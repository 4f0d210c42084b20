//! The link in a letter that proves an address for notices. Whoever has it need not be signed in.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use valetkey_accounts::AccountsError;
use valetkey_domain::{LinkKind, OneTimeCode};

use super::Answer;
use crate::Portal;
use crate::form::Posted;
use crate::page::{Frame, render};
use crate::visit::Visit;

/// Which links lead here.
const KIND: &[LinkKind] = &[LinkKind::NoticeAddress];

#[derive(Template)]
#[template(path = "notice_address.html")]
struct NoticeAddressPage<'a> {
    f: &'a Frame<'a>,
    title: &'static str,
    text: String,
    /// Where the form goes, if there is still something to be done.
    code: Option<&'a str>,
}

/// Asks only: what looks through mail for bad links follows them, and must not answer for anybody.
pub(crate) async fn ask(State(portal): State<Arc<Portal>>, mut visit: Visit, Path(code): Path<String>) -> Answer {
    let link = match OneTimeCode::presented(&code) {
        Some(code) => portal.accounts.look_at_link(&code, KIND).await?,
        None => None,
    };
    let Some(address) = link.and_then(|link| link.address) else { return Ok(over(&portal, &visit)) };
    let cookie = portal.form_cookie(&mut visit);
    let text = visit.words.about("notice-link-text", "address", address.as_str());
    let f = Frame::new(&portal, &visit);
    let page = render(&NoticeAddressPage { f: &f, title: "notice-link", text, code: Some(&code) });
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), page).into_response())
}

/// Notices go there from now on.
pub(crate) async fn confirm(
    State(portal): State<Arc<Portal>>,
    Path(code): Path<String>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let Some(code) = OneTimeCode::presented(&code) else { return Ok(over(&portal, &visit)) };
    let address = match portal.accounts.confirm_notice_address(&code).await {
        Ok(address) => address,
        // That it is the account's own mailbox by now ends the link too.
        Err(AccountsError::LinkOver | AccountsError::OwnMailbox) => return Ok(over(&portal, &visit)),
        Err(other) => return Err(other.into()),
    };
    let text = visit.words.about("notice-link-done-text", "address", address.as_str());
    let f = Frame::new(&portal, &visit);
    Ok(render(&NoticeAddressPage { f: &f, title: "notice-link-done", text, code: None }))
}

/// The link is used up, too old, or never was one.
fn over(portal: &Portal, visit: &Visit) -> Response {
    let f = Frame::new(portal, visit);
    let text = visit.words.say("notice-link-over-text");
    let page = render(&NoticeAddressPage { f: &f, title: "notice-link-over", text, code: None });
    (StatusCode::GONE, page).into_response()
}
