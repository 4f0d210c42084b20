//! A server that takes and gives as much as one likes, and says what it heard.

use std::net::SocketAddr;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::asking::daemon::{Daemon, RunAs};
use crate::asking::free_port;
use crate::clock::wait_for;
use crate::program;

/// One that runs until this is dropped.
pub struct Sink {
    address: SocketAddr,
    dir: TempDir,
    _daemon: Daemon,
    /// Where its socket is.
    _at: Option<TempDir>,
}

impl Sink {
    /// Starts it at an address.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Self {
        let address = free_port();
        let (dir, mut daemon) = start(&address.port().to_string());
        daemon.await_port(address, String::new);
        Self { address, dir, _daemon: daemon, _at: None }
    }

    /// Starts it at a Unix socket, whose file is given.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_at_socket() -> (Self, PathBuf) {
        let at = tempfile::Builder::new().prefix("valetkey-sink-").tempdir().expect("a temporary directory");
        let socket = at.path().join("socket");
        let (dir, daemon) = start(&socket.display().to_string());
        wait_for("the socket's file", || socket.exists().then_some(()));
        (Self { address: free_port(), dir, _daemon: daemon, _at: Some(at) }, socket)
    }

    /// Where it listens, if it is an address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has noted of bodies: whether each begins, breaks or ends, of which request, after how many bytes.
    pub fn noted(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.dir.path().join("noted")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until it has noted something that begins like this, and gives the number of bytes.
    pub fn await_note(&self, begin: &str) -> u64 {
        wait_for(begin, || {
            let noted = self.noted();
            noted.iter().find(|line| line.starts_with(begin))?.rsplit(' ').next()?.parse().ok()
        })
    }
}

fn start(place: &str) -> (TempDir, Daemon) {
    let dir = tempfile::Builder::new().prefix("valetkey-sink-").tempdir().expect("a temporary directory");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/behind/sink.py");
    let noted = dir.path().join("noted").display().to_string();
    let python = program::find("python3");
    let log = dir.path().join("log");
    let daemon = Daemon::start(&python, &["-B", script, place, &noted], dir.path(), log, RunAs::Us);
    (dir, daemon)
}
