//! `valetkey verify`, `connections` and `audit`: looking. To verify is to sign in: it is counted and noted like any app's.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use valetkey_domain::{Clock as _, Timestamp};

use super::Context;
use super::app_password::Expiry;
use crate::admin::{self, After, Failure, FailureKind, Request, Route};
use crate::clock::SystemClock;
use crate::output::{self, table, text};

#[derive(Args)]
pub(super) struct Verify {
    /// The login name, as an app would send it
    login: String,
    /// The protocol: imap, pop3, submission, managesieve, caldav, carddav, dav, ldap or http
    #[arg(long)]
    service: String,
    /// The client's address, for app passwords that are limited to networks
    #[arg(long, value_name = "ADDRESS")]
    network: Option<String>,
}

#[derive(Args)]
pub(super) struct Connections {
    /// Of this account only
    login: Option<String>,
}

#[derive(Args)]
pub(super) struct Audit {
    /// Of this account only: a login name, or the id of one that is deleted
    #[arg(long, value_name = "LOGIN")]
    account: Option<String>,
    /// Not older than this: 7d, 12h, or a moment such as 2026-11-21T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Expiry>,
    /// Older than the line with this id: for the next page
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// At most this many lines, up to 1000
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    limit: usize,
}

#[derive(Subcommand)]
pub(super) enum Report {
    /// Whose apps still send the password of the old server, or what is now the primary password, and by what
    OldPasswords(OldPasswords),
    /// How sign-outs at other servers ended, as far as they are remembered: for a week
    SignOuts(SignOuts),
}

#[derive(Args)]
pub(super) struct SignOuts {
    /// Of this account only: a login name, or the id of one that is deleted
    login: Option<String>,
}

#[derive(Args)]
pub(super) struct OldPasswords {
    /// Since then only: a date, a moment, or a time ago such as 7d
    #[arg(long, value_name = "WHEN")]
    since: Option<Expiry>,
    /// Of this domain only
    #[arg(long)]
    domain: Option<String>,
}

/// The most rows that the server gives at a time.
const AT_A_TIME: usize = 1000;

