//! OAuth's password grant (RFC 6749 section 4.3), by which Dovecot's `passdb oauth2` and Radicale ask about an app password.
//! The token that they get opens nothing: the answer itself is what they ask for.

use http::{Request, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use valetkey_domain::Service;
use valetkey_wire::sasl::SecretKind;

use super::{Answer, Connector, Decided, Form, body, json, unavailable};
use crate::desk::Question;

impl Connector {
    pub(super) async fn grant(&self, request: Request<Incoming>, service: Service) -> Answer {
        let form = match body(request).await {
            Ok(body) => Form::read(&body),
            Err(answer) => return answer,
        };
        if !self.callers.is_client(form.text("client_id"), form.text("client_secret")) {
            return json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" }));
        }
        if form.text("grant_type") != "password" {
            return json(StatusCode::BAD_REQUEST, &json!({ "error": "unsupported_grant_type" }));
        }
        let question = Question {
            login: form.text("username"),
            acting_for: None,
            kind: SecretKind::Password,
            secret: form.text("password").as_bytes(),
            // Servers for calendars and contacts take the name as it was typed for that of what they keep.
            only_canonical: matches!(service, Service::CalDav | Service::CardDav | Service::Dav),
            service: service.name(),
            network: None,
            tls: false,
            client: None,
        };
        match self.decided(&question).await {
            Decided::Accepted(login) => json(
                StatusCode::OK,
                // Dovecot insists on the name as it was typed, and can be told to go on with the canonical one.
                &json!({
                    "access_token": "none", "token_type": "Bearer", "expires_in": 0,
                    "username": form.text("username"), "login": login.as_str(),
                }),
            ),
            Decided::Refused(_) => json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_grant" })),
            Decided::Broken => unavailable(),
        }
    }
}
