//! What must be done whether or not anybody asks: expiring and warning of it, writing down last uses and notices,
//! watching over the store's custody, forgetting what is old.

mod expiry;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use valetkey_domain::BootTime;
use valetkey_domain::oauth::GRANT_TIME;
use valetkey_store::CustodyState;

use crate::gate::{Connected, CutReason};
use crate::oauth::UNUSED_TIME;
use crate::sign_in::{Errands, Notice, is_still_accepted};
use crate::{Accounts, AccountsError, Stop, chain};

/// How often the store's custody is looked at.
const CUSTODY_LOOK: Duration = Duration::from_millis(100);
/// How often what is old is forgotten.
const PRUNING: Duration = Duration::from_secs(3600);
/// How long a code or an access token is recognised after its time.
const TOKENS_KEPT: Duration = Duration::from_secs(86_400);
/// How often one looks for what has waited for approval in vain.
const APPROVALS_LOOK: Duration = Duration::from_mins(1);
/// How often one looks for second factors that are to go.
const FACTORS_LOOK: Duration = Duration::from_mins(1);
/// How often one looks whom to warn, and what has failed.
const REMINDING: Duration = Duration::from_secs(3600);
/// Rows of last uses written in one transaction.
const USES_PER_WRITE: usize = 500;
/// Uses looked up again in one reading.
const USES_PER_READ: usize = 500;
/// How often one looks whether a key of ID tokens is due.
const KEYS_LOOK: Duration = Duration::from_mins(10);
/// How often passwords that apps sent are looked at, one of them by hashing.
const SUSPECT_LOOK: Duration = Duration::from_millis(250);

/// The background work of [`Accounts`].
pub struct Caretaker {
    accounts: Arc<Accounts>,
    notices: mpsc::Receiver<Notice>,
}

impl Caretaker {
    pub(crate) fn new(accounts: Arc<Accounts>, notices: mpsc::Receiver<Notice>) -> Self {
        Self { accounts, notices }
    }

