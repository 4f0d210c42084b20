//! The sections, each with its defaults. `docs/configuration.md` says of each key what it is for; a test holds the two
//! together.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use valetkey_domain::SecretLength;
use valetkey_domain::throttle::{GuessLimits, Limits};

use super::value::{Address, Endpoint, SecretFile, domain, letters, origin, within};

/// The process.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) admin_socket: Option<PathBuf>,
    pub(crate) log: String,
    #[serde(deserialize_with = "within::<0, 3600, _, _>")]
    pub(crate) shutdown_s: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self { data_dir: None, admin_socket: None, log: "info".into(), shutdown_s: 10 }
    }
}

/// Everything at rest.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    pub(crate) file: Option<PathBuf>,
    pub(crate) url: Option<Hidden>,
    pub(crate) url_file: Option<SecretFile>,
    pub(crate) authorities: Option<PathBuf>,
    #[serde(deserialize_with = "within::<1, 64, _, _>")]
    pub(crate) readers: usize,
    #[serde(deserialize_with = "within::<1, 64, _, _>")]
    pub(crate) writers: usize,
    #[serde(deserialize_with = "within::<0, 86400, _, _>")]
    pub(crate) lost_grace_s: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self { file: None, url: None, url_file: None, authorities: None, readers: 8, writers: 4, lost_grace_s: 300 }
    }
}

/// A text that may hold a password.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(pub(crate) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Accounts and their secrets.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Accounts {
    #[serde(deserialize_with = "domain")]
    pub(crate) default_domain: Option<String>,
    pub(crate) issuer: String,
    pub(crate) key_file: Option<PathBuf>,
    #[serde(deserialize_with = "letters")]
    pub(crate) app_password_letters: SecretLength,
    #[serde(deserialize_with = "within::<1, 100000000, _, _>")]
    pub(crate) remembered: usize,
    #[serde(deserialize_with = "within::<1, 1048576, _, _>")]
    pub(crate) password_memory_mib: u32,
    #[serde(deserialize_with = "within::<1024, 4194304, _, _>")]
    pub(crate) password_hash_kib: u32,
    #[serde(deserialize_with = "within::<1, 1000, _, _>")]
    pub(crate) password_hash_passes: u32,
}

impl Default for Accounts {
    fn default() -> Self {
        let cost = valetkey_accounts::Cost::default();
        Self {
            default_domain: None,
            issuer: "Valetkey".into(),
            key_file: None,
            app_password_letters: SecretLength::default(),
            remembered: 200_000,
            password_memory_mib: 64,
            password_hash_kib: cost.memory_kib,
            password_hash_passes: cost.passes,
        }
    }
}

/// What is allowed beyond the defaults.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) admin_may_create: bool,
    #[serde(deserialize_with = "within::<0, 2592000, _, _>")]
    pub(crate) factor_removal_wait_s: u64,
}

impl Default for Policy {
    fn default() -> Self {
        let wait = valetkey_accounts::Settings::default().factor_removal_wait;
        Self { admin_may_create: false, factor_removal_wait_s: wait.as_secs() }
    }
}

/// How refusals are slowed.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Throttle {
    #[serde(deserialize_with = "within::<1, 1000000000, _, _>")]
    pub(crate) account_burst: u32,
    #[serde(deserialize_with = "within::<1, 1000000000, _, _>")]
    pub(crate) account_per_hour: u32,
    #[serde(deserialize_with = "within::<1, 1000000000, _, _>")]
    pub(crate) network_burst: u32,
    #[serde(deserialize_with = "within::<1, 1000000000, _, _>")]
    pub(crate) network_per_hour: u32,
    #[serde(deserialize_with = "within::<0, 60, _, _>")]
    pub(crate) delay_max_s: u64,
    #[serde(deserialize_with = "within::<1, 1000000000, _, _>")]
    pub(crate) guess_burst: u32,
    #[serde(deserialize_with = "within::<1, 1000000000, _, _>")]
    pub(crate) guess_per_hour: u32,
    #[serde(deserialize_with = "within::<1, 1000, _, _>")]
    pub(crate) refusal_tick_ms: u64,
}

impl Default for Throttle {
    fn default() -> Self {
        let (limits, guesses) = (Limits::default(), GuessLimits::default());
        Self {
            account_burst: limits.account_burst,
            account_per_hour: limits.account_per_hour,
            network_burst: limits.network_burst,
            network_per_hour: limits.network_per_hour,
            delay_max_s: limits.delay_max.as_secs(),
            guess_burst: guesses.burst,
            guess_per_hour: guesses.per_hour,
            refusal_tick_ms: 50,
        }
    }
}

/// How long what is over is remembered.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the unit is part of what the file says")]
pub(crate) struct Retention {
    #[serde(deserialize_with = "within::<1, 36500, _, _>")]
    pub(crate) audit_days: u64,
    #[serde(deserialize_with = "within::<1, 36500, _, _>")]
    pub(crate) ended_days: u64,
    #[serde(deserialize_with = "within::<0, 36500, _, _>")]
    pub(crate) names_days: u64,
    #[serde(deserialize_with = "within::<0, 36500, _, _>")]
    pub(crate) old_passwords_days: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { audit_days: 400, ended_days: 400, names_days: 90, old_passwords_days: 180 }
    }
}

impl Retention {
    pub(crate) fn days(days: u64) -> Duration {
        Duration::from_secs(days.saturating_mul(86_400))
    }
}

/// The certificate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    #[serde(default)]
    pub(crate) also: Vec<AlsoTls>,
}

/// A certificate for other names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlsoTls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

pub(super) fn usual_advice() -> String {
    "Use an app password here, with all its letters, and not your own password.".into()
}

/// The portal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portal {
    #[serde(deserialize_with = "origin")]
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) listen_tls: Vec<Address>,
    #[serde(default)]
    pub(crate) listen_after_tls: Vec<Address>,
    #[serde(default)]
    pub(crate) site: Option<String>,
    #[serde(default)]
    pub(crate) contact: Option<String>,
    #[serde(default)]
    pub(crate) imap: Option<Endpoint>,
    #[serde(default)]
    pub(crate) submission: Option<Endpoint>,
    #[serde(default)]
    pub(crate) dav: Option<String>,
    #[serde(default = "Portal::session_idle_s", deserialize_with = "within::<60, 2592000, _, _>")]
    pub(crate) session_idle_s: u64,
    #[serde(default = "Portal::session_max_s", deserialize_with = "within::<60, 2592000, _, _>")]
    pub(crate) session_max_s: u64,
    #[serde(default = "Portal::browser_trust_days", deserialize_with = "within::<0, 400, _, _>")]
    pub(crate) browser_trust_days: u64,
    #[serde(default)]
    pub(crate) registration: bool,
    #[serde(default)]
    pub(crate) login_flow: bool,
}

impl Portal {
    pub(super) fn browser_trust_days() -> u64 {
        valetkey_accounts::Settings::default().browser_trust.as_secs() / 86_400
    }

    pub(super) fn session_idle_s() -> u64 {
        valetkey_accounts::Settings::default().session_idle.as_secs()
    }

    pub(super) fn session_max_s() -> u64 {
        valetkey_accounts::Settings::default().session_max.as_secs()
    }
}

/// Where data is kept if nobody says: where the system keeps it for root and services, else in the user's own directory.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(super) fn usual_data_dir() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(dir) = from("STATE_DIRECTORY") {
        return dir;
    }
    if rustix::process::geteuid().is_root() {
        return "/var/lib/valetkey".into();
    }
    from("XDG_STATE_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_default()
        .join("valetkey")
}
