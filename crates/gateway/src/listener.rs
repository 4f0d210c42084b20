//! Listening sockets and the loop that takes connections from them.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use valetkey_accounts::Stop;

/// Connections that the kernel keeps until they are taken.
const BACKLOG: i32 = 4096;
/// A client that says nothing for so long is asked whether it is still there; mail apps idle for half an hour.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(300);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(60);
/// How long taking connections pauses when there is no descriptor left for one.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// A listening socket. `[::]` listens on IPv4 too.
pub struct Listener {
    inner: TcpListener,
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    /// Which.
    pub address: SocketAddr,
    /// Why.
    #[source]
    pub source: io::Error,
}

impl Listener {
    /// Finds out whether an address is free; port 0 becomes a free one.
    ///
    /// Several sockets listen on it afterwards, and the kernel would let another program join them.
    pub fn reserve(address: SocketAddr) -> Result<SocketAddr, ListenError> {
        let reserve = || {
            let socket = socket(address)?;
            socket.bind(&address.into())?;
            let bound = socket.local_addr()?.as_socket();
            bound.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))
        };
        reserve().map_err(|source| ListenError { address, source })
    }

    /// Listens on an address beside others of this program: the kernel spreads connections over them. Call it inside the
    /// runtime that is to serve them.
    pub fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let bind = || {
            let socket = socket(address)?;
            socket.set_reuse_port(true)?;
            // Accepted sockets inherit these, which saves setting them on each.
            socket.set_tcp_nodelay(true)?;
            socket.set_tcp_keepalive(&keepalive())?;
            socket.bind(&address.into())?;
            socket.listen(BACKLOG)?;
            TcpListener::from_std(socket.into())
        };
        bind().map(|inner| Self { inner }).map_err(|source| ListenError { address, source })
    }

    /// Listens on a socket that is open already, beside others of this program. Call it as [`Listener::bind`].
    pub fn adopt(open: &std::net::TcpListener) -> Result<Self, ListenError> {
        let adopt = || {
            let socket = Socket::from(open.try_clone()?);
            socket.set_nonblocking(true)?;
            socket.set_tcp_nodelay(true)?;
            socket.set_tcp_keepalive(&keepalive())?;
            TcpListener::from_std(socket.into())
        };
        let address = open.local_addr().unwrap_or_else(|_| (Ipv6Addr::UNSPECIFIED, 0).into());
        adopt().map(|inner| Self { inner }).map_err(|source| ListenError { address, source })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// Takes connections until `stop`.
    pub async fn run(self, mut stop: Stop, mut serve: impl FnMut(TcpStream, SocketAddr)) {
        loop {
            let taken = tokio::select! {
                biased;
                taken = self.inner.accept() => taken,
                () = stop.asked() => return,
            };
            match taken {
                Ok((stream, peer)) => serve(stream, peer),
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "connections cannot be taken");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
    }
}

/// Has the kernel ask now and then whether the other side is still there.
pub(crate) fn keep_alive(socket: &TcpStream) -> io::Result<()> {
    SockRef::from(socket).set_tcp_keepalive(&keepalive())
}

fn keepalive() -> TcpKeepalive {
    TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY).with_retries(3)
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    socket.set_reuse_address(true)?;
    Ok(socket)
}

/// Whether the error is that of a connection that went away before it was taken.
fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
