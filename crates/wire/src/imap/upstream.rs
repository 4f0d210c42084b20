//! Signing in to an IMAP server behind the gateway: as a master user for the account's owner (RFC 4616's authorisation
//! identity), with the client's own address handed on by ID (RFC 2971) as Dovecot takes it from a trusted network.

use zeroize::Zeroizing;

use super::capability::Capabilities;
use super::lex;
use crate::conversation::{self, Forwarded, TooLong, UpstreamError, UpstreamStep, Whom, line, shown, without_end};
use crate::sasl::plain_as;

/// The longest line that an upstream may send before the sign-in: room for long lists of capabilities.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// The most that is kept of what an upstream says while it signs in.
const UNTAGGED_BYTES_MAX: usize = 64 * 1024;

/// A sign-in upstream that is under way.
pub struct Upstream {
    message: Zeroizing<String>,
    forwarded: Option<Forwarded>,
    state: State,
    capabilities: Capabilities,
    untagged: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Greeting,
    Capability,
    /// The answer to ID comes first.
    Identifying,
    /// The server is to ask for the message.
    Authenticating,
    /// The message was sent.
    Answered,
}

/// A sign-in upstream that succeeded.
pub struct SignedIn {
    /// Untagged responses for the app, each with its line end.
    pub untagged: Vec<u8>,
    /// What stands behind the tag in the upstream's answer, for the app: `OK [CAPABILITY …] Logged in`.
    pub answer: Vec<u8>,
    pub(super) capabilities: Capabilities,
}

/// Response codes with which a server says no for a reason that concerns the app (RFC 5530).
const PASSED_ON: [&str; 5] = ["[LIMIT", "[INUSE", "[UNAVAILABLE", "[OVERQUOTA", "[EXPIRED"];

impl Upstream {
    /// A sign-in of an account's owner, by a master user.
    pub fn new(whom: &Whom<'_>) -> Self {
        Self {
            message: plain_as(whom.login, whom.master.user, whom.master.secret),
            forwarded: whom.forwarded.clone(),
            state: State::Greeting,
            capabilities: Capabilities::default(),
            untagged: Vec::new(),
        }
    }

    fn line(&mut self, whole: &[u8], out: &mut Vec<u8>) -> Result<Option<SignedIn>, UpstreamError> {
        let line = without_end(whole);
        if let Some(rest) = line.strip_prefix(b"* ") {
            return self.untagged(rest, line, whole, out).map(|()| None);
        }
        let is = |tag: &[u8]| line.strip_prefix(tag);
        match self.state {
            State::Capability => {
                if is(b"c ").is_some() {
                    self.begin(out)?;
                    return Ok(None);
                }
            }
            // Whatever the server thinks of ID, it goes on.
            State::Identifying => {
                if is(b"i ").is_some() {
                    self.state = self.after_authenticate();
                    return Ok(None);
                }
            }
            State::Authenticating if line.starts_with(b"+") => {
                out.extend_from_slice(self.message.as_bytes());
                out.extend_from_slice(b"\r\n");
                self.state = State::Answered;
                return Ok(None);
            }
            State::Authenticating | State::Answered => {
                // A server that says OK before it was told for whom would open a mailbox that is anybody's.
                let is_early = |answer: &[u8]| {
                    self.state == State::Authenticating && answer.to_ascii_uppercase().starts_with(b"OK")
                };
                if let Some(answer) = is(b"a ").filter(|answer| !is_early(answer)) {
                    return self.answered(answer).map(Some);
                }
            }
            State::Greeting => {}
        }
        Err(UpstreamError::Unexpected(shown(line)))
    }

