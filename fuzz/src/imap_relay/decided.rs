//! A server that answers what it reads, as obstinately as any: it takes literals and IDLE or does not, leaves IDLE by
//! itself, answers late, and says other things in between.

use valetkey_wire::conversation::{Client, ClosedBecause, Relay as _, Server};
use valetkey_wire::imap::Relay;

use super::reader::{Line, Reader, Reading};
use super::{LINE_BYTES_MAX, SERVER_LINE_BYTES_MAX, relay, take_replies};
use crate::input::Choices;

/// How often the server says what nobody asked for.
const UNASKED_MAX: u32 = 64;

/// Holds a conversation: what the app sends, and as choices decide, answers and other data of the server.
pub(super) fn talk(choices: &mut Choices, app: &[u8], data: &[u8]) {
    let knows_unauthenticate = choices.yes();
    let mut relay = relay(knows_unauthenticate);
    let mut server = Model {
        reader: Reader::new(),
        idle_tag: Vec::new(),
        answers: Vec::new(),
        is_compressed: false,
        unasked_left: UNASKED_MAX,
        data,
    };
    let (mut pending, mut rest) = (Vec::new(), app);
    let scale = 1 + app.len() / 4096;
    // Where nothing moves, all that is on its way arrives; where that moves nothing either it is over.
    let mut is_stuck = false;
    loop {
        let mut moved = false;
        if relay.listens_to_client() && !rest.is_empty() && (is_stuck || choices.below(8) > 0) {
            let (piece, later) = rest.split_at((scale * (1 + usize::from(choices.byte()))).min(rest.len()));
            pending.extend_from_slice(piece);
            rest = later;
            moved = true;
        }
        let Some(went_on) = upstream(&mut relay, &mut pending, &mut server, choices) else { return };
        if !server.is_compressed {
            server.speak_unasked(choices);
        }
        // Answers are late now and then.
        let arrived = match choices.below(4) {
            _ if is_stuck || server.is_compressed => server.answers.len(),
            0 => 0,
            1 => server.answers.len(),
            _ => arrived(&server.answers, choices),
        };
        let heard = downstream(&mut relay, &mut server, arrived);
        take_replies(&mut relay);
        if server.is_compressed {
            assert!(!knows_unauthenticate, "what is compressed could hide UNAUTHENTICATE");
            return assert!(relay.is_raw(), "the relay reads what is compressed");
        }
        assert!(!relay.is_raw(), "the relay does not look any more, and nothing is compressed");
        let is_still = !(moved || went_on || heard);
        if is_still && is_stuck {
            return;
        }
        is_stuck = is_still;
    }
}

/// What the app sent goes upstream; gives whether anything moved, `None` once the conversation is over.
fn upstream(relay: &mut Relay, pending: &mut Vec<u8>, server: &mut Model, choices: &mut Choices) -> Option<bool> {
    let mut done = 0;
    let moved = loop {
        match relay.client_said(&pending[done..]) {
            Client::Forward(n) => {
                server.read(&pending[done..done + n], choices);
                done += n;
            }
            Client::Replace(n, bytes) => {
                server.read(&bytes, choices);
                done += n;
            }
            Client::Drop(n) => done += n,
            Client::Wait => break done > 0,
            Client::Close(why) => {
                assert_ne!(why, ClosedBecause::ServerOutOfStep, "this is the app's stream");
                return None;
            }
        }
        assert!(done <= pending.len());
        if done == pending.len() || server.is_compressed {
            break true;
        }
    };
    pending.drain(..done);
    let unread = relay.listens_to_client() && !pending.contains(&b'\n');
    assert!(!unread || pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    Some(moved)
}

/// As much as has arrived of what the server said goes to the app; gives whether anything moved.
fn downstream(relay: &mut Relay, server: &mut Model, arrived: usize) -> bool {
    let mut at = 0;
    let sent = &server.answers[..arrived];
    while at < arrived {
        let begins = relay.is_between_lines();
        match relay.server_said(&sent[at..]) {
            Server::Forward(n) if begins => {
                assert!(!sent[at..at + n].starts_with(b"* CAPABILITY"), "its list is shown as it is");
                at += n;
            }
            Server::Forward(n) | Server::Drop(n) => at += n,
            Server::Replace(n, bytes) => {
                let shown = String::from_utf8_lossy(&bytes).to_ascii_uppercase();
                assert!(!shown.contains(" UNAUTHENTICATE"), "it is offered: {shown}");
                at += n;
            }
            Server::Wait => break,
            Server::Close(why) => panic!("{why:?} of a server that is in step: {:?}", String::from_utf8_lossy(sent)),
        }
    }
    assert!(arrived - at <= SERVER_LINE_BYTES_MAX, "it keeps {} bytes", arrived - at);
    server.answers.drain(..at);
    at > 0
}

/// How much of what was said has arrived: a line or two, or some bytes.
fn arrived(sent: &[u8], choices: &mut Choices) -> usize {
    let lines = usize::from(choices.below(4));
    let ends = |lines| sent.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).nth(lines);
    match lines {
        0 => 1 + usize::from(choices.byte()),
        lines => ends(lines - 1).unwrap_or(sent.len()),
    }
    .min(sent.len())
}

