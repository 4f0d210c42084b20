//! `valetkey app-password …`

use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;
use valetkey_domain::{Clock as _, Scopes, Timestamp};

use super::Context;
use crate::admin::{Failure, Request};
use crate::clock::SystemClock;
use crate::output::{apps_ended, count, other_servers, table, text};

#[derive(Subcommand)]
pub(super) enum AppPassword {
    /// Make an app password and print its secret, once
    Create(Create),
    /// List an account's app passwords
    List(List),
    /// Revoke an app password: it is dead at once, and its connections are closed
    Revoke(Revoke),
    /// Revoke all app passwords of an account, and remove its authorised apps
    RevokeAll(RevokeAll),
}

#[derive(Args)]
pub(super) struct Create {
    /// The account's login name
    login: String,
    /// What its owner calls it, such as "Thunderbird on laptop"
    #[arg(long)]
    label: String,
    /// What it opens: mail, contacts, calendars, mail:send, several with commas [default: mail,contacts,calendars; for a
    /// device mail:send]
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// When it stops by itself: 90d, 12h, or a moment such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<Expiry>,
    /// A network that it may be used from, such as 192.0.2.0/24; several times for several
    #[arg(long, value_name = "CIDR")]
    network: Vec<String>,
}

#[derive(Args)]
pub(super) struct List {
    /// The account's login name
    login: String,
    /// Those that were revoked or have expired too
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// The account's login name
    login: String,
    /// The app password's id, as `app-password list` shows it
    id: String,
}

#[derive(Args)]
pub(super) struct RevokeAll {
    /// The account's login name
    login: String,
}

/// A moment, or a time from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    At(Timestamp),
    In(Duration),
}

impl FromStr for Expiry {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(moment) = text.parse() {
            return Ok(Self::At(moment));
        }
        span(text).map(Self::In)
    }
}

/// `90d`, `12h`, `2w 3d`: a day has 24 hours here.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let unreadable =
        || format!("'{text}' is not a time; write it as 90d, 12h, 30m, or as a moment such as 2027-01-31T00:00:00Z");
    let span: jiff::Span = text.parse().map_err(|_| unreadable())?;
    let relative = jiff::SpanRelativeTo::days_are_24_hours();
    span.to_duration(relative).ok().and_then(|d| Duration::try_from(d).ok()).ok_or_else(unreadable)
}

pub(super) fn run(context: &Context, command: AppPassword) -> Result<ExitCode, Failure> {
    match command {
        AppPassword::Create(Create { login, label, scope, expires, network }) => {
            let expires_at = expires.map(|expiry| match expiry {
                Expiry::At(moment) => moment.to_string(),
                Expiry::In(time) => (SystemClock.now() + time).to_string(),
            });
            let revoke = context.typed(&format!("app-password revoke {login}"));
            let asked = scope.as_deref().and_then(|scope| scope.parse::<Scopes>().ok());
            let request = Request::AppPasswordCreate { login, label, scopes: scope, networks: network, expires_at };
            context.ask_once(request, |answer| created(answer, asked, &revoke))
        }
        AppPassword::List(List { login, all }) => context.ask(Request::AppPasswordList { login, all }, list),
        AppPassword::Revoke(Revoke { login, id }) => {
            context.ask(Request::AppPasswordRevoke { login, id }, |a| ended(a, "is revoked"))
        }
        AppPassword::RevokeAll(RevokeAll { login }) => context.ask(Request::AppPasswordRevokeAll { login }, |a| {
            format!("{}. {}.{}", apps_ended(a), closed(a), other_servers(a))
        }),
    }
}

/// What ending one led to.
pub(super) fn ended(answer: &Value, what: &str) -> String {
    let what = if answer["was_over"] == true { "had ended already" } else { what };
    format!("\"{}\" {what}. {}.{}", text(&answer["label"]), closed(answer), other_servers(answer))
}

fn closed(answer: &Value) -> String {
    count(&answer["connections_closed"], "connection closed", "connections closed")
}

fn created(answer: &Value, asked: Option<Scopes>, revoke: &str) -> String {
    let end = match answer["expires_at"].as_str() {
        Some(end) => format!(" It stops on {end}."),
        None => String::new(),
    };
    let given = text(&answer["scopes"]).parse::<Scopes>().ok();
    let more = match (asked, given) {
        (Some(asked), Some(given)) if asked != given => {
            " The server behind keeps calendars and contacts side by side: what opens one opens both."
        }
        _ => "",
    };
    format!(
        "\n    {}\n\nThis is the app password \"{}\". It opens {}.{more}{end}\nType it into the app's password field, with or without the hyphens. It is not shown again.\nTo revoke it: {revoke} {}",
        text(&answer["app_password"]),
        text(&answer["label"]),
        text(&answer["scopes"]),
        text(&answer["id"]),
    )
}

fn list(answer: &Value) -> String {
    let list = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    let active = list.iter().filter(|a| a["state"] == "active").count();
    let rows = list
        .iter()
        .map(|a| [text(&a["id"]), text(&a["label"]), state(a), text(&a["scopes"]), text(&a["created_at"]), used(a)]);
    let shown = table(["ID", "LABEL", "STATE", "OPENS", "MADE", "LAST USED"], rows);
    format!("{shown}\n\n{active} of 25 in use")
}

/// Whether one works, and if it was ended why.
pub(super) fn state(one: &Value) -> String {
    match one["why"].as_str() {
        Some(why) => format!("{} ({why})", text(&one["state"])),
        None => text(&one["state"]),
    }
}

/// When and how one was last used.
pub(super) fn used(one: &Value) -> String {
    let last = &one["last_use"];
    if last.is_null() { "never".to_owned() } else { format!("{} by {}", text(&last["at"]), text(&last["service"])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_people_write_it() {
        assert_eq!("90d".parse(), Ok(Expiry::In(Duration::from_secs(90 * 86_400))));
        assert_eq!("12h".parse(), Ok(Expiry::In(Duration::from_secs(12 * 3600))));
        assert_eq!("1w 2d".parse(), Ok(Expiry::In(Duration::from_secs(9 * 86_400))));
        assert!(matches!("2027-01-31T00:00:00Z".parse(), Ok(Expiry::At(_))));
        for bad in ["", "soon", "-3d", "90", "d"] {
            assert!(bad.parse::<Expiry>().is_err(), "{bad:?}");
        }
    }
}
