//! Networks: written in one way, which reads back; a range has in it what it says.

use std::net::IpAddr;

use valetkey_domain::{Network, NetworkKey, Networks};

/// The lines of the input are networks and addresses.
pub fn network(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found: Vec<Network> = text.lines().take(40).filter_map(|line| line.parse().ok()).collect();
    let addresses: Vec<IpAddr> = text.lines().take(40).filter_map(|line| line.trim().parse().ok()).collect();
    for network in &found {
        let written = network.to_string();
        let again: Network = written.parse().expect("what was written can be read");
        assert_eq!((again, again.to_string()), (*network, written));
    }
    text.lines().take(40).for_each(own_address);
    for address in &addresses {
        one_address(*address);
    }
    let count = found.len();
    let Ok(networks) = Networks::new(found.clone()) else {
        return assert!(count > Networks::MAX);
    };
    assert_eq!(networks.is_anywhere(), count == 0);
    assert!(networks.iter().count() <= Networks::MAX);
    let written = networks.to_string();
    let read: Vec<Network> = written.split_whitespace().map(|n| n.parse().expect("a network")).collect();
    assert_eq!(Networks::new(read), Ok(networks.clone()), "as the database keeps it");
    for address in addresses {
        let admitted = count == 0 || found.iter().any(|n| n.contains(address));
        assert_eq!(networks.admit(Some(address)), admitted, "{address} in {written}");
        assert_eq!(networks.admit(Some(address.to_canonical())), admitted);
    }
    assert_eq!(networks.admit(None), count == 0, "an unknown address is nowhere");
}

/// The address by which a range is written lies in it. (Of IPv4 as IPv6 that is so where all of the range is such.)
fn own_address(line: &str) {
    let (Ok(network), Some((address, length))) = (line.parse::<Network>(), line.trim().split_once('/')) else { return };
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u8>()) else { return };
    if address.to_canonical() == address || length >= 96 {
        assert!(network.contains(address), "{address} in {network}, written {line:?}");
    }
}

fn one_address(address: IpAddr) {
    let alone: Network = address.to_string().parse().expect("an address is a network of one");
    assert!(alone.contains(address) && alone.contains(address.to_canonical()));
    assert_eq!(alone.is_loopback(), address.to_canonical().is_loopback());
    // Whose failures belong together is a network with the address in it, and has every narrower one's in it too.
    let narrow = NetworkKey::narrow(address);
    assert_eq!(narrow, NetworkKey::narrow(address.to_canonical()));
    for key in [Some(narrow), NetworkKey::wide(address)].into_iter().flatten() {
        let network: Network = key.to_string().parse().expect("a key is written as a network");
        assert!(network.contains(address), "{address} in {key}");
        assert_eq!(network.to_string(), key.to_string());
    }
}
