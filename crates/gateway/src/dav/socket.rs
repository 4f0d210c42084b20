//! Sockets that are read and written in one place and can be shut from another.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::Shutdown;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Sleep;

use crate::upstream::Reach;

/// Where a server is.
#[derive(Clone, Debug)]
pub enum Location {
    /// At an address.
    Tcp(SocketAddr),
    /// At the file of a Unix socket.
    Unix(PathBuf),
}

/// A connected socket. Whoever holds it keeps its descriptor from being given to somebody else.
pub enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Reach for Location {
    type Socket = Socket;

    async fn reach(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(address) => address.reach().await.map(Socket::Tcp),
            Self::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Socket {
    /// Which address of ours a client connected to.
    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Tcp(stream) => stream.local_addr(),
            Self::Unix(_) => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }

    /// Shuts it in both directions, whatever is under way on it. Waits for nobody.
    pub(super) fn shut(&self) {
        self.shut_down(Shutdown::Both);
    }

    /// The same for one that ends in the middle: what was not sent yet is thrown away, and the other side learns of it as
    /// soon as the descriptor is closed. Else one that is writing into a full window could wait a minute for a connection
    /// that is gone, since what the kernel keeps of it goes on to say that there is no room.
    pub(super) fn abort(&self) {
        let at_once = Some(Duration::ZERO);
        // Where it means nothing, it changes nothing.
        let _set = match self {
            Self::Tcp(stream) => rustix::net::sockopt::set_socket_linger(stream, at_once),
            Self::Unix(stream) => rustix::net::sockopt::set_socket_linger(stream, at_once),
        };
        self.shut();
    }

    fn shut_down(&self, which: Shutdown) {
        // That it is closed already is what is wanted.
        let _closed = match self {
            Self::Tcp(stream) => rustix::net::shutdown(stream, which),
            Self::Unix(stream) => rustix::net::shutdown(stream, which),
        };
    }

    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(cx),
            Self::Unix(stream) => stream.poll_read_ready(cx),
        }
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            Self::Unix(stream) => stream.poll_write_ready(cx),
        }
    }

    fn try_read(&self, into: &mut ReadBuf<'_>) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read_buf(into),
            Self::Unix(stream) => stream.try_read_buf(into),
        }
    }

    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write_vectored(slices),
            Self::Unix(stream) => stream.try_write_vectored(slices),
        }
    }
}

/// A socket as a protocol reads and writes it. There is one for each socket.
pub(super) struct Channel {
    socket: Arc<Socket>,
    /// What was read already, to find out which protocol is spoken.
    ahead: Vec<u8>,
    /// How long the other side may take nothing of what is written.
    patience: Duration,
    /// Runs while it takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Channel {
    pub(super) fn new(socket: Arc<Socket>, patience: Duration) -> Self {
        Self { socket, ahead: Vec::new(), patience, stalled: None }
    }

    /// Reads ahead while what comes is the beginning of `text`; says whether it was all of it.
    pub(super) async fn begins_with(&mut self, text: &[u8]) -> io::Result<bool> {
        while self.ahead.len() < text.len() && text.starts_with(&self.ahead) {
            let mut bytes = [0; 64];
            let most = text.len() - self.ahead.len();
            let mut some = ReadBuf::new(&mut bytes[..most.min(64)]);
            std::future::poll_fn(|cx| self.poll_socket(cx, &mut some)).await?;
            if some.filled().is_empty() {
                break;
            }
            self.ahead.extend_from_slice(some.filled());
        }
        Ok(self.ahead == text)
    }

    fn poll_socket(&self, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            match self.socket.try_read(into) {
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(ready) = self.socket.poll_write_ready(cx) {
            self.stalled = None;
            return Poll::Ready(ready);
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Channel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ahead.is_empty() {
            return this.poll_socket(cx, into);
        }
        let count = this.ahead.len().min(into.remaining());
        into.put_slice(&this.ahead[..count]);
        this.ahead.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Channel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            ready!(this.poll_room(cx))?;
            match this.socket.try_write(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.shut_down(Shutdown::Write);
        Poll::Ready(Ok(()))
    }
}
