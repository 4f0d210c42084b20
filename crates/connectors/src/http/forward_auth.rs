//! The question that nginx's `auth_request`, Caddy's `forward_auth` and Traefik's `ForwardAuth` ask.

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use valetkey_domain::oauth::scope_for;
use valetkey_domain::{LoginName, Service};
use valetkey_wire::http_auth::Sent;
use valetkey_wire::sasl::SecretKind;

use super::{Answer, Connector, Decided, Peer, Said, status, unavailable};
use crate::desk::Question;

impl Connector {
    pub(super) async fn forward_auth(&self, request: &Request<Incoming>, service: Service, peer: Peer) -> Answer {
        if !self.callers.may_ask(request.headers()) {
            return status(StatusCode::FORBIDDEN);
        }
        let Some(header) = request.headers().get(AUTHORIZATION) else {
            return self.unauthorized(None);
        };
        let network = self.client(peer, forwarded(request.headers()));
        // Malformed or another scheme: no attempt was made, and the app is told how to make one.
        let Some(Sent { kind, login, secret }) = self.challenges.read(header.as_bytes()) else {
            tracing::debug!(?peer, ?network, "a request whose Authorization header cannot be read was turned away");
            return self.unauthorized(None);
        };
        let headers = |name: &'static str| request.headers().get_all(name).iter().filter_map(|v| v.to_str().ok());
        let question = Question {
            login: &login,
            acting_for: None,
            kind,
            secret: &secret,
            only_canonical: false,
            service: service.name(),
            network,
            tls: headers("x-forwarded-proto").next() == Some("https"),
            client: headers("user-agent").next(),
        };
        match self.decided(&question).await {
            Decided::Accepted(login) => self.allowed(&login),
            Decided::Refused(Said::LacksScope) => self.lacks_scope(service),
            Decided::Refused(_) => self.unauthorized(Some(kind)),
            Decided::Broken => unavailable(),
        }
    }

    fn unauthorized(&self, refused: Option<SecretKind>) -> Answer {
        let mut answer = status(StatusCode::UNAUTHORIZED);
        for challenge in self.challenges.after(refused) {
            let value = HeaderValue::from_str(challenge).expect("printable characters make a header");
            answer.headers_mut().append(WWW_AUTHENTICATE, value);
        }
        answer
    }

    /// A token that is good and opens something else. Nothing is asked for: the app would only come with the same again.
    fn lacks_scope(&self, service: Service) -> Answer {
        let mut answer = status(StatusCode::FORBIDDEN);
        if let Some(said) = self.challenges.lacking(scope_for(service)) {
            let value = HeaderValue::from_str(&said).expect("printable characters make a header");
            answer.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        answer
    }

    fn allowed(&self, login: &LoginName) -> Answer {
        let Ok(name) = HeaderValue::from_bytes(&self.identity_encoding.spell(login.as_str())) else {
            return unavailable();
        };
        let mut answer = status(StatusCode::OK);
        answer.headers_mut().insert("remote-user", name.clone());
        answer.headers_mut().insert("x-remote-user", name);
        answer
    }
}

/// What is said of the client's own address. `Client-IP` is only looked at where `X-Forwarded-For` is missing: a server that
/// writes the second lets the first pass as the client sent it.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let name = if headers.contains_key("x-forwarded-for") { "x-forwarded-for" } else { "client-ip" };
    // What is no text is no address either, and hides what stands before it.
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::Peers;

    fn known(headers: &[(&'static str, &[u8])]) -> Option<String> {
        let peers = Peers::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).expect("a value"));
        }
        peers.client(IpAddr::from([127, 0, 0, 1]), forwarded(&map)).map(|address| address.to_string())
    }

    #[test]
    fn client_ip_counts_only_where_nothing_else_is_said() {
        let (one, other) = (&b"198.51.100.7"[..], &b"203.0.113.9"[..]);
        assert_eq!(known(&[("x-forwarded-for", one)]).as_deref(), Some("198.51.100.7"));
        assert_eq!(known(&[("client-ip", one)]).as_deref(), Some("198.51.100.7"));
        assert_eq!(known(&[("x-forwarded-for", one), ("client-ip", other)]).as_deref(), Some("198.51.100.7"));
        assert_eq!(known(&[("client-ip", other), ("x-forwarded-for", b"unknown")]), None);
        assert_eq!(known(&[]), None);
    }

    #[test]
    fn what_is_no_text_hides_what_stands_before_it() {
        let forged = ("x-forwarded-for", &b"203.0.113.9"[..]);
        assert_eq!(known(&[forged, ("x-forwarded-for", b"\xff")]), None);
    }
}
