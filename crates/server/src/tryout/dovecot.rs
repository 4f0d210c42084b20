//! A rootless Dovecot with a few messages, which trusts the gateway's master user.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::directory::Directory;
use super::process::{Process, find};
use super::{DOMAIN, TryoutError, random_letters};
use crate::output::tell;

/// A Dovecot that runs until this is dropped.
pub(super) struct Dovecot {
    imap: SocketAddr,
    pop3: Option<SocketAddr>,
    managesieve: Option<SocketAddr>,
    submission: Option<SocketAddr>,
    takes_mail: bool,
    _process: Process,
}

/// Messages that are in each mailbox at the beginning.
const MESSAGES: [(&str, &str); 3] = [
    (
        "Welcome to Valetkey",
        "This message came to you through the gateway, with an app password.\r\nYour own password was never in the app.\r\n",
    ),
    ("What a valet key is", "It opens the door and starts the engine, and does not open the boot.\r\n"),
    ("Try a revoke", "Leave a mail app waiting, revoke its app password, and watch it being signed out.\r\n"),
];

impl Dovecot {
    /// Starts it, if it is installed; with its submission service, if there is somebody at `relay` to whom that can hand on
    /// what is sent.
    pub(super) fn start(
        directory: &Directory,
        master_secret: &str,
        relay: Option<SocketAddr>,
    ) -> Result<Option<Self>, TryoutError> {
        let Some(program) = find("dovecot") else {
            tell("Dovecot is not installed, so there is no mail: apt-get install dovecot-imapd");
            return Ok(None);
        };
        let imap = directory.ports.one()?;
        // Packages of their own on Debian.
        let has = |program: &str, what: &str, package: &str| {
            let is_there = Path::new("/usr/lib/dovecot").join(program).exists();
            if !is_there {
                tell(&format!("Dovecot lacks {program}, so there is no {what}: apt-get install {package}"));
            }
            is_there
        };
        let port = || directory.ports.one();
        let pop3 = has("pop3-login", "POP3", "dovecot-pop3d").then(port).transpose()?;
        let managesieve = has("managesieve-login", "ManageSieve", "dovecot-managesieved").then(port).transpose()?;
        let lmtp = has("lmtp", "sending of mail", "dovecot-lmtpd");
        let relay = relay.filter(|_| lmtp && has("submission-login", "sending of mail", "dovecot-submissiond"));
        let submission = relay.map(|relay| Ok::<_, TryoutError>(Submission { at: port()?, relay })).transpose()?;
        let protocols = Protocols { imap, pop3, managesieve, submission, lmtp };
        directory.subdirectory("dovecot/run", 0o755)?;
        directory.subdirectory("dovecot/state", 0o755)?;
        directory.write_private("dovecot/masters", &format!("gateway:{{PLAIN}}{master_secret}::::::\n"))?;
        let mut users = String::new();
        for name in ["ada", "bob"] {
            // Nobody signs in with these; the master user's sign-in looks whether the account is there.
            users += &format!("{name}@{DOMAIN}:{{PLAIN}}{}::::::\n", random_letters(24));
            fill_mailbox(directory, name)?;
        }
        directory.write_private("dovecot/users", &users)?;
        directory.write_private("dovecot/dovecot.conf", &configuration(directory, protocols, dialect(&program)))?;
        directory.give_away("dovecot")?;
        let file = directory.path("dovecot/dovecot.conf").display().to_string();
        let mut process = Process::start(directory, "dovecot", &program, &["-F", "-c", &file])?;
        process.await_port(directory, imap)?;
        let submission = submission.map(|submission| submission.at);
        Ok(Some(Self { imap, pop3, managesieve, submission, takes_mail: lmtp, _process: process }))
    }

    /// Where it speaks IMAP.
    pub(super) fn imap(&self) -> SocketAddr {
        self.imap
    }

    /// Where it speaks POP3, if it does.
    pub(super) fn pop3(&self) -> Option<SocketAddr> {
        self.pop3
    }

    /// Where it speaks ManageSieve, if it does.
    pub(super) fn managesieve(&self) -> Option<SocketAddr> {
        self.managesieve
    }

    /// Where its submission service is, if it has one.
    pub(super) fn submission(&self) -> Option<SocketAddr> {
        self.submission
    }

    /// Whether it takes mail for its mailboxes, at `dovecot/run/lmtp`.
    pub(super) fn takes_mail(&self) -> bool {
        self.takes_mail
    }
}

/// What it is to speak, and where.
#[derive(Clone, Copy)]
struct Protocols {
    imap: SocketAddr,
    pop3: Option<SocketAddr>,
    managesieve: Option<SocketAddr>,
    submission: Option<Submission>,
    lmtp: bool,
}

/// Where mail is sent, and to whom it is handed on.
#[derive(Clone, Copy)]
struct Submission {
    at: SocketAddr,
    relay: SocketAddr,
}

