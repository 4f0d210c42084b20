//! The configuration: one TOML file, one section for each part, `VALETKEY__SECTION__KEY` from the environment over it.
//!
//! A mistake names the file, the line, the key and what to do.

mod acme;
mod connectors;
mod dav;
mod front;
mod mail;
mod oauth;
mod other_server;
mod places;
mod sections;
mod value;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};
use valetkey_connectors::door::Location;

pub(crate) use acme::Acme;
pub(crate) use connectors::{DovecotAuth, Http, Ldap, Listen, Saslauthd};
pub(crate) use dav::{Dav, Encoding};
pub(crate) use front::Front;
pub(crate) use mail::Mail;
pub(crate) use oauth::Oauth;
pub(crate) use other_server::{OtherServer, program as command_parts};
pub(crate) use sections::{Accounts, Policy, Portal, Retention, Server, Store, Throttle, Tls};
pub(crate) use value::{Address, Endpoint, SecretFile};

/// Where the configuration is looked for if nobody says.
pub(crate) const DEFAULT_FILE: &str = "/etc/valetkey/valetkey.toml";
const ENVIRONMENT_PREFIX: &str = "VALETKEY__";
/// Far more than any configuration needs.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

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

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{file} cannot be read: {cause}")]
    Unreadable { file: PathBuf, cause: String },
    #[error("{0} in the environment: {1}")]
    Environment(String, String),
    #[error("{place}: {message}")]
    Meaning { place: String, message: String },
}

