//! Accounts: making, showing, stopping and deleting them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, Subject, act, permit};
use valetkey_domain::{
    Account, AccountId, AccountState, DisplayName, Kind, LinkKind, LoginName, NoticeAddress, PrimaryPassword,
    RevocationReason, Role, Timestamp,
};
use valetkey_store::{
    AccountFilter, AccountSummary, AuditEntry, AuditFilter, FactorSummary, NewAccount, PasswordSent, SentAfter,
};

use crate::gate::{Connected, Credentials, CutReason};
use crate::joining::refuse_own_mailbox;
use crate::journal::{Event, nothing};
use crate::{Accounts, AccountsError, AppCounts, Changed, Ending, open};

/// An account to be made.
pub struct CreateAccount {
    /// A person or a device.
    pub kind: Kind,
    /// The canonical login name first. At least one.
    pub login_names: Vec<LoginName>,
    /// The name that people see.
    pub display_name: DisplayName,
    /// Where notices go.
    pub notice_address: Option<NoticeAddress>,
    /// The primary password; without one a person is invited. Devices have none.
    pub password: Option<PrimaryPassword>,
}

/// An account as it is shown.
pub struct AccountDetails {
    /// The account.
    pub account: Account,
    /// Whether it has a primary password.
    pub has_password: bool,
    /// Its second factors.
    pub factors: Vec<FactorSummary>,
    /// How many recovery codes are left.
    pub recovery_codes_left: usize,
    /// How many of its app passwords are active.
    pub active_app_passwords: usize,
    /// How many of its grants are: apps that are authorised with it.
    pub active_grants: usize,
}

