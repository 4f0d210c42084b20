//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use std::sync::Arc;

use super::lex::{Reader, Sender, Stop, Text, quote};
use super::relay::Relay;
use super::upstream::{Sieve, SignedIn, StartTls, Upstream};
use crate::conversation::attempts::{Attempts, SignIn};
use crate::conversation::{self, Closing, Event, Farewell, MISTAKES_MAX, Whom};
use crate::sasl::{Mechanism, SaslError, Tokens};

/// The longest command before the sign-in, its literals included: messages of the longest kind, and to spare.
const COMMAND_BYTES_MAX: usize = 8192;
/// The longest quoted string (RFC 5804 section 4).
const QUOTED_BYTES_MAX: usize = 1024;

/// A conversation with an app that has not signed in.
pub struct Session {
    /// Whether passwords may be sent: the connection is encrypted.
    encrypted: bool,
    /// Whether STARTTLS is offered.
    starttls: bool,
    attempts: Attempts,
    /// Of the server behind.
    sieve: Arc<Sieve>,
    mistakes: u32,
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STARTTLS offered. Without either there is no way to
    /// sign in. `sieve` is what the server behind has: apps look for it before they sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>, sieve: Arc<Sieve>) -> Self {
        let starttls = starttls && !encrypted;
        Self { encrypted, starttls, attempts: Attempts::new(tokens), sieve, mistakes: 0 }
    }

    fn capabilities(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"IMPLEMENTATION\" \"Valetkey\"\r\n\"SIEVE\" ");
        quote(self.sieve.extensions.as_bytes(), out);
        if let Some(schemes) = &self.sieve.notify {
            out.extend_from_slice(b"\r\n\"NOTIFY\" ");
            quote(schemes.as_bytes(), out);
        }
        if let Some(redirects) = self.sieve.redirects {
            out.extend_from_slice(format!("\r\n\"MAXREDIRECTS\" \"{redirects}\"").as_bytes());
        }
        let mechanisms = if self.encrypted { Mechanism::offered(self.attempts.tokens()) } else { "" };
        out.extend_from_slice(b"\r\n\"SASL\" ");
        quote(mechanisms.as_bytes(), out);
        out.extend_from_slice(b"\r\n");
        if self.starttls {
            out.extend_from_slice(b"\"STARTTLS\"\r\n");
        }
        out.extend_from_slice(b"\"VERSION\" \"1.0\"\r\n");
    }

    fn command(&mut self, command: &Command, out: &mut Vec<u8>) -> Event {
        let arguments = command.arguments.as_slice();
        match (command.verb.as_slice(), arguments) {
            (b"CAPABILITY", []) => {
                self.capabilities(out);
                answer(b"OK", "Capability completed.", out)
            }
            (b"NOOP", []) => answer(b"OK", "NOOP completed.", out),
            (b"NOOP", [Some(tag)]) => {
                out.extend_from_slice(b"OK (TAG ");
                write_string(tag, out);
                out.extend_from_slice(b") \"NOOP completed.\"\r\n");
                Event::More
            }
            (b"LOGOUT", []) => {
                answer(b"OK", "Logout completed.", out);
                Event::Close(Closing::Logout)
            }
            (b"STARTTLS", []) if self.starttls => {
                answer(b"OK", "Begin TLS negotiation now.", out);
                Event::StartTls
            }
            (b"STARTTLS", _) => self.mistake(b"NO", "STARTTLS is not available here.", out),
            (b"AUTHENTICATE", _) if !self.encrypted => self.mistake(b"NO (ENCRYPT-NEEDED)", "Sign-in needs TLS.", out),
            (b"AUTHENTICATE", [Some(mechanism)]) => self.authenticate(mechanism, None, out),
            (b"AUTHENTICATE", [Some(mechanism), Some(initial)]) => self.authenticate(mechanism, Some(initial), out),
            (b"CAPABILITY" | b"NOOP" | b"LOGOUT" | b"AUTHENTICATE", _) => {
                self.mistake(b"NO", "These are not this command's arguments.", out)
            }
            _ => self.mistake(b"NO", "Sign in first.", out),
        }
    }

    fn authenticate(&mut self, mechanism: &[u8], initial: Option<&Text>, out: &mut Vec<u8>) -> Event {
        let Some(mechanism) = Mechanism::named(mechanism, self.attempts.tokens()) else {
            return answer(b"NO", "This mechanism is not available.", out);
        };
        self.begin(mechanism, initial.map(|text| text.as_slice()), out)
    }

    fn mistake(&mut self, word: &[u8], text: &str, out: &mut Vec<u8>) -> Event {
        self.mistakes += 1;
        answer(word, text, out);
        if self.mistakes < MISTAKES_MAX {
            return Event::More;
        }
        answer(b"BYE", "Too many invalid commands.", out);
        Event::Close(Closing::Mistakes)
    }

    /// Reads something whole and looks at it, or passes over the line in which it stops being by the grammar.
    fn read<T>(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        what: impl Fn(&mut Reader) -> Result<T, Stop>,
        look: impl FnOnce(&mut Self, Result<T, SaslError>, &mut Vec<u8>) -> Event,
    ) -> (usize, Event) {
        let mut reader = Reader::new(input, COMMAND_BYTES_MAX, Sender::App);
        match what(&mut reader) {
            Ok(read) => (reader.at(), look(self, Ok(read), out)),
            Err(Stop::Incomplete) => (0, Event::More),
            Err(Stop::TooLong) => self.too_long(out),
            Err(Stop::Malformed) => match conversation::line(&input[reader.at()..], COMMAND_BYTES_MAX - reader.at()) {
                Ok(None) => (0, Event::More),
                Ok(Some(rest)) => (reader.at() + rest.len(), look(self, Err(SaslError::Malformed), out)),
                Err(conversation::TooLong) => self.too_long(out),
            },
        }
    }

    fn too_long(&mut self, out: &mut Vec<u8>) -> (usize, Event) {
        self.mistakes += 1;
        answer(b"BYE", "Command too long.", out);
        (0, Event::Close(Closing::TooLong))
    }
}

