//! Calendars and contacts: HTTP in front of servers that believe who it is told somebody is.
//!
//! Each request signs in, goes upstream on a connection of its own, and is a use: when its app password is revoked it ends
//! at once, in whichever direction bytes move. `request` is the way of one from its head to its answer, `exchange` what a
//! cut closes.

mod answer;
mod body;
mod connection;
mod exchange;
mod headers;
mod layout;
mod request;
mod socket;
mod streams;
mod upstream;

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use valetkey_accounts::{Accounts, Place, Places, Stop, UnderWay};
use valetkey_domain::{Network, Service};
use valetkey_wire::http_auth::Challenges;
pub use valetkey_wire::identity::IdentityEncoding;

use crate::listener::Listener;
use crate::proxied;
use crate::upstream::Upstreams;
use connection::{Connection, Kind, Whose};
use exchange::End;
pub use layout::Layout;
pub use socket::Location;
use socket::{Channel, Socket};
use streams::Streams;
pub use upstream::{DavUpstream, Terms};

/// The most of a request's head that is read.
const HEAD_BYTES_MAX: u32 = 32 * 1024;
/// What of a connection is kept on its way: one piece of a body, or a request's head.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long a handshake or a request's head may take, and how long a connection may idle between two requests.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// Requests at a time on one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;
/// How long a client has to answer that it is still there, on HTTP/2.
const PING_TIME: Duration = Duration::from_secs(20);
/// How many refusals wait for the end of their delay, of one network and in all: each keeps a connection.
const WAITING_PER_NETWORK: usize = 64;
const WAITING: usize = 2048;
/// How HTTP/2 begins (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How the gateway is to work.
pub struct Settings {
    /// The servers behind.
    pub upstreams: Upstreams<Location, Terms>,
    /// Proxies in front, whose connections begin with a header of the PROXY protocol.
    pub proxies: Vec<Network>,
    /// The realm that apps show when they ask for a password.
    pub realm: String,
    /// What an app's owner is told when it sent something that is no app password. One line.
    pub advice: String,
    /// Whether access tokens are taken beside app passwords.
    pub takes_tokens: bool,
    /// Its limits.
    pub limits: Limits,
}

/// Limits, each with a default that a household or a firm never meets.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of one network that have not signed in.
    pub lobby_per_network: usize,
    /// Connections that have not signed in, of all networks.
    pub lobby: usize,
    /// Requests under way and connections of one account.
    pub connections_per_account: usize,
    /// How long a request may stand still: neither side says or takes anything.
    pub idle: Duration,
    /// How long requests get to end when the server stops.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lobby_per_network: 100,
            lobby: 10_000,
            connections_per_account: 100,
            idle: Duration::from_secs(300),
            stop: Duration::from_secs(10),
        }
    }
}

/// How a listener's connections begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With TLS.
    Tls,
    /// In clear from a proxy on this machine that has ended TLS already, which says for whom it asks: by the PROXY protocol, or
    /// else in a header of each request.
    AfterTls,
}

/// The gateway.
pub struct Gateway {
    accounts: Arc<Accounts>,
    tls: Option<TlsAcceptor>,
    settings: Settings,
    challenges: Challenges,
    lobby: Arc<Places>,
    /// Where refusals wait.
    waiting: Arc<Places>,
}

impl Gateway {
    /// A gateway that listens nowhere yet. Without `tls` it is for [`Begin::AfterTls`] alone.
    pub fn new(accounts: Arc<Accounts>, tls: Option<&ServerConfig>, settings: Settings) -> Arc<Self> {
        let tls = tls.map(|config| {
            let mut config = config.clone();
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            TlsAcceptor::from(Arc::new(config))
        });
        let lobby = Places::new(settings.limits.lobby_per_network, settings.limits.lobby);
        let waiting = Places::new(WAITING_PER_NETWORK, WAITING);
        let challenges = Challenges::new(&settings.realm, settings.takes_tokens);
        Arc::new(Self { accounts, tls, settings, challenges, lobby, waiting })
    }

    /// Serves the connections of a listener until `stop`, and then for a while those that are under way.
    pub async fn run(self: Arc<Self>, listener: Listener, begin: Begin, stop: Stop) {
        let under_way = UnderWay::new();
        let serve = |stream: TcpStream, peer: SocketAddr| {
            let is_proxied = proxied::must_say(&self.settings.proxies, peer);
            let whose = if begin == Begin::Tls { Whose::AnApps(Some(peer.ip())) } else { Whose::AProxys };
            let network = (begin == Begin::Tls && !is_proxied).then(|| peer.ip());
            let Some(place) = self.place(network, peer) else { return };
            let (gateway, stop, begun) = (Arc::clone(&self), stop.clone(), under_way.begin());
            tokio::spawn(async move {
                if is_proxied {
                    gateway.serve_proxied(stream, peer, begin, place, stop).await;
                } else {
                    gateway.serve(Arrived { stream, peer, whose }, begin, place, stop).await;
                }
                drop(begun);
            });
        };
        listener.run(stop.clone(), serve).await;
        under_way.end(self.settings.limits.stop).await;
    }

