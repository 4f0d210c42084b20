//! What may happen, as a whole: use-cases and sign-ins on a real store.

mod administration;
mod closed;
mod import;
mod joining;
mod letters;
mod login_names;
mod oauth;
mod old_passwords;
mod openid;
mod other_servers;
mod outage;
mod profile;
mod sessions;
mod world;

use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{AccountsError, Answer, CreateAccount, CreateAppPassword, ErrorKind, SecondFactor, SignIn};
use valetkey_domain::policy::{Actor, Denied};
use valetkey_domain::{
    AccountState, Clock, CredentialState, Kind, LastUse, RecoveryCode, RevocationReason, Role, Scope, Scopes, Service,
    Why,
};
use valetkey_store::{AccountFilter, AuditFilter, Location, Secret};
use valetkey_testkit::Postgres;
use world::{Closed, OPERATOR, Slow, World, password};

#[tokio::test(start_paused = true)]
async fn an_app_password_signs_in_however_it_is_typed() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let secret = created.secret.expose().clone();
    for typed in [
        secret.clone(),
        secret.to_uppercase(),
        secret.replace('-', ""),
        secret.replace('-', " "),
        format!(" {secret}\r\n"),
    ] {
        for login in ["ada", "ADA@example.org", " ada@example.org "] {
            let accepted = world.accepted(login, &typed, Service::Imap).await;
            assert_eq!(accepted.login.as_str(), "ada@example.org");
            assert_eq!(accepted.credential, created.app_password.id.into());
        }
    }
    assert_eq!(world.refused("bob", &secret, Service::Imap).await, (Why::UnknownLogin, Answer::No));
    let bob = world.person("bob").await;
    world.app_password(bob, "Phone").await;
    assert_eq!(world.refused("bob", &secret, Service::Imap).await.0, Why::WrongSecret, "another account's");
    assert_eq!(world.refused("a*b", &secret, Service::Imap).await.0, Why::MalformedLogin);
    assert_eq!(
        world.refused("ada", "correct horse battery", Service::Imap).await,
        (Why::WrongSecret, Answer::UseAppPassword)
    );
    assert_eq!(
        world.refused("nobody", "correct horse battery", Service::Imap).await,
        (Why::UnknownLogin, Answer::UseAppPassword)
    );
}

#[tokio::test(start_paused = true)]
async fn a_revoked_one_is_refused_at_once_and_its_connections_are_closed() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (one, other) = (world.app_password(ada, "One").await, world.app_password(ada, "Other").await);
    let (first, second, third) = (Closed::new(), Closed::new(), Closed::new());
    let _kept = [
        world.accepted_on("ada", one.secret.expose(), first.clone()).await,
        world.accepted_on("ada@example.org", one.secret.expose(), second.clone()).await,
        world.accepted_on("ada", other.secret.expose(), third.clone()).await,
    ];
    let revoked = world.accounts.revoke_app_password(&OPERATOR, ada, one.app_password.id).await.expect("it is revoked");
    assert!(!revoked.was_over);
    assert_eq!(revoked.closed, 2);
    assert_eq!([first.why(), second.why(), third.why()], [Some(CutReason::Revoked), Some(CutReason::Revoked), None]);
    assert_eq!(
        world.refused("ada", one.secret.expose(), Service::Imap).await.0,
        Why::Revoked(one.app_password.id.into())
    );
    world.accepted("ada", other.secret.expose(), Service::Imap).await;
    let again = world.accounts.revoke_app_password(&OPERATOR, ada, one.app_password.id).await.expect("no error");
    assert!(again.was_over && again.closed == 0);
    let nothing = world.accounts.revoke_app_password(&OPERATOR, ada, world.some_app_password_id()).await;
    assert!(matches!(nothing, Err(AccountsError::NoSuchAppPassword(_))));
}

