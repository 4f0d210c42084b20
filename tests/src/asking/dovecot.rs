//! A Dovecot that keeps its mail itself and asks Valetkey who may in. Its configuration is that of 2.3.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use valetkey_testkit::{give_away, unprivileged};

use super::daemon::{Daemon, RunAs, free_port, name_of};
use crate::book::block;
use crate::client::Door;
use crate::client::imap::Imap;
use crate::program::{self, Ran};

/// What its doveadm asks for over HTTP.
pub const API_KEY: &str = "between-valetkey-and-doveadm";

/// A Dovecot that runs until this is dropped.
pub struct Dovecot {
    imap: SocketAddr,
    daemon: Daemon,
    dir: TempDir,
}

impl Dovecot {
    /// Starts it with a `passdb` block; `{dir}` in it and in these files is the directory in which they are.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(passdb: &str, files: &[(&str, &str)]) -> Self {
        Self::start_with_doveadm(passdb, files, free_port())
    }

    /// The same, with doveadm's HTTP API at an address that was chosen before.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start_with_doveadm(passdb: &str, files: &[(&str, &str)], doveadm: SocketAddr) -> Self {
        let program = program::find("dovecot");
        let dir = tempfile::Builder::new().prefix("valetkey-dovecot-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        let d = dir.path().join("dovecot");
        for directory in ["run", "state", "mail"] {
            std::fs::create_dir_all(d.join(directory)).expect("a directory of ours");
        }
        let placed = |text: &str| text.replace("{dir}", &d.display().to_string());
        for (name, text) in files {
            std::fs::write(d.join(name), placed(text)).expect("a file of ours");
        }
        let (imap, passdb) = (free_port(), placed(passdb));
        std::fs::write(d.join("dovecot.conf"), configuration(&d, [imap, doveadm], &passdb)).expect("a file of ours");
        give_away(&d);
        let config = d.join("dovecot.conf").display().to_string();
        let arguments = ["-F", "-c", &*config];
        let mut daemon = Daemon::start(&program, &arguments, &d, dir.path().join("log"), RunAs::Nobody);
        daemon.await_port(imap, String::new);
        Self { imap, daemon, dir }
    }

    /// Signs in over IMAP with curl; exit code 0 if that went well, 67 if it was refused.
    pub fn sign_in(&self, login: &str, secret: &str) -> Ran {
        let mut command = program::command("curl");
        let url = format!("imap://{}/", self.imap);
        program::run(command.args(["--silent", "--max-time", "20", "--user", &format!("{login}:{secret}"), &url]), "")
    }

    /// A connection of a mail app.
    pub fn app(&self) -> Imap {
        Imap::connect_in_clear(&Door { imaps: self.imap, imap: self.imap, ca: PathBuf::new() }).0
    }

    /// Where it speaks IMAP.
    pub fn imap(&self) -> SocketAddr {
        self.imap
    }

    /// Where its files are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

fn configuration(d: &Path, [imap, doveadm]: [SocketAddr; 2], passdb: &str) -> String {
    let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let (uid, gid) = unprivileged().unwrap_or_else(ours);
    let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
    let (d, port) = (d.display(), imap.port());
    let api = block(
        "other-servers.md",
        "inet_listener http",
        &[("what-stands-in-the-file", API_KEY), ("8080", &doveadm.port().to_string())],
    );
    format!(
        "base_dir = {d}/run\nstate_dir = {d}/state\nlog_path = /dev/stderr\nprotocols = imap\nlisten = 127.0.0.1\n\
         default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
         mail_uid = {uid}\nmail_gid = {gid}\nfirst_valid_uid = 1\nmail_location = maildir:{d}/mail/%u\nssl = no\n\
         disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_verbose = yes\nauth_failure_delay = 0\n\
         {passdb}\nuserdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={d}/mail/%u allow_all_users=yes\n}}\n\
         service anvil {{\n  chroot =\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
         {api}service doveadm {{\n  chroot =\n}}\n"
    )
}
