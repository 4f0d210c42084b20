//! What every engine must do alike: one suite, run on SQLite in a file, SQLite in memory, and PostgreSQL.

/// What is to be tried on each engine, and what it is called.
type Case = (&'static str, fn(&Kit));

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), $name as fn(&crate::Kit))),*]
    };
}

mod accounts;
mod app_passwords;
mod approvals;
mod grants;
mod letters;
mod passwords_sent;
mod people;
mod schema;
mod sign_outs;
mod signing_keys;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use valetkey_domain::{
    AccountId, AccountState, AppPasswordId, Clock, CredentialId, Decoded, Digest, EventId, KeyFile, KeyRing, Kind,
    Label, LoginName, MasterKey, Networks, RevocationReason, Scopes, Timestamp,
};
use valetkey_store::{
    AccountFilter, AuditEntry, AuditFilter, Committed, Connections, Ended, Location, NewAccount, NewAppPassword,
    Secret, Snapshot, Store, StoreError, Transaction,
};
use valetkey_testkit::{FixedClock, Postgres, Seeded};

/// A store with nothing in it, and what one needs to put something in.
struct Kit {
    store: Arc<Store>,
    runtime: Runtime,
    clock: Arc<FixedClock>,
    randomness: Seeded,
    keys: Arc<KeyRing>,
}

impl Kit {
    fn new(location: &Location) -> Self {
        let (clock, randomness) = (Arc::new(FixedClock::new()), Seeded::new(1));
        let shared: Arc<dyn Clock> = clock.clone();
        let store = Store::open(location, Connections::default(), &shared, &randomness).expect("the store opens");
        let keys = Arc::new(KeyRing::new(&KeyFile::new(MasterKey::generate(&randomness))));
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        Self { store: Arc::new(store), runtime, clock, randomness, keys }
    }

    /// Lets time pass, and waits until the lease has been renewed.
    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        while !self.store.custody().is_held() {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn write<T: Send + 'static>(
        &self,
        closure: impl FnMut(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(self.store.write(closure)).map(|committed| match committed {
            Committed::Known(value) => value,
            Committed::Unknown(_, error) => panic!("the outcome is not known: {error}"),
        })
    }

    fn read<T: Send + 'static>(
        &self,
        closure: impl FnMut(&mut Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.runtime.block_on(self.store.read(closure)).expect("a reading")
    }

    fn account(&self, names: &[&str]) -> AccountId {
        let new = self.new_account(names);
        let id = new.id;
        assert!(self.write(move |tx| tx.insert_account(&new)).expect("a write"), "the name is free");
        id
    }

    fn new_account(&self, names: &[&str]) -> NewAccount {
        NewAccount {
            id: AccountId::new(self.now(), &self.randomness),
            kind: Kind::Person,
            state: AccountState::Active,
            display_name: "Ada".parse().expect("a name"),
            notice_address: Some("ada@home.example".parse().expect("an address")),
            login_names: names.iter().map(|n| login(n)).collect(),
            primary_password: Some("$argon2id$…".into()),
            is_imported: false,
            created_at: self.now(),
        }
    }

    fn new_app_password(&self, account: AccountId, secret: &str) -> NewAppPassword {
        NewAppPassword {
            id: AppPasswordId::new(self.now(), &self.randomness),
            account,
            label: label("Thunderbird"),
            scopes: Scopes::EVERYTHING,
            networks: Networks::new(vec!["192.0.2.0/24".parse().expect("a network")]).expect("one"),
            digest: self.digest(account, secret),
            key: self.keys.current_id(),
            created_at: self.now(),
            expires_at: None,
        }
    }

    fn app_password(&self, account: AccountId, secret: &str) -> AppPasswordId {
        let new = self.new_app_password(account, secret);
        let id = new.id;
        self.write(move |tx| tx.insert_app_password(&new)).expect("a write");
        id
    }

    fn digest(&self, account: AccountId, secret: &str) -> Digest {
        self.keys.digest(account, &Decoded::from_app(secret.as_bytes()))
    }

    fn event(&self) -> EventId {
        EventId::new(self.now(), &self.randomness)
    }
}

fn login(name: &str) -> LoginName {
    LoginName::parse(name, Some("example.org")).expect("a login name")
}

fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

fn ended(at: Timestamp) -> Ended<'static> {
    Ended { at, why: RevocationReason::Asked, by: "operator:0" }
}

const CASES: &[Case] = cases![
    the_audit_log_is_read_newest_first_by_account_and_time,
    what_fails_or_panics_leaves_nothing_and_hurts_nobody_else,
    a_snapshot_does_not_change_while_one_looks,
];

