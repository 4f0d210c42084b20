//! Apps of `ManageSieve`: sieve-connect, and one that says exactly what it is told to.

use super::talk::{Talk, plain, socket};
use super::{Encryption, Entrance};
use crate::program::{self, Ran};

/// A connection.
pub struct Sieve(pub Talk);

impl Sieve {
    /// Connects with TLS and hears the greeting.
    ///
    /// # Panics
    /// If there is none, or it offers no way to sign in.
    pub fn connect(entrance: &Entrance) -> Self {
        let mut sieve = Self(Talk::with_tls(&entrance.ca, socket(entrance.tls)));
        let (offers, greeting) = sieve.answer();
        assert!(greeting.starts_with("OK"), "{greeting}");
        assert!(offers.iter().any(|line| line.starts_with("\"SASL\" \"PLAIN LOGIN")), "{offers:?}");
        sieve
    }

    /// What stands before the answer proper, and the answer.
    ///
    /// # Panics
    /// If the connection is closed instead.
    pub fn answer(&mut self) -> (Vec<String>, String) {
        let mut before = Vec::new();
        loop {
            let line = self.0.line().expect("an answer");
            if ["OK", "NO", "BYE"].iter().any(|word| line.starts_with(word)) {
                return (before, line);
            }
            before.push(line);
        }
    }

    /// Asks for something and gives the answer proper.
    pub fn ask(&mut self, command: &str) -> String {
        self.0.send(format!("{command}\r\n").as_bytes());
        self.answer().1
    }

    /// Signs in with AUTHENTICATE "PLAIN".
    pub fn sign_in(&mut self, login: &str, secret: &str) -> String {
        self.ask(&format!("AUTHENTICATE \"PLAIN\" \"{}\"", plain("", login, secret)))
    }
}

/// Runs sieve-connect, with STARTTLS.
pub fn sieve_connect(entrance: &Entrance, login: &str, secret: &str, what: &[&str]) -> Ran {
    let mut command = program::command("sieve-connect");
    let port = entrance.port(Encryption::Later).to_string();
    command.args(["--server", "localhost", "--port", &port, "--user", login, "--passwordfd", "0", "--tlscafile"]);
    program::run(command.arg(&entrance.ca).args(what), &format!("{secret}\n"))
}
