//! An app as it speaks OAuth to the portal: curl, without cookies.

use std::path::PathBuf;

use serde_json::Value;

use super::portal::encoded;
use crate::program;

/// An app.
pub struct App {
    origin: String,
    /// Where the portal is really reached, `host:port`.
    through: String,
    ca: PathBuf,
}

/// What an app was told.
#[derive(Debug)]
pub struct Told {
    /// The HTTP status.
    pub status: u16,
    /// The head, in small letters.
    pub head: String,
    /// The JSON; nothing where there is none.
    pub body: Value,
}

impl Told {
    /// A text in the answer.
    ///
    /// # Panics
    /// If there is none.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// The error with its status; no description tells more.
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.text("error"))
    }
}

impl App {
    /// An app that knows the address of a portal.
    pub fn new(origin: &str, through: String, ca: PathBuf) -> Self {
        Self { origin: origin.to_owned(), through, ca }
    }

    /// Fetches something.
    pub fn fetch(&self, path: &str) -> Told {
        self.ask(path, &[], "")
    }

    /// Sends a form, as a client with a secret or as none.
    pub fn send(&self, path: &str, fields: &[(&str, &str)], client: Option<(&str, &str)>) -> Told {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let user = client.map(|(id, secret)| format!("{id}:{secret}"));
        let user: Vec<&str> = user.iter().flat_map(|user| ["--user", user]).collect();
        self.ask(path, &[&["--data", "@-"], &*user].concat(), &fields.join("&"))
    }

    /// Sends JSON.
    pub fn say(&self, path: &str, said: &Value) -> Told {
        let json = ["--header", "Content-Type: application/json", "--data", "@-"];
        self.ask(path, &json, &said.to_string())
    }

    /// Fetches something with an access token.
    pub fn show(&self, path: &str, token: &str) -> Told {
        self.ask(path, &["--oauth2-bearer", token], "")
    }

    fn ask(&self, path: &str, more: &[&str], body: &str) -> Told {
        let mut curl = program::command("curl");
        curl.args(["--silent", "--show-error", "--include", "--max-time", "20", "--cacert"]).arg(&self.ca);
        curl.args(["--connect-to", &format!("::{}", self.through)]).args(more).arg(format!("{}{path}", self.origin));
        let said = program::run(&mut curl, body).succeeded();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {said}"));
        Told { status, head: head.to_lowercase(), body: serde_json::from_str(body).unwrap_or_default() }
    }
}
