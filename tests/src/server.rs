//! `valetkey serve` with a store and a configuration of the test's own, which can be killed and started again.

pub mod admin;
mod dovecot;
mod http;
pub mod place;
mod process;

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

use crate::asking::daemon::free_port;
use crate::client::{Door, Entrance};
use crate::clock::wait_for;
use crate::program::{self, Ran};
use crate::shipped;
use crate::whereabouts::Whereabouts;
use admin::Admin;
use dovecot::Dovecot;
pub use http::Answer as HttpAnswer;
use place::Place;
use process::Process;

/// The secret by which the gateway signs in to the Dovecot behind.
const MASTER_SECRET: &str = "between-gateway-and-dovecot";

/// Where a server keeps everything.
#[derive(Clone, Debug)]
pub enum Store {
    /// In an SQLite file.
    Sqlite,
    /// In the PostgreSQL database with this address.
    Postgres(String),
}

/// What a server is to be like.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its store.
    pub store: Store,
    /// Login names that have a mailbox. Without one there is no Dovecot behind.
    pub mailboxes: &'static [&'static str],
    /// Seconds that open connections outlive the loss of the store.
    pub lost_grace_s: u64,
    /// How the gateway reaches the Dovecot.
    pub behind: Behind,
    /// More keys of the gateway.
    pub more_keys: &'static str,
}

