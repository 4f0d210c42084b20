//! The servers behind: which one has what is an account's, and how it is connected to. The same for mail and for calendars and
//! contacts.

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
use valetkey_domain::{LoginName, Service};
use zeroize::Zeroizing;

use crate::listener::keep_alive;

/// How long connecting to one address may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How often it is looked whether servers answer.
const LOOK: Duration = Duration::from_secs(30);

/// How an address of a server behind is connected to.
pub trait Reach: fmt::Display {
    /// What a connection to it is.
    type Socket: Send;

    /// Connects, for as long as that takes.
    fn reach(&self) -> impl Future<Output = io::Result<Self::Socket>> + Send;
}

impl Reach for SocketAddr {
    type Socket = TcpStream;

    async fn reach(&self) -> io::Result<TcpStream> {
        let socket = TcpStream::connect(self).await?;
        socket.set_nodelay(true)?;
        // A machine can go without a word; this one cannot go without us.
        if !self.ip().is_loopback() {
            keep_alive(&socket)?;
        }
        Ok(socket)
    }
}

/// A server behind the gateway, at one address or at several that are equal.
pub struct Upstream<A, T> {
    addresses: Vec<Address<A>>,
    connections: Arc<Places>,
    pub(crate) tls: Option<UpstreamTls>,
    pub(crate) proxy_protocol: bool,
    pub(crate) terms: T,
}

/// How a server behind is connected to.
pub struct UpstreamSettings<A, T> {
    /// Where it is: each is tried in turn, those first that answered last time.
    pub addresses: Vec<A>,
    /// Encrypts the connection, and checks the server's certificate.
    pub tls: Option<UpstreamTls>,
    /// Whether each connection begins with a header of the PROXY protocol, version 2: then TLS follows, if there is any.
    pub proxy_protocol: bool,
    /// The most connections at a time.
    pub connections: usize,
    /// On which terms it lets the gateway act for everybody.
    pub terms: T,
}

/// A mail server behind.
pub type MailUpstream = Upstream<SocketAddr, MailTerms>;

/// On which terms a mail server lets the gateway act for everybody.
pub struct MailTerms {
    /// The name of the master user, who may act for everybody; empty where the server takes the gateway's word.
    pub master_user: String,
    /// The master user's secret.
    pub master_secret: Zeroizing<Vec<u8>>,
    /// Whether the client's own address is handed on, as the protocol does it. The server must trust the gateway's.
    pub forward_client: bool,
}

/// TLS towards a server behind.
#[derive(Clone)]
pub struct UpstreamTls {
    /// Whom to trust.
    pub config: Arc<ClientConfig>,
    /// Whose certificate it must be.
    pub name: ServerName<'static>,
}

struct Address<A> {
    at: A,
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

impl<A: Reach, T> Upstream<A, T> {
    /// A server that nobody has connected to yet.
    pub fn new(settings: UpstreamSettings<A, T>) -> Arc<Self> {
        let UpstreamSettings { addresses, tls, proxy_protocol, connections, terms } = settings;
        let address = |at| Address { at, answers: AtomicBool::new(true), is_used: AtomicBool::new(false) };
        let addresses = addresses.into_iter().map(address).collect();
        let connections = Places::new(usize::MAX, connections);
        Arc::new(Self { addresses, connections, tls, proxy_protocol, terms })
    }

    /// A connection, and the place that it takes up. Only connecting is tried again: what was said once is not repeated.
    pub(crate) async fn connect(&self) -> Result<(A::Socket, Place), ConnectError> {
        let place = self.connections.enter(None).ok_or(ConnectError::Full)?;
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let (first, then): (Vec<_>, Vec<_>) = self.addresses.iter().partition(|a| a.answers.load(Ordering::Relaxed));
        for address in first.into_iter().chain(then) {
            match address.reach().await {
                Ok(socket) => {
                    address.is_used.store(true, Ordering::Relaxed);
                    return Ok((socket, place));
                }
                Err(error) => last = error,
            }
        }
        Err(ConnectError::Unreachable(last))
    }

