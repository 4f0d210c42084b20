//! Letters that nobody's doing leads to: an app password expires soon, and what has failed in a day. For the caretaker.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use valetkey_domain::{EventId, Timestamp};
use valetkey_store::{Expiring, Happened, NewErrand, Transaction};

use super::Failures;
use crate::journal::Event;
use crate::sign_in::{DAY_MILLIS, once_a_day};
use crate::{Accounts, AccountsError};

/// So many days before the end of an app password its owner is warned, the nearest first: of several that have passed
/// while no server ran, only that one is sent.
const STAGES: [u32; 3] = [1, 3, 14];
/// Warnings that are written down in one transaction.
const WARNINGS_PER_WRITE: usize = 100;
const DAY: Duration = Duration::from_secs(86_400);

impl Accounts {
    /// Leaves warnings of app passwords that expire soon, each once.
    pub(crate) async fn warn_of_expiry(self: &Arc<Self>) -> Result<(), AccountsError> {
        for days in STAGES {
            loop {
                let now = self.clock.now();
                let read = move |s: &mut valetkey_store::Snapshot<'_>| {
                    Ok::<_, AccountsError>(s.expiring_app_passwords(now, days, WARNINGS_PER_WRITE)?)
                };
                let expiring = self.store.read(read).await?;
                if expiring.is_empty() {
                    break;
                }
                let this = Arc::clone(self);
                self.add(move |tx| expiring.iter().try_for_each(|one| this.warn(tx, one, days, now))).await?;
            }
        }
        Ok(())
    }

    fn warn(
        &self,
        tx: &mut Transaction<'_>,
        expiring: &Expiring,
        days: u32,
        now: Timestamp,
    ) -> Result<(), AccountsError> {
        if !tx.note_warning(expiring, days)? {
            return Ok(()); // it was revoked meanwhile
        }
        let left = expiring.expires_at.since(now).as_millis().div_ceil(DAY.as_millis());
        let detail = json!({ "days": u64::try_from(left).unwrap_or(1), "expires_at": expiring.expires_at.to_string() });
        tx.leave_errand(&NewErrand {
            id: EventId::new(now, &*self.randomness),
            kind: Event::AppPasswordExpiresSoon.name(),
            account: Some(expiring.account),
            credential: Some(expiring.id.into()),
            detail: detail.to_string(),
            created_at: now,
            due_at: now,
        })?;
        Ok(())
    }

    /// Tells each administrator what failed yesterday (UTC), once; nothing if nothing did.
    pub(crate) async fn tell_what_failed(self: &Arc<Self>) -> Result<(), AccountsError> {
        let now = self.clock.now();
        let midnight = Timestamp::from_millis(now.as_millis().div_euclid(DAY_MILLIS) * DAY_MILLIS);
        let read = move |s: &mut valetkey_store::Snapshot<'_>| {
            let (happened, removals) = (s.happened(midnight - DAY, midnight)?, s.factors_to_end()?);
            let failures = failures(&happened, removals);
            let readers = if failures.is_none() { Vec::new() } else { s.administrators_with_notices()? };
            Ok::<_, AccountsError>((failures, readers))
        };
        let (failures, readers) = self.store.read(read).await?;
        if readers.is_empty() {
            return Ok(());
        }
        self.add(move |tx| {
            for reader in &readers {
                tx.leave_errand(&NewErrand {
                    id: once_a_day(reader.as_bytes(), now),
                    kind: Event::FailuresOfTheDay.name(),
                    account: Some(*reader),
                    credential: None,
                    detail: failures.write().to_string(),
                    created_at: now,
                    due_at: now,
                })?;
            }
            Ok(())
        })
        .await
    }
}

fn failures(happened: &[Happened], removals: usize) -> Failures {
    let found = |event: Event| happened.iter().find(|one| one.action == event.name());
    Failures {
        letters: found(Event::LetterGivenUp).map_or(0, |one| one.times),
        sign_outs: found(Event::SignOutGivenUp).map_or(0, |one| one.times),
        tried_after_end: found(Event::RevokedAppPasswordTried).map_or(0, |one| one.accounts),
        primary_passwords: found(Event::PrimaryPasswordTried).map_or(0, |one| one.times),
        removals,
        suspended: found(Event::AccountSuspended).map_or(0, |one| one.accounts),
    }
}
