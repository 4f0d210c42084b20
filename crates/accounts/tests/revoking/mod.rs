//! What takes the right away: at once, with every connection, whoever waits.

use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{AccountsError, AppCounts, CreateAppPassword, SignIn};
use valetkey_domain::{AccountId, Clock as _, CredentialState, RevocationReason, Service, Why};
use valetkey_store::Location;

use super::world::{Closed, OPERATOR, Slow, World, password};

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

/// One app password, and no authorised app.
const ONE: AppCounts = AppCounts { app_passwords: 1, authorised_apps: 0 };

/// Takes an app password's right away; gives what is then said of it.
type Take = fn(&World, AccountId) -> std::pin::Pin<Box<dyn Future<Output = RevocationReason> + '_>>;

fn takes() -> [(&'static str, Take); 6] {
    [
        ("revoke all", |w, id| {
            Box::pin(async move {
                let all = w.accounts.revoke_all_app_passwords(&OPERATOR, id).await.expect("done");
                assert_eq!((all.revoked, all.closed), (ONE, 1));
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
                assert_eq!((replaced.revoked, replaced.closed), (ONE, 1));
                RevocationReason::PasswordChanged
            })
        }),
        ("reset of the password", |w, id| {
            Box::pin(async move {
                let replaced =
                    w.accounts.reset_password(&OPERATOR, id, &password("another password")).await.expect("done");
                assert_eq!((replaced.revoked, replaced.closed), (ONE, 1));
                RevocationReason::PasswordReset
            })
        }),
        ("removal of the last second factor", |w, id| {
            Box::pin(async move {
                let factor = w.accounts.show_account(&OPERATOR, id).await.expect("it is there").factors[0].id;
                let removed = w.accounts.remove_second_factor(&OPERATOR, id, factor, None).await.expect("done");
                assert_eq!((removed.was_last, removed.revoked, removed.closed), (true, ONE, 1));
                RevocationReason::SecondFactorRemoved
            })
        }),
        ("suspension", |w, id| {
            Box::pin(async move {
                let suspended = w.accounts.suspend_account(&OPERATOR, id).await.expect("done");
                assert_eq!((suspended.value, suspended.closed), (ONE, 1));
                RevocationReason::Suspended
            })
        }),
        ("deletion", |w, id| {
            Box::pin(async move {
                assert_eq!(w.accounts.delete_account(&OPERATOR, id).await.expect("done").closed, 1);
                RevocationReason::Deleted
            })
        }),
    ]
}

#[tokio::test(start_paused = true)]
async fn whatever_takes_the_right_away_cuts_like_a_revoke() {
    for (name, take) in takes() {
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
