//! The gateway for calendars and contacts.

use std::path::PathBuf;

use http::HeaderName;
use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_domain::{LoginName, Network, Service};
use valetkey_gateway::dav::{Limits, Location};

use super::behind::{Somewhere, Wrong, logins, with_upstream};
use super::sections::{Accounts, usual_advice};
use super::value::{Address, Encoding, all_parsed, domains, line, within};

/// What is on the way to the server behind.
const GOODS: &str = "calendars and contacts";

with_upstream! {
    Place;
    /// The gateway in front of servers for calendars and contacts.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Dav {
        #[serde(default)]
        pub(crate) listen_tls: Vec<Address>,
        #[serde(default)]
        pub(crate) listen_after_tls: Vec<Address>,
        #[serde(default, deserialize_with = "all_parsed")]
        pub(crate) proxies: Vec<Network>,
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
        #[serde(default)]
        pub(crate) route: Vec<DavRoute>,
    }
}

with_upstream! {
    Place;
    /// Another server for some accounts, or for calendars or contacts alone. What it leaves out of the identity is as in `[dav]`.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct DavRoute {
        #[serde(default, deserialize_with = "domains")]
        pub(crate) domains: Vec<String>,
        #[serde(default)]
        pub(crate) accounts: Vec<String>,
        #[serde(default, deserialize_with = "all_parsed")]
        pub(crate) services: Vec<Service>,
        #[serde(default, deserialize_with = "some_header")]
        pub(crate) identity_header: Option<HeaderName>,
        #[serde(default)]
        pub(crate) identity_encoding: Option<Encoding>,
        #[serde(default, deserialize_with = "segment")]
        pub(crate) calendars: Option<String>,
        #[serde(default, deserialize_with = "segment")]
        pub(crate) contacts: Option<String>,
    }
}

/// Where a server behind is.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) Location);

impl TryFrom<String> for Place {
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

impl Somewhere for Place {
    type At = Location;

    fn at(&self) -> Location {
        self.0.clone()
    }

    fn is_here(&self) -> bool {
        match &self.0 {
            Location::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Location::Unix(_) => true,
        }
    }
}

impl Dav {
    /// What each key's own type cannot see: the key, and what is wrong with it.
    pub(super) fn check(&self, has_certificate: bool) -> Result<(), Wrong> {
        let wrong = |key, message: &str| Err((key, message.to_owned()));
        if self.listen_tls.is_empty() && self.listen_after_tls.is_empty() {
            return wrong("upstream", "[dav] listens nowhere: set `listen_tls`, for example to [\"[::]:443\"]");
        }
        if !self.listen_tls.is_empty() && !has_certificate {
            return wrong(
                "listen_tls",
                "[dav] needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]",
            );
        }
        if !self.listen_after_tls.iter().all(|address| address.ip().is_loopback()) {
            return wrong(
                "listen_after_tls",
                "dav.listen_after_tls may only have addresses on loopback: app passwords come in clear there, from a proxy on this \
                 machine that has ended TLS",
            );
        }
        self.behind().check("dav", GOODS)?;
        check_layout("dav", self.calendars.as_ref(), self.contacts.as_ref())
    }

