//! Valetkey in front of servers that cannot ask: it takes the app's sign-in, signs in upstream for the account's owner,
//! relays both streams, and lets go of a revoked app at once.
//!
//! Never put here: what a protocol's bytes mean (that is `wire`'s) and whether a sign-in is accepted (that is
//! `accounts`').
//!
//! Start reading at [`imap`], then `line`, which holds the sockets of a connection and can sever them.

mod buffers;
mod certificates;
pub mod imap;
mod line;
mod listener;
mod relay;
mod tls;

pub use certificates::{CertificateError, Certificates};
pub use listener::{ListenError, Listener};
