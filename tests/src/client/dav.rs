//! Apps of calendars and contacts: curl, and HTTP/1.1 and HTTP/2 byte by byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::imap::socket;
use crate::program;

/// Somebody's app, by a gateway.
#[derive(Clone, Debug)]
pub struct DavApp {
    /// Where the gateway takes connections with TLS.
    pub address: SocketAddr,
    /// Whose signature on its certificate counts.
    pub ca: PathBuf,
    /// Who it signs in as.
    pub login: String,
    /// Its app password.
    pub secret: String,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The head and the body, as they came.
    pub text: String,
}

impl Answered {
    /// What stands behind the head.
    pub fn body(&self) -> &str {
        self.text.rsplit_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.text.rsplit_once("\r\n\r\n")?;
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl DavApp {
    /// The same with another app password.
    #[must_use]
    pub fn with(&self, secret: &str) -> Self {
        Self { secret: secret.to_owned(), ..self.clone() }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// Asks with curl, signed in, for a path as it is.
    ///
    /// # Panics
    /// If nothing is answered.
    pub fn ask(&self, method: &str, path: &str, more: &[&str]) -> Answered {
        let user = format!("{}:{}", self.login, self.secret);
        self.ask_as(&["--user", &user], method, path, more)
    }

    /// Asks with curl as nobody.
    ///
    /// # Panics
    /// If nothing is answered.
    pub fn ask_as_nobody(&self, method: &str, path: &str, more: &[&str]) -> Answered {
        self.ask_as(&[], method, path, more)
    }

    fn ask_as(&self, who: &[&str], method: &str, path: &str, more: &[&str]) -> Answered {
        let mut command = program::command("curl");
        command.args(["--silent", "--show-error", "--max-time", "30", "--include", "--path-as-is", "--globoff"]);
        if method == "HEAD" {
            command.arg("--head");
        } else {
            command.args(["--request", method]);
        }
        command.arg("--cacert").arg(&self.ca).args(who).args(more);
        let ran = program::run(command.arg(self.url(path)), "");
        let mut statuses = ran.out.split("HTTP/").filter_map(|answer| answer.split(' ').nth(1)?.get(..3)?.parse().ok());
        // Before the answer proper there may be `100 Continue`.
        let status = statuses.find(|status: &u16| *status >= 200);
        Answered { status: status.unwrap_or_else(|| panic!("no status: {ran:?}")), text: ran.out }
    }

    /// A connection that speaks a protocol: `http/1.1` or `h2`.
    ///
    /// # Panics
    /// If there is none.
    pub fn connect(&self, protocol: &str) -> Connection {
        self.connect_over(socket(self.address), protocol)
    }

    /// The same over a socket on which something may have been said already.
    ///
    /// # Panics
    /// If it cannot be used.
    pub fn connect_over(&self, socket: TcpStream, protocol: &str) -> Connection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.ca).expect("a certificate")).expect("a certificate of ours");
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let name = ServerName::try_from("localhost").expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a configuration that works");
        Connection(Way::Tls(Box::new(StreamOwned::new(connection, socket))))
    }

    /// What `Authorization` says.
    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.login, self.secret)))
    }

    /// The head of a request in HTTP/1.1.
    pub fn head(&self, method: &str, path: &str, more: &str) -> String {
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n{more}\r\n", self.basic())
    }
}

/// A connection that says exactly what it is told to.
pub struct Connection(Way);

enum Way {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// One without TLS.
    ///
    /// # Panics
    /// If there is none.
    pub fn in_clear(address: SocketAddr) -> Self {
        Self::over(socket(address))
    }

    /// The same over a socket on which something may have been said already.
    pub fn over(socket: TcpStream) -> Self {
        Self(Way::Clear(socket))
    }

