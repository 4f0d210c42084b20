//! Carrying out what a command asks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};
use valetkey_accounts::gate::NoSocket;
use valetkey_accounts::{
    Accounts, AccountsError, Asked, Attempt, AuditedCredential, CreateAccount, CredentialName, ImportMode,
    PasswordReplaced, SecondFactor, SignIn,
};
use valetkey_domain::policy::Actor;
use valetkey_domain::{
    Account, AccountId, CredentialId, Decoded, EventId, FactorId, Kind, LoginName, PrimaryPassword, RecoveryCode, Role,
    Scopes, Service, Shape, Timestamp, TotpCode, TotpSeed,
};
use valetkey_store::{AccountFilter, AccountSummary, AuditEntry, AuditFilter};

use super::import::import;
use super::joining::Invitation;
use super::{Answer, Failure, Hidden, Request};
use crate::other_servers;

/// The most connections that are listed.
const CONNECTIONS_MAX: usize = 10_000;

/// Carries out a question for whoever sits at the server.
pub(crate) async fn execute(accounts: &Arc<Accounts>, actor: &Actor, request: Request) -> Answer {
    let desk = Desk { accounts, actor };
    match request {
        Request::AccountCreate { login, aliases, device, name, notice_address, password } => {
            desk.account_create(&login, &aliases, device, &name, notice_address.as_deref(), password.as_ref()).await
        }
        Request::AccountInvite { login, aliases, name, notice_address, by_mail } => {
            let notice_address = notice_address.as_deref();
            desk.invite(Invitation { login: &login, aliases: &aliases, name: &name, notice_address, by_mail }).await
        }
        Request::AccountLink { login } => desk.link(&login).await,
        Request::AccountImport { lines, rehearsal } => {
            let mode = if rehearsal { ImportMode::Rehearsal } else { ImportMode::InEarnest };
            import(accounts, actor, lines, mode).await
        }
        Request::AccountList { after, limit } => desk.account_list(after.as_deref(), limit).await,
        Request::AccountShow { login } => desk.account_show(&login).await,
        Request::AccountRole { login, role } => desk.account_role(&login, role.as_deref()).await,
        Request::AccountAlias { login, alias, remove } => desk.account_alias(&login, &alias, remove).await,
        Request::AccountSuspend { login } => desk.account_suspend(&login).await,
        Request::AccountResume { login } => desk.account_resume(&login).await,
        Request::AccountDelete { login } => desk.account_delete(&login).await,
        Request::ResetPassword { login, password } => desk.reset_password(&login, &password).await,
        Request::ChangePassword { login, old, code, new } => desk.change_password(&login, &old, &code, &new).await,
        Request::OfferTotp { login } => desk.offer_totp(&login).await,
        Request::EnrolTotp { login, label, seed, code } => desk.enrol_totp(&login, &label, &seed, code.as_ref()).await,
        Request::RemoveFactor { login, factor } => desk.remove_factor(&login, factor.as_deref()).await,
        Request::RecoveryCodes { login } => desk.recovery_codes(&login).await,
        Request::AppPasswordCreate { login, label, scopes, networks, expires_at } => {
            desk.app_password_create(&login, &label, scopes.as_deref(), &networks, expires_at.as_deref()).await
        }
        Request::AppPasswordList { login, all } => desk.app_password_list(&login, all).await,
        Request::AppPasswordRevoke { login, id } => desk.app_password_revoke(&login, &id).await,
        Request::AppPasswordRevokeAll { login } => desk.app_password_revoke_all(&login).await,
        Request::AuthorisedAppList { login, all } => desk.authorised_app_list(&login, all).await,
        Request::AuthorisedAppRemove { login, id } => desk.authorised_app_remove(&login, &id).await,
        Request::Verify { login, secret, service, network } => {
            desk.verify(&login, &secret, &service, network.as_deref()).await
        }
        Request::OldPasswords { since, after } => desk.old_passwords(since.as_deref(), after.as_ref()).await,
        Request::SignOuts { login } => desk.sign_outs(login.as_deref()).await,
        Request::Connections { login } => desk.connections(login.as_deref()).await,
        Request::Audit { login, since, before, limit } => {
            desk.audit(login.as_deref(), since.as_deref(), before.as_deref(), limit).await
        }
    }
}

