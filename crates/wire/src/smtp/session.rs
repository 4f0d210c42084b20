//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use std::sync::Arc;

use super::extensions::answer_ehlo;
use super::lex::{self, BadLine, Command};
use super::relay::Relay;
use super::upstream::{SignedIn, Upstream};
use super::{Greeting, lex::line_end};
use crate::conversation::attempts::{Attempts, SignIn};
use crate::conversation::{self, Closing, Event, Farewell, MISTAKES_MAX, Whom};
use crate::sasl::{Mechanism, SaslError, Tokens};

/// The longest command line (RFC 5321 section 4.5.3.1.4).
const LINE_BYTES_MAX: usize = 512;
/// The longest line of AUTH (RFC 4954 section 4). What is in it is bounded by [`crate::sasl::LINE_BYTES_MAX`].
const AUTH_LINE_BYTES_MAX: usize = 12_288;

/// A conversation with an app that has not signed in.
pub struct Session {
    /// Whether passwords may be sent: the connection is encrypted.
    encrypted: bool,
    /// Whether STARTTLS is offered.
    starttls: bool,
    attempts: Attempts,
    greeting: Arc<Greeting>,
    mistakes: u32,
    client: Option<String>,
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STARTTLS offered. Without either there is no way to
    /// sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>, greeting: Arc<Greeting>) -> Self {
        Self {
            encrypted,
            starttls: starttls && !encrypted,
            attempts: Attempts::new(tokens),
            greeting,
            mistakes: 0,
            client: None,
        }
    }

    /// How long the line may be that begins here.
    fn line_bytes_max(&self, input: &[u8]) -> usize {
        let is_auth = input.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"AUTH "));
        if is_auth || self.attempts.is_asked() { AUTH_LINE_BYTES_MAX } else { LINE_BYTES_MAX }
    }

    fn bad_line(&mut self, bad: BadLine, out: &mut Vec<u8>) -> Event {
        self.mistakes += 1;
        match bad {
            BadLine::TooLong => {
                reply("500 5.5.2 Line too long.", out);
                Event::Close(Closing::TooLong)
            }
            BadLine::BareEnd => {
                reply("521 5.5.2 Lines must end in CR LF.", out);
                Event::Close(Closing::OutOfStep)
            }
        }
    }

    fn command(&mut self, line: &[u8], out: &mut Vec<u8>) -> Event {
        let Some(Command { verb, rest }) = lex::command(line) else {
            return self.mistake("500 5.5.2 Invalid command.", out);
        };
        match verb.as_str() {
            "EHLO" | "HELO" => self.hello(&verb, rest, out),
            "NOOP" => reply("250 2.0.0 OK.", out),
            "RSET" => reply("250 2.0.0 OK.", out),
            "HELP" => reply("214 2.0.0 Sign in with an app password.", out),
            "VRFY" => reply("252 2.0.0 Send some mail to find out.", out),
            "QUIT" => {
                reply("221 2.0.0 Goodbye.", out);
                Event::Close(Closing::Logout)
            }
            "STARTTLS" if self.starttls && rest.is_empty() => {
                reply("220 2.0.0 Begin TLS negotiation now.", out);
                Event::StartTls
            }
            "STARTTLS" if self.starttls => self.mistake("501 5.5.4 STARTTLS takes no parameters.", out),
            "STARTTLS" => self.mistake("503 5.5.1 STARTTLS is not available here.", out),
            "AUTH" if !self.encrypted => self.mistake("538 5.7.11 Sign-in needs TLS.", out),
            "AUTH" => self.auth(rest, out),
            // What follows is data, and was not asked for: it must not be read as commands.
            "BDAT" => {
                self.mistakes += 1;
                reply(self.sign_in_first(), out);
                Event::Close(Closing::OutOfStep)
            }
            "LHLO" => self.mistake("500 5.5.1 This is not LMTP.", out),
            _ => self.mistake(self.sign_in_first(), out),
        }
    }

    fn sign_in_first(&self) -> &'static str {
        if self.encrypted { "530 5.7.0 Sign in first." } else { "530 5.7.0 Begin TLS and sign in first." }
    }

    fn hello(&mut self, verb: &str, rest: &str, out: &mut Vec<u8>) -> Event {
        let Some(name) = lex::name(rest) else {
            return self.mistake("501 5.5.4 EHLO and HELO take a host name.", out);
        };
        self.client = Some(name.to_owned());
        let Greeting { host, keywords, .. } = &*self.greeting;
        if verb == "HELO" {
            return reply(&format!("250 {host}"), out);
        }
        let own = match (self.encrypted, self.starttls) {
            (true, _) => Some(format!("AUTH {}", Mechanism::offered(self.attempts.tokens()))),
            (false, true) => Some("STARTTLS".to_owned()),
            (false, false) => None,
        };
        answer_ehlo(host, keywords, own.as_deref(), out);
        Event::More
    }

    fn auth(&mut self, rest: &str, out: &mut Vec<u8>) -> Event {
        let mut words = rest.split(' ').filter(|word| !word.is_empty());
        let (mechanism, initial, more) = (words.next(), words.next(), words.next());
        let Some(mechanism) = mechanism.filter(|_| more.is_none()) else {
            return self.mistake("501 5.5.4 Syntax: AUTH mechanism [initial response].", out);
        };
        let Some(mechanism) = Mechanism::named(mechanism.as_bytes(), self.attempts.tokens()) else {
            return self.mistake("504 5.5.4 This mechanism is not available.", out);
        };
        self.begin(mechanism, initial.map(str::as_bytes), out)
    }

    fn mistake(&mut self, text: &str, out: &mut Vec<u8>) -> Event {
        self.mistakes += 1;
        reply(text, out);
        if self.mistakes < MISTAKES_MAX {
            return Event::More;
        }
        reply("421 4.7.0 Too many invalid commands.", out);
        Event::Close(Closing::Mistakes)
    }
}

