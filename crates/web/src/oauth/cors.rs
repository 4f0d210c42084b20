//! Apps that run in a browser, on a site of their own: their browser lets them read an answer only if it says so.
//!
//! Only what such an app asks by itself says so (RFC 9700 section 2.6), and to every site: none of it looks at a cookie, and
//! whoever asks must bring what proves that it may. The page on which people decide is opened, and never asked; and whose a
//! token is, is asked by servers.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{KEYS, METADATA, METADATA_OF_OPENID, REGISTER, REVOKE, TOKEN, USERINFO};

/// What apps in a browser ask by themselves.
const OPEN: [&str; 7] = [METADATA, METADATA_OF_OPENID, KEYS, REGISTER, TOKEN, REVOKE, USERINFO];

const EVERYBODY: (HeaderName, HeaderValue) = (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
/// How long a browser remembers the answer to its question.
const A_DAY: (HeaderName, HeaderValue) = (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));

/// Answers a browser that asks first whether it may, and says in every answer that it may read it.
pub(super) async fn open(request: Request, next: Next) -> Response {
    if !OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    if request.method() == Method::OPTIONS {
        let methods = (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        // Elsewhere no `Authorization`: whoever has a secret runs in no browser.
        let header = if request.uri().path() == USERINFO { AUTHORIZATION } else { CONTENT_TYPE };
        let headers = (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from(header));
        return (StatusCode::NO_CONTENT, [EVERYBODY, methods, headers, A_DAY]).into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().extend([EVERYBODY, (ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from(RETRY_AFTER))]);
    response
}
