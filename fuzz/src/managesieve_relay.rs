//! `ManageSieve` after the sign-in: whatever an app sends and a server answers, what goes upstream is commands that every
//! server reads alike, and what comes back is what the server said, without what may not be said again.

mod reader;
mod server;

use valetkey_wire::conversation::{ClosedBecause, Passage, Relay as _};
use valetkey_wire::managesieve::Relay;

use crate::conversation::{assert_same, pass, pass_all};
use crate::input::{Choices, choices_and_rest, pieces, stream};
use reader::Reader;
use server::Server;

/// Divides what the app sends from what the server's lists and scripts are made of.
const SEPARATOR: u8 = 0x1e;
/// The longest command without its script, and so the most that may be kept of what an app sends.
const COMMAND_BYTES_MAX: usize = 8192;
/// The longest capability, and so the most that may be kept of what a server sends.
const CAPABILITY_BYTES_MAX: usize = 16 * 1024;

/// The input is choices (of the server's answers and of the cuts), what an app sends, and behind a separator what a server
/// has to say.
pub fn managesieve_relay(data: &[u8]) {
    let (choices, rest) = choices_and_rest(data);
    let mut halves = rest.splitn(2, |b| *b == SEPARATOR);
    let app = stream(halves.next().unwrap_or_default());
    let server = stream(halves.next().unwrap_or_default());
    converse(&mut Choices::new(choices), &app, &server);
    one_sided(choices, &app, &server);
}

/// The app's commands alone, and then bytes of a server that is none.
fn one_sided(choices: &[u8], app: &[u8], server: &[u8]) {
    let up = |pieces: &[&[u8]]| {
        let mut relay = Relay::default();
        // Commands wait where none is answered.
        pass_all(pieces, app.len().max(COMMAND_BYTES_MAX), |input| relay.client_said(input))
    };
    let (upstream, is_closed) = up(&[app]);
    assert_same(&(upstream.clone(), is_closed), &up(&pieces(app, &mut Choices::new(choices))));
    let mut reader = Reader::default();
    reader.push(&upstream);
    while reader.command().is_some() {}
    let down = |pieces: &[&[u8]]| {
        let mut relay = Relay::default();
        pass(&mut b"NOOP\r\nCAPABILITY\r\nNOOP\r\n".to_vec(), |input| relay.client_said(input));
        pass_all(pieces, CAPABILITY_BYTES_MAX, |input| relay.server_said(input))
    };
    assert_same(&down(&[server]), &down(&pieces(server, &mut Choices::new(choices))));
}

/// A conversation with a server that answers what it reads, each command in its turn.
fn converse(choices: &mut Choices, app: &[u8], data: &[u8]) {
    let mut relay = Relay::default();
    let mut server = Server::new(data);
    let (mut from_app, mut server_said, mut rest) = (Vec::new(), Vec::new(), app);
    let scale = 1 + app.len() / 4096;
    // Where nothing moves, all that is on its way arrives; where that moves nothing either it is over.
    let mut is_stuck = false;
    loop {
        let mut moved = false;
        if relay.listens_to_client() && !rest.is_empty() && (is_stuck || choices.below(8) > 0) {
            let (piece, later) = rest.split_at((scale * (1 + usize::from(choices.byte()))).min(rest.len()));
            from_app.extend_from_slice(piece);
            rest = later;
            moved = true;
        }
        let (passed, goes_on) = pass(&mut from_app, |input| relay.client_said(input));
        if !goes_on {
            assert!(relay.take_replies().ends_with(b"\r\n"), "the app is told");
            return;
        }
        moved |= !passed.is_empty();
        assert!(!relay.listens_to_client() || from_app.len() <= COMMAND_BYTES_MAX, "it keeps {} bytes", from_app.len());
        server.read(&passed, choices);
        // Answers are late now and then.
        let arrived = if is_stuck { usize::MAX } else { 3 * usize::from(choices.byte()) };
        server_said.extend(server.say(arrived));
        moved |= downstream(&mut relay, &mut server_said, &mut server);
        assert!(!relay.has_replies());
        if !moved && is_stuck {
            break;
        }
        is_stuck = !moved;
    }
    assert!(server_said.is_empty() && server.is_heard(), "an answer was lost");
    assert!(relay.is_between_lines() && relay.listens_to_client() && rest.is_empty(), "it does not go on");
}

/// What the server said goes to the app; gives whether anything moved.
fn downstream(relay: &mut Relay, pending: &mut Vec<u8>, server: &mut Server) -> bool {
    let mut moved = false;
    loop {
        let shown = match relay.server_said(pending) {
            Passage::Forward(n) => pending.drain(..n).collect(),
            Passage::Drop(n) => {
                pending.drain(..n);
                Vec::new()
            }
            Passage::Wait => break,
            Passage::Close(ClosedBecause::ServerOutOfStep) if pending.len() > CAPABILITY_BYTES_MAX => {
                panic!("too long a list")
            }
            other => panic!("{other:?} of a server that is in step"),
        };
        moved = true;
        server.hear(&shown);
        assert_eq!(relay.is_between_lines(), server.is_between_lines(), "a farewell is put elsewhere");
    }
    assert!(pending.len() <= CAPABILITY_BYTES_MAX, "it keeps {} bytes", pending.len());
    moved
}
