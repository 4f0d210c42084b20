//! HTTP: for servers that ask by a subrequest. Bare hyper, since one such answer costs less than a framework around it.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use valetkey_accounts::gate::{CutReason, Sever};
use valetkey_accounts::{Accounts, Attempt, SignIn, Stop};
use valetkey_domain::{LoginName, Service};
use valetkey_wire::basic;

use crate::Peers;

/// The most of a request's head that is read: room for the longest credentials and a browser's cookies.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long a request's head may take to arrive, and how long a connection may idle between two.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// What a server is told to wait before it asks again during an outage.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// How the HTTP connector is to work.
pub struct Settings {
    /// The service for which it asks, where a request does not say.
    pub service: Service,
    /// The realm that apps show when they ask for a password.
    pub realm: String,
    /// Whose word on the client's address is taken.
    pub peers: Peers,
}

/// The HTTP connector: answers `GET /forward-auth`.
pub struct Connector {
    accounts: Arc<Accounts>,
    service: Service,
    challenge: HeaderValue,
    peers: Peers,
}

type Answer = Response<Empty<Bytes>>;

impl Connector {
    /// A connector that listens nowhere yet. The realm must be printable; what is not is left out.
    pub fn new(accounts: Arc<Accounts>, settings: Settings) -> Arc<Self> {
        let realm: String = settings
            .realm
            .chars()
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .filter(|c| !"\"\\".contains(*c))
            .collect();
        let challenge = HeaderValue::try_from(format!("Basic realm=\"{realm}\", charset=\"UTF-8\""))
            .expect("printable characters make a header");
        Arc::new(Self { accounts, service: settings.service, challenge, peers: settings.peers })
    }

    /// Serves the connections of a listener until `stop`.
    pub async fn run(self: Arc<Self>, listener: TcpListener, mut stop: Stop) {
        loop {
            let taken = tokio::select! {
                biased;
                taken = listener.accept() => taken,
                () = stop.asked() => return,
            };
            match taken {
                Ok((stream, peer)) => {
                    tokio::spawn(Arc::clone(&self).serve(stream, peer, stop.clone()));
                }
                Err(error) => {
                    tracing::error!(%error, "connections cannot be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, mut stop: Stop) {
        // Without it an answer may wait for the other side's acknowledgement; that it cannot be set costs only that.
        drop(stream.set_nodelay(true));
        let answer = service_fn(|request| {
            let connector = Arc::clone(&self);
            async move { Ok::<_, Infallible>(connector.answer(&request, peer).await) }
        });
        let connection = http1::Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
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
            tracing::debug!(%peer, %error, "a connection ended");
        }
    }

    async fn answer(&self, request: &Request<Incoming>, peer: SocketAddr) -> Answer {
        match request.uri().path() {
            "/forward-auth" => self.forward_auth(request, peer).await,
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// The question that nginx's `auth_request`, Caddy's `forward_auth` and Traefik's `ForwardAuth` ask.
    async fn forward_auth(&self, request: &Request<Incoming>, peer: SocketAddr) -> Answer {
        let Some(header) = request.headers().get(AUTHORIZATION) else { return self.unauthorized() };
        // Malformed or another scheme: no attempt was made, and the app is told how to make one.
        let Ok(credentials) = basic::parse(header.as_bytes()) else { return self.unauthorized() };
        let headers = |name: &'static str| request.headers().get_all(name).iter().filter_map(|v| v.to_str().ok());
        let attempt = Attempt {
            login: &credentials.login,
            acting_for: None,
            secret: &credentials.secret,
            service: self.service,
            network: self.client(request, peer.ip()),
            tls: headers("x-forwarded-proto").next() == Some("https"),
            client: headers("user-agent").next(),
        };
        match self.accounts.sign_in_app(&attempt, Arc::new(NoSocket)).await {
            SignIn::Accepted(accepted) => allowed(&accepted.login),
            // Revoked between its check and its answer: that is no wrong password, and the next attempt is refused.
            SignIn::Cut => unavailable(),
            SignIn::Refused(refusal) => {
                // A subrequest has to be answered: where others get no answer, this one has waited longest.
                refusal.settle().await;
                self.unauthorized()
            }
            SignIn::Broken(_) => unavailable(),
        }
    }

    /// The client's own address. `Client-IP` is only looked at where `X-Forwarded-For` is missing: a server that writes the
    /// second lets the first pass as the client sent it.
    fn client(&self, request: &Request<Incoming>, peer: IpAddr) -> Option<IpAddr> {
        let forwarded = request.headers().contains_key("x-forwarded-for");
        let name = if forwarded { "x-forwarded-for" } else { "client-ip" };
        let said = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
        self.peers.client(peer, said)
    }

    fn unauthorized(&self) -> Answer {
        let mut answer = status(StatusCode::UNAUTHORIZED);
        answer.headers_mut().insert(WWW_AUTHENTICATE, self.challenge.clone());
        answer
    }
}

fn allowed(login: &LoginName) -> Answer {
    let Ok(name) = HeaderValue::from_bytes(login.as_str().as_bytes()) else { return unavailable() };
    let mut answer = status(StatusCode::OK);
    answer.headers_mut().insert("remote-user", name.clone());
    answer.headers_mut().insert("x-remote-user", name);
    answer
}

fn unavailable() -> Answer {
    let mut answer = status(StatusCode::SERVICE_UNAVAILABLE);
    answer.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    answer
}

fn status(code: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() = code;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A question and its answer is all that such a use is: there is no socket of an app to close.
struct NoSocket;

impl Sever for NoSocket {
    fn sever(&self, _: Option<CutReason>) {}
}

/// Listens on an address; port 0 takes a free one.
pub fn bind(address: SocketAddr) -> impl Future<Output = std::io::Result<TcpListener>> {
    TcpListener::bind(address)
}
