//! Message submission. An app looks at what is offered before it signs in, and so before a server behind is connected to:
//! what that server offers is found out in advance.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use valetkey_domain::Service;
use valetkey_wire::sasl::Tokens;
pub use valetkey_wire::smtp::Trust;
use valetkey_wire::smtp::{Greeting, Probe, Session};

use crate::learn::Learn;
use crate::protocol::Protocol;

/// Message submission.
#[derive(Clone)]
pub struct Submission(Arc<ArcSwap<Greeting>>);

impl Protocol for Submission {
    type Session = Session;
    const SERVICE: Service = Service::Submission;
    const CHECKS_SENDERS: bool = true;
    /// RFC 5321 section 4.5.3.2.7: at least five minutes.
    const IDLE: Duration = Duration::from_secs(360);

    fn session(&self, encrypted: bool, tokens: Option<Tokens>) -> Session {
        Session::new(encrypted, true, tokens, self.0.load_full())
    }
}

impl Submission {
    /// Under this name. Until the server behind was asked, apps are offered the least.
    pub fn new(host: &str, trust: Trust) -> Self {
        let greeting = Greeting { host: host.to_owned(), keywords: Vec::new(), trust };
        Self(Arc::new(ArcSwap::from_pointee(greeting)))
    }
}

impl Learn for Submission {
    type Probe = Probe;

    fn probe(&self) -> Probe {
        Probe::new(&self.0.load().host)
    }

    fn learnt(&self, keywords: Vec<String>) {
        let greeting = Greeting::clone(&self.0.load());
        self.0.store(Arc::new(Greeting { keywords, ..greeting }));
    }
}
