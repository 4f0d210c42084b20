//! A fuzz target for each parser: what must hold for whatever bytes come, as functions that panic where it does not.
//!
//! The same functions are called by libFuzzer (`fuzz/run`) and by a test that replays the corpus on a stable toolchain
//! (`tests/corpus.rs`). A new parser gets a function here, a line in [`TARGETS`], a program in `fuzz_targets` and a
//! directory in `corpus`.
//!
//! Never put here: examples, which are unit tests beside the parser.
//!
//! Start reading at [`input`], then [`imap_relay`].

mod app_secret;
mod base32;
mod basic;
mod bearer;
mod conversation;
mod dav;
mod dovecot;
mod imap_relay;
mod imap_session;
mod imap_upstream;
pub mod input;
mod key_file;
mod ldap;
mod login_name;
mod managesieve_relay;
mod managesieve_session;
mod managesieve_starttls;
mod managesieve_upstream;
mod network;
mod pop3_relay;
mod pop3_session;
mod pop3_upstream;
mod proxied;
mod recovery_code;
mod sasl;
mod saslauthd;
mod scope;
mod smtp_relay;
mod smtp_session;
mod smtp_upstream;

pub use app_secret::app_secret;
pub use base32::base32;
pub use basic::basic;
pub use bearer::bearer;
pub use dav::dav;
pub use dovecot::dovecot;
pub use imap_relay::imap_relay;
pub use imap_session::imap_session;
pub use imap_upstream::imap_upstream;
pub use key_file::key_file;
pub use ldap::ldap;
pub use login_name::login_name;
pub use managesieve_relay::managesieve_relay;
pub use managesieve_session::managesieve_session;
pub use managesieve_starttls::managesieve_starttls;
pub use managesieve_upstream::managesieve_upstream;
pub use network::network;
pub use pop3_relay::pop3_relay;
pub use pop3_session::pop3_session;
pub use pop3_upstream::pop3_upstream;
pub use proxied::proxied;
pub use recovery_code::recovery_code;
pub use sasl::sasl;
pub use saslauthd::saslauthd;
pub use scope::scope;
pub use smtp_relay::smtp_relay;
pub use smtp_session::smtp_session;
pub use smtp_upstream::smtp_upstream;

/// What a target does with some bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its program and of its directory in the corpus.
pub const TARGETS: [(&str, Target); 28] = [
    ("app_secret", app_secret),
    ("base32", base32),
    ("basic", basic),
    ("bearer", bearer),
    ("dav", dav),
    ("dovecot", dovecot),
    ("imap_relay", imap_relay),
    ("imap_session", imap_session),
    ("imap_upstream", imap_upstream),
    ("key_file", key_file),
    ("ldap", ldap),
    ("login_name", login_name),
    ("managesieve_relay", managesieve_relay),
    ("managesieve_session", managesieve_session),
    ("managesieve_starttls", managesieve_starttls),
    ("managesieve_upstream", managesieve_upstream),
    ("network", network),
    ("pop3_relay", pop3_relay),
    ("pop3_session", pop3_session),
    ("pop3_upstream", pop3_upstream),
    ("proxied", proxied),
    ("recovery_code", recovery_code),
    ("sasl", sasl),
    ("saslauthd", saslauthd),
    ("scope", scope),
    ("smtp_relay", smtp_relay),
    ("smtp_session", smtp_session),
    ("smtp_upstream", smtp_upstream),
];
