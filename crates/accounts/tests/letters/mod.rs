//! Letters: each is taken once, comes again while it fails, and is given up in the end; warnings and reports, each once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{
    Accounts, AccountsError, Begun, Browser, By, CreateAppPassword, Letter, Occasion, SecondFactor, Trust,
};
use valetkey_domain::{AccountId, Clock as _, LinkKind, Role, Service};
use valetkey_store::AuditFilter;

use super::world::{OPERATOR, PASSWORD, World, password};

const DAY: Duration = Duration::from_secs(86_400);

/// A person whose notices go somewhere, and nothing waits to be sent to them.
pub(super) async fn reader(world: &World, name: &str) -> AccountId {
    let id = world.person(name).await;
    notices_to(world, id, &format!("{name}@home.example")).await;
    sent(world).await;
    id
}

async fn notices_to(world: &World, account: AccountId, address: &str) {
    let address = address.parse().expect("an address");
    let write = move |tx: &mut valetkey_store::Transaction<'_>| {
        Ok::<_, AccountsError>(tx.set_notice_address(account, Some(&address))?)
    };
    world.accounts.store().write(write).await.expect("it is written");
}

async fn taken(world: &World) -> Vec<Letter> {
    world.accounts.take_letters(100).await.expect("they are taken")
}

/// Takes what there is and says that it was sent.
pub(super) async fn sent(world: &World) -> Vec<Letter> {
    let letters = taken(world).await;
    for letter in &letters {
        world.accounts.letter_sent(letter).await.expect("it is written down");
    }
    letters
}

pub(super) fn occasions(letters: &[Letter]) -> Vec<Occasion> {
    letters.iter().map(|letter| letter.occasion).collect()
}

/// Lets time pass, until the store is held again.
pub(super) async fn later(world: &World, by: Duration) {
    world.clock.advance(by);
    while !world.accounts.store().custody().is_held() {
        tokio::task::yield_now().await;
    }
}

