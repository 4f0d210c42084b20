//! Both streams are whatever they are. What the server meant is read from what it said: content is such once it has said
//! 354, and commands otherwise.

use valetkey_wire::conversation::{Client, Relay as _, Server};
use valetkey_wire::smtp::Relay;

use super::reader::{Read, Reader, Reading};
use super::{LINE_BYTES_MAX, SERVER_LINE_BYTES_MAX, relay, take_replies};
use crate::input::{Choices, pieces};

/// Holds a conversation of two monologues, a piece of each in turn.
pub(super) fn talk(choices: &mut Choices, app: &[u8], server: &[u8]) {
    let mut relay = relay(choices.yes());
    let mut reader = Reader::new();
    let (app, server) = (pieces(app, choices), pieces(server, choices));
    let (mut from_app, mut server_said) = (Vec::new(), Vec::new());
    for turn in 0..app.len().max(server.len()) {
        if relay.listens_to_client() {
            from_app.extend_from_slice(app.get(turn).copied().unwrap_or_default());
        }
        if !upstream(&mut relay, &mut from_app, &mut reader) {
            return;
        }
        server_said.extend_from_slice(server.get(turn).copied().unwrap_or_default());
        if !downstream(&mut relay, &mut server_said, &mut reader) {
            return;
        }
        take_replies(&mut relay);
    }
}

fn upstream(relay: &mut Relay, pending: &mut Vec<u8>, reader: &mut Reader) -> bool {
    let mut done = 0;
    while done < pending.len() {
        let before = done;
        match relay.client_said(&pending[done..]) {
            Client::Forward(n) => {
                reader.push(&pending[done..done + n]);
                done += n;
            }
            Client::Replace(n, bytes) => {
                reader.push(&bytes);
                done += n;
            }
            Client::Drop(n) => done += n,
            Client::Wait => break,
            Client::Close(_) => return false,
        }
        assert!(done > before && done <= pending.len());
        while let Some(read) = reader.next() {
            // What comes behind DATA waits for its answer.
            assert!(read != Read::Command("DATA") || reader.is_empty());
        }
    }
    pending.drain(..done);
    let unread = relay.listens_to_client() && !pending.contains(&b'\n');
    assert!(!unread || pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    true
}

fn downstream(relay: &mut Relay, pending: &mut Vec<u8>, reader: &mut Reader) -> bool {
    let mut done = 0;
    while done < pending.len() {
        let before = done;
        let line = &pending[done..];
        let asks = line.starts_with(b"354 ") || line.starts_with(b"354\r");
        match relay.server_said(line) {
            Server::Forward(n) | Server::Replace(n, _) => {
                if asks {
                    assert_eq!(reader.reading, Reading::Command);
                    reader.reading = Reading::Content;
                }
                done += n;
            }
            Server::Drop(n) => done += n,
            Server::Wait => break,
            Server::Close(_) => return false,
        }
        assert!(done > before && done <= pending.len());
    }
    pending.drain(..done);
    assert!(pending.len() <= SERVER_LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    true
}
