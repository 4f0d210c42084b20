//! Signing in to the portal and out of it.

use std::time::Duration;

use valetkey_accounts::{AccountsError, Begun, Browser, SecondFactor, Session, SignedIn, Trust};
use valetkey_domain::{AccountId, Token};

use super::world::{OPERATOR, PASSWORD, World, label, password};

async fn begin(world: &World, name: &str) -> Begun {
    let login = world.accounts.login_name(name).expect("a name");
    let begun = world.accounts.begin_session(&login, &password(PASSWORD), &Browser::default()).await;
    begun.expect("the password is right")
}

async fn pending(world: &World, name: &str) -> Token {
    match begin(world, name).await {
        Begun::SecondFactorNeeded(token) => token,
        Begun::SignedIn(_) => panic!("without a second factor"),
    }
}

async fn signed_in(world: &World, name: &str, id: AccountId) -> Token {
    let begun = pending(world, name).await;
    let code = SecondFactor::Totp(world.code(id));
    world
        .accounts
        .finish_session(&begun, code, &Browser::default(), Trust::Keep)
        .await
        .expect("the code is right")
        .session
}

async fn session(world: &World, token: &Token) -> Option<Session> {
    world.accounts.session(token).await.expect("the store answers")
}

#[tokio::test(start_paused = true)]
async fn two_factors_sign_in_and_the_first_alone_opens_nothing() {
    let world = World::new();
    let ada = world.person("ada").await;
    let begun = pending(&world, "ada").await;
    assert!(session(&world, &begun).await.is_none(), "the password alone is no session");
    let wrong = SecondFactor::Totp("000000".parse().expect("a code"));
    let refused = world.accounts.finish_session(&begun, wrong, &Browser::default(), Trust::Keep).await;
    assert!(matches!(refused, Err(AccountsError::WrongCode)));
    let code = SecondFactor::Totp(world.code(ada));
    let token = world
        .accounts
        .finish_session(&begun, code, &Browser::default(), Trust::Keep)
        .await
        .expect("it is right")
        .session;
    let open = session(&world, &token).await.expect("signed in");
    assert_eq!((open.account, open.second_factors), (ada, 1));
    assert!(session(&world, &begun).await.is_none(), "what was there before the sign-in is worth nothing");
    world.clock.advance(Duration::from_secs(30));
    let again = SecondFactor::Totp(world.code(ada));
    let replayed = world.accounts.finish_session(&begun, again, &Browser::default(), Trust::Keep).await;
    assert!(matches!(replayed, Err(AccountsError::NoSession)));
}

