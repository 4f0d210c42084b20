//! The gateway's protocols of mail, as they are configured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use valetkey_gateway::{
    Begin, Gateway, Imap, Learn, Limits, MailTerms, MailUpstream, ManageSieve, Pop3, Protocol, Route, Settings,
    Submission, Trust, Upstreams, learn,
};
use zeroize::Zeroizing;

use super::{Doors, StartError};
use crate::assembly;
use crate::config::{Address, Front, SecretFile};
use crate::cores::Cores;

impl Doors<'_> {
    /// Opens every protocol that is configured.
    pub(super) fn fronts(&mut self, tls: Option<&Arc<ServerConfig>>, cores: &Cores) -> Result<(), StartError> {
        let config = self.config;
        if let Some(front) = &config.imap {
            self.front(Imap, front, tls, cores)?;
        }
        if let Some(front) = &config.pop3 {
            self.front(Pop3, front, tls, cores)?;
        }
        if let Some(front) = &config.managesieve {
            self.learning_front(ManageSieve::default(), front, tls, cores)?;
        }
        if let Some(front) = &config.submission {
            let trust = if front.xclient { Trust::Xclient } else { Trust::MasterUser };
            self.learning_front(Submission::new(&front.host_name(), trust), front, tls, cores)?;
        }
        Ok(())
    }

    /// One whose server behind is asked in advance what it offers.
    fn learning_front<P: Learn + Clone>(
        &mut self,
        protocol: P,
        front: &Front,
        tls: Option<&Arc<ServerConfig>>,
        cores: &Cores,
    ) -> Result<(), StartError> {
        let upstream = self.front(protocol.clone(), front, tls, cores)?;
        self.open.push(self.runtime.spawn(learn(protocol, upstream, self.stop.clone())));
        Ok(())
    }

    fn front<P: Protocol>(
        &mut self,
        protocol: P,
        front: &Front,
        tls: Option<&Arc<ServerConfig>>,
        cores: &Cores,
    ) -> Result<Arc<MailUpstream>, StartError> {
        let tls = tls.ok_or(StartError::NoCertificate(P::SERVICE.name()))?;
        let upstreams = self.upstreams(front)?;
        let usual = Arc::clone(&upstreams.usual);
        let settings = Settings {
            upstreams,
            limits: Limits {
                lobby_per_network: front.lobby_per_network,
                lobby: front.lobby,
                sign_in_time: Duration::from_secs(front.sign_in_s),
                connections_per_account: front.connections_per_account,
                idle: front.idle_s.map(Duration::from_secs),
            },
            proxies: front.proxies.clone(),
            advice: front.advice.clone(),
            issuer: self.config.issuer(),
        };
        let gateway = Gateway::new(protocol, Arc::clone(self.accounts), Arc::clone(tls), settings);
        let mut bound = |listen: &[Address], begin| {
            self.listen_on(listen, cores, |listener, stop| Arc::clone(&gateway).run(listener, begin, stop))
        };
        let addresses = super::FrontAddresses {
            clear: bound(&front.listen, Begin::Clear)?,
            tls: bound(&front.listen_tls, Begin::Tls)?,
            after_tls: bound(&front.listen_after_tls, Begin::AfterTls)?,
        };
        tracing::info!(
            service = P::SERVICE.name(), listen = ?addresses.clear, listen_tls = ?addresses.tls,
            listen_after_tls = ?addresses.after_tls, "listening"
        );
        self.addresses.fronts.insert(P::SERVICE, addresses);
        Ok(usual)
    }

    fn upstreams(&mut self, front: &Front) -> Result<Upstreams<SocketAddr, MailTerms>, StartError> {
        let mut routes = Vec::with_capacity(front.route.len());
        for route in &front.route {
            let user = route.master_user.as_ref().or(front.master_user.as_ref());
            let file = route.master_secret_file.as_ref().or(front.master_secret_file.as_ref());
            let terms = self.terms(front, user, file)?;
            routes.push(Route {
                accounts: route.accounts(&self.config.accounts).map_err(StartError::Unusable)?,
                domains: route.domains.clone(),
                // Each protocol has a section of its own.
                services: Vec::new(),
                upstream: self.upstream(&route.behind(), terms)?,
            });
        }
        let terms = self.terms(front, front.master_user.as_ref(), front.master_secret_file.as_ref())?;
        Ok(Upstreams { routes, usual: self.upstream(&front.behind(), terms)? })
    }

    fn terms(&self, front: &Front, user: Option<&String>, file: Option<&SecretFile>) -> Result<MailTerms, StartError> {
        let master_secret = match file {
            Some(file) => assembly::read_secret(self.config, file)?,
            None => Zeroizing::default(),
        };
        let master_user = user.cloned().unwrap_or_default();
        Ok(MailTerms { master_user, master_secret, forward_client: front.forward_client })
    }
}