    fn untagged(&mut self, rest: &[u8], line: &[u8], whole: &[u8], out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        let word = rest.split(|b| *b == b' ').next().unwrap_or_default().to_ascii_uppercase();
        if word == b"BYE" {
            return Err(UpstreamError::Bye(shown(rest)));
        }
        match (self.state, word.as_slice()) {
            (State::Greeting, b"OK") => {
                let before = self.capabilities;
                self.capabilities.note(line);
                if self.capabilities == before {
                    // No list in the greeting: ask for one. A server that says it waits for something will answer.
                    out.extend_from_slice(b"c CAPABILITY\r\n");
                    self.state = State::Capability;
                    return Ok(());
                }
                self.begin(out)
            }
            (State::Greeting, _) => Err(UpstreamError::Unexpected(shown(line))),
            (State::Capability, _) => {
                self.capabilities.note(line);
                Ok(())
            }
            (State::Identifying, _) => Ok(()),
            (State::Authenticating | State::Answered, _) => {
                let shown = self.capabilities.shown(line);
                if self.untagged.len() + whole.len() > UNTAGGED_BYTES_MAX {
                    return Err(UpstreamError::Unexpected("too much before the answer".into()));
                }
                self.untagged.extend_from_slice(&shown);
                self.untagged.extend_from_slice(b"\r\n");
                Ok(())
            }
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        if self.capabilities.login_disabled {
            return Err(UpstreamError::LoginDisabled);
        }
        self.state = self.after_authenticate();
        if let Some(forwarded) = self.forwarded.take().filter(|_| self.capabilities.id) {
            identify(&forwarded, out);
            self.state = State::Identifying;
        }
        out.extend_from_slice(b"a AUTHENTICATE PLAIN");
        if self.capabilities.sasl_ir {
            out.push(b' ');
            out.extend_from_slice(self.message.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        // What was said before the sign-in says nothing of what holds after it.
        self.capabilities = Capabilities { sasl_ir: self.capabilities.sasl_ir, ..Capabilities::default() };
        Ok(())
    }

    /// What comes behind AUTHENTICATE: the answer, where the message went with it.
    fn after_authenticate(&self) -> State {
        if self.capabilities.sasl_ir { State::Answered } else { State::Authenticating }
    }

    fn answered(&mut self, answer: &[u8]) -> Result<SignedIn, UpstreamError> {
        let upper = answer.to_ascii_uppercase();
        if upper.starts_with(b"OK") {
            let answer = self.capabilities.shown(answer);
            return Ok(SignedIn {
                untagged: std::mem::take(&mut self.untagged),
                answer,
                capabilities: self.capabilities,
            });
        }
        let said = shown(answer);
        let reason = said.strip_prefix("NO ").unwrap_or(&said).to_owned();
        let concerns_the_app = PASSED_ON.iter().any(|code| reason.to_ascii_uppercase().starts_with(code));
        if concerns_the_app { Err(UpstreamError::TurnedAway(reason)) } else { Err(UpstreamError::Refused(said)) }
    }
}

impl conversation::Upstream for Upstream {
    type SignedIn = SignedIn;

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<SignedIn>) {
        let line = match line(input, LINE_BYTES_MAX) {
            Ok(Some(line)) => line,
            Ok(None) => return (0, UpstreamStep::More),
            Err(TooLong) => {
                return (0, UpstreamStep::Failed(UpstreamError::Unexpected("a line without end".into())));
            }
        };
        let step = match self.line(line, out) {
            Ok(None) => UpstreamStep::More,
            Ok(Some(signed_in)) => UpstreamStep::Done(signed_in),
            Err(error) => UpstreamStep::Failed(error),
        };
        (line.len(), step)
    }
}

/// Dovecot's way of handing on where a client came from; it needs the gateway in `login_trusted_networks`.
fn identify(forwarded: &Forwarded, out: &mut Vec<u8>) {
    let Forwarded { client, connected_to, session } = forwarded;
    let fields = [
        ("x-originating-ip", client.ip().to_canonical().to_string()),
        ("x-originating-port", client.port().to_string()),
        ("x-connected-ip", connected_to.ip().to_canonical().to_string()),
        ("x-connected-port", connected_to.port().to_string()),
        // Dovecot counts hops down to stop loops.
        ("x-proxy-ttl", "4".to_owned()),
        ("x-session-id", session.clone()),
    ];
    out.extend_from_slice(b"i ID (");
    for (i, (key, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        lex::quote(key, out);
        out.push(b' ');
        lex::quote(value, out);
    }
    out.extend_from_slice(b")\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Master, Upstream as _};

    fn forwarded() -> Forwarded {
        Forwarded {
            client: "203.0.113.9:5555".parse().expect("an address"),
            connected_to: "[::ffff:192.0.2.1]:993".parse().expect("an address"),
            session: "vk1".into(),
        }
    }

    /// Runs a conversation; gives what the server is sent, and how it ends.
    fn talk(server_said: &str, forwarded: Option<Forwarded>) -> (String, Result<(String, String), UpstreamError>) {
        let master = Master { user: "gateway", secret: b"gw-secret" };
        let mut upstream = Upstream::new(&Whom { login: "ada@example.org", addresses: &[], master, forwarded });
        let (mut out, mut rest) = (Zeroizing::new(Vec::new()), server_said.as_bytes());
        loop {
            let (used, step) = upstream.receive(rest, &mut out);
            rest = &rest[used..];
            let end = match step {
                UpstreamStep::More if used > 0 => continue,
                UpstreamStep::More => Err(UpstreamError::Unexpected("(waits for more)".into())),
                UpstreamStep::Failed(error) => Err(error),
                UpstreamStep::Done(done) => {
                    assert!(rest.is_empty(), "what comes behind the answer is not touched");
                    let text = |b: Vec<u8>| String::from_utf8(b).expect("text");
                    Ok((text(done.untagged), text(done.answer)))
                }
            };
            return (String::from_utf8(out.to_vec()).expect("text"), end);
        }
    }

    const ID: &str = "i ID (\"x-originating-ip\" \"203.0.113.9\" \"x-originating-port\" \"5555\" \"x-connected-ip\" \"192.0.2.1\" \
                      \"x-connected-port\" \"993\" \"x-proxy-ttl\" \"4\" \"x-session-id\" \"vk1\")\r\n";
    const MESSAGE: &str = "YWRhQGV4YW1wbGUub3JnAGdhdGV3YXkAZ3ctc2VjcmV0";

    /// As Dovecot 2.3 answers.
    #[test]
    fn dovecot_is_told_where_the_client_came_from_and_whom_it_is_for() {
        let (sent, end) = talk(
            "* OK [CAPABILITY IMAP4rev1 SASL-IR ID IDLE LITERAL+ AUTH=PLAIN] Dovecot ready.\r\n* ID (\"name\" \"Dovecot\")\r\n\
             i OK ID completed.\r\na OK [CAPABILITY IMAP4rev1 IDLE UNAUTHENTICATE] Logged in\r\n",
            Some(forwarded()),
        );
        assert_eq!(sent, format!("{ID}a AUTHENTICATE PLAIN {MESSAGE}\r\n"));
        assert_eq!(end, Ok((String::new(), "OK [CAPABILITY IMAP4rev1 IDLE] Logged in".into())));
    }

    #[test]
    fn a_server_without_lists_ids_or_initial_responses_is_served_too() {
        let (sent, end) = talk(
            "* OK hello\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nc OK done\r\n+ \r\n* CAPABILITY IMAP4rev1 QUOTA\r\na OK welcome\r\n",
            Some(forwarded()),
        );
        assert_eq!(sent, format!("c CAPABILITY\r\na AUTHENTICATE PLAIN\r\n{MESSAGE}\r\n"));
        assert_eq!(end, Ok(("* CAPABILITY IMAP4rev1 QUOTA\r\n".into(), "OK welcome".into())));
    }

    #[test]
    fn a_dovecot_that_is_starting_is_waited_for() {
        let (sent, end) = talk(
            "* OK Waiting for authentication process to respond..\r\n* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready.\r\n\
             * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nc OK Pre-login capabilities listed.\r\na OK Logged in\r\n",
            None,
        );
        assert_eq!(sent, format!("c CAPABILITY\r\na AUTHENTICATE PLAIN {MESSAGE}\r\n"));
        assert!(end.is_ok(), "{end:?}");
    }

    #[test]
    fn what_concerns_the_app_is_told_from_what_concerns_the_gateway() {
        let answered = |answer: &str| talk(&format!("* OK [CAPABILITY IMAP4rev1 SASL-IR] hi\r\n{answer}\r\n"), None).1;
        assert_eq!(
            answered("a NO [LIMIT] Maximum number of connections exceeded"),
            Err(UpstreamError::TurnedAway("[LIMIT] Maximum number of connections exceeded".into()))
        );
        assert!(matches!(
            answered("a NO [AUTHENTICATIONFAILED] Authentication failed."),
            Err(UpstreamError::Refused(_))
        ));
        assert!(matches!(answered("a BAD what"), Err(UpstreamError::Refused(_))));
        assert!(matches!(answered("* BYE shutting down"), Err(UpstreamError::Bye(_))));
        assert!(matches!(answered("+ more?"), Err(UpstreamError::Unexpected(_))), "it had its initial response");
        assert!(matches!(answered("x OK"), Err(UpstreamError::Unexpected(_))));
    }

    /// Found by fuzzing: with nothing but the words of AUTHENTICATE sent, it was taken for a sign-in.
    #[test]
    fn a_server_that_says_ok_before_it_was_told_for_whom_is_left() {
        let greeting = "* OK [CAPABILITY IMAP4rev1 ID AUTH=PLAIN] hi\r\n";
        let (sent, end) = talk(&format!("{greeting}a OK in\r\n"), None);
        assert_eq!(sent, "a AUTHENTICATE PLAIN\r\n");
        assert!(matches!(end, Err(UpstreamError::Unexpected(_))), "{end:?}");
        assert!(matches!(talk(&format!("{greeting}a NO no\r\n"), None).1, Err(UpstreamError::Refused(_))));
        // What it offers meanwhile does not change what it was sent.
        let (_, end) = talk(&format!("{greeting}* CAPABILITY SASL-IR\r\n+ \r\na OK in\r\n"), None);
        assert!(end.is_ok(), "{end:?}");
    }

    #[test]
    fn a_server_that_is_none_or_wants_tls_is_left() {
        assert!(matches!(talk("220 smtp ready\r\n", None).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(talk("* PREAUTH hi\r\n", None).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(talk("* BYE busy\r\n", None).1, Err(UpstreamError::Bye(_))));
        assert!(matches!(talk(&"x".repeat(20_000), None).1, Err(UpstreamError::Unexpected(_))));
        let long = format!("* OK [CAPABILITY IMAP4rev1 SASL-IR] {}\r\n", "x".repeat(LINE_BYTES_MAX));
        assert_eq!(talk(&long, None).0, "", "too long a line is none, though its end has come");
        let (sent, end) = talk("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi\r\n", None);
        assert_eq!(
            (sent.as_str(), end),
            ("", Err(UpstreamError::LoginDisabled)),
            "the master's secret is not sent in vain"
        );
    }
}
