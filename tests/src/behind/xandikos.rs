//! A Xandikos, which asks nobody who they are.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::asking::daemon::{Daemon, RunAs};
use crate::asking::free_port;
use crate::program;

/// A Xandikos that runs until this is dropped.
pub struct Xandikos {
    address: SocketAddr,
    dir: TempDir,
    daemon: Option<Daemon>,
}

impl Xandikos {
    /// Starts it with these directories in it.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(directories: &[&str]) -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-xandikos-").tempdir().expect("a temporary directory");
        let mut this = Self { address: free_port(), dir, daemon: None };
        for directory in directories {
            std::fs::create_dir_all(this.kept().join(directory)).expect("a directory of ours");
        }
        this.start_again();
        this
    }

    /// Starts it where it was.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        let (port, root) = (self.address.port().to_string(), self.kept().display().to_string());
        let arguments = ["-d", &*root, "-l", "127.0.0.1", "-p", &*port, "--current-user-principal", "/"];
        let log = self.dir.path().join("log");
        let mut daemon = Daemon::start(&program::find("xandikos"), &arguments, self.dir.path(), log, RunAs::Us);
        daemon.await_port(self.address, String::new);
        self.daemon = Some(daemon);
    }

    /// Stops it.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps what it keeps.
    pub fn kept(&self) -> PathBuf {
        Path::new(self.dir.path()).join("kept")
    }
}
