//! IMAP4 (RFC 9051, RFC 3501) as far as a gateway must understand it: everything before the sign-in, signing in
//! upstream, and afterwards the boundaries between commands.

mod capability;
mod lex;
mod relay;
mod session;
mod upstream;

pub use relay::Relay;
pub use session::Session;
pub use upstream::{SignedIn, Upstream};
