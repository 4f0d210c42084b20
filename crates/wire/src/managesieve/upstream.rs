//! Signing in upstream for an account's owner: AUTHENTICATE "PLAIN" by a master user (RFC 4616, with an authorisation
//! identity), with the client's own address handed on by XCLIENT as Dovecot takes it from a trusted network.

use zeroize::Zeroizing;

use super::lex::{Answer, Reader, Response, Sender, Stop};
use crate::conversation::{self, Forwarded, UpstreamError, UpstreamStep, Whom, shown};
use crate::sasl::plain_as;

/// The longest line that an upstream may send before the sign-in, its literals included: room for long lists of
/// extensions.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// The most capabilities that an upstream may offer.
const OFFERS_MAX: u32 = 100;
/// The longest message that is sent as a quoted string (RFC 5804 section 4); a longer one is a literal.
const QUOTED_BYTES_MAX: usize = 1024;

/// What apps are told of the Sieve of the server behind (RFC 5804 section 1.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sieve {
    /// Its extensions, in words.
    pub extensions: String,
    /// The schemes of URIs that can be notified, in words; there must be some if `enotify` is among the extensions.
    pub notify: Option<String>,
    /// To how many addresses a script may redirect a message.
    pub redirects: Option<u32>,
}

/// What is said while nobody knows.
impl Default for Sieve {
    fn default() -> Self {
        Self { extensions: "fileinto".to_owned(), notify: None, redirects: None }
    }
}

/// What a server offers in its greeting.
#[derive(Debug, Default)]
pub struct Offers {
    sieve: Sieve,
    /// The mechanisms have PLAIN among them.
    plain: bool,
    /// It can be told where a client came from.
    xclient: bool,
    starttls: bool,
    count: u32,
}

impl Offers {
    /// Looks at the bytes received so far. Gives how many of them it has done with, and whether the greeting is complete;
    /// call it again while it has done with some.
    fn read(&mut self, input: &[u8]) -> Result<(usize, bool), UpstreamError> {
        let Some((response, used)) = response(input)? else { return Ok((0, false)) };
        match response {
            Response::Answer(answer) if answer.word == b"OK" => return Ok((used, true)),
            Response::Answer(answer) => return Err(UpstreamError::Bye(said(&answer))),
            Response::Data { name, value } => {
                let value = value.map(|value| String::from_utf8_lossy(&value).into_owned());
                match (name.to_ascii_uppercase().as_slice(), value) {
                    (b"SIEVE", Some(extensions)) => self.sieve.extensions = extensions,
                    (b"NOTIFY", schemes) => self.sieve.notify = schemes,
                    (b"MAXREDIRECTS", Some(number)) => self.sieve.redirects = number.parse().ok(),
                    (b"STARTTLS", _) => self.starttls = true,
                    (b"SASL", Some(mechanisms)) => {
                        self.plain = mechanisms.split(' ').any(|m| m.eq_ignore_ascii_case("PLAIN"));
                    }
                    (b"XCLIENT", _) => self.xclient = true,
                    _ => {}
                }
            }
        }
        self.count += 1;
        if self.count > OFFERS_MAX {
            return Err(UpstreamError::Unexpected("it offers too much".into()));
        }
        Ok((used, false))
    }
}

/// Asks a server which Sieve it has, and leaves.
impl conversation::Upstream for Offers {
    type SignedIn = Sieve;

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<Sieve>) {
        match self.read(input) {
            Ok((used, false)) => (used, UpstreamStep::More),
            Ok((used, true)) => {
                out.extend_from_slice(b"LOGOUT\r\n");
                (used, UpstreamStep::Done(std::mem::take(&mut self.sieve)))
            }
            Err(error) => (0, UpstreamStep::Failed(error)),
        }
    }
}

/// Asks a server to begin TLS (RFC 5804 section 2.2): no port has it from the first byte.
#[derive(Default)]
pub struct StartTls {
    offers: Offers,
    is_asked: bool,
}