pub(super) struct Desk<'a> {
    pub(super) accounts: &'a Arc<Accounts>,
    pub(super) actor: &'a Actor,
}

impl Desk<'_> {
    pub(super) fn login(&self, text: &str) -> Result<LoginName, Failure> {
        self.accounts.login_name(text).map_err(|e| Failure::usage(format!("{text}: {e}")))
    }

    pub(super) async fn account(&self, login: &str) -> Result<Account, Failure> {
        let name = self.login(login)?;
        self.accounts.find_account(&name).await.map_err(|error| match error {
            AccountsError::NoSuchAccount => Failure::refused(format!("there is no account {name}")),
            other => other.into(),
        })
    }

    async fn account_create(
        &self,
        login: &str,
        aliases: &[String],
        device: bool,
        name: &str,
        notice_address: Option<&str>,
        password: Option<&Hidden>,
    ) -> Answer {
        let login_names = std::iter::once(login).chain(aliases.iter().map(String::as_str)).map(|n| self.login(n));
        let new = CreateAccount {
            kind: if device { Kind::Device } else { Kind::Person },
            login_names: login_names.collect::<Result<_, _>>()?,
            display_name: read(name, "the name")?,
            notice_address: notice_address.map(|a| read(a, "the notice address")).transpose()?,
            password: password.map(chosen).transpose()?,
        };
        let account = self.accounts.create_account(self.actor, new).await?;
        Ok(account_json(&account))
    }

    async fn account_list(&self, after: Option<&str>, limit: usize) -> Answer {
        let after = after.map(|a| self.login(a)).transpose()?;
        let filter = AccountFilter { after, limit, ..AccountFilter::default() };
        let list = self.accounts.list_accounts(self.actor, filter).await?;
        Ok(list.iter().map(summary_json).collect())
    }

    async fn account_show(&self, login: &str) -> Answer {
        let id = self.account(login).await?.id;
        let details = self.accounts.show_account(self.actor, id).await?;
        let mut shown = account_json(&details.account);
        let factors: Value = details
            .factors
            .iter()
            .map(|f| json!({ "id": f.id.to_string(), "kind": f.kind, "label": f.label.as_str(), "created_at": f.created_at.to_string(),
                "last_used_at": f.last_used_at.map(|t| t.to_string()) }))
            .collect();
        shown["has_password"] = details.has_password.into();
        shown["second_factors"] = factors;
        shown["recovery_codes_left"] = details.recovery_codes_left.into();
        shown["active_app_passwords"] = details.active_app_passwords.into();
        shown["active_authorised_apps"] = details.active_grants.into();
        shown["connections"] = self.accounts.gate().uses_of(id).into();
        Ok(shown)
    }

    async fn account_role(&self, login: &str, role: Option<&str>) -> Answer {
        let role: Option<Role> =
            role.map(|r| read(r, "the role").map_err(|e| Failure::usage(format!("{e}, 'none'")))).transpose()?;
        let account = self.account(login).await?;
        self.accounts.set_role(self.actor, account.id, role).await?;
        Ok(json!({ "login": account.canonical_login().as_str(), "role": role.map(Role::name) }))
    }

    async fn account_alias(&self, login: &str, alias: &str, remove: bool) -> Answer {
        let (account, alias) = (self.account(login).await?, self.login(alias)?);
        let (closed, told) = if remove {
            let removed = self.accounts.remove_login_name(self.actor, account.id, alias.clone()).await?;
            (removed.closed, self.told(removed.asked).await)
        } else {
            self.accounts.add_login_name(self.actor, account.id, alias.clone()).await?;
            (0, json!([]))
        };
        Ok(json!({
            "login": account.canonical_login().as_str(), "alias": alias.as_str(), "removed": remove, "connections_closed": closed,
            "other_servers": told,
        }))
    }

    async fn account_suspend(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        let changed = self.accounts.suspend_account(self.actor, account.id).await?;
        Ok(json!({
            "login": account.canonical_login().as_str(), "revoked": changed.value.app_passwords,
            "apps_removed": changed.value.authorised_apps, "connections_closed": changed.closed,
            "other_servers": self.told(changed.asked).await,
        }))
    }

    async fn account_resume(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        self.accounts.resume_account(self.actor, account.id).await?;
        Ok(json!({ "login": account.canonical_login().as_str() }))
    }

    async fn account_delete(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        let changed = self.accounts.delete_account(self.actor, account.id).await?;
        Ok(json!({
            "login": account.canonical_login().as_str(), "connections_closed": changed.closed,
            "other_servers": self.told(changed.asked).await,
        }))
    }

    async fn reset_password(&self, login: &str, password: &Hidden) -> Answer {
        let (account, new) = (self.account(login).await?, chosen(password)?);
        let replaced = self.accounts.reset_password(self.actor, account.id, &new).await?;
        Ok(self.replaced_json(&account, replaced).await)
    }

    /// For a person who sits at the terminal: with the old password and a code, as on the portal.
    async fn change_password(&self, login: &str, old: &Hidden, code: &Hidden, new: &Hidden) -> Answer {
        let (account, new) = (self.account(login).await?, chosen(new)?);
        let old = PrimaryPassword::presented(old.expose().as_bytes()).ok_or(AccountsError::WrongPassword)?;
        let passed = self.accounts.check_password(account.canonical_login(), &old).await?;
        let holder = self.accounts.check_second_factor(&passed, second_factor(code)?).await?;
        let replaced = self.accounts.change_password(&holder, &passed, &new, None).await?;
        Ok(self.replaced_json(&account, replaced).await)
    }

    async fn offer_totp(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        let offer = self.accounts.offer_totp(self.actor, account.id).await?;
        Ok(json!({
            "login": account.canonical_login().as_str(), "totp_secret": offer.seed.to_base32().expose(), "uri": offer.uri.expose(),
        }))
    }

    async fn enrol_totp(&self, login: &str, label: &str, seed: &Hidden, code: Option<&Hidden>) -> Answer {
        let account = self.account(login).await?;
        let seed = TotpSeed::from_base32(seed.expose()).ok_or_else(|| Failure::usage("the seed is not base 32"))?;
        let code = code.map(|c| c.expose().parse::<TotpCode>().map_err(|()| AccountsError::WrongCode)).transpose()?;
        let enrolled =
            self.accounts.enrol_totp(self.actor, account.id, read(label, "the label")?, seed.clone(), code).await?;
        Ok(json!({
            "login": account.canonical_login().as_str(), "id": enrolled.id.to_string(), "totp_secret": seed.to_base32().expose(),
            "recovery_codes": codes_json(&enrolled.recovery_codes),
        }))
    }

    async fn remove_factor(&self, login: &str, factor: Option<&str>) -> Answer {
        let account = self.account(login).await?;
        let factors = self.accounts.show_account(self.actor, account.id).await?.factors;
        let id: FactorId = match (factor, factors.as_slice()) {
            (Some(text), _) => read(text, "the second factor")?,
            (None, [only]) => only.id,
            (None, []) => return Err(AccountsError::NoSuchFactor.into()),
            (None, _) => {
                return Err(Failure::usage(
                    "the account has several second factors: name one by its id, as `account show` lists them",
                ));
            }
        };
        let removed = self.accounts.remove_second_factor(self.actor, account.id, id, None).await?;
        Ok(json!({
            "login": account.canonical_login().as_str(), "was_last": removed.was_last,
            "revoked": removed.revoked.app_passwords, "apps_removed": removed.revoked.authorised_apps,
            "connections_closed": removed.closed,
            "other_servers": if removed.was_last { self.told(removed.asked).await } else { json!([]) },
        }))
    }

    async fn recovery_codes(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        let codes = self.accounts.replace_recovery_codes(self.actor, account.id).await?;
        Ok(json!({ "login": account.canonical_login().as_str(), "recovery_codes": codes_json(&codes) }))
    }

    async fn app_password_revoke_all(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        let all = self.accounts.revoke_all_app_passwords(self.actor, account.id).await?;
        Ok(json!({
            "login": account.canonical_login().as_str(), "revoked": all.revoked.app_passwords,
            "apps_removed": all.revoked.authorised_apps, "connections_closed": all.closed,
            "other_servers": self.told(all.asked).await,
        }))
    }

    async fn replaced_json(&self, account: &Account, replaced: PasswordReplaced) -> Value {
        json!({
            "login": account.canonical_login().as_str(), "revoked": replaced.revoked.app_passwords,
            "apps_removed": replaced.revoked.authorised_apps, "connections_closed": replaced.closed,
            "other_servers": self.told(replaced.asked).await,
        })
    }

    /// What other servers have done about a change.
    pub(super) async fn told(&self, asked: Asked) -> Value {
        other_servers::to_json(&self.accounts.other_servers(asked).await)
    }

    async fn verify(&self, login: &str, secret: &Hidden, service: &str, network: Option<&str>) -> Answer {
        let network = network.map(str::parse).transpose();
        let attempt = Attempt {
            login,
            acting_for: None,
            secret: secret.expose().as_bytes(),
            only_canonical: false,
            service: read::<Service>(service, "the service")?,
            network: network.map_err(|_| Failure::usage("the network is not an address"))?,
            tls: false,
            client: Some("valetkey verify"),
        };
        let shape = Decoded::from_app(attempt.secret).shape();
        let mut answer = decision_json(self.accounts.sign_in_app(&attempt, Arc::new(NoSocket)).await, shape).await?;
        if !answer["app_password"].is_null() {
            let account = self.account(login).await?;
            let list = self.accounts.app_passwords(self.actor, account.id, true).await?;
            let tried = list.iter().find(|p| answer["app_password"] == p.id.to_string());
            answer["label"] = tried.map(|p| p.label.as_str()).into();
        }
        Ok(answer)
    }

    async fn connections(&self, login: Option<&str>) -> Answer {
        let account = match login {
            Some(login) => Some(self.account(login).await?.id),
            None => None,
        };
        let connected = self.accounts.connections(self.actor, account, CONNECTIONS_MAX).await?;
        let names = self.names_of(connected.iter().map(|c| (c.account, c.credential))).await;
        let shown = connected.iter().map(|c| {
            let [app_password, authorised_app, label] = named_json(c.credential, &names);
            json!({
                "number": c.number, "login": c.about.login.as_str(), "service": c.about.service.name(),
                "app_password": app_password, "authorised_app": authorised_app, "label": label,
                "network": c.about.network.map(|n| n.to_string()), "client": c.about.client.as_deref(),
                "since": c.about.since.to_string(),
                "bytes_from_app": c.traffic.map(|t| t.from_app), "bytes_to_app": c.traffic.map(|t| t.to_app),
            })
        });
        Ok(shown.collect())
    }

    /// What these app passwords and authorised apps are called, each with its account. That the store cannot be asked hides the names
    /// and not what they are shown beside: who is connected is wanted most when something is wrong.
    pub(super) async fn names_of(
        &self,
        wanted: impl Iterator<Item = (AccountId, CredentialId)>,
    ) -> HashMap<CredentialId, CredentialName> {
        self.accounts.credential_names(self.actor, wanted.collect()).await.unwrap_or_default()
    }

    /// An account that was deleted is found by its login names as long as they are reserved, and always by its id.
    pub(super) async fn account_or_closed(&self, login: Option<&str>) -> Result<Option<AccountId>, Failure> {
        Ok(match login.map(|login| (login, login.parse::<AccountId>())) {
            Some((_, Ok(id))) => Some(id),
            Some((login, Err(_))) => Some(self.accounts.find_account_or_closed(&self.login(login)?).await?.id),
            None => None,
        })
    }

    async fn audit(&self, login: Option<&str>, since: Option<&str>, before: Option<&str>, limit: usize) -> Answer {
        let account = self.account_or_closed(login).await?;
        let filter = AuditFilter {
            account,
            since: since.map(|t| read::<Timestamp>(t, "the time")).transpose()?,
            before: before.map(|id| read::<EventId>(id, "the line's id")).transpose()?,
            limit,
            ..AuditFilter::default()
        };
        let entries = self.accounts.read_audit(self.actor, filter).await?;
        let concerned: HashSet<AccountId> =
            entries.iter().flat_map(|e| e.account.into_iter().chain(holder(e))).collect();
        let names = self.accounts.login_names_of(self.actor, concerned).await?;
        Ok(entries.iter().map(|entry| entry_json(entry, &names)).collect())
    }
}

