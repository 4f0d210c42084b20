//! HTTP: for servers that ask by a request. Bare hyper, since one such answer costs less than a framework around it.
//!
//! | path | who asks |
//! |---|---|
//! | `GET /forward-auth`, `/forward-auth/SERVICE` | nginx's `auth_request`, Caddy's `forward_auth`, Traefik's `ForwardAuth` |
//! | `GET /nginx-mail` | nginx's mail proxy (`auth_http`) |
//! | `POST /token`, `/token/SERVICE` | Dovecot and Radicale, by OAuth's password grant |
//! | `POST /check` | everything else |

mod callers;
mod check;
mod forward_auth;
mod grant;
mod nginx_mail;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use valetkey_accounts::{Accounts, Answer as Said, Place, Places, Stop};
use valetkey_domain::Service;
use valetkey_wire::http_auth::Challenges;
use zeroize::Zeroizing;

pub use callers::Caller;
use callers::Callers;
pub use nginx_mail::{Behind, NginxMail};
pub use valetkey_wire::identity::IdentityEncoding;

use crate::Peers;
use crate::desk::{Desk, Question, Rules, Verdict};
use crate::door::{Door, Stream};
use crate::impatient::Impatient;

/// The most of a request's head that is read: room for the longest credentials and a browser's cookies.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// The most of a request's body that is read.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// How long a request's head may take to arrive, and how long a connection may idle between two.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// How long a request's body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
/// What a server is told to wait before it asks again during an outage.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The most connections unless told otherwise: far more than the servers that ask keep, refusals that wait included, and
/// at most 128 MiB of heads.
pub const CONNECTIONS_MAX: usize = 4096;

/// How the HTTP connector is to work.
pub struct Settings {
    /// How questions are to be understood. The service is that of a path which names none.
    pub rules: Rules,
    /// The realm that apps show when they ask for a password.
    pub realm: String,
    /// Whose word on the client's address is taken.
    pub peers: Peers,
    /// Who may ask. If nobody is named, everybody who reaches the connector.
    pub callers: Vec<Caller>,
    /// Where nginx's mail proxy is sent.
    pub nginx_mail: NginxMail,
    /// What an app's owner is told when it sent something that is no app password. One line.
    pub advice: String,
    /// How what stands behind reads a login name that is not ASCII, in the header of a forward-auth's yes.
    pub identity_encoding: IdentityEncoding,
    /// Whether forward-auth takes access tokens beside app passwords.
    pub takes_tokens: bool,
    /// The most connections, of all listeners together. What is more is closed at once.
    pub connections_max: usize,
}

/// The HTTP connector.
pub struct Connector {
    desk: Desk,
    /// For which service a path asks that names none.
    service: Service,
    challenges: Challenges,
    identity_encoding: IdentityEncoding,
    peers: Peers,
    callers: Callers,
    nginx_mail: NginxMail,
    advice: String,
    places: Arc<Places>,
}

type Answer = Response<Full<Bytes>>;

/// Who asks: the peer's address, or nothing for whoever may open the socket's file.
type Peer = Option<IpAddr>;

impl Connector {
    /// A connector that listens nowhere yet. The realm must be printable; what is not is left out.
    pub fn new(accounts: Arc<Accounts>, settings: Settings) -> Arc<Self> {
        let Settings {
            rules,
            realm,
            peers,
            callers,
            nginx_mail,
            advice,
            identity_encoding,
            takes_tokens,
            connections_max,
        } = settings;
        Arc::new(Self {
            service: rules.service.unwrap_or(Service::Http),
            // Each path says which.
            desk: Desk::new(accounts, Rules { service: None, ..rules }),
            challenges: Challenges::new(&realm, takes_tokens),
            identity_encoding,
            peers,
            callers: Callers::new(callers),
            nginx_mail,
            advice,
            places: Places::new(usize::MAX, connections_max),
        })
    }

