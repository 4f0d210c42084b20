//! Asking at the administration socket, as commands do, without the time that starting a process takes.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::clock::{PATIENCE, wait_for};

/// An administration socket.
#[derive(Clone, Debug)]
pub struct Admin {
    socket: PathBuf,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It was carried out.
    Done(Value),
    /// It was not, and never will be.
    Refused(String),
    /// Not now; the text says whether it may have been carried out all the same.
    NotNow(String),
    /// Nobody listens: it was not asked.
    NobodyThere,
    /// It was asked and nothing was answered: it may have been carried out.
    Unanswered,
}

impl Admin {
    pub(super) fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Asks, and waits for the answer. Asks again if the store was too busy to begin: then nothing was done, and the
    /// machine may have been busy with other tests.
    ///
    /// # Panics
    /// If the answer is not one that commands understand.
    pub fn ask(&self, question: &Value) -> Reply {
        let begun = |reply: &Reply| *reply != Reply::NotNow("the store is too busy".into());
        wait_for("the store has time", || Some(self.ask_once(question)).filter(begun))
    }

    /// Asks and does not wait for the answer, which comes on the connection.
    ///
    /// # Panics
    /// If nobody hears it.
    pub fn begin(&self, question: &Value) -> UnixStream {
        let mut stream = UnixStream::connect(&self.socket).expect("a server that listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit that is not zero");
        stream.write_all(question.to_string().as_bytes()).expect("it takes bytes");
        stream.shutdown(Shutdown::Write).expect("a connection that is open");
        stream
    }

    fn ask_once(&self, question: &Value) -> Reply {
        let Ok(stream) = UnixStream::connect(&self.socket) else { return Reply::NobodyThere };
        let Ok(answer) = exchange(stream, question) else { return Reply::Unanswered };
        if answer.is_empty() {
            return Reply::Unanswered;
        }
        let answer: Value = match serde_json::from_slice(&answer) {
            Ok(answer) => answer,
            // Killed while it answered.
            Err(error) if error.is_eof() => return Reply::Unanswered,
            Err(error) => panic!("{question}: {error}"),
        };
        if let Some(done) = answer.get("Ok") {
            return Reply::Done(done.clone());
        }
        let message = answer["Err"]["message"].as_str().expect("a failure has a message").to_owned();
        match answer["Err"]["kind"].as_str() {
            Some("refused") => Reply::Refused(message),
            Some("temporary") => Reply::NotNow(message),
            other => panic!("{question}: {other:?}, {message}"),
        }
    }

    /// Asks for something that must be carried out.
    ///
    /// # Panics
    /// If it is not.
    pub fn done(&self, question: &Value) -> Value {
        match self.ask(question) {
            Reply::Done(answer) => answer,
            other => panic!("{question}: {other:?}"),
        }
    }

    /// Makes a person with an authenticator app.
    ///
    /// # Panics
    /// If it fails.
    pub fn make_person(&self, login: &str) {
        self.done(&json!({ "ask": "account-create", "login": login, "aliases": [], "device": false, "name": "", "password": "a password of some length" }));
        let offer = self.done(&json!({ "ask": "offer-totp", "login": login }));
        self.done(&json!({ "ask": "enrol-totp", "login": login, "label": "phone", "seed": offer["totp_secret"] }));
    }

    /// Makes an app password for mail, contacts and calendars, and gives its id and its secret.
    ///
    /// # Panics
    /// If it fails.
    pub fn make_key(&self, login: &str, label: &str) -> (String, String) {
        let made = self.done(&key(login, label));
        let text = |field: &str| made[field].as_str().expect("a text").to_owned();
        (text("id"), text("app_password"))
    }

    /// How an app password is judged: `accepted`, or why it is refused.
    ///
    /// # Panics
    /// If nobody knows.
    pub fn verdict(&self, login: &str, secret: &str) -> String {
        let judged = self.done(&json!({ "ask": "verify", "login": login, "secret": secret, "service": "imap" }));
        let field = if judged["outcome"] == "accepted" { "outcome" } else { "why" };
        judged[field].as_str().expect("a text").to_owned()
    }
}

/// The question for an app password.
pub fn key(login: &str, label: &str) -> Value {
    json!({ "ask": "app-password-create", "login": login, "label": label, "scopes": "mail,contacts,calendars", "networks": [] })
}

fn exchange(mut stream: UnixStream, question: &Value) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(question.to_string().as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            panic!("no answer to {question} for {} s", PATIENCE.as_secs())
        }
        read => read.map(|_| answer),
    }
}
