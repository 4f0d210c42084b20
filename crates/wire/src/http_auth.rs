//! Signing in over HTTP (RFC 9110 section 11): what apps are asked for, and what they send. The same for whoever is asked by
//! apps themselves and for whoever is asked by a web server.

use zeroize::Zeroizing;

use crate::sasl::SecretKind;
use crate::{basic, bearer};

/// The values of `WWW-Authenticate` that ask for a password (RFC 7617) and, if any are taken, for a token (RFC 6750). Each is
/// for a header of its own: not every app reads two in one.
#[derive(Clone, Debug)]
pub struct Challenges {
    password: String,
    /// In general, and where one was refused.
    tokens: Option<[String; 2]>,
}

/// What an app signs in with.
pub struct Sent {
    /// Which of the two it is.
    pub kind: SecretKind,
    /// Under which name; empty for a token, which says by itself whose it is.
    pub login: String,
    /// The password or the token.
    pub secret: Zeroizing<Vec<u8>>,
}

impl Challenges {
    /// Those of a realm, of which what cannot be printed in a quoted string is left out.
    pub fn new(realm: &str, takes_tokens: bool) -> Self {
        let realm = quotable(realm);
        Self {
            password: format!("Basic realm=\"{realm}\", charset=\"UTF-8\""),
            tokens: takes_tokens.then(|| bearer::challenges(&realm)),
        }
    }

    /// What to ask for: at first, or after what was sent has been refused. All of it is printable ASCII.
    pub fn after(&self, refused: Option<SecretKind>) -> impl Iterator<Item = &str> {
        let token = self.tokens.as_ref().map(|[general, invalid]| match refused {
            Some(SecretKind::Token) => invalid,
            Some(SecretKind::Password) | None => general,
        });
        std::iter::once(&*self.password).chain(token.map(String::as_str))
    }

    /// What to say to an app whose token is good and opens something else, with the scope that it needs, if one can be named:
    /// `WWW-Authenticate` of an answer that is no question (RFC 6750 section 3.1).
    pub fn lacking(&self, scope: Option<&str>) -> Option<String> {
        let [general, _] = self.tokens.as_ref()?;
        let scope = scope.map(|scope| format!(", scope=\"{}\"", quotable(scope))).unwrap_or_default();
        Some(format!("{general}, error=\"insufficient_scope\"{scope}"))
    }

    /// Reads the value of an `Authorization` header. `None` where it is malformed, or of a scheme that was not asked for.
    pub fn read(&self, header: &[u8]) -> Option<Sent> {
        if let Ok(basic::Basic { login, secret }) = basic::parse(header) {
            return Some(Sent { kind: SecretKind::Password, login, secret });
        }
        self.tokens.as_ref()?;
        let secret = bearer::parse(header).ok()?;
        Some(Sent { kind: SecretKind::Token, login: String::new(), secret })
    }
}

/// What of a realm may stand in a quoted string as it is.
pub(crate) fn quotable(realm: &str) -> String {
    realm.chars().filter(|c| (c.is_ascii_graphic() || *c == ' ') && !"\"\\".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_asked_for_beside_a_password_where_tokens_are_taken() {
        let asks = |takes_tokens: bool, refused| -> Vec<String> {
            let challenges = Challenges::new("Ada's \"calendars\"\n", takes_tokens);
            challenges.after(refused).map(str::to_owned).collect()
        };
        let password = "Basic realm=\"Ada's calendars\", charset=\"UTF-8\"";
        let general = "Bearer realm=\"Ada's calendars\"";
        let invalid = "Bearer realm=\"Ada's calendars\", error=\"invalid_token\"";
        for refused in [None, Some(SecretKind::Password)] {
            assert_eq!(asks(false, refused), [password]);
            assert_eq!(asks(true, refused), [password, general]);
        }
        assert_eq!(asks(true, Some(SecretKind::Token)), [password, invalid]);
    }

    /// RFC 6750 section 3.1, and the grammar of scopes in section 3.
    #[test]
    fn a_good_token_for_something_else_is_told_what_it_lacks() {
        let challenges = Challenges::new("Ada's \"calendars\"\n", true);
        assert_eq!(
            challenges.lacking(Some("urn:a urn:b")).as_deref(),
            Some("Bearer realm=\"Ada's calendars\", error=\"insufficient_scope\", scope=\"urn:a urn:b\"")
        );
        assert_eq!(
            challenges.lacking(None).as_deref(),
            Some("Bearer realm=\"Ada's calendars\", error=\"insufficient_scope\"")
        );
        assert_eq!(Challenges::new("", false).lacking(None), None);
    }

    #[test]
    fn what_was_not_asked_for_is_not_read() {
        let read = |takes_tokens: bool, header: &str| {
            let sent = Challenges::new("", takes_tokens).read(header.as_bytes());
            sent.map(|sent| (sent.kind, sent.login, sent.secret.to_vec()))
        };
        assert_eq!(read(true, "Bearer vka_T"), Some((SecretKind::Token, String::new(), b"vka_T".to_vec())));
        assert_eq!(read(false, "Bearer vka_T"), None);
        for takes_tokens in [false, true] {
            let basic = (SecretKind::Password, "ada".to_owned(), b"pw".to_vec());
            assert_eq!(read(takes_tokens, "Basic YWRhOnB3"), Some(basic));
            for bad in ["Digest x", "Basic !", "Bearer", ""] {
                assert_eq!(read(takes_tokens, bad), None, "{bad}");
            }
        }
    }
}
