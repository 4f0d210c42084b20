//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use zeroize::Zeroizing;

use super::lex::{self, Head};
use super::relay::Relay;
use super::upstream::{SignedIn, Upstream};
use crate::conversation::attempts::{Attempts, SignIn};
use crate::conversation::{self, Closing, Event, Farewell, MISTAKES_MAX, Whom, without_end};
use crate::sasl::{Credentials, Mechanism, SaslError, SecretKind, Tokens, identity, secret_of};

/// The longest command before the sign-in, its literals included: names and passwords of the longest kind, and to spare.
const COMMAND_BYTES_MAX: usize = 8192;

/// A conversation with an app that has not signed in.
pub struct Session {
    /// Whether passwords may be sent: the connection is encrypted.
    encrypted: bool,
    /// Whether STARTTLS is offered.
    starttls: bool,
    attempts: Attempts,
    /// Up to where in the present command literals were asked for.
    continued: usize,
    mistakes: u32,
    client: Option<String>,
    /// The tag of the attempt that is being decided.
    tag: Vec<u8>,
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STARTTLS offered. Without either there is no way to
    /// sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>) -> Self {
        Self {
            encrypted,
            starttls: starttls && !encrypted,
            attempts: Attempts::new(tokens),
            continued: 0,
            mistakes: 0,
            client: None,
            tag: Vec::new(),
        }
    }

    fn capabilities(&self) -> &'static str {
        match (self.encrypted, self.starttls) {
            (true, _) if self.attempts.tokens().is_some() => {
                "IMAP4rev1 SASL-IR ID IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN AUTH=OAUTHBEARER AUTH=XOAUTH2"
            }
            (true, _) => "IMAP4rev1 SASL-IR ID IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN",
            (false, true) => "IMAP4rev1 SASL-IR ID IDLE LITERAL+ STARTTLS LOGINDISABLED",
            (false, false) => "IMAP4rev1 SASL-IR ID IDLE LITERAL+ LOGINDISABLED",
        }
    }

    /// Finds the end of a command that may span lines, and asks for literals that wait to be asked for.
    fn frame(&mut self, input: &[u8], out: &mut Vec<u8>) -> Frame {
        let mut at = 0;
        loop {
            let Some(end) = lex::line_end(&input[at..]).map(|end| at + end) else {
                return if input.len() > COMMAND_BYTES_MAX { Frame::TooLong } else { Frame::Incomplete };
            };
            let Some(literal) = lex::literal(without_end(&input[at..end])) else {
                return if end > COMMAND_BYTES_MAX { Frame::TooLong } else { Frame::Complete(end) };
            };
            let Some(next) = usize::try_from(literal.size).ok().and_then(|size| end.checked_add(size)) else {
                return Frame::TooLong;
            };
            if next > COMMAND_BYTES_MAX {
                return Frame::TooLong;
            }
            if literal.synchronising && !self.encrypted && is_login(&input[..end]) {
                // Refused as it stands: nobody is asked for a password in clear.
                return Frame::Complete(end);
            }
            if literal.synchronising && end > self.continued {
                self.continued = end;
                out.extend_from_slice(b"+ OK\r\n");
            }
            if next > input.len() {
                return Frame::Incomplete;
            }
            at = next;
        }
    }

    fn too_long(&mut self, out: &mut Vec<u8>) -> (usize, Event) {
        self.mistakes += 1;
        out.extend_from_slice(b"* BAD Command too long.\r\n* BYE Command too long.\r\n");
        (0, Event::Close(Closing::TooLong))
    }

    fn command(&mut self, command: &[u8], out: &mut Vec<u8>) -> Event {
        let line = without_end(command);
        let Some(Head { tag, name, rest }) = lex::head(line).filter(|_| !line.contains(&0)) else {
            return self.mistake(b"*", "Invalid tag or command.", out);
        };
        match name.to_ascii_uppercase().as_slice() {
            b"CAPABILITY" => {
                out.extend_from_slice(b"* CAPABILITY ");
                out.extend_from_slice(self.capabilities().as_bytes());
                out.extend_from_slice(b"\r\n");
                reply(tag, "OK Capability completed.", out)
            }
            b"NOOP" => reply(tag, "OK NOOP completed.", out),
            b"ID" => {
                self.client = lex::client_name(rest).or(self.client.take());
                out.extend_from_slice(b"* ID (\"name\" \"Valetkey\")\r\n");
                reply(tag, "OK ID completed.", out)
            }
            b"LOGOUT" => {
                out.extend_from_slice(b"* BYE Logging out.\r\n");
                reply(tag, "OK Logout completed.", out);
                Event::Close(Closing::Logout)
            }
            b"STARTTLS" if self.starttls && rest.is_empty() => {
                reply(tag, "OK Begin TLS negotiation now.", out);
                Event::StartTls
            }
            b"STARTTLS" => self.mistake(tag, "STARTTLS is not available here.", out),
            b"LOGIN" | b"AUTHENTICATE" if !self.encrypted => {
                self.mistakes += 1;
                self.tagged(tag, "NO [PRIVACYREQUIRED] Sign-in needs TLS.", out)
            }
            b"LOGIN" => self.login(tag, rest, out),
            b"AUTHENTICATE" => self.authenticate(tag, rest, out),
            _ => self.mistake(tag, "Sign in first.", out),
        }
    }

    fn login(&mut self, tag: &[u8], rest: &[u8], out: &mut Vec<u8>) -> Event {
        let Some((login, secret)) = two_strings(rest) else {
            return self.mistake(tag, "LOGIN takes a user name and a password.", out);
        };
        match (identity(&login), secret_of(&secret)) {
            (Ok(login), Ok(secret)) => {
                self.tag = tag.to_vec();
                self.decide(Credentials { acting_for: None, login, kind: SecretKind::Password, secret })
            }
            _ => self.mistake(tag, "The user name or password is too long or has characters that none can have.", out),
        }
    }

    fn authenticate(&mut self, tag: &[u8], rest: &[u8], out: &mut Vec<u8>) -> Event {
        let mut words = rest.split(|b| *b == b' ').skip(1);
        let (name, initial, more) = (words.next().unwrap_or_default(), words.next(), words.next());
        let Some(mechanism) = Mechanism::named(name, self.attempts.tokens()) else {
            return self.tagged(tag, "NO [CANNOT] This mechanism is not available.", out);
        };
        if more.is_some() {
            return self.mistake(tag, "AUTHENTICATE takes a mechanism and an initial response.", out);
        }
        self.tag = tag.to_vec();
        self.begin(mechanism, initial, out)
    }

    fn not_now(&mut self, text: &str, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        let tag = std::mem::take(&mut self.tag);
        self.tagged(&tag, text, out)
    }

    fn tagged(&mut self, tag: &[u8], text: &str, out: &mut Vec<u8>) -> Event {
        reply(tag, text, out);
        if self.mistakes < MISTAKES_MAX {
            return Event::More;
        }
        out.extend_from_slice(b"* BYE Too many invalid commands.\r\n");
        Event::Close(Closing::Mistakes)
    }

    fn mistake(&mut self, tag: &[u8], text: &str, out: &mut Vec<u8>) -> Event {
        self.mistakes += 1;
        self.tagged(tag, &format!("BAD {text}"), out)
    }
}

