//! The gateway's protocols, each in front of servers of its own: `[imap]` and its like.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer};
use valetkey_domain::{LoginName, Network};
use valetkey_gateway::Limits;

use super::behind::{Wrong, logins, with_upstream};
use super::sections::{Accounts, usual_advice};
use super::value::{Address, SecretFile, all_parsed, domains, line, within};

/// What is on the way to the server behind.
const GOODS: &str = "mail";

with_upstream! {
    Address;
    /// A protocol in front of the servers that speak it.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Front {
        #[serde(default)]
        pub(crate) listen: Vec<Address>,
        #[serde(default)]
        pub(crate) listen_tls: Vec<Address>,
        #[serde(default)]
        pub(crate) listen_after_tls: Vec<Address>,
        #[serde(default, deserialize_with = "all_parsed")]
        pub(crate) proxies: Vec<Network>,
        pub(crate) master_user: Option<String>,
        pub(crate) master_secret_file: Option<SecretFile>,
        #[serde(default)]
        pub(crate) xclient: bool,
        #[serde(default, deserialize_with = "some_host")]
        pub(crate) host: Option<String>,
        #[serde(default = "yes")]
        pub(crate) forward_client: bool,
        #[serde(default = "limits::connections_per_account", deserialize_with = "within::<1, 1000000, _, _>")]
        pub(crate) connections_per_account: usize,
        #[serde(default = "limits::lobby_per_network", deserialize_with = "within::<1, 1000000, _, _>")]
        pub(crate) lobby_per_network: usize,
        #[serde(default = "limits::lobby", deserialize_with = "within::<1, 1000000, _, _>")]
        pub(crate) lobby: usize,
        #[serde(default = "limits::sign_in_s", deserialize_with = "within::<1, 3600, _, _>")]
        pub(crate) sign_in_s: u64,
        #[serde(default, deserialize_with = "some_seconds")]
        pub(crate) idle_s: Option<u64>,
        #[serde(default = "usual_advice", deserialize_with = "line")]
        pub(crate) advice: String,
        #[serde(default)]
        pub(crate) route: Vec<Route>,
    }
}

with_upstream! {
    Address;
    /// Another server for some accounts. What it leaves out of the master user is as in its section.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Route {
        #[serde(default, deserialize_with = "domains")]
        pub(crate) domains: Vec<String>,
        #[serde(default)]
        pub(crate) accounts: Vec<String>,
        pub(crate) master_user: Option<String>,
        pub(crate) master_secret_file: Option<SecretFile>,
    }
}

impl Front {
    /// What each key's own type cannot see. `section` is its name.
    pub(crate) fn check(&self, section: &str, has_certificate: bool) -> Result<(), Wrong> {
        let wrong = |key, message: String| Err((key, message));
        if !has_certificate {
            return wrong(
                "upstream",
                format!("[{section}] needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]"),
            );
        }
        if self.listen.is_empty() && self.listen_tls.is_empty() && self.listen_after_tls.is_empty() {
            return wrong(
                "upstream",
                format!("[{section}] listens nowhere: set `listen_tls`, for example to [\"[::]:993\"]"),
            );
        }
        if !self.listen_after_tls.iter().all(|address| address.ip().is_loopback()) {
            return wrong(
                "listen_after_tls",
                format!(
                    "{section}.listen_after_tls may only have addresses on loopback: app passwords come in clear there, from a proxy on \
                     this machine that has ended TLS"
                ),
            );
        }
        if self.host.is_some() && section != "submission" {
            return wrong("host", format!("{section}.host is not there: only [submission] greets with a name"));
        }
        if self.xclient && section != "submission" {
            return wrong(
                "xclient",
                format!("{section}.xclient is not there: only [submission] can sign in by XCLIENT"),
            );
        }
        if !self.xclient && (self.master_user.is_none() || self.master_secret_file.is_none()) {
            return wrong(
                "upstream",
                format!(
                    "[{section}] needs `master_user` and `master_secret_file`, by which it signs in to the server behind"
                ),
            );
        }
        self.behind().check(section, GOODS)
    }

    /// The same of its routes: with which, and what.
    pub(crate) fn check_routes(&self, section: &str, accounts: &Accounts) -> Result<(), (usize, Wrong)> {
        let name = format!("{section}.route");
        for (number, route) in self.route.iter().enumerate() {
            route.check(&name, accounts).map_err(|wrong| (number, wrong))?;
        }
        Ok(())
    }

