//! What waits for approval: kept, answered once, used once, ended, and forgotten.

use std::time::Duration;

use valetkey_domain::oauth::Requested;
use valetkey_domain::{AccountId, Digest, GrantId, Scopes, Timestamp, Token};
use valetkey_store::{ApprovalState, Begun, Given, KeptApproval, NewApproval};

use super::{Case, Kit, label};

pub(crate) const CASES: &[Case] = cases![
    an_approval_reads_back_by_what_its_app_and_its_user_have,
    an_approval_is_answered_once_in_time_and_used_once,
    what_was_given_and_not_fetched_ends_with_the_rest,
    approvals_are_forgotten_when_they_are_over,
    what_led_to_nothing_is_forgotten_before_what_was_used,
    of_too_many_approvals_those_that_wait_longest_are_forgotten,
];

const MINUTE: Duration = Duration::from_secs(60);

impl Kit {
    /// One that waits for ten minutes; gives what its app and what its page have.
    fn approval(&self, client: Option<&str>) -> (Digest, Digest) {
        let [digest, page] = [(); 2].map(|()| Token::generate(&self.randomness).digest());
        let new = NewApproval {
            digest,
            page,
            client: client.map(|id| id.parse().expect("an id")),
            name: label("Television"),
            asked: Requested { scopes: Scopes::EVERYTHING, openid: true, offline: true },
            begun: Begun {
                at: self.now(),
                network: Some([192, 0, 2, 1].into()),
                agent: client.is_none().then(|| "DAVx5/4.5".into()),
            },
            expires_at: self.now() + MINUTE * 10,
        };
        self.write(move |tx| tx.insert_approval(&new)).expect("a write");
        (digest, page)
    }

    fn kept(&self, digest: Digest) -> KeptApproval {
        self.read(move |s| s.approval(&digest)).expect("it is there")
    }

    fn give(&self, digest: Digest, account: AccountId, now: Timestamp) -> bool {
        let given = Requested { scopes: "calendars".parse().expect("scopes"), openid: false, offline: true };
        let answer = Given { account, name: label("Sitting room"), given, signed_in_at: now };
        self.write(move |tx| tx.give_approval(&digest, &answer, now)).expect("a write")
    }
}

fn an_approval_reads_back_by_what_its_app_and_its_user_have(kit: &Kit) {
    let ((device, code), (poll, _)) = (kit.approval(Some("tv")), kit.approval(None));
    let kept = kit.kept(device);
    assert_eq!(kept.client.as_ref().map(|id| id.as_str()), Some("tv"));
    assert_eq!((kept.name.as_str(), kept.state, kept.account), ("Television", ApprovalState::Open, None));
    assert_eq!(kept.given, Requested { scopes: Scopes::EVERYTHING, openid: true, offline: true });
    assert_eq!((kept.begun.at, kept.begun.network), (kit.now(), Some([192, 0, 2, 1].into())));
    assert_eq!((kept.begun.agent, kept.expires_at), (None, kit.now() + MINUTE * 10));
    let shown = kit.read(move |s| s.approval_of_page(&code)).expect("its page leads to it");
    assert!(shown.digest == device && kit.read(move |s| s.approval_of_page(&device)).is_none());
    assert!(kit.read(move |s| s.approval(&code)).is_none(), "what its user has gives nothing away");
    let kept = kit.kept(poll);
    assert_eq!((kept.client, kept.begun.agent.as_deref()), (None, Some("DAVx5/4.5")));
}

fn an_approval_is_answered_once_in_time_and_used_once(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    let [(given, _), (denied, _), (late, _)] = [(); 3].map(|()| kit.approval(Some("tv")));
    let grant = GrantId::new(now, &kit.randomness);
    assert!(!kit.write(move |tx| tx.use_approval(&given, Some(grant))).expect("a write"), "nobody has answered");
    assert!(kit.give(given, ada, now));
    assert!(!kit.give(given, bob, now), "it is answered");
    assert!(!kit.write(move |tx| tx.deny_approval(&given, bob, now)).expect("a write"));
    let kept = kit.kept(given);
    assert_eq!((kept.state, kept.account, kept.signed_in_at), (ApprovalState::Given, Some(ada), Some(now)));
    assert_eq!((kept.name.as_str(), kept.given.scopes.to_string().as_str()), ("Sitting room", "calendars"));
    assert!(kit.write(move |tx| tx.use_approval(&given, Some(grant))).expect("a write"));
    assert!(!kit.write(move |tx| tx.use_approval(&given, Some(grant))).expect("a write"));
    assert_eq!((kit.kept(given).state, kit.kept(given).grant), (ApprovalState::Used, Some(grant)));

    assert!(kit.write(move |tx| tx.deny_approval(&denied, ada, now)).expect("a write"));
    assert!(!kit.give(denied, ada, now), "it is answered");
    assert!(!kit.write(move |tx| tx.use_approval(&denied, None)).expect("a write"));
    assert_eq!(kit.kept(denied).state, ApprovalState::Denied);

    let after = now + MINUTE * 10;
    assert!(!kit.give(late, ada, after), "its time is over");
    assert!(!kit.write(move |tx| tx.deny_approval(&late, ada, after)).expect("a write"));
    assert_eq!(kit.kept(late).state, ApprovalState::Open);
}

