//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use super::relay::Relay;
use super::upstream::{SignedIn, Upstream};
use super::verb_and_argument;
use crate::conversation::attempts::{Attempts, SignIn};
use crate::conversation::{self, Closing, Event, Farewell, MISTAKES_MAX, TooLong, Whom, line, without_end};
use crate::sasl::{self, Credentials, Mechanism, SaslError, SecretKind, Tokens, identity, secret_of};

/// The longest line before the sign-in. RFC 2449 allows 255 bytes, and RFC 5034 more: an initial response of the longest
/// kind behind AUTH and the mechanism's name.
const LINE_BYTES_MAX: usize = sasl::LINE_BYTES_MAX + 64;

/// A conversation with an app that has not signed in.
pub struct Session {
    /// Whether passwords may be sent: the connection is encrypted.
    encrypted: bool,
    /// Whether STLS is offered.
    starttls: bool,
    attempts: Attempts,
    /// What the last USER said.
    user: Option<String>,
    mistakes: u32,
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STLS offered. Without either there is no way to
    /// sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>) -> Self {
        let starttls = starttls && !encrypted;
        Self { encrypted, starttls, attempts: Attempts::new(tokens), user: None, mistakes: 0 }
    }

    fn command(&mut self, line: &[u8], out: &mut Vec<u8>) -> Event {
        // Servers read a lone CR in different ways, and a NUL as the end.
        if memchr::memchr2(b'\r', 0, line).is_some() {
            return self.mistake("Invalid command.", out);
        }
        let (verb, argument) = verb_and_argument(line);
        let is_alone = argument.is_none_or(<[u8]>::is_empty);
        match verb.to_ascii_uppercase().as_slice() {
            b"CAPA" if is_alone => self.capabilities(out),
            b"QUIT" if is_alone => {
                out.extend_from_slice(b"+OK Bye.\r\n");
                Event::Close(Closing::Logout)
            }
            b"STLS" if self.starttls && is_alone => {
                out.extend_from_slice(b"+OK Begin TLS negotiation now.\r\n");
                Event::StartTls
            }
            b"STLS" => self.mistake("STLS is not available here.", out),
            b"AUTH" if is_alone => self.mechanisms(out),
            // The code says that no other password will do: the app need not ask for one.
            b"USER" | b"PASS" | b"AUTH" if !self.encrypted => self.mistake("[SYS/PERM] Sign-in needs TLS.", out),
            b"USER" => self.user(argument, out),
            b"PASS" => self.pass(argument, out),
            b"AUTH" => self.auth(argument.unwrap_or_default(), out),
            _ => self.mistake("Sign in first.", out),
        }
    }

    fn capabilities(&self, out: &mut Vec<u8>) -> Event {
        out.extend_from_slice(
            b"+OK Capability list follows.\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n",
        );
        if self.encrypted {
            out.extend_from_slice(b"USER\r\nSASL ");
            out.extend_from_slice(Mechanism::offered(self.attempts.tokens()).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        if self.starttls {
            out.extend_from_slice(b"STLS\r\n");
        }
        out.extend_from_slice(b".\r\n");
        Event::More
    }

    /// AUTH alone, by which older apps ask for the mechanisms.
    fn mechanisms(&self, out: &mut Vec<u8>) -> Event {
        out.extend_from_slice(b"+OK Mechanisms follow.\r\n");
        let offered = if self.encrypted { Mechanism::offered(self.attempts.tokens()) } else { "" };
        for name in offered.split_terminator(' ') {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
        Event::More
    }

    fn user(&mut self, argument: Option<&[u8]>, out: &mut Vec<u8>) -> Event {
        self.user = argument.filter(|name| !name.is_empty()).and_then(|name| identity(name).ok());
        if self.user.is_none() {
            return self.mistake("USER takes a user name that is not too long.", out);
        }
        out.extend_from_slice(b"+OK\r\n");
        Event::More
    }

    /// Everything behind the first space is the password, further spaces included (RFC 1939 section 7).
    fn pass(&mut self, argument: Option<&[u8]>, out: &mut Vec<u8>) -> Event {
        let Some(login) = self.user.take() else { return self.mistake("USER comes first.", out) };
        match argument.map(secret_of) {
            Some(Ok(secret)) => {
                self.decide(Credentials { acting_for: None, login, kind: SecretKind::Password, secret })
            }
            _ => self.mistake("PASS takes a password that is not too long.", out),
        }
    }

    fn auth(&mut self, argument: &[u8], out: &mut Vec<u8>) -> Event {
        self.user = None;
        let mut words = argument.split(|b| *b == b' ');
        let (name, initial, more) = (words.next().unwrap_or_default(), words.next(), words.next());
        let mechanism = Mechanism::named(name, self.attempts.tokens());
        let Some(mechanism) = mechanism else { return self.no("This mechanism is not available.", out) };
        if more.is_some() {
            return self.mistake("AUTH takes a mechanism and an initial response.", out);
        }
        self.begin(mechanism, initial, out)
    }

    fn too_long(&mut self, out: &mut Vec<u8>) -> (usize, Event) {
        self.mistakes += 1;
        out.extend_from_slice(b"-ERR Command too long.\r\n");
        (0, Event::Close(Closing::TooLong))
    }

    fn mistake(&mut self, text: &str, out: &mut Vec<u8>) -> Event {
        self.mistakes += 1;
        if self.mistakes < MISTAKES_MAX {
            return self.no(text, out);
        }
        self.no("Too many invalid commands.", out);
        Event::Close(Closing::Mistakes)
    }

    fn no(&mut self, text: &str, out: &mut Vec<u8>) -> Event {
        self.attempts.end();
        out.extend_from_slice(b"-ERR ");
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"\r\n");
        Event::More
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
        let further = advice.or(is_last.then_some("Too many failed sign-ins."));
        // An answer is one line (RFC 1939 section 3).
        let further = further.map(|text| format!(" {text}")).unwrap_or_default();
        self.no(&format!("[AUTH] Authentication failed.{further}"), out);
    }

    fn bad_message(&mut self, error: SaslError, out: &mut Vec<u8>) -> Event {
        self.mistake(error.said(), out)
    }
}

impl conversation::Session for Session {
    type Upstream = Upstream;
    type Relay = Relay;

    /// Without a timestamp: with APOP (RFC 1939 section 7) the password itself would have to be kept.
    fn greet(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"+OK Valetkey ready.\r\n");
    }

    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        if self.attempts.is_deciding() {
            return (0, Event::More);
        }
        let whole = match line(input, LINE_BYTES_MAX) {
            Ok(Some(whole)) => whole,
            Ok(None) => return (0, Event::More),
            Err(TooLong) => return self.too_long(out),
        };
        let line = without_end(whole);
        let event = if self.attempts.is_asked() { self.go_on(Ok(line), out) } else { self.command(line, out) };
        (whole.len(), event)
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

    /// Apps do not name themselves in POP3.
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
        self.no("[SYS/TEMP] Temporary failure. Please try again later.", out)
    }

    /// As Dovecot says it: other sessions have the mailbox, and the password was right (RFC 2449 section 8.1.2).
    fn too_many_connections(&mut self, out: &mut Vec<u8>) -> Event {
        self.no("[IN-USE] This account has too many connections.", out)
    }

    fn turned_away(&mut self, code_and_text: &str, out: &mut Vec<u8>) -> Event {
        self.no(code_and_text, out)
    }

    fn upstream(&self, whom: &Whom<'_>) -> Upstream {
        Upstream::new(whom)
    }

    fn accepted(self, signed_in: SignedIn, out: &mut Vec<u8>) -> Relay {
        out.extend_from_slice(signed_in.answer.as_bytes());
        out.extend_from_slice(b"\r\n");
        Relay
    }

    /// Each may also be read as the answer to the command that is waited for.
    fn farewell(why: Farewell) -> &'static [u8] {
        match why {
            Farewell::Crowded => b"-ERR [SYS/TEMP] Too many connections. Please try again later.\r\n",
            Farewell::Slow => b"-ERR Signing in took too long.\r\n",
            Farewell::Revoked => b"-ERR [AUTH] This app was signed out: its app password does not work any more.\r\n",
            Farewell::Removed => b"-ERR [AUTH] This app was signed out: it is not authorised any more.\r\n",
            Farewell::SignedOut => b"-ERR This app was signed out by its owner.\r\n",
            // RFC 1939 section 3: without a word.
            Farewell::Idle => b"",
            Farewell::ShuttingDown => b"-ERR [SYS/TEMP] The server is restarting. Please connect again.\r\n",
            Farewell::Unavailable => b"-ERR [SYS/TEMP] Temporary failure. Please connect again later.\r\n",
        }
    }
}

#[cfg(test)]
mod tests;