fn the_audit_log_is_read_newest_first_by_account_and_time(kit: &Kit) {
    let ada = kit.account(&["ada"]);
    let mut ids = Vec::new();
    for (i, account) in [Some(ada), None, Some(ada)].into_iter().enumerate() {
        kit.advance(Duration::from_secs(10));
        let entry = AuditEntry {
            id: kit.event(),
            at: kit.now(),
            actor: "operator:0".into(),
            action: format!("test.{i}"),
            account,
            credential: account.map(|a| CredentialId::from_bytes(*a.as_bytes())),
            detail: "{}".into(),
        };
        ids.push(entry.id);
        kit.write(move |tx| tx.record(&entry)).expect("a write");
    }
    let actions = |filter: AuditFilter| -> Vec<String> {
        kit.read(move |s| s.audit(&filter)).into_iter().map(|e| e.action).collect()
    };
    let all = AuditFilter { limit: 10, ..AuditFilter::default() };
    assert_eq!(actions(all.clone()), ["test.2", "test.1", "test.0"]);
    assert_eq!(actions(AuditFilter { account: Some(ada), ..all.clone() }), ["test.2", "test.0"]);
    assert_eq!(actions(AuditFilter { since: Some(kit.now()), ..all.clone() }), ["test.2"]);
    assert_eq!(actions(AuditFilter { before: Some(ids[1]), ..all.clone() }), ["test.0"]);
    assert_eq!(actions(AuditFilter { limit: 1, ..all.clone() }), ["test.2"]);
    assert_eq!(actions(AuditFilter { until: Some(kit.now()), ..all.clone() }), ["test.1", "test.0"]);
    let before = Some(ids[1]);
    assert_eq!(actions(AuditFilter { until: Some(kit.now()), before, ..all.clone() }), ["test.0"]);
    for (action, found) in
        [("test.1", &["test.1"][..]), ("test.", &["test.2", "test.1", "test.0"]), ("test", &[]), ("tesu.", &[])]
    {
        assert_eq!(actions(AuditFilter { action: action.into(), ..all.clone() }), found, "{action}");
    }
    assert_eq!(actions(AuditFilter { account: Some(ada), action: "test.1".into(), ..all.clone() }), [""; 0]);
    for (actor, count) in [("operator:0", 3), ("operator:", 3), ("operator:00", 0), ("system", 0)] {
        assert_eq!(actions(AuditFilter { actor: actor.into(), ..all.clone() }).len(), count, "{actor}");
    }
    let now = kit.now();
    assert_eq!(kit.write(move |tx| tx.prune_audit(now)).expect("a write"), 2);
    assert_eq!(actions(all), ["test.2"]);
}

fn what_fails_or_panics_leaves_nothing_and_hurts_nobody_else(kit: &Kit) {
    let (good, bad, worse) = (kit.new_account(&["good"]), kit.new_account(&["bad"]), kit.new_account(&["worse"]));
    let store = &kit.store;
    let (one, two, three) = kit.runtime.block_on(async {
        tokio::join!(
            store.write(move |tx| tx.insert_account(&bad).and_then(|_| Err::<(), _>(StoreError::Busy))),
            store.write(move |tx| -> Result<(), StoreError> {
                tx.insert_account(&worse)?;
                panic!("planted by a test")
            }),
            store.write(move |tx| tx.insert_account(&good)),
        )
    });
    assert!(matches!(one, Err(StoreError::Busy)), "the closure's own error comes back");
    assert!(two.is_err());
    assert!(matches!(three, Ok(Committed::Known(true))));
    let there: BTreeMap<&str, bool> = ["good", "bad", "worse"]
        .into_iter()
        .map(|name| (name, kit.read(move |s| s.account_by_login(&login(name))).is_some()))
        .collect();
    assert_eq!(there, BTreeMap::from([("good", true), ("bad", false), ("worse", false)]));
}

fn a_snapshot_does_not_change_while_one_looks(kit: &Kit) {
    let id = kit.account(&["ada"]);
    let (filter, now) = (AccountFilter { limit: 10, ..AccountFilter::default() }, kit.now());
    let counts = kit.read(move |s| {
        Ok((s.accounts(&filter, now)?.len(), s.accounts(&filter, now)?.len(), s.account(id)?.is_some()))
    });
    assert_eq!(counts, (1, 1, true));
}

fn run(mut location: impl FnMut(&str) -> Location) {
    let of_people = accounts::CASES.iter().chain(people::CASES).chain(app_passwords::CASES);
    let more = letters::CASES.iter().chain(passwords_sent::CASES).chain(sign_outs::CASES);
    let of_apps = grants::CASES.iter().chain(approvals::CASES).chain(signing_keys::CASES);
    let all = CASES.iter().chain(of_people).chain(more).chain(of_apps);
    for (name, case) in all {
        let kit = Kit::new(&location(name));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&kit)));
        assert!(outcome.is_ok(), "case {name} failed on {}", kit.store.shown());
    }
}

#[test]
fn sqlite_in_a_file() {
    let dir = tempfile::tempdir().expect("a directory");
    run(|name| Location::File(dir.path().join(name)));
}

#[test]
fn sqlite_in_memory() {
    run(|_| Location::Memory);
}

#[test]
fn postgresql() {
    let server = Postgres::start();
    run(|name| Location::Postgres { url: Secret(server.new_database(&name[..name.len().min(60)])), authorities: None });
}
