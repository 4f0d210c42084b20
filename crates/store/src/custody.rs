//! Who holds the store. One process at a time, until its last use is closed: a second one would revoke behind the
//! first one's memory.
//!
//! Beside an SQLite file it is a lock on `FILE.lock`, which the kernel drops when the process ends. In PostgreSQL it
//! is a session lock, and it is a *lease* besides: each renewal is a round trip on the session that holds the lock,
//! and it counts from before it was sent. Whoever takes the lock over from a process that did not say goodbye waits
//! until that process's lease must be over. So nobody accepts from memory while another may revoke.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;
use valetkey_domain::Clock;

use crate::engine::postgres::Address;
use crate::{OpenError, StoreError, chain};

/// How long a renewal holds, counted from before it was sent.
const LEASE: Duration = Duration::from_secs(5);
/// What of it is counted on: less than the whole, for the same reason as the margin.
const COUNTED: Duration = Duration::from_millis(4500);
/// By how much one machine's clock may run ahead of another's while a lease runs: a tenth, far more than any does.
const MARGIN: Duration = Duration::from_millis(500);
/// How often a lease is renewed.
const RENEWAL: Duration = Duration::from_secs(1);
/// How often a thread looks whether it is still wanted, or a file is still there.
const LOOK: Duration = Duration::from_millis(200);
/// How often a lost lock is tried for again.
const RETRY: Duration = Duration::from_millis(300);
/// How often, and so how long, a lock that is held is tried for at start: a process that was killed may not be
/// buried yet.
const TRIES_AT_START: u32 = 5;
/// The name of the session lock: "valetkey" as a number.
const LOCK: i64 = i64::from_be_bytes(*b"valetkey");

/// Whether this process holds the store.
pub struct Custody {
    /// How often the store was lost.
    losses: AtomicU64,
    /// After how many losses memory was last brought in step: see [`Custody::take_up_again`].
    in_step_after: AtomicU64,
    /// Until when the lock is certainly held, in microseconds of boot time; 0 when lost, `u64::MAX` without end.
    held_until: AtomicU64,
    /// Whose time `held_until` is; none where it is without end.
    clock: Option<Arc<dyn Clock>>,
    /// The file that is locked.
    _lock: Option<File>,
    leaving: AtomicBool,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

/// What [`Custody::state`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustodyState {
    /// The store is ours, and memory is in step with it.
    Held,
    /// Not ours, or not certainly.
    Lost,
    /// Ours again after this many losses; what is in memory may be out of date.
    Back {
        /// To be handed to [`Custody::take_up_again`].
        losses: u64,
    },
}

impl Custody {
    /// Whether what is in memory may be acted upon at this very moment. Ask after every other check of an accept.
    pub fn is_held(&self) -> bool {
        self.in_step_after.load(Ordering::Acquire) == self.losses.load(Ordering::Acquire) && self.is_locked()
    }

    /// How things stand.
    pub fn state(&self) -> CustodyState {
        let losses = self.losses.load(Ordering::Acquire);
        match (self.is_locked(), self.in_step_after.load(Ordering::Acquire) == losses) {
            (true, true) => CustodyState::Held,
            (true, false) => CustodyState::Back { losses },
            (false, _) => CustodyState::Lost,
        }
    }

    /// Says that memory was brought in step since [`CustodyState::Back`] was found. If the store was lost again
    /// meanwhile, this changes nothing.
    pub fn take_up_again(&self, losses: u64) {
        self.in_step_after.store(losses, Ordering::Release);
    }

