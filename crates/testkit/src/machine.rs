//! What this machine has to give: ports, and names for its users.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{IntoRawFd as _, RawFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};

/// Those from which ports are chosen. The kernel gives none of them to whoever connects somewhere.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;

/// A port that is free and stays so: most servers cannot take one and say which. However many tests choose at a time, each
/// gets another, since the test's process claims it until it ends; so does `valetkey try`.
///
/// # Panics
/// If there is none.
pub fn free_port() -> SocketAddr {
    let drawn = RandomState::new().hash_one(std::process::id()) % u64::from(COUNT);
    let start = u16::try_from(drawn).expect("less than the count");
    let mut candidates = (start..COUNT).chain(0..start).map(|n| FIRST + n);
    let (claim, address) = candidates.find_map(claimed).expect("a free port");
    // Whoever is given the port says nothing of when it is done with it.
    let _left_open: RawFd = claim.into_raw_fd();
    address
}

/// Claims a port on which nobody listens: by a name in the kernel's memory, which nobody else can have at the same time.
fn claimed(port: u16) -> Option<(UnixListener, SocketAddr)> {
    let name = UnixAddr::from_abstract_name(format!("valetkey-port-{port}")).expect("a short name");
    let claim = UnixListener::bind_addr(&name).ok()?;
    let address = TcpListener::bind(("127.0.0.1", port)).and_then(|bound| bound.local_addr()).ok()?;
    Some((claim, address))
}

/// What a user or group is called, by its number in `/etc/passwd` or `/etc/group`; the number itself if nobody knows.
///
/// # Panics
/// If there is no such file.
pub fn name_of(file: &str, id: u32) -> String {
    let list = std::fs::read_to_string(file).expect("a list of names");
    let found = list.lines().find(|line| line.split(':').nth(2) == Some(&id.to_string()));
    found.and_then(|line| line.split(':').next()).map_or_else(|| id.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_was_given_is_given_to_nobody_else() {
        let given = free_port();
        assert!(claimed(given.port()).is_none(), "though nobody listens there");
        let listener = TcpListener::bind(given).expect("it is free");
        let claim = UnixAddr::from_abstract_name(format!("valetkey-port-{}", given.port())).expect("a short name");
        assert!(UnixListener::bind_addr(&claim).is_err());
        drop(listener);
    }
}
