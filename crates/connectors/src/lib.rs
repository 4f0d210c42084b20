//! Ways in which other servers ask Valetkey for a decision, are told when somebody is signed out, and issue certificates.
//!
//! Never put here: whether a sign-in is accepted (that is `accounts`'), and pages for people.
//!
//! Start reading at [`dovecot`]; every connector has its questions decided at the same desk.

pub mod acme;
mod buffer;
mod desk;
pub mod door;
pub mod dovecot;
pub mod http;
mod impatient;
pub mod ldap;
mod peers;
pub mod saslauthd;
mod seldom;
pub mod sign_out;

pub use desk::Rules;
pub use peers::Peers;
