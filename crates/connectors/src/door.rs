//! Where servers that ask come in: a TCP address, or a Unix socket of which the file system says who may use it.

use std::fmt;
use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use valetkey_accounts::{Place, Places, Stop};
use valetkey_domain::Clock;

use crate::seldom::Seldom;

/// Connections that the kernel keeps until they are taken.
const BACKLOG: i32 = 4096;
/// How long taking connections pauses when there is no descriptor left for one.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// An address and port; port 0 takes a free one.
    Tcp(SocketAddr),
    /// A socket's file.
    Unix(PathBuf),
}

/// Who may use a socket's file, beside its owner.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// As `chmod` takes it, `0o660`.
    pub mode: u32,
    /// The group that it is given to.
    pub group: Option<u32>,
}

/// A place where connections are taken. A socket's file is removed when this is dropped.
pub struct Door(Listener);

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// A socket's file, removed when dropped.
struct SocketFile(PathBuf);

/// A connection.
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// From this machine.
    Unix(UnixStream),
}

impl Door {
    /// Listens. Call it inside the runtime that is to serve the connections.
    pub fn open(location: &Location, access: Access) -> io::Result<Self> {
        match location {
            Location::Tcp(address) => {
                let listener = std::net::TcpListener::bind(address)?;
                // Once more, for a longer queue: a server that was restarted comes with all its connections at once.
                rustix::net::listen(&listener, BACKLOG)?;
                // Without it an answer may wait for the other side's acknowledgement. What is accepted inherits it.
                rustix::net::sockopt::set_tcp_nodelay(&listener, true)?;
                listener.set_nonblocking(true)?;
                Ok(Self(Listener::Tcp(TcpListener::from_std(listener)?)))
            }
            Location::Unix(path) => {
                let listener = bind_unix(path, access)?;
                Ok(Self(Listener::Unix(listener, SocketFile(path.clone()))))
            }
        }
    }

    /// Where it listens, with the port that it took.
    pub fn location(&self) -> io::Result<Location> {
        match &self.0 {
            Listener::Tcp(listener) => listener.local_addr().map(Location::Tcp),
            Listener::Unix(_, file) => Ok(Location::Unix(file.0.clone())),
        }
    }

    /// Takes connections until `stop`, each with its place among so many. What is more is closed at once.
    pub async fn run(
        self,
        places: &Arc<Places>,
        clock: &dyn Clock,
        mut stop: Stop,
        mut serve: impl FnMut(Stream, Option<SocketAddr>, Place),
    ) {
        let surplus = Seldom::default();
        loop {
            let taken = tokio::select! {
                biased;
                () = stop.asked() => return,
                taken = self.accept() => taken,
            };
            match taken {
                Ok((stream, peer)) => {
                    match places.enter(peer.map(|peer| peer.ip()).filter(|ip| !ip.to_canonical().is_loopback())) {
                        Some(place) => serve(stream, peer, place),
                        None if surplus.is_due(clock.boot_time()) => {
                            let at = self.location().map(|location| location.to_string()).unwrap_or_default();
                            tracing::warn!(at, "too many connections of servers that ask: what is more is closed");
                        }
                        None => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "connections cannot be taken");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
    }

    async fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        match &self.0 {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Stream::Tcp(stream), Some(peer)))
            }
            Listener::Unix(listener, _) => listener.accept().await.map(|(stream, _)| (Stream::Unix(stream), None)),
        }
    }
}

/// Makes a Unix socket that nobody can reach before its permissions are set. A file that lies there is replaced if it is a
/// socket at which nobody answers.
pub fn bind_unix(path: &Path, access: Access) -> io::Result<UnixListener> {
    if path.symlink_metadata().is_ok_and(|found| found.file_type().is_socket()) {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens there"));
        }
        std::fs::remove_file(path)?;
    }
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let bound = std::os::unix::net::UnixListener::bind(path);
    rustix::process::umask(mask);
    let listener = bound?;
    // The shipped unit forbids it, so it is only done where it is asked for.
    if let Some(group) = access.group {
        chown(path, None, Some(group))?;
    }
    std::fs::set_permissions(path, Permissions::from_mode(access.mode))?;
    rustix::net::listen(&listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        drop(std::fs::remove_file(&self.0));
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCESS: Access = Access { mode: 0o660, group: None };

    #[tokio::test]
    async fn a_socket_has_its_permissions_and_goes_with_its_door() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("auth");
        let location = Location::Unix(path.clone());
        let door = Door::open(&location, ACCESS).expect("it opens");
        assert_eq!(door.location().expect("it is known"), location);
        let found = path.metadata().expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, 0o660);
        let second = Door::open(&location, ACCESS).err().expect("it is in use");
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse, "a door that somebody stands in is not taken away");
        drop(door);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_a_dead_server_left_is_replaced_and_other_files_are_not() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let left = dir.path().join("left");
        drop(std::os::unix::net::UnixListener::bind(&left).expect("a socket"));
        assert!(left.exists(), "its file stays");
        assert!(Door::open(&Location::Unix(left), ACCESS).is_ok());
        let file = dir.path().join("file");
        std::fs::write(&file, "of somebody").expect("a file of ours");
        assert!(Door::open(&Location::Unix(file.clone()), ACCESS).is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "of somebody");
    }
}
