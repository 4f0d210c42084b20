//! The servers behind the gateway, as they are configured.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use valetkey_gateway::{Upstream, UpstreamSettings, UpstreamTls};

use super::{Doors, StartError};
use crate::assembly;
use crate::config::{Behind, Somewhere};

impl Doors<'_> {
    /// A server behind, of which it is looked now and then whether it answers.
    pub(super) fn upstream<A, T>(
        &mut self,
        behind: &Behind<'_, A>,
        terms: T,
    ) -> Result<Arc<Upstream<A::At, T>>, StartError>
    where
        A: Somewhere,
        T: Send + Sync + 'static,
    {
        let upstream = Upstream::new(UpstreamSettings {
            addresses: behind.addresses.iter().map(A::at).collect(),
            tls: self.upstream_tls(behind.tls, behind.authorities)?,
            proxy_protocol: behind.proxy_protocol,
            connections: behind.connections,
            terms,
        });
        self.open.push(self.runtime.spawn(Arc::clone(&upstream).watch(self.stop.clone())));
        Ok(upstream)
    }

    fn upstream_tls(&self, name: Option<&str>, authorities: Option<&Path>) -> Result<Option<UpstreamTls>, StartError> {
        let Some(name) = name else { return Ok(None) };
        let name = ServerName::try_from(name.to_owned()).map_err(|e| StartError::Unusable(e.to_string()))?;
        let config = assembly::read_authorities(self.config, authorities)?.client_config();
        let config = config.map_err(|e| StartError::Unusable(e.to_string()))?;
        Ok(Some(UpstreamTls { config: Arc::new(config), name }))
    }
}
