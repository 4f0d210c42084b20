//! The app's stream, on its way upstream.

use super::super::envelope;
use super::super::extensions::has;
use super::super::lex::{self, BadLine, Command};
use super::content::{self, Found};
use super::{Answer, Client, ClosedBecause, LINE_BYTES_MAX, Own, QUEUE_MAX, Relay};

/// The largest chunk that is announced: no server takes a message of more, and none counts in less than 31 bits.
const CHUNK_BYTES_MAX: u32 = i32::MAX as u32;

/// Where in the app's stream the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// At the beginning of a command.
    Line,
    /// Behind DATA, which the server has not answered.
    Asked,
    /// In a message's content.
    Content { begins_line: bool },
    /// In a chunk, of which so many bytes are left.
    Chunk { left: u32, dropped: bool },
    /// Nothing goes upstream any more: the app or the server has ended the conversation.
    Over,
    /// It cannot be followed.
    Broken(ClosedBecause),
}

impl State {
    /// Whether a chunk has partly gone upstream.
    pub(super) fn is_in_chunk(self) -> bool {
        matches!(self, Self::Chunk { dropped: false, .. })
    }
}

impl Relay {
    /// Looks at the app's bytes. Call it again until it waits or there are none left.
    pub(super) fn app_said(&mut self, input: &[u8]) -> Client {
        self.held = false;
        if input.is_empty() {
            return Client::Wait;
        }
        match self.client {
            State::Line => self.line(input),
            State::Asked => Client::Wait,
            State::Content { begins_line } => self.content(input, begins_line),
            State::Chunk { left, dropped } => self.chunk(input, left, dropped),
            State::Over => Client::Drop(input.len()),
            State::Broken(why) => Client::Close(why),
        }
    }

    fn line(&mut self, input: &[u8]) -> Client {
        if self.queue.len() >= QUEUE_MAX {
            return Client::Wait;
        }
        let end = match lex::line_end(input, LINE_BYTES_MAX) {
            Ok(Some(end)) => end,
            Ok(None) => return Client::Wait,
            Err(BadLine::TooLong) => return self.close("500 5.5.2 Line too long.", ClosedBecause::LineTooLong),
            Err(BadLine::BareEnd) => return self.close(BARE_END, ClosedBecause::ControlCharacter),
        };
        let line = &input[..end - 2];
        if line.contains(&0) {
            return self.close("500 5.5.2 Invalid command.", ClosedBecause::ControlCharacter);
        }
        let Some(Command { verb, rest }) = lex::command(line) else {
            return self.answer("500 5.5.2 Invalid command.", end);
        };
        self.command(&verb, rest, input, end)
    }

    fn command(&mut self, verb: &str, rest: &str, input: &[u8], end: usize) -> Client {
        match verb {
            "MAIL" => self.mail(rest, input, end),
            "RCPT" if !self.transaction.has_mail => self.answer("503 5.5.1 MAIL comes first.", end),
            "RCPT" => match envelope::rcpt(rest) {
                Ok(line) => self.pass(Answer::Rcpt, &line, input, end),
                Err(refusal) => self.answer(refusal, end),
            },
            "DATA" => self.data(rest, input, end),
            "BDAT" => self.bdat(rest, input, end),
            "EHLO" | "HELO" => self.hello(verb, rest, input, end),
            "RSET" if rest.is_empty() => {
                let passed = self.pass(Answer::Rset, b"RSET", input, end);
                if passed != Client::Wait {
                    self.transaction.is_over();
                }
                passed
            }
            "QUIT" if rest.is_empty() => {
                let passed = self.pass(Answer::Passed, b"QUIT", input, end);
                if passed != Client::Wait {
                    self.client = State::Over;
                }
                passed
            }
            "NOOP" => self.pass(Answer::Passed, b"NOOP", input, end),
            "HELP" => self.pass(Answer::Passed, b"HELP", input, end),
            "RSET" | "QUIT" => self.answer("501 5.5.4 This command takes no parameters.", end),
            "VRFY" => self.answer("252 2.0.0 Send some mail to find out.", end),
            "AUTH" => self.answer("503 5.5.1 You are signed in already.", end),
            "STARTTLS" => self.answer("503 5.5.1 The connection is encrypted already.", end),
            "XCLIENT" | "XFORWARD" | "BURL" | "ETRN" | "EXPN" | "TURN" => {
                self.answer("502 5.5.1 This command is not available.", end)
            }
            _ => self.answer("500 5.5.1 This command is not known.", end),
        }
    }

    fn mail(&mut self, rest: &str, input: &[u8], end: usize) -> Client {
        match envelope::mail(rest, &self.signed_in.addresses) {
            Ok(line) => {
                let passed = self.pass(Answer::Mail, &line, input, end);
                if passed != Client::Wait {
                    self.transaction.has_mail = true;
                }
                passed
            }
            // What follows in the same breath belongs to nothing.
            Err(refusal) => {
                self.transaction.is_over();
                self.answer(refusal, end)
            }
        }
    }

