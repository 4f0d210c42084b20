//! The upstream's stream, on its way to the app.

use super::super::lex::{Reader, Response, Sender, Stop};
use super::{ClosedBecause, Relay, Server};

/// The longest capability that is looked at.
const CAPABILITY_BYTES_MAX: usize = 16 * 1024;
/// What an app may not say any more, and is therefore not offered.
const HIDDEN: [&[u8]; 4] = [b"STARTTLS", b"SASL", b"UNAUTHENTICATE", b"XCLIENT"];

/// Where in the server's stream the next byte stands.
#[derive(Clone, Copy, Default)]
pub(super) enum State {
    /// Between two lines.
    #[default]
    Line,
    /// In the middle of a line that is passed on as it comes.
    Middle { kind: Kind, inside: Inside },
}

/// What a line is, as far as its end matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It begins with a string.
    Data,
    /// OK, NO or BYE: with it a command is answered.
    Answer,
}

/// Where in a line.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    Text,
    /// In a quoted string.
    Quoted,
    /// Behind its backslash.
    Escaped,
    /// Behind `{`.
    Brace,
    /// Behind `{310`.
    Announced(u64),
    /// Behind `{310+`.
    Plus(u64),
    /// Behind `{310}`: a line's end makes it a literal.
    Closed(u64),
    /// In a literal, of which so many bytes are left.
    Literal(u64),
}

impl State {
    pub(super) fn is_between_lines(self) -> bool {
        matches!(self, Self::Line)
    }
}

impl Relay {
    /// Looks at the server's bytes. Call it again until it waits or there are none left.
    pub(super) fn pass_server(&mut self, input: &[u8]) -> Server {
        let Some(first) = input.first() else { return Server::Wait };
        let (kind, inside) = match self.server {
            State::Middle { kind, inside } => (kind, inside),
            State::Line if matches!(first, b'"' | b'{') => {
                if self.outstanding.front() == Some(&true)
                    && let Some(decision) = capability(input)
                {
                    return decision;
                }
                (Kind::Data, Inside::Text)
            }
            State::Line => (Kind::Answer, Inside::Text),
        };
        let (passed, inside) = follow(inside, input);
        if let Some(inside) = inside {
            self.server = State::Middle { kind, inside };
        } else {
            self.server = State::Line;
            if kind == Kind::Answer {
                self.outstanding.pop_front();
            }
        }
        Server::Forward(passed)
    }
}

/// Looks at a whole line of a list of capabilities; `None` if it is none.
fn capability(input: &[u8]) -> Option<Server> {
    let mut reader = Reader::new(input, CAPABILITY_BYTES_MAX, Sender::Server);
    match reader.response() {
        Ok(Response::Data { name, .. }) if HIDDEN.iter().any(|hidden| name.eq_ignore_ascii_case(hidden)) => {
            Some(Server::Drop(reader.at()))
        }
        Ok(_) => Some(Server::Forward(reader.at())),
        Err(Stop::Incomplete) => Some(Server::Wait),
        Err(Stop::TooLong) => Some(Server::Close(ClosedBecause::ServerOutOfStep)),
        Err(Stop::Malformed) => None,
    }
}

/// Follows a line. Gives how many bytes of it there are, and where it then stands: `None` at its end.
fn follow(mut inside: Inside, input: &[u8]) -> (usize, Option<Inside>) {
    let mut at = 0;
    while let Some(byte) = input.get(at).copied() {
        if let Inside::Literal(left @ 1..) = inside {
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(input.len() - at);
            at += now;
            inside = Inside::Literal(left - now as u64);
            continue;
        }
        at += 1;
        inside = match inside {
            Inside::Quoted if byte == b'\\' => Inside::Escaped,
            Inside::Quoted if byte == b'"' => Inside::Text,
            Inside::Quoted | Inside::Escaped => Inside::Quoted,
            Inside::Brace if byte.is_ascii_digit() => Inside::Announced(u64::from(byte - b'0')),
            Inside::Announced(size) if byte.is_ascii_digit() => {
                Inside::Announced(size.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            Inside::Announced(size) if byte == b'+' => Inside::Plus(size),
            Inside::Announced(size) | Inside::Plus(size) if byte == b'}' => Inside::Closed(size),
            Inside::Closed(size) if byte == b'\r' => Inside::Closed(size),
            Inside::Closed(size) if byte == b'\n' => Inside::Literal(size),
            _ => match byte {
                b'\n' => return (at, None),
                b'"' => Inside::Quoted,
                b'{' => Inside::Brace,
                _ => Inside::Text,
            },
        };
    }
    (at, Some(inside))
}
