//! Programs that are not ours: none is missing in silence, and none runs for ever.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock::PATIENCE;

/// What came of a program's run.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; 124 if it took too long.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

impl Ran {
    /// What it printed.
    ///
    /// # Panics
    /// If it failed.
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }
}

/// Programs that the tests need, each with Debian's package that has it.
const NEEDED: [(&str, &str); 31] = [
    ("dovecot", "dovecot-imapd"),
    ("nginx", "nginx-light"),
    ("radicale", "radicale"),
    ("xandikos", "xandikos"),
    ("vdirsyncer", "vdirsyncer"),
    ("litmus", "litmus"),
    ("curl", "curl"),
    ("mbsync", "isync"),
    ("mpop", "mpop"),
    ("fetchmail", "fetchmail"),
    ("msmtp", "msmtp"),
    ("sieve-connect", "sieve-connect"),
    ("swaks", "swaks libnet-ssleay-perl"),
    ("python3", "python3"),
    ("fail2ban-regex", "fail2ban"),
    ("pebble", "pebble"),
    ("pebble-challtestsrv", "pebble"),
    ("postfix", "postfix"),
    ("ldapsearch", "ldap-utils"),
    ("ldapwhoami", "ldap-utils"),
    ("testsaslauthd", "sasl2-bin"),
    ("saslauthd", "sasl2-bin"),
    ("saslpasswd2", "sasl2-bin"),
    ("setpriv", "util-linux"),
    ("setsid", "util-linux"),
    ("unshare", "util-linux"),
    ("caddy", "caddy"),
    ("haproxy", "haproxy"),
    ("pamtester", "pamtester"),
    ("offlineimap", "offlineimap3"),
    ("thunderbird", "thunderbird"),
];

/// Where a program is.
///
/// # Panics
/// If it is not installed: a test that cannot run has failed.
pub fn find(program: &str) -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "where programs are is no configuration")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    let found = std::env::split_paths(&path).chain(system).map(|dir| dir.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        let package = NEEDED.iter().find(|(name, _)| *name == program).map_or(program, |(_, package)| *package);
        panic!("{program} is not installed, and without it there is nothing to test: apt-get install {package}")
    })
}

/// Where cargo puts what it builds, and `./test` what else it makes.
///
/// # Panics
/// If this is no test that cargo has built.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    test.ancestors().nth(3).expect("a test stands in target/PROFILE/deps").to_owned()
}

/// A program with the time that it may take.
pub fn command(program: &str) -> Command {
    bounded(find(program))
}

/// The same for one that has much to do.
pub fn long_command(program: &str) -> Command {
    bounded_by(PATIENCE * 20, find(program))
}

/// The same for a program of ours.
pub fn bounded(program: PathBuf) -> Command {
    bounded_by(PATIENCE, program)
}

fn bounded_by(limit: Duration, program: PathBuf) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(limit.as_secs().to_string()).arg(program);
    command
}

/// Runs a program to its end, with something to read.
///
/// # Panics
/// If it does not start.
pub fn run(command: &mut Command, input: &str) -> Ran {
    run_on(command, input.as_bytes())
}

/// The same with something to read that need not be text.
///
/// # Panics
/// If it does not start.
pub fn run_on(command: &mut Command, input: &[u8]) -> Ran {
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe was asked for");
    // A program that does not want to read it has its reasons, and its exit code says more.
    drop(stdin.write_all(input));
    drop(stdin);
    let done = child.wait_with_output().expect("a child can be waited for");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: done.status.code().unwrap_or(-1), out: text(&done.stdout), err: text(&done.stderr) }
}
