//! The running server: every part started in order, and stopped in order.

mod acme;
mod dav;
mod front;
mod upstream;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{Accounts, Stop, Stopper};
use valetkey_connectors::acme::FileError;
use valetkey_connectors::door::{Access, Door, Location};
use valetkey_connectors::ldap::{MalformedBase, Tree};
use valetkey_connectors::{Peers, Rules, dovecot, http, ldap, saslauthd};
use valetkey_domain::Service;
use valetkey_gateway::{CertificateError, ListenError, Listener};
use valetkey_web::Postman;
use zeroize::Zeroizing;

use crate::admin::{AdminSocket, SocketError};
use crate::assembly::{self, AssemblyError};
use crate::clock::SystemClock;
use crate::config::{Address, Config, Listen, Portal, SecretFile};
use crate::cores::Cores;
use crate::inherited::Inherited;
use crate::letters::{self, LettersError};
use crate::other_servers;

/// How often it is looked, while the server stops, which connections are at rest.
const DRAIN_LOOK: Duration = Duration::from_millis(50);
/// How long closed connections may take to end.
const END_TIME: Duration = Duration::from_secs(5);

/// A server that runs.
pub(crate) struct Server {
    pub(crate) accounts: Arc<Accounts>,
    /// Where it listens; ports that were left open are known here.
    pub(crate) addresses: Addresses,
    /// Stops what takes connections and questions.
    doors: Stopper,
    open_doors: Vec<JoinHandle<()>>,
    /// Where connections live.
    cores: Cores,
    /// Stops the background work, last of all.
    caretaker_stop: Stopper,
    caretaker: JoinHandle<()>,
    shutdown: Duration,
}

/// Where a server listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) fronts: HashMap<Service, FrontAddresses>,
    pub(crate) dav: Vec<SocketAddr>,
    pub(crate) dav_after_tls: Vec<SocketAddr>,
    pub(crate) http: Vec<Location>,
    pub(crate) portal: Vec<SocketAddr>,
    pub(crate) dovecot_auth: Vec<Location>,
    pub(crate) saslauthd: Vec<Location>,
    pub(crate) ldap: Vec<Location>,
    pub(crate) ldap_tls: Vec<Location>,
}

