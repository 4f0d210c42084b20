//! A server that asks by HTTP, as small as can be.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// One connection that is kept.
pub(crate) struct Asker {
    stream: BufReader<TcpStream>,
}

impl Asker {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream: BufReader::new(stream) }
    }

    /// Asks; gives the status.
    pub(crate) fn ask(&mut self, login: &str, secret: &str) -> u16 {
        let basic = BASE64_STANDARD.encode(format!("{login}:{secret}"));
        let question = format!("GET /forward-auth HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n\r\n");
        self.stream.get_mut().write_all(question.as_bytes()).expect("the server listens");
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("the server answers");
            let line = line.trim_end().to_ascii_lowercase();
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|s| s.parse().ok());
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        std::io::copy(&mut self.stream.by_ref().take(length), &mut std::io::sink()).expect("a body");
        status.expect("a status")
    }
}
