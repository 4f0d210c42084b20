//! `valetkey serve`

use std::process::ExitCode;

use super::Context;
use crate::admin::Failure;
use crate::serve::{Server, StartError, raise_descriptor_limit};

pub(super) fn run(context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    raise_descriptor_limit();
    let _log = crate::log::begin(&config.server.log).map_err(|e| Failure::usage(e.to_string()))?;
    let runtime = crate::serve::runtime().map_err(|e| Failure::temporary(e.to_string()))?;
    let mut stop = crate::serve::stop_on_signals(&runtime).map_err(|e| Failure::temporary(e.to_string()))?;
    let server = Server::start(&config, &runtime).map_err(|e| failure(&e))?;
    crate::serve::tell_ready();
    runtime.block_on(stop.asked());
    server.stop(&runtime);
    Ok(ExitCode::SUCCESS)
}

/// Why it did not start: what will not mend by itself is wrong use.
pub(super) fn failure(error: &StartError) -> Failure {
    let message = valetkey_accounts::chain(error);
    if error.is_temporary() { Failure::temporary(message) } else { Failure::usage(message) }
}