impl Protocols {
    /// The names behind `imap`, and the services.
    fn more(self) -> (String, String) {
        let (mut names, mut services) = (String::new(), String::new());
        let listener = |name: &str, port: u16| format!("  inet_listener {name} {{\n    port = {port}\n  }}\n");
        if let Some(address) = self.pop3 {
            let (clear, tls) = (listener("pop3", address.port()), listener("pop3s", 0));
            names += " pop3";
            services += &format!("service pop3-login {{\n  chroot =\n{clear}{tls}}}\n");
        }
        if let Some(address) = self.managesieve {
            let clear = listener("sieve", address.port());
            names += " sieve";
            services += &format!("service managesieve-login {{\n  chroot =\n{clear}}}\n");
        }
        if let Some(Submission { at, relay }) = self.submission {
            let clear = listener("submission", at.port());
            names += " submission";
            services += &format!(
                "submission_relay_host = {}\nsubmission_relay_port = {}\nservice submission-login {{\n  chroot =\n{clear}}}\n",
                relay.ip(),
                relay.port()
            );
        }
        if self.lmtp {
            names += " lmtp";
            services += "service lmtp {\n  unix_listener lmtp {\n    mode = 0666\n  }\n}\n";
            // Postfix looks there which ways to sign in there are.
            services += "service auth {\n  unix_listener auth-client {\n    mode = 0666\n  }\n}\n";
        }
        (names, services)
    }
}

/// How a Dovecot wants to be told what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Until 2.3.
    Old,
    /// From 2.4 on (Debian 13).
    New,
}

pub(super) fn dialect(program: &Path) -> Dialect {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let said = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    dialect_of(&said)
}

/// `2.4.1-4 (7d8c0e5759)`: what cannot be read is taken for an old one.
fn dialect_of(version: &str) -> Dialect {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= (2, 4) { Dialect::New } else { Dialect::Old }
}

fn fill_mailbox(directory: &Directory, name: &str) -> Result<(), TryoutError> {
    let maildir = format!("dovecot/mail/{name}@{DOMAIN}");
    for sub in ["cur", "new", "tmp"] {
        directory.subdirectory(&format!("{maildir}/{sub}"), 0o700)?;
    }
    for (i, (subject, body)) in MESSAGES.iter().enumerate() {
        let message = format!(
            "From: Valetkey <valetkey@{DOMAIN}>\r\nTo: {name}@{DOMAIN}\r\nSubject: {subject}\r\nDate: Sat, 21 Nov 2026 08:0{i}:00 +0000\r\n\
             Message-ID: <sample-{i}@{DOMAIN}>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
        );
        directory.write_private(&format!("{maildir}/new/179522640{i}.sample{i}.localhost"), &message)?;
    }
    Ok(())
}

/// As it runs without root: its own user everywhere, and no chroot.
fn configuration(directory: &Directory, protocols: Protocols, dialect: Dialect) -> String {
    let imap = protocols.imap;
    let (uid, gid) = owner(directory);
    let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
    let d = directory.path("dovecot").display().to_string();
    let (head, mail_and_users) = match dialect {
        Dialect::Old => ("", old_mail_and_users(&d, uid, gid)),
        Dialect::New => (
            "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nauth_allow_cleartext = yes\n",
            new_mail_and_users(&d, uid, gid),
        ),
    };
    let (also, services) = protocols.more();
    format!(
        "{head}base_dir = {d}/run
state_dir = {d}/state
log_path = /dev/stderr
protocols = imap{also}
listen = {host}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
ssl = no
auth_mechanisms = plain
# nginx signs in as ada@example.org*gateway.
auth_master_user_separator = *
# The gateway's word counts, and the client's own address comes with it.
login_trusted_networks = 127.0.0.0/8
mail_max_userip_connections = 20000
{mail_and_users}service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  process_limit = 1000
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service imap {{
  process_limit = 2000
}}
{services}",
        host = imap.ip(),
        port = imap.port(),
    )
}

fn old_mail_and_users(d: &str, uid: u32, gid: u32) -> String {
    format!(
        "mail_location = maildir:{d}/mail/%u
# Not among the user database's arguments, which end at a blank.
mail_home = {d}/mail/%u
passdb {{
  driver = passwd-file
  args = {d}/masters
  master = yes
  result_success = continue
}}
passdb {{
  driver = passwd-file
  args = {d}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} allow_all_users=yes
}}
"
    )
}

fn new_mail_and_users(d: &str, uid: u32, gid: u32) -> String {
    format!(
        "mail_driver = maildir
mail_path = {d}/mail/%{{user}}
mail_home = {d}/mail/%{{user}}
passdb masters {{
  driver = passwd-file
  passwd_file_path = {d}/masters
  master = yes
  result_success = continue
}}
passdb users {{
  driver = passwd-file
  passwd_file_path = {d}/users
}}
userdb users {{
  driver = static
  fields {{
    uid = {uid}
    gid = {gid}
    home = {d}/mail/%{{user}}
  }}
  static_allow_all_users = yes
}}
"
    )
}

/// Whose its mailboxes are.
pub(super) fn owner(directory: &Directory) -> (u32, u32) {
    let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    directory.user().unwrap_or_else(ours)
}

pub(super) fn name_of(file: &str, id: u32) -> String {
    let list = std::fs::read_to_string(file).unwrap_or_default();
    let found = list.lines().find(|line| line.split(':').nth(2) == Some(&id.to_string()));
    found.and_then(|line| line.split(':').next()).map_or_else(|| id.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dovecot_is_spoken_to_in_its_own_dialect() {
        for (version, dialect) in [
            ("2.3.19.1 (9b53102964)\n", Dialect::Old),
            ("2.4.1-4 (7d8c0e5759)\n", Dialect::New),
            ("3.0.0", Dialect::New),
            ("", Dialect::Old),
        ] {
            assert_eq!(dialect_of(version), dialect, "{version}");
        }
    }
}
