//! IMAP4 (RFC 9051, RFC 3501) as far as a gateway must understand it: everything before the sign-in, signing in
//! upstream, and afterwards the boundaries between commands.

mod capability;
mod lex;
mod relay;
mod session;
mod upstream;

pub use relay::{Client, ClosedBecause, Relay, Server};
pub use session::{Closing, Event, Session};
pub use upstream::{Forwarded, SignedIn, Upstream, UpstreamError, UpstreamStep};
