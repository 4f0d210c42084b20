//! Accounts and their login names.

use std::collections::HashSet;

use valetkey_domain::{
    Account, AccountId, AccountState, DisplayName, Kind, Locale, LoginName, NoticeAddress, Role, Timestamp,
};

use super::limit;
use super::wide::Wide;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// A person or a device.
    pub kind: Kind,
    /// In use, or only invited.
    pub state: AccountState,
    /// The name that people see.
    pub display_name: DisplayName,
    /// Where notices go.
    pub notice_address: Option<NoticeAddress>,
    /// The canonical login name first. At least one.
    pub login_names: Vec<LoginName>,
    /// The hash of the primary password.
    pub primary_password: Option<String>,
    /// Whether that came with an import, so that another server may know the password.
    pub is_imported: bool,
    /// Now.
    pub created_at: Timestamp,
}

impl Snapshot<'_> {
    /// An account with its login names.
    pub fn account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        const SQL: &str = "SELECT id, kind, state, role, display_name, notice_address, created_at, login, locale, factors_end_at FROM account WHERE id = $1";
        let found = self.first(SQL, &[id.as_bytes().into()], read_account)?;
        found.map(|account| self.with_login_names(account)).transpose()
    }

    /// The account with this login name, closed ones included.
    pub fn account_by_login(&mut self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let id =
            self.first("SELECT account_id FROM login_name WHERE name = $1", &[login.as_str().into()], |row| row.id(0))?;
        id.map_or(Ok(None), |id| self.account(id))
    }

    fn with_login_names(&mut self, mut account: Account) -> Result<Account, StoreError> {
        let names = self.all(
            "SELECT name FROM login_name WHERE account_id = $1 ORDER BY name LIMIT $2",
            &[account.id.as_bytes().into(), limit(usize::MAX)],
            |row| Ok(LoginName::from_canonical(row.text(0)?)),
        )?;
        let canonical = account.login_names[0].clone();
        account.login_names.extend(names.into_iter().filter(|n| *n != canonical));
        Ok(account)
    }

    /// Accounts whose second factors were to go by now.
    pub fn accounts_whose_factors_end(&mut self, now: Timestamp) -> Result<Vec<AccountId>, StoreError> {
        self.all(
            "SELECT id FROM account WHERE factors_end_at <= $1 ORDER BY factors_end_at, id LIMIT $2",
            &[now.into(), limit(100)],
            |row| row.id(0),
        )
    }

    /// Which of these are canonical login names of accounts that are not closed.
    pub fn canonical_among(&mut self, names: &[LoginName]) -> Result<HashSet<LoginName>, StoreError> {
        static FIND: Wide = Wide::new("SELECT login FROM account WHERE login IN (", "?", ")");
        let values = names.iter().map(|name| name.as_str().into());
        let found = self.all_among(&FIND, values, &[], |row| Ok(LoginName::from_canonical(row.text(0)?)))?;
        Ok(found.into_iter().collect())
    }

    /// Which of these login names an account has, or had not long ago.
    pub fn taken_among(&mut self, names: &[LoginName], now: Timestamp) -> Result<HashSet<LoginName>, StoreError> {
        static FIND: Wide = Wide::new(
            "SELECT name FROM login_name WHERE name IN (",
            "?",
            ") AND (reserved_until IS NULL OR reserved_until >= ?)",
        );
        let values = names.iter().map(|name| name.as_str().into());
        let found = self.all_among(&FIND, values, &[now.into()], |row| Ok(LoginName::from_canonical(row.text(0)?)))?;
        Ok(found.into_iter().collect())
    }

    /// Whether an account has this login name, or had it not long ago.
    pub fn is_taken(&mut self, name: &LoginName, now: Timestamp) -> Result<bool, StoreError> {
        let taken = self.first(
            "SELECT 1 FROM login_name WHERE name = $1 AND (reserved_until IS NULL OR reserved_until >= $2)",
            &[name.as_str().into(), now.into()],
            |_| Ok(()),
        )?;
        Ok(taken.is_some())
    }

    /// How many accounts are to lose their second factors, because staff asked for it.
    pub fn factors_to_end(&mut self) -> Result<usize, StoreError> {
        let count =
            self.first("SELECT COUNT(*) FROM account WHERE factors_end_at IS NOT NULL", &[], |row| row.int(0))?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX))
    }

    /// Administrators whom notices reach.
    pub fn administrators_with_notices(&mut self) -> Result<Vec<AccountId>, StoreError> {
        self.all(
            "SELECT id FROM account WHERE role = 'administrator' AND state = 'active' AND notice_address IS NOT NULL
             ORDER BY login LIMIT $1",
            &[limit(usize::MAX)],
            |row| row.id(0),
        )
    }

    /// The hash of an account's primary password, if it has one.
    pub fn primary_password(&mut self, id: AccountId) -> Result<Option<String>, StoreError> {
        self.first("SELECT hash FROM primary_password WHERE account_id = $1", &[id.as_bytes().into()], |row| {
            Ok(row.text(0)?.to_owned())
        })
    }
}

