//! Signing in upstream for an account's owner: AUTH PLAIN by a master user (RFC 4616, with an authorisation identity),
//! with the client's own address handed on by XCLIENT as Dovecot takes it from a trusted network.

use zeroize::Zeroizing;

use super::verb_and_argument;
use crate::conversation::{self, Forwarded, TooLong, UpstreamError, UpstreamStep, Whom, line, shown, without_end};
use crate::sasl::plain_as;

/// The longest line that an upstream may send before the sign-in. RFC 2449 allows 512 bytes.
const LINE_BYTES_MAX: usize = 2048;

/// A sign-in upstream that is under way.
///
/// The message is sent once the server has asked for it and never with AUTH: every server asks, those of RFC 1734 and
/// those of RFC 5034, and a command of 255 bytes has no room for it.
pub struct Upstream {
    message: Zeroizing<String>,
    forwarded: Option<Forwarded>,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Greeting,
    /// The answer to XCLIENT comes first.
    Forwarding,
    /// The server is to ask for the message.
    Authenticating,
    /// The message was sent.
    Answered,
}

/// A sign-in upstream that succeeded.
pub struct SignedIn {
    /// The upstream's answer, for the app: `+OK Logged in.`
    pub answer: String,
}

/// Response codes with which a server says no for a reason that concerns the app (RFC 2449 section 8, RFC 3206).
const PASSED_ON: [&str; 3] = ["[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]"];

/// What a line of the server's is.
enum Reply {
    Ok,
    /// With what stands behind `-ERR`.
    No(String),
    /// It asks for the message.
    GoOn,
}

impl Upstream {
    /// A sign-in of an account's owner, by a master user.
    pub fn new(whom: &Whom<'_>) -> Self {
        Self {
            message: plain_as(whom.login, whom.master.user, whom.master.secret),
            forwarded: whom.forwarded.clone(),
            state: State::Greeting,
        }
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<Option<SignedIn>, UpstreamError> {
        let unexpected = || Err(UpstreamError::Unexpected(shown(line)));
        let Some(reply) = reply(line) else { return unexpected() };
        self.state = match (self.state, reply) {
            (State::Greeting, Reply::Ok) => self.begin(line, out),
            (State::Greeting, Reply::No(_)) => return Err(UpstreamError::Bye(shown(line))),
            // Whatever the server thinks of XCLIENT, it goes on.
            (State::Forwarding, Reply::Ok | Reply::No(_)) => State::Authenticating,
            (State::Authenticating, Reply::GoOn) => {
                out.extend_from_slice(self.message.as_bytes());
                out.extend_from_slice(b"\r\n");
                State::Answered
            }
            (State::Authenticating, Reply::No(reason)) if !concerns_the_app(&reason) => {
                // It has heard no name and no secret yet that it could refuse.
                let takes_none = reason.to_ascii_uppercase().starts_with("[AUTH]");
                return Err(if takes_none {
                    UpstreamError::LoginDisabled
                } else {
                    UpstreamError::Refused(shown(line))
                });
            }
            (State::Authenticating | State::Answered, Reply::No(reason)) if concerns_the_app(&reason) => {
                return Err(UpstreamError::TurnedAway(reason));
            }
            (State::Answered, Reply::No(_)) => return Err(UpstreamError::Refused(shown(line))),
            (State::Answered, Reply::Ok) => return Ok(Some(SignedIn { answer: shown(line) })),
            // Among them an OK of a server that was not told for whom: it would open a mailbox that is anybody's.
            _ => return unexpected(),
        };
        Ok(None)
    }

    /// The greeting shows what may be said of the client.
    fn begin(&mut self, greeting: &[u8], out: &mut Vec<u8>) -> State {
        let takes_xclient = memchr::memmem::find(greeting, b"[XCLIENT]").is_some();
        let forwarded = self.forwarded.take().filter(|_| takes_xclient);
        if let Some(forwarded) = &forwarded {
            out.extend_from_slice(forwarded.xclient().as_bytes());
        }
        out.extend_from_slice(b"AUTH PLAIN\r\n");
        if forwarded.is_some() { State::Forwarding } else { State::Authenticating }
    }
}

impl conversation::Upstream for Upstream {
    type SignedIn = SignedIn;

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<SignedIn>) {
        let whole = match line(input, LINE_BYTES_MAX) {
            Ok(Some(whole)) => whole,
            Ok(None) => return (0, UpstreamStep::More),
            Err(TooLong) => {
                return (0, UpstreamStep::Failed(UpstreamError::Unexpected("a line without end".into())));
            }
        };
        let step = match self.line(without_end(whole), out) {
            Ok(None) => UpstreamStep::More,
            Ok(Some(signed_in)) => UpstreamStep::Done(signed_in),
            Err(error) => UpstreamStep::Failed(error),
        };
        (whole.len(), step)
    }
}

fn reply(line: &[u8]) -> Option<Reply> {
    let (word, text) = verb_and_argument(line);
    match word.to_ascii_uppercase().as_slice() {
        b"+OK" => Some(Reply::Ok),
        b"-ERR" => Some(Reply::No(shown(text.unwrap_or_default()))),
        b"+" => Some(Reply::GoOn),
        _ => None,
    }
}

