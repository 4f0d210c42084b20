//! An Exim that takes mail from whoever Valetkey knows, and throws it away.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;
use valetkey_testkit::{give_away, unprivileged};

use super::daemon::{Daemon, RunAs, free_port};
use super::instead::instead_of;
use super::unpacked::Unpacked;
use crate::book::block;
use crate::client::submission::submit;
use crate::program::Ran;

/// An Exim that runs until this is dropped.
pub struct Exim {
    submission: SocketAddr,
    daemon: Daemon,
    dir: TempDir,
}

impl Exim {
    /// Starts it as the book says, asking at another socket.
    ///
    /// # Panics
    /// If it is not unpacked, or if this is not root: Exim becomes the user that it was built for.
    pub fn start(socket: &str, certificates: &Path) -> Self {
        assert!(rustix::process::geteuid().is_root(), "Exim starts as root only");
        let exim = Unpacked::find("exim");
        let program = exim.file("usr/sbin/exim4");
        let dir = tempfile::Builder::new().prefix("valetkey-exim-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        let d = dir.path();
        for directory in ["own", "own/spool", "own/log"] {
            std::fs::create_dir(d.join(directory)).expect("a directory of ours");
        }
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(certificates.join(name), d.join("own").join(name)).expect("a certificate of try");
        }
        give_away(&d.join("own"));
        let submission = free_port();
        let write = |name: &str, text: &str| std::fs::write(d.join(name), text).expect("a file of ours");
        write("exim.conf", &configuration(d, &program, submission, socket));
        for (name, more) in [("passwd", "::/nonexistent:/usr/sbin/nologin"), ("group", "")] {
            write(name, &with_its_user(name, more));
        }
        let config = d.join("exim.conf").display().to_string();
        let names = [(&*d.join("passwd"), "/etc/passwd"), (&*d.join("group"), "/etc/group")];
        let command = instead_of(&names, &["env", &exim.environment(), &program, "-C", &config, "-bdf"]);
        let (first, rest) = command.split_first().expect("a command");
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let mut daemon = Daemon::start(Path::new(first), &rest, d, d.join("log"), RunAs::Us);
        daemon.await_port(submission, || log(d));
        Self { submission, daemon, dir }
    }

    /// Sends a message from `sender` to ada, signed in by `mechanism` (PLAIN or LOGIN): what Exim answered is printed.
    pub fn send(&self, mechanism: &str, login: &str, secret: &str, sender: &str) -> Ran {
        submit(self.submission, mechanism, login, secret, sender)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        log(self.dir.path()) + &self.daemon.log()
    }
}

fn log(dir: &Path) -> String {
    let read = |name| std::fs::read_to_string(dir.join("own/log").join(name)).unwrap_or_default();
    ["mainlog", "paniclog"].map(read).concat()
}

/// The machine's own list of names, with the user or group that Exim was built for in it.
fn with_its_user(list: &str, more: &str) -> String {
    let (uid, gid) = unprivileged().expect("this is root");
    let numbers = if list == "passwd" { format!("{uid}:{gid}") } else { format!("{gid}:") };
    let own = std::fs::read_to_string(format!("/etc/{list}")).expect("a list of names");
    format!("{own}Debian-exim:x:{numbers}{more}\n")
}

fn configuration(dir: &Path, program: &str, submission: SocketAddr, socket: &str) -> String {
    let (d, port) = (dir.display(), submission.port());
    let main = block("exim.md", "auth_advertise_hosts", &[]);
    let check_sender = block("exim.md", "check_sender:", &[]);
    let authenticators = block("exim.md", "driver = dovecot", &[("/run/valetkey/exim/auth", socket)]);
    format!(
        "primary_hostname = mail.example.org
exim_path = {program}
keep_environment = LD_LIBRARY_PATH
spool_directory = {d}/own/spool
log_file_path = {d}/own/log/%slog
pid_file_path = {d}/own/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
host_lookup =
tls_advertise_hosts = *
tls_certificate = {d}/own/cert.pem
tls_privatekey = {d}/own/key.pem
acl_smtp_rcpt = check_recipient
acl_smtp_data = throw_away
{main}
begin acl
{check_sender}
check_recipient:
  accept authenticated = *
  deny message = sign in first
throw_away:
  discard
begin authenticators
{authenticators}"
    )
}
