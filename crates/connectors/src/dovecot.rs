//! Dovecot's authentication socket, for Postfix, Exim, Radicale and everything else that can ask a Dovecot.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::io::AsyncWriteExt as _;
use valetkey_accounts::{Accounts, Answer, Place, Places, Stop};
use valetkey_domain::Service;
use valetkey_domain::oauth::scope_for;
use valetkey_wire::dovecot::{self, Event, Origin, Request, Session};
use valetkey_wire::sasl::{SecretKind, Tokens, Unfit};

use crate::buffer::Buffer;
use crate::desk::{Desk, Question, Rules, Verdict};
use crate::door::{Door, Stream};
use crate::peers::Peers;

/// How long a server may take to read an answer: one that never reads is closed.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How many refusals of one connection wait for their time; with more, no further questions are read meanwhile.
const LATER_MAX: usize = 1024;

/// How the connector is to work.
pub struct Settings {
    /// How questions are to be understood.
    pub rules: Rules,
    /// Whose word on where a client is counts, of those that come over TCP. Whoever comes by a socket's file is believed.
    pub peers: Peers,
    /// What an app's owner is told when it sent something that is no app password. One line.
    pub advice: String,
    /// Who gives access tokens, by its address (RFC 8414 section 2); without it none are taken.
    pub issuer: Option<String>,
    /// The most connections, of all doors together.
    pub connections_max: usize,
}

/// The connector.
pub struct Connector {
    desk: Desk,
    peers: Peers,
    advice: String,
    tokens: Option<Tokens>,
    places: Arc<Places>,
    connections: AtomicU32,
}

/// What one connection still owes.
type Later = FuturesUnordered<BoxFuture<'static, Settled>>;

/// A refusal that may be said: to whom, of what, and in which words.
struct Settled {
    origin: Origin,
    kind: SecretKind,
    answer: Answer,
}

impl Connector {
    /// A connector that listens nowhere yet.
    pub fn new(accounts: Arc<Accounts>, settings: Settings) -> Arc<Self> {
        let Settings { rules, peers, advice, issuer, connections_max } = settings;
        let tokens = issuer.map(|issuer| tokens(&issuer, rules.service));
        let (places, connections) = (Places::new(usize::MAX, connections_max), AtomicU32::new(0));
        Arc::new(Self { desk: Desk::new(accounts, rules), peers, advice, tokens, places, connections })
    }

    /// Serves the connections of a door until `stop`.
    pub async fn run(self: Arc<Self>, door: Door, stop: Stop) {
        let (places, clock) = (Arc::clone(&self.places), Arc::clone(&self.desk.clock));
        let serve = |stream, peer, place| drop(tokio::spawn(Arc::clone(&self).serve(stream, peer, place)));
        door.run(&places, &*clock, stop, serve).await;
    }

    async fn serve(self: Arc<Self>, stream: Stream, peer: Option<SocketAddr>, _place: Place) {
        let is_believed = peer.is_none_or(|peer| self.peers.trusts(peer.ip()));
        if let Err(error) = self.converse(stream, is_believed).await {
            tracing::debug!(%error, "a connection ended");
        }
    }

    /// A connection from its greeting to its end. Answers to all that was read at once are written at once.
    async fn converse(&self, mut stream: Stream, is_believed: bool) -> io::Result<()> {
        let (mut session, mut heard, mut out) =
            (Session::new(self.tokens.clone()), Buffer::new(), Vec::with_capacity(256));
        let mut later = Later::new();
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        // It only has to be another one each time: what it is good for, requests of a master user, is not offered.
        let cookie = u128::from(self.desk.clock.boot_time().as_micros()) << 32 | u128::from(number);
        dovecot::greet(std::process::id(), number, cookie, self.tokens.as_ref(), &mut out);
        loop {
            if !out.is_empty() {
                tokio::time::timeout(WRITE_TIME, stream.write_all(&out)).await??;
                out.clear();
            }
            tokio::select! {
                biased;
                Some(settled) = later.next(), if !later.is_empty() => {
                    self.refuse(&mut session, settled, &mut out);
                    while let Some(Some(settled)) = later.next().now_or_never() {
                        self.refuse(&mut session, settled, &mut out);
                    }
                }
                read = heard.read(&mut stream), if later.len() < LATER_MAX => {
                    if read? == 0 {
                        return Ok(());
                    }
                    if !self.answer(&mut session, &mut heard, is_believed, &mut out, &mut later).await {
                        // What was decided before is said.
                        return tokio::time::timeout(WRITE_TIME, stream.write_all(&out)).await?;
                    }
                }
            }
        }
    }

