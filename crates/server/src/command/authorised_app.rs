//! `valetkey authorised-app …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Context;
use super::app_password::{ended, state, used};
use crate::admin::{Failure, Request};
use crate::output::{count, table, text};

#[derive(Subcommand)]
pub(super) enum AuthorisedApp {
    /// List the apps that an account's owner has authorised
    List(List),
    /// Remove an authorised app: its tokens are dead at once, and its connections are closed
    Remove(Remove),
}

#[derive(Args)]
pub(super) struct List {
    /// The account's login name
    login: String,
    /// Those that were removed or have expired too
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
pub(super) struct Remove {
    /// The account's login name
    login: String,
    /// The authorised app's id, as `authorised-app list` shows it
    id: String,
}

pub(super) fn run(context: &Context, command: AuthorisedApp) -> Result<ExitCode, Failure> {
    match command {
        AuthorisedApp::List(List { login, all }) => context.ask(Request::AuthorisedAppList { login, all }, list),
        AuthorisedApp::Remove(Remove { login, id }) => {
            context.ask(Request::AuthorisedAppRemove { login, id }, |a| ended(a, "is removed"))
        }
    }
}

fn list(answer: &Value) -> String {
    let list = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    let active = list.iter().filter(|a| a["state"] == "active").count();
    let rows = list.iter().map(|a| {
        let checked = if a["name_checked"] == true { "yes" } else { "no" };
        let since = text(&a["created_at"]);
        [text(&a["id"]), text(&a["label"]), checked.to_owned(), state(a), opens(a), since, used(a)]
    });
    let shown = table(["ID", "NAME", "NAME CHECKED", "STATE", "OPENS", "SINCE", "LAST USED"], rows);
    let active_now = count(&json!(active), "app is authorised", "apps are authorised");
    format!("{shown}\n\n{active_now}")
}

/// What one opens, and whether it may ask whose that is.
fn opens(one: &Value) -> String {
    let known = Some("openid".to_owned()).filter(|_| one["openid"] == true);
    let opened = Some(text(&one["scopes"])).filter(|scopes| !scopes.is_empty());
    opened.into_iter().chain(known).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_whose_name_nobody_has_checked_and_which_have_ended() {
        let one = |label: &str, checked: bool, state: &str, why: Option<&str>, scopes: &[&str], openid: bool| {
            json!({
                "id": "1", "label": label, "name_checked": checked, "state": state, "why": why, "scopes": scopes,
                "openid": openid, "created_at": "then", "last_use": { "at": "now", "service": "imap" },
            })
        };
        let apps = json!([
            one("Mailer", false, "active", None, &["mail", "contacts"], true),
            one("Wiki", true, "active", None, &[], true),
            one("Old", true, "revoked", Some("asked"), &["mail"], false),
        ]);
        let shown = list(&apps);
        let rows: Vec<Vec<&str>> = shown
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(rows[1], ["1", "Mailer", "no", "active", "mail, contacts, openid", "then", "now by imap"]);
        assert_eq!(rows[2], ["1", "Wiki", "yes", "active", "openid", "then", "now by imap"]);
        assert_eq!(rows[3], ["1", "Old", "yes", "revoked (asked)", "mail", "then", "now by imap"]);
        assert!(shown.ends_with("\n\n2 apps are authorised"), "{shown}");
    }
}
