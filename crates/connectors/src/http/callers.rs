//! Which servers may ask.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A server that may ask, by a secret that it shares with us.
pub struct Caller {
    /// What it is called, `dovecot`.
    pub name: String,
    /// Its secret.
    pub secret: Zeroizing<Vec<u8>>,
}

/// The servers that may ask: their names, and the hashes of their secrets.
pub(super) struct Callers(Vec<(String, [u8; 32])>);

impl Callers {
    pub(super) fn new(callers: Vec<Caller>) -> Self {
        Self(callers.into_iter().map(|caller| (caller.name, Sha256::digest(&*caller.secret).into())).collect())
    }

    /// By `X-Auth-Key`, which every front server can set, or by `Authorization: Bearer`.
    pub(super) fn may_ask(&self, headers: &HeaderMap) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let bearer = || headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let said = headers.get("x-auth-key").map(http::HeaderValue::as_bytes).or_else(bearer);
        said.is_some_and(|secret| self.has(None, secret))
    }

    /// By what OAuth calls a client (RFC 6749 section 2.3.1).
    pub(super) fn is_client(&self, name: &str, secret: &str) -> bool {
        self.0.is_empty() || self.has(Some(name), secret.as_bytes())
    }

    /// Takes as long whichever secret it is, and whether it is one.
    fn has(&self, name: Option<&str>, secret: &[u8]) -> bool {
        let hash: [u8; 32] = Sha256::digest(secret).into();
        let is_it = |(known, of_secret): &(String, [u8; 32])| {
            bool::from(of_secret.ct_eq(&hash)) & name.is_none_or(|name| name == known)
        };
        self.0.iter().fold(false, |found, one| found | is_it(one))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn whoever_is_named_needs_their_secret_and_without_names_everybody_may() {
        let caller = |name: &str, secret: &str| Caller { name: name.into(), secret: Zeroizing::new(secret.into()) };
        let callers = Callers::new(vec![caller("dovecot", "one"), caller("nginx", "other")]);
        let asked = |name: &'static str, value: &'static str| {
            callers.may_ask(&HeaderMap::from_iter([(name.parse().expect("a name"), HeaderValue::from_static(value))]))
        };
        assert!(asked("x-auth-key", "one") && asked("x-auth-key", "other") && asked("authorization", "Bearer one"));
        assert!(!asked("x-auth-key", "on") && !asked("x-auth-key", "") && !asked("authorization", "Basic one"));
        assert!(!callers.may_ask(&HeaderMap::new()));
        assert!(callers.is_client("dovecot", "one"));
        assert!(!callers.is_client("dovecot", "other") && !callers.is_client("somebody", "one"));
        let everybody = Callers::new(Vec::new());
        assert!(everybody.may_ask(&HeaderMap::new()) && everybody.is_client("", ""));
    }
}
