//! One file for each table, or for what is read from several at once.

pub(crate) mod account;
pub(crate) mod app_password;
pub(crate) mod approval;
pub(crate) mod audit;
pub(crate) mod browser;
pub(crate) mod directory;
pub(crate) mod grant;
pub(crate) mod link;
pub(crate) mod oauth;
pub(crate) mod outbox;
pub(crate) mod password_sent;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod signing_key;
mod wide;

use valetkey_domain::Timestamp;

use crate::StoreError;
use crate::engine::{Param, Row};

/// The most rows that any list gives at a time.
pub(crate) const LIST_MAX: usize = 1000;

/// A `LIMIT`, at most [`LIST_MAX`].
pub(crate) fn limit(wanted: usize) -> Param<'static> {
    Param::Int(i64::try_from(wanted.min(LIST_MAX)).unwrap_or(i64::MAX))
}

impl From<Timestamp> for Param<'_> {
    fn from(moment: Timestamp) -> Self {
        Self::Int(moment.as_millis())
    }
}

impl Row<'_> {
    pub(crate) fn moment(&self, at: usize) -> Result<Timestamp, StoreError> {
        self.int(at).map(Timestamp::from_millis)
    }

    pub(crate) fn maybe_moment(&self, at: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_int(at)?.map(Timestamp::from_millis))
    }

    /// A text that is read as a type of the domain.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        at: usize,
        table: &'static str,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.text(at)?.parse().map_err(|_| StoreError::Malformed { table, column })
    }

    pub(crate) fn maybe_parsed<T: std::str::FromStr>(
        &self,
        at: usize,
        table: &'static str,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        self.maybe_text(at)?.map(|text| text.parse().map_err(|_| StoreError::Malformed { table, column })).transpose()
    }
}
