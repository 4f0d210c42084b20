//! Everything at rest, in SQLite or PostgreSQL. SQL lives here and nowhere else, and each statement once.
//!
//! Transactions are closures: they commit on `Ok` and roll back on `Err`. What a table can do stands in a file of its
//! own under `table`, as functions on [`Snapshot`] (reading) and [`Transaction`] (writing).
//!
//! Never put here: rules (they are `domain`'s), use-cases (they are `accounts`'), and anything that knows which engine
//! is at work, outside `engine`, `custody` and `migrate`.
//!
//! Start reading at [`Store`].

mod custody;
mod engine;
mod error;
mod job;
mod migrate;
pub mod seal;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use valetkey_domain::{Clock, Randomness, Timestamp};

pub use custody::{Custody, CustodyState};
use engine::postgres::{Address, Look, Postgres};
use engine::sqlite::Sqlite;
pub use engine::{Snapshot, Transaction};
pub use error::{OpenError, StoreError, chain};
use job::Change;
pub use job::Committed;
pub use table::account::NewAccount;
pub use table::app_password::{Ended, Expiring, NewAppPassword, Overdue, Use};
pub use table::approval::{ApprovalState, Begun, Given, KeptApproval, NewApproval};
pub use table::audit::{AuditEntry, AuditFilter, Happened};
pub use table::browser::{KnownBrowser, NewBrowser};
pub use table::directory::{AccountFilter, AccountSummary};
pub use table::grant::{KeptRefreshToken, NewAccessToken, NewGrant};
pub use table::link::{KeptLink, NewLink};
pub use table::oauth::{KeptCode, RegisteredClient};
pub use table::outbox::{Errand, NewErrand};
pub use table::password_sent::{KeptPasswords, PasswordSent, SentAfter, SentPassword, UnknownPassword};
pub use table::second_factor::{FactorSummary, NewFactor, SealedFactor, TotpFactor};
pub use table::session::{KeptSession, NewSession, SessionStage};
pub use table::sign_in::{Found, KnownAccount, KnownCredential, KnownToken};
pub use table::sign_out::{KeptSignOut, NewSignOut, Run, SIGN_OUT_LOGINS_MAX, SignOutState};
pub use table::signing_key::KeptSigningKey;

/// How long a reading may take before whoever asked is told that nobody knows.
const READ_PATIENCE: Duration = Duration::from_secs(5);

/// Where the store is.
#[derive(Clone, Debug)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// SQLite in memory, for tests.
    Memory,
    /// A PostgreSQL database.
    Postgres {
        /// Its address, `postgres://USER@HOST/NAME`. May hold a password: not to be logged.
        url: Secret,
        /// A file with the certificates, in PEM, of who may sign the server's; else the public authorities.
        authorities: Option<PathBuf>,
    },
}

impl Location {
    /// Whether it can be understood, and the authorities can be read. Opens no store.
    pub fn check(&self) -> Result<(), OpenError> {
        match self {
            Self::Memory | Self::File(_) => Ok(()),
            Self::Postgres { url, authorities } => address(url, authorities.as_deref()).map(drop),
        }
    }
}

/// A text that is not shown by `Debug`.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// How many connections to PostgreSQL are kept.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// For reading: as many sign-ins can ask the database at a time.
    pub readers: usize,
    /// For writing.
    pub writers: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self { readers: 8, writers: 4 }
    }
}

/// The store. One process holds it at a time: see [`Custody`].
pub struct Store {
    engine: Engine,
    custody: Arc<Custody>,
    shown: String,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Takes the store into custody and brings it up to date. Blocks; call it outside the async runtime.
    ///
    /// A file is made if it is not there; what an upgrade would change is copied beside it first.
    pub fn open(
        location: &Location,
        connections: Connections,
        clock: &Arc<dyn Clock>,
        randomness: &dyn Randomness,
    ) -> Result<Self, OpenError> {
        let mut node = [0; 16];
        randomness.fill(&mut node);
        let now = clock.now();
        match location {
            Location::Memory => Self::begin(Custody::of_memory(), "SQLite in memory".into(), None, now, || {
                Ok(Engine::Sqlite(Sqlite::in_memory()?))
            }),
            Location::File(path) => {
                let named = path;
                let (custody, path) = Custody::of_file(named)?;
                let watched = Arc::clone(&custody);
                Self::begin(custody, format!("SQLite at {}", path.display()), Some(&path), now, || {
                    let engine = Engine::Sqlite(Sqlite::open(&path)?);
                    watched.watch_file(named, &path)?;
                    Ok(engine)
                })
            }
            Location::Postgres { url, authorities } => {
                let address = address(url, authorities.as_deref())?;
                let custody = Custody::of_postgres(&address, node, Arc::clone(clock))?;
                Self::begin(custody, address.shown(), None, now, || {
                    Ok(Engine::Postgres(Postgres::start(&address, node, connections)?))
                })
            }
        }
    }