#[tokio::test(start_paused = true)]
async fn whatever_takes_the_right_away_cuts_like_a_revoke() {
    type Take =
        fn(&World, valetkey_domain::AccountId) -> std::pin::Pin<Box<dyn Future<Output = RevocationReason> + '_>>;
    let takes: [(&str, Take); 6] = [
        ("revoke all", |w, id| {
            Box::pin(async move {
                let all = w.accounts.revoke_all_app_passwords(&OPERATOR, id).await.expect("done");
                assert_eq!((all.revoked, all.closed), (1, 1));
                RevocationReason::AllAsked
            })
        }),
        ("change of the password", |w, id| {
            Box::pin(async move {
                let (passed, holder) = w.step_up(id).await;
                let replaced = w
                    .accounts
                    .change_password(&holder, &passed, &password("another password"), None)
                    .await
                    .expect("done");
                assert_eq!((replaced.revoked, replaced.closed), (1, 1));
                RevocationReason::PasswordChanged
            })
        }),
        ("reset of the password", |w, id| {
            Box::pin(async move {
                let replaced =
                    w.accounts.reset_password(&OPERATOR, id, &password("another password")).await.expect("done");
                assert_eq!((replaced.revoked, replaced.closed), (1, 1));
                RevocationReason::PasswordReset
            })
        }),
        ("removal of the last second factor", |w, id| {
            Box::pin(async move {
                let factor = w.accounts.show_account(&OPERATOR, id).await.expect("it is there").factors[0].id;
                let removed = w.accounts.remove_second_factor(&OPERATOR, id, factor, None).await.expect("done");
                assert_eq!((removed.was_last, removed.revoked, removed.closed), (true, 1, 1));
                RevocationReason::SecondFactorRemoved
            })
        }),
        ("suspension", |w, id| {
            Box::pin(async move {
                let suspended = w.accounts.suspend_account(&OPERATOR, id).await.expect("done");
                assert_eq!((suspended.value, suspended.closed), (1, 1));
                RevocationReason::Suspended
            })
        }),
        ("deletion", |w, id| {
            Box::pin(async move {
                assert_eq!(w.accounts.delete_account(&OPERATOR, id).await.expect("done").closed, 1);
                RevocationReason::Deleted
            })
        }),
    ];
    for (name, take) in takes {
        let world = World::new();
        let ada = world.person("ada").await;
        let created = world.app_password(ada, "Thunderbird").await;
        let connection = Closed::new();
        let _kept = world.accepted_on("ada", created.secret.expose(), connection.clone()).await;
        let why = take(&world, ada).await;
        assert_eq!(connection.why(), Some(CutReason::Revoked), "{name}");
        let refused = world.refused("ada", created.secret.expose(), Service::Imap).await.0;
        if why == RevocationReason::Deleted {
            assert_eq!(refused, Why::WrongSecret, "its digests are gone");
            continue;
        }
        assert_eq!(refused, Why::Revoked(created.app_password.id.into()), "{name}");
        let all = world.accounts.app_passwords(&OPERATOR, ada, true).await.expect("a list");
        // All others are done by the operator here.
        let by_owner = why == RevocationReason::PasswordChanged;
        assert_eq!(all[0].state, CredentialState::Revoked { at: world.clock.now(), why, by_owner }, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_one_is_cut_when_its_time_is_over() {
    let world = World::new();
    let ada = world.person("ada").await;
    let end = world.clock.now() + Duration::from_secs(60);
    let created =
        world.create(ada, CreateAppPassword { expires_at: Some(end), ..World::new_app_password("For a minute") }).await;
    let connection = Closed::new();
    let _kept = world.accepted_on("ada", created.secret.expose(), connection.clone()).await;
    world.accepted("ada", created.secret.expose(), Service::Imap).await;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(
        world.refused("ada", created.secret.expose(), Service::Imap).await.0,
        Why::Expired(created.app_password.id.into()),
        "at once"
    );
    let caretaker = world.start_caretaker();
    connection.closed().await;
    let expired = |list: Vec<valetkey_domain::AppPassword>| matches!(list[0].state, CredentialState::Expired { .. });
    assert!(expired(world.accounts.app_passwords(&OPERATOR, ada, true).await.expect("a list")));
    caretaker.stop().await;
    let past = CreateAppPassword { expires_at: Some(end), ..World::new_app_password("Yesterday") };
    assert!(matches!(
        world.accounts.create_app_password(&OPERATOR, ada, past).await,
        Err(AccountsError::ExpiryInThePast)
    ));
}

#[tokio::test(start_paused = true)]
async fn scopes_and_networks_hold_also_for_what_is_remembered() {
    let world = World::new();
    let ada = world.person("ada").await;
    let calendars = Some(Scopes::NONE.with(Scope::Calendars));
    let created =
        world.create(ada, CreateAppPassword { scopes: calendars, ..World::new_app_password("Calendar") }).await;
    let id = created.app_password.id;
    world.accepted("ada", created.secret.expose(), Service::CalDav).await;
    assert_eq!(world.refused("ada", created.secret.expose(), Service::Imap).await.0, Why::Scope(id.into()));
    let networks = valetkey_domain::Networks::new(vec!["192.0.2.0/24".parse().expect("a network")]).expect("one");
    let created = world.create(ada, CreateAppPassword { networks, ..World::new_app_password("At home") }).await;
    let attempt = |network: Option<&str>| valetkey_accounts::Attempt {
        network: network.map(|n| n.parse().expect("an address")),
        ..World::attempt("ada", created.secret.expose(), Service::Imap)
    };
    for (network, accepted) in
        [(Some("192.0.2.7"), true), (Some("198.51.100.1"), false), (None, false), (Some("192.0.2.8"), true)]
    {
        match world.accounts.sign_in_app(&attempt(network), Closed::new()).await {
            SignIn::Accepted(_) => assert!(accepted, "{network:?}"),
            SignIn::Refused(refusal) => {
                assert!(!accepted && refusal.why() == Why::Network(created.app_password.id.into()), "{network:?}");
            }
            _ => panic!("neither accepted nor refused"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_without_a_second_factor_has_no_app_password() {
    let world = World::new();
    let ada = world.person_without_factor("ada").await;
    let refused = world.accounts.create_app_password(&OPERATOR, ada, World::new_app_password("Early")).await;
    assert!(matches!(refused, Err(AccountsError::NoSecondFactor)));
}

#[tokio::test(start_paused = true)]
async fn nobody_makes_somebody_elses_app_password_unless_the_rule_allows_it() {
    let world = World::with(Location::Memory, |settings| settings.rules.admin_may_create = false);
    let ada = world.person("ada").await;
    let refused = world.accounts.create_app_password(&OPERATOR, ada, World::new_app_password("Mine")).await;
    assert!(matches!(refused, Err(AccountsError::Denied(Denied::OwnerOnly))));
    let (_, holder) = world.step_up(ada).await;
    assert!(world.accounts.create_app_password(&holder, ada, World::new_app_password("Mine")).await.is_ok());
    world.clock.advance(Duration::from_secs(601));
    let late = world.accounts.create_app_password(&holder, ada, World::new_app_password("Late")).await;
    assert!(matches!(late, Err(AccountsError::Denied(Denied::StepUpNeeded))));
    let device = world.device("printer").await;
    let created = world.create(device, World::new_app_password("Printer")).await;
    assert_eq!(created.app_password.scopes, Scopes::NONE.with(Scope::MailSend));
    world.accepted("printer", created.secret.expose(), Service::Submission).await;
    assert_eq!(
        world.refused("printer", created.secret.expose(), Service::Imap).await.0,
        Why::Scope(created.app_password.id.into())
    );
}

#[tokio::test(start_paused = true)]
async fn the_twenty_sixth_is_refused_and_room_is_made_by_revoking() {
    let world = World::new();
    let ada = world.person("ada").await;
    let mut first = None;
    for n in 0..25 {
        let created = world.app_password(ada, &format!("Number {n}")).await;
        first.get_or_insert(created.app_password.id);
    }
    let refused = world.accounts.create_app_password(&OPERATOR, ada, World::new_app_password("One more")).await;
    assert!(refused.is_err_and(|e| e.kind() == ErrorKind::Conflict && e.to_string().contains("revoke one")));
    world.accounts.revoke_app_password(&OPERATOR, ada, first.expect("the first")).await.expect("revoked");
    world.app_password(ada, "One more").await;
    assert_eq!(world.accounts.app_passwords(&OPERATOR, ada, false).await.expect("a list").len(), 25);
}

async fn fifty_creators_race_for_the_last_place(location: Location) {
    let world = World::at(location);
    let ada = world.person("ada").await;
    for n in 0..24 {
        world.app_password(ada, &format!("Number {n}")).await;
    }
    let racers: Vec<_> = (0..50)
        .map(|n| {
            let accounts = Arc::clone(&world.accounts);
            tokio::spawn(async move {
                let new = World::new_app_password(&format!("Racer {n}"));
                loop {
                    match accounts.create_app_password(&OPERATOR, ada, new.clone()).await {
                        Ok(_) => return true,
                        Err(AccountsError::TooManyActive(_)) => return false,
                        Err(error) if error.kind() == ErrorKind::Broken => tokio::task::yield_now().await,
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        won += usize::from(racer.await.expect("no panic"));
    }
    assert_eq!(won, 1);
    assert_eq!(world.accounts.app_passwords(&OPERATOR, ada, false).await.expect("a list").len(), 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_creators_race_for_the_last_place_in_sqlite() {
    let dir = tempfile::tempdir().expect("a directory");
    fifty_creators_race_for_the_last_place(Location::File(dir.path().join("valetkey.db"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_creators_race_for_the_last_place_in_postgresql() {
    let server = Postgres::start();
    let url = server.new_database("race");
    fifty_creators_race_for_the_last_place(Location::Postgres { url: Secret(url), authorities: None }).await;
}

#[tokio::test(start_paused = true)]
async fn two_factors_are_proved_and_no_code_works_twice() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (login, right) = (world.accounts.login_name("ada").expect("a name"), password(world::PASSWORD));
    let wrong = world.accounts.check_password(&login, &password("wrong password!")).await;
    assert!(matches!(wrong, Err(AccountsError::WrongPassword)));
    let unknown = world.accounts.check_password(&world.accounts.login_name("nobody").expect("a name"), &right).await;
    assert!(matches!(unknown, Err(AccountsError::WrongPassword)), "the same words");
    let passed = world.accounts.check_password(&login, &right).await.expect("it is right");
    assert!(passed.needs_second_factor());
    let code = world.code(ada);
    let holder = world.accounts.check_second_factor(&passed, SecondFactor::Totp(code)).await.expect("it is right");
    assert!(matches!(holder, Actor::Holder { second_factor_at: Some(_), .. }));
    let replay = world.accounts.check_second_factor(&passed, SecondFactor::Totp(code)).await;
    assert!(matches!(replay, Err(AccountsError::WrongCode)));
    world.clock.advance(Duration::from_secs(30));
    assert!(world.accounts.check_second_factor(&passed, SecondFactor::Totp(world.code(ada))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_knew_a_password_that_was_replaced_knows_nothing() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (thief, _) = world.step_up(ada).await;
    let (_, holder) = {
        world.clock.advance(Duration::from_secs(30));
        world.step_up(ada).await
    };
    let new = password("the owner's new one");
    world.accounts.reset_password(&OPERATOR, ada, &new).await.expect("it is reset");
    world.clock.advance(Duration::from_secs(30));
    let code = SecondFactor::Totp(world.code(ada));
    let shown = world.accounts.check_second_factor(&thief, code).await;
    assert!(matches!(shown, Err(AccountsError::WrongPassword)));
    let changed = world.accounts.change_password(&holder, &thief, &password("the thief's again"), None).await;
    assert!(matches!(changed, Err(AccountsError::WrongPassword)));
    let login = world.accounts.login_name("ada").expect("a name");
    assert!(world.accounts.check_password(&login, &new).await.is_ok(), "the owner's is the one");
}

/// Made by the reference implementation: `echo -n "correct horse battery" | argon2 somesaltsomesalt -id -k 128 -t 2`.
#[tokio::test(start_paused = true)]
async fn a_hash_of_another_cost_is_made_anew_and_who_knew_it_goes_on() {
    const FOREIGN: &str =
        "$argon2id$v=19$m=128,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RAT/Jz6f7WsyNM59ELn61AJeFXq+TqEN+UR+tjE4/Q8";
    let world = World::new();
    let ada = world.person("ada").await;
    let now = world.clock.now();
    let written = world.accounts.store().write(move |tx| tx.set_primary_password(ada, FOREIGN, now)).await;
    assert!(written.is_ok());
    let login = world.accounts.login_name("ada").expect("a name");
    let passed = world.accounts.check_password(&login, &password("correct horse battery")).await.expect("it is right");
    let kept = world.accounts.store().read(move |s| s.primary_password(ada)).await.expect("a read").expect("a hash");
    assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
    let code = SecondFactor::Totp(world.code(ada));
    assert!(world.accounts.check_second_factor(&passed, code).await.is_ok());
    assert!(world.accounts.check_password(&login, &password("correct horse battery")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_recovery_code_works_once_and_new_ones_replace_the_old() {
    let world = World::new();
    let ada = world.person("ada").await;
    let codes = world.recovery_codes(ada);
    assert_eq!(codes.len(), 10);
    let login = world.accounts.login_name("ada").expect("a name");
    let passed = world.accounts.check_password(&login, &password(world::PASSWORD)).await.expect("it is right");
    let shown = |text: &str| SecondFactor::Recovery(RecoveryCode::presented(text).expect("a code"));
    let holder = world.accounts.check_second_factor(&passed, shown(&codes[0])).await.expect("it is right");
    assert!(matches!(
        world.accounts.check_second_factor(&passed, shown(&codes[0])).await,
        Err(AccountsError::WrongCode)
    ));
    let new = world.accounts.replace_recovery_codes(&holder, ada).await.expect("new ones");
    assert!(matches!(
        world.accounts.check_second_factor(&passed, shown(&codes[1])).await,
        Err(AccountsError::WrongCode)
    ));
    assert!(world.accounts.check_second_factor(&passed, shown(new[0].reveal().expose())).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn guessing_a_primary_password_has_to_wait() {
    let world = World::new();
    world.person("ada").await;
    let login = world.accounts.login_name("ada").expect("a name");
    for _ in 0..10 {
        let wrong = world.accounts.check_password(&login, &password("wrong password!")).await;
        assert!(matches!(wrong, Err(AccountsError::WrongPassword)));
    }
    let waits = world.accounts.check_password(&login, &password(world::PASSWORD)).await;
    assert!(matches!(waits, Err(AccountsError::Wait(_))));
    world.clock.advance(Duration::from_secs(200));
    assert!(world.accounts.check_password(&login, &password(world::PASSWORD)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn last_uses_are_written_in_batches() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let attempt = valetkey_accounts::Attempt {
        client: Some("Thunderbird 153"),
        network: Some("192.0.2.9".parse().expect("an address")),
        ..World::attempt("ada", created.secret.expose(), Service::Imap)
    };
    assert!(matches!(world.accounts.sign_in_app(&attempt, Closed::new()).await, SignIn::Accepted(_)));
    let last =
        || async { world.accounts.app_passwords(&OPERATOR, ada, false).await.expect("a list")[0].last_use.clone() };
    assert_eq!(last().await, None, "not yet");
    let caretaker = world.start_caretaker();
    while last().await.is_none() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    caretaker.stop().await;
    let expected = LastUse {
        at: world.clock.now(),
        service: Service::Imap,
        client: Some("Thunderbird 153".into()),
        network: "192.0.2.9".parse().ok(),
    };
    assert_eq!(last().await, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn what_is_still_tried_and_the_primary_password_are_found_out_afterwards() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Old tablet").await;
    world.accounts.revoke_app_password(&OPERATOR, ada, created.app_password.id).await.expect("revoked");
    let caretaker = world.start_caretaker();
    for _ in 0..7 {
        world.refused("ada", created.secret.expose(), Service::Imap).await;
    }
    assert_eq!(
        world.refused("ada", world::PASSWORD, Service::Submission).await,
        (Why::WrongSecret, Answer::UseAppPassword)
    );
    let actions = || async {
        let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
        let entries = world.accounts.read_audit(&OPERATOR, filter).await;
        entries.expect("a log").into_iter().map(|e| (e.action, e.detail)).collect::<Vec<_>>()
    };
    while !actions().await.iter().any(|(action, _)| action == "password.tried-by-app") {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let tried = |log: &[(String, String)]| -> Vec<String> {
        log.iter()
            .filter(|(action, _)| action == "app-password.tried-after-end")
            .map(|(_, detail)| detail.clone())
            .collect()
    };
    while tried(&actions().await).is_empty() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let log = actions().await;
    let tried = tried(&log);
    assert_eq!(tried.len(), 1, "gathered into one line: {log:?}");
    assert!(tried[0].contains("\"times\":7"), "{tried:?}");
    assert!(!format!("{log:?}").contains(world::PASSWORD), "no secret in it");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_change_takes_away_goes_though_nobody_waits() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = World::at(Location::File(dir.path().join("valetkey.db")));
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let connection = Closed::new();
    let _kept = world.accepted_on("ada", created.secret.expose(), connection.clone()).await;
    let mut revoke = Box::pin(world.accounts.revoke_app_password(&OPERATOR, ada, created.app_password.id));
    // Asked once, and then the browser is closed.
    std::future::poll_fn(|cx| std::task::Poll::Ready(revoke.as_mut().poll(cx).is_pending())).await;
    drop(revoke);
    tokio::time::timeout(Duration::from_secs(60), connection.closed())
        .await
        .expect("the connection is closed all the same");
    assert_eq!(
        world.refused("ada", created.secret.expose(), Service::Imap).await.0,
        Why::Revoked(created.app_password.id.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_revoke_does_not_return_before_the_first_has_cut() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let slow = Slow::new();
    let attempt = World::attempt("ada", created.secret.expose(), Service::Imap);
    let SignIn::Accepted(_kept) = world.accounts.sign_in_app(&attempt, slow.clone()).await else {
        panic!("not accepted")
    };
    let revoke = || {
        let (accounts, id) = (Arc::clone(&world.accounts), created.app_password.id);
        tokio::spawn(async move { accounts.revoke_app_password(&OPERATOR, ada, id).await })
    };
    let first = revoke();
    slow.is_asked().await;
    let mut second = revoke();
    let early = tokio::time::timeout(Duration::from_millis(500), &mut second).await;
    assert!(early.is_err(), "it was revoked already, but the connection is still open");
    slow.go_on();
    assert!(!first.await.expect("no panic").expect("revoked").was_over);
    assert!(second.await.expect("no panic").expect("revoked").was_over);
}

#[tokio::test(start_paused = true)]
async fn accounts_are_made_shown_given_roles_and_resumed() {
    let world = World::new();
    let ada = world.person("ada").await;
    let taken = CreateAccount {
        kind: Kind::Person,
        login_names: vec![world.accounts.login_name("ada").expect("a name")],
        display_name: "Another".parse().expect("a name"),
        notice_address: None,
        password: None,
    };
    assert!(matches!(world.accounts.create_account(&OPERATOR, taken).await, Err(AccountsError::LoginTaken(_))));
    world.accounts.set_role(&OPERATOR, ada, Some(Role::Helpdesk)).await.expect("done");
    world.accounts.suspend_account(&OPERATOR, ada).await.expect("done");
    world.accounts.suspend_account(&OPERATOR, ada).await.expect("twice does no harm");
    let details = world.accounts.show_account(&OPERATOR, ada).await.expect("it is there");
    assert_eq!((details.account.role, details.account.state), (Some(Role::Helpdesk), AccountState::Suspended));
    assert_eq!((details.has_password, details.factors.len(), details.recovery_codes_left), (true, 1, 10));
    world.accounts.resume_account(&OPERATOR, ada).await.expect("done");
    assert!(matches!(
        world.accounts.resume_account(&OPERATOR, ada).await,
        Err(AccountsError::NotActive(AccountState::Active))
    ));
    world.app_password(ada, "New start").await;
    let device = world.device("printer").await;
    assert!(matches!(
        world.accounts.set_role(&OPERATOR, device, Some(Role::Auditor)).await,
        Err(AccountsError::Device)
    ));
    assert!(matches!(
        world.accounts.reset_password(&OPERATOR, device, &password("a new password")).await,
        Err(AccountsError::Device)
    ));
    world.accounts.delete_account(&OPERATOR, ada).await.expect("done");
    assert!(matches!(world.accounts.delete_account(&OPERATOR, ada).await, Err(AccountsError::NoSuchAccount)));
    let name = world.accounts.login_name("ada").expect("a name");
    assert!(matches!(world.accounts.find_account(&name).await, Err(AccountsError::NoSuchAccount)));
}

#[tokio::test(start_paused = true)]
async fn an_invited_account_is_in_use_once_it_has_a_password() {
    let world = World::new();
    let invited = CreateAccount {
        kind: Kind::Person,
        login_names: vec![world.accounts.login_name("eve").expect("a name")],
        display_name: "Eve".parse().expect("a name"),
        notice_address: None,
        password: None,
    };
    let eve = world.accounts.create_account(&OPERATOR, invited).await.expect("made");
    assert_eq!(eve.state, AccountState::Invited);
    world.accounts.reset_password(&OPERATOR, eve.id, &password("a first password")).await.expect("done");
    let name = world.accounts.login_name("eve").expect("a name");
    assert_eq!(world.accounts.find_account(&name).await.expect("there").state, AccountState::Active);
    assert!(world.accounts.check_password(&name, &password("a first password")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn guessing_is_slowed_and_then_not_answered_but_a_right_one_is_accepted_at_once() {
    let world = World::new();
    let ada = world.person("ada").await;
    let secret = world.app_password(ada, "Thunderbird").await.secret.expose().clone();
    let mut answers = Vec::new();
    for n in 0..60u8 {
        let guess = format!("{}{}", char::from(b'a' + n / 26), char::from(b'a' + n % 26).to_string().repeat(15));
        answers.push(world.refused("ada", &guess, Service::Imap).await.1);
    }
    assert_eq!(answers[0], Answer::No);
    assert_eq!(answers[59], Answer::Silence);
    // Whoever must answer all the same answers no earlier than to what was only delayed.
    let guess = world.refused("ada", "zzzzzzzzzzzzzzzz", Service::Imap);
    assert!(tokio::time::timeout(Duration::from_secs(7), guess).await.is_err(), "it is told sooner than others");
    world.accepted("ada", &secret, Service::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_asks_the_policy_too() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let _kept =
        world.accepted("ada", world.app_password(ada, "Thunderbird").await.secret.expose(), Service::Imap).await;
    let holder = |account, role| Actor::Holder { account, role, second_factor_at: Some(world.clock.now()) };
    let shown = |actor: Actor, whose: Option<valetkey_domain::AccountId>| {
        let a = Arc::clone(&world.accounts);
        async move {
            let denied = |error: Option<AccountsError>| matches!(error, Some(AccountsError::Denied(_)));
            let filter = AuditFilter { account: whose, limit: 9, ..AuditFilter::default() };
            let audit = denied(a.read_audit(&actor, filter).await.err());
            let connections = denied(a.connections(&actor, whose, 9).await.err());
            let other = match whose {
                Some(whose) => denied(a.offer_totp(&actor, whose).await.err()),
                None => {
                    denied(a.list_accounts(&actor, AccountFilter { limit: 9, ..AccountFilter::default() }).await.err())
                }
            };
            [audit, connections, other].map(|denied| !denied)
        }
    };
    assert_eq!(shown(OPERATOR, None).await, [true; 3]);
    assert_eq!(shown(OPERATOR, Some(ada)).await, [true; 3]);
    assert_eq!(shown(holder(ada, None), Some(ada)).await, [false, true, true], "one's own, but no audit log");
    assert_eq!(shown(holder(bob, None), Some(ada)).await, [false; 3], "somebody else's");
    assert_eq!(shown(holder(bob, None), None).await, [false; 3], "everybody's");
    assert_eq!(shown(holder(bob, Some(Role::Administrator)), None).await, [true; 3]);
    assert_eq!(shown(holder(bob, Some(Role::Administrator)), Some(ada)).await, [true, true, false]);
    let connected = world.accounts.connections(&OPERATOR, Some(ada), 9).await.expect("a list");
    assert_eq!(connected.iter().map(|c| c.account).collect::<Vec<_>>(), [ada]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_guesses_that_come_all_at_once_no_more_are_looked_at() {
    let world = World::new();
    world.person("ada").await;
    let login = world.accounts.login_name("ada").expect("a name");
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (accounts, login) = (Arc::clone(&world.accounts), login.clone());
        guesses.spawn(async move { accounts.check_password(&login, &password("wrong password!")).await });
    }
    let outcomes = guesses.join_all().await;
    let looked_at = outcomes.iter().filter(|o| matches!(o, Err(AccountsError::WrongPassword))).count();
    let waits = outcomes.iter().filter(|o| matches!(o, Err(AccountsError::Wait(_)))).count();
    assert_eq!((looked_at, waits), (10, 90));
    world.clock.advance(Duration::from_secs(200));
    for _ in 0..30 {
        assert!(
            world.accounts.check_password(&login, &password(world::PASSWORD)).await.is_ok(),
            "right ones are taken back"
        );
    }
}
