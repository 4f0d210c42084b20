//! The shipped gate in every interleaving of its locks and atomics, under loom.
//!
//! `cargo nextest run -p valetkey-accounts --features loom --test interleavings`. Each row of the one-node table of
//! `docs/revocation.md`, planted in the gate by `tests/plant-faults`, makes one of these fail.
//!
//! P1 to P4 are the properties as that page numbers them.
#![cfg(feature = "loom")]

use std::sync::Arc;

use loom::future::block_on;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use valetkey_accounts::gate::{
    About, Accept, Accepts, Change, Credentials, CutReason, Gate, Known, LoginKey, LoginKeys, OpenUse, Outcome, Sever,
    Source,
};
use valetkey_domain::{AccountId, CredentialId, Digest, LoginName, Scopes, Service, Timestamp, Why};
use valetkey_store::{Committed, StoreError};
use valetkey_testkit::Seeded;

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const CREDENTIAL: CredentialId = CredentialId::from_bytes([2; 16]);

/// A node and its store, as far as one credential is concerned.
struct World {
    gate: Gate,
    /// The store: whether it accepts the credential.
    active: Mutex<bool>,
    key: LoginKey,
}

/// The sockets of one use.
struct Sockets {
    client: AtomicBool,
    upstream: AtomicBool,
}

impl Sockets {
    fn new() -> Arc<Self> {
        Arc::new(Self { client: AtomicBool::new(true), upstream: AtomicBool::new(false) })
    }

    fn any_open(&self) -> bool {
        self.client.load(Ordering::SeqCst) || self.upstream.load(Ordering::SeqCst)
    }
}

impl Sever for Sockets {
    fn sever(&self, _: Option<CutReason>) {
        self.client.store(false, Ordering::SeqCst);
        self.upstream.store(false, Ordering::SeqCst);
    }
}

impl Source for World {
    type Refusal = Why;

    fn recognise(&self, known: &Known) -> Option<Accept> {
        known.accepts.first().cloned()
    }

    async fn read(&self) -> Result<Result<(Known, Accept), Why>, StoreError> {
        let active = *self.active.lock().expect("not poisoned");
        let accept = Accept {
            digest: Digest::from_bytes([3; 32]),
            credential: CREDENTIAL,
            scopes: Scopes::EVERYTHING,
            expires_at: None,
            cut_at: None,
            networks: None,
            under_current_key: true,
        };
        let known = Known {
            account: ACCOUNT,
            canonical: None,
            accepts: Accepts::One(accept.clone()),
            at: valetkey_domain::Timestamp::from_millis(0),
            noted: std::sync::atomic::AtomicU64::new(0),
        };
        Ok(if active { Ok((known, accept)) } else { Err(Why::Revoked(CREDENTIAL)) })
    }

    fn store_is_held(&self) -> bool {
        true
    }
}

enum End {
    Accepted(OpenUse),
    Refused,
    Cut,
}

impl World {
    fn new(active: bool) -> Arc<Self> {
        let key = LoginKeys::new(&Seeded::new(1)).key(&LoginName::from_canonical("ada@example.org"));
        Arc::new(Self { gate: Gate::with_shards(1, 8), active: Mutex::new(active), key })
    }

    /// One in which the credential was used before, so that it is remembered.
    fn warm() -> Arc<Self> {
        let world = Self::new(true);
        assert!(matches!(world.sign_in(&Sockets::new()), End::Accepted(_)));
        world
    }

    fn sign_in(&self, sockets: &Arc<Sockets>) -> End {
        let about = |_: &Known| About {
            login: LoginName::from_canonical("ada@example.org"),
            service: Service::Imap,
            network: None,
            client: None,
            since: Timestamp::from_millis(0),
        };
        let sever: Arc<dyn Sever> = sockets.clone();
        match block_on(self.gate.sign_in(self.key, self, about, sever)) {
            Outcome::Open(open, ..) => End::Accepted(open),
            Outcome::Refused(_) => End::Refused,
            Outcome::Cut => End::Cut,
            Outcome::Broken(error) => panic!("nothing here is ever broken: {error}"),
        }
    }

