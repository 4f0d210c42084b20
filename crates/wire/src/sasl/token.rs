//! Access tokens instead of passwords: OAUTHBEARER (RFC 7628) and XOAUTH2, its older relative, which more apps speak
//! (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Credentials, SECRET_BYTES_MAX, SaslError, SecretKind, Turn, identity, secret_of};
use crate::split::split;

/// What stands behind each pair, and once more at the end.
const SEPARATOR: u8 = 1;

/// That access tokens are taken beside passwords, and what an app is told whose token is refused.
#[derive(Clone)]
pub struct Tokens(Arc<Challenges>);

struct Challenges {
    invalid: Box<str>,
    lacking: Box<str>,
}

/// Why a token lets nobody in, as far as its app is to know (RFC 6750 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is none, or is over: the app needs another.
    Invalid,
    /// It is good, and does not open this: another one of the same kind would not either.
    LacksScope,
}

impl Unfit {
    const fn status(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_token",
            Self::LacksScope => "insufficient_scope",
        }
    }
}

impl Tokens {
    /// `scope` is what a token must open to be good here, and `metadata` the address where the server that gives tokens
    /// says how.
    pub fn new(scope: &str, metadata: Option<&str>) -> Self {
        let object = |unfit: Unfit| {
            let mut object = format!("{{\"status\":\"{}\",\"scope\":", unfit.status());
            write_json(scope, &mut object);
            if let Some(metadata) = metadata {
                object.push_str(",\"openid-configuration\":");
                write_json(metadata, &mut object);
            }
            object.push('}');
            STANDARD.encode(object).into()
        };
        Self(Arc::new(Challenges { invalid: object(Unfit::Invalid), lacking: object(Unfit::LacksScope) }))
    }

    /// The error object (RFC 7628 section 3.2.2) as a challenge, in base64.
    pub fn challenge(&self, unfit: Unfit) -> &str {
        match unfit {
            Unfit::Invalid => &self.0.invalid,
            Unfit::LacksScope => &self.0.lacking,
        }
    }
}

/// Writes a text as JSON has it (RFC 8259 section 7).
fn write_json(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Writing to memory cannot fail.
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Reads the one message of OAUTHBEARER: `n,a=user,` and pairs. Whom the app names is who it says that it is: a token
/// signs in for nobody but its account.
pub(super) fn oauthbearer(message: &[u8]) -> Result<Turn, SaslError> {
    let at = memchr::memchr(SEPARATOR, message).ok_or(SaslError::Malformed)?;
    let login = named(&message[..at])?;
    let Pairs { auth, .. } = Pairs::read(&message[at + 1..])?;
    turn(login, auth)
}

/// Reads the one message of XOAUTH2: pairs, one of which is `user`.
pub(super) fn xoauth2(message: &[u8]) -> Result<Turn, SaslError> {
    let Pairs { user, auth } = Pairs::read(message)?;
    turn(identity(user.ok_or(SaslError::Malformed)?)?, auth)
}

/// The pairs that say something; others, as `host` and `port`, are passed over.
struct Pairs<'a> {
    user: Option<&'a [u8]>,
    auth: Option<&'a [u8]>,
}

impl<'a> Pairs<'a> {
    fn read(pairs: &'a [u8]) -> Result<Self, SaslError> {
        let pairs = pairs.strip_suffix(&[SEPARATOR, SEPARATOR]).ok_or(SaslError::Malformed)?;
        let mut read = Self { user: None, auth: None };
        for pair in split(pairs, SEPARATOR) {
            let at = memchr::memchr(b'=', pair).ok_or(SaslError::Malformed)?;
            let (key, value) = (&pair[..at], &pair[at + 1..]);
            if key.is_empty() || !key.iter().all(u8::is_ascii_alphabetic) {
                return Err(SaslError::Malformed);
            }
            let kept = match key {
                b"user" => &mut read.user,
                b"auth" => &mut read.auth,
                _ => continue,
            };
            // Of two nobody knows which one counts.
            if kept.replace(value).is_some() {
                return Err(SaslError::Malformed);
            }
        }
        Ok(read)
    }
}

/// Whom the header names, `n,a=user,` (RFC 5801 section 4); nobody in `n,,`. There is nothing to bind to a channel.
fn named(header: &[u8]) -> Result<String, SaslError> {
    let rest = header.strip_prefix(b"n,").or_else(|| header.strip_prefix(b"y,"));
    let name = rest.and_then(|rest| rest.strip_suffix(b",")).ok_or(SaslError::Malformed)?;
    if name.is_empty() {
        return Ok(String::new());
    }
    let mut name = name.strip_prefix(b"a=").filter(|name| !name.is_empty()).ok_or(SaslError::Malformed)?;
    if memchr::memchr2(b'=', b',', name).is_none() {
        return identity(name);
    }
    let mut plain = Vec::with_capacity(name.len());
    while let Some((first, rest)) = name.split_first() {
        let (byte, rest) = match (first, rest.get(..2)) {
            (b'=', Some(b"2C" | b"2c")) => (b',', &rest[2..]),
            (b'=', Some(b"3D" | b"3d")) => (b'=', &rest[2..]),
            (b'=' | b',', _) => return Err(SaslError::Malformed),
            _ => (*first, rest),
        };
        plain.push(byte);
        name = rest;
    }
    identity(&plain)
}