impl Accounts {
    /// Makes an account.
    pub async fn create_account(self: &Arc<Self>, actor: &Actor, new: CreateAccount) -> Result<Account, AccountsError> {
        if new.kind == Kind::Device && new.password.is_some() {
            return Err(AccountsError::Device);
        }
        if let Some(address) = &new.notice_address {
            refuse_own_mailbox(&new.login_names, address)?;
        }
        let hash = match &new.password {
            Some(password) => Some(self.hasher.hash(password, &*self.randomness).await?),
            None => None,
        };
        let now = self.clock.now();
        let usable = new.password.is_some() || new.kind == Kind::Device;
        let row = NewAccount {
            id: AccountId::new(now, &*self.randomness),
            kind: new.kind,
            state: if usable { AccountState::Active } else { AccountState::Invited },
            display_name: new.display_name,
            notice_address: new.notice_address,
            login_names: new.login_names,
            primary_password: hash,
            is_imported: false,
            created_at: now,
        };
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let subject = Subject { account: row.id, kind: row.kind, role: None };
            let permit: Permit<act::CreateAccount> = permit(&actor, &subject, this.settings.rules, now)?;
            if row.kind == Kind::Device {
                this.refuse_useless_device(&actor, &subject)?;
            }
            if !tx.insert_account(&row)? {
                let taken = tx.taken_among(&row.login_names, now)?;
                let names = row.login_names.iter().filter(|name| taken.contains(*name)).map(LoginName::as_str);
                return Err(AccountsError::LoginTaken(names.collect::<Vec<_>>().join(", ")));
            }
            let detail = json!({ "login": row.login_names[0].as_str(), "kind": row.kind.name() });
            this.record(tx, &permit, Event::AccountCreated, None, &detail)?;
            tx.account(row.id)?.ok_or(AccountsError::NoSuchAccount)
        })
        .await
    }

    /// The account with this login name.
    pub async fn find_account(&self, login: &LoginName) -> Result<Account, AccountsError> {
        open(Some(self.find_account_or_closed(login).await?))
    }

    /// The same, also if it is closed: its login names are kept for a while.
    pub async fn find_account_or_closed(&self, login: &LoginName) -> Result<Account, AccountsError> {
        let login = login.clone();
        let found = self.store.read(move |s| Ok::<_, AccountsError>(s.account_by_login(&login)?)).await?;
        found.ok_or(AccountsError::NoSuchAccount)
    }

    /// The addresses that are an account's own: its login names. For protocols that let nobody send in another's name.
    pub async fn own_addresses(&self, account: AccountId) -> Result<Vec<LoginName>, AccountsError> {
        self.store
            .read(move |s| Ok::<_, AccountsError>(s.account(account)?.map_or_else(Vec::new, |a| a.login_names)))
            .await
    }

    /// The canonical login names of some accounts, for showing what concerns them. Closed ones have none.
    pub async fn login_names_of(
        self: &Arc<Self>,
        actor: &Actor,
        accounts: HashSet<AccountId>,
    ) -> Result<HashMap<AccountId, LoginName>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let mut names = HashMap::new();
                for id in &accounts {
                    let found = s.account(*id)?.filter(|a| a.state != AccountState::Closed);
                    if let Some(account) = found
                        && this.permit::<act::SeeAccount>(&actor, &account).is_ok()
                    {
                        names.insert(*id, account.canonical_login().clone());
                    }
                }
                Ok(names)
            })
            .await
    }

    /// An account with what belongs to it.
    pub async fn show_account(self: &Arc<Self>, actor: &Actor, id: AccountId) -> Result<AccountDetails, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let account = s.account(id)?.ok_or(AccountsError::NoSuchAccount)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &account)?;
                Ok(AccountDetails {
                    has_password: s.primary_password(id)?.is_some(),
                    factors: s.second_factors(id)?,
                    recovery_codes_left: s.recovery_codes_left(id)?,
                    active_app_passwords: s.active_app_passwords(id, now)?,
                    active_grants: s.active_grants(id, now)?,
                    account,
                })
            })
            .await
    }

    /// Accounts in the order of their login names, for those who may see every account.
    pub async fn list_accounts(
        &self,
        actor: &Actor,
        filter: AccountFilter,
    ) -> Result<Vec<AccountSummary>, AccountsError> {
        let _: Permit<act::SeeAccount> = self.permit_all(actor)?;
        let now = self.clock.now();
        self.store.read(move |s| Ok(s.accounts(&filter, now)?)).await
    }

    /// Apps that have sent an account's primary password since then, or the one of the server from which it came; a thousand
    /// rows at most, in the order of login names, after one of them: who still has to move to app passwords, and by what.
    pub async fn old_passwords(
        &self,
        actor: &Actor,
        since: Timestamp,
        after: Option<SentAfter>,
    ) -> Result<Vec<PasswordSent>, AccountsError> {
        let _: Permit<act::SeeAccount> = self.permit_all(actor)?;
        self.store.read(move |s| Ok(s.passwords_sent(since, after.as_ref(), usize::MAX)?)).await
    }

    /// Lines of the audit log, the newest first: of one account, which may be closed, or all of it for those who may
    /// read that.
    pub async fn read_audit(
        self: &Arc<Self>,
        actor: &Actor,
        filter: AuditFilter,
    ) -> Result<Vec<AuditEntry>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let _: Permit<act::SeeAudit> = match filter.account {
                    Some(id) => this.permit(&actor, &s.account(id)?.ok_or(AccountsError::NoSuchAccount)?)?,
                    None => this.permit_all(&actor)?,
                };
                Ok(s.audit(&filter)?)
            })
            .await
    }

    /// The open connections, the oldest first: of one account, or of all for those who may see every account.
    pub async fn connections(
        self: &Arc<Self>,
        actor: &Actor,
        account: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Connected>, AccountsError> {
        let _: Permit<act::SeeAccount> = match account {
            Some(id) => {
                let found = self.store.read(move |s| Ok::<_, AccountsError>(s.account(id)?)).await?;
                self.permit(actor, &found.ok_or(AccountsError::NoSuchAccount)?)?
            }
            None => self.permit_all(actor)?,
        };
        Ok(self.gate.connected(account, limit))
    }

    /// Signs out one connection of an account; `false` if it had ended. Its app may come again with its app password.
    pub async fn sign_out_app(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        number: u64,
    ) -> Result<bool, AccountsError> {
        let found = self.store.read(move |s| Ok::<_, AccountsError>(s.account(account)?)).await?;
        let _: Permit<act::SignOut> = self.permit(actor, &open(found)?)?;
        let this = Arc::clone(self);
        let cut = move || this.gate.cut_one(account, number, CutReason::SignedOut);
        Ok(tokio::task::spawn_blocking(cut).await.unwrap_or(false))
    }

    /// Gives an account a role, or takes its role.
    pub async fn set_role(
        self: &Arc<Self>,
        actor: &Actor,
        id: AccountId,
        role: Option<Role>,
    ) -> Result<(), AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (account, permit) = this.lock::<act::SetRole>(tx, &actor, id)?;
            if account.kind == Kind::Device {
                return Err(AccountsError::Device);
            }
            refuse_own(&actor, id)?;
            tx.set_role(id, role)?;
            // Whoever could make links for the account as it was may be none who can for an account with this role.
            for kind in [LinkKind::Invitation, LinkKind::Reset] {
                tx.delete_links(id, kind)?;
            }
            tx.forget_errands(id, Event::Invited.name())?; // whose letter would bring a link
            let detail = json!({ "before": account.role.map(Role::name), "after": role.map(Role::name) });
            this.record(tx, &permit, Event::RoleSet, None, &detail)
        })
        .await
    }

    /// Gives an account one more login name.
    pub async fn add_login_name(
        self: &Arc<Self>,
        actor: &Actor,
        id: AccountId,
        name: LoginName,
    ) -> Result<(), AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (account, permit) = this.lock::<act::ChangeLoginNames>(tx, &actor, id)?;
            if let Some(address) = &account.notice_address {
                refuse_own_mailbox(std::slice::from_ref(&name), address)?;
            }
            if !tx.insert_login_name(id, &name, this.clock.now())? {
                return Err(AccountsError::LoginTaken(name.to_string()));
            }
            this.record(tx, &permit, Event::LoginNameAdded, None, &json!({ "login": name.as_str() }))
        })
        .await
    }

    /// Takes a login name from an account. What signed in by it is not told apart from the rest, so all of the
    /// account's connections are cut; apps that use another of its names sign in again by themselves.
    pub async fn remove_login_name(
        self: &Arc<Self>,
        actor: &Actor,
        id: AccountId,
        name: LoginName,
    ) -> Result<Changed<()>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.change(move |tx| {
            let (account, permit) = this.lock::<act::ChangeLoginNames>(tx, &actor, id)?;
            if *account.canonical_login() == name {
                return Err(AccountsError::CanonicalLogin);
            }
            if !tx.delete_login_name(id, &name)? {
                return Err(AccountsError::NoSuchLoginName);
            }
            this.record(tx, &permit, Event::LoginNameRemoved, None, &json!({ "login": name.as_str() }))?;
            Ok(((), this.taken(&account, Credentials::All, Ending::LoginNameRemoved)))
        })
        .await
    }

    /// Stops an account: all its app passwords are revoked, its authorised apps removed and its connections cut. Doing it again
    /// does no harm.
    pub async fn suspend_account(
        self: &Arc<Self>,
        actor: &Actor,
        id: AccountId,
    ) -> Result<Changed<AppCounts>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.change(move |tx| {
            let (account, permit) = this.lock::<act::SuspendAccount>(tx, &actor, id)?;
            refuse_own(&actor, id)?;
            let revoked = this.revoke_everything(tx, &permit, RevocationReason::Suspended)?;
            if account.state != AccountState::Suspended {
                tx.set_account_state(id, AccountState::Suspended)?;
                tx.delete_sessions(id, None)?;
                tx.distrust_browsers(id)?;
                this.record(tx, &permit, Event::AccountSuspended, None, &revoked.detail())?;
            }
            Ok((revoked, this.taken(&account, Credentials::All, Ending::Revoked(RevocationReason::Suspended))))
        })
        .await
    }

    /// Lets a suspended account go on. What was revoked and removed stays so.
    pub async fn resume_account(self: &Arc<Self>, actor: &Actor, id: AccountId) -> Result<(), AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (account, permit) = this.lock::<act::ResumeAccount>(tx, &actor, id)?;
            if account.state != AccountState::Suspended {
                return Err(AccountsError::NotActive(account.state));
            }
            let usable = account.kind == Kind::Device || tx.primary_password(id)?.is_some();
            tx.set_account_state(id, if usable { AccountState::Active } else { AccountState::Invited })?;
            this.record(tx, &permit, Event::AccountResumed, None, &nothing())
        })
        .await
    }

    /// Deletes an account with everything of its. Its login names stay reserved for a while; the audit log keeps what
    /// happened under the account's id alone, without its details.
    pub async fn delete_account(self: &Arc<Self>, actor: &Actor, id: AccountId) -> Result<Changed<()>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.change(move |tx| {
            let (account, permit) = this.lock::<act::DeleteAccount>(tx, &actor, id)?;
            refuse_own(&actor, id)?;
            let now = this.clock.now();
            tx.close_account(id, now, now + this.settings.name_reservation)?;
            this.record(tx, &permit, Event::AccountDeleted, None, &nothing())?;
            Ok(((), this.taken(&account, Credentials::All, Ending::Revoked(RevocationReason::Deleted))))
        })
        .await
    }
}

/// The last administrator would lock everybody out with one slip of the hand.
fn refuse_own(actor: &Actor, id: AccountId) -> Result<(), AccountsError> {
    if matches!(actor, Actor::Holder { account, .. } if *account == id) {
        Err(AccountsError::OwnAccount)
    } else {
        Ok(())
    }
}