impl SignIn for Session {
    fn attempts(&mut self) -> &mut Attempts {
        &mut self.attempts
    }

    fn say_challenge(&mut self, challenge: &str, out: &mut Vec<u8>) {
        quote(challenge.as_bytes(), out);
        out.extend_from_slice(b"\r\n");
    }

    fn say_refused(&mut self, advice: Option<&str>, is_last: bool, out: &mut Vec<u8>) {
        let advice = advice.map(|advice| format!(" {advice}")).unwrap_or_default();
        answer(b"NO", &format!("Authentication failed.{advice}"), out);
        if is_last {
            answer(b"BYE", "Too many failed sign-ins.", out);
        }
    }

    fn bad_message(&mut self, error: SaslError, out: &mut Vec<u8>) -> Event {
        self.mistake(b"NO", error.said(), out)
    }
}

impl conversation::Session for Session {
    type Upstream = Upstream;
    type Relay = Relay;

    fn greet(&self, out: &mut Vec<u8>) {
        self.capabilities(out);
        answer(b"OK", "Valetkey ready.", out);
    }

    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        if self.attempts.is_deciding() {
            return (0, Event::More);
        }
        if self.attempts.is_asked() {
            return self.read(input, out, response, |session, said, out| {
                session.go_on(said.as_deref().map(Vec::as_slice).map_err(|error| *error), out)
            });
        }
        self.read(input, out, Command::read, |session, command, out| match command {
            Ok(command) => session.command(&command, out),
            Err(_) => session.mistake(b"NO", "Invalid command.", out),
        })
    }

    fn after_tls(self) -> Self {
        Self::new(true, false, self.attempts.into_tokens(), self.sieve)
    }

    /// With what may be done now (RFC 5804 section 2.2).
    fn greets_after_tls() -> bool {
        true
    }

    fn before_tls_upstream() -> Option<Box<dyn conversation::Upstream<SignedIn = ()> + Send>> {
        Some(Box::new(StartTls::default()))
    }

    fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    fn mistakes(&self) -> u32 {
        self.mistakes
    }

    /// Apps do not name themselves in `ManageSieve`.
    fn client(&self) -> Option<&str> {
        None
    }

    fn refused(&mut self, advice: Option<&str>, out: &mut Vec<u8>) -> Event {
        self.decided_against(advice, out)
    }

    fn lacks_scope(&mut self, out: &mut Vec<u8>) -> Event {
        self.decided_for_another_scope(out)
    }

    fn unavailable(&mut self, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        answer(b"NO (TRYLATER)", "Temporary failure. Please try again later.", out)
    }

    fn too_many_connections(&mut self, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        answer(b"NO (TRYLATER)", "This account has too many connections.", out)
    }

    /// As [`Upstream`] gives it: a response code in parentheses, and text that is not quoted.
    fn turned_away(&mut self, code_and_text: &str, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        let is_code =
            |code: &str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-/".contains(&b));
        let parts = code_and_text.strip_prefix('(').and_then(|rest| rest.split_once(") "));
        match parts.filter(|(code, _)| is_code(code)) {
            Some((code, text)) => answer(format!("NO ({code})").as_bytes(), text, out),
            None => answer(b"NO", code_and_text, out),
        }
    }

    fn upstream(&self, whom: &Whom<'_>) -> Upstream {
        Upstream::new(whom)
    }

    fn accepted(self, signed_in: SignedIn, out: &mut Vec<u8>) -> Relay {
        let text = if signed_in.text.is_empty() { "Logged in." } else { &signed_in.text };
        answer(b"OK", text, out);
        Relay::default()
    }

    fn farewell(why: Farewell) -> &'static [u8] {
        match why {
            Farewell::Crowded => b"BYE (TRYLATER) \"Too many connections. Please try again later.\"\r\n",
            Farewell::Slow => b"BYE \"Signing in took too long.\"\r\n",
            Farewell::Revoked => b"BYE \"This app was signed out: its app password does not work any more.\"\r\n",
            Farewell::Removed => b"BYE \"This app was signed out: it is not authorised any more.\"\r\n",
            Farewell::SignedOut => b"BYE \"This app was signed out by its owner.\"\r\n",
            Farewell::Idle => b"BYE \"Nothing was said for too long.\"\r\n",
            Farewell::ShuttingDown => b"BYE (TRYLATER) \"The server is restarting. Please connect again.\"\r\n",
            Farewell::Unavailable => b"BYE (TRYLATER) \"Temporary failure. Please connect again later.\"\r\n",
        }
    }
}

struct Command {
    verb: Vec<u8>,
    arguments: Vec<Option<Text>>,
}

impl Command {
    fn read(reader: &mut Reader) -> Result<Self, Stop> {
        Ok(Self { verb: reader.verb()?, arguments: reader.arguments()? })
    }
}

/// An app's answer to a challenge: a string, and the line's end.
fn response(reader: &mut Reader) -> Result<Text, Stop> {
    let text = reader.string()?;
    reader.line_end()?;
    Ok(text)
}

fn answer(word: &[u8], text: &str, out: &mut Vec<u8>) -> Event {
    out.extend_from_slice(word);
    out.push(b' ');
    quote(text.as_bytes(), out);
    out.extend_from_slice(b"\r\n");
    Event::More
}

/// Writes a string of an app's back, in the form in which it can be written.
fn write_string(text: &[u8], out: &mut Vec<u8>) {
    let is_quotable = text.len() <= QUOTED_BYTES_MAX && std::str::from_utf8(text).is_ok();
    if is_quotable && !text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return quote(text, out);
    }
    out.extend_from_slice(format!("{{{}}}\r\n", text.len()).as_bytes());
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests;
