//! `valetkey doctor`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use valetkey_domain::Clock as _;

use super::Context;
use crate::admin::Failure;
use crate::assembly;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::doctor::{Finding, Grade, PATIENTS, accepts_master, certificates, masters, own};

#[derive(Args)]
pub(super) struct Doctor {
    /// Dovecot's configuration [default: /etc/dovecot/dovecot.conf, if it is there]
    #[arg(long, value_name = "FILE")]
    dovecot: Option<PathBuf>,
    /// Radicale's [default: /etc/radicale/config, if it is there]
    #[arg(long, value_name = "FILE")]
    radicale: Option<PathBuf>,
    /// saslauthd's [default: /etc/default/saslauthd, if it is there]
    #[arg(long, value_name = "FILE")]
    saslauthd: Option<PathBuf>,
    /// nginx's [default: /etc/nginx/nginx.conf, if it is there]
    #[arg(long, value_name = "FILE")]
    nginx: Option<PathBuf>,
    /// Where others reach the IMAP server behind the gateway: the master user must not get in there
    #[arg(long, value_name = "ADDRESS:PORT", requires = "mailbox")]
    public: Vec<SocketAddr>,
    /// Whose mailbox the master user tries to open there
    #[arg(long, value_name = "LOGIN")]
    mailbox: Option<String>,
}

/// Exit code 0 if there is nothing to be mended, 1 if there is.
pub(super) fn run(context: &Context, options: &Doctor) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let (mut looked_at, mut found) = (vec!["Valetkey's own configuration".to_owned()], own(&config));
    found.extend(certificates(&config, SystemClock.now()));
    let named = [&options.dovecot, &options.radicale, &options.saslauthd, &options.nginx];
    for (patient, named) in PATIENTS.iter().zip(named) {
        let (files, of_patient) = patient.examine(named.as_deref()).map_err(Failure::usage)?;
        looked_at.extend(files.iter().map(|file| format!("{}: {}", patient.name, file.display())));
        found.extend(of_patient);
    }
    if let Some(mailbox) = &options.mailbox {
        found.extend(try_doors(&config, &options.public, mailbox)?);
        looked_at.extend(options.public.iter().map(|address| format!("the door at {address}")));
    }
    let (faults, notices): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.grade == Grade::Fault);
    let shown = |all: &[Finding]| all.iter().map(json_of).collect::<Value>();
    let answer = json!({ "looked_at": looked_at, "found": shown(&faults), "notices": shown(&notices) });
    context.output.print(&answer, |_| said(&looked_at, &faults, &notices))?;
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// At which of these doors a master user gets in.
fn try_doors(config: &Config, doors: &[SocketAddr], mailbox: &str) -> Result<Vec<Finding>, Failure> {
    let masters = masters(config);
    if masters.is_empty() && !doors.is_empty() {
        let message =
            "no master user is configured that could be tried: neither for the gateway nor in [http.nginx_mail]";
        return Err(Failure::usage(message));
    }
    let mut found = Vec::new();
    for (user, file) in masters {
        let secret = assembly::read_secret(config, file).map_err(|e| Failure::usage(e.to_string()))?;
        for address in doors {
            let tried = accepts_master(*address, mailbox, user, &secret);
            found.extend(tried.map_err(|e| Failure::temporary(format!("{address} could not be asked: {e}")))?);
        }
    }
    Ok(found)
}

fn json_of(one: &Finding) -> Value {
    json!({ "place": one.place, "setting": one.setting, "harm": one.harm, "remedy": one.remedy })
}

fn said(looked_at: &[String], faults: &[Finding], notices: &[Finding]) -> String {
    let mut lines = vec![format!("Looked at:\n  {}", looked_at.join("\n  "))];
    lines.extend(faults.iter().map(Finding::to_string));
    lines.extend(notices.iter().map(|one| format!("Not yet at work: {one}")));
    lines.push(match faults.len() {
        0 => "Nothing that would defeat a revocation was found.".to_owned(),
        count => format!("{} to be mended.", crate::output::count(&json!(count), "thing is", "things are")),
    });
    lines.join("\n")
}
