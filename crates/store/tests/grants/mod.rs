//! Grants of OAuth: kept, found by their tokens, ended, and forgotten.

use std::time::Duration;

use valetkey_domain::oauth::{AccessToken, ClientId, CodeChallenge, Requested};
use valetkey_domain::{
    AccountId, CredentialId, CredentialState, Digest, GrantId, LastUse, RevocationReason, Scopes, Service, Timestamp,
    Token,
};
use valetkey_store::{AccountFilter, Found, KeptCode, NewAccessToken, NewGrant, RegisteredClient, Use};

use super::{Case, Kit, ended, label};

pub(crate) const CASES: &[Case] = cases![
    a_grant_is_found_by_its_token_and_by_its_id,
    grants_end_one_by_one_and_all_together,
    a_grant_whose_time_is_over_is_none_that_was_revoked,
    grants_whose_time_is_over_are_found_in_pages,
    what_is_good_once_is_used_once,
    what_is_over_is_forgotten_and_nothing_else,
    of_too_many_clients_the_oldest_that_nobody_has_let_in_are_forgotten,
    a_client_that_was_let_in_is_forgotten_when_no_grant_of_it_is_remembered,
    grants_are_counted_and_their_uses_are_uses_of_the_account,
    a_closed_account_keeps_no_grant,
];

const HOUR: Duration = Duration::from_secs(3600);

impl Kit {
    fn grant(&self, account: AccountId) -> GrantId {
        self.grant_of(account, &"app-1".parse().expect("an id"))
    }

    fn grant_of(&self, account: AccountId, client: &ClientId) -> GrantId {
        let new = NewGrant {
            id: GrantId::new(self.now(), &self.randomness),
            account,
            client: client.clone(),
            name: label("Mailer"),
            given: Requested { scopes: Scopes::EVERYTHING, openid: true, offline: true },
            created_at: self.now(),
            expires_at: self.now() + HOUR * 100,
        };
        let id = new.id;
        self.write(move |tx| tx.insert_grant(&new)).expect("a write");
        id
    }

    fn access_token(&self, account: AccountId, grant: GrantId) -> Digest {
        let digest = AccessToken::generate(account, &self.randomness).digest();
        let expires_at = self.now() + HOUR;
        let scopes = "mail".parse().expect("scopes");
        let new = NewAccessToken { digest, account, grant, scopes, openid: true, expires_at };
        self.write(move |tx| tx.insert_access_token(&new)).expect("a write");
        digest
    }

    fn refresh_token(&self, account: AccountId, grant: GrantId) -> Digest {
        let (digest, now) = (Token::generate(&self.randomness).digest(), self.now());
        self.write(move |tx| tx.insert_refresh_token(&digest, account, grant, now)).expect("a write");
        digest
    }

    fn code(&self, account: AccountId) -> Digest {
        let digest = Token::generate(&self.randomness).digest();
        let new = KeptCode {
            account,
            client: "app-1".parse().expect("an id"),
            name: label("Mailer"),
            given: Requested { scopes: Scopes::EVERYTHING, openid: false, offline: true },
            redirect_uri: "org.example.app:/done".into(),
            challenge: CodeChallenge::from_bytes([7; 32]),
            nonce: Some("n".into()),
            signed_in_at: self.now(),
            expires_at: self.now() + HOUR,
            grant: None,
        };
        self.write(move |tx| tx.insert_authorisation_code(&digest, &new)).expect("a write");
        digest
    }
}

