//! Administration: pages for whoever has a role. For everybody else they are not there.

mod account;
mod accounts;
mod audit;
mod authorised_apps;
mod connections;
mod deed;
mod device;
mod export;
mod link;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use valetkey_accounts::{AccountDetails, AccountsError, Rights, Session};
use valetkey_domain::policy::{Action, Denied};
use valetkey_domain::{Account, AccountId, AccountState, Kind, Role};

use crate::Portal;
use crate::failure::Failure;
use crate::visit::Visit;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/admin", get(accounts::first))
        .route("/admin/accounts", get(accounts::list))
        .route("/admin/accounts/new", get(accounts::new).post(accounts::make))
        .route("/admin/accounts/{id}", get(account::show))
        .route("/admin/accounts/{id}/link", get(link::show))
        .route("/admin/accounts/{id}/role", post(account::set_role))
        .route("/admin/accounts/{id}/login-names", post(account::add_login_name))
        .route(
            "/admin/accounts/{id}/login-names/remove",
            get(deed::ask_remove_login_name).post(deed::remove_login_name),
        )
        .route("/admin/accounts/{id}/app-passwords/new", get(device::new).post(device::make))
        .route("/admin/accounts/{id}/app-passwords/{one}", get(device::made))
        .route("/admin/accounts/{id}/app-passwords/{one}/live", get(device::live))
        .route("/admin/accounts/{id}/app-passwords/{one}/revoke", get(deed::ask_revoke).post(deed::revoke))
        .route(
            "/admin/accounts/{id}/authorised-apps/{one}/remove",
            get(authorised_apps::ask_remove).post(authorised_apps::remove),
        )
        .route("/admin/accounts/{id}/connections/{number}/sign-out", post(connections::sign_out))
        .route("/admin/accounts/{id}/{deed}", get(deed::ask).post(deed::act))
        .route("/admin/connections", get(connections::list))
        .route("/admin/audit", get(audit::show))
        .route("/admin/audit/export.csv", get(export::csv))
        .route("/admin/audit/export.jsonl", get(export::json_lines))
        .route("/admin/settings", get(settings::show))
}

/// Whoever is signed in, if they have a role. Others are not told that there is anything here.
fn staff(visit: &Visit) -> Result<&Session, Failure> {
    let session = visit.signed_in()?;
    if session.role.is_some() { Ok(session) } else { Err(Failure::NotFound) }
}

/// An account that a page is about, and what may be done to it there.
struct Subject {
    details: AccountDetails,
    rights: Rights,
    /// Its page.
    page: String,
    /// Whether it is the reader's own.
    is_own: bool,
}

impl Subject {
    async fn of(portal: &Portal, visit: &Visit, id: &str) -> Result<Self, Failure> {
        let session = staff(visit)?;
        let id: AccountId = id.parse().map_err(|_| Failure::NotFound)?;
        let details = portal.accounts.show_account(&session.actor(), id).await?;
        if details.account.state == AccountState::Closed {
            return Err(Failure::NotFound);
        }
        let rights = portal.accounts.rights(&session.actor(), &details.account);
        let is_own = session.account == id;
        Ok(Self { details, rights, page: page_of(id), is_own })
    }

    /// Whether letters about the account go anywhere.
    fn is_told(&self) -> bool {
        self.account().notice_address.is_some()
    }

    fn account(&self) -> &Account {
        &self.details.account
    }

    /// What people call it.
    fn name(&self) -> &str {
        called(self.account().display_name.as_str(), self.account().canonical_login().as_str())
    }

    /// Goes on only if this may be done, now and not only after another second factor.
    fn must(&self, action: Action, visit: &Visit) -> Result<(), Failure> {
        self.rights.now(action).map_err(|denied| step_up_at(denied.into(), &visit.path))
    }
}

/// The name that people see, or else the login name.
fn called<'a>(name: &'a str, login: &'a str) -> &'a str {
    if name.is_empty() { login } else { name }
}

fn page_of(id: AccountId) -> String {
    format!("/admin/accounts/{id}")
}

/// What lacks a second factor shown just now leads to a page where it is done again afterwards.
fn step_up_at(error: AccountsError, page: &str) -> Failure {
    match error {
        AccountsError::Denied(Denied::StepUpNeeded) => Failure::StepUp(page.to_owned()),
        other => other.into(),
    }
}

/// The class and the message of an account's state: a colour and a drawing, and words.
fn standing(state: AccountState, kind: Kind, second_factors: usize) -> (&'static str, &'static str) {
    match state {
        AccountState::Active if kind == Kind::Person && second_factors == 0 => (" heed", "state-unprotected"),
        AccountState::Active => ("", "state-active"),
        AccountState::Invited => (" asked", "state-invited"),
        AccountState::Suspended | AccountState::Closed => (" stop", "state-suspended"),
    }
}

/// The message that names a role.
fn role_message(role: Option<Role>) -> &'static str {
    match role {
        None => "role-none",
        Some(Role::Administrator) => "role-administrator",
        Some(Role::Helpdesk) => "role-helpdesk",
        Some(Role::Auditor) => "role-auditor",
    }
}
