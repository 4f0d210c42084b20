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
    _daemon: Daemon,
}

impl Xandikos {
    /// Starts it with these directories in it.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(directories: &[&str]) -> Self {
        let program = program::find("xandikos");
        let dir = tempfile::Builder::new().prefix("valetkey-xandikos-").tempdir().expect("a temporary directory");
        let kept = dir.path().join("kept");
        for directory in directories {
            std::fs::create_dir_all(kept.join(directory)).expect("a directory of ours");
        }
        let address = free_port();
        let (port, root) = (address.port().to_string(), kept.display().to_string());
        let arguments = ["-d", &*root, "-l", "127.0.0.1", "-p", &*port, "--current-user-principal", "/"];
        let mut daemon = Daemon::start(&program, &arguments, dir.path(), dir.path().join("log"), RunAs::Us);
        daemon.await_port(address, String::new);
        Self { address, dir, _daemon: daemon }
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
