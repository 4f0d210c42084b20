//! App passwords: found by a sign-in, revoked, expired, used, and recognised after their end.

use std::time::Duration;

use valetkey_domain::{
    AccountState, CredentialState, Decoded, KeyFile, KeyRing, LastUse, MasterKey, RevocationReason, Scopes, Service,
};
use valetkey_store::{Found, NewAppPassword, Overdue, Use};
use valetkey_testkit::Seeded;

use super::{Case, Kit, ended, login};

pub(crate) const CASES: &[Case] = cases![
    a_sign_in_finds_the_account_and_the_credential,
    a_revoked_one_stays_recognised,
    revoking_all_leaves_other_accounts_alone,
    an_expired_one_does_not_count_and_is_found_when_overdue,
    only_a_later_use_is_remembered,
    a_digest_moves_to_another_key,
    an_app_password_remembers_how_it_was_tried_after_its_end,
];

fn a_sign_in_finds_the_account_and_the_credential(kit: &Kit) {
    let (ada, bob) = (kit.account(&["ada", "countess"]), kit.account(&["bob"]));
    let id = kit.app_password(ada, "abcd-efgh-ijkl-mnop");
    let digest = kit.digest(ada, "abcd-efgh-ijkl-mnop");
    let known = kit.read(|s| s.account_signing_in(&login("countess"))).expect("known");
    assert_eq!(
        (known.id, known.login, known.state, known.has_second_factor),
        (ada, login("ada"), AccountState::Active, false)
    );
    let found = kit.read(move |s| s.credential_signing_in(ada, &digest)).expect("found");
    assert_eq!((found.id, found.state, found.scopes), (id.into(), Found::Active, Scopes::EVERYTHING));
    assert_eq!(found.networks.to_string(), "192.0.2.0/24");
    assert_eq!(found.key, kit.keys.current_id());
    assert!(kit.read(move |s| s.credential_signing_in(bob, &digest)).is_none(), "a digest belongs to its account");
    assert!(kit.read(|s| s.account_signing_in(&login("nobody"))).is_none());
    assert_eq!(kit.read(move |s| s.credential_in_use(ada, id.into())).map(|c| c.id), Some(id.into()));
}

fn a_revoked_one_stays_recognised(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let (id, digest, now) =
        (kit.app_password(account, "abcdefghijklmnop"), kit.digest(account, "abcdefghijklmnop"), kit.now());
    assert!(kit.write(move |tx| tx.revoke_app_password(account, id, ended(now))).expect("a write"));
    assert!(
        !kit.write(move |tx| tx.revoke_app_password(account, id, ended(now))).expect("a write"),
        "it was revoked already"
    );
    assert_eq!(kit.read(move |s| s.credential_signing_in(account, &digest)).map(|c| c.state), Some(Found::Revoked));
    assert!(kit.read(move |s| s.digest_is_known(account, &digest)));
    assert!(kit.read(move |s| s.app_passwords(account, false)).is_empty());
    let all = kit.read(move |s| s.app_passwords(account, true));
    assert_eq!(all[0].state, CredentialState::Revoked { at: now, why: RevocationReason::Asked, by_owner: false });
    let same = kit.new_app_password(account, "abcdefghijklmnop");
    assert!(
        kit.write(move |tx| tx.insert_app_password(&same)).is_err(),
        "a secret is never issued again to its account"
    );
}

fn revoking_all_leaves_other_accounts_alone(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    for secret in ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"] {
        kit.app_password(ada, secret);
    }
    kit.app_password(bob, "aaaaaaaaaaaaaaaa");
    assert_eq!(kit.write(move |tx| tx.revoke_app_passwords(ada, ended(now))).expect("a write"), 3);
    assert_eq!(kit.read(move |s| s.active_app_passwords(ada, now)), 0);
    assert_eq!(kit.read(move |s| s.active_app_passwords(bob, now)), 1);
}

