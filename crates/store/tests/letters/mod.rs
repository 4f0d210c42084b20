//! What letters are made of.

use std::time::Duration;

use valetkey_domain::Role;
use valetkey_store::{AuditEntry, Expiring, NewAppPassword, NewErrand};

use super::{Case, Kit};

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) const CASES: &[Case] = cases![
    an_errand_is_run_at_least_once,
    an_errand_is_taken_by_one_and_put_off_when_it_fails,
    an_owner_is_warned_once_of_each_stage,
    what_happened_is_counted,
    administrators_are_found_whom_notices_reach,
];

fn an_errand_is_run_at_least_once(kit: &Kit) {
    let now = kit.now();
    let errand = |secs: u64| NewErrand {
        id: kit.event(),
        kind: "app-password.created",
        account: None,
        credential: None,
        detail: "{}".into(),
        created_at: now,
        due_at: now + Duration::from_secs(secs),
    };
    for new in [errand(0), errand(100)] {
        kit.write(move |tx| tx.leave_errand(&new)).expect("a write");
    }
    let take = || {
        let now = kit.now();
        kit.write(move |tx| tx.take_errands(now, Duration::from_secs(30), 10)).expect("a write")
    };
    let taken = take();
    assert_eq!(taken.len(), 1, "the other is not due");
    assert_eq!((taken[0].kind.as_str(), taken[0].attempts), ("app-password.created", 1));
    assert!(take().is_empty(), "whoever took it has 30 seconds");
    kit.advance(Duration::from_secs(31));
    let again = take();
    assert_eq!((again[0].id, again[0].attempts), (taken[0].id, 2));
    let (id, now) = (again[0].id, kit.now());
    kit.write(move |tx| tx.errand_done(id, now)).expect("a write");
    kit.advance(Duration::from_secs(31));
    assert!(take().is_empty());
    let now = kit.now();
    assert_eq!(kit.write(move |tx| tx.prune_outbox(now, now)).expect("a write"), 2);
}

fn an_errand_is_taken_by_one_and_put_off_when_it_fails(kit: &Kit) {
    let (id, now) = (kit.event(), kit.now());
    let errand = move || NewErrand {
        id,
        kind: "app-password.created",
        account: None,
        credential: None,
        detail: "{}".into(),
        created_at: now,
        due_at: now,
    };
    kit.write(move |tx| tx.leave_errand(&errand())).expect("a write");
    assert!(kit.read(move |s| s.errand_is_due(now)));
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let store = kit.store.clone();
            kit.runtime.spawn(async move { store.write(move |tx| tx.take_errands(now, DAY, 10)).await })
        })
        .collect();
    let taken: usize = takers
        .into_iter()
        .map(|taker| match kit.runtime.block_on(taker).expect("no panic") {
            Ok(valetkey_store::Committed::Known(taken)) => taken.len(),
            other => panic!("not taken: {other:?}"),
        })
        .sum();
    assert_eq!(taken, 1);
    assert!(!kit.read(move |s| s.errand_is_due(now)));
    kit.write(move |tx| tx.put_errand_off(id, now)).expect("a write");
    assert!(kit.read(move |s| s.errand_is_due(now)));
    kit.write(move |tx| tx.errand_done(id, now).and_then(|()| tx.put_errand_off(id, now))).expect("a write");
    assert!(!kit.read(move |s| s.errand_is_due(now)), "what was run stays run");
}

fn an_owner_is_warned_once_of_each_stage(kit: &Kit) {
    let (account, now) = (kit.account(&["ada"]), kit.now());
    let lives = |secret: &str, days: u32| {
        let new = NewAppPassword { expires_at: Some(now + DAY * days), ..kit.new_app_password(account, secret) };
        kit.write(move |tx| tx.insert_app_password(&new).map(|()| new.id)).expect("a write")
    };
    let (month, week) = (lives("abcdefghijklmnop", 30), lives("abcdefghijklmnoq", 7));
    let expiring = |now, days| kit.read(move |s| s.expiring_app_passwords(now, days, 10));
    assert!(expiring(now, 14).is_empty(), "one has too long to live, the other never had so long");
    let later = now + DAY * 16;
    let warned = Expiring { account, id: month, expires_at: now + DAY * 30 };
    assert_eq!(expiring(later, 14), std::slice::from_ref(&warned));
    for (days, noted) in [(14, true), (14, false), (3, true), (14, false)] {
        let warned = warned.clone();
        assert_eq!(kit.write(move |tx| tx.note_warning(&warned, days)).expect("a write"), noted, "{days}");
    }
    assert!(expiring(later, 14).is_empty());
    assert_eq!(expiring(now + DAY * 4, 3).iter().map(|e| e.id).collect::<Vec<_>>(), [week]);
    assert!(expiring(now + DAY * 31, 14).is_empty(), "their time is over");
}

fn what_happened_is_counted(kit: &Kit) {
    let (ada, bob, from) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    for (account, action) in [(ada, "a"), (ada, "a"), (bob, "a"), (bob, "b")] {
        let entry = AuditEntry {
            id: kit.event(),
            at: kit.now(),
            actor: "system".into(),
            action: action.into(),
            account: Some(account),
            credential: None,
            detail: "{}".into(),
        };
        kit.write(move |tx| tx.record(&entry)).expect("a write");
    }
    let until = from + Duration::from_secs(1);
    let counted = kit.read(move |s| s.happened(from, until));
    let counted: Vec<_> = counted.iter().map(|h| (h.action.as_str(), h.times, h.accounts)).collect();
    assert_eq!(counted, [("a", 3, 2), ("b", 1, 1)]);
    assert!(kit.read(move |s| s.happened(until, until + DAY)).is_empty());
}

fn administrators_are_found_whom_notices_reach(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    kit.account(&["carol"]);
    kit.write(move |tx| {
        tx.set_role(ada, Some(Role::Administrator))?;
        tx.set_role(bob, Some(Role::Administrator))?;
        tx.set_notice_address(bob, None)?;
        tx.set_factors_end(ada, Some(now))
    })
    .expect("a write");
    assert_eq!(kit.read(|s| s.administrators_with_notices()), [ada]);
    assert_eq!(kit.read(|s| s.factors_to_end()), 1);
}
