//! People who sign in to the portal: their second factors, sessions, browsers and links.

use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::{BrowserId, Digest, FactorId, KeyRing, LinkId, LinkKind, SessionId, TotpSeed};
use valetkey_store::{NewBrowser, NewFactor, NewLink, NewSession, SessionStage};
use valetkey_testkit::Seeded;

use super::{Case, Kit, label, login};

pub(crate) const CASES: &[Case] = cases![
    a_totp_seed_is_sealed_and_each_step_is_used_once,
    a_recovery_code_is_good_once_and_replaced_with_the_others,
    a_session_is_found_renewed_seen_and_ended,
    a_passkey_is_sealed_renamed_used_and_removed,
    what_its_owner_chose_is_kept_with_an_account,
    a_link_is_good_once_and_for_a_time,
    a_browser_is_known_to_each_account_and_trusted_for_a_time,
];

fn a_totp_seed_is_sealed_and_each_step_is_used_once(kit: &Kit) {
    let (account, now) = (kit.account(&["ada"]), kit.now());
    let id = FactorId::new(now, &kit.randomness);
    let seed = TotpSeed::generate(&kit.randomness);
    let (keys, kept) = (Arc::clone(&kit.keys), seed.clone());
    kit.write(move |tx| {
        let label = label("Phone");
        let new = NewFactor { id, account, kind: "totp", label: &label, content: kept.expose(), created_at: now };
        tx.insert_factor(&keys, &Seeded::new(5), &new)
    })
    .expect("a write");
    assert!(kit.read(|s| s.account_signing_in(&login("ada"))).expect("known").has_second_factor);
    let keys = Arc::clone(&kit.keys);
    let found = kit.read(move |s| s.totp_factors(account, &keys));
    assert!(found[0].seed.expose() == seed.expose() && found[0].last_step.is_none());
    let step = seed.check(seed.code_at(now), now, None).expect("right now");
    assert!(kit.write(move |tx| tx.use_totp(id, step, now)).expect("a write"));
    assert!(!kit.write(move |tx| tx.use_totp(id, step, now)).expect("a write"), "a replay");
    assert_eq!(kit.read(move |s| s.second_factors(account)).len(), 1);
    let key = kit.keys.current_id();
    assert_eq!(kit.read(move |s| s.factors_under_key(key)), (1, 0));
    assert!(kit.write(move |tx| tx.delete_second_factor(account, id)).expect("a write"));
    assert!(!kit.read(|s| s.account_signing_in(&login("ada"))).expect("known").has_second_factor);
}

fn a_recovery_code_is_good_once_and_replaced_with_the_others(kit: &Kit) {
    let (account, now, key) = (kit.account(&["ada"]), kit.now(), kit.keys.current_id());
    let digests: Vec<Digest> = ["one", "two"].iter().map(|c| kit.digest(account, c)).collect();
    let (first, kept) = (digests[0], digests.clone());
    kit.write(move |tx| tx.replace_recovery_codes(account, key, &kept, now)).expect("a write");
    assert_eq!(kit.read(move |s| s.recovery_codes_left(account)), 2);
    assert!(kit.write(move |tx| tx.use_recovery_code(account, &first, now)).expect("a write"));
    assert!(!kit.write(move |tx| tx.use_recovery_code(account, &first, now)).expect("a write"), "used");
    assert_eq!(kit.read(move |s| s.recovery_codes_left(account)), 1);
    kit.write(move |tx| tx.replace_recovery_codes(account, key, &[], now)).expect("a write");
    assert_eq!(kit.read(move |s| s.recovery_codes_left(account)), 0);
}