impl SignIn for Session {
    fn attempts(&mut self) -> &mut Attempts {
        &mut self.attempts
    }

    fn say_challenge(&mut self, challenge: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"+ ");
        out.extend_from_slice(challenge.as_bytes());
        out.extend_from_slice(b"\r\n");
    }

    fn say_refused(&mut self, advice: Option<&str>, is_last: bool, out: &mut Vec<u8>) {
        if let Some(advice) = advice {
            out.extend_from_slice(b"* NO [ALERT] ");
            out.extend_from_slice(advice.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        let tag = std::mem::take(&mut self.tag);
        reply(&tag, "NO [AUTHENTICATIONFAILED] Authentication failed.", out);
        if is_last {
            out.extend_from_slice(b"* BYE Too many failed sign-ins.\r\n");
        }
    }

    fn bad_message(&mut self, error: SaslError, out: &mut Vec<u8>) -> Event {
        let tag = std::mem::take(&mut self.tag);
        self.mistake(&tag, error.said(), out)
    }
}

impl conversation::Session for Session {
    type Upstream = Upstream;
    type Relay = Relay;

    fn greet(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* OK [CAPABILITY ");
        out.extend_from_slice(self.capabilities().as_bytes());
        out.extend_from_slice(b"] Valetkey ready.\r\n");
    }

    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        if self.attempts.is_deciding() {
            return (0, Event::More);
        }
        if self.attempts.is_asked() {
            // However it is cut: a line is too long whether its end has come or not.
            return match lex::line_end(input) {
                Some(end) if end <= COMMAND_BYTES_MAX => (end, self.go_on(Ok(without_end(&input[..end])), out)),
                None if input.len() <= COMMAND_BYTES_MAX => (0, Event::More),
                _ => self.too_long(out),
            };
        }
        match self.frame(input, out) {
            Frame::Incomplete => (0, Event::More),
            Frame::TooLong => self.too_long(out),
            Frame::Complete(end) => {
                self.continued = 0;
                (end, self.command(&input[..end], out))
            }
        }
    }

    fn after_tls(self) -> Self {
        Self::new(true, false, self.attempts.into_tokens())
    }

    fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    fn mistakes(&self) -> u32 {
        self.mistakes
    }

    fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    fn refused(&mut self, advice: Option<&str>, out: &mut Vec<u8>) -> Event {
        self.decided_against(advice, out)
    }

    fn lacks_scope(&mut self, out: &mut Vec<u8>) -> Event {
        self.decided_for_another_scope(out)
    }

    fn unavailable(&mut self, out: &mut Vec<u8>) -> Event {
        self.not_now("NO [UNAVAILABLE] Temporary failure. Please try again later.", out)
    }

    fn too_many_connections(&mut self, out: &mut Vec<u8>) -> Event {
        self.not_now("NO [LIMIT] This account has too many connections.", out)
    }

    fn turned_away(&mut self, code_and_text: &str, out: &mut Vec<u8>) -> Event {
        self.not_now(&format!("NO {code_and_text}"), out)
    }

    fn upstream(&self, whom: &Whom<'_>) -> Upstream {
        Upstream::new(whom)
    }

    fn accepted(self, signed_in: SignedIn, out: &mut Vec<u8>) -> Relay {
        out.extend_from_slice(&signed_in.untagged);
        out.extend_from_slice(&self.tag);
        out.push(b' ');
        out.extend_from_slice(&signed_in.answer);
        out.extend_from_slice(b"\r\n");
        Relay::new(&signed_in)
    }

    fn farewell(why: Farewell) -> &'static [u8] {
        match why {
            Farewell::Crowded => b"* BYE Too many connections. Please try again later.\r\n",
            Farewell::Slow => b"* BYE Signing in took too long.\r\n",
            Farewell::Revoked => b"* BYE This app was signed out: its app password does not work any more.\r\n",
            Farewell::Removed => b"* BYE This app was signed out: it is not authorised any more.\r\n",
            Farewell::SignedOut => b"* BYE This app was signed out by its owner.\r\n",
            Farewell::Idle => b"* BYE Nothing was said for too long.\r\n",
            Farewell::ShuttingDown => b"* BYE The server is restarting. Please connect again.\r\n",
            Farewell::Unavailable => b"* BYE [UNAVAILABLE] Temporary failure. Please connect again later.\r\n",
        }
    }
}

enum Frame {
    Incomplete,
    TooLong,
    Complete(usize),
}

fn reply(tag: &[u8], text: &str, out: &mut Vec<u8>) -> Event {
    out.extend_from_slice(tag);
    out.push(b' ');
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\r\n");
    Event::More
}

fn is_login(line: &[u8]) -> bool {
    lex::head(without_end(line)).is_some_and(|head| head.name.eq_ignore_ascii_case(b"LOGIN"))
}

type Strings = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

fn two_strings(rest: &[u8]) -> Option<Strings> {
    let mut rest = rest.strip_prefix(b" ")?;
    let first = lex::astring(&mut rest)?;
    rest = rest.strip_prefix(b" ")?;
    let second = lex::astring(&mut rest)?;
    rest.is_empty().then(|| (Zeroizing::new(first.into_owned()), Zeroizing::new(second.into_owned())))
}

/// For [`super::relay`], which answers what must not be said again after the sign-in.
pub(super) fn refuse(tag: &[u8], text: &str, out: &mut Vec<u8>) {
    reply(tag, text, out);
}

#[cfg(test)]
mod tests;
