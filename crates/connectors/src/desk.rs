//! Where every connector has its questions decided.

use std::net::IpAddr;
use std::sync::Arc;

use valetkey_accounts::gate::{NoSocket, Sever};
use valetkey_accounts::{Accepted, Accounts, Answer, Attempt, Places, Refusal, SignIn};
use valetkey_domain::{Clock, Service};
use valetkey_wire::sasl::SecretKind;

use crate::seldom::Seldom;

/// How many refusals of one network wait for the end of their delay. Each keeps the server that asks waiting, and its
/// connections are for everybody: what is more is answered on the next beat, and no later.
const WAITING_PER_NETWORK: usize = 64;
/// The same, of all networks together.
const WAITING: usize = 2048;

/// What a connector decides by.
pub(crate) struct Desk {
    pub(crate) accounts: Arc<Accounts>,
    service: Option<Service>,
    only_canonical: bool,
    waiting: Arc<Places>,
    /// There is nothing to close: the connection is another server's, which will ask again for somebody else.
    no_socket: Arc<dyn Sever>,
    unknown: Seldom,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How a connector's questions are to be understood.
pub struct Rules {
    /// The service that the connector stands for; without, each question says it.
    pub service: Option<Service>,
    /// Whether only the canonical login name signs in, for servers that take the name as it was typed for the name of
    /// what they keep.
    pub only_canonical: bool,
    /// By which it is not said too often what went wrong.
    pub clock: Arc<dyn Clock>,
}

/// A question.
pub(crate) struct Question<'a> {
    pub(crate) login: &'a str,
    pub(crate) acting_for: Option<&'a str>,
    pub(crate) kind: SecretKind,
    pub(crate) secret: &'a [u8],
    /// Whether only the canonical login name signs in here, whatever the connector's rules say.
    pub(crate) only_canonical: bool,
    /// What the server that asks calls the protocol; empty if it does not say.
    pub(crate) service: &'a str,
    pub(crate) network: Option<IpAddr>,
    pub(crate) tls: bool,
    pub(crate) client: Option<&'a str>,
}

/// What is answered.
pub(crate) enum Verdict {
    /// The app may go on, under its canonical login name.
    Accepted(Accepted),
    /// It may not; see [`Desk::settle`].
    Refused(Refusal),
    /// It may not, whatever the password: nothing stands behind such a service.
    OutOfPlace,
    /// Nobody knows.
    Broken,
}

impl Desk {
    pub(crate) fn new(accounts: Arc<Accounts>, rules: Rules) -> Self {
        let Rules { service, only_canonical, clock } = rules;
        let waiting = Places::new(WAITING_PER_NETWORK, WAITING);
        let no_socket = Arc::new(NoSocket);
        Self { accounts, service, only_canonical, waiting, no_socket, unknown: Seldom::default(), clock }
    }

    /// Has a question decided. What is accepted is over with the answer.
    pub(crate) async fn decide(&self, question: &Question<'_>) -> Verdict {
        self.decide_for(question, Arc::clone(&self.no_socket)).await
    }

    /// The same for something that goes on, until `sever` ends it.
    pub(crate) async fn decide_for(&self, question: &Question<'_>, sever: Arc<dyn Sever>) -> Verdict {
        let Some(service) = self.service.or_else(|| question.service.parse().ok()) else {
            if self.unknown.is_due(self.clock.boot_time()) {
                tracing::warn!(
                    service = question.service,
                    "a server asked for a service that is not known, and was refused: set `service` for this connector"
                );
            }
            return Verdict::OutOfPlace;
        };
        let attempt = Attempt {
            login: question.login,
            acting_for: question.acting_for,
            secret: question.secret,
            only_canonical: self.only_canonical || question.only_canonical,
            service,
            network: question.network,
            tls: question.tls,
            client: question.client,
        };
        let decided = match question.kind {
            SecretKind::Password => self.accounts.sign_in_app(&attempt, sever).await,
            SecretKind::Token => self.accounts.sign_in_with_token(&attempt, sever).await,
        };
        match decided {
            SignIn::Accepted(accepted) => Verdict::Accepted(accepted),
            SignIn::Refused(refusal) => Verdict::Refused(refusal),
            // Revoked between its check and its answer: that is no wrong password, and the next attempt is refused.
            SignIn::Cut | SignIn::Broken(_) => Verdict::Broken,
        }
    }

    /// Waits until a refusal may be said, and gives what the app is told.
    ///
    /// A server that asks has to be answered: where an app gets no answer, this one comes after the longest delay. Where too
    /// many of one network wait already, it comes on the next beat: a connection kept costs more than a guess.
    pub(crate) async fn settle(waiting: Arc<Places>, refusal: Refusal, network: Option<IpAddr>) -> Answer {
        match waiting.enter(network) {
            Some(_place) => refusal.settle().await,
            None => refusal.settle_promptly().await,
        }
    }

    /// Where refusals wait.
    pub(crate) fn waiting(&self) -> Arc<Places> {
        Arc::clone(&self.waiting)
    }
}
