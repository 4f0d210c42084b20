//! SMTP after the sign-in: whatever an app sends and a server answers, what an app must not say is no command upstream, as
//! strict and as forbearing servers read the stream; no message ends there that the app did not end; and little is kept.
//!
//! Two conversations are held with each input: in `decided` the server is a model that answers what it reads, in any way
//! a server may; in `arbitrary` its bytes are the input's too, and what it meant by them is read from them.

mod arbitrary;
mod decided;
mod reader;

use std::sync::Arc;

use valetkey_wire::conversation::{Master, Relay as _, Upstream as _, UpstreamStep, Whom};
use valetkey_wire::smtp::{Greeting, Relay, SignedIn, Trust, Upstream};
use zeroize::Zeroizing;

use crate::input::{Choices, choices_and_rest, stream};

/// Divides what the app sends from what the server sends.
const SEPARATOR: u8 = 0x1e;
/// The longest line of an app, and so the most that may be kept of it where the server is not waited for.
const LINE_BYTES_MAX: usize = 2048;
/// The longest line of a server.
const SERVER_LINE_BYTES_MAX: usize = 4096;
/// The most that is kept of the gateway's own answers: as many as commands wait, each an answer to EHLO.
const REPLIES_BYTES_MAX: usize = 65 * 256;

/// The input is choices (of the server's answers and of the cuts), what an app sends, and behind a separator what a
/// server sends.
pub fn smtp_relay(data: &[u8]) {
    let (choices, rest) = choices_and_rest(data);
    let mut halves = rest.splitn(2, |b| *b == SEPARATOR);
    let app = stream(halves.next().unwrap_or_default());
    let server = stream(halves.next().unwrap_or_default());
    decided::talk(&mut Choices::new(choices), &app);
    arbitrary::talk(&mut Choices::new(choices), &app, &server);
}

/// What the gateway knows before an app has come.
pub(crate) fn greeting(trust: Trust) -> Greeting {
    Greeting { host: "gw.example.org".into(), keywords: vec!["SIZE 1000".into(), "CHUNKING".into()], trust }
}

fn relay(is_able: bool) -> Relay {
    Relay::new(signed_in(is_able), Arc::new(greeting(Trust::MasterUser)))
}

/// A sign-in upstream to a server that takes pipelined commands and chunks, or neither.
pub(crate) fn signed_in(is_able: bool) -> SignedIn {
    let addresses = ["ada@example.org".to_owned()];
    let master = Master { user: "gateway", secret: b"gw-secret" };
    let whom = Whom { login: "ada", addresses: &addresses, master, forwarded: None };
    let mut upstream = Upstream::new(&greeting(Trust::MasterUser), None, &whom);
    let extensions = if is_able { "250-PIPELINING\r\n250-CHUNKING\r\n" } else { "" };
    let mut rest = format!("220 hi\r\n250-mx\r\n{extensions}250 AUTH PLAIN\r\n235 in\r\n").into_bytes();
    let mut out = Zeroizing::new(Vec::new());
    loop {
        let (used, step) = upstream.receive(&rest, &mut out);
        rest.drain(..used);
        match step {
            UpstreamStep::Done(signed_in) => return signed_in,
            UpstreamStep::More if used > 0 => {}
            _ => panic!("the server said 235"),
        }
    }
}

/// Takes the gateway's own answers, where a driver would.
fn take_replies(relay: &mut Relay) -> Vec<u8> {
    if !(relay.has_replies() && relay.is_between_lines()) {
        return Vec::new();
    }
    let replies = relay.take_replies();
    assert!(replies.len() <= REPLIES_BYTES_MAX, "it keeps {} bytes of answers", replies.len());
    assert!(replies.ends_with(b"\r\n"));
    replies
}
