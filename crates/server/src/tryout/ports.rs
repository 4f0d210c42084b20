//! Ports for all that runs.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};

use valetkey_domain::Randomness as _;

use super::TryoutError;
use crate::clock::SystemRandomness;

/// Those from which ports are chosen. The kernel gives none of them to whoever connects somewhere.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

/// Ports that were free when they were chosen, and that no other try takes as long as this is kept: most servers cannot take
/// one and say which. Each is claimed by a name in the kernel's memory, which only one can have at a time.
#[derive(Default)]
pub(super) struct Ports(RefCell<Vec<UnixListener>>);

impl Ports {
    /// A port. Somebody who claims none could take it before it is used; then starting fails, and says so.
    pub(super) fn one(&self) -> Result<SocketAddr, TryoutError> {
        let mut drawn = [0; 2];
        SystemRandomness.fill(&mut drawn);
        let start = u16::from_ne_bytes(drawn) % COUNT;
        let mut candidates = (start..COUNT).chain(0..start).map(|n| FIRST + n);
        let (claim, address) = candidates.find_map(claimed).ok_or(TryoutError::Port)?;
        self.0.borrow_mut().push(claim);
        Ok(address)
    }

    /// Several, each another.
    pub(super) fn several<const N: usize>(&self) -> Result<[SocketAddr; N], TryoutError> {
        let mut ports = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
        for port in &mut ports {
            *port = self.one()?;
        }
        Ok(ports)
    }
}

fn claimed(port: u16) -> Option<(UnixListener, SocketAddr)> {
    let name = UnixAddr::from_abstract_name(format!("valetkey-port-{port}")).ok()?;
    let claim = UnixListener::bind_addr(&name).ok()?;
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|bound| bound.local_addr()).ok()?;
    Some((claim, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_nobody_elses_as_long_as_it_is_kept() {
        let ports = Ports::default();
        let [one, other] = ports.several().expect("there are many");
        assert_ne!(one, other);
        assert!(claimed(one.port()).is_none(), "though nobody listens there");
        drop(ports);
        assert!(claimed(one.port()).is_some());
    }
}
