//! The connectors, by which other servers ask.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_connectors::door::Location;
use valetkey_domain::{LoginName, Network, Service};

use valetkey_connectors::ldap::Tree;

use super::sections::usual_advice;
use super::value::{Address, Encoding, SecretFile, all_parsed, line, parsed, within};

/// Far more than the connections that servers keep to ask by.
const CONNECTIONS: usize = 20_000;

/// An address and port, or the file of a Unix socket.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Listen(pub(crate) Location);

impl TryFrom<String> for Listen {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
            return Ok(Self(Location::Unix(PathBuf::from(path))));
        }
        text.parse().map(|address| Self(Location::Tcp(address))).map_err(|_| {
            format!("'{text}' is nowhere to listen; write it as unix:/run/valetkey/auth or 127.0.0.1:12345")
        })
    }
}

impl Listen {
    /// Whether what passes there leaves this machine.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(&self.0, Location::Tcp(address) if !address.ip().to_canonical().is_loopback())
    }
}

/// The HTTP connector.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) listen: Vec<Listen>,
    #[serde(deserialize_with = "mode")]
    pub(crate) mode: u32,
    #[serde(deserialize_with = "group")]
    pub(crate) group: Option<u32>,
    #[serde(deserialize_with = "parsed")]
    pub(crate) service: Service,
    pub(crate) realm: String,
    #[serde(deserialize_with = "all_parsed")]
    pub(crate) trusted_peers: Vec<Network>,
    pub(crate) callers: BTreeMap<String, SecretFile>,
    pub(crate) nginx_mail: NginxMail,
    #[serde(deserialize_with = "line")]
    pub(crate) advice: String,
    pub(crate) identity_encoding: Encoding,
    #[serde(deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) connections: usize,
    /// Whether app passwords may cross a network in clear.
    pub(crate) in_clear: bool,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: vec![Listen(Location::Tcp(([127, 0, 0, 1], 9440).into()))],
            mode: usual_mode(),
            group: None,
            service: Service::Http,
            realm: "Valetkey".into(),
            trusted_peers: Vec::new(),
            callers: BTreeMap::new(),
            nginx_mail: NginxMail::default(),
            advice: usual_advice(),
            identity_encoding: Encoding::default(),
            connections: valetkey_connectors::http::CONNECTIONS_MAX,
            in_clear: false,
        }
    }
}

/// Where nginx's mail proxy is sent.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NginxMail {
    pub(crate) imap: Option<Address>,
    pub(crate) pop3: Option<Address>,
    pub(crate) smtp: Option<Address>,
    pub(crate) master_user: Option<String>,
    pub(crate) master_secret_file: Option<SecretFile>,
    pub(crate) key_file: Option<SecretFile>,
    #[serde(deserialize_with = "separator")]
    pub(crate) separator: char,
}

impl Default for NginxMail {
    fn default() -> Self {
        Self {
            imap: None,
            pop3: None,
            smtp: None,
            master_user: None,
            master_secret_file: None,
            key_file: None,
            separator: '*',
        }
    }
}

impl Http {
    /// What each key's own type cannot see: the key, and what is wrong with it.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let is_elsewhere = self.listen.iter().any(Listen::is_elsewhere);
        if is_elsewhere && !self.in_clear {
            return Err((
                "listen",
                "http.listen has an address that is not on this machine's loopback, and app passwords would pass in clear: listen on \
                 loopback, or set `in_clear = true` if the network between is yours alone",
            ));
        }
        if is_elsewhere && self.callers.is_empty() {
            return Err((
                "listen",
                "http.listen has an address that is not on this machine's loopback, and everybody there could try passwords: name who \
                 may ask in `callers`, each with a file for its secret",
            ));
        }
        let mail = &self.nginx_mail;
        if mail.master_user.is_some() != mail.master_secret_file.is_some() {
            return Err((
                "nginx_mail",
                "http.nginx_mail.master_user and master_secret_file belong together: set both, or neither",
            ));
        }
        let all_sockets = self.listen.iter().all(|listen| matches!(listen.0, Location::Unix(_)));
        if mail.master_user.is_some() && mail.key_file.is_none() && !all_sockets {
            return Err((
                "nginx_mail",
                "http.nginx_mail hands out the master user's secret, and whoever reaches the connector with an app password would get \
                 it: set `key_file`, a secret that nginx sends as X-Auth-Key, or listen on Unix sockets alone",
            ));
        }
        Ok(())
    }
}