struct Model<'a> {
    reader: Reader,
    idle_tag: Vec<u8>,
    /// What was said and is on its way.
    answers: Vec<u8>,
    is_compressed: bool,
    /// How often it may still speak unasked: conversations end.
    unasked_left: u32,
    /// What else is said.
    data: &'a [u8],
}

impl Model<'_> {
    fn read(&mut self, bytes: &[u8], choices: &mut Choices) {
        self.reader.push(bytes);
        while let Some(line) = self.reader.line() {
            self.answer(&line, choices);
            if self.is_compressed {
                return;
            }
        }
    }

    fn answer(&mut self, line: &Line, choices: &mut Choices) {
        match line.was {
            Reading::Idle => {
                assert!(line.bytes.eq_ignore_ascii_case(b"DONE"), "{:?}", String::from_utf8_lossy(&line.bytes));
                let tag = std::mem::take(&mut self.idle_tag);
                self.say(&tag, b"OK idle is over");
            }
            Reading::Line if line.name() == "IDLE" && choices.yes() => {
                self.answers.extend_from_slice(b"+ idling\r\n");
                self.idle_tag = line.tag();
                self.reader.reading = Reading::Idle;
            }
            Reading::Line if line.name() == "COMPRESS" && choices.yes() => {
                self.say(&line.tag(), b"OK compressed from here");
                self.is_compressed = true;
            }
            Reading::Line if line.name() == "COMPRESS" => self.say(&line.tag(), b"NO not now"),
            _ => match line.literal {
                Some(size) if choices.yes() => {
                    self.answers.extend_from_slice(b"+ go on\r\n");
                    self.reader.reading = Reading::Literal(size);
                    if line.was == Reading::Line {
                        self.idle_tag = line.tag();
                    }
                }
                _ => {
                    let tag = if line.was == Reading::Line { line.tag() } else { std::mem::take(&mut self.idle_tag) };
                    let said = [b"OK".as_slice(), b"NO", b"BAD what", b"OK {5}"][usize::from(choices.below(4))];
                    self.say(&tag, said);
                }
            },
        }
    }

    fn say(&mut self, tag: &[u8], text: &[u8]) {
        self.answers.extend_from_slice(&[tag, b" ", text, b"\r\n"].concat());
    }

    /// Data and farewells that nobody asked for.
    fn speak_unasked(&mut self, choices: &mut Choices) {
        if self.unasked_left == 0 {
            return;
        }
        self.unasked_left -= 1;
        let (size, rest) = (usize::from(choices.byte() / 4).min(self.data.len()), self.data);
        match choices.below(8) {
            0 if self.reader.reading == Reading::Idle => {
                let tag = std::mem::take(&mut self.idle_tag);
                self.say(&tag, b"OK you were idle for too long");
                self.reader.reading = Reading::Line;
            }
            1 => {
                self.answers.extend_from_slice(format!("* 1 FETCH (BODY[] {{{size}}}\r\n").as_bytes());
                self.answers.extend_from_slice(&rest[..size]);
                self.answers.extend_from_slice(b")\r\n");
                self.data = &rest[size..];
            }
            2 => self.answers.extend_from_slice(b"* OK mind the {7}\r\n"),
            3 => self.answers.extend_from_slice(b"* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE UNAUTHENTICATE\r\n"),
            _ => {}
        }
    }
}
