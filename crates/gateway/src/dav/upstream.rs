//! The servers behind: a connection for each request, dropped after it (decision 20).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use valetkey_accounts::gate::OpenUse;
use valetkey_wire::identity::IdentityEncoding;
use valetkey_wire::proxied;

use super::body::Upward;
use super::connection::Connection;
use super::exchange::Exchange;
use super::layout::Layout;
use super::socket::{Channel, Location};
use crate::upstream::{ConnectError, Upstream};

/// How long what comes before a request may take: a header of the PROXY protocol, and TLS.
const BEGIN_TIME: Duration = Duration::from_secs(10);

/// A server behind.
pub type DavUpstream = Upstream<Location, Terms>;

/// On which terms a server takes the gateway's word for who somebody is, and how it lays homes out.
#[derive(Clone, Debug)]
pub struct Terms {
    /// By which header it is told who is signed in.
    pub identity_header: HeaderName,
    /// How it reads there what is not ASCII.
    pub identity_encoding: IdentityEncoding,
    /// What is in a home.
    pub layout: Layout,
}

/// Why a request could not be taken upstream.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the upstream cannot be reached by TLS, or is not the one that it should be")]
    Unsafe(#[source] io::Error),
    #[error("the upstream did not answer")]
    Unanswered(#[source] hyper::Error),
    #[error("the upstream was silent for too long")]
    Silent,
    #[error("the app was signed out meanwhile")]
    Cut,
}

/// From where a request comes: on which connection, and from which network if that is known.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) connection: &'a Connection,
    pub(super) network: Option<IpAddr>,
}

/// A connection on which a request can be said.
enum Begun {
    InClear(Channel),
    ByTls(Box<TlsStream<Channel>>),
}

/// Takes a request upstream on a connection of its own; gives the answer's head, with its body to come.
pub(super) async fn ask(
    upstream: &DavUpstream,
    request: Request<Upward>,
    exchange: &Arc<Exchange>,
    open: &OpenUse,
    origin: Origin<'_>,
    idle: Duration,
) -> Result<Response<Incoming>, UpstreamError> {
    let (socket, place) = upstream.connect().await?;
    let socket = Arc::new(socket);
    open.attach(|| exchange.attach(Arc::clone(&socket), place)).map_err(|_| UpstreamError::Cut)?;
    let mut channel = Channel::new(socket, idle);
    let unsafe_or_cut = |error| if exchange.end.is_asked() { UpstreamError::Cut } else { UpstreamError::Unsafe(error) };
    let header = if upstream.proxy_protocol { origin.header() } else { Ok(Vec::new()) };
    let begin = async {
        channel.write_all(&header?).await?;
        let Some(tls) = &upstream.tls else { return Ok(Begun::InClear(channel)) };
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        connector.connect(tls.name.clone(), channel).await.map(|stream| Begun::ByTls(Box::new(stream)))
    };
    let begun = tokio::time::timeout(BEGIN_TIME, begin).await;
    match begun.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(unsafe_or_cut)? {
        Begun::InClear(channel) => converse(channel, request, exchange, idle).await,
        Begun::ByTls(stream) => converse(stream, request, exchange, idle).await,
    }
}

/// Asks one thing, and gives the beginning of what is answered.
async fn converse<S>(
    stream: S,
    request: Request<Upward>,
    exchange: &Arc<Exchange>,
    idle: Duration,
) -> Result<Response<Incoming>, UpstreamError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shaken = http1::Builder::new().handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(UpstreamError::Unanswered)?;
    let end = Arc::clone(&exchange.end);
    let carrying = tokio::spawn(async move {
        // How it ended is told by the answer's body.
        end.bound(idle, async { drop(connection.await) }).await;
    });
    let error = match sender.send_request(request).await {
        Ok(answered) => return Ok(answered),
        Err(error) => error,
    };
    let is_ended = carrying.is_finished();
    // With it goes the request: what the app is still saying of it is heard by whoever answers.
    drop(carrying.await);
    Err(match (exchange.end.is_asked(), is_ended && error.is_canceled()) {
        (true, _) => UpstreamError::Cut,
        (false, true) => UpstreamError::Silent,
        (false, false) => UpstreamError::Unanswered(error),
    })
}

impl Origin<'_> {
    /// What tells a server behind, by the PROXY protocol, where the client is; or that nobody knows.
    fn header(self) -> io::Result<Vec<u8>> {
        let Some(network) = self.network else { return Ok(proxied::own_header()) };
        let client = SocketAddr::new(network, self.connection.port());
        Ok(proxied::header(client, self.connection.arrived_at()?))
    }
}
