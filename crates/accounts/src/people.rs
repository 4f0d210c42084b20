//! A directory of account holders for servers that look people up: names, and what their app passwords open. It is read
//! and never written, and nothing secret is in it.

use std::sync::Arc;

use valetkey_domain::{AccountId, AccountState, DisplayName, LoginName, Scopes, Timestamp};
use valetkey_store::{AccountFilter, Snapshot, StoreError};

use crate::{Accounts, AccountsError};

/// The most accounts that one name of a person leads to.
const NAMESAKES_MAX: usize = 1000;

/// An account as others may see it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id, which never changes.
    pub id: AccountId,
    /// The canonical login name first.
    pub login_names: Vec<LoginName>,
    /// The name that people see.
    pub display_name: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
    /// What its app passwords open, all of them together.
    pub scopes: Scopes,
}

/// By what somebody is looked for.
#[derive(Clone, Debug)]
pub enum Sought {
    /// One of their login names.
    Login(LoginName),
    /// The account's id.
    Id(AccountId),
    /// The name that people see, or a part of any name.
    Name(String),
}

impl Accounts {
    /// Accounts that can be signed in to, in the order of their canonical login names, after one of them.
    pub async fn list_people(
        self: &Arc<Self>,
        after: Option<LoginName>,
        at_most: usize,
    ) -> Result<Vec<Listed>, AccountsError> {
        let now = self.clock.now();
        let filter =
            AccountFilter { state: Some(AccountState::Active), after, limit: at_most, ..AccountFilter::default() };
        self.store
            .read(move |s| {
                let found: Vec<AccountId> = s.accounts(&filter, now)?.into_iter().map(|one| one.id).collect();
                let listed = found.into_iter().filter_map(|id| listed(s, id, now).transpose());
                Ok::<_, AccountsError>(listed.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// Those of the accounts that can be signed in to who are looked for, in the same order, each once.
    pub async fn find_people(self: &Arc<Self>, sought: Vec<Sought>) -> Result<Vec<Listed>, AccountsError> {
        let now = self.clock.now();
        self.store
            .read(move |s| {
                let mut ids = Vec::new();
                for one in &sought {
                    match one {
                        Sought::Id(id) => ids.push(*id),
                        Sought::Login(login) => ids.extend(s.account_by_login(login)?.map(|account| account.id)),
                        Sought::Name(matching) => {
                            let (matching, limit) = (matching.clone(), NAMESAKES_MAX);
                            let state = Some(AccountState::Active);
                            let filter = AccountFilter { matching, state, limit, ..AccountFilter::default() };
                            ids.extend(s.accounts(&filter, now)?.into_iter().map(|one| one.id));
                        }
                    }
                }
                ids.sort_unstable();
                ids.dedup();
                let found = ids.into_iter().filter_map(|id| listed(s, id, now).transpose());
                let mut found = found.collect::<Result<Vec<_>, _>>()?;
                found.sort_unstable_by(|one, other| one.login_names[0].cmp(&other.login_names[0]));
                Ok::<_, AccountsError>(found)
            })
            .await
    }
}

fn listed(s: &mut Snapshot<'_>, id: AccountId, now: Timestamp) -> Result<Option<Listed>, StoreError> {
    let Some(account) = s.account(id)?.filter(|account| account.state == AccountState::Active) else { return Ok(None) };
    let usable = s.app_passwords(id, false)?.into_iter().filter(|one| one.expires_at.is_none_or(|end| end > now));
    let scopes = usable.flat_map(|one| one.scopes.iter().collect::<Vec<_>>()).collect();
    let (login_names, display_name, created_at) = (account.login_names, account.display_name, account.created_at);
    Ok(Some(Listed { id, login_names, display_name, created_at, scopes }))
}
