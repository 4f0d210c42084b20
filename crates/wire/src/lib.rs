//! What the bytes mean: messages of the protocols by which apps sign in, to and from bytes.
//!
//! Without sockets, clocks or accounts: bytes go in, bytes and decisions to be made come out, so that whole
//! conversations are tested as bytes and every parser is fuzzed. Every length has a bound.
//!
//! Never put here: I/O, and what any of it means for an account.
//!
//! Start reading at [`sasl`], which every protocol shares, and [`conversation`], which those of apps do; then [`imap`],
//! [`smtp`] and [`ldap`].

pub mod basic;
pub mod bearer;
pub mod conversation;
pub mod dav;
pub mod dovecot;
pub mod http_auth;
pub mod identity;
pub mod imap;
pub mod ldap;
pub mod managesieve;
pub mod pop3;
pub mod proxied;
pub mod sasl;
pub mod saslauthd;
pub mod smtp;
mod split;