    /// A place in the lobby, if there is one.
    fn place(&self, network: Option<IpAddr>, peer: SocketAddr) -> Option<Place> {
        let place = self.lobby.enter(network);
        if place.is_none() {
            let network = peer.ip().to_canonical();
            tracing::info!(%network, "too many connections that have not signed in: one was closed");
        }
        place
    }

    /// A connection that a proxy in front hands on: it says first whose it is.
    async fn serve_proxied(
        self: Arc<Self>,
        mut stream: TcpStream,
        proxy: SocketAddr,
        begin: Begin,
        place: Place,
        stop: Stop,
    ) {
        let Some(client) = proxied::client(&mut stream, proxy, HEAD_TIME, Service::Dav).await else { return };
        drop(place);
        let (network, peer) = (client.map(|client| client.ip()), client.unwrap_or(proxy));
        if let Some(place) = self.place(network, peer) {
            self.serve(Arrived { stream, peer, whose: Whose::AnApps(network) }, begin, place, stop).await;
        }
    }

    /// From a connection's first byte to its last.
    async fn serve(self: Arc<Self>, arrived: Arrived, begin: Begin, lobby: Place, stop: Stop) {
        let Arrived { stream, peer, whose } = arrived;
        let socket = Arc::new(Socket::Tcp(stream));
        let mut channel = Channel::new(Arc::clone(&socket), self.settings.limits.idle);
        let connection = |is_http2| Connection::new(socket, peer, Kind { whose, is_http2 }, lobby);
        match (begin, &self.tls) {
            (Begin::Tls, Some(tls)) => {
                let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIME, tls.accept(channel)).await else {
                    tracing::debug!(%peer, "a handshake failed, or took too long");
                    return;
                };
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.speak(stream, connection(is_http2), is_http2, stop).await;
            }
            (Begin::Tls, None) => tracing::error!("a listener with TLS has no certificate"),
            (Begin::AfterTls, _) => {
                let Ok(Ok(is_http2)) = tokio::time::timeout(HEAD_TIME, channel.begins_with(PREFACE)).await else {
                    return;
                };
                self.speak(channel, connection(is_http2), is_http2, stop).await;
            }
        }
    }

    async fn speak<S>(self: Arc<Self>, stream: S, connection: Arc<Connection>, is_http2: bool, stop: Stop)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TokioIo::new(stream);
        let peer = connection.peer;
        let ended = if is_http2 {
            self.speak_http2(stream, connection, stop).await
        } else {
            self.speak_http1(stream, connection, stop).await
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection ended");
        }
    }

    async fn speak_http1<S>(
        self: Arc<Self>,
        stream: TokioIo<S>,
        connection: Arc<Connection>,
        mut stop: Stop,
    ) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let answer = service_fn(|request: Request<Incoming>| {
            Arc::clone(&self).answer(Arc::clone(&connection), End::counting(connection.passed()), request)
        });
        let speaking = http1::Builder::new()
            .max_buf_size(BUFFER_BYTES_MAX)
            .max_header_size(HEAD_BYTES_MAX as usize)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(stream, answer);
        let mut speaking = pin!(speaking);
        tokio::select! {
            ended = speaking.as_mut() => ended,
            () = stop.asked() => {
                speaking.as_mut().graceful_shutdown();
                speaking.await
            }
        }
    }

    async fn speak_http2<S>(
        self: Arc<Self>,
        stream: TokioIo<S>,
        connection: Arc<Connection>,
        mut stop: Stop,
    ) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let streams = Streams::new(self.settings.limits.idle);
        let answer = service_fn(|request: Request<Incoming>| {
            Arc::clone(&self).answer(Arc::clone(&connection), streams.begin(connection.passed()), request)
        });
        let speaking = http2::Builder::new(streams.clone())
            .timer(TokioTimer::new())
            .max_header_list_size(HEAD_BYTES_MAX)
            .max_concurrent_streams(STREAMS_MAX)
            .max_send_buf_size(BUFFER_BYTES_MAX)
            .keep_alive_interval(HEAD_TIME)
            .keep_alive_timeout(PING_TIME)
            .serve_connection(stream, answer);
        let mut speaking = pin!(speaking);
        tokio::select! {
            ended = speaking.as_mut() => return ended,
            () = stop.asked() => {
                speaking.as_mut().graceful_shutdown();
                return speaking.await;
            }
            () = connection.idles(HEAD_TIME) => speaking.as_mut().graceful_shutdown(),
        }
        // Whoever does not take a farewell goes without.
        tokio::time::timeout(HEAD_TIME, speaking).await.unwrap_or(Ok(()))
    }
}

/// A connection that has just come.
struct Arrived {
    stream: TcpStream,
    peer: SocketAddr,
    whose: Whose,
}
