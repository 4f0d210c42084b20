//! Many accounts at once.

use valetkey_domain::{AccountId, LoginName};
use valetkey_store::{AccountFilter, NewAccount, StoreError};
use valetkey_testkit::Seeded;

use super::{Kit, login};

type Case = (&'static str, fn(&Kit));

pub(crate) const CASES: &[Case] = &[(
    "many_accounts_are_made_at_once_and_found_among_many_names",
    many_accounts_are_made_at_once_and_found_among_many_names,
)];

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
