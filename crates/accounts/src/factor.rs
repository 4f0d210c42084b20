//! Second factors: authenticator apps and recovery codes.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{
    AccountId, Digest, FactorId, Kind, Label, Plain, RECOVERY_CODES, RecoveryCode, RevocationReason, Timestamp,
    TotpCode, TotpSeed, provisioning_uri,
};
use valetkey_store::{NewFactor, Transaction};

use crate::gate::Credentials;
use crate::journal::{Event, nothing};
use crate::password::{lock_passed, refuse_devices};
use crate::{Accounts, AccountsError, Passed, open};

/// What somebody shows as second factor.
pub enum SecondFactor {
    /// Six digits from an authenticator app.
    Totp(TotpCode),
    /// A recovery code, used up by this.
    Recovery(RecoveryCode),
}

/// A seed to be put into an authenticator app, not yet kept.
pub struct TotpOffer {
    /// The seed.
    pub seed: TotpSeed,
    /// The address for the QR code.
    pub uri: Plain<String>,
}

/// An authenticator app that was added.
pub struct EnrolledTotp {
    /// Which.
    pub id: FactorId,
    /// With an account's first second factor: its recovery codes, to be shown once.
    pub recovery_codes: Vec<RecoveryCode>,
}

/// What removing a second factor led to.
#[derive(Debug, Clone, Copy)]
pub struct RemovedFactor {
    /// Whether it was the last one, so that everything was revoked.
    pub was_last: bool,
    /// How many app passwords were revoked.
    pub revoked: usize,
    /// How many connections were closed.
    pub closed: usize,
}

impl Accounts {
    /// Checks a second factor of somebody who just knew the primary password, which must still be the one, and says who they now are to the policy.
    pub async fn check_second_factor(
        self: &Arc<Self>,
        passed: &Passed,
        shown: SecondFactor,
    ) -> Result<Actor, AccountsError> {
        let (account, passed, now) = (passed.account(), passed.clone(), self.clock.now());
        let standing = move |tx: &mut Transaction<'_>| Ok(lock_passed(tx, &passed)?.role);
        let role = self.with_second_factor(account, shown, standing, |_, role| Ok(role)).await?;
        Ok(Actor::Holder { account, role, second_factor_at: Some(now) })
    }

