//! SASL as apps use it, with passwords by PLAIN (RFC 4616) and LOGIN (never standardised, see
//! draft-murchison-sasl-login-00), and with access tokens by OAUTHBEARER and XOAUTH2. The protocols around it differ only
//! in how they frame a line.

mod token;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

pub(crate) use token::is_token;
pub use token::{Tokens, Unfit};

/// The longest login name or authorisation identity in bytes that is passed on; a longer one belongs to nobody.
pub const IDENTITY_BYTES_MAX: usize = 512;
/// The longest password or token in bytes that is passed on.
pub const SECRET_BYTES_MAX: usize = 1024;
/// The longest line of base64 that is looked at: room for what is allowed, and to spare.
pub const LINE_BYTES_MAX: usize = 4096;

/// A mechanism that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Everything in one message.
    Plain,
    /// The user name, then the password.
    Login,
    /// A token, in one message (RFC 7628).
    OAuthBearer,
    /// The same, as it was before there was a standard.
    XOAuth2,
}

impl Mechanism {
    /// Reads a mechanism's name, in any case; `None` if it is not offered.
    pub fn named(name: &[u8], tokens: Option<&Tokens>) -> Option<Self> {
        match name {
            n if n.eq_ignore_ascii_case(b"PLAIN") => Some(Self::Plain),
            n if n.eq_ignore_ascii_case(b"LOGIN") => Some(Self::Login),
            n if n.eq_ignore_ascii_case(b"OAUTHBEARER") => tokens.map(|_| Self::OAuthBearer),
            n if n.eq_ignore_ascii_case(b"XOAUTH2") => tokens.map(|_| Self::XOAuth2),
            _ => None,
        }
    }

    /// The names of those that are offered, as most protocols list them.
    pub const fn offered(tokens: Option<&Tokens>) -> &'static str {
        match tokens {
            None => "PLAIN LOGIN",
            Some(_) => "PLAIN LOGIN OAUTHBEARER XOAUTH2",
        }
    }
}

/// What an app sent to sign in with.
pub struct Credentials {
    /// For whom it wants to act, if it says so and it is not empty.
    pub acting_for: Option<String>,
    /// The user name. Empty where a token says by itself whose it is.
    pub login: String,
    /// What the secret is.
    pub kind: SecretKind,
    /// The password or token. Need not be UTF-8.
    pub secret: Zeroizing<Vec<u8>>,
}

/// What an app signs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// A password.
    Password,
    /// An access token: whoever refuses it sends [`Tokens::challenge`] first and goes on with [`Exchange::refused`].
    Token,
}

/// How an exchange goes on.
pub enum Turn {
    /// Send this challenge (already in base64) and hand the answer to the exchange.
    Ask(Exchange, &'static str),
    /// The app has said all.
    Done(Credentials),
    /// The app has sent no token: it wants to be told, as in a refusal, where there are some (RFC 7628 section 4.3). Or one
    /// that is longer than any of ours, which is somebody else's.
    NoToken,
}

/// An exchange that waits for the app's next line.
pub struct Exchange(Waiting);

enum Waiting {
    Plain,
    Login,
    Secret { login: String },
    OAuthBearer,
    XOAuth2,
    Refused,
}

/// Why an exchange ends without credentials. The app is told that its message was bad, not that it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaslError {
    /// The line is longer than [`LINE_BYTES_MAX`], or what it holds is longer than allowed.
    #[error("the message is too long")]
    TooLong,
    /// Not base64 (RFC 4648 section 4, with its padding).
    #[error("the message is not base64")]
    Base64,
    /// Not what the mechanism sends, or a name that is not UTF-8 or has a NUL in it.
    #[error("the message is not what the mechanism sends")]
    Malformed,
    /// The app sent `*`.
    #[error("the app gave up")]
    Cancelled,
    /// The app has answered to [`Tokens::challenge`]: now it is refused in the protocol's own words.
    #[error("the token was refused")]
    Refused,
}

impl SaslError {
    /// What an app is told.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Cancelled => "Authentication cancelled.",
            Self::Base64 => "Invalid base64.",
            Self::TooLong => "Authentication message too long.",
            Self::Malformed | Self::Refused => "Invalid authentication message.",
        }
    }
}

impl Exchange {
    /// Begins an exchange, with the initial response if the app sent one: base64, or `=` for an empty one (RFC 4959).
    pub fn begin(mechanism: Mechanism, initial: Option<&[u8]>) -> Result<Turn, SaslError> {
        let (exchange, challenge) = match mechanism {
            Mechanism::Plain => (Self(Waiting::Plain), ""),
            Mechanism::Login => (Self(Waiting::Login), LOGIN_CHALLENGE),
            Mechanism::OAuthBearer => (Self(Waiting::OAuthBearer), ""),
            Mechanism::XOAuth2 => (Self(Waiting::XOAuth2), ""),
        };
        match initial {
            None => Ok(Turn::Ask(exchange, challenge)),
            Some(b"=") => exchange.take(&Zeroizing::default()),
            Some(line) => exchange.read(line),
        }
    }

