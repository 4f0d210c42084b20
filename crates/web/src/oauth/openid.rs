//! Who has signed in, for apps that may know it (`OpenID` Connect): the keys by which ID tokens are checked, and the same said
//! to whoever has the access token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, USER_AGENT, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use valetkey_accounts::{PublishedKey, SignIn, who_is};
use valetkey_domain::Why;

use super::refused::Refused;
use crate::Portal;
use crate::visit::network;

/// The longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 1024;

/// The public keys (RFC 7517).
pub(crate) async fn keys(State(portal): State<Arc<Portal>>) -> Result<Response, Refused> {
    let written = |key: PublishedKey| json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.id, "n": key.modulus, "e": key.exponent });
    let keys: Vec<Value> = portal.accounts.published_keys().await?.into_iter().map(written).collect();
    // A key is published for days before it signs.
    let kept = [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"))];
    Ok((kept, super::json_of(StatusCode::OK, &json!({ "keys": keys }))).into_response())
}

/// Whose a token is (`OpenID` Connect Core section 5.3): to an app that asked for `openid`, in the header alone.
pub(crate) async fn userinfo(State(portal): State<Arc<Portal>>, request: Request) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let Some(token) = bearer(&parts.headers) else { return Ok(challenge(StatusCode::UNAUTHORIZED, None)) };
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    match portal.accounts.identify_by_token(token, network(&parts), agent).await {
        SignIn::Accepted(accepted) => {
            Ok(super::json_of(StatusCode::OK, &who_is(accepted.account, &accepted.login).into()))
        }
        SignIn::Refused(refusal) => {
            let is_another = matches!(refusal.why(), Why::Scope(_));
            // Nobody guesses 256 random bits: there is nothing to slow.
            refusal.settle_promptly().await;
            Ok(if is_another {
                challenge(StatusCode::FORBIDDEN, Some("insufficient_scope"))
            } else {
                challenge(StatusCode::UNAUTHORIZED, Some("invalid_token"))
            })
        }
        // Cut in this very moment, be it since the store was lost: asked again, it is known.
        SignIn::Cut | SignIn::Broken(_) => Err(Refused::Unavailable),
    }
}

/// The one token in `Authorization`. What stands in an address or a form is none.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let header = all.next().filter(|_| all.next().is_none())?.as_bytes();
    let (scheme, token) = header.split_at_checked(b"Bearer ".len())?;
    let is_one = scheme.eq_ignore_ascii_case(b"bearer ") && (1..=TOKEN_BYTES_MAX).contains(&token.len());
    is_one.then(|| token.trim_ascii())
}

/// RFC 6750 section 3: what is wrong is said only where something was sent.
fn challenge(status: StatusCode, error: Option<&'static str>) -> Response {
    let said = match error {
        None => "Bearer realm=\"OAuth\"",
        Some("insufficient_scope") => "Bearer realm=\"OAuth\", error=\"insufficient_scope\", scope=\"openid\"",
        Some(_) => "Bearer realm=\"OAuth\", error=\"invalid_token\"",
    };
    let body = json!({ "error": error.unwrap_or("invalid_request") });
    (status, [(WWW_AUTHENTICATE, HeaderValue::from_static(said))], super::json_of(status, &body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_from_the_header_and_from_nowhere_else() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).expect("a header"));
            }
            bearer(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(read(&["Bearer vka_x"]), Some(b"vka_x".to_vec()));
        assert_eq!(read(&["bEARER  vka_x "]), Some(b"vka_x".to_vec()));
        for none in [&[][..], &["Bearer"], &["Bearer "], &["Basic YTpi"], &["Bearer a", "Bearer a"]] {
            assert_eq!(read(none), None, "{none:?}");
        }
        assert_eq!(read(&[&format!("Bearer {}", "a".repeat(1025))]), None);
    }
}