    /// Answers whatever is complete; `false` if the connection is to be closed.
    async fn answer(
        &self,
        session: &mut Session,
        heard: &mut Buffer,
        is_believed: bool,
        out: &mut Vec<u8>,
        later: &mut Later,
    ) -> bool {
        loop {
            let (used, event) = session.receive(heard.bytes(), out);
            heard.forget(used);
            match event {
                Event::More if used == 0 => return true,
                Event::More => {}
                Event::Close(error) => {
                    tracing::info!(%error, "a connection to the Dovecot connector was closed");
                    return false;
                }
                Event::Attempt(Request { origin, credentials }) => {
                    let network = origin.network.filter(|_| is_believed);
                    let question = Question {
                        login: &credentials.login,
                        acting_for: credentials.acting_for.as_deref(),
                        kind: credentials.kind,
                        secret: &credentials.secret,
                        only_canonical: false,
                        service: &origin.service,
                        network,
                        tls: origin.is_secured,
                        client: None,
                    };
                    match self.desk.decide(&question).await {
                        Verdict::Accepted(accepted) => dovecot::accepted(origin.id, accepted.login.as_str(), out),
                        Verdict::OutOfPlace => dovecot::refused(origin.id, None, out),
                        Verdict::Refused(refusal) => {
                            let (settle, kind) =
                                (Desk::settle(self.desk.waiting(), refusal, network), credentials.kind);
                            let settled = move |answer| Settled { origin, kind, answer };
                            later.push(settle.map(settled).boxed());
                        }
                        // The protocol's word for a temporary failure is taken for a refusal by Postfix and Exim alike. A
                        // connection that ends is asked for again, and then the client is told to come back later.
                        Verdict::Broken => return false,
                    }
                }
            }
        }
    }

    fn refuse(&self, session: &mut Session, settled: Settled, out: &mut Vec<u8>) {
        let Settled { origin, kind, answer } = settled;
        match kind {
            SecretKind::Token => {
                let unfit = if answer == Answer::LacksScope { Unfit::LacksScope } else { Unfit::Invalid };
                session.token_refused(origin, unfit, out);
            }
            SecretKind::Password => {
                let advice = (answer == Answer::UseAppPassword).then_some(self.advice.as_str());
                dovecot::refused(origin.id, advice, out);
            }
        }
    }
}

/// What an app is told whose token opens nothing here: where no service is named, it is mail that asks Dovecot.
fn tokens(issuer: &str, service: Option<Service>) -> Tokens {
    let scope = service.and_then(scope_for).or(scope_for(Service::Imap));
    let metadata = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    Tokens::new(scope.unwrap_or_default(), Some(&metadata))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn an_app_is_told_what_opens_the_service_and_where_to_get_it() {
        let told = |service| {
            let said = STANDARD
                .decode(tokens("https://id.example.org/", service).challenge(Unfit::LacksScope))
                .expect("base64");
            serde_json::from_slice::<serde_json::Value>(&said).expect("an object")
        };
        for (service, scope) in [
            (None, "mail"),
            (Some(Service::Submission), "mail"),
            (Some(Service::Http), "mail"),
            (Some(Service::CalDav), "calendars"),
            (Some(Service::CardDav), "contacts"),
        ] {
            let told = told(service);
            assert_eq!(told["status"], "insufficient_scope");
            assert_eq!(told["scope"], format!("urn:ietf:params:oauth:scope:{scope}"));
            assert_eq!(told["openid-configuration"], "https://id.example.org/.well-known/openid-configuration");
        }
    }
}
