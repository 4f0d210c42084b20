//! `valetkey try`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::admin::Failure;
use crate::serve::raise_descriptor_limit;
use crate::tryout::{Tryout, TryoutError};

#[derive(Args)]
pub(super) struct Try {
    /// Where to put everything; without it a temporary directory that is removed at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Do the tour by itself, print each step with its outcome and time, and stop
    #[arg(long)]
    smoke: bool,
    /// Also a second Dovecot, which keeps its port and asks, and is told when somebody is signed out
    #[arg(long)]
    asking: bool,
}

pub(super) fn run(options: &Try) -> Result<ExitCode, Failure> {
    raise_descriptor_limit();
    let runtime = crate::serve::runtime().map_err(|e| Failure::temporary(e.to_string()))?;
    // Before there is anything that would be left behind.
    let mut stop = crate::serve::stop_on_signals(&runtime).map_err(|e| Failure::temporary(e.to_string()))?;
    let log = if options.smoke { "warn" } else { "warn,sign-in=info" };
    let tryout = Tryout::prepare(options.dir.as_deref(), log, options.asking, &runtime).map_err(|e| failure(&e))?;
    let code = if options.smoke {
        if tryout.smoke(&stop) { ExitCode::SUCCESS } else { ExitCode::from(1) }
    } else {
        tryout.show_tour()?;
        runtime.block_on(stop.asked());
        ExitCode::SUCCESS
    };
    tryout.stop(&runtime);
    Ok(code)
}

fn failure(error: &TryoutError) -> Failure {
    match error {
        TryoutError::Start(error) => super::serve::failure(error),
        other => Failure::refused(valetkey_accounts::chain(other)),
    }
}
