//! The shipped program as a process that outlives no test, and leaves nothing behind.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock::look_for;
use crate::program;
use crate::shipped::binary;

/// How long it may take to end: what it needs itself, and what the servers behind it may take.
const END_TIME: Duration = Duration::from_secs(20);
/// How long the last of what it started may be seen after it has ended.
const LINGER_TIME: Duration = Duration::from_secs(5);

/// A running `valetkey`.
pub(super) struct Process {
    child: Child,
    log: PathBuf,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts it. What it says goes to `NAME.out` and `NAME.log` in `dir`.
    pub(super) fn start(arguments: &[&str], dir: &Path, name: &str) -> Self {
        let file = |extension: &str| dir.join(name).with_extension(extension);
        let create = |path: &Path| File::create(path).expect("a file in a directory of ours");
        // Should the test be killed, its server ends too.
        let mut command = Command::new(program::find("setpriv"));
        command.args(["--pdeathsig", "TERM", "--"]).arg(binary()).args(arguments);
        command.stdin(Stdio::null()).stdout(create(&file("out"))).stderr(create(&file("log")));
        let child = command.spawn().expect("a program that is there starts");
        Self { child, log: file("log"), ended: None }
    }

    /// What it has said so far to whoever started it.
    pub(super) fn said(&self) -> String {
        std::fs::read_to_string(self.log.with_extension("out")).expect("a file of ours")
    }

    /// What it has logged so far.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log of ours")
    }

    /// What it has started, and what that has.
    pub(super) fn started(&self) -> Vec<String> {
        descendants(self.child.id()).into_iter().map(|process| process.name).collect()
    }

    /// Its resident memory.
    pub(super) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a process has memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }

    pub(super) fn expect_running(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child can be asked") {
            self.ended = Some(status);
            panic!("it ended at once, with {status}: {}", self.log());
        }
    }

    /// Tells it to stop, and does not wait.
    pub(super) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a child of ours");
    }

    /// How it has ended, if it has.
    pub(super) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.ended = self.ended.or_else(|| self.child.try_wait().expect("a child can be asked"));
        self.ended
    }

    /// Stops it, and sees that all that it started has ended too.
    pub(super) fn stop(&mut self) {
        let wrong = self.end();
        assert!(wrong.is_empty(), "{wrong}\n{}", self.log());
    }

    /// Ends it; says what is wrong with how it ended.
    fn end(&mut self) -> String {
        if self.ended.is_some() {
            return String::new();
        }
        let started = descendants(self.child.id());
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has a number");
        // It may have ended already, which its status tells.
        let _told = kill_process(pid, Signal::TERM);
        let ended = look_for(END_TIME, || self.child.try_wait().ok().flatten());
        let Some(status) = ended else {
            drop(self.child.kill());
            self.ended = self.child.wait().ok();
            return format!("it did not end within {} s", END_TIME.as_secs());
        };
        self.ended = Some(status);
        let still = || -> Vec<String> { started.iter().filter(|p| p.runs()).map(|p| p.name.clone()).collect() };
        let gone = look_for(LINGER_TIME, || still().is_empty().then_some(()));
        match (gone, status.success()) {
            (None, _) => format!("it left running: {}", still().join(", ")),
            (_, false) => format!("it ended with {status}"),
            _ => String::new(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let wrong = self.end();
        // A test that fails already keeps its own words.
        assert!(wrong.is_empty() || std::thread::panicking(), "{wrong}\n{}", self.log());
    }
}

/// A process that was seen, told from a later one with the same number by when it started.
struct Seen {
    pid: u32,
    started: String,
    name: String,
}

impl Seen {
    fn runs(&self) -> bool {
        stat(self.pid).is_some_and(|now| now.started == self.started && now.state != "Z")
    }
}

struct Stat {
    name: String,
    state: String,
    parent: u32,
    started: String,
}

/// A process as `/proc` shows it (proc(5)).
fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may contain anything; it ends with the last parenthesis.
    let (head, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    Some(Stat {
        name: head.split_once('(')?.1.to_owned(),
        state: (*fields.first()?).to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        started: (*fields.get(19)?).to_owned(),
    })
}

/// All that a process has started, and what those have.
fn descendants(ancestor: u32) -> Vec<Seen> {
    let numbers = std::fs::read_dir("/proc").expect("a /proc").flatten();
    let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: HashMap<u32, Stat> = pids.filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let is_descendant = |mut pid: u32| {
        while let Some(parent) = all.get(&pid).map(|p| p.parent) {
            if parent == ancestor {
                return true;
            }
            pid = parent;
        }
        false
    };
    let below = all.iter().filter(|(pid, _)| is_descendant(**pid));
    below.map(|(pid, p)| Seen { pid: *pid, started: p.started.clone(), name: format!("{} ({pid})", p.name) }).collect()
}
