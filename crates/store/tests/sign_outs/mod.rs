//! Sign-outs at other servers.

use std::time::Duration;

use valetkey_domain::AccountId;
use valetkey_store::{Committed, KeptSignOut, NewSignOut, Run, SIGN_OUT_LOGINS_MAX, SignOutState};

use super::{Case, Kit, login};

const LEASE: Duration = Duration::from_secs(30);

pub(crate) const CASES: &[Case] = cases![
    a_sign_out_goes_through_its_two_runs,
    a_sign_out_is_taken_by_one_and_again_after_its_lease,
    a_newer_sign_out_stands_for_the_one_before,
    a_newer_sign_out_owes_what_the_one_before_owed,
    what_would_be_too_many_login_names_stays_by_itself,
    a_sign_out_outlives_its_account_and_is_forgotten,
];

fn new(kit: &Kit, server: &str, account: AccountId) -> NewSignOut {
    NewSignOut {
        id: kit.event(),
        server: server.to_owned(),
        account,
        credential: None,
        logins: vec![login("ada"), login("countess")],
        why: "asked",
        run: Run::First,
        created_at: kit.now(),
    }
}

fn leave(kit: &Kit, new: &NewSignOut) {
    let new = new.clone();
    kit.write(move |tx| tx.leave_sign_out(&new)).expect("a write");
}

fn take(kit: &Kit, server: &'static str) -> Vec<KeptSignOut> {
    let now = kit.now();
    kit.write(move |tx| tx.take_sign_outs(server, now, LEASE, 10)).expect("a write")
}

fn a_sign_out_goes_through_its_two_runs(kit: &Kit) {
    let (account, now) = (kit.account(&["ada", "countess"]), kit.now());
    let credential = kit.app_password(account, "abcdefghijklmnop").into();
    let asked = NewSignOut { credential: Some(credential), ..new(kit, "Dovecot", account) };
    leave(kit, &asked);
    assert_eq!(kit.read(|s| s.next_sign_out("Dovecot")), Some(now));
    assert_eq!(kit.read(|s| s.next_sign_out("Webmail")), None);
    assert!(take(kit, "Webmail").is_empty(), "each server has its own");
    let taken = take(kit, "Dovecot");
    let KeptSignOut { id, run, attempts, logins, why, state, .. } = taken[0].clone();
    assert_eq!((id, run, attempts, &*why, state), (asked.id, Run::First, 1, "asked", SignOutState::Pending));
    assert_eq!((logins, taken[0].credential), (asked.logins.clone(), Some(credential)));
    kit.write(move |tx| tx.put_sign_out_off(id, "slow", now + LEASE)).expect("a write");
    let kept = kit.read(move |s| s.sign_out(id)).expect("it is kept");
    assert_eq!((kept.trouble.as_deref(), kept.outcome), (Some("slow"), None));
    let again = now + Duration::from_secs(60);
    kit.write(move |tx| tx.begin_final_run(id, "closed 2", again)).expect("a write");
    assert!(take(kit, "Dovecot").is_empty());
    assert_eq!(kit.read(|s| s.next_sign_out("Dovecot")), Some(again));
    kit.advance(Duration::from_secs(60));
    let taken = take(kit, "Dovecot");
    assert_eq!((taken[0].id, taken[0].run, taken[0].attempts), (asked.id, Run::Final, 1), "under the same id");
    assert_eq!((taken[0].outcome.as_deref(), taken[0].trouble.as_deref()), (Some("closed 2"), None));
    let now = kit.now();
    kit.write(move |tx| tx.end_sign_out(id, "closed 3", now)).expect("a write");
    assert_eq!(kit.read(|s| s.next_sign_out("Dovecot")), None);
    let done = kit.read(move |s| s.sign_outs(account, 10));
    assert_eq!((done[0].state, done[0].outcome.as_deref()), (SignOutState::Cut, Some("closed 3")));
    assert!(done[0].logins.is_empty(), "the login names are not needed any more");
    kit.write(move |tx| tx.put_sign_out_off(id, "slow", now).and_then(|()| tx.give_sign_out_up(id, "slow", now)))
        .expect("a write");
    assert_eq!(kit.read(move |s| s.sign_out(id)).map(|kept| kept.state), Some(SignOutState::Cut), "what is done stays");
}

fn a_sign_out_is_taken_by_one_and_again_after_its_lease(kit: &Kit) {
    let (account, now) = (kit.account(&["ada"]), kit.now());
    let asked = new(kit, "Dovecot", account);
    leave(kit, &asked);
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let store = kit.store.clone();
            kit.runtime.spawn(async move { store.write(move |tx| tx.take_sign_outs("Dovecot", now, LEASE, 10)).await })
        })
        .collect();
    let taken: usize = takers
        .into_iter()
        .map(|taker| match kit.runtime.block_on(taker).expect("no panic") {
            Ok(Committed::Known(taken)) => taken.len(),
            other => panic!("not taken: {other:?}"),
        })
        .sum();
    assert_eq!(taken, 1);
    assert!(take(kit, "Dovecot").is_empty());
    kit.advance(LEASE);
    assert_eq!(take(kit, "Dovecot")[0].attempts, 2);
    let now = kit.now();
    assert_eq!(kit.write(move |tx| tx.hurry_sign_outs(now)).expect("a write"), 1, "whoever took it is gone");
    assert_eq!(take(kit, "Dovecot")[0].attempts, 3);
    let id = asked.id;
    kit.write(move |tx| tx.begin_final_run(id, "told", now + LEASE)).expect("a write");
    assert_eq!(kit.write(move |tx| tx.hurry_sign_outs(now)).expect("a write"), 0, "the final run has its time");
}

