//! The protocols that the gateway speaks.

use std::time::Duration;

use valetkey_domain::Service;
use valetkey_wire::conversation::{Relay, Session, Upstream};
use valetkey_wire::sasl::Tokens;
use valetkey_wire::{imap, pop3};

/// A protocol that begins with a sign-in, as far as the gateway must know it.
pub trait Protocol: Send + Sync + 'static {
    /// The conversations.
    type Session: Session<Upstream: Upstream<SignedIn: Send> + Send, Relay: Relay + 'static> + Send + Sync;

    /// Which of the services it is.
    const SERVICE: Service;

    /// Whether an app may only say that it sends for addresses that are its account's own.
    const CHECKS_SENDERS: bool = false;

    /// How long a connection may be silent after its sign-in, unless told otherwise: somewhat longer than the least that its
    /// standard demands.
    const IDLE: Duration;

    /// A conversation that begins: encrypted already, or in clear with STARTTLS offered; with `tokens`, those are taken
    /// beside passwords.
    fn session(&self, encrypted: bool, tokens: Option<Tokens>) -> Self::Session;
}

/// What a protocol knows after a sign-in upstream.
pub(crate) type SignedIn<P> = <<<P as Protocol>::Session as Session>::Upstream as Upstream>::SignedIn;

/// IMAP4.
pub struct Imap;

impl Protocol for Imap {
    type Session = imap::Session;
    const SERVICE: Service = Service::Imap;
    /// RFC 9051 section 5.4: at least thirty minutes.
    const IDLE: Duration = Duration::from_secs(1860);

    fn session(&self, encrypted: bool, tokens: Option<Tokens>) -> imap::Session {
        imap::Session::new(encrypted, true, tokens)
    }
}

/// POP3.
pub struct Pop3;

impl Protocol for Pop3 {
    type Session = pop3::Session;
    const SERVICE: Service = Service::Pop3;
    /// RFC 1939 section 3: at least ten minutes.
    const IDLE: Duration = Duration::from_secs(660);

    fn session(&self, encrypted: bool, tokens: Option<Tokens>) -> pop3::Session {
        pop3::Session::new(encrypted, true, tokens)
    }
}
