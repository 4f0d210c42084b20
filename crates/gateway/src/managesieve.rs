//! ManageSieve. Its greeting says what Sieve there is, before a server behind is connected to: that is found
//! out in advance.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use valetkey_domain::Service;
use valetkey_wire::managesieve::{Offers, Session, Sieve};
use valetkey_wire::sasl::Tokens;

use crate::learn::Learn;
use crate::protocol::Protocol;

/// ManageSieve.
///
/// Until the server behind was asked, apps are offered the least.
#[derive(Clone, Default)]
pub struct ManageSieve(Arc<ArcSwap<Sieve>>);

impl Protocol for ManageSieve {
    type Session = Session;
    const SERVICE: Service = Service::ManageSieve;
    /// RFC 5804 section 1.2: at least thirty minutes.
    const IDLE: Duration = Duration::from_secs(1860);

    fn session(&self, encrypted: bool, tokens: Option<Tokens>) -> Session {
        Session::new(encrypted, true, tokens, self.0.load_full())
    }
}

impl Learn for ManageSieve {
    type Probe = Offers;

    fn probe(&self) -> Offers {
        Offers::default()
    }

    fn learnt(&self, sieve: Sieve) {
        self.0.store(Arc::new(sieve));
    }
}