fn a_session_is_found_renewed_seen_and_ended(kit: &Kit) {
    let (ada, now) = (kit.account(&["ada"]), kit.now());
    let [first, second, third] = [1, 2, 3].map(|n| Digest::from_bytes([n; 32]));
    let new = |digest: Digest, stage| NewSession {
        id: SessionId::new(now, &kit.randomness),
        digest,
        account: ada,
        stage,
        created_at: now,
        second_factor_at: None,
        browser: Some("Firefox".into()),
        network: Some([192, 0, 2, 1].into()),
    };
    for one in [new(first, SessionStage::SignedIn), new(second, SessionStage::Password)] {
        kit.write(move |tx| tx.insert_session(&one)).expect("a write");
    }
    let kept = kit.read(move |s| s.session(&first)).expect("it is there");
    assert_eq!((kept.account, kept.login.as_str(), kept.browser.as_deref()), (ada, "ada@example.org", Some("Firefox")));
    assert_eq!(kept.network, Some([192, 0, 2, 1].into()));
    let later = now + Duration::from_secs(60);
    assert!(!kit.write(move |tx| tx.renew_session(&second, &third)).expect("a write"), "it is not signed in");
    assert!(kit.write(move |tx| tx.renew_session(&first, &third)).expect("a write"));
    assert_eq!(
        kit.read(move |s| s.session(&third)).and_then(|k| k.second_factor_at),
        None,
        "another token shows nothing"
    );
    kit.write(move |tx| tx.note_step_up(&third, later)).expect("a write");
    assert!(kit.read(move |s| s.session(&first)).is_none());
    let renewed = kit.read(move |s| s.session(&third)).expect("it is there");
    assert_eq!((renewed.id, renewed.second_factor_at, renewed.seen_at), (kept.id, Some(later), later));
    kit.write(move |tx| tx.touch_session(&third, now)).expect("a write");
    assert_eq!(kit.read(move |s| s.session(&third)).map(|k| k.seen_at), Some(later), "time does not run back");
    assert_eq!(kit.read(move |s| s.sessions(ada)).len(), 1, "who is asked for a second factor is not signed in");
    assert_eq!(kit.write(move |tx| tx.prune_sessions(later)).expect("a write"), 1);
    assert!(kit.read(move |s| s.session(&second)).is_none());
    assert_eq!(kit.write(move |tx| tx.delete_sessions(ada, Some(kept.id))).expect("a write"), 0);
    assert!(kit.write(move |tx| tx.delete_session_of(ada, kept.id)).expect("a write"));
    assert!(!kit.write(move |tx| tx.delete_session(&third)).expect("a write"));
}

fn a_passkey_is_sealed_renamed_used_and_removed(kit: &Kit) {
    let (ada, now) = (kit.account(&["ada"]), kit.now());
    let id = FactorId::new(now, &kit.randomness);
    let keys = Arc::clone(&kit.keys);
    kit.write(move |tx| {
        let label = label("Laptop");
        let new = NewFactor { id, account: ada, kind: "passkey", label: &label, content: b"first", created_at: now };
        tx.insert_factor(&keys, &Seeded::new(5), &new)
    })
    .expect("a write");
    let keys = Arc::clone(&kit.keys);
    let content = |keys: Arc<KeyRing>| {
        kit.read(move |s| Ok(s.passkeys(ada, &keys)?.iter().map(|k| k.content.expose().clone()).collect::<Vec<_>>()))
    };
    assert_eq!(content(Arc::clone(&keys)), [b"first".to_vec()]);
    let sealing = Arc::clone(&keys);
    assert!(kit.write(move |tx| tx.use_passkey(&sealing, &Seeded::new(6), id, b"second", now)).expect("a write"));
    assert_eq!(content(keys), [b"second".to_vec()]);
    assert!(kit.write(move |tx| tx.rename_factor(ada, id, &label("Desk"))).expect("a write"));
    let shown = kit.read(move |s| s.second_factors(ada));
    assert_eq!(
        (shown[0].label.as_str(), shown[0].kind.as_str(), shown[0].last_used_at),
        ("Desk", "passkey", Some(now))
    );
    kit.write(move |tx| tx.delete_second_factors(ada)).expect("a write");
    assert!(!kit.read(|s| s.account_signing_in(&login("ada"))).expect("known").has_second_factor);
    assert!(!kit.write(move |tx| tx.rename_factor(ada, id, &label("Gone"))).expect("a write"));
}

fn what_its_owner_chose_is_kept_with_an_account(kit: &Kit) {
    let (ada, now) = (kit.account(&["ada"]), kit.now());
    kit.write(move |tx| {
        tx.set_display_name(ada, &"Ada L.".parse().expect("a name"))?;
        tx.set_notice_address(ada, Some(&"ada@home.example".parse().expect("an address")))?;
        tx.set_locale(ada, Some(&"de".parse().expect("a language")))?;
        tx.set_factors_end(ada, Some(now))
    })
    .expect("a write");
    let kept = kit.read(move |s| s.account(ada)).expect("it is there");
    assert_eq!(kept.display_name.as_str(), "Ada L.");
    assert_eq!(kept.notice_address.map(|a| a.as_str().to_owned()).as_deref(), Some("ada@home.example"));
    assert_eq!((kept.locale.map(|l| l.as_str().to_owned()).as_deref(), kept.factors_end_at), (Some("de"), Some(now)));
    assert_eq!(kit.read(move |s| s.accounts_whose_factors_end(now)), [ada]);
    kit.write(move |tx| tx.set_factors_end(ada, None)).expect("a write");
    assert!(kit.read(move |s| s.accounts_whose_factors_end(now)).is_empty());
}

