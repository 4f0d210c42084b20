//! A server that answers what it reads, as obstinately as any: it accepts or not, answers in many lines or in one, late or
//! at once, and says goodbye unasked.

use valetkey_wire::conversation::{Client, ClosedBecause, Relay as _, Server};
use valetkey_wire::smtp::Relay;

use super::reader::{Read, Reader, Reading};
use super::{LINE_BYTES_MAX, SERVER_LINE_BYTES_MAX, relay, take_replies};
use crate::input::Choices;

/// Holds a conversation: what the app sends, and as choices decide, answers of the server.
pub(super) fn talk(choices: &mut Choices, app: &[u8]) {
    let is_able = choices.below(4) > 0;
    let mut relay = relay(is_able);
    let mut server = Model {
        reader: Reader::new(),
        answers: Vec::new(),
        is_able,
        is_over: false,
        accepted: Accepted::Nothing,
        messages: 0,
    };
    let mut heard = Heard { bytes: Vec::new() };
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
        let Some(went_on) = upstream(&mut relay, &mut pending, &mut server, choices) else { break };
        // Once a message has ended and the app has not heard so, nobody says 421 to it.
        let is_untold = server.messages > heard.messages();
        assert!(!is_untold || !relay.is_between_lines(), "421 can be said, and the server has the message");
        let replies = take_replies(&mut relay);
        moved |= !replies.is_empty();
        heard.bytes.extend_from_slice(&replies);
        // Answers are late now and then.
        let arrived = match choices.below(4) {
            _ if is_stuck => server.answers.len(),
            0 => 0,
            1 => usize::from(choices.byte()).min(server.answers.len()),
            _ => server.answers.len(),
        };
        let answered = downstream(&mut relay, &mut server, arrived, &mut heard);
        let is_still = !(moved || went_on || answered);
        if is_still && is_stuck {
            break;
        }
        is_stuck = is_still;
    }
    heard.check();
    let ends = |with: &[u8]| app.windows(with.len()).filter(|window| window.eq_ignore_ascii_case(with)).count();
    assert!(server.messages <= ends(b".\r\n") + ends(b"LAST"), "more messages than the app ended");
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
                assert!(matches!(relay.client_said(b".\r\n"), Client::Close(_)), "it is closed for good");
                return None;
            }
        }
        assert!(done <= pending.len());
        if done == pending.len() {
            break true;
        }
    };
    pending.drain(..done);
    let unread = relay.listens_to_client() && !pending.contains(&b'\n');
    assert!(!unread || pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    Some(moved)
}

/// As much as has arrived of what the server said goes to the app; gives whether anything moved.
fn downstream(relay: &mut Relay, server: &mut Model, arrived: usize, heard: &mut Heard) -> bool {
    let mut at = 0;
    let sent = &server.answers[..arrived];
    while at < arrived {
        match relay.server_said(&sent[at..]) {
            Server::Forward(n) => {
                heard.bytes.extend_from_slice(&sent[at..at + n]);
                at += n;
            }
            Server::Drop(n) => at += n,
            Server::Replace(n, bytes) => {
                heard.bytes.extend_from_slice(&bytes);
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

struct Model {
    reader: Reader,
    /// What was said and is on its way.
    answers: Vec<u8>,
    /// Whether it pipelines and takes chunks.
    is_able: bool,
    /// It has said goodbye, and reads no more.
    is_over: bool,
    accepted: Accepted,
    /// Messages that have come to their end.
    messages: usize,
}

/// What it has accepted of the present message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accepted {
    Nothing,
    Sender,
    Recipient,
}

impl Model {
    fn read(&mut self, bytes: &[u8], choices: &mut Choices) {
        self.reader.push(bytes);
        while !self.is_over
            && let Some(read) = self.reader.next()
        {
            assert!(self.is_able || self.reader.is_empty(), "it takes one command at a time");
            self.answer(&read, choices);
        }
    }

    fn answer(&mut self, read: &Read, choices: &mut Choices) {
        match read {
            Read::Command("DATA") => {
                assert!(self.reader.is_empty(), "what comes behind DATA waits for its answer");
                let takes = choices.below(4) > 0;
                self.say(if takes { b"354" } else { b"554" }, choices);
                self.reader.reading = if takes && !self.is_over { Reading::Content } else { Reading::Command };
            }
            Read::Command("BDAT") => {
                assert!(self.is_able, "it takes no chunks");
                // One that has nobody to take it for reads what follows as commands.
                if self.accepted != Accepted::Recipient {
                    self.reader.reading = Reading::Command;
                    self.say(b"503", choices);
                }
            }
            Read::Command("RSET") => {
                self.accepted = Accepted::Nothing;
                self.say(b"250", choices);
            }
            Read::Command("MAIL") => {
                let accepts = self.say_any(b"250", choices);
                self.accepted = if accepts { Accepted::Sender } else { Accepted::Nothing };
            }
            Read::Command("RCPT") => {
                if self.say_any(b"250", choices) && self.accepted == Accepted::Sender {
                    self.accepted = Accepted::Recipient;
                }
            }
            Read::Command("QUIT") => self.say(b"250", choices),
            Read::Command(_) => {
                self.say_any(b"250", choices);
            }
            Read::Chunk(false) => {
                if !self.say_any(b"250", choices) {
                    self.accepted = Accepted::Nothing;
                }
            }
            Read::End | Read::Chunk(true) => {
                self.messages += 1;
                self.accepted = Accepted::Nothing;
                // So that it is told from any other answer.
                self.say_any(b"298", choices);
            }
        }
    }

    /// Yes, or no; gives whether it is yes.
    fn say_any(&mut self, yes: &[u8], choices: &mut Choices) -> bool {
        let accepts = choices.below(8) > 0;
        let no: &[u8] = if yes == b"298" { b"598" } else { b"550" };
        self.say(if accepts { yes } else { no }, choices);
        accepts
    }

    fn say(&mut self, code: &[u8], choices: &mut Choices) {
        let code = if choices.byte() == 0x7f { b"421".as_slice() } else { code };
        self.is_over = code == b"421";
        for _ in 0..choices.below(3) {
            self.answers.extend_from_slice(&[code, b"-more\r\n"].concat());
        }
        self.answers.extend_from_slice(&[code, b" theirs\r\n"].concat());
    }
}

/// What the app was told.
struct Heard {
    bytes: Vec<u8>,
}

impl Heard {
    /// Of how many messages it was told what became of them.
    fn messages(&self) -> usize {
        let lines = self.bytes.split(|b| *b == b'\n');
        lines.filter(|line| line.starts_with(b"298 ") || line.starts_with(b"598 ") || line.starts_with(b"421 ")).count()
    }

    /// It is whole lines of replies, each of which keeps its code to the end.
    fn check(&self) {
        let mut begun: Option<&[u8]> = None;
        for line in self.bytes.split_inclusive(|b| *b == b'\n') {
            assert!(line.ends_with(b"\r\n") && line.len() >= 6, "{:?}", String::from_utf8_lossy(line));
            let code = &line[..3];
            assert!(begun.is_none_or(|begun| begun == code), "an answer within another");
            begun = (line[3] == b'-').then_some(code);
        }
    }
}
