//! What people set about themselves, where notices go, and what they are told about their apps.

use std::time::Duration;

use valetkey_accounts::{AccountsError, LinkForLetter, MadeLink};
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountId, LinkKind, NoticeAddress, Service};

use super::world::{self, OPERATOR, World};

const KIND: &[LinkKind] = &[LinkKind::NoticeAddress];

fn address(text: &str) -> NoticeAddress {
    text.parse().expect("an address")
}

async fn link(world: &World, account: AccountId, to: &str) -> MadeLink {
    let about =
        LinkForLetter { kind: LinkKind::NoticeAddress, account: Some(account), login: None, address: address(to) };
    world.accounts.link_for_letter(about).await.expect("a link")
}

async fn goes_to(world: &World, account: AccountId) -> Option<NoticeAddress> {
    world.accounts.show_account(&OPERATOR, account).await.expect("it is there").account.notice_address
}

#[tokio::test(start_paused = true)]
async fn an_address_for_notices_counts_once_its_letter_was_answered() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (_, holder) = world.step_up(ada).await;
    let own = world.accounts.give_notice_address(&holder, ada, address("ADA@example.org")).await;
    assert!(matches!(own, Err(AccountsError::OwnMailbox)));
    world.accounts.give_notice_address(&holder, ada, address("ada@home.example")).await.expect("it is taken");
    let (first, second) = (link(&world, ada, "ada@typo.example").await, link(&world, ada, "ada@home.example").await);
    let unproved = world.accounts.unproved_notice_address(&holder, ada).await.expect("the store answers");
    assert_eq!(unproved, Some(address("ada@home.example")));
    assert_eq!(goes_to(&world, ada).await, None, "nobody has shown that they read it");
    let over = world.accounts.confirm_notice_address(&first.code).await;
    assert!(matches!(over, Err(AccountsError::LinkOver)), "the last one that was given is meant");
    for _ in 0..3 {
        let seen = world.accounts.look_at_link(&second.code, KIND).await.expect("the store answers");
        assert_eq!(seen.and_then(|link| link.address), Some(address("ada@home.example")), "looking uses nothing up");
    }
    world.accounts.confirm_notice_address(&second.code).await.expect("it is good");
    assert_eq!(goes_to(&world, ada).await, Some(address("ada@home.example")));
    let again = world.accounts.confirm_notice_address(&second.code).await;
    assert!(matches!(again, Err(AccountsError::LinkOver)), "good once");
    assert_eq!(world.accounts.unproved_notice_address(&holder, ada).await.expect("the store answers"), None);
}

#[tokio::test(start_paused = true)]
async fn a_letter_about_an_address_is_good_for_a_day() {
    let world = World::new();
    let ada = world.person("ada").await;
    let made = link(&world, ada, "ada@home.example").await;
    world.clock.advance(Duration::from_hours(25));
    assert!(world.accounts.look_at_link(&made.code, KIND).await.expect("the store answers").is_none());
    assert!(matches!(world.accounts.confirm_notice_address(&made.code).await, Err(AccountsError::LinkOver)));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_became_the_own_mailbox_meanwhile_is_refused() {
    let world = World::new();
    let ada = world.person("ada").await;
    let made = link(&world, ada, "countess@example.org").await;
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias).await.expect("it is hers");
    assert!(matches!(world.accounts.confirm_notice_address(&made.code).await, Err(AccountsError::OwnMailbox)));
    assert_eq!(goes_to(&world, ada).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_name_and_the_language_are_ones_own_and_written_down() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let [(_, hers), (_, his)] = [world.step_up(ada).await, world.step_up(bob).await];
    world.clock.advance(Duration::from_secs(1));
    let name = || "Countess".parse().expect("a name");
    let foreign = world.accounts.change_profile(&his, ada, name(), None).await;
    assert!(matches!(foreign, Err(AccountsError::Denied(_))));
    world.accounts.change_profile(&hers, ada, name(), "de".parse().ok()).await.expect("changed");
    let account = world.accounts.show_account(&hers, ada).await.expect("it is there").account;
    assert_eq!(account.display_name.as_str(), "Countess");
    assert_eq!(account.locale.map(|locale| locale.as_str().to_owned()).as_deref(), Some("de"));
    let log = world.accounts.activity(&hers, ada, 100).await.expect("a log");
    assert_eq!(log[0].action, "account.profile-changed");
    assert_eq!(log[0].actor, hers.to_string());
    assert!(matches!(world.accounts.activity(&his, ada, 100).await, Err(AccountsError::Denied(_))));
}

/// How many are still tried, and whether an app has sent the primary password.
async fn amiss(world: &World, holder: &Actor, account: AccountId) -> (usize, bool) {
    let found = world.accounts.amiss(holder, account).await.expect("the store answers");
    (found.still_tried, found.primary_password_seen.is_some())
}

#[tokio::test(start_paused = true)]
async fn what_is_amiss_is_said_until_it_is_mended_or_long_ago() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (passed, holder) = world.step_up(ada).await;
    let old = world.app_password(ada, "Old tablet").await;
    world.accounts.revoke_app_password(&holder, ada, old.app_password.id).await.expect("revoked");
    assert_eq!(amiss(&world, &holder, ada).await, (0, false));
    let caretaker = world.start_caretaker();
    world.refused("ada", old.secret.expose(), Service::Imap).await;
    world.refused("ada", world::PASSWORD, Service::Submission).await;
    while amiss(&world, &holder, ada).await != (1, true) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    caretaker.stop().await;
    let found = world.accounts.amiss(&holder, ada).await.expect("the store answers");
    assert_eq!(found.primary_password_seen.map(|seen| seen.service), Some(Service::Submission));
    let new = world::password("another password");
    world.accounts.change_password(&holder, &passed, &new, None).await.expect("changed");
    assert_eq!(amiss(&world, &holder, ada).await, (1, false), "what the app sends is nobody's password now");
    world.clock.advance(Duration::from_hours(8 * 24));
    assert_eq!(amiss(&world, &holder, ada).await, (0, false), "the app has given up");
}

#[tokio::test(start_paused = true)]
async fn what_an_app_sent_long_ago_is_not_said_any_more() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (_, holder) = world.step_up(ada).await;
    let caretaker = world.start_caretaker();
    world.refused("ada", world::PASSWORD, Service::Imap).await;
    while amiss(&world, &holder, ada).await != (0, true) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    caretaker.stop().await;
    world.clock.advance(Duration::from_hours(31 * 24));
    assert_eq!(amiss(&world, &holder, ada).await, (0, false));
}
