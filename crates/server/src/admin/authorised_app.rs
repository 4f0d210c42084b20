//! Authorised apps: listed and removed. Nobody but their owner lets one in.

use std::collections::HashSet;

use serde_json::{Value, json};
use valetkey_accounts::{AccountsError, CredentialName};
use valetkey_domain::oauth::Grant;
use valetkey_domain::{Account, GrantId};

use super::app_password::{end, last_use_json};
use super::execute::{Desk, read, scopes_json};
use super::{Answer, Failure};

impl Desk<'_> {
    pub(super) async fn authorised_app_list(&self, login: &str, all: bool) -> Answer {
        let account = self.account(login).await?;
        let list = self.accounts.grants(self.actor, account.id, all).await?;
        Ok(list.iter().map(authorised_app_json).collect())
    }

    pub(super) async fn authorised_app_remove(&self, login: &str, id: &str) -> Answer {
        let id: GrantId = read(id, "the authorised app")?;
        let account = self.account(login).await?;
        let removed = match self.accounts.remove_grant(self.actor, account.id, id).await {
            Err(AccountsError::NoSuchGrant(_)) => return Err(self.no_authorised_app(&account, id).await),
            other => other?,
        };
        Ok(json!({
            "id": id.to_string(), "label": removed.grant.name.as_str(), "was_over": removed.was_over,
            "connections_closed": removed.closed, "other_servers": self.told(removed.asked).await,
        }))
    }

    /// What an id is that is none of the account's authorised apps.
    async fn no_authorised_app(&self, account: &Account, id: GrantId) -> Failure {
        let names = self.accounts.credential_names(self.actor, HashSet::from([(account.id, id.into())])).await;
        match names.map(|mut names| names.remove(&id.into())) {
            Ok(Some(CredentialName::AppPassword(label))) => Failure::refused(format!(
                "{id} is the app password \"{label}\" and no authorised app: `valetkey app-password revoke {} {id}` ends it",
                account.canonical_login(),
            )),
            Ok(_) => AccountsError::NoSuchGrant(id).into(),
            Err(broken) => broken.into(),
        }
    }
}

/// With the keys of an app password's where they mean the same.
fn authorised_app_json(one: &Grant) -> Value {
    let (ended_at, why) = end(&one.state);
    json!({
        "id": one.id.to_string(), "label": one.name.as_str(), "name_checked": one.is_name_checked(),
        "client_id": one.client.as_str(), "state": one.state.name(), "scopes": scopes_json(one.given.scopes),
        "openid": one.given.openid, "offline": one.given.offline, "created_at": one.created_at.to_string(),
        "expires_at": one.expires_at.to_string(), "ended_at": ended_at, "why": why,
        "last_use": one.last_use.as_ref().map(last_use_json),
    })
}
