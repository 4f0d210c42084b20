//! Asking from a command: the running server, or the store itself.

use std::path::Path;

use valetkey_domain::policy::Actor;
use valetkey_store::{Location, OpenError};

use super::{Answer, Failure, Request, execute, socket};
use crate::assembly::{self, AssemblyError};
use crate::config::Config;
use crate::other_servers;
use crate::output::tell;

/// Where a question goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To the running server, or else to the store.
    ServerOrStore,
    /// To the running server only: without one there is nothing to tell.
    Server,
}

/// Asks, and waits for the answer. `None` if it goes to the server only, and there is none.
pub(crate) fn ask(config: &Config, request: Request, route: Route) -> Result<Option<Answer>, Failure> {
    let path = config.admin_socket();
    if let Some(answer) = socket::ask(&path, &request)? {
        return Ok(Some(answer));
    }
    if route == Route::Server {
        return Ok(None);
    }
    if let Ok(Location::File(file)) = assembly::location(config)
        && !file.try_exists().map_err(|e| unseen(&file, &e))?
    {
        return Err(Failure::usage(format!(
            "no server answers at {}, and there is no store at {}: start `valetkey serve` first, or name its configuration with --config",
            path.display(),
            file.display()
        )));
    }
    // Nobody answers: then nobody must hold the store either.
    let accounts = assembly::open_accounts(config, Vec::new()).map_err(|error| match error {
        AssemblyError::Store(OpenError::Held(store)) => Failure::temporary(format!(
            "a server holds the store ({store}), but does not answer at its administration socket {}; name its configuration with --config, or try again",
            path.display()
        )),
        other if other.is_temporary() => Failure::temporary(valetkey_accounts::chain(&other)),
        other => Failure::usage(valetkey_accounts::chain(&other)),
    })?;
    // Who may not read their secrets can revoke all the same: the server's next start tells them.
    let sign_outs = other_servers::teller(config, &accounts.accounts).unwrap_or_else(|error| {
        tell(&format!("valetkey: other servers are told later: {}", valetkey_accounts::chain(&error)));
        None
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| Failure::temporary(e.to_string()))?;
    let actor = Actor::Operator { uid: rustix::process::getuid().as_raw() };
    let answer = runtime.block_on(async {
        let (stopper, stop) = valetkey_accounts::Stopper::new();
        let caretaker = tokio::spawn(accounts.caretaker.run(stop.clone()));
        // Other servers are told as far as they answer at once; the next start of the server tells the rest.
        let sign_outs = sign_outs.map(|sign_outs| tokio::spawn(sign_outs.run(stop)));
        let answer = execute(&accounts.accounts, &actor, request).await;
        stopper.stop();
        if let Some(sign_outs) = sign_outs {
            drop(sign_outs.await);
        }
        // What it could not write down is last uses and notices, which a crash may lose too.
        drop(caretaker.await);
        answer
    });
    drop(accounts.accounts);
    Ok(Some(answer))
}

fn unseen(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!(
        "no server answers, and the store at {} cannot be looked at: {error}; run this as the server's user, with `runuser -u valetkey --`",
        file.display()
    ))
}
