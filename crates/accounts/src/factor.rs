//! Second factors: authenticator apps and recovery codes; passkeys have a file of their own.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{
    AccountId, Digest, FactorId, Label, Plain, RECOVERY_CODES, RecoveryCode, RevocationReason, SessionId, Timestamp,
    TotpCode, TotpSeed, TotpStep, provisioning_uri,
};
use valetkey_store::{NewFactor, Transaction};

use crate::gate::Credentials;
use crate::guesses::{At, Guess};
use crate::journal::{Event, nothing};
use crate::passkey::{Answer, PasskeyShown};
use crate::password::{lock_passed, refuse_devices};
use crate::{Accounts, AccountsError, AppCounts, Asked, Ending, Passed, open};

/// What somebody shows as second factor.
pub enum SecondFactor {
    /// Six digits from an authenticator app.
    Totp(TotpCode),
    /// A recovery code, used up by this.
    Recovery(RecoveryCode),
    /// What a passkey answered to a challenge.
    Passkey(PasskeyShown),
}

/// A seed to be put into an authenticator app, not yet kept.
pub struct TotpOffer {
    /// The seed.
    pub seed: TotpSeed,
    /// The address for the QR code.
    pub uri: Plain<String>,
}

/// A second factor that was added.
pub struct EnrolledFactor {
    /// Which.
    pub id: FactorId,
    /// With an account's first second factor: its recovery codes, to be shown once.
    pub recovery_codes: Vec<RecoveryCode>,
}

/// The most second factors that an account may have: a sign-in looks at each.
const FACTORS_MAX: usize = 20;

/// A second factor to be kept.
pub(crate) struct AddFactor {
    pub(crate) kind: &'static str,
    pub(crate) label: Label,
    pub(crate) content: Plain<Vec<u8>>,
    /// The step of which a code was shown already.
    pub(crate) used: Option<TotpStep>,
}

/// What somebody shows, made ready to be looked at.
pub(crate) enum Presented {
    Totp(TotpCode),
    Recovery(RecoveryCode),
    Passkey(Box<Answer>),
}

