//! What tells other servers that somebody is signed out, by what the configuration says; and how it is said.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use valetkey_accounts::{Accounts, Elsewhere, SignOutOutcome, SignOutTrouble, Standing, chain};
use valetkey_connectors::sign_out::{Command, Doveadm, OtherServer, SignOuts, Way, Webhook};

use crate::assembly::{AssemblyError, read_authorities, read_secret};
use crate::config::{Config, command_parts};

/// What tells them; none if there is none to be told. Reads their secrets and authorities.
pub(crate) fn teller(config: &Config, accounts: &Arc<Accounts>) -> Result<Option<SignOuts>, AssemblyError> {
    let mut servers = Vec::new();
    for one in &config.other_server {
        let way = match (&one.doveadm, &one.webhook, &one.command) {
            (Some(url), ..) => {
                let Some(file) = &one.api_key_file else { continue }; // which the configuration's check does not let pass
                let (authorities, api_key) =
                    (read_authorities(config, one.authorities.as_deref())?, read_secret(config, file)?);
                Way::Doveadm(Doveadm { url: url.clone(), authorities, api_key, has_cache: one.auth_cache })
            }
            (_, Some(url), _) => {
                let Some(file) = &one.secret_file else { continue };
                let (authorities, secret) =
                    (read_authorities(config, one.authorities.as_deref())?, read_secret(config, file)?);
                Way::Webhook(Webhook { url: url.clone(), authorities, secret })
            }
            (.., Some(command)) => {
                let (program, arguments) = command_parts(command);
                Way::Command(Command { program, arguments })
            }
            (None, None, None) => continue,
        };
        servers.push(OtherServer { name: one.name.clone(), deadline: Duration::from_secs(one.deadline_s), way });
    }
    Ok((!servers.is_empty()).then(|| SignOuts::new(Arc::clone(accounts), servers)))
}

/// What `check-config` says of their files: of which server, the key, and what was found.
pub(crate) fn look(config: &Config) -> Vec<(usize, &'static str, String)> {
    let mut found = Vec::new();
    for (number, one) in config.other_server.iter().enumerate() {
        let secret = |file: &Option<_>| file.as_ref().map_or(Ok(()), |file| read_secret(config, file).map(drop));
        for (key, read) in [
            ("api_key_file", secret(&one.api_key_file)),
            ("secret_file", secret(&one.secret_file)),
            ("authorities", read_authorities(config, one.authorities.as_deref()).map(drop)),
        ] {
            found.extend(read.err().map(|error| (number, key, chain(&error))));
        }
    }
    found
}

/// As answers have it.
pub(crate) fn to_json(servers: &[Elsewhere]) -> Value {
    servers.iter().map(one_json).collect()
}

pub(crate) fn one_json(one: &Elsewhere) -> Value {
    let (state, closed, why, final_in) = match one.standing {
        Standing::Cut { outcome, final_in } => {
            let closed = match outcome {
                SignOutOutcome::Closed(count) => Some(count),
                SignOutOutcome::Told => None,
            };
            ("cut", closed, None, final_in)
        }
        Standing::Pending { why } => ("pending", None, why, None),
        Standing::GivenUp { why } => ("given-up", None, why, None),
        Standing::CannotBeCut => ("cannot-be-cut", None, None, None),
        Standing::NotConfigured => ("not-configured", None, None, None),
    };
    json!({
        "name": one.server, "state": state, "connections_closed": closed, "why": why.map(|why| why.to_string()),
        "final_in_s": final_in.map(whole_seconds), "said": said(one.standing),
    })
}

/// In words, for people at the command line.
fn said(standing: Standing) -> String {
    match standing {
        Standing::Cut { outcome, final_in } => {
            let done = match outcome {
                SignOutOutcome::Closed(1) => "1 connection closed".to_owned(),
                SignOutOutcome::Closed(count) => format!("{count} connections closed"),
                SignOutOutcome::Told => "told".to_owned(),
            };
            match final_in {
                Some(time) => format!("{done}; final in {} s", whole_seconds(time)),
                None => done,
            }
        }
        Standing::Pending { why } => format!("pending, {}", trouble(why)),
        Standing::GivenUp { why } => format!("given up, {}; what is open there may live on", trouble(why)),
        Standing::CannotBeCut => "cannot be told; its sessions are short".to_owned(),
        Standing::NotConfigured => "cannot be told: it is no longer in the configuration".to_owned(),
    }
}

fn whole_seconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

fn trouble(why: Option<SignOutTrouble>) -> String {
    match why {
        None => "it was not told yet".to_owned(),
        Some(SignOutTrouble::Unreachable) => "it does not answer".to_owned(),
        Some(SignOutTrouble::Untrusted) => "its certificate is not trusted".to_owned(),
        Some(SignOutTrouble::TooSlow) => "it does not answer in time".to_owned(),
        Some(SignOutTrouble::Status(code)) => format!("it answered with status {code}"),
        Some(SignOutTrouble::Garbled) => "it could not do it".to_owned(),
        Some(SignOutTrouble::ExitCode(code)) => format!("exit code {code}"),
        Some(SignOutTrouble::Signal(number)) => format!("ended by signal {number}"),
        Some(SignOutTrouble::NoProgram) => "its command does not start".to_owned(),
        Some(SignOutTrouble::UnfitLogin) => "it cannot be told of this login name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_as_people_read_it() {
        let say = |server: &str, standing| {
            let shown = one_json(&Elsewhere { server: server.to_owned(), standing });
            format!("{}: {}", shown["name"].as_str().expect("a text"), shown["said"].as_str().expect("a text"))
        };
        let cut = |outcome, final_in| Standing::Cut { outcome, final_in };
        let minute = Some(Duration::from_secs(60));
        assert_eq!(
            say("Dovecot", cut(SignOutOutcome::Closed(2), minute)),
            "Dovecot: 2 connections closed; final in 60 s"
        );
        assert_eq!(say("Dovecot", cut(SignOutOutcome::Closed(1), None)), "Dovecot: 1 connection closed");
        let why = Some(SignOutTrouble::Unreachable);
        assert_eq!(say("Webmail", Standing::Pending { why }), "Webmail: pending, it does not answer");
        assert_eq!(say("Postfix", Standing::CannotBeCut), "Postfix: cannot be told; its sessions are short");
        assert_eq!(
            say("Webmail", Standing::NotConfigured),
            "Webmail: cannot be told: it is no longer in the configuration"
        );
    }
}
