//! What the gateway answers by itself.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes};

use valetkey_wire::bearer;
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

/// The values that ask an app for a password (RFC 7617) or a token (RFC 6750). What of a realm cannot be printed is left out.
pub(super) struct Challenges {
    password: HeaderValue,
    /// In general, and where one was refused; if any are taken.
    tokens: Option<[HeaderValue; 2]>,
}

impl Challenges {
    pub(super) fn new(realm: &str, takes_tokens: bool) -> Self {
        let value = |text: String| HeaderValue::try_from(text).expect("printable characters make a header");
        let shown: String =
            realm.chars().filter(|c| (c.is_ascii_graphic() || *c == ' ') && !"\"\\".contains(*c)).collect();
        Self {
            password: value(format!("Basic realm=\"{shown}\", charset=\"UTF-8\"")),
            tokens: takes_tokens.then(|| bearer::challenges(realm).map(value)),
        }
    }
}

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

/// Asks for a password or a token, each in a header of its own: not every app reads two in one.
pub(super) fn unauthorized(challenges: &Challenges, refused: Option<SecretKind>, advice: Option<&str>) -> Answer {
    let mut answer =
        advice.map_or_else(|| status(StatusCode::UNAUTHORIZED), |text| told(StatusCode::UNAUTHORIZED, text));
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenges.password.clone());
    if let Some([general, invalid]) = &challenges.tokens {
        let challenge = if refused == Some(SecretKind::Token) { invalid } else { general };
        answer.headers_mut().append(WWW_AUTHENTICATE, challenge.clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(takes_tokens: bool, refused: Option<SecretKind>) -> Vec<String> {
        let answer = unauthorized(&Challenges::new("Ada's \"calendars\"\n", takes_tokens), refused, None);
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let values = answer.headers().get_all(WWW_AUTHENTICATE).iter();
        values.map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn a_token_is_asked_for_beside_a_password_where_tokens_are_taken() {
        let password = "Basic realm=\"Ada's calendars\", charset=\"UTF-8\"";
        let general = "Bearer realm=\"Ada's calendars\"";
        let invalid = "Bearer realm=\"Ada's calendars\", error=\"invalid_token\"";
        for refused in [None, Some(SecretKind::Password)] {
            assert_eq!(asks(false, refused), [password]);
            assert_eq!(asks(true, refused), [password, general]);
        }
        assert_eq!(asks(true, Some(SecretKind::Token)), [password, invalid]);
    }
}