fn a_grant_is_found_by_its_token_and_by_its_id(kit: &Kit) {
    let (ada, bob, now) = (kit.account(&["ada"]), kit.account(&["bob"]), kit.now());
    let grant = kit.grant(ada);
    let digest = kit.access_token(ada, grant);
    let found = kit.read(move |s| s.token_signing_in(ada, &digest)).expect("it is there");
    assert_eq!((found.credential.id, found.credential.state), (grant.into(), Found::Active));
    assert_eq!(found.credential.scopes.to_string(), "mail", "what the token opens, not what the grant does");
    assert_eq!((found.expires_at, found.credential.expires_at), (now + HOUR, Some(now + HOUR * 100)));
    assert!(
        found.openid && found.is_renewed && found.client.as_str() == "app-1" && found.credential.networks.is_anywhere()
    );
    assert!(kit.read(move |s| s.token_signing_in(bob, &digest)).is_none(), "another account's");
    let used = kit.read(move |s| s.credential_in_use(ada, grant.into())).expect("it is there");
    assert_eq!((used.id, used.scopes), (grant.into(), Scopes::EVERYTHING));
    assert_eq!(
        kit.read(move |s| s.account_of_token(ada)).map(|found| found.login.to_string()).as_deref(),
        Some("ada@example.org")
    );
    let last = LastUse { at: now, service: Service::Imap, client: Some("Mailer".into()), network: None };
    let noted = Use { account: ada, credential: grant.into(), last: last.clone() };
    kit.write(move |tx| tx.note_use(&noted)).expect("a write");
    let shown = kit.read(move |s| s.grants(ada, false));
    assert_eq!((shown.len(), shown[0].id, &shown[0].last_use), (1, grant, &Some(last)));
    assert!(shown[0].given.openid && shown[0].given.offline && kit.read(move |s| s.grants(bob, true)).is_empty());
}

fn grants_end_one_by_one_and_all_together(kit: &Kit) {
    let (account, other) = (kit.account(&["ada"]), kit.account(&["bob"]));
    let grants = [kit.grant(account), kit.grant(account), kit.grant(account)];
    let (theirs, digest, now) = (kit.grant(other), kit.access_token(account, grants[0]), kit.now());
    let first = grants[0];
    assert!(kit.write(move |tx| tx.revoke_grant(account, first, ended(now))).expect("a write"));
    assert!(!kit.write(move |tx| tx.revoke_grant(account, first, ended(now))).expect("a write"), "it is over");
    assert!(!kit.write(move |tx| tx.revoke_grant(account, theirs, ended(now))).expect("a write"), "another account's");
    let found = kit.read(move |s| s.token_signing_in(account, &digest)).expect("it is recognised");
    assert_eq!(found.credential.state, Found::Revoked);
    let shown = kit.read(move |s| s.grant(account, first)).expect("it is remembered");
    assert!(matches!(shown.state, CredentialState::Revoked { why: RevocationReason::Asked, by_owner: false, .. }));
    assert_eq!(kit.write(move |tx| tx.revoke_grants(account, ended(now))).expect("a write"), 2);
    assert_eq!(kit.read(move |s| s.grants(account, false)).len(), 0);
    assert_eq!(kit.read(move |s| s.grants(account, true)).len(), 3);
    assert_eq!(kit.read(move |s| s.grants(other, false)).len(), 1);
    // However many have ended since, none hides what is active.
    let last = kit.grant(other);
    assert!(kit.write(move |tx| tx.revoke_grant(other, last, ended(now))).expect("a write"));
    let shown: Vec<_> = kit.read(move |s| s.grants(other, true)).into_iter().map(|grant| grant.id).collect();
    assert_eq!(shown, [theirs, last]);
    let let_in = |account, client: &str| {
        let client = client.parse().expect("an id");
        kit.read(move |s| s.has_let_in(account, &client))
    };
    let nobody = kit.account(&["eve"]);
    assert!(let_in(account, "app-1") && !let_in(account, "app-2") && !let_in(nobody, "app-1"));
}

