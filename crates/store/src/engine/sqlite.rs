//! SQLite, bundled: one file, one writing thread that gathers waiting changes into one commit, and readers that read
//! where they stand.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection as Database, ErrorCode, OpenFlags, types::Value as SqliteValue};
use tokio::sync::mpsc;

use super::{Connection, Param, Row, Snapshot, Transaction};
use crate::StoreError;
use crate::job::{Fate, Job, Kept};

/// Changes that wait for the writing thread; more are turned away as busy.
const QUEUE_MAX: usize = 4096;
/// Changes gathered into one commit. Enough for the disk to be the limit, few enough for each to answer soon.
const BATCH_MAX: usize = 256;
/// Reading connections kept open: more than any machine has cores that read at once.
const READERS_KEPT: usize = 64;
/// Prepared statements kept by each connection: more than there are in this crate.
const STATEMENTS_KEPT: usize = 256;

pub(crate) struct Sqlite {
    readers: Readers,
    writer: mpsc::Sender<Box<dyn Job>>,
}

enum Readers {
    /// A file, which in WAL mode is read while it is written.
    Pool { path: PathBuf, idle: Mutex<Vec<Database>> },
    /// A database in memory has one connection, which readers and the writer take in turns.
    Shared(Arc<Mutex<Database>>),
}

impl Sqlite {
    /// Opens the file that custody has made, which only its owner can read.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let writer = connect(path)?;
        let mode: String =
            writer.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(StoreError::unusable)?;
        if mode != "wal" {
            return Err(StoreError::unusable(format!("the file system cannot hold a write-ahead log (mode '{mode}')")));
        }
        Ok(Self {
            readers: Readers::Pool { path: path.to_owned(), idle: Mutex::new(Vec::new()) },
            writer: spawn_writer(Arc::new(Mutex::new(writer)))?,
        })
    }

    /// A database in memory, gone when dropped: the test double of a file.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        let database = Database::open_in_memory().map_err(StoreError::unusable)?;
        prepare(&database).map_err(StoreError::unusable)?;
        let shared = Arc::new(Mutex::new(database));
        Ok(Self { readers: Readers::Shared(Arc::clone(&shared)), writer: spawn_writer(shared)? })
    }

    /// Reads where it stands. A warm read takes some microseconds, less than waking another thread would.
    pub(crate) fn read(&self, read: &mut dyn FnMut(&mut Snapshot<'_>)) -> Result<(), StoreError> {
        match &self.readers {
            Readers::Pool { path, idle } => {
                let kept = lock(idle).pop();
                let database = kept.map_or_else(|| connect(path), Ok)?;
                in_snapshot(&database, read)?;
                let mut idle = lock(idle);
                if idle.len() < READERS_KEPT {
                    idle.push(database);
                }
                Ok(())
            }
            Readers::Shared(database) => in_snapshot(&lock(database), read),
        }
    }

    /// Copies the whole database into a file that is empty.
    pub(crate) fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let Readers::Pool { path, .. } = &self.readers else { return Ok(()) };
        let file = file.to_str().ok_or_else(|| StoreError::unusable("the path is no text"))?;
        connect(path)?.execute("VACUUM INTO ?1", [file]).map(drop).map_err(StoreError::unusable)
    }

    pub(crate) fn write(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.writer.try_send(job).map_err(|_| StoreError::Busy)
    }
}

