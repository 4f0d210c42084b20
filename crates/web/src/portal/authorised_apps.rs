//! Authorised apps: those that were let in with the account, listed and removed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use valetkey_domain::GrantId;
use valetkey_domain::oauth::Grant;

use super::app_passwords::{RevokePage, connections};
use super::{Answer, elsewhere, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::page::{Frame, render, used_how};
use crate::visit::Visit;

const LIST: &str = "/authorised-apps";

#[derive(Template)]
#[template(path = "authorised_apps.html")]
struct ListPage<'a> {
    f: &'a Frame<'a>,
    rows: Vec<Row>,
}

struct Row {
    one: Grant,
    opens: String,
    used: Option<String>,
    connected: bool,
}

pub(crate) async fn list(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let connected = connections(&portal, session).await?;
    let f = Frame::new(&portal, &visit);
    let row = |one: Grant| Row {
        opens: opens(&f, &one),
        used: one.last_use.as_ref().map(|last| used_how(&visit.words, last)),
        connected: connected.contains_key(&one.id.into()),
        one,
    };
    let grants = portal.accounts.grants(&session.actor(), session.account, false).await?;
    let rows = grants.into_iter().map(row).collect();
    Ok(render(&ListPage { f: &f, rows }))
}

/// What an app may open, and whether it knows whose that is.
pub(super) fn opens(f: &Frame<'_>, one: &Grant) -> String {
    let opened = Some(f.scopes(&one.given.scopes)).filter(|opened| !opened.is_empty());
    let known = one.given.openid.then(|| f.w.say("scope-openid"));
    opened.into_iter().chain(known).collect::<Vec<_>>().join(" · ")
}

/// Says what removing will do, and asks once.
pub(crate) async fn ask_remove(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (session, id) = (visit.signed_in()?, id.parse::<GrantId>().map_err(|_| Failure::NotFound)?);
    let one = portal.accounts.grant(&session.actor(), session.account, id).await?.ok_or(Failure::NotFound)?;
    let open = connections(&portal, session).await?.get(&one.id.into()).copied().unwrap_or(0);
    let w = &visit.words;
    let mut facts = vec![w.count("remove-app-connected", "count", &open)];
    if elsewhere::spares_other_apps(&portal) {
        facts.push(w.say("revoke-others"));
    }
    facts.extend(elsewhere::plan(&portal, w));
    let f = Frame::new(&portal, &visit);
    Ok(render(&RevokePage {
        f: &f,
        title: w.about("remove-app-title", "label", one.name.as_str()),
        action: format!("{LIST}/{}/remove", one.id),
        button: w.say("remove"),
        facts,
        scopes: one.given.scopes,
        back: LIST,
        back_name: w.say("authorised-apps"),
    }))
}

/// Removes one, and says what it did.
pub(crate) async fn remove(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let (session, id) = (visit.signed_in()?, id.parse::<GrantId>().map_err(|_| Failure::NotFound)?);
    let removed = portal.accounts.remove_grant(&session.actor(), session.account, id).await?;
    let w = &visit.words;
    let label = w.about("app-removed", "label", removed.grant.name.as_str());
    let said = format!("{label} {}", w.count("closed-count", "count", &removed.closed));
    portal.tell(&visit, elsewhere::after(&portal, w, said, removed.asked).await)?;
    Ok(go(LIST))
}
