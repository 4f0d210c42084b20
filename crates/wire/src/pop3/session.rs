//! The conversation before the sign-in, on the server's side. Bytes in, bytes and events out.

use super::relay::Relay;
use super::upstream::{SignedIn, Upstream};
use super::verb_and_argument;
use crate::conversation::{
    self, Closing, Event, Farewell, MISTAKES_MAX, REFUSALS_MAX, TooLong, Whom, line, without_end,
};
use crate::sasl::{self, Credentials, Exchange, Mechanism, SaslError, SecretKind, Tokens, Turn, identity, secret_of};

/// The longest line before the sign-in. RFC 2449 allows 255 bytes, and RFC 5034 more: an initial response of the longest
/// kind behind AUTH and the mechanism's name.
const LINE_BYTES_MAX: usize = sasl::LINE_BYTES_MAX + 64;

/// A conversation with an app that has not signed in.
pub struct Session {
    /// Whether passwords may be sent: the connection is encrypted.
    encrypted: bool,
    /// Whether STLS is offered.
    starttls: bool,
    tokens: Option<Tokens>,
    state: State,
    /// What the last USER said.
    user: Option<String>,
    mistakes: u32,
    refusals: u32,
}

enum State {
    Command,
    /// In the middle of AUTH; taken while a line is looked at.
    Sasl(Option<Exchange>),
    /// An attempt is being decided: nothing is read.
    Deciding(SecretKind),
}

impl Session {
    /// A conversation that begins: encrypted already, or in clear with STLS offered. Without either there is no way to
    /// sign in.
    pub fn new(encrypted: bool, starttls: bool, tokens: Option<Tokens>) -> Self {
        let starttls = starttls && !encrypted;
        Self { encrypted, starttls, tokens, state: State::Command, user: None, mistakes: 0, refusals: 0 }
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
            out.extend_from_slice(Mechanism::offered(self.tokens.as_ref()).as_bytes());
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
        let offered = if self.encrypted { Mechanism::offered(self.tokens.as_ref()) } else { "" };
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
        let mechanism = Mechanism::named(name, self.tokens.as_ref());
        let Some(mechanism) = mechanism else { return self.no("This mechanism is not available.", out) };
        if more.is_some() {
            return self.mistake("AUTH takes a mechanism and an initial response.", out);
        }
        let turn = Exchange::begin(mechanism, initial);
        self.turn(turn, out)
    }

