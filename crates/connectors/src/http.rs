//! HTTP: for servers that ask by a subrequest. Bare hyper, since one such answer costs less than a framework around it.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use valetkey_accounts::gate::NoSocket;
use valetkey_accounts::{Accounts, Attempt, Place, Places, SignIn, Stop};
use valetkey_domain::{BootTime, Clock, LoginName, Service};
use valetkey_wire::basic;

use crate::Peers;

/// The most of a request's head that is read: room for the longest credentials and a browser's cookies.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long a request's head may take to arrive, and how long a connection may idle between two.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// What a server is told to wait before it asks again during an outage.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");
/// How long nothing more is said of surplus connections once it was said: whoever makes them does not fill the log.
const SURPLUS_SILENCE: Duration = Duration::from_secs(1);

/// How many refusals of one network wait for the end of their delay. Each keeps the server that asks waiting, and its
/// connections are for everybody: what is more is answered on the next beat, and no later.
const WAITING_PER_NETWORK: usize = 64;

/// The most connections unless told otherwise: far more than the servers that ask keep, refusals that wait included, and
/// at most 128 MiB of heads.
pub const CONNECTIONS_MAX: usize = 4096;

/// How the HTTP connector is to work.
pub struct Settings {
    /// The service for which it asks, where a request does not say.
    pub service: Service,
    /// The realm that apps show when they ask for a password.
    pub realm: String,
    /// Whose word on the client's address is taken.
    pub peers: Peers,
    /// The most connections, of all listeners together. What is more is closed at once.
    pub connections_max: usize,
    /// By which it is not said too often that there are too many.
    pub clock: Arc<dyn Clock>,
}

/// The HTTP connector: answers `GET /forward-auth`.
pub struct Connector {
    accounts: Arc<Accounts>,
    service: Service,
    challenge: HeaderValue,
    peers: Peers,
    connections: Arc<Places>,
    waiting: Arc<Places>,
    surplus: Surplus,
    clock: Arc<dyn Clock>,
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
        let Settings { service, peers, connections_max, clock, .. } = settings;
        let connections = Places::new(usize::MAX, connections_max);
        let waiting = Places::new(WAITING_PER_NETWORK, connections_max / 2);
        Arc::new(Self { accounts, service, challenge, peers, connections, waiting, surplus: Surplus::default(), clock })
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
                Ok((stream, peer)) => match self.connections.enter(None) {
                    Some(place) => {
                        tokio::spawn(Arc::clone(&self).serve(stream, peer, place, stop.clone()));
                    }
                    None if self.surplus.is_to_be_said(self.clock.boot_time()) => {
                        tracing::warn!(%peer, "too many connections to the HTTP connector: what is more is closed");
                    }
                    None => {}
                },
                Err(error) => {
                    tracing::error!(%error, "connections cannot be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, _place: Place, mut stop: Stop) {
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
        let network = client(&self.peers, request.headers(), peer.ip());
        // Malformed or another scheme: no attempt was made, and the app is told how to make one.
        let Ok(credentials) = basic::parse(header.as_bytes()) else {
            tracing::debug!(%peer, ?network, "a request whose Authorization header cannot be read was turned away");
            return self.unauthorized();
        };
        let headers = |name: &'static str| request.headers().get_all(name).iter().filter_map(|v| v.to_str().ok());
        let attempt = Attempt {
            login: &credentials.login,
            acting_for: None,
            secret: &credentials.secret,
            service: self.service,
            network,
            tls: headers("x-forwarded-proto").next() == Some("https"),
            client: headers("user-agent").next(),
        };
        match self.accounts.sign_in_app(&attempt, Arc::new(NoSocket)).await {
            SignIn::Accepted(accepted) => allowed(&accepted.login),
            SignIn::Refused(refusal) => {
                // A subrequest has to be answered: where an app gets no answer, this one comes after the longest delay. Where
                // too many of one network wait already, it comes on the next beat: a connection kept costs more than a read.
                match self.waiting.enter(network) {
                    Some(_place) => drop(refusal.settle().await),
                    None => refusal.settle_promptly().await,
                }
                self.unauthorized()
            }
            // Revoked between its check and its answer: that is no wrong password, and the next attempt is refused.
            SignIn::Cut | SignIn::Broken(_) => unavailable(),
        }
    }

    fn unauthorized(&self) -> Answer {
        let mut answer = status(StatusCode::UNAUTHORIZED);
        answer.headers_mut().insert(WWW_AUTHENTICATE, self.challenge.clone());
        answer
    }
}

/// When it was last said that there are too many connections.
#[derive(Default)]
struct Surplus(Mutex<Option<BootTime>>);

impl Surplus {
    fn is_to_be_said(&self, now: BootTime) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last + SURPLUS_SILENCE <= now);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

/// The client's own address. `Client-IP` is only looked at where `X-Forwarded-For` is missing: a server that writes the
/// second lets the first pass as the client sent it.
fn client(peers: &Peers, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
    let name = if headers.contains_key("x-forwarded-for") { "x-forwarded-for" } else { "client-ip" };
    // What is no text is no address either, and hides what stands before it.
    peers.client(peer, headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()))
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

/// Listens on an address; port 0 takes a free one.
pub fn bind(address: SocketAddr) -> impl Future<Output = std::io::Result<TcpListener>> {
    TcpListener::bind(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(headers: &[(&'static str, &[u8])]) -> Option<String> {
        let peers = Peers::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).expect("a value"));
        }
        client(&peers, &map, IpAddr::from([127, 0, 0, 1])).map(|address| address.to_string())
    }

    #[test]
    fn client_ip_counts_only_where_nothing_else_is_said() {
        let (one, other) = (&b"198.51.100.7"[..], &b"203.0.113.9"[..]);
        assert_eq!(known(&[("x-forwarded-for", one)]).as_deref(), Some("198.51.100.7"));
        assert_eq!(known(&[("client-ip", one)]).as_deref(), Some("198.51.100.7"));
        assert_eq!(known(&[("x-forwarded-for", one), ("client-ip", other)]).as_deref(), Some("198.51.100.7"));
        assert_eq!(known(&[("client-ip", other), ("x-forwarded-for", b"unknown")]), None);
        assert_eq!(known(&[]), None);
    }

    #[test]
    fn what_is_no_text_hides_what_stands_before_it() {
        let forged = ("x-forwarded-for", &b"203.0.113.9"[..]);
        assert_eq!(known(&[forged, ("x-forwarded-for", b"\xff")]), None);
    }

    #[test]
    fn of_surplus_connections_one_line_a_second_is_said() {
        let surplus = Surplus::default();
        let said: Vec<u64> = (0..25)
            .map(|tenth| tenth * 100_000)
            .filter(|at| surplus.is_to_be_said(BootTime::from_micros(*at)))
            .collect();
        assert_eq!(said, [0, 1_000_000, 2_000_000]);
    }
}
