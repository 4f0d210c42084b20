//! Reports: what is still to be done.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use valetkey_accounts::{PasswordSent, SentAfter};
use valetkey_domain::{LoginName, Timestamp};

use super::execute::{Desk, named_json, read};
use super::{Answer, Failure};
use crate::other_servers;

/// After which row the next page of old passwords begins.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) service: String,
    pub(crate) client: String,
}

impl Desk<'_> {
    pub(super) async fn old_passwords(&self, since: Option<&str>, after: Option<&After>) -> Answer {
        let since = since.map(|since| read(since, "the moment")).transpose()?.unwrap_or(Timestamp::from_millis(0));
        let after = after.map(|after| self.sent_after(after)).transpose()?;
        let found = self.accounts.old_passwords(self.actor, since, after).await?;
        Ok(found.iter().map(sent_json).collect())
    }

    fn sent_after(&self, after: &After) -> Result<SentAfter, Failure> {
        Ok(SentAfter {
            login: self.login(&after.login)?,
            password: read(&after.password, "the password")?,
            service: read(&after.service, "the service")?,
            client: after.client.clone(),
        })
    }

    /// Of one account, which may be deleted, or of all: the newest first.
    pub(super) async fn sign_outs(&self, login: Option<&str>) -> Answer {
        let account = self.account_or_closed(login).await?;
        let asked = self.accounts.sign_outs(self.actor, account).await?;
        let names = self.accounts.login_names_of(self.actor, asked.iter().map(|one| one.account).collect()).await?;
        let called = self.names_of(asked.iter().filter_map(|one| Some((one.account, one.credential?)))).await;
        let shown = asked.iter().map(|one| {
            let [app_password, authorised_app, label] =
                one.credential.map_or([const { Value::Null }; 3], |id| named_json(id, &called));
            json!({
                "at": one.at.to_string(), "login": names.get(&one.account).map(LoginName::as_str),
                "account": one.account.to_string(), "app_password": app_password, "authorised_app": authorised_app,
                "label": label, "reason": one.why,
                "server": other_servers::one_json(&one.elsewhere),
            })
        });
        Ok(shown.collect())
    }
}

fn sent_json(one: &PasswordSent) -> Value {
    json!({
        "login": one.login.as_str(), "password": one.password.name(), "service": one.last.service.name(),
        "client": one.last.client.as_deref(), "network": one.last.network.map(|n| n.to_string()), "times": one.times,
        "at": one.last.at.to_string(),
    })
}