    /// By which name apps are greeted.
    pub(crate) fn host_name(&self) -> String {
        let own = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        self.host.clone().unwrap_or_else(own)
    }

    /// Every address that it listens on.
    pub(crate) fn listens(&self) -> impl Iterator<Item = SocketAddr> {
        [&self.listen, &self.listen_tls, &self.listen_after_tls].into_iter().flatten().map(|address| **address)
    }
}

impl Route {
    fn check(&self, name: &str, accounts: &Accounts) -> Result<(), Wrong> {
        if self.domains.is_empty() && self.accounts.is_empty() {
            return Err(("domains", format!("[[{name}]] is for nobody: set `domains` or `accounts`")));
        }
        self.accounts(accounts).map_err(|message| ("accounts", message))?;
        self.behind().check(name, GOODS)
    }

    /// The accounts that it is for, by their login names.
    pub(crate) fn accounts(&self, accounts: &Accounts) -> Result<Vec<LoginName>, String> {
        logins(&self.accounts, accounts)
    }
}

/// A host's name, as SMTP greets with it.
fn some_host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_name =
        text.len() <= 253 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
    if is_name {
        return Ok(Some(text));
    }
    Err(serde::de::Error::custom(format!("'{text}' is no host's name; write it as mail.example.org")))
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    within::<2, 86_400, _, _>(deserializer).map(Some)
}

fn yes() -> bool {
    true
}

mod limits {
    use super::Limits;

    pub(super) fn connections_per_account() -> usize {
        Limits::default().connections_per_account
    }

    pub(super) fn lobby_per_network() -> usize {
        Limits::default().lobby_per_network
    }

    pub(super) fn lobby() -> usize {
        Limits::default().lobby
    }

    pub(super) fn sign_in_s() -> u64 {
        Limits::default().sign_in_time.as_secs()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::{IMAP, TLS, read};

    #[test]
    fn a_gateway_crosses_no_network_in_clear_and_each_route_is_for_somebody() {
        let far = format!("{TLS}{}", IMAP.replace("127.0.0.1:10143", "192.0.2.1:143"));
        assert!(
            read(&far, &[])
                .expect_err("in clear")
                .starts_with("valetkey.toml, line 6: imap.upstream is not on this machine")
        );
        assert!(read(&format!("{far}upstream_in_clear = true\n"), &[]).is_ok());
        assert!(read(&format!("{far}upstream_tls = \"imap.example.org\"\n"), &[]).is_ok());
        for (keys, message) in [
            ("upstream_tls = \"a b\"\n", "valetkey.toml, line 9: 'a b' is no server's name"),
            ("xclient = true\n", "valetkey.toml, line 9: imap.xclient is not there: only [submission]"),
            ("[[imap.route]]\nupstream = \"[::1]:1\"\n", "valetkey.toml, line 9: [[imap.route]] is for nobody"),
            (
                "[[imap.route]]\ndomains = [\"example.net\"]\nupstream = [\"127.0.0.1:1\", \"192.0.2.1:143\"]\n",
                "valetkey.toml, line 11: imap.route.upstream is not on this machine",
            ),
            (
                "[[imap.route]]\ndomains = [\"a.example\"]\nupstream = \"127.0.0.1:1\"\n[[imap.route]]\nupstream = \"127.0.0.1:1\"\n",
                "valetkey.toml, line 12: [[imap.route]] is for nobody",
            ),
        ] {
            let error = read(&format!("{TLS}{IMAP}{keys}"), &[]).expect_err(keys);
            assert!(error.starts_with(message), "{keys}: {error}");
        }
        let no_master = format!("{TLS}{}", IMAP.replace("master_user = \"gateway\"\n", ""));
        assert!(read(&no_master, &[]).expect_err("by whom").contains("[imap] needs `master_user`"));
        let open = format!("{TLS}{IMAP}listen_after_tls = [\"0.0.0.0:143\"]\n");
        assert!(read(&open, &[]).expect_err("in clear").contains("may only have addresses on loopback"));
    }

    #[test]
    fn advice_is_one_line() {
        let advice = |text: &str| read(&format!("{TLS}{IMAP}advice = \"{text}\"\n"), &[]);
        assert!(advice("Use an app password: https://mail.example.org/").is_ok());
        assert!(advice("a\\r\\nb OK").expect_err("two lines").contains("line 9: this must be one line"));
    }
}
