//! Asking by HTTP, as a web server does for each request.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::client::imap::socket;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Asks on a connection of its own.
pub(super) fn forward_auth(address: SocketAddr, login: &str, secret: &str) -> Answer {
    let mut socket = socket(address);
    let credentials = STANDARD.encode(format!("{login}:{secret}"));
    let request = format!(
        "GET /forward-auth HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).expect("a connection that takes a request");
    let mut head = String::new();
    socket.read_to_string(&mut head).expect("an answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer { status: status.unwrap_or_else(|| panic!("no status in {head:?}")), head }
}
