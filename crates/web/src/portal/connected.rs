//! Connected now: the apps that are signed in at this moment.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use valetkey_accounts::gate::Connected;
use valetkey_domain::CredentialId;

use super::{Answer, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::live::{Part, watch};
use crate::page::{Frame, render, render_part, service_name};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "connected.html")]
struct ConnectedPage<'a> {
    f: &'a Frame<'a>,
    connected: Vec<Row>,
}

struct Row {
    one: Connected,
    service: &'static str,
    label: String,
}

#[derive(Template)]
#[template(path = "connected_list.html")]
struct ConnectedPart<'a> {
    f: &'a Frame<'a>,
    connected: Vec<Row>,
}

pub(crate) async fn list(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let connected = rows(&portal, &visit).await?;
    let f = Frame::new(&portal, &visit);
    Ok(render(&ConnectedPage { f: &f, connected }))
}

/// The list, sent again whenever an app comes or goes.
pub(crate) async fn live(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    watch(portal, visit, List::default())
}

/// The list as it was shown last. How much has passed changes all the time: that alone is no news.
#[derive(Default)]
struct List {
    connected: Vec<(u64, Option<Box<str>>, String)>,
    shown: String,
}

impl Part for List {
    async fn look(&mut self, portal: &Arc<Portal>, visit: &Visit) -> Result<String, Failure> {
        let rows = rows(portal, visit).await?;
        let known = |row: &Row| (row.one.number, row.one.about.client.clone(), row.label.clone());
        let connected: Vec<_> = rows.iter().map(known).collect();
        if self.shown.is_empty() || connected != self.connected {
            self.shown = render_part(&ConnectedPart { f: &Frame::of_part(portal, visit), connected: rows })?;
            self.connected = connected;
        }
        Ok(self.shown.clone())
    }
}

async fn rows(portal: &Portal, visit: &Visit) -> Result<Vec<Row>, Failure> {
    let session = visit.signed_in()?;
    let (actor, account) = (session.actor(), session.account);
    let mut labels: HashMap<CredentialId, String> = portal
        .accounts
        .app_passwords(&actor, account, false)
        .await?
        .into_iter()
        .map(|one| (one.id.into(), one.label.to_string()))
        .collect();
    let grants = portal.accounts.grants(&actor, account, false).await?;
    labels.extend(grants.into_iter().map(|one| (one.id.into(), one.name.to_string())));
    let connected = portal.accounts.connections(&actor, Some(account), usize::MAX).await?;
    let row = |one: Connected| Row {
        service: service_name(one.about.service),
        label: labels.get(&one.credential).cloned().unwrap_or_default(),
        one,
    };
    Ok(connected.into_iter().map(row).collect())
}

pub(crate) async fn sign_out(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<u64>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let session = visit.signed_in()?;
    let (actor, account) = (session.actor(), session.account);
    let grants = portal.accounts.grants(&actor, account, false).await?;
    let open = portal.accounts.connections(&actor, Some(account), usize::MAX).await?;
    let by = open.iter().find(|one| one.number == number).map(|one| one.credential);
    let is_authorised = grants.iter().any(|grant| by == Some(grant.id.into()));
    let closed = portal.accounts.sign_out_app(&actor, account, number).await?;
    let said = match (closed, is_authorised) {
        (true, true) => "authorised-app-signed-out",
        (true, false) => "app-signed-out",
        (false, _) => "app-gone",
    };
    portal.tell(&visit, visit.words.say(said))?;
    Ok(go("/connected"))
}
