//! What is wrong with a configuration that no key's own type can see: what keys of one section are to each other, and sections.

use std::collections::HashSet;
use std::path::Path;

use valetkey_connectors::door::Location;

use super::behind::Wrong;
use super::read::{ConfigError, key_at, key_in, key_of_nested, line_of};
use super::{Config, Portal, other_server};

/// Finds the first mistake. Places are those of the file's text, where it has the section.
pub(super) fn check(config: &Config, text: &str) -> Result<(), ConfigError> {
    let file = File { config, text };
    file.check_gateway()?;
    file.check_connectors()?;
    file.check_portal()?;
    file.check_whole()
}

/// What was read, and the text that it was read from.
struct File<'a> {
    config: &'a Config,
    text: &'a str,
}

impl File<'_> {
    fn wrong(&self, at: Option<usize>, message: &str) -> Result<(), ConfigError> {
        let file = self.config.file.as_deref().unwrap_or(Path::new("the configuration")).display();
        let place = at.map_or_else(|| file.to_string(), |at| format!("{file}, line {}", line_of(self.text, at)));
        Err(ConfigError::Meaning { place, message: message.to_owned() })
    }

    /// What was found in a section: with which key, and what.
    fn found(&self, section: &str, found: Result<(), (&str, impl AsRef<str>)>) -> Result<(), ConfigError> {
        found.or_else(|(key, message)| self.wrong(key_at(self.text, section, key), message.as_ref()))
    }

    /// The same in one of several sections of a name.
    fn found_in(
        &self,
        section: &str,
        number: usize,
        found: Result<(), (&str, impl AsRef<str>)>,
    ) -> Result<(), ConfigError> {
        found.or_else(|(key, message)| self.wrong(key_in(self.text, section, number, key), message.as_ref()))
    }

    /// The same in one of several sections below another, as `[[dav.route]]` is below `[dav]`.
    fn found_below(&self, section: &str, name: &str, found: Result<(), (usize, Wrong)>) -> Result<(), ConfigError> {
        found.or_else(|(number, (key, message))| {
            self.wrong(key_of_nested(self.text, [section, name], number, key), &message)
        })
    }

    fn check_gateway(&self) -> Result<(), ConfigError> {
        let config = self.config;
        if let Some(acme) = &config.acme {
            self.found("acme", acme.check())?;
        }
        for (section, front) in config.fronts() {
            self.found(section, front.check(section, config.has_certificate()))?;
            self.found_below(section, "route", front.check_routes(section, &config.accounts))?;
        }
        if let Some(dav) = &config.dav {
            self.found("dav", dav.check(config.has_certificate()))?;
            self.found_below("dav", "route", dav.check_routes(&config.accounts))?;
        }
        Ok(())
    }

    fn check_connectors(&self) -> Result<(), ConfigError> {
        let config = self.config;
        if let Some(ldap) = &config.ldap {
            self.found("ldap", ldap.check(config.has_certificate()))?;
        }
        self.found("http", config.http.check())?;
        for (number, one) in config.dovecot_auth.iter().enumerate() {
            self.found_in("dovecot_auth", number, one.check().map_err(|message| ("listen", message)))?;
        }
        for (number, one) in config.saslauthd.iter().enumerate() {
            self.found_in("saslauthd", number, one.check().map_err(|message| ("listen", message)))?;
        }
        let others = other_server::check(&config.other_server);
        others.or_else(|(number, message)| self.found_in("other_server", number, Err(("name", message))))
    }

    fn check_portal(&self) -> Result<(), ConfigError> {
        let config = self.config;
        if let Some(portal) = &config.portal {
            self.found("portal", check_portal(config, portal).map_err(|message| ("address", message)))?;
        }
        if let Some(oauth) = &config.oauth {
            if config.portal.is_none() {
                return self.wrong(None, "[oauth] needs a section [portal], on whose pages people let apps in");
            }
            self.found_below("oauth", "client", oauth.check())?;
        }
        self.found("mail", config.mail.check())
    }

    fn check_whole(&self) -> Result<(), ConfigError> {
        if let Some(twice) = listened_on_twice(self.config) {
            return self.wrong(None, &format!("{twice} is listened on twice: take it out of one of the lists"));
        }
        let accounts = &self.config.accounts;
        if u64::from(accounts.password_hash_kib) > u64::from(accounts.password_memory_mib) * 1024 {
            return self.wrong(
                None,
                "accounts.password_hash_kib is more than all the memory that accounts.password_memory_mib allows: raise the second",
            );
        }
        let store = &self.config.store;
        if store.url_file.is_some() && (store.url.is_some() || store.file.is_some()) {
            return self.wrong(None, "store.url_file excludes store.url and store.file: keep one of them");
        }
        if store.url.is_some() && store.file.is_some() {
            return self.found("store", Err(("url", "store.url and store.file exclude each other: keep one of them")));
        }
        Ok(())
    }
}

fn check_portal(config: &Config, portal: &Portal) -> Result<(), &'static str> {
    if portal.listen_tls.is_empty() && portal.listen_after_tls.is_empty() {
        return Err("[portal] listens nowhere: set `listen_tls`, for example to [\"[::]:443\"]");
    }
    if !portal.listen_tls.is_empty() && !config.has_certificate() {
        return Err("[portal] needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]");
    }
    if !portal.listen_after_tls.iter().all(|address| address.ip().is_loopback()) {
        return Err(
            "portal.listen_after_tls may only have addresses on loopback: passwords come in clear there, from a proxy on \
             this machine that has ended TLS",
        );
    }
    if portal.login_flow && !portal.dav.as_ref().is_some_and(|dav| dav.starts_with("https://")) {
        return Err(
            "portal.login_flow needs portal.dav, the https:// address of calendars and contacts that apps are then \
             given: for example https://dav.example.org/",
        );
    }
    if portal.registration && config.accounts.default_domain.is_none() {
        return Err("portal.registration needs accounts.default_domain: people choose what stands before the @");
    }
    Ok(())
}

fn listened_on_twice(config: &Config) -> Option<Location> {
    let of_portal = config.portal.as_ref().map(|portal| [&portal.listen_tls, &portal.listen_after_tls]);
    let of_dav = config.dav.as_ref().map(|dav| [&dav.listen_tls, &dav.listen_after_tls]);
    let lists = of_portal.into_iter().chain(of_dav).flatten().flatten().map(|address| **address);
    let of_fronts = config.fronts().flat_map(|(_, front)| front.listens());
    let of_acme = config.acme.iter().flat_map(|acme| &acme.listen).map(|address| **address);
    let addresses = of_fronts.chain(lists).chain(of_acme).map(Location::Tcp);
    let asking =
        config.dovecot_auth.iter().map(|one| &one.listen).chain(config.saslauthd.iter().map(|one| &one.listen));
    let of_ldap = config.ldap.as_ref().map(|ldap| [&ldap.listen, &ldap.listen_tls]);
    let asking = asking.chain([&config.http.listen]).chain(of_ldap.into_iter().flatten());
    let mut all = HashSet::new();
    let is_free = |location: &Location| matches!(location, Location::Tcp(address) if address.port() == 0);
    addresses
        .chain(asking.flatten().map(|listen| listen.0.clone()))
        .find(|location| !is_free(location) && !all.insert(location.clone()))
}
