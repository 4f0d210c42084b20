//! The question that nginx's `auth_request`, Caddy's `forward_auth` and Traefik's `ForwardAuth` ask.

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use valetkey_domain::{LoginName, Service};
use valetkey_wire::sasl::SecretKind;
use valetkey_wire::{basic, bearer};
use zeroize::Zeroizing;

use super::{Answer, Connector, Decided, Peer, status, unavailable};
use crate::desk::Question;

/// What asks an app for a password (RFC 7617) or a token (RFC 6750).
pub(super) struct Challenges {
    password: HeaderValue,
    /// In general, and where one was refused; if any are taken.
    tokens: Option<[HeaderValue; 2]>,
}

impl Challenges {
    pub(super) fn new(realm: &str, takes_tokens: bool) -> Self {
        let value = |text: String| HeaderValue::try_from(text).expect("printable characters make a header");
        let shown: String =
            realm.chars().filter(|c| (c.is_ascii_graphic() || *c == ' ') && !"\"\\".contains(*c)).collect();
        Self {
            password: value(format!("Basic realm=\"{shown}\", charset=\"UTF-8\"")),
            tokens: takes_tokens.then(|| bearer::challenges(realm).map(value)),
        }
    }

    /// Asks for either, each in a header of its own: not every app reads two in one.
    fn unauthorized(&self, refused: Option<SecretKind>) -> Answer {
        let mut answer = status(StatusCode::UNAUTHORIZED);
        answer.headers_mut().insert(WWW_AUTHENTICATE, self.password.clone());
        if let Some([general, invalid]) = &self.tokens {
            let challenge = if refused == Some(SecretKind::Token) { invalid } else { general };
            answer.headers_mut().append(WWW_AUTHENTICATE, challenge.clone());
        }
        answer
    }

    /// What an app signs in with: a password under a name, or a token that says by itself whose it is.
    fn sent(&self, header: &HeaderValue) -> Option<(SecretKind, String, Zeroizing<Vec<u8>>)> {
        if let Ok(basic) = basic::parse(header.as_bytes()) {
            return Some((SecretKind::Password, basic.login, basic.secret));
        }
        self.tokens.as_ref()?;
        Some((SecretKind::Token, String::new(), bearer::parse(header.as_bytes()).ok()?))
    }
}

impl Connector {
    pub(super) async fn forward_auth(&self, request: &Request<Incoming>, service: Service, peer: Peer) -> Answer {
        if !self.callers.may_ask(request.headers()) {
            return status(StatusCode::FORBIDDEN);
        }
        let Some(header) = request.headers().get(AUTHORIZATION) else {
            return self.challenges.unauthorized(None);
        };
        let network = self.client(peer, forwarded(request.headers()));
        // Malformed or another scheme: no attempt was made, and the app is told how to make one.
        let Some((kind, login, secret)) = self.challenges.sent(header) else {
            tracing::debug!(?peer, ?network, "a request whose Authorization header cannot be read was turned away");
            return self.challenges.unauthorized(None);
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
            Decided::Accepted(login) => allowed(&login),
            Decided::Refused { .. } => self.challenges.unauthorized(Some(kind)),
            Decided::Broken => unavailable(),
        }
    }
}

/// What is said of the client's own address. `Client-IP` is only looked at where `X-Forwarded-For` is missing: a server that
/// writes the second lets the first pass as the client sent it.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let name = if headers.contains_key("x-forwarded-for") { "x-forwarded-for" } else { "client-ip" };
    // What is no text is no address either, and hides what stands before it.
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default())
}

fn allowed(login: &LoginName) -> Answer {
    let Ok(name) = HeaderValue::from_bytes(login.as_str().as_bytes()) else { return unavailable() };
    let mut answer = status(StatusCode::OK);
    answer.headers_mut().insert("remote-user", name.clone());
    answer.headers_mut().insert("x-remote-user", name);
    answer
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
    fn a_token_is_taken_and_asked_for_where_tokens_are_taken() {
        let asks = |takes_tokens: bool, refused| {
            let answer = Challenges::new("Site", takes_tokens).unauthorized(refused);
            let values = answer.headers().get_all(WWW_AUTHENTICATE).iter();
            values.map(|value| value.to_str().expect("text").to_owned()).collect::<Vec<_>>()
        };
        let password = "Basic realm=\"Site\", charset=\"UTF-8\"";
        assert_eq!(asks(false, None), [password]);
        assert_eq!(asks(true, Some(SecretKind::Password)), [password, "Bearer realm=\"Site\""]);
        let invalid = "Bearer realm=\"Site\", error=\"invalid_token\"";
        assert_eq!(asks(true, Some(SecretKind::Token)), [password, invalid]);
        let sent = |takes_tokens: bool, header: &'static str| {
            let sent = Challenges::new("", takes_tokens).sent(&HeaderValue::from_static(header));
            sent.map(|(kind, login, secret)| (kind, login, secret.to_vec()))
        };
        let token = (SecretKind::Token, String::new(), b"vka_T".to_vec());
        assert_eq!(sent(true, "Bearer vka_T"), Some(token));
        assert_eq!(sent(false, "Bearer vka_T"), None);
        for takes_tokens in [false, true] {
            let basic = (SecretKind::Password, "ada".to_owned(), b"pw".to_vec());
            assert_eq!(sent(takes_tokens, "Basic YWRhOnB3"), Some(basic));
            assert_eq!(sent(takes_tokens, "Digest x"), None);
        }
    }

    #[test]
    fn what_is_no_text_hides_what_stands_before_it() {
        let forged = ("x-forwarded-for", &b"203.0.113.9"[..]);
        assert_eq!(known(&[forged, ("x-forwarded-for", b"\xff")]), None);
    }
}
