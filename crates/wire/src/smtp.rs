//! Message submission (RFC 6409) as far as a gateway must understand it: everything before the sign-in, signing in
//! upstream, and afterwards every command to the session's end.
//!
//! Nothing is passed on blindly. A server that takes the gateway's word for an account takes it again at any time
//! between two messages: an app that could say XCLIENT would be anybody.

mod envelope;
mod extensions;
mod lex;
mod relay;
mod session;
mod upstream;

pub use extensions::offered;
pub use relay::Relay;
pub use session::Session;
pub use upstream::{Probe, SignedIn, Upstream};

/// What a gateway knows before an app has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The gateway's own name, by which it greets apps, and the upstream where an app has none.
    pub host: String,
    /// What the upstream offers, as [`offered`] or [`Probe`] gives it.
    pub keywords: Vec<String>,
    /// How the upstream is signed in to.
    pub trust: Trust,
}

/// How a server is told for whom the gateway acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It takes the gateway's word, by XCLIENT with LOGIN: Postfix with `smtpd_authorized_xclient_hosts`.
    Xclient,
    /// A master user signs in for the account's owner (RFC 4616's authorisation identity): Dovecot.
    MasterUser,
}