/// Exit code 0 if it is accepted, 1 if it is refused, 75 if nobody knows: what scripts and PAM look at. The running server is
/// asked, which counts and throttles, and nobody else.
pub(super) fn verify(context: &Context, options: Verify) -> Result<ExitCode, Failure> {
    let secret = output::secret("The app password", false)?;
    let Verify { login, service, network } = options;
    let config = context.config()?;
    let asked = admin::ask(&config, Request::Verify { login, secret, service, network }, Route::Server);
    let nobody =
        || Failure::temporary(format!("nobody knows: no server answers at {}", config.admin_socket().display()));
    let answered = asked.and_then(|answer| answer.unwrap_or_else(|| Err(nobody())));
    // What was refused here is the question. Only an answer says that the app password is.
    let answer = answered.map_err(|failure| match failure.kind {
        FailureKind::Refused | FailureKind::WrongCode => Failure::temporary(failure.message),
        FailureKind::Usage | FailureKind::Temporary => failure,
    })?;
    context.output.print(&answer, |a| match a["outcome"].as_str() {
        Some("accepted") => format!("Accepted for {}. It opens {}.", text(&a["login"]), text(&a["scopes"])),
        _ if a["label"].is_null() => format!("Refused: {}. {}", text(&a["why"]), text(&a["advice"])),
        _ => format!("Refused: {}. It is \"{}\". {}", text(&a["why"]), text(&a["label"]), text(&a["advice"])),
    })?;
    Ok(if answer["outcome"] == "accepted" { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

pub(super) fn connections(context: &Context, options: Connections) -> Result<ExitCode, Failure> {
    let request = Request::Connections { login: options.login };
    let asked = admin::ask(&context.config()?, request, Route::Server)?;
    let is_running = asked.is_some();
    let answer = asked.unwrap_or_else(|| Ok(json!([])))?;
    context.output.print(&answer, |a| {
        let list = a.as_array().map(Vec::as_slice).unwrap_or_default();
        match (is_running, list) {
            (false, _) => return "No server is running, so nobody is connected.".to_owned(),
            (true, []) => return "Nobody is connected.".to_owned(),
            (true, _) => {}
        }
        let rows = list.iter().map(|c| {
            [
                text(&c["login"]),
                text(&c["service"]),
                came_by(c),
                text(&c["client"]),
                text(&c["network"]),
                text(&c["since"]),
                text(&c["bytes_from_app"]),
                text(&c["bytes_to_app"]),
            ]
        });
        table(["LOGIN", "SERVICE", "SIGNED IN BY", "APP", "NETWORK", "SINCE", "FROM APP", "TO APP"], rows)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What a connection came in by: an app password goes without saying.
fn came_by(connection: &Value) -> String {
    let label = text(&connection["label"]);
    if connection["authorised_app"].is_null() { label } else { format!("{label} (authorised app)") }
}

pub(super) fn audit(context: &Context, options: Audit) -> Result<ExitCode, Failure> {
    let since = options.since.map(moment);
    let request = Request::Audit {
        login: options.account,
        since: since.map(|t| t.to_string()),
        before: options.before,
        limit: options.limit,
    };
    context.ask(request, |a| {
        let rows = a.as_array().into_iter().flatten().map(|e| {
            let named = |login: &str, id: &str| text(if e[login].is_null() { &e[id] } else { &e[login] });
            [
                text(&e["at"]),
                named("actor_login", "actor"),
                text(&e["action"]),
                named("login", "account"),
                detail(&e["detail"]),
            ]
        });
        table(["WHEN", "WHO", "WHAT", "ACCOUNT", "MORE"], rows)
    })
}

pub(super) fn report(context: &Context, report: Report) -> Result<ExitCode, Failure> {
    match report {
        Report::OldPasswords(options) => old_passwords(context, options),
        Report::SignOuts(SignOuts { login }) => context.ask(Request::SignOuts { login }, sign_outs),
    }
}

/// All of them, however many questions that takes.
fn old_passwords(context: &Context, options: OldPasswords) -> Result<ExitCode, Failure> {
    let since = options.since.map(|since| moment(since).to_string());
    let suffix = options.domain.map(|domain| format!("@{}", domain.trim_start_matches('@').to_lowercase()));
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let answer = context.answer(Request::OldPasswords { since: since.clone(), after: after.take() })?;
        let some = answer.as_array().cloned().unwrap_or_default();
        let is_last = some.len() < AT_A_TIME;
        after = some.last().map(|one| {
            let [login, password, service, client] =
                ["login", "password", "service", "client"].map(|key| text(&one[key]));
            After { login, password, service, client }
        });
        let is_meant = |one: &Value| suffix.as_ref().is_none_or(|suffix| text(&one["login"]).ends_with(suffix));
        all.extend(some.into_iter().filter(is_meant));
        if is_last {
            break;
        }
    }
    context.output.print(&Value::from(all), |a| {
        let list = a.as_array().map(Vec::as_slice).unwrap_or_default();
        if list.is_empty() {
            return "No app has sent anybody's primary password, or one of the old server.".to_owned();
        }
        let keys = ["login", "password", "service", "client", "network", "times", "at"];
        let rows = list.iter().map(|one| keys.map(|key| text(&one[key])));
        table(["LOGIN", "PASSWORD", "SERVICE", "APP", "NETWORK", "TIMES", "LAST"], rows)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn sign_outs(answer: &Value) -> String {
    let list = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() {
        return "No other server was told of a sign-out in the last week.".to_owned();
    }
    let rows = list.iter().map(|one| {
        let whose = text(if one["login"].is_null() { &one["account"] } else { &one["login"] });
        let what = match (one["label"].as_str(), one["app_password"].as_str()) {
            (Some(label), None) => format!("\"{label}\" (authorised app)"),
            (Some(label), Some(_)) => format!("\"{label}\""),
            (None, Some(id)) => id.to_owned(),
            (None, None) => "all".to_owned(),
        };
        let server = &one["server"];
        [text(&one["at"]), whose, what, text(&one["reason"]), text(&server["name"]), text(&server["said"])]
    });
    table(["WHEN", "ACCOUNT", "WHAT", "WHY", "SERVER", "HOW IT STANDS"], rows)
}

fn moment(since: Expiry) -> Timestamp {
    match since {
        Expiry::At(moment) => moment,
        Expiry::In(time) => SystemClock.now() - time,
    }
}

fn detail(detail: &Value) -> String {
    let fields = detail.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null() && *value != "");
    fields.map(|(key, value)| format!("{key}={}", text(value))).collect::<Vec<_>>().join(" ")
}
