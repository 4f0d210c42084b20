//! Accounts and their names: made, found and listed, changed, closed, and many at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::{AccountId, AccountState, FactorId, Kind, LoginName, Role};
use valetkey_store::{AccountFilter, AuditEntry, AuditFilter, NewAccount, NewErrand, NewFactor, StoreError};
use valetkey_testkit::Seeded;

use super::{Case, Kit, label, login};

pub(crate) const CASES: &[Case] = cases![
    an_account_reads_back_as_it_was_made,
    a_login_name_belongs_to_one_account,
    accounts_are_listed_page_by_page_in_order,
    accounts_are_found_by_any_of_their_names_and_facts,
    roles_states_and_passwords_change,
    a_closed_account_leaves_its_names_reserved,
    a_name_past_its_reservation_can_be_an_alias_or_is_forgotten,
    a_closed_account_leaves_no_details_in_the_audit_log_and_the_outbox,
    many_accounts_are_made_at_once_and_found_among_many_names,
];

fn an_account_reads_back_as_it_was_made(kit: &Kit) {
    let id = kit.account(&["ada", "lovelace@example.org"]);
    let account = kit.read(move |s| s.account(id)).expect("it is there");
    assert_eq!(account.canonical_login(), &login("ada"));
    assert_eq!(account.login_names, [login("ada"), login("lovelace")]);
    assert_eq!((account.kind, account.state, account.role), (Kind::Person, AccountState::Active, None));
    assert_eq!(account.notice_address.map(|a| a.as_str().to_owned()).as_deref(), Some("ada@home.example"));
    assert_eq!(account.created_at, kit.now());
    let by_alias = kit.read(|s| s.account_by_login(&login("lovelace"))).expect("the alias leads there");
    assert_eq!(by_alias.id, id);
    assert!(kit.read(|s| s.account_by_login(&login("bob"))).is_none());
    assert_eq!(kit.read(move |s| s.primary_password(id)).as_deref(), Some("$argon2id$…"));
}

fn a_login_name_belongs_to_one_account(kit: &Kit) {
    kit.account(&["ada", "countess"]);
    let now = kit.now();
    assert_eq!(
        ["ada", "countess", "bob"].map(|name| kit.read(move |s| s.is_taken(&login(name), now))),
        [true, true, false]
    );
    for names in [&["ada"][..], &["countess"], &["bob", "ada"]] {
        let new = kit.new_account(names);
        let refused = kit.write(move |tx| if tx.insert_account(&new)? { Ok(()) } else { Err(StoreError::Busy) });
        assert!(matches!(refused, Err(StoreError::Busy)), "{names:?}");
    }
    assert!(kit.read(|s| s.account_by_login(&login("bob"))).is_none(), "a refused account leaves nothing behind");
    let (id, now) = (kit.account(&["bob"]), kit.now());
    assert!(!kit.write(move |tx| tx.insert_login_name(id, &login("ada"), now)).expect("a write"));
    assert!(kit.write(move |tx| tx.insert_login_name(id, &login("robert"), now)).expect("a write"));
    assert!(kit.write(move |tx| tx.delete_login_name(id, &login("robert"))).expect("a write"));
    assert!(!kit.write(move |tx| tx.delete_login_name(id, &login("ada"))).expect("a write"), "that one is not bob's");
}

fn accounts_are_listed_page_by_page_in_order(kit: &Kit) {
    for name in ["carol", "ada", "bob", "dave"] {
        kit.account(&[name]);
    }
    let now = kit.now();
    let page = |after: Option<&str>, limit: usize| -> Vec<String> {
        let filter = AccountFilter { after: after.map(login), limit, ..AccountFilter::default() };
        kit.read(move |s| s.accounts(&filter, now)).iter().map(|a| a.login.to_string()).collect()
    };
    assert_eq!(page(None, 3), ["ada@example.org", "bob@example.org", "carol@example.org"]);
    assert_eq!(page(Some("carol"), 3), ["dave@example.org"]);
    assert_eq!(page(None, 100_000).len(), 4);
}

