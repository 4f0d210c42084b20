//! A mail app as small as can be: it signs in and idles.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::tryout::Tryout;

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Imap {
    stream: BufReader<Box<dyn Stream>>,
}

/// A connection, with TLS or without.
trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

impl Imap {
    pub(super) fn connect(tryout: &Tryout) -> Result<Self, String> {
        let said = |e: &dyn std::fmt::Display| e.to_string();
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(tryout.directory.path("ca.pem")).map_err(|e| said(&e))?;
        roots.add(authority).map_err(|e| said(&e))?;
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| said(&e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").map_err(|e| said(&e))?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(|e| said(&e))?;
        let socket = TcpStream::connect(tryout.endpoint("imaps").unwrap_or_default()).map_err(|e| said(&e))?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(|e| said(&e))?;
        Self::greeted(Box::new(StreamOwned::new(connection, socket)))
    }

    pub(super) fn connect_in_clear(address: &str) -> Result<Self, String> {
        let socket = TcpStream::connect(address).map_err(|e| e.to_string())?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
        Self::greeted(Box::new(socket))
    }

    fn greeted(stream: Box<dyn Stream>) -> Result<Self, String> {
        let mut imap = Self { stream: BufReader::new(stream) };
        imap.expect("* OK")?;
        Ok(imap)
    }

    pub(super) fn sign_in(&mut self, login: &str, secret: &str) -> Result<(), String> {
        self.say(&format!("a LOGIN {login} {secret}"))?;
        self.expect("a OK")?;
        self.say("b SELECT INBOX")?;
        self.expect("b OK")
    }

    /// Signs in with an access token (XOAUTH2).
    pub(super) fn sign_in_by_token(&mut self, login: &str, token: &str) -> Result<(), String> {
        let message = STANDARD.encode(format!("user={login}\x01auth=Bearer {token}\x01\x01"));
        self.say(&format!("a AUTHENTICATE XOAUTH2 {message}"))?;
        self.expect("a OK")?;
        self.say("b SELECT INBOX")?;
        self.expect("b OK")
    }

    pub(super) fn idle(&mut self) -> Result<(), String> {
        self.say("c IDLE")?;
        self.expect("+")
    }

    /// Waits until the connection is closed; gives what was said last.
    pub(super) fn until_closed(&mut self) -> Result<String, String> {
        let mut last = Vec::new();
        // Cut off without TLS's own goodbye it is closed all the same.
        match self.stream.read_to_end(&mut last) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => return Err(format!("it was not closed: {error}")),
        }
        Ok(String::from_utf8_lossy(&last).trim().to_owned())
    }

    fn say(&mut self, line: &str) -> Result<(), String> {
        let stream = self.stream.get_mut();
        write!(stream, "{line}\r\n").and_then(|()| stream.flush()).map_err(|e| e.to_string())
    }

    fn expect(&mut self, start: &str) -> Result<(), String> {
        loop {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).map_err(|e| e.to_string())?;
            if line.starts_with(start) {
                return Ok(());
            }
            if read == 0 || !line.starts_with('*') {
                return Err(format!("\"{}\" came where {start} was expected", line.trim()));
            }
        }
    }
}
