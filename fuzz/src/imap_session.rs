//! IMAP before the sign-in: the same conversation however it is cut, nothing taken in clear, output in bounds.

use valetkey_wire::conversation::{Closing, Event, Session as _};
use valetkey_wire::imap::Session;

use crate::imap_relay::signed_in;
use crate::input::{Choices, choices_and_rest, pieces, stream};
use crate::sasl::{check, tokens};

/// The longest command, and so the most that may be kept of what an app sends.
const COMMAND_BYTES_MAX: usize = 8192;

/// The input is choices (of the connection, of the answers to attempts, of the cuts) and what an app sends.
pub fn imap_session(data: &[u8]) {
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
        let choice = choices.below(8);
        let tokens = (choice >= 4).then(tokens);
        let mut session = match choice % 4 {
            0 => Session::new(false, false, tokens.clone()),
            1 => Session::new(false, true, tokens.clone()),
            2 => Session::new(true, false, tokens.clone()),
            _ => Session::new(false, true, tokens.clone()).after_tls(),
        };
        let mut talk = Self { choices, said: Vec::new(), used: 0, began_tls: false, mistakes: 0, client: None };
        session.greet(&mut talk.said);
        let greeting = String::from_utf8_lossy(&talk.said);
        assert_eq!(greeting.contains("AUTH="), session.is_encrypted(), "{greeting}");
        assert_eq!(greeting.contains("LOGINDISABLED"), !session.is_encrypted(), "{greeting}");
        let mut pending = Vec::new();
        for piece in pieces {
            pending.extend_from_slice(piece);
            match talk.look(session, &mut pending) {
                Some(going_on) => session = going_on,
                None => return talk,
            }
            assert!(pending.len() <= COMMAND_BYTES_MAX, "it keeps {} bytes", pending.len());
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
            done += used;
            self.used += used;
            // Each line is answered with a few lines, and of what was sent only a tag is repeated.
            let written = self.said.len() - before;
            assert!(written <= 512 + 2 * (pending.len() - done + used), "{written} bytes are written for {used}");
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

    fn decide(&mut self, mut session: Session) -> Option<Session> {
        let event = match self.choices.below(7) {
            0 => session.refused(None, &mut self.said),
            1 => session.refused(Some("An app password is needed."), &mut self.said),
            2 => session.unavailable(&mut self.said),
            3 => session.too_many_connections(&mut self.said),
            4 => session.turned_away("[LIMIT] Too many.", &mut self.said),
            5 => session.lacks_scope(&mut self.said),
            _ => {
                let before = self.said.len();
                session.accepted(signed_in(), &mut self.said);
                let answer = String::from_utf8_lossy(&self.said[before..]).into_owned();
                let tag = answer.strip_suffix(" OK in\r\n").expect("the answer behind a tag");
                assert!(!tag.is_empty() && tag.len() <= 64 && tag.bytes().all(|b| b.is_ascii_graphic()), "{tag:?}");
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
