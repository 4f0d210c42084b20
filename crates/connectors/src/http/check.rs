//! A plain question, for whatever can send a request and look at its status: 200 may go on, 403 may not, anything else is
//! nobody's answer.

use std::net::IpAddr;

use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::json;
use valetkey_domain::Service;
use valetkey_wire::sasl::SecretKind;
use zeroize::Zeroizing;

use super::{Answer, Connector, Decided, Form, Peer, Said, body, header, json, status, unavailable};
use crate::desk::Question;

/// What is asked, as JSON or as a form with the same fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    login: String,
    password: Zeroizing<String>,
    service: String,
    /// The client's own address.
    #[serde(default)]
    network: Option<String>,
    /// Whether the client's connection is encrypted.
    #[serde(default)]
    tls: bool,
    /// What the app calls itself.
    #[serde(default)]
    client: Option<String>,
}

impl Asked {
    fn of_form(form: &Form) -> Self {
        let maybe = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            login: form.text("login").to_owned(),
            password: Zeroizing::new(form.text("password").to_owned()),
            service: form.text("service").to_owned(),
            network: maybe("network"),
            tls: form.text("tls") == "yes",
            client: maybe("client"),
        }
    }
}

impl Connector {
    pub(super) async fn check(&self, request: Request<Incoming>, peer: Peer) -> Answer {
        if !self.callers.may_ask(request.headers()) {
            return status(StatusCode::UNAUTHORIZED);
        }
        let is_json =
            header(request.headers(), CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/json"));
        let body = match body(request).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let asked = if is_json { serde_json::from_slice(&body).ok() } else { Some(Asked::of_form(&Form::read(&body))) };
        let wrong = |why: &str| json(StatusCode::BAD_REQUEST, &json!({ "error": why }));
        let Some(asked) = asked else {
            return wrong("the body is no JSON object with login, password and service, all of them texts");
        };
        if let Err(unknown) = asked.service.parse::<Service>() {
            return wrong(&unknown.to_string());
        }
        if asked.network.as_deref().is_some_and(|network| network.parse::<IpAddr>().is_err()) {
            return wrong("the network is not an address");
        }
        let network = self.client(peer, asked.network.as_deref());
        let question = Question {
            login: &asked.login,
            acting_for: None,
            kind: SecretKind::Password,
            secret: asked.password.as_bytes(),
            only_canonical: false,
            service: &asked.service,
            network,
            tls: asked.tls,
            client: asked.client.as_deref(),
        };
        match self.decided(&question).await {
            Decided::Accepted(login) => {
                json(StatusCode::OK, &json!({ "outcome": "accepted", "login": login.as_str() }))
            }
            Decided::Refused(said) => {
                let advice = (said == Said::UseAppPassword).then_some(self.advice.as_str());
                json(StatusCode::FORBIDDEN, &json!({ "outcome": "refused", "advice": advice }))
            }
            Decided::Broken => unavailable(),
        }
    }
}