impl Transaction<'_> {
    /// Locks the account until the transaction ends, and gives it as it now is. Whatever a use-case counts or decides
    /// comes after this.
    pub fn lock_account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let locked = self.execute("UPDATE account SET version = version + 1 WHERE id = $1", &[id.as_bytes().into()])?;
        if locked == 0 { Ok(None) } else { self.account(id) }
    }

    /// Makes an account. `false` if another account has, or had not long ago, one of its login names; then the
    /// transaction must be rolled back.
    pub fn insert_account(&mut self, new: &NewAccount) -> Result<bool, StoreError> {
        // The account's own row has its login name as a unique value too, so the names come first.
        for name in &new.login_names {
            if self.is_taken(name, new.created_at)? {
                return Ok(false);
            }
        }
        self.insert_free_accounts(std::slice::from_ref(new), new.created_at)
    }

    /// Makes accounts whose login names were just found to be free, by [`Snapshot::taken_among`], and are not among
    /// themselves the same. `false` if somebody was quicker; then the transaction must be rolled back.
    pub fn insert_free_accounts(&mut self, new: &[NewAccount], now: Timestamp) -> Result<bool, StoreError> {
        static ACCOUNTS: Wide = Wide::new(
            "INSERT INTO account (id, kind, state, role, login, display_name, notice_address, second_factors, created_at,
                                  closed_at, version) VALUES",
            "(?, ?, ?, NULL, ?, ?, ?, 0, ?, NULL, 1)",
            "ON CONFLICT (login) DO NOTHING",
        );
        static PASSWORDS: Wide = Wide::new(
            "INSERT INTO primary_password (account_id, hash, changed_at, imported) VALUES",
            "(?, ?, ?, ?)",
            "",
        );
        if new.iter().any(|one| one.login_names.is_empty()) {
            return Err(StoreError::Malformed { table: "account", column: "login" });
        }
        let accounts = new.iter().map(|one| {
            [
                one.id.as_bytes().into(),
                one.kind.name().into(),
                one.state.name().into(),
                one.login_names[0].as_str().into(),
                one.display_name.as_str().into(),
                one.notice_address.as_ref().map(NoticeAddress::as_str).into(),
                one.created_at.into(),
            ]
        });
        let inserted = self.execute_wide(&ACCOUNTS, accounts, &[])?;
        let names = new.iter().flat_map(|one| one.login_names.iter().map(|name| (one.id, name)));
        let names: Vec<(AccountId, &LoginName)> = names.collect();
        if inserted != new.len() as u64 || !self.claim_names(&names, now)? {
            return Ok(false);
        }
        self.enter_new(new)?;
        let passwords = new.iter().filter_map(|one| {
            let imported = Param::Int(i64::from(one.is_imported));
            Some([one.id.as_bytes().into(), one.primary_password.as_deref()?.into(), now.into(), imported])
        });
        self.execute_wide(&PASSWORDS, passwords, &[])?;
        Ok(true)
    }

    /// Gives an account one more login name; `false` if another has it, or had it not long ago.
    pub fn insert_login_name(
        &mut self,
        account: AccountId,
        name: &LoginName,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = self.claim_names(&[(account, name)], now)?;
        if claimed {
            self.enter(account)?;
        }
        Ok(claimed)
    }

    /// `false` if one of them is taken.
    fn claim_names(&mut self, names: &[(AccountId, &LoginName)], now: Timestamp) -> Result<bool, StoreError> {
        // A closed account's name whose time of reservation is over is handed on.
        static CLAIM: Wide = Wide::new(
            "INSERT INTO login_name (name, account_id, reserved_until) VALUES",
            "(?, ?, NULL)",
            "ON CONFLICT (name) DO UPDATE SET account_id = excluded.account_id, reserved_until = NULL
                WHERE login_name.reserved_until < ?",
        );
        let rows = names.iter().map(|(account, name)| [name.as_str().into(), account.as_bytes().into()]);
        Ok(self.execute_wide(&CLAIM, rows, &[now.into()])? == names.len() as u64)
    }

    /// Forgets the names of closed accounts whose time of reservation is over, a thousand at a time; says how many.
    pub fn prune_login_names(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM login_name WHERE name IN (SELECT name FROM login_name WHERE reserved_until < $1 ORDER BY name LIMIT $2)",
            &[now.into(), limit(usize::MAX)],
        )
    }

    /// Takes a login name from an account; `false` if it had none such.
    pub fn delete_login_name(&mut self, account: AccountId, name: &LoginName) -> Result<bool, StoreError> {
        let deleted = self.execute(
            "DELETE FROM login_name WHERE name = $1 AND account_id = $2",
            &[name.as_str().into(), account.as_bytes().into()],
        )?;
        self.enter(account)?;
        Ok(deleted == 1)
    }

    /// Changes what may be done with an account.
    pub fn set_account_state(&mut self, id: AccountId, state: AccountState) -> Result<(), StoreError> {
        self.execute("UPDATE account SET state = $1 WHERE id = $2", &[state.name().into(), id.as_bytes().into()])?;
        self.enter(id)
    }

    /// Gives or takes a role.
    pub fn set_role(&mut self, id: AccountId, role: Option<Role>) -> Result<(), StoreError> {
        self.execute(
            "UPDATE account SET role = $1 WHERE id = $2",
            &[role.map(Role::name).into(), id.as_bytes().into()],
        )?;
        self.enter(id)
    }

    /// Changes the name that people see.
    pub fn set_display_name(&mut self, id: AccountId, name: &DisplayName) -> Result<(), StoreError> {
        self.execute(
            "UPDATE account SET display_name = $1 WHERE id = $2",
            &[name.as_str().into(), id.as_bytes().into()],
        )?;
        self.enter(id)
    }

    /// Changes where notices go.
    pub fn set_notice_address(&mut self, id: AccountId, address: Option<&NoticeAddress>) -> Result<(), StoreError> {
        self.execute(
            "UPDATE account SET notice_address = $1 WHERE id = $2",
            &[address.map(NoticeAddress::as_str).into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Changes the language of letters.
    pub fn set_locale(&mut self, id: AccountId, locale: Option<&Locale>) -> Result<(), StoreError> {
        self.execute(
            "UPDATE account SET locale = $1 WHERE id = $2",
            &[locale.map(Locale::as_str).into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Says when all second factors of an account go, or that they stay.
    pub fn set_factors_end(&mut self, id: AccountId, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.execute("UPDATE account SET factors_end_at = $1 WHERE id = $2", &[at.into(), id.as_bytes().into()])?;
        Ok(())
    }

    /// Replaces the primary password by another one. One that came with an import is kept beside it as the old one, and what
    /// apps sent was that one; else what they sent is nobody's password any more.
    pub fn set_primary_password(&mut self, id: AccountId, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let key: Param<'_> = id.as_bytes().into();
        let kept = self.execute(
            "INSERT INTO old_password (account_id, hash, replaced_at)
             SELECT account_id, hash, CAST($1 AS BIGINT) FROM primary_password WHERE account_id = $2 AND imported = 1",
            &[now.into(), key],
        )?;
        if kept > 0 {
            self.execute("UPDATE password_sent SET password = 'old' WHERE account_id = $1", &[key])?;
        } else {
            self.execute("DELETE FROM password_sent WHERE account_id = $1 AND password = 'primary'", &[key])?;
        }
        self.execute(
            "INSERT INTO primary_password (account_id, hash, changed_at, imported) VALUES ($1, $2, $3, 0)
             ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at, imported = 0",
            &[key, hash.into(), now.into()],
        )?;
        Ok(())
    }

    /// Keeps the same primary password by another hash.
    pub fn rehash_primary_password(&mut self, id: AccountId, hash: &str) -> Result<(), StoreError> {
        self.execute(
            "UPDATE primary_password SET hash = $1 WHERE account_id = $2",
            &[hash.into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Closes an account: what it knew is wiped, its names stay reserved, its credentials and factors go. The audit
    /// log and the outbox keep what happened under the account's id, and lose the details: there, names, labels and
    /// addresses stand. Once its names are released, the id points to nobody.
    pub fn close_account(
        &mut self,
        id: AccountId,
        now: Timestamp,
        reserved_until: Timestamp,
    ) -> Result<(), StoreError> {
        let key: Param<'_> = id.as_bytes().into();
        self.leave(id)?;
        self.execute("DELETE FROM app_password WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM access_token WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM refresh_token WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM authorisation_code WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM approval WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM oauth_grant WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM primary_password WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM second_factor WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM recovery_code WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM session WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM browser WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM link WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM old_password WHERE account_id = $1", &[key])?;
        self.execute("DELETE FROM password_sent WHERE account_id = $1", &[key])?;
        self.execute("UPDATE audit SET detail = '{}' WHERE account_id = $1", &[key])?;
        self.execute("UPDATE outbox SET detail = '{}' WHERE account_id = $1", &[key])?;
        self.execute("UPDATE login_name SET reserved_until = $1 WHERE account_id = $2", &[reserved_until.into(), key])?;
        // The name stays in login_name until it is released; here the id takes its place, since it must be unique.
        self.execute(
            "UPDATE account SET state = 'closed', role = NULL, login = $1, display_name = '', notice_address = NULL,
                locale = NULL, factors_end_at = NULL, second_factors = 0, closed_at = $2 WHERE id = $3",
            &[(&format!("closed/{id}")).into(), now.into(), key],
        )?;
        Ok(())
    }
}

fn read_account(row: &Row<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.id(0)?,
        kind: row.parsed(1, "account", "kind")?,
        state: row.parsed(2, "account", "state")?,
        role: row.maybe_parsed(3, "account", "role")?,
        display_name: row.parsed(4, "account", "display_name")?,
        notice_address: row.maybe_parsed(5, "account", "notice_address")?,
        created_at: row.moment(6)?,
        login_names: vec![LoginName::from_canonical(row.text(7)?)],
        locale: row.maybe_parsed(8, "account", "locale")?,
        factors_end_at: row.maybe_moment(9)?,
    })
}
