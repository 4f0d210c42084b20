//! Other people's servers that do the same work. Each has a directory with its settings, and ends with the benchmark.

mod daemon;
mod dovecot;
mod haproxy;
mod nginx;
mod programs;
mod saslauthd;
mod slapd;

use std::fs::Permissions;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use valetkey_testkit::{give_away, unprivileged};

use crate::client::Door;
use crate::server::Server;
use daemon::{Daemon, as_nobody};
pub(crate) use dovecot::{dovecot_auth, dovecot_hash, dovecot_proxy, dovecot_sha256};
pub(crate) use haproxy::haproxy;
pub(crate) use nginx::{nginx_basic, nginx_mail, nginx_sha};
pub(crate) use programs::{NGINX_MAIL, missing, version};
pub(crate) use saslauthd::saslauthd;
pub(crate) use slapd::{Scheme, slapd};

/// A server of somebody else's.
pub(crate) struct Peer {
    // In this order they go: what runs, then where it runs.
    daemons: Vec<Daemon>,
    dir: TempDir,
}

/// Where a proxy takes apps.
pub(crate) struct Proxy {
    pub(crate) peer: Peer,
    pub(crate) clear: SocketAddr,
    pub(crate) tls: SocketAddr,
}

/// Whether it remembers whom it has accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    Off,
    On,
}

impl Proxy {
    /// Where an app comes to it.
    pub(crate) fn door(&self, server: &Server, tls: bool) -> Door {
        if tls { Door::tls(self.tls, &server.trust) } else { Door::plain(self.clear) }
    }
}

impl Peer {
    /// A directory that whoever runs there may go to.
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-bench-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        Self { daemons: Vec::new(), dir }
    }

    fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).expect("a file in a directory of ours");
    }

    fn make_dir(&self, name: &str) {
        std::fs::create_dir(self.file(name)).expect("a directory in one of ours");
    }

    /// The certificate that Valetkey has as well.
    fn copy_certificate(&self, server: &Server) {
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(server.file(name), self.file(name)).expect("a file of ours");
        }
    }

    /// Runs a program to its end, as nobody.
    fn run(&self, program: &str, arguments: &[&str]) {
        give_away(self.dir());
        let mut command = as_nobody(program, arguments);
        let output =
            command.current_dir(self.dir()).output().unwrap_or_else(|e| panic!("{program} does not start: {e}"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts a program that stays, as nobody.
    fn start(&mut self, program: &str, arguments: &[&str]) {
        give_away(self.dir());
        let log = self.file(&format!("log{}", self.daemons.len()));
        self.daemons.push(Daemon::start(as_nobody(program, arguments), self.dir(), log));
    }

    /// Waits until the newest of its programs takes connections there.
    fn await_port(&mut self, address: SocketAddr) {
        let daemon = self.daemons.last_mut().expect("something was started");
        daemon.wait_until("takes connections", || TcpStream::connect(address).is_ok());
    }

    /// The same for a Unix socket.
    fn await_socket(&mut self, path: &Path) {
        let daemon = self.daemons.last_mut().expect("something was started");
        daemon.wait_until("takes connections", || UnixStream::connect(path).is_ok());
    }

    /// The processes that were started; what these have started counts as well.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.daemons.iter().map(Daemon::pid).collect()
    }
}

/// What a program says of what it reads.
fn said(program: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{} does not start: {e}", program.display()));
    let mut stdin = child.stdin.take().expect("a pipe was asked for");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("a child can be waited for");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", program.display());
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Who runs what refuses root: the names of a user and of a group.
fn user_and_group() -> (String, String) {
    let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let (uid, gid) = unprivileged().unwrap_or_else(ours);
    (valetkey_testkit::name_of("/etc/passwd", uid), valetkey_testkit::name_of("/etc/group", gid))
}
