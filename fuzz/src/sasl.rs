//! SASL: PLAIN and the mechanisms for tokens read back as they were written, LOGIN is two questions, and what comes out is
//! within its limits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_wire::sasl::{
    Credentials, Exchange, IDENTITY_BYTES_MAX, LINE_BYTES_MAX, Mechanism, SECRET_BYTES_MAX, SaslError, SecretKind,
    Tokens, Turn, plain_as,
};

/// That tokens are taken.
pub(crate) fn tokens() -> Tokens {
    Tokens::new("mail", Some("https://id.example.org/.well-known/openid-configuration"))
}

/// The lines of the input are what an app sends, the first of them with the choice of a mechanism in front.
pub fn sasl(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    lines(*choice, rest);
    plain_reads_back(rest);
    login_reads_back(rest);
    tokens_read_back(rest);
}

/// As the lines stand: whatever they are, an exchange ends soon and gives nothing that is over its limits.
fn lines(choice: u8, rest: &[u8]) {
    let mut lines = rest.split(|b| *b == b'\n');
    let mechanism = match choice & 5 {
        0 => Mechanism::Plain,
        1 => Mechanism::Login,
        4 => Mechanism::OAuthBearer,
        _ => Mechanism::XOAuth2,
    };
    let initial = if choice & 2 == 0 { None } else { lines.next() };
    let mut turn = Exchange::begin(mechanism, initial);
    let mut asked = 0;
    while let Ok(Turn::Ask(exchange, challenge)) = turn {
        asked += 1;
        assert!(asked <= 2, "two questions are the most");
        assert!(STANDARD.decode(challenge).is_ok(), "a challenge is base64");
        let Some(line) = lines.next() else { return };
        turn = exchange.answer(line);
        if line == b"*" {
            assert!(matches!(turn, Err(SaslError::Cancelled)));
        }
        if line.len() > LINE_BYTES_MAX {
            assert!(matches!(turn, Err(SaslError::TooLong)));
        }
    }
    if let Ok(Turn::Done(credentials)) = turn {
        check(&credentials);
        assert!(mechanism == Mechanism::Plain || credentials.acting_for.is_none());
        let is_token = matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2);
        assert_eq!(credentials.kind == SecretKind::Token, is_token);
        if is_token {
            let secret = std::str::from_utf8(&credentials.secret).expect("a token is ASCII");
            return token_reads_back(&credentials.login, secret);
        }
        // Written again it is read the same.
        let again =
            plain_as(credentials.acting_for.as_deref().unwrap_or_default(), &credentials.login, &credentials.secret);
        assert_same(&credentials, &done(Exchange::begin(Mechanism::Plain, Some(again.as_bytes()))));
    }
}

/// What holds for whatever was read.
pub(crate) fn check(credentials: &Credentials) {
    for name in credentials.acting_for.iter().chain([&credentials.login]) {
        assert!(name.len() <= IDENTITY_BYTES_MAX && !name.chars().any(char::is_control), "{name:?}");
    }
    assert_ne!(credentials.acting_for.as_deref(), Some(""));
    assert!(credentials.secret.len() <= SECRET_BYTES_MAX && !credentials.secret.contains(&0));
}

fn done(turn: Result<Turn, SaslError>) -> Credentials {
    match turn {
        Ok(Turn::Done(credentials)) => credentials,
        Ok(Turn::Ask(..) | Turn::NoToken) => panic!("it was all said"),
        Err(error) => panic!("{error}"),
    }
}

fn assert_same(one: &Credentials, other: &Credentials) {
    assert_eq!(one.acting_for, other.acting_for);
    assert_eq!(one.login, other.login);
    assert_eq!(*one.secret, *other.secret);
}

/// Any name and any secret that may be, in one message.
fn plain_reads_back(rest: &[u8]) {
    let Some((names, secret)) = names_and_secret(rest) else { return };
    for (user, master) in [("", names), (names, "gateway")] {
        let sent = plain_as(user, master, secret);
        let read = done(Exchange::begin(Mechanism::Plain, Some(sent.as_bytes())));
        let asked = match Exchange::begin(Mechanism::Plain, None) {
            Ok(Turn::Ask(exchange, "")) => done(exchange.answer(sent.as_bytes())),
            _ => panic!("PLAIN begins with an empty challenge"),
        };
        assert_same(&read, &asked);
        assert_eq!(read.acting_for.as_deref().unwrap_or_default(), user);
        assert_eq!((read.login.as_str(), read.secret.as_slice()), (master, secret));
    }
}

/// The same, one by one.
fn login_reads_back(rest: &[u8]) {
    let Some((name, secret)) = names_and_secret(rest) else { return };
    let Ok(Turn::Ask(exchange, first)) = Exchange::begin(Mechanism::Login, None) else {
        panic!("LOGIN begins with a question")
    };
    let Ok(Turn::Ask(exchange, second)) = exchange.answer(STANDARD.encode(name).as_bytes()) else {
        panic!("the name was good")
    };
    assert_eq!((first, second), ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"));
    let read = done(exchange.answer(STANDARD.encode(secret).as_bytes()));
    assert_eq!((read.login.as_str(), read.secret.as_slice()), (name, secret));
    assert!(read.acting_for.is_none());
}

/// Any name that may be and a token made of the secret, by both mechanisms, with other pairs around.
fn tokens_read_back(rest: &[u8]) {
    let Some((name, secret)) = names_and_secret(rest) else { return };
    let token = STANDARD.encode(&secret[..secret.len().min(SECRET_BYTES_MAX / 4 * 3)]);
    if !token.is_empty() {
        token_reads_back(name, &token);
    }
}

fn token_reads_back(name: &str, token: &str) {
    let escaped = name.replace('=', "=3D").replace(',', "=2C");
    let whom = if name.is_empty() { String::new() } else { format!("a={escaped}") };
    for (mechanism, message) in [
        (Mechanism::OAuthBearer, format!("n,{whom},\x01host=mail\x01auth=Bearer {token}\x01port=993\x01\x01")),
        (Mechanism::XOAuth2, format!("user={name}\x01auth=Bearer {token}\x01\x01")),
    ] {
        let line = STANDARD.encode(message);
        // A name of which much is escaped.
        if line.len() > LINE_BYTES_MAX {
            continue;
        }
        let read = done(Exchange::begin(mechanism, Some(line.as_bytes())));
        assert_eq!((read.login.as_str(), read.secret.as_slice()), (name, token.as_bytes()));
        assert!(read.kind == SecretKind::Token && read.acting_for.is_none());
    }
    assert_eq!(Exchange::refused().answer(token.as_bytes()).err(), Some(SaslError::Refused));
}

fn names_and_secret(rest: &[u8]) -> Option<(&str, &[u8])> {
    let at = rest.iter().position(|b| *b == b'\n')?;
    let (name, secret) = (std::str::from_utf8(&rest[..at]).ok()?, &rest[at + 1..]);
    let good = name.len() <= IDENTITY_BYTES_MAX
        && !name.chars().any(char::is_control)
        && secret.len() <= SECRET_BYTES_MAX
        && !secret.contains(&0);
    good.then_some((name, secret))
}
