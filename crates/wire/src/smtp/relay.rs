//! The conversation after the sign-in, between an app and the upstream. Every command is read, and what goes upstream is
//! one of nine verbs, written again by the gateway; the rest is answered here.
//!
//! The gateway vouches for the app upstream, so the two must agree on what is a command and what is a message. They do by
//! construction: a message's content is sent only once the server has asked for it, and not if it has a line end that
//! some servers take for one and others do not; a chunk, only once the server has accepted a sender and a recipient, so
//! that it has to take it.
//!
//! Replies keep their order: what is to be answered stands in a queue, the gateway's own answers between the server's.
//! The two halves are in `relay/client.rs` and `relay/server.rs`; what they share is here.

mod client;
mod content;
mod server;

use std::collections::VecDeque;
use std::sync::Arc;

use super::Greeting;
use super::extensions::{answer_ehlo, has};
use super::upstream::SignedIn;
use crate::conversation::{self, Client, ClosedBecause, Server};

/// The longest command line: that of RFC 5321 with the longest parameters of RFC 3461, as long as Postfix reads.
const LINE_BYTES_MAX: usize = 2048;
/// The most commands that wait for their answers. An app that pipelines more waits for the first of them.
const QUEUE_MAX: usize = 64;

/// Both halves of a relayed conversation.
pub struct Relay {
    greeting: Arc<Greeting>,
    signed_in: SignedIn,
    client: client::State,
    /// The code of the reply that has partly passed.
    replying: Option<u16>,
    /// What is to be answered yet, in the order of the commands.
    queue: VecDeque<Answer>,
    transaction: Transaction,
    /// Whether the app's next command waits until the queue is empty.
    held: bool,
    client_name: Option<String>,
}

/// Who answers a command, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The gateway.
    Own(Own),
    /// The server: a command whose answer changes nothing.
    Passed,
    Mail,
    Rcpt,
    Rset,
    Data,
    /// A chunk, and whether it is a message's last.
    Chunk {
        last: bool,
    },
    /// The end of a message's content.
    Dot,
    /// The server answers RSET, which it was sent instead of this.
    Hello(Own),
}

/// An answer of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Text(&'static str),
    Ehlo,
    Helo,
}

/// How far the present message is.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what was said and what was accepted are two things")]
struct Transaction {
    /// MAIL went upstream.
    has_mail: bool,
    /// A chunk went upstream.
    has_chunk: bool,
    /// The server has accepted MAIL.
    mail_accepted: bool,
    /// The server has accepted a recipient.
    rcpt_accepted: bool,
}

impl Transaction {
    /// Whether the server has to take a chunk.
    fn takes_chunks(self) -> bool {
        self.has_mail && self.mail_accepted && self.rcpt_accepted
    }

    /// The app has ended it, or begun anew.
    fn is_over(&mut self) {
        (self.has_mail, self.has_chunk) = (false, false);
    }

    /// The server has answered what ends it, or has refused its content.
    fn is_forgotten(&mut self) {
        (self.mail_accepted, self.rcpt_accepted) = (false, false);
    }
}

impl Relay {
    /// A conversation that begins with a sign-in upstream.
    pub fn new(signed_in: SignedIn, greeting: Arc<Greeting>) -> Self {
        Self {
            greeting,
            signed_in,
            client: client::State::Line,
            replying: None,
            queue: VecDeque::new(),
            transaction: Transaction::default(),
            held: false,
            client_name: None,
        }
    }

    /// Whether the server takes more than one command at a time.
    fn pipelines(&self) -> bool {
        has(&self.signed_in.keywords, "PIPELINING")
    }

    /// Takes the gateway's answers off the front of the queue.
    fn take_own(&mut self) -> Vec<u8> {
        let mut replies = Vec::new();
        while let Some(Answer::Own(own)) = self.queue.front().copied() {
            self.queue.pop_front();
            self.write_own(own, &mut replies);
        }
        replies
    }

    fn write_own(&self, own: Own, out: &mut Vec<u8>) {
        let host = &self.greeting.host;
        match own {
            Own::Ehlo => answer_ehlo(host, &self.signed_in.keywords, None, out),
            Own::Helo => out.extend_from_slice(format!("250 {host}\r\n").as_bytes()),
            Own::Text(text) => {
                out.extend_from_slice(text.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        }
    }

    /// Whether a message's end went upstream and the server has not said what became of it.
    fn is_message_undecided(&self) -> bool {
        self.queue.iter().any(|answer| match answer {
            Answer::Dot => true,
            Answer::Chunk { last } => *last && !self.client.is_in_chunk(),
            _ => false,
        })
    }
}

impl conversation::Relay for Relay {
    fn client_said(&mut self, input: &[u8]) -> Client {
        self.app_said(input)
    }

    fn server_said(&mut self, input: &[u8]) -> Server {
        self.upstream_said(input)
    }

    /// Not either once a message has come to its end and the server has not answered: told 421, an app would send it
    /// again.
    fn is_between_lines(&self) -> bool {
        self.replying.is_none() && !self.is_message_undecided()
    }

    /// An app that has begun a message is about to send it.
    fn is_at_rest(&self) -> bool {
        let is_over = matches!(self.client, client::State::Line | client::State::Over);
        let has_begun = self.transaction.has_mail && self.transaction.mail_accepted;
        is_over && self.queue.is_empty() && !has_begun && self.is_between_lines()
    }

    fn take_replies(&mut self) -> Vec<u8> {
        self.take_own()
    }

    fn has_replies(&self) -> bool {
        matches!(self.queue.front(), Some(Answer::Own(_)))
    }

    fn listens_to_client(&self) -> bool {
        let is_held = self.held && !self.queue.is_empty();
        !is_held && self.queue.len() < QUEUE_MAX && self.client != client::State::Asked
    }

    fn take_client_name(&mut self) -> Option<String> {
        self.client_name.take()
    }
}

#[cfg(test)]
mod tests;
