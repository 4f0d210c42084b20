//! An IMAP client that says exactly what it is told to, byte by byte if need be.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Door;
use crate::clock::PATIENCE;

/// A connection.
pub struct Imap {
    stream: BufReader<Stream>,
    door: Door,
    /// The number of the last command.
    number: u32,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
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

/// Connects without a word.
///
/// # Panics
/// If nobody takes the connection.
pub fn socket(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address} takes no connection: {error}"));
    socket.set_read_timeout(Some(PATIENCE)).expect("a time limit that is not zero");
    socket.set_write_timeout(Some(PATIENCE)).expect("a time limit that is not zero");
    socket
}

/// A message of SASL's PLAIN, in base64.
pub fn plain(acting_for: &str, login: &str, secret: &str) -> String {
    STANDARD.encode(format!("{acting_for}\0{login}\0{secret}"))
}

/// What a client of TLS says first.
///
/// # Panics
/// If the authority's certificate cannot be read.
pub fn client_hello(door: &Door) -> Vec<u8> {
    let mut hello = Vec::new();
    tls(door).write_tls(&mut hello).expect("a vector takes everything");
    hello
}

fn tls(door: &Door) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(&door.ca).expect("a certificate that try has written");
    roots.add(authority).expect("a certificate that try has made");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("a configuration that works")
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
        let stream = StreamOwned::new(tls(door), socket);
        let mut imap = Self { stream: BufReader::new(Stream::Tls(Box::new(stream))), door: door.clone(), number: 0 };
        imap.hear_greeting();
        imap
    }

    /// Connects in clear and gives the greeting.
    ///
    /// # Panics
    /// If there is none.
    pub fn connect_in_clear(door: &Door) -> (Self, String) {
        let stream = BufReader::new(Stream::Clear(socket(door.imap)));
        let mut imap = Self { stream, door: door.clone(), number: 0 };
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
        assert!(self.stream.buffer().is_empty(), "said in clear behind the answer: {:?}", self.stream.buffer());
        let Stream::Clear(socket) = self.stream.into_inner() else { panic!("it is encrypted already") };
        let stream = StreamOwned::new(tls(&self.door), socket);
        Self { stream: BufReader::new(Stream::Tls(Box::new(stream))), door: self.door, number: self.number }
    }

    /// Sends bytes as they are, at once.
    ///
    /// # Panics
    /// If they cannot be sent.
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("a connection that takes what is said");
    }

    /// Sends bytes as they are, at once, if the connection takes them.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).and_then(|()| stream.flush())
    }

    /// Says that it sends no more.
    pub fn end(&mut self) {
        let socket = match self.stream.get_mut() {
            Stream::Clear(socket) => socket,
            Stream::Tls(stream) => &mut stream.sock,
        };
        // That it is closed already is what the test will see.
        drop(socket.shutdown(Shutdown::Write));
    }

    /// The next line, without its end; `None` if the connection is closed.
    ///
    /// # Panics
    /// If nothing comes for [`PATIENCE`].
    pub fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) if is_end(&error) => None,
            Err(error) => panic!("neither a line nor an end: {error}"),
        }
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
        let socket = match self.stream.get_mut() {
            Stream::Clear(socket) => socket,
            Stream::Tls(tls) => &mut tls.sock,
        };
        socket.set_nonblocking(true).expect("a socket");
        let mut farewell = [0; 4096];
        loop {
            match socket.read(&mut farewell) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) => return is_end(&error),
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

/// Closed, with or without TLS's own goodbye, politely or not.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
