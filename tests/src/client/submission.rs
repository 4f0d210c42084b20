//! A mail app that sends a message.

use std::net::SocketAddr;

use crate::program::{self, Ran};

/// Sends a message from `sender` to ada, signed in by `mechanism` (PLAIN or LOGIN): what the server answered is printed.
pub fn submit(to: SocketAddr, mechanism: &str, login: &str, secret: &str, sender: &str) -> Ran {
    let mut command = program::command("python3");
    let port = to.port().to_string();
    program::run(
        command.args(["-c", include_str!("submit.py"), &port, mechanism, login, sender]),
        &format!("{secret}\n"),
    )
}
