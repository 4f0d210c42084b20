//! Who guesses has to wait, and who knows has not.

use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{AccountsError, Answer};
use valetkey_domain::Service;

use super::world::{PASSWORD, World, password};

#[tokio::test(start_paused = true)]
async fn guessing_a_primary_password_has_to_wait() {
    let world = World::new();
    world.person("ada").await;
    let login = world.accounts.login_name("ada").expect("a name");
    for _ in 0..10 {
        let wrong = world.accounts.check_password(&login, &password("wrong password!")).await;
        assert!(matches!(wrong, Err(AccountsError::WrongPassword)));
    }
    let waits = world.accounts.check_password(&login, &password(PASSWORD)).await;
    assert!(matches!(waits, Err(AccountsError::Wait(_))));
    world.clock.advance(Duration::from_secs(200));
    assert!(world.accounts.check_password(&login, &password(PASSWORD)).await.is_ok());
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
        assert!(world.accounts.check_password(&login, &password(PASSWORD)).await.is_ok(), "right ones are taken back");
    }
}
