//! A client of any protocol of lines that says exactly what it is told to, byte by byte if need be.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::clock::PATIENCE;

/// A connection.
pub struct Talk {
    stream: BufReader<Stream>,
    ca: PathBuf,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Connects without a word.
///
/// # Panics
/// If nobody takes the connection.
pub fn socket(address: SocketAddr) -> TcpStream {
    patient(TcpStream::connect(address).unwrap_or_else(|error| panic!("{address} takes no connection: {error}")))
}

/// The same from an address of this machine's own, which all of 127.0.0.0/8 are.
///
/// # Panics
/// If nobody takes the connection.
pub fn socket_from(client: IpAddr, address: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::new(client, 0).into()).expect("an address of this machine");
    socket.connect(&address.into()).unwrap_or_else(|error| panic!("{address} takes no connection: {error}"));
    patient(socket.into())
}

fn patient(socket: TcpStream) -> TcpStream {
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
pub fn client_hello(ca: &Path) -> Vec<u8> {
    let mut hello = Vec::new();
    tls(ca).write_tls(&mut hello).expect("a vector takes everything");
    hello
}

fn tls(ca: &Path) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(ca).expect("a certificate that try has written");
    roots.add(authority).expect("a certificate that try has made");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("a configuration that works")
}

impl Talk {
    /// Over a socket that is connected, in clear.
    pub fn in_clear(ca: &Path, socket: TcpStream) -> Self {
        Self { stream: BufReader::new(Stream::Clear(socket)), ca: ca.to_owned() }
    }

    /// Over a socket that is connected, with TLS.
    ///
    /// # Panics
    /// If the authority's certificate cannot be read.
    pub fn with_tls(ca: &Path, socket: TcpStream) -> Self {
        let stream = StreamOwned::new(tls(ca), socket);
        Self { stream: BufReader::new(Stream::Tls(Box::new(stream))), ca: ca.to_owned() }
    }

    /// Begins TLS on a connection in clear, whose STARTTLS was answered.
    ///
    /// # Panics
    /// If the connection is encrypted already, or has said more than it should.
    #[must_use]
    pub fn begin_tls(self) -> Self {
        assert!(self.stream.buffer().is_empty(), "said in clear behind the answer: {:?}", self.stream.buffer());
        let Stream::Clear(socket) = self.stream.into_inner() else { panic!("it is encrypted already") };
        Self::with_tls(&self.ca, socket)
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

    /// How long it waits until it can send.
    ///
    /// # Panics
    /// If the limit is zero.
    pub fn wait_at_most(&mut self, limit: Duration) {
        self.socket().set_write_timeout(Some(limit)).expect("a time limit that is not zero");
    }

    /// Says that it sends no more.
    pub fn end(&mut self) {
        // That it is closed already is what the test will see.
        drop(self.socket().shutdown(Shutdown::Write));
    }

    /// Goes away without a word: what it has not read is lost, and who sends to it hears so.
    ///
    /// # Panics
    /// If the socket is none.
    pub fn break_off(mut self) {
        socket2::SockRef::from(&*self.socket()).set_linger(Some(Duration::ZERO)).expect("a socket");
    }

    fn socket(&mut self) -> &mut TcpStream {
        match self.stream.get_mut() {
            Stream::Clear(socket) => socket,
            Stream::Tls(stream) => &mut stream.sock,
        }
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

    /// The next so many bytes.
    ///
    /// # Panics
    /// If they do not come.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).expect("as many bytes as were announced");
        bytes
    }

    /// Waits until the connection is closed; gives what was said until then.
    pub fn until_closed(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).collect()
    }

    /// Whether the connection is closed by now: its end lies in the socket, and nobody waits for it.
    ///
    /// # Panics
    /// If the socket cannot be read.
    pub fn is_closed_already(&mut self) -> bool {
        let socket = self.socket();
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
