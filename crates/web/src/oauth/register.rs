//! Apps that register themselves (RFC 7591): public ones, under a name that nobody has checked.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use valetkey_accounts::{AccountsError, Client, NewClient};
use valetkey_domain::Label;
use valetkey_domain::oauth::RedirectUri;

use super::metadata::ID_TOKENS_SIGNED_BY;
use super::refused::Refused;
use crate::Portal;
use crate::failure::Failure;
use crate::form::{is_json, read_body};
use crate::visit::network;

/// What an app says of itself, as far as it is looked at.
#[derive(Deserialize)]
struct Said {
    redirect_uris: Option<Vec<String>>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    subject_type: Option<String>,
    id_token_signed_response_alg: Option<String>,
}

pub(crate) async fn register(State(portal): State<Arc<Portal>>, request: Request) -> Result<Response, Refused> {
    if !portal.settings.oauth.as_ref().is_some_and(|oauth| oauth.registration) {
        return Err(Refused::UnauthorizedClient(
            "Apps do not register themselves here: the server's operator has to name this one.",
        ));
    }
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(Refused::InvalidClientMetadata(
            "An app says in JSON what it is: Content-Type is application/json.",
        ));
    }
    let body = read_body(body).await.map_err(|failure| match failure {
        Failure::Unreadable(_) => Refused::InvalidClientMetadata("The body is too long."),
        _ => Refused::Unavailable,
    })?;
    let new = read(&body)?;
    let client = match portal.accounts.register_oauth_client(new, network(&parts)).await {
        Ok(client) => client,
        Err(AccountsError::Redirects(_)) => {
            return Err(Refused::InvalidRedirectUri(
                "An app registers 1 to 10 addresses to be sent back to.".to_owned(),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(super::json_of(StatusCode::CREATED, &registered(&client, portal.accounts.now().as_secs())))
}

fn registered(client: &Client, now_s: i64) -> serde_json::Value {
    let redirects: Vec<&str> = client.redirects.iter().map(RedirectUri::as_str).collect();
    json!({
        "client_id": client.id.as_str(),
        "client_id_issued_at": now_s,
        "client_name": client.name.as_str(),
        "redirect_uris": redirects,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "id_token_signed_response_alg": ID_TOKENS_SIGNED_BY,
    })
}

fn read(body: &[u8]) -> Result<NewClient, Refused> {
    use Refused::InvalidClientMetadata as Wrong;
    let said: Said = serde_json::from_slice(body)
        .map_err(|_| Wrong("The body is no JSON object, or one in which redirect_uris is no list of texts."))?;
    let has =
        |list: &Option<Vec<String>>, word: &str| list.as_ref().is_none_or(|list| list.iter().any(|one| one == word));
    if said.token_endpoint_auth_method.is_some_and(|method| method != "none") {
        return Err(Wrong("An app that registers itself gets no secret: token_endpoint_auth_method is none."));
    }
    if !has(&said.grant_types, "authorization_code") || !has(&said.response_types, "code") {
        return Err(Wrong(
            "grant_types has authorization_code in it, and response_types code: nothing else begins here.",
        ));
    }
    if said.subject_type.is_some_and(|kind| kind != "public") {
        return Err(Wrong("Every app knows an account by the same name: subject_type is public."));
    }
    if said.id_token_signed_response_alg.is_some_and(|how| how != ID_TOKENS_SIGNED_BY) {
        return Err(Wrong("ID tokens are signed by RS256."));
    }
    let parse = |text: &String| RedirectUri::parse(text).map_err(|why| Refused::InvalidRedirectUri(why.to_string()));
    let redirects = said.redirect_uris.unwrap_or_default().iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let name = said.client_name.or_else(|| redirects.first().map(|first| first.shown().to_owned())).unwrap_or_default();
    // Without an address it has no name either, and the address is what is missing.
    let name: Label = match name.parse() {
        Ok(name) => name,
        Err(_) if redirects.is_empty() => {
            return Err(Refused::InvalidRedirectUri(
                "redirect_uris is missing: an app says where it is sent back to.".to_owned(),
            ));
        }
        Err(_) => return Err(Wrong("client_name is too long, or has something in it that is not seen.")),
    };
    Ok(NewClient { name, redirects })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_app_says_of_itself_is_read_or_refused_in_the_words_of_the_rfc() {
        let good = json!({
            "client_name": "Mailer", "redirect_uris": ["org.example.app:/done", "http://127.0.0.1/"],
            "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "subject_type": "public", "id_token_signed_response_alg": "RS256", "client_uri": "https://example.org", "logo_uri": 5,
        });
        let new = read(good.to_string().as_bytes()).expect("it is good");
        assert_eq!((new.name.as_str(), new.redirects.len()), ("Mailer", 2));
        let nameless = read(br#"{"redirect_uris":["https://app.example/done"]}"#).expect("it has an address");
        assert_eq!(nameless.name.as_str(), "app.example");
        for (body, is_redirect) in [
            (json!({ "client_name": "Mailer", "redirect_uris": ["http://app.example/"] }), true),
            (json!({ "client_name": "Mailer", "redirect_uris": ["javascript:alert(1)"] }), true),
            (json!({}), true),
            (json!({ "client_name": "a\u{202e}b", "redirect_uris": ["https://a.example/"] }), false),
            (
                json!({ "redirect_uris": ["https://a.example/"], "token_endpoint_auth_method": "client_secret_basic" }),
                false,
            ),
            (json!({ "redirect_uris": ["https://a.example/"], "grant_types": ["implicit"] }), false),
            (json!({ "redirect_uris": ["https://a.example/"], "response_types": ["token"] }), false),
            (json!({ "redirect_uris": ["https://a.example/"], "subject_type": "pairwise" }), false),
            (json!({ "redirect_uris": ["https://a.example/"], "id_token_signed_response_alg": "none" }), false),
            (json!({ "redirect_uris": "https://a.example/" }), false),
            (json!([]), false),
        ] {
            let refused = read(body.to_string().as_bytes()).expect_err(&body.to_string());
            assert_eq!(matches!(refused, Refused::InvalidRedirectUri(_)), is_redirect, "{body}: {refused:?}");
            assert!(is_redirect || matches!(refused, Refused::InvalidClientMetadata(_)), "{body}: {refused:?}");
        }
    }
}
