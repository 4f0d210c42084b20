//! The registry of uses: each an owned handle with a state of its own, `Pending -> Open | Cut`, of which `Cut` is
//! final.

use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use valetkey_domain::{AccountId, CredentialId, LoginName, Service, Timestamp};

use super::sync::{AtomicU64, Mutex, Ordering, lock};
use super::{Accept, Credentials, HashMap};

/// Shards of the registry: as many changes and sign-ins can touch it at a time.
pub(super) const SHARDS: usize = 64;

/// What closes the sockets of a use. Holds them, so that no descriptor is closed, and its number given to somebody
/// else, while a cut may still come.
pub trait Sever: Send + Sync {
    /// Closes every socket of the use, now, without waiting for anybody. With a reason it is a cut, and one farewell may
    /// be tried if it does not block; without one the use ends by itself. Called once or several times.
    fn sever(&self, cut: Option<CutReason>);

    /// The same, if that interrupts nothing: no command and no message is under way, and none can come between that look
    /// and the cut. Says whether it did. For when the server stops. Never waits.
    fn sever_at_rest(&self, cut: CutReason) -> bool {
        self.sever(Some(cut));
        true
    }

    /// What has passed since its sign-in, where that is counted.
    fn traffic(&self) -> Option<Traffic> {
        None
    }
}

/// Bytes that have passed, as they were before encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// What the app has sent.
    pub from_app: u64,
    /// What it was sent.
    pub to_app: u64,
}

/// For what is over once it is decided, and keeps no connection: a question over HTTP, a verification.
pub struct NoSocket;

impl Sever for NoSocket {
    fn sever(&self, _: Option<CutReason>) {}
}

/// Why a use was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutReason {
    /// Its credential was revoked, has expired, or lost what the use needs.
    Revoked,
    /// Its owner signed out this one.
    SignedOut,
    /// The server is shutting down.
    ShuttingDown,
    /// The store was out of reach for too long.
    StoreLost,
}

/// What is known of a use besides whose it is.
#[derive(Clone, Debug)]
pub struct About {
    /// The login name that was used, in its canonical spelling.
    pub login: LoginName,
    /// The protocol.
    pub service: Service,
    /// The client's own address, if known.
    pub network: Option<IpAddr>,
    /// What the app called itself.
    pub client: Option<Box<str>>,
    /// Since when.
    pub since: Timestamp,
}

/// A use, as it is shown.
#[derive(Clone, Debug)]
pub struct Connected {
    /// Its number, for signing out this one.
    pub number: u64,
    /// Whose.
    pub account: AccountId,
    /// By which credential.
    pub credential: CredentialId,
    /// More.
    pub about: About,
    /// What has passed so far, where that is counted.
    pub traffic: Option<Traffic>,
}

/// The use was cut before it was opened, or before a socket was attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WasCut;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Pending,
    Open,
    Cut,
}

struct Use {
    number: u64,
    account: AccountId,
    credential: CredentialId,
    /// When its credential stops by itself: known here, so that a lost store does not matter.
    expires_at: Option<Timestamp>,
    /// Where in its account's list it stands. Changes under the registry's lock only.
    place: AtomicU64,
    state: Mutex<State>,
    sever: Arc<dyn Sever>,
}

struct State {
    phase: Phase,
    about: About,
}

type UsesByAccount = HashMap<AccountId, List>;

/// The uses of one account. Most have one at a time, which takes no list.
enum List {
    One(Arc<Use>),
    Several(Vec<Arc<Use>>),
}

impl List {
    fn as_slice(&self) -> &[Arc<Use>] {
        match self {
            Self::One(entry) => std::slice::from_ref(entry),
            Self::Several(list) => list,
        }
    }

    fn push(&mut self, entry: Arc<Use>) {
        match self {
            Self::One(first) => {
                let mut list = Vec::with_capacity(4);
                list.extend([Arc::clone(first), entry]);
                *self = Self::Several(list);
            }
            Self::Several(list) => list.push(entry),
        }
    }
}

