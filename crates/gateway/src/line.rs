//! One app's connection: its socket, the upstream's, and what is between them. It can be severed at any moment, by
//! anybody, without waiting.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, Shutdown};
use tokio::io::Interest;
use tokio::net::TcpStream;
use valetkey_accounts::gate::{CutReason, Sever, Traffic};
use valetkey_wire::conversation::{Farewell, Relay};
use zeroize::Zeroize;

use crate::buffers::{Lent, SMALL, add_wiping};
use crate::tls::{Stage, Tls};

/// What an app is told in its protocol's words.
pub(crate) type Words = fn(Farewell) -> &'static [u8];

/// One app's connection. Whoever holds it keeps the sockets' descriptors from being given to somebody else.
pub(crate) struct Line {
    app: TcpStream,
    #[expect(clippy::disallowed_types, reason = "set once, and read by a cut that must not wait for the state's lock")]
    upstream: std::sync::OnceLock<TcpStream>,
    pub(crate) peer: SocketAddr,
    /// The client's own address, unless it is hidden by a proxy.
    pub(crate) network: Option<IpAddr>,
    words: Words,
    /// Whether the app signs in with a token.
    has_token: AtomicBool,
    /// Bytes from the app and to it, since the relay began.
    passed: [AtomicU64; 2],
    state: Mutex<State>,
}

/// One of the two whom a line connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    App,
    Upstream,
}

impl End {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::App => Self::Upstream,
            Self::Upstream => Self::App,
        }
    }
}

/// What is on its way. Between two moments in which bytes move, every buffer is empty and holds no memory.
pub(crate) struct State {
    app: Side,
    upstream: Side,
    /// After the sign-in.
    pub(crate) relay: Option<Box<dyn Relay>>,
}

