//! Passwords that apps sent and that open no app.

use std::time::Duration;

use valetkey_domain::{AccountId, LastUse, Service, Timestamp};
use valetkey_store::{NewAccount, PasswordSent, SentAfter, SentPassword};

use super::{Case, Kit};

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) const CASES: &[Case] = cases![
    each_app_that_sends_a_password_is_counted_by_itself,
    of_many_apps_the_last_ones_are_remembered,
    an_imported_password_is_kept_for_a_while_when_it_is_replaced,
    the_same_password_by_another_hash_is_still_the_imported_one,
    a_closed_account_has_no_old_password,
];

fn seen(at: Timestamp, service: Service, client: &str) -> LastUse {
    LastUse { at, service, client: LastUse::client_name(client), network: None }
}

fn note(kit: &Kit, account: AccountId, which: SentPassword, seen: &LastUse, times: u64) -> Option<Timestamp> {
    let seen = seen.clone();
    kit.write(move |tx| tx.note_password_sent(account, which, &seen, times)).expect("a write")
}

fn all(kit: &Kit, since: Timestamp) -> Vec<PasswordSent> {
    kit.read(move |s| s.passwords_sent(since, None, 100))
}

fn words(sent: &[PasswordSent]) -> Vec<String> {
    let word = |one: &PasswordSent| {
        let client = one.last.client.as_deref().unwrap_or("-");
        format!("{} {} {} {client} {}", one.login, one.password.name(), one.last.service.name(), one.times)
    };
    sent.iter().map(word).collect()
}

fn imported(kit: &Kit, name: &str) -> AccountId {
    let new = NewAccount { is_imported: true, ..kit.new_account(&[name]) };
    let id = new.id;
    assert!(kit.write(move |tx| tx.insert_account(&new)).expect("a write"));
    id
}

fn each_app_that_sends_a_password_is_counted_by_itself(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    let (phone, later) = (seen(now, Service::Imap, "Phone"), now + DAY);
    assert_eq!(note(kit, ada, SentPassword::Primary, &phone, 2), None);
    assert_eq!(note(kit, ada, SentPassword::Primary, &LastUse { at: later, ..phone.clone() }, 5), Some(now));
    assert_eq!(note(kit, ada, SentPassword::Primary, &seen(now, Service::Submission, ""), 1), None);
    assert_eq!(note(kit, bob, SentPassword::Old, &phone, 1), None);
    let shown = words(&all(kit, now));
    let ada_imap = "ada@example.org primary imap Phone 7";
    assert_eq!(shown, [ada_imap, "ada@example.org primary submission - 1", "bob@example.org old imap Phone 1"]);
    assert_eq!(words(&all(kit, later)), [ada_imap]);
    let after = |n: usize| {
        let last = &all(kit, now)[n];
        let client = last.last.client.as_deref().unwrap_or_default().to_owned();
        let after =
            SentAfter { login: last.login.clone(), password: last.password, service: last.last.service, client };
        words(&kit.read(move |s| s.passwords_sent(now, Some(&after), 1)))
    };
    assert_eq!(
        [after(0), after(1), after(2)],
        [vec![shown[1].clone()], vec![shown[2].clone()], vec![]],
        "page by page"
    );
    assert_eq!(kit.read(move |s| s.primary_password_seen(ada)), Some(LastUse { at: later, ..phone }));
    assert_eq!(kit.read(move |s| s.primary_password_seen(bob)), None, "an old one is none");
}

fn of_many_apps_the_last_ones_are_remembered(kit: &Kit) {
    let (ada, now) = (kit.account(&["ada"]), kit.now());
    for n in 0..12 {
        note(kit, ada, SentPassword::Primary, &seen(now + DAY * n, Service::Imap, &format!("App {n:02}")), 1);
    }
    let kept = all(kit, now);
    assert_eq!(kept.len(), 10);
    assert_eq!((kept[0].last.client.as_deref(), kept[9].last.client.as_deref()), (Some("App 02"), Some("App 11")));
}

fn an_imported_password_is_kept_for_a_while_when_it_is_replaced(kit: &Kit) {
    let (ada, bob, now) = (imported(kit, "ada"), kit.account(&["bob"]), kit.now());
    for account in [ada, bob] {
        note(kit, account, SentPassword::Primary, &seen(now, Service::Imap, ""), 3);
        kit.write(move |tx| tx.set_primary_password(account, "another", now)).expect("a write");
    }
    let kept = |account| kit.read(move |s| s.kept_passwords(account));
    let old = || kept(ada).old;
    assert_eq!((kept(ada).primary.as_deref(), old().as_deref()), (Some("another"), Some("$argon2id$…")));
    assert_eq!(kept(bob).old, None, "no other server knows it");
    assert_eq!(words(&all(kit, now)), ["ada@example.org old imap - 3"], "what apps sent was the old one");
    kit.write(move |tx| tx.set_primary_password(ada, "a third", now + DAY)).expect("a write");
    assert_eq!(old().as_deref(), Some("$argon2id$…"), "the one of the old server, and no other");
    assert_eq!(kit.write(move |tx| tx.prune_old_passwords(now)).expect("a write"), 0);
    assert!(old().is_some());
    assert_eq!(kit.write(move |tx| tx.prune_old_passwords(now + DAY)).expect("a write"), 1);
    assert!(old().is_none() && all(kit, now).is_empty());
}

fn the_same_password_by_another_hash_is_still_the_imported_one(kit: &Kit) {
    let (ada, now) = (imported(kit, "ada"), kit.now());
    note(kit, ada, SentPassword::Primary, &seen(now, Service::Imap, ""), 3);
    kit.write(move |tx| tx.rehash_primary_password(ada, "ours")).expect("a write");
    assert_eq!(words(&all(kit, now)), ["ada@example.org primary imap - 3"]);
    kit.write(move |tx| tx.set_primary_password(ada, "another", now)).expect("a write");
    assert_eq!(kit.read(move |s| s.kept_passwords(ada)).old.as_deref(), Some("ours"));
}

fn a_closed_account_has_no_old_password(kit: &Kit) {
    let (ada, now) = (imported(kit, "ada"), kit.now());
    kit.write(move |tx| tx.set_primary_password(ada, "another", now)).expect("a write");
    note(kit, ada, SentPassword::Old, &seen(now, Service::Imap, ""), 1);
    kit.write(move |tx| tx.close_account(ada, now, now)).expect("a write");
    assert!(kit.read(move |s| s.kept_passwords(ada)).old.is_none() && all(kit, now).is_empty());
}
