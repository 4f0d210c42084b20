//! Ways in which other servers ask Valetkey for a decision.
//!
//! Never put here: whether a sign-in is accepted (that is `accounts`'), and pages for people.
//!
//! Start reading at [`http`].

pub mod http;
mod peers;

pub use peers::Peers;
