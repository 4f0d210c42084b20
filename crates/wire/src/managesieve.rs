//! `ManageSieve` (RFC 5804) as far as a gateway must understand it: everything before the sign-in, signing in upstream,
//! and afterwards every command, since nothing else tells which bytes are a script.

mod lex;
mod relay;
mod session;
mod upstream;

pub use relay::Relay;
pub use session::Session;
pub use upstream::{Offers, Sieve, SignedIn, StartTls, Upstream};
