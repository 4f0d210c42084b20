//! Who is connected, of all accounts; and signing out one connection.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use valetkey_accounts::CredentialName;
use valetkey_accounts::gate::Connected;
use valetkey_domain::policy::Action;
use valetkey_domain::{AccountId, CredentialId, Kind, LoginName, Role};

use super::super::{Answer, go};
use super::{Subject, staff};
use crate::Portal;
use crate::form::Posted;
use crate::page::{Frame, render, service_name};
use crate::visit::Visit;

/// The most connections that are shown, the oldest.
const SHOWN_MAX: usize = 1000;

#[derive(Template)]
#[template(path = "admin_connections.html")]
struct ConnectionsPage<'a> {
    f: &'a Frame<'a>,
    connected: Vec<Connected>,
    count: usize,
    names: HashMap<AccountId, LoginName>,
    called: HashMap<CredentialId, CredentialName>,
    shown_max: usize,
    signs_out: bool,
}

impl ConnectionsPage<'_> {
    fn name_of<'b>(&'b self, one: &'b Connected) -> &'b str {
        self.names.get(&one.account).unwrap_or(&one.about.login).as_str()
    }

    /// What the app password or the authorised app is called by which it came in.
    fn label_of(&self, one: &Connected) -> Option<&str> {
        self.called.get(&one.credential).map(CredentialName::label)
    }
}

pub(super) async fn list(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let actor = staff(&visit)?.actor();
    let connected = portal.accounts.connections(&actor, None, SHOWN_MAX).await?;
    let concerned: HashSet<AccountId> = connected.iter().map(|one| one.account).collect();
    let names = portal.accounts.login_names_of(&actor, concerned).await?;
    let shown = connected.iter().map(|one| (one.account, one.credential)).collect();
    let called = portal.accounts.credential_names(&actor, shown).await?;
    // Who may not sign out everybody does it on the account's page, where it is known whose it is.
    let rights = portal.accounts.rights_over_all(&actor, Kind::Person, Some(Role::Administrator));
    let (f, signs_out) = (Frame::new(&portal, &visit), rights.may(Action::SignOut));
    let count = connected.len();
    Ok(render(&ConnectionsPage { f: &f, count, connected, names, called, shown_max: SHOWN_MAX, signs_out }))
}

pub(super) async fn sign_out(
    State(portal): State<Arc<Portal>>,
    Path((id, number)): Path<(String, u64)>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let (actor, account) = (staff(&visit)?.actor(), subject.account().id);
    let open = portal.accounts.connections(&actor, Some(account), usize::MAX).await?;
    let it = open.iter().find(|one| one.number == number).map(|one| (account, one.credential));
    let called = portal.accounts.credential_names(&actor, it.into_iter().collect()).await?;
    let closed = portal.accounts.sign_out_app(&actor, account, number).await?;
    let said = match (closed, called.values().any(CredentialName::is_authorised_app)) {
        (true, true) => "authorised-app-signed-out",
        (true, false) => "app-signed-out",
        (false, _) => "app-gone",
    };
    portal.tell(&visit, visit.words.say(said))?;
    Ok(go(if fields.text("from") == "connections" { "/admin/connections" } else { &subject.page }))
}
