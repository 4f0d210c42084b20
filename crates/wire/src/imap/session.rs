//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use zeroize::Zeroizing;

use super::lex::{self, Head};
use super::relay::Relay;
use super::upstream::{SignedIn, Upstream};
use crate::conversation::{self, Closing, Event, Farewell, MISTAKES_MAX, REFUSALS_MAX, Whom, without_end};
use crate::sasl::{Credentials, Exchange, Mechanism, SaslError, SecretKind, Tokens, Turn, identity, secret_of};

/// The longest command before the sign-in, its literals included: names and passwords of the longest kind, and to spare.
const COMMAND_BYTES_MAX: usize = 8192;

/// A conversation with an app that has not signed in.
pub struct Session {
    /// Whether passwords may be sent: the connection is encrypted.
    encrypted: bool,
    /// Whether STARTTLS is offered.
    starttls: bool,
    tokens: Option<Tokens>,
    state: State,
    /// Up to where in the present command literals were asked for.
    continued: usize,
    mistakes: u32,
    refusals: u32,
    client: Option<String>,
    /// The tag of the attempt that is being decided.
    tag: Vec<u8>,
}

enum State {
    Command,
    /// In the middle of AUTHENTICATE; taken while a line is looked at.
    Sasl(Option<Exchange>),
    /// An attempt is being decided: nothing is read.
    Deciding(SecretKind),
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STARTTLS offered. Without either there is no way to
    /// sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>) -> Self {
        Self {
            encrypted,
            starttls: starttls && !encrypted,
            tokens,
            state: State::Command,
            continued: 0,
            mistakes: 0,
            refusals: 0,
            client: None,
            tag: Vec::new(),
        }
    }

    fn capabilities(&self) -> &'static str {
        match (self.encrypted, self.starttls) {
            (true, _) if self.tokens.is_some() => {
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
        let Some(mechanism) = Mechanism::named(name, self.tokens.as_ref()) else {
            return self.tagged(tag, "NO [CANNOT] This mechanism is not available.", out);
        };
        if more.is_some() {
            return self.mistake(tag, "AUTHENTICATE takes a mechanism and an initial response.", out);
        }
        self.tag = tag.to_vec();
        let turn = Exchange::begin(mechanism, initial);
        self.turn(turn, out)
    }

    fn turn(&mut self, turn: Result<Turn, SaslError>, out: &mut Vec<u8>) -> Event {
        match turn {
            Ok(Turn::Ask(exchange, challenge)) => self.ask(exchange, challenge, out),
            Ok(Turn::Done(credentials)) => self.decide(credentials),
            Ok(Turn::NoToken) => self.refuse_token(out),
            Err(SaslError::Refused) => self.refuse(None, out),
            Err(error) => {
                self.state = State::Command;
                let tag = std::mem::take(&mut self.tag);
                let text = match error {
                    SaslError::Cancelled => "Authentication cancelled.",
                    SaslError::Base64 => "Invalid base64.",
                    SaslError::TooLong => "Authentication message too long.",
                    SaslError::Malformed | SaslError::Refused => "Invalid authentication message.",
                };
                self.mistake(&tag, text, out)
            }
        }
    }

    fn ask(&mut self, exchange: Exchange, challenge: &str, out: &mut Vec<u8>) -> Event {
        out.extend_from_slice(b"+ ");
        out.extend_from_slice(challenge.as_bytes());
        out.extend_from_slice(b"\r\n");
        self.state = State::Sasl(Some(exchange));
        Event::More
    }

    fn decide(&mut self, credentials: Credentials) -> Event {
        self.state = State::Deciding(credentials.kind);
        Event::Attempt(credentials)
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
        if let Some(advice) = advice {
            out.extend_from_slice(b"* NO [ALERT] ");
            out.extend_from_slice(advice.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        let tag = std::mem::take(&mut self.tag);
        reply(&tag, "NO [AUTHENTICATIONFAILED] Authentication failed.", out);
        if self.refusals < REFUSALS_MAX {
            return Event::More;
        }
        out.extend_from_slice(b"* BYE Too many failed sign-ins.\r\n");
        Event::Close(Closing::Refusals)
    }

    fn not_now(&mut self, text: &str, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
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

impl conversation::Session for Session {
    type Upstream = Upstream;
    type Relay = Relay;

    fn greet(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* OK [CAPABILITY ");
        out.extend_from_slice(self.capabilities().as_bytes());
        out.extend_from_slice(b"] Valetkey ready.\r\n");
    }

    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        match &mut self.state {
            State::Deciding(_) => (0, Event::More),
            State::Sasl(exchange) => {
                // However it is cut: a line is too long whether its end has come or not.
                let end = match lex::line_end(input) {
                    Some(end) if end <= COMMAND_BYTES_MAX => end,
                    None if input.len() <= COMMAND_BYTES_MAX => return (0, Event::More),
                    _ => return self.too_long(out),
                };
                let turn = match exchange.take() {
                    Some(exchange) => exchange.answer(without_end(&input[..end])),
                    None => Err(SaslError::Malformed),
                };
                (end, self.turn(turn, out))
            }
            State::Command => match self.frame(input, out) {
                Frame::Incomplete => (0, Event::More),
                Frame::TooLong => self.too_long(out),
                Frame::Complete(end) => {
                    self.continued = 0;
                    (end, self.command(&input[..end], out))
                }
            },
        }
    }

    fn after_tls(self) -> Self {
        Self::new(true, false, self.tokens)
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
        match self.state {
            State::Deciding(SecretKind::Token) => self.refuse_token(out),
            _ => self.refuse(advice, out),
        }
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
mod tests {
    use super::*;
    use crate::conversation::Session as _;

    /// Runs a conversation: what the app sends, in one piece or byte by byte; gives what it is sent, with attempts in
    /// angle brackets.
    fn talk(session: &mut Session, sent: &[u8], in_pieces: bool) -> String {
        let mut out = Vec::new();
        let mut pending: Vec<u8> = Vec::new();
        let pieces: Vec<&[u8]> = if in_pieces { sent.chunks(1).collect() } else { vec![sent] };
        for piece in pieces {
            pending.extend_from_slice(piece);
            loop {
                let (used, event) = session.receive(&pending, &mut out);
                pending.drain(..used);
                match event {
                    Event::More if used == 0 => break,
                    Event::More => {}
                    Event::Attempt(c) => {
                        let acting_for = c.acting_for.map(|a| format!(" for {a}")).unwrap_or_default();
                        let secret = String::from_utf8_lossy(&c.secret).into_owned();
                        out.extend_from_slice(format!("<{} {secret}{acting_for}>\n", c.login).as_bytes());
                        if let Event::Close(why) = session.refused(None, &mut out) {
                            out.extend_from_slice(format!("<close {why:?}>\n").as_bytes());
                            return String::from_utf8(out).expect("text");
                        }
                    }
                    Event::StartTls => {
                        out.extend_from_slice(b"<starttls>\n");
                        return String::from_utf8(out).expect("text");
                    }
                    Event::Close(why) => {
                        out.extend_from_slice(format!("<close {why:?}>\n").as_bytes());
                        return String::from_utf8(out).expect("text");
                    }
                }
            }
        }
        String::from_utf8(out).expect("text")
    }

    fn encrypted(sent: &str) -> String {
        let whole = talk(&mut Session::new(true, false, None), sent.as_bytes(), false);
        let pieces = talk(&mut Session::new(true, false, None), sent.as_bytes(), true);
        assert_eq!(whole, pieces, "however it is cut");
        whole.replace("\r\n", "\n")
    }

    fn in_clear(sent: &str) -> String {
        talk(&mut Session::new(false, true, None), sent.as_bytes(), false).replace("\r\n", "\n")
    }

    #[test]
    fn login_is_read_in_every_form() {
        for sent in [
            "a LOGIN ada abcd-efgh\r\n",
            "a login \"ada\" \"abcd-efgh\"\r\n",
            "a LOGIN {3+}\r\nada {9+}\r\nabcd-efgh\r\n",
            "a LOGIN ada {9+}\r\nabcd-efgh\r\n",
            "a LOGIN ada \"abcd-efgh\"\n",
        ] {
            assert_eq!(
                encrypted(sent),
                "<ada abcd-efgh>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n",
                "{sent:?}"
            );
        }
        let waited_for = encrypted("a LOGIN {3}\r\nada {9}\r\nabcd-efgh\r\n");
        assert_eq!(waited_for, "+ OK\n+ OK\n<ada abcd-efgh>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n");
    }

    #[test]
    fn authenticate_is_read_with_and_without_an_initial_response() {
        let refused = "<ada abcd-efgh>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n";
        assert_eq!(encrypted("a AUTHENTICATE PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n"), refused);
        assert_eq!(encrypted("a AUTHENTICATE plain\r\nAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("+ \n{refused}"));
        assert_eq!(
            encrypted("a AUTHENTICATE LOGIN\r\nYWRh\r\nYWJjZC1lZmdo\r\n"),
            format!("+ VXNlcm5hbWU6\n+ UGFzc3dvcmQ6\n{refused}")
        );
        assert_eq!(encrypted("a AUTHENTICATE LOGIN YWRh\r\nYWJjZC1lZmdo\r\n"), format!("+ UGFzc3dvcmQ6\n{refused}"));
        assert_eq!(
            encrypted("a AUTHENTICATE PLAIN Ym9iAGFkYQBhYmNkLWVmZ2g=\r\n"),
            "<ada abcd-efgh for bob>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n"
        );
        assert_eq!(encrypted("a AUTHENTICATE PLAIN\r\n*\r\n"), "+ \na BAD Authentication cancelled.\n");
        assert_eq!(encrypted("a AUTHENTICATE PLAIN !\r\nb NOOP\r\n"), "a BAD Invalid base64.\nb OK NOOP completed.\n");
        assert_eq!(encrypted("a AUTHENTICATE CRAM-MD5\r\n"), "a NO [CANNOT] This mechanism is not available.\n");
    }

    /// Found by fuzzing: in one piece it was an answer that is too long, cut it was a line that is too long.
    #[test]
    fn an_answer_longer_than_any_line_ends_the_conversation_however_it_is_cut() {
        let said = |length: usize| encrypted(&format!("a AUTHENTICATE PLAIN\r\n{}\r\n", "A".repeat(length)));
        assert_eq!(said(COMMAND_BYTES_MAX), "+ \n* BAD Command too long.\n* BYE Command too long.\n<close TooLong>\n");
        assert_eq!(said(COMMAND_BYTES_MAX - 2), "+ \na BAD Authentication message too long.\n");
    }

    #[test]
    fn what_may_be_asked_before_signing_in_is_answered() {
        assert_eq!(
            encrypted("a CAPABILITY\r\nb NOOP\r\nc ID (\"name\" \"x\")\r\nd LOGOUT\r\n"),
            "* CAPABILITY IMAP4rev1 SASL-IR ID IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN\na OK Capability completed.\n\
             b OK NOOP completed.\n* ID (\"name\" \"Valetkey\")\nc OK ID completed.\n\
             * BYE Logging out.\nd OK Logout completed.\n<close Logout>\n"
        );
        let mut session = Session::new(true, false, None);
        talk(&mut session, b"a ID (\"name\" \"Thunderbird\" \"version\" \"153\")\r\n", false);
        assert_eq!(session.client(), Some("Thunderbird 153"));
    }

    #[test]
    fn in_clear_no_way_to_sign_in_is_offered_and_none_is_taken() {
        let mut greeting = Vec::new();
        Session::new(false, true, None).greet(&mut greeting);
        let greeting = String::from_utf8(greeting).expect("text");
        assert!(
            greeting.contains("LOGINDISABLED") && greeting.contains("STARTTLS") && !greeting.contains("AUTH="),
            "{greeting}"
        );
        assert_eq!(
            in_clear("a LOGIN ada pw\r\nb AUTHENTICATE PLAIN AGFkYQBwdw==\r\nc NOOP\r\n"),
            "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\nb NO [PRIVACYREQUIRED] Sign-in needs TLS.\nc OK NOOP completed.\n"
        );
        assert_eq!(
            in_clear("a LOGIN ada {9}\r\nb NOOP\r\n"),
            "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\nb OK NOOP completed.\n"
        );
        assert_eq!(in_clear("a login {3}\r\n"), "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\n");
        assert_eq!(encrypted("a STARTTLS\r\n"), "a BAD STARTTLS is not available here.\n");
    }

    #[test]
    fn nothing_behind_starttls_is_interpreted() {
        assert_eq!(in_clear("a STARTTLS\r\nb NOOP\r\n"), "a OK Begin TLS negotiation now.\n<starttls>\n");
        assert_eq!(in_clear("a STARTTLS now\r\n"), "a BAD STARTTLS is not available here.\n");
    }

    #[test]
    fn what_is_pipelined_behind_a_refused_sign_in_is_answered_as_before_it() {
        assert_eq!(
            encrypted("a LOGIN ada pw\r\nb SELECT INBOX\r\n"),
            "<ada pw>\na NO [AUTHENTICATIONFAILED] Authentication failed.\nb BAD Sign in first.\n"
        );
    }

    #[test]
    fn while_an_attempt_is_decided_nothing_more_is_read() {
        let mut session = Session::new(true, false, None);
        let mut out = Vec::new();
        let (used, event) = session.receive(b"a LOGIN ada pw\r\nb NOOP\r\n", &mut out);
        assert!(matches!(event, Event::Attempt(_)));
        assert!(matches!(session.receive(&b"a LOGIN ada pw\r\nb NOOP\r\n"[used..], &mut out), (0, Event::More)));
        assert!(out.is_empty());
        let mut out = Vec::new();
        let untagged = b"* CAPABILITY IMAP4rev1\r\n".to_vec();
        let capabilities = super::super::capability::Capabilities::default();
        session.accepted(SignedIn { untagged, answer: b"OK Logged in".to_vec(), capabilities }, &mut out);
        assert_eq!(out, b"* CAPABILITY IMAP4rev1\r\na OK Logged in\r\n");
    }

    #[test]
    fn each_answer_to_an_attempt_is_the_protocols_own() {
        let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
            let (mut session, mut out) = (Session::new(true, false, None), Vec::new());
            session.receive(b"a LOGIN ada pw\r\n", &mut out);
            end(&mut session, &mut out);
            String::from_utf8(out).expect("text").replace("\r\n", "\n")
        };
        assert_eq!(
            answer(|s, out| s.refused(Some("Use an app password."), out)),
            "* NO [ALERT] Use an app password.\na NO [AUTHENTICATIONFAILED] Authentication failed.\n"
        );
        assert_eq!(
            answer(|s, out| s.unavailable(out)),
            "a NO [UNAVAILABLE] Temporary failure. Please try again later.\n"
        );
        assert_eq!(
            answer(|s, out| s.too_many_connections(out)),
            "a NO [LIMIT] This account has too many connections.\n"
        );
        assert_eq!(answer(|s, out| s.turned_away("[INUSE] Locked.", out)), "a NO [INUSE] Locked.\n");
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_read() {
        let endless = "x".repeat(9000);
        assert!(encrypted(&endless).ends_with("* BYE Command too long.\n<close TooLong>\n"));
        assert!(encrypted("a LOGIN {9000}\r\n").ends_with("<close TooLong>\n"));
        assert!(encrypted("a LOGIN {99999999999999999999+}\r\n").ends_with("<close TooLong>\n"));
        assert!(encrypted(&format!("a AUTHENTICATE PLAIN\r\n{endless}")).ends_with("<close TooLong>\n"));
        assert!(encrypted(&format!("a LOGIN {} x\r\n", "a".repeat(600))).starts_with("a BAD The user name"));
    }

    #[test]
    fn names_with_control_characters_are_bad_and_not_wrong() {
        for bad in [
            "a LOGIN \"a\tb\" x\r\n",
            "a LOGIN {3+}\r\na\0b x\r\n",
            "a LOGIN {3+}\r\na\rb x\r\n",
            "a LOGIN ada {3+}\r\np\0w\r\n",
        ] {
            assert!(!encrypted(bad).contains('<'), "{bad:?}: {}", encrypted(bad));
        }
        assert!(encrypted("a LOGIN {2+}\r\n\u{fffd} x\r\n").contains("BAD"), "half a character");
    }

    #[test]
    fn who_talks_nonsense_or_guesses_is_sent_away() {
        let nonsense = "GET / HTTP/1.1\r\n".repeat(30);
        let answer = encrypted(&nonsense);
        assert!(answer.ends_with("* BYE Too many invalid commands.\n<close Mistakes>\n"), "{answer}");
        let guesses = "a LOGIN ada pw\r\n".repeat(10);
        let answer = encrypted(&guesses);
        assert!(answer.ends_with("* BYE Too many failed sign-ins.\n<close Refusals>\n"), "{answer}");
        assert_eq!(answer.matches('<').count(), 6, "five guesses and the end");
    }
}
