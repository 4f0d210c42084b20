//! App passwords: made, listed and revoked.

use std::collections::HashSet;

use serde_json::{Value, json};
use valetkey_accounts::{AccountsError, CreateAppPassword, CredentialName};
use valetkey_domain::{
    Account, AppPassword, AppPasswordId, CredentialState, LastUse, Network, Networks, Scopes, Timestamp,
};

use super::execute::{Desk, read, scopes_json};
use super::{Answer, Failure};

impl Desk<'_> {
    pub(super) async fn app_password_create(
        &self,
        login: &str,
        label: &str,
        scopes: Option<&str>,
        networks: &[String],
        expires_at: Option<&str>,
    ) -> Answer {
        let networks: Vec<Network> = networks.iter().map(|n| read(n, "a network")).collect::<Result<_, _>>()?;
        let new = CreateAppPassword {
            label: read(label, "the label")?,
            scopes: scopes.map(|s| read::<Scopes>(s, "the scopes")).transpose()?,
            networks: Networks::new(networks).map_err(|e| Failure::usage(e.to_string()))?,
            expires_at: expires_at.map(|t| read::<Timestamp>(t, "the expiry")).transpose()?,
        };
        let account = self.account(login).await?;
        let created = self.accounts.create_app_password(self.actor, account.id, new).await?;
        let made = &created.app_password;
        Ok(json!({
            "id": made.id.to_string(), "label": made.label.as_str(), "app_password": created.secret.expose(),
            "scopes": scopes_json(made.scopes), "created_at": made.created_at.to_string(),
            "expires_at": made.expires_at.map(|t| t.to_string()),
        }))
    }

    pub(super) async fn app_password_list(&self, login: &str, all: bool) -> Answer {
        let account = self.account(login).await?;
        let list = self.accounts.app_passwords(self.actor, account.id, all).await?;
        Ok(list.iter().map(app_password_json).collect())
    }

    pub(super) async fn app_password_revoke(&self, login: &str, id: &str) -> Answer {
        let id: AppPasswordId = read(id, "the app password")?;
        let account = self.account(login).await?;
        let revoked = match self.accounts.revoke_app_password(self.actor, account.id, id).await {
            Err(AccountsError::NoSuchAppPassword(_)) => return Err(self.no_app_password(&account, id).await),
            other => other?,
        };
        Ok(json!({
            "id": id.to_string(), "label": revoked.app_password.label.as_str(), "was_over": revoked.was_over,
            "connections_closed": revoked.closed, "other_servers": self.told(revoked.asked).await,
        }))
    }

    /// What an id is that is none of the account's app passwords: whoever took it from among its connections may have an
    /// authorised app's.
    async fn no_app_password(&self, account: &Account, id: AppPasswordId) -> Failure {
        let names = self.accounts.credential_names(self.actor, HashSet::from([(account.id, id.into())])).await;
        match names.map(|mut names| names.remove(&id.into())) {
            Ok(Some(CredentialName::AuthorisedApp(name))) => Failure::refused(format!(
                "{id} is the authorised app \"{name}\" and no app password: `valetkey authorised-app remove {} {id}` ends it",
                account.canonical_login(),
            )),
            Ok(_) => AccountsError::NoSuchAppPassword(id).into(),
            Err(broken) => broken.into(),
        }
    }
}

fn app_password_json(one: &AppPassword) -> Value {
    let (ended_at, why) = end(&one.state);
    json!({
        "id": one.id.to_string(), "label": one.label.as_str(), "state": one.state.name(), "scopes": scopes_json(one.scopes),
        "networks": one.networks.iter().map(ToString::to_string).collect::<Vec<_>>(), "created_at": one.created_at.to_string(),
        "expires_at": one.expires_at.map(|t| t.to_string()), "ended_at": ended_at, "why": why,
        "last_use": one.last_use.as_ref().map(last_use_json),
    })
}

/// When something ended, and why if somebody or something has ended it before its time.
pub(super) fn end(state: &CredentialState) -> (Option<String>, Option<&'static str>) {
    match state {
        CredentialState::Active => (None, None),
        CredentialState::Revoked { at, why, .. } => (Some(at.to_string()), Some(why.name())),
        CredentialState::Expired { at } => (Some(at.to_string()), None),
    }
}

pub(super) fn last_use_json(last: &LastUse) -> Value {
    json!({
        "at": last.at.to_string(), "service": last.service.name(), "client": last.client.as_deref(),
        "network": last.network.map(|n| n.to_string()),
    })
}