/// How the gateway reaches the server behind.
#[derive(Clone, Copy, Debug)]
pub enum Behind {
    /// In clear.
    InClear,
    /// By TLS, and its certificate must have this name.
    Tls(&'static str),
    /// In clear, behind a header of the PROXY protocol.
    Proxied,
    /// At two addresses, of which nobody is at the first.
    SecondAddress,
    /// At two addresses, with a Dovecot of its own at each.
    TwoServers,
    /// By a route for everybody of this domain; where the others are, nobody is.
    Route(&'static str),
}

impl Setup {
    /// A server without a mail server behind it.
    pub fn on(store: Store) -> Self {
        Self { store, mailboxes: &[], lost_grace_s: 300, behind: Behind::InClear, more_keys: "" }
    }
}

/// A server that is started, killed and started again on the same store. Killed when dropped.
pub struct Server {
    running: Option<Process>,
    /// Where it listens while it runs.
    listening: Option<Listening>,
    /// Those behind.
    dovecots: Vec<Dovecot>,
    place: Place,
    setup: Setup,
    dir: TempDir,
    starts: usize,
}

struct Listening {
    door: Door,
    http: SocketAddr,
}

impl Server {
    /// Prepares one with its data in a directory like any other, and starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(setup: Setup) -> Self {
        let mut server = Self::prepare(setup, |_| Place::Anywhere);
        server.start_again();
        server
    }

    /// Prepares one without starting it; `place` says what it is given for its data in a directory.
    ///
    /// # Panics
    /// If something that is needed is not installed.
    pub fn prepare(setup: Setup, place: impl FnOnce(&std::path::Path) -> Place) -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-test-").tempdir().expect("a temporary directory");
        // Dovecot refuses root and runs as somebody else, who must be able to pass.
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o711)).expect("the directory is ours");
        std::fs::create_dir(dir.path().join("data")).expect("a directory of ours");
        let place = place(&dir.path().join("data"));
        let mut server = Self { running: None, listening: None, dovecots: Vec::new(), place, setup, dir, starts: 0 };
        server.write_certificates();
        if !server.setup.mailboxes.is_empty() {
            let count = if matches!(server.setup.behind, Behind::TwoServers) { 2 } else { 1 };
            let names = ["dovecot", "second-dovecot"].into_iter().take(count);
            let start = |name| Dovecot::start(server.dir.path(), name, MASTER_SECRET, server.setup.mailboxes);
            server.dovecots = names.map(start).collect();
        }
        server.write("master-secret", MASTER_SECRET);
        server.write("valetkey.toml", &server.configuration("admin.sock"));
        server
    }

    /// Adds to the configuration of one that does not run.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn configure(&self, more: &str) {
        self.write("valetkey.toml", &(self.configuration("admin.sock") + more));
    }

    /// Starts it and waits until it serves.
    ///
    /// # Panics
    /// If it ends instead.
    pub fn start_again(&mut self) {
        self.begin();
        let process = self.running.as_mut().expect("it was just started");
        let found = wait_for("the line that says that the server has started", || {
            process.expect_running();
            Whereabouts::read(&process.log())
        });
        let http = found.at("http")[0];
        let door = if self.setup.mailboxes.is_empty() {
            [http; 2]
        } else {
            ["listen_tls", "listen"].map(|way| found.of("imap", way)[0])
        };
        let door = Door { imaps: door[0], imap: door[1], ca: self.dir.path().join("ca.pem") };
        self.listening = Some(Listening { door, http });
    }

    /// Starts it and waits for nothing.
    ///
    /// # Panics
    /// If it runs already.
    pub fn begin(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        self.starts += 1;
        let log = self.dir.path().join(format!("{}.log", self.starts));
        let config = self.dir.path().join("valetkey.toml").display().to_string();
        self.running = Some(Process::start(&self.place.way_in(), &["serve", "--config", &config], log));
    }

    /// Kills it as nothing can be helped against: SIGKILL.
    ///
    /// # Panics
    /// If it does not run.
    pub fn kill(&mut self) {
        self.listening = None;
        self.running.take().expect("a server that runs").kill();
    }

    /// Tells it to stop, as systemd does: SIGTERM.
    ///
    /// # Panics
    /// If it does not run.
    pub fn ask_to_stop(&self) {
        self.running.as_ref().expect("a server that runs").terminate();
    }

    /// How it has ended, once it has: then it can be started again.
    ///
    /// # Panics
    /// If it was not started.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        let status = self.running.as_mut().expect("a server that was started").ended()?;
        (self.running, self.listening) = (None, None);
        Some(status)
    }

    /// Its administration socket.
    pub fn admin(&self) -> Admin {
        Admin::at(self.dir.path().join("admin.sock"))
    }

    /// Runs a command of the same configuration.
    pub fn run(&self, arguments: &[&str], input: &str) -> Ran {
        self.run_with("valetkey.toml", arguments, input)
    }

    /// Runs a command whose configuration has the same store and another administration socket.
    pub fn run_elsewhere(&self, arguments: &[&str], input: &str) -> Ran {
        self.write("elsewhere.toml", &self.configuration("elsewhere.sock"));
        self.run_with("elsewhere.toml", arguments, input)
    }

    fn run_with(&self, config: &str, arguments: &[&str], input: &str) -> Ran {
        let mut command = program::bounded(shipped::binary());
        command.arg("--config").arg(self.dir.path().join(config)).args(arguments);
        program::run(&mut command, input)
    }

    /// Where mail apps connect.
    pub fn door(&self) -> &Door {
        &self.listening().door
    }

    /// Where other servers ask by HTTP.
    pub fn http(&self) -> SocketAddr {
        self.listening().http
    }

    /// Asks as a web server does whether a request may pass.
    pub fn forward_auth(&self, login: &str, secret: &str) -> HttpAnswer {
        http::forward_auth(self.listening().http, login, secret)
    }

    fn listening(&self) -> &Listening {
        self.listening.as_ref().expect("a server that runs")
    }

    /// Where the Dovecot behind speaks IMAP by TLS, with the same certificate. There the password of every mailbox is
    /// `for-nobody`.
    ///
    /// # Panics
    /// If there is none.
    pub fn imaps_of_dovecot(&self) -> SocketAddr {
        self.dovecots.first().expect("a Dovecot behind").imaps()
    }

    /// What the Dovecot behind has logged.
    pub fn log_of_dovecot(&self) -> String {
        self.dovecots.first().map_or_else(String::new, Dovecot::log)
    }

    /// What one of the Dovecots behind, by its number, has logged since it was started last.
    pub fn log_of_dovecot_number(&self, number: usize) -> String {
        self.dovecots[number].log()
    }

    /// Stops one of the Dovecots behind, by its number.
    pub fn stop_dovecot(&mut self, number: usize) {
        self.dovecots[number].stop();
    }

    /// Starts one of the Dovecots behind where it was.
    pub fn start_dovecot(&mut self, number: usize) {
        self.dovecots[number].start_again();
    }

    /// Whose signature on its certificate counts.
    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Where it listens by a key of the line that says so in the log, such as `dav`.
    ///
    /// # Panics
    /// If it does not.
    pub fn listens_at(&self, key: &str) -> SocketAddr {
        Whereabouts::read(&self.log()).expect("a server that has started").at(key)[0]
    }

    /// Where one of the gateway's protocols listens, in a way of its own: `listen_tls`.
    ///
    /// # Panics
    /// If it does not.
    pub fn listens_for(&self, service: &str, way: &str) -> SocketAddr {
        Whereabouts::read(&self.log()).expect("a server that has started").of(service, way)[0]
    }

    /// Where the Dovecot behind speaks `ManageSieve`, with STARTTLS.
    ///
    /// # Panics
    /// If there is none.
    pub fn dovecots_sieve(&self) -> SocketAddr {
        self.dovecots.first().expect("a Dovecot behind").sieve()
    }

    /// Where apps of one of the gateway's protocols connect, such as `pop3`.
    ///
    /// # Panics
    /// If they cannot.
    pub fn entrance(&self, service: &str) -> Entrance {
        let found = Whereabouts::read(&self.log()).expect("a server that has started");
        let [tls, clear] = ["listen_tls", "listen"].map(|key| found.of(service, key)[0]);
        Entrance { tls, clear, ca: self.ca() }
    }

    /// The most memory that it has had, in KiB.
    ///
    /// # Panics
    /// If it does not run.
    pub fn memory_peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process())).expect("a process of ours");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it is told");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// What it has logged since it was started last.
    ///
    /// # Panics
    /// If it does not run.
    pub fn log(&self) -> String {
        self.running.as_ref().expect("a server that runs").log()
    }

    /// The number of its process.
    ///
    /// # Panics
    /// If it does not run.
    pub fn process(&self) -> u32 {
        self.running.as_ref().expect("a server that runs").number()
    }

    /// Where its data is kept, as whoever looks from outside sees it.
    pub fn data(&self) -> PathBuf {
        self.place.seen_from_outside(&self.dir.path().join("data"))
    }

    /// A copy of its SQLite store, as it lies there.
    ///
    /// # Panics
    /// If it has none.
    pub fn copy_of_store(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary directory");
        for name in ["valetkey.db", "valetkey.db-wal"] {
            std::fs::copy(self.data().join(name), copy.path().join(name)).expect("a store to copy");
        }
        copy
    }

    /// Where its data is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Where `cert.pem` for localhost is, with `key.pem`, and `ca.pem` of who has signed it.
    pub fn certificates(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Where a file beside the configuration is.
    pub fn file(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// Its administration socket's file.
    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("admin.sock")
    }

    /// Writes a file beside the configuration, for the server alone.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.dir.path().join(name);
        std::fs::write(&file, text).expect("a file in a directory of ours");
        // Keys and secrets that others can read are refused.
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a file of ours");
    }

    fn write_certificates(&self) {
        let authority_key = KeyPair::generate().expect("a key");
        let mut authority = CertificateParams::default();
        // By its own name: programs tell it from what it signs by that.
        authority.distinguished_name.push(DnType::CommonName, "The authority of a test");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // OpenSSL takes what is called as its issuer is for what has signed itself.
        authority.distinguished_name.push(DnType::CommonName, "An authority for a test");
        let signed = authority.self_signed(&authority_key).expect("a certificate of an authority");
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["localhost".into()])
            .and_then(|server| server.signed_by(&key, &Issuer::new(authority, authority_key)))
            .expect("a certificate for localhost");
        self.write("ca.pem", &signed.pem());
        self.write("cert.pem", &certificate.pem());
        self.write("key.pem", &key.serialize_pem());
    }

    /// With limits out of reach, and hashes of primary passwords that cost nothing.
    fn configuration(&self, socket: &str) -> String {
        let d = self.dir.path().display();
        let store = match &self.setup.store {
            Store::Sqlite => String::new(),
            Store::Postgres(url) => format!("url = \"{url}\"\n"),
        };
        let imap = self.dovecots.first().map_or_else(String::new, |dovecot| {
            let upstream = match self.setup.behind {
                Behind::InClear => format!("upstream = \"{}\"\n", dovecot.imap()),
                Behind::Tls(name) => format!(
                    "upstream = \"{}\"\nupstream_tls = \"{name}\"\nupstream_authorities = \"ca.pem\"\n",
                    dovecot.imaps()
                ),
                Behind::Proxied => {
                    format!("upstream = \"{}\"\nupstream_proxy_protocol = true\n", dovecot.proxied())
                }
                Behind::Route(_) => format!("upstream = \"{}\"\n", free_port()),
                Behind::SecondAddress => format!("upstream = [\"{}\", \"{}\"]\n", free_port(), dovecot.imap()),
                Behind::TwoServers => {
                    let addresses = self.dovecots.iter().map(|dovecot| format!("\"{}\"", dovecot.imap()));
                    format!("upstream = [{}]\n", addresses.collect::<Vec<_>>().join(", "))
                }
            };
            let route = match self.setup.behind {
                Behind::Route(domain) => {
                    format!("[[imap.route]]\ndomains = [\"{domain}\"]\nupstream = \"{}\"\n", dovecot.imap())
                }
                _ => String::new(),
            };
            format!(
                "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\n[imap]\nlisten_tls = [\"127.0.0.1:0\"]\nlisten = [\"127.0.0.1:0\"]\n\
                 {upstream}master_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\n{}{route}\n",
                self.setup.more_keys
            )
        });
        format!(
            "[server]\ndata_dir = \"{d}/data\"\nadmin_socket = \"{d}/{socket}\"\nlog = \"info\"\n\n\
             [store]\n{store}lost_grace_s = {}\n\n\
             [accounts]\ndefault_domain = \"example.org\"\npassword_hash_kib = 1024\npassword_hash_passes = 1\n\n\
             [policy]\nadmin_may_create = true\n\n\
             [throttle]\naccount_burst = 1000000\nnetwork_burst = 1000000\nguess_burst = 1000000\n\n\
             {imap}[http]\nlisten = [\"127.0.0.1:0\"]\n",
            self.setup.lost_grace_s
        )
    }
}
