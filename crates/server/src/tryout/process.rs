//! Servers behind, as child processes that end with us, however we end.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use valetkey_domain::Clock as _;

use super::directory::Directory;
use crate::clock::SystemClock;

/// How long a server may take until it accepts connections.
const START_TIME: Duration = Duration::from_secs(12);
/// How long it may take to end when it is asked to.
const END_TIME: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(10);

/// A server that runs until this is dropped.
pub(super) struct Process {
    child: Child,
    name: &'static str,
}

/// Why a server behind does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    #[error("{program} does not start")]
    Start {
        program: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{name} ended at once; its log is {log}:\n{said}")]
    Ended { name: &'static str, log: PathBuf, said: String },
    #[error("{name} does not accept connections at {address} after {} s; its log is {log}", START_TIME.as_secs())]
    Silent { name: &'static str, address: SocketAddr, log: PathBuf },
}

/// Where a program is, if it is installed.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where programs are is no configuration of ours")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Servers are often where an ordinary user does not look.
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|dir| dir.join(program)).find(|file| file.is_file())
}

impl Process {
    /// Starts a program as whoever runs the servers behind, with a log of what it says.
    ///
    /// `setpriv` sees to the user, and that the program is told to end when this process does.
    pub(super) fn start(
        directory: &Directory,
        name: &'static str,
        program: &Path,
        arguments: &[&str],
    ) -> Result<Self, ProcessError> {
        let mut privileges = vec!["--no-new-privs".to_owned()];
        if let Some((uid, gid)) = directory.user() {
            privileges.extend([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
        }
        Self::start_with(&privileges, directory, name, program, arguments)
    }

    /// The same for a program that sees to its own users, and has to be root for that.
    pub(super) fn start_as_root(
        directory: &Directory,
        name: &'static str,
        program: &Path,
        arguments: &[&str],
    ) -> Result<Self, ProcessError> {
        Self::start_with(&[], directory, name, program, arguments)
    }

    fn start_with(
        privileges: &[String],
        directory: &Directory,
        name: &'static str,
        program: &Path,
        arguments: &[&str],
    ) -> Result<Self, ProcessError> {
        let failed = |source| ProcessError::Start { program: program.to_owned(), source };
        let log = std::fs::File::create(directory.path(&format!("{name}.log"))).map_err(failed)?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).args(privileges);
        command.arg("--").arg(program).args(arguments).current_dir(directory.path(name)).stdin(Stdio::null());
        let err = log.try_clone().map_err(failed)?;
        let child = command.stdout(log).stderr(err).spawn().map_err(failed)?;
        Ok(Self { child, name })
    }

    /// Waits until it accepts connections.
    pub(super) fn await_port(&mut self, directory: &Directory, address: SocketAddr) -> Result<(), ProcessError> {
        let log = directory.path(&format!("{}.log", self.name));
        let start = SystemClock.boot_time();
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(_)) = self.child.try_wait() {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(ProcessError::Ended { name: self.name, log, said });
            }
            if SystemClock.boot_time().since(start) > START_TIME {
                return Err(ProcessError::Silent { name: self.name, address, log });
            }
            std::thread::park_timeout(LOOK);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended already.
            let _told = kill_process(pid, Signal::TERM);
        }
        let start = SystemClock.boot_time();
        while matches!(self.child.try_wait(), Ok(None)) {
            if SystemClock.boot_time().since(start) > END_TIME {
                let _killed = self.child.kill();
                let _buried = self.child.wait();
                return;
            }
            std::thread::park_timeout(LOOK);
        }
    }
}
