//! The servers behind: which one an account's mail is on, and how it is connected to.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use valetkey_accounts::{Place, Places, Stop};
use valetkey_domain::LoginName;
use zeroize::Zeroizing;

use crate::listener::keep_alive;

/// How long connecting to one address may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How often it is looked whether servers answer.
const LOOK: Duration = Duration::from_secs(30);

/// A server behind the gateway, at one address or at several that are equal.
pub struct Upstream {
    addresses: Vec<Address>,
    settings: UpstreamSettings,
    connections: Arc<Places>,
}

/// How a server behind is connected and signed in to.
pub struct UpstreamSettings {
    /// Where it is: each is tried in turn, those first that answered last time.
    pub addresses: Vec<SocketAddr>,
    /// Encrypts the connection, and checks the server's certificate.
    pub tls: Option<UpstreamTls>,
    /// The name of the master user, who may act for everybody; empty where the server takes the gateway's word.
    pub master_user: String,
    /// The master user's secret.
    pub master_secret: Zeroizing<Vec<u8>>,
    /// Whether the client's own address is handed on, as the protocol does it. The server must trust the gateway's.
    pub forward_client: bool,
    /// Whether each connection begins with a header of the PROXY protocol, version 2: then TLS follows, if there is any.
    pub proxy_protocol: bool,
    /// The most connections at a time.
    pub connections: usize,
}

/// TLS towards a server behind.
#[derive(Clone)]
pub struct UpstreamTls {
    /// Whom to trust.
    pub config: Arc<ClientConfig>,
    /// Whose certificate it must be.
    pub name: ServerName<'static>,
}

struct Address {
    at: SocketAddr,
    /// Whether the last connection came about.
    answers: AtomicBool,
    /// Whether somebody has connected since it was last looked.
    is_used: AtomicBool,
}

/// Why there is no connection to a server behind.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// It has as many as it may have.
    Full,
    /// None of its addresses can be reached.
    Unreachable(io::Error),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the upstream has as many connections as it may have",
            Self::Unreachable(_) => "the upstream cannot be reached",
        })
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Full => None,
            Self::Unreachable(error) => Some(error),
        }
    }
}

impl Upstream {
    /// A server that nobody has connected to yet.
    pub fn new(settings: UpstreamSettings) -> Arc<Self> {
        let at = |at: &SocketAddr| Address { at: *at, answers: AtomicBool::new(true), is_used: AtomicBool::new(false) };
        let connections = Places::new(usize::MAX, settings.connections);
        Arc::new(Self { addresses: settings.addresses.iter().map(at).collect(), settings, connections })
    }

    pub(crate) fn settings(&self) -> &UpstreamSettings {
        &self.settings
    }

    /// A connection, and the place that it takes up. Only connecting is tried again: what was said once is not repeated.
    pub(crate) async fn connect(&self) -> Result<(TcpStream, Place), ConnectError> {
        let place = self.connections.enter(None).ok_or(ConnectError::Full)?;
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let (first, then): (Vec<_>, Vec<_>) = self.addresses.iter().partition(|a| a.answers.load(Ordering::Relaxed));
        for address in first.into_iter().chain(then) {
            match address.connect().await {
                Ok(socket) => return Ok((socket, place)),
                Err(error) => last = error,
            }
        }
        Err(ConnectError::Unreachable(last))
    }
}

impl Upstream {
    /// Looks every half minute, until `stop`, whether the addresses answer to which nobody has connected meanwhile: so that
    /// it is said before somebody's mail app says it, and an address that has come back is used again.
    pub async fn watch(self: Arc<Self>, mut stop: Stop) {
        loop {
            for address in self.addresses.iter().filter(|address| !address.is_used.swap(false, Ordering::Relaxed)) {
                // What became of it is noted.
                drop(address.reach().await);
            }
            if !stop.pause(LOOK).await {
                return;
            }
        }
    }
}

impl Address {
    async fn connect(&self) -> io::Result<TcpStream> {
        let socket = self.reach().await?;
        self.is_used.store(true, Ordering::Relaxed);
        socket.set_nodelay(true)?;
        // A machine can go without a word; this one cannot go without us.
        if !self.at.ip().is_loopback() {
            keep_alive(&socket)?;
        }
        Ok(socket)
    }

    /// Connects, and notes whether it answers.
    async fn reach(&self) -> io::Result<TcpStream> {
        let connected = match tokio::time::timeout(CONNECT_TIME, TcpStream::connect(self.at)).await {
            Ok(connected) => connected,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let answered = self.answers.swap(connected.is_ok(), Ordering::Relaxed);
        match &connected {
            Ok(_) if !answered => tracing::info!(address = %self.at, "an upstream answers again"),
            Err(error) if answered => tracing::warn!(address = %self.at, %error, "an upstream does not answer"),
            _ => {}
        }
        connected
    }
}

/// Which server behind whose mail is on: the first route that fits, or else the usual one.
pub struct Upstreams {
    /// For some accounts only.
    pub routes: Vec<Route>,
    /// For everybody else.
    pub usual: Arc<Upstream>,
}

/// Accounts whose mail is on another server.
pub struct Route {
    /// Their canonical login names.
    pub accounts: Vec<LoginName>,
    /// Or the domains of these, in lower case.
    pub domains: Vec<String>,
    /// That server.
    pub upstream: Arc<Upstream>,
}

impl Upstreams {
    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.routes.iter().map(|route| &route.upstream).chain([&self.usual])
    }

    pub(crate) fn of(&self, login: &LoginName) -> &Arc<Upstream> {
        let domain = login.as_str().rsplit_once('@').map(|(_, domain)| domain);
        let fits = |route: &&Route| {
            route.accounts.contains(login) || domain.is_some_and(|domain| route.domains.iter().any(|d| d == domain))
        };
        self.routes.iter().find(fits).map_or(&self.usual, |route| &route.upstream)
    }
}
