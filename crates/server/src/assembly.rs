//! Putting the parts together by what the configuration says.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{Accounts, Caretaker, Client, ConfiguredClient, Cost, Foundation, Hasher, Settings};
use valetkey_connectors::sign_out::{Authorities, MalformedAuthorities};
use valetkey_domain::oauth::ClientKind;
use valetkey_domain::policy::Rules;
use valetkey_domain::throttle::{GuessLimits, Limits};
use valetkey_domain::{
    CalendarsAndContacts, Clock, KeyFile, KeyRing, MalformedKeyFile, MasterKey, Randomness, Service, Token,
};
use valetkey_store::{AccountFilter, Connections, Location, OpenError, Secret, Store, StoreError};
use valetkey_web::AppSetting;
use zeroize::Zeroizing;

use crate::clock::{SystemClock, SystemRandomness};
use crate::config::{Config, DavRoute, Endpoint, OtherServer, Portal, Retention};

/// The service with its caretaker, which must run beside it.
pub(crate) struct Opened {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) caretaker: Caretaker,
}

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssemblyError {
    #[error("{path} cannot be used")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path} cannot be used")]
    Authorities {
        path: PathBuf,
        #[source]
        source: MalformedAuthorities,
    },
    #[error(
        "{path} belongs to another user (id {owner}), and what root writes there that user could not read: do this as that user, for example with runuser -u NAME -- valetkey ..."
    )]
    Owner { path: PathBuf, owner: u32 },
    #[error("{0}")]
    Secret(String),
    #[error("the key file {path} cannot be used")]
    Key {
        path: PathBuf,
        #[source]
        source: MalformedKeyFile,
    },
    #[error("the key file {0} can be read by others: chmod 600 it, and think of who may have read it")]
    KeyReadable(PathBuf),
    #[error(
        "the key file {0} is missing, and the store has accounts whose app passwords can only be checked with it: put it back from where you keep it"
    )]
    KeyMissing(PathBuf),
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error("a thread does not start")]
    Thread(#[source] io::Error),
}

impl AssemblyError {
    /// Whether trying again later may help.
    pub(crate) fn is_temporary(&self) -> bool {
        use OpenError::{Held, Store};
        matches!(self, Self::Store(Held(_) | Store(StoreError::Unusable(_) | StoreError::Busy)) | Self::Thread(_))
    }
}

/// Opens the store and the key file. Blocks; call it outside the async runtime.
pub(crate) fn open_accounts(config: &Config, oauth_clients: Vec<ConfiguredClient>) -> Result<Opened, AssemblyError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let randomness: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    make_private_directory(&config.data_dir())?;
    check_owner(&config.data_dir())?;
    let connections = Connections { readers: config.store.readers.max(1), writers: config.store.writers.max(1) };
    let store = Store::open(&location(config)?, connections, &clock, &*randomness)?;
    let keys = KeyRing::new(&key_file(&config.key_file(), &store, &*randomness)?);
    let cost = Cost { memory_kib: config.accounts.password_hash_kib, passes: config.accounts.password_hash_passes };
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let hasher =
        Hasher::start(cost, config.accounts.password_memory_mib, cores, &*randomness).map_err(AssemblyError::Thread)?;
    let foundation = Foundation { store: Arc::new(store), keys: Arc::new(keys), clock, randomness, hasher };
    let settings = Settings { oauth_clients, ..settings(config) };
    let (accounts, caretaker) = Accounts::new(foundation, settings);
    Ok(Opened { accounts, caretaker })
}

/// Where the store is.
pub(crate) fn location(config: &Config) -> Result<Location, AssemblyError> {
    let url = match (&config.store.url, &config.store.url_file) {
        (Some(url), _) => Some(url.0.clone()),
        (None, Some(file)) => Some(String::from_utf8_lossy(&read_secret(config, file)?).into_owned()),
        (None, None) => None,
    };
    Ok(match url {
        Some(url) => Location::Postgres {
            url: Secret(url),
            authorities: config.store.authorities.as_deref().map(|path| config.path(path)),
        },
        None => Location::File(
            config
                .store
                .file
                .as_deref()
                .map_or_else(|| config.data_dir().join("valetkey.db"), |path| config.path(path)),
        ),
    })
}

/// Reads a secret from its own file.
pub(crate) fn read_secret(
    config: &Config,
    file: &crate::config::SecretFile,
) -> Result<Zeroizing<Vec<u8>>, AssemblyError> {
    #[expect(clippy::disallowed_methods, reason = "systemd says it there; read once, at the start")]
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    file.read(config.base(), credentials.as_deref()).map_err(AssemblyError::Secret)
}

/// The fewest characters of an app's secret. Guesses at it are not slowed: it is drawn, and nobody types it.
const CLIENT_SECRET_BYTES_MIN: usize = 24;

