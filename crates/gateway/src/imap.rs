//! IMAP: from an app's connection to a relayed one.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::SendFlags;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use valetkey_accounts::{Accepted, Accounts, Answer, Attempt, Place, Places, SignIn, Stop, chain};
use valetkey_domain::Service;
use valetkey_wire::imap::{Event, Forwarded, Relay, Session, SignedIn, Upstream, UpstreamError, UpstreamStep};
use valetkey_wire::sasl::Credentials;
use zeroize::{Zeroize, Zeroizing};

use crate::line::Line;
use crate::listener::Listener;
use crate::relay;

/// How the IMAP gateway is to work.
pub struct Settings {
    /// The server behind.
    pub upstream: UpstreamSettings,
    /// Its limits.
    pub limits: Limits,
    /// What an app's owner is told when it sent something that is no app password. One line.
    pub advice: String,
}

/// A server behind the gateway.
pub struct UpstreamSettings {
    /// Where it is.
    pub address: SocketAddr,
    /// The name of the master user, who may act for everybody.
    pub master_user: String,
    /// The master user's secret.
    pub master_secret: Zeroizing<Vec<u8>>,
    /// Whether the client's own address is handed on. The server must trust the gateway's.
    pub forward_client: bool,
}

/// Limits, each with a default that a household or a firm never meets.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of one network that have not signed in.
    pub lobby_per_network: usize,
    /// Connections that have not signed in, of all networks.
    pub lobby: usize,
    /// How long a connection may take to sign in, its TLS handshake included.
    pub sign_in_time: Duration,
    /// Connections of one account.
    pub connections_per_account: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lobby_per_network: 100,
            lobby: 10_000,
            sign_in_time: Duration::from_secs(60),
            connections_per_account: 100,
        }
    }
}

/// How a listener's connections begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With TLS (port 993).
    Tls,
    /// In clear, with STARTTLS (port 143).
    Clear,
    /// In clear from a proxy on this machine that has ended TLS already. The client's own address is then unknown.
    AfterTls,
}

/// How long connecting to the upstream may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// The IMAP gateway.
pub struct Gateway {
    accounts: Arc<Accounts>,
    tls: Arc<ServerConfig>,
    settings: Settings,
    lobby: Arc<Places>,
}

impl Gateway {
    /// A gateway that listens nowhere yet.
    pub fn new(accounts: Arc<Accounts>, tls: Arc<ServerConfig>, settings: Settings) -> Arc<Self> {
        let lobby = Places::new(settings.limits.lobby_per_network, settings.limits.lobby);
        Arc::new(Self { accounts, tls, settings, lobby })
    }