fn grants_are_counted_and_their_uses_are_uses_of_the_account(kit: &Kit) {
    let (ada, bob) = (kit.account(&["ada"]), kit.account(&["bob"]));
    let [_, used, gone] = [kit.grant(ada), kit.grant(ada), kit.grant(ada)];
    let begin = kit.now();
    kit.write(move |tx| tx.revoke_grant(ada, gone, ended(begin))).expect("a write");
    let listed = |now| -> Vec<(usize, usize, Option<Timestamp>)> {
        let list = kit.read(move |s| s.accounts(&AccountFilter { limit: 9, ..AccountFilter::default() }, now));
        list.iter().map(|one| (one.active_app_passwords, one.active_grants, one.last_used_at)).collect()
    };
    assert_eq!(listed(begin), [(0, 2, None), (0, 0, None)]);
    let app_password = kit.app_password(ada, "abcdefghijklmnop");
    let note = |credential: CredentialId, at| {
        let last = LastUse { at, service: Service::Imap, client: None, network: None };
        let noted = Use { account: ada, credential, last };
        kit.write(move |tx| tx.note_use(&noted)).expect("a write");
    };
    // Whichever came last, and also while the other has never been used.
    note(used.into(), begin + HOUR * 2);
    assert_eq!(listed(begin)[0], (1, 2, Some(begin + HOUR * 2)));
    note(app_password.into(), begin + HOUR);
    assert_eq!(listed(begin)[0].2, Some(begin + HOUR * 2));
    note(app_password.into(), begin + HOUR * 3);
    assert_eq!(listed(begin)[0].2, Some(begin + HOUR * 3));
    let active = |account, now| kit.read(move |s| s.active_grants(account, now));
    assert_eq!((active(ada, begin), active(bob, begin)), (2, 0));
    let end = begin + HOUR * 100;
    assert_eq!((active(ada, end), listed(end)[0].1), (0, 0), "also before it is written down that their time is over");
}

fn a_grant_whose_time_is_over_is_none_that_was_revoked(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let over = kit.grant(account);
    let end = kit.read(move |s| s.grant(account, over)).expect("it is there").expires_at;
    kit.advance(end.since(kit.now()));
    let (young, now) = (kit.grant(account), kit.now());
    assert_eq!(kit.write(move |tx| tx.revoke_grants(account, ended(now))).expect("a write"), 1);
    let state = |id| kit.read(move |s| s.grant(account, id)).expect("it is remembered").state;
    assert_eq!(state(over), CredentialState::Expired { at: end }, "though nobody had written it down");
    assert!(matches!(state(young), CredentialState::Revoked { .. }));
}

fn grants_whose_time_is_over_are_found_in_pages(kit: &Kit) {
    let (account, begin) = (kit.account(&["ada"]), kit.now());
    assert_eq!(kit.read(|s| s.next_expiry()), None);
    let mut ids: Vec<GrantId> = (0..5).map(|_| kit.grant(account)).collect();
    kit.advance(HOUR);
    ids.push(kit.grant(account));
    assert_eq!(kit.read(|s| s.next_expiry()), Some(begin + HOUR * 100));
    assert!(kit.read(move |s| s.overdue_grants(begin, None, 10)).is_empty());
    let (revoked, renewed, now) = (ids[4], ids[3], begin + HOUR * 100);
    kit.write(move |tx| tx.revoke_grant(account, revoked, ended(begin))).expect("a write");
    kit.write(move |tx| tx.extend_grant(account, renewed, begin + HOUR * 200)).expect("a write");
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = kit.read(move |s| s.overdue_grants(now, after.as_ref(), 2));
        found.extend(page.iter().map(|overdue| overdue.id));
        assert!(page.iter().all(|overdue| overdue.account == account && overdue.expired_at == now));
        match page.last() {
            Some(last) => after = Some(*last),
            None => break,
        }
    }
    found.sort_by_key(|id| *id.as_bytes());
    ids.truncate(3);
    ids.sort_by_key(|id| *id.as_bytes());
    assert_eq!(found, ids, "each once; not what was revoked or renewed, nor what has an hour left");
    for id in ids {
        assert!(kit.write(move |tx| tx.expire_grant(account, id, now)).expect("a write"));
    }
    assert!(!kit.write(move |tx| tx.expire_grant(account, renewed, now)).expect("a write"), "it goes on");
    assert_eq!(kit.read(|s| s.next_expiry()), Some(now + HOUR));
    assert!(matches!(
        kit.read(move |s| s.grant(account, found[0])).expect("it is there").state,
        CredentialState::Expired { at } if at == now
    ));
}

