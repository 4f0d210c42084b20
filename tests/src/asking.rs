//! Servers that keep their mail themselves and ask Valetkey who may in; and one that issues certificates.

mod caddy;
mod cyrus;
mod cyrus_place;
pub mod daemon;
mod dovecot;
mod exim;
mod haproxy;
mod instead;
mod nginx;
mod pam;
mod pebble;
mod postfix;
mod radicale;
mod unpacked;

pub use caddy::Caddy;
pub use cyrus::Cyrus;
pub(crate) use cyrus_place::CyrusPlace;
pub use daemon::free_port;
pub use dovecot::{API_KEY, Dovecot};
pub use exim::Exim;
pub use haproxy::HaProxy;
pub use nginx::Nginx;
pub use pam::Pam;
pub use pebble::Pebble;
pub use postfix::Postfix;
pub use radicale::Radicale;
