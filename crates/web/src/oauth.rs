//! Apps that are authorised with the account (OAuth 2): what apps ask, and the page on which people let them in.
//!
//! Apps bring no cookie and no form of ours: what they ask stands outside of the portal's guard, is answered in JSON and is
//! never kept. Only what is at `/oauth/authorize` is for people.

mod asked;
mod authorise;
mod consent;
mod cors;
mod device;
mod introspect;
mod metadata;
mod openid;
mod refused;
mod register;
mod token;
mod unanswered;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;

use crate::Portal;
use crate::errand::Asker;
use crate::guard::is_shared;
use crate::locale::Words;
pub(crate) use introspect::ClientsOfGrants;
pub(crate) use refused::Refused;

/// What is for people.
pub(crate) fn pages() -> Router<Arc<Portal>> {
    Router::new()
        .route(AUTHORISE, get(consent::show).post(consent::decide))
        .route(DEVICE, get(device::show).post(device::take))
}

/// What is for apps.
pub(crate) fn for_apps(portal: &Arc<Portal>) -> Router<Arc<Portal>> {
    let routes = Router::new()
        .route(METADATA, get(metadata::show))
        // The same by the name of OpenID Connect Discovery: one document has what both want (RFC 8414 section 5).
        .route(METADATA_OF_OPENID, get(metadata::show))
        .route(KEYS, get(openid::keys))
        .route(USERINFO, get(openid::userinfo).post(openid::userinfo))
        .route(REGISTER, post(register::register))
        .route(TOKEN, post(token::issue))
        .route(REVOKE, post(token::revoke))
        .route(DEVICE_AUTHORISATION, post(device::begin))
        .route(INTROSPECT, post(introspect::introspect))
        .layer(axum::middleware::from_fn(cors::open));
    plain(routes, portal)
}

/// What is for apps is no page: nothing of it is kept or guessed at.
pub(crate) fn plain(routes: Router<Arc<Portal>>, portal: &Arc<Portal>) -> Router<Arc<Portal>> {
    let is_shared = is_shared(portal);
    routes.layer(axum::middleware::from_fn(move |request: Request, next: Next| async move {
        let mut response = next.run(request).await;
        finish(response.headers_mut(), is_shared);
        response
    }))
}

const METADATA: &str = "/.well-known/oauth-authorization-server";
const METADATA_OF_OPENID: &str = "/.well-known/openid-configuration";
const AUTHORISE: &str = "/oauth/authorize";
const REGISTER: &str = "/oauth/register";
const TOKEN: &str = "/oauth/token";
const REVOKE: &str = "/oauth/revoke";
const INTROSPECT: &str = "/oauth/introspect";
const KEYS: &str = "/oauth/keys";
const USERINFO: &str = "/oauth/userinfo";
const DEVICE_AUTHORISATION: &str = "/oauth/device_authorization";
/// What people type, or read from a television: short.
const DEVICE: &str = "/device";

/// Whether people type the code of a device at this path.
pub(crate) fn is_device_page(portal: &Portal, path: &str) -> bool {
    portal.settings.oauth.is_some() && path == DEVICE
}

/// Whether any app may ask from a device without a browser.
pub(crate) fn has_devices(portal: &Portal) -> bool {
    let clients = &portal.accounts.settings().oauth_clients;
    portal.settings.oauth.is_some() && clients.iter().any(|client| client.0.asks_from_devices())
}

/// The app that asks people this question, if it is one that can be answered.
pub(crate) async fn asker(portal: &Arc<Portal>, words: &Words, path: &str, query: &str) -> Option<Asker> {
    if portal.settings.oauth.is_none() || path != AUTHORISE {
        return None;
    }
    let asking = authorise::read(portal, query).await.ok()?;
    let back = Some(consent::back_said(words, &asking.what.redirect));
    Some(Asker { name: asking.what.client.name.clone(), unverified: consent::is_unverified(&asking), back })
}

fn finish(headers: &mut HeaderMap, is_shared: bool) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !is_shared {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// An answer in JSON.
pub(crate) fn json_of(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body.to_string()).into_response()
}