/// One side's bytes.
#[derive(Default)]
pub(crate) struct Side {
    tls: Option<Box<Tls>>,
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
    pub(crate) fn new(app: TcpStream, peer: SocketAddr, network: Option<IpAddr>, words: Words) -> Arc<Self> {
        let network = network.map(|address| address.to_canonical());
        let state = State { app: Side::default(), upstream: Side::default(), relay: None };
        Arc::new(Self {
            app,
            upstream: std::sync::OnceLock::new(),
            peer,
            network,
            words,
            has_token: AtomicBool::new(false),
            passed: Default::default(),
            state: Mutex::new(state),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that what the app shows is a token: its farewell speaks of no app password.
    pub(crate) fn comes_with_token(&self, has_token: bool) {
        self.has_token.store(has_token, Ordering::Relaxed);
    }

    fn farewell(&self, reason: CutReason) -> Farewell {
        match reason {
            CutReason::Revoked if self.has_token.load(Ordering::Relaxed) => Farewell::Removed,
            CutReason::Revoked => Farewell::Revoked,
            CutReason::SignedOut => Farewell::SignedOut,
            CutReason::ShuttingDown => Farewell::ShuttingDown,
            CutReason::StoreLost => Farewell::Unavailable,
        }
    }

    /// Counts what one end said and was passed on.
    pub(crate) fn count(&self, from: End, bytes: usize) {
        self.passed[from as usize].fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How many bytes have been passed on, in both directions.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.iter().map(|passed| passed.load(Ordering::Relaxed)).sum()
    }

    /// The socket of one end; the upstream has one once it is attached.
    pub(crate) fn socket(&self, end: End) -> io::Result<&TcpStream> {
        match end {
            End::App => Ok(&self.app),
            End::Upstream => self.upstream.get().ok_or_else(|| io::ErrorKind::NotConnected.into()),
        }
    }

    /// Adds the upstream's socket: under the use's lock, so that a cut comes either before, and is seen, or after, and
    /// finds it.
    pub(crate) fn attach(&self, upstream: TcpStream) {
        let attached = self.upstream.set(upstream);
        debug_assert!(attached.is_ok(), "a line goes upstream once");
    }

    /// Begins TLS with one end: what was received in clear and not used is thrown away. `opening` is what begins the
    /// handshake, if that is for us to do. `false` if the other side left before the handshake was done.
    pub(crate) async fn begin_tls(&self, end: End, tls: Tls, opening: Vec<u8>) -> io::Result<bool> {
        {
            let mut state = self.lock();
            let side = state.side(end);
            side.heard.zeroize();
            side.heard = Vec::new();
            side.tls = Some(Box::new(tls));
            side.unsent = opening;
        }
        self.flush(end).await?;
        while self.lock().side(end).is_handshaking() {
            if !self.hear(end).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads once from one end, before the relay has begun; `false` if it has ended.
    pub(crate) async fn hear(&self, end: End) -> io::Result<bool> {
        let socket = self.socket(end)?;
        let more = std::future::poll_fn(|cx| {
            let mut buffer = Lent::new(SMALL);
            let read = ready!(poll_read(socket, cx, &mut buffer))?;
            let taken = self.lock().side(end).take_in(&mut buffer[..read]);
            // TLS is taken off in place, and what comes out may be a password.
            buffer[..read].zeroize();
            taken.map(|()| Poll::Ready(Ok::<_, io::Error>(read > 0)))?
        })
        .await;
        // An alert, or the handshake's next message, goes out in any case.
        let flushed = self.flush(end).await;
        let more = more?;
        flushed?;
        Ok(more)
    }

    /// Sends the app a text, and all that waits before it.
    pub(crate) async fn say_to_app(&self, text: &[u8]) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.lock().app.queue(text)?;
        self.flush(End::App).await
    }

    /// Sends the upstream a text, of which no copy in clear stays: the master user's secret is in it.
    pub(crate) async fn say_to_upstream(&self, text: &[u8]) -> io::Result<()> {
        let socket = self.socket(End::Upstream)?;
        if self.lock().upstream.queue_encrypted(text)? {
            return self.flush(End::Upstream).await;
        }
        let mut written = 0;
        std::future::poll_fn(|cx| poll_write(socket, cx, text, &mut written)).await
    }

    async fn flush(&self, end: End) -> io::Result<()> {
        let socket = self.socket(end)?;
        std::future::poll_fn(|cx| poll_flush(socket, cx, &mut self.lock().side(end).unsent)).await
    }

    /// Closes both sockets, without waiting for anybody.
    fn close(&self) {
        for socket in [Some(&self.app), self.upstream.get()].into_iter().flatten() {
            // That it is closed already is what is wanted.
            let _closed = rustix::net::shutdown(socket, Shutdown::Both);
        }
    }

    /// Tries to send what the gateway itself has answered. Never waits.
    pub(crate) fn say_last_replies(&self) {
        self.lock().say_last_replies(&self.app);
    }

    /// Tries to tell the app why its connection ends. Never waits.
    pub(crate) fn say_goodbye(&self, why: Farewell) {
        let text = (self.words)(why);
        match self.state.try_lock() {
            Ok(mut state) => state.say_goodbye(&self.app, text),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().say_goodbye(&self.app, text),
            // Bytes are moving: no farewell, only the end.
            Err(TryLockError::WouldBlock) => {}
        }
    }
}

/// An app may leave in the middle of what it had to say.
impl Drop for State {
    fn drop(&mut self) {
        self.app.heard.zeroize();
    }
}

impl State {
    pub(crate) fn side(&mut self, end: End) -> &mut Side {
        match end {
            End::App => &mut self.app,
            End::Upstream => &mut self.upstream,
        }
    }

    /// Tries to tell the app what the gateway itself has to say, before its connection is closed. Never waits.
    fn say_last_replies(&mut self, app: &TcpStream) {
        if let Some(replies) = self.relay.as_deref_mut().map(Relay::take_replies) {
            self.say_goodbye(app, &replies);
        }
    }

    /// Tries to tell the app why, if nothing is on its way and its stream stands between two lines. Never waits.
    fn say_goodbye(&mut self, app: &TcpStream, text: &[u8]) {
        let between_lines = self.relay.as_ref().is_none_or(|relay| relay.is_between_lines());
        let side = &mut self.app;
        if text.is_empty() || !between_lines || side.is_handshaking() || !side.unsent.is_empty() {
            return;
        }
        if side.queue(text).is_err() {
            return;
        }
        if let Some(tls) = &mut side.tls {
            tls.say_goodbye(&mut side.unsent);
        }
        // What does not fit into the socket's buffer now is not sent.
        drop(app.try_write(&side.unsent));
        side.unsent = Vec::new();
    }
}

impl Side {
    /// Whether what is sent to it is encrypted.
    pub(crate) fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    fn is_handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.stage() == Stage::Handshaking)
    }

    /// Forgets what it said first and was used: there may be a password in it.
    pub(crate) fn forget(&mut self, used: usize) {
        self.heard[..used].zeroize();
        self.heard.drain(..used);
    }

    /// Takes in what was read from its socket.
    pub(crate) fn take_in(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        match &mut self.tls {
            None => add_wiping(&mut self.heard, bytes),
            Some(tls) => {
                tls.receive(bytes, &mut self.heard, &mut self.unsent).map_err(invalid)?;
                self.ended |= tls.stage() == Stage::PeerClosed;
            }
        }
        Ok(())
    }

    /// The same where it is to be encrypted; `false` if it is not.
    fn queue_encrypted(&mut self, text: &[u8]) -> io::Result<bool> {
        if self.has_tls() { self.queue(text).map(|()| true) } else { Ok(false) }
    }

    /// Puts a text behind what waits to be sent to it.
    pub(crate) fn queue(&mut self, text: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => self.unsent.extend_from_slice(text),
            Some(tls) => tls.encrypt(text, &mut self.heard, &mut self.unsent).map_err(invalid)?,
        }
        Ok(())
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl Sever for Line {
    fn traffic(&self) -> Option<Traffic> {
        let [from_app, to_app] = self.passed.each_ref().map(|passed| passed.load(Ordering::Relaxed));
        Some(Traffic { from_app, to_app })
    }

    /// With the state locked from the look to the end: no byte is passed on between them.
    fn sever_at_rest(&self, cut: CutReason) -> bool {
        let Ok(mut state) = self.state.try_lock() else { return false };
        let nothing_waits = |side: &Side| side.heard.is_empty() && side.unsent.is_empty();
        // Before the sign-in is done nothing is known: it ends soon.
        let is_at_rest = state.relay.as_ref().is_some_and(|relay| relay.is_at_rest());
        if !is_at_rest || !nothing_waits(&state.app) || !nothing_waits(&state.upstream) {
            return false;
        }
        state.say_goodbye(&self.app, (self.words)(self.farewell(cut)));
        self.close();
        true
    }

    fn sever(&self, cut: Option<CutReason>) {
        if let Some(reason) = cut {
            // Whatever becomes of the farewell, the sockets are closed, and so are those of whoever is next.
            let said = std::panic::catch_unwind(AssertUnwindSafe(|| self.say_goodbye(self.farewell(reason))));
            if said.is_err() {
                tracing::error!(network = %self.peer.ip(), "a farewell could not be said");
            }
        }
        self.close();
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
