//! Removing the second factors of somebody who lost them all. Staff ask for it; the owner is told at once and has a day to
//! stop it, since whoever talked staff into it may be a thief.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, act};
use valetkey_domain::{AccountId, RevocationReason, Timestamp};

use crate::gate::Credentials;
use crate::journal::{Event, nothing};
use crate::password::refuse_devices;
use crate::{Accounts, AccountsError, Ending, chain};

const ENDING: Ending = Ending::Revoked(RevocationReason::SecondFactorRemoved);

impl Accounts {
    /// Has all second factors of an account removed after the time that its owner has to stop it. Says when; asked again,
    /// the time does not begin anew.
    pub async fn ask_factors_removal(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Timestamp, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (found, permit) = this.lock::<act::AskFactorsRemoval>(tx, &actor, account)?;
            refuse_devices(found.kind)?;
            if let Some(at) = found.factors_end_at {
                return Ok(at);
            }
            if tx.second_factors(account)?.is_empty() {
                return Err(AccountsError::NoSuchFactor);
            }
            let at = this.clock.now() + this.settings.factor_removal_wait;
            tx.set_factors_end(account, Some(at))?;
            this.record(tx, &permit, Event::FactorsRemovalAsked, None, &json!({ "at": at.to_string() }))?;
            Ok(at)
        })
        .await
    }

    /// Stops that; `false` if nobody had asked for it.
    pub async fn stop_factors_removal(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<bool, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (found, permit) = this.lock::<act::StopFactorsRemoval>(tx, &actor, account)?;
            if found.factors_end_at.is_none() {
                return Ok(false);
            }
            tx.set_factors_end(account, None)?;
            this.record(tx, &permit, Event::FactorsRemovalStopped, None, &nothing())?;
            Ok(true)
        })
        .await
    }

    /// Removes the second factors that were to go by now. For the caretaker.
    pub(crate) async fn remove_due_factors(self: &Arc<Self>) -> Result<(), AccountsError> {
        let now = self.clock.now();
        let due = self.store.read(move |s| Ok::<_, AccountsError>(s.accounts_whose_factors_end(now)?)).await?;
        for account in due {
            if let Err(error) = self.remove_all_factors(account).await {
                tracing::warn!(%account, error = %chain(&error), "second factors that were to go could not be removed");
            }
        }
        Ok(())
    }

    async fn remove_all_factors(self: &Arc<Self>, account: AccountId) -> Result<(), AccountsError> {
        let this = Arc::clone(self);
        self.change(move |tx| {
            let (found, permit) = this.lock::<act::RemoveSecondFactor>(tx, &Actor::System, account)?;
            // Its owner may have stopped it this very moment.
            if found.factors_end_at.is_none_or(|at| at > this.clock.now()) {
                return Ok(((), this.taken(&found, Credentials::None, ENDING)));
            }
            tx.set_factors_end(account, None)?;
            tx.delete_second_factors(account)?;
            this.record(tx, &permit, Event::FactorRemoved, None, &json!({ "was_last": true }))?;
            this.end_with_factors(tx, &permit, None)?;
            Ok(((), this.taken(&found, Credentials::All, ENDING)))
        })
        .await
        .map(drop)
    }
}