    /// Serves the connections of a listener until `stop`. Those that are open then stay open.
    pub async fn run(self: Arc<Self>, listener: Listener, begin: Begin, stop: Stop) {
        listener
            .run(stop, |stream, peer| {
                let client = (begin != Begin::AfterTls).then(|| peer.ip());
                let Some(place) = self.lobby.enter(client) else {
                    tracing::info!(network = %peer.ip().to_canonical(), "too many connections that have not signed in: one was closed");
                    if begin != Begin::Tls {
                        // What does not fit into a socket's empty buffer is not to be said.
                        let text = b"* BYE Too many connections. Please try again later.\r\n";
                        let _said = rustix::net::send(&stream, text, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
                    }
                    return;
                };
                tokio::spawn(Arc::clone(&self).serve(Line::new(stream, peer, client), begin, place));
            })
            .await;
    }

    /// From a connection's first byte to its sign-in; then a smaller task goes on.
    async fn serve(self: Arc<Self>, line: Arc<Line>, begin: Begin, place: Place) {
        let peer = line.peer.ip().to_canonical();
        match tokio::time::timeout(self.settings.limits.sign_in_time, self.sign_in(&line, begin)).await {
            Ok(Ok(Some(accepted))) => {
                tokio::spawn(relay::run(line, accepted.open));
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::info!(network = %peer, error = %chain(&error), "a connection failed before it had signed in");
            }
            Err(_) => {
                tracing::info!(network = %peer, "a connection took too long to sign in");
                line.lock().say_goodbye(&line.client, b"* BYE Signing in took too long.\r\n");
            }
        }
        drop(place);
    }

    /// `None` if the app left, or was sent away.
    async fn sign_in(&self, line: &Arc<Line>, begin: Begin) -> io::Result<Option<Accepted>> {
        let mut session = Session::new(begin != Begin::Clear, true);
        if begin == Begin::Tls {
            line.begin_tls(&self.tls)?;
            if !await_handshake(line).await? {
                return Ok(None);
            }
        }
        let mut out = Vec::with_capacity(256);
        session.greet(&mut out);
        loop {
            line.say_to_client(&out).await?;
            out.clear();
            let (used, event) = {
                let mut state = line.lock();
                let (used, event) = session.receive(&state.client.heard, &mut out);
                state.client.forget(used);
                (used, event)
            };
            match event {
                Event::More if used > 0 || !out.is_empty() => {}
                Event::More => {
                    if !line.hear_client().await? {
                        log_mistakes(line, &session);
                        return Ok(None);
                    }
                }
                Event::StartTls => {
                    line.say_to_client(&out).await?;
                    out.clear();
                    line.begin_tls(&self.tls)?;
                    session = Session::after_tls();
                    if !await_handshake(line).await? {
                        return Ok(None);
                    }
                }
                Event::Close(_) => {
                    log_mistakes(line, &session);
                    line.say_to_client(&out).await?;
                    return Ok(None);
                }
                Event::Attempt(credentials) => {
                    line.say_to_client(&out).await?;
                    out.clear();
                    match self.decide(line, &mut session, &credentials, &mut out).await? {
                        Decision::GoOn => {}
                        Decision::Close => {
                            log_mistakes(line, &session);
                            line.say_to_client(&out).await?;
                            return Ok(None);
                        }
                        Decision::SignedIn(accepted, signed_in) => {
                            begin_relay(line, &session.accepted(), &signed_in).await?;
                            return Ok(Some(accepted));
                        }
                    }
                }
            }
        }
    }

    async fn decide(
        &self,
        line: &Arc<Line>,
        session: &mut Session,
        credentials: &Credentials,
        out: &mut Vec<u8>,
    ) -> io::Result<Decision> {
        let client = session.client().map(str::to_owned);
        let attempt = Attempt {
            login: &credentials.login,
            acting_for: credentials.acting_for.as_deref(),
            secret: &credentials.secret,
            service: Service::Imap,
            network: line.network,
            tls: session.is_encrypted(),
            client: client.as_deref(),
        };
        let accepted = match self.accounts.sign_in_app(&attempt, Arc::clone(line) as _).await {
            SignIn::Accepted(accepted) => accepted,
            SignIn::Cut => return Ok(Decision::Close),
            SignIn::Broken(_) => return Ok(after(&session.unavailable(out))),
            SignIn::Refused(refusal) => {
                return Ok(match refusal.settle().await {
                    Answer::Silence => Decision::Close,
                    Answer::No => after(&session.refused(None, out)),
                    Answer::UseAppPassword => after(&session.refused(Some(&self.settings.advice), out)),
                });
            }
        };
        // From here on, leaving closes the connection: with the use goes its line.
        if self.accounts.gate().uses_of(accepted.account) > self.settings.limits.connections_per_account {
            tracing::info!(login = %accepted.login, "an account has as many connections as it may: another was turned away");
            session.too_many_connections(out);
            line.say_to_client(out).await?;
            out.clear();
            return Ok(Decision::Close);
        }
        match self.go_upstream(line, &accepted).await {
            Ok(signed_in) => Ok(Decision::SignedIn(accepted, signed_in)),
            Err(error) => {
                tracing::warn!(login = %accepted.login, error = %chain(&error), "an accepted app could not be taken upstream");
                match &error {
                    GoUpstreamError::Upstream(UpstreamError::TurnedAway(reason)) => session.turned_away(reason, out),
                    _ => session.unavailable(out),
                };
                line.say_to_client(out).await?;
                out.clear();
                Ok(Decision::Close)
            }
        }
    }

    /// Connects to the upstream and signs in there for the account's owner.
    async fn go_upstream(&self, line: &Arc<Line>, accepted: &Accepted) -> Result<SignedIn, GoUpstreamError> {
        let settings = &self.settings.upstream;
        let connecting = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(settings.address));
        let socket = connecting.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        socket.set_nodelay(true)?;
        // A machine can go without a word; this one cannot go without us.
        if !settings.address.ip().is_loopback() {
            crate::listener::keep_alive(&socket)?;
        }
        accepted.open.attach(|| line.attach(socket)).map_err(|_| GoUpstreamError::Cut)?;
        let forwarded = if settings.forward_client && line.network.is_some() {
            let (client, connected_to) = (canonical(line.peer), canonical(line.client.local_addr()?));
            Some(Forwarded { client, connected_to, session: accepted.open.number().to_string() })
        } else {
            None
        };
        let mut upstream =
            Upstream::new(accepted.login.as_str(), &settings.master_user, &settings.master_secret, forwarded);
        let mut out = Zeroizing::new(Vec::with_capacity(1024));
        loop {
            let (used, step) = {
                let mut state = line.lock();
                let (used, step) = upstream.receive(&state.upstream.heard, &mut out);
                state.upstream.heard.drain(..used);
                (used, step)
            };
            line.say_to_upstream(&out).await?;
            out.zeroize();
            match step {
                UpstreamStep::Done(signed_in) => return Ok(signed_in),
                UpstreamStep::Failed(error) => return Err(error.into()),
                UpstreamStep::More if used > 0 => {}
                UpstreamStep::More => {
                    if !line.hear_upstream().await? {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                    }
                }
            }
        }
    }
}

enum Decision {
    GoOn,
    Close,
    SignedIn(Accepted, SignedIn),
}

fn after(event: &Event) -> Decision {
    if matches!(event, Event::Close(_)) { Decision::Close } else { Decision::GoOn }
}

/// Why an accepted app could not be taken upstream.
#[derive(Debug, thiserror::Error)]
enum GoUpstreamError {
    #[error("the upstream cannot be reached")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error("the app was signed out meanwhile")]
    Cut,
}

/// Sends the app the upstream's answer under its own tag; from here on its stream is relayed.
async fn begin_relay(line: &Line, tag: &[u8], signed_in: &SignedIn) -> io::Result<()> {
    let answer = [&signed_in.untagged, tag, b" ", &signed_in.answer, b"\r\n"].concat();
    line.lock().relay = Some(Box::new(Relay::new(signed_in)));
    line.say_to_client(&answer).await
}

/// One line for a connection that ends before it has signed in and has sent what is no command. What it sent to sign in
/// with has lines of its own.
fn log_mistakes(line: &Line, session: &Session) {
    if session.mistakes() > 0 {
        tracing::info!(
            network = %line.peer.ip().to_canonical(), mistakes = session.mistakes(),
            "a connection ended before it had signed in: what it sent was no command"
        );
    }
}

/// `false` if the app left before its handshake was done.
async fn await_handshake(line: &Line) -> io::Result<bool> {
    while !line.is_ready() {
        if !line.hear_client().await? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn canonical(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}