fn what_is_good_once_is_used_once(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let (grant, now) = (kit.grant(account), kit.now());
    let refresh = kit.refresh_token(account, grant);
    let kept = kit.read(move |s| s.refresh_token(&refresh)).expect("it is there");
    assert_eq!((kept.account, kept.grant, kept.is_used), (account, grant, false));
    assert!(kit.write(move |tx| tx.use_refresh_token(&refresh, now)).expect("a write"));
    assert!(!kit.write(move |tx| tx.use_refresh_token(&refresh, now)).expect("a write"));
    assert!(kit.read(move |s| s.refresh_token(&refresh)).expect("it is recognised").is_used);
    let code = kit.code(account);
    let kept = kit.read(move |s| s.authorisation_code(&code)).expect("it is there");
    assert_eq!((kept.account, kept.nonce.as_deref(), kept.grant), (account, Some("n"), None));
    assert_eq!((kept.challenge.as_bytes(), kept.redirect_uri.as_str()), (&[7; 32], "org.example.app:/done"));
    assert!(kit.write(move |tx| tx.use_authorisation_code(&code, grant)).expect("a write"));
    assert!(!kit.write(move |tx| tx.use_authorisation_code(&code, grant)).expect("a write"));
    assert_eq!(kit.read(move |s| s.authorisation_code(&code)).expect("it is recognised").grant, Some(grant));
}

fn what_is_over_is_forgotten_and_nothing_else(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let (old, begin) = (kit.grant(account), kit.now());
    let (token, refresh, code) = (kit.access_token(account, old), kit.refresh_token(account, old), kit.code(account));
    let new = RegisteredClient {
        id: "app-old".parse().expect("an id"),
        name: label("Old"),
        redirect_uris: vec!["org.example.app:/a".into(), "http://127.0.0.1/b".into()],
        created_at: begin,
    };
    let kept = new.clone();
    kit.write(move |tx| tx.insert_oauth_client(&kept)).expect("a write");
    let id = new.id.clone();
    assert_eq!(kit.read(move |s| s.oauth_client(&id)), Some(new.clone()));
    assert_eq!(kit.read(|s| s.unused_oauth_clients()), 1);
    assert!(!kit.write(move |tx| tx.expire_grant(account, old, begin)).expect("a write"), "it is not over");
    assert_eq!(kit.write(move |tx| tx.prune_access_tokens(begin)).expect("a write"), 0);
    kit.advance(HOUR * 100);
    let (now, young) = (kit.now(), kit.grant(account));
    let younger = kit.refresh_token(account, young);
    assert!(kit.write(move |tx| tx.expire_grant(account, old, now)).expect("a write"));
    assert!(!kit.write(move |tx| tx.expire_grant(account, old, now)).expect("a write"), "it is written down");
    assert!(matches!(
        kit.read(move |s| s.grant(account, old)).expect("it is remembered").state,
        CredentialState::Expired { .. }
    ));
    assert_eq!(kit.write(move |tx| tx.prune_access_tokens(now)).expect("a write"), 1);
    assert!(kit.read(move |s| s.token_signing_in(account, &token)).is_none());
    assert_eq!(kit.write(move |tx| tx.prune_authorisation_codes(now)).expect("a write"), 1);
    assert!(kit.read(move |s| s.authorisation_code(&code)).is_none());
    assert_eq!(kit.write(move |tx| tx.prune_refresh_tokens(now)).expect("a write"), 0, "nobody has used one");
    assert_eq!(kit.write(move |tx| tx.prune_grants(now + HOUR)).expect("a write"), 1);
    assert!(kit.read(move |s| s.refresh_token(&refresh)).is_none(), "it went with its grant");
    assert!(kit.read(move |s| s.refresh_token(&younger)).is_some());
    assert_eq!(kit.write(move |tx| tx.prune_oauth_clients(begin)).expect("a write"), 0);
    let id = new.id.clone();
    assert!(kit.write(move |tx| tx.note_oauth_client_used(&id, now)).expect("a write"));
    assert_eq!(kit.write(move |tx| tx.prune_oauth_clients(now)).expect("a write"), 0, "somebody has let it in");
    assert_eq!(kit.read(|s| s.unused_oauth_clients()), 0);
}