/// The apps that the configuration names. Reads their secrets.
pub(crate) fn oauth_clients(config: &Config) -> Result<Vec<ConfiguredClient>, AssemblyError> {
    let mut clients = Vec::new();
    for one in config.oauth.iter().flat_map(|oauth| &oauth.client) {
        let secret = one.secret_file.as_ref().map(|file| read_secret(config, file)).transpose()?;
        if secret.as_ref().is_some_and(|secret| secret.len() < CLIENT_SECRET_BYTES_MIN) {
            return Err(AssemblyError::Secret(format!(
                "the secret of [[oauth.client]] '{}' has fewer than {CLIENT_SECRET_BYTES_MIN} characters: make one with \
                 openssl rand -hex 32",
                one.id
            )));
        }
        clients.push(ConfiguredClient(Client {
            id: one.id.clone(),
            name: one.name.clone(),
            kind: if one.first_party { ClientKind::FirstParty } else { ClientKind::Configured },
            redirects: one.redirect_uris.clone(),
            secret: secret.map(|secret| Token::digest_of_text("client secret", &secret)),
            device: one.device,
        }));
    }
    Ok(clients)
}

/// The certificates' chains and keys, the first of which is for whoever asks for none of the others.
pub(crate) fn certificate_files(config: &Config) -> Vec<(PathBuf, PathBuf)> {
    let Some(tls) = &config.tls else { return Vec::new() };
    let also = tls.also.iter().map(|also| (&also.certificate, &also.key));
    let all = std::iter::once((&tls.certificate, &tls.key)).chain(also);
    all.map(|(certificate, key)| (config.path(certificate), config.path(key))).collect()
}

/// Where the certificate that comes by ACME is kept.
pub(crate) fn acme_directory(config: &Config) -> PathBuf {
    config.data_dir().join("acme")
}

/// Who may sign a server's certificate: those in a file, or else those that browsers trust.
pub(crate) fn read_authorities(config: &Config, file: Option<&Path>) -> Result<Authorities, AssemblyError> {
    let Some(file) = file else { return Ok(Authorities::public()) };
    let path = config.path(file);
    match std::fs::read(&path) {
        Ok(pem) => Authorities::from_pem(&pem).map_err(|source| AssemblyError::Authorities { path, source }),
        Err(source) => Err(AssemblyError::File { path, source }),
    }
}

