//! Valetkey in front of servers that cannot ask: it takes the app's sign-in, signs in upstream for the account's owner,
//! relays both streams, and lets go of a revoked app at once.
//!
//! Never put here: what a protocol's bytes mean (that is `wire`'s) and whether a sign-in is accepted (that is
//! `accounts`').
//!
//! Start reading at `front`, then `line`, which holds the sockets of a connection and can sever them. [`dav`] does the
//! same for calendars and contacts, one request at a time.

mod buffers;
mod certificates;
pub mod dav;
mod front;
mod learn;
mod line;
mod listener;
mod managesieve;
mod protocol;
mod proxied;
mod relay;
mod submission;
mod tls;
mod upstream;

pub use certificates::{CertificateError, Certificates};
pub use front::{Begin, Gateway, Limits, Settings};
pub use learn::{Learn, learn};
pub use listener::{ListenError, Listener};
pub use managesieve::ManageSieve;
pub use protocol::{Imap, Pop3, Protocol};
pub use submission::{Submission, Trust};
pub use upstream::{MailTerms, MailUpstream, Reach, Route, Upstream, UpstreamSettings, UpstreamTls, Upstreams};
