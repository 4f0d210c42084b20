//! LDAP, for servers that sign people in by a bind, or look them up: a directory that is read and never written.

mod search;

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use rustls::ServerConfig;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use valetkey_accounts::gate::{CutReason, OpenUse, Sever};
use valetkey_accounts::{Accounts, Place, Places, Stop};
use valetkey_domain::{BootTime, Clock};
use valetkey_wire::ldap::{Bind, BindName, Closing, Event, Identity, Session, Transport};
pub use valetkey_wire::ldap::{MalformedBase, Tree};
use valetkey_wire::sasl::SecretKind;
use zeroize::Zeroizing;

use crate::buffer::Buffer;
use crate::desk::{Desk, Question, Rules, Verdict};
use crate::door::{Door, Stream};

/// How long a client may take to read an answer, or to agree on TLS: one that never does is closed.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may say nothing that is complete. Servers keep theirs for as long as they run, and connect again.
const IDLE_TIME: Duration = Duration::from_hours(1);
/// The same for one that is nobody's.
const NOBODYS_TIME: Duration = Duration::from_mins(1);
/// How much is said at a time: an answer may be a hundred times as long as its question.
const OUT_BYTES: usize = 32 * 1024;
/// How much room for answers is kept while nothing is asked.
const OUT_KEPT: usize = 1024;
/// Connections of one network, loopback left out.
const PER_NETWORK: usize = 1000;

/// How the connector is to work.
pub struct Settings {
    /// How questions are to be understood.
    pub rules: Rules,
    /// Where the directory begins: `dc=example,dc=org`.
    pub tree: Tree,
    /// Who may look people up, each with their secret.
    pub readers: Vec<Reader>,
    /// For LDAPS and StartTLS.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether app passwords may come in clear from other machines.
    pub in_clear: bool,
    /// The most entries that one request, or one page of it, is answered with.
    pub entries_max: u32,
    /// The most connections, of all doors together.
    pub connections_max: usize,
}

/// A server that may look people up.
pub struct Reader {
    /// What it is called: `nextcloud` binds as `cn=nextcloud` beneath the base.
    pub name: String,
    /// Its secret.
    pub secret: Zeroizing<Vec<u8>>,
}

/// How a door's connections begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With TLS (port 636).
    Tls,
    /// In clear, with StartTLS if there is a certificate (port 389).
    Clear,
}

/// The connector.
pub struct Connector {
    desk: Desk,
    tree: Arc<Tree>,
    /// Each with the hash of its secret.
    readers: Vec<(String, [u8; 32])>,
    tls: Option<TlsAcceptor>,
    in_clear: bool,
    entries_max: u32,
    places: Arc<Places>,
}

/// Whose connection it is since the last bind, until their app password is revoked.
struct Bound {
    is_revoked: Arc<Revoked>,
    _open: OpenUse,
}

/// Told in the moment in which an app password is revoked. The connection itself may be a server's, which goes on to ask for
/// other people.
#[derive(Default)]
struct Revoked {
    is_set: AtomicBool,
    told: AtomicWaker,
}

impl Sever for Revoked {
    fn sever(&self, _: Option<CutReason>) {
        self.is_set.store(true, Ordering::Release);
        self.told.wake();
    }
}

impl Bound {
    fn is_revoked(&self) -> bool {
        self.is_revoked.is_set.load(Ordering::Acquire)
    }
}

