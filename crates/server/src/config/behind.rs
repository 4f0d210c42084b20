//! The keys by which a section says which server is behind it: the same for mail and for calendars and contacts, in the section
//! itself and in its routes.

use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_domain::LoginName;
use valetkey_gateway::Reach;

use super::sections::Accounts;
use super::value::Address;

/// As many addresses as one server can sensibly have.
const ADDRESSES_MAX: usize = 16;

/// What is wrong: with which key, and how.
pub(super) type Wrong = (&'static str, String);

/// Declares a section that has these keys beside its own, and gives them as one [`Behind`]. What comes first is the type of an
/// address.
///
/// serde's `flatten` would do the same, and lose the lines of mistakes and the refusal of unknown keys.
macro_rules! with_upstream {
    ($address:ty; $(#[$meta:meta])* pub(crate) struct $section:ident { $($own:tt)* }) => {
        $(#[$meta])*
        pub(crate) struct $section {
            #[serde(deserialize_with = "crate::config::behind::one_or_many")]
            pub(crate) upstream: Vec<$address>,
            #[serde(default)]
            pub(crate) upstream_tls: Option<String>,
            #[serde(default)]
            pub(crate) upstream_authorities: Option<std::path::PathBuf>,
            #[serde(default)]
            pub(crate) upstream_in_clear: bool,
            #[serde(default)]
            pub(crate) upstream_proxy_protocol: bool,
            #[serde(
                default = "crate::config::behind::usual_connections",
                deserialize_with = "crate::config::value::within::<1, 1000000, _, _>"
            )]
            pub(crate) upstream_connections: usize,
            $($own)*
        }

        impl $section {
            /// The server behind.
            pub(crate) fn behind(&self) -> $crate::config::Behind<'_, $address> {
                $crate::config::Behind {
                    addresses: &self.upstream,
                    tls: self.upstream_tls.as_deref(),
                    authorities: self.upstream_authorities.as_deref(),
                    may_be_in_clear: self.upstream_in_clear,
                    proxy_protocol: self.upstream_proxy_protocol,
                    connections: self.upstream_connections,
                }
            }
        }
    };
}
pub(super) use with_upstream;

/// The server behind a section or a route.
pub(crate) struct Behind<'a, A> {
    pub(crate) addresses: &'a [A],
    /// The name in its certificate.
    pub(crate) tls: Option<&'a str>,
    /// The file of who may have signed it.
    pub(crate) authorities: Option<&'a Path>,
    pub(crate) may_be_in_clear: bool,
    pub(crate) proxy_protocol: bool,
    pub(crate) connections: usize,
}

/// Where a server can be, as it is written.
pub(crate) trait Somewhere {
    /// The same for the gateway.
    type At: Reach + Send + Sync + 'static;

    fn at(&self) -> Self::At;

    /// Whether what is said to it stays on this machine.
    fn is_here(&self) -> bool;
}

impl Somewhere for Address {
    type At = SocketAddr;

    fn at(&self) -> SocketAddr {
        self.0
    }

    fn is_here(&self) -> bool {
        self.ip().to_canonical().is_loopback()
    }
}

impl<A: Somewhere> Behind<'_, A> {
    /// What no key's own type can see. `section` is its name, `goods` what is on the way to it.
    pub(super) fn check(&self, section: &str, goods: &str) -> Result<(), Wrong> {
        let count = self.addresses.len();
        if count == 0 || count > ADDRESSES_MAX {
            return Err(("upstream", format!("{section}.upstream must have 1 to {ADDRESSES_MAX} addresses")));
        }
        if self.tls.is_none() && !self.may_be_in_clear && !self.addresses.iter().all(A::is_here) {
            let message = format!(
                "{section}.upstream is not on this machine, and {goods} would pass in clear: set `upstream_tls` to the name in its \
                 certificate, put it behind a tunnel on loopback, or set `upstream_in_clear = true` if the network between is yours alone"
            );
            return Err(("upstream", message));
        }
        if let Some(name) = self.tls
            && rustls::pki_types::ServerName::try_from(name).is_err()
        {
            return Err(("upstream_tls", format!("'{name}' is no server's name; write it as imap.example.org")));
        }
        Ok(())
    }
}

/// The accounts that a route names, by their login names.
pub(super) fn logins(named: &[String], accounts: &Accounts) -> Result<Vec<LoginName>, String> {
    let domain = accounts.default_domain.as_deref();
    named.iter().map(|text| LoginName::parse(text, domain).map_err(|e| format!("'{text}': {e}"))).collect()
}

/// One address, or a list of them.
pub(super) fn one_or_many<'de, D, A>(deserializer: D) -> Result<Vec<A>, D::Error>
where
    D: Deserializer<'de>,
    A: TryFrom<String, Error = String>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "an address and port as \"127.0.0.1:10143\", or a list of them")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let texts = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    };
    texts.into_iter().map(|text| A::try_from(text).map_err(D::Error::custom)).collect()
}

pub(super) fn usual_connections() -> usize {
    50_000
}