/// Where one of the gateway's protocols listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct FrontAddresses {
    pub(crate) clear: Vec<SocketAddr>,
    pub(crate) tls: Vec<SocketAddr>,
    pub(crate) after_tls: Vec<SocketAddr>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    #[error("[mail]")]
    Letters(#[from] LettersError),
    #[error("[tls]")]
    Certificate(#[from] CertificateError),
    #[error("[acme]")]
    Acme(#[from] FileError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("cannot listen on {0}")]
    Door(Location, #[source] io::Error),
    #[error("http.nginx_mail.master_secret_file has a secret that is no line of text, which HTTP cannot hand on")]
    SecretIsNoText,
    #[error("a thread for connections cannot be started")]
    Thread(#[source] io::Error),
    #[error("ldap.base")]
    Base(#[source] MalformedBase),
    #[error("[{0}] has no certificate")]
    NoCertificate(&'static str),
    #[error("{0}")]
    Unusable(String),
}

impl StartError {
    /// Whether starting again later may help.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Assembly(error) => error.is_temporary(),
            Self::Listen(_) | Self::Door(..) | Self::Thread(_) => true,
            Self::Letters(LettersError::Secret(error)) => error.is_temporary(),
            Self::Letters(_)
            | Self::Certificate(_)
            | Self::Acme(_)
            | Self::Socket(_)
            | Self::NoCertificate(_)
            | Self::Unusable(_)
            | Self::SecretIsNoText
            | Self::Base(_) => false,
        }
    }
}

/// Every connection takes two descriptors. Where no more are allowed it works, for fewer connections.
pub(crate) fn raise_descriptor_limit() {
    let files = getrlimit(Resource::Nofile);
    let _raised = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum });
}

/// The runtime that everything asynchronous runs on.
pub(crate) fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("valetkey").build()
}

impl Server {
    /// Starts every part. When this returns, every address is listened on.
    pub(crate) fn start(config: &Config, runtime: &Runtime) -> Result<Self, StartError> {
        let opened = assembly::open_accounts(config, assembly::oauth_clients(config)?)?;
        let accounts = opened.accounts;
        let _inside = runtime.enter();
        let (doors, stop) = Stopper::new();
        let (caretaker_stop, stopped) = Stopper::new();
        let cores = Cores::start().map_err(StartError::Thread)?;
        let mut doors_to_open = Doors {
            config,
            accounts: &accounts,
            stop: &stop,
            open: Vec::new(),
            addresses: Addresses::default(),
            runtime,
            inherited: Inherited::take(),
        };
        let tls = doors_to_open.certificates()?;
        doors_to_open.fronts(tls.as_ref(), &cores)?;
        doors_to_open.dav(tls.as_deref(), &cores)?;
        doors_to_open.http(&cores)?;
        doors_to_open.dovecot_auth(&cores)?;
        doors_to_open.saslauthd(&cores)?;
        doors_to_open.ldap(tls.clone(), &cores)?;
        if let Some(portal) = &config.portal {
            doors_to_open.portal(portal, tls)?;
        }
        let Doors { open: mut open_doors, addresses, inherited, .. } = doors_to_open;
        inherited.complain_of_what_is_left();
        let socket = AdminSocket::bind(&config.admin_socket())?;
        if let Some(sign_outs) = other_servers::teller(config, &accounts)? {
            open_doors.push(tokio::spawn(sign_outs.run(stop.clone())));
        }
        let shutdown = Duration::from_secs(config.server.shutdown_s);
        open_doors.push(tokio::spawn(socket.run(Arc::clone(&accounts), stop, shutdown)));
        let caretaker = tokio::spawn(opened.caretaker.run(stopped));
        tracing::info!(
            store = %accounts.store().shown(), dav = ?addresses.dav, dav_after_tls = ?addresses.dav_after_tls,
            http = %Listed(&addresses.http),
            portal = ?addresses.portal, dovecot_auth = %Listed(&addresses.dovecot_auth),
            saslauthd = %Listed(&addresses.saslauthd), ldap = %Listed(&addresses.ldap),
            ldap_tls = %Listed(&addresses.ldap_tls),
            admin = %config.admin_socket().display(), "started"
        );
        Ok(Self { accounts, addresses, doors, open_doors, cores, caretaker_stop, caretaker, shutdown })
    }

    /// Takes no more connections, closes those that are open with a farewell once what is under way on them has come to its
    /// end, writes down what is in memory and gives the store back.
    pub(crate) fn stop(self, runtime: &Runtime) {
        let Self { accounts, cores, doors, open_doors, caretaker_stop, caretaker, shutdown, .. } = self;
        tracing::info!("stopping");
        doors.stop();
        let closing = Arc::clone(&accounts);
        runtime.block_on(async {
            let shut = async {
                for door in open_doors {
                    // A door that panicked is shut too.
                    drop(door.await);
                }
            };
            tokio::join!(shut, drain(&accounts, shutdown));
            let cut = tokio::task::spawn_blocking(move || closing.gate().cut_everything(CutReason::ShuttingDown)).await;
            tracing::info!(connections = cut.unwrap_or(0), "every connection was closed");
            let emptied = async {
                while accounts.gate().uses() > 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            if tokio::time::timeout(END_TIME, emptied).await.is_err() {
                tracing::warn!(left = accounts.gate().uses(), "some connections have not ended in time");
            }
            caretaker_stop.stop();
            drop(caretaker.await);
        });
        cores.stop();
        accounts.store().custody().leave();
        tracing::info!("stopped");
    }
}

/// Closes connections as soon as nothing is under way on them, for as long as `time`.
async fn drain(accounts: &Arc<Accounts>, time: Duration) {
    let drained = async {
        loop {
            let closing = Arc::clone(accounts);
            let cut = tokio::task::spawn_blocking(move || closing.gate().cut_at_rest(CutReason::ShuttingDown)).await;
            tracing::debug!(connections = cut.unwrap_or(0), "connections at rest were closed");
            if accounts.gate().uses() == 0 {
                return;
            }
            tokio::time::sleep(DRAIN_LOOK).await;
        }
    };
    if tokio::time::timeout(time, drained).await.is_err() {
        tracing::warn!(left = accounts.gate().uses(), "some connections are still busy: they are closed now");
    }
}

/// What takes connections, while it is put together.
struct Doors<'a> {
    config: &'a Config,
    accounts: &'a Arc<Accounts>,
    stop: &'a Stop,
    open: Vec<JoinHandle<()>>,
    addresses: Addresses,
    runtime: &'a Runtime,
    inherited: Inherited,
}

impl Doors<'_> {
    /// Takes an app's connections on every processor, by sockets that were handed over where there are some. Gives the
    /// addresses with the ports that they took.
    fn listen_on<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        listen: &[Address],
        cores: &Cores,
        run: impl Fn(Listener, Stop) -> F,
    ) -> Result<Vec<SocketAddr>, StartError> {
        let mut addresses = Vec::with_capacity(listen.len());
        for address in listen {
            let (address, inherited) = match self.inherited.find(**address) {
                Some(inherited) => (**address, Some(inherited)),
                None => (Listener::reserve(**address)?, None),
            };
            for core in cores.each() {
                let _inside = core.enter();
                let listener = match &inherited {
                    Some(inherited) => Listener::adopt(inherited)?,
                    None => Listener::bind(address)?,
                };
                self.open.push(core.spawn(run(listener, self.stop.clone())));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    fn http(&mut self, cores: &Cores) -> Result<(), StartError> {
        let http = &self.config.http;
        let secret = |file: &SecretFile| assembly::read_secret(self.config, file);
        let mut callers = Vec::with_capacity(http.callers.len());
        for (name, file) in &http.callers {
            callers.push(http::Caller { name: name.clone(), secret: secret(file)? });
        }
        let settings = http::Settings {
            rules: rules(Some(http.service), false),
            realm: http.realm.clone(),
            peers: Peers::new(http.trusted_peers.clone()),
            callers,
            nginx_mail: nginx_mail(self.config)?,
            advice: http.advice.clone(),
            identity_encoding: http.identity_encoding.into(),
            takes_tokens: self.config.issuer().is_some(),
            connections_max: http.connections,
        };
        let connector = http::Connector::new(Arc::clone(self.accounts), settings);
        let access = Access { mode: http.mode, group: http.group };
        let run = |door, stop| Arc::clone(&connector).run(door, stop);
        self.addresses.http = self.serve(&http.listen, access, cores, run)?;
        Ok(())
    }

    fn dovecot_auth(&mut self, cores: &Cores) -> Result<(), StartError> {
        for one in &self.config.dovecot_auth {
            let rules = rules(one.service, one.only_canonical);
            let peers = Peers::new(one.trusted_peers.clone());
            let (advice, connections_max) = (one.advice.clone(), one.connections);
            let settings = dovecot::Settings { rules, peers, advice, issuer: self.config.issuer(), connections_max };
            let connector = dovecot::Connector::new(Arc::clone(self.accounts), settings);
            let access = Access { mode: one.mode, group: one.group };
            let run = |door, stop| Arc::clone(&connector).run(door, stop);
            let locations = self.serve(&one.listen, access, cores, run)?;
            self.addresses.dovecot_auth.extend(locations);
        }
        Ok(())
    }

    fn saslauthd(&mut self, cores: &Cores) -> Result<(), StartError> {
        for one in &self.config.saslauthd {
            let rules = rules(one.service, one.only_canonical);
            let connector = saslauthd::Connector::new(Arc::clone(self.accounts), rules, one.connections);
            let access = Access { mode: one.mode, group: one.group };
            let run = |door, stop| Arc::clone(&connector).run(door, stop);
            let locations = self.serve(&one.listen, access, cores, run)?;
            self.addresses.saslauthd.extend(locations);
        }
        Ok(())
    }

    fn ldap(&mut self, tls: Option<Arc<ServerConfig>>, cores: &Cores) -> Result<(), StartError> {
        let Some(config) = &self.config.ldap else { return Ok(()) };
        let mut readers = Vec::with_capacity(config.readers.len());
        for (name, file) in &config.readers {
            readers.push(ldap::Reader { name: name.clone(), secret: assembly::read_secret(self.config, file)? });
        }
        let settings = ldap::Settings {
            rules: rules(Some(config.service), false),
            tree: Tree::new(&config.base)
                .map_err(StartError::Base)?
                .in_domain(self.config.accounts.default_domain.clone()),
            readers,
            tls,
            in_clear: config.in_clear,
            entries_max: config.entries,
            connections_max: config.connections,
        };
        let connector = ldap::Connector::new(Arc::clone(self.accounts), settings);
        let access = Access { mode: config.mode, group: config.group };
        let run = |begin| {
            let connector = Arc::clone(&connector);
            move |door, stop| Arc::clone(&connector).run(door, begin, stop)
        };
        self.addresses.ldap = self.serve(&config.listen, access, cores, run(ldap::Begin::Clear))?;
        self.addresses.ldap_tls = self.serve(&config.listen_tls, access, cores, run(ldap::Begin::Tls))?;
        Ok(())
    }

    /// Opens doors and serves each on one of the processors in turn: a connection stays where it was taken. Gives where they
    /// are, with the ports that they took.
    fn serve<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        listen: &[Listen],
        access: Access,
        cores: &Cores,
        run: impl Fn(Door, Stop) -> F,
    ) -> Result<Vec<Location>, StartError> {
        let taken = self.addresses.ldap.len()
            + self.addresses.http.len()
            + self.addresses.dovecot_auth.len()
            + self.addresses.saslauthd.len();
        let mut locations = Vec::with_capacity(listen.len());
        for (listen, core) in listen.iter().zip(cores.in_turn().skip(taken)) {
            let _inside = core.enter();
            let opened = Door::open(&listen.0, access).and_then(|door| Ok((door.location()?, door)));
            let (location, door) = opened.map_err(|error| StartError::Door(listen.0.clone(), error))?;
            locations.push(location);
            self.open.push(core.spawn(run(door, self.stop.clone())));
        }
        Ok(locations)
    }

    fn portal(&mut self, portal: &Portal, tls: Option<Arc<ServerConfig>>) -> Result<(), StartError> {
        let settings = assembly::portal_settings(self.config, portal);
        let mail = letters::settings(self.config, &settings)?;
        let postman = Postman::new(Arc::clone(self.accounts), settings.clone(), mail).map_err(LettersError::from)?;
        self.open.push(tokio::spawn(postman.run(self.stop.clone())));
        let service = valetkey_web::Portal::new(Arc::clone(self.accounts), settings);
        let time = Duration::from_secs(self.config.server.shutdown_s);
        for (listen, tls) in [(&portal.listen_tls, tls), (&portal.listen_after_tls, None)] {
            for address in listen {
                let (listener, bound) = self.listen(**address)?;
                self.addresses.portal.push(bound);
                let (service, stop) = (Arc::clone(&service), self.stop.clone());
                self.open.push(tokio::spawn(service.run(listener, tls.clone(), stop, time)));
            }
        }
        Ok(())
    }

    fn listen(&self, address: SocketAddr) -> Result<(TcpListener, SocketAddr), ListenError> {
        let listen_error = |source| ListenError { address, source };
        let listener = self.runtime.block_on(TcpListener::bind(address)).map_err(listen_error)?;
        let bound = listener.local_addr().map_err(listen_error)?;
        Ok((listener, bound))
    }
}

/// Where nginx's mail proxy is sent, with the master user's secret.
fn nginx_mail(config: &Config) -> Result<http::NginxMail, StartError> {
    let mail = &config.http.nginx_mail;
    let master = match mail.master_user.clone().zip(mail.master_secret_file.as_ref()) {
        Some((user, file)) => {
            let secret = assembly::read_secret(config, file)?;
            let text = std::str::from_utf8(&secret).ok().filter(|text| !text.contains(char::is_control));
            let secret = Zeroizing::new(text.ok_or(StartError::SecretIsNoText)?.to_owned());
            Some(http::Behind { user, secret, separator: mail.separator })
        }
        None => None,
    };
    let key = mail.key_file.as_ref().map(|file| assembly::read_secret(config, file)).transpose()?;
    let address = |address: Option<Address>| address.map(|address| address.0);
    Ok(http::NginxMail { imap: address(mail.imap), pop3: address(mail.pop3), smtp: address(mail.smtp), master, key })
}

fn rules(service: Option<Service>, only_canonical: bool) -> Rules {
    Rules { service, only_canonical, clock: Arc::new(SystemClock) }
}

/// Where something listens, for the log: `[/run/valetkey/auth, 127.0.0.1:12345]`.
struct Listed<'a>(&'a [Location]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Location::to_string).collect();
        write!(f, "[{}]", all.join(", "))
    }
}

/// Tells systemd, if it listens, that connections are served.
pub(crate) fn tell_ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::debug!(%error, "systemd cannot be told that the server is ready");
    }
}

/// From now on SIGTERM and SIGINT give the word to stop, whenever it is waited for. SIGHUP changes nothing: certificates
/// are read again by themselves.
pub(crate) fn stop_on_signals(runtime: &Runtime) -> io::Result<Stop> {
    let _inside = runtime.enter();
    let [mut terminate, mut interrupt, mut hangup] =
        [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?];
    // Without anybody who waits for it, a file that meets a limit on its size would end the process; with somebody, the
    // write fails like any other.
    let file_too_large = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
    let (stopper, stop) = Stopper::new();
    runtime.spawn(async move {
        let _file_too_large = file_too_large;
        loop {
            tokio::select! {
                _ = terminate.recv() => stopper.stop(),
                _ = interrupt.recv() => stopper.stop(),
                _ = hangup.recv() => tracing::info!("nothing to do on SIGHUP: certificates are read again by themselves"),
            }
        }
    });
    Ok(stop)
}
