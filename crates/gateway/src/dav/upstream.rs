//! The server behind: a connection for each request, dropped after it (decision 20).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use valetkey_accounts::gate::OpenUse;

use super::body::Upward;
use super::exchange::Exchange;
use super::socket::{Channel, Location, Socket};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Why a request could not be taken upstream.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    #[error("the upstream cannot be reached")]
    Unreachable(#[source] io::Error),
    #[error("the upstream did not answer")]
    Unanswered(#[source] hyper::Error),
    #[error("the upstream was silent for too long")]
    Silent,
    #[error("the app was signed out meanwhile")]
    Cut,
}

/// Takes a request upstream on a connection of its own; gives the answer's head, with its body to come.
pub(super) async fn ask(
    location: &Location,
    request: Request<Upward>,
    exchange: &Arc<Exchange>,
    open: &OpenUse,
    idle: Duration,
) -> Result<Response<Incoming>, UpstreamError> {
    let connecting = tokio::time::timeout(CONNECT_TIME, Socket::connect(location));
    let connected = connecting.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let socket = Arc::new(connected.map_err(UpstreamError::Unreachable)?);
    open.attach(|| exchange.attach(Arc::clone(&socket))).map_err(|_| UpstreamError::Cut)?;
    let channel = TokioIo::new(Channel::new(socket, idle));
    let (mut sender, connection) = http1::Builder::new().handshake(channel).await.map_err(UpstreamError::Unanswered)?;
    let end = Arc::clone(&exchange.end);
    let carrying = tokio::spawn(async move {
        // How it ended is told by the answer's body.
        end.bound(idle, async { drop(connection.await) }).await;
    });
    let answered = sender.send_request(request).await;
    answered.map_err(|error| match (exchange.end.is_asked(), carrying.is_finished() && error.is_canceled()) {
        (true, _) => UpstreamError::Cut,
        (false, true) => UpstreamError::Silent,
        (false, false) => UpstreamError::Unanswered(error),
    })
}
