//! One app's connection: its socket, the upstream's, and what is between them. It can be severed at any moment, by
//! anybody, without waiting.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, Shutdown};
use rustls::ServerConfig;
use tokio::io::Interest;
use tokio::net::TcpStream;
use valetkey_accounts::gate::{CutReason, Sever};
use valetkey_wire::imap::Relay;
use zeroize::Zeroize;

use crate::buffers::{Lent, SMALL, add_wiping};
use crate::tls::{Stage, Tls};

/// One app's connection. Whoever holds it keeps the sockets' descriptors from being given to somebody else.
pub(crate) struct Line {
    pub(crate) client: TcpStream,
    #[expect(clippy::disallowed_types, reason = "set once, and read by a cut that must not wait for the state's lock")]
    upstream: std::sync::OnceLock<TcpStream>,
    pub(crate) peer: SocketAddr,
    /// The client's own address, unless it is hidden by a proxy.
    pub(crate) network: Option<IpAddr>,
    state: Mutex<State>,
}

/// What is on its way. Between two moments in which bytes move, every buffer is empty and holds no memory.
pub(crate) struct State {
    pub(crate) tls: Option<Box<Tls>>,
    pub(crate) client: Side,
    pub(crate) upstream: Side,
    /// After the sign-in.
    pub(crate) relay: Option<Box<Relay>>,
}

/// One side's bytes.
#[derive(Default)]
pub(crate) struct Side {
    /// What it said and nobody has used yet.
    pub(crate) heard: Vec<u8>,
    /// Bytes for its socket, encrypted if they are to be.
    pub(crate) unsent: Vec<u8>,
    /// Whether it says no more.
    pub(crate) ended: bool,
    /// Whether the last reading filled its buffer, so that a larger one is worth its memory.
    pub(crate) says_much: bool,
}

impl Line {
    #[expect(clippy::disallowed_types, reason = "see the field")]
    pub(crate) fn new(client: TcpStream, peer: SocketAddr, network: Option<IpAddr>) -> Arc<Self> {
        let network = network.map(|address| address.to_canonical());
        let state = State { tls: None, client: Side::default(), upstream: Side::default(), relay: None };
        Arc::new(Self { client, upstream: std::sync::OnceLock::new(), peer, network, state: Mutex::new(state) })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn upstream(&self) -> Option<&TcpStream> {
        self.upstream.get()
    }

    /// Adds the upstream's socket: under the use's lock, so that a cut comes either before, and is seen, or after, and
    /// finds it.
    pub(crate) fn attach(&self, upstream: TcpStream) {
        let attached = self.upstream.set(upstream);
        debug_assert!(attached.is_ok(), "a line goes upstream once");
    }

    /// Begins TLS: what was received in clear and not used is thrown away.
    pub(crate) fn begin_tls(&self, config: &Arc<ServerConfig>) -> io::Result<()> {
        let mut state = self.lock();
        state.client.heard.zeroize();
        state.client.heard = Vec::new();
        state.tls = Some(Box::new(Tls::new(config).map_err(io::Error::other)?));
        Ok(())
    }

    /// Whether the app can be spoken to: there is no TLS, or its handshake is done.
    pub(crate) fn is_ready(&self) -> bool {
        self.lock().tls.as_ref().is_none_or(|tls| tls.stage() != Stage::Handshaking)
    }

    /// Reads once from the app, before it has signed in; `false` if it has ended.
    pub(crate) async fn hear_client(&self) -> io::Result<bool> {
        let more = std::future::poll_fn(|cx| {
            let mut buffer = Lent::new(SMALL);
            let read = ready!(poll_read(&self.client, cx, &mut buffer))?;
            let taken = self.lock().take_in(&mut buffer[..read]);
            // TLS is taken off in place, and what comes out may be a password.
            buffer[..read].zeroize();
            taken.map(|()| Poll::Ready(Ok::<_, io::Error>(read > 0)))?
        })
        .await;
        // An alert, or the handshake's next message, goes out in any case.
        let flushed = self.flush_client().await;
        let more = more?;
        flushed?;
        Ok(more)
    }

    /// Reads once from the upstream; `false` if it has ended.
    pub(crate) async fn hear_upstream(&self) -> io::Result<bool> {
        let upstream = self.upstream().ok_or(io::ErrorKind::NotConnected)?;
        std::future::poll_fn(|cx| {
            let mut buffer = Lent::new(SMALL);
            let read = ready!(poll_read(upstream, cx, &mut buffer))?;
            self.lock().upstream.heard.extend_from_slice(&buffer[..read]);
            Poll::Ready(Ok(read > 0))
        })
        .await
    }

    /// Sends the app a text, and all that waits before it.
    pub(crate) async fn say_to_client(&self, text: &[u8]) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.lock().queue_for_client(text)?;
        self.flush_client().await
    }

