//! A one-time link that staff made: shown once, to be handed over.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use valetkey_domain::{AccountId, LinkKind, Plain, Timestamp};

use super::super::{Answer, go};
use super::{Subject, page_of, staff, step_up_at};
use crate::Portal;
use crate::page::{Frame, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "admin_link.html")]
struct LinkPage<'a> {
    f: &'a Frame<'a>,
    subject: &'a Subject,
    made: Option<Made<'a>>,
    again: bool,
}

struct Made<'a> {
    lead: String,
    url: String,
    groups: Vec<&'a str>,
    until: Timestamp,
}

/// Makes a link, and sends the browser to the page that shows it once.
pub(super) async fn make(portal: &Portal, visit: &Visit, id: AccountId) -> Answer {
    let session = staff(visit)?;
    let made = portal.accounts.make_link(&session.actor(), id).await;
    let made = made.map_err(|error| step_up_at(error, &format!("{}/reset", page_of(id))))?;
    let text = Plain::new(format!("{} {} {}", made.kind, made.code.reveal().expose(), made.expires_at));
    portal.shown.keep(session.id, waiting(id), text, portal.accounts.now());
    Ok(go(&format!("{}/link", page_of(id))))
}

/// The name under which the link of an account waits for its page.
fn waiting(id: AccountId) -> String {
    format!("link {id}")
}

pub(super) async fn show(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let kept = portal.shown.take(staff(&visit)?.id, &waiting(subject.account().id), portal.accounts.now());
    let made = kept.as_ref().and_then(|text| read(&portal, &visit, &subject, text.expose()));
    let f = Frame::new(&portal, &visit);
    let again = subject.rights.may(valetkey_domain::policy::Action::ResetPrimaryPassword);
    Ok(render(&LinkPage { f: &f, subject: &subject, made, again }))
}

fn read<'a>(portal: &Portal, visit: &Visit, subject: &Subject, text: &'a str) -> Option<Made<'a>> {
    let mut parts = text.split(' ');
    let (kind, code, until) = (parts.next()?.parse::<LinkKind>().ok()?, parts.next()?, parts.next()?.parse().ok()?);
    // Where the pages are that take it.
    let (lead, path) = match kind {
        LinkKind::Invitation => ("once-invitation", "invite"),
        _ => ("once-reset", "reset"),
    };
    Some(Made {
        lead: visit.words.about(lead, "name", subject.name()),
        url: format!("{}/{path}/{code}", portal.settings.origin),
        groups: code.split('-').collect(),
        until,
    })
}
