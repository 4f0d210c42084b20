//! Importing accounts: lines of another program's file, some hundred at a time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use valetkey_accounts::{Accounts, AccountsError, ImportAccount, ImportMode, Imported, ImportedPassword};
use valetkey_domain::Kind;
use valetkey_domain::policy::Actor;

use super::{Answer, Failure, Hidden};

/// The most lines in one question: one transaction, for which everybody else's changes wait some hundredths of a second.
pub(crate) const LINES_MAX: usize = 500;

/// A line of another program's file, taken apart and not yet understood.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportLine {
    /// Where it stands.
    pub(crate) number: u64,
    pub(crate) login: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) device: bool,
    pub(crate) name: String,
    pub(crate) notice_address: Option<String>,
    pub(crate) password: Option<WrittenPassword>,
}

/// A password as it stands in a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WrittenPassword {
    Hash(Hidden),
    Clear(Hidden),
}

/// Carries out the lines that are right, and says of each other one what is wrong with it.
pub(super) async fn import(
    accounts: &Arc<Accounts>,
    actor: &Actor,
    lines: Vec<ImportLine>,
    mode: ImportMode,
) -> Answer {
    if lines.len() > LINES_MAX {
        return Err(Failure::usage(format!("at most {LINES_MAX} lines at a time")));
    }
    let (mut refused, mut numbers, mut batch) = (Vec::new(), Vec::new(), Vec::new());
    for line in &lines {
        match understand(accounts, line) {
            Ok(account) => {
                numbers.push(line.number);
                batch.push(account);
            }
            Err(message) => refused.push((line.number, message)),
        }
    }
    let outcomes = accounts.import_accounts(actor, batch, mode).await?;
    let (mut made, mut there) = (0_u64, 0_u64);
    for (number, outcome) in numbers.into_iter().zip(outcomes) {
        match outcome {
            Imported::Made => made += 1,
            Imported::AlreadyThere => there += 1,
            Imported::Refused(error) => refused.push((number, remedied(&error))),
        }
    }
    refused.sort_unstable();
    let refused: Value = refused.iter().map(|(line, message)| json!({ "line": line, "message": message })).collect();
    Ok(json!({ "made": made, "already_there": there, "refused": refused }))
}

/// Reads what a line says. The message says what is wrong and what to do, and nothing of a password.
fn understand(accounts: &Accounts, line: &ImportLine) -> Result<ImportAccount, String> {
    let names = std::iter::once(&line.login).chain(&line.aliases);
    let login_names = names.map(|name| accounts.login_name(name)).collect::<Result<Vec<_>, _>>();
    let password = line.password.as_ref().map(|password| match password {
        WrittenPassword::Hash(hash) => accounts.imported_password(hash.expose()),
        WrittenPassword::Clear(clear) => ImportedPassword::in_clear(clear.expose()),
    });
    Ok(ImportAccount {
        kind: if line.device { Kind::Device } else { Kind::Person },
        login_names: login_names.map_err(|e| format!("{e}; correct the login name or alias"))?,
        display_name: line.name.parse().map_err(|e| format!("the name: {e}; shorten or correct it"))?,
        notice_address: match &line.notice_address {
            Some(address) => {
                Some(address.parse().map_err(|e| format!("the notice address: {e}; correct it or leave it out"))?)
            }
            None => None,
        },
        password: password.transpose().map_err(|e| e.to_string())?,
    })
}

fn remedied(error: &AccountsError) -> String {
    match error {
        AccountsError::LoginTaken(_) => format!("{error}; choose another one, or leave the line out"),
        AccountsError::Device => format!("{error}; leave the password out"),
        other => valetkey_accounts::chain(other),
    }
}
