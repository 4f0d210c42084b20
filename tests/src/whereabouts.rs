//! Where a server listens, as its log says.

use std::net::SocketAddr;

/// The log of a server that has started.
pub(crate) struct Whereabouts(String);

impl Whereabouts {
    /// What can be read from a log; `None` if the server has not started yet.
    pub(crate) fn read(log: &str) -> Option<Self> {
        let (whole, _) = log.rsplit_once('\n')?;
        whole.lines().any(|line| line.contains(" message=started ")).then(|| Self(whole.to_owned()))
    }

    /// The addresses under a key of the line that says that it has started.
    pub(crate) fn at(&self, key: &str) -> Vec<SocketAddr> {
        addresses(self.line(&[" message=started "]), key)
    }

    /// The addresses under a key of what is said of one of the gateway's protocols.
    pub(crate) fn of(&self, service: &str, key: &str) -> Vec<SocketAddr> {
        addresses(self.line(&[" message=listening ", &format!(" service={service} ")]), key)
    }

    fn line(&self, parts: &[&str]) -> &str {
        let found = self.0.lines().find(|line| parts.iter().all(|part| line.contains(part)));
        found.unwrap_or_else(|| panic!("no line with {parts:?} in {}", self.0))
    }
}

/// `listen=[127.0.0.1:40143]`, `portal="[127.0.0.1:40144, 127.0.0.1:40145]"`.
fn addresses(line: &str, key: &str) -> Vec<SocketAddr> {
    let found = line.split_once(&format!(" {key}="));
    let found = found.and_then(|(_, rest)| inside(rest.trim_start_matches('"')));
    let addresses = found.unwrap_or_else(|| panic!("no {key} in {line}"));
    let one = |address: &str| address.parse().unwrap_or_else(|error| panic!("{address}: {error}"));
    addresses.split(", ").filter(|address| !address.is_empty()).map(one).collect()
}

/// What stands in the brackets at the beginning of a text. Addresses of IPv6 have some of their own.
fn inside(text: &str) -> Option<&str> {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        depth == 0
    });
    text.get(..end?)?.strip_prefix('[')
}
