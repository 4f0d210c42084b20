//! Dovecot's authentication protocol as its clients speak it: Postfix, Exim, Radicale and everything else that can ask
//! "a Dovecot". We are the server. Source: Dovecot's design document *Authentication protocol* v1.2, and what the
//! clients were seen to send.

use std::io::Write as _;
use std::net::IpAddr;

use crate::sasl::{Credentials, Exchange, Mechanism, SaslError, Tokens, Turn, Unfit};
use crate::split::split;

/// The longest line that is read, its end included: what Dovecot itself allows.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// The most exchanges of one connection that wait for a client's next message.
const WAITING_MAX: usize = 256;
/// The longest name of a service that is kept while an exchange waits; a longer one names none.
const SERVICE_BYTES_MAX: usize = 40;

/// One connection of a server that asks.
#[derive(Default)]
pub struct Session {
    tokens: Option<Tokens>,
    /// Exchanges that wait for the client's next message.
    waiting: Vec<Waiting>,
}

struct Waiting {
    exchange: Exchange,
    origin: Origin,
}

/// Who asks for what, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The number under which it is answered.
    pub id: u32,
    /// What the server calls the protocol, `smtp`; empty if it does not say.
    pub service: String,
    /// The client's own address, if the server says it.
    pub network: Option<IpAddr>,
    /// Whether the client's connection to the server is encrypted.
    pub is_secured: bool,
}

/// A question to be decided.
pub struct Request {
    /// Where it comes from.
    pub origin: Origin,
    /// What the client sent.
    pub credentials: Credentials,
}

/// What comes of some bytes.
pub enum Event {
    /// Nothing to be decided; read on.
    More,
    /// A question, to be answered with [`accepted`], [`refused`] or [`Session::token_refused`] under its number, or by
    /// closing the connection, which is how this protocol says that nobody knows.
    Attempt(Request),
    /// This is no client of the protocol: close the connection.
    Close(ProtocolError),
}

/// Why a connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Another major version than 1.
    #[error("the client speaks another major version of the protocol")]
    Version,
    /// A line longer than [`LINE_BYTES_MAX`].
    #[error("a line is too long")]
    LineTooLong,
    /// A command without what it needs.
    #[error("a command cannot be read")]
    Malformed,
}

/// What is said first, all of it before anything is read: some clients read once, and no more than a kilobyte.
///
/// `process` and `connection` are numbers that tell this server's connections apart, `cookie` names this one.
pub fn greet(process: u32, connection: u32, cookie: u128, tokens: Option<&Tokens>, out: &mut Vec<u8>) {
    // The minor version is 2: from 3 on a server would have to wait for the client's.
    out.extend_from_slice(b"VERSION\t1\t2\n");
    for name in Mechanism::offered(tokens).split(' ') {
        // A token is to be read on its way no more than a password is; Dovecot says the same of it.
        let _written = writeln!(out, "MECH\t{name}\tplaintext");
    }
    // Writing to memory cannot fail.
    let _written = write!(out, "SPID\t{process}\nCUID\t{connection}\nCOOKIE\t{cookie:032x}\nDONE\n");
}

/// Answers that the app may go on. `login` is the canonical login name, which the server takes from here on.
pub fn accepted(id: u32, login: &str, out: &mut Vec<u8>) {
    begin("OK", id, out);
    field("user=", login, out);
    out.push(b'\n');
}

/// Answers that it may not, with a reason if it is one that the app's owner may be told.
pub fn refused(id: u32, reason: Option<&str>, out: &mut Vec<u8>) {
    begin("FAIL", id, out);
    if let Some(reason) = reason {
        field("reason=", reason, out);
    }
    out.push(b'\n');
}

impl Session {
    /// A connection that begins.
    pub fn new(tokens: Option<Tokens>) -> Self {
        Self { tokens, waiting: Vec::new() }
    }

    /// Answers that a token is refused: first what is wrong with it, and behind the app's answer that it may not go on.
    pub fn token_refused(&mut self, origin: Origin, unfit: Unfit, out: &mut Vec<u8>) {
        let is_asked_again = self.waiting.iter().any(|waiting| waiting.origin.id == origin.id);
        match self.tokens.clone() {
            Some(tokens) if !is_asked_again => self.ask(Exchange::refused(), tokens.challenge(unfit), origin, out),
            _ => refused(origin.id, None, out),
        }
    }

