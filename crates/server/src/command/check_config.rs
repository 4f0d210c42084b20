//! `valetkey check-config`

use std::process::ExitCode;

use serde_json::json;
use valetkey_accounts::chain;
use valetkey_gateway::Certificates;

use super::Context;
use crate::admin::Failure;
use crate::assembly;

/// Reads all that the server would read before it starts, and opens nothing.
pub(super) fn run(context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let mut wrong = Vec::new();
    if let Err(error) = crate::log::filter(&config.server.log) {
        wrong.push(format!("server.log: {error}"));
    }
    if let Err(error) = assembly::location(&config).and_then(|location| Ok(location.check()?)) {
        wrong.push(format!("[store] {}", chain(&error)));
    }
    if let Err(error) = assembly::read_key_file(&config.key_file()) {
        wrong.push(chain(&error));
    }
    if let Some(tls) = &config.tls
        && let Err(error) = Certificates::read(&config.path(&tls.certificate), &config.path(&tls.key))
    {
        wrong.push(format!("[tls] {}", chain(&error)));
    }
    if let Some(imap) = &config.imap
        && let Err(error) = assembly::read_secret(&config, &imap.get_ref().master_secret_file)
    {
        wrong.push(format!("imap.master_secret_file: {error}"));
    }
    let file = config.file.as_ref().map(|path| path.display().to_string());
    if wrong.is_empty() {
        let shown = file.clone().unwrap_or_else(|| "no file; every setting has its default".to_owned());
        context
            .output
            .print(&json!({ "file": file, "wrong": [] }), |_| format!("The configuration is good ({shown})."))?;
        return Ok(ExitCode::SUCCESS);
    }
    let place = file.unwrap_or_else(|| "the environment".to_owned());
    Err(Failure::usage(format!("{place}: {}", wrong.join("; "))))
}
