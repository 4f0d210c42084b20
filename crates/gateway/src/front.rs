//! From an app's connection to a relayed one, in every protocol that begins with a sign-in and a line.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::SendFlags;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use valetkey_accounts::{Accepted, Accounts, AccountsError, Answer, Attempt, Place, Places, SignIn, Stop, chain};
use valetkey_domain::Network;
use valetkey_domain::oauth::scope_for;
use valetkey_wire::conversation::{
    Event, Farewell, Forwarded, Master, Session as _, Upstream, UpstreamError, UpstreamStep, Whom,
};
use valetkey_wire::sasl::{Credentials, SecretKind, Tokens};
use zeroize::{Zeroize, Zeroizing};

use crate::line::{End, Line, Words};
use crate::listener::Listener;
use crate::protocol::{Protocol, SignedIn};
use crate::proxied;
use crate::relay;
use crate::tls::Tls;
use crate::upstream::{ConnectError, MailTerms, MailUpstream, Upstreams};

/// How a gateway is to work.
pub struct Settings {
    /// The servers behind.
    pub upstreams: Upstreams<SocketAddr, MailTerms>,
    /// Its limits.
    pub limits: Limits,
    /// Proxies in front, whose connections begin with a header of the PROXY protocol.
    pub proxies: Vec<Network>,
    /// What an app's owner is told when it sent something that is no app password. One line.
    pub advice: String,
    /// Who gives access tokens, by its address (RFC 8414 section 2); without it none are taken.
    pub issuer: Option<String>,
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
    /// How long a connection may be silent after its sign-in; unless told otherwise, as its protocol has it.
    pub idle: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lobby_per_network: 100,
            lobby: 10_000,
            sign_in_time: Duration::from_secs(60),
            connections_per_account: 100,
            idle: None,
        }
    }
}

/// How a listener's connections begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With TLS (ports 993, 995, 465).
    Tls,
    /// In clear, with STARTTLS (ports 143, 110, 587, 4190).
    Clear,
    /// In clear from a proxy on this machine that has ended TLS already. The client's own address is then unknown.
    AfterTls,
}

/// One protocol's gateway.
pub struct Gateway<P> {
    protocol: P,
    accounts: Arc<Accounts>,
    tls: Arc<ServerConfig>,
    settings: Settings,
    tokens: Option<Tokens>,
    lobby: Arc<Places>,
}

impl<P: Protocol> Gateway<P> {
    /// A gateway that listens nowhere yet.
    pub fn new(protocol: P, accounts: Arc<Accounts>, tls: Arc<ServerConfig>, settings: Settings) -> Arc<Self> {
        let lobby = Places::new(settings.limits.lobby_per_network, settings.limits.lobby);
        let tokens = settings.issuer.as_deref().map(tokens::<P>);
        Arc::new(Self { protocol, accounts, tls, settings, tokens, lobby })
    }

    /// What apps are told whose connections end.
    const WORDS: Words = P::Session::farewell;

    /// Serves the connections of a listener until `stop`. Those that are open then stay open.
    pub async fn run(self: Arc<Self>, listener: Listener, begin: Begin, stop: Stop) {
        listener
            .run(stop, |stream, peer| {
                let gateway = Arc::clone(&self);
                if proxied::must_say(&self.settings.proxies, peer) {
                    if let Some(place) = self.place(None, &stream, peer, begin) {
                        tokio::spawn(gateway.serve_proxied(stream, peer, begin, place));
                    }
                    return;
                }
                let network = (begin != Begin::AfterTls).then(|| peer.ip());
                if let Some(place) = self.place(network, &stream, peer, begin) {
                    tokio::spawn(gateway.serve(Line::new(stream, peer, network, Self::WORDS), begin, place));
                }
            })
            .await;
    }

