//! What other servers are told: with every change that takes something away, twice, and until it works.

use std::time::Duration;

use valetkey_accounts::{
    Asked, CreateAppPassword, Cuts, Elsewhere, OtherServer, SIGN_OUT_LEASE, SignOut, SignOutOutcome, SignOutTrouble,
    Standing,
};
use valetkey_domain::{AccountId, Clock as _, CredentialId};
use valetkey_store::{AuditFilter, Location};

use super::world::{OPERATOR, World, password};

const AGAIN_AFTER: Duration = Duration::from_secs(60);

fn world_at(location: Location) -> World {
    world_of(location, &["Dovecot", "Webmail", "Postfix"])
}

/// One in which some of the three servers are in the configuration.
fn world_of(location: Location, names: &[&str]) -> World {
    World::with(location, |settings| {
        let server = |(name, cuts): (&str, _)| OtherServer { name: name.to_owned(), again_after: AGAIN_AFTER, cuts };
        let all = [("Dovecot", Cuts::Person), ("Webmail", Cuts::AsTold), ("Postfix", Cuts::Nothing)];
        settings.other_servers = all.into_iter().filter(|(name, _)| names.contains(name)).map(server).collect();
    })
}

fn world() -> World {
    world_at(Location::Memory)
}

async fn taken(world: &World, server: &str) -> Vec<SignOut> {
    world.accounts.take_sign_outs(server, 10).await.expect("they are taken")
}

