//! Statements about many rows at once: the way to the database and back costs more than a row.

#![expect(clippy::disallowed_types, reason = "the text of a statement is no state: it is the same for ever")]

use std::sync::OnceLock;

use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// How many rows one statement is about: wider ones gain little more.
const WIDTH: usize = 50;

/// A statement about one row or about [`WIDTH`] of them. Parameters are written `?`, and numbered in their order.
pub(super) struct Wide {
    before: &'static str,
    row: &'static str,
    after: &'static str,
    one: OnceLock<String>,
    many: OnceLock<String>,
}

impl Wide {
    /// What stands before the rows, each row, and what stands behind them.
    pub(super) const fn new(before: &'static str, row: &'static str, after: &'static str) -> Self {
        Self { before, row, after, one: OnceLock::new(), many: OnceLock::new() }
    }

    fn one(&'static self) -> &'static str {
        self.one.get_or_init(|| self.text(1))
    }

    fn many(&'static self) -> &'static str {
        self.many.get_or_init(|| self.text(WIDTH))
    }

    fn text(&self, width: usize) -> String {
        let rows = vec![self.row; width].join(", ");
        let (mut text, mut number) = (String::new(), 0);
        for c in format!("{} {rows} {}", self.before, self.after).chars() {
            if c == '?' {
                number += 1;
                text += &format!("${number}");
            } else {
                text.push(c);
            }
        }
        text
    }
}

impl Snapshot<'_> {
    /// Every row of the answers to a statement whose rows are values to be looked for.
    pub(super) fn all_among<'p, T>(
        &mut self,
        wide: &'static Wide,
        values: impl Iterator<Item = Param<'p>>,
        rest: &[Param<'p>],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let values: Vec<Param<'p>> = values.collect();
        let mut found = Vec::new();
        for some in values.chunks(WIDTH) {
            let mut params = some.to_vec();
            // Looked for twice, a value is found once.
            params.resize(WIDTH, some[0]);
            params.extend_from_slice(rest);
            found.extend(self.all(wide.many(), &params, &read)?);
        }
        Ok(found)
    }
}

impl Transaction<'_> {
    /// Carries out a statement for each row; says how many rows it changed.
    pub(super) fn execute_wide<'p, const N: usize>(
        &mut self,
        wide: &'static Wide,
        rows: impl Iterator<Item = [Param<'p>; N]>,
        rest: &[Param<'p>],
    ) -> Result<u64, StoreError> {
        let rows: Vec<[Param<'p>; N]> = rows.collect();
        let whole = rows.chunks_exact(WIDTH);
        let single = whole.remainder().chunks(1);
        let mut changed = 0;
        for (sql, some) in whole.map(|some| (wide.many(), some)).chain(single.map(|some| (wide.one(), some))) {
            let params: Vec<Param<'p>> = some.iter().flatten().chain(rest).copied().collect();
            changed += self.execute(sql, &params)?;
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through_all_rows() {
        let wide = Wide::new("INSERT INTO t (a, b, c) VALUES", "(?, NULL, ?)", "ON CONFLICT DO UPDATE SET d = ?");
        assert_eq!(wide.text(1), "INSERT INTO t (a, b, c) VALUES ($1, NULL, $2) ON CONFLICT DO UPDATE SET d = $3");
        assert_eq!(
            wide.text(2),
            "INSERT INTO t (a, b, c) VALUES ($1, NULL, $2), ($3, NULL, $4) ON CONFLICT DO UPDATE SET d = $5"
        );
    }
}
