//! App passwords: signing in with one, who may make one, and how many.

use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{AccountsError, Answer, CreateAppPassword, ErrorKind, Settings, SignIn};
use valetkey_domain::policy::Denied;
use valetkey_domain::{CalendarsAndContacts, Scope, Scopes, Service, Why};
use valetkey_store::{AuditFilter, Location, Secret};
use valetkey_testkit::Postgres;

use super::world::{Closed, OPERATOR, World};

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
async fn where_calendars_and_contacts_cannot_be_told_apart_whoever_gets_one_gets_both() {
    let as_one = |settings: &mut Settings| settings.calendars_and_contacts = CalendarsAndContacts::AsOne;
    let world = World::with(Location::Memory, as_one);
    let ada = world.person("ada").await;
    for (asked, given) in
        [("calendars", "contacts,calendars"), ("contacts,mail:send", "contacts,calendars,mail:send"), ("mail", "mail")]
    {
        let new = CreateAppPassword { scopes: asked.parse().ok(), ..World::new_app_password(asked) };
        let created = world.create(ada, new).await;
        assert_eq!(created.app_password.scopes.to_string(), given, "{asked}");
    }
    let device = world.device("printer").await;
    let new = CreateAppPassword { scopes: "contacts".parse().ok(), ..World::new_app_password("Addresses") };
    assert_eq!(world.create(device, new).await.app_password.scopes.to_string(), "contacts,calendars");
    let log = world.accounts.read_audit(&OPERATOR, AuditFilter { limit: 9, ..AuditFilter::default() }).await;
    let log = log.expect("it is read");
    assert!(log.iter().any(|entry| entry.detail.contains("\"scopes\":\"contacts,calendars\"")), "{log:?}");
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