    fn turn(&mut self, turn: Result<Turn, SaslError>, out: &mut Vec<u8>) -> Event {
        self.state = State::Command;
        match turn {
            Ok(Turn::Ask(exchange, challenge)) => self.ask(exchange, challenge, out),
            Ok(Turn::Done(credentials)) => self.decide(credentials),
            Ok(Turn::NoToken) => self.refuse_token(out),
            Err(SaslError::Refused) => self.refuse(None, out),
            Err(SaslError::Cancelled) => self.mistake("Authentication cancelled.", out),
            Err(SaslError::Base64) => self.mistake("Invalid base64.", out),
            Err(SaslError::TooLong) => self.mistake("Authentication message too long.", out),
            Err(SaslError::Malformed) => self.mistake("Invalid authentication message.", out),
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
        self.refusals += 1;
        let is_last = self.refusals >= REFUSALS_MAX;
        let further = advice.or(is_last.then_some("Too many failed sign-ins."));
        // An answer is one line (RFC 1939 section 3).
        let further = further.map(|text| format!(" {text}")).unwrap_or_default();
        self.no(&format!("[AUTH] Authentication failed.{further}"), out);
        if is_last { Event::Close(Closing::Refusals) } else { Event::More }
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
        self.state = State::Command;
        out.extend_from_slice(b"-ERR ");
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"\r\n");
        Event::More
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
        if matches!(self.state, State::Deciding(_)) {
            return (0, Event::More);
        }
        let whole = match line(input, LINE_BYTES_MAX) {
            Ok(Some(whole)) => whole,
            Ok(None) => return (0, Event::More),
            Err(TooLong) => return self.too_long(out),
        };
        let line = without_end(whole);
        let event = match &mut self.state {
            State::Sasl(exchange) => {
                let turn = exchange.take().map_or(Err(SaslError::Malformed), |exchange| exchange.answer(line));
                self.turn(turn, out)
            }
            State::Command | State::Deciding(_) => self.command(line, out),
        };
        (whole.len(), event)
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

    /// Apps do not name themselves in POP3.
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
mod tests {
    use super::*;
    use crate::conversation::Session as _;

    /// Runs a conversation: what the app sends, in one piece or byte by byte; gives what it is sent, with attempts in
    /// angle brackets.
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
        let cut: Vec<&[u8]> = sent.as_bytes().chunks(1).collect();
        assert_eq!(whole, talk(&mut session(), &cut), "however it is cut");
        whole
    }

    fn encrypted(sent: &str) -> String {
        said(|| Session::new(true, true, None), sent)
    }

    fn in_clear(sent: &str) -> String {
        said(|| Session::new(false, true, None), sent)
    }

    const REFUSED: &str = "-ERR [AUTH] Authentication failed.\n";

    #[test]
    fn user_and_pass_are_read_as_they_are() {
        let refused = |who: &str| format!("+OK\n<{who}>\n{REFUSED}");
        assert_eq!(encrypted("USER ada\r\nPASS abcd-efgh\r\n"), refused("ada abcd-efgh"));
        assert_eq!(encrypted("user ada@example.org\r\npass abcd efgh \r\n"), refused("ada@example.org abcd efgh "));
        assert_eq!(encrypted("USER ada\nPASS  x\n"), refused("ada  x"));
        assert_eq!(
            encrypted("USER ada\r\nPASS \r\n"),
            refused("ada "),
            "an empty password is an attempt like any other"
        );
        assert_eq!(encrypted("USER bob\r\nUSER ada\r\nPASS x\r\n"), format!("+OK\n{}", refused("ada x")));
        assert_eq!(encrypted("PASS x\r\n"), "-ERR USER comes first.\n");
        let twice = encrypted("USER ada\r\nPASS x\r\nPASS y\r\n");
        assert_eq!(twice, format!("{}-ERR USER comes first.\n", refused("ada x")), "a guess needs both");
        assert_eq!(
            encrypted("USER ada\r\nAUTH PLAIN !\r\nPASS x\r\n"),
            "+OK\n-ERR Invalid base64.\n-ERR USER comes first.\n"
        );
    }

    #[test]
    fn auth_is_read_with_and_without_an_initial_response() {
        let refused = format!("<ada abcd-efgh>\n{REFUSED}");
        assert_eq!(encrypted("AUTH PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n"), refused);
        assert_eq!(encrypted("auth plain\r\nAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("+ \n{refused}"));
        assert_eq!(
            encrypted("AUTH LOGIN\r\nYWRh\r\nYWJjZC1lZmdo\r\n"),
            format!("+ VXNlcm5hbWU6\n+ UGFzc3dvcmQ6\n{refused}")
        );
        assert_eq!(encrypted("AUTH LOGIN YWRh\r\nYWJjZC1lZmdo\r\n"), format!("+ UGFzc3dvcmQ6\n{refused}"));
        assert_eq!(encrypted("AUTH PLAIN Ym9iAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("<ada abcd-efgh for bob>\n{REFUSED}"));
        assert_eq!(
            encrypted("AUTH PLAIN\r\n*\r\nQUIT\r\n"),
            "+ \n-ERR Authentication cancelled.\n+OK Bye.\n<close Logout>\n"
        );
        assert_eq!(encrypted("AUTH PLAIN =\r\n"), "-ERR Invalid authentication message.\n");
        assert_eq!(encrypted("AUTH PLAIN a b\r\n"), "-ERR AUTH takes a mechanism and an initial response.\n");
        assert_eq!(encrypted("AUTH CRAM-MD5\r\n"), "-ERR This mechanism is not available.\n");
        assert_eq!(encrypted("AUTH\r\n"), "+OK Mechanisms follow.\nPLAIN\nLOGIN\n.\n");
    }

    #[test]
    fn what_may_be_asked_before_signing_in_is_answered() {
        let mut greeting = Vec::new();
        Session::new(true, false, None).greet(&mut greeting);
        assert_eq!(greeting, b"+OK Valetkey ready.\r\n");
        assert_eq!(
            encrypted("CAPA\r\nquit\r\n"),
            "+OK Capability list follows.\nTOP\nUIDL\nRESP-CODES\nAUTH-RESP-CODE\nPIPELINING\nUSER\nSASL PLAIN LOGIN\n.\n\
             +OK Bye.\n<close Logout>\n"
        );
        for early in ["STAT", "NOOP", "APOP ada c4c9334bac560ecc979e58001b3e22fb", "UTF8", "", "XCLIENT ADDR=192.0.2.1"]
        {
            assert_eq!(encrypted(&format!("{early}\r\n")), "-ERR Sign in first.\n", "{early}");
        }
    }

    #[test]
    fn in_clear_no_way_to_sign_in_is_offered_and_none_is_taken() {
        let offered = in_clear("CAPA\r\nAUTH\r\n");
        assert!(offered.contains("STLS\n") && !offered.contains("USER") && !offered.contains("PLAIN"), "{offered}");
        let no = "-ERR [SYS/PERM] Sign-in needs TLS.\n";
        assert_eq!(in_clear("USER ada\r\nPASS x\r\nAUTH PLAIN AGFkYQBwdw==\r\n"), no.repeat(3));
        assert_eq!(
            said(|| Session::new(false, false, None), "STLS\r\nAUTH LOGIN\r\n"),
            format!("-ERR STLS is not available here.\n{no}")
        );
        assert_eq!(encrypted("STLS\r\n"), "-ERR STLS is not available here.\n");
        assert!(!encrypted("CAPA\r\n").contains("STLS"));
    }

    #[test]
    fn nothing_behind_stls_is_interpreted() {
        assert_eq!(in_clear("STLS\r\nCAPA\r\n"), "+OK Begin TLS negotiation now.\n<starttls>\n");
        assert_eq!(in_clear("STLS now\r\n"), "-ERR STLS is not available here.\n");
        let mut session = Session::new(false, true, None);
        talk(&mut session, &[b"STAT\r\nSTLS\r\n"]);
        let session = session.after_tls();
        assert!(session.is_encrypted() && session.mistakes() == 0, "what was said in clear is forgotten");
        assert!(!Session::greets_after_tls());
    }

    #[test]
    fn while_an_attempt_is_decided_nothing_more_is_read() {
        let (mut session, mut out) = (Session::new(true, false, None), Vec::new());
        let sent = b"USER ada\r\nPASS pw\r\nSTAT\r\n";
        let (user, _) = session.receive(sent, &mut out);
        let (pass, event) = session.receive(&sent[user..], &mut out);
        assert!(matches!(event, Event::Attempt(_)));
        assert!(matches!(session.receive(&sent[user + pass..], &mut out), (0, Event::More)));
        assert_eq!(out, b"+OK\r\n");
        session.accepted(SignedIn { answer: "+OK Logged in.".into() }, &mut out);
        assert_eq!(out, b"+OK\r\n+OK Logged in.\r\n");
    }

    #[test]
    fn each_answer_to_an_attempt_is_the_protocols_own() {
        let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
            let (mut session, mut out) = (Session::new(true, false, None), Vec::new());
            session.receive(b"AUTH PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n", &mut out);
            assert!(matches!(end(&mut session, &mut out), Event::More));
            let said = String::from_utf8(out).expect("text").replace("\r\n", "\n");
            assert_eq!(talk(&mut session, &[b"PASS x\r\n"]), "-ERR USER comes first.\n", "it goes on");
            said
        };
        assert_eq!(answer(|s, out| s.refused(None, out)), REFUSED);
        assert_eq!(
            answer(|s, out| s.refused(Some("Use an app password."), out)),
            "-ERR [AUTH] Authentication failed. Use an app password.\n"
        );
        assert_eq!(answer(|s, out| s.unavailable(out)), "-ERR [SYS/TEMP] Temporary failure. Please try again later.\n");
        assert_eq!(
            answer(|s, out| s.too_many_connections(out)),
            "-ERR [IN-USE] This account has too many connections.\n"
        );
        assert_eq!(answer(|s, out| s.turned_away("[LOGIN-DELAY] Wait.", out)), "-ERR [LOGIN-DELAY] Wait.\n");
    }

    #[test]
    fn what_is_too_long_ends_the_conversation_however_it_is_cut() {
        let close = "-ERR Command too long.\n<close TooLong>\n";
        assert_eq!(encrypted(&"x".repeat(LINE_BYTES_MAX + 1)), close);
        assert_eq!(encrypted(&format!("AUTH PLAIN\r\n{}\r\n", "A".repeat(LINE_BYTES_MAX))), format!("+ \n{close}"));
        let message = format!("AUTH PLAIN\r\n{}\r\n", "A".repeat(LINE_BYTES_MAX - 2));
        assert_eq!(encrypted(&message), "+ \n-ERR Authentication message too long.\n");
        assert!(encrypted(&format!("USER {}\r\n", "a".repeat(600))).starts_with("-ERR USER takes"));
        assert!(
            encrypted(&format!("USER ada\r\nPASS {}\r\n", "a".repeat(1025)))
                .ends_with("-ERR PASS takes a password that is not too long.\n")
        );
    }

    #[test]
    fn what_is_no_name_and_no_password_is_bad_and_not_wrong() {
        for bad in ["USER\r\n", "USER \r\n", "USER a\tb\r\n", "USER a\0b\r\n", "USER a\rb\r\n", "USER a\r\r\n"] {
            assert!(encrypted(bad).starts_with("-ERR "), "{bad:?}");
        }
        for bad in ["PASS\r\n", "PASS a\0b\r\n", "PASS a\rb\r\n"] {
            let answer = encrypted(&format!("USER ada\r\n{bad}"));
            assert!(answer.starts_with("+OK\n-ERR ") && !answer.contains('<'), "{bad:?}: {answer}");
        }
        assert!(talk(&mut Session::new(true, false, None), &[b"USER \xff\r\n"]).starts_with("-ERR USER takes"));
    }

    #[test]
    fn who_talks_nonsense_or_guesses_is_sent_away() {
        let answer = encrypted(&"GET / HTTP/1.1\r\n".repeat(30));
        assert!(answer.ends_with("-ERR Too many invalid commands.\n<close Mistakes>\n"), "{answer}");
        assert_eq!(answer.lines().count(), 21);
        let answer = encrypted(&"USER ada\r\nPASS x\r\n".repeat(10));
        assert!(
            answer.ends_with("-ERR [AUTH] Authentication failed. Too many failed sign-ins.\n<close Refusals>\n"),
            "{answer}"
        );
        assert_eq!(answer.matches("<ada").count(), 5);
    }
}
