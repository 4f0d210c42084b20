//! A Caddy in front of something, which asks Valetkey who may pass.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::daemon::{Daemon, RunAs, free_port};
use crate::book::block;
use crate::program;

/// A Caddy that runs until this is dropped.
pub struct Caddy {
    address: SocketAddr,
    ca: PathBuf,
    daemon: Daemon,
    _dir: TempDir,
}

impl Caddy {
    /// Starts it as the book says, asking at one address, in front of what is at another.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(asks: &str, behind: SocketAddr, certificates: &Path, ca: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-caddy-").tempdir().expect("a temporary directory");
        let address = free_port();
        let tls = certificates.display();
        let site =
            format!("https://localhost:{} {{\n  bind 127.0.0.1\n  tls {tls}/cert.pem {tls}/key.pem", address.port());
        let changes =
            [("dav.example.org {", &*site), ("127.0.0.1:9440", asks), ("127.0.0.1:5232", &behind.to_string())];
        let written = block("nginx-web.md", "forward_auth 127.0.0.1:9440 {", &changes);
        let config = dir.path().join("Caddyfile");
        let whole = format!("{{\n  admin off\n  auto_https off\n}}\n{written}");
        std::fs::write(&config, whole).expect("a file of ours");
        let d = dir.path().display();
        // What it keeps, it would keep in its user's home.
        let homes = [format!("XDG_DATA_HOME={d}"), format!("XDG_CONFIG_HOME={d}")];
        let (program, file) = (program::find("caddy").display().to_string(), config.display().to_string());
        let arguments = [&*homes[0], &*homes[1], &*program, "run", "--config", &*file, "--adapter", "caddyfile"];
        let env = program::find("env");
        let mut daemon = Daemon::start(&env, &arguments, dir.path(), dir.path().join("log"), RunAs::Us);
        daemon.await_port(address, String::new);
        Self { address, ca: ca.to_owned(), daemon, _dir: dir }
    }

    /// Looks into a person's home; without credentials as nobody. Gives the status and what came with it: the head, an
    /// empty line, the body.
    pub fn look(&self, home: &str, credentials: Option<(&str, &str)>, headers: &[&str]) -> (u16, String) {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--include", "--http1.1", "--cacert"]).arg(&self.ca);
        command.args(["--request", "PROPFIND", "--header", "Depth: 0"]);
        command.args(headers.iter().flat_map(|header| ["--header", header]));
        if let Some((login, secret)) = credentials {
            command.args(["--user", &format!("{login}:{secret}")]);
        }
        let url = format!("https://localhost:{}/{home}/", self.address.port());
        let said = program::run(command.arg(url), "").succeeded();
        let status = said.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("no status: {said}")), said)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
