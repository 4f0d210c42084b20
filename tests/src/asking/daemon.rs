//! A server of somebody else's, in the foreground, that runs until it is dropped.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use valetkey_testkit::unprivileged;
pub use valetkey_testkit::{free_port, name_of};

use crate::clock::{look_for, wait_for};
use crate::program;

/// How long it may take to end when it is asked to.
const END_TIME: Duration = Duration::from_secs(10);

/// How long what it has started may be there after it has ended.
const LINGER_TIME: Duration = Duration::from_secs(5);

/// A running server.
pub struct Daemon {
    child: Child,
    log: PathBuf,
    /// Where it takes connections.
    addresses: Vec<SocketAddr>,
}

/// As whom a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunAs {
    /// As whoever runs the test.
    Us,
    /// As somebody who may do nothing special, since it refuses root.
    Nobody,
}

impl Daemon {
    /// Starts a program. What it says goes to `log`.
    ///
    /// # Panics
    /// If it is not installed.
    pub fn start(program: &Path, arguments: &[&str], dir: &Path, log: PathBuf, run_as: RunAs) -> Self {
        let file = File::create(&log).expect("a file in a directory of ours");
        let also = file.try_clone().expect("a file that is open");
        let mut command = Command::new(program::find("setpriv"));
        command.args(["--pdeathsig", "TERM"]);
        if let (RunAs::Nobody, Some((uid, gid))) = (run_as, unprivileged()) {
            command.args([
                "--no-new-privs",
                "--reuid",
                &uid.to_string(),
                "--regid",
                &gid.to_string(),
                "--clear-groups",
            ]);
        }
        command.arg("--").arg(program).args(arguments).current_dir(dir);
        let child = command.stdin(Stdio::null()).stdout(also).stderr(file).spawn().expect("a program that is there");
        Self { child, log, addresses: Vec::new() }
    }

    /// Waits until it takes connections. `more` is what it has said elsewhere.
    ///
    /// # Panics
    /// If it ends instead.
    pub fn await_port(&mut self, address: SocketAddr, more: impl Fn() -> String) {
        wait_for("a server takes connections", || {
            let ended = self.child.try_wait().expect("a child can be asked");
            assert_eq!(ended, None, "{}{}", self.log(), more());
            TcpStream::connect(address).ok()
        });
        self.addresses.push(address);
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _told = kill_process(pid, Signal::TERM);
        }
        if look_for(END_TIME, || self.child.try_wait().ok().flatten()).is_none() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
        let is_gone = || self.addresses.iter().all(|address| TcpStream::connect(address).is_err());
        let gone = look_for(LINGER_TIME, || is_gone().then_some(()));
        // A test that fails already keeps its own words.
        assert!(gone.is_some() || std::thread::panicking(), "it left something running: {}", self.log());
    }
}
