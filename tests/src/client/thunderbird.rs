//! Thunderbird without a screen, driven by Marionette as somebody would who sits before it.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use valetkey_testkit::give_away;

use super::marionette::Marionette;
use super::{Door, Encryption, Entrance};
use crate::asking::daemon::{Daemon, RunAs};
use crate::asking::free_port;
use crate::clock::{PATIENCE, look_for, wait_for};
use crate::program;

/// What a person does.
const DEEDS: &str = include_str!("thunderbird.js");

/// A Thunderbird with a profile of its own, which runs until this is dropped.
pub struct Thunderbird {
    marionette: Marionette,
    daemon: Daemon,
    dialogs_read: usize,
    _dir: TempDir,
}

/// An account as its owner sets it up.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The login name, which is the address too.
    pub login: &'a str,
    /// The password that is kept.
    pub secret: &'a str,
    /// How both connections are encrypted.
    pub encryption: Encryption,
}

impl Thunderbird {
    /// Starts it, trusting an authority.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(ca: &Path) -> Self {
        let thunderbird = program::find("thunderbird").display().to_string();
        let dir = tempfile::Builder::new().prefix("valetkey-thunderbird-").tempdir().expect("a temporary directory");
        std::fs::create_dir(dir.path().join("profile")).expect("a directory of ours");
        let port = free_port();
        let preferences = format!("{PREFERENCES}user_pref(\"marionette.port\", {});\n", port.port());
        std::fs::write(dir.path().join("profile/user.js"), preferences).expect("a file of ours");
        // It has what it needs beside its profile, and belongs to whom it runs as.
        give_away(dir.path());
        let d = dir.path().display().to_string();
        let home = ["HOME", "XDG_RUNTIME_DIR", "TMPDIR"].map(|name| format!("{name}={d}"));
        let profile = format!("{d}/profile");
        let mut arguments: Vec<&str> = home.iter().map(String::as_str).collect();
        arguments.extend(["MOZ_CRASHREPORTER_DISABLE=1", &*thunderbird, "--headless", "--no-remote"]);
        arguments.extend(["--marionette", "--remote-allow-system-access", "--profile", &*profile]);
        let (env, log) = (program::find("env"), dir.path().join("log"));
        let mut daemon = Daemon::start(&env, &arguments, dir.path(), log, RunAs::Nobody);
        daemon.await_port(port, String::new);
        let mut started = Self { marionette: Marionette::connect(port), daemon, dialogs_read: 0, _dir: dir };
        wait_for("Thunderbird's window", || (started.does("isReady", &[]) == true).then_some(()));
        let authority = std::fs::read_to_string(ca).expect("a certificate");
        started.does("sitDown", &[json!(authority)]);
        started
    }

    fn does(&mut self, what: &str, given: &[Value]) -> Value {
        let all = [&[json!(what)], given].concat();
        self.marionette.run(DEEDS, &all)
    }

    /// Sets up the only account.
    pub fn set_up(&mut self, account: Account<'_>, door: &Door, submission: &Entrance) {
        let (imap, socket_type) = match account.encryption {
            Encryption::AtOnce => (door.imaps, 3),
            Encryption::Later => (door.imap, 2),
        };
        let smtp = submission.port(account.encryption);
        let Account { login, secret, .. } = account;
        let told =
            json!({ "login": login, "secret": secret, "imap": imap.port(), "smtp": smtp, "socketType": socket_type });
        self.does("addAccount", &[told]);
    }

    /// Asks for mail, and gives the subjects of what is there.
    ///
    /// # Panics
    /// If it cannot be had.
    pub fn mail(&mut self) -> Vec<String> {
        assert_eq!(self.asks_for_mail(), 0, "{}", self.daemon.log());
        texts(&self.does("subjects", &[]))
    }

    /// Asks for mail; gives Thunderbird's code for how it went, which is 0 if it went well.
    pub fn asks_for_mail(&mut self) -> u64 {
        self.does("askForMail", &[]);
        wait_for("an answer to the question for mail", || self.does("outcome", &[]).as_u64())
    }

    /// A message's text as it came, by its subject.
    pub fn source(&mut self, subject: &str) -> String {
        text(&self.does("source", &[json!(subject)]))
    }

    /// Writes a message and sends it; waits for nothing.
    pub fn sends(&mut self, to: &str, subject: &str, body: &str) {
        self.does("send", &[json!(to), json!(subject), json!(body)]);
    }

    /// Whether the message with this subject, which was sent last, is sent.
    pub fn has_sent(&mut self, subject: &str) -> bool {
        self.does("sent", &[]) == subject
    }

    /// What is typed from now on where a password is asked for.
    pub fn will_type(&mut self, secret: &str) {
        self.does("willType", &[json!(secret)]);
    }

    /// Waits for dialogs, and for no others: each with its text and what its third button says, if there is one. Those that
    /// came since the last time count.
    ///
    /// # Panics
    /// If others come.
    pub fn expect_dialogs(&mut self, expected: &[&str]) {
        let before = self.dialogs_read;
        let mut read = Vec::new();
        look_for(PATIENCE, || {
            read = texts(&self.does("dialogs", &[json!(before)]));
            (read.len() >= expected.len()).then_some(())
        });
        assert_eq!(read, expected);
        self.dialogs_read += read.len();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter().map(text).collect()
}

/// Of what it asks the web for by itself, nothing gets anywhere.
const PREFERENCES: &str = r#"
user_pref("mailnews.start_page.enabled", false);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("security.dialog_enable_delay", 0);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"#;