fn turn(login: String, auth: Option<&[u8]>) -> Result<Turn, SaslError> {
    let token = bearer(auth.ok_or(SaslError::Malformed)?)?;
    if token.is_empty() || token.len() > SECRET_BYTES_MAX {
        return Ok(Turn::NoToken);
    }
    Ok(Turn::Done(Credentials { acting_for: None, login, kind: SecretKind::Token, secret: secret_of(token)? }))
}

/// The token behind `Bearer`, or nothing where there is nothing at all (RFC 7628 section 4.3).
fn bearer(auth: &[u8]) -> Result<&[u8], SaslError> {
    if auth.is_empty() {
        return Ok(auth);
    }
    let (scheme, token) = auth.split_at_checked(b"Bearer ".len()).ok_or(SaslError::Malformed)?;
    let is_good = scheme.eq_ignore_ascii_case(b"Bearer ") && (token.is_empty() || is_token(token));
    if is_good { Ok(token) } else { Err(SaslError::Malformed) }
}

/// Whether it can be a token at all (RFC 6750 section 2.1).
pub(crate) fn is_token(text: &[u8]) -> bool {
    let end = text.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    end > 0 && text[..end].iter().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(b))
}

#[cfg(test)]
mod tests {
    use super::super::{Exchange, Mechanism};
    use super::*;

    type Read = (String, Vec<u8>);

    /// What a message comes to; nothing if it asks what it would be refused with.
    fn read(mechanism: Mechanism, message: &[u8]) -> Result<Option<Read>, SaslError> {
        let at_once = Exchange::begin(mechanism, Some(STANDARD.encode(message).as_bytes()));
        let Ok(Turn::Ask(exchange, "")) = Exchange::begin(mechanism, None) else {
            panic!("it begins with an empty challenge");
        };
        let later = shown(exchange.answer(STANDARD.encode(message).as_bytes()));
        let at_once = shown(at_once);
        assert_eq!(at_once, later);
        at_once
    }

    fn shown(turn: Result<Turn, SaslError>) -> Result<Option<Read>, SaslError> {
        match turn? {
            Turn::Ask(..) => panic!("asked for more"),
            Turn::NoToken => Ok(None),
            Turn::Done(c) => {
                assert!(c.kind == SecretKind::Token && c.acting_for.is_none());
                Ok(Some((c.login, c.secret.to_vec())))
            }
        }
    }

    fn bearer(message: &str) -> Result<Option<Read>, SaslError> {
        read(Mechanism::OAuthBearer, message.as_bytes())
    }