fn accounts_are_found_by_any_of_their_names_and_facts(kit: &Kit) {
    let ada = kit.account(&["ada", "lovelace"]);
    let bob = kit.account(&["bob"]);
    kit.account(&["carol_100"]);
    let (keys, made, id) = (Arc::clone(&kit.keys), kit.now(), FactorId::new(kit.now(), &kit.randomness));
    kit.write(move |tx| {
        let label = label("Phone");
        let factor = NewFactor { id, account: ada, kind: "passkey", label: &label, content: b"one", created_at: made };
        tx.insert_factor(&keys, &Seeded::new(2), &factor)?;
        tx.set_role(ada, Some(Role::Auditor))?;
        tx.set_display_name(ada, &"Ärztin Ada".parse().expect("a name"))?;
        tx.set_account_state(bob, AccountState::Suspended)
    })
    .expect("a write");
    let found = |filter: AccountFilter| -> Vec<String> {
        let now = kit.now();
        let list = kit.read(move |s| s.accounts(&filter, now));
        list.iter().map(|a| a.login.as_str().split('@').next().unwrap_or_default().to_owned()).collect()
    };
    let all = AccountFilter { limit: 9, ..AccountFilter::default() };
    for (text, names) in [
        ("", &["ada", "bob", "carol_100"][..]),
        ("LOVE", &["ada"]),
        ("ärztin", &["ada"]),
        ("example.org", &["ada", "bob", "carol_100"]),
        ("l_1", &["carol_100"]),
        ("a_a", &[]),
        ("nobody", &[]),
        ("!", &[]),
    ] {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        assert_eq!(found(AccountFilter { matching: text.to_owned(), ..all.clone() }), names, "{text}");
    }
    assert_eq!(found(AccountFilter { state: Some(AccountState::Suspended), ..all.clone() }), ["bob"]);
    assert_eq!(found(AccountFilter { role: Some(Role::Auditor), ..all.clone() }), ["ada"]);
    assert_eq!(found(AccountFilter { kind: Some(Kind::Device), ..all.clone() }), [""; 0]);
    assert_eq!(found(AccountFilter { without_factor: true, ..all.clone() }), ["bob", "carol_100"]);
    assert_eq!(
        found(AccountFilter { before: Some(login("carol_100")), limit: 1, ..all.clone() }),
        ["bob"],
        "the last before it"
    );
    kit.write(move |tx| tx.delete_login_name(ada, &login("lovelace"))).expect("a write");
    assert_eq!(found(AccountFilter { matching: "lovelace".into(), ..all.clone() }), [""; 0]);
    kit.write(move |tx| tx.delete_second_factors(ada)).expect("a write");
    let now = kit.now();
    kit.write(move |tx| tx.close_account(bob, now, now)).expect("a write");
    assert_eq!(found(AccountFilter { without_factor: true, ..all }), ["ada", "carol_100"]);
}

fn roles_states_and_passwords_change(kit: &Kit) {
    let (id, now) = (kit.account(&["ada"]), kit.now());
    kit.write(move |tx| {
        let locked = tx.lock_account(id)?.expect("it is there");
        assert_eq!(locked.canonical_login(), &login("ada"));
        tx.set_role(id, Some(Role::Auditor))?;
        tx.set_account_state(id, AccountState::Suspended)?;
        tx.set_primary_password(id, "$argon2id$new", now)
    })
    .expect("a write");
    let account = kit.read(move |s| s.account(id)).expect("it is there");
    assert_eq!((account.role, account.state), (Some(Role::Auditor), AccountState::Suspended));
    assert_eq!(kit.read(move |s| s.primary_password(id)).as_deref(), Some("$argon2id$new"));
    kit.write(move |tx| tx.set_role(id, None)).expect("a write");
    assert_eq!(kit.read(move |s| s.account(id)).and_then(|a| a.role), None);
    let nobody = AccountId::from_bytes([9; 16]);
    assert!(kit.write(move |tx| tx.lock_account(nobody)).expect("a write").is_none());
}

fn a_closed_account_leaves_its_names_reserved(kit: &Kit) {
    let account = kit.account(&["ada", "countess"]);
    kit.app_password(account, "abcdefghijklmnop");
    let (now, until) = (kit.now(), kit.now() + Duration::from_secs(90 * 86400));
    kit.write(move |tx| tx.close_account(account, now, until)).expect("a write");
    let closed = kit.read(move |s| s.account(account)).expect("its row stays");
    assert_eq!((closed.state, closed.display_name.as_str(), closed.notice_address), (AccountState::Closed, "", None));
    assert!(kit.read(move |s| s.app_passwords(account, true)).is_empty());
    assert_eq!(kit.read(|s| s.account_signing_in(&login("ada"))).map(|a| a.state), Some(AccountState::Closed));
    assert!(kit.read(|s| s.canonical_among(&[login("ada")])).is_empty(), "it is closed");
    assert!(kit.read(move |s| s.is_taken(&login("ada"), now)), "and its name reserved");
    assert_eq!(kit.read(move |s| s.taken_among(&[login("ada")], now)).len(), 1, "whoever asks");
    let early = kit.new_account(&["countess"]);
    assert!(!kit.write(move |tx| tx.insert_account(&early)).expect("a write"), "still reserved");
    kit.advance(Duration::from_secs(91 * 86400));
    assert_ne!(kit.account(&["ada", "countess"]), account);
    assert!(kit.read(move |s| s.accounts(&AccountFilter { limit: 9, ..AccountFilter::default() }, now)).len() == 1);
}