impl Config {
    /// Reads the file, and the environment over it. Without a file, and if there is none at the usual place, everything
    /// has its default.
    pub(crate) fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let usual = Path::new(DEFAULT_FILE);
        // One that is there and cannot be looked at must not be taken for none.
        let is_there = || {
            usual
                .try_exists()
                .map_err(|cause| ConfigError::Unreadable { file: usual.to_owned(), cause: cause.to_string() })
        };
        let file = match file {
            None if is_there()? => Some(usual),
            file => file,
        };
        let text = match file {
            Some(path) => read_text(path)?,
            None => String::new(),
        };
        let in_file = |error: &toml::de::Error| explained(error, file.unwrap_or(usual), &text);
        // The file alone first, since only then a mistake in it has a line.
        let alone: Self = toml::from_str(&text).map_err(|e| in_file(&e))?;
        let mut config = match overridden(&text, environment)? {
            // As text again, since only what is read from text has places, which `Spanned` asks for.
            Some((table, names)) => toml::from_str(&table.to_string())
                .map_err(|e| ConfigError::Environment(names.join(", "), e.message().to_owned()))?,
            None => alone,
        };
        config.file = file.map(Path::to_owned);
        config.check(&text)?;
        Ok(config)
    }

    /// What each key's own type cannot see. Places are those of the file, where it has the section.
    fn check(&self, text: &str) -> Result<(), ConfigError> {
        let place = |at: Option<usize>| {
            let file = self.file.as_deref().unwrap_or(Path::new("the configuration")).display();
            at.map_or_else(|| file.to_string(), |at| format!("{file}, line {}", line_of(text, at)))
        };
        let wrong = |at: Option<usize>, message: &str| {
            Err(ConfigError::Meaning { place: place(at), message: message.to_owned() })
        };
        if let Some(acme) = &self.acme {
            acme.check().or_else(|(key, message)| wrong(key_at(text, "acme", key), &message))?;
        }
        for (section, front) in self.fronts() {
            let checked = front.check(section, &self.accounts, self.has_certificate());
            checked.or_else(|(key, message)| wrong(key_at(text, section, key), &message))?;
        }
        if let Some(dav) = &self.dav {
            let checked = dav.check(self.has_certificate());
            checked.or_else(|(key, message)| wrong(key_at(text, "dav", key), message))?;
        }
        if let Some(ldap) = &self.ldap {
            let checked = ldap.check(self.has_certificate());
            checked.or_else(|(key, message)| wrong(key_at(text, "ldap", key), message))?;
        }
        self.http.check().or_else(|(key, message)| wrong(key_at(text, "http", key), message))?;
        for (number, one) in self.dovecot_auth.iter().enumerate() {
            one.check().or_else(|message| wrong(key_in(text, "dovecot_auth", number, "listen"), message))?;
        }
        for (number, one) in self.saslauthd.iter().enumerate() {
            one.check().or_else(|message| wrong(key_in(text, "saslauthd", number, "listen"), message))?;
        }
        other_server::check(&self.other_server)
            .or_else(|(number, message)| wrong(key_in(text, "other_server", number, "name"), &message))?;
        if let Some(portal) = &self.portal {
            self.check_portal(portal).or_else(|message| wrong(key_at(text, "portal", "address"), message))?;
        }
        if let Some(oauth) = &self.oauth {
            if self.portal.is_none() {
                return wrong(None, "[oauth] needs a section [portal], on whose pages people let apps in");
            }
            oauth.check().or_else(|message| wrong(key_at(text, "oauth", "client"), &message))?;
        }
        self.mail.check().or_else(|(key, message)| wrong(key_at(text, "mail", key), message))?;
        if let Some(twice) = self.listened_on_twice() {
            return wrong(None, &format!("{twice} is listened on twice: take it out of one of the lists"));
        }
        let accounts = &self.accounts;
        if u64::from(accounts.password_hash_kib) > u64::from(accounts.password_memory_mib) * 1024 {
            return wrong(
                None,
                "accounts.password_hash_kib is more than all the memory that accounts.password_memory_mib allows: raise the second",
            );
        }
        let store = &self.store;
        if store.url_file.is_some() && (store.url.is_some() || store.file.is_some()) {
            return wrong(None, "store.url_file excludes store.url and store.file: keep one of them");
        }
        if self.store.url.is_some() && self.store.file.is_some() {
            return wrong(
                key_at(text, "store", "url"),
                "store.url and store.file exclude each other: keep one of them",
            );
        }
        Ok(())
    }

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

    fn listened_on_twice(&self) -> Option<Location> {
        let of_portal = self.portal.as_ref().map(|portal| [&portal.listen_tls, &portal.listen_after_tls]);
        let of_dav = self.dav.as_ref().map(|dav| [&dav.listen_tls, &dav.listen_after_tls]);
        let lists = of_portal.into_iter().chain(of_dav).flatten().flatten().map(|address| **address);
        let of_fronts = self.fronts().flat_map(|(_, front)| front.listens());
        let of_acme = self.acme.iter().flat_map(|acme| &acme.listen).map(|address| **address);
        let addresses = of_fronts.chain(lists).chain(of_acme).map(Location::Tcp);
        let asking =
            self.dovecot_auth.iter().map(|one| &one.listen).chain(self.saslauthd.iter().map(|one| &one.listen));
        let of_ldap = self.ldap.as_ref().map(|ldap| [&ldap.listen, &ldap.listen_tls]);
        let asking = asking.chain([&self.http.listen]).chain(of_ldap.into_iter().flatten());
        let mut all = HashSet::new();
        let is_free = |location: &Location| matches!(location, Location::Tcp(address) if address.port() == 0);
        addresses
            .chain(asking.flatten().map(|listen| listen.0.clone()))
            .find(|location| !is_free(location) && !all.insert(location.clone()))
    }

    fn check_portal(&self, portal: &Portal) -> Result<(), &'static str> {
        if portal.listen_tls.is_empty() && portal.listen_after_tls.is_empty() {
            return Err("[portal] listens nowhere: set `listen_tls`, for example to [\"[::]:443\"]");
        }
        if !portal.listen_tls.is_empty() && !self.has_certificate() {
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
                "portal.login_flow needs portal.dav, the address of calendars and contacts that apps are then given: \
                 for example https://dav.example.org/",
            );
        }
        if portal.registration && self.accounts.default_domain.is_none() {
            return Err("portal.registration needs accounts.default_domain: people choose what stands before the @");
        }
        Ok(())
    }

    /// The directory that relative paths in the file start from.
    pub(crate) fn base(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }

    /// Where a key is set: its file, with its line if it is there. Of sections that come several times it says which, from 0.
    pub(crate) fn place(&self, section: &str, number: usize, key: &str) -> String {
        let Some(file) = &self.file else { return "the environment".to_owned() };
        let text = read_text(file).unwrap_or_default();
        match key_in(&text, section, number, key) {
            Some(at) => format!("{}, line {}", file.display(), line_of(&text, at)),
            None => file.display().to_string(),
        }
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

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |cause: String| ConfigError::Unreadable { file: path.to_owned(), cause };
    let size = path.metadata().map_err(|e| unreadable(e.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(format!("it has {size} bytes, more than any configuration; is it the right file?")));
    }
    std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))
}

