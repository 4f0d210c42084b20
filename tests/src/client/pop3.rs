//! A POP3 client that says exactly what it is told to.

use std::net::IpAddr;

use super::talk::{Talk, socket, socket_from};
use super::{Encryption, Entrance};

/// A connection.
pub struct Pop3(pub Talk);

impl Pop3 {
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
        let greeting = self.answer();
        assert!(greeting.starts_with("+OK"), "{greeting}");
        self
    }

    /// Asks for something that is answered in one line.
    pub fn ask(&mut self, command: &str) -> String {
        self.0.send(format!("{command}\r\n").as_bytes());
        self.answer()
    }

    /// The next line.
    ///
    /// # Panics
    /// If the connection is closed instead.
    pub fn answer(&mut self) -> String {
        self.0.line().expect("an answer")
    }

    /// Asks for something that is answered in several lines, and gives those behind the first.
    ///
    /// # Panics
    /// If it is refused.
    pub fn list(&mut self, command: &str) -> Vec<String> {
        let first = self.ask(command);
        assert!(first.starts_with("+OK"), "{command}: {first}");
        self.rest()
    }

    /// What stands behind the first line of an answer in several.
    pub fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| Some(self.answer()).filter(|line| line != ".")).collect()
    }

    /// Signs in with USER and PASS; gives the last answer.
    ///
    /// # Panics
    /// If USER is refused.
    pub fn sign_in(&mut self, login: &str, secret: &str) -> String {
        let user = self.ask(&format!("USER {login}"));
        assert!(user.starts_with("+OK"), "{user}");
        self.ask(&format!("PASS {secret}"))
    }

    /// Connects with TLS and signs in.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn signed_in(entrance: &Entrance, login: &str, secret: &str) -> Self {
        let mut pop3 = Self::connect(entrance, Encryption::AtOnce);
        let answer = pop3.sign_in(login, secret);
        assert!(answer.starts_with("+OK"), "{answer}");
        pop3
    }
}
