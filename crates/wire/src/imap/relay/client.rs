//! The app's stream, on its way upstream.

use super::super::lex::{self, Head};
use super::super::session::refuse;
use super::{Gate, LINE_BYTES_MAX, REPLIES_BYTES_MAX, Relay};
use crate::conversation::{Client, ClosedBecause, without_end};

/// Where in the app's stream the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// At the beginning of a command.
    Line,
    /// During IDLE: only DONE may come.
    Idle,
    /// In a literal, of which so many bytes are left.
    Literal { left: u64, dropped: bool },
    /// Behind a literal, in the middle of a command.
    Rest { dropped: bool },
    /// Compressed.
    Raw,
}

impl State {
    /// The server would not have the literal. An app that waited for it begins a new command; one that did not has sent
    /// it, and the rest of its command, to nobody.
    pub(super) fn literal_refused(&mut self, size: u64, app_waits: bool) {
        *self = if app_waits { Self::Line } else { Self::Literal { left: size, dropped: true } };
    }

    pub(super) fn idle_is_over(&mut self) {
        if *self == Self::Idle {
            *self = Self::Line;
        }
    }
}

impl Relay {
    /// Looks at the app's bytes. Call it again until it waits or there are none left.
    pub(super) fn client_said(&mut self, input: &[u8]) -> Client {
        if input.is_empty() || self.gate != Gate::Open {
            return Client::Wait;
        }
        match self.client {
            State::Raw => Client::Forward(input.len()),
            State::Literal { left, dropped } => {
                let now = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                let left = left - now as u64;
                self.client = if left == 0 { State::Rest { dropped } } else { State::Literal { left, dropped } };
                match (now, dropped) {
                    (0, _) => self.client_said(input),
                    (_, true) => Client::Drop(now),
                    (_, false) => Client::Forward(now),
                }
            }
            State::Line | State::Idle | State::Rest { .. } => self.client_line(input),
        }
    }

    fn client_line(&mut self, input: &[u8]) -> Client {
        let Some(end) = lex::line_end(input) else {
            return if input.len() > LINE_BYTES_MAX { Client::Close(ClosedBecause::LineTooLong) } else { Client::Wait };
        };
        if end > LINE_BYTES_MAX {
            return Client::Close(ClosedBecause::LineTooLong);
        }
        let line = without_end(&input[..end]);
        if memchr::memchr2(b'\r', 0, line).is_some() {
            return Client::Close(ClosedBecause::ControlCharacter);
        }
        // A server that overlooks white space at the end of a line would wait for a literal here.
        let trimmed = line.trim_ascii_end();
        if trimmed.len() < line.len() && lex::literal(trimmed).is_some() {
            return Client::Close(ClosedBecause::ControlCharacter);
        }
        match self.client {
            State::Idle if super::is_done(line) => {
                self.client = State::Line;
                Client::Forward(end)
            }
            State::Idle => Client::Close(ClosedBecause::ExpectedDone),
            State::Rest { dropped: true } => self.drop_line(line, end),
            State::Rest { dropped: false } => self.pass_line(line, end),
            _ => self.command(line, end),
        }
    }

    fn command(&mut self, line: &[u8], end: usize) -> Client {
        if self.replies.len() > REPLIES_BYTES_MAX {
            return Client::Wait;
        }
        // An empty line, or a DONE that crossed the end of IDLE, asks for nothing.
        if line.is_empty() || super::is_done(line) {
            return Client::Drop(end);
        }
        let Some(Head { tag, name, rest }) = lex::head(line).filter(|head| !super::is_done(head.tag)) else {
            refuse(b"*", "BAD Invalid tag or command.", &mut self.replies);
            return self.drop_line(line, end);
        };
        match name.to_ascii_uppercase().as_slice() {
            b"LOGIN" | b"AUTHENTICATE" => refuse(tag, "BAD You are signed in already.", &mut self.replies),
            b"STARTTLS" => refuse(tag, "BAD The connection is encrypted already.", &mut self.replies),
            b"UNAUTHENTICATE" => refuse(tag, "NO [CANNOT] This is not available.", &mut self.replies),
            b"COMPRESS" if !self.capabilities.compression_is_safe() => {
                refuse(tag, "NO [CANNOT] This is not available.", &mut self.replies);
            }
            // Compression begins behind its answer, which must therefore be the next one.
            b"COMPRESS" if self.outstanding > 0 || !self.replies.is_empty() => return Client::Wait,
            b"COMPRESS" => return self.ask(Gate::Compress, line, end),
            b"IDLE" => return self.ask(Gate::Idle, line, end),
            b"ID" => {
                self.client_name = lex::client_name(rest).or(self.client_name.take());
                self.outstanding += 1;
                return self.pass_line(line, end);
            }
            _ => {
                self.outstanding += 1;
                return self.pass_line(line, end);
            }
        }
        self.drop_line(line, end)
    }

    /// Sends a command whose answer decides how the app's stream is to be read.
    fn ask(&mut self, gate: Gate, line: &[u8], end: usize) -> Client {
        if lex::literal(line).is_some() {
            refuse(lex::head(line).map_or(b"*", |h| h.tag), "BAD This command takes no literal.", &mut self.replies);
            return self.drop_line(line, end);
        }
        self.outstanding += 1;
        self.gate = gate;
        Client::Forward(end)
    }

    /// Sends a line, and if it announces a literal waits for the server to ask for it.
    fn pass_line(&mut self, line: &[u8], end: usize) -> Client {
        self.client = State::Line;
        let Some(literal) = lex::literal(line) else { return Client::Forward(end) };
        self.gate = Gate::Literal { size: literal.size, app_waits: literal.synchronising };
        if literal.synchronising {
            return Client::Forward(end);
        }
        // `{310+}` becomes `{310}`.
        let mut changed = line[..literal.end].to_vec();
        changed.extend_from_slice(b"}\r\n");
        Client::Replace(end, changed)
    }

    /// Passes over a line of a command that goes to nobody. An app that waits to be asked for a literal has its answer.
    fn drop_line(&mut self, line: &[u8], end: usize) -> Client {
        self.client = match lex::literal(line) {
            Some(literal) if !literal.synchronising => State::Literal { left: literal.size, dropped: true },
            _ => State::Line,
        };
        Client::Drop(end)
    }
}
