//! What credentials are called, and of which kind each is: for showing beside what came in by them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use valetkey_domain::policy::{Actor, act};
use valetkey_domain::{AccountId, CredentialId, Label};

use crate::{Accounts, AccountsError};

/// What a credential is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialName {
    /// An app password, as its owner calls it.
    AppPassword(Label),
    /// An app that is authorised with the account, as it calls itself or the postmaster calls it.
    AuthorisedApp(Label),
}

impl CredentialName {
    /// The name alone.
    pub fn label(&self) -> &str {
        match self {
            Self::AppPassword(label) | Self::AuthorisedApp(label) => label.as_str(),
        }
    }

    /// Whether it is an authorised app's.
    pub fn is_authorised_app(&self) -> bool {
        matches!(self, Self::AuthorisedApp(_))
    }
}

impl Accounts {
    /// What these app passwords and authorised apps are called, each with its account, also those that have ended and are still
    /// remembered. Of accounts that the actor may not see there are none.
    pub async fn credential_names(
        self: &Arc<Self>,
        actor: &Actor,
        wanted: HashSet<(AccountId, CredentialId)>,
    ) -> Result<HashMap<CredentialId, CredentialName>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let (mut names, mut seen) = (HashMap::new(), HashMap::new());
                for &(account, id) in &wanted {
                    let may_see = match seen.entry(account) {
                        Entry::Occupied(known) => *known.get(),
                        Entry::Vacant(unknown) => {
                            let found = s.account(account)?;
                            *unknown.insert(
                                found.is_some_and(|found| this.permit::<act::SeeAccount>(&actor, &found).is_ok()),
                            )
                        }
                    };
                    if !may_see {
                        continue;
                    }
                    let name = match s.app_password(account, id.as_app_password())? {
                        Some(one) => Some(CredentialName::AppPassword(one.label)),
                        None => s.grant(account, id.as_grant())?.map(|one| CredentialName::AuthorisedApp(one.name)),
                    };
                    names.extend(name.map(|name| (id, name)));
                }
                Ok(names)
            })
            .await
    }
}