async fn decision_json(decision: SignIn, shape: Shape) -> Answer {
    match decision {
        SignIn::Accepted(accepted) => Ok(json!({
            "outcome": "accepted", "login": accepted.login.as_str(), "app_password": accepted.credential.to_string(),
            "scopes": scopes_json(accepted.scopes),
        })),
        SignIn::Refused(refusal) => {
            let why = refusal.why();
            refusal.settle().await;
            Ok(json!({
                "outcome": "refused", "why": why.name(), "advice": why.advice(shape),
                "app_password": why.credential().map(|c| c.to_string()),
            }))
        }
        // Revoked between its check and its answer: nobody has refused it, and the next attempt is refused.
        SignIn::Cut => Err(Failure::temporary("it was cut off while it was checked: verify it again")),
        SignIn::Broken(error) => Err(AccountsError::Store(error).into()),
    }
}

/// The id of an app password, or else of an authorised app, and what it is called. What is not known is taken for the first.
pub(super) fn named_json(id: CredentialId, names: &HashMap<CredentialId, CredentialName>) -> [Value; 3] {
    let name = names.get(&id);
    let (text, label) = (Value::from(id.to_string()), name.map(CredentialName::label).into());
    if name.is_some_and(CredentialName::is_authorised_app) {
        [Value::Null, text, label]
    } else {
        [text, Value::Null, label]
    }
}