    /// An exchange whose token was refused, and whose app has been sent [`Tokens::challenge`]. It answers with a dummy, or
    /// cancels: whatever it says is [`SaslError::Refused`].
    pub fn refused() -> Self {
        Self(Waiting::Refused)
    }

    /// Goes on with a line from the app, without its line end.
    pub fn answer(self, line: &[u8]) -> Result<Turn, SaslError> {
        if matches!(self.0, Waiting::Refused) {
            return Err(SaslError::Refused);
        }
        if line == b"*" {
            return Err(SaslError::Cancelled);
        }
        self.read(line)
    }

    fn read(self, line: &[u8]) -> Result<Turn, SaslError> {
        match decode(line) {
            // What a token makes too long is refused as a token is, so that the app gets another.
            Err(SaslError::TooLong) if matches!(self.0, Waiting::OAuthBearer | Waiting::XOAuth2) => Ok(Turn::NoToken),
            message => self.take(&message?),
        }
    }

    /// Why it ends if what the app answers cannot even be read.
    pub fn unread(self, error: SaslError) -> SaslError {
        if matches!(self.0, Waiting::Refused) { SaslError::Refused } else { error }
    }

    fn take(self, message: &Zeroizing<Vec<u8>>) -> Result<Turn, SaslError> {
        match self.0 {
            Waiting::Plain => {
                let mut parts = message.splitn(3, |b| *b == 0);
                let (Some(acting_for), Some(login), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
                    return Err(SaslError::Malformed);
                };
                let acting_for = identity(acting_for)?;
                let acting_for = (!acting_for.is_empty()).then_some(acting_for);
                let (login, secret) = (identity(login)?, secret_of(secret)?);
                Ok(Turn::Done(Credentials { acting_for, login, kind: SecretKind::Password, secret }))
            }
            Waiting::Login => Ok(Turn::Ask(Self(Waiting::Secret { login: identity(message)? }), PASSWORD_CHALLENGE)),
            Waiting::Secret { login } => {
                let (kind, secret) = (SecretKind::Password, secret_of(message)?);
                Ok(Turn::Done(Credentials { acting_for: None, login, kind, secret }))
            }
            Waiting::OAuthBearer => token::oauthbearer(message),
            Waiting::XOAuth2 => token::xoauth2(message),
            Waiting::Refused => Err(SaslError::Refused),
        }
    }
}

/// `Username:` and `Password:`, which every client of LOGIN expects.
const LOGIN_CHALLENGE: &str = "VXNlcm5hbWU6";
const PASSWORD_CHALLENGE: &str = "UGFzc3dvcmQ6";

/// A login name or authorisation identity as it came: UTF-8 without control characters, not too long.
pub fn identity(bytes: &[u8]) -> Result<String, SaslError> {
    if bytes.len() > IDENTITY_BYTES_MAX {
        return Err(SaslError::TooLong);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        _ => Err(SaslError::Malformed),
    }
}

/// A password as it came: no NUL, not too long (RFC 4616 section 2).
pub fn secret_of(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SaslError> {
    if bytes.len() > SECRET_BYTES_MAX {
        return Err(SaslError::TooLong);
    }
    if bytes.contains(&0) {
        return Err(SaslError::Malformed);
    }
    Ok(Zeroizing::new(bytes.to_vec()))
}

fn decode(line: &[u8]) -> Result<Zeroizing<Vec<u8>>, SaslError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(SaslError::TooLong);
    }
    // Reserved in full: growing would leave a copy of a part behind.
    let mut decoded = Zeroizing::new(vec![0; line.len() / 4 * 3 + 3]);
    let len = STANDARD.decode_slice(line, &mut decoded).map_err(|_| SaslError::Base64)?;
    decoded.truncate(len);
    Ok(decoded)
}

