//! The certificates: those of `[tls]`, and behind them the one that comes by ACME.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use valetkey_connectors::acme::{Acme, Challenges, Settings};
use valetkey_connectors::door::{Access, Door, Location};
use valetkey_gateway::Certificates;

use super::{Doors, StartError};
use crate::assembly;
use crate::clock::{SystemClock, SystemRandomness};
use crate::config;

/// What a door over TCP has no use for.
const ACCESS: Access = Access { mode: 0o600, group: None };

impl Doors<'_> {
    /// Reads the certificates and sees that they stay good; none if there are none.
    pub(super) fn certificates(&mut self) -> Result<Option<Arc<ServerConfig>>, StartError> {
        let mut files = assembly::certificate_files(self.config);
        if let Some(acme) = &self.config.acme {
            let acme = self.acme(acme)?;
            files.push((acme.file(), acme.file()));
            self.open.push(tokio::spawn(acme.run(self.stop.clone())));
        }
        if files.is_empty() {
            return Ok(None);
        }
        let certificates = Certificates::read(&files)?;
        self.open.push(tokio::spawn(Arc::clone(&certificates).watch(self.stop.clone())));
        Ok(Some(certificates.tls()))
    }

    fn acme(&mut self, acme: &config::Acme) -> Result<Acme, StartError> {
        let portal = self.config.portal.as_ref().map(|portal| &*portal.address);
        let challenges = Challenges::new(portal, Arc::new(SystemClock));
        let mut addresses = Vec::with_capacity(acme.listen.len());
        for address in &acme.listen {
            let (door, bound) = open(**address)?;
            addresses.push(bound.to_string());
            self.open.push(tokio::spawn(Arc::clone(&challenges).run(door, self.stop.clone())));
        }
        tracing::info!(listen = addresses.join(" "), "ACME's challenges are answered");
        let settings = Settings {
            directory: acme.directory.clone(),
            authorities: assembly::read_authorities(self.config, acme.authorities.as_deref())?,
            domains: acme.domains.clone(),
            contact: acme.contact.clone(),
            first_retry: Duration::from_secs(acme.retry_s),
            dir: assembly::acme_directory(self.config),
        };
        Ok(Acme::prepare(settings, challenges, Arc::new(SystemClock), Arc::new(SystemRandomness))?)
    }
}

fn open(address: SocketAddr) -> Result<(Door, Location), StartError> {
    let location = Location::Tcp(address);
    let opened = Door::open(&location, ACCESS).and_then(|door| Ok((door.location()?, door)));
    let (bound, door) = opened.map_err(|error| StartError::Door(location, error))?;
    Ok((door, bound))
}
