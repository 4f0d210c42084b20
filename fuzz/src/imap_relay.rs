//! IMAP after the sign-in: whatever an app sends and a server answers, what must not be said again is no command
//! upstream, as an obstinate server reads the stream; and little is kept.
//!
//! Two conversations are held with each input: in `decided` the server is a model that answers what it reads, in any way
//! a server may; in `arbitrary` its bytes are the input's too, and what it meant by them is read from them.

mod arbitrary;
mod decided;
mod reader;

use valetkey_wire::conversation::{Master, Relay as _, Upstream as _, UpstreamStep, Whom};
use valetkey_wire::imap::{Relay, SignedIn, Upstream};
use zeroize::Zeroizing;

use crate::input::{Choices, choices_and_rest, stream};

/// Divides what the app sends from what the server sends.
const SEPARATOR: u8 = 0x1e;
/// The longest line of an app, and so the most that may be kept of it where the server is not waited for.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// The longest line of a server that is seen whole.
const SERVER_LINE_BYTES_MAX: usize = 16 * 1024;
/// The most that is kept of the gateway's own answers, the one that is over the limit included.
const REPLIES_BYTES_MAX: usize = 16 * 1024 + 256;

/// The input is choices (of the server's answers and of the cuts), what an app sends, and behind a separator what a
/// server sends.
pub fn imap_relay(data: &[u8]) {
    let (choices, rest) = choices_and_rest(data);
    let mut halves = rest.splitn(2, |b| *b == SEPARATOR);
    let app = stream(halves.next().unwrap_or_default());
    let server = stream(halves.next().unwrap_or_default());
    decided::talk(&mut Choices::new(choices), &app, &server);
    arbitrary::talk(&mut Choices::new(choices), &app, &server);
}

/// A relay behind a sign-in to a server that offers compression, and with it UNAUTHENTICATE or not.
fn relay(knows_unauthenticate: bool) -> Relay {
    let answer = if knows_unauthenticate {
        b"a OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE UNAUTHENTICATE] in\r\n".as_slice()
    } else {
        b"a OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] in\r\n"
    };
    Relay::new(&answered(answer))
}

/// A sign-in upstream that was answered with OK and no more.
pub(crate) fn signed_in() -> SignedIn {
    answered(b"a OK in\r\n")
}

fn answered(answer: &[u8]) -> SignedIn {
    let greeting = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello\r\n";
    let master = Master { user: "gateway", secret: b"gw-secret" };
    let mut upstream = Upstream::new(&Whom { login: "ada", addresses: &[], master, forwarded: None });
    let mut out = Zeroizing::new(Vec::new());
    assert!(matches!(upstream.receive(greeting, &mut out).1, UpstreamStep::More));
    match upstream.receive(answer, &mut out).1 {
        UpstreamStep::Done(signed_in) => signed_in,
        _ => panic!("the server said OK"),
    }
}

/// Takes the gateway's own answers, where a driver would.
fn take_replies(relay: &mut Relay) {
    if relay.has_replies() && relay.is_between_lines() {
        let replies = relay.take_replies();
        assert!(replies.len() <= REPLIES_BYTES_MAX, "it keeps {} bytes of answers", replies.len());
        assert!(replies.ends_with(b"\r\n"));
    }
}