    fn data(&mut self, rest: &str, input: &[u8], end: usize) -> Client {
        if !rest.is_empty() {
            return self.answer("501 5.5.4 DATA takes no parameters.", end);
        }
        if !self.transaction.has_mail {
            return self.answer("503 5.5.1 MAIL comes first.", end);
        }
        if self.transaction.has_chunk {
            return self.answer("503 5.5.1 This message comes in chunks.", end);
        }
        let passed = self.pass(Answer::Data, b"DATA", input, end);
        if passed != Client::Wait {
            self.client = State::Asked;
        }
        passed
    }

    /// The bytes behind are a chunk's, whatever becomes of it.
    fn bdat(&mut self, rest: &str, input: &[u8], end: usize) -> Client {
        let Some((size, last)) = chunk_size(rest) else {
            return self.close("501 5.5.4 Syntax: BDAT size [LAST].", ClosedBecause::UnknownSize);
        };
        if !self.queue.is_empty() {
            self.held = true;
            return Client::Wait;
        }
        let state = |dropped| if size == 0 { State::Line } else { State::Chunk { left: size, dropped } };
        if !has(&self.signed_in.keywords, "CHUNKING") || !self.transaction.takes_chunks() {
            self.client = state(true);
            let is_known = has(&self.signed_in.keywords, "CHUNKING");
            let text =
                if is_known { "503 5.5.1 No chunk is expected." } else { "502 5.5.1 Chunks are not taken here." };
            return self.answer(text, end);
        }
        let line = format!("BDAT {size}{}", if last { " LAST" } else { "" });
        self.client = state(false);
        self.transaction.has_chunk = true;
        if last {
            self.transaction.is_over();
        }
        self.pass(Answer::Chunk { last }, line.as_bytes(), input, end)
    }

    /// Said again, it also ends a message that has begun (RFC 5321 section 4.1.4): so the server hears RSET.
    fn hello(&mut self, verb: &str, rest: &str, input: &[u8], end: usize) -> Client {
        let Some(name) = lex::name(rest) else {
            return self.answer("501 5.5.4 EHLO and HELO take a host name.", end);
        };
        let own = if verb == "EHLO" { Own::Ehlo } else { Own::Helo };
        let passed = self.pass(Answer::Hello(own), b"RSET", input, end);
        if passed != Client::Wait {
            self.client_name = Some(name.to_owned());
            self.transaction.is_over();
        }
        passed
    }

    fn content(&mut self, input: &[u8], begins_line: bool) -> Client {
        match content::find(input, begins_line) {
            Found::Content(len, begins_line) => {
                if len == 0 {
                    return Client::Wait;
                }
                self.client = State::Content { begins_line };
                Client::Forward(len)
            }
            Found::End(len) => {
                self.client = State::Line;
                self.transaction.is_over();
                self.queue.push_back(Answer::Dot);
                Client::Forward(len)
            }
            Found::Ambiguous => self.close(BARE_END, ClosedBecause::BareLineEnd),
        }
    }

    fn chunk(&mut self, input: &[u8], left: u32, dropped: bool) -> Client {
        let now = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - u32::try_from(now).unwrap_or(left);
        self.client = if left == 0 { State::Line } else { State::Chunk { left, dropped } };
        if dropped { Client::Drop(now) } else { Client::Forward(now) }
    }

    /// Sends a command upstream as the gateway writes it.
    fn pass(&mut self, answer: Answer, line: &[u8], input: &[u8], end: usize) -> Client {
        if !self.queue.is_empty() && !self.pipelines() {
            self.held = true;
            return Client::Wait;
        }
        self.queue.push_back(answer);
        if &input[..end - 2] == line { Client::Forward(end) } else { Client::Replace(end, [line, b"\r\n"].concat()) }
    }

    /// Answers a command that does not go upstream.
    fn answer(&mut self, text: &'static str, end: usize) -> Client {
        self.queue.push_back(Answer::Own(Own::Text(text)));
        Client::Drop(end)
    }

    fn close(&mut self, text: &'static str, why: ClosedBecause) -> Client {
        self.queue.push_back(Answer::Own(Own::Text(text)));
        self.client = State::Broken(why);
        Client::Close(why)
    }
}

const BARE_END: &str = "521 5.5.2 Lines must end in CR LF.";

/// Reads what stands behind BDAT (RFC 3030 section 2).
fn chunk_size(rest: &str) -> Option<(u32, bool)> {
    let (digits, last) = match rest.split_once(' ') {
        None => (rest, false),
        Some((digits, word)) => word.eq_ignore_ascii_case("LAST").then_some((digits, true))?,
    };
    let is_size = (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let size = digits.parse().ok().filter(|size| is_size && *size <= CHUNK_BYTES_MAX)?;
    Some((size, last))
}
