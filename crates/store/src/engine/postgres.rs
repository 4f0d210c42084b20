//! PostgreSQL: a few threads, each with one connection, that reading and writing closures are handed to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, SimpleQueryMessage, Statement};
use tokio::sync::mpsc;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Connection, Param, Row, Snapshot, TRIES, Transaction};
use crate::job::{Fate, Job, Kept};
use crate::{Connections, StoreError};

/// Closures that wait for a connection; more are turned away as busy.
const QUEUE_MAX: usize = 1024;
/// How long connecting may take. Whoever waits for a sign-in waits no longer than this more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long sent bytes may stay unacknowledged before the connection counts as gone.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// Where the database is and how to reach it.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Address {
    /// Reads `postgres://USER@HOST/NAME`. On loopback and Unix sockets TLS is off unless `sslmode` asks for it; else
    /// the server's certificate is checked against `authorities`.
    pub(crate) fn parse(url: &str, authorities: rustls::RootCertStore) -> Result<Self, postgres::Error> {
        let mut config: Config = url.parse()?;
        let local = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|a: std::net::IpAddr| a.is_loopback()),
        };
        // The parsed mode is `Prefer` also where none is said. It was said if another word in its place changes the mode.
        let mode_of = |url: &str| url.parse::<Config>().map(|config| config.get_ssl_mode()).ok();
        let is_said = config.get_ssl_mode() != SslMode::Prefer
            || mode_of(&url.replace("prefer", "require")) == Some(SslMode::Require);
        if !is_said {
            let mode = if config.get_hosts().iter().all(local) { SslMode::Disable } else { SslMode::Require };
            config.ssl_mode(mode);
        }
        config.application_name("valetkey").connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(SILENCE_MAX);
        config.keepalives_idle(SILENCE_MAX).keepalives_interval(Duration::from_secs(1)).keepalives_retries(3);
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has every default version")
            .with_root_certificates(authorities)
            .with_no_client_auth();
        Ok(Self { config, tls: MakeRustlsConnect::new(tls) })
    }

    /// The hosts and the database's name, for messages: never the password.
    pub(crate) fn shown(&self) -> String {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        format!("postgres {} at {}", self.config.get_dbname().unwrap_or("(default)"), hosts.join(", "))
    }

    pub(crate) fn connect(&self) -> Result<Client, StoreError> {
        let mut client = self.config.connect(self.tls.clone()).map_err(StoreError::unusable)?;
        client
            .batch_execute(
                "SET statement_timeout = '15s'; SET lock_timeout = '10s'; SET synchronous_commit = on;
                 SET idle_in_transaction_session_timeout = '30s'; SET default_transaction_isolation = 'read committed'",
            )
            .map_err(StoreError::unusable)?;
        Ok(client)
    }
}

/// What a reading thread runs.
pub(crate) trait Look: Send {
    /// Reads; called again after a conflict.
    fn run(&mut self, snapshot: &mut Snapshot<'_>);
    /// Answers whoever waits: with what was read, or with why nothing was.
    fn finish(self: Box<Self>, failure: Option<StoreError>);
}

pub(crate) struct Postgres {
    reads: mpsc::Sender<Box<dyn Look>>,
    writes: mpsc::Sender<Box<dyn Job>>,
}

impl Postgres {
    /// Starts the threads. They connect when they are first needed, and again whenever a connection was lost. What writes
    /// does so as long as the custody is `node`'s.
    pub(crate) fn start(address: &Address, node: [u8; 16], connections: Connections) -> Result<Self, StoreError> {
        let reads = spawn(address, "store-reader", connections.readers, read)?;
        let begin = begin_as(node);
        let write = move |job, kept: &mut _, address: &_| write(job, kept, address, &begin);
        let writes = spawn(address, "store-writer", connections.writers, write)?;
        Ok(Self { reads, writes })
    }

    pub(crate) fn read(&self, look: Box<dyn Look>) -> Result<(), StoreError> {
        self.reads.try_send(look).map_err(|_| StoreError::Busy)
    }

    pub(crate) fn write(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.writes.try_send(job).map_err(|_| StoreError::Busy)
    }
}

/// Begins a writing transaction. It finds out, in one round trip, whether the custody is still this process's, and keeps
/// it so until it ends: whoever takes the custody over waits for it.
fn begin_as(node: [u8; 16]) -> String {
    let node = node.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("BEGIN; SELECT 1 FROM custody WHERE id = 1 AND node = '\\x{node}' FOR SHARE")
}

fn spawn<J: Send + 'static>(
    address: &Address,
    name: &str,
    threads: usize,
    serve: impl Fn(J, &mut Option<Session>, &Address) + Clone + Send + 'static,
) -> Result<mpsc::Sender<J>, StoreError> {
    let (sender, jobs) = mpsc::channel::<J>(QUEUE_MAX);
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let (jobs, address, serve) = (Arc::clone(&jobs), address.clone(), serve.clone());
        std::thread::Builder::new()
            .name(name.into())
            .spawn(move || {
                let mut session = None;
                loop {
                    let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                    let Some(job) = next else { return };
                    serve(job, &mut session, &address);
                    session = session.take().filter(|s: &Session| s.is_usable());
                }
            })
            .map_err(StoreError::unusable)?;
    }
    Ok(sender)
}

/// A session in which a transaction has begun. One that was kept may have been lost since it was last used, which only
/// using it shows; nothing was done in it yet, so a new one takes its place, and nobody notices.
fn begun<'s, T>(
    kept: &'s mut Option<Session>,
    address: &Address,
    begin: impl Fn(&mut Session) -> Result<T, StoreError>,
) -> Result<(&'s mut Session, T), StoreError> {
    if let Some(mut session) = kept.take()
        && let Ok(said) = begin(&mut session)
    {
        return Ok((kept.insert(session), said));
    }
    let session = kept.insert(Session::new(address.connect()?));
    let said = begin(session)?;
    Ok((session, said))
}