    /// Checks a second factor and, if it is right, does in the same transaction what it was shown for. `standing` comes
    /// first: it locks the account, and says whether whoever shows it is in a position to.
    pub(crate) async fn with_second_factor<S, T: Send + 'static>(
        self: &Arc<Self>,
        account: AccountId,
        shown: SecondFactor,
        mut standing: impl FnMut(&mut Transaction<'_>) -> Result<S, AccountsError> + Send + 'static,
        mut then: impl FnMut(&mut Transaction<'_>, S) -> Result<T, AccountsError> + Send + 'static,
    ) -> Result<T, AccountsError> {
        let key = self.guess_key(account);
        self.count_guess(key)?;
        let (this, now) = (Arc::clone(self), self.clock.now());
        let done = self
            .add(move |tx| {
                let who = standing(tx)?;
                let right = match &shown {
                    SecondFactor::Totp(code) => this.use_totp(tx, account, *code, now)?,
                    SecondFactor::Recovery(code) => this.use_recovery_code(tx, account, code, now)?,
                };
                if right { then(tx, who).map(Some) } else { Ok(None) }
            })
            .await
            .inspect_err(|_| self.take_back_guess(key))?;
        let done = done.ok_or(AccountsError::WrongCode)?;
        self.take_back_guess(key);
        Ok(done)
    }

    fn use_totp(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        code: TotpCode,
        now: Timestamp,
    ) -> Result<bool, AccountsError> {
        for factor in tx.totp_factors(account, &self.keys)? {
            if let Some(step) = factor.seed.check(code, now, factor.last_step) {
                // Whoever shows the same code at the same time finds the step used.
                return Ok(tx.use_totp(factor.id, step, now)?);
            }
        }
        Ok(false)
    }

    fn use_recovery_code(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        code: &RecoveryCode,
        now: Timestamp,
    ) -> Result<bool, AccountsError> {
        let digests: Vec<Digest> =
            self.keys.recovery_digests(account, code.expose()).map(|(_, digest)| digest).collect();
        for digest in digests {
            if tx.use_recovery_code(account, &digest, now)? {
                let actor = Actor::Holder { account, role: None, second_factor_at: Some(now) };
                let detail = json!({ "left": tx.recovery_codes_left(account)? });
                self.record_by(tx, &actor, account, Event::RecoveryCodeUsed, None, &detail)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A new seed for an authenticator app, for whoever may enrol it. It counts once it is enrolled.
    pub async fn offer_totp(self: &Arc<Self>, actor: &Actor, account: AccountId) -> Result<TotpOffer, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let found = self
            .store
            .read(move |s| {
                let found = open(s.account(account)?)?;
                let _: Permit<act::EnrolSecondFactor> = this.permit(&actor, &found)?;
                refuse_devices(found.kind)?;
                Ok::<_, AccountsError>(found)
            })
            .await?;
        let seed = TotpSeed::generate(&*self.randomness);
        let uri = provisioning_uri(&seed, &self.settings.issuer, found.canonical_login());
        Ok(TotpOffer { seed, uri })
    }

    /// Adds an authenticator app. The code from it shows that the seed arrived; an operator who hands the seed over may
    /// leave it out. With the first second factor come recovery codes.
    pub async fn enrol_totp(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        label: Label,
        seed: TotpSeed,
        code: Option<TotpCode>,
    ) -> Result<EnrolledTotp, AccountsError> {
        let now = self.clock.now();
        let step = match code {
            Some(code) => Some(seed.check(code, now, None).ok_or(AccountsError::WrongCode)?),
            None if matches!(actor, Actor::Operator { .. }) => None,
            None => return Err(AccountsError::WrongCode),
        };
        let id = FactorId::new(now, &*self.randomness);
        let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&*self.randomness)).collect();
        let digests = self.digests(account, &codes);
        let (this, actor) = (Arc::clone(self), actor.clone());
        let is_first = self
            .add(move |tx| {
                let (found, permit) = this.lock::<act::EnrolSecondFactor>(tx, &actor, account)?;
                if found.kind == Kind::Device {
                    return Err(AccountsError::Device);
                }
                let is_first = tx.second_factors(account)?.is_empty();
                let new =
                    NewFactor { id, account, kind: "totp", label: &label, content: seed.expose(), created_at: now };
                tx.insert_factor(&this.keys, &*this.randomness, &new)?;
                if let Some(step) = step {
                    tx.use_totp(id, step, now)?;
                }
                if is_first {
                    tx.replace_recovery_codes(account, this.keys.current_id(), &digests, now)?;
                }
                let detail = json!({ "kind": "totp", "label": label.as_str() });
                this.record(tx, &permit, Event::FactorAdded, None, &detail)?;
                Ok(is_first)
            })
            .await?;
        Ok(EnrolledTotp { id, recovery_codes: if is_first { codes } else { Vec::new() } })
    }

    /// Replaces an account's recovery codes.
    pub async fn replace_recovery_codes(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Vec<RecoveryCode>, AccountsError> {
        let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&*self.randomness)).collect();
        let digests = self.digests(account, &codes);
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (_, permit) = this.lock::<act::EnrolSecondFactor>(tx, &actor, account)?;
            if tx.second_factors(account)?.is_empty() {
                return Err(AccountsError::NoSecondFactor);
            }
            tx.replace_recovery_codes(account, this.keys.current_id(), &digests, this.clock.now())?;
            this.record(tx, &permit, Event::RecoveryCodesMade, None, &nothing())
        })
        .await?;
        Ok(codes)
    }

    /// Removes a second factor. With the last one go the recovery codes and all app passwords.
    pub async fn remove_second_factor(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        factor: FactorId,
    ) -> Result<RemovedFactor, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let changed = self
            .change(move |tx| {
                let (found, permit) = this.lock::<act::RemoveSecondFactor>(tx, &actor, account)?;
                if !tx.delete_second_factor(account, factor)? {
                    return Err(AccountsError::NoSuchFactor);
                }
                let was_last = tx.second_factors(account)?.is_empty();
                this.record(tx, &permit, Event::FactorRemoved, None, &json!({ "was_last": was_last }))?;
                let mut revoked = 0;
                if was_last {
                    tx.delete_sessions(account, None)?;
                    tx.replace_recovery_codes(account, this.keys.current_id(), &[], this.clock.now())?;
                    revoked = this.revoke_everything(tx, &permit, RevocationReason::SecondFactorRemoved)?;
                }
                let credentials = if was_last { Credentials::All } else { Credentials::None };
                Ok(((was_last, revoked), this.change_of(&found, credentials)))
            })
            .await?;
        let (was_last, revoked) = changed.value;
        Ok(RemovedFactor { was_last, revoked, closed: changed.closed })
    }

    fn digests(&self, account: AccountId, codes: &[RecoveryCode]) -> Vec<Digest> {
        codes
            .iter()
            .filter_map(|code| self.keys.recovery_digests(account, code.expose()).next().map(|(_, d)| d))
            .collect()
    }
}
