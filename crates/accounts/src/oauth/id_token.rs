//! ID tokens (`OpenID` Connect Core section 2): who has signed in, signed, for the app that asked and nobody else. They open
//! nothing.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use valetkey_domain::oauth::{ClientId, ID_TOKEN_TIME};
use valetkey_domain::{AccountId, LoginName, Timestamp};

use super::IssuedTokens;
use super::signing::{in_thread, signing_now};
use crate::{Accounts, AccountsError};

/// Who somebody is to apps that may know it: the account, which nothing changes and nobody gets again, and what its owner
/// signs in as.
pub fn who_is(account: AccountId, login: &LoginName) -> Map<String, Value> {
    let mut said = Map::new();
    said.insert("sub".into(), account.to_string().into());
    said.insert("preferred_username".into(), login.as_str().into());
    if login.domain().is_some() {
        said.insert("email".into(), login.as_str().into());
    }
    said
}

impl Accounts {
    /// The ID token that goes with these tokens, if the app wanted one.
    pub async fn id_token(
        self: &Arc<Self>,
        issued: &IssuedTokens,
        client: &ClientId,
    ) -> Result<Option<String>, AccountsError> {
        if !issued.given.openid {
            return Ok(None);
        }
        let issuer = self.settings.portal_origin.as_deref().ok_or(AccountsError::NoPortal)?;
        let (keys, now) = (self.signing_keys().await?, self.clock.now());
        let claims = claims(issued, issuer, client, now);
        let sign = move || {
            let key = &keys[signing_now(&keys, now)?];
            let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.name() });
            let said = format!("{}.{}", written(&header.to_string()), written(&claims.to_string()));
            let signature = URL_SAFE_NO_PAD.encode(key.sign(said.as_bytes())?);
            Ok(format!("{said}.{signature}"))
        };
        in_thread(sign).await.map(Some)
    }
}

fn written(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn claims(issued: &IssuedTokens, issuer: &str, client: &ClientId, now: Timestamp) -> Value {
    let mut claims = who_is(issued.account, &issued.login);
    let mut claim = |name: &str, value: Value| claims.insert(name.into(), value);
    claim("iss", issuer.into());
    claim("aud", client.as_str().into());
    claim("iat", now.as_secs().into());
    claim("exp", (now + ID_TOKEN_TIME).as_secs().into());
    claim("at_hash", half_digest(issued.access.expose()).into());
    if let Some(nonce) = &issued.nonce {
        claim("nonce", nonce.as_str().into());
    }
    // Nobody lets an app in without two factors (RFC 8176). At a renewal it is not asked again.
    if let Some(at) = issued.signed_in_at {
        claim("auth_time", at.as_secs().into());
        claim("amr", json!(["mfa"]));
    }
    claims.into()
}

/// By which an ID token holds on to its access token (section 3.1.3.6): the left half of its digest.
fn half_digest(access: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(access)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of `OpenID` Connect Core, appendix A.4.
    #[test]
    fn an_access_token_is_held_on_to_as_in_the_standards_example() {
        assert_eq!(half_digest("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn a_login_name_without_a_domain_is_no_address() {
        let account = AccountId::from_bytes([7; 16]);
        let ada = who_is(account, &LoginName::from_canonical("ada"));
        assert_eq!(
            (ada["preferred_username"].as_str(), ada.get("email"), ada["sub"].as_str()),
            (Some("ada"), None, Some(&*account.to_string()))
        );
        assert_eq!(who_is(account, &LoginName::from_canonical("ada@example.org"))["email"], "ada@example.org");
    }
}
