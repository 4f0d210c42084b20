//! By which of an account's login names an app signs in, and for whom it may act.

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{AccountsError, Attempt, SignIn};
use valetkey_domain::{Service, Why};

use super::world::{Closed, OPERATOR, World};

#[tokio::test(start_paused = true)]
async fn an_app_may_act_for_nobody_else() {
    let world = World::new();
    let ada = world.person("ada").await;
    world.person("bob").await;
    let secret = world.app_password(ada, "Thunderbird").await.secret.expose().clone();
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias).await.expect("it is hers");
    for (acting_for, accepted) in [
        (None, true),
        (Some(""), true),
        (Some("ADA"), true),
        (Some("countess"), true),
        (Some("bob"), false),
        (Some("nobody"), false),
        (Some("*"), false),
    ] {
        let attempt = Attempt { acting_for, ..World::attempt("ada", &secret, Service::Imap) };
        let outcome = world.accounts.sign_in_app(&attempt, Closed::new()).await;
        match outcome {
            SignIn::Accepted(_) => assert!(accepted, "{acting_for:?}"),
            SignIn::Refused(refusal) => assert!(!accepted && refusal.why() == Why::ForeignIdentity, "{acting_for:?}"),
            _ => panic!("neither accepted nor refused"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_alias_signs_in_until_it_is_taken_away() {
    let world = World::new();
    let ada = world.person("ada").await;
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias.clone()).await.expect("it is free");
    let created = world.app_password(ada, "Thunderbird").await;
    let connection = Closed::new();
    let accepted = world.accepted_on("countess", created.secret.expose(), connection.clone()).await;
    assert_eq!(accepted.login.as_str(), "ada@example.org", "servers behind are told the canonical name");
    let canonical = world.accounts.login_name("ada").expect("a name");
    let kept = world.accounts.remove_login_name(&OPERATOR, ada, canonical).await;
    assert!(matches!(kept, Err(AccountsError::CanonicalLogin)));
    assert_eq!(world.accounts.remove_login_name(&OPERATOR, ada, alias).await.expect("taken").closed, 1);
    assert_eq!(connection.why(), Some(CutReason::Revoked));
    assert_eq!(world.refused("countess", created.secret.expose(), Service::Imap).await.0, Why::UnknownLogin);
    world.accepted("ada", created.secret.expose(), Service::Imap).await;
}

/// Why a canonical name alone is taken, and this one is not.
async fn refused(world: &World, login: &str, secret: &str) -> Why {
    let attempt = Attempt { only_canonical: true, ..World::attempt(login, secret, Service::CalDav) };
    match world.accounts.sign_in_app(&attempt, Closed::new()).await {
        SignIn::Refused(refusal) => refusal.why(),
        _ => panic!("not refused: {login}"),
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_canonical_name_alone_is_taken_another_is_refused_and_leaves_no_use() {
    let world = World::new();
    let ada = world.person("ada").await;
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias).await.expect("it is free");
    let created = world.app_password(ada, "Calendar").await;
    let (id, secret) = (created.app_password.id, created.secret.expose().clone());
    let others = ["countess@example.org", "countess", "ada", "Ada@example.org"];
    let caretaker = world.start_caretaker();
    for login in others {
        assert_eq!(refused(&world, login, &secret).await, Why::NotCanonical(id.into()), "{login}");
        assert_eq!(refused(&world, login, "abcd-efgh-ijkl-mnop").await, Why::WrongSecret, "{login}");
    }
    caretaker.stop().await; // it writes down every use that there was
    let list = world.accounts.app_passwords(&OPERATOR, ada, false).await.expect("a list");
    assert_eq!(list[0].last_use, None);
    for login in others {
        world.accepted(login, &secret, Service::CalDav).await;
        assert_eq!(refused(&world, login, &secret).await, Why::NotCanonical(id.into()), "{login}, remembered by now");
    }
    let attempt = Attempt { only_canonical: true, ..World::attempt("ada@example.org", &secret, Service::CalDav) };
    assert!(matches!(world.accounts.sign_in_app(&attempt, Closed::new()).await, SignIn::Accepted(_)));
}