fn what_was_given_and_not_fetched_ends_with_the_rest(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    let [(hers, _), (used, _), (his, _)] = [(); 3].map(|()| kit.approval(None));
    assert!(kit.give(hers, ada, now) && kit.give(used, ada, now) && kit.give(his, bob, now));
    assert!(kit.write(move |tx| tx.use_approval(&used, None)).expect("a write"));
    assert_eq!(kit.write(move |tx| tx.end_approvals(ada)).expect("a write"), 1);
    let states = [hers, used, his].map(|digest| kit.kept(digest).state);
    assert_eq!(states, [ApprovalState::Denied, ApprovalState::Used, ApprovalState::Given]);
    kit.write(move |tx| tx.close_account(bob, now, now + MINUTE)).expect("a write");
    assert!(kit.read(move |s| s.approval(&his)).is_none(), "a closed account keeps none");
}

fn approvals_are_forgotten_when_they_are_over(kit: &Kit) {
    let (old, _) = kit.approval(Some("tv"));
    kit.approval(None);
    assert_eq!(kit.read(|s| Ok((s.open_approvals(true)?, s.open_approvals(false)?))), (1, 1));
    kit.advance(MINUTE * 10);
    let (now, (young, _)) = (kit.now(), kit.approval(Some("tv")));
    assert_eq!(kit.read(|s| Ok((s.open_approvals(true)?, s.open_approvals(false)?))), (2, 1));
    assert!(kit.write(move |tx| tx.deny_approval(&young, AccountId::from_bytes([1; 16]), now)).expect("a write"));
    assert_eq!(kit.read(|s| s.open_approvals(true)), 1, "it waits no more");
    assert_eq!(kit.write(move |tx| tx.prune_approvals(now)).expect("a write"), 0, "until then they are recognised");
    assert_eq!(kit.write(move |tx| tx.prune_approvals(now + MINUTE)).expect("a write"), 2);
    assert!(kit.read(move |s| s.approval(&old)).is_none() && kit.read(move |s| s.approval(&young)).is_some());
}

fn what_led_to_nothing_is_forgotten_before_what_was_used(kit: &Kit) {
    let (ada, begin) = (kit.account(&["ada"]), kit.now());
    let [open, given, denied, used] = [(); 4].map(|()| kit.approval(Some("tv")).0);
    assert!(kit.give(given, ada, begin) && kit.give(used, ada, begin));
    assert!(kit.write(move |tx| tx.deny_approval(&denied, ada, begin)).expect("a write"));
    let grant = GrantId::new(begin, &kit.randomness);
    assert!(kit.write(move |tx| tx.use_approval(&used, Some(grant))).expect("a write"));
    let end = begin + MINUTE * 10;
    assert!(!kit.read(move |s| s.has_unused_approvals(end)), "they have not been over for long");
    assert_eq!(kit.write(move |tx| tx.prune_unused_approvals(end)).expect("a write"), 0);
    assert!(kit.read(move |s| s.has_unused_approvals(end + MINUTE)));
    assert_eq!(kit.write(move |tx| tx.prune_unused_approvals(end + MINUTE)).expect("a write"), 3);
    for gone in [open, given, denied] {
        assert!(kit.read(move |s| s.approval(&gone)).is_none());
    }
    assert_eq!(kit.kept(used).grant, Some(grant), "whoever comes with it once more is recognised");
    assert!(!kit.read(move |s| s.has_unused_approvals(end + MINUTE)));
}

fn of_too_many_approvals_those_that_wait_longest_are_forgotten(kit: &Kit) {
    let ada = kit.account(&["ada"]);
    let (given, _) = kit.approval(Some("tv"));
    assert!(kit.give(given, ada, kit.now()));
    let mut waiting = Vec::new();
    for _ in 0..5 {
        kit.advance(Duration::from_secs(1));
        waiting.push((kit.approval(Some("tv")).0, kit.approval(None).0));
    }
    assert_eq!(kit.write(|tx| tx.keep_open_approvals(true, 5)).expect("a write"), 0);
    assert_eq!(kit.write(|tx| tx.keep_open_approvals(true, 2)).expect("a write"), 3);
    assert_eq!(kit.read(|s| Ok((s.open_approvals(true)?, s.open_approvals(false)?))), (2, 5), "of the one kind");
    for (number, (device, _)) in waiting.into_iter().enumerate() {
        assert_eq!(kit.read(move |s| s.approval(&device)).is_some(), number >= 3, "{number}");
    }
    assert_eq!(kit.kept(given).state, ApprovalState::Given, "somebody has let it in, and it may come for that");
    assert_eq!(kit.write(|tx| tx.keep_open_approvals(false, 0)).expect("a write"), 5);
}
