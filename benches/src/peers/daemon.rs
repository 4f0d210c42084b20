//! A program that stays until it is dropped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use valetkey_testkit::unprivileged;

use super::programs::find;
use crate::measure::now;

/// How long it may take to start, and to end when it is asked to, in seconds.
const PATIENCE_S: f64 = 30.0;

pub(super) struct Daemon {
    child: Child,
    log: PathBuf,
}

/// A program for somebody who may do nothing special, since many refuse root. It ends with this one, however that ends.
pub(super) fn as_nobody(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(find("setpriv"));
    command.args(["--pdeathsig", "TERM"]);
    if let Some((uid, gid)) = unprivileged() {
        let (uid, gid) = (uid.to_string(), gid.to_string());
        command.args(["--no-new-privs", "--reuid", &uid, "--regid", &gid, "--clear-groups"]);
    }
    command.arg("--").arg(find(program)).args(arguments);
    command
}

impl Daemon {
    /// Starts it. What it says goes to `log`. Its standard input stays open for as long as it may run.
    pub(super) fn start(mut command: Command, dir: &Path, log: PathBuf) -> Self {
        let file = File::create(&log).expect("a file in a directory of ours");
        let also = file.try_clone().expect("a file that is open");
        command.current_dir(dir).stdin(Stdio::piped()).stdout(also).stderr(file);
        let child = command.spawn().unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
        Self { child, log }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn wait_until(&mut self, what: &str, is_so: impl Fn() -> bool) {
        let start = now();
        while !is_so() {
            let ended = self.child.try_wait().expect("a child can be asked");
            let is_over = ended.is_some() || now() - start > PATIENCE_S;
            assert!(!is_over, "it should be that it {what}, and is not: {}", self.said());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn said(&self) -> String {
        std::fs::read(&self.log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _told = kill_process(pid, Signal::TERM);
        }
        let start = now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if now() - start > PATIENCE_S {
                drop(self.child.kill());
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}
