//! An HAProxy in front of the gateway, which tells it where apps are.

use std::net::SocketAddr;

use tempfile::TempDir;

use super::daemon::{Daemon, RunAs};
use crate::program;

/// An HAProxy that runs until this is dropped.
pub struct HaProxy {
    daemon: Daemon,
    _dir: TempDir,
}

impl HaProxy {
    /// Starts it with what the book says, and waits until it takes connections.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(sections: &str, address: SocketAddr) -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-haproxy-").tempdir().expect("a temporary directory");
        let config = dir.path().join("haproxy.cfg");
        std::fs::write(&config, format!("global\n  maxconn 100\n\n{sections}")).expect("a file of ours");
        let (program, file) = (program::find("haproxy"), config.display().to_string());
        // In the foreground, and without a process for each processor.
        let mut daemon = Daemon::start(&program, &["-db", "-f", &file], dir.path(), dir.path().join("log"), RunAs::Us);
        daemon.await_port(address, String::new);
        Self { daemon, _dir: dir }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
