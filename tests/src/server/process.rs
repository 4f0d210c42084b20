//! The server's process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::{program, shipped};

/// A running `valetkey`, killed when dropped.
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it behind other programs, of which each becomes the next. What it says goes to `log`.
    pub(super) fn start(behind: &[String], arguments: &[&str], log: PathBuf) -> Self {
        let file = File::create(&log).expect("a file in a directory of ours");
        let mut words = behind.to_vec();
        // Should the test be killed, its server ends too.
        words.extend([
            program::find("setpriv").display().to_string(),
            "--pdeathsig".into(),
            "KILL".into(),
            "--".into(),
        ]);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(shipped::binary()).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(file).spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Self { child, log }
    }

    /// Its number, which is that of the first of the programs before it.
    pub(super) fn number(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn expect_running(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child can be asked") {
            panic!("it ended at once, with {status}: {}", self.log());
        }
    }

    pub(super) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a child of ours");
    }

    /// How it has ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(mut self) {
        self.expect_running();
        self.bury();
    }

    /// What it has logged so far.
    pub(super) fn log(&self) -> String {
        read(&self.log)
    }

    fn bury(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        self.child.wait().expect("a child can be waited for");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.bury();
    }
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a log of ours")
}