pub(super) fn read<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str, what: &str) -> Result<T, Failure> {
    text.parse().map_err(|e: T::Err| Failure::usage(format!("{what}: {e}")))
}

fn chosen(password: &Hidden) -> Result<PrimaryPassword, Failure> {
    PrimaryPassword::choose(password.expose()).map_err(|e| Failure::refused(e.to_string()))
}

fn second_factor(code: &Hidden) -> Result<SecondFactor, Failure> {
    if let Ok(code) = code.expose().parse::<TotpCode>() {
        return Ok(SecondFactor::Totp(code));
    }
    RecoveryCode::presented(code.expose()).map(SecondFactor::Recovery).ok_or_else(|| AccountsError::WrongCode.into())
}

fn account_json(account: &Account) -> Value {
    json!({
        "login": account.canonical_login().as_str(), "id": account.id.to_string(), "kind": account.kind.name(),
        "state": account.state.name(), "role": account.role.map(Role::name), "name": account.display_name.as_str(),
        "notice_address": account.notice_address.as_ref().map(|a| a.as_str()),
        "login_names": account.login_names.iter().map(LoginName::as_str).collect::<Vec<_>>(),
        "created_at": account.created_at.to_string(),
    })
}

fn summary_json(account: &AccountSummary) -> Value {
    json!({
        "login": account.login.as_str(), "id": account.id.to_string(), "kind": account.kind.name(), "state": account.state.name(),
        "role": account.role.map(Role::name), "name": account.display_name.as_str(), "created_at": account.created_at.to_string(),
        "active_app_passwords": account.active_app_passwords, "active_authorised_apps": account.active_grants,
        "has_second_factor": account.second_factors > 0,
    })
}

