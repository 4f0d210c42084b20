//! How many connections there may be before they have signed in, by network and in all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use valetkey_domain::NetworkKey;

/// Counts connections that have not signed in.
pub(crate) struct Lobby {
    per_network_max: usize,
    all_max: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_network: HashMap<NetworkKey, usize>,
}

/// A place among the connections that have not signed in. Given back when dropped.
pub(crate) struct Place {
    lobby: Arc<Lobby>,
    network: Option<NetworkKey>,
}

impl Lobby {
    pub(crate) fn new(per_network_max: usize, all_max: usize) -> Arc<Self> {
        Arc::new(Self { per_network_max, all_max, inside: Mutex::default() })
    }

    /// A place for a connection from this address, unless its network or everybody together has too many. Connections
    /// whose clients' addresses are unknown have no network in common.
    pub(crate) fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let network = address.map(NetworkKey::narrow);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let here = network.and_then(|network| inside.by_network.get(&network)).copied().unwrap_or(0);
        if inside.all >= self.all_max || here >= self.per_network_max {
            return None;
        }
        inside.all += 1;
        if let Some(network) = network {
            inside.by_network.insert(network, here + 1);
        }
        Some(Place { lobby: Arc::clone(self), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.lobby.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        // A network that nobody is here from is forgotten, so that the map is no longer than the lobby is full.
        let Some(network) = &self.network else { return };
        match inside.by_network.get_mut(network) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(inside.by_network.remove(network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_and_everybody_together_have_so_many_places() {
        let lobby = Lobby::new(2, 3);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut places = vec![lobby.enter(Some(one)), lobby.enter(Some(one))];
        assert!(places.iter().all(Option::is_some));
        assert!(lobby.enter(Some(one)).is_none(), "its network has two");
        places.push(lobby.enter(Some(other)));
        assert!(lobby.enter(Some(other)).is_none(), "there are three in all");
        assert!(lobby.enter(None).is_none(), "wherever they come from");
        places.clear();
        places.extend([lobby.enter(None), lobby.enter(None), lobby.enter(None)]);
        assert!(places.iter().all(Option::is_some), "nobody knows whether it is one network");
        places.clear();
        assert!(lobby.inside.lock().expect("not poisoned").by_network.is_empty());
        assert!(lobby.enter(Some(one)).is_some());
    }
}