fn a_link_is_good_once_and_for_a_time(kit: &Kit) {
    let (ada, now) = (kit.account(&["ada"]), kit.now());
    let [first, second, third] = [1, 2, 3].map(|n| Digest::from_bytes([n; 32]));
    let new = |digest, kind, account, secs| NewLink {
        id: LinkId::new(now, &kit.randomness),
        digest,
        kind,
        account,
        login: Some(login("grace")),
        address: "ada@home.example".parse().ok(),
        made_by: "operator:0".into(),
        created_at: now,
        expires_at: now + Duration::from_secs(secs),
    };
    let links = [
        new(first, LinkKind::Invitation, Some(ada), 60),
        new(second, LinkKind::Reset, Some(ada), 60),
        new(third, LinkKind::Registration, None, 10),
    ];
    let id = links[0].id;
    for link in links {
        kit.write(move |tx| tx.insert_link(&link)).expect("a write");
    }
    let kept = kit.read(move |s| s.link(&first, now)).expect("it is there");
    assert_eq!(
        (kept.id, kept.kind, kept.account, kept.made_by.as_str()),
        (id, LinkKind::Invitation, Some(ada), "operator:0")
    );
    assert_eq!(kept.login, Some(login("grace")));
    assert_eq!(kit.read(move |s| s.links(ada, now)).len(), 2);
    let later = now + Duration::from_secs(10);
    assert!(kit.read(move |s| s.link(&third, later)).is_none(), "its time is over");
    assert_eq!(kit.write(move |tx| tx.prune_links(later)).expect("a write"), 1);
    assert!(kit.write(move |tx| tx.delete_link(id)).expect("a write"));
    assert!(!kit.write(move |tx| tx.delete_link(id)).expect("a write"), "used up");
    assert_eq!(kit.write(move |tx| tx.delete_links(ada, LinkKind::Reset)).expect("a write"), 1);
    assert!(kit.read(move |s| s.link(&second, now)).is_none());
}

fn a_browser_is_known_to_each_account_and_trusted_for_a_time(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    let [old, renewed] = [1, 2].map(|n| Digest::from_bytes([n; 32]));
    let seen = |account, at, trusted_until| NewBrowser {
        id: BrowserId::new(at, &kit.randomness),
        digest: old,
        account,
        name: Some("Firefox".into()),
        network: Some([192, 0, 2, 1].into()),
        at,
        trusted_until,
    };
    let (later, until) = (now + Duration::from_secs(60), now + Duration::from_secs(3600));
    let id = kit
        .write({
            let (first, again, other) = (seen(ada, now, Some(until)), seen(ada, later, None), seen(bob, now, None));
            move |tx| {
                [&first, &again, &other].into_iter().try_for_each(|browser| tx.remember_browser(browser))?;
                tx.renew_browser(&old, &renewed).map(|()| first.id)
            }
        })
        .expect("a write");
    assert!(kit.read(move |s| s.browser(&old, ada)).is_none());
    let known = kit.read(move |s| s.browser(&renewed, ada)).expect("it is known");
    assert_eq!((known.id, known.created_at, known.seen_at, known.trusted_until), (id, now, later, Some(until)));
    assert_eq!(kit.read(move |s| s.browser(&renewed, bob)).expect("known too").trusted_until, None);
    assert!(kit.write(move |tx| tx.distrust_browser(ada, id)).expect("a write"));
    assert_eq!(kit.write(move |tx| tx.distrust_browsers(ada)).expect("a write"), 0);
    assert_eq!(kit.write(move |tx| tx.keep_browsers(ada, 1)).expect("a write"), 0);
    assert_eq!(kit.write(move |tx| tx.prune_browsers(later)).expect("a write"), 1, "bob's");
    assert_eq!(kit.write(move |tx| tx.keep_browsers(ada, 0)).expect("a write"), 1);
    assert!(kit.read(move |s| s.browsers(ada)).is_empty());
}