fn a_newer_sign_out_stands_for_the_one_before(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let credential = Some(kit.app_password(account, "abcdefghijklmnop").into());
    let all = new(kit, "Dovecot", account);
    let one = NewSignOut { credential, ..new(kit, "Dovecot", account) };
    let elsewhere = new(kit, "Webmail", account);
    for asked in [&all, &one, &elsewhere] {
        leave(kit, asked);
    }
    for asked in [new(kit, "Dovecot", account), NewSignOut { credential, ..new(kit, "Dovecot", account) }] {
        leave(kit, &asked);
    }
    let kept: Vec<_> = kit.read(move |s| s.sign_outs(account, 10)).into_iter().map(|kept| kept.id).collect();
    assert_eq!(kept.len(), 3);
    assert!(kept.contains(&elsewhere.id) && !kept.contains(&all.id) && !kept.contains(&one.id));
}

fn a_newer_sign_out_owes_what_the_one_before_owed(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let once = || NewSignOut { run: Run::Final, why: "signed-out", ..new(kit, "Dovecot", account) };
    let only = |name| NewSignOut { logins: vec![login("ada"), login(name)], ..once() };
    let kept = || match &kit.read(move |s| s.sign_outs(account, 10))[..] {
        [kept] => kept.clone(),
        other => panic!("not one: {other:?}"),
    };
    leave(kit, &only("countess"));
    leave(kit, &only("lovelace"));
    assert_eq!((kept().run, kept().logins), (Run::Final, vec![login("ada"), login("lovelace"), login("countess")]));
    let twice = new(kit, "Dovecot", account);
    leave(kit, &twice);
    leave(kit, &once());
    assert_eq!((kept().run, &*kept().why, kept().attempts), (Run::First, "asked", 0), "nobody was told yet");
    let (id, again) = (kept().id, kit.now() + LEASE);
    assert_ne!(id, twice.id);
    kit.write(move |tx| tx.begin_final_run(id, "closed 2", again)).expect("a write");
    leave(kit, &only("countess"));
    let KeptSignOut { run, why, outcome, due_at, logins, .. } = kept();
    assert_eq!((run, &*why, outcome, due_at), (Run::First, "asked", None, kit.now()), "the second time is to come");
    assert_eq!(logins, ["ada", "countess", "lovelace"].map(login));
}

fn what_would_be_too_many_login_names_stays_by_itself(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let many = |name: &str| (1..SIGN_OUT_LOGINS_MAX).map(|n| login(&format!("{name}{n}"))).collect();
    let before = NewSignOut { logins: many("a"), ..new(kit, "Dovecot", account) };
    let fits = NewSignOut { logins: vec![login("ada")], ..new(kit, "Dovecot", account) };
    let more = NewSignOut { logins: many("b"), ..new(kit, "Dovecot", account) };
    for asked in [&before, &fits, &more] {
        leave(kit, asked);
    }
    let kept = kit.read(move |s| s.sign_outs(account, 10));
    let counts: Vec<_> = kept.iter().map(|one| (one.id, one.logins.len())).collect();
    assert_eq!(counts.len(), 2, "{counts:?}");
    assert!(counts.contains(&(fits.id, SIGN_OUT_LOGINS_MAX)), "{counts:?}");
    assert!(counts.contains(&(more.id, SIGN_OUT_LOGINS_MAX - 1)), "{counts:?}");
}

fn a_sign_out_outlives_its_account_and_is_forgotten(kit: &Kit) {
    let (account, now) = (kit.account(&["ada"]), kit.now());
    let asked = new(kit, "Dovecot", account);
    leave(kit, &asked);
    kit.write(move |tx| tx.close_account(account, now, now)).expect("a write");
    let taken = take(kit, "Dovecot");
    assert_eq!(taken[0].logins, asked.logins);
    let id = asked.id;
    kit.write(move |tx| tx.give_sign_out_up(id, "unreachable", now)).expect("a write");
    let kept = kit.read(move |s| s.sign_out(id)).expect("it is kept");
    assert_eq!((kept.state, kept.logins.len()), (SignOutState::GivenUp, 0));
    for server in ["Dovecot", "Gone"] {
        leave(kit, &new(kit, server, account));
    }
    kit.advance(Duration::from_secs(1));
    let later = kit.now();
    assert_eq!(kit.write(move |tx| tx.prune_sign_outs(later)).expect("a write"), 1, "what is done");
    assert_eq!(kit.read(|s| s.servers_to_tell()), ["Dovecot", "Gone"]);
    assert_eq!(kit.write(move |tx| tx.drop_sign_outs("Gone", now)).expect("a write"), 0, "not yet");
    assert_eq!(kit.write(move |tx| tx.drop_sign_outs("Gone", later)).expect("a write"), 1, "what nobody does");
    assert_eq!(kit.read(|s| s.servers_to_tell()), ["Dovecot"]);
}
