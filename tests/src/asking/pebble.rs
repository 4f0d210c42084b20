//! A Pebble, which issues certificates by ACME to whoever proves a name, and is stricter about it than others.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::daemon::{Daemon, RunAs, free_port};
use crate::program;

/// A Pebble that runs while it is not stopped, or until this is dropped. Once stopped it has forgotten everything, and
/// another authority signs then.
pub struct Pebble {
    running: Option<Daemon>,
    listen: SocketAddr,
    management: SocketAddr,
    /// Says of every name that it leads to this machine.
    _names: Daemon,
    names: SocketAddr,
    authority: PathBuf,
    dir: TempDir,
}

impl Pebble {
    /// Prepares one. Its own certificate is `cert.pem` for localhost in `certificates`, with `key.pem`, signed by `ca.pem`.
    /// It looks for proofs at this port instead of port 80.
    ///
    /// # Panics
    /// If it is not installed.
    pub fn prepare(certificates: &Path, proofs: SocketAddr) -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-pebble-").tempdir().expect("a temporary directory");
        let [listen, management, names, unused] = [(); 4].map(|()| free_port());
        let file = |name: &str| certificates.join(name);
        let config = serde_json::json!({ "pebble": {
            "listenAddress": listen.to_string(), "managementListenAddress": management.to_string(),
            "certificate": file("cert.pem"), "privateKey": file("key.pem"), "httpPort": proofs.port(), "tlsPort": 1,
        } });
        std::fs::write(dir.path().join("config.json"), config.to_string()).expect("a file of ours");
        let arguments = ["-dns01", &names.to_string(), "-management", &unused.to_string()];
        let nothing_else = ["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""];
        let arguments = [&arguments[..], &nothing_else].concat();
        let program = program::find("pebble-challtestsrv");
        let mut resolver = Daemon::start(&program, &arguments, dir.path(), dir.path().join("names"), RunAs::Us);
        resolver.await_port(names, String::new);
        Self { running: None, listen, management, _names: resolver, names, authority: file("ca.pem"), dir }
    }

    /// Starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(&mut self) {
        let dir = self.dir.path();
        let (pebble, config) = (program::find("pebble").display().to_string(), dir.join("config.json"));
        // Without it, it waits some seconds before it looks, as a busy one would.
        let arguments = ["PEBBLE_VA_NOSLEEP=1", &pebble, "-strict", "-config", &config.display().to_string()];
        let names = self.names.to_string();
        let arguments = [&arguments[..], &["-dnsserver", &names]].concat();
        let mut daemon = Daemon::start(&program::find("env"), &arguments, dir, dir.join("log"), RunAs::Us);
        daemon.await_port(self.listen, String::new);
        daemon.await_port(self.management, String::new);
        self.running = Some(daemon);
    }

    /// Nobody is there any more.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// The address of its directory.
    pub fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.listen.port())
    }

    /// A file with the certificate of who signs now.
    ///
    /// # Panics
    /// If it does not run.
    pub fn root(&self) -> PathBuf {
        let mut command = program::command("curl");
        command.args(["-sS", "--fail", "--cacert"]).arg(&self.authority);
        let text = program::run(command.arg(format!("https://localhost:{}/roots/0", self.management.port())), "");
        let file = self.dir.path().join("root.pem");
        std::fs::write(&file, text.succeeded()).expect("a file of ours");
        file
    }

    /// How often it was asked for something since it was started last.
    pub fn asked(&self) -> usize {
        self.log().matches("calling handler()").count()
    }

    /// What it has logged since it was started last.
    pub fn log(&self) -> String {
        self.running.as_ref().map(Daemon::log).unwrap_or_default()
    }
}
