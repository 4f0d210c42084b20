//! A second Valetkey beside `valetkey try`, for what `try` does not let a test choose: the log, the limits.

use std::net::SocketAddr;
use std::path::Path;

use super::process::Process;
use super::{Commands, Tryout};
use crate::client::Door;
use crate::client::portal::Browser;
use crate::clock::wait_for;

/// A `valetkey serve` with a store of its own, in front of the Dovecot of a [`Tryout`].
pub struct Second {
    process: Process,
    /// Where mail apps connect.
    pub door: Door,
    /// Where `/forward-auth` is.
    pub forward_auth: String,
    portal: SocketAddr,
    origin: String,
    /// Its commands.
    pub commands: Commands,
}

impl Second {
    pub(super) fn start(tryout: &Tryout, changes: &[(&str, &str)]) -> Self {
        let dir = tryout.dir();
        let data = format!("data_dir = \"{}\"", dir.join("second-data").display());
        let socket = format!("admin_socket = \"{}\"", dir.join("run/second.sock").display());
        let mut changes = changes.to_vec();
        // The first change of a line counts.
        changes.extend([("data_dir", &*data), ("admin_socket", &*socket), ("log", "log = \"info\"")]);
        // Those of the first are taken.
        changes.push(("listen_tls", "listen_tls = [\"127.0.0.1:0\"]"));
        let config = dir.join("second.toml");
        std::fs::write(&config, changed(tryout.commands.config(), &changes)).expect("a file in a directory of ours");
        let arguments = ["serve", "--config", &config.display().to_string()];
        let mut process = Process::start(&arguments, &dir, "second");
        let started = wait_for("the line that says where it listens", || {
            process.expect_running();
            let log = process.log();
            let (whole, _) = log.rsplit_once('\n')?;
            whole.lines().find(|line| line.contains(" message=started ")).map(str::to_owned)
        });
        let ca = tryout.door.ca.clone();
        let portal = listens(&started, "portal");
        let origin = tryout.description["portal"].as_str().expect("an address").to_owned();
        let door = Door { imaps: listens(&started, "imap_tls"), imap: listens(&started, "imap"), ca };
        let forward_auth = format!("http://{}/forward-auth", listens(&started, "http"));
        Self { process, door, forward_auth, portal, origin, commands: Commands { config } }
    }

    /// A browser that has been nowhere on its portal yet.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.origin, Some(self.portal.to_string()), self.door.ca.clone())
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Stops it and gives all that it has logged.
    ///
    /// # Panics
    /// If it does not end well.
    pub fn stop(mut self) -> String {
        self.process.stop();
        self.process.log()
    }
}

fn changed(config: &Path, changes: &[(&str, &str)]) -> String {
    let text = std::fs::read_to_string(config).expect("a configuration that try has written");
    for (begin, _) in changes {
        assert!(text.lines().any(|line| line.starts_with(begin)), "no line begins with {begin}:\n{text}");
    }
    let change = |line: &str| changes.iter().find(|(begin, _)| line.starts_with(begin)).map(|(_, to)| (*to).to_owned());
    text.lines().map(|line| change(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// The address under a key of the log's line: `imap=[127.0.0.1:40143]`.
fn listens(line: &str, key: &str) -> SocketAddr {
    let found = line.split_once(&format!(" {key}=[")).and_then(|(_, rest)| rest.split_once(']'));
    let (address, _) = found.unwrap_or_else(|| panic!("no {key} in {line}"));
    address.parse().unwrap_or_else(|error| panic!("{address}: {error}"))
}
