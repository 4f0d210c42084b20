//! Who holds the store: one process at a time, and what it notices when it does not any more.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::{Clock, EventId};
use valetkey_store::{Committed, Connections, CustodyState, Location, NewErrand, OpenError, Secret, Store, StoreError};
use valetkey_testkit::{FixedClock, Postgres, Seeded};

fn open(location: &Location, clock: &Arc<dyn Clock>, seed: u64) -> Result<Store, OpenError> {
    Store::open(location, Connections::default(), clock, &Seeded::new(seed))
}

fn clock() -> (Arc<FixedClock>, Arc<dyn Clock>) {
    let clock = Arc::new(FixedClock::new());
    (clock.clone(), clock)
}

/// Waits until a condition holds, as long as it takes; the test runner ends what waits for ever.
fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn read_something(store: &Store) -> Result<u64, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(store.read(|s| Ok(s.next_expiry()?.map_or(0, |_| 1))))
}

fn a_second_holder_is_refused(location: &Location) {
    let (_, clock) = clock();
    let first = open(location, &clock, 1).expect("the store opens");
    assert!(matches!(open(location, &clock, 2), Err(OpenError::Held(_))));
    assert_eq!(first.custody().state(), CustodyState::Held);
    first.custody().leave();
    assert_eq!(first.custody().state(), CustodyState::Lost);
    drop(first);
    let second = open(location, &clock, 3).expect("the store is free again");
    assert!(second.custody().is_held());
}

#[test]
fn a_file_has_one_holder() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("valetkey.db");
    a_second_holder_is_refused(&Location::File(path.clone()));
    let mode =
        |p: &Path| std::os::unix::fs::PermissionsExt::mode(&p.metadata().expect("it is there").permissions()) & 0o777;
    assert_eq!(mode(&path), 0o600, "nobody else may read it");
}

#[test]
fn by_whichever_link_a_file_is_named_it_has_one_holder() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, link) = (dir.path().join("valetkey.db"), dir.path().join("link.db"));
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let (_, clock) = clock();
    let by_link = open(&Location::File(link.clone()), &clock, 1).expect("the store opens");
    assert!(matches!(open(&Location::File(path.clone()), &clock, 2), Err(OpenError::Held(_))));
    let other = dir.path().join("restored.db");
    std::fs::write(&other, "").expect("another file");
    std::fs::remove_file(&link).expect("the link goes");
    std::os::unix::fs::symlink(&other, &link).expect("and points elsewhere");
    until(|| by_link.custody().state() == CustodyState::Lost);
    by_link.custody().leave();
    drop(by_link);
    assert!(open(&Location::File(path), &clock, 3).is_ok());
}

#[test]
fn a_database_has_one_holder() {
    let server = Postgres::start();
    a_second_holder_is_refused(&Location::Postgres { url: Secret(server.new_database("v")), authorities: None });
}

#[test]
fn a_file_that_is_moved_away_is_lost_and_found_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, elsewhere) = (dir.path().join("valetkey.db"), dir.path().join("elsewhere"));
    let (_, clock) = clock();
    let store = open(&Location::File(path.clone()), &clock, 1).expect("the store opens");
    std::fs::rename(&path, &elsewhere).expect("it moves");
    until(|| store.custody().state() == CustodyState::Lost);
    std::fs::write(&path, "something else").expect("another file takes its place");
    assert!(!store.custody().is_held());
    std::fs::rename(&elsewhere, &path).expect("it moves back");
    until(|| store.custody().state() == CustodyState::Back { losses: 1 });
    assert!(!store.custody().is_held(), "memory may be out of date");
    store.custody().take_up_again(1);
    assert!(store.custody().is_held());
}

#[test]
fn a_database_that_stops_is_lost_at_once_and_held_again_when_it_is_back() {
    let server = Postgres::start();
    let (_, clock) = clock();
    let location = Location::Postgres { url: Secret(server.new_database("v")), authorities: None };
    let store = open(&location, &clock, 1).expect("the store opens");
    assert_eq!(read_something(&store).ok(), Some(0));
    server.stop();
    until(|| store.custody().state() == CustodyState::Lost);
    assert!(matches!(read_something(&store), Err(StoreError::Unusable(_))));
    server.start_again();
    until(|| matches!(store.custody().state(), CustodyState::Back { .. }));
    store.custody().take_up_again(0);
    assert!(!store.custody().is_held(), "what was brought in step before the loss does not count");
    let CustodyState::Back { losses } = store.custody().state() else { panic!("it was back") };
    store.custody().take_up_again(losses);
    assert!(store.custody().is_held());
    until(|| read_something(&store).is_ok());
}

#[test]
fn a_lease_ends_by_the_clock_though_nobody_says_so() {
    let server = Postgres::start();
    let (fixed, clock) = clock();
    let location = Location::Postgres { url: Secret(server.new_database("v")), authorities: None };
    let store = open(&location, &clock, 1).expect("the store opens");
    assert!(store.custody().is_held());
    // As if the process had been stopped for a minute: no renewal, no error, only time.
    fixed.advance(Duration::from_secs(60));
    assert!(!store.custody().is_held());
    until(|| store.custody().is_held()); // the session, and so the lock, lived on: the next renewal holds
}

