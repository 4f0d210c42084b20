//! The audit log: who did what, in words, the newest first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Map, Value};
use valetkey_accounts::{AccountsError, AppCounts, AuditEntry, AuditFilter, EVENTS};
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountId, LinkKind, LoginName, Role, Service, Timestamp};

use super::super::{Answer, ended};
use super::{role_message, staff};
use crate::Portal;
use crate::failure::Failure;
use crate::locale::Words;
use crate::page::{Frame, in_query, render, service_name};
use crate::visit::Visit;

/// How many lines a page has.
const PAGE: usize = 25;
const DAY: Duration = Duration::from_secs(86_400);
/// Several events at once: all that begin so.
const GROUPS: [&str; 4] = ["account.", "app-password.", "app.", "portal."];

/// Which lines somebody wants to see.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    account: String,
    what: String,
    actor: String,
    since: String,
    until: String,
    before: String,
}

impl Asked {
    /// The same lines, as a query.
    fn query(&self) -> String {
        let parts = [
            ("account", &self.account),
            ("what", &self.what),
            ("actor", &self.actor),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
        parts.map(|(name, value)| format!("{name}={}", in_query(value))).collect::<Vec<_>>().join("&")
    }
}

/// What is wrong with which field.
#[derive(Default)]
struct Wrong {
    account: Option<String>,
    actor: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

impl Wrong {
    fn is_none(&self) -> bool {
        [&self.account, &self.actor, &self.since, &self.until].into_iter().all(Option::is_none)
    }
}

/// An account by a login name, which may be one of a deleted account, or by its id.
async fn account(portal: &Portal, text: &str) -> Result<Option<AccountId>, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    let Ok(login) = portal.accounts.login_name(text) else { return Ok(None) };
    match portal.accounts.find_account_or_closed(&login).await {
        Ok(found) => Ok(Some(found.id)),
        Err(AccountsError::NoSuchAccount) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The filter that is meant, or what is wrong with it: that it names somebody whom nobody knows, or a day that is none.
async fn read(portal: &Portal, asked: &Asked, w: &Words) -> Result<Result<AuditFilter, Wrong>, Failure> {
    let mut wrong = Wrong::default();
    let mut whose = None;
    if !asked.account.trim().is_empty() {
        whose = account(portal, asked.account.trim()).await?;
        wrong.account = whose.is_none().then(|| w.say("audit-nobody"));
    }
    let actor = match asked.actor.trim() {
        "" => String::new(),
        "operator" => "operator:".to_owned(),
        "valetkey" => Actor::System.to_string(),
        text => {
            let found = account(portal, text).await?;
            wrong.actor = found.is_none().then(|| w.say("audit-nobody"));
            let holder = |account| Actor::Holder { account, role: None, second_factor_at: None };
            found.map(|account| holder(account).to_string()).unwrap_or_default()
        }
    };
    if !asked.what.is_empty() && !is_known(&asked.what) {
        return Err(Failure::NotFound);
    }
    let since = day(&asked.since).map_err(|()| wrong.since = Some(w.say("audit-no-day"))).ok().flatten();
    let until = day(&asked.until).map_err(|()| wrong.until = Some(w.say("audit-no-day"))).ok().flatten();
    if !wrong.is_none() {
        return Ok(Err(wrong));
    }
    Ok(Ok(AuditFilter {
        account: whose,
        action: asked.what.clone(),
        actor,
        since,
        until: until.map(|day| day + DAY),
        before: asked.before.parse().ok(),
        limit: PAGE + 1,
    }))
}

/// The filter of an export: what names nobody is nothing that could be exported.
pub(super) async fn filter(portal: &Portal, asked: &Asked, w: &Words) -> Result<AuditFilter, Failure> {
    read(portal, asked, w).await?.map_err(|_| Failure::NotFound)
}

fn is_known(what: &str) -> bool {
    GROUPS.contains(&what) || EVENTS.contains(&what)
}

/// The beginning of a day, in UTC, as fields for dates write it; nothing where none was given.
fn day(text: &str) -> Result<Option<Timestamp>, ()> {
    match text.trim() {
        "" => Ok(None),
        day => format!("{day}T00:00:00Z").parse().map(Some).map_err(drop),
    }
}

/// The canonical login names of whoever some lines are about.
pub(super) async fn names(
    portal: &Portal,
    actor: &Actor,
    lines: &[AuditEntry],
) -> Result<HashMap<AccountId, LoginName>, Failure> {
    let concerned: HashSet<AccountId> =
        lines.iter().flat_map(|line| line.account.into_iter().chain(holder(line))).collect();
    Ok(portal.accounts.login_names_of(actor, concerned).await?)
}

/// Whose account did it, if one did.
pub(super) fn holder(line: &AuditEntry) -> Option<AccountId> {
    line.actor.strip_prefix("account:")?.parse().ok()
}

struct Line {
    at: Timestamp,
    who: String,
    what: String,
    account: Option<(AccountId, Option<LoginName>)>,
    details: String,
}

impl Line {
    fn new(entry: &AuditEntry, names: &HashMap<AccountId, LoginName>, w: &Words) -> Self {
        let name_of = |id: AccountId| names.get(&id).cloned();
        let who = match holder(entry) {
            Some(id) => name_of(id).map_or_else(|| w.say("deleted-account"), |name| name.to_string()),
            None if entry.actor.starts_with("operator:") => w.say("operator"),
            None => w.say("product"),
        };
        let mut detail = serde_json::from_str::<Map<String, Value>>(&entry.detail).unwrap_or_default();
        let whose = entry.account.and_then(name_of);
        // Said already.
        detail.retain(|_, value| {
            value.as_str().is_none_or(|text| whose.as_ref().is_none_or(|name| name.as_str() != text))
        });
        Self {
            at: entry.at,
            who,
            what: w.say(&event_message(&entry.action)),
            account: entry.account.map(|id| (id, whose)),
            details: details(&detail, w).join(" · "),
        }
    }
}

/// The message that says what an event is.
fn event_message(event: &str) -> String {
    format!("audit-{}", event.trim_end_matches('.').replace('.', "-"))
}

/// What else is worth saying of a line, as words.
fn details(detail: &Map<String, Value>, w: &Words) -> Vec<String> {
    let text = |key: &str| detail.get(key).and_then(Value::as_str);
    let mut said = Vec::new();
    said.extend(text("label").map(|label| w.about("quoted", "text", label)));
    said.extend(["login", "address", "new"].into_iter().filter_map(text).map(str::to_owned));
    said.extend(text("kind").and_then(|kind| kind_message(kind)).map(|name| w.say(name)));
    if detail.contains_key("after") {
        let role = |key| w.say(role_message(text(key).and_then(|name| name.parse::<Role>().ok())));
        said.push(w.about_both("role-change", ("before", &role("before")), ("after", &role("after"))));
    }
    let count = |key| detail.get(key).and_then(Value::as_u64).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    if let (Some(_), _) | (_, Some(_)) = (count("app_passwords_revoked"), count("apps_removed")) {
        let [app_passwords, authorised_apps] =
            ["app_passwords_revoked", "apps_removed"].map(|key| count(key).unwrap_or_default());
        said.push(ended::after(w, AppCounts { app_passwords, authorised_apps }));
    }
    said.extend(["browser", "client"].into_iter().filter_map(text).map(str::to_owned));
    said.extend(text("service").and_then(|name| name.parse::<Service>().ok()).map(|one| service_name(one).to_owned()));
    said.extend(text("network").map(str::to_owned));
    said
}

fn kind_message(kind: &str) -> Option<&'static str> {
    match kind {
        "device" => Some("device"),
        "totp" => Some("authenticator"),
        "passkey" => Some("factor-passkey"),
        other => match other.parse().ok()? {
            LinkKind::Invitation => Some("open-link-invitation"),
            LinkKind::Reset => Some("open-link-reset"),
            LinkKind::NoticeAddress | LinkKind::Registration => None,
        },
    }
}

#[derive(Template)]
#[template(path = "admin_audit.html")]
struct AuditPage<'a> {
    f: &'a Frame<'a>,
    asked: &'a Asked,
    wrong: Wrong,
    choices: Vec<(&'static str, String, bool)>,
    lines: Vec<Line>,
    query: String,
    next: Option<String>,
}

pub(super) async fn show(State(portal): State<Arc<Portal>>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (actor, w) = (staff(&visit)?.actor(), &visit.words);
    let f = Frame::new(&portal, &visit);
    if !f.sees_audit() {
        return Err(Failure::NotFound);
    }
    let (mut found, wrong) = match read(&portal, &asked, w).await? {
        Ok(filter) => (portal.accounts.read_audit(&actor, filter).await?, Wrong::default()),
        Err(wrong) => (Vec::new(), wrong),
    };
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let names = names(&portal, &actor, &found).await?;
    let query = asked.query();
    let next = found.last().filter(|_| is_more).map(|last| format!("/admin/audit?{query}&before={}", last.id));
    let choices = GROUPS.iter().chain(EVENTS).map(|name| (*name, w.say(&event_message(name)), *name == asked.what));
    Ok(render(&AuditPage {
        f: &f,
        asked: &asked,
        wrong,
        choices: choices.collect(),
        lines: found.iter().map(|entry| Line::new(entry, &names, w)).collect(),
        query,
        next,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locales;

    #[test]
    fn everything_that_is_written_down_is_said_in_words() {
        let locales = Locales::new();
        for words in locales.all() {
            for name in GROUPS.iter().chain(EVENTS) {
                let message = event_message(name);
                assert_ne!(words.say(&message), message, "{}: no message for {name}", words.tag());
            }
        }
    }

    #[test]
    fn details_are_told_without_what_is_for_programs() {
        let locales = Locales::new();
        let detail = serde_json::json!({
            "label": "Phone", "scopes": "mail", "networks": "", "expires_at": null, "client": "K-9", "service": "imap",
            "before": null, "after": "auditor", "app_passwords_revoked": 2,
        });
        let said = details(detail.as_object().expect("an object"), locales.find("en").expect("English"));
        assert_eq!(said, ["“Phone”", "before: No role, now: Auditor", "2 app passwords are revoked.", "K-9", "IMAP"]);
    }

    #[test]
    fn what_has_ended_is_told_of_each_kind() {
        let locales = Locales::new();
        let w = locales.find("en").expect("English");
        let said = |detail: serde_json::Value| details(detail.as_object().expect("an object"), w);
        assert_eq!(
            said(serde_json::json!({ "why": "all-asked", "apps_removed": 1 })),
            ["1 authorised app is removed."]
        );
        let both = serde_json::json!({ "app_passwords_revoked": 1, "apps_removed": 2 });
        assert_eq!(said(both), ["1 app password is revoked. 2 authorised apps are removed."]);
        let nothing = serde_json::json!({ "app_passwords_revoked": 0, "apps_removed": 0 });
        assert_eq!(said(nothing), ["There was nothing to revoke."]);
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let begins = day("2026-11-21").expect("a day").map(|at| at.to_string());
        assert_eq!(begins.as_deref(), Some("2026-11-21T00:00:00.000Z"));
        assert_eq!(day(" "), Ok(None));
        for none in ["yesterday", "2026-02-30", "2026-11-21T12:00"] {
            assert_eq!(day(none), Err(()), "{none}");
        }
    }
}
