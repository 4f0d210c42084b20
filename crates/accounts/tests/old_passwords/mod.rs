//! Moving over: who still sends the password of the server from which they came, and by what.

use std::time::Duration;

use valetkey_accounts::{Answer, Attempt, ImportAccount, ImportMode, SignIn};
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountId, Clock as _, Kind, PrimaryPassword, Service, Timestamp, Why};
use valetkey_store::{AuditFilter, Location};
use valetkey_testkit::RealClock;

use super::world::{self, Closed, OPERATOR, World, password};

const OLD: &str = "correct horse battery";
const NEW: &str = "another one that is long";
/// How long anything may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

async fn imported(world: &World, name: &str, written: &str) -> AccountId {
    let login = world.accounts.login_name(name).expect("a name");
    let account = ImportAccount {
        kind: Kind::Person,
        login_names: vec![login.clone()],
        display_name: "".parse().expect("a name"),
        notice_address: None,
        password: world.accounts.imported_password(written).ok(),
    };
    world.accounts.import_accounts(&OPERATOR, vec![account], ImportMode::InEarnest).await.expect("it is imported");
    world.accounts.find_account(&login).await.expect("it is there").id
}

/// Ada, who came with a hash of [`OLD`].
async fn ada(world: &World) -> AccountId {
    imported(world, "ada", "{SHA256-CRYPT}$5$6QDdJTS9bSdhRrqU$AUH8SbEIECzmlQH8F2C8NzgqhuZK/AFqmD3VWUJxTB3").await
}

/// Changes the primary password as its owner does, who knows the one before.
async fn change(world: &World, name: &str, before: &str, new: &str) {
    let login = world.accounts.login_name(name).expect("a name");
    let before = PrimaryPassword::presented(before.as_bytes()).expect("not long");
    let passed = world.accounts.check_password(&login, &before).await.expect("it is right");
    let account = world.accounts.find_account(&login).await.expect("it is there").id;
    let holder = Actor::Holder { account, role: None, second_factor_at: Some(world.accounts.now()) };
    world.accounts.change_password(&holder, &passed, &password(new), None).await.expect("it is changed");
}

async fn sent(world: &World, login: &str, secret: &str, client: Option<&str>) -> (Why, Answer) {
    let attempt = Attempt { client, ..World::attempt(login, secret, Service::Imap) };
    match world.accounts.sign_in_app(&attempt, Closed::new()).await {
        SignIn::Refused(refusal) => (refusal.why(), refusal.settle().await),
        _ => panic!("nothing but an app password signs in"),
    }
}

async fn report(world: &World) -> Vec<String> {
    let since = Timestamp::from_millis(0);
    let rows = world.accounts.old_passwords(&OPERATOR, since, None).await.expect("the store answers");
    let word = |one: &valetkey_accounts::PasswordSent| {
        format!("{} {} {}", one.password.name(), one.last.client.as_deref().unwrap_or("-"), one.times)
    };
    rows.iter().map(word).collect()
}

