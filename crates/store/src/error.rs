//! What can go wrong at rest.

use std::error::Error;
use std::path::PathBuf;

/// What went wrong in the store. None of these ever means "no" to whoever asked: it means that nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, read or written now. It may come back.
    #[error("the store cannot be used")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
    /// Somebody else holds the store, or held it while we could not see.
    #[error("the store is no longer held by this process")]
    NotHeld,
    /// Too many wait already, or it took too long.
    #[error("the store is too busy")]
    Busy,
    /// The commit was sent and its outcome is not known: it may or may not be there.
    #[error("the outcome of the change is not known")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// Two changes met, again and again.
    #[error("the change met others and was given up after several tries")]
    Contended(#[source] Box<dyn Error + Send + Sync>),
    /// A row holds what no Valetkey writes.
    #[error("the table {table} holds a {column} that cannot be read")]
    Malformed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Something is sealed under a key that is not in the key file.
    #[error("the key {0}, under which this is sealed, is not in the key file")]
    KeyMissing(valetkey_domain::KeyId),
    /// Something sealed does not open: it was altered, or belongs to another row.
    #[error("sealed data does not open: it was altered or moved")]
    SealBroken,
}

impl StoreError {
    pub(crate) fn unusable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unusable(cause.into())
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds it. A server that is running, most likely.
    #[error("another Valetkey process holds the store {0}")]
    Held(String),
    /// A file or folder of it cannot be used.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The address of the database is none.
    #[error("the database's address cannot be read")]
    Address(#[source] Box<dyn Error + Send + Sync>),
    /// It is newer than this Valetkey.
    #[error("the store was made by a newer Valetkey: it has migration {found}, this one knows {known}")]
    Newer {
        /// The number of its last migration.
        found: i64,
        /// The number of the last migration known here.
        known: i64,
    },
    /// A migration that was applied is not the one that is known here.
    #[error("migration {0} was applied with another text than this Valetkey has; the store belongs to another build")]
    Changed(i64),
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error with its causes, on one line, as the log shows it.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