    /// A place in the lobby; where there is none, the app is told.
    fn place(&self, network: Option<IpAddr>, stream: &TcpStream, peer: SocketAddr, begin: Begin) -> Option<Place> {
        let place = self.lobby.enter(network);
        if place.is_none() {
            tracing::info!(
                service = P::SERVICE.name(), network = %peer.ip().to_canonical(),
                "too many connections that have not signed in: one was closed"
            );
            if begin != Begin::Tls {
                // What does not fit into a socket's empty buffer is not to be said.
                let text = (Self::WORDS)(Farewell::Crowded);
                let _said = rustix::net::send(stream, text, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
            }
        }
        place
    }

    /// A connection that a proxy in front hands on: it says first whose it is.
    async fn serve_proxied(self: Arc<Self>, mut stream: TcpStream, proxy: SocketAddr, begin: Begin, place: Place) {
        let time = self.settings.limits.sign_in_time;
        let Some(client) = proxied::client(&mut stream, proxy, time, P::SERVICE).await else { return };
        drop(place);
        let network = client.map(|client| client.ip());
        let peer = client.unwrap_or(proxy);
        if let Some(place) = self.place(network, &stream, peer, begin) {
            self.serve(Line::new(stream, peer, network, Self::WORDS), begin, place).await;
        }
    }

    /// From a connection's first byte to its sign-in; then a smaller task goes on.
    async fn serve(self: Arc<Self>, line: Arc<Line>, begin: Begin, place: Place) {
        let network = line.peer.ip().to_canonical();
        match tokio::time::timeout(self.settings.limits.sign_in_time, self.sign_in(&line, begin)).await {
            Ok(Ok(Some((accepted, upstream)))) => {
                let idle = self.settings.limits.idle.unwrap_or(P::IDLE);
                tokio::spawn(relay::run(line, accepted.open, upstream, idle));
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::info!(
                    service = P::SERVICE.name(), %network, error = %chain(&error),
                    "a connection failed before it had signed in"
                );
            }
            Err(_) => {
                tracing::info!(service = P::SERVICE.name(), %network, "a connection took too long to sign in");
                line.say_goodbye(Farewell::Slow);
            }
        }
        drop(place);
    }

    /// Until the relay can begin: the use, and the place that it takes up in the server behind. `None` if the app left, or
    /// was sent away.
    async fn sign_in(&self, line: &Arc<Line>, begin: Begin) -> io::Result<Option<(Accepted, Place)>> {
        if begin == Begin::Tls && !self.begin_tls(line).await? {
            return Ok(None);
        }
        let mut session = self.protocol.session(begin != Begin::Clear, self.tokens.clone());
        let mut out = Vec::with_capacity(256);
        session.greet(&mut out);
        loop {
            line.say_to_app(&out).await?;
            out.clear();
            let (used, event) = {
                let mut state = line.lock();
                let app = state.side(End::App);
                let (used, event) = session.receive(&app.heard, &mut out);
                app.forget(used);
                (used, event)
            };
            match event {
                Event::More if used > 0 || !out.is_empty() => {}
                Event::More => {
                    if !line.hear(End::App).await? {
                        log_mistakes::<P>(line, &session);
                        return Ok(None);
                    }
                }
                Event::StartTls => {
                    line.say_to_app(&out).await?;
                    out.clear();
                    session = session.after_tls();
                    if !self.begin_tls(line).await? {
                        return Ok(None);
                    }
                    if P::Session::greets_after_tls() {
                        session.greet(&mut out);
                    }
                }
                Event::Close(_) => {
                    log_mistakes::<P>(line, &session);
                    line.say_to_app(&out).await?;
                    return Ok(None);
                }
                Event::Attempt(credentials) => {
                    line.say_to_app(&out).await?;
                    out.clear();
                    match self.decide(line, &mut session, &credentials, &mut out).await? {
                        Decision::GoOn => {}
                        Decision::Close => {
                            log_mistakes::<P>(line, &session);
                            line.say_to_app(&out).await?;
                            return Ok(None);
                        }
                        Decision::SignedIn(accepted, place, signed_in) => {
                            let relay = session.accepted(signed_in, &mut out);
                            line.lock().relay = Some(Box::new(relay));
                            line.say_to_app(&out).await?;
                            return Ok(Some((accepted, place)));
                        }
                    }
                }
            }
        }
    }

    /// `false` if the app left before the handshake was done.
    async fn begin_tls(&self, line: &Line) -> io::Result<bool> {
        let tls = Tls::server(&self.tls).map_err(io::Error::other)?;
        line.begin_tls(End::App, tls, Vec::new()).await
    }

    async fn decide(
        &self,
        line: &Arc<Line>,
        session: &mut P::Session,
        credentials: &Credentials,
        out: &mut Vec<u8>,
    ) -> io::Result<Decision<P>> {
        let client = session.client().map(str::to_owned);
        let attempt = Attempt {
            login: &credentials.login,
            acting_for: credentials.acting_for.as_deref(),
            secret: &credentials.secret,
            only_canonical: false,
            service: P::SERVICE,
            network: line.network,
            tls: session.is_encrypted(),
            client: client.as_deref(),
        };
        line.comes_with_token(credentials.kind == SecretKind::Token);
        let sever = Arc::clone(line) as _;
        let decided = match credentials.kind {
            SecretKind::Password => self.accounts.sign_in_app(&attempt, sever).await,
            SecretKind::Token => self.accounts.sign_in_with_token(&attempt, sever).await,
        };
        let accepted = match decided {
            SignIn::Accepted(accepted) => accepted,
            SignIn::Cut => return Ok(Decision::Close),
            SignIn::Broken(_) => return Ok(after(&session.unavailable(out))),
            SignIn::Refused(refusal) => {
                return Ok(match refusal.settle().await {
                    Answer::Silence => Decision::Close,
                    Answer::No => after(&session.refused(None, out)),
                    Answer::LacksScope => after(&session.lacks_scope(out)),
                    Answer::UseAppPassword => after(&session.refused(Some(&self.settings.advice), out)),
                });
            }
        };
        // From here on, leaving closes the connection: with the use goes its line.
        if self.accounts.gate().uses_of(accepted.account) > self.settings.limits.connections_per_account {
            tracing::info!(login = %accepted.login, "an account has as many connections as it may: another was turned away");
            session.too_many_connections(out);
            line.say_to_app(out).await?;
            out.clear();
            return Ok(Decision::Close);
        }
        match self.go_upstream(line, session, &accepted).await {
            Ok((place, signed_in)) => Ok(Decision::SignedIn(accepted, place, signed_in)),
            Err(error) => {
                tracing::warn!(
                    service = P::SERVICE.name(), login = %accepted.login, error = %chain(&error),
                    "an accepted app could not be taken upstream"
                );
                match &error {
                    GoUpstreamError::Upstream(UpstreamError::TurnedAway(reason)) => session.turned_away(reason, out),
                    _ => session.unavailable(out),
                };
                line.say_to_app(out).await?;
                out.clear();
                Ok(Decision::Close)
            }
        }
    }

    /// Connects to the upstream and signs in there for the account's owner.
    async fn go_upstream(
        &self,
        line: &Arc<Line>,
        session: &P::Session,
        accepted: &Accepted,
    ) -> Result<(Place, SignedIn<P>), GoUpstreamError> {
        let own_addresses = if P::CHECKS_SENDERS { self.own_addresses(accepted).await? } else { Vec::new() };
        let upstream = self.settings.upstreams.of(accepted.login.as_str(), P::SERVICE);
        let (socket, place) = upstream.connect().await?;
        accepted.open.attach(|| line.attach(socket)).map_err(|_| GoUpstreamError::Cut)?;
        begin_upstream::<P>(line, upstream).await?;
        let terms = &upstream.terms;
        let whom = Whom {
            login: accepted.login.as_str(),
            addresses: &own_addresses,
            master: Master { user: &terms.master_user, secret: &terms.master_secret },
            forwarded: forwarded(line, accepted, terms.forward_client)?,
        };
        let signed_in = converse(line, &mut session.upstream(&whom)).await?;
        Ok((place, signed_in))
    }

    async fn own_addresses(&self, accepted: &Accepted) -> Result<Vec<String>, AccountsError> {
        let names = self.accounts.own_addresses(accepted.account).await?;
        Ok(names.iter().map(|name| name.as_str().to_owned()).filter(|name| name.contains('@')).collect())
    }
}

/// What an app is told whose token opens nothing here.
fn tokens<P: Protocol>(issuer: &str) -> Tokens {
    let metadata = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    Tokens::new(scope_for(P::SERVICE).unwrap_or_default(), Some(&metadata))
}

/// Has a conversation with the server behind, to its end.
async fn converse<T: Upstream + ?Sized>(line: &Line, conversation: &mut T) -> Result<T::SignedIn, GoUpstreamError> {
    let mut out = Zeroizing::new(Vec::with_capacity(1024));
    loop {
        let (used, step) = {
            let mut state = line.lock();
            let heard = &mut state.side(End::Upstream).heard;
            let (used, step) = conversation.receive(heard, &mut out);
            heard.drain(..used);
            (used, step)
        };
        line.say_to_upstream(&out).await?;
        out.zeroize();
        match step {
            UpstreamStep::Done(done) => return Ok(done),
            UpstreamStep::Failed(error) => return Err(error.into()),
            UpstreamStep::More if used > 0 => {}
            UpstreamStep::More => {
                if !line.hear(End::Upstream).await? {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
            }
        }
    }
}

/// What comes before the sign-in: where the client is, and TLS.
async fn begin_upstream<P: Protocol>(line: &Line, upstream: &MailUpstream) -> Result<(), GoUpstreamError> {
    if upstream.proxy_protocol {
        let connected_to = line.socket(End::App)?.local_addr()?;
        line.say_to_upstream(&valetkey_wire::proxied::header(line.peer, connected_to)).await?;
    }
    if let Some(tls) = &upstream.tls {
        if let Some(mut before) = P::Session::before_tls_upstream() {
            converse(line, before.as_mut()).await?;
        }
        let mut opening = Vec::new();
        let client = Tls::client(&tls.config, tls.name.clone(), &mut opening).map_err(io::Error::other)?;
        if !line.begin_tls(End::Upstream, client, opening).await? {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
    Ok(())
}

/// Where the client's connection came from, if that is known and is to be handed on.
fn forwarded(line: &Line, accepted: &Accepted, is_wanted: bool) -> io::Result<Option<Forwarded>> {
    if !is_wanted || line.network.is_none() {
        return Ok(None);
    }
    let connected_to = canonical(line.socket(End::App)?.local_addr()?);
    Ok(Some(Forwarded { client: canonical(line.peer), connected_to, session: accepted.open.number().to_string() }))
}

enum Decision<P: Protocol> {
    GoOn,
    Close,
    SignedIn(Accepted, Place, SignedIn<P>),
}

fn after<P: Protocol>(event: &Event) -> Decision<P> {
    if matches!(event, Event::Close(_)) { Decision::Close } else { Decision::GoOn }
}

/// Why an accepted app could not be taken upstream.
#[derive(Debug, thiserror::Error)]
enum GoUpstreamError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the connection to the upstream failed")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error("its own addresses could not be read")]
    Store(#[from] AccountsError),
    #[error("the app was signed out meanwhile")]
    Cut,
}

/// One line for a connection that ends before it has signed in and has sent what is no command. What it sent to sign in
/// with has lines of its own.
fn log_mistakes<P: Protocol>(line: &Line, session: &P::Session) {
    if session.mistakes() > 0 {
        tracing::info!(
            service = P::SERVICE.name(), network = %line.peer.ip().to_canonical(), mistakes = session.mistakes(),
            "a connection ended before it had signed in: what it sent was no command"
        );
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}
