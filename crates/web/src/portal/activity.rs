//! Recent activity: what happened to an account, when, and by whom, in words.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use serde_json::Value;
use valetkey_accounts::{AuditEntry, Session};
use valetkey_domain::{CredentialId, RevocationReason, Service, Timestamp};

use super::Answer;
use crate::Portal;
use crate::locale::Words;
use crate::page::{Frame, render, service_name};
use crate::visit::Visit;

/// The most lines that are shown: a page with more would not be light.
const LINES_MAX: usize = 50;
/// What nobody did, or nobody knows who: that it was Valetkey which wrote it down is no news.
const BY_NOBODY: [&str; 6] = [
    "app-password.expired",
    "app-password.tried-after-end",
    "app.expired",
    "app.tried-after-end",
    "password.reset-asked",
    "password.tried-by-app",
];

struct Line {
    at: Timestamp,
    said: String,
    about: Option<String>,
    more: Vec<String>,
}

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage<'a> {
    f: &'a Frame<'a>,
    lines: Vec<Line>,
}

pub(crate) async fn show(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let (actor, account) = (session.actor(), session.account);
    let log = portal.accounts.activity(&actor, account, LINES_MAX).await?;
    let known = portal.accounts.app_passwords(&actor, account, true).await?;
    let labels = known.into_iter().map(|one| (one.id.into(), one.label.to_string())).collect();
    let lines = log.iter().map(|entry| line(entry, &labels, session, &visit.words)).collect();
    let f = Frame::new(&portal, &visit);
    Ok(render(&ActivityPage { f: &f, lines }))
}

fn line(entry: &AuditEntry, labels: &HashMap<CredentialId, String>, session: &Session, w: &Words) -> Line {
    // What cannot be read says less, and is shown all the same.
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let text = |name: &str| detail[name].as_str();
    let label = text("label").or_else(|| Some(labels.get(entry.credential.as_ref()?)?.as_str()));
    let about = label.or_else(|| text("login")).or_else(|| text("new")).or_else(|| text("address"));
    let why = text("why").and_then(|why| why.parse().ok());
    let service = text("service").and_then(|name| name.parse::<Service>().ok());
    let service = service.map(|service| w.about("used-over", "service", service_name(service)));
    let client = text("browser").or_else(|| text("client")).map(str::to_owned);
    let network = text("network").map(|network| w.about("used-from", "network", network));
    let by = by_whom(entry, session);
    // What an app gave back itself, nobody else did.
    let said_by = by.filter(|_| why != Some(RevocationReason::ByApp)).map(|name| w.say(name));
    let why = why.filter(|why| is_told(*why, by.is_none())).map(|why| w.say(&format!("why-{why}")));
    Line {
        at: entry.at,
        said: w.say(&did(&entry.action)),
        about: about.map(str::to_owned),
        more: [said_by, why, client, service, network].into_iter().flatten().collect(),
    }
}

/// Whether a reason tells more than what was done and by whom, and speaks to whoever did it.
const fn is_told(why: RevocationReason, is_own: bool) -> bool {
    match why {
        RevocationReason::Asked => false,
        RevocationReason::AllAsked | RevocationReason::PasswordChanged => is_own,
        _ => true,
    }
}

/// The message for what happened.
fn did(action: &str) -> String {
    format!("audit-{}", action.replace('.', "-"))
}

/// The message that says who it was, if it was not oneself.
fn by_whom(entry: &AuditEntry, session: &Session) -> Option<&'static str> {
    match entry.actor.split_once(':') {
        _ if BY_NOBODY.contains(&entry.action.as_str()) => None,
        Some(("account", id)) if id == session.account.to_string() => None,
        Some(("account", _)) => Some("by-administrator"),
        Some(("operator", _)) => Some("by-operator"),
        _ => Some("by-valetkey"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locales;

    #[test]
    fn a_reason_that_speaks_to_you_is_told_to_whoever_did_it_alone() {
        let locales = Locales::new();
        for w in locales.all() {
            for why in RevocationReason::ALL {
                let speaks_to_you = ["why-asked", "why-all-asked", "why-password-changed"]
                    .map(|name| w.say(name))
                    .contains(&w.say(&format!("why-{why}")));
                assert!(!(speaks_to_you && is_told(why, false)), "{why}: {}", w.tag());
                assert!(speaks_to_you || is_told(why, false), "{why}: {}", w.tag());
            }
        }
    }
}
