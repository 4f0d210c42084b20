//! The gateway for calendars and contacts, as it is configured.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use valetkey_gateway::dav::{Begin, Gateway, Layout, Limits, Location, Settings, Terms};
use valetkey_gateway::{Route, Upstreams};

use super::{Doors, StartError};
use crate::config::{Address, Dav};
use crate::cores::Cores;

impl Doors<'_> {
    /// Opens it, if it is configured.
    pub(super) fn dav(&mut self, tls: Option<&ServerConfig>, cores: &Cores) -> Result<(), StartError> {
        let config = self.config;
        let Some(dav) = &config.dav else { return Ok(()) };
        let settings = Settings {
            upstreams: self.dav_upstreams(dav)?,
            proxies: dav.proxies.clone(),
            realm: dav.realm.clone(),
            advice: dav.advice.clone(),
            takes_tokens: config.issuer().is_some(),
            limits: Limits {
                lobby_per_network: dav.lobby_per_network,
                lobby: dav.lobby,
                connections_per_account: dav.connections_per_account,
                idle: Duration::from_secs(dav.idle_s),
                stop: Duration::from_secs(config.server.shutdown_s),
            },
        };
        let gateway = Gateway::new(Arc::clone(self.accounts), tls, settings);
        let mut bound = |listen: &[Address], begin| {
            self.listen_on(listen, cores, |listener, stop| Arc::clone(&gateway).run(listener, begin, stop))
        };
        let tls = bound(&dav.listen_tls, Begin::Tls)?;
        let after_tls = bound(&dav.listen_after_tls, Begin::AfterTls)?;
        (self.addresses.dav, self.addresses.dav_after_tls) = (tls, after_tls);
        Ok(())
    }

    fn dav_upstreams(&mut self, dav: &Dav) -> Result<Upstreams<Location, Terms>, StartError> {
        let mut routes = Vec::with_capacity(dav.route.len());
        for route in &dav.route {
            let terms = Terms {
                identity_header: route.identity_header.as_ref().unwrap_or(&dav.identity_header).clone(),
                identity_encoding: route.identity_encoding.unwrap_or(dav.identity_encoding).into(),
                layout: Layout { calendars: route.calendars.clone(), contacts: route.contacts.clone() },
            };
            routes.push(Route {
                accounts: route.accounts(&self.config.accounts).map_err(StartError::Unusable)?,
                domains: route.domains.clone(),
                services: route.services.clone(),
                upstream: self.upstream(&route.behind(), terms)?,
            });
        }
        let terms = Terms {
            identity_header: dav.identity_header.clone(),
            identity_encoding: dav.identity_encoding.into(),
            layout: Layout { calendars: dav.calendars.clone(), contacts: dav.contacts.clone() },
        };
        Ok(Upstreams { routes, usual: self.upstream(&dav.behind(), terms)? })
    }
}