/// The message with the line and its key. Not with its value, which may be a password.
fn explained(error: &toml::de::Error, file: &Path, text: &str) -> ConfigError {
    let (mut place, mut message) = (file.display().to_string(), in_plain_words(error.message()));
    if let Some(span) = error.span() {
        let number = line_of(text, span.start);
        place += &format!(", line {number}");
        let line = text.lines().nth(number - 1).unwrap_or_default();
        let is_key = |key: &str| key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if let Some(key) = line.split_once('=').map(|(key, _)| key.trim()).filter(|key| is_key(key)) {
            message += &format!(" (in: {key} = …)");
        }
    }
    ConfigError::Meaning { place, message }
}

/// The parser's names for types, as people call them.
fn in_plain_words(message: &str) -> String {
    [
        ("expected a boolean", "expected true or false"),
        ("expected u64", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected a sequence", "expected a list, such as [\"one\", \"two\"]"),
        ("expected a string", "expected a text in quotation marks"),
        ("invalid type: ", "of the wrong kind: "),
    ]
    .iter()
    .fold(message.to_owned(), |message, (jargon, plain)| message.replace(jargon, plain))
}

/// Where a key's value begins, if it is in the file.
fn key_at(text: &str, section: &str, key: &str) -> Option<usize> {
    key_in(text, section, 0, key)
}

/// The same in one of several sections of a name.
fn key_in(text: &str, section: &str, number: usize, key: &str) -> Option<usize> {
    let file: HashMap<String, places::Keys> = toml::from_str(text).ok()?;
    file.get(section)?.find(number, key)
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

type Overridden = (Table, Vec<String>);

/// The file's content with the environment's values over it; `None` if the environment has none.
fn overridden(
    text: &str,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Option<Overridden>, ConfigError> {
    let mut names = Vec::new();
    let mut table: Table = text.parse().unwrap_or_default();
    for (name, value) in environment {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
        let path = path.to_lowercase();
        let Some((section, key)) = path.split_once("__") else {
            let advice = "write it as VALETKEY__SECTION__KEY, for example VALETKEY__STORE__URL";
            return Err(ConfigError::Environment(name.to_owned(), advice.to_owned()));
        };
        // A value that is one in TOML is that (`true`, `5`, `["a"]`); anything else is a text.
        let parsed = format!("value = {value}").parse::<Table>().ok().and_then(|mut t| t.remove("value"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        let section = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(key.to_owned(), value);
        }
        names.push(name.to_owned());
    }
    Ok((!names.is_empty()).then_some((table, names)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("valetkey.toml");
        std::fs::write(&file, text).expect("a file");
        let environment = environment.iter().map(|(k, v)| (OsString::from(k), OsString::from(v)));
        let shown = dir.path().display().to_string();
        Config::read(Some(&file), environment).map_err(|e| e.to_string().replace(&format!("{shown}/"), ""))
    }

    const IMAP: &str = "[imap]\nlisten_tls = [\"[::]:993\"]\nupstream = \"127.0.0.1:10143\"\nmaster_user = \"gateway\"\nmaster_secret_file = \"m\"\n";
    const TLS: &str = "[tls]\ncertificate = \"c\"\nkey = \"k\"\n";

    #[test]
    fn an_empty_configuration_is_one() {
        let config = read("", &[]).expect("it is good");
        assert!(config.imap.is_none() && !config.http.listen.iter().any(Listen::is_elsewhere));
    }

    #[test]
    fn a_mistake_names_the_file_the_line_the_key_and_the_remedy() {
        let cases = [
            ("[store]\n\nfiel = \"x\"\n", "valetkey.toml, line 3: unknown field `fiel`, expected one of `file`, `url`"),
            ("[imap\n", "valetkey.toml, line 1:"),
            (
                "[http]\nlisten = [\"localhost\"]\n",
                "valetkey.toml, line 2: 'localhost' is nowhere to listen; write it as unix:/run",
            ),
            ("[http]\nservice = \"telnet\"\n", "valetkey.toml, line 2: 'telnet' is no service; there are imap"),
            ("[http]\ntrusted_peers = [\"10.0.0.0/33\"]\n", "valetkey.toml, line 2: '10.0.0.0/33' is not a network"),
            (
                "[accounts]\napp_password_letters = 20\n",
                "valetkey.toml, line 2: an app password has 16 or 24 letters, not 20",
            ),
            (
                "[throttle]\naccount_burst = \"many\"\n",
                "valetkey.toml, line 2: of the wrong kind: string \"many\", expected a whole number (in: account_burst = …)",
            ),
            ("[store]\npostgres://u:hunter2@h/db?sslmode=require\n", "valetkey.toml, line 2: "),
            ("[store]\nuri = \"postgres://u:hunter2@h/db\"\n", "valetkey.toml, line 2: unknown field `uri`"),
            (
                "[http]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]\n",
                "valetkey.toml: 127.0.0.1:1 is listened on twice",
            ),
            (
                "[throttle]\nrefusal_tick_ms = 86400000\n",
                "valetkey.toml, line 2: 86400000 is not a whole number from 1 to 1000",
            ),
            ("[accounts]\npassword_hash_passes = 0\n", "valetkey.toml, line 2: 0 is not a whole number from 1 to"),
            ("[accounts]\npassword_hash_kib = 65537\n", "valetkey.toml: accounts.password_hash_kib is more than all"),
            ("[accounts]\ndefault_domain = \"exa mple.org\"\n", "valetkey.toml, line 2: 'exa mple.org' is no domain"),
            ("[store]\nfile = \"a\"\nurl_file = \"b\"\n", "valetkey.toml: store.url_file excludes store.url and"),
            ("[nonsense]\n", "valetkey.toml, line 1: unknown field `nonsense`"),
            (
                "[store]\nfile = \"a\"\nurl = \"postgres://x\"\n",
                "valetkey.toml, line 3: store.url and store.file exclude each other",
            ),
            (
                "[http]\nlisten = [\"127.0.0.1:1\", \"[::]:9440\"]\n",
                "valetkey.toml, line 2: http.listen has an address that is not on this machine's loopback",
            ),
            ("[http]\nconnections = 0\n", "valetkey.toml, line 2: 0 is not a whole number from 1 to"),
            (IMAP, "valetkey.toml, line 3: [imap] needs a certificate: add a section [tls]"),
        ];
        for (text, message) in cases {
            let error = read(text, &[]).expect_err(text);
            assert!(error.starts_with(message), "{text}: {error}");
            assert!(!error.contains("hunter2"), "a password is shown");
        }
    }

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
                "valetkey.toml, line 6: imap.route.upstream is not on this machine",
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
    fn certificates_by_acme_are_for_names_and_under_terms_that_are_agreed_to() {
        let acme = "[acme]\ndomains = [\"mail.example.org\"]\nlisten = [\"[::]:80\"]\n";
        let agreed = format!("{acme}accept_terms = true\n");
        for (text, message) in [
            (acme.to_owned(), "line 2: acme.accept_terms is missing: read the terms"),
            (agreed.replace("mail.", "*."), "line 2: '*.example.org' stands for many names, which HTTP-01 cannot"),
            (agreed.replace("mail.", "mail:"), "line 2: 'mail:example.org' is no name of a host; write it as"),
            (agreed.replace("\"mail.example.org\"", ""), "line 2: acme.domains must have 1 to 100 names, not 0"),
            (
                agreed.replace("\"mail", "\"mail.example.org\", \"Mail"),
                "line 2: acme.domains has 'mail.example.org' twice",
            ),
            (agreed.replace("\"[::]:80\"", ""), "line 3: [acme] listens nowhere: set `listen`"),
            (format!("{agreed}contact = \"Ada\"\n"), "line 5: 'Ada' is no mail address; write it as postmaster@"),
            (format!("{agreed}retry_s = 0\n"), "line 5: 0 is not a whole number from 1 to 21600"),
            (format!("{agreed}directory = \"http://192.0.2.1/\"\n"), "line 5: 'http://192.0.2.1/' leaves this machine"),
            (
                format!("{agreed}directory = \"http://127.0.0.1/\"\nauthorities = \"ca.pem\"\n"),
                "line 6: acme.authorities is for a directory whose address begins with https",
            ),
            (
                format!("{agreed}[http]\nlisten = [\"[::]:80\"]\nin_clear = true\ncallers = {{ a = \"s\" }}\n"),
                ": [::]:80 is listened on twice",
            ),
        ] {
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.contains(message), "{text}: {error}");
        }
        let config = read(&format!("{agreed}{IMAP}"), &[]).expect("no other certificate is needed");
        let acme = config.acme.expect("it is there");
        assert_eq!(acme.directory.to_string(), valetkey_connectors::acme::LETS_ENCRYPT);
    }

    #[test]
    fn an_app_that_the_postmaster_names_has_an_id_of_its_own_and_nobody_passes_for_it() {
        let portal = format!("{TLS}[portal]\naddress = \"https://a.example\"\nlisten_tls = [\"[::]:443\"]\n");
        let one = "[[oauth.client]]\nid = \"mailer\"\nname = \"Mailer\"\n";
        let app = format!("{one}redirect_uris = [\"org.example.app:/done\"]\n");
        let web = format!("{one}redirect_uris = [\"https://mailer.example/done\"]\n");
        for (keys, message) in [
            (one.to_owned(), "line 7: [[oauth.client]] 'mailer' is sent back nowhere: set `redirect_uris`"),
            (format!("{app}{app}"), "line 7: two [[oauth.client]] have the id 'mailer'"),
            (format!("{one}first_party = true\n"), "or `device = true` for an app on a device without a browser"),
            (app.replace("mailer", "app-mailer"), "has an id such as apps get that register themselves"),
            (app.replace("\"mailer\"", "\"mai ler\""), "line 8: a client's id has 1 to 64 letters"),
            (
                app.replace("org.example.app:", "http://app.example"),
                "line 10: 'http://app.example/done' is no address to be",
            ),
            (format!("{app}first_party = true\n"), "and any program could pass for it"),
            (format!("{app}introspect = true\n"), "may introspect and proves nowhere that it is the one"),
        ] {
            let error = read(&format!("{portal}{keys}"), &[]).expect_err(&keys);
            assert!(error.contains(message), "{keys}: {error}");
        }
        let good = ["[oauth]\n", "[oauth]\nregistration = false\n", &*app, &format!("{web}first_party = true\n")];
        let secret = format!("{app}first_party = true\nsecret_file = \"s\"\n");
        let device = format!("{one}device = true\n");
        let asker = format!("{one}introspect = true\nsecret_file = \"s\"\n");
        for keys in good.into_iter().chain([&*secret, &*asker, &*device]) {
            let config = read(&format!("{portal}{keys}"), &[]).unwrap_or_else(|error| panic!("{keys}: {error}"));
            assert_eq!(config.oauth.expect("it is there").registration, !keys.contains("false"), "{keys}");
        }
        assert!(read(&app, &[]).expect_err("no pages").contains("[oauth] needs a section [portal]"));
    }

    #[test]
    fn an_app_that_gets_an_app_password_by_a_page_is_told_of_a_server() {
        let portal = format!("{TLS}[portal]\naddress = \"https://a.example\"\nlisten_tls = [\"[::]:443\"]\n");
        for (dav, is_good) in
            [("", false), ("dav = \"dav.example\"\n", false), ("dav = \"https://dav.example/\"\n", true)]
        {
            let config = read(&format!("{portal}login_flow = true\n{dav}"), &[]);
            let message = config.err().unwrap_or_default();
            assert_eq!(message.contains("portal.login_flow needs portal.dav"), !is_good, "{dav}: {message}");
            assert_eq!(message.is_empty(), is_good, "{dav}: {message}");
        }
    }

    #[test]
    fn letters_have_a_sender_and_cross_no_network_in_clear() {
        for (text, message) in [
            (
                "[mail]\nfrom = \"Accounts\"\n",
                "valetkey.toml, line 2: 'Accounts' is no sender; write it as Accounts at example.org <",
            ),
            ("[mail]\nsmtp = \"mail.example.org:465\"\n", "valetkey.toml, line 2: mail.smtp needs mail.from"),
            (
                "[mail]\nfrom = \"a@example.org\"\nsmtp = \"mail.example.org:25\"\ntls = \"none\"\n",
                "valetkey.toml, line 4: mail.tls may be \"none\" only for a server on this machine",
            ),
            (
                "[mail]\nuser = \"u\"\n",
                "valetkey.toml, line 2: mail.user, password_file and authorities are for a mail",
            ),
            ("[mail]\ntls = \"ssl\"\n", "valetkey.toml, line 2: 'ssl' is none of implicit, starttls and none"),
            ("[mail]\nlanguage = \"fr\"\n", "valetkey.toml, line 2: there are no letters in 'fr'; write it as"),
        ] {
            let error = read(text, &[]).expect_err(text);
            assert!(error.starts_with(message), "{text}: {error}");
        }
        let here = "[mail]\nfrom = \"a@example.org\"\nsmtp = \"localhost:25\"\ntls = \"none\"\n";
        assert!(read(here, &[]).is_ok());
    }

    #[test]
    fn an_other_server_is_told_in_one_way_and_has_a_name_of_its_own() {
        let one = "[[other_server]]\nname = \"Dovecot\"\n";
        let way = "needs exactly one of `doveadm`, `webhook`, `command` and `cannot_cut = true`";
        for (text, message) in [
            (one.to_owned(), way),
            (format!("{one}cannot_cut = true\ncommand = [\"/bin/true\"]\n"), way),
            (format!("{one}doveadm = \"http://127.0.0.1:1/doveadm/v1\"\n"), "`doveadm` and `api_key_file` of"),
            (format!("{one}cannot_cut = true\nsecret_file = \"s\"\n"), "`webhook` and `secret_file` of"),
            (
                format!("{one}webhook = \"http://127.0.0.1/\"\nsecret_file = \"s\"\nauthorities = \"ca.pem\"\n"),
                "`authorities` of [[other_server]] 'Dovecot' is for a server whose address begins with https",
            ),
            (format!("{one}command = [\"true\"]\n"), "begins with the program's whole path"),
            (format!("{one}command = []\n"), "begins with the program's whole path"),
            (
                format!("{one}webhook = \"http://192.0.2.1/\"\n"),
                "line 3: 'http://192.0.2.1/' leaves this machine in clear",
            ),
            (format!("{one}doveadm = \"127.0.0.1\"\n"), "line 3: '127.0.0.1' is no address of HTTP; write it as"),
            (format!("{one}cannot_cut = true\nagain_after_s = 0\n"), "line 4: 0 is not a whole number from 1 to 3600"),
            (format!("{one}cannot_cut = true\ndeadline_s = 61\n"), "line 4: 61 is not a whole number from 1 to 60"),
            (
                format!("{one}cannot_cut = true\nauth_cache = false\n"),
                "`auth_cache` of [[other_server]] 'Dovecot' is for `doveadm`",
            ),
            (format!("{one}cannot_cut = true\n{one}cannot_cut = true\n"), "two [[other_server]] are called 'Dovecot'"),
            (
                (0..17)
                    .map(|n| format!("[[other_server]]\nname = \"s{n}\"\ncannot_cut = true\n"))
                    .collect::<Vec<_>>()
                    .concat(),
                "there are 17 [[other_server]], and at most 16 are told",
            ),
        ] {
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.contains(message), "{text}: {error}");
        }
        let good = format!("{one}doveadm = \"http://127.0.0.1:1/doveadm/v1\"\napi_key_file = \"k\"\n");
        assert_eq!(read(&good, &[]).expect("it is good").other_server[0].again_after_s, 60);
    }

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

    #[test]
    fn what_is_found_after_reading_has_the_place_of_its_own_section() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("valetkey.toml");
        let section = "[[dovecot_auth]]\nlisten = [\"0.0.0.0:1\"]\nin_clear = true\n";
        std::fs::write(&file, format!("{section}{}", section.replace(":1", ":2"))).expect("a file");
        let config = Config::read(Some(&file), []).expect("it is good");
        let places: Vec<String> = crate::doctor::own(&config).into_iter().map(|found| found.place).collect();
        assert_eq!(places, [3, 6].map(|line| format!("{}, line {line}", file.display())));
    }

    #[test]
    fn whatever_needs_a_certificate_says_both_ways_to_one() {
        for text in [
            "[imap]\nupstream = \"127.0.0.1:143\"\nlisten_tls = [\"[::]:993\"]\nmaster_user = \"g\"\nmaster_secret_file = \"s\"\n",
            "[dav]\nupstream = \"127.0.0.1:5232\"\nlisten_tls = [\"[::]:443\"]\n",
            "[ldap]\nbase = \"dc=a\"\nlisten_tls = [\"[::]:636\"]\n",
            "[portal]\naddress = \"https://a.example\"\nlisten_tls = [\"[::]:443\"]\n",
        ] {
            let error = read(text, &[]).expect_err(text);
            let both = "needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]";
            assert!(error.ends_with(both), "{text}: {error}");
        }
    }

    #[test]
    fn mistakes_in_dav_name_their_line_too() {
        let dav = |more: &str| format!("{TLS}[dav]\nupstream = \"127.0.0.1:5232\"\n{more}");
        let listens = "listen_tls = [\"[::]:443\"]\n";
        for (text, message) in [
            (dav(""), "valetkey.toml, line 5: [dav] listens nowhere"),
            (dav(listens).replace(TLS, ""), "valetkey.toml, line 3: [dav] needs a certificate"),
            (dav("listen_after_tls = [\"0.0.0.0:80\"]\n"), "valetkey.toml, line 6: dav.listen_after_tls may only have"),
            (
                dav(listens).replace("127.0.0.1:5232", "192.0.2.1:5232"),
                "valetkey.toml, line 5: dav.upstream is not on this machine",
            ),
            (
                dav(listens).replace("127.0.0.1:5232", "radicale"),
                "valetkey.toml, line 5: 'radicale' is no address of a",
            ),
            (
                dav(&format!("{listens}calendars = \"c\"\n")),
                "valetkey.toml, line 7: dav.calendars and dav.contacts belong",
            ),
            (
                dav(&format!("{listens}calendars = \"c\"\ncontacts = \"c\"\n")),
                "valetkey.toml, line 7: dav.calendars and dav.contacts belong",
            ),
            (dav(&format!("{listens}contacts = \"a/b\"\n")), "valetkey.toml, line 7: 'a/b' is no name of a collection"),
            (
                dav(&format!("{listens}identity_header = \"Host\"\n")),
                "valetkey.toml, line 7: 'Host' is no header for an",
            ),
            (
                dav(&format!("{listens}identity_header = \"X_User\"\n")),
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
        let unix = dav(listens).replace("127.0.0.1:5232", "unix:/run/xandikos/socket");
        assert!(read(&format!("{unix}calendars = \"calendars\"\ncontacts = \"contacts\"\n"), &[]).is_ok());
    }

    #[test]
    fn a_default_domain_is_kept_in_its_canonical_spelling() {
        let config = read("[accounts]\ndefault_domain = \" Example.ORG\"\n", &[]).expect("it is good");
        assert_eq!(config.accounts.default_domain.as_deref(), Some("example.org"));
    }

    #[test]
    fn advice_is_one_line() {
        let advice = |text: &str| read(&format!("{TLS}{IMAP}advice = \"{text}\"\n"), &[]);
        assert!(advice("Use an app password: https://mail.example.org/").is_ok());
        assert!(advice("a\\r\\nb OK").expect_err("two lines").contains("line 9: this must be one line"));
    }

    #[test]
    fn the_environment_stands_over_the_file() {
        let config = read(
            "[accounts]\ndefault_domain = \"a.example\"\n",
            &[
                ("VALETKEY__ACCOUNTS__DEFAULT_DOMAIN", "b.example"),
                ("VALETKEY__POLICY__ADMIN_MAY_CREATE", "true"),
                ("VALETKEY__HTTP__LISTEN", "[\"127.0.0.1:1\", \"[::1]:1\"]"),
                ("PATH", "/bin"),
            ],
        )
        .expect("it is good");
        assert_eq!(config.accounts.default_domain.as_deref(), Some("b.example"));
        assert!(config.policy.admin_may_create);
        assert_eq!(config.http.listen.len(), 2);
        let imap = format!("{TLS}{IMAP}");
        let config = read(&imap, &[("VALETKEY__IMAP__MASTER_USER", "other")]).expect("it is good");
        assert_eq!(config.imap.expect("it is there").master_user.as_deref(), Some("other"));
        let error = read(&imap, &[("VALETKEY__IMAP__UPSTREAM", "192.0.2.1:143")]).expect_err("in clear");
        assert!(error.starts_with("valetkey.toml, line 6: imap.upstream is not on this machine"), "{error}");
        let error = read("", &[("VALETKEY__HTTP__LISTEN", "[\"nowhere\"]")]).expect_err("no address");
        assert!(
            error.starts_with("VALETKEY__HTTP__LISTEN in the environment: 'nowhere' is nowhere to listen"),
            "{error}"
        );
        assert!(read("", &[("VALETKEY__X", "y")]).expect_err("no key").contains("VALETKEY__SECTION__KEY"));
    }

    /// A configuration: keys that are good by themselves, and now and then a line that is not.
    fn file() -> impl Strategy<Value = String> {
        let good = [
            "store.file = \"a\"",
            "store.url = \"postgres://x\"",
            "tls = { certificate = \"c\", key = \"k\" }",
            "imap.upstream = \"192.0.2.1:143\"",
            "imap.master_user = \"gateway\"",
            "imap.master_secret_file = \"m\"",
            "imap.listen_after_tls = [\n\"192.0.2.1:143\"]",
            "accounts.default_domain = \"\"\"\nexample.org\"\"\"",
        ];
        let odd = prop_oneof![
            Just("[store]".to_owned()),
            Just("[nonsense]".to_owned()),
            Just("http.trusted_peers = [\n\"10.0.0.0/33\"]".to_owned()),
            "(store|tls|imap|http|accounts)\\.(url|key|listen|service|readers) = (\"x\"|true|-1|\\[\\]|\\{ a = 1 \\}|1e400)?",
            "\\PC{0,20}",
        ];
        let good = proptest::sample::subsequence(good.to_vec(), 0..=8).prop_shuffle();
        (good, proptest::collection::vec(odd, 0..3), any::<bool>()).prop_map(|(good, odd, is_first)| {
            let (good, odd) = (good.join("\n"), odd.join("\n"));
            if is_first { format!("{odd}\n{good}") } else { format!("{good}\n{odd}") }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_file_holds_a_mistake_in_it_names_a_line_that_is_there(text in file()) {
            if let Err(error) = read(&text, &[]) {
                let place = error.strip_prefix("valetkey.toml").and_then(|rest| rest.split_once("line "));
                let number = place.and_then(|(_, rest)| rest.split_once(':')?.0.parse::<usize>().ok());
                let last = text.matches('\n').count() + 1;
                prop_assert!(number.is_some_and(|n| (1..=last).contains(&n)), "{text:?}: {error}");
            }
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Config::read(Some(Path::new("/nowhere/at/all.toml")), []).expect_err("it is not there");
        assert!(error.to_string().starts_with("/nowhere/at/all.toml cannot be read"));
    }

    /// Every key is documented: the book's page names what the types know.
    #[test]
    fn every_key_is_in_the_book() {
        let page = include_str!("../../../docs/configuration.md");
        for section in [
            "[server]",
            "[store]",
            "[accounts]",
            "[policy]",
            "[throttle]",
            "[retention]",
            "[tls]",
            "[acme]",
            "[imap]",
            "[portal]",
            "[oauth]",
            "[[oauth.client]]",
            "[mail]",
            "[http]",
            "[[dovecot_auth]]",
            "[[saslauthd]]",
            "[ldap]",
            "[[other_server]]",
        ] {
            assert!(page.contains(&format!("## `{section}`")), "the book has no {section}");
            let error =
                toml::from_str::<Config>(&format!("{section}\n__no_such_key = 1\n")).expect_err("unknown").to_string();
            let keys: Vec<&str> = error.split('`').skip(1).step_by(2).filter(|k| *k != "__no_such_key").collect();
            assert!(!keys.is_empty(), "{error}");
            for key in keys {
                assert!(page.contains(&format!("| `{key}` |")), "the book does not say what {key} in {section} is");
            }
        }
    }
}
