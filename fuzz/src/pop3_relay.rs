//! POP3 after the sign-in: whatever an app sends, each of its lines is a line upstream, and none of those signs in again
//! as a server reads it, however forbearing.

use valetkey_wire::conversation::{Master, Relay as _, Session as _, Upstream as _, UpstreamStep, Whom};
use valetkey_wire::pop3::{Relay, Session, Upstream};
use zeroize::Zeroizing;

use crate::conversation::{assert_same, pass_all};
use crate::input::{Choices, choices_and_rest, pieces, stream};

/// Commands that must not go upstream.
const FORBIDDEN: [&str; 7] = ["USER", "PASS", "AUTH", "APOP", "STLS", "XCLIENT", "XTND"];
/// The longest command (RFC 2449 section 4).
const LINE_BYTES_MAX: usize = 255;
/// What goes upstream instead.
const REFUSED: &[u8] = b"XREFUSED\r\n";

/// The input is choices (of the cuts), and what is sent: by an app, and as well by a server.
pub fn pop3_relay(data: &[u8]) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let cut = pieces(&sent, &mut Choices::new(choices));
    let mut relay = relay();
    let whole = pass_all(&[&sent], LINE_BYTES_MAX, |input| relay.client_said(input));
    assert_same(&whole, &pass_all(&cut, LINE_BYTES_MAX, |input| relay.client_said(input)));
    let (upstream, is_closed) = whole;
    assert!(upstream.is_empty() || upstream.ends_with(b"\r\n"), "half a command went upstream");
    let mut said = sent.split_inclusive(|b| *b == b'\n');
    for line in upstream.split_inclusive(|b| *b == b'\n') {
        check(line);
        // An app that is cut off has not said QUIT: nothing is said that it has not said.
        let said = said.next().expect("a line for each");
        assert!(line == said || line == REFUSED, "{:?}", String::from_utf8_lossy(line));
    }
    let rest = said.next();
    assert!(is_closed || said.next().is_none() && rest.is_none_or(|rest| !rest.ends_with(b"\n")), "a line was lost");
    // What the server says is not looked at.
    assert_eq!(pass_all(&cut, 0, |input| relay.server_said(input)), (sent.to_vec(), false));
    assert!(!relay.is_between_lines() && !relay.has_replies() && relay.listens_to_client());
}

/// A line as the most forbearing of servers reads it.
fn check(line: &[u8]) {
    let shown = String::from_utf8_lossy(line);
    let inside = line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("another line's end: {shown:?}"));
    assert!(line.len() <= LINE_BYTES_MAX);
    assert!(!inside.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)), "servers read it in different ways: {shown:?}");
    let mut words = inside.split(|b| b.is_ascii_whitespace() || b.is_ascii_control()).filter(|word| !word.is_empty());
    let verb = String::from_utf8_lossy(words.next().unwrap_or_default()).to_ascii_uppercase();
    assert!(!FORBIDDEN.contains(&verb.as_str()), "it went upstream: {shown:?}");
}

/// A relay behind a sign-in.
fn relay() -> Relay {
    let master = Master { user: "gateway", secret: b"gw-secret" };
    let mut upstream = Upstream::new(&Whom { login: "ada", addresses: &[], master, forwarded: None });
    let mut out = Zeroizing::new(Vec::new());
    for line in ["+OK hi\r\n", "+ \r\n", "+OK in\r\n"] {
        if let UpstreamStep::Done(signed_in) = upstream.receive(line.as_bytes(), &mut out).1 {
            return Session::new(true, false, None).accepted(signed_in, &mut Vec::new());
        }
    }
    panic!("the server said OK");
}
