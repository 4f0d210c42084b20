//! What holds while the store is lost, or cannot be read or written.

use std::time::Duration;

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{CreateAppPassword, Settings, SignIn};
use valetkey_domain::{Clock, Service, Why};
use valetkey_store::{AuditFilter, CustodyState, Location, Secret};
use valetkey_testkit::Postgres;

use crate::world::{Closed, OPERATOR, World};

/// A service on a PostgreSQL of its own, with time that passes.
fn on_postgres(set: impl FnOnce(&mut Settings)) -> (Postgres, World) {
    let server = Postgres::start();
    let url = server.new_database("valetkey");
    let world = World::with_real_clock(Location::Postgres { url: Secret(url), authorities: None }, set);
    (server, world)
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_store_is_lost_nothing_is_accepted_and_nothing_is_called_wrong() {
    let (server, world) = on_postgres(|_| {});
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let secret = created.secret.expose().clone();
    let connection = Closed::new();
    let _kept = world.accepted_on("ada", &secret, connection.clone()).await;
    let caretaker = world.start_caretaker();
    tokio::task::block_in_place(|| server.stop());
    let attempt = |secret: String| {
        let world = &world;
        async move { world.accounts.sign_in_app(&World::attempt("ada", &secret, Service::Imap), Closed::new()).await }
    };
    // From the moment the loss is seen: remembered or not, right or wrong.
    while world.accounts.store().custody().is_held() {
        tokio::task::yield_now().await;
    }
    for tried in [secret.clone(), "wrong-wron-gwro-ngwr".to_owned(), "correct horse battery".to_owned()] {
        assert!(matches!(attempt(tried).await, SignIn::Broken(_)));
    }
    assert_eq!(connection.why(), None, "what is open stays open for the grace");
    tokio::task::block_in_place(|| server.start_again());
    while !matches!(attempt(secret.clone()).await, SignIn::Accepted(_)) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(connection.why(), None);
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_the_store_was_not_ours_is_brought_in_step() {
    let (server, world) = on_postgres(|_| {});
    let ada = world.person("ada").await;
    let (gone, stays) = (world.app_password(ada, "Gone").await, world.app_password(ada, "Stays").await);
    let (cut, kept) = (Closed::new(), Closed::new());
    let _open = [
        world.accepted_on("ada", gone.secret.expose(), cut.clone()).await,
        world.accepted_on("ada", stays.secret.expose(), kept.clone()).await,
    ];
    // Somebody takes the store from us and revokes behind our back.
    let id = gone.app_password.id.to_string().replace('-', "");
    tokio::task::block_in_place(|| {
        server.execute(
            "valetkey",
            &format!(
                "UPDATE app_password SET state = 'revoked', ended_at = (extract(epoch FROM now()) * 1000)::bigint, ended_why = 'asked' WHERE id = '\\x{id}';
                 SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            ),
        );
    });
    let caretaker = world.start_caretaker();
    cut.closed().await;
    while !world.accounts.store().custody().is_held() {
        tokio::task::yield_now().await;
    }
    assert_eq!(kept.why(), None);
    let refused = world.refused("ada", gone.secret.expose(), Service::Imap).await.0;
    assert_eq!(refused, Why::Revoked(gone.app_password.id.into()), "not from memory");
    world.accepted("ada", stays.secret.expose(), Service::Imap).await;
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_outlive_the_grace_are_closed() {
    let (server, world) = on_postgres(|settings| settings.store_lost_grace = Duration::from_millis(300));
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let connection = Closed::new();
    let _kept = world.accepted_on("ada", created.secret.expose(), connection.clone()).await;
    let caretaker = world.start_caretaker();
    tokio::task::block_in_place(|| server.stop());
    connection.closed().await;
    assert_eq!(connection.why(), Some(CutReason::StoreLost));
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_runs_also_while_the_store_is_back_and_cannot_be_read() {
    let (server, world) = on_postgres(|settings| settings.store_lost_grace = Duration::from_millis(300));
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let connection = Closed::new();
    let _kept = world.accepted_on("ada", created.secret.expose(), connection.clone()).await;
    tokio::task::block_in_place(|| {
        server.execute(
            "valetkey",
            "ALTER TABLE app_password RENAME TO gone;
             SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'",
        );
    });
    // The loss is seen, and the lock is ours again: the store is back, as far as the lock says.
    while !matches!(world.accounts.store().custody().state(), CustodyState::Back { .. }) {
        tokio::task::yield_now().await;
    }
    let caretaker = world.start_caretaker();
    connection.closed().await;
    assert_eq!(connection.why(), Some(CutReason::StoreLost));
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_while_the_store_is_lost_is_cut() {
    let (server, world) = on_postgres(|_| {});
    let ada = world.person("ada").await;
    let (ends, stays) = (Closed::new(), Closed::new());
    let end = Some(world.accounts.now() + Duration::from_secs(3));
    let ending = world.create(ada, CreateAppPassword { expires_at: end, ..World::new_app_password("Ending") }).await;
    let lasting = world.app_password(ada, "Lasting").await;
    let _open = [
        world.accepted_on("ada", ending.secret.expose(), ends.clone()).await,
        world.accepted_on("ada", lasting.secret.expose(), stays.clone()).await,
    ];
    let caretaker = world.start_caretaker();
    tokio::task::block_in_place(|| server.stop());
    while world.accounts.store().custody().is_held() {
        tokio::task::yield_now().await;
    }
    assert_eq!(ends.why(), None, "its time has not come");
    ends.closed().await;
    assert_eq!(ends.why(), Some(CutReason::Revoked));
    assert_eq!(stays.why(), None, "what has not ended stays open for the grace");
    assert!(!world.accounts.store().custody().is_held(), "nobody has asked the store");
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_cut_though_nothing_can_be_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.db");
    let world = World::at(Location::File(file.clone()));
    let ada = world.person("ada").await;
    let end = Some(world.clock.now() + Duration::from_secs(60));
    let (mut connections, mut kept) = (Vec::new(), Vec::new());
    for name in ["One", "Two"] {
        let created = world.create(ada, CreateAppPassword { expires_at: end, ..World::new_app_password(name) }).await;
        connections.push(Closed::new());
        kept.push(world.accepted_on("ada", created.secret.expose(), connections[connections.len() - 1].clone()).await);
    }
    let expired = || async {
        let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
        let log = world.accounts.read_audit(&OPERATOR, filter).await.expect("a log");
        log.iter().filter(|e| e.action == "app-password.expired").count()
    };
    let other = rusqlite::Connection::open(&file).expect("the file opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("the write lock");
    world.clock.advance(Duration::from_secs(60));
    let caretaker = world.start_caretaker();
    for connection in &connections {
        connection.closed().await;
    }
    assert_eq!(expired().await, 0, "nobody could write that down");
    other.execute_batch("ROLLBACK").expect("the lock is given back");
    while expired().await < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_forgotten_at_the_start_however_much_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.db");
    let world = World::at(Location::File(file.clone()));
    world.person("ada").await;
    let other = rusqlite::Connection::open(&file).expect("the file opens");
    let rows = || -> (u32, u32) {
        other
            .query_row("SELECT COUNT(*) FILTER (WHERE at = 0), COUNT(*) FILTER (WHERE at > 0) FROM audit", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("a count")
    };
    let (_, kept) = rows();
    other
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
             INSERT INTO audit (id, at, actor, action, detail) SELECT randomblob(16), 0, 'system', 'old', '{}' FROM n",
        )
        .expect("old rows");
    assert_eq!(rows(), (2500, kept));
    let caretaker = world.start_caretaker();
    while rows().0 > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(rows(), (0, kept));
    caretaker.stop().await;
}
