//! What apps find out by themselves (RFC 8414, `OpenID` Connect Discovery 1.0): one document for both.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use valetkey_domain::oauth::SCOPES;

use super::{AUTHORISE, INTROSPECT, KEYS, REGISTER, REVOKE, TOKEN, USERINFO, device};
use crate::Portal;

/// How ID tokens are signed: as every app must be able to check (`OpenID` Connect Core section 15.1).
pub(super) const ID_TOKENS_SIGNED_BY: &str = "RS256";
/// What may stand in an ID token.
const CLAIMS: [&str; 11] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "at_hash", "preferred_username", "email"];

pub(crate) async fn show(State(portal): State<Arc<Portal>>) -> Response {
    let registration = portal.settings.oauth.as_ref().is_some_and(|oauth| oauth.registration);
    let mut metadata = metadata(&portal.settings.origin, registration);
    device::tell(&portal, &mut metadata);
    let kept = [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"))];
    (kept, super::json_of(StatusCode::OK, &metadata)).into_response()
}

fn metadata(issuer: &str, registration: bool) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let proofs = ["none", "client_secret_basic", "client_secret_post"];
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": at(AUTHORISE),
        "token_endpoint": at(TOKEN),
        "revocation_endpoint": at(REVOKE),
        "introspection_endpoint": at(INTROSPECT),
        "userinfo_endpoint": at(USERINFO),
        "jwks_uri": at(KEYS),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": proofs,
        "revocation_endpoint_auth_methods_supported": proofs,
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ID_TOKENS_SIGNED_BY],
        "claims_supported": CLAIMS,
        // Left out, this one would mean that it is there.
        "request_uri_parameter_supported": false,
    });
    if registration {
        metadata["registration_endpoint"] = at(REGISTER).into();
    }
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_told_what_there_is_and_nothing_else() {
        let issuer = "https://accounts.example.org";
        let told = metadata(issuer, true);
        assert_eq!(told["issuer"], issuer);
        assert_eq!(told["token_endpoint"], format!("{issuer}/oauth/token"));
        assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
        let scopes = told["scopes_supported"].as_array().expect("a list");
        assert!(scopes.contains(&json!("urn:ietf:params:oauth:scope:mail")) && scopes.contains(&json!("openid")));
        assert!(metadata(issuer, false).get("registration_endpoint").is_none());
    }
}
