//! What the gateway answers by itself.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes};

use valetkey_domain::Service;
use valetkey_domain::oauth::scope_for;
use valetkey_wire::http_auth::Challenges;
use valetkey_wire::sasl::SecretKind;

use super::body::BodyError;

/// An answer, with its body as it comes.
pub(super) type Answer = Response<UnsyncBoxBody<Bytes, BodyError>>;

/// What an app is told to wait before it asks again during an outage.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");
const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// What there is at the root and, where the gateway answers for them, at homes.
const METHODS: HeaderValue = HeaderValue::from_static("OPTIONS, PROPFIND");
const CLASSES: HeaderValue = HeaderValue::from_static("1, 3, access-control, calendar-access, addressbook");

/// A status and nothing more.
pub(super) fn status(code: StatusCode) -> Answer {
    with(code, Bytes::new())
}

/// A status with a line for whoever reads it.
pub(super) fn told(code: StatusCode, text: &str) -> Answer {
    let mut answer = with(code, Bytes::from(format!("{text}\n")));
    answer.headers_mut().insert(CONTENT_TYPE, TEXT);
    answer
}

/// Asks for a password or a token.
pub(super) fn unauthorized(challenges: &Challenges, refused: Option<SecretKind>, advice: Option<&str>) -> Answer {
    let mut answer =
        advice.map_or_else(|| status(StatusCode::UNAUTHORIZED), |text| told(StatusCode::UNAUTHORIZED, text));
    for challenge in challenges.after(refused) {
        let value = HeaderValue::from_str(challenge).expect("printable characters make a header");
        answer.headers_mut().append(WWW_AUTHENTICATE, value);
    }
    answer
}

/// Its token is good and opens something else: nothing is asked for, since the app would only come with the same again.
pub(super) fn lacks_scope(challenges: &Challenges, service: Service) -> Answer {
    let mut answer = status(StatusCode::FORBIDDEN);
    if let Some(said) = challenges.lacking(scope_for(service)) {
        let value = HeaderValue::from_str(&said).expect("printable characters make a header");
        answer.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    answer
}

/// Not now; that is no wrong password.
pub(super) fn later(code: StatusCode) -> Answer {
    let mut answer = status(code);
    answer.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    answer
}

/// To where everything begins.
pub(super) fn to_root() -> Answer {
    let mut answer = status(StatusCode::MOVED_PERMANENTLY);
    answer.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
    answer
}

/// What can be asked here.
pub(super) fn options() -> Answer {
    let mut answer = status(StatusCode::OK);
    answer.headers_mut().insert(ALLOW, METHODS);
    answer.headers_mut().insert("dav", CLASSES);
    answer
}

/// Something else was asked than what can be.
pub(super) fn not_allowed() -> Answer {
    let mut answer = status(StatusCode::METHOD_NOT_ALLOWED);
    answer.headers_mut().insert(ALLOW, METHODS);
    answer
}

/// An answer in XML.
pub(super) fn xml(code: StatusCode, text: String) -> Answer {
    let mut answer = with(code, Bytes::from(text));
    answer.headers_mut().insert(CONTENT_TYPE, XML);
    answer
}

/// Why not, by the name that WebDAV has for it (RFC 4918 section 16).
pub(super) fn condition(code: StatusCode, name: &str) -> Answer {
    xml(code, format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:error xmlns:D=\"DAV:\"><D:{name}/></D:error>\n"))
}

/// What came from the upstream, or from here.
pub(super) fn boxed<B>(body: B) -> UnsyncBoxBody<Bytes, BodyError>
where
    B: Body<Data = Bytes, Error = BodyError> + Send + 'static,
{
    UnsyncBoxBody::new(body)
}

fn with(code: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(boxed(Full::new(body).map_err(|never| match never {})));
    *answer.status_mut() = code;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