/// Dovecot's authentication socket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DovecotAuth {
    pub(crate) listen: Vec<Listen>,
    #[serde(default = "usual_mode", deserialize_with = "mode")]
    pub(crate) mode: u32,
    #[serde(default, deserialize_with = "group")]
    pub(crate) group: Option<u32>,
    #[serde(default, deserialize_with = "maybe_service")]
    pub(crate) service: Option<Service>,
    #[serde(default)]
    pub(crate) only_canonical: bool,
    #[serde(default)]
    pub(crate) in_clear: bool,
    #[serde(default = "loopback", deserialize_with = "all_parsed")]
    pub(crate) trusted_peers: Vec<Network>,
    #[serde(default = "usual_connections", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) connections: usize,
    #[serde(default = "usual_advice", deserialize_with = "line")]
    pub(crate) advice: String,
}

/// The socket of saslauthd.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saslauthd {
    pub(crate) listen: Vec<Listen>,
    #[serde(default = "usual_mode", deserialize_with = "mode")]
    pub(crate) mode: u32,
    #[serde(default, deserialize_with = "group")]
    pub(crate) group: Option<u32>,
    #[serde(default, deserialize_with = "maybe_service")]
    pub(crate) service: Option<Service>,
    #[serde(default)]
    pub(crate) only_canonical: bool,
    #[serde(default = "usual_connections", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) connections: usize,
}

/// LDAP.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ldap {
    #[serde(default)]
    pub(crate) listen: Vec<Listen>,
    #[serde(default)]
    pub(crate) listen_tls: Vec<Listen>,
    #[serde(default = "usual_mode", deserialize_with = "mode")]
    pub(crate) mode: u32,
    #[serde(default, deserialize_with = "group")]
    pub(crate) group: Option<u32>,
    #[serde(deserialize_with = "base")]
    pub(crate) base: String,
    #[serde(default)]
    pub(crate) readers: BTreeMap<String, SecretFile>,
    #[serde(default = "usual_ldap_service", deserialize_with = "parsed")]
    pub(crate) service: Service,
    #[serde(default)]
    pub(crate) in_clear: bool,
    #[serde(default = "usual_entries", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) entries: u32,
    #[serde(default = "usual_connections", deserialize_with = "within::<1, 1000000, _, _>")]
    pub(crate) connections: usize,
}

impl Ldap {
    /// What each key's own type cannot see: the key, and what is wrong with it.
    pub(super) fn check(&self, has_certificate: bool) -> Result<(), (&'static str, &'static str)> {
        if self.listen.is_empty() && self.listen_tls.is_empty() {
            return Err(("base", "[ldap] listens nowhere: set `listen_tls`, for example to [\"[::]:636\"]"));
        }
        if !self.listen_tls.is_empty() && !has_certificate {
            return Err((
                "listen_tls",
                "[ldap] needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]",
            ));
        }
        if self.listen.iter().any(Listen::is_elsewhere) && !has_certificate && !self.in_clear {
            return Err((
                "listen",
                "ldap.listen has an address that is not on this machine's loopback, where nobody can sign in without TLS: add a section \
                 [tls] for StartTLS, or set `in_clear = true` if the network between is yours alone",
            ));
        }
        Ok(())
    }
}

impl DovecotAuth {
    /// What each key's own type cannot see.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.listen.is_empty() {
            return Err("[[dovecot_auth]] listens nowhere: set `listen`, for example to [\"unix:/run/valetkey/auth\"]");
        }
        if !self.in_clear && self.listen.iter().any(Listen::is_elsewhere) {
            return Err(
                "dovecot_auth.listen has an address that is not on this machine's loopback, and app passwords would pass in clear: \
                 listen on a Unix socket or on loopback, or set `in_clear = true` if the network between is yours alone",
            );
        }
        Ok(())
    }
}

impl Saslauthd {
    /// What each key's own type cannot see.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.listen.is_empty() || self.listen.iter().any(|listen| matches!(listen.0, Location::Tcp(_))) {
            return Err(
                "[[saslauthd]] listens on Unix sockets: set `listen`, for example to [\"unix:/run/saslauthd/mux\"]",
            );
        }
        Ok(())
    }
}

/// This machine.
fn loopback() -> Vec<Network> {
    ["127.0.0.0/8", "::1"].iter().filter_map(|text| text.parse().ok()).collect()
}

fn usual_mode() -> u32 {
    0o660
}

fn usual_connections() -> usize {
    CONNECTIONS
}

/// Permissions as `chmod` takes them: nobody needs more than to read and write a socket.
fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mode = u32::from_str_radix(&text, 8).ok().filter(|mode| mode & !0o666 == 0 && mode & 0o600 == 0o600);
    mode.ok_or_else(|| D::Error::custom(format!("'{text}' are no permissions of a socket; write them as \"0660\"")))
}

/// A group by its name in /etc/group, or by its number.
fn group<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if let Ok(number) = text.parse() {
        return Ok(Some(number));
    }
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let found = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() == Some(text.as_str()) { fields.nth(1)?.parse().ok() } else { None }
    });
    found.map(Some).ok_or_else(|| D::Error::custom(format!("there is no group '{text}' here; write its number")))
}

fn usual_ldap_service() -> Service {
    Service::Ldap
}