    fn change(&self, active: bool, credentials: Credentials, known: bool) -> Result<usize, StoreError> {
        let commit = async {
            *self.active.lock().expect("not poisoned") = active;
            let change = Change { account: ACCOUNT, names: vec![self.key], credentials };
            Ok(if known { Committed::Known(((), change)) } else { Committed::Unknown(((), change), StoreError::Busy) })
        };
        block_on(self.gate.change::<(), StoreError, _>(commit)).map(|changed| changed.closed)
    }

    fn revoke(&self) {
        self.change(false, Credentials::One(CREDENTIAL), true).expect("the commit is known");
    }

    fn resume(&self) {
        self.change(true, Credentials::None, true).expect("the commit is known");
    }

    fn is_refused(&self) -> bool {
        matches!(self.sign_in(&Sockets::new()), End::Refused)
    }

    fn is_accepted(&self) -> bool {
        matches!(self.sign_in(&Sockets::new()), End::Accepted(_))
    }
}

/// Every interleaving; with three threads, every one with at most so many preemptions.
fn model(preemptions: Option<usize>, run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(run);
}

/// P1, P2 and P3 with one sign-in that runs beside the revoke.
fn a_revoke_beside_a_sign_in(world: fn() -> Arc<World>) {
    model(None, move || {
        let world = world();
        let (sockets, accepted) = (Sockets::new(), Arc::new(AtomicBool::new(false)));
        let beside = {
            let (world, sockets, accepted) = (world.clone(), sockets.clone(), accepted.clone());
            thread::spawn(move || {
                let end = world.sign_in(&sockets);
                accepted.store(matches!(end, End::Accepted(_)), Ordering::SeqCst);
                // As the gateway does: with an accepted use it goes upstream.
                if let End::Accepted(open) = &end {
                    let _refused_if_cut = open.attach(|| sockets.upstream.store(true, Ordering::SeqCst));
                }
                end
            })
        };
        world.revoke();
        assert!(!accepted.load(Ordering::SeqCst) || !sockets.any_open(), "P2: a use is open when the revoke returns");
        assert!(world.is_refused(), "P1: an accept began after the revoke returned");
        let end = beside.join().expect("no panic");
        assert!(!matches!(end, End::Accepted(_)) || !sockets.any_open(), "P2: a use opened after the revoke returned");
        assert!(world.is_refused(), "P3: at rest memory accepts what the store refuses");
    });
}

#[test]
fn a_revoke_beside_a_sign_in_that_reads_the_store() {
    a_revoke_beside_a_sign_in(|| World::new(true));
}

#[test]
fn a_revoke_beside_a_sign_in_from_memory() {
    a_revoke_beside_a_sign_in(World::warm);
}

#[test]
fn a_revoke_beside_two_sign_ins() {
    model(Some(3), || {
        let world = World::new(true);
        let sockets = [Sockets::new(), Sockets::new()];
        let beside: Vec<_> = sockets
            .iter()
            .map(|s| {
                let (world, sockets) = (world.clone(), s.clone());
                thread::spawn(move || world.sign_in(&sockets))
            })
            .collect();
        world.revoke();
        assert!(world.is_refused(), "P1");
        for (sockets, end) in sockets.iter().zip(beside) {
            let end = end.join().expect("no panic");
            assert!(!matches!(end, End::Accepted(_)) || !sockets.any_open(), "P2");
        }
        assert!(world.is_refused(), "P3");
    });
}

#[test]
fn of_two_revokes_each_returns_only_when_all_is_done() {
    model(Some(5), || {
        let world = World::warm();
        let sockets = Sockets::new();
        let End::Accepted(open) = world.sign_in(&sockets) else { panic!("it is active") };
        let other = {
            let world = world.clone();
            thread::spawn(move || world.revoke())
        };
        world.revoke();
        assert!(!sockets.any_open(), "P2: the second revoke returned while the first had yet to cut");
        assert!(world.is_refused(), "P1");
        other.join().expect("no panic");
        assert!(open.was_cut());
    });
}

#[test]
fn what_was_resumed_is_accepted_again() {
    model(Some(5), || {
        let world = World::warm();
        let beside = {
            let world = world.clone();
            thread::spawn(move || world.sign_in(&Sockets::new()))
        };
        world.revoke();
        world.resume();
        assert!(world.is_accepted(), "P4: the store accepts and memory refuses");
        beside.join().expect("no panic");
        assert!(world.is_accepted(), "P4: lastingly");
    });
}