impl StartTls {
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(usize, Option<()>), UpstreamError> {
        if !self.is_asked {
            let (used, is_complete) = self.offers.read(input)?;
            if is_complete {
                if !self.offers.starttls {
                    return Err(UpstreamError::NoTls("it does not offer STARTTLS".into()));
                }
                out.extend_from_slice(b"STARTTLS\r\n");
                self.is_asked = true;
            }
            return Ok((used, None));
        }
        match response(input)? {
            None => Ok((0, None)),
            Some((Response::Answer(answer), used)) if answer.word == b"OK" => Ok((used, Some(()))),
            Some((Response::Answer(answer), _)) => Err(UpstreamError::NoTls(said(&answer))),
            Some((Response::Data { name, .. }, _)) => Err(UpstreamError::Unexpected(shown(&name))),
        }
    }
}

impl conversation::Upstream for StartTls {
    type SignedIn = ();

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<()>) {
        step(self.step(input, out))
    }
}

/// A sign-in upstream that is under way.
pub struct Upstream {
    message: Zeroizing<String>,
    forwarded: Option<Forwarded>,
    state: State,
    offers: Offers,
}

#[derive(Clone, Copy)]
enum State {
    Greeting,
    /// The answer to XCLIENT comes first.
    Forwarding,
    /// The message was sent.
    Answered,
}

/// A sign-in upstream that succeeded.
pub struct SignedIn {
    /// What the upstream said with its OK.
    pub text: String,
}

/// Response codes with which a server says no for a reason that concerns the app (RFC 5804 section 1.3).
const PASSED_ON: [&[u8]; 2] = [b"TRYLATER", b"QUOTA"];
/// Those with which it says that it takes no passwords here.
const WANTS_TLS: [&[u8]; 2] = [b"ENCRYPT-NEEDED", b"AUTH-TOO-WEAK"];

impl Upstream {
    /// A sign-in of an account's owner, by a master user.
    pub fn new(whom: &Whom<'_>) -> Self {
        Self {
            message: plain_as(whom.login, whom.master.user, whom.master.secret),
            forwarded: whom.forwarded.clone(),
            state: State::Greeting,
            offers: Offers::default(),
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        if !self.offers.plain {
            return Err(UpstreamError::LoginDisabled);
        }
        self.state = State::Answered;
        if let Some(forwarded) = self.forwarded.take().filter(|_| self.offers.xclient) {
            out.extend_from_slice(forwarded.xclient().as_bytes());
            self.state = State::Forwarding;
        }
        // Base64 needs no escapes.
        let (begin, end) = if self.message.len() <= QUOTED_BYTES_MAX {
            ("\"".to_owned(), "\"\r\n")
        } else {
            (format!("{{{}+}}\r\n", self.message.len()), "\r\n")
        };
        for part in ["AUTHENTICATE \"PLAIN\" ", &begin, &self.message, end] {
            out.extend_from_slice(part.as_bytes());
        }
        Ok(())
    }

    fn answered(&mut self, answer: &Answer) -> Result<Option<SignedIn>, UpstreamError> {
        let is_one_of = |codes: &[&[u8]]| codes.contains(&answer.code.split(|b| *b == b'/').next().unwrap_or_default());
        match (self.state, answer.word.as_slice()) {
            (_, b"BYE") => Err(UpstreamError::Bye(said(answer))),
            // Whatever the server thinks of XCLIENT, it goes on.
            (State::Forwarding, b"OK" | b"NO") => {
                self.state = State::Answered;
                Ok(None)
            }
            (State::Answered, b"OK") => Ok(Some(SignedIn { text: shown(&answer.text) })),
            (State::Answered, b"NO") if is_one_of(&PASSED_ON) => {
                let code = String::from_utf8_lossy(&answer.code).into_owned();
                Err(UpstreamError::TurnedAway(format!("({code}) {}", shown(&answer.text))))
            }
            (State::Answered, b"NO") if is_one_of(&WANTS_TLS) => Err(UpstreamError::LoginDisabled),
            (State::Answered, b"NO") => Err(UpstreamError::Refused(said(answer))),
            _ => Err(UpstreamError::Unexpected(said(answer))),
        }
    }

    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(usize, Option<SignedIn>), UpstreamError> {
        if matches!(self.state, State::Greeting) {
            let (used, is_complete) = self.offers.read(input)?;
            if is_complete {
                self.begin(out)?;
            }
            return Ok((used, None));
        }
        match response(input)? {
            None => Ok((0, None)),
            Some((Response::Answer(answer), used)) => Ok((used, self.answered(&answer)?)),
            // A challenge: it had its answer.
            Some((Response::Data { name, .. }, _)) => Err(UpstreamError::Unexpected(shown(&name))),
        }
    }
}

impl conversation::Upstream for Upstream {
    type SignedIn = SignedIn;

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<SignedIn>) {
        step(self.step(input, out))
    }
}