fn usual_entries() -> u32 {
    10_000
}

/// Where a directory begins.
fn base<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match Tree::new(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(D::Error::custom(format!(
            "'{text}' is no base of a directory ({error}); write it as dc=example,dc=org"
        ))),
    }
}

/// What no login name has in it, so that nobody writes it into theirs.
fn separator<'de, D: Deserializer<'de>>(deserializer: D) -> Result<char, D::Error> {
    let found = char::deserialize(deserializer)?;
    let is_one = found.is_ascii_graphic() && !found.is_ascii_alphanumeric() && !".@-".contains(found);
    let in_no_name = LoginName::parse(&format!("a{found}b"), None).is_err();
    if is_one && in_no_name {
        Ok(found)
    } else {
        Err(D::Error::custom(format!("'{found}' may stand in login names; use '*'")))
    }
}

fn maybe_service<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Service>, D::Error> {
    parsed(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use crate::config::tests::read;

    #[test]
    fn app_passwords_cross_a_network_in_clear_only_where_that_is_asked_for() {
        for address in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"] {
            let text = format!("[http]\nlisten = [\"{address}\"]\n");
            assert!(read(&text, &[]).expect_err(address).contains("set `in_clear = true` if the network"));
            let text = format!("{text}in_clear = true\n");
            assert!(read(&text, &[]).expect_err(address).contains("name who may ask in `callers`"));
            assert!(read(&format!("{text}callers = {{ web = \"secret\" }}\n"), &[]).is_ok());
        }
        assert!(read("[http]\nlisten = [\"[::1]:1\", \"127.0.0.2:1\", \"[::ffff:127.0.0.1]:1\"]\n", &[]).is_ok());
    }

    #[test]
    fn mistakes_in_connectors_name_their_line_too() {
        for (text, message) in [
            ("[[dovecot_auth]]\nlisten = []\n", "valetkey.toml, line 2: [[dovecot_auth]] listens nowhere"),
            (
                "[[dovecot_auth]]\nlisten = [\"unix:/a\"]\n[[dovecot_auth]]\nlisten = [\"0.0.0.0:1\"]\n",
                "valetkey.toml, line 4: dovecot_auth.listen has an address that is not on this machine",
            ),
            (
                "[[dovecot_auth]]\nlisten = [\"unix:/a\"]\n[[saslauthd]]\nlisten = [\"unix:/a\"]\n",
                "valetkey.toml: /a is listened on twice",
            ),
            (
                "[[dovecot_auth]]\nlisten = [\"unix:/a\"]\n[[dovecot_auth]]\nmode = \"0660\"\n",
                "valetkey.toml, line 3: missing field `listen`",
            ),
            (
                "[[saslauthd]]\nlisten = [\"unix:/a\"]\n\n[[saslauthd]]\nmode = \"0660\"\nlisten = []\n",
                "valetkey.toml, line 6: [[saslauthd]] listens on Unix",
            ),
            (
                "[[other_server]]\nname = \"a\"\ncannot_cut = true\n[[other_server]]\nname = \"b\"\n",
                "valetkey.toml, line 5: [[other_server]] 'b' needs exactly one of",
            ),
            (
                "[[other_server]]\nname = \"a\"\ncannot_cut = true\n[[other_server]]\nname = \"a\"\ncannot_cut = true\n",
                "valetkey.toml, line 5: two [[other_server]] are called 'a'",
            ),
            ("[[saslauthd]]\nlisten = [\"127.0.0.1:1\"]\n", "valetkey.toml, line 2: [[saslauthd]] listens on Unix"),
            ("[[saslauthd]]\nlisten = [\"unix:a\"]\n", "valetkey.toml, line 2: 'unix:a' is nowhere to listen"),
            (
                "[[saslauthd]]\nlisten = [\"unix:/a\"]\nmode = \"777\"\n",
                "valetkey.toml, line 3: '777' are no permissions",
            ),
            (
                "[[saslauthd]]\nlisten = [\"unix:/a\"]\ngroup = \"nobody-has-it\"\n",
                "valetkey.toml, line 3: there is no group",
            ),
            ("[ldap]\nbase = \"x\"\n", "valetkey.toml, line 2: 'x' is no base of a directory"),
            ("[ldap]\nbase = \"dc=a\"\n", "valetkey.toml, line 2: [ldap] listens nowhere"),
            (
                "[ldap]\nbase = \"dc=a\"\nlisten_tls = [\"[::]:636\"]\n",
                "valetkey.toml, line 3: [ldap] needs a certificate",
            ),
            ("[http.nginx_mail]\nmaster_user = \"g\"\n", "valetkey.toml, line 1: http.nginx_mail.master_user and"),
            ("[http.nginx_mail]\nseparator = \"a\"\n", "valetkey.toml, line 2: 'a' may stand in login names"),
        ] {
            let error = read(text, &[]).expect_err(text);
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
