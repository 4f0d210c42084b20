//! A Radicale that asks Valetkey by itself: that of `PyPI`, which `./test` puts into `target/python`.

use std::net::SocketAddr;
use std::path::PathBuf;

use tempfile::TempDir;

use super::daemon::{Daemon, RunAs, free_port};
use crate::book::block;
use crate::program;

/// A Radicale that runs until this is dropped.
pub struct Radicale {
    address: SocketAddr,
    daemon: Daemon,
    dir: TempDir,
}

impl Radicale {
    /// Starts one that asks, with what the book says of `[auth]` and `[rights]`.
    ///
    /// # Panics
    /// If it is not there or does not start.
    pub fn asking(sections: &str) -> Self {
        Self::start(|address| format!("[server]\nhosts = {address}\n\n{sections}"))
    }

    /// Starts one that asks nobody, and believes what is in front of it.
    ///
    /// # Panics
    /// If it is not there or does not start.
    pub fn believing() -> Self {
        Self::start(|address| block("gateway/dav.md", "type = http_x_remote_user", &[("127.0.0.1:5232", &address)]))
    }

    fn start(sections: impl Fn(String) -> String) -> Self {
        let program = program::target().join("python/bin/radicale");
        assert!(program.is_file(), "{} is not there: ./test makes it", program.display());
        let dir = tempfile::Builder::new().prefix("valetkey-radicale-").tempdir().expect("a temporary directory");
        let address = free_port();
        let config = dir.path().join("config");
        let storage = format!("\n[storage]\nfilesystem_folder = {}\n", dir.path().join("collections").display());
        std::fs::write(&config, sections(address.to_string()) + &storage).expect("a file of ours");
        let file = config.display().to_string();
        let mut daemon = Daemon::start(&program, &["--config", &file], dir.path(), dir.path().join("log"), RunAs::Us);
        daemon.await_port(address, String::new);
        Self { address, daemon, dir }
    }

    /// Looks into a person's home; gives the status.
    pub fn look(&self, home: &str, login: &str, secret: &str) -> String {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}"]);
        command.args(["--request", "PROPFIND", "--header", "Depth: 0", "--user", &format!("{login}:{secret}")]);
        program::run(command.arg(format!("http://{}/{home}/", self.address)), "").succeeded()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps what it keeps.
    pub fn kept(&self) -> PathBuf {
        self.dir.path().join("collections/collection-root")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
