//! The two engines behind one text of SQL. Nothing above this module knows which one is at work.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::StoreError;

/// A value handed to a statement. There are four kinds, which both engines have alike.
#[derive(Clone, Copy)]
pub(crate) enum Param<'a> {
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Null,
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Param<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer. Columns are read by their place; the table's name is for the error.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a ::postgres::Row),
}

/// Reads a column by its place.
macro_rules! column {
    ($($(#[$doc:meta])* $name:ident / $maybe:ident -> $type:ty, $sqlite:ident;)*) => {
        $(
            $(#[$doc])*
            pub(crate) fn $name(&self, at: usize) -> Result<$type, StoreError> {
                self.$maybe(at)?.ok_or(StoreError::Malformed { table: "an answer", column: "value that is missing" })
            }

            $(#[$doc])*
            pub(crate) fn $maybe(&self, at: usize) -> Result<Option<$type>, StoreError> {
                match self {
                    Self::Sqlite(row) => row
                        .get_ref(at)
                        .map_err(StoreError::unusable)?
                        .$sqlite()
                        .map_err(|_| StoreError::Malformed { table: "an answer", column: "value of another kind" }),
                    Self::Postgres(row) => row.try_get(at).map_err(StoreError::unusable),
                }
            }
        )*
    };
}

impl Row<'_> {
    column! {
        /// A whole number.
        int / maybe_int -> i64, as_i64_or_null;
        /// A text.
        text / maybe_text -> &str, as_str_or_null;
        /// Bytes.
        bytes / maybe_bytes -> &[u8], as_blob_or_null;
    }

    /// An id of 16 bytes.
    pub(crate) fn id<T: for<'b> TryFrom<&'b [u8]>>(&self, at: usize) -> Result<T, StoreError> {
        T::try_from(self.bytes(at)?).map_err(|_| StoreError::Malformed { table: "an answer", column: "id" })
    }
}

/// A connection inside a transaction, of either engine.
pub(crate) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut postgres::Session),
}

impl Connection<'_> {
    /// Calls `row` for each row of the answer, in order, until it says stop.
    fn each(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        row: &mut dyn FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite::each(connection, sql, params, row),
            Self::Postgres(session) => session.each(sql, params, row),
        }
    }

    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite::execute(connection, sql, params),
            Self::Postgres(session) => session.execute(sql, params),
        }
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite::script(connection, sql),
            Self::Postgres(session) => session.script(sql),
        }
    }
}

/// One view of the store in which nothing changes while one looks. Read through the functions that each table adds.
pub struct Snapshot<'a> {
    connection: Connection<'a>,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self { connection }
    }

    /// The first row of an answer.
    pub(crate) fn first<T>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut first = None;
        self.connection.each(sql, params, &mut |row| {
            first = Some(read(row)?);
            Ok(false)
        })?;
        Ok(first)
    }

    /// Every row of an answer. Each statement has a `LIMIT`, or a bound by what it asks for.
    pub(crate) fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.connection.each(sql, params, &mut |row| {
            rows.push(read(row)?);
            Ok(true)
        })?;
        Ok(rows)
    }
}

/// A transaction: reads like a [`Snapshot`], and writes.
pub struct Transaction<'a> {
    snapshot: Snapshot<'a>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self { snapshot: Snapshot::new(connection) }
    }

    /// Changes rows and says how many.
    pub(crate) fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        self.snapshot.connection.execute(sql, params)
    }

    /// Runs several statements without parameters, as migrations are.
    pub(crate) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.snapshot.connection.script(sql)
    }
}

impl<'a> std::ops::Deref for Transaction<'a> {
    type Target = Snapshot<'a>;
    fn deref(&self) -> &Snapshot<'a> {
        &self.snapshot
    }
}

impl std::ops::DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.snapshot
    }
}

/// How a transaction's closure is run: again if it met another, at most this often.
pub(crate) const TRIES: u32 = 5;