fn read(mut look: Box<dyn Look>, kept: &mut Option<Session>, address: &Address) {
    let begin = |session: &mut Session| session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    let outcome = begun(kept, address, begin).and_then(|(session, ())| {
        look.run(&mut Snapshot::new(Connection::Postgres(session)));
        session.script(if session.failed { "ROLLBACK" } else { "COMMIT" })
    });
    look.finish(outcome.err());
}

fn write(mut job: Box<dyn Job>, kept: &mut Option<Session>, address: &Address, begin: &str) {
    let mut fate = Fate::RolledBack(StoreError::Busy);
    for _ in 0..TRIES {
        fate = match begun(kept, address, |session| session.begin_ours(begin)) {
            Ok((session, is_ours)) => session.transact(is_ours, &mut *job),
            Err(error) => Fate::RolledBack(error),
        };
        let met_another = kept.as_ref().is_some_and(|s| s.contended);
        if !met_another {
            break;
        }
    }
    job.finish(fate);
}

/// One connection and the statements that it has prepared.
pub(crate) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// A statement of this transaction failed: PostgreSQL would answer its COMMIT with ROLLBACK and no error.
    failed: bool,
    /// It failed because it met another transaction; trying again helps.
    contended: bool,
}

impl Session {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), failed: false, contended: false }
    }

    fn is_usable(&self) -> bool {
        !self.client.is_closed()
    }

    fn begin(&mut self, how: &str) -> Result<(), StoreError> {
        (self.failed, self.contended) = (false, false);
        self.script(how)
    }

    /// Begins, and says whether the custody is still ours.
    fn begin_ours(&mut self, begin: &str) -> Result<bool, StoreError> {
        (self.failed, self.contended) = (false, false);
        let answer = self.client.simple_query(begin).map_err(|e| self.note(e))?;
        Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_))))
    }

    /// Runs a job in the transaction that has begun, and ends it.
    fn transact(&mut self, is_ours: bool, job: &mut dyn Job) -> Fate {
        if !is_ours {
            drop(self.client.batch_execute("ROLLBACK"));
            return Fate::RolledBack(StoreError::NotHeld);
        }
        let kept = job.run(&mut Transaction::new(Connection::Postgres(self)));
        if kept == Kept::No || self.failed {
            // A lost connection rolls back by itself.
            drop(self.client.batch_execute("ROLLBACK"));
            let why = || StoreError::unusable("a statement failed and its error was passed over");
            return if kept == Kept::No { Fate::Committed } else { Fate::RolledBack(why()) };
        }
        match self.client.batch_execute("COMMIT") {
            Ok(()) => Fate::Committed,
            Err(error) if leaves_open(error.code()) => Fate::Unknown(StoreError::unusable(error)),
            Err(error) => Fate::RolledBack(self.note(error)),
        }
    }

    pub(super) fn each(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        row: &mut dyn FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.statement(sql)?;
        let mut failure = None;
        let mut rows =
            self.client.query_raw(&statement, params).map_err(|e| note(&mut self.failed, &mut self.contended, e))?;
        loop {
            match rows.next() {
                Ok(None) => break,
                Ok(Some(found)) if row(&Row::Postgres(&found))? => {}
                Ok(Some(_)) => break,
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        drop(rows);
        failure.map_or(Ok(()), |error| Err(self.note(error)))
    }

    pub(super) fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
        self.client.execute(&statement, &params).map_err(|e| self.note(e))
    }

    pub(super) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).map_err(|e| self.note(e))
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|e| self.note(e))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn note(&mut self, error: postgres::Error) -> StoreError {
        note(&mut self.failed, &mut self.contended, error)
    }
}

/// Whether a COMMIT that ended so may have been carried out: the server did not answer, or what answered speaks of the
/// connection (class 08), of a server going down (57P) or of not knowing (40003), not of the transaction.
fn leaves_open(code: Option<&SqlState>) -> bool {
    code.map(SqlState::code).is_none_or(|code| code.starts_with("08") || code.starts_with("57P") || code == "40003")
}

fn note(failed: &mut bool, contended: &mut bool, error: postgres::Error) -> StoreError {
    *failed = true;
    let met_another = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    if error.code().is_some_and(|code| met_another.contains(code)) {
        *contended = true;
        StoreError::Contended(error.into())
    } else {
        StoreError::unusable(error)
    }
}

/// Parameters go over as what they are; the column's type is what the migrations say.
impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Int(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Bytes(value) => value.to_sql(ty, out),
            Self::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    to_sql_checked!();
}

impl std::fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Int(_) => "Int",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Null => "Null",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_another_machine_tls_is_required_unless_the_parameter_says_otherwise() {
        for (url, mode) in [
            ("postgres://ada@db.example.org/x", SslMode::Require),
            ("postgres://ada:sslmode@db.example.org/x", SslMode::Require),
            ("postgres://ada:prefer@db.example.org/sslmode=prefer", SslMode::Require),
            ("postgres://ada@db.example.org/x?sslmode=prefer", SslMode::Prefer),
            ("postgres://ada@db.example.org/x?sslmode=disable", SslMode::Disable),
            ("postgres://ada@db.example.org/x?ssl%6Dode=disable", SslMode::Disable),
            ("postgres://ada:sslmode@127.0.0.1/x", SslMode::Disable),
            ("postgres://ada@127.0.0.1/x?sslmode=require", SslMode::Require),
            ("host=db.example.org user=ada sslmode=prefer", SslMode::Prefer),
        ] {
            let address = Address::parse(url, rustls::RootCertStore::empty()).expect(url);
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
        }
    }
}