/// The snapshot begins with the first statement of `read`, since `BEGIN` alone takes none.
fn in_snapshot(database: &Database, read: &mut dyn FnMut(&mut Snapshot<'_>)) -> Result<(), StoreError> {
    execute(database, "BEGIN", &[])?;
    read(&mut Snapshot::new(Connection::Sqlite(database)));
    execute(database, "COMMIT", &[]).map(drop)
}

fn connect(path: &Path) -> Result<Database, StoreError> {
    // Never made here: a file that is gone is an error, not an empty store that anybody may read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Database::open_with_flags(path, flags).map_err(StoreError::unusable)?;
    prepare(&database).map_err(StoreError::unusable)?;
    Ok(database)
}

fn prepare(database: &Database) -> rusqlite::Result<()> {
    database.busy_timeout(Duration::from_secs(5))?;
    database.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // A statement keeps its plan whatever is bound to it; else SQLite may plan it anew at each reading.
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: a commit that was acknowledged outlives a loss of power. Memory mapping stays off: a file that is cut
    // short behind our back must be an error, not the end of the process.
    database.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;
         PRAGMA mmap_size = 0; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;",
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while reading leaves nothing half done: SQLite's own state is what counts.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawn_writer(database: Arc<Mutex<Database>>) -> Result<mpsc::Sender<Box<dyn Job>>, StoreError> {
    let (sender, mut jobs) = mpsc::channel::<Box<dyn Job>>(QUEUE_MAX);
    std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || {
            while let Some(first) = jobs.blocking_recv() {
                let mut batch = vec![first];
                while batch.len() < BATCH_MAX
                    && let Ok(next) = jobs.try_recv()
                {
                    batch.push(next);
                }
                commit_together(&lock(&database), batch);
            }
        })
        .map_err(StoreError::unusable)?;
    Ok(sender)
}

/// Runs each job in a savepoint of its own, commits all that want to be kept, and tells each what became of it.
fn commit_together(database: &Database, batch: Vec<Box<dyn Job>>) {
    // What a batch before this one could not undo must not be committed with this one.
    roll_back(database);
    if let Err(error) = script(database, "BEGIN IMMEDIATE") {
        return finish_all(batch, Fate::RolledBack, &error);
    }
    let mut kept = Vec::with_capacity(batch.len());
    let mut jobs = batch.into_iter();
    for mut job in jobs.by_ref() {
        match run_in_savepoint(database, &mut *job) {
            Ok(Kept::Yes) => kept.push(job),
            Ok(Kept::No) => job.finish(Fate::Committed),
            // Nobody knows what is left of the job's rows: none that ran so far may be committed with them.
            Err(error) => {
                roll_back(database);
                kept.push(job);
                finish_all(kept, Fate::RolledBack, &error);
                let rest: Vec<_> = jobs.collect();
                if !rest.is_empty() {
                    commit_together(database, rest);
                }
                return;
            }
        }
    }
    match commit(database) {
        Ok(()) => kept.into_iter().for_each(|job| job.finish(Fate::Committed)),
        Err((fate, error)) => finish_all(kept, fate, &error),
    }
}

