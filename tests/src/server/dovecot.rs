//! A Dovecot behind the gateway, which takes its word on who somebody is.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use valetkey_testkit::{give_away, unprivileged};

use crate::asking::daemon::{Daemon, RunAs, free_port, name_of};
use crate::program;

/// A Dovecot that runs until this is dropped.
pub(super) struct Dovecot {
    imap: SocketAddr,
    imaps: SocketAddr,
    proxied: SocketAddr,
    sieve: SocketAddr,
    /// Where all of it is.
    dir: PathBuf,
    daemon: Option<Daemon>,
}

impl Dovecot {
    /// Starts it with a message in each mailbox.
    ///
    /// In a directory of this name beside the certificates.
    pub(super) fn start(dir: &Path, name: &str, master_secret: &str, mailboxes: &[&str]) -> Self {
        let program = program::find("dovecot");
        let d = dir.join(name);
        let make =
            |path: &Path| DirBuilder::new().recursive(true).mode(0o755).create(path).expect("a directory of ours");
        let write = |name: &str, text: &str| std::fs::write(d.join(name), text).expect("a file in a directory of ours");
        for directory in ["run", "state"] {
            make(&d.join(directory));
        }
        for mailbox in mailboxes {
            for sub in ["cur", "new", "tmp"] {
                make(&d.join("mail").join(mailbox).join(sub));
            }
            let message = format!("From: a@example.org\r\nTo: {mailbox}\r\nSubject: Still here\r\n\r\nA letter.\r\n");
            write(&format!("mail/{mailbox}/new/1.one.localhost"), &message);
        }
        let ports = [free_port(), free_port(), free_port(), free_port()];
        let [imap, imaps, proxied, sieve] = ports;
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(dir.join(name), d.join(name)).expect("a certificate");
        }
        let users: Vec<String> = mailboxes.iter().map(|name| format!("{name}:{{PLAIN}}for-nobody::::::\n")).collect();
        write("users", &users.concat());
        write("masters", &format!("gateway:{{PLAIN}}{master_secret}::::::\n"));
        write("dovecot.conf", &configuration(&d, ports, is_new(&program)));
        give_away(&d);
        let mut dovecot = Self { imap, imaps, proxied, sieve, dir: d, daemon: None };
        dovecot.start_again();
        dovecot
    }

    /// Starts it where it was.
    pub(super) fn start_again(&mut self) {
        let config = self.dir.join("dovecot.conf").display().to_string();
        let (program, log) = (program::find("dovecot"), self.dir.with_extension("log"));
        let mut daemon = Daemon::start(&program, &["-F", "-c", &config], &self.dir, log, RunAs::Nobody);
        daemon.await_port(self.imap, String::new);
        self.daemon = Some(daemon);
    }

    /// Stops it, with every connection to it.
    pub(super) fn stop(&mut self) {
        self.daemon = None;
    }

    /// What it has logged since it was started last.
    pub(super) fn log(&self) -> String {
        self.daemon.as_ref().map_or_else(String::new, Daemon::log)
    }

    /// Where it speaks IMAP.
    pub(super) fn imap(&self) -> SocketAddr {
        self.imap
    }

    /// Where it speaks IMAP by TLS.
    pub(super) fn imaps(&self) -> SocketAddr {
        self.imaps
    }

    /// Where it speaks IMAP behind a header of the PROXY protocol.
    pub(super) fn proxied(&self) -> SocketAddr {
        self.proxied
    }

    /// Where it speaks `ManageSieve`.
    pub(super) fn sieve(&self) -> SocketAddr {
        self.sieve
    }
}

/// Whether it is a 2.4 or newer, whose settings have other names.
fn is_new(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output().expect("a program that is there starts");
    !String::from_utf8_lossy(&output.stdout).starts_with("2.3.")
}

fn configuration(d: &Path, ports: [SocketAddr; 4], is_new: bool) -> String {
    let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let (uid, gid) = unprivileged().unwrap_or_else(ours);
    let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
    let d = d.display();
    let [port, tls_port, proxied_port, sieve_port] = ports.map(|address| address.port());
    let (head, mail_and_users) = if is_new {
        (
            format!(
                "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nauth_allow_cleartext = yes\n\
                 ssl_server_cert_file = {d}/cert.pem\nssl_server_key_file = {d}/key.pem\n"
            ),
            format!(
                "mail_driver = maildir\nmail_path = {d}/mail/%{{user}}\nmail_home = {d}/mail/%{{user}}\n\
                 passdb masters {{\n  driver = passwd-file\n  passwd_file_path = {d}/masters\n  master = yes\n  result_success = continue\n}}\n\
                 passdb users {{\n  driver = passwd-file\n  passwd_file_path = {d}/users\n}}\n\
                 userdb users {{\n  driver = static\n  fields {{\n    uid = {uid}\n    gid = {gid}\n    home = {d}/mail/%{{user}}\n  }}\n  static_allow_all_users = yes\n}}\n"
            ),
        )
    } else {
        (
            format!("ssl_cert = <{d}/cert.pem\nssl_key = <{d}/key.pem\n"),
            format!(
                "mail_location = maildir:{d}/mail/%u\n\
                 passdb {{\n  driver = passwd-file\n  args = {d}/masters\n  master = yes\n  result_success = continue\n}}\n\
                 passdb {{\n  driver = passwd-file\n  args = {d}/users\n}}\n\
                 userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={d}/mail/%u allow_all_users=yes\n}}\n"
            ),
        )
    };
    format!(
        "{head}base_dir = {d}/run\nstate_dir = {d}/state\nlog_path = /dev/stderr\nprotocols = imap sieve\nlisten = 127.0.0.1\n\
         default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
         mail_uid = {uid}\nmail_gid = {gid}\nfirst_valid_uid = 1\nssl = yes\n\
         auth_mechanisms = plain\nauth_verbose = yes\nlogin_trusted_networks = 127.0.0.0/8\nhaproxy_trusted_networks = 127.0.0.0/8\nmail_max_userip_connections = 20000\n\
         {mail_and_users}service anvil {{\n  chroot =\n}}\n\
         service imap-login {{\n  chroot =\n  process_limit = 1000\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}\n  inet_listener proxied {{\n    port = {proxied_port}\n    haproxy = yes\n  }}\n}}\n\
         service imap {{\n  process_limit = 2000\n}}\n\
         service managesieve-login {{\n  chroot =\n  inet_listener sieve {{\n    port = {sieve_port}\n  }}\n}}\n"
    )
}