fn a_name_past_its_reservation_can_be_an_alias_or_is_forgotten(kit: &Kit) {
    let (gone, bob) = (kit.account(&["ada", "countess"]), kit.account(&["bob"]));
    let (now, until) = (kit.now(), kit.now() + Duration::from_secs(90 * 86400));
    kit.write(move |tx| tx.close_account(gone, now, until)).expect("a write");
    let alias = |name: &'static str| {
        let now = kit.now();
        kit.write(move |tx| tx.insert_login_name(bob, &login(name), now)).expect("a write")
    };
    assert!(!alias("countess"), "still reserved");
    assert_eq!(kit.write(move |tx| tx.prune_login_names(until)).expect("a write"), 0);
    kit.advance(Duration::from_secs(91 * 86400));
    assert!(alias("countess"));
    assert_eq!(kit.read(|s| s.account_by_login(&login("countess"))).map(|a| a.id), Some(bob));
    let now = kit.now();
    assert_eq!(kit.write(move |tx| tx.prune_login_names(now)).expect("a write"), 1, "ada; bob's are in use");
    assert!(kit.read(|s| s.account_by_login(&login("ada"))).is_none());
}

fn a_closed_account_leaves_no_details_in_the_audit_log_and_the_outbox(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    for account in [ada, bob] {
        let detail = r#"{"login":"ada@example.org"}"#.to_owned();
        let entry = AuditEntry {
            id: kit.event(),
            at: now,
            actor: "operator:0".into(),
            action: "account.created".into(),
            account: Some(account),
            credential: None,
            detail: detail.clone(),
        };
        let errand = NewErrand {
            id: kit.event(),
            kind: "app-password.created",
            account: Some(account),
            credential: None,
            detail,
            created_at: now,
            due_at: now,
        };
        kit.write(move |tx| tx.record(&entry).and_then(|()| tx.leave_errand(&errand))).expect("a write");
    }
    kit.write(move |tx| tx.close_account(ada, now, now)).expect("a write");
    let has_detail = |account: AccountId| {
        let filter = AuditFilter { account: Some(account), limit: 10, ..AuditFilter::default() };
        kit.read(move |s| s.audit(&filter)).iter().map(|e| e.detail != "{}").collect::<Vec<_>>()
    };
    assert_eq!((has_detail(ada), has_detail(bob)), (vec![false], vec![true]));
    let errands = kit.write(move |tx| tx.take_errands(now, Duration::ZERO, 10)).expect("a write");
    let kept: BTreeMap<_, _> = errands.iter().map(|e| (e.account, e.detail != "{}")).collect();
    assert_eq!(kept, BTreeMap::from([(Some(ada), false), (Some(bob), true)]));
}

fn many_accounts_are_made_at_once_and_found_among_many_names(kit: &Kit) {
    kit.account(&["ada", "countess"]);
    let now = kit.now();
    // More than one statement holds, and not a whole number of them.
    let names = |n: u16| [format!("person{n}"), format!("alias{n}")];
    let new: Vec<NewAccount> = (0..123).map(|n| kit.new_account(&names(n).each_ref().map(String::as_str))).collect();
    let ids: Vec<AccountId> = new.iter().map(|one| one.id).collect();
    let asked: Vec<LoginName> =
        (100..200).flat_map(names).chain(["ada".into(), "countess".into()]).map(|n| login(&n)).collect();
    let among =
        |asked: Vec<LoginName>| kit.read(move |s| Ok((s.canonical_among(&asked)?, s.taken_among(&asked, now)?)));
    assert_eq!(among(asked.clone()), ([login("ada")].into(), [login("ada"), login("countess")].into()));
    let again = new.clone();
    assert!(kit.write(move |tx| tx.insert_free_accounts(&new, now)).expect("a write"));
    let (canonical, taken) = among(asked);
    assert_eq!((canonical.len(), taken.len()), (1 + 23, 2 + 2 * 23));
    for id in [ids[0], ids[49], ids[50], ids[122]] {
        let account = kit.read(move |s| s.account(id)).expect("it is there");
        assert_eq!(account.login_names.len(), 2);
        assert_eq!(kit.read(move |s| s.primary_password(id)).as_deref(), Some("$argon2id$…"));
    }
    let search = AccountFilter { matching: "alias122".into(), limit: 9, ..AccountFilter::default() };
    assert_eq!(kit.read(move |s| s.accounts(&search, now)).len(), 1, "a search finds them");
    assert!(among(Vec::new()).1.is_empty(), "nobody asks for nothing");
    let fresh: Vec<NewAccount> =
        again.into_iter().map(|one| NewAccount { id: AccountId::new(now, &Seeded::new(9)), ..one }).collect();
    let refused =
        kit.write(move |tx| if tx.insert_free_accounts(&fresh[..1], now)? { Ok(()) } else { Err(StoreError::Busy) });
    assert!(matches!(refused, Err(StoreError::Busy)), "somebody was quicker");
}