/// An error means that the whole transaction must be undone, if the engine has not done so already.
fn run_in_savepoint(database: &Database, job: &mut dyn Job) -> Result<Kept, StoreError> {
    script(database, "SAVEPOINT job")?;
    let kept = job.run(&mut Transaction::new(Connection::Sqlite(database)));
    // After some errors, a full disk among them, SQLite has already undone the whole transaction.
    if database.is_autocommit() {
        return Err(StoreError::unusable("the transaction was undone by the engine"));
    }
    script(database, if kept == Kept::Yes { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    Ok(kept)
}

type MakeFate = fn(StoreError) -> Fate;

/// Commits. A failed write of the log is unknown: the frames may have reached the disk and be found after a crash.
fn commit(database: &Database) -> Result<(), (MakeFate, StoreError)> {
    let Err(error) = database.execute_batch("COMMIT") else { return Ok(()) };
    let unknown = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
    roll_back(database);
    Err((if unknown { Fate::Unknown } else { Fate::RolledBack }, StoreError::unusable(error)))
}

/// Undoes the transaction that has begun, if one has.
fn roll_back(database: &Database) {
    if !database.is_autocommit()
        && let Err(error) = database.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be undone");
    }
}

fn finish_all(jobs: Vec<Box<dyn Job>>, fate: MakeFate, error: &StoreError) {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    tracing::error!(error = %cause, changes = jobs.len(), "a commit failed");
    for job in jobs {
        job.finish(fate(StoreError::unusable(cause.clone())));
    }
}

/// SQLite reads `$1` as a name and numbers names as they first appear: as long as they appear in order, which is
/// checked in every test, `$1` is the first parameter here as it is in PostgreSQL.
fn bind<'d>(
    database: &'d Database,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<rusqlite::CachedStatement<'d>, StoreError> {
    let mut statement = database.prepare_cached(sql).map_err(StoreError::unusable)?;
    for (i, param) in params.iter().enumerate() {
        debug_assert_eq!(statement.parameter_name(i + 1), Some(format!("${}", i + 1).as_str()), "in {sql}");
        let bound = match param {
            Param::Int(value) => statement.raw_bind_parameter(i + 1, value),
            Param::Text(value) => statement.raw_bind_parameter(i + 1, value),
            Param::Bytes(value) => statement.raw_bind_parameter(i + 1, value),
            Param::Null => statement.raw_bind_parameter(i + 1, SqliteValue::Null),
        };
        bound.map_err(StoreError::unusable)?;
    }
    debug_assert_eq!(statement.parameter_count(), params.len(), "in {sql}");
    Ok(statement)
}

pub(super) fn each(
    database: &Database,
    sql: &'static str,
    params: &[Param<'_>],
    row: &mut dyn FnMut(&Row<'_>) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut statement = bind(database, sql, params)?;
    let mut rows = statement.raw_query();
    while let Some(found) = rows.next().map_err(StoreError::unusable)? {
        if !row(&Row::Sqlite(found))? {
            break;
        }
    }
    Ok(())
}

pub(super) fn execute(database: &Database, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
    let changed = bind(database, sql, params)?.raw_execute().map_err(StoreError::unusable)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

pub(super) fn script(database: &Database, sql: &str) -> Result<(), StoreError> {
    database.execute_batch(sql).map_err(StoreError::unusable)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::Receiver;

    use super::*;
    use crate::Committed;
    use crate::job::Change;

    type Waiting = Receiver<Result<Committed<()>, StoreError>>;

    fn job(sql: &'static str) -> (Box<dyn Job>, Waiting) {
        let (job, waiting) = Change::new(move |tx: &mut Transaction<'_>| tx.script(sql));
        (Box::new(job), waiting)
    }

    fn outcome(waiting: Waiting) -> Result<Committed<()>, StoreError> {
        waiting.blocking_recv().expect("each job is told its fate")
    }

    #[test]
    fn a_job_whose_savepoint_cannot_be_closed_leaves_no_rows() {
        let database = Database::open_in_memory().expect("a database");
        database.execute_batch("CREATE TABLE t (n INTEGER)").expect("a table");
        // One that wants to be kept, and one that does not: RELEASE fails, and ROLLBACK TO.
        for bad in ["INSERT INTO t VALUES (2); RELEASE job", "INSERT INTO t VALUES (2); RELEASE job; this is no SQL"] {
            let (jobs, waiting): (Vec<_>, Vec<_>) =
                ["INSERT INTO t VALUES (1)", bad, "INSERT INTO t VALUES (3)"].map(job).into_iter().unzip();
            commit_together(&database, jobs);
            let outcomes: Vec<bool> = waiting.into_iter().map(|w| outcome(w).is_err()).collect();
            assert_eq!(outcomes, [true, true, false], "what ran before it fails with it, what comes after goes on");
            let rows: Vec<i64> = database
                .prepare("SELECT n FROM t ORDER BY n")
                .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
                .expect("rows");
            assert_eq!(rows, [3], "what is reported as undone is undone: {bad}");
            database.execute_batch("DELETE FROM t").expect("emptied");
        }
    }

    #[test]
    fn what_one_batch_could_not_undo_is_not_committed_with_the_next() {
        let database = Database::open_in_memory().expect("a database");
        database.execute_batch("CREATE TABLE t (n INTEGER); BEGIN; INSERT INTO t VALUES (1)").expect("left over");
        let (next, waiting) = job("INSERT INTO t VALUES (2)");
        commit_together(&database, vec![next]);
        assert!(matches!(outcome(waiting), Ok(Committed::Known(()))));
        assert_eq!(database.query_row("SELECT SUM(n) FROM t", [], |row| row.get(0)), Ok(2));
    }

    #[test]
    fn a_reader_makes_no_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("gone.db");
        assert!(connect(&path).is_err());
        assert!(!path.exists());
    }
}
