//! Real mail apps: curl, mbsync, and what Python's imaplib makes.

use std::fmt;
use std::path::Path;

use crate::client::Door;
use crate::program::{self, Ran};

/// A mail app, with the way in which it signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailApp {
    /// curl, by AUTHENTICATE PLAIN with an initial response.
    Curl(Way),
    /// mbsync, which fetches the whole mailbox.
    Mbsync(Way),
    /// Python's imaplib, by LOGIN.
    ImaplibLogin(Way),
    /// Python's imaplib, by AUTHENTICATE PLAIN without an initial response.
    ImaplibPlain(Way),
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the beginning.
    Imaps,
    /// By STARTTLS.
    StartTls,
}

/// Every app and way.
pub const ALL: [MailApp; 8] = [
    MailApp::Curl(Way::Imaps),
    MailApp::Curl(Way::StartTls),
    MailApp::Mbsync(Way::Imaps),
    MailApp::Mbsync(Way::StartTls),
    MailApp::ImaplibLogin(Way::Imaps),
    MailApp::ImaplibLogin(Way::StartTls),
    MailApp::ImaplibPlain(Way::Imaps),
    MailApp::ImaplibPlain(Way::StartTls),
];

/// What came of an app's try.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has read the sample messages.
    HasRead,
    /// It says to its owner that the password was refused.
    SaysRefused,
    /// Anything else, in its own words.
    Failed(String),
}

impl fmt::Display for MailApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl MailApp {
    /// Signs in and reads.
    pub fn read(self, door: &Door, login: &str, secret: &str) -> Outcome {
        match self {
            Self::Curl(way) => curl(door, way, login, secret, &[]),
            Self::Mbsync(way) => mbsync(door, way, login, secret),
            Self::ImaplibLogin(way) => imaplib(door, way, "login", login, secret),
            Self::ImaplibPlain(way) => imaplib(door, way, "plain", login, secret),
        }
    }
}

impl Way {
    pub(super) fn port(self, door: &Door) -> u16 {
        match self {
            Self::Imaps => door.imaps.port(),
            Self::StartTls => door.imap.port(),
        }
    }
}

/// The subject of the first sample message.
pub(super) const SUBJECT: &str = "Welcome to Valetkey";
/// How many of them there are.
pub(super) const MESSAGES: usize = 3;

/// curl reads the first message.
pub fn curl(door: &Door, way: Way, login: &str, secret: &str, more: &[&str]) -> Outcome {
    let scheme = if way == Way::Imaps { "imaps" } else { "imap" };
    let mut command = program::command("curl");
    command.args(["--silent", "--show-error", "--max-time", "20", "--ssl-reqd", "--cacert"]).arg(&door.ca);
    command.arg("--user").arg(format!("{login}:{secret}")).args(more);
    command.arg(format!("{scheme}://localhost:{}/INBOX;UID=1", way.port(door)));
    let ran = program::run(&mut command, "");
    match ran.code {
        0 if ran.out.contains(SUBJECT) => Outcome::HasRead,
        // "The remote server denied curl to login."
        67 => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{ran:?}")),
    }
}

fn mbsync(door: &Door, way: Way, login: &str, secret: &str) -> Outcome {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (path, encryption) = (dir.path().display(), if way == Way::Imaps { "IMAPS" } else { "STARTTLS" });
    let settings = format!(
        "IMAPStore far\nHost localhost\nPort {}\nUser {login}\nPass \"{secret}\"\nSSLType {encryption}\nCertificateFile {}\n\n\
         MaildirStore near\nPath {path}/\nInbox {path}/INBOX\n\nChannel all\nFar :far:\nNear :near:\nCreate Near\nSyncState {path}/state-\n",
        way.port(door),
        door.ca.display(),
    );
    let file = dir.path().join("settings");
    std::fs::write(&file, settings).expect("a file in a directory of ours");
    let ran = program::run(program::command("mbsync").arg("-c").arg(&file).arg("all"), "");
    let fetched = messages_in(&dir.path().join("INBOX"));
    match ran.code {
        0 if fetched == MESSAGES => Outcome::HasRead,
        _ if ran.err.contains("[AUTHENTICATIONFAILED]") && fetched == 0 => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{fetched} messages, {ran:?}")),
    }
}

fn messages_in(maildir: &Path) -> usize {
    ["new", "cur"].iter().filter_map(|sub| std::fs::read_dir(maildir.join(sub)).ok()).flatten().count()
}

fn imaplib(door: &Door, way: Way, how: &str, login: &str, secret: &str) -> Outcome {
    let way_name = if way == Way::Imaps { "imaps" } else { "starttls" };
    let mut command = program::command("python3");
    command.args(["-c", include_str!("imaplib.py"), way_name, how, &way.port(door).to_string()]);
    let ran: Ran = program::run(command.arg(&door.ca).arg(login), &format!("{secret}\n"));
    match ran.code {
        0 if ran.out.contains(SUBJECT) => Outcome::HasRead,
        67 if ran.err.contains("[AUTHENTICATIONFAILED]") => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{ran:?}")),
    }
}
