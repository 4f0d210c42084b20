//! A Postfix that takes mail from whoever Valetkey knows, and throws it away.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use super::daemon::{Daemon, RunAs, free_port};
use crate::book::block;
use crate::client::submission::submit;
use crate::program::{self, Ran};

/// A Postfix that runs until this is dropped.
pub struct Postfix {
    submission: SocketAddr,
    submissions: SocketAddr,
    daemon: Daemon,
    dir: TempDir,
}

impl Postfix {
    /// Starts it as the book says, asking at a socket elsewhere.
    ///
    /// # Panics
    /// If it is not installed, or if this is not root: Postfix starts as nobody else.
    pub fn start(socket: &str, certificates: &Path) -> Self {
        let program = program::find("postfix");
        assert!(rustix::process::geteuid().is_root(), "Postfix starts as root only");
        let dir = tempfile::Builder::new().prefix("valetkey-postfix-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        let etc = dir.path().join("etc");
        for directory in ["etc", "queue", "data"] {
            std::fs::create_dir(dir.path().join(directory)).expect("a directory of ours");
        }
        let owner = Some(user_number("postfix"));
        std::os::unix::fs::chown(dir.path().join("data"), owner, None).expect("root may give a directory away");
        let [submission, submissions] = [free_port(), free_port()];
        let write = |name: &str, text: &str| std::fs::write(etc.join(name), text).expect("a file of ours");
        write("main.cf", &main_cf(dir.path(), certificates, socket));
        write("master.cf", &master_cf([submission, submissions]));
        write("senders", &block("postfix.md", "$1", &[]));
        let config = etc.display().to_string();
        // Makes what its queue needs.
        let checked = program::run(program::bounded(program).args(["-c", &config, "check"]), "");
        assert_eq!(checked.code, 0, "{checked:?}");
        // Without the script around it, which does not pass on that it is to end.
        let (main, arguments) = (Path::new("/usr/lib/postfix/sbin/master"), ["-c", &*config, "-s"]);
        let mut daemon = Daemon::start(main, &arguments, dir.path(), dir.path().join("log"), RunAs::Us);
        let mail_log = dir.path().join("mail.log");
        for address in [submission, submissions] {
            daemon.await_port(address, || std::fs::read_to_string(&mail_log).unwrap_or_default());
        }
        Self { submission, submissions, daemon, dir }
    }

    /// Sends a message from `sender` to ada, signed in by `mechanism` (PLAIN or LOGIN): what Postfix answered is printed.
    pub fn send(&self, mechanism: &str, login: &str, secret: &str, sender: &str) -> Ran {
        submit(self.submission, mechanism, login, secret, sender)
    }

    /// Where TLS begins with the first byte.
    pub fn submissions(&self) -> SocketAddr {
        self.submissions
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("mail.log")).unwrap_or_default() + &self.daemon.log()
    }
}

fn user_number(name: &str) -> u32 {
    let users = std::fs::read_to_string("/etc/passwd").expect("a list of users");
    let line = users.lines().find(|line| line.split(':').next() == Some(name));
    let number = line.and_then(|line| line.split(':').nth(2)?.parse().ok());
    number.unwrap_or_else(|| panic!("there is no user {name}"))
}

fn main_cf(dir: &Path, certificates: &Path, socket: &str) -> String {
    let (d, tls) = (dir.display(), certificates.display());
    let asks = block(
        "postfix.md",
        "smtpd_sasl_type",
        &[("valetkey/auth", &format!("unix:{socket}")), ("/etc/postfix", &format!("{d}/etc"))],
    );
    format!(
        "compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.org
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {d}/mail.log
maillog_file_prefixes = {d}
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:x
virtual_transport = discard:
alias_maps =
smtpd_tls_cert_file = {tls}/cert.pem
smtpd_tls_key_file = {tls}/key.pem
{asks}"
    )
}

fn master_cf(addresses: [SocketAddr; 2]) -> String {
    // Not shut in: what it asks is elsewhere.
    let [submission, submissions] = addresses.map(|address| format!("{address} inet n - n"));
    let services = block(
        "postfix.md",
        "submission inet",
        &[("submission inet n - y", &submission), ("submissions inet n - y", &submissions)],
    );
    format!(
        "postlog   unix-dgram n  -       n       -       1       postlogd
{services}
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
anvil     unix  -       -       n       -       1       anvil
"
    )
}