pub(super) struct Uses {
    shards: Box<[Mutex<UsesByAccount>]>,
    next: AtomicU64,
}

impl Uses {
    pub(super) fn new(shards: usize) -> Self {
        Self { shards: (0..shards).map(|_| Mutex::new(HashMap::default())).collect(), next: AtomicU64::new(1) }
    }

    /// S6: from here on a cut finds it.
    pub(super) fn register(
        self: &Arc<Self>,
        account: AccountId,
        accept: &Accept,
        about: About,
        sever: Arc<dyn Sever>,
    ) -> Pending {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let state = Mutex::new(State { phase: Phase::Pending, about });
        let Accept { credential, cut_at: expires_at, .. } = *accept;
        let entry = Arc::new(Use { number, account, credential, expires_at, place: AtomicU64::new(0), state, sever });
        let mut shard = lock(self.shard(account));
        match shard.entry(account) {
            Entry::Vacant(vacant) => {
                vacant.insert(List::One(Arc::clone(&entry)));
            }
            Entry::Occupied(mut occupied) => {
                let list = occupied.get_mut();
                entry.place.store(list.as_slice().len() as u64, Ordering::Relaxed);
                list.push(Arc::clone(&entry));
            }
        }
        drop(shard);
        Pending { uses: Arc::clone(self), entry }
    }

    /// R3: sets every matching use to Cut, pending ones too, and closes its sockets.
    pub(super) fn cut(&self, account: AccountId, which: Credentials, reason: CutReason) -> usize {
        let matching = |u: &&Arc<Use>| match which {
            Credentials::All => true,
            Credentials::One(id) => u.credential == id,
            Credentials::None => false,
        };
        let found: Vec<Arc<Use>> = lock(self.shard(account))
            .get(&account)
            .map(|list| list.as_slice().iter().filter(matching).cloned().collect())
            .unwrap_or_default();
        cut_all(found, reason)
    }

    pub(super) fn cut_one(&self, account: AccountId, number: u64, reason: CutReason) -> bool {
        let is_it = |u: &&Arc<Use>| u.number == number;
        let found =
            lock(self.shard(account)).get(&account).and_then(|list| list.as_slice().iter().find(is_it).cloned());
        found.is_some_and(|u| u.cut(reason))
    }

    pub(super) fn cut_everything(&self, reason: CutReason) -> usize {
        self.cut_wherever(|_| true, reason)
    }

    /// One that is being decided is left alone: it will be at rest, or over, in a moment.
    pub(super) fn cut_at_rest(&self, reason: CutReason) -> usize {
        let each = |shard: &Mutex<UsesByAccount>| -> usize {
            let all = lock(shard);
            let found: Vec<Arc<Use>> = all.values().flat_map(List::as_slice).cloned().collect();
            drop(all);
            found.iter().filter(|u| u.cut_at_rest(reason)).count()
        };
        self.shards.iter().map(each).sum()
    }

    pub(super) fn cut_expired(&self, now: Timestamp) -> usize {
        self.cut_wherever(|u| u.expires_at.is_some_and(|end| end <= now), CutReason::Revoked)
    }

    fn cut_wherever(&self, matching: impl Fn(&Use) -> bool, reason: CutReason) -> usize {
        let each = |shard: &Mutex<UsesByAccount>| -> usize {
            let all = lock(shard);
            let found = all.values().flat_map(List::as_slice).filter(|u| matching(u)).cloned().collect();
            drop(all);
            cut_all(found, reason)
        };
        self.shards.iter().map(each).sum()
    }

    pub(super) fn connected(&self, account: Option<AccountId>, limit: usize) -> Vec<Connected> {
        self.shown_in(account, limit, |phase| phase == Phase::Open)
    }

    /// Pending and open ones: whatever may be open a moment later.
    pub(super) fn registered(&self) -> Vec<Connected> {
        self.shown_in(None, usize::MAX, |phase| phase != Phase::Cut)
    }