    /// Gives the store back in good order. Call it when the last use is closed; blocks for up to a fifth of a second.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeper) = keeper {
            keeper.thread().unpark();
            if keeper.join().is_err() {
                tracing::error!("the thread that keeps the store's lock had panicked");
            }
        }
        self.lose();
    }

    /// Whether the lock is held, whatever memory says.
    pub(crate) fn is_locked(&self) -> bool {
        let until = self.held_until.load(Ordering::Acquire);
        match &self.clock {
            Some(clock) => clock.boot_time().as_micros() < until,
            None => until != 0,
        }
    }

    fn lose(&self) {
        self.losses.fetch_add(1, Ordering::AcqRel);
        self.held_until.store(0, Ordering::Release);
    }

    fn new(clock: Option<Arc<dyn Clock>>, lock: Option<File>) -> Arc<Self> {
        Arc::new(Self {
            losses: AtomicU64::new(0),
            in_step_after: AtomicU64::new(0),
            held_until: AtomicU64::new(u64::MAX),
            clock,
            _lock: lock,
            leaving: AtomicBool::new(false),
            keeper: Mutex::new(None),
        })
    }

    pub(crate) fn of_memory() -> Arc<Self> {
        Self::new(None, None)
    }

    /// Makes the file, if it is not there, and locks `PATH.lock` beside it; both are readable by their owner only. Gives the
    /// file's own path: by whichever link it is named, there is one lock.
    pub(crate) fn of_file(path: &Path) -> Result<(Arc<Self>, PathBuf), OpenError> {
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::File { path, source }
        };
        let open = |path: &Path| OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        open(path).map_err(unusable(path))?;
        let path = path.canonicalize().map_err(unusable(path))?;
        let lock_path = beside(&path, ".lock");
        let lock = open(&lock_path).map_err(unusable(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok((Self::new(None, Some(lock)), path)),
            Err(TryLockError::WouldBlock) => Err(OpenError::Held(path.display().to_string())),
            Err(TryLockError::Error(error)) => Err(unusable(&lock_path)(error)),
        }
    }

    /// Watches that the files stay the files that were opened: replaced or removed ones are no longer ours. So it is with the
    /// name that was configured, which may be a link to the file's own.
    pub(crate) fn watch_file(self: &Arc<Self>, named: &Path, path: &Path) -> Result<(), StoreError> {
        let watched = [named.to_owned(), path.to_owned(), beside(path, ".lock")];
        let identity = |path: &PathBuf| -> io::Result<(u64, u64)> { path.metadata().map(|m| (m.dev(), m.ino())) };
        let opened = [identity(&watched[1]), identity(&watched[2])].map(|i| i.map_err(StoreError::unusable));
        let [Ok(database), Ok(lock)] = opened else {
            return Err(StoreError::unusable("a file that was just opened is gone"));
        };
        self.keep("store-watch", move |custody| {
            let there = watched.iter().map(|p| identity(p).ok()).eq([Some(database), Some(database), Some(lock)]);
            let held = custody.held_until.load(Ordering::Acquire) != 0;
            if held && !there {
                tracing::error!(file = %watched[0].display(), "the store's files were moved or removed; nothing is accepted until they are back");
                custody.lose();
            } else if !held && there {
                tracing::warn!(file = %watched[0].display(), "the store's files are back");
                custody.held_until.store(u64::MAX, Ordering::Release);
            }
            std::thread::park_timeout(LOOK);
            !custody.leaving.load(Ordering::Acquire)
        })
    }

    /// Takes the session lock, and waits until whoever had it before can accept nothing any more.
    pub(crate) fn of_postgres(
        address: &Address,
        node: [u8; 16],
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, OpenError> {
        let mut session = None;
        for attempt in 0..TRIES_AT_START {
            if attempt > 0 {
                std::thread::park_timeout(RETRY);
            }
            session = take_over(address, node, &*clock)?;
            if session.is_some() {
                break;
            }
        }
        let Some(session) = session else { return Err(OpenError::Held(address.shown())) };
        let custody = Self::new(Some(Arc::clone(&clock)), None);
        custody.held_until.store(0, Ordering::Release);
        let mut keeper = PostgresKeeper { address: address.clone(), node, clock, session: Some(session) };
        keeper.renew(&custody);
        custody.keep("store-lease", move |custody| keeper.step(custody))?;
        Ok(custody)
    }

    /// Runs `step` again and again in a thread, until it says no, the custody is left or dropped.
    fn keep(
        self: &Arc<Self>,
        name: &str,
        mut step: impl FnMut(&Self) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        let weak: Weak<Self> = Arc::downgrade(self);
        let keeper = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || while weak.upgrade().is_some_and(|custody| step(&custody)) {})
            .map_err(StoreError::unusable)?;
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        Ok(())
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Connects and tries for the lock; `None` if somebody has it. After a holder that did not say goodbye, waits out its
/// lease.
fn take_over(address: &Address, node: [u8; 16], clock: &dyn Clock) -> Result<Option<Client>, StoreError> {
    let mut client = address.connect()?;
    // Nothing of this session may be ended by a time limit meant for work.
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").map_err(StoreError::unusable)?;
    let locked: bool = client
        .query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])
        .and_then(|row| row.try_get(0))
        .map_err(StoreError::unusable)?;
    if !locked {
        return Ok(None);
    }
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS custody (id BIGINT NOT NULL PRIMARY KEY, node BYTEA NOT NULL, departed BIGINT NOT NULL)",
        )
        .map_err(StoreError::unusable)?;
    let before =
        client.query_opt("SELECT node, departed FROM custody WHERE id = 1", &[]).map_err(StoreError::unusable)?;
    let unclean = before.is_some_and(|row| row.get::<_, &[u8]>(0) != node && row.get::<_, i64>(1) == 0);
    if unclean {
        tracing::warn!(
            seconds = (LEASE + MARGIN).as_secs_f32(),
            "the store's last holder did not say goodbye: waiting until its lease is over"
        );
        let over = clock.boot_time() + LEASE + MARGIN;
        while clock.boot_time() < over {
            std::thread::park_timeout(LOOK);
        }
    }
    client
        .execute(
            "INSERT INTO custody (id, node, departed) VALUES (1, $1, 0)
             ON CONFLICT (id) DO UPDATE SET node = excluded.node, departed = 0",
            &[&node.as_slice()],
        )
        .map_err(StoreError::unusable)?;
    Ok(Some(client))
}