/// The one message of PLAIN by which a gateway signs in upstream as somebody else: `user NUL master NUL secret`, in
/// base64. No separator is parsed out of a name.
pub fn plain_as(user: &str, master: &str, secret: &[u8]) -> Zeroizing<String> {
    let mut message = Zeroizing::new(Vec::with_capacity(user.len() + master.len() + secret.len() + 2));
    message.extend_from_slice(user.as_bytes());
    message.push(0);
    message.extend_from_slice(master.as_bytes());
    message.push(0);
    message.extend_from_slice(secret);
    let mut text = Zeroizing::new(String::with_capacity(message.len().div_ceil(3) * 4));
    STANDARD.encode_string(&*message, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn b64(text: &[u8]) -> Vec<u8> {
        STANDARD.encode(text).into_bytes()
    }

    fn done(turn: Result<Turn, SaslError>) -> (Option<String>, String, Vec<u8>) {
        match turn {
            Ok(Turn::Done(c)) => (c.acting_for, c.login, c.secret.to_vec()),
            Ok(Turn::Ask(..) | Turn::NoToken) => panic!("asked for more"),
            Err(error) => panic!("{error}"),
        }
    }

    fn asked(turn: Result<Turn, SaslError>) -> (Exchange, &'static str) {
        match turn {
            Ok(Turn::Ask(exchange, challenge)) => (exchange, challenge),
            Ok(Turn::Done(_) | Turn::NoToken) => panic!("done already"),
            Err(error) => panic!("{error}"),
        }
    }

    fn failed(turn: Result<Turn, SaslError>) -> SaslError {
        turn.err().expect("a failure")
    }

    /// The examples of RFC 4616 section 4.
    #[test]
    fn plain_reads_the_examples_of_the_rfc() {
        let first = Exchange::begin(Mechanism::Plain, Some(&b64(b"\0tim\0tanstaaftanstaaf")));
        assert_eq!(done(first), (None, "tim".into(), b"tanstaaftanstaaf".to_vec()));
        let second = Exchange::begin(Mechanism::Plain, Some(&b64(b"Ursel\0Kurt\0xipj3plmq")));
        assert_eq!(done(second), (Some("Ursel".into()), "Kurt".into(), b"xipj3plmq".to_vec()));
        let (exchange, challenge) = asked(Exchange::begin(Mechanism::Plain, None));
        assert_eq!(challenge, "");
        assert_eq!(done(exchange.answer(&b64(b"\0tim\0tanstaaftanstaaf"))).1, "tim");
    }

    #[test]
    fn login_asks_for_the_name_and_then_the_password() {
        let (exchange, challenge) = asked(Exchange::begin(Mechanism::Login, None));
        assert_eq!(challenge, "VXNlcm5hbWU6");
        let (exchange, challenge) = asked(exchange.answer(&b64(b"ada@example.org")));
        assert_eq!(challenge, "UGFzc3dvcmQ6");
        assert_eq!(done(exchange.answer(&b64(b"abcd-efgh"))), (None, "ada@example.org".into(), b"abcd-efgh".to_vec()));
        let (exchange, challenge) = asked(Exchange::begin(Mechanism::Login, Some(&b64(b"ada"))));
        assert_eq!(challenge, "UGFzc3dvcmQ6", "curl sends the name at once");
        assert_eq!(done(exchange.answer(b"")).2, b"", "an empty password is an attempt like any other");
    }

    #[test]
    fn what_is_broken_is_called_bad_and_not_wrong() {
        let plain = |line: &[u8]| failed(Exchange::begin(Mechanism::Plain, Some(line)));
        assert_eq!(plain(b"not base64!"), SaslError::Base64);
        assert_eq!(plain(b"YWRh="), SaslError::Base64);
        assert_eq!(plain(b"="), SaslError::Malformed, "an empty response is no message of PLAIN");
        assert_eq!(plain(&b64(b"ada")), SaslError::Malformed);
        assert_eq!(plain(&b64(b"\0ada\0pass\0word")), SaslError::Malformed);
        assert_eq!(plain(&b64(b"\0a\rda\0password")), SaslError::Malformed);
        assert_eq!(plain(&b64(b"\0\xff\0password")), SaslError::Malformed);
        assert_eq!(plain(&b64(&[b"\0", "a".repeat(600).as_bytes(), b"\0x"].concat())), SaslError::TooLong);
        assert_eq!(plain(&b64(&[b"\0ada\0", "a".repeat(1025).as_bytes()].concat())), SaslError::TooLong);
        assert_eq!(plain(&[b'A'; 5000]), SaslError::TooLong);
        let (exchange, _) = asked(Exchange::begin(Mechanism::Login, None));
        assert_eq!(failed(exchange.answer(b"*")), SaslError::Cancelled);
    }

    #[test]
    fn mechanisms_for_tokens_are_there_where_tokens_are_taken() {
        let tokens = Tokens::new("mail", None);
        for (name, mechanism) in
            [("plain", Some(Mechanism::Plain)), ("Login", Some(Mechanism::Login)), ("CRAM-MD5", None)]
        {
            assert_eq!(Mechanism::named(name.as_bytes(), None), mechanism);
            assert_eq!(Mechanism::named(name.as_bytes(), Some(&tokens)), mechanism);
        }
        for (name, mechanism) in [("oauthbearer", Mechanism::OAuthBearer), ("XOAuth2", Mechanism::XOAuth2)] {
            assert_eq!(Mechanism::named(name.as_bytes(), None), None);
            assert_eq!(Mechanism::named(name.as_bytes(), Some(&tokens)), Some(mechanism));
        }
    }

    proptest! {
        #[test]
        fn what_a_gateway_sends_reads_back(user in "[a-z@.]{1,40}", master in "[a-z]{1,20}", secret in proptest::collection::vec(1u8.., 0..100)) {
            let sent = plain_as(&user, &master, &secret);
            let read = done(Exchange::begin(Mechanism::Plain, Some(sent.as_bytes())));
            prop_assert_eq!(read, (Some(user), master, secret));
        }
    }
}
