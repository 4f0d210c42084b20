//! `valetkey migrate`

use std::process::ExitCode;

use serde_json::json;
use valetkey_accounts::chain;
use valetkey_store::OpenError;

use super::Context;
use crate::admin::Failure;
use crate::assembly::{self, AssemblyError};

/// Opens the store, which brings it up to date, and closes it.
pub(super) fn run(context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let opened = assembly::open_accounts(&config, Vec::new()).map_err(|error| match error {
        AssemblyError::Store(OpenError::Held(store)) => {
            Failure::temporary(format!("a server holds the store ({store}); it brought it up to date when it started"))
        }
        AssemblyError::Store(OpenError::Store(_)) => Failure::temporary(chain(&error)),
        other => Failure::refused(chain(&other)),
    })?;
    let shown = opened.accounts.store().shown().to_owned();
    context.output.print(&json!({ "store": shown }), |_| format!("{shown} is up to date."))?;
    Ok(ExitCode::SUCCESS)
}
