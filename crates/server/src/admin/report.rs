//! Reports: what is still to be done.

use serde_json::json;
use valetkey_domain::LoginName;

use super::Answer;
use super::execute::Desk;
use crate::other_servers;

impl Desk<'_> {
    /// Of one account, which may be deleted, or of all: the newest first.
    pub(super) async fn sign_outs(&self, login: Option<&str>) -> Answer {
        let account = self.account_or_closed(login).await?;
        let asked = self.accounts.sign_outs(self.actor, account).await?;
        let names = self.accounts.login_names_of(self.actor, asked.iter().map(|one| one.account).collect()).await?;
        let labels = self.labels_of(names.keys().copied()).await;
        let shown = asked.iter().map(|one| {
            json!({
                "at": one.at.to_string(), "login": names.get(&one.account).map(LoginName::as_str),
                "account": one.account.to_string(), "app_password": one.credential.map(|id| id.to_string()),
                "label": one.credential.and_then(|id| labels.get(&id)), "reason": one.why,
                "server": other_servers::one_json(&one.elsewhere),
            })
        });
        Ok(shown.collect())
    }
}
