//! Real apps that fetch mail by POP3: curl, mpop, fetchmail, and what Python's poplib makes.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::mail_app::{MESSAGES, Outcome, SUBJECT};
use super::{Encryption, Entrance};
use crate::program;

/// An app that fetches mail, with the way in which it signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collector {
    /// curl, by AUTH with this mechanism.
    Curl(Encryption, &'static str),
    /// mpop, which fetches everything: by this mechanism, or `user` for USER and PASS.
    Mpop(Encryption, &'static str),
    /// fetchmail, which fetches everything, by USER and PASS.
    Fetchmail(Encryption),
    /// Python's poplib, by USER and PASS.
    Poplib(Encryption),
}
use Encryption::{AtOnce, Later};

/// Every app and way.
pub const ALL: [Collector; 14] = [
    Collector::Curl(AtOnce, "PLAIN"),
    Collector::Curl(AtOnce, "LOGIN"),
    Collector::Curl(Later, "PLAIN"),
    Collector::Curl(Later, "LOGIN"),
    Collector::Mpop(AtOnce, "plain"),
    Collector::Mpop(AtOnce, "login"),
    Collector::Mpop(AtOnce, "user"),
    Collector::Mpop(Later, "plain"),
    Collector::Mpop(Later, "login"),
    Collector::Mpop(Later, "user"),
    Collector::Fetchmail(AtOnce),
    Collector::Fetchmail(Later),
    Collector::Poplib(AtOnce),
    Collector::Poplib(Later),
];

impl Collector {
    /// Signs in and reads; takes nothing away.
    pub fn read(self, entrance: &Entrance, login: &str, secret: &str) -> Outcome {
        match self {
            Self::Curl(way, mechanism) => curl(entrance, way, mechanism, login, secret),
            Self::Mpop(way, how) => mpop(entrance, way, how, login, secret),
            Self::Fetchmail(way) => fetchmail(entrance, way, login, secret),
            Self::Poplib(way) => poplib(entrance, way, login, secret),
        }
    }
}

fn curl(entrance: &Entrance, way: Encryption, mechanism: &str, login: &str, secret: &str) -> Outcome {
    let scheme = if way == AtOnce { "pop3s" } else { "pop3" };
    let mut command = program::command("curl");
    command.args(["--silent", "--show-error", "--max-time", "20", "--ssl-reqd", "--cacert"]).arg(&entrance.ca);
    command.args(["--login-options", &format!("AUTH={mechanism}"), "--user", &format!("{login}:{secret}")]);
    let ran = program::run(command.arg(format!("{scheme}://localhost:{}/1", entrance.port(way))), "");
    match ran.code {
        0 if ran.out.contains(SUBJECT) => Outcome::HasRead,
        // "The remote server denied curl to login."
        67 => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{ran:?}")),
    }
}

/// Writes a file that only its owner can read, as these apps demand.
fn private(file: &Path, text: &str) {
    std::fs::write(file, text).expect("a file in a directory of ours");
    std::fs::set_permissions(file, Permissions::from_mode(0o600)).expect("a file of ours");
}

fn mpop(entrance: &Entrance, way: Encryption, how: &str, login: &str, secret: &str) -> Outcome {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (path, mbox) = (dir.path().display(), dir.path().join("mbox"));
    private(
        &dir.path().join("settings"),
        &format!(
            "account default\nhost localhost\nport {}\ntls on\ntls_starttls {}\ntls_trust_file {}\nauth {how}\nuser {login}\n\
             password \"{secret}\"\ndelivery mbox {path}/mbox\nuidls_file {path}/seen\nkeep on\n",
            entrance.port(way),
            if way == AtOnce { "off" } else { "on" },
            entrance.ca.display(),
        ),
    );
    let ran = program::run(program::command("mpop").arg("-C").arg(dir.path().join("settings")), "");
    let fetched = messages_in(&mbox);
    match ran.code {
        0 if fetched == MESSAGES => Outcome::HasRead,
        // EX_NOPERM: "authentication failed".
        77 if fetched == 0 => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{fetched} messages, {ran:?}")),
    }
}

fn fetchmail(entrance: &Entrance, way: Encryption, login: &str, secret: &str) -> Outcome {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (settings, mbox) = (dir.path().join("settings"), dir.path().join("mbox"));
    private(
        &settings,
        &format!(
            "poll localhost protocol pop3 port {} auth password user \"{login}\" password \"{secret}\" {} sslcertck \
             sslcertfile \"{}\" keep fetchall mda \"(echo From x; cat) >>{}\"\n",
            entrance.port(way),
            if way == AtOnce { "ssl" } else { "sslproto TLS1.2+" },
            entrance.ca.display(),
            mbox.display(),
        ),
    );
    let mut command = program::command("fetchmail");
    // Root's would be the same for all of them.
    command.env("FETCHMAILHOME", dir.path()).arg("--pidfile").arg(dir.path().join("pid"));
    command.args(["--nosyslog", "--nodetach", "-f"]).arg(settings);
    let ran = program::run(&mut command, "");
    let fetched = messages_in(&mbox);
    match ran.code {
        0 if fetched == MESSAGES => Outcome::HasRead,
        // PS_AUTHFAIL
        3 if fetched == 0 && ran.err.contains("Authorization failure") => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{fetched} messages, {ran:?}")),
    }
}

fn messages_in(mbox: &Path) -> usize {
    let text = std::fs::read_to_string(mbox).unwrap_or_default();
    text.lines().filter(|line| line.starts_with("From ")).count()
}

fn poplib(entrance: &Entrance, way: Encryption, login: &str, secret: &str) -> Outcome {
    let way_name = if way == AtOnce { "pop3s" } else { "stls" };
    let mut command = program::command("python3");
    command.args(["-c", include_str!("poplib.py"), way_name, &entrance.port(way).to_string()]);
    let ran = program::run(command.arg(&entrance.ca).arg(login), &format!("{secret}\n"));
    match ran.code {
        0 if ran.out.contains(SUBJECT) => Outcome::HasRead,
        67 if ran.err.contains("[AUTH]") => Outcome::SaysRefused,
        _ => Outcome::Failed(format!("{ran:?}")),
    }
}
