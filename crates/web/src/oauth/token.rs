//! Tokens: for a code, for a refresh token, for a device that was let in, and given back (RFC 6749, RFC 7636,
//! RFC 8628, RFC 7009; `OpenID` Connect Core section 3.1.3).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use valetkey_accounts::{Exchange, IssuedTokens};
use valetkey_domain::oauth::{ACCESS_TOKEN_TIME, CodeVerifier, Requested};

use super::asked::Asked;
use super::device;
use super::refused::{AmissScope, Refused, Shown};
use crate::Portal;

pub(crate) async fn issue(State(portal): State<Arc<Portal>>, asked: Asked) -> Result<Response, Refused> {
    let issued = match asked.needed("grant_type")? {
        "authorization_code" => exchange(&portal, &asked).await?,
        "refresh_token" => refresh(&portal, &asked).await?,
        device::GRANT => device::redeem(&portal, &asked).await?,
        _ => return Err(Refused::UnsupportedGrantType),
    };
    let mut answer = json!({
        "access_token": issued.access.expose(),
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_TIME.as_secs(),
        "scope": issued.given.shown(),
    });
    if let Some(refresh) = &issued.refresh {
        answer["refresh_token"] = refresh.expose().as_str().into();
    }
    if let Some(id_token) = portal.accounts.id_token(&issued, &asked.client.id).await? {
        answer["id_token"] = id_token.into();
    }
    Ok(super::json_of(StatusCode::OK, &answer))
}

async fn exchange(portal: &Portal, asked: &Asked) -> Result<IssuedTokens, Refused> {
    let (code, redirect) = (asked.needed("code")?, asked.needed("redirect_uri")?);
    let verifier = CodeVerifier::parse(asked.needed("code_verifier")?)
        .ok_or(Refused::InvalidRequest("code_verifier has 43 to 128 letters, digits and - . _ ~".into()))?;
    let exchanged =
        portal.accounts.exchange_code(Exchange { client: &asked.client.id, code, redirect, verifier }).await;
    exchanged.map_err(|error| Refused::from(error).about(Shown::Code))
}

async fn refresh(portal: &Portal, asked: &Asked) -> Result<IssuedTokens, Refused> {
    let token = asked.needed("refresh_token")?;
    let scope = match asked.fields.text("scope") {
        "" => None,
        scope => Some(Requested::parse(scope).ok_or(Refused::InvalidScope(AmissScope::Nothing))?),
    };
    let refreshed = portal.accounts.refresh_tokens(&asked.client.id, token, scope).await;
    refreshed.map_err(|error| Refused::from(error).about(Shown::RefreshToken))
}

/// Whether there was such a token, nobody is told (RFC 7009 section 2.2).
pub(crate) async fn revoke(State(portal): State<Arc<Portal>>, asked: Asked) -> Result<Response, Refused> {
    portal.accounts.give_token_back(&asked.client.id, asked.needed("token")?).await?;
    Ok(StatusCode::OK.into_response())
}
