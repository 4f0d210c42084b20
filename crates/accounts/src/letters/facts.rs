//! What an errand tells of its event, as a letter needs it. What is missing or cannot be read is left out of the letter.

use serde_json::Value;
use valetkey_domain::oauth::ClientId;
use valetkey_domain::{AccountId, RevocationReason, Role, Scopes, Service, Timestamp};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The account's owner, signed in to the portal, or somebody who was taken for them.
    Owner,
    /// Another account, which has a role.
    Staff,
    /// Somebody at the server's own command line.
    Operator,
    /// Valetkey itself.
    Valetkey,
}

/// What has failed in a day, for administrators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Letters that were given up.
    pub letters: usize,
    /// Sign-outs at other servers that were given up.
    pub sign_outs: usize,
    /// Accounts with app passwords that are tried after their end.
    pub tried_after_end: usize,
    /// Apps that sent a primary password.
    pub primary_passwords: usize,
    /// Accounts that are to lose their second factors.
    pub removals: usize,
    /// Accounts that were suspended.
    pub suspended: usize,
}

/// What more is known of what happened. None of it is a secret.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who did it.
    pub by: Option<By>,
    /// Of the app password, or of the second factor.
    pub label: Option<String>,
    /// Whether nobody has checked what the app is called: it registered itself.
    pub is_name_unchecked: bool,
    /// What the app password opens.
    pub scopes: Option<Scopes>,
    /// Whether the app is told who its user is.
    pub is_told_who: bool,
    /// When the app password stops by itself, or stopped.
    pub expires_at: Option<Timestamp>,
    /// When it will happen.
    pub due_at: Option<Timestamp>,
    /// In how many days.
    pub days: Option<usize>,
    /// By which protocol.
    pub service: Option<Service>,
    /// What the app or browser calls itself.
    pub client: Option<String>,
    /// From where: where it was begun, if it was approved elsewhere.
    pub network: Option<String>,
    /// How many: recovery codes that are left, app passwords that were revoked.
    pub count: Option<usize>,
    /// How many authorised apps were removed.
    pub apps: usize,
    /// Why app passwords were revoked, or apps removed.
    pub why: Option<RevocationReason>,
    /// Whether it was the last second factor.
    pub was_last: bool,
    /// The role from now on.
    pub role: Option<Role>,
    /// The address for notices from now on.
    pub address: Option<String>,
    /// What has failed.
    pub failures: Failures,
}

impl Facts {
    pub(super) fn read(detail: &Value, account: Option<AccountId>) -> Self {
        let text = |key: &str| detail[key].as_str();
        let owned = |key: &str| text(key).map(str::to_owned);
        let count = |key: &str| detail[key].as_u64().and_then(|n| usize::try_from(n).ok());
        Self {
            by: text("by").and_then(|by| By::read(by, account)),
            label: owned("label"),
            is_name_unchecked: text("client_id")
                .and_then(|id| id.parse().ok())
                .is_some_and(|id: ClientId| id.is_registered()),
            scopes: text("scopes").and_then(|scopes| scopes.parse().ok()),
            is_told_who: detail["openid"].as_bool().unwrap_or(false),
            expires_at: text("expires_at").and_then(|at| at.parse().ok()),
            due_at: text("at").and_then(|at| at.parse().ok()),
            days: count("days"),
            service: text("service").and_then(|service| service.parse().ok()),
            client: owned("client").or_else(|| owned("browser")),
            network: owned("network").or_else(|| owned("begun_from")),
            count: count("left").or_else(|| count("app_passwords_revoked")),
            apps: count("apps_removed").unwrap_or(0),
            why: text("why").and_then(|why| why.parse().ok()),
            was_last: detail["was_last"].as_bool().unwrap_or(false),
            role: text("after").and_then(|role| role.parse().ok()),
            address: owned("new"),
            failures: Failures::read(&detail["failures"]),
        }
    }
}

impl By {
    /// As the audit log names an actor.
    fn read(actor: &str, account: Option<AccountId>) -> Option<Self> {
        match actor.split_once(':') {
            Some(("account", id)) => {
                Some(if account.is_some_and(|own| own.to_string() == id) { Self::Owner } else { Self::Staff })
            }
            Some(("operator", _)) => Some(Self::Operator),
            None if actor == "system" => Some(Self::Valetkey),
            _ => None,
        }
    }
}

impl Failures {
    /// Whether everything went well.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    fn read(detail: &Value) -> Self {
        let count = |key: &str| detail[key].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        Self {
            letters: count("letters"),
            sign_outs: count("sign_outs"),
            tried_after_end: count("tried_after_end"),
            primary_passwords: count("primary_passwords"),
            removals: count("removals"),
            suspended: count("suspended"),
        }
    }

    pub(super) fn write(self) -> Value {
        serde_json::json!({ "failures": {
            "letters": self.letters, "sign_outs": self.sign_outs, "tried_after_end": self.tried_after_end,
            "primary_passwords": self.primary_passwords, "removals": self.removals, "suspended": self.suspended,
        } })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use valetkey_testkit::Seeded;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let failures =
            Failures { letters: 1, sign_outs: 6, tried_after_end: 2, primary_passwords: 3, removals: 4, suspended: 5 };
        assert_eq!(Facts::read(&failures.write(), None).failures, failures);
        assert!(Facts::read(&json!({}), None).failures.is_none());
    }

    #[test]
    fn an_app_that_registered_itself_has_a_name_that_nobody_has_checked() {
        let registered = ClientId::generate(&Seeded::new(1));
        let unchecked = |id: &str| Facts::read(&json!({ "client_id": id }), None).is_name_unchecked;
        assert!(unchecked(registered.as_str()) && !unchecked("webmail") && !unchecked(""));
        assert!(!Facts::read(&json!({}), None).is_name_unchecked, "an app password");
    }

    #[test]
    fn an_actor_is_seen_from_the_account() {
        let own = AccountId::from_bytes([1; 16]);
        let by = |actor: &str| Facts::read(&json!({ "by": actor }), Some(own)).by;
        assert_eq!(by(&format!("account:{own}")), Some(By::Owner));
        assert_eq!(by(&format!("account:{}", AccountId::from_bytes([2; 16]))), Some(By::Staff));
        assert_eq!((by("operator:0"), by("system"), by("?")), (Some(By::Operator), Some(By::Valetkey), None));
    }
}
