//! Proving who one is: primary passwords, authenticator apps and recovery codes.

use std::time::Duration;

use valetkey_accounts::{AccountsError, SecondFactor};
use valetkey_domain::policy::Actor;
use valetkey_domain::{Clock as _, RecoveryCode};

use super::world::{OPERATOR, PASSWORD, World, password};

#[tokio::test(start_paused = true)]
async fn two_factors_are_proved_and_no_code_works_twice() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (login, right) = (world.accounts.login_name("ada").expect("a name"), password(PASSWORD));
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
    let passed = world.accounts.check_password(&login, &password(PASSWORD)).await.expect("it is right");
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
