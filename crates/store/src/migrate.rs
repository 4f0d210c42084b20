//! Bringing a store up to date: ordered, checked by their digests, one way, in pairs for the two engines.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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
const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "start",
        sqlite: include_str!("../migrations/sqlite/0001_start.sql"),
        postgres: include_str!("../migrations/postgres/0001_start.sql"),
    },
    Migration {
        number: 2,
        name: "portal",
        sqlite: include_str!("../migrations/sqlite/0002_portal.sql"),
        postgres: include_str!("../migrations/postgres/0002_portal.sql"),
    },
    Migration {
        number: 3,
        name: "sign out",
        sqlite: include_str!("../migrations/sqlite/0003_sign_out.sql"),
        postgres: include_str!("../migrations/postgres/0003_sign_out.sql"),
    },
    Migration {
        number: 4,
        name: "passwords of old",
        sqlite: include_str!("../migrations/sqlite/0004_passwords_of_old.sql"),
        postgres: include_str!("../migrations/postgres/0004_passwords_of_old.sql"),
    },
    Migration {
        number: 5,
        name: "oauth",
        sqlite: include_str!("../migrations/sqlite/0005_oauth.sql"),
        postgres: include_str!("../migrations/postgres/0005_oauth.sql"),
    },
    Migration {
        number: 6,
        name: "approval",
        sqlite: include_str!("../migrations/sqlite/0006_approval.sql"),
        postgres: include_str!("../migrations/postgres/0006_approval.sql"),
    },
    Migration {
        number: 7,
        name: "openid",
        sqlite: include_str!("../migrations/sqlite/0007_openid.sql"),
        postgres: include_str!("../migrations/postgres/0007_openid.sql"),
    },
    Migration {
        number: 8,
        name: "clients of grants",
        sqlite: include_str!("../migrations/sqlite/0008_clients_of_grants.sql"),
        postgres: include_str!("../migrations/postgres/0008_clients_of_grants.sql"),
    },
];

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

    /// Copies the file beside itself before it is changed: `valetkey.db.before-2`, whole or not at all, for its owner only.
    fn keep_copy(&self, path: &Path, first: &Migration) -> Result<(), OpenError> {
        let Engine::Sqlite(sqlite) = &self.engine else { return Ok(()) };
        let copy = PathBuf::from(format!("{}.before-{}", path.display(), first.number));
        let unfinished = PathBuf::from(format!("{}.new", copy.display()));
        let unusable = |source| OpenError::File { path: unfinished.clone(), source };
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
            _ => {}
        }
        // SQLite fills a file that is empty, and would make one that everybody can read.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).map_err(unusable)?;
        sqlite.copy_to(&unfinished)?;
        file.sync_all().and_then(|()| std::fs::rename(&unfinished, &copy)).map_err(unusable)?;
        tracing::info!(file = %copy.display(), "the store was copied before it is brought up to date");
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use valetkey_domain::Clock;
    use valetkey_testkit::{FixedClock, Seeded};

    use super::*;
    use crate::{Connections, Location};

    #[test]
    fn a_store_is_copied_whole_and_for_its_owner_only() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("valetkey.db");
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
        let location = Location::File(path.clone());
        let store = Store::open(&location, Connections::default(), &clock, &Seeded::new(1)).expect("it opens");
        let copy = dir.path().join("valetkey.db.before-1");
        let leftover = dir.path().join("valetkey.db.before-1.new");
        std::fs::write(&leftover, "half a copy").expect("a file");
        std::fs::write(&copy, "of an upgrade that was taken back").expect("a file");
        store.keep_copy(&path, &MIGRATIONS[0]).expect("it is copied");
        assert!(!leftover.exists());
        assert_eq!(copy.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
        let copied = rusqlite::Connection::open(&copy).expect("it is a database");
        let migrations: i64 =
            copied.query_row("SELECT COUNT(*) FROM migration", [], |row| row.get(0)).expect("the tables are there");
        assert_eq!(migrations, i64::try_from(MIGRATIONS.len()).expect("few"));
    }
}
