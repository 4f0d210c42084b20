//! A Cyrus that takes the gateway's word for whom it signs in.

use std::net::SocketAddr;

use crate::asking::daemon::Daemon;
use crate::asking::{CyrusPlace, free_port};
use crate::book::block;
use crate::program;

/// The page of the book that says how.
const PAGE: &str = "gateway/cyrus.md";

/// A Cyrus that runs until this is dropped.
pub struct Cyrus {
    addresses: [SocketAddr; 3],
    daemon: Option<Daemon>,
    place: CyrusPlace,
}

impl Cyrus {
    /// Starts it as the book says, with this secret for the gateway.
    ///
    /// # Panics
    /// If it is not unpacked, if libsasl has not what it needs, or if it does not start.
    pub fn start(secret: &str) -> Self {
        let place = CyrusPlace::make();
        let users = place.path().join("sasldb");
        let mut command = program::command("saslpasswd2");
        let ran = program::run(command.args(["-p", "-c", "-f"]).arg(&users).arg("gateway"), secret);
        assert!(ran.code == 0 && users.is_file(), "{ran:?}");
        let addresses = [(); 3].map(|()| free_port());
        let mut cyrus = Self { addresses, daemon: None, place };
        cyrus.start_again();
        cyrus
    }

    /// Starts it once more, where it was.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        let users = self.place.path().join("sasldb").display().to_string();
        let imapd = block(PAGE, "proxyservers", &[("/etc/cyrus-gateway.sasldb", &users)]);
        let [imap, pop3, sieve] = self.addresses.map(|address| address.to_string());
        let program = |name: &str| (format!("cmd=\"{name}\""), format!("cmd=\"{}\"", self.place.command(name)));
        let programs = ["imapd", "pop3d", "timsieved"].map(program);
        let mut changes = vec![
            ("127.0.0.1:10143", imap.as_str()),
            ("127.0.0.1:10110", pop3.as_str()),
            ("127.0.0.1:10419", sieve.as_str()),
        ];
        changes.extend(programs.iter().map(|(theirs, ours)| (theirs.as_str(), ours.as_str())));
        let services = block(PAGE, "# cyrus.conf", &changes);
        self.daemon = Some(self.place.start(&imapd, &services, &self.addresses));
    }

    /// Stops it.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// The configuration of the gateway before it.
    pub fn gateway(&self) -> String {
        let [imap, pop3, sieve] = self.addresses.map(|address| address.to_string());
        let listeners = ["993", "143", "995", "110", "4190", "4191"].map(|port| format!("\"[::]:{port}\""));
        let mut changes = vec![
            ("127.0.0.1:10143", imap.as_str()),
            ("127.0.0.1:10110", pop3.as_str()),
            ("127.0.0.1:10419", sieve.as_str()),
        ];
        changes.extend(listeners.iter().map(|listener| (listener.as_str(), "\"127.0.0.1:0\"")));
        block(PAGE, "[managesieve]", &changes)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.as_ref().map_or_else(String::new, Daemon::log)
    }
}
