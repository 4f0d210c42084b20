//! Postfix's smtp-sink, which takes mail and throws it away: something to send to.

use std::net::SocketAddr;

use super::TryoutError;
use super::directory::Directory;
use super::process::{Process, find};

/// A sink that runs until this is dropped.
pub(super) struct Sink {
    smtp: SocketAddr,
    _process: Process,
}

impl Sink {
    /// Starts it, if it is installed.
    pub(super) fn start(directory: &Directory) -> Result<Option<Self>, TryoutError> {
        let Some(program) = find("smtp-sink") else { return Ok(None) };
        let smtp = directory.ports.one()?;
        directory.subdirectory("smtp-sink", 0o700)?;
        directory.give_away("smtp-sink")?;
        let mut process = Process::start(directory, "smtp-sink", &program, &[&smtp.to_string(), "100"])?;
        process.await_port(directory, smtp)?;
        Ok(Some(Self { smtp, _process: process }))
    }

    /// Where it speaks SMTP.
    pub(super) fn smtp(&self) -> SocketAddr {
        self.smtp
    }
}
