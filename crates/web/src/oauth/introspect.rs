//! Servers that ask whose a token is (RFC 7662), as Dovecot does. A token is judged as if an app signed in with it: memory
//! answers, and what is revoked is refused at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use valetkey_accounts::{Accepted, SignIn};
use valetkey_domain::GrantId;
use valetkey_domain::oauth::{ClientId, Requested};

use super::asked::Asked;
use super::refused::Refused;
use crate::Portal;

/// How many grants' clients are remembered; with more, all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// The client of each grant that was asked about: a grant never gets another.
#[derive(Default)]
pub(crate) struct ClientsOfGrants(Mutex<HashMap<GrantId, ClientId>>);

pub(crate) async fn introspect(State(portal): State<Arc<Portal>>, asked: Asked) -> Result<Response, Refused> {
    let may = portal.settings.oauth.as_ref().is_some_and(|oauth| oauth.introspectors.contains(&asked.client.id));
    if !may {
        return Err(Refused::MayNotAsk);
    }
    let inactive = || super::json_of(StatusCode::OK, &json!({ "active": false }));
    match portal.accounts.look_at_token(asked.needed("token")?.as_bytes()).await {
        SignIn::Accepted(accepted) => Ok(active(&portal, &accepted).await),
        SignIn::Refused(refusal) => {
            // Whoever asks has proved who it is, and nobody guesses 256 random bits: there is nothing to slow.
            refusal.settle_promptly().await;
            Ok(inactive())
        }
        // Cut in this very moment, be it since the store was lost: asked again, it is known.
        SignIn::Cut | SignIn::Broken(_) => Err(Refused::Unavailable),
    }
}

async fn active(portal: &Arc<Portal>, accepted: &Accepted) -> Response {
    let given = Requested { scopes: accepted.scopes, openid: false, offline: false };
    let mut answer = json!({
        "active": true,
        "token_type": "Bearer",
        "username": accepted.login.as_str(),
        "sub": accepted.account.to_string(),
        "scope": given.shown(),
        "iss": portal.settings.origin,
    });
    if let Some(client) = client_of(portal, accepted).await {
        answer["client_id"] = client.as_str().into();
    }
    if let Some(end) = accepted.expires_at {
        answer["exp"] = end.as_secs().into();
    }
    super::json_of(StatusCode::OK, &answer)
}

/// Whose token it is, if that can be said: the answer does without rather than fail.
async fn client_of(portal: &Arc<Portal>, accepted: &Accepted) -> Option<ClientId> {
    let grant = accepted.credential.as_grant();
    let known = || portal.clients_of_grants.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(client) = known().get(&grant) {
        return Some(client.clone());
    }
    let client = portal.accounts.client_of_grant(accepted.account, grant).await.ok()??;
    let mut known = known();
    if known.len() >= REMEMBERED_MAX {
        known.clear();
    }
    known.insert(grant, client.clone());
    Some(client)
}