/// Waits by the real clock: the paused one runs on while the store's threads are at work.
async fn reported(world: &World, expected: &[&str]) {
    let start = RealClock.boot_time();
    loop {
        let found = report(world).await;
        if found == expected {
            return;
        }
        assert!(RealClock.boot_time().since(start) < PATIENCE, "{found:?} in place of {expected:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_still_sends_the_old_password_is_told_after_the_primary_one_was_changed() {
    let world = World::new();
    ada(&world).await;
    let caretaker = world.start_caretaker();
    sent(&world, "ada", OLD, Some("Phone")).await;
    reported(&world, &["primary Phone 1"]).await;
    change(&world, "ada", OLD, NEW).await;
    reported(&world, &["old Phone 1"]).await;
    assert_eq!(sent(&world, "ada", OLD, Some("Tablet")).await, (Why::WrongSecret, Answer::UseAppPassword));
    assert_eq!(sent(&world, "ada", OLD, Some("Phone")).await, (Why::WrongSecret, Answer::UseAppPassword));
    reported(&world, &["old Phone 2", "old Tablet 1"]).await;
    change(&world, "ada", NEW, "a third one that is long").await;
    sent(&world, "ada", NEW, Some("Laptop")).await;
    sent(&world, "ada", "a third one that is long", Some("Laptop")).await;
    reported(&world, &["old Phone 2", "old Tablet 1", "primary Laptop 1"]).await;
    let login = world.accounts.login_name("ada").expect("a name");
    let old = PrimaryPassword::presented(OLD.as_bytes()).expect("not long");
    assert!(world.accounts.check_password(&login, &old).await.is_err(), "nor does it open the portal");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_password_that_was_reset_before_anybody_signed_in_is_still_known() {
    let world = World::new();
    let ada = ada(&world).await;
    let caretaker = world.start_caretaker();
    world.accounts.reset_password(&OPERATOR, ada, &password(NEW)).await.expect("it is reset");
    sent(&world, "ada", OLD, None).await;
    reported(&world, &["old - 1"]).await;
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_old_password_is_forgotten_in_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let location = || Location::File(dir.path().join("valetkey.db"));
    let world = World::at(location());
    ada(&world).await;
    let caretaker = world.start_caretaker();
    change(&world, "ada", OLD, NEW).await;
    sent(&world, "ada", OLD, None).await;
    reported(&world, &["old - 1"]).await;
    caretaker.stop().await;
    drop(world);
    let world = World::at(location());
    world.clock.advance(Duration::from_hours(180 * 24 + 1));
    while !world.accounts.store().custody().is_held() {
        tokio::task::yield_now().await;
    }
    let caretaker = world.start_caretaker(); // the first that it does is to forget
    reported(&world, &[]).await;
    caretaker.stop().await;
    drop(world);
    let world = World::with(Location::Memory, |settings| settings.old_password_retention = Duration::ZERO);
    let bob = imported(&world, "bob", &format!("{{PLAIN}}{OLD}")).await;
    change(&world, "bob", OLD, NEW).await;
    let kept = world.accounts.store().read(move |s| s.kept_passwords(bob)).await.expect("a read");
    assert!(kept.old.is_none(), "nobody asked for it to be kept");
}

#[tokio::test(start_paused = true)]
async fn however_quickly_an_app_repeats_a_password_it_is_counted() {
    let world = World::new();
    let ada = ada(&world).await;
    let caretaker = world.start_caretaker();
    for _ in 0..40 {
        sent(&world, "ada", OLD, Some("Phone")).await;
    }
    reported(&world, &["primary Phone 40"]).await;
    let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
    let log = world.accounts.read_audit(&OPERATOR, filter).await.expect("a log");
    assert_eq!(log.iter().filter(|line| line.action == "password.tried-by-app").count(), 1, "once a day: {log:?}");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn it_is_found_out_however_many_others_are_refused_meanwhile() {
    let world = World::new();
    ada(&world).await;
    world.person("bob").await;
    let caretaker = world.start_caretaker();
    let others = async {
        loop {
            sent(&world, "bob", "what bob's app repeats all day", None).await;
        }
    };
    sent(&world, "ada", OLD, Some("Phone")).await;
    tokio::select! {
        () = reported(&world, &["primary Phone 1"]) => {}
        () = others => {}
    }
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_old_password_that_looks_like_an_app_password_is_found_and_answered_like_one() {
    let world = World::new();
    imported(&world, "ada", "{PLAIN}CorrectHorseBatt").await;
    let caretaker = world.start_caretaker();
    assert_eq!(sent(&world, "ada", "CorrectHorseBatt", None).await, (Why::WrongSecret, Answer::No));
    reported(&world, &["primary - 1"]).await;
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_different_passwords_five_an_hour_are_compared_and_what_is_known_is_counted_all_the_same() {
    let world = World::new();
    ada(&world).await;
    let caretaker = world.start_caretaker();
    sent(&world, "ada", OLD, Some("Phone")).await;
    reported(&world, &["primary Phone 1"]).await;
    for n in 0..6 {
        sent(&world, "ada", &format!("a guess that is wrong {n}"), None).await;
    }
    sent(&world, "ada", OLD, Some("Phone")).await;
    reported(&world, &["primary Phone 2"]).await;
    change(&world, "ada", OLD, NEW).await;
    sent(&world, "ada", NEW, Some("Phone")).await;
    // What comes later is looked at later.
    world.person("bob").await;
    sent(&world, "bob", world::PASSWORD, Some("bob's")).await;
    reported(&world, &["old Phone 2", "primary bob's 1"]).await;
    world.clock.advance(Duration::from_hours(1));
    sent(&world, "ada", NEW, Some("Phone")).await;
    reported(&world, &["old Phone 2", "primary Phone 1", "primary bob's 1"]).await;
    caretaker.stop().await;
}