fn an_expired_one_does_not_count_and_is_found_when_overdue(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let end = kit.now() + Duration::from_secs(60);
    let new = NewAppPassword { expires_at: Some(end), ..kit.new_app_password(account, "abcdefghijklmnop") };
    let id = new.id;
    kit.write(move |tx| tx.insert_app_password(&new)).expect("a write");
    let now = kit.now();
    assert_eq!(kit.read(move |s| s.active_app_passwords(account, now)), 1);
    assert_eq!(kit.read(|s| s.next_expiry()), Some(end));
    assert!(kit.read(move |s| s.overdue_app_passwords(now, None, 10)).is_empty());
    assert!(!kit.write(move |tx| tx.expire_app_password(account, id, now)).expect("a write"), "not yet");
    kit.advance(Duration::from_secs(60));
    let now = kit.now();
    assert_eq!(kit.read(move |s| s.active_app_passwords(account, now)), 0);
    let expired_at = kit.read(move |s| s.next_expiry()).expect("it has an end");
    let overdue = Overdue { account, id, expired_at };
    assert_eq!(kit.read(move |s| s.overdue_app_passwords(now, None, 10)), std::slice::from_ref(&overdue));
    assert!(kit.read(move |s| s.overdue_app_passwords(now, Some(&overdue), 10)).is_empty(), "none after it");
    assert!(kit.write(move |tx| tx.expire_app_password(account, id, now)).expect("a write"));
    assert_eq!(kit.read(|s| s.next_expiry()), None);
    let state = kit.read(move |s| s.app_password(account, id)).map(|p| p.state);
    assert_eq!(state, Some(CredentialState::Expired { at: now }));
}

fn only_a_later_use_is_remembered(kit: &Kit) {
    let (account, now) = (kit.account(&["ada"]), kit.now());
    let credential = kit.app_password(account, "abcdefghijklmnop");
    let used = |secs: u64, client: &str| Use {
        account,
        credential: credential.into(),
        last: LastUse {
            at: now + Duration::from_secs(secs),
            service: Service::Imap,
            client: Some(client.into()),
            network: "2001:db8::7".parse().ok(),
        },
    };
    for one in [used(5, "Thunderbird"), used(3, "too late to be told")] {
        kit.write(move |tx| tx.note_use(&one)).expect("a write");
    }
    let last = kit.read(move |s| s.app_password(account, credential)).and_then(|p| p.last_use);
    assert_eq!(last, Some(used(5, "Thunderbird").last));
}

fn a_digest_moves_to_another_key(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let id = kit.app_password(account, "abcdefghijklmnop");
    let old = kit.keys.current_id();
    let ring = KeyRing::new(&KeyFile::new(MasterKey::generate(&Seeded::new(77))));
    let (new, digest) = (ring.current_id(), ring.digest(account, &Decoded::from_app(b"abcdefghijklmnop")));
    assert_eq!(kit.read(move |s| s.app_passwords_under_key(old)), 1);
    kit.write(move |tx| tx.rekey_app_password(account, id, new, &digest)).expect("a write");
    assert_eq!(kit.read(move |s| Ok((s.app_passwords_under_key(old)?, s.app_passwords_under_key(new)?))), (0, 1));
    assert_eq!(
        kit.read(move |s| s.credential_signing_in(account, &digest)).map(|c| (c.id, c.key)),
        Some((id.into(), new))
    );
}

fn an_app_password_remembers_how_it_was_tried_after_its_end(kit: &Kit) {
    let (account, now) = (kit.account(&["ada"]), kit.now());
    let credential = kit.app_password(account, "abcdefghijklmnop");
    let last = LastUse { at: now, service: Service::Imap, client: Some("Old iPad".into()), network: None };
    let tried = Use { account, credential: credential.into(), last: last.clone() };
    kit.write(move |tx| tx.note_try(&tried)).expect("a write");
    let kept = kit.read(move |s| s.app_password(account, credential)).expect("it is there");
    assert_eq!((kept.last_try, kept.last_use), (Some(last), None));
}