fn concerns_the_app(reason: &str) -> bool {
    let reason = reason.to_ascii_uppercase();
    PASSED_ON.iter().any(|code| reason.starts_with(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Master, Upstream as _};

    fn forwarded() -> Forwarded {
        Forwarded {
            client: "[::ffff:203.0.113.9]:5555".parse().expect("an address"),
            connected_to: "192.0.2.1:995".parse().expect("an address"),
            session: "vk 1\r\n".into(),
        }
    }

    /// Runs a conversation, whole and cut; gives what the server is sent, and how it ends.
    fn talk(server_said: &str, forwarded: Option<&Forwarded>) -> (String, Result<String, UpstreamError>) {
        let whole = held(&[server_said.as_bytes()], forwarded.cloned());
        let cut: Vec<&[u8]> = server_said.as_bytes().chunks(1).collect();
        assert_eq!(whole, held(&cut, forwarded.cloned()), "however it is cut");
        whole
    }

    fn held(pieces: &[&[u8]], forwarded: Option<Forwarded>) -> (String, Result<String, UpstreamError>) {
        let master = Master { user: "gateway", secret: b"gw-secret" };
        let mut upstream = Upstream::new(&Whom { login: "ada@example.org", addresses: &[], master, forwarded });
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
                    UpstreamStep::Done(done) => Ok(done.answer),
                };
                break 'all;
            }
        }
        (String::from_utf8(out.to_vec()).expect("text"), end)
    }

    const MESSAGE: &str = "YWRhQGV4YW1wbGUub3JnAGdhdGV3YXkAZ3ctc2VjcmV0";

    /// As Dovecot 2.3 answers.
    #[test]
    fn dovecot_is_told_where_the_client_came_from_and_whom_it_is_for() {
        let answers = "+OK [XCLIENT] Dovecot (Debian) ready.\r\n+OK Updated\r\n+ \r\n+OK Logged in.\r\n";
        let (sent, end) = talk(answers, Some(&forwarded()));
        let xclient = "XCLIENT ADDR=203.0.113.9 PORT=5555 SESSION=vk1 TTL=4\r\n";
        assert_eq!(sent, format!("{xclient}AUTH PLAIN\r\n{MESSAGE}\r\n"));
        assert_eq!(end, Ok("+OK Logged in.".into()));
        let (sent, end) = talk(&answers.replace("+OK Updated", "-ERR Invalid parameters"), Some(&forwarded()));
        assert!(sent.ends_with(&format!("{MESSAGE}\r\n")) && end.is_ok(), "it goes on: {sent}");
    }

    #[test]
    fn a_server_that_trusts_nobody_with_addresses_is_served_too() {
        for forwarded in [None, Some(&forwarded())] {
            let (sent, end) = talk("+OK ready <1896.697170952@example.org>\r\n+\r\n+OK\r\n", forwarded);
            assert_eq!(sent, format!("AUTH PLAIN\r\n{MESSAGE}\r\n"));
            assert_eq!(end, Ok("+OK".into()));
        }
        assert_eq!(talk("+OK [XCLIENT] hi\r\n", None).0, "AUTH PLAIN\r\n", "nothing is to be handed on");
    }

    #[test]
    fn what_concerns_the_app_is_told_from_what_concerns_the_gateway() {
        let answered = |answer: &str| talk(&format!("+OK hi\r\n+ \r\n{answer}\r\n"), None).1;
        for code in PASSED_ON {
            let said = format!("{code} Later.");
            assert_eq!(answered(&format!("-ERR {said}")), Err(UpstreamError::TurnedAway(said)));
        }
        assert!(matches!(answered("-ERR [AUTH] Authentication failed."), Err(UpstreamError::Refused(_))));
        assert!(matches!(answered("-ERR"), Err(UpstreamError::Refused(_))));
        assert!(matches!(answered("+ more?"), Err(UpstreamError::Unexpected(_))), "it had its message");
        assert!(matches!(answered("+OKAY"), Err(UpstreamError::Unexpected(_))));
    }

    #[test]
    fn a_server_that_takes_no_passwords_is_not_sent_the_secret() {
        let answered = |answer: &str| talk(&format!("+OK hi\r\n{answer}\r\n"), None);
        let (sent, end) =
            answered("-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.");
        assert_eq!((sent.as_str(), end), ("AUTH PLAIN\r\n", Err(UpstreamError::LoginDisabled)));
        assert!(matches!(answered("-ERR Unknown command.").1, Err(UpstreamError::Refused(_))));
        assert!(matches!(answered("-ERR [SYS/TEMP] Busy.").1, Err(UpstreamError::TurnedAway(_))));
        // It would open a mailbox that is anybody's.
        assert!(matches!(answered("+OK Logged in.").1, Err(UpstreamError::Unexpected(_))));
    }

    #[test]
    fn a_server_that_is_none_is_left() {
        assert!(matches!(talk("* OK imap ready\r\n", None).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(talk("+ \r\n", None).1, Err(UpstreamError::Unexpected(_))));
        assert_eq!(talk("-ERR [SYS/TEMP] Busy.\r\n", None).1, Err(UpstreamError::Bye("-ERR [SYS/TEMP] Busy.".into())));
        let (sent, end) = talk(&format!("+OK {}\r\n", "x".repeat(LINE_BYTES_MAX)), None);
        assert!(sent.is_empty() && matches!(end, Err(UpstreamError::Unexpected(_))));
    }
}
