//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use std::sync::Arc;

use super::lex::{Reader, Sender, Stop, Text, quote};
use super::relay::Relay;
use super::upstream::{Sieve, SignedIn, StartTls, Upstream};
use crate::conversation::{self, Closing, Event, Farewell, MISTAKES_MAX, REFUSALS_MAX, Whom};
use crate::sasl::{Exchange, Mechanism, SaslError, SecretKind, Tokens, Turn};

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
    tokens: Option<Tokens>,
    /// Of the server behind.
    sieve: Arc<Sieve>,
    state: State,
    mistakes: u32,
    refusals: u32,
}

enum State {
    Command,
    /// In the middle of AUTHENTICATE; taken while an answer is looked at.
    Sasl(Option<Exchange>),
    /// An attempt is being decided: nothing is read.
    Deciding(SecretKind),
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STARTTLS offered. Without either there is no way to
    /// sign in. `sieve` is what the server behind has: apps look for it before they sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>, sieve: Arc<Sieve>) -> Self {
        let starttls = starttls && !encrypted;
        Self { encrypted, starttls, tokens, sieve, state: State::Command, mistakes: 0, refusals: 0 }
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
        let mechanisms = if self.encrypted { Mechanism::offered(self.tokens.as_ref()) } else { "" };
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
        let Some(mechanism) = Mechanism::named(mechanism, self.tokens.as_ref()) else {
            return answer(b"NO", "This mechanism is not available.", out);
        };
        let turn = Exchange::begin(mechanism, initial.map(|text| text.as_slice()));
        self.turn(turn, out)
    }

    fn turn(&mut self, turn: Result<Turn, SaslError>, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
        match turn {
            Ok(Turn::Ask(exchange, challenge)) => self.ask(exchange, challenge, out),
            Ok(Turn::Done(credentials)) => {
                self.state = State::Deciding(credentials.kind);
                Event::Attempt(credentials)
            }
            Ok(Turn::NoToken) => self.refuse_token(out),
            Err(SaslError::Refused) => self.refuse(None, out),
            Err(SaslError::Cancelled) => self.mistake(b"NO", "Authentication cancelled.", out),
            Err(SaslError::Base64) => self.mistake(b"NO", "Invalid base64.", out),
            Err(SaslError::TooLong) => self.mistake(b"NO", "Authentication message too long.", out),
            Err(SaslError::Malformed) => self.mistake(b"NO", "Invalid authentication message.", out),
        }
    }

    fn ask(&mut self, exchange: Exchange, challenge: &str, out: &mut Vec<u8>) -> Event {
        quote(challenge.as_bytes(), out);
        out.extend_from_slice(b"\r\n");
        self.state = State::Sasl(Some(exchange));
        Event::More
    }

    /// Says first what is wrong with the token; that it is refused comes behind the app's answer.
    fn refuse_token(&mut self, out: &mut Vec<u8>) -> Event {
        match self.tokens.clone() {
            Some(tokens) => self.ask(Exchange::refused(), tokens.challenge(), out),
            None => self.refuse(None, out),
        }
    }

    fn refuse(&mut self, advice: Option<&str>, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
        self.refusals += 1;
        let advice = advice.map(|advice| format!(" {advice}")).unwrap_or_default();
        answer(b"NO", &format!("Authentication failed.{advice}"), out);
        if self.refusals < REFUSALS_MAX {
            return Event::More;
        }
        answer(b"BYE", "Too many failed sign-ins.", out);
        Event::Close(Closing::Refusals)
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

impl conversation::Session for Session {
    type Upstream = Upstream;
    type Relay = Relay;

    fn greet(&self, out: &mut Vec<u8>) {
        self.capabilities(out);
        answer(b"OK", "Valetkey ready.", out);
    }

    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        match &mut self.state {
            State::Deciding(_) => (0, Event::More),
            State::Sasl(_) => self.read(input, out, response, |session, said, out| {
                let State::Sasl(Some(exchange)) = std::mem::replace(&mut session.state, State::Command) else {
                    return session.turn(Err(SaslError::Malformed), out);
                };
                let turn = match said {
                    Ok(text) => exchange.answer(&text),
                    Err(error) => Err(exchange.unread(error)),
                };
                session.turn(turn, out)
            }),
            State::Command => self.read(input, out, Command::read, |session, command, out| match command {
                Ok(command) => session.command(&command, out),
                Err(_) => session.mistake(b"NO", "Invalid command.", out),
            }),
        }
    }

    fn after_tls(self) -> Self {
        Self::new(true, false, self.tokens, self.sieve)
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
        match self.state {
            State::Deciding(SecretKind::Token) => self.refuse_token(out),
            _ => self.refuse(advice, out),
        }
    }

    fn unavailable(&mut self, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
        answer(b"NO (TRYLATER)", "Temporary failure. Please try again later.", out)
    }

    fn too_many_connections(&mut self, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
        answer(b"NO (TRYLATER)", "This account has too many connections.", out)
    }

    /// As [`Upstream`] gives it: a response code in parentheses, and text that is not quoted.
    fn turned_away(&mut self, code_and_text: &str, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
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
mod tests {
    use super::*;
    use crate::conversation::Session as _;

    /// Runs a conversation: what the app sends, in pieces; gives what it is sent, with attempts in angle brackets.
    fn talk(session: &mut Session, pieces: &[&[u8]]) -> String {
        let (mut out, mut pending) = (Vec::new(), Vec::new());
        'all: for piece in pieces {
            pending.extend_from_slice(piece);
            loop {
                let (used, event) = session.receive(&pending, &mut out);
                pending.drain(..used);
                let event = match event {
                    Event::Attempt(c) => {
                        let acting_for = c.acting_for.map(|a| format!(" for {a}")).unwrap_or_default();
                        let secret = String::from_utf8_lossy(&c.secret).into_owned();
                        out.extend_from_slice(format!("<{} {secret}{acting_for}>\n", c.login).as_bytes());
                        session.refused(None, &mut out)
                    }
                    Event::More if used == 0 => break,
                    other => other,
                };
                match event {
                    Event::StartTls => out.extend_from_slice(b"<starttls>\n"),
                    Event::Close(why) => out.extend_from_slice(format!("<close {why:?}>\n").as_bytes()),
                    _ => continue,
                }
                break 'all;
            }
        }
        String::from_utf8(out).expect("text").replace("\r\n", "\n")
    }

    fn said(session: fn() -> Session, sent: &str) -> String {
        let whole = talk(&mut session(), &[sent.as_bytes()]);
        let cut: Vec<&[u8]> = sent.as_bytes().chunks(1 + sent.len() / 1000).collect();
        assert_eq!(whole, talk(&mut session(), &cut), "however it is cut");
        whole
    }

    fn encrypted(sent: &str) -> String {
        said(|| Session::new(true, true, None, Arc::default()), sent)
    }

    fn in_clear(sent: &str) -> String {
        said(|| Session::new(false, true, None, Arc::default()), sent)
    }

    fn greeting(session: &Session) -> String {
        let mut out = Vec::new();
        session.greet(&mut out);
        String::from_utf8(out).expect("text").replace("\r\n", "\n")
    }

    fn vacation() -> Arc<Sieve> {
        let (extensions, notify) = ("fileinto vacation".to_owned(), Some("mailto".to_owned()));
        Arc::new(Sieve { extensions, notify, redirects: Some(4) })
    }

    const REFUSED: &str = "<ada abcd-efgh>\nNO \"Authentication failed.\"\n";

    #[test]
    fn authenticate_is_read_in_every_form() {
        for sent in [
            "AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\n",
            "authenticate \"plain\" {20+}\r\nAGFkYQBhYmNkLWVmZ2g=\r\n",
            "Authenticate {5+}\r\nPLAIN {20+}\r\nAGFkYQBhYmNkLWVmZ2g=\r\n",
        ] {
            assert_eq!(encrypted(sent), REFUSED, "{sent:?}");
        }
        assert_eq!(encrypted("AUTHENTICATE \"PLAIN\"\r\n\"AGFkYQBhYmNkLWVmZ2g=\"\r\n"), format!("\"\"\n{REFUSED}"));
        let asked = format!("\"VXNlcm5hbWU6\"\n\"UGFzc3dvcmQ6\"\n{REFUSED}");
        assert_eq!(encrypted("AUTHENTICATE \"LOGIN\"\r\n{4+}\r\nYWRh\r\n\"YWJjZC1lZmdo\"\r\n"), asked);
        assert_eq!(
            encrypted("AUTHENTICATE \"LOGIN\" \"YWRh\"\r\n\"YWJjZC1lZmdo\"\r\n"),
            format!("\"UGFzc3dvcmQ6\"\n{REFUSED}")
        );
        let for_bob = encrypted("AUTHENTICATE \"PLAIN\" \"Ym9iAGFkYQBhYmNkLWVmZ2g=\"\r\n");
        assert!(for_bob.starts_with("<ada abcd-efgh for bob>\n"), "{for_bob}");
    }

    #[test]
    fn an_exchange_that_comes_to_nothing_is_no_attempt() {
        let no = |text: &str| format!("NO \"{text}\"\nOK \"NOOP completed.\"\n");
        let end = |sent: &str| encrypted(&format!("AUTHENTICATE {sent}\r\nNOOP\r\n"));
        assert_eq!(end("\"PLAIN\"\r\n\"*\""), format!("\"\"\n{}", no("Authentication cancelled.")));
        assert_eq!(end("\"PLAIN\" \"!\""), no("Invalid base64."));
        assert_eq!(end("\"PLAIN\" \"\""), no("Invalid authentication message."));
        assert_eq!(
            end("\"PLAIN\"\r\nAGFkYQBhYmNkLWVmZ2g="),
            format!("\"\"\n{}", no("Invalid authentication message."))
        );
        assert_eq!(
            end("\"PLAIN\"\r\n\"AGFkYQBhYmNkLWVmZ2g=\" x"),
            format!("\"\"\n{}", no("Invalid authentication message."))
        );
        assert_eq!(end(&format!("\"PLAIN\" \"{}\"", "A".repeat(5000))), no("Authentication message too long."));
        assert_eq!(end("\"CRAM-MD5\""), no("This mechanism is not available."));
        assert_eq!(end("PLAIN"), no("These are not this command's arguments."));
        assert_eq!(end("\"PLAIN\" \"\" \"\""), no("These are not this command's arguments."));
        // An app that waits to be asked for its literal waits for ever: it is told that there are none such.
        assert_eq!(end("\"PLAIN\" {20}"), no("Invalid command."));
    }

    #[test]
    fn what_may_be_asked_before_signing_in_is_answered() {
        let session = Session::new(true, false, None, vacation());
        let list = "\"IMPLEMENTATION\" \"Valetkey\"\n\"SIEVE\" \"fileinto vacation\"\n\"NOTIFY\" \"mailto\"\n\
                    \"MAXREDIRECTS\" \"4\"\n\"SASL\" \"PLAIN LOGIN\"\n\"VERSION\" \"1.0\"\n";
        assert_eq!(greeting(&session), format!("{list}OK \"Valetkey ready.\"\n"));
        let said = encrypted("CAPABILITY\r\nnoop\r\nNOOP \"a\\\"b\"\r\nNOOP {4+}\r\na\r\nb\r\nLOGOUT\r\n");
        let list = list.replace(" vacation", "").replace("\"NOTIFY\" \"mailto\"\n\"MAXREDIRECTS\" \"4\"\n", "");
        assert_eq!(
            said,
            format!(
                "{list}OK \"Capability completed.\"\nOK \"NOOP completed.\"\nOK (TAG \"a\\\"b\") \"NOOP completed.\"\n\
                 OK (TAG {{4}}\na\nb) \"NOOP completed.\"\nOK \"Logout completed.\"\n<close Logout>\n"
            )
        );
        for early in [
            "HAVESPACE \"a\" 5",
            "PUTSCRIPT \"a\" {7+}\r\nLOGOUT\n",
            "LISTSCRIPTS",
            "UNAUTHENTICATE",
            "XCLIENT ADDR=::1",
            "",
        ] {
            assert_eq!(encrypted(&format!("{early}\r\n")), "NO \"Sign in first.\"\n", "{early}");
        }
    }

    #[test]
    fn in_clear_no_way_to_sign_in_is_offered_and_none_is_taken() {
        let offered = greeting(&Session::new(false, true, None, Arc::default()));
        assert!(offered.contains("\"SASL\" \"\"\n\"STARTTLS\"\n") && !offered.contains("PLAIN"), "{offered}");
        assert!(!greeting(&Session::new(false, false, None, Arc::default())).contains("STARTTLS"));
        let no = "NO (ENCRYPT-NEEDED) \"Sign-in needs TLS.\"\n";
        let sent = "AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\nAUTHENTICATE \"LOGIN\"\r\n";
        assert_eq!(in_clear(sent), no.repeat(2));
        assert_eq!(encrypted("STARTTLS\r\n"), "NO \"STARTTLS is not available here.\"\n");
    }

    #[test]
    fn nothing_behind_starttls_is_interpreted_and_the_greeting_comes_again() {
        assert_eq!(in_clear("STARTTLS\r\nNOOP\r\n"), "OK \"Begin TLS negotiation now.\"\n<starttls>\n");
        let mut session = Session::new(false, true, None, vacation());
        talk(&mut session, &[b"LISTSCRIPTS\r\nSTARTTLS\r\n"]);
        let session = session.after_tls();
        assert!(session.is_encrypted() && session.mistakes() == 0, "what was said in clear is forgotten");
        let greeting = greeting(&session);
        assert!(
            Session::greets_after_tls() && greeting.contains("PLAIN") && !greeting.contains("STARTTLS"),
            "{greeting}"
        );
        assert!(greeting.contains("\"SIEVE\" \"fileinto vacation\""), "{greeting}");
    }

    #[test]
    fn while_an_attempt_is_decided_nothing_more_is_read() {
        let (mut session, mut out) = (Session::new(true, false, None, Arc::default()), Vec::new());
        let sent = b"AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\nLISTSCRIPTS\r\n";
        let (used, event) = session.receive(sent, &mut out);
        assert!(matches!(event, Event::Attempt(_)));
        assert!(matches!(session.receive(&sent[used..], &mut out), (0, Event::More)));
        assert!(out.is_empty());
        session.accepted(SignedIn { text: "Logged \"in\".".into() }, &mut out);
        assert_eq!(out, b"OK \"Logged \\\"in\\\".\"\r\n");
    }

    #[test]
    fn each_answer_to_an_attempt_is_the_protocols_own() {
        let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
            let (mut session, mut out) = (Session::new(true, false, None, Arc::default()), Vec::new());
            session.receive(b"AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\n", &mut out);
            assert!(matches!(end(&mut session, &mut out), Event::More));
            let said = String::from_utf8(out).expect("text").replace("\r\n", "\n");
            assert_eq!(talk(&mut session, &[b"NOOP\r\n"]), "OK \"NOOP completed.\"\n", "it goes on");
            said
        };
        assert_eq!(
            answer(|s, out| s.refused(Some("Use an \"app password\"."), out)),
            "NO \"Authentication failed. Use an \\\"app password\\\".\"\n"
        );
        assert_eq!(
            answer(|s, out| s.unavailable(out)),
            "NO (TRYLATER) \"Temporary failure. Please try again later.\"\n"
        );
        assert_eq!(
            answer(|s, out| s.too_many_connections(out)),
            "NO (TRYLATER) \"This account has too many connections.\"\n"
        );
        assert_eq!(
            answer(|s, out| s.turned_away("(QUOTA/MAXSIZE) \"Full\"\r\n.", out)),
            "NO (QUOTA/MAXSIZE) \"\\\"Full\\\".\"\n"
        );
        assert_eq!(answer(|s, out| s.turned_away("(a b) No.", out)), "NO \"(a b) No.\"\n");
    }

    #[test]
    fn what_is_too_long_ends_the_conversation_however_it_is_cut() {
        let close = "BYE \"Command too long.\"\n<close TooLong>\n";
        for long in [
            "x".repeat(COMMAND_BYTES_MAX + 1),
            format!("NOOP \"{}\"\r\n", "x".repeat(COMMAND_BYTES_MAX)),
            format!("NOOP {{{COMMAND_BYTES_MAX}+}}\r\n"),
            "PUTSCRIPT \"a\" {4294967295+}\r\n".to_owned(),
            format!("(not a command {}", "x".repeat(COMMAND_BYTES_MAX)),
        ] {
            assert_eq!(encrypted(&long), close);
        }
        let longest = format!("NOOP \"{}\"\r\n", "x".repeat(COMMAND_BYTES_MAX - 9));
        assert!(encrypted(&longest).starts_with("OK (TAG {8183}\n"));
    }

    #[test]
    fn who_talks_nonsense_or_guesses_is_sent_away() {
        let answer = encrypted(&"GET / HTTP/1.1\r\nAccept: */*\r\n".repeat(30));
        assert!(answer.ends_with("BYE \"Too many invalid commands.\"\n<close Mistakes>\n"), "{answer}");
        assert_eq!(answer.matches("NO ").count(), 20);
        let answer = encrypted(&"AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\n".repeat(10));
        assert!(answer.ends_with("BYE \"Too many failed sign-ins.\"\n<close Refusals>\n"), "{answer}");
        assert_eq!(answer.matches("<ada").count(), 5);
    }
}
