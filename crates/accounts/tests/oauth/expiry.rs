//! Grants whose time is over: cut, told and written down as expired app passwords are.

use std::time::Duration;

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{Client, CreateAppPassword, Cuts, OtherServer, SignIn};
use valetkey_domain::oauth::{ACCESS_TOKEN_TIME, GRANT_TIME};
use valetkey_domain::{AccountId, CredentialState, Service};
use valetkey_store::{AuditEntry, AuditFilter, Location, Secret};
use valetkey_testkit::Postgres;

use super::super::world::{Closed, OPERATOR, World};
use super::{MAIL, refresh};

fn world(location: Location) -> World {
    World::with(location, |settings| {
        let (name, again_after) = ("Dovecot".to_owned(), Duration::from_secs(60));
        settings.other_servers = vec![OtherServer { name, again_after, cuts: Cuts::Person }];
    })
}

async fn expired(world: &World, account: AccountId) -> Vec<AuditEntry> {
    let filter =
        AuditFilter { account: Some(account), action: "app.expired".into(), limit: 99, ..AuditFilter::default() };
    world.accounts.read_audit(&OPERATOR, filter).await.expect("a log")
}

/// Waits until nothing active of the account is left that is over.
async fn until_written(world: &World, account: AccountId) {
    loop {
        let all = world.accounts.store().read(move |s| s.grants(account, false)).await.expect("a list");
        let now = valetkey_domain::Clock::now(&*world.clock);
        if all.iter().all(|grant| grant.expires_at > now) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The caretaker looks what is over when something new has an end.
async fn hurry(world: &World, account: AccountId) {
    let end = valetkey_domain::Clock::now(&*world.clock) + GRANT_TIME;
    world.create(account, CreateAppPassword { expires_at: Some(end), ..World::new_app_password("Guest") }).await;
}

#[tokio::test(start_paused = true)]
async fn an_app_that_does_not_come_back_for_half_a_year_is_signed_out() {
    let world = world(Location::Memory);
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let other = world.client("Other").await;
    let first = world.let_in(ada, &client, MAIL).await;
    world.clock.advance(GRANT_TIME.saturating_sub(Duration::from_secs(3600)));
    // Renewed in time: this one has half a year more.
    let others = world.let_in(ada, &other, MAIL).await;
    world.clock.advance(Duration::from_secs(1800));
    let [renewed, kept] = [(&client, &first), (&other, &others)].map(|(client, tokens)| (client, refresh(tokens)));
    let renewed = world.accounts.refresh_tokens(&renewed.0.id, &renewed.1, None).await.map_err(drop).expect("in time");
    let connections = [Closed::new(), Closed::new()];
    let mut open = Vec::new();
    for (tokens, connection) in [&renewed, &others].into_iter().zip(&connections) {
        match world.with_token("", tokens.access.expose(), Service::Imap, connection).await {
            SignIn::Accepted(accepted) => open.push(accepted),
            _ => panic!("not accepted"),
        }
    }
    let mut left = world.accounts.sign_outs_left();
    left.mark_unchanged();
    let caretaker = world.start_caretaker();
    world.clock.advance(GRANT_TIME.saturating_sub(Duration::from_secs(900)));
    let next = world.accounts.refresh_tokens(&kept.0.id, &kept.1, None).await.map_err(drop).map(drop);
    assert_eq!(next, Err(()), "its time was over, since it was not renewed half an hour after it was let in");
    hurry(&world, ada).await;
    tokio::time::timeout(Duration::from_secs(60), connections[1].closed()).await.expect("it is cut");
    assert_eq!((connections[0].why(), connections[1].why()), (None, Some(CutReason::Revoked)), "and no other");
    world.clock.advance(Duration::from_secs(900));
    hurry(&world, ada).await;
    tokio::time::timeout(Duration::from_secs(60), connections[0].closed()).await.expect("it is cut");
    assert_eq!(connections[0].why(), Some(CutReason::Revoked));

    left.changed().await.expect("the service lives");
    until_written(&world, ada).await;
    let told = world.accounts.take_sign_outs("Dovecot", 10).await.expect("they are taken");
    assert!(told.iter().all(|one| one.why == "expired" && one.app_password.is_some()), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");
    let log = expired(&world, ada).await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log.iter().all(|entry| entry.actor == "system" && entry.detail.contains("\"client_id\"")), "{log:?}");
    for grant in world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed") {
        assert!(matches!(grant.state, CredentialState::Expired { at } if at == grant.expires_at), "{grant:?}");
    }
    for tokens in [&renewed, &others] {
        assert!(world.why("", tokens.access.expose(), Service::Imap).await.is_some());
    }
    caretaker.stop().await;
}

/// With PostgreSQL time passes, since a lease depends on it: so the grant's end comes sooner.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_whose_time_is_over_is_signed_out_with_postgresql() {
    let server = Postgres::start();
    let location = Location::Postgres { url: Secret(server.new_database("grants")), authorities: None };
    let world = World::with_real_clock(location, |_| {});
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let tokens = world.let_in(ada, &client, MAIL).await;
    let connection = Closed::new();
    let SignIn::Accepted(_open) = world.with_token("", tokens.access.expose(), Service::Imap, &connection).await else {
        panic!("not accepted");
    };
    let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
    let over = world.accounts.store().write(move |tx| tx.extend_grant(ada, grant.id, grant.created_at)).await;
    over.map(drop).expect("it is written");
    let caretaker = world.start_caretaker();
    tokio::time::timeout(Duration::from_secs(60), connection.closed()).await.expect("it is cut");
    assert_eq!(connection.why(), Some(CutReason::Revoked));
    assert_eq!(expired(&world, ada).await.len(), 1);
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn many_that_end_at_once_are_written_down_one_by_one() {
    let world = world(Location::Memory);
    let client = world.client("Mailer").await;
    let people = ["ada", "bob", "eve"];
    let mut accounts = Vec::new();
    for name in people {
        let account = world.person(name).await;
        for _ in 0..40 {
            world.let_in(account, &client, "urn:ietf:params:oauth:scope:mail").await;
        }
        accounts.push(account);
    }
    let lasting = world.let_in(accounts[0], &client, MAIL).await;
    world.clock.advance(ACCESS_TOKEN_TIME);
    let caretaker = world.start_caretaker();
    for account in accounts {
        until_written(&world, account).await;
        assert_eq!(expired(&world, account).await.len(), 40);
    }
    let renewed = world.accounts.refresh_tokens(&client.id, &refresh(&lasting), None).await;
    assert!(renewed.is_ok(), "it has half a year");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_was_only_told_whose_account_it_is_signs_nobody_out_an_hour_later() {
    let world = world(Location::Memory);
    let (ada, client): (_, Client) = (world.person("ada").await, world.client("Forum").await);
    world.let_in(ada, &client, "openid").await;
    world.clock.advance(ACCESS_TOKEN_TIME);
    let caretaker = world.start_caretaker();
    until_written(&world, ada).await;
    assert!(world.accounts.take_sign_outs("Dovecot", 10).await.expect("they are taken").is_empty());
    assert!(expired(&world, ada).await.is_empty());
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    assert!(matches!(grant.state, CredentialState::Expired { .. }));
    caretaker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_expire_also_while_an_app_password_cannot_be_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.db");
    let world = World::at(Location::File(file.clone()));
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let end = valetkey_domain::Clock::now(&*world.clock) + Duration::from_secs(60);
    world.create(ada, CreateAppPassword { expires_at: Some(end), ..World::new_app_password("Stuck") }).await;
    world.let_in(ada, &client, "urn:ietf:params:oauth:scope:mail").await;
    let other = rusqlite::Connection::open(&file).expect("the file opens");
    other
        .execute_batch(
            "CREATE TRIGGER stuck BEFORE UPDATE ON app_password WHEN NEW.state = 'expired'
             BEGIN SELECT RAISE(ABORT, 'it cannot be written'); END",
        )
        .expect("a trigger");
    world.clock.advance(ACCESS_TOKEN_TIME);
    let caretaker = world.start_caretaker();
    tokio::time::timeout(Duration::from_secs(60), until_written(&world, ada)).await.expect("it is written down");
    assert_eq!(expired(&world, ada).await.len(), 1);
    let filter =
        AuditFilter { account: Some(ada), action: "app-password.expired".into(), limit: 9, ..Default::default() };
    assert!(world.accounts.read_audit(&OPERATOR, filter).await.expect("a log").is_empty(), "this one cannot");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_comes_twice_is_known_for_half_a_year_however_short_others_are_remembered() {
    let day = Duration::from_hours(24);
    let world = World::with(Location::Memory, |settings| settings.ended_retention = day);
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let first = world.let_in(ada, &client, MAIL).await;
    let renew = async |token: &str| world.accounts.refresh_tokens(&client.id, token, None).await;
    let second = renew(&refresh(&first)).await.map_err(drop).expect("it is good once");
    world.clock.advance(100 * day);
    let third = renew(&refresh(&second)).await.map_err(drop).expect("it is good once");
    let digest =
        valetkey_domain::oauth::AccessToken::presented(first.access.expose().as_bytes()).expect("one").digest();
    let is_there = async || {
        let found = world.accounts.store().read(move |s| s.token_signing_in(ada, &digest)).await;
        found.expect("a store").is_some()
    };
    assert!(is_there().await);
    let caretaker = world.start_caretaker();
    while is_there().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    caretaker.stop().await;
    // What was old was forgotten, in the same transaction.
    assert!(renew(&refresh(&first)).await.is_err());
    assert!(renew(&refresh(&third)).await.is_err(), "somebody has stolen it");
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    assert!(matches!(grant.state, CredentialState::Revoked { .. }), "{grant:?}");
}
