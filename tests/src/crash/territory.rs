//! A territory: some accounts that one writer alone changes, and app passwords of an account that all share.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use valetkey_domain::{RECOVERY_CODES, RevocationReason};

use crate::server::admin::{Admin, Reply, key};

/// How everything in it is, as far as commands show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Territory {
    /// By login name. One that is not there was never made or is deleted.
    pub(super) accounts: BTreeMap<String, Account>,
    /// The writer's app passwords of the shared account: their states, by label.
    pub(super) shared: BTreeMap<String, String>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) kind: &'static str,
    pub(super) state: String,
    pub(super) names: Vec<String>,
    pub(super) role: Option<String>,
    pub(super) factors: usize,
    pub(super) recovery_codes: usize,
    /// The states of its app passwords, by label.
    pub(super) keys: BTreeMap<String, String>,
    /// How often what is in the audit log.
    pub(super) audit: BTreeMap<String, usize>,
}

pub(super) const ACTIVE: &str = "active";

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Make { login: String, kind: &'static str },
    Delete { login: String },
    Suspend { login: String },
    Resume { login: String },
    AddName { login: String, name: String },
    SetRole { login: String, role: Option<&'static str> },
    ResetPassword { login: String },
    Enrol { login: String },
    RemoveFactor { login: String },
    MakeKey { login: String, label: String },
    Revoke { login: String, label: String },
    RevokeAll { login: String },
    MakeShared { login: String, label: String },
    RevokeShared { login: String, label: String },
}

impl Op {
    /// The question that asks for it. `id` gives an app password's id by its label.
    pub(super) fn question(&self, id: impl Fn(&str) -> String, seed: &str) -> Value {
        const PASSWORD: &str = "a password of some length";
        match self {
            Self::Make { login, kind } => json!({
                "ask": "account-create", "login": login, "aliases": [alias(login)], "device": *kind == "device", "name": "Somebody",
                "password": (*kind == "person").then_some(PASSWORD),
            }),
            Self::Delete { login } => json!({ "ask": "account-delete", "login": login }),
            Self::Suspend { login } => json!({ "ask": "account-suspend", "login": login }),
            Self::Resume { login } => json!({ "ask": "account-resume", "login": login }),
            Self::AddName { login, name } => {
                json!({ "ask": "account-alias", "login": login, "alias": name, "remove": false })
            }
            Self::SetRole { login, role } => json!({ "ask": "account-role", "login": login, "role": role }),
            Self::ResetPassword { login } => json!({ "ask": "reset-password", "login": login, "password": PASSWORD }),
            Self::Enrol { login } => json!({ "ask": "enrol-totp", "login": login, "label": "phone", "seed": seed }),
            Self::RemoveFactor { login } => json!({ "ask": "remove-factor", "login": login }),
            Self::MakeKey { login, label } | Self::MakeShared { login, label } => key(login, label),
            Self::Revoke { login, label } | Self::RevokeShared { login, label } => {
                json!({ "ask": "app-password-revoke", "login": login, "id": id(label) })
            }
            Self::RevokeAll { login } => json!({ "ask": "app-password-revoke-all", "login": login }),
        }
    }

    /// Does to a territory what it is to do to the server's.
    pub(super) fn apply(&self, territory: &mut Territory) {
        match self {
            Self::Make { login, kind } => {
                let mut account = Account::new(login, kind);
                account.note("account.created");
                territory.accounts.insert(login.clone(), account);
            }
            Self::Delete { login } => {
                territory.accounts.remove(login);
            }
            Self::MakeShared { label, .. } => {
                territory.shared.insert(label.clone(), ACTIVE.into());
            }
            Self::RevokeShared { label, .. } => {
                territory.shared.insert(label.clone(), revoked(RevocationReason::Asked));
            }
            Self::Suspend { login }
            | Self::Resume { login }
            | Self::AddName { login, .. }
            | Self::SetRole { login, .. }
            | Self::ResetPassword { login }
            | Self::Enrol { login }
            | Self::RemoveFactor { login }
            | Self::MakeKey { login, .. }
            | Self::Revoke { login, .. }
            | Self::RevokeAll { login } => {
                self.apply_to(territory.accounts.get_mut(login).expect("only what is there is changed"));
            }
        }
    }

    fn apply_to(&self, account: &mut Account) {
        match self {
            Self::Suspend { .. } => {
                account.revoke_all(RevocationReason::Suspended);
                account.state = "suspended".into();
                account.note("account.suspended");
            }
            Self::Resume { .. } => {
                account.state = ACTIVE.into();
                account.note("account.resumed");
            }
            Self::AddName { name, .. } => {
                account.names.push(name.clone());
                account.names.sort();
                account.note("account.login-name-added");
            }
            Self::SetRole { role, .. } => {
                account.role = role.map(str::to_owned);
                account.note("account.role-set");
            }
            Self::ResetPassword { .. } => {
                account.note("password.reset");
                account.revoke_all(RevocationReason::PasswordReset);
            }
            Self::Enrol { .. } => {
                account.factors += 1;
                account.recovery_codes = RECOVERY_CODES;
                account.note("second-factor.added");
            }
            Self::RemoveFactor { .. } => {
                (account.factors, account.recovery_codes) = (0, 0);
                account.note("second-factor.removed");
                account.revoke_all(RevocationReason::SecondFactorRemoved);
            }
            Self::MakeKey { label, .. } => {
                account.keys.insert(label.clone(), ACTIVE.into());
                account.note("app-password.created");
            }
            Self::Revoke { label, .. } => {
                account.keys.insert(label.clone(), revoked(RevocationReason::Asked));
                account.note("app-password.revoked");
            }
            Self::RevokeAll { .. } => account.revoke_all(RevocationReason::AllAsked),
            Self::Make { .. } | Self::Delete { .. } | Self::MakeShared { .. } | Self::RevokeShared { .. } => {
                unreachable!("these change more than one account")
            }
        }
    }
}

impl Account {
    fn new(login: &str, kind: &'static str) -> Self {
        Self {
            kind,
            state: ACTIVE.into(),
            names: vec![alias(login), login.to_owned()],
            role: None,
            factors: 0,
            recovery_codes: 0,
            keys: BTreeMap::new(),
            audit: BTreeMap::new(),
        }
    }

    fn note(&mut self, action: &str) {
        *self.audit.entry(action.to_owned()).or_default() += 1;
    }

    fn revoke_all(&mut self, why: RevocationReason) {
        if self.active().next().is_none() {
            return;
        }
        for state in self.keys.values_mut().filter(|state| *state == ACTIVE) {
            *state = revoked(why);
        }
        self.note("app-password.all-revoked");
    }

    /// The labels of its active app passwords.
    pub(super) fn active(&self) -> impl Iterator<Item = &String> {
        self.keys.iter().filter(|(_, state)| *state == ACTIVE).map(|(label, _)| label)
    }
}

/// The second login name that an account is made with.
fn alias(login: &str) -> String {
    format!("also-{login}")
}

fn revoked(why: RevocationReason) -> String {
    format!("revoked {}", why.name())
}

/// An account as the server shows it; `None` if there is none.
///
/// # Panics
/// If the server does not say.
pub(super) fn observe(admin: &Admin, login: &str) -> Option<(Account, Vec<Value>)> {
    let shown = match admin.ask(&json!({ "ask": "account-show", "login": login })) {
        Reply::Done(shown) => shown,
        Reply::Refused(_) => return None,
        other => panic!("{login}: {other:?}"),
    };
    let number = |field: &str| usize::try_from(shown[field].as_u64().expect("a number")).expect("a small one");
    let keys = list(admin, login);
    let audit = admin.done(&json!({ "ask": "audit", "login": login, "limit": 1000 }));
    let mut names: Vec<String> = texts(&shown["login_names"]);
    names.sort();
    let mut account = Account::new(login, if shown["kind"] == "device" { "device" } else { "person" });
    shown["state"].as_str().expect("a text").clone_into(&mut account.state);
    account.names = names;
    account.role = shown["role"].as_str().map(str::to_owned);
    account.factors = shown["second_factors"].as_array().expect("a list").len();
    account.recovery_codes = number("recovery_codes_left");
    account.keys = states(&keys);
    for line in audit.as_array().expect("a list") {
        account.note(line["action"].as_str().expect("a text"));
    }
    // The test's own attempts with revoked ones are gathered and written down when there is time.
    account.audit.remove("app-password.tried-after-end");
    assert_eq!(number("active_app_passwords"), account.active().count(), "{shown}");
    assert_eq!(shown["has_password"] == true, account.kind == "person", "{shown}");
    Some((account, keys))
}

/// All app passwords of an account, as the server lists them.
///
/// # Panics
/// If the server does not say.
pub(super) fn list(admin: &Admin, login: &str) -> Vec<Value> {
    let list = admin.done(&json!({ "ask": "app-password-list", "login": login, "all": true }));
    list.as_array().expect("a list").clone()
}

/// The states of app passwords, by label.
pub(super) fn states(keys: &[Value]) -> BTreeMap<String, String> {
    let state = |key: &Value| match key["why"].as_str() {
        Some(why) => format!("{} {why}", key["state"].as_str().expect("a text")),
        None => key["state"].as_str().expect("a text").to_owned(),
    };
    keys.iter().map(|key| (key["label"].as_str().expect("a text").to_owned(), state(key))).collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}
