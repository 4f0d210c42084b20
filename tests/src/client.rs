//! Apps: real ones, and one that says exactly what it is told to.

pub mod dav;
pub mod imap;
pub mod mail_app;
pub mod portal;
pub mod submission;

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