#[test]
fn a_killed_connection_is_noticed_though_the_server_lives() {
    let server = Postgres::start();
    let (_, clock) = clock();
    let location = Location::Postgres { url: Secret(server.new_database("v")), authorities: None };
    let store = open(&location, &clock, 1).expect("the store opens");
    server.execute("v", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
    until(|| matches!(store.custody().state(), CustodyState::Back { losses: 1 }));
}

#[test]
fn after_a_holder_that_did_not_say_goodbye_its_lease_is_waited_out() {
    let server = Postgres::start();
    let (fixed, clock) = clock();
    let location = Location::Postgres { url: Secret(server.new_database("v")), authorities: None };
    drop(open(&location, &clock, 1).expect("the store opens"));
    // As a process that was killed leaves it.
    server.execute("v", "UPDATE custody SET departed = 0");
    let next = {
        let (location, clock) = (location.clone(), Arc::clone(&clock));
        std::thread::spawn(move || open(&location, &clock, 2))
    };
    // Time stands still, and so the lease of the dead is not over.
    std::thread::park_timeout(Duration::from_millis(700));
    assert!(!next.is_finished());
    while !next.is_finished() {
        fixed.advance(Duration::from_secs(1));
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let next = next.join().expect("no panic").expect("the store opens");
    // Time may have gone on past the first renewal.
    until(|| next.custody().is_held());
}

#[test]
fn a_store_of_a_newer_or_another_build_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("valetkey.db");
    let (_, clock) = clock();
    let location = Location::File(path.clone());
    drop(open(&location, &clock, 1).expect("the store opens"));
    let tamper = |sql: &str| rusqlite::Connection::open(&path).and_then(|c| c.execute_batch(sql)).expect("SQL");
    tamper("UPDATE migration SET digest = x'00' WHERE number = 1");
    assert!(matches!(open(&location, &clock, 2), Err(OpenError::Changed(1))));
    tamper("INSERT INTO migration VALUES (999, 'future', x'00', 0)");
    assert!(matches!(open(&location, &clock, 3), Err(OpenError::Newer { found: 999, .. })));
}

#[test]
fn what_is_not_a_database_is_not_taken_for_an_empty_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("valetkey.db");
    std::fs::write(
        &path,
        "this is not a database, though it is long enough to be taken for the head of one.".repeat(9),
    )
    .expect("a file");
    let (_, clock) = clock();
    assert!(matches!(open(&Location::File(path.clone()), &clock, 1), Err(OpenError::Store(StoreError::Unusable(_)))));
    assert!(std::fs::read_to_string(&path).expect("it is still there").starts_with("this is not"));
}

#[test]
fn whoever_lost_the_custody_can_write_nothing_more() {
    let server = Postgres::start();
    let (_, clock) = clock();
    let location = Location::Postgres { url: Secret(server.new_database("v")), authorities: None };
    let store = open(&location, &clock, 1).expect("the store opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let write = || runtime.block_on(store.write(|tx| tx.next_expiry()));
    assert!(write().is_ok());
    // Another process took over, and this one does not know yet: its lease seems to run.
    server.execute("v", "UPDATE custody SET node = '\\x00'");
    assert!(store.custody().is_held());
    assert!(matches!(write(), Err(StoreError::NotHeld)));
    store.custody().leave();
    assert!(matches!(write(), Err(StoreError::NotHeld)));
}

#[test]
fn a_commit_of_which_the_server_does_not_say_that_it_failed_may_be_there() {
    let server = Postgres::start();
    let (_, clock) = clock();
    let location = Location::Postgres { url: Secret(server.new_database("v")), authorities: None };
    let store = open(&location, &clock, 1).expect("the store opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (code, is_open) in [("08006", true), ("57P01", true), ("40003", true), ("23514", false), ("57014", false)] {
        // What answers the COMMIT, and nothing before it.
        server.execute(
            "v",
            &format!(
                "CREATE OR REPLACE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{code}'; END $$;
                 DROP TRIGGER IF EXISTS late ON outbox;
                 CREATE CONSTRAINT TRIGGER late AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION late()"
            ),
        );
        let now = clock.now();
        let errand = NewErrand {
            id: EventId::new(now, &Seeded::new(9)),
            kind: "test",
            account: None,
            credential: None,
            detail: "{}".into(),
            created_at: now,
            due_at: now,
        };
        let outcome = runtime.block_on(store.write(move |tx| tx.leave_errand(&errand)));
        match outcome {
            Ok(Committed::Unknown((), _)) => assert!(is_open, "{code}"),
            Err(StoreError::Unusable(_)) => assert!(!is_open, "{code}"),
            other => panic!("{code}: {other:?}"),
        }
    }
}
