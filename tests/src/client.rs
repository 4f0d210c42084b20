//! Apps: real ones, and one that says exactly what it is told to.

pub mod collector;
pub mod dav;
pub mod imap;
pub mod mail_app;
mod marionette;
pub mod oauth;
pub mod offlineimap;
pub mod pop3;
pub mod portal;
pub mod sender;
pub mod sieve;
pub mod smtp;
pub mod submission;
pub mod talk;
pub mod thunderbird;

use std::net::SocketAddr;
use std::path::PathBuf;

/// Where mail apps connect.
#[derive(Clone, Debug)]
pub struct Door {
    /// With TLS from the beginning.
    pub imaps: SocketAddr,
    /// In clear, with STARTTLS.
    pub imap: SocketAddr,
    /// Whose signature on the certificate counts.
    pub ca: PathBuf,
}

/// Where apps of another protocol connect.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// With TLS from the beginning.
    pub tls: SocketAddr,
    /// In clear, with STARTTLS.
    pub clear: SocketAddr,
    /// Whose signature on the certificate counts.
    pub ca: PathBuf,
}

impl Entrance {
    /// The port for a way of encrypting.
    pub fn port(&self, way: Encryption) -> u16 {
        match way {
            Encryption::AtOnce => self.tls.port(),
            Encryption::Later => self.clear.port(),
        }
    }
}

/// When a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// From the beginning.
    AtOnce,
    /// By STARTTLS, or what it is called there.
    Later,
}
