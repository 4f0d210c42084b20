//! The shipped program under test: `valetkey serve`, as a process of its own, with a store full of people.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tempfile::TempDir;
use valetkey_testkit::free_port;

use crate::measure::now;
use crate::people::{Login, make};

/// Which program, with how many accounts.
#[derive(Args, Clone)]
pub(crate) struct ServerOptions {
    /// The program; without it the one that was built beside this one
    #[arg(long)]
    valetkey: Option<PathBuf>,
    /// How many accounts
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// How many app passwords each has
    #[arg(long, default_value_t = 1)]
    passwords: usize,
    /// Memory of one hash of a primary password, in KiB
    #[arg(long, default_value_t = 19_456)]
    hash_kib: u32,
}

impl ServerOptions {
    /// How many accounts.
    pub(crate) fn accounts(&self) -> usize {
        self.accounts
    }

    /// With one app password for each account.
    pub(crate) fn new(valetkey: Option<PathBuf>, accounts: usize) -> Self {
        Self { valetkey, accounts, passwords: 1, hash_kib: 1024 }
    }

    /// The same, with passwords that are hashed quickly: for what is not about them.
    pub(crate) fn with_cheap_passwords(&self) -> Self {
        Self { hash_kib: 1024, ..self.clone() }
    }
}

/// A server that runs until this is dropped.
pub(crate) struct Server {
    child: Child,
    dir: TempDir,
    pub(crate) people: Arc<[Login]>,
    pub(crate) clear: SocketAddr,
    pub(crate) tls: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) ldap: SocketAddr,
    pub(crate) portal: SocketAddr,
    pub(crate) trust: Arc<ClientConfig>,
}

impl Server {
    /// Fills a store and serves it, in front of an IMAP server.
    pub(crate) fn start(options: &ServerOptions, upstream: SocketAddr) -> Self {
        Self::start_with(options, upstream, "", |_, _| {})
    }

    /// The same with more sections of the configuration, and with what else is to be put into its directory before it begins.
    pub(crate) fn start_with(
        options: &ServerOptions,
        upstream: SocketAddr,
        sections: &str,
        prepare: impl FnOnce(&Path, &[Login]),
    ) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let people = make(dir.path(), options.accounts, options.passwords);
        prepare(dir.path(), &people);
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let write = |name: &str, text: &str| private_file(&dir.path().join(name), text);
        write("cert.pem", &cert.pem());
        write("key.pem", &signing_key.serialize_pem());
        write("master", "secret");
        let [clear, tls, http, portal, ldap] = [(); 5].map(|()| free_port());
        let listening = [clear, tls, http, portal, ldap];
        write("valetkey.toml", &(configuration(dir.path(), upstream, listening, options) + sections));
        let program = options
            .valetkey
            .clone()
            .unwrap_or_else(|| std::env::current_exe().expect("this program has a path").with_file_name("valetkey"));
        let log = dir.path().join("log");
        // It ends with this program, however that ends.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(&program)
            .args(["serve", "--config"])
            .arg(dir.path().join("valetkey.toml"))
            .stderr(private(&log))
            .spawn()
            .unwrap_or_else(|e| {
                panic!("{} does not start: {e}; build it with cargo build --release", program.display())
            });
        let server =
            Self { child, dir, people: people.into(), clear, tls, http, ldap, portal, trust: trust(cert.der()) };
        let start = now();
        while !server.answers() {
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(now() - start < 20.0, "the server does not answer: {}", said());
            std::thread::park_timeout(Duration::from_millis(5));
        }
        server
    }

    /// A file of its directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection to its administration socket.
    pub(crate) fn administration(&self) -> Administration {
        let socket = UnixStream::connect(self.dir.path().join("admin.sock")).expect("the server answers");
        Administration { socket }
    }

    /// Waits until the server has seen that all who were connected have left.
    pub(crate) fn wait_until_nobody_is_connected(&self) {
        while self.administration().ask(&json!({ "ask": "connections", "login": null })) != json!([]) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        [self.clear, self.tls, self.http, self.portal].iter().all(|a| TcpStream::connect(a).is_ok())
            && UnixStream::connect(self.dir.path().join("admin.sock")).is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _told = kill_process(pid, Signal::TERM);
        }
        let _ended = self.child.wait();
    }
}

/// What a command would ask, without the time that a command takes to start. One question a connection.
pub(crate) struct Administration {
    socket: UnixStream,
}

impl Administration {
    /// Asks; the answer must be a success.
    pub(crate) fn ask(mut self, question: &Value) -> Value {
        let question = question.to_string();
        let asked = self.socket.write_all(question.as_bytes()).and_then(|()| self.socket.shutdown(Shutdown::Write));
        asked.expect("the server listens");
        let mut answer = String::new();
        self.socket.read_to_string(&mut answer).expect("the server answers");
        let answer: Value = serde_json::from_str(&answer).expect("an answer in JSON");
        answer.get("Ok").unwrap_or_else(|| panic!("{question}: {answer}")).clone()
    }

    /// Revokes all app passwords of an account.
    pub(crate) fn revoke_all(self, login: &str) -> Revoked {
        let asked = now();
        let answer = self.ask(&json!({ "ask": "app-password-revoke-all", "login": login }));
        let returned = now();
        let closed = answer["connections_closed"].as_u64().unwrap_or_else(|| panic!("{answer}"));
        Revoked { asked, returned, closed }
    }
}

/// A revoke: when it was asked for, when it returned, and how many connections it says it closed.
pub(crate) struct Revoked {
    pub(crate) asked: f64,
    pub(crate) returned: f64,
    pub(crate) closed: u64,
}

/// A client that makes a full handshake each time, and leaves no choice of how: it costs every server the same.
fn trust(certificate: &CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("a certificate");
    let provider = CryptoProvider {
        cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256],
        kx_groups: vec![aws_lc_rs::kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// The throttle's limits are out of reach: it is not what is measured.
fn configuration(dir: &Path, upstream: SocketAddr, listening: [SocketAddr; 5], options: &ServerOptions) -> String {
    let [clear, tls, http, portal, ldap] = listening;
    let hash_kib = options.hash_kib;
    // As many as by default, or everybody: of two halves the older one is forgotten when the younger is full.
    let remembered = (options.accounts * 5 / 2).max(200_000);
    let d = dir.display();
    format!(
        r#"[server]
data_dir = "."
log = "warn"
[policy]
admin_may_create = true
[throttle]
account_burst = 1000000000
account_per_hour = 1000000000
network_burst = 1000000000
network_per_hour = 1000000000
guess_burst = 1000000000
guess_per_hour = 1000000000
[accounts]
default_domain = "example.org"
password_hash_kib = {hash_kib}
remembered = {remembered}
[tls]
certificate = "cert.pem"
key = "key.pem"
[imap]
listen_after_tls = ["{clear}"]
listen_tls = ["{tls}"]
upstream = "{upstream}"
master_user = "gateway"
master_secret_file = "master"
connections_per_account = 20000
lobby_per_network = 20000
lobby = 20000
[http]
listen = ["{http}"]
[portal]
address = "https://localhost:4443"
listen_after_tls = ["{portal}"]
[ldap]
base = "dc=example,dc=org"
listen = ["{ldap}"]
[[dovecot_auth]]
listen = ["unix:{d}/auth"]
[[saslauthd]]
listen = ["unix:{d}/mux"]
"#
    )
}

/// Writes a file that nobody else may read.
pub(crate) fn private_file(path: &Path, text: &str) {
    private(path).write_all(text.as_bytes()).expect("the file is written");
}

fn private(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).expect("a file")
}