    /// Looks every half minute, until `stop`, whether the addresses answer to which nobody has connected meanwhile: so that
    /// it is said before somebody's app says it, and an address that has come back is used again.
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

impl<A: Reach> Address<A> {
    /// Connects, and notes whether it answers.
    async fn reach(&self) -> io::Result<A::Socket> {
        let connected = match tokio::time::timeout(CONNECT_TIME, self.at.reach()).await {
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

/// Which server behind has what is an account's: the first route that fits, or else the usual one.
pub struct Upstreams<A, T> {
    /// For some accounts or services only.
    pub routes: Vec<Route<A, T>>,
    /// For everything else.
    pub usual: Arc<Upstream<A, T>>,
}

/// What is on another server.
pub struct Route<A, T> {
    /// Of the accounts with these canonical login names,
    pub accounts: Vec<LoginName>,
    /// or of those of these domains, in lower case; of everybody's if neither has any.
    pub domains: Vec<String>,
    /// What these services ask for; everything if there are none.
    pub services: Vec<Service>,
    /// That server.
    pub upstream: Arc<Upstream<A, T>>,
}

impl<A, T> Upstreams<A, T> {
    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = &Arc<Upstream<A, T>>> {
        self.routes.iter().map(|route| &route.upstream).chain([&self.usual])
    }

    /// Where a service finds what is an account's, by its canonical login name.
    pub(crate) fn of(&self, login: &str, service: Service) -> &Arc<Upstream<A, T>> {
        self.first(|route| route.is_of(login) && (route.services.is_empty() || route.services.contains(&service)))
    }

    /// Where an account is at home, whichever services are elsewhere.
    pub(crate) fn home(&self, login: &str) -> &Arc<Upstream<A, T>> {
        self.first(|route| route.is_of(login) && route.services.is_empty())
    }

    fn first(&self, fits: impl Fn(&Route<A, T>) -> bool) -> &Arc<Upstream<A, T>> {
        self.routes.iter().find(|route| fits(route)).map_or(&self.usual, |route| &route.upstream)
    }
}

impl<A, T> Route<A, T> {
    fn is_of(&self, login: &str) -> bool {
        let domain = login.rsplit_once('@').map(|(_, domain)| domain);
        let is_everybodys = self.accounts.is_empty() && self.domains.is_empty();
        is_everybodys
            || self.accounts.iter().any(|account| account.as_str() == login)
            || domain.is_some_and(|domain| self.domains.iter().any(|d| d == domain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where nobody is.
    struct Nowhere;

    impl fmt::Display for Nowhere {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("nowhere")
        }
    }

    impl Reach for Nowhere {
        type Socket = ();

        async fn reach(&self) -> io::Result<()> {
            Err(io::ErrorKind::ConnectionRefused.into())
        }
    }

    fn upstream(terms: u8) -> Arc<Upstream<Nowhere, u8>> {
        let addresses = vec![Nowhere, Nowhere];
        Upstream::new(UpstreamSettings { addresses, tls: None, proxy_protocol: false, connections: 1, terms })
    }

    #[test]
    fn the_first_route_that_fits_an_account_and_a_service_counts() {
        let route = |account: Option<&str>, domain: Option<&str>, service: Option<Service>, terms| Route {
            accounts: account.map(LoginName::from_canonical).into_iter().collect(),
            domains: domain.map(str::to_owned).into_iter().collect(),
            services: service.into_iter().collect(),
            upstream: upstream(terms),
        };
        let upstreams = Upstreams {
            routes: vec![
                route(None, Some("a.example"), Some(Service::CardDav), 1),
                route(Some("eve@a.example"), None, None, 2),
                route(None, Some("a.example"), None, 3),
                route(None, None, Some(Service::CalDav), 4),
            ],
            usual: upstream(0),
        };
        let of = |login: &str| {
            let services = [Service::CardDav, Service::CalDav].map(|service| upstreams.of(login, service).terms);
            (services, upstreams.home(login).terms)
        };
        assert_eq!(of("ada@a.example"), ([1, 3], 3));
        assert_eq!(of("eve@a.example"), ([1, 2], 2));
        assert_eq!(of("bob@b.example"), ([0, 4], 0));
        assert_eq!(of("a.example"), ([0, 4], 0), "that is no domain of it");
        assert_eq!(of("ada@x.a.example"), ([0, 4], 0));
    }

    #[tokio::test]
    async fn there_are_no_more_connections_than_there_may_be() {
        let upstream = upstream(0);
        let place = upstream.connections.enter(None);
        assert!(matches!(upstream.connect().await, Err(ConnectError::Full)));
        drop(place);
        assert!(matches!(upstream.connect().await, Err(ConnectError::Unreachable(_))));
        assert!(upstream.connections.enter(None).is_some(), "what could not be connected takes no place");
    }
}
