//! ManageSieve. Its greeting says which extensions of Sieve there are, before a server behind is connected to: that is found
//! out in advance.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use valetkey_domain::Service;
use valetkey_wire::managesieve::{Offers, SIEVE_DEFAULT, Session};

use crate::learn::Learn;
use crate::protocol::Protocol;

/// ManageSieve.
#[derive(Clone)]
pub struct ManageSieve(Arc<ArcSwap<Arc<str>>>);

impl ManageSieve {
    /// Until the server behind was asked, apps are offered the least.
    pub fn new() -> Self {
        Self(Arc::new(ArcSwap::from_pointee(SIEVE_DEFAULT.into())))
    }
}

impl Default for ManageSieve {
    fn default() -> Self {
        Self::new()
    }
}

impl Protocol for ManageSieve {
    type Session = Session;
    const SERVICE: Service = Service::ManageSieve;
    /// RFC 5804 section 1.2: at least thirty minutes.
    const IDLE: Duration = Duration::from_secs(1860);

    fn session(&self, encrypted: bool) -> Session {
        Session::new(encrypted, true, Arc::clone(&self.0.load()))
    }
}

impl Learn for ManageSieve {
    type Probe = Offers;

    fn probe(&self) -> Offers {
        Offers::default()
    }

    fn learnt(&self, sieve: Option<String>) {
        self.0.store(Arc::new(sieve.map_or_else(|| SIEVE_DEFAULT.into(), Into::into)));
    }
}
