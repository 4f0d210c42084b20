//! What must be done whether or not anybody asks: expiring, writing down last uses and notices, watching over the
//! store's custody, forgetting what is old.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use valetkey_domain::{BootTime, Timestamp};
use valetkey_store::CustodyState;

use crate::gate::{Connected, CutReason};
use crate::sign_in::{Errands, Notice, is_still_accepted};
use crate::{Accounts, AccountsError, Stop, chain};

/// How often the store's custody is looked at.
const CUSTODY_LOOK: Duration = Duration::from_millis(100);
/// How long the expiry task sleeps at most. A clock that is set forward is noticed within this.
const EXPIRY_SLEEP_MAX: Duration = Duration::from_secs(10);
/// How often what is old is forgotten.
const PRUNING: Duration = Duration::from_secs(3600);
/// Rows of last uses written in one transaction.
const USES_PER_WRITE: usize = 500;
/// Uses looked up again in one reading.
const USES_PER_READ: usize = 500;
/// How long a suspect waits for the hashing threads to be idle before one looks again.
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
        tasks.spawn(expire(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(write_uses(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(hear(Arc::clone(&accounts), notices, stop.clone()));
        tasks.spawn(watch_custody(Arc::clone(&accounts), stop.clone()));
        tasks.spawn(prune(accounts, stop));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of the caretaker ended badly");
            }
        }
    }
}

async fn expire(accounts: Arc<Accounts>, mut stop: Stop) {
    loop {
        let sleep = match expire_overdue(&accounts).await {
            Ok(next) => next.map_or(EXPIRY_SLEEP_MAX, |end| end.since(accounts.clock.now()).min(EXPIRY_SLEEP_MAX)),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "app passwords whose time is over could not be looked for");
                CUSTODY_LOOK
            }
        };
        tokio::select! {
            go_on = stop.pause(sleep.max(Duration::from_millis(1))) => if !go_on { return },
            () = accounts.expiry_changed.notified() => {}
        }
    }
}

/// Expires what is overdue, and says when the next will be.
async fn expire_overdue(accounts: &Arc<Accounts>) -> Result<Option<Timestamp>, AccountsError> {
    let now = accounts.clock.now();
    let read = move |s: &mut valetkey_store::Snapshot<'_>| {
        Ok::<_, AccountsError>((s.overdue_app_passwords(now, 100)?, s.next_expiry()?))
    };
    let (overdue, next) = accounts.store.read(read).await?;
    if overdue.is_empty() {
        return Ok(next);
    }
    for (account, id) in overdue {
        accounts.expire_app_password(account, id).await?;
    }
    Ok(Some(now)) // look again at once: there may be more
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
    loop {
        let suspects_wait = if errands.has_suspects() { SUSPECT_LOOK } else { PRUNING };
        tokio::select! {
            biased;
            () = stop.asked() => break,
            _ = writing.tick() => errands.write_down(&accounts).await,
            Some(notice) = notices.recv() => errands.take(&accounts, notice).await,
            () = tokio::time::sleep(suspects_wait) => errands.look_at_a_suspect(&accounts).await,
        }
    }
    while let Ok(notice) = notices.try_recv() {
        errands.take(&accounts, notice).await;
    }
    errands.write_down(&accounts).await;
}

/// While the store is not held, nothing is accepted: the gate sees to that. Here, connections that outlive their grace
/// are cut, and when the store is back, memory is brought in step with it.
async fn watch_custody(accounts: Arc<Accounts>, mut stop: Stop) {
    let mut lost_since: Option<BootTime> = None;
    while stop.pause(CUSTODY_LOOK).await {
        match accounts.store.custody().state() {
            CustodyState::Held => lost_since = None,
            CustodyState::Lost => {
                let since = *lost_since.get_or_insert_with(|| accounts.clock.boot_time());
                if accounts.clock.boot_time().since(since) > accounts.settings.store_lost_grace {
                    let gate = Arc::clone(&accounts);
                    let cut = tokio::task::spawn_blocking(move || gate.gate.cut_everything(CutReason::StoreLost)).await;
                    if let Ok(closed @ 1..) = cut {
                        tracing::error!(closed, "the store was lost for too long: every connection was closed");
                    }
                }
            }
            CustodyState::Back { losses } => match bring_in_step(&accounts).await {
                Ok(cut) => {
                    tracing::warn!(cut, "the store is back, and memory is in step with it");
                    accounts.store.custody().take_up_again(losses);
                    lost_since = None;
                }
                Err(error) => tracing::warn!(error = %chain(&error), "the store is back, but could not be read"),
            },
        }
    }
}

/// Empties memory, looks up every open use again, and cuts what the store does not accept any more. Says how many.
async fn bring_in_step(accounts: &Arc<Accounts>) -> Result<usize, AccountsError> {
    accounts.gate.forget_all();
    let mut open = accounts.gate.connected(None, usize::MAX);
    let mut cut = 0;
    while !open.is_empty() {
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

async fn prune(accounts: Arc<Accounts>, mut stop: Stop) {
    while stop.pause(PRUNING).await {
        let now = accounts.clock.now();
        let (audit, ended) = (now - accounts.settings.audit_retention, now - accounts.settings.ended_retention);
        let (done, left) = (now - Duration::from_secs(7 * 86_400), now - Duration::from_secs(30 * 86_400));
        let pruned = accounts
            .add(move |tx| Ok(tx.prune_audit(audit)? + tx.prune_app_passwords(ended)? + tx.prune_outbox(done, left)?))
            .await;
        match pruned {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "what was older than its retention was forgotten"),
            Err(error) => tracing::warn!(error = %chain(&error), "what is old could not be forgotten"),
        }
    }
}
