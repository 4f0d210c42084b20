//! An IMAP client that says exactly what it is told to, byte by byte if need be.

use std::io;
use std::net::TcpStream;

pub use super::talk::{plain, socket};
use super::{Door, talk};
use talk::Talk;

/// A connection.
pub struct Imap {
    talk: Talk,
    /// The number of the last command.
    number: u32,
}

/// What was answered to a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The lines before the answer proper, with the `*` or `+` that they begin with.
    pub before: Vec<String>,
    /// The answer proper, without its tag.
    pub answer: String,
}

impl Answer {
    /// Whether it is `OK`.
    pub fn is_ok(&self) -> bool {
        self.answer.starts_with("OK")
    }

    /// All of it, as it came but for the tag.
    pub fn text(&self) -> String {
        let mut lines = self.before.clone();
        lines.push(self.answer.clone());
        lines.join("\n")
    }
}

/// What a client of TLS says first.
///
/// # Panics
/// If the authority's certificate cannot be read.
pub fn client_hello(door: &Door) -> Vec<u8> {
    talk::client_hello(&door.ca)
}

impl Imap {
    /// Connects with TLS and hears the greeting.
    ///
    /// # Panics
    /// If there is none.
    pub fn connect(door: &Door) -> Self {
        Self::over(door, socket(door.imaps))
    }

    /// Begins TLS over a socket that is connected, and hears the greeting.
    ///
    /// # Panics
    /// If there is none.
    pub fn over(door: &Door, socket: TcpStream) -> Self {
        let mut imap = Self { talk: Talk::with_tls(&door.ca, socket), number: 0 };
        imap.hear_greeting();
        imap
    }

    /// Connects in clear and gives the greeting.
    ///
    /// # Panics
    /// If there is none.
    pub fn connect_in_clear(door: &Door) -> (Self, String) {
        let mut imap = Self { talk: Talk::in_clear(&door.ca, socket(door.imap)), number: 0 };
        let greeting = imap.hear_greeting();
        (imap, greeting)
    }

    fn hear_greeting(&mut self) -> String {
        let greeting = self.line().expect("a greeting");
        assert!(greeting.starts_with("* OK"), "{greeting}");
        greeting
    }

    /// Begins TLS on a connection in clear, whose STARTTLS was answered.
    ///
    /// # Panics
    /// If the connection is encrypted already, or has said more than it should.
    pub fn begin_tls(self) -> Self {
        Self { talk: self.talk.begin_tls(), number: self.number }
    }

    /// Sends bytes as they are, at once.
    ///
    /// # Panics
    /// If they cannot be sent.
    pub fn send(&mut self, bytes: &[u8]) {
        self.talk.send(bytes);
    }

    /// Sends bytes as they are, at once, if the connection takes them.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.talk.try_send(bytes)
    }

    /// Says that it sends no more.
    pub fn end(&mut self) {
        self.talk.end();
    }

    /// The next line, without its end; `None` if the connection is closed.
    ///
    /// # Panics
    /// If nothing comes for [`crate::clock::PATIENCE`].
    pub fn line(&mut self) -> Option<String> {
        self.talk.line()
    }

    /// Asks for something under a tag of its own and gives the answer.
    ///
    /// # Panics
    /// If the connection is closed instead.
    pub fn ask(&mut self, command: &str) -> Answer {
        self.number += 1;
        let tag = format!("t{}", self.number);
        self.send(format!("{tag} {command}\r\n").as_bytes());
        self.answer(&tag)
    }

    /// Reads until the answer to the command with this tag.
    ///
    /// # Panics
    /// If the connection is closed instead.
    pub fn answer(&mut self, tag: &str) -> Answer {
        let mut before = Vec::new();
        loop {
            let Some(line) = self.line() else { panic!("closed instead of an answer to {tag}, after {before:?}") };
            match line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                Some(answer) => return Answer { before, answer: answer.to_owned() },
                None => before.push(line),
            }
        }
    }

    /// Signs in with LOGIN.
    pub fn sign_in(&mut self, login: &str, secret: &str) -> Answer {
        self.ask(&format!("LOGIN \"{login}\" \"{secret}\""))
    }

    /// Connects, signs in, opens the mailbox and idles: a mail app that waits for mail.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn waiting_for_mail(door: &Door, login: &str, secret: &str) -> Self {
        let mut imap = Self::connect(door);
        let answer = imap.sign_in(login, secret);
        assert!(answer.is_ok(), "{answer:?}");
        let answer = imap.ask("SELECT INBOX");
        assert!(answer.is_ok(), "{answer:?}");
        imap.send(b"idle IDLE\r\n");
        let idling = imap.line().expect("an answer to IDLE");
        assert!(idling.starts_with('+'), "{idling}");
        imap
    }

    /// Waits until the connection is closed; gives what was said until then, but for Dovecot's own sign of life.
    pub fn until_closed(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).filter(|line| line != "* OK Still here").collect()
    }

    /// Whether the connection is closed by now: its end lies in the socket, and nobody waits for it.
    ///
    /// # Panics
    /// If the socket cannot be read.
    pub fn is_closed_already(&mut self) -> bool {
        self.talk.is_closed_already()
    }

    /// Every message of the mailbox, in the order in which they came, as they are.
    ///
    /// # Panics
    /// If there is no mailbox.
    pub fn messages(&mut self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        self.each_message(|message| messages.push(message));
        messages
    }

    /// The same one after the other.
    ///
    /// # Panics
    /// If there is no mailbox.
    pub fn each_message(&mut self, mut look: impl FnMut(Vec<u8>)) {
        assert!(self.ask("SELECT INBOX").is_ok());
        self.send(b"all FETCH 1:* BODY.PEEK[]\r\n");
        loop {
            let line = self.line().expect("the end of the answer");
            if let Some(answer) = line.strip_prefix("all ") {
                // An empty mailbox has no first message.
                assert!(answer.starts_with("OK") || answer.starts_with("BAD"), "{answer}");
                return;
            }
            let size = line.rsplit_once('{').and_then(|(_, size)| size.strip_suffix('}')?.parse().ok());
            if let Some(size) = size {
                look(self.talk.bytes(size));
            }
        }
    }

    /// The subject of the first message of the mailbox.
    ///
    /// # Panics
    /// If there is no mailbox.
    pub fn first_subject(&mut self) -> String {
        let answer = self.ask("SELECT INBOX");
        assert!(answer.is_ok(), "{answer:?}");
        let answer = self.ask("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT TO)]");
        assert!(answer.is_ok(), "{answer:?}");
        answer.text()
    }
}