/// How the portal is to work.
pub(crate) fn portal_settings(config: &Config, portal: &Portal) -> valetkey_web::Settings {
    let host = portal.address.trim_start_matches("https://");
    let site = portal.site.clone().or_else(|| config.accounts.default_domain.clone());
    let at = |service, endpoint: &Option<Endpoint>| {
        endpoint.as_ref().map(|to| AppSetting { service, server: to.server.clone(), port: Some(to.port) })
    };
    let dav = portal.dav.as_ref();
    let dav = dav.map(|address| AppSetting { service: Service::Dav, server: address.clone(), port: None });
    valetkey_web::Settings {
        origin: portal.address.clone(),
        site: site.unwrap_or_else(|| host.to_owned()),
        contact: portal.contact.clone(),
        registration: portal.registration,
        oauth: config.oauth.as_ref().map(|oauth| valetkey_web::OauthSettings {
            registration: oauth.registration,
            introspectors: oauth.client.iter().filter(|one| one.introspect).map(|one| one.id.clone()).collect(),
        }),
        // Without the slash at its end, as Nextcloud says it: apps put their paths behind.
        login_flow: portal.dav.as_ref().filter(|_| portal.login_flow).map(|dav| dav.trim_end_matches('/').to_owned()),
        app_settings: [at(Service::Imap, &portal.imap), at(Service::Submission, &portal.submission), dav]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn settings(config: &Config) -> Settings {
    let (throttle, portal, defaults) = (&config.throttle, config.portal.as_ref(), Settings::default());
    Settings {
        default_domain: config.accounts.default_domain.clone(),
        issuer: config.accounts.issuer.clone(),
        rules: Rules { admin_may_create: config.policy.admin_may_create },
        secret_length: config.accounts.app_password_letters,
        calendars_and_contacts: calendars_and_contacts(config),
        remembered_max: config.accounts.remembered,
        throttle: Limits {
            account_burst: throttle.account_burst,
            account_per_hour: throttle.account_per_hour,
            network_burst: throttle.network_burst,
            network_per_hour: throttle.network_per_hour,
            delay_max: Duration::from_secs(throttle.delay_max_s),
        },
        guesses: GuessLimits { burst: throttle.guess_burst, per_hour: throttle.guess_per_hour },
        refusal_tick: Duration::from_millis(throttle.refusal_tick_ms),
        store_lost_grace: Duration::from_secs(config.store.lost_grace_s),
        name_reservation: Retention::days(config.retention.names_days),
        audit_retention: Retention::days(config.retention.audit_days),
        ended_retention: Retention::days(config.retention.ended_days),
        old_password_retention: Retention::days(config.retention.old_passwords_days),
        session_idle: portal.map_or(defaults.session_idle, |p| Duration::from_secs(p.session_idle_s)),
        session_max: portal.map_or(defaults.session_max, |p| Duration::from_secs(p.session_max_s)),
        browser_trust: portal.map_or(defaults.browser_trust, |p| Retention::days(p.browser_trust_days)),
        factor_removal_wait: Duration::from_secs(config.policy.factor_removal_wait_s),
        portal_origin: portal.map(|p| p.address.clone()),
        signs_id_tokens: config.issuer().is_some(),
        registration: portal.is_some_and(|p| p.registration),
        other_servers: config.other_server.iter().map(OtherServer::shown).collect(),
        ..defaults
    }
}

/// Whether apps can be let at calendars alone: only where paths tell which they are, at each server behind that has homes.
fn calendars_and_contacts(config: &Config) -> CalendarsAndContacts {
    match &config.dav {
        Some(dav) if dav.calendars.is_none() || dav.route.iter().any(has_homes_that_do_not_tell) => {
            CalendarsAndContacts::AsOne
        }
        _ => CalendarsAndContacts::Apart,
    }
}

/// A route for calendars or contacts alone has no homes of its own.
fn has_homes_that_do_not_tell(route: &DavRoute) -> bool {
    route.services.is_empty() && route.calendars.is_none()
}

/// Reads the key file, or makes it for a store that has nothing in it yet.
fn key_file(path: &Path, store: &Store, randomness: &dyn Randomness) -> Result<KeyFile, AssemblyError> {
    if let Some(kept) = read_key_file(path)? {
        return Ok(kept);
    }
    if has_accounts(store)? {
        return Err(AssemblyError::KeyMissing(path.to_owned()));
    }
    let made = KeyFile::new(MasterKey::generate(randomness));
    write_private(path, made.to_text().expose().as_bytes())
        .map_err(|source| AssemblyError::File { path: path.to_owned(), source })?;
    tracing::info!(file = %path.display(), "a key was made; keep a copy of it apart from the store's backups");
    Ok(made)
}

/// Reads the key file, if there is one.
pub(crate) fn read_key_file(path: &Path) -> Result<Option<KeyFile>, AssemblyError> {
    let unusable = |source| AssemblyError::File { path: path.to_owned(), source };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
    };
    if path.metadata().map_err(unusable)?.permissions().mode() & 0o077 != 0 {
        return Err(AssemblyError::KeyReadable(path.to_owned()));
    }
    text.parse().map(Some).map_err(|source| AssemblyError::Key { path: path.to_owned(), source })
}

fn has_accounts(store: &Store) -> Result<bool, AssemblyError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AssemblyError::Thread)?;
    let filter = AccountFilter { limit: 1, ..AccountFilter::default() };
    let found =
        runtime.block_on(store.read(move |s| Ok::<_, StoreError>(!s.accounts(&filter, SystemClock.now())?.is_empty())));
    found.map_err(|e| AssemblyError::Store(e.into()))
}

/// Makes a directory that only its owner can enter, if it is not there.
pub(crate) fn make_private_directory(path: &Path) -> Result<(), AssemblyError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| AssemblyError::File { path: path.to_owned(), source })
}

/// A command of root must not leave files that the server's own user cannot open.
fn check_owner(path: &Path) -> Result<(), AssemblyError> {
    let owner = path.metadata().map_err(|source| AssemblyError::File { path: path.to_owned(), source })?.uid();
    if rustix::process::geteuid().is_root() && owner != 0 {
        return Err(AssemblyError::Owner { path: path.to_owned(), owner });
    }
    Ok(())
}

/// Writes a file that only its owner can read, whole or not at all, and sees it reach the disk.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => std::fs::File::open(directory)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{TLS, read};

    #[test]
    fn one_server_that_does_not_tell_calendars_from_contacts_is_enough() {
        let dav = format!(
            "{TLS}[dav]\nlisten_tls = [\"[::]:8443\"]\nupstream = \"127.0.0.1:5232\"\nidentity_header = \"X-Remote-User\"\n"
        );
        let tells = "calendars = \"calendars\"\ncontacts = \"contacts\"\n";
        let route = "[[dav.route]]\ndomains = [\"example.net\"]\nupstream = \"127.0.0.1:5233\"\n";
        let one = "[[dav.route]]\nservices = [\"carddav\"]\nupstream = \"127.0.0.1:5233\"\n";
        for (text, expected) in [
            (String::new(), CalendarsAndContacts::Apart),
            (dav.clone(), CalendarsAndContacts::AsOne),
            (format!("{dav}{tells}"), CalendarsAndContacts::Apart),
            (format!("{dav}{tells}{route}"), CalendarsAndContacts::AsOne),
            (format!("{dav}{tells}{route}{tells}"), CalendarsAndContacts::Apart),
            (format!("{dav}{tells}{one}"), CalendarsAndContacts::Apart),
        ] {
            let config = read(&text, &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(calendars_and_contacts(&config), expected, "{text}");
        }
    }
}
