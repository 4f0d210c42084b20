//! The configuration: one TOML file, one section for each part, `VALETKEY__SECTION__KEY` from the environment over it.
//!
//! A mistake names the file, the line, the key and what to do.

mod acme;
mod behind;
mod check;
mod connectors;
mod dav;
mod front;
mod headings;
mod mail;
mod oauth;
mod other_server;
mod places;
mod read;
mod sections;
#[cfg(test)]
pub(crate) mod tests;
mod value;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub(crate) use acme::Acme;
pub(crate) use behind::{Behind, Somewhere};
pub(crate) use connectors::{DovecotAuth, Http, Ldap, Listen, Saslauthd};
pub(crate) use dav::{Dav, DavRoute};
pub(crate) use front::Front;
pub(crate) use mail::Mail;
pub(crate) use oauth::Oauth;
pub(crate) use other_server::{OtherServer, program as command_parts};
pub(crate) use read::ConfigError;
pub(crate) use sections::{Accounts, Policy, Portal, Retention, Server, Store, Throttle, Tls};
pub(crate) use value::{Address, Endpoint, SecretFile};

/// Everything that can be set.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) policy: Policy,
    pub(crate) throttle: Throttle,
    pub(crate) retention: Retention,
    pub(crate) tls: Option<Tls>,
    pub(crate) acme: Option<Acme>,
    pub(crate) imap: Option<Front>,
    pub(crate) pop3: Option<Front>,
    pub(crate) submission: Option<Front>,
    pub(crate) managesieve: Option<Front>,
    pub(crate) dav: Option<Dav>,
    pub(crate) http: Http,
    pub(crate) dovecot_auth: Vec<DovecotAuth>,
    pub(crate) ldap: Option<Ldap>,
    pub(crate) saslauthd: Vec<Saslauthd>,
    pub(crate) other_server: Vec<OtherServer>,
    pub(crate) portal: Option<Portal>,
    pub(crate) oauth: Option<Oauth>,
    pub(crate) mail: Mail,
    /// The file that this was read from, if there was one.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
}

impl Config {
    /// Whether there is a certificate to listen with.
    fn has_certificate(&self) -> bool {
        self.tls.is_some() || self.acme.is_some()
    }

    /// The gateway's protocols that are configured, each with its section's name.
    pub(crate) fn fronts(&self) -> impl Iterator<Item = (&'static str, &Front)> {
        let all = [
            ("imap", &self.imap),
            ("pop3", &self.pop3),
            ("submission", &self.submission),
            ("managesieve", &self.managesieve),
        ];
        all.into_iter().filter_map(|(section, front)| Some((section, front.as_ref()?)))
    }

    /// The directory that relative paths in the file start from.
    pub(crate) fn base(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }

    /// A path of the configuration, made absolute as far as the file's own is.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.base().join(path)
    }

    /// Where data is kept.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.server.data_dir.as_deref().map_or_else(sections::usual_data_dir, |dir| self.path(dir))
    }

    /// The administration socket.
    pub(crate) fn admin_socket(&self) -> PathBuf {
        self.server.admin_socket.as_deref().map_or_else(|| self.data_dir().join("admin.sock"), |path| self.path(path))
    }

    /// Who gives apps their tokens: the portal, where OAuth is on.
    pub(crate) fn issuer(&self) -> Option<String> {
        self.portal.as_ref().filter(|_| self.oauth.is_some()).map(|portal| portal.address.clone())
    }

    /// The key file.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.accounts.key_file.as_deref().map_or_else(|| self.data_dir().join("key"), |path| self.path(path))
    }
}
