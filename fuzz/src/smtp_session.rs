//! SMTP before the sign-in: the same conversation however it is cut, nothing taken in clear, output in bounds.

use std::sync::Arc;

use valetkey_wire::conversation::{Closing, Event, Session as _};
use valetkey_wire::smtp::{Session, Trust};

use crate::input::{Choices, choices_and_rest, pieces, stream};
use crate::sasl::{check, tokens};
use crate::smtp_relay::{greeting, signed_in};

/// The longest line, and so the most that may be kept of what an app sends.
const LINE_BYTES_MAX: usize = 12_288;

/// The input is choices (of the connection, of the answers to attempts, of the cuts) and what an app sends.
pub fn smtp_session(data: &[u8]) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let whole = Conversation::run(choices, &[&sent]);
    let cut = Conversation::run(choices, &pieces(&sent, &mut Choices::new(choices)));
    assert!(
        whole.said == cut.said,
        "cut it is another conversation:\n{}\n{}",
        String::from_utf8_lossy(&whole.said),
        String::from_utf8_lossy(&cut.said)
    );
    // Behind STARTTLS the rest of a piece is thrown away, wherever it was cut.
    if !whole.began_tls {
        assert_eq!((whole.used, whole.mistakes, whole.client), (cut.used, cut.mistakes, cut.client));
    }
}

/// A conversation that was held.
struct Conversation<'a> {
    choices: Choices<'a>,
    /// What the app was sent, and in angle brackets what the driver was told to do.
    said: Vec<u8>,
    /// How much of what the app sent was done with.
    used: usize,
    began_tls: bool,
    mistakes: u32,
    client: Option<String>,
}

impl<'a> Conversation<'a> {
    fn run(choices: &'a [u8], pieces: &[&[u8]]) -> Self {
        let mut choices = Choices::new(choices);
        let greeting = Arc::new(greeting(Trust::Xclient));
        let choice = choices.below(8);
        let tokens = (choice >= 4).then(tokens);
        let mut session = match choice % 4 {
            0 => Session::new(false, false, tokens.clone(), greeting),
            1 => Session::new(false, true, tokens.clone(), greeting),
            2 => Session::new(true, false, tokens.clone(), greeting),
            _ => Session::new(false, true, tokens.clone(), greeting).after_tls(),
        };
        let mut talk = Self { choices, said: Vec::new(), used: 0, began_tls: false, mistakes: 0, client: None };
        session.greet(&mut talk.said);
        let mut pending = Vec::new();
        for piece in pieces {
            pending.extend_from_slice(piece);
            match talk.look(session, &mut pending) {
                Some(going_on) => session = going_on,
                None => return talk,
            }
            assert!(pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
        }
        talk.mistakes = session.mistakes();
        talk.client = session.client().map(str::to_owned);
        talk
    }

    /// Lets the session look at what there is; `None` once the conversation is over.
    fn look(&mut self, mut session: Session, pending: &mut Vec<u8>) -> Option<Session> {
        let mut done = 0;
        loop {
            let before = self.said.len();
            let (used, event) = session.receive(&pending[done..], &mut self.said);
            assert!(used <= pending.len() - done);
            let line = &pending[done..done + used];
            assert!(used == 0 || line.iter().filter(|b| b"\r\n".contains(b)).eq(b"\r\n"), "{line:?} is one line");
            done += used;
            self.used += used;
            self.check_said(before, session.is_encrypted());
            match event {
                Event::More if used > 0 => {}
                Event::More => break,
                Event::Attempt(credentials) => {
                    assert!(session.is_encrypted(), "a password is taken in clear");
                    check(&credentials);
                    self.note(format!("<{:?} {:?}>", credentials.acting_for, credentials.login).as_bytes());
                    self.note(&credentials.secret);
                    // While it is decided nothing is read.
                    let before = self.said.len();
                    assert!(matches!(session.receive(&pending[done..], &mut self.said), (0, Event::More)));
                    assert_eq!(self.said.len(), before);
                    session = self.decide(session)?;
                }
                Event::StartTls => {
                    assert!(!session.is_encrypted());
                    self.note(b"<starttls>");
                    self.began_tls = true;
                    return None;
                }
                Event::Close(why) => return self.closed(why),
            }
        }
        pending.drain(..done);
        Some(session)
    }

    /// Each line is answered with a few lines, of which the gateway has written every word.
    fn check_said(&self, before: usize, is_encrypted: bool) {
        let said = &self.said[before..];
        assert!(said.len() <= 512, "{} bytes are written at once", said.len());
        let text = std::str::from_utf8(said).expect("text");
        assert!(text.is_empty() || text.ends_with("\r\n"));
        assert!(is_encrypted || !(text.contains("AUTH") || text.contains("334")), "{text}");
        for line in text.lines() {
            let (code, rest) = line.split_at(3);
            assert!(code.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with([' ', '-']), "{line}");
        }
    }

    fn decide(&mut self, mut session: Session) -> Option<Session> {
        let event = match self.choices.below(7) {
            0 => session.refused(None, &mut self.said),
            1 => session.refused(Some("An app password is needed."), &mut self.said),
            2 => session.unavailable(&mut self.said),
            3 => session.too_many_connections(&mut self.said),
            4 => session.turned_away("450 4.7.1 Too many.", &mut self.said),
            5 => session.lacks_scope(&mut self.said),
            _ => {
                let before = self.said.len();
                session.accepted(signed_in(true), &mut self.said);
                assert!(self.said[before..].starts_with(b"235 2.7.0 "));
                return None;
            }
        };
        match event {
            Event::More => Some(session),
            Event::Close(why) => self.closed(why),
            Event::Attempt(_) | Event::StartTls => panic!("nothing was sent"),
        }
    }

    fn closed(&mut self, why: Closing) -> Option<Session> {
        self.note(format!("<close {why:?}>").as_bytes());
        None
    }

    fn note(&mut self, what: &[u8]) {
        self.said.extend_from_slice(what);
        self.said.push(b'\n');
    }
}
