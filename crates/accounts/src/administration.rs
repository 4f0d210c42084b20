//! What staff see and do beside what owners do too: what they may, which links wait, signing somebody out everywhere.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Action, Actor, Denied, Permit, Subject, act, permit, verdict};
use valetkey_domain::{Account, AccountId, Kind, Role};
use valetkey_store::KeptLink;

use crate::gate::Credentials;
use crate::journal::Event;
use crate::{Accounts, AccountsError, Asked, Ending, open};

/// What somebody may do to an account, for showing them no more than that. Each deed asks the policy again.
#[derive(Clone, Debug)]
pub struct Rights(Vec<(Action, Result<(), Denied>)>);

impl Rights {
    /// Whether they may, if need be after they have shown a second factor.
    pub fn may(&self, action: Action) -> bool {
        matches!(self.now(action), Ok(()) | Err(Denied::StepUpNeeded))
    }

    /// Whether they may at this moment.
    pub fn now(&self, action: Action) -> Result<(), Denied> {
        self.0.iter().find(|(known, _)| *known == action).map_or(Err(Denied::Forbidden), |(_, verdict)| *verdict)
    }
}

/// What signing out everywhere led to.
#[derive(Debug, Clone, Copy)]
pub struct SignedOut {
    /// How many browsers were signed out.
    pub browsers: usize,
    /// How many connections of apps were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
}

impl Accounts {
    /// What somebody may do to an account.
    pub fn rights(&self, actor: &Actor, account: &Account) -> Rights {
        self.rights_over(actor, &Subject { account: account.id, kind: account.kind, role: account.role })
    }

    /// What somebody may do to accounts of a kind, if they have no role.
    pub fn rights_over_all(&self, actor: &Actor, kind: Kind, role: Option<Role>) -> Rights {
        self.rights_over(actor, &Subject { account: self.decoy, kind, role })
    }

    fn rights_over(&self, actor: &Actor, subject: &Subject) -> Rights {
        let (rules, now) = (self.settings.rules, self.clock.now());
        Rights(Action::ALL.iter().map(|one| (*one, verdict(*one, actor, subject, rules, now))).collect())
    }

    /// A device's account is of use by its app passwords alone: who makes it must be able to make them.
    pub(crate) fn refuse_useless_device(&self, actor: &Actor, device: &Subject) -> Result<(), AccountsError> {
        let _: Permit<act::CreateAppPassword> = permit(actor, device, self.settings.rules, self.clock.now())?;
        Ok(())
    }

    /// An account's links that are still good, without their codes, the newest first.
    pub async fn open_links(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Vec<KeptLink>, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = open(s.account(account)?)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                Ok(s.links(account, now)?)
            })
            .await
    }

    /// Signs out every browser and every app of an account. Apps may come again with their app passwords.
    pub async fn sign_out_everywhere(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<SignedOut, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let changed = self
            .change(move |tx| {
                let (found, permit) = this.lock::<act::SignOut>(tx, &actor, account)?;
                let browsers = tx.delete_sessions(account, None)?;
                tx.distrust_browsers(account)?;
                this.record(tx, &permit, Event::SessionEnded, None, &json!({ "browsers": browsers }))?;
                Ok((browsers, this.taken(&found, Credentials::All, Ending::SignedOut)))
            })
            .await?;
        Ok(SignedOut {
            browsers: usize::try_from(changed.value).unwrap_or(usize::MAX),
            closed: changed.closed,
            asked: changed.asked,
        })
    }
}