fn a_client_that_was_let_in_is_forgotten_when_no_grant_of_it_is_remembered(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let ids = ["app-left", "app-ended", "app-lasting", "app-lately"].map(|id| id.parse::<ClientId>().expect("an id"));
    for id in ids.clone() {
        let (name, redirect_uris) = (label("Mailer"), vec!["org.example.app:/a".into()]);
        let new = RegisteredClient { id: id.clone(), name, redirect_uris, created_at: kit.now() };
        let now = kit.now();
        kit.write(move |tx| tx.insert_oauth_client(&new)).expect("a write");
        assert!(kit.write(move |tx| tx.note_oauth_client_used(&id, now)).expect("a write"));
    }
    let [gone, _] = [&ids[1], &ids[2]].map(|client| kit.grant_of(account, client));
    kit.advance(HOUR * 100);
    let (now, lately) = (kit.now(), ids[3].clone());
    assert!(kit.write(move |tx| tx.note_oauth_client_used(&lately, now)).expect("a write"));
    assert!(kit.write(move |tx| tx.revoke_grant(account, gone, ended(now))).expect("a write"));
    let there = || ids.clone().map(|id| kit.read(move |s| s.oauth_client(&id)).is_some());
    assert_eq!(kit.write(move |tx| tx.prune_left_oauth_clients(now - HOUR)).expect("a write"), 1);
    assert_eq!(there(), [false, true, true, true], "one that has ended is remembered yet");
    assert_eq!(kit.write(move |tx| tx.prune_grants(now + HOUR)).expect("a write"), 1);
    assert_eq!(kit.write(move |tx| tx.prune_left_oauth_clients(now - HOUR)).expect("a write"), 1);
    assert_eq!(there(), [false, false, true, true]);
    assert_eq!(kit.write(move |tx| tx.prune_left_oauth_clients(now - HOUR)).expect("a write"), 0);
}

fn of_too_many_clients_the_oldest_that_nobody_has_let_in_are_forgotten(kit: &Kit) {
    let mut ids = Vec::new();
    for number in 0..6 {
        let new = RegisteredClient {
            id: format!("app-number-{number}").parse().expect("an id"),
            name: label("Mailer"),
            redirect_uris: vec!["org.example.app:/a".into()],
            created_at: kit.now(),
        };
        ids.push(new.id.clone());
        kit.write(move |tx| tx.insert_oauth_client(&new)).expect("a write");
        kit.advance(Duration::from_secs(1));
    }
    let (used, now) = (ids[0].clone(), kit.now());
    assert!(kit.write(move |tx| tx.note_oauth_client_used(&used, now)).expect("a write"));
    let nobody = "app-nobody".parse().expect("an id");
    assert!(!kit.write(move |tx| tx.note_oauth_client_used(&nobody, now)).expect("a write"), "there is none");
    assert_eq!(kit.write(|tx| tx.keep_unused_oauth_clients(5)).expect("a write"), 0);
    assert_eq!(kit.write(|tx| tx.keep_unused_oauth_clients(2)).expect("a write"), 3);
    let there = ids.into_iter().map(|id| kit.read(move |s| s.oauth_client(&id)).is_some()).collect::<Vec<_>>();
    assert_eq!(there, [true, false, false, false, true, true], "not the one that somebody has let in");
    assert_eq!(kit.read(|s| s.unused_oauth_clients()), 2);
}

fn a_closed_account_keeps_no_grant(kit: &Kit) {
    let account = kit.account(&["ada"]);
    let grant = kit.grant(account);
    let (token, refresh, code) =
        (kit.access_token(account, grant), kit.refresh_token(account, grant), kit.code(account));
    let now = kit.now();
    kit.write(move |tx| tx.close_account(account, now, now + HOUR)).expect("a write");
    assert!(kit.read(move |s| s.grants(account, true)).is_empty());
    assert!(kit.read(move |s| s.token_signing_in(account, &token)).is_none());
    assert!(kit.read(move |s| s.refresh_token(&refresh)).is_none());
    assert!(kit.read(move |s| s.authorisation_code(&code)).is_none());
}
