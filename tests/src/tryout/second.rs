//! A second Valetkey beside `valetkey try`, for what `try` does not let a test choose: the log, the limits.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;

use super::process::Process;
use super::{Commands, Tryout};
use crate::client::oauth::App;
use crate::client::portal::Browser;
use crate::client::{Door, Entrance};
use crate::clock::wait_for;
use crate::whereabouts::Whereabouts;

/// A `valetkey serve` with a store of its own, in front of the Dovecot of a [`Tryout`].
pub struct Second {
    process: Process,
    /// Where mail apps connect.
    pub door: Door,
    /// Where `/forward-auth` is.
    pub forward_auth: String,
    entrances: HashMap<&'static str, Entrance>,
    portal: Vec<SocketAddr>,
    dav: Option<SocketAddr>,
    origin: String,
    /// Its commands.
    pub commands: Commands,
}

impl Second {
    pub(super) fn start(tryout: &Tryout, changes: &[(&str, &str)], sections: &[String]) -> Self {
        let dir = tryout.dir();
        let data = format!("data_dir = \"{}\"", dir.join("second-data").display());
        let socket = format!("admin_socket = \"{}\"", dir.join("run/second.sock").display());
        let run = dir.join("run").display().to_string();
        let sockets = ["auth", "auth-dav", "mux"].map(|name| {
            (format!("listen = [\"unix:{run}/{name}\"]"), format!("listen = [\"unix:{run}/second-{name}\"]"))
        });
        let mut changes = changes.to_vec();
        // The first change of a line counts.
        changes.extend([("data_dir", &*data), ("admin_socket", &*socket), ("log =", "log = \"info\"")]);
        changes.extend(sockets.iter().map(|(from, to)| (from.as_str(), to.as_str())));
        // Those of the first are taken.
        changes.push(("listen_tls", "listen_tls = [\"127.0.0.1:0\"]"));
        let config = dir.join("second.toml");
        let text = with_sections(changed(tryout.commands.config(), &changes), sections);
        std::fs::write(&config, text).expect("a file in a directory of ours");
        let arguments = ["serve", "--config", &config.display().to_string()];
        let mut process = Process::start(&arguments, &dir, "second");
        let found = wait_for("the line that says that it has started", || {
            process.expect_running();
            Whereabouts::read(&process.log())
        });
        let ca = tryout.door.ca.clone();
        let portal = found.at("portal");
        let dav = found.at("dav").first().copied();
        let origin = tryout.description["portal"].as_str().expect("an address").to_owned();
        let door = Door { imaps: found.of("imap", "listen_tls")[0], imap: found.of("imap", "listen")[0], ca };
        let entrances = ["pop3", "managesieve", "submission"]
            .into_iter()
            .filter(|service| tryout.description["endpoints"][service].is_string());
        let entrances = entrances.map(|service| {
            let [tls, clear] = ["listen_tls", "listen"].map(|key| found.of(service, key)[0]);
            (service, Entrance { tls, clear, ca: door.ca.clone() })
        });
        let entrances = entrances.collect();
        let forward_auth = format!("http://{}/forward-auth", found.at("http")[0]);
        Self { process, door, forward_auth, entrances, portal, dav, origin, commands: Commands { config } }
    }

    /// Where apps of `pop3`, `managesieve` or `submission` connect.
    ///
    /// # Panics
    /// If the server for it is not installed.
    pub fn entrance(&self, service: &str) -> &Entrance {
        self.entrances.get(service).unwrap_or_else(|| panic!("nothing is behind {service}"))
    }

    /// Where apps for calendars and contacts connect, by TLS.
    ///
    /// # Panics
    /// If nothing is behind it.
    pub fn dav(&self) -> SocketAddr {
        self.dav.expect("radicale is installed")
    }

    /// A browser that has been nowhere on its portal yet.
    pub fn browser(&self) -> Browser {
        self.browser_through(self.portal[0])
    }

    /// An app that knows the address of its portal.
    pub fn app(&self) -> App {
        App::new(&self.origin, self.portal[0].to_string(), self.door.ca.clone())
    }

    /// A browser that reaches its portal through a server in front of it.
    pub fn browser_through(&self, front: SocketAddr) -> Browser {
        Browser::new(&self.origin, Some(front.to_string()), self.door.ca.clone())
    }

    /// Where the portal is reached by a server that has ended TLS.
    ///
    /// # Panics
    /// If it listens for none.
    pub fn portal_after_tls(&self) -> SocketAddr {
        *self.portal.get(1).expect("listen_after_tls in the configuration")
    }

    /// Where its portal is reached by TLS.
    pub fn portal_port(&self) -> u16 {
        self.portal[0].port()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Tells it to stop, as systemd does, and does not wait.
    pub fn ask_to_stop(&self) {
        self.process.terminate();
    }

    /// How it has ended, once it has.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.process.has_ended()
    }

    /// Where its portal is, by TLS.
    pub fn portal(&self) -> SocketAddr {
        self.portal[0]
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

/// A configuration in which each of these sections stands in the place of its namesake.
fn with_sections(config: String, sections: &[String]) -> String {
    let name = |section: &str| section.lines().find(|line| line.starts_with('[')).unwrap_or_default().to_owned();
    sections.iter().fold(config, |config, section| {
        let kept = config.split("\n\n").filter(|one| name(one) != name(section));
        kept.chain([section.as_str()]).collect::<Vec<_>>().join("\n\n")
    })
}
