//! Real apps that submit mail: curl, swaks, msmtp, and what Python's smtplib makes.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Encryption, Entrance};
use crate::program::{self, Ran};

/// An app that sends, with the way in which it signs in: by PLAIN or LOGIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// curl.
    Curl(Encryption, &'static str),
    /// swaks.
    Swaks(Encryption, &'static str),
    /// msmtp.
    Msmtp(Encryption, &'static str),
    /// Python's smtplib.
    Smtplib(Encryption, &'static str),
}
use Encryption::{AtOnce, Later};

/// Every app and way.
pub const ALL: [Sender; 16] = [
    Sender::Curl(AtOnce, "PLAIN"),
    Sender::Curl(AtOnce, "LOGIN"),
    Sender::Curl(Later, "PLAIN"),
    Sender::Curl(Later, "LOGIN"),
    Sender::Swaks(AtOnce, "PLAIN"),
    Sender::Swaks(AtOnce, "LOGIN"),
    Sender::Swaks(Later, "PLAIN"),
    Sender::Swaks(Later, "LOGIN"),
    Sender::Msmtp(AtOnce, "PLAIN"),
    Sender::Msmtp(AtOnce, "LOGIN"),
    Sender::Msmtp(Later, "PLAIN"),
    Sender::Msmtp(Later, "LOGIN"),
    Sender::Smtplib(AtOnce, "PLAIN"),
    Sender::Smtplib(AtOnce, "LOGIN"),
    Sender::Smtplib(Later, "PLAIN"),
    Sender::Smtplib(Later, "LOGIN"),
];

/// What came of an app's try.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// The message was taken.
    Taken,
    /// It says to its owner that the password was refused.
    SaysRefused,
    /// It says that the sender's address was.
    SaysForeign,
    /// It says that it should try later.
    SaysLater,
    /// Anything else, in its own words.
    Failed(String),
}

/// A message on its way.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    /// Who signs in.
    pub login: &'a str,
    /// With what.
    pub secret: &'a str,
    /// The sender in the envelope.
    pub sender: &'a str,
    /// The one recipient.
    pub recipient: &'a str,
    /// The message, with CR LF.
    pub message: &'a [u8],
}

impl Sender {
    /// Signs in and sends.
    ///
    /// # Panics
    /// If there is no room for the message.
    pub fn send(self, entrance: &Entrance, mail: Mail<'_>) -> Sent {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let message = dir.path().join("message");
        std::fs::write(&message, mail.message).expect("a file in a directory of ours");
        let ran = match self {
            Self::Curl(way, mechanism) => curl(entrance, way, mechanism, mail, &message),
            Self::Swaks(way, mechanism) => swaks(entrance, way, mechanism, mail, &message),
            Self::Msmtp(way, mechanism) => msmtp(entrance, way, mechanism, mail, dir.path()),
            Self::Smtplib(way, mechanism) => smtplib(entrance, way, mechanism, mail, &message),
        };
        let said = [ran.out.as_str(), &ran.err].concat();
        // Each of them shows what the server answered.
        match ran.code {
            0 => Sent::Taken,
            _ if said.contains("553 5.7.1 ") => Sent::SaysForeign,
            _ if said.contains("454 4.7.0 ") => Sent::SaysLater,
            _ if said.contains("535 5.7.8 ") => Sent::SaysRefused,
            _ => Sent::Failed(format!("{ran:?}")),
        }
    }
}

fn curl(entrance: &Entrance, way: Encryption, mechanism: &str, mail: Mail<'_>, message: &Path) -> Ran {
    let scheme = if way == AtOnce { "smtps" } else { "smtp" };
    let mut command = program::command("curl");
    command.args(["--silent", "--verbose", "--max-time", "25", "--ssl-reqd", "--cacert"]).arg(&entrance.ca);
    command.args(["--login-options", &format!("AUTH={mechanism}")]);
    command.args(["--user", &format!("{}:{}", mail.login, mail.secret)]);
    command.args(["--mail-from", mail.sender, "--mail-rcpt", mail.recipient, "--upload-file"]).arg(message);
    let mut ran = program::run(command.arg(format!("{scheme}://localhost:{}/app.example.org", entrance.port(way))), "");
    // In its log, what was sent stands beside what was heard; the message could say anything.
    let heard: Vec<&str> = ran.err.lines().filter(|line| !line.starts_with('>')).collect();
    ran.err = heard.join("\n") + "\n";
    ran
}

fn swaks(entrance: &Entrance, way: Encryption, mechanism: &str, mail: Mail<'_>, message: &Path) -> Ran {
    let mut command = program::command("swaks");
    command.args(["--server", "localhost", "--port", &entrance.port(way).to_string(), "--timeout", "25s"]);
    command.args([if way == AtOnce { "--tls-on-connect" } else { "--tls" }, "--tls-verify", "--tls-ca-path"]);
    command.arg(&entrance.ca).args(["--auth", mechanism, "--auth-user", mail.login, "--auth-password", mail.secret]);
    command.args(["--from", mail.sender, "--to", mail.recipient, "--ehlo", "app.example.org", "--no-data-fixup"]);
    // Nothing is put in, and no header is added; the lines end in CR LF already.
    let content = std::fs::read(message).expect("a file of ours");
    let stuffed = stuffed(&content);
    std::fs::write(message, [stuffed.strip_suffix(b"\r\n").unwrap_or(&stuffed), b"\r\n."].concat())
        .expect("a file of ours");
    program::run(command.args(["--hide-send", "--data"]).arg(format!("@{}", message.display())), "")
}

fn msmtp(entrance: &Entrance, way: Encryption, mechanism: &str, mail: Mail<'_>, dir: &Path) -> Ran {
    let settings = dir.join("settings");
    let text = format!(
        "account default\nhost localhost\nport {}\ndomain app.example.org\ntls on\ntls_starttls {}\ntls_trust_file {}\nauth {}\n\
         user {}\npassword \"{}\"\nfrom {}\n",
        entrance.port(way),
        if way == AtOnce { "off" } else { "on" },
        entrance.ca.display(),
        mechanism.to_lowercase(),
        mail.login,
        mail.secret,
        mail.sender,
    );
    std::fs::write(&settings, text).expect("a file in a directory of ours");
    // It refuses to read a password that others can read too.
    std::fs::set_permissions(&settings, Permissions::from_mode(0o600)).expect("a file of ours");
    let mut command = program::command("msmtp");
    command.arg("-C").arg(&settings).args(["--", mail.recipient]);
    // It is given text as a program on the machine has it.
    program::run_on(&mut command, &without_cr(mail.message))
}

fn smtplib(entrance: &Entrance, way: Encryption, mechanism: &str, mail: Mail<'_>, message: &Path) -> Ran {
    let way_name = if way == AtOnce { "smtps" } else { "starttls" };
    let mut command = program::command("python3");
    command.args(["-c", include_str!("smtplib.py"), way_name, mechanism, &entrance.port(way).to_string()]);
    command.arg(&entrance.ca).args([mail.login, mail.sender, mail.recipient]).arg(message);
    program::run(&mut command, &format!("{}\n", mail.secret))
}

/// With a dot before each line's first dot (RFC 5321 section 4.5.2).
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out
}

fn without_cr(message: &[u8]) -> Vec<u8> {
    message.iter().copied().filter(|byte| *byte != b'\r').collect()
}
