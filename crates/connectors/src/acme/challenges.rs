//! Answers of HTTP-01 (RFC 8555, section 8.3): by them the ACME server sees that a name leads here.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use valetkey_accounts::{Place, Places, Stop};
use valetkey_domain::Clock;

use crate::door::{Door, Stream};
use crate::impatient::Impatient;

/// Where the ACME server asks.
const PATH: &str = "/.well-known/acme-challenge/";
/// The most of a request's head that is read: room for a browser that wants the portal.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long a request's head may take to arrive, and how long a connection may idle between two.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The most connections, and of one network: what comes here stays for one request.
const CONNECTIONS_MAX: usize = 512;
const CONNECTIONS_PER_NETWORK: usize = 32;

/// What is answered while an order is open. Everything else is sent to the portal, or not found.
pub struct Challenges {
    /// What proves each token.
    proofs: Mutex<HashMap<String, String>>,
    portal: Option<HeaderValue>,
    places: Arc<Places>,
    clock: Arc<dyn Clock>,
}

type Answer = Response<Full<Bytes>>;

impl Challenges {
    /// With nothing to prove yet. `portal` is the portal's address.
    pub fn new(portal: Option<&str>, clock: Arc<dyn Clock>) -> Arc<Self> {
        let portal = portal.and_then(|address| HeaderValue::from_str(address).ok());
        let places = Places::new(CONNECTIONS_PER_NETWORK, CONNECTIONS_MAX);
        Arc::new(Self { proofs: Mutex::default(), portal, places, clock })
    }

    /// Serves the connections of a door until `stop`.
    pub async fn run(self: Arc<Self>, door: Door, stop: Stop) {
        let stopping = stop.clone();
        let serve = |stream, _, place| {
            drop(tokio::spawn(Arc::clone(&self).serve(stream, place, stopping.clone())));
        };
        door.run(&self.places, &*self.clock, stop, serve).await;
    }

    /// From now on a token is answered.
    pub(super) fn prove(&self, token: String, proof: String) {
        self.proofs().insert(token, proof);
    }

    /// Nothing is to be proved any more.
    pub(super) fn forget(&self) {
        self.proofs().clear();
    }

    fn proofs(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>, stream: Stream, _place: Place, mut stop: Stop) {
        let answer = service_fn(|request: Request<Incoming>| {
            let answer = self.answer(request.method(), request.uri().path());
            async move { Ok::<_, Infallible>(answer) }
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
            tracing::debug!(%error, "a connection to the challenges' door ended");
        }
    }

    fn answer(&self, method: &Method, path: &str) -> Answer {
        let is_reading = matches!(*method, Method::GET | Method::HEAD);
        let mut answer = Response::new(Full::default());
        match (path.strip_prefix(PATH), &self.portal) {
            _ if !is_reading => *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED,
            (Some(token), _) => match self.proofs().get(token) {
                Some(proof) => {
                    let kind = HeaderValue::from_static("application/octet-stream");
                    answer.headers_mut().insert(CONTENT_TYPE, kind);
                    *answer.body_mut() = Full::from(proof.clone());
                }
                None => *answer.status_mut() = StatusCode::NOT_FOUND,
            },
            // To its front page: nothing of what was sent here in clear is sent on.
            (None, Some(portal)) => {
                *answer.status_mut() = StatusCode::FOUND;
                answer.headers_mut().insert(LOCATION, portal.clone());
            }
            (None, None) => *answer.status_mut() = StatusCode::NOT_FOUND,
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use valetkey_testkit::FixedClock;

    use super::*;

    async fn said(challenges: &Challenges, method: Method, path: &str) -> (u16, String, String) {
        let answer = challenges.answer(&method, path);
        let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("it is there").to_bytes();
        (status, to, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_token_is_answered_while_its_order_is_open_and_everything_else_goes_to_the_portal() {
        let clock = Arc::new(FixedClock::new());
        let challenges = Challenges::new(Some("https://accounts.example.org"), clock.clone());
        let path = format!("{PATH}abc");
        let nothing = |status: u16| (status, String::new(), String::new());
        assert_eq!(said(&challenges, Method::GET, &path).await, nothing(404));
        challenges.prove("abc".into(), "abc.thumb".into());
        assert_eq!(said(&challenges, Method::GET, &path).await, (200, String::new(), "abc.thumb".into()));
        assert_eq!(said(&challenges, Method::POST, &path).await, nothing(405));
        assert_eq!(said(&challenges, Method::GET, &format!("{path}d")).await, nothing(404));
        let portal = (302, "https://accounts.example.org".to_owned(), String::new());
        assert_eq!(said(&challenges, Method::GET, "/").await, portal);
        assert_eq!(said(&challenges, Method::GET, "/.well-known/acme-challenge").await, portal);
        challenges.forget();
        assert_eq!(said(&challenges, Method::GET, &path).await, nothing(404));
        assert_eq!(said(&Challenges::new(None, clock), Method::GET, "/").await, nothing(404));
    }
}
