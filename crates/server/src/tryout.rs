//! The whole thing on one machine with throw-away data: an own certificate authority, a rootless Dovecot and a Radicale
//! behind, two people with two factors, everything on loopback on free ports.

mod asking;
mod authority;
mod configuration;
mod delivery;
mod description;
mod directory;
mod dovecot;
mod front;
mod ports;
mod postfix;
mod process;
mod sink;
mod smoke;
mod tour;

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::runtime::Runtime;
use valetkey_accounts::{AccountsError, CreateAccount, CreateAppPassword, Stop};
use valetkey_domain::policy::Actor;
use valetkey_domain::{Clock as _, Kind, Networks, PrimaryPassword, Randomness as _};

use crate::admin::Failure;
use crate::assembly::{AssemblyError, write_private};
use crate::clock::{SystemClock, SystemRandomness};
use crate::config::{Config, ConfigError};
use crate::serve::{Server, StartError};
use asking::Asking;
use authority::Authority;
use configuration::{Behind, Told};
use delivery::Delivery;
use directory::Directory;
use dovecot::Dovecot;
use front::{Front, Radicale};
use postfix::Postfix;
use process::ProcessError;
use sink::Sink;

/// What runs.
pub(crate) struct Tryout {
    directory: Directory,
    server: Server,
    _log: crate::log::Log,
    portal: String,
    endpoints: Value,
    people: Vec<Person>,
    // The servers behind are stopped when these are dropped.
    asking: Option<Asking>,
    dovecot: Option<Dovecot>,
    postfix: Option<Postfix>,
    /// In its place.
    delivery: Option<Delivery>,
    sink: Option<Sink>,
    front: Option<Front>,
}

