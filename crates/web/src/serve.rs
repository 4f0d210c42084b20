//! Connections: TLS, limits, and handing each request to the router.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use valetkey_accounts::{Lasting, Place, Places, Stop, UnderWay};

use crate::Portal;
use crate::visit::Peer;

/// The most of a request's head that is read.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long a handshake, or a request's head, may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most connections, and of one network.
const CONNECTIONS_MAX: usize = 4096;
const CONNECTIONS_PER_NETWORK: usize = 256;

impl Portal {
    /// Serves the connections of a listener until `stop`, and requests that are under way then to their end, for as long
    /// as `time`. Without `tls` it is for a proxy on this machine, whose word on the browser's address is taken.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        mut stop: Stop,
        time: Duration,
    ) {
        let places = Places::new(CONNECTIONS_PER_NETWORK, CONNECTIONS_MAX);
        let (router, under_way) = (self.router(), UnderWay::new());
        loop {
            let taken = tokio::select! {
                biased;
                taken = listener.accept() => taken,
                () = stop.asked() => break,
            };
            match taken {
                Ok((stream, peer)) => {
                    let network = tls.is_some().then_some(peer.ip());
                    let Some(place) = places.enter(network) else { continue };
                    let guest = Guest { stream, peer, _place: place, _lasting: under_way.begin() };
                    tokio::spawn(guest.serve(tls.clone(), router.clone(), stop.clone()));
                }
                Err(error) => {
                    tracing::error!(%error, "connections to the portal cannot be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(listener);
        if !under_way.end(time).await {
            tracing::warn!("some requests to the portal are still under way: they are broken off now");
        }
    }
}

/// A browser's connection, with its place.
struct Guest {
    stream: TcpStream,
    peer: SocketAddr,
    _place: Place,
    _lasting: Lasting,
}

impl Guest {
    async fn serve(self, tls: Option<Arc<ServerConfig>>, router: Router, mut stop: Stop) {
        let Self { stream, peer, .. } = self;
        // Without it an answer may wait for the other side's acknowledgement; that it cannot be set costs only that.
        drop(stream.set_nodelay(true));
        let at = Peer { address: peer.ip().to_canonical(), is_proxy: tls.is_none() };
        let Some(tls) = tls else { return serve(stream, at, router, stop).await };
        let handshake = tokio::select! {
            handshake = tokio::time::timeout(PATIENCE, TlsAcceptor::from(tls).accept(stream)) => handshake,
            // Nothing has been asked yet.
            () = stop.asked() => return,
        };
        match handshake {
            Ok(Ok(stream)) => serve(stream, at, router, stop).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake failed"),
            Err(_) => tracing::debug!(%peer, "a handshake took too long"),
        }
    }
}

async fn serve<S>(stream: S, peer: Peer, router: Router, mut stop: Stop)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let told = stop.clone();
    let answer = service_fn(move |request: Request<Incoming>| {
        let (router, mut request) = (router.clone(), request.map(axum::body::Body::new));
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(told.clone());
        router.oneshot(request)
    });
    let connection = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.asked() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(peer = %peer.address, %error, "a connection to the portal ended");
    }
}