    /// Runs until it is time to stop, then writes down what is left.
    pub async fn run(self, stop: Stop) {
        let Self { accounts, notices } = self;
        let mut tasks = JoinSet::new();
        tasks.spawn(expiry::cut_in_time(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(expiry::expire(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(write_uses(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(hear(Arc::clone(&accounts), notices, stop.clone()));
        tasks.spawn(watch_custody(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(remove_factors(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(forget_approvals(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(remind(Arc::clone(&accounts), stop.clone()));
        if accounts.settings.signs_id_tokens {
            tasks.spawn(turn_keys(Arc::clone(&accounts), stop.clone()));
        }
        tasks.spawn(prune(accounts, stop));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of the caretaker ended badly");
            }
        }
    }
}

async fn write_uses(accounts: Arc<Accounts>, mut stop: Stop) {
    loop {
        let go_on = stop.pause(accounts.settings.last_use_interval).await;
        let mut uses = accounts.last_uses.take();
        while !uses.is_empty() {
            let batch: Vec<_> = uses.split_off(uses.len().saturating_sub(USES_PER_WRITE));
            let rows = batch.clone();
            let written = accounts.add(move |tx| Ok(rows.iter().try_for_each(|used| tx.note_use(used))?)).await;
            if let Err(error) = written {
                tracing::warn!(error = %chain(&error), "last uses could not be written; they are kept for the next time");
                accounts.last_uses.put_back(batch);
                accounts.last_uses.put_back(uses);
                break;
            }
        }
        if !go_on {
            return;
        }
    }
}

async fn hear(accounts: Arc<Accounts>, mut notices: mpsc::Receiver<Notice>, mut stop: Stop) {
    let mut errands = Errands::new();
    let mut writing = tokio::time::interval(accounts.settings.notice_interval);
    let mut looking = tokio::time::interval(SUSPECT_LOOK);
    looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.asked() => break,
            _ = writing.tick() => errands.write_down(&accounts).await,
            // However many notices come in.
            _ = looking.tick(), if errands.has_suspects() => errands.look_at_suspects(&accounts).await,
            Some(notice) = notices.recv() => errands.take(&accounts, notice).await,
        }
    }
    while let Ok(notice) = notices.try_recv() {
        errands.take(&accounts, notice).await;
    }
    errands.write_down(&accounts).await;
}

/// While the store is not held, nothing is accepted: the gate sees to that. Here, connections that outlive their grace
/// are cut, and when the store is back, memory is brought in step with it. The grace runs until that is done: a store
/// that is back and cannot be read is of no more use than one that is lost.
async fn watch_custody(accounts: Arc<Accounts>, mut stop: Stop) {
    let mut lost_since: Option<BootTime> = None;
    while stop.pause(CUSTODY_LOOK).await {
        let state = accounts.store.custody().state();
        if state == CustodyState::Held {
            lost_since = None;
            continue;
        }
        let since = *lost_since.get_or_insert_with(|| accounts.clock.boot_time());
        keep_to_the_grace(&accounts, since).await;
        let CustodyState::Back { losses } = state else { continue };
        match bring_in_step(&accounts, since).await {
            Ok(cut) => {
                tracing::warn!(cut, "the store is back, and memory is in step with it");
                accounts.store.custody().take_up_again(losses);
                lost_since = None;
            }
            Err(error) => tracing::warn!(error = %chain(&error), "the store is back, but could not be read"),
        }
    }
}

/// Cuts everything if the store has been lost for longer than connections may outlive it.
async fn keep_to_the_grace(accounts: &Arc<Accounts>, lost_since: BootTime) {
    if accounts.clock.boot_time().since(lost_since) <= accounts.settings.store_lost_grace {
        return;
    }
    let gate = Arc::clone(accounts);
    let cut = tokio::task::spawn_blocking(move || gate.gate.cut_everything(CutReason::StoreLost)).await;
    if let Ok(closed @ 1..) = cut {
        tracing::error!(closed, "the store was lost for too long: every connection was closed");
    }
}

/// Empties memory, looks up every use again, and cuts what the store does not accept any more. Says how many were open.
///
/// Pending ones too: a sign-in may have made its last check before the store was lost, and open its use at any moment.
async fn bring_in_step(accounts: &Arc<Accounts>, lost_since: BootTime) -> Result<usize, AccountsError> {
    accounts.gate.forget_all();
    let mut open = accounts.gate.registered();
    let mut cut = 0;
    while !open.is_empty() {
        keep_to_the_grace(accounts, lost_since).await;
        let batch: Vec<Connected> = open.split_off(open.len().saturating_sub(USES_PER_READ));
        let now = accounts.clock.now();
        let ended = accounts
            .store
            .read(move |s| {
                let mut ended = Vec::new();
                for used in &batch {
                    if !is_still_accepted(s, used, now)? {
                        ended.push((used.account, used.number));
                    }
                }
                Ok::<_, AccountsError>(ended)
            })
            .await?;
        let is_cut = |(account, number): &(_, u64)| accounts.gate.cut_one(*account, *number, CutReason::Revoked);
        cut += ended.iter().filter(|used| is_cut(used)).count();
    }
    Ok(cut)
}

/// Removes second factors of which staff asked it, once their owner's time to stop it is over.
async fn remove_factors(accounts: Arc<Accounts>, mut stop: Stop) {
    while stop.pause(FACTORS_LOOK).await {
        if let Err(error) = accounts.remove_due_factors().await {
            tracing::warn!(error = %chain(&error), "second factors that are to go could not be looked for");
        }
    }
}

/// Forgets what has waited for approval in vain: everybody may have something wait, so it does not lie there for long.
async fn forget_approvals(accounts: Arc<Accounts>, mut stop: Stop) {
    while stop.pause(APPROVALS_LOOK).await {
        if let Err(error) = accounts.forget_approvals().await {
            tracing::warn!(error = %chain(&error), "what has waited for approval in vain could not be forgotten");
        }
    }
}

/// Warns of app passwords that expire soon, and tells administrators once a day what has failed.
async fn remind(accounts: Arc<Accounts>, mut stop: Stop) {
    loop {
        if let Err(error) = accounts.warn_of_expiry().await {
            tracing::warn!(error = %chain(&error), "app passwords that expire soon could not be looked for");
        }
        if let Err(error) = accounts.tell_what_failed().await {
            tracing::warn!(error = %chain(&error), "what has failed could not be looked for");
        }
        if !stop.pause(REMINDING).await {
            return;
        }
    }
}

/// Makes keys of ID tokens before they are due, and forgets those that are over.
async fn turn_keys(accounts: Arc<Accounts>, mut stop: Stop) {
    loop {
        if let Err(error) = accounts.turn_signing_keys().await {
            tracing::warn!(error = %chain(&error), "keys of ID tokens could not be looked after");
        }
        if !stop.pause(KEYS_LOOK).await {
            return;
        }
    }
}

/// Forgets what is old: at the start, since servers may be restarted more often than that, and then now and then.
async fn prune(accounts: Arc<Accounts>, mut stop: Stop) {
    loop {
        match forget_old(&accounts, &stop).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "what was older than its retention was forgotten"),
            Err(error) => tracing::warn!(error = %chain(&error), "what is old could not be forgotten"),
        }
        if !stop.pause(PRUNING).await {
            return;
        }
    }
}

/// Forgets in transactions of a bounded size, until none finds anything. Says how many rows went.
async fn forget_old(accounts: &Arc<Accounts>, stop: &Stop) -> Result<u64, AccountsError> {
    let now = accounts.clock.now();
    let (audit, ended) = (now - accounts.settings.audit_retention, now - accounts.settings.ended_retention);
    // By a used refresh token a theft is seen, for as long as its app would go on by itself.
    let used = now - accounts.settings.ended_retention.max(GRANT_TIME);
    let session = now - accounts.settings.session_max;
    let browser = now - accounts.settings.audit_retention;
    let old_password = now - accounts.settings.old_password_retention;
    let (done, left) = (now - Duration::from_secs(7 * 86_400), now - Duration::from_secs(30 * 86_400));
    let mut all = 0;
    while !stop.is_asked() {
        let this = Arc::clone(accounts);
        let some = accounts
            .add(move |tx| {
                Ok(tx.prune_audit(audit)?
                    + tx.prune_app_passwords(ended)?
                    + tx.prune_grants(ended)?
                    + tx.prune_access_tokens(now - TOKENS_KEPT)?
                    + tx.prune_refresh_tokens(used)?
                    + tx.prune_authorisation_codes(now - TOKENS_KEPT)?
                    + tx.prune_approvals(now - TOKENS_KEPT)?
                    + tx.prune_oauth_clients(now - UNUSED_TIME)?
                    + tx.prune_left_oauth_clients(ended)?
                    + tx.prune_outbox(done, left)?
                    + tx.prune_sign_outs(done)?
                    + this.forget_what_nobody_tells(tx, now)?
                    + tx.prune_login_names(now)?
                    + tx.prune_sessions(session)?
                    + tx.prune_links(now)?
                    + tx.prune_browsers(browser)?
                    + tx.prune_old_passwords(old_password)?)
            })
            .await?;
        if some == 0 {
            break;
        }
        all += some;
    }
    Ok(all)
}
