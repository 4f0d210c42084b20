//! Both streams are whatever they are. What the server meant is read from what it said: a literal is one once it has
//! asked for it, and a command's beginning otherwise.

use valetkey_wire::conversation::{Client, Relay as _, Server};
use valetkey_wire::imap::Relay;

use super::reader::{Reader, Reading};
use super::{LINE_BYTES_MAX, SERVER_LINE_BYTES_MAX, relay, take_replies};
use crate::input::{Choices, pieces};

/// Holds a conversation of two monologues, a piece of each in turn.
pub(super) fn talk(choices: &mut Choices, app: &[u8], server: &[u8]) {
    let mut relay = relay(choices.yes());
    let mut heard = Heard { reader: Reader::new(), offered: Offer::Nothing };
    let (app, server) = (pieces(app, choices), pieces(server, choices));
    let (mut from_app, mut server_said) = (Vec::new(), Vec::new());
    for turn in 0..app.len().max(server.len()) {
        if relay.listens_to_client() {
            from_app.extend_from_slice(app.get(turn).copied().unwrap_or_default());
        }
        if !upstream(&mut relay, &mut from_app, &mut heard) || relay.is_raw() {
            return;
        }
        server_said.extend_from_slice(server.get(turn).copied().unwrap_or_default());
        if !downstream(&mut relay, &mut server_said, &mut heard) || relay.is_raw() {
            return;
        }
        take_replies(&mut relay);
    }
}

/// The stream as it went upstream, read by what the server said.
struct Heard {
    reader: Reader,
    offered: Offer,
}

/// What the last line upstream asks of the server.
#[derive(Clone, Copy)]
enum Offer {
    Nothing,
    Literal(u64),
    Idle,
}

impl Heard {
    fn read(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        while let Some(line) = self.reader.line() {
            let was_idle = line.was == Reading::Idle && line.bytes.eq_ignore_ascii_case(b"DONE");
            self.offered = match line.literal {
                Some(size) if !was_idle => Offer::Literal(size),
                _ if line.was == Reading::Line && line.name() == "IDLE" => Offer::Idle,
                _ => Offer::Nothing,
            };
        }
    }

    /// The server has asked for something.
    fn asked(&mut self) {
        match std::mem::replace(&mut self.offered, Offer::Nothing) {
            Offer::Literal(size) => self.reader.reading = Reading::Literal(size),
            Offer::Idle => self.reader.reading = Reading::Idle,
            Offer::Nothing => panic!("the server asks for what was not offered, and the app hears of it"),
        }
    }

    /// The server has answered: it is not idle any more.
    fn answered(&mut self) {
        if self.reader.reading == Reading::Idle {
            self.reader.reading = Reading::Line;
        }
    }
}

fn upstream(relay: &mut Relay, pending: &mut Vec<u8>, heard: &mut Heard) -> bool {
    let mut done = 0;
    while done < pending.len() {
        match relay.client_said(&pending[done..]) {
            Client::Forward(n) => {
                heard.read(&pending[done..done + n]);
                done += n;
            }
            Client::Replace(n, bytes) => {
                heard.read(&bytes);
                done += n;
            }
            Client::Drop(n) => done += n,
            Client::Wait => break,
            Client::Close(_) => return false,
        }
    }
    pending.drain(..done);
    let unread = relay.listens_to_client() && !pending.contains(&b'\n');
    assert!(!unread || pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    true
}

fn downstream(relay: &mut Relay, pending: &mut Vec<u8>, heard: &mut Heard) -> bool {
    let mut done = 0;
    while done < pending.len() {
        let begins = relay.is_between_lines();
        let first = pending[done];
        match relay.server_said(&pending[done..]) {
            Server::Forward(n) | Server::Replace(n, _) | Server::Drop(n) => {
                assert!(n > 0 && n <= pending.len() - done);
                done += n;
            }
            Server::Wait => break,
            Server::Close(_) => return false,
        }
        match first {
            b'+' if begins => heard.asked(),
            b'*' => {}
            _ if begins => heard.answered(),
            _ => {}
        }
    }
    pending.drain(..done);
    assert!(pending.len() <= SERVER_LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    true
}