    fn shown_in(&self, account: Option<AccountId>, limit: usize, wanted: fn(Phase) -> bool) -> Vec<Connected> {
        let mut found = Vec::new();
        let mut add = |list: &List| found.extend(list.as_slice().iter().filter_map(|u| u.shown(wanted)));
        match account {
            Some(account) => lock(self.shard(account)).get(&account).into_iter().for_each(&mut add),
            None => self.shards.iter().for_each(|shard| lock(shard).values().for_each(&mut add)),
        }
        found.sort_by_key(|c| c.number);
        found.truncate(limit);
        found
    }

    pub(super) fn count(&self, account: AccountId) -> usize {
        lock(self.shard(account)).get(&account).map_or(0, |list| list.as_slice().len())
    }

    pub(super) fn count_all(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).values().map(|list| list.as_slice().len()).sum::<usize>()).sum()
    }

    fn unregister(&self, entry: &Use) {
        let mut shard = lock(self.shard(entry.account));
        let Some(list) = shard.get_mut(&entry.account) else { return };
        let place = usize::try_from(entry.place.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        let is_it = |found: Option<&Arc<Use>>| found.is_some_and(|u| u.number == entry.number);
        match list {
            List::Several(list) if list.len() > 1 && is_it(list.get(place)) => {
                list.swap_remove(place);
                if let Some(moved) = list.get(place) {
                    moved.place.store(place as u64, Ordering::Relaxed);
                }
            }
            last if is_it(last.as_slice().get(place)) => {
                shard.remove(&entry.account);
            }
            _ => {}
        }
    }

    fn shard(&self, account: AccountId) -> &Mutex<UsesByAccount> {
        &self.shards[usize::from(account.as_bytes()[15]) % self.shards.len()]
    }
}

/// How many are cut before others get the processor.
const CHUNK: usize = 32;
/// How often it is looked, at most, whether what was cut has come to its end, before the next are cut.
const LOOKS: usize = 8;
/// How long between two looks.
const LOOK: Duration = Duration::from_micros(50);

/// Cuts them outside the registry's lock, and in chunks, each as fast as the tasks of the last one come to their end, so that
/// other apps sign in meanwhile. Gives how many were open.
fn cut_all(found: Vec<Arc<Use>>, reason: CutReason) -> usize {
    let mut open = 0;
    let mut ending: Vec<Weak<Use>> = Vec::with_capacity(CHUNK.min(found.len()));
    // Each handle is let go at once: the use's own task, which is waking up, then frees the descriptors.
    for entry in found {
        if ending.len() == CHUNK {
            for _ in 0..LOOKS {
                if ending.iter().filter(|e| e.strong_count() > 0).count() <= CHUNK / 2 {
                    break;
                }
                std::thread::park_timeout(LOOK);
            }
            ending.clear();
        }
        ending.push(Arc::downgrade(&entry));
        open += usize::from(entry.cut(reason));
    }
    open
}

impl Use {
    /// Cuts for ever; says whether it was open.
    fn cut(&self, reason: CutReason) -> bool {
        let mut state = lock(&self.state);
        let was_open = state.phase == Phase::Open;
        state.phase = Phase::Cut;
        // Under the use's own lock, so that no socket is attached between.
        self.sever.sever(Some(reason));
        was_open
    }

    /// The same if it is open and nothing is under way on it.
    fn cut_at_rest(&self, reason: CutReason) -> bool {
        let mut state = lock(&self.state);
        let is_cut = state.phase == Phase::Open && self.sever.sever_at_rest(reason);
        if is_cut {
            state.phase = Phase::Cut;
        }
        is_cut
    }

    fn shown(&self, wanted: fn(Phase) -> bool) -> Option<Connected> {
        let state = lock(&self.state);
        wanted(state.phase).then(|| Connected {
            number: self.number,
            account: self.account,
            credential: self.credential,
            about: state.about.clone(),
            traffic: self.sever.traffic(),
        })
    }
}