#[test]
fn what_was_made_while_it_was_tried_is_accepted_once_it_is_there() {
    model(Some(5), || {
        let world = World::new(false);
        let beside = {
            let world = world.clone();
            thread::spawn(move || world.sign_in(&Sockets::new()))
        };
        world.resume();
        assert!(world.is_accepted(), "P4: a refusal was remembered");
        beside.join().expect("no panic");
        assert!(world.is_accepted(), "P4: a refusal was remembered");
    });
}

#[test]
fn a_revoke_whose_commit_is_unknown_leaves_memory_in_step() {
    model(Some(5), || {
        let world = World::warm();
        let sockets = Sockets::new();
        let End::Accepted(open) = world.sign_in(&sockets) else { panic!("it is active") };
        let beside = {
            let world = world.clone();
            thread::spawn(move || world.sign_in(&Sockets::new()))
        };
        let outcome = world.change(false, Credentials::All, false);
        assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "it is not called done");
        assert!(!sockets.any_open() && open.was_cut(), "P3: a use outlives what the store no longer has");
        beside.join().expect("no panic");
        assert!(world.is_refused(), "P3: memory accepts what the store refuses");
    });
}

#[test]
fn a_socket_that_is_attached_while_the_use_is_cut_is_closed() {
    model(Some(5), || {
        let world = World::warm();
        let sockets = Sockets::new();
        let End::Accepted(open) = world.sign_in(&sockets) else { panic!("it is active") };
        let beside = {
            let sockets = sockets.clone();
            thread::spawn(move || {
                let attached = open.attach(|| sockets.upstream.store(true, Ordering::SeqCst));
                (open, attached)
            })
        };
        world.revoke();
        let (open, attached) = beside.join().expect("no panic");
        assert!(open.was_cut());
        assert!(!sockets.any_open(), "P2: {attached:?}, and the upstream socket stays open");
    });
}

#[test]
fn a_use_that_ends_by_itself_is_closed_before_it_is_out_of_the_registry() {
    model(Some(5), || {
        let world = World::warm();
        let sockets = Sockets::new();
        let End::Accepted(open) = world.sign_in(&sockets) else { panic!("it is active") };
        let beside = thread::spawn(move || drop(open));
        world.revoke();
        assert!(!sockets.any_open(), "P2: out of the registry, and still open");
        beside.join().expect("no panic");
        assert_eq!(world.gate.uses(), 0);
    });
}

/// A sign-in on a store that may be lost.
struct Lent {
    world: Arc<World>,
    held: AtomicBool,
}

impl Source for Lent {
    type Refusal = Why;

    fn recognise(&self, known: &Known) -> Option<Accept> {
        self.world.recognise(known)
    }

    async fn read(&self) -> Result<Result<(Known, Accept), Why>, StoreError> {
        self.world.read().await
    }

    fn store_is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }
}

#[test]
fn what_another_revoked_while_the_store_was_lost_is_not_opened_after_it_is_back() {
    model(Some(5), || {
        let lent = Arc::new(Lent { world: World::warm(), held: AtomicBool::new(true) });
        let sockets = Sockets::new();
        let beside = {
            let (lent, sockets) = (lent.clone(), sockets.clone());
            thread::spawn(move || {
                let about = |_: &Known| About {
                    login: LoginName::from_canonical("ada@example.org"),
                    service: Service::Imap,
                    network: None,
                    client: None,
                    since: Timestamp::from_millis(0),
                };
                match block_on(lent.world.gate.sign_in(lent.world.key, &*lent, about, sockets)) {
                    Outcome::Open(open, ..) => Some(open),
                    _ => None,
                }
            })
        };
        // Lost, changed by another process, and back: as the caretaker brings memory in step.
        lent.held.store(false, Ordering::SeqCst);
        *lent.world.active.lock().expect("not poisoned") = false;
        lent.world.gate.forget_all();
        for used in lent.world.gate.registered() {
            lent.world.gate.cut_one(used.account, used.number, CutReason::Revoked);
        }
        lent.held.store(true, Ordering::SeqCst);
        let open = beside.join().expect("no panic");
        assert!(open.is_none_or(|open| open.was_cut()), "P2: a use is open that the store does not accept");
        assert!(lent.world.is_refused(), "P3: at rest memory accepts what the store refuses");
    });
}
