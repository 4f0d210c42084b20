//! A mail app as small as can be.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::people::Login;
use crate::server::Server;

trait Io: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

/// One connection.
pub(crate) struct App {
    stream: BufReader<Box<dyn Io>>,
    line: String,
}

/// Where to connect, and how.
#[derive(Clone)]
pub(crate) struct Door {
    address: SocketAddr,
    trust: Option<Arc<ClientConfig>>,
}

impl Door {
    pub(crate) fn of(server: &Server, tls: bool) -> Self {
        if tls { Self::tls(server.tls, &server.trust) } else { Self::plain(server.clear) }
    }

    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { address, trust: None }
    }

    pub(crate) fn tls(address: SocketAddr, trust: &Arc<ClientConfig>) -> Self {
        Self { address, trust: Some(Arc::clone(trust)) }
    }
}

impl App {
    /// Connects and reads the greeting.
    pub(crate) async fn connect(door: &Door) -> io::Result<Self> {
        let socket = TcpStream::connect(door.address).await?;
        socket.set_nodelay(true)?;
        let stream: Box<dyn Io> = match &door.trust {
            None => Box::new(socket),
            Some(trust) => {
                let name = ServerName::try_from("localhost").expect("a name");
                Box::new(TlsConnector::from(Arc::clone(trust)).connect(name, socket).await?)
            }
        };
        let mut app = Self { stream: BufReader::with_capacity(16 * 1024, stream), line: String::new() };
        app.hear("* OK").await?;
        Ok(app)
    }

    pub(crate) async fn sign_in(door: &Door, login: &Login) -> io::Result<Self> {
        let mut app = Self::connect(door).await?;
        app.ask(&format!("a LOGIN {} {}\r\n", login.name, login.secret), "a OK").await?;
        Ok(app)
    }

    /// Says something, and reads lines until one begins as it should.
    pub(crate) async fn ask(&mut self, text: &str, answer: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await?;
        self.hear(answer).await
    }

    async fn hear(&mut self, start: &str) -> io::Result<()> {
        loop {
            self.line.clear();
            if self.stream.read_line(&mut self.line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.line.starts_with(start) {
                return Ok(());
            }
            if !self.line.starts_with('*') {
                return Err(io::Error::other(format!("{:?} came where {start:?} was expected", self.line)));
            }
        }
    }

    /// Asks for the message and throws it away.
    pub(crate) async fn fetch(&mut self, bytes: usize, scratch: &mut [u8]) -> io::Result<()> {
        self.stream.write_all(b"f FETCH 1 BODY[]\r\n").await?;
        self.stream.flush().await?;
        self.line.clear();
        self.stream.read_line(&mut self.line).await?;
        let mut rest = bytes;
        while rest > 0 {
            let some = rest.min(scratch.len());
            let read = self.stream.read(&mut scratch[..some]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            rest -= read;
        }
        self.line.clear();
        self.stream.read_line(&mut self.line).await?;
        self.hear("f OK").await
    }

    /// Waits until the connection is closed.
    pub(crate) async fn until_closed(&mut self) {
        let mut scratch = [0; 512];
        // Closed without TLS's own goodbye it is closed all the same.
        while matches!(self.stream.read(&mut scratch).await, Ok(n) if n > 0) {}
    }
}