/// What the caretaker leaves when it looks the next time. It works while one asks.
async fn left_by_the_caretaker(world: &World) -> Vec<Letter> {
    let mut all = Vec::new();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        all.extend(sent(world).await);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_letter_says_what_happened_to_whom_and_by_whom() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let letters = taken(&world).await;
    assert_eq!(occasions(&letters), [Occasion::AppPasswordCreated]);
    let letter = &letters[0];
    assert_eq!((letter.to.as_str(), letter.at, letter.attempts), ("ada@home.example", world.clock.now(), 1));
    assert_eq!(letter.reader.login.as_ref().map(|l| l.as_str()), Some("ada@example.org"));
    assert_eq!((letter.facts.label.as_deref(), letter.facts.by), (Some("Thunderbird"), Some(By::Operator)));
    assert!(letter.link().is_none());
    assert!(!format!("{letter:?}").contains(created.secret.expose()));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_is_to_read_is_done_with() {
    let world = World::new();
    let bob = world.person("bob").await; // without an address
    world.app_password(bob, "Phone").await;
    let ada = reader(&world, "ada").await;
    world.app_password(ada, "Phone").await;
    world.accounts.delete_account(&OPERATOR, ada).await.expect("it is deleted");
    assert!(taken(&world).await.is_empty());
    later(&world, DAY).await;
    assert!(taken(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_take_each_letter_once() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    for n in 0..20 {
        world.app_password(ada, &format!("Number {n}")).await;
    }
    let take = |accounts: Arc<Accounts>| async move {
        let mut mine = Vec::new();
        loop {
            match accounts.take_letters(1).await.expect("they are taken") {
                letters if letters.is_empty() => return mine,
                letters => mine.extend(letters.iter().map(|letter| letter.id)),
            }
        }
    };
    let senders: Vec<_> = (0..4).map(|_| tokio::spawn(take(Arc::clone(&world.accounts)))).collect();
    let mut all = Vec::new();
    for sender in senders {
        all.extend(sender.await.expect("no panic"));
    }
    assert_eq!((all.len(), all.iter().copied().collect::<BTreeSet<_>>().len()), (20, 20));
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_comes_again_ever_more_rarely_and_is_given_up() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    world.app_password(ada, "Phone").await;
    let start = world.clock.now();
    let (mut letter, mut waits) = (taken(&world).await.remove(0), Vec::new());
    let id = letter.id;
    while let Some(again) = world.accounts.letter_failed(&letter).await.expect("it is put off") {
        let wait = again.since(world.clock.now());
        waits.push(wait.as_secs() / 60);
        later(&world, wait.checked_sub(Duration::from_secs(1)).expect("longer")).await;
        assert!(taken(&world).await.is_empty(), "not yet");
        later(&world, Duration::from_secs(1)).await;
        letter = taken(&world).await.remove(0);
        assert_eq!(letter.id, id, "the same letter");
    }
    assert_eq!(waits[..6], [1, 5, 30, 120, 360, 360]);
    assert!(world.clock.now().since(start) <= DAY * 3 && world.clock.now().since(start) > DAY * 2);
    later(&world, DAY).await;
    assert!(taken(&world).await.is_empty());
    let log = world.accounts.read_audit(&OPERATOR, AuditFilter { limit: 1, ..AuditFilter::default() }).await;
    let last = log.expect("a log").remove(0);
    assert_eq!((last.action.as_str(), last.account), ("letter.given-up", Some(ada)));
    assert!(last.detail.contains("app-password.created"), "{}", last.detail);
}

#[tokio::test(start_paused = true)]
async fn one_of_which_nothing_is_heard_comes_again_and_one_that_was_sent_does_not() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    world.app_password(ada, "Phone").await;
    let letter = taken(&world).await.remove(0);
    later(&world, valetkey_accounts::LEASE).await;
    let again = taken(&world).await.remove(0);
    assert_eq!((again.id, again.attempts), (letter.id, 2));
    world.accounts.letter_sent(&again).await.expect("it is written down");
    world.accounts.letter_failed(&letter).await.expect("whoever was too late changes nothing");
    later(&world, DAY).await;
    assert!(taken(&world).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_link_is_made_for_whoever_asked_and_the_old_address_hears_of_the_new_one() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    let (_, holder) = world.step_up(ada).await;
    let new = "ada@elsewhere.example".parse().expect("an address");
    world.accounts.give_notice_address(&holder, ada, new).await.expect("it is given");
    let letters = taken(&world).await;
    assert_eq!(occasions(&letters), [Occasion::NoticeAddressGiven]);
    assert_eq!((letters[0].to.as_str(), &letters[0].reader.name), ("ada@elsewhere.example", &None));
    let link = world.accounts.link_for_letter(letters[0].link().expect("a link")).await.expect("it is made");
    assert_eq!(link.kind, LinkKind::NoticeAddress);
    world.accounts.confirm_notice_address(&link.code).await.expect("it is hers");
    let letters = taken(&world).await;
    assert_eq!(occasions(&letters), [Occasion::NoticeAddressChanged; 2]);
    let to: BTreeSet<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["ada@elsewhere.example", "ada@home.example"].into());
}

#[tokio::test(start_paused = true)]
async fn a_new_browser_is_told_of_and_a_primary_password_in_an_app_is_not() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    let browser = Browser::new(Some("Firefox"), "198.51.100.7".parse().ok(), None);
    let login = world.accounts.login_name("ada").expect("a name");
    let password = password(PASSWORD);
    let begun = world.accounts.begin_session(&login, &password, &browser).await.expect("it is right");
    let Begun::SecondFactorNeeded(begun) = begun else { panic!("she has one") };
    let shown = SecondFactor::Totp(world.code(ada));
    world.accounts.finish_session(&begun, shown, &browser, Trust::Keep).await.expect("it is right");
    let letters = taken(&world).await;
    assert_eq!(occasions(&letters), [Occasion::SignedInFromNewBrowser]);
    assert_eq!(letters[0].facts.network.as_deref(), Some("198.51.100.7"));
    assert_eq!(letters[0].facts.client.as_deref(), Some("Firefox"));
    let caretaker = world.start_caretaker();
    world.refused("ada", PASSWORD, Service::Imap).await;
    let found = || async {
        let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
        let log = world.accounts.read_audit(&OPERATOR, filter).await.expect("a log");
        log.iter().any(|line| line.action == "password.tried-by-app")
    };
    while !found().await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    caretaker.stop().await;
    assert!(taken(&world).await.is_empty(), "a thief may read the mailbox");
}

#[tokio::test(start_paused = true)]
async fn an_owner_is_warned_14_3_and_1_days_before_the_end_and_only_of_the_nearest() {
    let world = World::new();
    let ada = reader(&world, "ada").await;
    let lives = |name: &str, days: u32| CreateAppPassword {
        expires_at: Some(world.clock.now() + DAY * days),
        ..World::new_app_password(name)
    };
    for (name, days) in [("Month", 30), ("Week", 7)] {
        world.create(ada, lives(name, days)).await;
    }
    assert_eq!(sent(&world).await.len(), 2, "they were made");
    let caretaker = world.start_caretaker();
    let mut warned = Vec::new();
    for day in 0..30_u32 {
        // No server ran on these days.
        if !(17..=27).contains(&day) {
            for letter in left_by_the_caretaker(&world).await {
                let label = letter.facts.label.clone().unwrap_or_default();
                warned.push((day, letter.occasion, label, letter.facts.days));
            }
        }
        later(&world, DAY).await;
    }
    caretaker.stop().await;
    let soon = |day, label: &str, days| (day, Occasion::AppPasswordExpiresSoon, label.to_owned(), Some(days));
    warned.retain(|(_, occasion, ..)| *occasion == Occasion::AppPasswordExpiresSoon);
    let expected =
        [soon(4, "Week", 3), soon(6, "Week", 1), soon(16, "Month", 14), soon(28, "Month", 2), soon(29, "Month", 1)];
    assert_eq!(warned, expected);
}

#[tokio::test(start_paused = true)]
async fn administrators_are_told_once_what_failed_and_nothing_if_nothing_did() {
    let world = World::new();
    let (ada, bob) = (reader(&world, "ada").await, world.person("bob").await);
    world.accounts.set_role(&OPERATOR, ada, Some(Role::Administrator)).await.expect("she is");
    sent(&world).await;
    let caretaker = world.start_caretaker();
    assert!(left_by_the_caretaker(&world).await.is_empty(), "nothing failed");
    world.accounts.suspend_account(&OPERATOR, bob).await.expect("suspended");
    later(&world, DAY).await;
    let letters = left_by_the_caretaker(&world).await;
    assert_eq!(occasions(&letters), [Occasion::FailuresOfTheDay], "once, however often one looks");
    assert_eq!((letters[0].to.as_str(), letters[0].facts.failures.suspended), ("ada@home.example", 1));
    later(&world, DAY).await;
    assert!(left_by_the_caretaker(&world).await.is_empty(), "that was the day before");
    caretaker.stop().await;
}