struct PostgresKeeper {
    address: Address,
    node: [u8; 16],
    clock: Arc<dyn Clock>,
    session: Option<Client>,
}

impl PostgresKeeper {
    /// Renews a lease that is held, or tries for one that was lost; then waits a while.
    fn step(&mut self, custody: &Custody) -> bool {
        if custody.leaving.load(Ordering::Acquire) {
            self.say_goodbye(custody);
            return false;
        }
        if self.session.is_some() {
            self.renew(custody);
            self.wait(custody);
        } else {
            match take_over(&self.address, self.node, &*self.clock) {
                Ok(Some(session)) => {
                    tracing::warn!("the store is held again");
                    self.session = Some(session);
                }
                Ok(None) => tracing::error!("another process holds the store"),
                Err(error) => tracing::debug!(error = %chain(&error), "the store cannot be reached"),
            }
            if self.session.is_none() {
                std::thread::park_timeout(RETRY);
            }
        }
        true
    }

    fn renew(&mut self, custody: &Custody) {
        let Some(session) = &mut self.session else { return };
        let sent = self.clock.boot_time();
        match session.simple_query("SELECT 1") {
            Ok(_) => custody.held_until.store((sent + COUNTED).as_micros(), Ordering::Release),
            Err(error) => self.lost(custody, &error.to_string()),
        }
    }

    /// Waits until the next renewal, and no longer than the connection lives.
    fn wait(&mut self, custody: &Custody) {
        for _ in 0..RENEWAL.as_millis() / LOOK.as_millis() {
            let Some(session) = &mut self.session else { return };
            if custody.leaving.load(Ordering::Acquire) {
                return;
            }
            let heard = session.notifications().timeout_iter(LOOK).next();
            let ended = match heard {
                Err(error) => Some(error.to_string()),
                Ok(_) if session.is_closed() => Some("the connection was closed".to_owned()),
                Ok(_) => None,
            };
            if let Some(why) = ended {
                self.lost(custody, &why);
            }
        }
    }

    fn lost(&mut self, custody: &Custody, why: &str) {
        custody.lose();
        self.session = None;
        tracing::error!(why, "the store's lock is lost; nothing is accepted until it is held again");
    }

    fn say_goodbye(&mut self, custody: &Custody) {
        custody.lose();
        if let Some(mut session) = self.session.take()
            && let Err(error) = session.execute("UPDATE custody SET departed = 1 WHERE id = 1", &[])
        {
            tracing::warn!(%error, "could not say goodbye to the store; the next start will wait for the lease to end");
        }
    }
}
