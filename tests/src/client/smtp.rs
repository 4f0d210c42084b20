//! An app that submits mail and says exactly what it is told to.

use std::net::IpAddr;

use super::talk::{Talk, plain, socket, socket_from};
use super::{Encryption, Entrance};

/// A connection.
pub struct Smtp(pub Talk);

impl Smtp {
    /// Connects and hears the greeting.
    ///
    /// # Panics
    /// If there is none.
    pub fn connect(entrance: &Entrance, way: Encryption) -> Self {
        let talk = match way {
            Encryption::AtOnce => Talk::with_tls(&entrance.ca, socket(entrance.tls)),
            Encryption::Later => Talk::in_clear(&entrance.ca, socket(entrance.clear)),
        };
        Self(talk).greeted()
    }

    /// Connects with TLS from another of this machine's addresses.
    ///
    /// # Panics
    /// If there is no greeting.
    pub fn connect_from(client: IpAddr, entrance: &Entrance) -> Self {
        Self(Talk::with_tls(&entrance.ca, socket_from(client, entrance.tls))).greeted()
    }

    fn greeted(mut self) -> Self {
        let greeting = self.reply();
        assert!(greeting.starts_with("220 "), "{greeting}");
        self
    }

    /// Says a command and hears the reply, its lines one below the other.
    pub fn ask(&mut self, command: &str) -> String {
        self.0.send(format!("{command}\r\n").as_bytes());
        self.reply()
    }

    /// The next reply.
    ///
    /// # Panics
    /// If the connection is closed instead.
    pub fn reply(&mut self) -> String {
        self.try_reply().expect("a reply")
    }

    /// The next reply; `None` if the connection is closed instead.
    pub fn try_reply(&mut self) -> Option<String> {
        let mut reply = String::new();
        loop {
            let line = self.0.line()?;
            reply += &line;
            if line.as_bytes().get(3) != Some(&b'-') {
                return Some(reply);
            }
            reply.push('\n');
        }
    }

    /// Says hello and signs in with AUTH PLAIN; gives the answer to that.
    ///
    /// # Panics
    /// If it is not greeted back.
    pub fn sign_in(&mut self, login: &str, secret: &str) -> String {
        let hello = self.ask("EHLO app.example.org");
        assert!(hello.starts_with("250-"), "{hello}");
        self.ask(&format!("AUTH PLAIN {}", plain("", login, secret)))
    }

    /// Connects with TLS and signs in.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn signed_in(entrance: &Entrance, login: &str, secret: &str) -> Self {
        let mut smtp = Self::connect(entrance, Encryption::AtOnce);
        let answer = smtp.sign_in(login, secret);
        assert!(answer.starts_with("235 "), "{answer}");
        smtp
    }

    /// Says everything that comes before a message's content.
    ///
    /// # Panics
    /// If a part of it is refused.
    pub fn begin(&mut self, sender: &str, recipient: &str) {
        for (command, code) in [
            (format!("MAIL FROM:<{sender}>"), "250"),
            (format!("RCPT TO:<{recipient}>"), "250"),
            ("DATA".into(), "354"),
        ] {
            let reply = self.ask(&command);
            assert!(reply.starts_with(code), "{command}: {reply}");
        }
    }

    /// Sends a message's content as it is to be sent, and its end; gives what was said to it.
    pub fn content(&mut self, content: &[u8]) -> String {
        self.0.send(content);
        self.ask(".")
    }
}

/// A message of Ada's to Bob with all headers that a server would add otherwise, and this subject.
pub fn message(subject: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: Ada <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: {subject}\r\n\
         Date: Sat, 21 Nov 2026 08:00:00 +0000\r\nMessage-ID: <{subject}@app.example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