/// The account that has done it, if it was one.
fn holder(entry: &AuditEntry) -> Option<AccountId> {
    entry.actor.strip_prefix("account:")?.parse().ok()
}

/// With the login names of those accounts that still have one.
fn entry_json(entry: &AuditEntry, names: &HashMap<AccountId, LoginName>) -> Value {
    let name_of = |id: Option<AccountId>| id.and_then(|id| names.get(&id)).map(LoginName::as_str);
    let about = AuditedCredential::of(entry);
    json!({
        "id": entry.id.to_string(), "at": entry.at.to_string(), "actor": entry.actor,
        "actor_login": name_of(holder(entry)), "action": entry.action, "account": entry.account.map(|a| a.to_string()),
        "login": name_of(entry.account), "app_password": about.app_password.map(|c| c.to_string()),
        "authorised_app": about.authorised_app.map(|c| c.to_string()),
        "detail": serde_json::from_str::<Value>(&entry.detail).unwrap_or(Value::Null),
    })
}

pub(super) fn scopes_json(scopes: Scopes) -> Value {
    scopes.iter().map(|s| s.name()).collect()
}

fn codes_json(codes: &[RecoveryCode]) -> Value {
    codes.iter().map(|c| c.reveal().expose().clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::FailureKind;

    #[tokio::test]
    async fn a_cut_between_check_and_answer_is_no_refusal() {
        let failure = decision_json(SignIn::Cut, Shape::AppPassword).await.expect_err("nobody has decided");
        assert!(matches!(failure.kind, FailureKind::Temporary), "{failure:?}");
    }
}