    /// Starts the engine and brings the store up to date; whatever fails, the store is given back.
    fn begin(
        custody: Arc<Custody>,
        shown: String,
        file: Option<&Path>,
        now: Timestamp,
        start: impl FnOnce() -> Result<Engine, StoreError>,
    ) -> Result<Self, OpenError> {
        match start() {
            Ok(engine) => {
                let store = Self { engine, custody, shown };
                store.migrate(file, now)?;
                Ok(store)
            }
            Err(error) => {
                custody.leave();
                Err(error.into())
            }
        }
    }

    /// Who holds the store, and since when not.
    pub fn custody(&self) -> &Arc<Custody> {
        &self.custody
    }

    /// The store's name, for messages. Never holds a password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Reads in one snapshot, begun now. The closure may be called again.
    ///
    /// SQLite is read where it stands; for PostgreSQL the closure goes to a thread that has a connection.
    pub async fn read<T, E, F>(&self, mut closure: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut Snapshot<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let mut result = None;
                sqlite.read(&mut |snapshot| result = Some(closure(snapshot)))?;
                result.unwrap_or_else(|| Err(StoreError::unusable("nothing was read").into()))
            }
            Engine::Postgres(postgres) => {
                let (answer, waiting) = oneshot::channel();
                postgres.read(Box::new(Reading { closure, result: None, answer }))?;
                match tokio::time::timeout(READ_PATIENCE, waiting).await {
                    Ok(Ok(result)) => result,
                    Ok(Err(_)) => Err(StoreError::unusable("the reading panicked").into()),
                    Err(_) => Err(StoreError::Busy.into()),
                }
            }
        }
    }

    /// Changes the store in one transaction: commits on `Ok`, rolls back on `Err`. The closure may be called again
    /// if it met another change. A store that somebody else may hold is not written to: another process would accept
    /// from its memory what was taken away here.
    ///
    /// Waits for the outcome for as long as it takes. Who can be cancelled must not call this and then need to know:
    /// give it a task of its own.
    pub async fn write<T, E, F>(&self, closure: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        if !self.custody.is_locked() {
            return Err(StoreError::NotHeld.into());
        }
        let (job, waiting) = Change::new(closure);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(Box::new(job))?,
            Engine::Postgres(postgres) => postgres.write(Box::new(job))?,
        }
        // Every job answers, also when it is dropped; one that does not may have been committed.
        waiting.await.unwrap_or_else(|gone| Err(StoreError::OutcomeUnknown(gone.into()).into()))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.custody.leave();
    }
}

fn address(url: &Secret, authorities: Option<&Path>) -> Result<Address, OpenError> {
    Address::parse(&url.0, trusted(authorities)?).map_err(|e| OpenError::Address(e.into()))
}

/// The authorities whose signature on a database's certificate counts.
fn trusted(file: Option<&Path>) -> Result<rustls::RootCertStore, OpenError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    match file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unreadable = |e: rustls::pki_types::pem::Error| OpenError::File {
                path: path.to_owned(),
                source: std::io::Error::new(std::io::ErrorKind::InvalidData, e.to_string()),
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                roots.add_parsable_certificates(Some(certificate.map_err(unreadable)?));
            }
        }
    }
    Ok(roots)
}

struct Reading<T, E, F> {
    closure: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Look for Reading<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnMut(&mut Snapshot<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, snapshot: &mut Snapshot<'_>) {
        self.result = Some((self.closure)(snapshot));
    }

    fn finish(self: Box<Self>, failure: Option<StoreError>) {
        let answer = match (self.result, failure) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(failure)) => Err(failure.into()),
            (Some(result), None) => result,
            (None, None) => Err(StoreError::unusable("nothing was read").into()),
        };
        // Whoever asked may have lost patience.
        drop(self.answer.send(answer));
    }
}