/// Ends its use when dropped: closes its sockets, then unregisters it, in this order. The descriptors are freed with
/// the last handle on them, of which a running cut may hold one.
struct Handle {
    uses: Arc<Uses>,
    entry: Arc<Use>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // What was cut is closed already; a cut that is under way holds the lock until it is.
        if lock(&self.entry.state).phase != Phase::Cut {
            self.entry.sever.sever(None);
        }
        self.uses.unregister(&self.entry);
    }
}

/// A registered use that nobody has been told of. Not dropped but opened or withdrawn: nothing comes between.
#[must_use]
pub(super) struct Pending {
    uses: Arc<Uses>,
    entry: Arc<Use>,
}

impl Pending {
    /// S8: opens it, unless it was cut.
    pub(super) fn open(self) -> Result<OpenUse, WasCut> {
        let mut state = lock(&self.entry.state);
        let cut = state.phase == Phase::Cut;
        if !cut {
            state.phase = Phase::Open;
        }
        drop(state);
        let handle = Handle { uses: self.uses, entry: self.entry };
        if cut { Err(WasCut) } else { Ok(OpenUse { handle }) }
    }

    /// Takes it back; its sockets stay as they are, since the attempt goes on.
    pub(super) fn withdraw(self) {
        self.uses.unregister(&self.entry);
    }
}

/// An accepted use. Dropping it ends it.
pub struct OpenUse {
    handle: Handle,
}

impl OpenUse {
    /// Adds a socket: runs `attach`, which must put it where [`Sever::sever`] finds it, unless the use was cut (S9).
    pub fn attach(&self, attach: impl FnOnce()) -> Result<(), WasCut> {
        let state = lock(&self.handle.entry.state);
        if state.phase == Phase::Cut {
            return Err(WasCut);
        }
        attach();
        Ok(())
    }

    /// Whether it was cut.
    pub fn was_cut(&self) -> bool {
        lock(&self.handle.entry.state).phase == Phase::Cut
    }

    /// Notes what the app calls itself, once it says so.
    pub fn name_client(&self, client: Box<str>) {
        lock(&self.handle.entry.state).about.client = Some(client);
    }

    /// Its number, which names it in logs and lists as long as this process runs.
    pub fn number(&self) -> u64 {
        self.handle.entry.number
    }
}

// Under the feature `loom` the locks work inside a model only.
#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use std::sync::atomic::AtomicBool;

    use valetkey_domain::{Digest, Scopes};

    use super::*;

    struct Socket(AtomicBool);

    impl Sever for Socket {
        fn sever(&self, _: Option<CutReason>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_pending_use_is_registered_but_not_shown_as_connected_and_can_be_cut() {
        let (uses, account) = (Arc::new(Uses::new(1)), AccountId::from_bytes([1; 16]));
        let socket = Arc::new(Socket(AtomicBool::new(false)));
        let about = About {
            login: LoginName::from_canonical("ada@example.org"),
            service: Service::Imap,
            network: None,
            client: None,
            since: Timestamp::from_millis(0),
        };
        let accept = Accept {
            digest: Digest::from_bytes([0; 32]),
            credential: CredentialId::from_bytes([2; 16]),
            scopes: Scopes::EVERYTHING,
            expires_at: None,
            cut_at: None,
            networks: None,
            under_current_key: true,
        };
        let pending = uses.register(account, &accept, about, socket.clone());
        assert!(uses.connected(None, usize::MAX).is_empty());
        let found = uses.registered();
        assert_eq!(found.len(), 1);
        assert!(!uses.cut_one(account, found[0].number, CutReason::Revoked), "it was not open");
        assert!(socket.0.load(Ordering::SeqCst));
        assert!(uses.registered().is_empty(), "what is cut stays so");
        assert!(matches!(pending.open(), Err(WasCut)));
        assert_eq!(uses.count_all(), 0);
    }
}