    /// Reads one line at most. Gives how many bytes were used; what is to be said by the way is appended to `out`.
    pub fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        let Some(end) = memchr::memchr(b'\n', &input[..input.len().min(LINE_BYTES_MAX)]) else {
            let is_too_long = input.len() >= LINE_BYTES_MAX;
            return (0, if is_too_long { Event::Close(ProtocolError::LineTooLong) } else { Event::More });
        };
        let event = self.line(&input[..end], out).unwrap_or_else(Event::Close);
        (end + 1, event)
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<Event, ProtocolError> {
        let mut fields = split(line, b'\t');
        match fields.next().unwrap_or_default() {
            b"AUTH" => self.begin(fields, out),
            b"CONT" => self.go_on(fields, out),
            b"CANCEL" => {
                let id = number(fields.next())?;
                self.waiting.retain(|waiting| waiting.origin.id != id);
                Ok(Event::More)
            }
            b"VERSION" if fields.next() != Some(b"1") => Err(ProtocolError::Version),
            // CPID says nothing that is needed; what is not known is ignored, as the protocol asks.
            _ => Ok(Event::More),
        }
    }

    fn begin<'l>(
        &mut self,
        mut fields: impl Iterator<Item = &'l [u8]>,
        out: &mut Vec<u8>,
    ) -> Result<Event, ProtocolError> {
        let id = number(fields.next())?;
        let mechanism = fields.next().ok_or(ProtocolError::Malformed)?;
        let mut origin = Origin { id, service: String::new(), network: None, is_secured: false };
        let mut initial = None;
        for field in fields {
            let (key, value) = key_and_value(field);
            match key {
                b"service" => origin.service = name_of_service(value),
                b"rip" => origin.network = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()),
                b"secured" => origin.is_secured = true,
                b"resp" => {
                    // An empty one is none: Exim sends it for want of another. Nothing behind it is looked at, since
                    // whoever asks may have put it there.
                    initial = Some(value).filter(|value| !value.is_empty());
                    break;
                }
                _ => {}
            }
        }
        if self.waiting.iter().any(|waiting| waiting.origin.id == id) {
            return Err(ProtocolError::Malformed);
        }
        let turn =
            Mechanism::named(mechanism, self.tokens.as_ref()).map(|mechanism| Exchange::begin(mechanism, initial));
        Ok(self.turn(turn, origin, out))
    }

    fn go_on<'l>(
        &mut self,
        mut fields: impl Iterator<Item = &'l [u8]>,
        out: &mut Vec<u8>,
    ) -> Result<Event, ProtocolError> {
        let id = number(fields.next())?;
        let Some(at) = self.waiting.iter().position(|waiting| waiting.origin.id == id) else {
            return Err(ProtocolError::Malformed);
        };
        let Waiting { exchange, origin } = self.waiting.swap_remove(at);
        let turn = exchange.answer(fields.next().unwrap_or_default());
        Ok(self.turn(Some(turn), origin, out))
    }

    /// What follows from a message: a question, another challenge, or for what cannot be read a refusal.
    fn turn(&mut self, turn: Option<Result<Turn, SaslError>>, origin: Origin, out: &mut Vec<u8>) -> Event {
        match turn {
            Some(Ok(Turn::Done(credentials))) => return Event::Attempt(Request { origin, credentials }),
            Some(Ok(Turn::Ask(exchange, challenge))) => self.ask(exchange, challenge, origin, out),
            Some(Ok(Turn::NoToken)) => self.token_refused(origin, Unfit::Invalid, out),
            _ => refused(origin.id, None, out),
        }
        Event::More
    }

    /// Asks for the app's next message, if there is room for one more exchange that waits.
    fn ask(&mut self, exchange: Exchange, challenge: &str, origin: Origin, out: &mut Vec<u8>) {
        if self.waiting.len() >= WAITING_MAX {
            return refused(origin.id, None, out);
        }
        begin("CONT", origin.id, out);
        // The field is there even if it is empty: Postfix asks for it.
        out.push(b'\t');
        out.extend_from_slice(challenge.as_bytes());
        out.push(b'\n');
        self.waiting.push(Waiting { exchange, origin });
    }
}

fn begin(command: &str, id: u32, out: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _written = write!(out, "{command}\t{id}");
}

