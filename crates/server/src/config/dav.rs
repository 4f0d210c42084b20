//! The gateway for calendars and contacts.

use std::path::PathBuf;

use http::HeaderName;
use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_gateway::dav::{Limits, Location};

use super::sections::usual_advice;
use super::value::{Address, line, within};

/// The gateway in front of a server for calendars and contacts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dav {
    #[serde(default)]
    pub(crate) listen_tls: Vec<Address>,
    #[serde(default)]
    pub(crate) listen_after_tls: Vec<Address>,
    pub(crate) upstream: Upstream,
    #[serde(default)]
    pub(crate) upstream_in_clear: bool,
    #[serde(default = "usual_header", deserialize_with = "header")]
    pub(crate) identity_header: HeaderName,
    #[serde(default)]
    pub(crate) identity_encoding: Encoding,
    #[serde(default, deserialize_with = "segment")]
    pub(crate) calendars: Option<String>,
    #[serde(default, deserialize_with = "segment")]
    pub(crate) contacts: Option<String>,
    #[serde(default = "usual_realm", deserialize_with = "line")]
    pub(crate) realm: String,
    #[serde(default = "usual_advice", deserialize_with = "line")]
    pub(crate) advice: String,
    #[serde(default = "Dav::connections_per_account", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) connections_per_account: usize,
    #[serde(default = "Dav::lobby_per_network", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) lobby_per_network: usize,
    #[serde(default = "Dav::lobby", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) lobby: usize,
    #[serde(default = "Dav::idle_s", deserialize_with = "within::<1, 86400, _, _>")]
    pub(crate) idle_s: u64,
}

/// How what is not ASCII stands in the identity's header.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "percent")]
    Percent,
}

/// Where the server behind is.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Upstream(pub(crate) Location);

impl TryFrom<String> for Upstream {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
            return Ok(Self(Location::Unix(PathBuf::from(path))));
        }
        text.parse().map(|address| Self(Location::Tcp(address))).map_err(|_| {
            format!("'{text}' is no address of a server; write it as 127.0.0.1:5232 or unix:/run/radicale/socket")
        })
    }
}

impl Dav {
    /// What each key's own type cannot see: the key, and what is wrong with it.
    pub(super) fn check(&self, has_certificate: bool) -> Result<(), (&'static str, &'static str)> {
        if self.listen_tls.is_empty() && self.listen_after_tls.is_empty() {
            return Err(("upstream", "[dav] listens nowhere: set `listen_tls`, for example to [\"[::]:443\"]"));
        }
        if !self.listen_tls.is_empty() && !has_certificate {
            return Err((
                "listen_tls",
                "[dav] needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]",
            ));
        }
        if !self.listen_after_tls.iter().all(|address| address.ip().is_loopback()) {
            return Err((
                "listen_after_tls",
                "dav.listen_after_tls may only have addresses on loopback: app passwords come in clear there, from a proxy on this \
                 machine that has ended TLS",
            ));
        }
        let is_elsewhere =
            matches!(&self.upstream.0, Location::Tcp(address) if !address.ip().to_canonical().is_loopback());
        if is_elsewhere && !self.upstream_in_clear {
            return Err((
                "upstream",
                "dav.upstream is not on this machine, and whoever reaches it is whoever they say: put it behind a tunnel on loopback, \
                 or set `upstream_in_clear = true` if the network between is yours alone",
            ));
        }
        match (&self.calendars, &self.contacts) {
            (Some(calendars), Some(contacts)) if calendars != contacts => Ok(()),
            (None, None) => Ok(()),
            _ => Err((
                if self.calendars.is_some() { "calendars" } else { "contacts" },
                "dav.calendars and dav.contacts belong together: name two collections, or none where calendars and contacts lie side by \
                 side",
            )),
        }
    }

    fn connections_per_account() -> usize {
        Limits::default().connections_per_account
    }

    fn lobby_per_network() -> usize {
        Limits::default().lobby_per_network
    }

    fn lobby() -> usize {
        Limits::default().lobby
    }

    fn idle_s() -> u64 {
        Limits::default().idle.as_secs()
    }
}

fn usual_header() -> HeaderName {
    HeaderName::from_static("x-remote-user")
}

fn usual_realm() -> String {
    "Valetkey".into()
}

/// What a server may be told somebody's identity by: nothing that HTTP itself needs.
fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderName, D::Error> {
    const TAKEN: [&str; 9] = [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "destination",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "authorization",
    ];
    let text = String::deserialize(deserializer)?;
    let wrong = || D::Error::custom(format!("'{text}' is no header for an identity; write it as X-Remote-User"));
    let name: HeaderName = text.parse().map_err(|_| wrong())?;
    if TAKEN.contains(&name.as_str()) || name.as_str().contains('_') { Err(wrong()) } else { Ok(name) }
}

/// The name of a collection, which needs no encoding in a path.
fn segment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_~".contains(&b));
    if is_plain && !text.is_empty() {
        Ok(Some(text))
    } else {
        Err(D::Error::custom(format!("'{text}' is no name of a collection; write it as calendars, without slashes")))
    }
}