    /// Serves the connections of a door until `stop`.
    pub async fn run(self: Arc<Self>, door: Door, stop: Stop) {
        let (places, clock) = (Arc::clone(&self.places), Arc::clone(&self.desk.clock));
        let stopping = stop.clone();
        let serve = |stream, peer, place| {
            drop(tokio::spawn(Arc::clone(&self).serve(stream, peer, place, stopping.clone())));
        };
        door.run(&places, &*clock, stop, serve).await;
    }

    async fn serve(self: Arc<Self>, stream: Stream, peer: Option<SocketAddr>, _place: Place, mut stop: Stop) {
        let answer = service_fn(|request| {
            let connector = Arc::clone(&self);
            async move { Ok::<_, Infallible>(connector.answer(request, peer.map(|peer| peer.ip())).await) }
        });
        let connection = http1::Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(Impatient::new(stream)), answer);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.asked() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(?peer, %error, "a connection ended");
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Answer {
        let path = request.uri().path();
        let (place, service) = match path.get(1..).and_then(|rest| rest.split_once('/')) {
            Some((place, name)) => match name.parse() {
                Ok(service) => (place, service),
                Err(_) => return status(StatusCode::NOT_FOUND),
            },
            None => (path.get(1..).unwrap_or_default(), self.service),
        };
        match (place, request.method()) {
            ("forward-auth", _) => self.forward_auth(&request, service, peer).await,
            ("nginx-mail", &Method::GET) => self.nginx_mail(&request, peer).await,
            ("token", &Method::POST) => self.grant(request, service).await,
            ("check", &Method::POST) => self.check(request, peer).await,
            ("nginx-mail" | "token" | "check", _) => status(StatusCode::METHOD_NOT_ALLOWED),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// Decides, and for a refusal waits until it may be said.
    async fn decided(&self, question: &Question<'_>) -> Decided {
        match self.desk.decide(question).await {
            Verdict::Accepted(accepted) => Decided::Accepted(accepted.login),
            Verdict::Refused(refusal) => {
                Decided::Refused(Desk::settle(self.desk.waiting(), refusal, question.network).await)
            }
            Verdict::OutOfPlace => Decided::Refused(Said::No),
            Verdict::Broken => Decided::Broken,
        }
    }

    /// The client's own address, by what the server that asks says. Whoever may open the socket's file is believed.
    fn client<'a>(&self, peer: Peer, said: impl IntoIterator<Item = &'a str>) -> Option<IpAddr> {
        match peer {
            Some(peer) => self.peers.client(peer, said),
            None => Peers::nearest(said),
        }
    }
}

/// How a question came out.
enum Decided {
    Accepted(valetkey_domain::LoginName),
    Refused(Said),
    Broken,
}

/// A body, if it is there in time and not too long.
async fn body(request: Request<Incoming>) -> Result<Zeroizing<Vec<u8>>, Answer> {
    let read = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_TIME, read).await {
        Ok(Ok(body)) => Ok(Zeroizing::new(body.to_bytes().into())),
        Ok(Err(_)) => Err(status(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => Err(status(StatusCode::REQUEST_TIMEOUT)),
    }
}

/// The fields of a form; the last of two with one name counts nothing, so that nobody reads another than we do.
struct Form(Vec<(Zeroizing<String>, Zeroizing<String>)>);

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let owned = |text: std::borrow::Cow<'_, str>| Zeroizing::new(text.into_owned());
        Self(form_urlencoded::parse(bytes).map(|(name, value)| (owned(name), owned(value))).collect())
    }

    /// A field's text; an absent one is empty.
    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found.as_str() == name).map_or("", |(_, value)| value)
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unavailable() -> Answer {
    let mut answer = status(StatusCode::SERVICE_UNAVAILABLE);
    answer.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    answer
}

fn status(code: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = code;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn json(code: StatusCode, value: &serde_json::Value) -> Answer {
    let mut answer = status(code);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *answer.body_mut() = Full::from(value.to_string());
    answer
}
