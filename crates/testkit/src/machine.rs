//! What this machine has to give: ports, and names for its users.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{SocketAddr, TcpListener};

/// A port that was free a moment ago: most servers cannot take one and say which. Not one of those that the kernel gives to
/// whoever connects somewhere, since such a one may be taken before it is used.
///
/// # Panics
/// If there is none.
pub fn free_port() -> SocketAddr {
    let start = RandomState::new().hash_one(std::process::id());
    let port = |n: u64| 10_000 + u16::try_from(start.wrapping_add(n) % 20_000).unwrap_or_default();
    let bound = (0..20_000).find_map(|n| TcpListener::bind(("127.0.0.1", port(n))).ok()).expect("a free port");
    bound.local_addr().expect("a listener has an address")
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
