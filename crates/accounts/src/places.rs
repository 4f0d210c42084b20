//! How many there may be of something at a time, by network and in all: of connections that have not signed in, of
//! refusals that wait.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use valetkey_domain::NetworkKey;

/// A customer with a whole /48 has so many times the places of one network, though they may hold 65,536 of them.
const WIDE_FACTOR: usize = 10;

/// Counts places that are taken.
pub struct Places {
    per_network_max: usize,
    all_max: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_network: HashMap<NetworkKey, usize>,
}

/// A place that is taken. Given back when dropped.
pub struct Place {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Places {
    /// So many for each network, and so many in all.
    pub fn new(per_network_max: usize, all_max: usize) -> Arc<Self> {
        Arc::new(Self { per_network_max, all_max, inside: Mutex::default() })
    }

    /// A place for somebody at this address, unless their network or everybody together has too many. Those whose addresses
    /// are unknown have no network in common.
    pub fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = networks(address).any(|(network, factor)| {
            let here = inside.by_network.get(&network).copied().unwrap_or(0);
            here >= self.per_network_max.saturating_mul(factor)
        });
        if is_full || inside.all >= self.all_max {
            return None;
        }
        inside.all += 1;
        for (network, _) in networks(address) {
            *inside.by_network.entry(network).or_default() += 1;
        }
        Some(Place { places: Arc::clone(self), address })
    }
}

/// The networks that an address counts for, and how many times the places of one each has.
fn networks(address: Option<IpAddr>) -> impl Iterator<Item = (NetworkKey, usize)> {
    let narrow = address.map(|address| (NetworkKey::narrow(address), 1));
    let wide = address.and_then(NetworkKey::wide).map(|network| (network, WIDE_FACTOR));
    narrow.into_iter().chain(wide)
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.places.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        // A network that nobody is here from is forgotten, so that the map is no longer than places are taken.
        for (network, _) in networks(self.address) {
            match inside.by_network.get_mut(&network) {
                Some(here) if *here > 1 => *here -= 1,
                _ => drop(inside.by_network.remove(&network)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_and_everybody_together_have_so_many_places() {
        let all = Places::new(2, 3);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut places = vec![all.enter(Some(one)), all.enter(Some(one))];
        assert!(places.iter().all(Option::is_some));
        assert!(all.enter(Some(one)).is_none(), "its network has two");
        places.push(all.enter(Some(other)));
        assert!(all.enter(Some(other)).is_none(), "there are three in all");
        assert!(all.enter(None).is_none(), "wherever they come from");
        places.clear();
        places.extend([all.enter(None), all.enter(None), all.enter(None)]);
        assert!(places.iter().all(Option::is_some), "nobody knows whether it is one network");
        places.clear();
        assert!(all.inside.lock().expect("not poisoned").by_network.is_empty());
        assert!(all.enter(Some(one)).is_some());
    }

    #[test]
    fn a_customer_with_many_networks_has_no_more_places_than_ten_of_them() {
        let all = Places::new(1, 100);
        let from = |site: u16, network: u16| IpAddr::from([0x2001, 0xdb8, site, network, 0, 0, 0, 1]);
        let mut places: Vec<_> = (0..10).map(|network| all.enter(Some(from(1, network)))).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(all.enter(Some(from(1, 10))).is_none(), "the /48 has ten");
        places.push(all.enter(Some(from(2, 0))));
        assert!(places.iter().all(Option::is_some), "its neighbour has places");
        places.clear();
        assert!(all.inside.lock().expect("not poisoned").by_network.is_empty());
    }
}