fn step<T>(taken: Result<(usize, Option<T>), UpstreamError>) -> (usize, UpstreamStep<T>) {
    match taken {
        Ok((used, None)) => (used, UpstreamStep::More),
        Ok((used, Some(done))) => (used, UpstreamStep::Done(done)),
        Err(error) => (0, UpstreamStep::Failed(error)),
    }
}

/// The first line that is complete, and its length.
fn response(input: &[u8]) -> Result<Option<(Response, usize)>, UpstreamError> {
    let mut reader = Reader::new(input, LINE_BYTES_MAX, Sender::Server);
    match reader.response() {
        Ok(response) => Ok(Some((response, reader.at()))),
        Err(Stop::Incomplete) => Ok(None),
        Err(Stop::TooLong) => Err(UpstreamError::Unexpected("a line without end".into())),
        Err(Stop::Malformed) => Err(UpstreamError::Unexpected(shown(&input[..=reader.at()]))),
    }
}

/// An answer, for messages.
fn said(answer: &Answer) -> String {
    let code = if answer.code.is_empty() { Vec::new() } else { [b" (".as_slice(), &answer.code, b")"].concat() };
    shown(&[answer.word.as_slice(), &code, b" ", &answer.text].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Master;

    fn forwarded() -> Forwarded {
        Forwarded {
            client: "[2001:db8::9]:5555".parse().expect("an address"),
            connected_to: "192.0.2.1:4190".parse().expect("an address"),
            session: "vk-1 \"x\"".into(),
        }
    }

    type End<T> = (String, Result<T, UpstreamError>);

    /// Runs a conversation, whole and cut; gives what the server is sent, and how it ends.
    fn talk(server_said: &str, forwarded: Option<&Forwarded>) -> End<String> {
        talk_with(b"gw-secret", server_said, forwarded)
    }

    fn talk_with(secret: &[u8], server_said: &str, forwarded: Option<&Forwarded>) -> End<String> {
        let master = Master { user: "gateway", secret };
        let whom = || Whom { login: "ada@example.org", addresses: &[], master, forwarded: forwarded.cloned() };
        let (sent, end) = talk_by(|| Upstream::new(&whom()), server_said);
        (sent, end.map(|signed_in| signed_in.text))
    }

    fn talk_by<U: conversation::Upstream>(begin: impl Fn() -> U, server_said: &str) -> End<U::SignedIn> {
        let whole = held(begin(), &[server_said.as_bytes()]);
        let cut: Vec<&[u8]> = server_said.as_bytes().chunks(1 + server_said.len() / 1000).collect();
        let (sent, end) = held(begin(), &cut);
        assert_eq!((&whole.0, whole.1.as_ref().err()), (&sent, end.as_ref().err()), "however it is cut");
        whole
    }

    fn held<U: conversation::Upstream>(mut upstream: U, pieces: &[&[u8]]) -> End<U::SignedIn> {
        let (mut out, mut pending) = (Zeroizing::new(Vec::new()), Vec::new());
        let mut end = Err(UpstreamError::Unexpected("(waits for more)".into()));
        'all: for piece in pieces {
            pending.extend_from_slice(piece);
            loop {
                let (used, step) = upstream.receive(&pending, &mut out);
                pending.drain(..used);
                end = match step {
                    UpstreamStep::More if used > 0 => continue,
                    UpstreamStep::More => break,
                    UpstreamStep::Failed(error) => Err(error),
                    UpstreamStep::Done(done) => Ok(done),
                };
                break 'all;
            }
        }
        (String::from_utf8(out.to_vec()).expect("text"), end)
    }

    const AUTHENTICATE: &str = "AUTHENTICATE \"PLAIN\" \"YWRhQGV4YW1wbGUub3JnAGdhdGV3YXkAZ3ctc2VjcmV0\"\r\n";
    /// As Dovecot 2.3 greets.
    const DOVECOT: &str = "\"IMPLEMENTATION\" \"Dovecot (Debian) Pigeonhole\"\r\n\"SIEVE\" \"fileinto reject\"\r\n\
                           \"NOTIFY\" \"mailto\"\r\n\"SASL\" \"PLAIN LOGIN\"\r\n\"VERSION\" \"1.0\"\r\n\"XCLIENT\"\r\n\
                           OK \"Dovecot (Debian) ready.\"\r\n";

    #[test]
    fn dovecot_is_told_where_the_client_came_from_and_whom_it_is_for() {
        let (sent, end) = talk(&format!("{DOVECOT}OK \"Updated\"\r\nOK \"Logged in.\"\r\n"), Some(&forwarded()));
        assert_eq!(sent, format!("XCLIENT ADDR=2001:db8::9 PORT=5555 SESSION=vk-1x TTL=4\r\n{AUTHENTICATE}"));
        assert_eq!(end, Ok("Logged in.".into()));
        let (sent, end) = talk(&format!("{DOVECOT}NO \"What?\"\r\nOK\r\n"), Some(&forwarded()));
        assert!(sent.ends_with(AUTHENTICATE) && end.is_ok(), "it goes on: {sent}");
        assert_eq!(talk(&format!("{DOVECOT}OK {{2}}\r\nin\r\n"), None).0, AUTHENTICATE);
    }

    /// The example of RFC 5804 section 2.1, and Cyrus, which has no XCLIENT.
    #[test]
    fn a_server_that_trusts_nobody_with_addresses_is_served_too() {
        let greeting = "\"IMPLEMENTATION\" \"Example1 ManageSieved v001\"\r\n\"SASL\" \"DIGEST-MD5 plain\"\r\n\
                        \"SIEVE\" {8}\r\nvacation\r\n\"STARTTLS\"\r\n\"VERSION\" \"1.0\"\r\nOK\r\n";
        let (sent, end) = talk(&format!("{greeting}OK (SASL \"c3NwPQ==\") \"in\"\r\n"), Some(&forwarded()));
        assert_eq!((sent.as_str(), end), (AUTHENTICATE, Ok("in".into())));
        let (sent, end) = talk_by(Offers::default, greeting);
        let sieve = Sieve { extensions: "vacation".into(), ..Sieve::default() };
        assert_eq!((sent.as_str(), end), ("LOGOUT\r\n", Ok(sieve)));
    }

    #[test]
    fn what_apps_are_told_of_a_servers_sieve_is_what_it_says() {
        let more = DOVECOT.replace("\"SASL\"", "\"MAXREDIRECTS\" \"5\"\r\n\"SASL\"");
        let sieve =
            |redirects| Sieve { extensions: "fileinto reject".into(), notify: Some("mailto".into()), redirects };
        assert_eq!(talk_by(Offers::default, DOVECOT).1, Ok(sieve(None)));
        assert_eq!(talk_by(Offers::default, &more).1, Ok(sieve(Some(5))));
    }

    #[test]
    fn tls_begins_where_the_server_offers_it_and_agrees() {
        let offered = DOVECOT.replace("\"XCLIENT\"", "\"STARTTLS\"");
        let ask = |said: &str| talk_by(StartTls::default, said);
        assert_eq!(ask(&format!("{offered}OK \"Begin.\"\r\n")), ("STARTTLS\r\n".into(), Ok(())));
        let refused = ask(&format!("{offered}NO \"Not now.\"\r\n"));
        assert_eq!(refused, ("STARTTLS\r\n".into(), Err(UpstreamError::NoTls("NO Not now.".into()))));
        assert!(matches!(ask(&format!("{offered}\"SASL\" \"PLAIN\"\r\n")).1, Err(UpstreamError::Unexpected(_))));
        let none = ask(DOVECOT);
        assert_eq!(none, (String::new(), Err(UpstreamError::NoTls("it does not offer STARTTLS".into()))));
    }

    /// CVE-2011-0411: what stands behind the answer came in clear, and is left for whoever throws it away.
    #[test]
    fn of_what_comes_behind_the_answer_to_starttls_nothing_is_read() {
        let begun = format!("{}OK \"Begin.\"\r\n", DOVECOT.replace("\"XCLIENT\"", "\"STARTTLS\""));
        let sent = format!("{begun}\"SIEVE\" \"evil\"\r\nOK \"evil\"\r\n");
        let (mut upstream, mut out, mut done) = (StartTls::default(), Zeroizing::new(Vec::new()), 0);
        loop {
            let (used, step) = conversation::Upstream::receive(&mut upstream, &sent.as_bytes()[done..], &mut out);
            done += used;
            match step {
                UpstreamStep::More => assert!(used > 0, "it waits for more"),
                UpstreamStep::Done(()) => break,
                UpstreamStep::Failed(error) => panic!("{error}"),
            }
        }
        assert_eq!((done, out.as_slice()), (begun.len(), b"STARTTLS\r\n".as_slice()));
    }

    #[test]
    fn what_concerns_the_app_is_told_from_what_concerns_the_gateway() {
        let answered = |answer: &str| talk(&format!("{DOVECOT}{answer}\r\n"), None).1;
        assert_eq!(answered("NO (TRYLATER) \"Busy.\""), Err(UpstreamError::TurnedAway("(TRYLATER) Busy.".into())));
        assert_eq!(answered("NO (quota/maxsize)"), Err(UpstreamError::TurnedAway("(QUOTA/MAXSIZE) ".into())));
        assert_eq!(
            answered("NO \"Authentication failed.\""),
            Err(UpstreamError::Refused("NO Authentication failed.".into()))
        );
        assert_eq!(answered("NO (ENCRYPT-NEEDED) \"TLS!\""), Err(UpstreamError::LoginDisabled));
        assert_eq!(answered("BYE (TRYLATER) \"Later\""), Err(UpstreamError::Bye("BYE (TRYLATER) Later".into())));
        assert!(matches!(answered("\"Y2hhbGxlbmdl\""), Err(UpstreamError::Unexpected(_))), "it had its message");
        assert!(matches!(answered("OKAY"), Err(UpstreamError::Unexpected(_))));
        assert!(matches!(answered("OK in"), Err(UpstreamError::Unexpected(_))));
    }

    #[test]
    fn a_server_that_is_none_or_wants_tls_is_left() {
        for greeting in ["\"SASL\" \"\"\r\n\"STARTTLS\"\r\nOK\r\n", "\"SASL\" \"EXTERNAL\"\r\nOK\r\n", "OK\r\n"] {
            let (sent, end) = talk(greeting, None);
            assert_eq!((sent.as_str(), end), ("", Err(UpstreamError::LoginDisabled)), "{greeting}");
        }
        assert!(matches!(talk("* OK imap ready\r\n", None).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(talk("+OK pop3\r\n", None).1, Err(UpstreamError::Unexpected(_))));
        assert_eq!(talk("BYE \"busy\"\r\n", None).1, Err(UpstreamError::Bye("BYE busy".into())));
        assert!(matches!(talk(&"x".repeat(LINE_BYTES_MAX + 1), None).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(talk(&"\"X\"\r\n".repeat(101), None).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(talk("\"SIEVE\" {99999}\r\n", None).1, Err(UpstreamError::Unexpected(_))));
    }

    #[test]
    fn a_long_message_is_a_literal() {
        let (sent, end) = talk_with(&[b's'; 900], &format!("{DOVECOT}OK\r\n"), None);
        assert!(
            sent.starts_with("AUTHENTICATE \"PLAIN\" {1232+}\r\nYWRh") && sent.ends_with("\r\n") && end.is_ok(),
            "{sent}"
        );
    }
}
