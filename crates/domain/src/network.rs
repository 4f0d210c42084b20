//! Client addresses: where an app password may be used from, and whose failures belong together.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// A range of addresses, `192.0.2.0/24` or `2001:db8::/32`; a single address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpNet);

impl Network {
    /// Whether the address lies in the range. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether this is one loopback address or a range of them.
    pub fn is_loopback(&self) -> bool {
        self.0.network().is_loopback() && self.0.broadcast().is_loopback()
    }
}

impl FromStr for Network {
    type Err = MalformedNetwork;
    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        let text = text.trim();
        let net = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| MalformedNetwork(text.chars().take(60).collect()))?;
        Ok(Self(canonical(net).trunc()))
    }
}

/// A range of IPv4 written as IPv6 (`::ffff:192.0.2.0/120`) is one of IPv4: addresses are compared as such.
fn canonical(net: IpNet) -> IpNet {
    match (net.addr().to_canonical(), net.prefix_len().checked_sub(96)) {
        (IpAddr::V4(v4), Some(length)) if matches!(net, IpNet::V6(_)) => {
            Ipv4Net::new(v4, length).map_or(net, IpNet::V4)
        }
        _ => net,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text was not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a network; write one as 192.0.2.0/24, 2001:db8::/32 or a single address")]
pub struct MalformedNetwork(String);

/// The networks that an app password may be used from; empty means anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Box<[Network]>);

impl Networks {
    /// How many networks one app password may name: enough for every site of a household or a small firm, and few
    /// enough to look through at each sign-in.
    pub const MAX: usize = 16;

    /// A set of networks, at most [`Networks::MAX`].
    pub fn new(mut networks: Vec<Network>) -> Result<Self, TooManyNetworks> {
        networks.sort_unstable();
        networks.dedup();
        if networks.len() > Self::MAX { Err(TooManyNetworks) } else { Ok(Self(networks.into_boxed_slice())) }
    }

    /// Whether there is no limit.
    pub fn is_anywhere(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an app at this address may use the app password. An unknown address passes only where there is no limit.
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty() || address.is_some_and(|a| self.0.iter().any(|n| n.contains(a)))
    }

    /// The networks, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.0.iter()
    }
}

/// `192.0.2.0/24 2001:db8::/32`, as the database keeps it.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, network) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            network.fmt(f)?;
        }
        Ok(())
    }
}

/// More networks than one app password may name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an app password can be limited to at most {} networks", Networks::MAX)]
pub struct TooManyNetworks;

/// Addresses whose failures are counted together.
///
/// One IPv4 address; an IPv6 /64, which is what one customer holds at least; and behind it the /48, which is what one
/// customer can hold at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NetworkKey(u64, u8);

impl NetworkKey {
    /// The narrow key: IPv4 /32 or IPv6 /64.
    pub fn narrow(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(v4.to_bits()), 32),
            IpAddr::V6(v6) => Self(upper_half(v6), 64),
        }
    }

    /// The wide key of an IPv6 address, its /48; IPv4 has none.
    pub fn wide(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => Some(Self(upper_half(v6) & !0xffff, 48)),
        }
    }

    /// The key as bytes, for hashing.
    pub fn to_bytes(self) -> [u8; 9] {
        let mut bytes = [self.1; 9];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        bytes
    }
}

impl fmt::Display for NetworkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1 == 32 {
            let address = Ipv4Addr::from_bits(u32::try_from(self.0).unwrap_or(u32::MAX));
            write!(f, "{address}/32")
        } else {
            write!(f, "{}/{}", Ipv6Addr::from_bits(u128::from(self.0) << 64), self.1)
        }
    }
}

fn upper_half(address: Ipv6Addr) -> u64 {
    u64::try_from(address.to_bits() >> 64).expect("64 bits remain of 128 shifted by 64")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn networks(list: &[&str]) -> Networks {
        Networks::new(list.iter().map(|n| n.parse().expect("a network")).collect()).expect("few")
    }

    #[test]
    fn an_address_passes_where_its_network_is_named() {
        let home = networks(&["192.0.2.0/24", "2001:db8::/32"]);
        assert!(home.admit(Some(ip("192.0.2.77"))));
        assert!(home.admit(Some(ip("::ffff:192.0.2.77"))));
        assert!(home.admit(Some(ip("2001:db8:1::1"))));
        assert!(!home.admit(Some(ip("198.51.100.1"))));
        assert!(!home.admit(None), "an unknown address is not within any network");
        assert!(networks(&[]).admit(None));
    }

    #[test]
    fn networks_are_written_in_one_way() {
        assert_eq!(
            networks(&["2001:db8::5/32", "192.0.2.9/24", "192.0.2.1/24", "::ffff:198.51.100.7"]).to_string(),
            "192.0.2.0/24 198.51.100.7/32 2001:db8::/32"
        );
        assert!("192.0.2.0/33".parse::<Network>().is_err());
        // Found by fuzzing: a range of IPv4 written as IPv6 had no address in it, not even its own.
        let mapped = networks(&["::ffff:192.0.2.9/120", "::ffff:127.0.0.1/104"]);
        assert_eq!(mapped.to_string(), "127.0.0.0/8 192.0.2.0/24");
        assert!(mapped.admit(Some(ip("192.0.2.77"))) && mapped.admit(Some(ip("::ffff:192.0.2.77"))));
        assert_eq!(
            Networks::new((0..17).map(|i| format!("10.0.{i}.0/24").parse().expect("a network")).collect()),
            Err(TooManyNetworks)
        );
    }

    #[test]
    fn failures_are_counted_by_what_one_customer_holds() {
        assert_eq!(NetworkKey::narrow(ip("192.0.2.1")).to_string(), "192.0.2.1/32");
        assert_eq!(NetworkKey::narrow(ip("::ffff:192.0.2.1")), NetworkKey::narrow(ip("192.0.2.1")));
        assert_eq!(NetworkKey::narrow(ip("2001:db8:1:2:3::4")).to_string(), "2001:db8:1:2::/64");
        assert_eq!(
            NetworkKey::wide(ip("2001:db8:1:2:3::4")).map(|k| k.to_string()).as_deref(),
            Some("2001:db8:1::/48")
        );
        assert_eq!(NetworkKey::wide(ip("192.0.2.1")), None);
        assert_ne!(
            NetworkKey::narrow(ip("2001:db8:1::")).to_bytes(),
            NetworkKey::wide(ip("2001:db8:1::")).expect("v6").to_bytes()
        );
    }
}
