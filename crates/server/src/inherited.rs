//! Sockets that whoever started this program has opened for it: systemd, from a socket unit (`sd_listen_fds(3)`). They stay
//! open while the program is replaced, so that nobody who connects meanwhile is turned away.

use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;

/// Those that nothing has been found for yet, each with the address at which it listens.
pub(crate) struct Inherited(Vec<(SocketAddr, TcpListener)>);

impl Inherited {
    /// Takes them all over. What is no listening TCP socket is left alone.
    pub(crate) fn take() -> Self {
        let mut handed_over = ListenFd::from_env();
        let mut found = Vec::new();
        for number in 0..handed_over.len() {
            match handed_over.take_tcp_listener(number) {
                Ok(Some(socket)) => match socket.local_addr() {
                    Ok(address) => found.push((address, socket)),
                    Err(error) => tracing::warn!(number, %error, "a socket that was handed over has no address"),
                },
                Ok(None) => {}
                Err(error) => tracing::warn!(number, %error, "what was handed over is no listening TCP socket"),
            }
        }
        Self(found)
    }

    /// The one that listens at this address, if there is one.
    pub(crate) fn find(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let at = self.0.iter().position(|(open, _)| *open == address)?;
        Some(self.0.swap_remove(at).1)
    }

    /// An open socket that nobody takes connections from keeps them waiting for ever.
    pub(crate) fn complain_of_what_is_left(self) {
        for (address, _) in self.0 {
            tracing::warn!(%address, "a socket was handed over on which the configuration does not listen: it was closed");
        }
    }
}
