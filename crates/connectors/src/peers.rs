//! Whom to believe about where a client came from.

use std::net::IpAddr;

use valetkey_domain::Network;

/// Servers that hand on the client's own address, as the postmaster has named them.
///
/// The address of whoever asks is never taken for the client's: behind one webmail server everybody would share it.
#[derive(Clone, Debug, Default)]
pub struct Peers(Vec<Network>);

impl Peers {
    /// The networks of those servers.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether a server at this address is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client's own address, by what a server at `peer` says of it: a list such as `X-Forwarded-For` has, to which
    /// each server on the way adds the address that it saw. The last one that is not itself a trusted server's is the
    /// client's. Nothing from anybody else is believed.
    pub fn client<'a>(&self, peer: IpAddr, said: impl IntoIterator<Item = &'a str>) -> Option<IpAddr> {
        if self.trusts(peer) { self.client_by(said) } else { None }
    }

    /// The last address of such a list: what somebody said who is believed without having an address of their own.
    pub fn nearest<'a>(said: impl IntoIterator<Item = &'a str>) -> Option<IpAddr> {
        Self::default().client_by(said)
    }

    fn client_by<'a>(&self, said: impl IntoIterator<Item = &'a str>) -> Option<IpAddr> {
        let said: Vec<&str> = said.into_iter().flat_map(|list| list.split(',')).map(str::trim).collect();
        for text in said.iter().rev() {
            // An entry that is no address hides whatever stands before it.
            let address = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok()?;
            if !self.trusts(address) {
                return Some(address.to_canonical());
            }
        }
        // Everybody on the way is trusted: the first is where it began.
        said.first().and_then(|text| text.parse::<IpAddr>().ok()).map(|a| a.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn client(peer: &str, said: &[&str]) -> Option<IpAddr> {
        let peers =
            Peers::new(vec!["127.0.0.0/8".parse().expect("a network"), "10.0.0.0/8".parse().expect("a network")]);
        peers.client(ip(peer), said.iter().copied())
    }

    #[test]
    fn only_configured_servers_are_believed() {
        assert_eq!(client("127.0.0.1", &["203.0.113.9"]), Some(ip("203.0.113.9")));
        assert_eq!(client("198.51.100.1", &["203.0.113.9"]), None);
        assert_eq!(client("127.0.0.1", &[]), None, "unknown, and not the server's own");
        assert_eq!(Peers::default().client(ip("127.0.0.1"), ["203.0.113.9"]), None);
    }

    #[test]
    fn of_a_list_the_last_that_nobody_vouches_for_is_the_client() {
        assert_eq!(
            client("127.0.0.1", &["192.0.2.66, 203.0.113.9, 10.0.0.5"]),
            Some(ip("203.0.113.9")),
            "the first may be forged"
        );
        assert_eq!(client("127.0.0.1", &["203.0.113.9", "10.0.0.5"]), Some(ip("203.0.113.9")));
        assert_eq!(client("127.0.0.1", &["10.1.1.1, 10.0.0.5"]), Some(ip("10.1.1.1")), "an intranet");
        assert_eq!(client("127.0.0.1", &["[2001:db8::9]"]), Some(ip("2001:db8::9")));
        assert_eq!(client("127.0.0.1", &["::ffff:203.0.113.9"]), Some(ip("203.0.113.9")));
        assert_eq!(client("127.0.0.1", &["203.0.113.9, unknown"]), None);
    }
}