    fn xoauth2(message: &str) -> Result<Option<Read>, SaslError> {
        read(Mechanism::XOAuth2, message.as_bytes())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with what was read")]
    fn who(login: &str, token: &str) -> Result<Option<Read>, SaslError> {
        Ok(Some((login.to_owned(), token.as_bytes().to_vec())))
    }

    /// Those of RFC 7628 section 4, with their own base64 where the RFC has it.
    #[test]
    fn oauthbearer_reads_the_examples_of_the_rfc() {
        let token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";
        let first = b"bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRm\
                      dDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB";
        assert_eq!(shown(Exchange::begin(Mechanism::OAuthBearer, Some(first))), who("user@example.com", token));
        let same =
            format!("n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer {token}\x01\x01");
        assert_eq!(bearer(&same), who("user@example.com", token));
        let none = "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=\x01\x01";
        assert_eq!(bearer(none), Ok(None), "it asks where to get one");
    }

    #[test]
    fn xoauth2_reads_the_example_of_those_who_made_it() {
        let sent =
            b"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRH\
                     RXVZMjl0Q2cBAQ==";
        let token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
        assert_eq!(shown(Exchange::begin(Mechanism::XOAuth2, Some(sent))), who("someuser@example.com", token));
    }

    #[test]
    fn a_name_may_be_left_out_or_escaped() {
        assert_eq!(bearer("n,,\x01auth=Bearer t\x01\x01"), who("", "t"));
        assert_eq!(bearer("y,a=a=2Cb=3Dc,\x01auth=bearer t==\x01\x01"), who("a,b=c", "t=="));
        assert_eq!(bearer("n,,\x01user=eve\x01auth=BEARER t\x01\x01"), who("", "t"), "that is no pair of it");
        assert_eq!(xoauth2("user=\x01auth=Bearer t\x01\x01"), who("", "t"));
        assert_eq!(xoauth2("auth=Bearer t\x01user=a,b=c\x01\x01"), who("a,b=c", "t"));
        assert_eq!(xoauth2("user=ada\x01auth=Bearer \x01\x01"), Ok(None));
    }

    #[test]
    fn what_is_broken_is_called_bad_and_not_wrong() {
        for bad in [
            "",
            "\x01",
            "n,a=ada,",
            "n,a=ada,\x01\x01",
            "n,a=ada,\x01auth=Bearer t",
            "n,a=ada,\x01auth=Bearer t\x01",
            "n,a=ada,\x01auth=Bearer t\x01\x01\x01",
            "n,a=ada,\x01auth=Bearer t\x01auth=Bearer u\x01\x01",
            "n,a=ada,\x01auth=Basic dDp0\x01\x01",
            "n,a=ada,\x01auth=Bearer  t\x01\x01",
            "n,a=ada,\x01auth=Bearer t u\x01\x01",
            "n,a=ada,\x01auth=Bearer =\x01\x01",
            "n,a=ada,\x01auth=Bearer t\0\x01\x01",
            "n,a=ada,\x01auth=Bear\x01\x01",
            "n,a=ada,\x01host\x01auth=Bearer t\x01\x01",
            "n,a=ada,\x01=x\x01auth=Bearer t\x01\x01",
            "n,a=ada,\x01AUTH=Bearer t\x01\x01",
            "p=tls-exporter,a=ada,\x01auth=Bearer t\x01\x01",
            "F,n,a=ada,\x01auth=Bearer t\x01\x01",
            "n,a=,\x01auth=Bearer t\x01\x01",
            "n,ada,\x01auth=Bearer t\x01\x01",
            "n,a=a,b,\x01auth=Bearer t\x01\x01",
            "n,a=a=b,\x01auth=Bearer t\x01\x01",
            "n,a=a\tb,\x01auth=Bearer t\x01\x01",
            "user=ada\x01auth=Bearer t\x01\x01",
        ] {
            assert_eq!(bearer(bad), Err(SaslError::Malformed), "{bad:?}");
        }
        for bad in ["", "auth=Bearer t\x01\x01", "user=ada\x01\x01", "user=a\x01user=b\x01auth=Bearer t\x01\x01"] {
            assert_eq!(xoauth2(bad), Err(SaslError::Malformed), "{bad:?}");
        }
        let long = format!("user={}\x01auth=Bearer t\x01\x01", "a".repeat(513));
        assert_eq!(xoauth2(&long), Err(SaslError::TooLong));
    }

    #[test]
    fn a_token_that_is_longer_than_any_of_ours_is_an_invalid_one_and_no_broken_message() {
        assert_eq!(bearer(&format!("n,,\x01auth=Bearer {}\x01\x01", "t".repeat(1024))), who("", &"t".repeat(1024)));
        for long in [1025, 2000, 10_000] {
            let token = "t".repeat(long);
            assert_eq!(bearer(&format!("n,a=ada,\x01auth=Bearer {token}\x01\x01")), Ok(None), "{long}");
            assert_eq!(xoauth2(&format!("user=ada\x01auth=Bearer {token}\x01\x01")), Ok(None), "{long}");
        }
    }

    #[test]
    fn whatever_is_answered_to_a_refusal_ends_the_exchange() {
        for answer in ["AQ==", "", "*", "not base64!"] {
            assert_eq!(Exchange::refused().answer(answer.as_bytes()).err(), Some(SaslError::Refused), "{answer}");
        }
    }

    #[test]
    fn the_error_object_says_what_is_needed_and_where_to_get_it() {
        let told = |tokens: &Tokens, unfit| {
            String::from_utf8(STANDARD.decode(tokens.challenge(unfit)).expect("base64")).expect("text")
        };
        let said = |tokens: &Tokens| told(tokens, Unfit::Invalid);
        assert_eq!(said(&Tokens::new("mail", None)), r#"{"status":"invalid_token","scope":"mail"}"#);
        let lacking = told(&Tokens::new("mail", Some("https://id.example.org")), Unfit::LacksScope);
        assert_eq!(
            lacking,
            r#"{"status":"insufficient_scope","scope":"mail","openid-configuration":"https://id.example.org"}"#
        );
        let at = "https://id.example.org/.well-known/openid-configuration";
        assert_eq!(
            said(&Tokens::new("mail", Some(at))),
            format!(r#"{{"status":"invalid_token","scope":"mail","openid-configuration":"{at}"}}"#)
        );
        assert_eq!(
            said(&Tokens::new("a\"b\\c\n", None)),
            "{\"status\":\"invalid_token\",\"scope\":\"a\\\"b\\\\c\\u000a\"}"
        );
    }
}
