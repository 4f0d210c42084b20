//! The upstream's stream, on its way to the app.

use super::super::lex;
use super::Relay;
use crate::conversation::{ClosedBecause, Server, without_end};

/// How much of a line is looked at before it is known what it is: a tag, a status and the beginning of a code.
const HEAD_BYTES: usize = lex::TAG_BYTES_MAX + 32;
/// The longest line that must be seen whole: a list of capabilities, or what comes with a request to go on.
const WHOLE_LINE_BYTES_MAX: usize = 16 * 1024;
/// How much of the end of a line tells whether it announces a literal: `~{18446744073709551615+}` and CR.
const TAIL_BYTES: usize = 25;

/// Where in the server's stream the next byte stands.
pub(super) enum State {
    /// Between two lines.
    Line,
    /// In the middle of a line that is passed on as it comes.
    Middle { kind: Kind, tail: Tail },
    /// In a literal, of which so many bytes are left.
    Literal { left: u64 },
    /// Compressed.
    Raw,
}

/// What a line is, as far as its end matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Data: may announce a literal.
    Data,
    /// A status response: text, which announces nothing.
    Status,
    /// A tagged answer, and whether it is OK.
    Tagged { accepted: bool },
}

/// The last bytes of a line that did not come in one piece.
pub(super) struct Tail {
    bytes: [u8; TAIL_BYTES],
    len: u8,
}

impl Tail {
    fn new() -> Self {
        Self { bytes: [0; TAIL_BYTES], len: 0 }
    }

    /// The tail after more bytes of the line.
    fn then(&self, more: &[u8]) -> Self {
        let mut joined = [&self.bytes[..usize::from(self.len)], more].concat();
        joined.drain(..joined.len().saturating_sub(TAIL_BYTES));
        let mut tail = Self::new();
        tail.bytes[..joined.len()].copy_from_slice(&joined);
        tail.len = u8::try_from(joined.len()).unwrap_or(0);
        tail
    }

    /// What the line ends with, with its last bytes in hand.
    fn line_end(&self, last: &[u8]) -> Vec<u8> {
        let last = &last[last.len().saturating_sub(TAIL_BYTES)..];
        [&self.bytes[..usize::from(self.len)], last].concat()
    }
}

impl Relay {
    /// Looks at the server's bytes. Call it again until it waits or there are none left.
    pub(super) fn server_said(&mut self, input: &[u8]) -> Server {
        if input.is_empty() {
            return Server::Wait;
        }
        match &mut self.server {
            State::Raw => Server::Forward(input.len()),
            State::Literal { left } => {
                let now = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= now as u64;
                if *left == 0 {
                    // What follows a literal is the rest of a line of data.
                    self.server = State::Middle { kind: Kind::Data, tail: Tail::new() };
                }
                if now == 0 { self.server_said(input) } else { Server::Forward(now) }
            }
            State::Middle { kind, tail } => {
                let (kind, Some(end)) = (*kind, lex::line_end(input)) else {
                    let tail = tail.then(input);
                    self.server = State::Middle { kind: *kind, tail };
                    return Server::Forward(input.len());
                };
                let line = tail.line_end(&input[..end]);
                self.line_ends(kind, &line);
                Server::Forward(end)
            }
            State::Line => self.server_line(input),
        }
    }

    fn server_line(&mut self, input: &[u8]) -> Server {
        let end = lex::line_end(input);
        let seen = &input[..end.unwrap_or(input.len())];
        if end.is_none() && seen.len() < HEAD_BYTES {
            return Server::Wait;
        }
        if seen.starts_with(b"+") {
            return self.whole_line(seen, end, Self::continuation);
        }
        let (kind, word_at) = classify(seen);
        if has_capabilities(seen, word_at) {
            return self.whole_line(seen, end, |relay, line, len| {
                let shown = relay.capabilities.shown(line);
                relay.line_ends(kind, line);
                if shown == line {
                    return Server::Forward(len);
                }
                Server::Replace(len, [shown.as_slice(), b"\r\n"].concat())
            });
        }
        if let Some(end) = end {
            self.line_ends(kind, &input[..end]);
            Server::Forward(end)
        } else {
            self.server = State::Middle { kind, tail: Tail::new().then(seen) };
            Server::Forward(seen.len())
        }
    }

    /// Looks at a line that must be seen whole.
    fn whole_line(
        &mut self,
        seen: &[u8],
        end: Option<usize>,
        look: impl FnOnce(&mut Self, &[u8], usize) -> Server,
    ) -> Server {
        match end {
            // However it is cut: a line is too long whether its end has come or not.
            _ if seen.len() > WHOLE_LINE_BYTES_MAX => Server::Close(ClosedBecause::ServerOutOfStep),
            Some(end) => look(self, without_end(seen), end),
            None => Server::Wait,
        }
    }

    fn continuation(&mut self, _line: &[u8], len: usize) -> Server {
        match self.continued() {
            Some(true) => Server::Forward(len),
            Some(false) => Server::Drop(len),
            None => Server::Close(ClosedBecause::ServerOutOfStep),
        }
    }

    /// A line has come to its end, of which at least the last bytes are in hand.
    fn line_ends(&mut self, kind: Kind, line: &[u8]) {
        self.server = State::Line;
        match kind {
            Kind::Status => {}
            Kind::Tagged { accepted } => self.answered(accepted),
            Kind::Data => {
                if let Some(literal) = lex::literal(without_end(line)) {
                    self.server = State::Literal { left: literal.size };
                }
            }
        }
    }
}

/// What a line is, and where its first word behind the tag stands.
fn classify(line: &[u8]) -> (Kind, usize) {
    let word_at = line.iter().position(|b| *b == b' ').map_or(line.len(), |at| at + 1);
    let word = word(&line[word_at..]);
    let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
    let kind = if super::is_done(self::word(line)) {
        Kind::Status
    } else if !line.starts_with(b"*") {
        Kind::Tagged { accepted: is(b"OK") }
    } else if [b"OK".as_slice(), b"NO", b"BAD", b"BYE", b"PREAUTH"].into_iter().any(is) {
        Kind::Status
    } else {
        Kind::Data
    };
    (kind, word_at)
}

fn word(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| matches!(b, b' ' | b'\r' | b'\n')).unwrap_or(bytes.len());
    &bytes[..end]
}

/// Whether a line is a list of capabilities, or a status response that begins with one.
fn has_capabilities(line: &[u8], word_at: usize) -> bool {
    let first = word(&line[word_at..]);
    if line.starts_with(b"* ") && first.eq_ignore_ascii_case(b"CAPABILITY") {
        return true;
    }
    let second = &line[(word_at + first.len() + 1).min(line.len())..];
    second.get(..b"[CAPABILITY".len()).is_some_and(|b| b.eq_ignore_ascii_case(b"[CAPABILITY"))
}