/// A sample account, with all that is needed to sign in as its owner.
struct Person {
    login: String,
    primary_password: String,
    totp_secret: String,
    app_password: String,
    app_password_id: String,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TryoutError {
    #[error("{0} is not empty and was not made by `valetkey try`: name another directory, or remove it yourself")]
    NotOurs(PathBuf),
    #[error("{0} belongs to somebody else: name a directory of your own, or one that is not there yet")]
    NotYours(PathBuf),
    #[error("another `valetkey try` is running in {0}: stop that one first, or name another directory")]
    Running(PathBuf),
    #[error(
        "the sample servers, which do not run as root, may not pass through {0}: name a directory that everybody may enter, for example --dir /srv/valetkey-try"
    )]
    Closed(PathBuf),
    #[error("{path} cannot be used")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("a certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("a sample account cannot be made")]
    Account(#[from] AccountsError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    #[error("there is no free port")]
    Port,
    #[error(transparent)]
    Log(#[from] crate::log::LogError),
}

const DOMAIN: &str = "example.org";
/// Where the directory begins that servers ask by LDAP.
const LDAP_BASE: &str = "dc=example,dc=org";
/// Who may look people up there.
const LDAP_READER: &str = "cn=reader,dc=example,dc=org";
/// The file with the reader's secret.
const LDAP_SECRET: &str = "ldap-reader";
/// The file with what nginx's mail proxy shows.
const NGINX_KEY: &str = "nginx-key";
/// The file with a script that sorts mail.
const SIEVE_SCRIPT: &str = "tour.sieve";
/// An app that the configuration names, on a device without a browser: its id.
const TELEVISION: &str = "television";
const OPERATOR: Actor = Actor::Operator { uid: 0 };

impl Tryout {
    /// Makes everything and starts it, with a log as the configuration's `server.log` says. When this returns, every
    /// endpoint accepts connections and `try.json` describes them. With `asking` there is a Dovecot that asks, too.
    pub(crate) fn prepare(dir: Option<&Path>, log: &str, asking: bool, runtime: &Runtime) -> Result<Self, TryoutError> {
        let directory = Directory::make(dir)?;
        let authority = Authority::make(&directory)?;
        let master_secret = random_letters(32);
        directory.write_private("master-secret", &master_secret)?;
        directory.write_private(NGINX_KEY, &random_letters(32))?;
        directory.write_private(SIEVE_SCRIPT, "# Everything stays in the inbox.\nkeep;\n")?;
        directory.write_private(LDAP_SECRET, &random_letters(32))?;
        let delivery = (!Postfix::can_start()).then(|| Delivery::begin(&directory, runtime)).transpose()?;
        let dovecot = Dovecot::start(&directory, &master_secret, delivery.as_ref().map(Delivery::smtp))?;
        let sink = Sink::start(&directory)?;
        let delivers = dovecot.as_ref().is_some_and(Dovecot::takes_mail);
        let postfix = if delivers { Postfix::start(&directory)? } else { None };
        let [portal, imaps, submissions, dav, radicale] = directory.ports.several()?;
        let told = Told { portal, imaps, submissions, dav, radicale };
        let radicale = Radicale::start(&directory, told.radicale)?;
        let asks = if asking && dovecot.is_some() { asking::Place::choose(&directory)? } else { None };
        let behind = Behind { dovecot: dovecot.as_ref(), postfix: postfix.as_ref(), sink: sink.as_ref(), asks };
        let text = configuration::text(&directory, behind, log, told);
        let config_file = directory.write_private("valetkey.toml", &text)?;
        let config = Config::read(Some(&config_file), [])?;
        let log = crate::log::begin(&config.server.log)?;
        let server = Server::start(&config, runtime)?;
        let people = ["ada", "bob"]
            .into_iter()
            .map(|name| runtime.block_on(make_person(&server, name)))
            .collect::<Result<Vec<_>, AccountsError>>()?;
        let http = format!("http://{}", server.addresses.http[0]);
        let asking = asks.map(|place| Asking::start(&directory, place, &format!("{http}/token/imap"))).transpose()?;
        let forward_auth = format!("{http}/forward-auth/dav");
        let front = radicale.map(|radicale| Front::start(&directory, &authority, &forward_auth, told.dav, radicale));
        let front = front.transpose()?;
        let portal = format!("https://localhost:{}", told.portal.port());
        let endpoints = description::endpoints(&portal, &server.addresses, front.as_ref(), asks);
        let tryout = Self {
            directory,
            server,
            _log: log,
            portal,
            endpoints,
            people,
            asking,
            dovecot,
            postfix,
            delivery,
            sink,
            front,
        };
        tryout.describe()?;
        Ok(tryout)
    }

    /// Writes `try.json`, whole.
    fn describe(&self) -> Result<(), TryoutError> {
        let path = self.directory.path("try.json");
        let text = format!("{:#}\n", description::whole(self));
        write_private(&path, text.as_bytes()).map_err(|source| TryoutError::File { path, source })
    }

    /// Says what can be tried by hand.
    pub(crate) fn show_tour(&self) -> Result<(), Failure> {
        crate::output::say(&tour::text(self))
    }

    /// Does the tour, unless it is time to stop; whether every step came out as it should.
    pub(crate) fn smoke(&self, stop: &Stop) -> bool {
        smoke::run(self, stop)
    }

    /// Stops everything; nothing is left running.
    pub(crate) fn stop(self, runtime: &Runtime) {
        let Self { server, asking, dovecot, postfix, delivery, sink, front, .. } = self;
        server.stop(runtime);
        drop((front, asking));
        drop((postfix, dovecot, delivery, sink));
    }

    fn endpoint(&self, name: &str) -> Option<&str> {
        self.endpoints[name].as_str()
    }
}

async fn make_person(server: &Server, name: &str) -> Result<Person, AccountsError> {
    let accounts = &server.accounts;
    let primary_password = format!("{name}-{}", random_letters(16));
    let login = accounts.login_name(name).map_err(|_| AccountsError::NoSuchAccount)?;
    let new = CreateAccount {
        kind: Kind::Person,
        login_names: vec![login.clone()],
        display_name: format!("{}{}", name[..1].to_uppercase(), &name[1..]).parse().unwrap_or_default(),
        notice_address: format!("{name}@home.example").parse().ok(),
        password: Some(PrimaryPassword::choose(&primary_password)?),
    };
    let account = accounts.create_account(&OPERATOR, new).await?;
    let offer = accounts.offer_totp(&OPERATOR, account.id).await?;
    let label = || "Sample".parse().expect("a label");
    accounts.enrol_totp(&OPERATOR, account.id, label(), offer.seed.clone(), None).await?;
    let new = CreateAppPassword { label: label(), scopes: None, networks: Networks::default(), expires_at: None };
    let created = accounts.create_app_password(&OPERATOR, account.id, new).await?;
    Ok(Person {
        login: login.to_string(),
        primary_password,
        totp_secret: offer.seed.to_base32().expose().clone(),
        app_password: created.secret.expose().clone(),
        app_password_id: created.app_password.id.to_string(),
    })
}

/// A throw-away secret.
fn random_letters(length: usize) -> String {
    let mut bytes = vec![0; length];
    SystemRandomness.fill(&mut bytes);
    // Sixteen letters of which each byte picks one: evenly, four bits each.
    bytes.iter().map(|b| char::from(b"abcdefghijkmnpqr"[usize::from(b & 15)])).collect()
}

/// Milliseconds since a moment, for the smoke test.
fn millis_since(start: valetkey_domain::BootTime) -> f64 {
    SystemClock.boot_time().since(start).as_secs_f64() * 1000.0
}
