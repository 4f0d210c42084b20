//! The upstream's stream, on its way to the app.

use super::super::lex::{self, REPLY_LINE_BYTES_MAX};
use super::client::State;
use super::{Answer, ClosedBecause, Relay, Server};

/// The server ends the conversation (RFC 5321 section 3.8), in answer to anything or to nothing.
const GOODBYE: u16 = 421;

impl Relay {
    /// Looks at the server's bytes. Call it again until it waits or there are none left.
    pub(super) fn upstream_said(&mut self, input: &[u8]) -> Server {
        if input.is_empty() {
            return Server::Wait;
        }
        let end = match lex::line_end(input, REPLY_LINE_BYTES_MAX) {
            Ok(Some(end)) => end,
            Ok(None) => return Server::Wait,
            Err(_) => return Server::Close(ClosedBecause::ServerOutOfStep),
        };
        match lex::reply(&input[..end - 2]) {
            Some(line) => self.reply_line(&input[..end], line.code, line.is_last),
            None => Server::Close(ClosedBecause::ServerOutOfStep),
        }
    }

    fn reply_line(&mut self, line: &[u8], code: u16, is_last: bool) -> Server {
        // The gateway's own answers stand before it, if nobody has taken them yet.
        let mut said = self.take_own();
        let is_expected = match self.replying {
            Some(begun) => begun == code,
            None => code == GOODBYE || self.queue.front().is_some_and(|answer| self.is_answer(*answer, code)),
        };
        if !is_expected {
            return Server::Close(ClosedBecause::ServerOutOfStep);
        }
        self.replying = (!is_last).then_some(code);
        let hidden = match self.queue.front() {
            Some(Answer::Hello(own)) if code != GOODBYE => Some(*own),
            _ => None,
        };
        if is_last {
            self.answered(code);
        }
        match hidden {
            Some(own) if is_last => self.write_own(own, &mut said),
            Some(_) => {}
            None if said.is_empty() => return Server::Forward(line.len()),
            None => said.extend_from_slice(line),
        }
        if said.is_empty() { Server::Drop(line.len()) } else { Server::Replace(line.len(), said) }
    }

    /// Whether a code can answer this.
    fn is_answer(&self, answer: Answer, code: u16) -> bool {
        match answer {
            Answer::Own(_) => false,
            Answer::Data => code == 354 || code >= 400,
            Answer::Hello(_) => code < 300,
            // One who answers a chunk that it does not have yet may take the rest for commands.
            Answer::Chunk { .. } if self.client.is_in_chunk() => false,
            _ => !(300..400).contains(&code),
        }
    }

    /// The answer to what stands first in the queue has come to its end.
    fn answered(&mut self, code: u16) {
        if code == GOODBYE {
            self.queue.clear();
            self.client = State::Over;
            return;
        }
        let accepted = code < 300;
        let transaction = &mut self.transaction;
        match self.queue.pop_front() {
            Some(Answer::Data) if code == 354 => self.client = State::Content { begins_line: true },
            Some(Answer::Data) => {
                transaction.is_forgotten();
                self.client = State::Line;
            }
            Some(Answer::Mail) if accepted => (transaction.mail_accepted, transaction.rcpt_accepted) = (true, false),
            Some(Answer::Rcpt) if accepted => transaction.rcpt_accepted = true,
            Some(Answer::Rset) if accepted => transaction.is_forgotten(),
            Some(Answer::Hello(_) | Answer::Dot | Answer::Chunk { last: true }) => transaction.is_forgotten(),
            Some(Answer::Chunk { last: false }) if !accepted => transaction.is_forgotten(),
            _ => {}
        }
    }
}
