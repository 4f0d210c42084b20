//! The directory: what staff look accounts up by. Follows the account's own row, in the transaction that changes that.

use valetkey_domain::{AccountId, AccountState, DisplayName, Kind, LoginName, Role, Timestamp};

use super::account::NewAccount;
use super::limit;
use super::wide::Wide;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// An account as lists show it.
#[derive(Clone, Debug)]
pub struct AccountSummary {
    /// Which.
    pub id: AccountId,
    /// Its canonical login name.
    pub login: LoginName,
    /// A person or a device.
    pub kind: Kind,
    /// Whether it is in use.
    pub state: AccountState,
    /// Its role.
    pub role: Option<Role>,
    /// The name that people see.
    pub display_name: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many app passwords are active.
    pub active_app_passwords: usize,
    /// How many grants are active: apps that are authorised with the account.
    pub active_grants: usize,
    /// When an app last signed in, by whichever of them.
    pub last_used_at: Option<Timestamp>,
    /// How many second factors it has.
    pub second_factors: usize,
    /// How many of them are passkeys.
    pub passkeys: usize,
}

/// Which accounts to list.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Those with this in one of their login names or in the name that people see, in capitals or not; all if empty.
    pub matching: String,
    /// In this state only.
    pub state: Option<AccountState>,
    /// People or devices only.
    pub kind: Option<Kind>,
    /// With this role only.
    pub role: Option<Role>,
    /// Without a second factor only.
    pub without_factor: bool,
    /// After this canonical login name; from the beginning without.
    pub after: Option<LoginName>,
    /// Before this one, the last of those: for going back.
    pub before: Option<LoginName>,
    /// At most this many, and never more than 1000.
    pub limit: usize,
}

/// What is found in the directory, then what is to be seen of each. Only for these the rest is read. In a `CASE`, so that
/// PostgreSQL does not take a search for a rare one: it would read everything and sort it, also for a page that is full
/// after some hundred rows.
macro_rules! found {
    ($order:literal) => {
        concat!(
            "SELECT a.id, a.login, a.kind, a.state, a.role, a.display_name, a.created_at, a.second_factors,
                (SELECT COUNT(*) FROM app_password p WHERE p.account_id = a.id AND p.state = 'active'
                    AND (p.expires_at IS NULL OR p.expires_at > $1)),
                (SELECT MAX(p.last_used_at) FROM app_password p WHERE p.account_id = a.id),
                (SELECT COUNT(*) FROM second_factor f WHERE f.account_id = a.id AND f.kind = 'passkey'),
                (SELECT COUNT(*) FROM oauth_grant g WHERE g.account_id = a.id AND g.state = 'active' AND g.expires_at > $1),
                (SELECT MAX(g.last_used_at) FROM oauth_grant g WHERE g.account_id = a.id)
             FROM (SELECT login FROM directory
                   WHERE login > $2 AND login < $3 AND CASE WHEN words LIKE $4 ESCAPE '!'
                        AND ($5 = '' OR state = $5) AND ($6 = '' OR kind = $6) AND ($7 = '' OR role = $7)
                        AND (CAST($8 AS BIGINT) = 0 OR second_factors = 0) THEN 1 ELSE 0 END > 0
                   ORDER BY login ",
            $order,
            " LIMIT $9) d JOIN account a ON a.login = d.login ORDER BY a.login ",
            $order
        )
    };
}

/// Behind every login name.
const END: &str = "\u{10ffff}";

impl Snapshot<'_> {
    /// Accounts in the order of their login names. Closed ones are left out.
    pub fn accounts(&mut self, filter: &AccountFilter, now: Timestamp) -> Result<Vec<AccountSummary>, StoreError> {
        let pattern = containing(&filter.matching);
        let params: [Param<'_>; 9] = [
            now.into(),
            filter.after.as_ref().map_or("", LoginName::as_str).into(),
            filter.before.as_ref().map_or(END, LoginName::as_str).into(),
            (&pattern).into(),
            filter.state.map_or("", AccountState::name).into(),
            filter.kind.map_or("", Kind::name).into(),
            filter.role.map_or("", Role::name).into(),
            Param::Int(i64::from(filter.without_factor)),
            limit(filter.limit),
        ];
        if filter.before.is_none() {
            return self.all(found!("ASC"), &params, read);
        }
        let mut backwards = self.all(found!("DESC"), &params, read)?;
        backwards.reverse();
        Ok(backwards)
    }
}

impl Transaction<'_> {
    /// Enters an account into the directory as it now is.
    pub(super) fn enter(&mut self, id: AccountId) -> Result<(), StoreError> {
        let Some(account) = self.account(id)? else { return Ok(()) };
        let words = words(&account.login_names, &account.display_name);
        self.execute(
            "INSERT INTO directory (login, state, kind, role, second_factors, words)
             SELECT login, state, kind, role, second_factors, CAST($1 AS TEXT) FROM account WHERE id = $2 AND state <> 'closed'
             ON CONFLICT (login) DO UPDATE SET state = excluded.state, role = excluded.role,
                second_factors = excluded.second_factors, words = excluded.words",
            &[(&words).into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// The same for accounts that were just made.
    pub(super) fn enter_new(&mut self, new: &[NewAccount]) -> Result<(), StoreError> {
        static ENTER: Wide = Wide::new(
            "INSERT INTO directory (login, state, kind, role, second_factors, words) VALUES",
            "(?, ?, ?, NULL, 0, ?)",
            "",
        );
        let words: Vec<String> = new.iter().map(|one| words(&one.login_names, &one.display_name)).collect();
        let rows = new.iter().zip(&words).map(|(one, words)| {
            [one.login_names[0].as_str().into(), one.state.name().into(), one.kind.name().into(), words.into()]
        });
        self.execute_wide(&ENTER, rows, &[])?;
        Ok(())
    }

    /// Takes an account out of the directory.
    pub(super) fn leave(&mut self, id: AccountId) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM directory WHERE login IN (SELECT login FROM account WHERE id = $1)",
            &[id.as_bytes().into()],
        )?;
        Ok(())
    }
}

/// What a search looks through: every login name, and the name that people see.
fn words(login_names: &[LoginName], display_name: &DisplayName) -> String {
    let mut words = String::new();
    for name in login_names {
        words.push_str(name.as_str());
        words.push('\n');
    }
    words.push_str(&display_name.as_str().to_lowercase());
    words
}

/// A pattern for `LIKE` that finds a text wherever it stands, and takes none of it for a sign of its own.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    if pattern.len() > 1 {
        pattern.push('%');
    }
    pattern
}

fn read(row: &Row<'_>) -> Result<AccountSummary, StoreError> {
    let count = |at| Ok::<_, StoreError>(usize::try_from(row.int(at)?).unwrap_or(0));
    Ok(AccountSummary {
        id: row.id(0)?,
        login: LoginName::from_canonical(row.text(1)?),
        kind: row.parsed(2, "account", "kind")?,
        state: row.parsed(3, "account", "state")?,
        role: row.maybe_parsed(4, "account", "role")?,
        display_name: row.parsed(5, "account", "display_name")?,
        created_at: row.moment(6)?,
        second_factors: count(7)?,
        active_app_passwords: count(8)?,
        last_used_at: row.maybe_moment(9)?.max(row.maybe_moment(12)?),
        passkeys: count(10)?,
        active_grants: count(11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_taken_as_it_is_written() {
        for (text, pattern) in [("", "%"), (" Ada ", "%ada%"), ("100%_!", "%100!%!_!!%"), ("ÄRZTE", "%ärzte%")] {
            assert_eq!(containing(text), pattern);
        }
    }
}