/// A field behind others, with what would end it escaped.
fn field(key: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b'\t');
    out.extend_from_slice(key.as_bytes());
    for byte in value.bytes() {
        match byte {
            0 => out.extend_from_slice(b"\x010"),
            1 => out.extend_from_slice(b"\x011"),
            b'\t' => out.extend_from_slice(b"\x01t"),
            b'\r' => out.extend_from_slice(b"\x01r"),
            b'\n' => out.extend_from_slice(b"\x01l"),
            other => out.push(other),
        }
    }
}

fn key_and_value(field: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'=', field) {
        Some(at) => (&field[..at], &field[at + 1..]),
        None => (field, b""),
    }
}

/// Names of services are plain words: what is more is no name that anybody is configured for.
fn name_of_service(value: &[u8]) -> String {
    let is_name = value.len() <= SERVICE_BYTES_MAX && value.iter().all(u8::is_ascii_graphic);
    let text = std::str::from_utf8(value).ok().filter(|text| is_name && !text.is_empty());
    // One that cannot be read is not taken for one that was left out.
    text.unwrap_or("?").to_owned()
}

fn number(field: Option<&[u8]>) -> Result<u32, ProtocolError> {
    let text = field.and_then(|field| std::str::from_utf8(field).ok());
    // Digits alone: Rust would take a sign too.
    let digits = text.filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(ProtocolError::Malformed)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::sasl::SecretKind;

    /// All that a connection says and asks, for bytes that come in pieces of this size.
    fn converse(sent: &[u8], piece: usize) -> (String, Vec<String>) {
        let (mut session, mut out, mut asked) = (Session::default(), Vec::new(), Vec::new());
        let (mut heard, mut pieces) = (Vec::new(), sent.chunks(piece.max(1)));
        loop {
            let (used, event) = session.receive(&heard, &mut out);
            assert!(used <= heard.len());
            heard.drain(..used);
            match event {
                Event::Attempt(request) => {
                    let Request { origin, credentials } = request;
                    let secret = String::from_utf8_lossy(&credentials.secret).into_owned();
                    let network = origin.network.map(|n| n.to_string()).unwrap_or_default();
                    let acting_for = credentials.acting_for.unwrap_or_default();
                    asked.push(format!(
                        "{} {}/{} {secret} {} {network} {}",
                        origin.id, credentials.login, acting_for, origin.service, origin.is_secured
                    ));
                }
                Event::Close(error) => {
                    asked.push(format!("closed: {error}"));
                    break;
                }
                Event::More if used > 0 => {}
                Event::More => match pieces.next() {
                    Some(piece) => heard.extend_from_slice(piece),
                    None => break,
                },
            }
        }
        (String::from_utf8(out).expect("text"), asked)
    }

    fn plain(text: &str) -> String {
        STANDARD.encode(text)
    }

    #[test]
    fn the_handshake_fits_into_what_radicale_reads_at_once_with_mechanisms_before_the_process() {
        let mut out = Vec::new();
        greet(u32::MAX, u32::MAX, u128::MAX, None, &mut out);
        let text = String::from_utf8(out).expect("text");
        assert!(text.starts_with("VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t4294967295\n"));
        let mut out = Vec::new();
        greet(u32::MAX, u32::MAX, u128::MAX, Some(&Tokens::new("mail", None)), &mut out);
        assert!(out.len() < 1024);
        let text = String::from_utf8(out).expect("text");
        assert!(
            text.contains("\nMECH\tLOGIN\tplaintext\nMECH\tOAUTHBEARER\tplaintext\nMECH\tXOAUTH2\tplaintext\nSPID\t")
        );
        assert!(text.ends_with("\nCOOKIE\tffffffffffffffffffffffffffffffff\nDONE\n"));
    }

    #[test]
    fn postfix_asks_many_times_on_one_connection() {
        let one = plain("\0ada@example.org\0abcd-efgh-ijkl-mnop");
        let other = plain("ada@example.org\0bob@example.org\0x");
        let sent = format!(
            "VERSION\t1\t1\nCPID\t30476\n\
             AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=192.0.2.7\tsecured\tresp={one}\n\
             AUTH\t2\tPLAIN\tservice=smtp\tnologin\tlip=::1\trip=2001:db8::9\tresp={other}\n"
        );
        let expected = [
            "1 ada@example.org/ abcd-efgh-ijkl-mnop smtp 192.0.2.7 true",
            "2 bob@example.org/ada@example.org x smtp 2001:db8::9 false",
        ];
        for piece in [1, 7, sent.len()] {
            let (said, asked) = converse(sent.as_bytes(), piece);
            assert_eq!((said.as_str(), asked.iter().map(String::as_str).collect::<Vec<_>>()), ("", expected.to_vec()));
        }
    }

    #[test]
    fn exim_leaves_the_first_message_empty_and_is_asked_for_it() {
        let sent = format!(
            "VERSION\t1\t0\nCPID\t7\nAUTH\t1\tLOGIN\tservice=smtp\tsecured=tls\trip=192.0.2.7\tlip=192.0.2.1\tnologin\tresp=\n\
             CONT\t1\t{}\nCONT\t1\t{}\nAUTH\t2\tPLAIN\tservice=smtp\tresp=\nCONT\t2\t{}\n",
            plain("ada"),
            plain("abcd"),
            plain("\0bob\0efgh")
        );
        let (said, asked) = converse(sent.as_bytes(), sent.len());
        assert_eq!(said, "CONT\t1\tVXNlcm5hbWU6\nCONT\t1\tUGFzc3dvcmQ6\nCONT\t2\t\n");
        assert_eq!(asked, ["1 ada/ abcd smtp 192.0.2.7 true", "2 bob/ efgh smtp  false"]);
    }

    #[test]
    fn what_stands_behind_the_response_is_not_looked_at() {
        let response = plain("\0ada\0x");
        let sent = format!("AUTH\t1\tPLAIN\tservice=imap\tresp={response}\trip=192.0.2.66\tsecured\tservice=smtp\n");
        assert_eq!(converse(sent.as_bytes(), 64).1, ["1 ada/ x imap  false"]);
    }

    fn with_tokens() -> Session {
        Session::new(Some(Tokens::new("mail", None)))
    }

    #[test]
    fn a_refused_token_is_refused_behind_the_apps_answer() {
        let tokens = Tokens::new("mail", None);
        let message = plain("n,a=ada,\x01auth=Bearer vka_T\x01\x01");
        for (sent, said) in [
            (
                format!("AUTH\t1\tOAUTHBEARER\tservice=smtp\tresp={message}\n"),
                format!("CONT\t1\t{}\n", tokens.challenge(Unfit::Invalid)),
            ),
            ("CONT\t1\tAQ==\n".to_owned(), "FAIL\t1\n".to_owned()),
            (
                format!("AUTH\t2\tXOAUTH2\tservice=smtp\nCONT\t2\t{}\n", plain("user=ada\x01auth=Bearer x\x01\x01")),
                format!("CONT\t2\t\nCONT\t2\t{}\n", tokens.challenge(Unfit::Invalid)),
            ),
            ("CANCEL\t2\n".to_owned(), String::new()),
            (
                format!("AUTH\t2\tOAUTHBEARER\tresp={}\nCONT\t2\t\n", plain("n,,\x01auth=\x01\x01")),
                format!("CONT\t2\t{}\nFAIL\t2\n", tokens.challenge(Unfit::Invalid)),
            ),
            ("AUTH\t3\tOAUTHBEARER\tresp=AQ==\n".to_owned(), "FAIL\t3\n".to_owned()),
        ]
        .iter()
        .scan(with_tokens(), |session, (sent, said)| Some((refuse_all(session, sent), said.clone())))
        {
            assert_eq!(sent, said);
        }
        let mut without = Session::default();
        assert_eq!(refuse_all(&mut without, &format!("AUTH\t1\tOAUTHBEARER\tresp={message}\n")), "FAIL\t1\n");
    }

    #[test]
    fn a_good_token_for_something_else_is_told_what_it_lacks() {
        let (mut session, mut out) = (with_tokens(), Vec::new());
        let origin = Origin { id: 1, service: "smtp".into(), network: None, is_secured: true };
        session.token_refused(origin, Unfit::LacksScope, &mut out);
        let object = STANDARD.encode(r#"{"status":"insufficient_scope","scope":"mail"}"#);
        assert_eq!(String::from_utf8(out).expect("text"), format!("CONT\t1\t{object}\n"));
        assert_eq!(refuse_all(&mut session, "CONT\t1\tAQ==\n"), "FAIL\t1\n");
    }

    #[test]
    fn a_number_that_is_in_use_again_is_not_waited_for_twice() {
        let (mut session, mut out) = (with_tokens(), Vec::new());
        let origin = Origin { id: 1, service: "smtp".into(), network: None, is_secured: true };
        session.token_refused(origin.clone(), Unfit::Invalid, &mut out);
        session.token_refused(origin, Unfit::Invalid, &mut out);
        assert!(out.ends_with(b"\nFAIL\t1\n"));
    }

    /// What is answered where every token is refused.
    fn refuse_all(session: &mut Session, sent: &str) -> String {
        let (mut out, mut sent) = (Vec::new(), sent.as_bytes());
        while !sent.is_empty() {
            let (used, event) = session.receive(sent, &mut out);
            sent = &sent[used..];
            match event {
                Event::More => {}
                Event::Attempt(request) => {
                    assert_eq!(request.credentials.kind, SecretKind::Token);
                    session.token_refused(request.origin, Unfit::Invalid, &mut out);
                }
                Event::Close(error) => panic!("{error}"),
            }
        }
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn what_cannot_be_read_is_refused_or_ends_the_connection() {
        for (sent, said, asked) in [
            ("AUTH\t1\tCRAM-MD5\tservice=smtp\n", "FAIL\t1\n", None),
            ("AUTH\t1\tPLAIN\tresp=not base64!\n", "FAIL\t1\n", None),
            ("SOMETHING\tnew\n\nVERSION\t1\t9\n", "", None),
            ("VERSION\t2\t0\n", "", Some("closed: the client speaks another major version of the protocol")),
            ("AUTH\tone\tPLAIN\n", "", Some("closed: a command cannot be read")),
            ("AUTH\t+1\tPLAIN\n", "", Some("closed: a command cannot be read")),
            ("AUTH\t4294967296\tPLAIN\n", "", Some("closed: a command cannot be read")),
            ("CONT\t5\tYQ==\n", "", Some("closed: a command cannot be read")),
            ("AUTH\t1\tLOGIN\nAUTH\t1\tLOGIN\n", "CONT\t1\tVXNlcm5hbWU6\n", Some("closed: a command cannot be read")),
            ("AUTH\t1\tLOGIN\nCANCEL\t1\nAUTH\t1\tLOGIN\n", "CONT\t1\tVXNlcm5hbWU6\nCONT\t1\tVXNlcm5hbWU6\n", None),
        ] {
            let (out, events) = converse(sent.as_bytes(), sent.len());
            assert_eq!((out.as_str(), events.first().map(String::as_str)), (said, asked), "{sent:?}");
        }
        let (_, events) = converse(&[b'A'; LINE_BYTES_MAX], 1000);
        assert_eq!(events, ["closed: a line is too long"]);
    }

    #[test]
    fn a_service_that_is_no_word_is_not_taken_for_none() {
        let long = "x".repeat(100);
        for (sent, kept) in [("imap", "imap"), ("", "?"), ("a b", "?"), (&long, "?"), ("\u{fc}", "?")] {
            assert_eq!(name_of_service(sent.as_bytes()), kept);
        }
    }

    #[test]
    fn no_more_exchanges_wait_than_there_is_room_for() {
        let sent = (0..=WAITING_MAX).map(|id| format!("AUTH\t{id}\tLOGIN\n")).collect::<Vec<_>>().concat();
        let (said, _) = converse(sent.as_bytes(), 4096);
        assert_eq!(said.matches("CONT\t").count(), WAITING_MAX);
        assert!(said.ends_with(&format!("FAIL\t{WAITING_MAX}\n")));
    }

    #[test]
    fn answers_are_lines_whatever_a_name_has_in_it() {
        let mut out = Vec::new();
        accepted(7, "ada@example.org", &mut out);
        refused(8, None, &mut out);
        refused(9, Some("a\tb\r\nOK\t9\tuser=bob\0\x01"), &mut out);
        let expected =
            "OK\t7\tuser=ada@example.org\nFAIL\t8\nFAIL\t9\treason=a\x01tb\x01r\x01lOK\x01t9\x01tuser=bob\x010\x011\n";
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_bytes_arrive(
            lines in proptest::collection::vec("(AUTH|CONT|VERSION|CANCEL)\t[0-9]{1,2}\t(PLAIN|LOGIN|1)(\tresp=[A-Za-z0-9+/=]{0,24})?", 0..20),
            piece in 1..50_usize,
        ) {
            let sent = lines.join("\n") + "\n";
            prop_assert_eq!(converse(sent.as_bytes(), piece), converse(sent.as_bytes(), sent.len()));
        }
    }
}