/// What removing a second factor led to.
#[derive(Debug, Clone, Copy)]
pub struct RemovedFactor {
    /// Whether it was the last one, so that everything was revoked.
    pub was_last: bool,
    /// What was revoked and removed.
    pub revoked: AppCounts,
    /// How many connections were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
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
        let guess = self.guess(&At::Factor(account), None);
        let role = self.with_second_factor(account, guess, shown, standing, |_, role| Ok(role)).await?;
        Ok(Actor::Holder { account, role, second_factor_at: Some(now) })
    }

    /// Checks a second factor and, if it is right, does in the same transaction what it was shown for. `standing` comes
    /// first: it locks the account, and says whether whoever shows it is in a position to.
    pub(crate) async fn with_second_factor<S, T: Send + 'static>(
        self: &Arc<Self>,
        account: AccountId,
        guess: Guess,
        shown: SecondFactor,
        mut standing: impl FnMut(&mut Transaction<'_>) -> Result<S, AccountsError> + Send + 'static,
        mut then: impl FnMut(&mut Transaction<'_>, S) -> Result<T, AccountsError> + Send + 'static,
    ) -> Result<T, AccountsError> {
        self.count_guess(guess)?;
        let presented = self.presented(shown)?;
        let this = Arc::clone(self);
        let done = self
            .add(move |tx| {
                let who = standing(tx)?;
                this.use_factor(tx, account, &presented)?;
                then(tx, who)
            })
            .await;
        // What was not looked at, or was right, was no wrong guess. What a passkey answers is not guessed.
        if !matches!(done, Err(AccountsError::WrongCode)) {
            self.take_back_guess(guess);
        }
        done
    }

    /// What somebody shows, made ready to be looked at inside a transaction.
    pub(crate) fn presented(&self, shown: SecondFactor) -> Result<Presented, AccountsError> {
        Ok(match shown {
            SecondFactor::Totp(code) => Presented::Totp(code),
            SecondFactor::Recovery(code) => Presented::Recovery(code),
            SecondFactor::Passkey(shown) => Presented::Passkey(Box::new(self.answer_to_challenge(&shown)?)),
        })
    }

    /// Looks at a second factor, and notes that it was used.
    pub(crate) fn use_factor(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        presented: &Presented,
    ) -> Result<(), AccountsError> {
        let now = self.clock.now();
        let right = match presented {
            Presented::Totp(code) => self.use_totp(tx, account, *code, now)?,
            Presented::Recovery(code) => self.use_recovery_code(tx, account, code, now)?,
            Presented::Passkey(answer) => return self.use_passkey(tx, account, answer, now),
        };
        if right { Ok(()) } else { Err(AccountsError::WrongCode) }
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
    ) -> Result<EnrolledFactor, AccountsError> {
        let used = match code {
            Some(code) => Some(seed.check(code, self.clock.now(), None).ok_or(AccountsError::WrongCode)?),
            None if matches!(actor, Actor::Operator { .. }) => None,
            None => return Err(AccountsError::WrongCode),
        };
        self.add_factor(
            actor,
            account,
            AddFactor { kind: "totp", label, content: Plain::new(seed.expose().to_vec()), used },
        )
        .await
    }

    /// Keeps a new second factor. With the first one come recovery codes.
    pub(crate) async fn add_factor(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        new: AddFactor,
    ) -> Result<EnrolledFactor, AccountsError> {
        let now = self.clock.now();
        let id = FactorId::new(now, &*self.randomness);
        let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&*self.randomness)).collect();
        let digests = self.digests(account, &codes);
        let (this, actor) = (Arc::clone(self), actor.clone());
        let is_first = self
            .add(move |tx| {
                let (found, permit) = this.lock::<act::EnrolSecondFactor>(tx, &actor, account)?;
                refuse_devices(found.kind)?;
                let there = tx.second_factors(account)?;
                if there.len() >= FACTORS_MAX {
                    return Err(AccountsError::TooManyFactors);
                }
                let AddFactor { kind, label, content, used } = &new;
                let row = NewFactor { id, account, kind, label, content: content.expose(), created_at: now };
                tx.insert_factor(&this.keys, &*this.randomness, &row)?;
                if let Some(step) = used {
                    tx.use_totp(id, *step, now)?;
                }
                if there.is_empty() {
                    tx.replace_recovery_codes(account, this.keys.current_id(), &digests, now)?;
                }
                let detail = json!({ "kind": kind, "label": label.as_str() });
                this.record(tx, &permit, Event::FactorAdded, None, &detail)?;
                Ok(there.is_empty())
            })
            .await?;
        Ok(EnrolledFactor { id, recovery_codes: if is_first { codes } else { Vec::new() } })
    }

    /// Gives a second factor another name.
    pub async fn rename_factor(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        factor: FactorId,
        label: Label,
    ) -> Result<(), AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (_, permit) = this.lock::<act::ChangeProfile>(tx, &actor, account)?;
            if !tx.rename_factor(account, factor, &label)? {
                return Err(AccountsError::NoSuchFactor);
            }
            this.record(tx, &permit, Event::FactorRenamed, None, &json!({ "label": label.as_str() }))
        })
        .await
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

    /// Removes a second factor. With the last one go the recovery codes, all app passwords and all authorised apps, and every
    /// browser but the one in which it was done is signed out.
    pub async fn remove_second_factor(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        factor: FactorId,
        kept: Option<SessionId>,
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
                let revoked = if was_last { this.end_with_factors(tx, &permit, kept)? } else { AppCounts::default() };
                let credentials = if was_last { Credentials::All } else { Credentials::None };
                let why = Ending::Revoked(RevocationReason::SecondFactorRemoved);
                Ok(((was_last, revoked), this.taken(&found, credentials, why)))
            })
            .await?;
        let (was_last, revoked) = changed.value;
        Ok(RemovedFactor { was_last, revoked, closed: changed.closed, asked: changed.asked })
    }

    /// What goes with the last second factor. Says what was revoked and removed.
    pub(crate) fn end_with_factors(
        &self,
        tx: &mut Transaction<'_>,
        permit: &Permit<act::RemoveSecondFactor>,
        kept: Option<SessionId>,
    ) -> Result<AppCounts, AccountsError> {
        let account = permit.account();
        tx.delete_sessions(account, kept)?;
        tx.distrust_browsers(account)?;
        tx.set_factors_end(account, None)?; // there is nothing left to be removed
        tx.replace_recovery_codes(account, self.keys.current_id(), &[], self.clock.now())?;
        self.revoke_everything(tx, permit, RevocationReason::SecondFactorRemoved)
    }

    fn digests(&self, account: AccountId, codes: &[RecoveryCode]) -> Vec<Digest> {
        codes
            .iter()
            .filter_map(|code| self.keys.recovery_digests(account, code.expose()).next().map(|(_, d)| d))
            .collect()
    }
}
