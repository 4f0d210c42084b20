//! Bringing a store up to date: ordered, checked by their digests, one way, in pairs for the two engines.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use valetkey_domain::Timestamp;

use crate::engine::Param;
use crate::{Committed, Engine, OpenError, Store, StoreError, Transaction};

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every migration, in order. Add a pair; never change one that was released.
const MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    name: "start",
    sqlite: include_str!("../migrations/sqlite/0001_start.sql"),
    postgres: include_str!("../migrations/postgres/0001_start.sql"),
}];

const TABLE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, applied_at INTEGER NOT NULL) STRICT";
const TABLE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS migration (
    number BIGINT NOT NULL PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL, digest BYTEA NOT NULL, applied_at BIGINT NOT NULL)";

impl Store {
    /// Applies what is missing, each in a transaction of its own.
    pub(crate) fn migrate(&self, file: Option<&Path>, now: Timestamp) -> Result<(), OpenError> {
        let sqlite = matches!(self.engine, Engine::Sqlite(_));
        let applied = self.transact(move |tx| {
            tx.script(if sqlite { TABLE_SQLITE } else { TABLE_POSTGRES })?;
            applied(tx)
        })?;
        check(&applied, sqlite)?;
        let missing = &MIGRATIONS[applied.len()..];
        if let (Some(path), Some(first), false) = (file, missing.first(), applied.is_empty()) {
            self.keep_copy(path, first)?;
        }
        for migration in missing {
            self.transact(move |tx| {
                tx.script(migration.text(sqlite))?;
                tx.execute(
                    "INSERT INTO migration (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
                    &[
                        migration.number.into(),
                        migration.name.into(),
                        (&migration.digest(sqlite)).into(),
                        now.as_millis().into(),
                    ],
                )
            })?;
            tracing::info!(store = %self.shown, migration = migration.number, name = migration.name, "the store was brought up to date");
        }
        Ok(())
    }

    /// Copies the file beside itself before it is changed: `valetkey.db.before-2`.
    fn keep_copy(&self, path: &Path, first: &Migration) -> Result<(), StoreError> {
        let copy = format!("{}.before-{}", path.display(), first.number);
        if Path::new(&copy).exists() {
            return Ok(());
        }
        let Engine::Sqlite(sqlite) = &self.engine else { return Ok(()) };
        sqlite.copy_to(&copy)
    }

    /// Runs a transaction before anything asynchronous runs.
    fn transact<T: Send + 'static>(
        &self,
        closure: impl FnMut(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, waiting) = crate::Change::new(closure);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(Box::new(job))?,
            Engine::Postgres(postgres) => postgres.write(Box::new(job))?,
        }
        match waiting.blocking_recv().unwrap_or_else(|_| Err(StoreError::unusable("the writing thread is gone")))? {
            Committed::Known(value) => Ok(value),
            Committed::Unknown(_, error) => Err(StoreError::OutcomeUnknown(error.into())),
        }
    }
}

impl Migration {
    fn text(&self, sqlite: bool) -> &'static str {
        if sqlite { self.sqlite } else { self.postgres }
    }

    fn digest(&self, sqlite: bool) -> [u8; 32] {
        Sha256::digest(self.text(sqlite).as_bytes()).into()
    }
}

fn applied(tx: &mut Transaction<'_>) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    tx.all("SELECT number, digest FROM migration ORDER BY number LIMIT $1", &[Param::Int(100_000)], |row| {
        Ok((row.int(0)?, row.bytes(1)?.to_vec()))
    })
}

fn check(applied: &[(i64, Vec<u8>)], sqlite: bool) -> Result<(), OpenError> {
    let known = MIGRATIONS.last().map_or(0, |m| m.number);
    if let Some((found, _)) = applied.last()
        && *found > known
    {
        return Err(OpenError::Newer { found: *found, known });
    }
    for ((number, digest), migration) in applied.iter().zip(MIGRATIONS) {
        if *number != migration.number || *digest != migration.digest(sqlite) {
            return Err(OpenError::Changed(*number));
        }
    }
    Ok(())
}
