//! The audit log as a file: CSV, or a JSON object on each line. Read and sent page by page, however much it is.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use valetkey_accounts::{AuditEntry, AuditFilter, AuditedCredential};
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountId, LoginName, Token};

use super::super::Answer;
use super::audit::{Asked, filter, holder, names};
use super::staff;
use crate::Portal;
use crate::failure::Failure;
use crate::page::Frame;
use crate::visit::Visit;

/// How many lines are read at a time: some hundred kilobytes.
const PAGE: usize = 500;

/// How lines are written.
#[derive(Clone, Copy)]
struct Format {
    extension: &'static str,
    kind: &'static str,
    head: &'static str,
    line: fn(&AuditEntry, &HashMap<AccountId, LoginName>) -> String,
}

const CSV: Format = Format {
    extension: "csv",
    kind: "text/csv; charset=utf-8; header=present",
    head: "id,at,actor,actor_login,action,account,login,app_password,authorised_app,detail\r\n",
    line: csv_line,
};

const JSON_LINES: Format = Format { extension: "jsonl", kind: "application/jsonl", head: "", line: json_line };

pub(super) async fn csv(State(portal): State<Arc<Portal>>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    export(portal, visit, &asked, CSV).await
}

pub(super) async fn json_lines(State(portal): State<Arc<Portal>>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    export(portal, visit, &asked, JSON_LINES).await
}

async fn export(portal: Arc<Portal>, visit: Visit, asked: &Asked, format: Format) -> Answer {
    let actor = staff(&visit)?.actor();
    if !Frame::of_part(&portal, &visit).sees_audit() {
        return Err(Failure::NotFound);
    }
    let filter = AuditFilter { limit: PAGE, ..filter(&portal, asked, &visit.words).await? };
    let day = portal.accounts.now().to_string().split('T').next().unwrap_or_default().to_owned();
    let mut export = Export { token: visit.token()?.clone(), portal, actor, filter, format, is_over: false };
    let first = format.head.to_owned() + &export.next().await?.unwrap_or_default();
    Ok(answer(export, first, &format!("audit-{day}.{}", format.extension)))
}

fn answer(export: Export, first: String, name: &str) -> Response {
    let rest = stream::unfold(export, |mut export| async move {
        if export.is_over {
            return None;
        }
        let next = export.next().await;
        // After an error the connection breaks off, so that nobody takes a part for the whole.
        export.is_over = next.is_err();
        let next = next.map_err(|_| io::Error::other("the audit log cannot be read any further")).transpose()?;
        Some((next, export))
    });
    let body = Body::from_stream(stream::iter([Ok(first)]).chain(rest));
    let headers = [
        (CONTENT_TYPE, export_kind(name).to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, body).into_response()
}

fn export_kind(name: &str) -> &'static str {
    if name.ends_with(CSV.extension) { CSV.kind } else { JSON_LINES.kind }
}

struct Export {
    portal: Arc<Portal>,
    token: Token,
    actor: Actor,
    filter: AuditFilter,
    format: Format,
    is_over: bool,
}

impl Export {
    /// The next lines; none if that were all.
    async fn next(&mut self) -> Result<Option<String>, Failure> {
        // Whoever was signed out meanwhile gets nothing more.
        if self.portal.accounts.look_at_session(&self.token).await?.is_none() {
            return Err(Failure::SignIn(String::new()));
        }
        let lines = self.portal.accounts.read_audit(&self.actor, self.filter.clone()).await?;
        let Some(last) = lines.last() else { return Ok(None) };
        self.filter.before = Some(last.id);
        let names = names(&self.portal, &self.actor, &lines).await?;
        Ok(Some(lines.iter().map(|line| (self.format.line)(line, &names)).collect()))
    }
}

fn json_line(line: &AuditEntry, names: &HashMap<AccountId, LoginName>) -> String {
    let name_of = |id: Option<AccountId>| id.and_then(|id| names.get(&id)).map(LoginName::as_str);
    let about = AuditedCredential::of(line);
    // As `valetkey audit --json` has it.
    let object = json!({
        "id": line.id.to_string(), "at": line.at.to_string(), "actor": line.actor, "actor_login": name_of(holder(line)),
        "action": line.action, "account": line.account.map(|a| a.to_string()), "login": name_of(line.account),
        "app_password": about.app_password.map(|c| c.to_string()),
        "authorised_app": about.authorised_app.map(|c| c.to_string()),
        "detail": serde_json::from_str::<Value>(&line.detail).unwrap_or(Value::Null),
    });
    format!("{object}\n")
}

fn csv_line(line: &AuditEntry, names: &HashMap<AccountId, LoginName>) -> String {
    let name_of = |id: Option<AccountId>| id.and_then(|id| names.get(&id)).map(ToString::to_string).unwrap_or_default();
    let about = AuditedCredential::of(line);
    let cells = [
        line.id.to_string(),
        line.at.to_string(),
        line.actor.clone(),
        name_of(holder(line)),
        line.action.clone(),
        line.account.map(|a| a.to_string()).unwrap_or_default(),
        name_of(line.account),
        about.app_password.map(|c| c.to_string()).unwrap_or_default(),
        about.authorised_app.map(|c| c.to_string()).unwrap_or_default(),
        line.detail.clone(),
    ];
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

/// A cell (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it: some of it was chosen by
/// whoever signs in.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_never_a_formula() {
        for (text, written) in [
            ("", ""),
            ("ada@example.org", "ada@example.org"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"\nto", "\"say \"\"hi\"\"\nto\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""),
            ("-1", "'-1"),
            ("+1", "'+1"),
            ("\t=1", "'\t=1"),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
