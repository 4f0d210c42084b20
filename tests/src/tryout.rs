//! `valetkey try` in a directory of the test's own, stopped when dropped, with nothing left running.

mod mail;
mod process;
mod second;

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use valetkey_domain::{Clock as _, TotpSeed};

use crate::client::{Door, Entrance};
use crate::clock::{RealClock, wait_for};
use crate::program::{self, Ran};
pub use crate::shipped::binary;
use process::Process;
pub use second::Second;

/// A `valetkey try` that runs until this is dropped.
pub struct Tryout {
    process: Process,
    root: TempDir,
    /// What `try.json` says.
    pub description: Value,
    /// Where mail apps connect.
    pub door: Door,
    /// Its commands.
    pub commands: Commands,
}

/// An account, with all that is needed to sign in as its owner.
#[derive(Clone, Debug)]
pub struct Person {
    /// The login name.
    pub login: String,
    /// The primary password.
    pub primary_password: String,
    /// The seed of its authenticator app, in base 32.
    pub totp_secret: String,
    /// An app password that opens everything.
    pub key: Key,
}

/// An app password.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// The secret, as it was shown.
    pub secret: String,
}

impl Person {
    /// The code that the authenticator app shows now, or so many half minutes later.
    ///
    /// # Panics
    /// If the seed is none.
    pub fn code(&self, half_minutes_later: u32) -> String {
        let seed = TotpSeed::from_base32(&self.totp_secret).expect("a seed that was shown");
        let moment = RealClock.now() + std::time::Duration::from_secs(30) * half_minutes_later;
        seed.code_at(moment).reveal()
    }
}

impl Key {
    fn of(answer: &Value, id: &str) -> Self {
        Self { id: text(&answer[id]), secret: text(&answer["app_password"]) }
    }

    /// The secret in letters only, as it is decoded.
    pub fn letters(&self) -> String {
        self.secret.replace('-', "")
    }
}

impl Tryout {
    /// Starts it, with Dovecot, nginx and Radicale.
    ///
    /// # Panics
    /// If one of them is not installed, or something does not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with a Dovecot that asks by itself.
    pub fn start_asking() -> Self {
        Self::start_with(&["--asking"])
    }

    fn start_with(more: &[&str]) -> Self {
        for server in ["dovecot", "nginx", "radicale"] {
            program::find(server);
        }
        let root = tempfile::Builder::new().prefix("valetkey-test-").tempdir().expect("a temporary directory");
        // What refuses root runs as somebody else, who must be able to pass.
        std::fs::set_permissions(root.path(), Permissions::from_mode(0o711)).expect("the directory is ours");
        let dir = root.path().join("try");
        let place = dir.display().to_string();
        let arguments = [&["try", "--dir", &*place], more].concat();
        let mut process = Process::start(&arguments, root.path(), "try");
        let file = dir.join("try.json");
        let written = wait_for("try.json", || {
            process.expect_running();
            std::fs::read_to_string(&file).ok()
        });
        let description: Value = serde_json::from_str(&written).expect("try.json appears whole");
        let door = Door {
            imaps: address(&description["endpoints"]["imaps"]),
            imap: address(&description["endpoints"]["imap"]),
            ca: text(&description["ca"]).into(),
        };
        let commands = Commands { config: text(&description["config"]).into() };
        Self { process, root, description, door, commands }
    }

    /// The directory in which everything is.
    pub fn dir(&self) -> PathBuf {
        self.root.path().join("try")
    }

    /// Ada, who has done nothing wrong.
    pub fn ada(&self) -> Person {
        self.person(0)
    }

    /// Bob, who is not Ada.
    pub fn bob(&self) -> Person {
        self.person(1)
    }

    fn person(&self, index: usize) -> Person {
        let person = &self.description["accounts"][index];
        Person {
            login: text(&person["login"]),
            primary_password: text(&person["primary_password"]),
            totp_secret: text(&person["totp_secret"]),
            key: Key::of(person, "app_password_id"),
        }
    }

    /// The tour that it prints: of each step what it is for, and the command.
    pub fn tour(&self) -> Vec<(String, String)> {
        let said = wait_for("the tour", || {
            let said = self.process.said();
            said.contains("\nAll of it, for programs: ").then_some(said)
        });
        let steps = said.split("\n\n").collect::<Vec<_>>();
        let is_step = |text: &str| text.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        let steps = steps.windows(2).filter(|pair| is_step(pair[0].trim_start()));
        steps.map(|pair| (pair[0].to_owned(), pair[1].trim().to_owned())).collect()
    }