    /// The same of its routes: with which, and what.
    pub(super) fn check_routes(&self, accounts: &Accounts) -> Result<(), (usize, Wrong)> {
        for (number, route) in self.route.iter().enumerate() {
            route.check(accounts, self.calendars.is_some()).map_err(|wrong| (number, wrong))?;
        }
        Ok(())
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

impl DavRoute {
    /// What is wrong with it. `is_told_apart` is whether `[dav]` tells calendars from contacts.
    fn check(&self, accounts: &Accounts, is_told_apart: bool) -> Result<(), Wrong> {
        if self.domains.is_empty() && self.accounts.is_empty() && self.services.is_empty() {
            return Err(("domains", "[[dav.route]] is for nobody: set `domains`, `accounts` or `services`".into()));
        }
        self.accounts(accounts).map_err(|message| ("accounts", message))?;
        let wrong = |message: &str| Err(("services", message.to_owned()));
        if let Some(other) = self.services.iter().find(|service| !matches!(service, Service::CalDav | Service::CardDav))
        {
            return wrong(&format!("dav.route.services has '{other}': there are caldav and carddav"));
        }
        if !self.services.is_empty() && !is_told_apart {
            return wrong(
                "dav.route.services needs dav.calendars and dav.contacts: without them no path tells calendars from contacts",
            );
        }
        if !self.services.is_empty() && (self.calendars.is_some() || self.contacts.is_some()) {
            return wrong(
                "dav.route.services excludes calendars and contacts of the same route: a home is laid out in one way, \
                        which [dav] or a route without services says",
            );
        }
        check_layout("dav.route", self.calendars.as_ref(), self.contacts.as_ref())?;
        self.behind().check("dav.route", GOODS)
    }

    /// The accounts that it is for, by their login names.
    pub(crate) fn accounts(&self, accounts: &Accounts) -> Result<Vec<LoginName>, String> {
        logins(&self.accounts, accounts)
    }
}

fn check_layout(section: &str, calendars: Option<&String>, contacts: Option<&String>) -> Result<(), Wrong> {
    match (calendars, contacts) {
        (Some(calendars), Some(contacts)) if calendars != contacts => Ok(()),
        (None, None) => Ok(()),
        _ => Err((
            if calendars.is_some() { "calendars" } else { "contacts" },
            format!(
                "{section}.calendars and {section}.contacts belong together: name two collections, or none where calendars and \
                 contacts lie side by side"
            ),
        )),
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

fn some_header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderName>, D::Error> {
    header(deserializer).map(Some)
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

#[cfg(test)]
mod tests {
    use crate::config::tests::{TLS, read};

    fn dav(more: &str) -> String {
        format!("{TLS}[dav]\nupstream = \"127.0.0.1:5232\"\n{more}")
    }

    const LISTENS: &str = "listen_tls = [\"[::]:443\"]\n";

    #[test]
    fn mistakes_in_a_route_name_its_line_and_not_another_routes() {
        for (keys, message) in [
            ("", "line 7: [[dav.route]] is for nobody"),
            ("domains = [\"a b\"]\n", "line 8: 'a b' is no domain"),
            ("services = [\"caldav\"]\n", "line 8: dav.route.services needs dav.calendars"),
            ("accounts = [\"a/b\"]\n", "line 8: 'a/b': "),
            ("domains = [\"a.example\"]\nservices = [\"imap\"]\n", "line 9: dav.route.services has 'imap'"),
            ("services = [\"contacts\"]\n", "line 8: 'contacts' is a scope and no service: write carddav"),
            (
                "domains = [\"a.example\"]\n[[dav.route]]\n",
                "line 7: missing field `upstream`: add it to this [[dav.route]]",
            ),
            (
                "domains = [\"a.example\"]\nupstream = \"127.0.0.1:1\"\n[[dav.route]]\n",
                "line 10: [[dav.route]] is for nobody",
            ),
            ("domains = [\"a.example\"]\nidentity_header = \"Host\"\n", "line 9: 'Host' is no header"),
            (
                "domains = [\"a.example\"]\ncalendars = \"c\"\n",
                "line 9: dav.route.calendars and dav.route.contacts belong",
            ),
            ("domains = [\"a.example\"]\nupstream_tls = \"a b\"\n", "line 9: 'a b' is no server's name"),
        ] {
            let text = dav(&format!("{LISTENS}[[dav.route]]\n{keys}upstream = \"127.0.0.1:1\"\n"));
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.starts_with(&format!("valetkey.toml, {message}")), "{text}: {error}");
        }
        let apart = dav(&format!("{LISTENS}calendars = \"c\"\ncontacts = \"d\"\n"));
        let route = "[[dav.route]]\nservices = [\"carddav\"]\nupstream = [\"127.0.0.1:1\", \"unix:/a\"]\n";
        assert!(read(&format!("{apart}{route}"), &[]).is_ok());
        let both = format!("{apart}{route}calendars = \"e\"\ncontacts = \"f\"\n");
        assert!(read(&both, &[]).expect_err("two layouts").contains("a home is laid out in one way"));
    }

    #[test]
    fn mistakes_in_dav_name_their_line_too() {
        for (text, message) in [
            (dav(""), "valetkey.toml, line 5: [dav] listens nowhere"),
            (dav(LISTENS).replace(TLS, ""), "valetkey.toml, line 3: [dav] needs a certificate"),
            (dav("listen_after_tls = [\"0.0.0.0:80\"]\n"), "valetkey.toml, line 6: dav.listen_after_tls may only have"),
            (
                dav(LISTENS).replace("127.0.0.1:5232", "192.0.2.1:5232"),
                "valetkey.toml, line 5: dav.upstream is not on this machine",
            ),
            (
                dav(LISTENS).replace("127.0.0.1:5232", "radicale"),
                "valetkey.toml, line 5: 'radicale' is no address of a",
            ),
            (
                dav(&format!("{LISTENS}calendars = \"c\"\n")),
                "valetkey.toml, line 7: dav.calendars and dav.contacts belong",
            ),
            (
                dav(&format!("{LISTENS}calendars = \"c\"\ncontacts = \"c\"\n")),
                "valetkey.toml, line 7: dav.calendars and dav.contacts belong",
            ),
            (dav(&format!("{LISTENS}contacts = \"a/b\"\n")), "valetkey.toml, line 7: 'a/b' is no name of a collection"),
            (
                dav(&format!("{LISTENS}identity_header = \"Host\"\n")),
                "valetkey.toml, line 7: 'Host' is no header for an",
            ),
            (
                dav(&format!("{LISTENS}identity_header = \"X_User\"\n")),
                "valetkey.toml, line 7: 'X_User' is no header for",
            ),
            (
                dav("listen_tls = [\"127.0.0.1:1\"]\n[http]\nlisten = [\"127.0.0.1:1\"]\n"),
                "valetkey.toml: 127.0.0.1:1 is listened on twice",
            ),
        ] {
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.starts_with(message), "{text}: {error}");
        }
        let far = dav(LISTENS).replace("127.0.0.1:5232", "192.0.2.1:5232");
        for more in ["upstream_tls = \"dav.example.org\"\n", "upstream_in_clear = true\n"] {
            assert!(read(&format!("{far}{more}"), &[]).is_ok(), "{more}");
        }
        let unix = dav(LISTENS).replace("127.0.0.1:5232", "unix:/run/xandikos/socket");
        assert!(read(&format!("{unix}calendars = \"calendars\"\ncontacts = \"contacts\"\n"), &[]).is_ok());
    }
}