impl SignIn for Session {
    fn attempts(&mut self) -> &mut Attempts {
        &mut self.attempts
    }

    fn say_challenge(&mut self, challenge: &str, out: &mut Vec<u8>) {
        reply(&format!("334 {challenge}"), out);
    }

    fn say_refused(&mut self, advice: Option<&str>, is_last: bool, out: &mut Vec<u8>) {
        if let Some(advice) = advice {
            reply(&format!("535-5.7.8 {advice}"), out);
        }
        reply("535 5.7.8 Authentication failed.", out);
        if is_last {
            reply("421 4.7.0 Too many failed sign-ins.", out);
        }
    }

    fn bad_message(&mut self, error: SaslError, out: &mut Vec<u8>) -> Event {
        let code = match error {
            SaslError::Cancelled => "501 5.7.0",
            SaslError::TooLong => "500 5.5.6",
            SaslError::Base64 | SaslError::Malformed | SaslError::Refused => "501 5.5.2",
        };
        self.mistake(&format!("{code} {}", error.said()), out)
    }
}

impl conversation::Session for Session {
    type Upstream = Upstream;
    type Relay = Relay;

    fn greet(&self, out: &mut Vec<u8>) {
        reply(&format!("220 {} ESMTP Valetkey ready.", self.greeting.host), out);
    }

    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        if self.attempts.is_deciding() {
            return (0, Event::More);
        }
        let end = match line_end(input, self.line_bytes_max(input)) {
            Ok(Some(end)) => end,
            Ok(None) => return (0, Event::More),
            Err(bad) => return (0, self.bad_line(bad, out)),
        };
        let line = &input[..end - 2];
        let event = if self.attempts.is_asked() { self.go_on(Ok(line), out) } else { self.command(line, out) };
        (end, event)
    }

    fn after_tls(self) -> Self {
        Self::new(true, false, self.attempts.into_tokens(), self.greeting)
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
        self.attempts.end();
        reply("454 4.7.0 Temporary failure. Please try again later.", out)
    }

    fn too_many_connections(&mut self, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        reply("421 4.7.0 This account has too many connections.", out);
        Event::Close(Closing::TooManyConnections)
    }

    fn turned_away(&mut self, said: &str, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        if is_passed_on(said) { reply(said, out) } else { reply(&format!("454 4.7.0 {said}"), out) }
    }

    fn upstream(&self, whom: &Whom<'_>) -> Upstream {
        Upstream::new(&self.greeting, self.client(), whom)
    }

    fn accepted(self, signed_in: SignedIn, out: &mut Vec<u8>) -> Relay {
        reply("235 2.7.0 Authentication succeeded.", out);
        Relay::new(signed_in, self.greeting)
    }

    fn farewell(why: Farewell) -> &'static [u8] {
        match why {
            Farewell::Crowded => b"421 4.7.0 Too many connections. Please try again later.\r\n",
            Farewell::Slow => b"421 4.7.0 Signing in took too long.\r\n",
            Farewell::Revoked => b"421 4.7.0 This app was signed out: its app password does not work any more.\r\n",
            Farewell::Removed => b"421 4.7.0 This app was signed out: it is not authorised any more.\r\n",
            Farewell::SignedOut => b"421 4.7.0 This app was signed out by its owner.\r\n",
            Farewell::Idle => b"421 4.4.2 Nothing was said for too long.\r\n",
            Farewell::ShuttingDown => b"421 4.3.2 The server is restarting. Please connect again.\r\n",
            Farewell::Unavailable => b"421 4.3.2 Temporary failure. Please connect again later.\r\n",
        }
    }
}

/// Whether a server's reply can answer AUTH as it stands: it says no, and not that the app's own password is wrong.
fn is_passed_on(said: &str) -> bool {
    lex::reply(said.as_bytes()).is_some_and(|reply| reply.is_last && reply.code >= 400 && reply.code / 10 != 53)
}

fn reply(text: &str, out: &mut Vec<u8>) -> Event {
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\r\n");
    Event::More
}

#[cfg(test)]
mod tests;