    /// Sends all of it.
    ///
    /// # Panics
    /// If it is not taken.
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("a connection that takes it");
    }

    /// Sends all of it, or as much as is taken.
    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)?;
        self.flush()
    }

    /// Reads up to and with an empty line; what was heard until the end if there is none.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && matches!(self.read(&mut byte), Ok(1)) {
            head.push(byte[0]);
        }
        String::from_utf8_lossy(&head).into_owned()
    }

    /// Reads what is still there until the connection ends, in whichever way; gives how much it was.
    ///
    /// # Panics
    /// If it does not end.
    pub fn until_closed(&mut self) -> u64 {
        let mut bytes = vec![0; 1 << 16];
        let mut count = 0;
        loop {
            match self.read(&mut bytes) {
                Ok(0) => return count,
                Ok(read) => count += read as u64,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => panic!("it is still open"),
                Err(_) => return count,
            }
        }
    }

    /// Begins HTTP/2, with windows of so many bytes for what is answered.
    ///
    /// # Panics
    /// If it is not taken.
    pub fn begin_http2(&mut self, window: u32) {
        let mut settings = vec![0, 4];
        settings.extend(window.to_be_bytes());
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        self.send(&frame(4, 0, 0, &settings));
    }

    /// Sends a request's head on a stream of HTTP/2; its body follows if it has one.
    ///
    /// # Panics
    /// If it is not taken.
    pub fn request_http2(&mut self, stream: u32, headers: &[(&str, &str)], has_body: bool) {
        let mut block = Vec::new();
        for (name, value) in headers {
            // As literals, without an index and without Huffman's code (RFC 7541 section 6.2.2).
            block.push(0);
            for text in [name, value] {
                let length = text.len();
                if length < 127 {
                    block.push(u8::try_from(length).expect("a short text"));
                } else {
                    let rest = length - 127;
                    assert!(rest < 128 * 128, "a text that is not too long");
                    block.push(127);
                    if rest < 128 {
                        block.push(u8::try_from(rest).expect("it was looked at"));
                    } else {
                        block.extend(
                            [u8::try_from(rest % 128 + 128), u8::try_from(rest / 128)]
                                .map(|b| b.expect("it was looked at")),
                        );
                    }
                }
                block.extend(text.as_bytes());
            }
        }
        self.send(&frame(1, if has_body { 4 } else { 5 }, stream, &block));
    }

    /// Sends a piece of a body on a stream of HTTP/2.
    pub fn data_http2(&mut self, stream: u32, data: &[u8]) -> io::Result<()> {
        self.try_send(&frame(0, 0, stream, data))
    }

    /// The next frame: its kind, its stream and what is in it. Settings and pings are answered. `None` when the connection
    /// has ended.
    pub fn frame_http2(&mut self) -> Option<(u8, u32, Vec<u8>)> {
        loop {
            let mut head = [0; 9];
            self.read_exact(&mut head).ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
            let mut inside = vec![0; usize::try_from(length).expect("a number")];
            self.read_exact(&mut inside).ok()?;
            match (head[3], head[4]) {
                (4, 0) => drop(self.try_send(&frame(4, 1, 0, &[]))),
                (6, 0) => drop(self.try_send(&frame(6, 1, 0, &inside))),
                (kind, _) => return Some((kind, stream, inside)),
            }
        }
    }

    /// Reads frames until a stream is reset; `false` if the connection ends instead.
    pub fn until_reset_http2(&mut self, stream: u32) -> bool {
        while let Some((kind, of, _)) = self.frame_http2() {
            if kind == 3 && of == stream {
                return true;
            }
        }
        false
    }
}

fn frame(kind: u8, flags: u8, stream: u32, inside: &[u8]) -> Vec<u8> {
    let length = u32::try_from(inside.len()).expect("a short frame").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(inside);
    frame
}

impl Read for Connection {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Way::Clear(stream) => stream.read(into),
            Way::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Way::Clear(stream) => stream.write(bytes),
            Way::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Way::Clear(stream) => stream.flush(),
            Way::Tls(stream) => stream.flush(),
        }
    }
}
