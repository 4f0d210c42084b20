//! What credentials are called, and of which kind each is: for showing beside what came in by them.

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
    /// What the app passwords and the authorised apps of some accounts are called, also those that have ended and are still
    /// remembered. Of accounts that the actor may not see there are none.
    pub async fn credential_names(
        self: &Arc<Self>,
        actor: &Actor,
        accounts: HashSet<AccountId>,
    ) -> Result<HashMap<CredentialId, CredentialName>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let mut names = HashMap::new();
                for id in &accounts {
                    let Some(account) = s.account(*id)? else { continue };
                    if this.permit::<act::SeeAccount>(&actor, &account).is_err() {
                        continue;
                    }
                    let app_passwords = s.app_passwords(*id, true)?.into_iter();
                    names.extend(app_passwords.map(|one| (one.id.into(), CredentialName::AppPassword(one.label))));
                    let grants = s.grants(*id, true)?.into_iter();
                    names.extend(grants.map(|one| (one.id.into(), CredentialName::AuthorisedApp(one.name))));
                }
                Ok(names)
            })
            .await
    }
}
