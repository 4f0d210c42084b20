//! One app's connection, or a proxy's with the requests of many.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use valetkey_accounts::Place;
use valetkey_accounts::gate::OpenUse;
use valetkey_domain::CredentialId;

use super::exchange::{End, Exchange, Passed};
use super::socket::Socket;

/// Credentials whose last uses a connection keeps: an app has one, and changes it now and then.
const KEPT_MAX: usize = 4;

/// A connection.
pub(super) struct Connection {
    socket: Arc<Socket>,
    pub(super) peer: SocketAddr,
    whose: Whose,
    is_http2: bool,
    /// Its place among those that have not signed in.
    lobby: Mutex<Option<Place>>,
    /// The last use of each credential by which something was asked here. It stays until the connection ends: what was
    /// answered may not have left yet, and an app that is signed out is so wherever it was connected.
    kept: Mutex<Vec<(CredentialId, OpenUse)>>,
    busy: AtomicUsize,
    begun: AtomicUsize,
    /// What has passed on it, if it is one app's.
    passed: Arc<Passed>,
}

impl Connection {
    pub(super) fn new(socket: Arc<Socket>, peer: SocketAddr, kind: Kind, lobby: Place) -> Arc<Self> {
        let Kind { whose, is_http2 } = kind;
        let (lobby, kept) = (Mutex::new(Some(lobby)), Mutex::default());
        let (busy, begun) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { socket, peer, whose, is_http2, lobby, kept, busy, begun, passed: Arc::default() })
    }

    /// Where what a request carries is counted.
    pub(super) fn passed(&self) -> Arc<Passed> {
        if self.is_shared() { Arc::default() } else { Arc::clone(&self.passed) }
    }

    /// Whether other people's requests come on it too.
    fn is_shared(&self) -> bool {
        matches!(self.whose, Whose::AProxys)
    }

    /// The client's own address; on a proxy's connection it is what the proxy says last.
    pub(super) fn network(&self, headers: &HeaderMap) -> Option<IpAddr> {
        if let Whose::AnApps(network) = self.whose {
            return network.map(|address| address.to_canonical());
        }
        let said = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        let last = said.rsplit(',').next()?.trim().trim_start_matches('[').trim_end_matches(']');
        last.parse::<IpAddr>().ok().map(|address| address.to_canonical())
    }

    /// The client's own port; 0 where only a proxy knows it.
    pub(super) fn port(&self) -> u16 {
        if self.is_shared() { 0 } else { self.peer.port() }
    }

    /// Which address of ours it came to.
    pub(super) fn arrived_at(&self) -> io::Result<SocketAddr> {
        self.socket.local_address()
    }

    /// A request and what is to be shut with it. On HTTP/1.1 a connection is one request's as long as that is under way,
    /// also a proxy's.
    pub(super) fn exchange(&self, end: Arc<End>) -> Arc<Exchange> {
        let is_its_own = !self.is_shared() || !self.is_http2;
        Exchange::new(is_its_own.then(|| Arc::clone(&self.socket)), end)
    }

    /// Somebody has signed in: the lobby is for those who have not.
    pub(super) fn leave_lobby(&self) {
        drop(lock(&self.lobby).take());
    }

    /// Keeps a use whose request is answered.
    pub(super) fn keep(&self, credential: CredentialId, open: OpenUse) {
        if self.is_shared() {
            return;
        }
        let mut kept = lock(&self.kept);
        let before = kept.iter().position(|(known, _)| *known == credential);
        let oldest = (kept.len() >= KEPT_MAX).then_some(0);
        let old = before.or(oldest).map(|at| kept.remove(at));
        kept.push((credential, open));
        drop(kept);
        // Ending a use takes other locks.
        drop(old);
    }

    /// A request begins; it is under way until what is given is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Waits until no request has been under way for so long, or up to twice as long.
    pub(super) async fn idles(&self, limit: Duration) {
        let mut before = None;
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            let is_idle = self.busy.load(Ordering::Relaxed) == 0 && before.replace(begun) == Some(begun);
            if is_idle {
                return;
            }
            tokio::time::sleep(limit).await;
        }
    }
}

/// What a connection is like.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) whose: Whose,
    pub(super) is_http2: bool,
}

/// Whose requests come on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    /// One app's, and where that is, if it is known. Proxies that speak the PROXY protocol have a connection for each, too.
    AnApps(Option<IpAddr>),
    /// Many people's, by a proxy that says of each request in `X-Forwarded-For` where it came from.
    AProxys,
}

/// A request that is under way.
pub(super) struct Busy(Arc<Connection>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