async fn one(world: &World, server: &str) -> SignOut {
    let mut all = taken(world, server).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn done(world: &World, one: &SignOut, outcome: SignOutOutcome) {
    world.accounts.sign_out_done(one, outcome).await.expect("it is written down");
}

/// Takes what there is at both servers, says that it was done, and gives why it was.
async fn whys(world: &World) -> Vec<(String, bool)> {
    let mut whys = Vec::new();
    for server in ["Dovecot", "Webmail", "Postfix"] {
        for one in taken(world, server).await {
            done(world, &one, SignOutOutcome::Told).await;
            whys.push((format!("{server} {}", one.why), one.is_final));
        }
    }
    whys
}

fn standing(shown: &[Elsewhere], server: &str) -> Standing {
    shown.iter().find(|one| one.server == server).expect("it is shown").standing
}

async fn later(world: &World, by: Duration) {
    world.clock.advance(by);
    while !world.accounts.store().custody().is_held() {
        tokio::task::yield_now().await;
    }
}

async fn revoked(world: &World, account: AccountId) -> Asked {
    let created = world.app_password(account, "Thunderbird").await;
    let id = created.app_password.id;
    world.accounts.revoke_app_password(&OPERATOR, account, id).await.expect("it is revoked").asked
}

#[tokio::test(start_paused = true)]
async fn whatever_takes_something_away_is_told_to_each_server() {
    let world = world();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let both = |why: &str| ["Dovecot", "Webmail"].map(|server| (format!("{server} {why}"), false));
    let created = world.app_password(ada, "Thunderbird").await;
    assert!(whys(&world).await.is_empty(), "nothing was taken away");
    let accounts = &world.accounts;
    accounts.revoke_app_password(&OPERATOR, ada, created.app_password.id).await.expect("it is revoked");
    assert_eq!(whys(&world).await, both("asked"));
    accounts.revoke_app_password(&OPERATOR, ada, created.app_password.id).await.expect("it is revoked");
    assert_eq!(whys(&world).await, both("asked"), "all of it is done again");
    accounts.revoke_all_app_passwords(&OPERATOR, ada).await.expect("they are revoked");
    assert_eq!(whys(&world).await, both("all-asked"));
    let new = password("another one that is long");
    accounts.reset_password(&OPERATOR, ada, &new).await.expect("it is reset");
    assert_eq!(whys(&world).await, both("password-reset"));
    let (passed, holder) = world.step_up(bob).await;
    accounts.change_password(&holder, &passed, &new, None).await.expect("it is changed");
    assert_eq!(whys(&world).await, both("password-changed"));
    let alias = accounts.login_name("countess").expect("a name");
    accounts.add_login_name(&OPERATOR, ada, alias.clone()).await.expect("it is free");
    assert!(whys(&world).await.is_empty());
    accounts.remove_login_name(&OPERATOR, ada, alias.clone()).await.expect("it is hers");
    let taken = one(&world, "Dovecot").await;
    assert_eq!(
        taken.logins.iter().map(|l| l.as_str()).collect::<Vec<_>>(),
        ["ada@example.org", "countess@example.org"]
    );
    done(&world, &taken, SignOutOutcome::Told).await;
    assert_eq!(whys(&world).await, both("login-name-removed")[1..]);
    let factor = accounts.show_account(&OPERATOR, ada).await.expect("it is there").factors[0].id;
    accounts.remove_second_factor(&OPERATOR, ada, factor, None).await.expect("it is removed");
    assert_eq!(whys(&world).await, both("second-factor-removed"));
    accounts.suspend_account(&OPERATOR, ada).await.expect("it is suspended");
    assert_eq!(whys(&world).await, both("suspended"));
    accounts.delete_account(&OPERATOR, ada).await.expect("it is deleted");
    assert_eq!(whys(&world).await, both("deleted"));
    let eve = world.person("eve").await;
    accounts.sign_out_everywhere(&OPERATOR, eve).await.expect("it is done");
    let once = ["Dovecot signed-out", "Webmail signed-out"].map(|why| (why.to_owned(), true));
    assert_eq!(whys(&world).await, once, "apps may come again: there is no second run");
    later(&world, AGAIN_AFTER).await;
    assert!(whys(&world).await.iter().all(|(why, is_final)| *is_final && !why.contains("signed-out")));
    assert!(whys(&world).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_app_password_whose_time_is_over_is_told_too() {
    let world = world();
    let ada = world.person("ada").await;
    let end = world.clock.now() + Duration::from_secs(30);
    let new = CreateAppPassword { expires_at: Some(end), ..World::new_app_password("Guest") };
    let created = world.create(ada, new).await;
    let mut left = world.accounts.sign_outs_left();
    left.mark_unchanged();
    let running = world.start_caretaker();
    later(&world, Duration::from_secs(31)).await;
    let told = tokio::time::timeout(Duration::from_secs(60), left.changed()).await;
    told.expect("somebody is told").expect("the service lives");
    let told = one(&world, "Dovecot").await;
    assert_eq!(
        (&*told.why, told.app_password, told.is_final),
        ("expired", Some(created.app_password.id.into()), false)
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn only_the_second_run_makes_it_final() {
    let world = world();
    let ada = world.person("ada").await;
    let asked = revoked(&world, ada).await;
    let first = one(&world, "Dovecot").await;
    assert!(!first.is_final && first.attempts == 1);
    assert!(taken(&world, "Dovecot").await.is_empty(), "whoever took it has time");
    done(&world, &first, SignOutOutcome::Closed(2)).await;
    let webmail = one(&world, "Webmail").await;
    let again = world.accounts.sign_out_failed(&webmail, SignOutTrouble::Unreachable).await.expect("it is written");
    assert_eq!(again, Some(world.clock.now() + Duration::from_secs(1)));
    let shown = world.accounts.other_servers(asked).await;
    let cut = |count, final_in| Standing::Cut { outcome: SignOutOutcome::Closed(count), final_in };
    assert_eq!(standing(&shown, "Dovecot"), cut(2, Some(AGAIN_AFTER)));
    assert_eq!(standing(&shown, "Webmail"), Standing::Pending { why: Some(SignOutTrouble::Unreachable) });
    assert_eq!(standing(&shown, "Postfix"), Standing::CannotBeCut);
    later(&world, AGAIN_AFTER / 2).await;
    assert!(taken(&world, "Dovecot").await.is_empty(), "not yet");
    assert_eq!(world.accounts.next_sign_out("Dovecot").await.expect("known"), Some(AGAIN_AFTER / 2));
    later(&world, AGAIN_AFTER / 2).await;
    let second = one(&world, "Dovecot").await;
    assert!(second.is_final && second.attempts == 1);
    assert_eq!((second.id, second.app_password, second.at), (first.id, first.app_password, first.at));
    done(&world, &first, SignOutOutcome::Closed(9)).await;
    let shown = world.accounts.other_servers(asked).await;
    assert_eq!(
        standing(&shown, "Dovecot"),
        cut(2, Some(Duration::ZERO)),
        "a late word of the first run counts nothing"
    );
    done(&world, &second, SignOutOutcome::Closed(1)).await;
    assert_eq!(standing(&world.accounts.other_servers(asked).await, "Dovecot"), cut(3, None));
    assert_eq!(world.accounts.next_sign_out("Dovecot").await.expect("known"), None);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_told_is_tried_for_a_day() {
    let world = world();
    let ada = world.person("ada").await;
    let asked = revoked(&world, ada).await;
    let (mut waits, mut ids) = (Vec::new(), Vec::new());
    loop {
        let one = one(&world, "Webmail").await;
        ids.push(one.id);
        let trouble = SignOutTrouble::Status(503);
        let Some(again) = world.accounts.sign_out_failed(&one, trouble).await.expect("it is written") else { break };
        waits.push(again.since(world.clock.now()));
        later(&world, again.since(world.clock.now())).await;
    }
    assert_eq!(waits[..6].iter().map(Duration::as_secs).collect::<Vec<_>>(), [1, 5, 30, 120, 600, 600]);
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same id each time");
    let given_up = Standing::GivenUp { why: Some(SignOutTrouble::Status(503)) };
    assert_eq!(standing(&world.accounts.other_servers(asked).await, "Webmail"), given_up);
    let filter = AuditFilter { account: Some(ada), limit: 100, ..AuditFilter::default() };
    let audit = world.accounts.read_audit(&OPERATOR, filter).await.expect("it is read");
    let line = audit.iter().find(|line| line.action == "sign-out.given-up").expect("it is written down");
    assert_eq!(line.detail, r#"{"server":"Webmail","why":"status 503"}"#);
    assert!(taken(&world, "Webmail").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_revoke_waits_two_seconds_for_other_servers_and_no_longer() {
    let world = world();
    let ada = world.person("ada").await;
    let asked = revoked(&world, ada).await;
    let waiting = |time| tokio::time::timeout(Duration::from_millis(time), world.accounts.other_servers(asked));
    assert!(waiting(1900).await.is_err());
    let shown = waiting(2100).await.expect("it says what it knows");
    assert_eq!(standing(&shown, "Dovecot"), Standing::Pending { why: None });
}

#[tokio::test]
async fn a_revoke_hears_at_once_what_other_servers_did() {
    let world = world();
    let ada = world.person("ada").await;
    let asked = revoked(&world, ada).await;
    let tell = async {
        for server in ["Dovecot", "Webmail"] {
            let one = one(&world, server).await;
            done(&world, &one, SignOutOutcome::Told).await;
        }
    };
    let (shown, ()) = tokio::join!(world.accounts.other_servers(asked), tell);
    let told = Standing::Cut { outcome: SignOutOutcome::Told, final_in: Some(AGAIN_AFTER) };
    assert_eq!(standing(&shown, "Webmail"), told);
}

#[tokio::test(start_paused = true)]
async fn asking_again_and_again_leaves_one_and_a_newer_one_counts() {
    let world = world();
    let ada = world.person("ada").await;
    let id = world.app_password(ada, "Thunderbird").await.app_password.id;
    let revoke = || world.accounts.revoke_app_password(&OPERATOR, ada, id);
    revoke().await.expect("it is revoked");
    let before = one(&world, "Dovecot").await;
    for _ in 0..3 {
        revoke().await.expect("it is revoked");
    }
    done(&world, &before, SignOutOutcome::Closed(1)).await;
    let newer = one(&world, "Dovecot").await;
    assert_ne!(newer.id, before.id);
    assert!(!newer.is_final, "what was told before the newer one was asked for counts for nothing");
}

#[tokio::test(start_paused = true)]
async fn signing_out_everywhere_does_not_take_the_second_run_of_what_took_something_away() {
    let world = world();
    let ada = world.person("ada").await;
    let new = password("another one that is long");
    world.accounts.reset_password(&OPERATOR, ada, &new).await.expect("it is reset");
    assert_eq!(whys(&world).await.len(), 2);
    later(&world, AGAIN_AFTER / 2).await;
    world.accounts.sign_out_everywhere(&OPERATOR, ada).await.expect("it is done");
    let both = |is_final| ["Dovecot", "Webmail"].map(|server| (format!("{server} password-reset"), is_final));
    assert_eq!(whys(&world).await, both(false), "at once");
    later(&world, AGAIN_AFTER).await;
    assert_eq!(whys(&world).await, both(true), "whoever held our OK has a session by now");
    assert!(whys(&world).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_login_name_that_is_taken_away_is_told_in_every_run_whatever_is_asked_for_meanwhile() {
    let world = world();
    let ada = world.person("ada").await;
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias.clone()).await.expect("it is free");
    world.accounts.remove_login_name(&OPERATOR, ada, alias).await.expect("it is hers");
    done(&world, &one(&world, "Dovecot").await, SignOutOutcome::Told).await;
    later(&world, Duration::from_secs(3)).await;
    world.accounts.revoke_all_app_passwords(&OPERATOR, ada).await.expect("they are revoked");
    for is_final in [false, true] {
        let told = one(&world, "Dovecot").await;
        assert_eq!((&*told.why, told.is_final), ("all-asked", is_final));
        let logins: Vec<_> = told.logins.iter().map(|login| login.as_str()).collect();
        assert_eq!(logins, ["ada@example.org", "countess@example.org"], "final: {is_final}");
        done(&world, &told, SignOutOutcome::Told).await;
        later(&world, AGAIN_AFTER).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_to_be_told_outlives_the_process_and_the_account() {
    let dir = tempfile::tempdir().expect("a directory");
    let location = || Location::File(dir.path().join("valetkey.db"));
    let world = world_at(location());
    let ada = world.person("ada").await;
    world.app_password(ada, "Thunderbird").await;
    world.accounts.delete_account(&OPERATOR, ada).await.expect("it is deleted");
    let before = one(&world, "Dovecot").await;
    drop(world);
    let world = world_at(location());
    assert!(taken(&world, "Dovecot").await.is_empty(), "somebody may be at it");
    assert!(SIGN_OUT_LEASE > Duration::from_secs(60), "longer than any deadline");
    world.accounts.hurry_sign_outs().await.expect("it is written");
    let after = one(&world, "Dovecot").await;
    assert_eq!((after.id, after.attempts, after.is_final), (before.id, 2, false));
    assert_eq!(after.logins[0].as_str(), "ada@example.org");
}

#[tokio::test(start_paused = true)]
async fn the_history_says_what_other_servers_did() {
    let world = world();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await.app_password.id;
    world.app_password(ada, "Phone").await;
    world.accounts.revoke_app_password(&OPERATOR, ada, created).await.expect("it is revoked");
    let told = one(&world, "Dovecot").await;
    done(&world, &told, SignOutOutcome::Closed(2)).await;
    later(&world, Duration::from_secs(1)).await;
    world.accounts.revoke_all_app_passwords(&OPERATOR, ada).await.expect("they are revoked");
    let told = one(&world, "Dovecot").await;
    done(&world, &told, SignOutOutcome::Closed(1)).await;
    later(&world, AGAIN_AFTER).await;
    for told in taken(&world, "Dovecot").await {
        done(&world, &told, SignOutOutcome::Closed(0)).await;
    }
    world.accounts.revoke_all_app_passwords(&OPERATOR, ada).await.expect("they are revoked");
    let ended = world.accounts.app_passwords(&OPERATOR, ada, true).await.expect("they are read");
    let about = ended.iter().filter_map(|one| Some((CredentialId::from(one.id), one.state.ended_at()?)));
    let known = world.accounts.other_servers_of(&OPERATOR, ada, about).await.expect("they are read");
    let closed = |label: &str| {
        let one = ended.iter().find(|one| one.label.as_str() == label).expect("it is there");
        match standing(&known[&one.id.into()], "Dovecot") {
            Standing::Cut { outcome: SignOutOutcome::Closed(count), .. } => count,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((closed("Thunderbird"), closed("Phone")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_server_that_is_taken_out_had_yet_to_be_told_is_named_and_forgotten_after_a_day() {
    let dir = tempfile::tempdir().expect("a directory");
    let location = || Location::File(dir.path().join("valetkey.db"));
    let world = world_at(location());
    let ada = world.person("ada").await;
    let id = world.app_password(ada, "Thunderbird").await.app_password.id;
    world.accounts.revoke_app_password(&OPERATOR, ada, id).await.expect("it is revoked");
    drop(world);
    let world = world_of(location(), &["Dovecot"]);
    let told = one(&world, "Dovecot").await;
    done(&world, &told, SignOutOutcome::Told).await;
    let ended = world.accounts.app_passwords(&OPERATOR, ada, true).await.expect("they are read");
    let about = ended.iter().filter_map(|one| Some((CredentialId::from(one.id), one.state.ended_at()?)));
    let known = world.accounts.other_servers_of(&OPERATOR, ada, about).await.expect("they are read");
    assert_eq!(standing(&known[&id.into()], "Webmail"), Standing::NotConfigured);
    assert_eq!(known[&id.into()].len(), 2, "and Dovecot, as ever");
    later(&world, Duration::from_secs(86_401)).await;
    let caretaker = world.start_caretaker(); // the first that it does is to forget
    let kept = || async {
        let kept = world.accounts.store().read(move |s| s.sign_outs(ada, 10)).await.expect("they are read");
        kept.into_iter().map(|one| one.server).collect::<Vec<_>>()
    };
    while kept().await.len() == 2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    caretaker.stop().await;
    assert_eq!(kept().await, ["Dovecot"], "which is told, however late");
}

#[tokio::test(start_paused = true)]
async fn whoever_looks_later_is_told_how_each_sign_out_ended() {
    let world = world();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let id = world.app_password(ada, "Thunderbird").await.app_password.id;
    world.accounts.revoke_app_password(&OPERATOR, ada, id).await.expect("it is revoked");
    done(&world, &one(&world, "Dovecot").await, SignOutOutcome::Closed(2)).await;
    let webmail = one(&world, "Webmail").await;
    world.accounts.sign_out_failed(&webmail, SignOutTrouble::TooSlow).await.expect("it is written");
    let seen = async |account| {
        let asked = world.accounts.sign_outs(&OPERATOR, account).await.expect("they are read");
        let word = |one: &valetkey_accounts::AskedElsewhere| (one.why.clone(), one.credential, one.elsewhere.clone());
        asked.iter().map(word).collect::<Vec<_>>()
    };
    let at = |server: &str, standing| Elsewhere { server: server.to_owned(), standing };
    let cut = |count, final_in| Standing::Cut { outcome: SignOutOutcome::Closed(count), final_in };
    let mut found = seen(Some(ada)).await;
    found.sort_by_key(|(.., elsewhere)| elsewhere.server.clone());
    let too_slow = Standing::Pending { why: Some(SignOutTrouble::TooSlow) };
    let asked = |elsewhere| ("asked".to_owned(), Some(id.into()), elsewhere);
    assert_eq!(found, [asked(at("Dovecot", cut(2, Some(AGAIN_AFTER)))), asked(at("Webmail", too_slow))]);
    later(&world, AGAIN_AFTER).await;
    done(&world, &one(&world, "Dovecot").await, SignOutOutcome::Closed(1)).await;
    assert!(seen(Some(ada)).await.contains(&asked(at("Dovecot", cut(3, None)))), "final, with both runs");
    assert!(seen(Some(bob)).await.is_empty());
    world.accounts.delete_account(&OPERATOR, bob).await.expect("it is deleted");
    let pending = ("deleted".to_owned(), None, at("Dovecot", Standing::Pending { why: None }));
    assert!(seen(Some(bob)).await.contains(&pending), "also of one that is gone");
    assert_eq!(seen(None).await.len(), 4, "everybody's");
    let holder = valetkey_domain::policy::Actor::Holder { account: bob, role: None, second_factor_at: None };
    assert!(world.accounts.sign_outs(&holder, None).await.is_err(), "which is not for everybody to see");
}