#[tokio::test(start_paused = true)]
async fn the_second_factor_is_waited_for_ten_minutes() {
    let world = World::new();
    let ada = world.person("ada").await;
    let begun = pending(&world, "ada").await;
    world.clock.advance(Duration::from_secs(601));
    let late = world
        .accounts
        .finish_session(&begun, SecondFactor::Totp(world.code(ada)), &Browser::default(), Trust::Keep)
        .await;
    assert!(matches!(late, Err(AccountsError::NoSession)));
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_it_idles_and_after_its_time_in_any_case() {
    let world = World::new();
    let ada = world.person("ada").await;
    let token = signed_in(&world, "ada", ada).await;
    for _ in 0..23 {
        world.clock.advance(Duration::from_mins(30));
        assert!(session(&world, &token).await.is_some(), "it is used");
    }
    world.clock.advance(Duration::from_mins(31));
    assert!(session(&world, &token).await.is_none(), "twelve hours are over");
    let token = signed_in(&world, "ada", ada).await;
    world.clock.advance(Duration::from_mins(60));
    assert!(session(&world, &token).await.is_none(), "it idled for an hour");
}

#[tokio::test(start_paused = true)]
async fn stepping_up_gives_another_token_and_ten_minutes() {
    let world = World::new();
    let ada = world.person("ada").await;
    let token = signed_in(&world, "ada", ada).await;
    world.clock.advance(Duration::from_mins(11));
    let before = session(&world, &token).await.expect("signed in");
    let new = World::new_app_password("Phone");
    let refused = world.accounts.create_app_password(&before.actor(), ada, new.clone()).await;
    assert!(matches!(refused, Err(AccountsError::Denied(_))));
    let code = SecondFactor::Totp(world.code(ada));
    let renewed = world.accounts.step_up(&before, &token, code).await.expect("it is right");
    assert!(session(&world, &token).await.is_none(), "the old token is dead");
    let after = session(&world, &renewed).await.expect("signed in");
    assert_eq!(after.id, before.id);
    assert!(world.accounts.create_app_password(&after.actor(), ada, new).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_the_right_to_be_there_ends_the_sessions() {
    let world = World::new();
    let ada = world.person("ada").await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(signed_in(&world, "ada", ada).await);
        world.clock.advance(Duration::from_secs(30));
    }
    let begun = pending(&world, "ada").await;
    let [own, other, out] = [&tokens[0], &tokens[1], &tokens[2]];
    let here = session(&world, own).await.expect("signed in");
    let listed = world.accounts.sessions(&here.actor(), ada).await.expect("a list");
    assert_eq!(listed.len(), 3);
    let third = session(&world, out).await.expect("signed in").id;
    assert!(world.accounts.end_session_of(&here.actor(), ada, third).await.expect("done"));
    assert!(session(&world, out).await.is_none());
    let (passed, holder) = world.step_up(ada).await;
    let new = password("another password");
    world.accounts.change_password(&holder, &passed, &new, Some(here.id)).await.expect("changed");
    assert!(session(&world, own).await.is_some(), "where it was changed");
    assert!(session(&world, other).await.is_none(), "elsewhere");
    world.clock.advance(Duration::from_secs(30));
    let late = world
        .accounts
        .finish_session(&begun, SecondFactor::Totp(world.code(ada)), &Browser::default(), Trust::Keep)
        .await;
    assert!(matches!(late, Err(AccountsError::NoSession)), "who had shown the old password begins anew");
    world.accounts.end_session(own).await.expect("signed out");
    assert!(session(&world, own).await.is_none());
    world.accounts.suspend_account(&OPERATOR, ada).await.expect("suspended");
    let login = world.accounts.login_name("ada").expect("a name");
    let refused = world.accounts.begin_session(&login, &new, &Browser::default()).await;
    assert!(matches!(refused, Err(AccountsError::WrongPassword)));
}

#[tokio::test(start_paused = true)]
async fn without_a_second_factor_one_can_come_in_to_add_it() {
    let world = World::new();
    let bob = world.person_without_factor("bob").await;
    let Begun::SignedIn(SignedIn { session: token, .. }) = begin(&world, "bob").await else {
        panic!("there is none to be shown")
    };
    let open = session(&world, &token).await.expect("signed in");
    let refused = world.accounts.create_app_password(&open.actor(), bob, World::new_app_password("Phone")).await;
    assert!(matches!(refused, Err(AccountsError::NoSecondFactor)));
    let offer = world.accounts.offer_totp(&open.actor(), bob).await.expect("a seed");
    let code = offer.seed.code_at(world.accounts.now());
    let enrolled = world.accounts.enrol_totp(&open.actor(), bob, label("Phone"), offer.seed, Some(code)).await;
    assert!(!enrolled.expect("it is enrolled").recovery_codes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_token_is_no_step_up_and_a_password_steps_up_only_where_there_is_nothing_else() {
    let world = World::new();
    let ada = world.person("ada").await;
    let token = signed_in(&world, "ada", ada).await;
    let before = session(&world, &token).await.expect("signed in");
    world.clock.advance(Duration::from_secs(60));
    let renewed = world.accounts.renew_session(&before, &token).await.expect("renewed");
    assert!(session(&world, &token).await.is_none());
    let after = session(&world, &renewed).await.expect("signed in");
    assert_eq!((after.id, after.second_factor_at), (before.id, before.second_factor_at));
    let by_password = world.accounts.step_up_with_password(&after, &renewed, &password(PASSWORD)).await;
    assert!(matches!(by_password, Err(AccountsError::WrongCode)), "the second factor is asked for");
    world.person_without_factor("bob").await;
    let Begun::SignedIn(bob) = begin(&world, "bob").await else { panic!("there is none to be shown") };
    world.clock.advance(Duration::from_secs(660));
    let late = session(&world, &bob.session).await.expect("signed in");
    let stepped = world.accounts.step_up_with_password(&late, &bob.session, &password(PASSWORD)).await.expect("right");
    let fresh = session(&world, &stepped).await.expect("signed in");
    assert_eq!(fresh.second_factor_at, Some(world.accounts.now()));
}