    pub(crate) async fn flush_client(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| {
            let mut state = self.lock();
            poll_flush(&self.client, cx, &mut state.client.unsent)
        })
        .await
    }

    fn say_goodbye(&self, text: &[u8]) {
        match self.state.try_lock() {
            Ok(mut state) => state.say_goodbye(&self.client, text),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().say_goodbye(&self.client, text),
            // Bytes are moving: no farewell, only the end.
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Sends the upstream a text, of which no copy stays: the master user's secret is in it.
    pub(crate) async fn say_to_upstream(&self, text: &[u8]) -> io::Result<()> {
        let upstream = self.upstream().ok_or(io::ErrorKind::NotConnected)?;
        let mut written = 0;
        std::future::poll_fn(|cx| poll_write(upstream, cx, text, &mut written)).await
    }
}

impl Side {
    /// Forgets what it said first and was used: there may be a password in it.
    pub(crate) fn forget(&mut self, used: usize) {
        self.heard[..used].zeroize();
        self.heard.drain(..used);
    }
}

/// An app may leave in the middle of what it had to say.
impl Drop for State {
    fn drop(&mut self) {
        self.client.heard.zeroize();
    }
}

impl State {
    /// Takes in what was read from the app's socket.
    pub(crate) fn take_in(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        match &mut self.tls {
            None => add_wiping(&mut self.client.heard, bytes),
            Some(tls) => {
                tls.receive(bytes, &mut self.client.heard, &mut self.client.unsent).map_err(invalid)?;
                self.client.ended |= tls.stage() == Stage::PeerClosed;
            }
        }
        Ok(())
    }

    /// Puts a text behind what waits to be sent to the app.
    pub(crate) fn queue_for_client(&mut self, text: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => self.client.unsent.extend_from_slice(text),
            Some(tls) => tls.encrypt(text, &mut self.client.heard, &mut self.client.unsent).map_err(invalid)?,
        }
        Ok(())
    }

    /// Tries to tell the app why, if nothing is on its way and its stream stands between two lines. Never waits.
    pub(crate) fn say_goodbye(&mut self, client: &TcpStream, text: &[u8]) {
        let between_lines = self.relay.as_ref().is_none_or(|relay| relay.is_between_lines());
        let open = self.tls.as_ref().is_none_or(|tls| tls.stage() != Stage::Handshaking);
        if !between_lines || !open || !self.client.unsent.is_empty() || self.queue_for_client(text).is_err() {
            return;
        }
        if let Some(tls) = &mut self.tls {
            tls.say_goodbye(&mut self.client.unsent);
        }
        // What does not fit into the socket's buffer now is not sent.
        drop(client.try_write(&self.client.unsent));
        self.client.unsent = Vec::new();
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn farewell(reason: CutReason) -> &'static [u8] {
    match reason {
        CutReason::Revoked => b"* BYE This app was signed out: its app password does not work any more.\r\n",
        CutReason::SignedOut => b"* BYE This app was signed out by its owner.\r\n",
        CutReason::ShuttingDown => b"* BYE The server is restarting. Please connect again.\r\n",
        CutReason::StoreLost => b"* BYE [UNAVAILABLE] Temporary failure. Please connect again later.\r\n",
    }
}

impl Sever for Line {
    fn sever(&self, cut: Option<CutReason>) {
        if let Some(reason) = cut {
            // Whatever becomes of the farewell, the sockets are closed, and so are those of whoever is next.
            let said = std::panic::catch_unwind(AssertUnwindSafe(|| self.say_goodbye(farewell(reason))));
            if said.is_err() {
                tracing::error!(network = %self.peer.ip(), "a farewell could not be said");
            }
        }
        for socket in [Some(&self.client), self.upstream()].into_iter().flatten() {
            // That it is closed already is what is wanted.
            let _closed = rustix::net::shutdown(socket, Shutdown::Both);
        }
    }
}

/// Reads once. A reading that does not fill the buffer has emptied the socket: that is noted at once, which spares the
/// system call that would find out.
pub(crate) fn poll_read(socket: &TcpStream, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
    loop {
        ready!(socket.poll_read_ready(cx))?;
        let mut some = 0;
        let whole = socket.try_io(Interest::READABLE, || {
            let (read, _) = rustix::net::recv(socket, &mut *buffer, RecvFlags::empty())?;
            if (1..buffer.len()).contains(&read) {
                some = read;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(read)
        });
        match whole {
            Ok(read) => return Poll::Ready(Ok(read)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && some > 0 => return Poll::Ready(Ok(some)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// Writes until nothing waits; what was written takes no memory any more.
pub(crate) fn poll_flush(socket: &TcpStream, cx: &mut Context<'_>, waiting: &mut Vec<u8>) -> Poll<io::Result<()>> {
    let mut written = 0;
    let outcome = poll_write(socket, cx, waiting, &mut written);
    if written == waiting.len() {
        *waiting = Vec::new();
    } else {
        waiting.drain(..written);
    }
    outcome
}

/// Writes what comes behind the first `written` bytes, and counts on.
fn poll_write(socket: &TcpStream, cx: &mut Context<'_>, bytes: &[u8], written: &mut usize) -> Poll<io::Result<()>> {
    while *written < bytes.len() {
        match socket.try_write(&bytes[*written..]) {
            Ok(n) => *written += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(socket.poll_write_ready(cx))?,
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
    Poll::Ready(Ok(()))
}