/// Waits until whoever is bound is so no more; for ever, if nobody is.
async fn revoked(bound: Option<&Bound>) {
    let Some(bound) = bound else { return std::future::pending().await };
    std::future::poll_fn(|cx| {
        bound.is_revoked.told.register(cx.waker());
        if bound.is_revoked() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// How long a connection has said nothing that is complete. One timer looks after it for as long as the connection lasts: to
/// set one with each message would cost as much as the message.
struct Silence {
    since: BootTime,
    look: Pin<Box<Sleep>>,
}

impl Silence {
    fn begin(clock: &dyn Clock) -> Self {
        Self { since: clock.boot_time(), look: Box::pin(tokio::time::sleep(NOBODYS_TIME)) }
    }

    /// Waits until it has lasted that long. Nothing is lost if it is not waited for.
    async fn lasts(&mut self, patience: Duration, clock: &dyn Clock) {
        loop {
            self.look.as_mut().await;
            let left = patience.saturating_sub(clock.boot_time().since(self.since));
            if left.is_zero() {
                return;
            }
            // Soon enough for the shorter patience, which may have come in the meantime.
            self.look.as_mut().set(tokio::time::sleep(left.min(NOBODYS_TIME)));
        }
    }
}

/// Where a connection comes from.
#[derive(Clone, Copy)]
struct Origin {
    network: Option<IpAddr>,
    is_tls: bool,
}

/// How a conversation ends.
enum End {
    Over,
    StartTls,
}

impl Connector {
    /// A connector that listens nowhere yet.
    pub fn new(accounts: Arc<Accounts>, settings: Settings) -> Arc<Self> {
        let Settings { rules, tree, readers, tls, in_clear, entries_max, connections_max } = settings;
        let readers = readers.into_iter().map(|one| (one.name.to_lowercase(), Sha256::digest(&*one.secret).into()));
        Arc::new(Self {
            desk: Desk::new(accounts, rules),
            tree: Arc::new(tree),
            readers: readers.collect(),
            tls: tls.map(TlsAcceptor::from),
            in_clear,
            entries_max,
            places: Places::new(PER_NETWORK, connections_max),
        })
    }

    /// Serves the connections of a door until `stop`.
    pub async fn run(self: Arc<Self>, door: Door, begin: Begin, stop: Stop) {
        let (places, clock) = (Arc::clone(&self.places), Arc::clone(&self.desk.clock));
        let serve = |stream, peer: Option<std::net::SocketAddr>, place| {
            let network = peer.map(|peer| peer.ip().to_canonical());
            drop(tokio::spawn(Arc::clone(&self).serve(stream, network, begin, place)));
        };
        door.run(&places, &*clock, stop, serve).await;
    }

    async fn serve(self: Arc<Self>, stream: Stream, network: Option<IpAddr>, begin: Begin, _place: Place) {
        if let Err(error) = self.converse(stream, network, begin).await {
            tracing::debug!(%error, "a connection ended");
        }
    }

    async fn converse(&self, mut stream: Stream, network: Option<IpAddr>, begin: Begin) -> io::Result<()> {
        let is_here = network.is_none_or(|network| network.is_loopback());
        let mut session = if begin == Begin::Tls {
            Session::new(Arc::clone(&self.tree), Transport::Encrypted)
        } else {
            let transport =
                Transport::Clear { offers_start_tls: self.tls.is_some(), may_bind: is_here || self.in_clear };
            let mut session = Session::new(Arc::clone(&self.tree), transport);
            let origin = Origin { network, is_tls: false };
            match self.speak(&mut stream, &mut session, origin).await? {
                End::Over => return Ok(()),
                // Whatever came behind the request is gone with its buffer: it was not said under TLS.
                End::StartTls => session.after_tls(),
            }
        };
        let Some(tls) = &self.tls else { return Ok(()) };
        let mut stream = tokio::time::timeout(PATIENCE, tls.accept(stream)).await??;
        self.speak(&mut stream, &mut session, Origin { network, is_tls: true }).await?;
        Ok(())
    }

    /// Answers until the end, or until TLS is asked for. Answers to all that was read at once are written at once, unless
    /// they are long: who asks and never reads is to cost little.
    async fn speak(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        session: &mut Session,
        origin: Origin,
    ) -> io::Result<End> {
        let (mut heard, mut out) = (Buffer::new(), Vec::with_capacity(256));
        let mut bound: Option<Bound> = None;
        let mut silence = Silence::begin(&*self.desk.clock);
        loop {
            let patience = if session.identity().is_some() { IDLE_TIME } else { NOBODYS_TIME };
            tokio::select! {
                biased;
                // A use that is over is to be let go of, also by a connection that says no more.
                () = revoked(bound.as_ref()) => {}
                read = stream.read_buf(heard.room()) => if read? == 0 {
                    return Ok(End::Over);
                },
                () = silence.lasts(patience, &*self.desk.clock) => return Err(io::ErrorKind::TimedOut.into()),
            }
            let mut is_heard = false;
            let end = loop {
                if bound.as_ref().is_some_and(Bound::is_revoked) {
                    session.forget();
                    bound = None;
                }
                let (used, event) = session.receive(heard.bytes(), &mut out);
                heard.forget(used);
                is_heard |= used > 0;
                if session.identity().is_none() {
                    bound = None;
                }
                match event {
                    Event::More if used == 0 => break None,
                    Event::More => {}
                    Event::StartTls => break Some(End::StartTls),
                    Event::Close(closing) => {
                        if closing != Closing::Unbind {
                            tracing::info!(network = ?origin.network, ?closing, "an LDAP connection was closed");
                        }
                        break Some(End::Over);
                    }
                    Event::Bind(bind) => {
                        // Nobody is bound while it is decided (RFC 4511 section 4.2.1).
                        drop(bound.take());
                        bound = self.bind(session, bind, origin, &mut out).await;
                    }
                    Event::Search(search) => self.search(session, search, stream, &mut out).await?,
                }
                if out.len() >= OUT_BYTES {
                    write(stream, &mut out).await?;
                }
            };
            if is_heard {
                silence.since = self.desk.clock.boot_time();
            }
            write(stream, &mut out).await?;
            out.shrink_to(OUT_KEPT);
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    async fn bind(&self, session: &mut Session, bind: Bind, origin: Origin, out: &mut Vec<u8>) -> Option<Bound> {
        let Bind { name, secret } = bind;
        if let BindName::Reader(name) = &name
            && self.is_reader(name, &secret)
        {
            session.accepted(Identity::Reader(name.as_str().into()), out);
            return None;
        }
        // Who can be nobody, a reader with a wrong secret among them, is decided about like anybody else, and as long.
        let login = match &name {
            BindName::Person(login) => login.clone(),
            BindName::Reader(name) => {
                tracing::info!(reader = name.as_str(), network = ?origin.network, "somebody who is no reader bound as one");
                "*".to_owned()
            }
            BindName::Nobody => "*".to_owned(),
        };
        let question = Question {
            login: &login,
            acting_for: None,
            kind: SecretKind::Password,
            secret: &secret,
            only_canonical: false,
            service: "ldap",
            // Where the server that asks is, says nothing of where the app is.
            network: None,
            tls: origin.is_tls,
            client: None,
        };
        let is_revoked = Arc::new(Revoked::default());
        match self.desk.decide_for(&question, Arc::clone(&is_revoked) as _).await {
            Verdict::Accepted(accepted) => {
                session.accepted(Identity::Person(accepted.login.as_str().into()), out);
                return Some(Bound { is_revoked, _open: accepted.open });
            }
            Verdict::OutOfPlace => session.refused("", out),
            Verdict::Refused(refusal) => {
                let network = origin.network.filter(|network| !network.is_loopback());
                Desk::settle(self.desk.waiting(), refusal, network).await;
                session.refused("", out);
            }
            Verdict::Broken => session.unavailable("Nobody can be signed in at the moment.", out),
        }
        None
    }

    /// Takes as long whichever reader it is, and whether it is one.
    fn is_reader(&self, name: &str, secret: &[u8]) -> bool {
        let (name, hash) = (name.to_lowercase(), <[u8; 32]>::from(Sha256::digest(secret)));
        let is_it = |(known, of_secret): &(String, [u8; 32])| (*known == name) & bool::from(of_secret.ct_eq(&hash));
        self.readers.iter().fold(false, |found, one| found | is_it(one))
    }
}

/// Writes what is to be said, to whoever reads it in time.
async fn write(stream: &mut (impl AsyncWrite + Unpin), out: &mut Vec<u8>) -> io::Result<()> {
    if !out.is_empty() {
        let write = async {
            stream.write_all(out).await?;
            stream.flush().await
        };
        tokio::time::timeout(PATIENCE, write).await??;
        out.clear();
    }
    Ok(())
}