    /// An address of `try.json`'s `endpoints` that is no socket address.
    pub fn url(&self, endpoint: &str) -> String {
        text(&self.description["endpoints"][endpoint])
    }

    /// Where apps of `pop3`, `managesieve` or `submission` connect.
    ///
    /// # Panics
    /// If the server for it is not installed.
    pub fn entrance(&self, service: &str) -> Entrance {
        let endpoints = &self.description["endpoints"];
        assert!(
            endpoints[service].is_string(),
            "nothing is behind {service}: apt-get install dovecot-pop3d \
            dovecot-managesieved dovecot-lmtpd dovecot-submissiond postfix"
        );
        let tls = address(&endpoints[format!("{service}s")]);
        Entrance { tls, clear: address(&endpoints[service]), ca: self.door.ca.clone() }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The servers behind it, and all that they have started: names with numbers.
    pub fn behind(&self) -> Vec<String> {
        self.process.started()
    }

    /// The memory that it has now, without that of the servers behind it.
    pub fn memory_kib(&self) -> u64 {
        self.process.memory_kib()
    }

    /// A second Valetkey with a store of its own in front of the same Dovecot, with changes to the configuration:
    /// lines that begin like the first of each pair become the second.
    pub fn serve_beside(&self, changes: &[(&str, &str)]) -> Second {
        Second::start(self, changes, &[])
    }

    /// The same, with sections in the place of those of the same name.
    pub fn serve_beside_with(&self, sections: &[String]) -> Second {
        Second::start(self, &[], sections)
    }

    /// Stops it as an operator does.
    ///
    /// # Panics
    /// If it does not end well, or leaves something running.
    pub fn stop(mut self) {
        self.process.stop();
    }
}

/// The shipped program's commands, each a process.
#[derive(Clone)]
pub struct Commands {
    config: PathBuf,
}

impl Commands {
    /// The configuration file that they use.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Those of another configuration.
    pub fn of(config: &Path) -> Self {
        Self { config: config.to_owned() }
    }

    /// Runs one, as a person would, with something to read.
    pub fn run(&self, arguments: &[&str], input: &str) -> Ran {
        program::run(self.command().args(arguments), input)
    }

    /// Runs one with `--json` and gives its answer.
    ///
    /// # Panics
    /// If it fails.
    pub fn ask(&self, arguments: &[&str]) -> Value {
        self.ask_saying("", arguments)
    }

    /// The same, with something to read.
    ///
    /// # Panics
    /// If it fails.
    pub fn ask_saying(&self, input: &str, arguments: &[&str]) -> Value {
        let ran = program::run(self.command().arg("--json").args(arguments), input);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{arguments:?}: {error} in {ran:?}"))
    }

    /// Makes an app password.
    pub fn make_key(&self, login: &str, label: &str, more: &[&str]) -> Key {
        let mut arguments = vec!["app-password", "create", login, "--label", label];
        arguments.extend_from_slice(more);
        Key::of(&self.ask(&arguments), "id")
    }

    /// Makes a person's account: a primary password, an authenticator app, and an app password.
    pub fn make_person(&self, login: &str, primary_password: &str) -> Person {
        self.ask_saying(&format!("{primary_password}\n"), &["account", "create", login, "--password-stdin"]);
        let enrolled = self.ask(&["account", "enrol-totp", login]);
        let key = self.make_key(login, "First", &[]);
        let (login, primary_password) = (login.to_owned(), primary_password.to_owned());
        Person { login, primary_password, totp_secret: text(&enrolled["totp_secret"]), key }
    }

    /// How many connections an account has.
    pub fn connections_of(&self, login: &str) -> usize {
        self.ask(&["connections", login]).as_array().expect("a list").len()
    }

    fn command(&self) -> Command {
        let mut command = program::bounded(binary());
        command.arg("--config").arg(&self.config);
        command
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn address(value: &Value) -> SocketAddr {
    text(value).parse().unwrap_or_else(|error| panic!("{value} is no address: {error}"))
}
