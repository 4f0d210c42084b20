//! A Dovecot behind the gateway, which takes its word on who somebody is.

use std::fs::{DirBuilder, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use valetkey_testkit::{give_away, unprivileged};

use crate::clock::{look_for, wait_for};
use crate::program;

/// How long it may take to end when it is asked to.
const END_TIME: Duration = Duration::from_secs(10);

/// A Dovecot that runs until this is dropped.
pub(super) struct Dovecot {
    imap: SocketAddr,
    child: Child,
}

impl Dovecot {
    /// Starts it with a message in each mailbox.
    pub(super) fn start(dir: &Path, master_secret: &str, mailboxes: &[&str]) -> Self {
        let program = program::find("dovecot");
        let d = dir.join("dovecot");
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
        let imap = free_port();
        let users: Vec<String> = mailboxes.iter().map(|name| format!("{name}:{{PLAIN}}for-nobody::::::\n")).collect();
        write("users", &users.concat());
        write("masters", &format!("gateway:{{PLAIN}}{master_secret}::::::\n"));
        write("dovecot.conf", &configuration(&d, imap, is_new(&program)));
        give_away(&d);
        let log = File::create(dir.join("dovecot.log")).expect("a file in a directory of ours");
        let mut command = Command::new(program::find("setpriv"));
        command.args(["--pdeathsig", "TERM", "--no-new-privs"]);
        if let Some((uid, gid)) = unprivileged() {
            command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups"]);
        }
        command.arg("--").arg(program).arg("-F").arg("-c").arg(d.join("dovecot.conf")).current_dir(&d);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let mut dovecot = Self { imap, child: child.expect("a program that is there starts") };
        wait_for("Dovecot takes connections", || {
            let ended = dovecot.child.try_wait().expect("a child can be asked");
            assert_eq!(ended, None, "{}", std::fs::read_to_string(dir.join("dovecot.log")).unwrap_or_default());
            TcpStream::connect(imap).ok()
        });
        dovecot
    }

    /// Where it speaks IMAP.
    pub(super) fn imap(&self) -> SocketAddr {
        self.imap
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _told = kill_process(pid, Signal::TERM);
        }
        if look_for(END_TIME, || self.child.try_wait().ok().flatten()).is_none() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// A port that was free a moment ago: Dovecot cannot take one and say which.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("a listener has an address")
}

/// Whether it is a 2.4 or newer, whose settings have other names.
fn is_new(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output().expect("a program that is there starts");
    !String::from_utf8_lossy(&output.stdout).starts_with("2.3.")
}

fn configuration(d: &Path, imap: SocketAddr, is_new: bool) -> String {
    let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let (uid, gid) = unprivileged().unwrap_or_else(ours);
    let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
    let (d, port) = (d.display(), imap.port());
    let (head, mail_and_users) = if is_new {
        (
            "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nauth_allow_cleartext = yes\n",
            format!(
                "mail_driver = maildir\nmail_path = {d}/mail/%{{user}}\nmail_home = {d}/mail/%{{user}}\n\
                 passdb masters {{\n  driver = passwd-file\n  passwd_file_path = {d}/masters\n  master = yes\n  result_success = continue\n}}\n\
                 passdb users {{\n  driver = passwd-file\n  passwd_file_path = {d}/users\n}}\n\
                 userdb users {{\n  driver = static\n  fields {{\n    uid = {uid}\n    gid = {gid}\n    home = {d}/mail/%{{user}}\n  }}\n  static_allow_all_users = yes\n}}\n"
            ),
        )
    } else {
        (
            "",
            format!(
                "mail_location = maildir:{d}/mail/%u\n\
                 passdb {{\n  driver = passwd-file\n  args = {d}/masters\n  master = yes\n  result_success = continue\n}}\n\
                 passdb {{\n  driver = passwd-file\n  args = {d}/users\n}}\n\
                 userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={d}/mail/%u allow_all_users=yes\n}}\n"
            ),
        )
    };
    format!(
        "{head}base_dir = {d}/run\nstate_dir = {d}/state\nlog_path = /dev/stderr\nprotocols = imap\nlisten = 127.0.0.1\n\
         default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
         mail_uid = {uid}\nmail_gid = {gid}\nfirst_valid_uid = 1\nssl = no\n\
         auth_mechanisms = plain\nlogin_trusted_networks = 127.0.0.0/8\nmail_max_userip_connections = 20000\n\
         {mail_and_users}service anvil {{\n  chroot =\n}}\n\
         service imap-login {{\n  chroot =\n  process_limit = 1000\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
         service imap {{\n  process_limit = 2000\n}}\n"
    )
}

fn name_of(file: &str, id: u32) -> String {
    let list = std::fs::read_to_string(file).expect("a list of names");
    let found = list.lines().find(|line| line.split(':').nth(2) == Some(&id.to_string()));
    found.and_then(|line| line.split(':').next()).map_or_else(|| id.to_string(), str::to_owned)
}
