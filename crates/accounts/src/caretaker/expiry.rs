//! What ends by itself: app passwords and apps' authorisations whose time is over. What came in by them is cut, and that is
//! written down as a revoke is, so that other servers are told and the audit log has it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use valetkey_domain::{AccountId, Timestamp};
use valetkey_store::{Overdue, Snapshot, StoreError};

use crate::{Accounts, AccountsError, Stop, chain};

/// How long the expiry task sleeps at most. A clock that is set forward is noticed within this.
const EXPIRY_SLEEP_MAX: Duration = Duration::from_secs(10);
/// How soon one tries again to write down what has expired. Its connections are cut by then.
const EXPIRY_RETRY: Duration = Duration::from_secs(1);
/// How late a connection is cut, at most, while a store that does not answer keeps the rest of expiring waiting.
const CUT_IN_TIME: Duration = Duration::from_secs(1);
/// What is overdue and looked up in one reading.
const OVERDUE_PER_READ: usize = 500;
/// What is overdue and written down side by side; the store commits it together.
const OVERDUE_AT_ONCE: usize = 50;

/// Cuts what came in by credentials whose time is known to be over, and asks nobody: a store that does not answer delays
/// nothing.
pub(super) async fn cut_in_time(accounts: Arc<Accounts>, mut stop: Stop) {
    while stop.pause(CUT_IN_TIME).await {
        cut_expired(&accounts).await;
    }
}

async fn cut_expired(accounts: &Arc<Accounts>) {
    let (gate, now) = (Arc::clone(accounts), accounts.clock.now());
    if let Ok(closed @ 1..) = tokio::task::spawn_blocking(move || gate.gate.cut_expired(now)).await {
        tracing::info!(closed, "the time of app passwords or of tokens is over: what came in by them was closed");
    }
}

pub(super) async fn expire(accounts: Arc<Accounts>, mut stop: Stop) {
    loop {
        let sleep = match expire_overdue(&accounts).await {
            Ok(next) => next.map_or(EXPIRY_SLEEP_MAX, |end| end.since(accounts.clock.now()).min(EXPIRY_SLEEP_MAX)),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "what has expired could not be looked for, or not be written down");
                EXPIRY_RETRY
            }
        };
        tokio::select! {
            go_on = stop.pause(sleep.max(Duration::from_millis(1))) => if !go_on { return },
            () = accounts.expiry_changed.notified() => {}
        }
    }
}

/// Expires what is overdue, and says when the next will be. That a time is over needs no store to be true: what came in by
/// it is cut first where memory knows it, and then it is written down as far as the store can be read and written.
async fn expire_overdue(accounts: &Arc<Accounts>) -> Result<Option<Timestamp>, AccountsError> {
    cut_expired(accounts).await;
    let now = accounts.clock.now();
    let app_passwords = write_down(
        accounts,
        move |s, after, at_most| s.overdue_app_passwords(now, after, at_most),
        |accounts, account, id| async move { accounts.expire_app_password(account, id).await },
    );
    let app_passwords = app_passwords.await;
    // Of one that may be renewed only the store knows when its time is over.
    let grants = write_down(
        accounts,
        move |s, after, at_most| s.overdue_grants(now, after, at_most),
        |accounts, account, id| async move { accounts.expire_grant(account, id).await },
    );
    // Whatever keeps the ones from being written down, the others do not wait for it.
    let grants = grants.await;
    if let (Err(_), Err(error)) = (&app_passwords, &grants) {
        tracing::warn!(error = %chain(error), "apps whose time is over could not be looked for, or not be written down");
    }
    match app_passwords?.max(grants?) {
        Written::Nothing => accounts.store.read(|s| Ok::<_, AccountsError>(s.next_expiry()?)).await,
        Written::All => Ok(Some(now)), // meanwhile there may be more
        Written::NotAll => Ok(Some(now + EXPIRY_RETRY)),
    }
}

/// How much of what is overdue was written down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Written {
    Nothing,
    All,
    NotAll,
}

/// Writes down what is overdue, a page after the other.
async fn write_down<I, R, W, F>(accounts: &Arc<Accounts>, read: R, write: W) -> Result<Written, AccountsError>
where
    I: Copy + Send + 'static,
    R: Fn(&mut Snapshot<'_>, Option<&Overdue<I>>, usize) -> Result<Vec<Overdue<I>>, StoreError>
        + Clone
        + Send
        + 'static,
    W: Fn(Arc<Accounts>, AccountId, I) -> F,
    F: Future<Output = Result<(), AccountsError>> + Send + 'static,
{
    let (mut last, mut all) = (None, Written::Nothing);
    loop {
        let (read, after) = (read.clone(), last);
        let page =
            accounts.store.read(move |s| Ok::<_, AccountsError>(read(s, after.as_ref(), OVERDUE_PER_READ)?)).await?;
        for some in page.chunks(OVERDUE_AT_ONCE) {
            let mut writing = JoinSet::new();
            for Overdue { account, id, .. } in some.iter().copied() {
                writing.spawn(write(Arc::clone(accounts), account, id));
            }
            let written = writing.join_all().await;
            let all_failed = written.iter().all(Result::is_err);
            all = all.max(Written::All);
            for error in written.into_iter().filter_map(Result::err) {
                if all_failed {
                    return Err(error); // what is left would meet the same
                }
                all = Written::NotAll;
                tracing::warn!(error = %chain(&error), "that something has expired could not be written down");
            }
        }
        last = page.last().copied();
        if page.len() < OVERDUE_PER_READ {
            return Ok(all);
        }
    }
}
