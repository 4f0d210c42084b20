//! What every engine must do alike: one suite, run on SQLite in a file, SQLite in memory, and PostgreSQL.

mod accounts;
mod approvals;
mod grants;
mod letters;
mod passwords_sent;
mod schema;
mod sign_outs;
mod signing_keys;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use valetkey_domain::{
    AccountId, AccountState, AppPasswordId, BrowserId, Clock, CredentialId, CredentialState, Decoded, Digest, EventId,
    FactorId, KeyFile, KeyRing, Kind, Label, LastUse, LinkId, LinkKind, LoginName, MasterKey, Networks,
    RevocationReason, Role, Scopes, Service, SessionId, Timestamp, TotpSeed,
};
use valetkey_store::{
    AccountFilter, AuditEntry, AuditFilter, Committed, Connections, Ended, Found, Location, NewAccount, NewAppPassword,
    NewBrowser, NewErrand, NewFactor, NewLink, NewSession, Overdue, Secret, SessionStage, Snapshot, Store, StoreError,
    Transaction, Use,
};
use valetkey_testkit::{FixedClock, Postgres, Seeded};

/// A store with nothing in it, and what one needs to put something in.
struct Kit {
    store: Arc<Store>,
    runtime: Runtime,
    clock: Arc<FixedClock>,
    randomness: Seeded,
    keys: Arc<KeyRing>,
}

impl Kit {
    fn new(location: &Location) -> Self {
        let (clock, randomness) = (Arc::new(FixedClock::new()), Seeded::new(1));
        let shared: Arc<dyn Clock> = clock.clone();
        let store = Store::open(location, Connections::default(), &shared, &randomness).expect("the store opens");
        let keys = Arc::new(KeyRing::new(&KeyFile::new(MasterKey::generate(&randomness))));
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        Self { store: Arc::new(store), runtime, clock, randomness, keys }
    }

    /// Lets time pass, and waits until the lease has been renewed.
    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        while !self.store.custody().is_held() {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn write<T: Send + 'static>(
        &self,
        closure: impl FnMut(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(self.store.write(closure)).map(|committed| match committed {
            Committed::Known(value) => value,
            Committed::Unknown(_, error) => panic!("the outcome is not known: {error}"),
        })
    }

    fn read<T: Send + 'static>(
        &self,
        closure: impl FnMut(&mut Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.runtime.block_on(self.store.read(closure)).expect("a reading")
    }

    fn account(&self, names: &[&str]) -> AccountId {
        let new = self.new_account(names);
        let id = new.id;
        assert!(self.write(move |tx| tx.insert_account(&new)).expect("a write"), "the name is free");
        id
    }

    fn new_account(&self, names: &[&str]) -> NewAccount {
        NewAccount {
            id: AccountId::new(self.now(), &self.randomness),
            kind: Kind::Person,
            state: AccountState::Active,
            display_name: "Ada".parse().expect("a name"),
            notice_address: Some("ada@home.example".parse().expect("an address")),
            login_names: names.iter().map(|n| login(n)).collect(),
            primary_password: Some("$argon2id$…".into()),
            is_imported: false,
            created_at: self.now(),
        }
    }

    fn new_app_password(&self, account: AccountId, secret: &str) -> NewAppPassword {
        NewAppPassword {
            id: AppPasswordId::new(self.now(), &self.randomness),
            account,
            label: label("Thunderbird"),
            scopes: Scopes::EVERYTHING,
            networks: Networks::new(vec!["192.0.2.0/24".parse().expect("a network")]).expect("one"),
            digest: self.digest(account, secret),
            key: self.keys.current_id(),
            created_at: self.now(),
            expires_at: None,
        }
    }

    fn app_password(&self, account: AccountId, secret: &str) -> AppPasswordId {
        let new = self.new_app_password(account, secret);
        let id = new.id;
        self.write(move |tx| tx.insert_app_password(&new)).expect("a write");
        id
    }

    fn digest(&self, account: AccountId, secret: &str) -> Digest {
        self.keys.digest(account, &Decoded::from_app(secret.as_bytes()))
    }

    fn event(&self) -> EventId {
        EventId::new(self.now(), &self.randomness)
    }
}

fn login(name: &str) -> LoginName {
    LoginName::parse(name, Some("example.org")).expect("a login name")
}

fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

fn ended(at: Timestamp) -> Ended<'static> {
    Ended { at, why: RevocationReason::Asked, by: "operator:0" }
}

macro_rules! cases {
    ($($(#[$doc:meta])* fn $name:ident($kit:ident: &Kit) $body:block)*) => {
        $($(#[$doc])* fn $name($kit: &Kit) $body)*
        const CASES: &[(&str, fn(&Kit))] = &[$((stringify!($name), $name),)*];
    };
}

cases! {
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
        assert_eq!(["ada", "countess", "bob"].map(|name| kit.read(move |s| s.is_taken(&login(name), now))), [true, true, false]);
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
        }).expect("a write");
        let found = |filter: AccountFilter| -> Vec<String> {
            let now = kit.now();
            let list = kit.read(move |s| s.accounts(&filter, now));
            list.iter().map(|a| a.login.as_str().split('@').next().unwrap_or_default().to_owned()).collect()
        };
        let all = AccountFilter { limit: 9, ..AccountFilter::default() };
        for (text, names) in [
            ("", &["ada", "bob", "carol_100"][..]), ("LOVE", &["ada"]), ("ärztin", &["ada"]), ("example.org", &["ada", "bob", "carol_100"]),
            ("l_1", &["carol_100"]), ("a_a", &[]), ("nobody", &[]), ("!", &[]),
        ] {
            let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            assert_eq!(found(AccountFilter { matching: text.to_owned(), ..all.clone() }), names, "{text}");
        }
        assert_eq!(found(AccountFilter { state: Some(AccountState::Suspended), ..all.clone() }), ["bob"]);
        assert_eq!(found(AccountFilter { role: Some(Role::Auditor), ..all.clone() }), ["ada"]);
        assert_eq!(found(AccountFilter { kind: Some(Kind::Device), ..all.clone() }), [""; 0]);
        assert_eq!(found(AccountFilter { without_factor: true, ..all.clone() }), ["bob", "carol_100"]);
        assert_eq!(found(AccountFilter { before: Some(login("carol_100")), limit: 1, ..all.clone() }), ["bob"], "the last before it");
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
        }).expect("a write");
        let account = kit.read(move |s| s.account(id)).expect("it is there");
        assert_eq!((account.role, account.state), (Some(Role::Auditor), AccountState::Suspended));
        assert_eq!(kit.read(move |s| s.primary_password(id)).as_deref(), Some("$argon2id$new"));
        kit.write(move |tx| tx.set_role(id, None)).expect("a write");
        assert_eq!(kit.read(move |s| s.account(id)).and_then(|a| a.role), None);
        let nobody = AccountId::from_bytes([9; 16]);
        assert!(kit.write(move |tx| tx.lock_account(nobody)).expect("a write").is_none());
    }

    fn a_sign_in_finds_the_account_and_the_credential(kit: &Kit) {
        let (ada, bob) = (kit.account(&["ada", "countess"]), kit.account(&["bob"]));
        let id = kit.app_password(ada, "abcd-efgh-ijkl-mnop");
        let digest = kit.digest(ada, "abcd-efgh-ijkl-mnop");
        let known = kit.read(|s| s.account_signing_in(&login("countess"))).expect("known");
        assert_eq!((known.id, known.login, known.state, known.has_second_factor), (ada, login("ada"), AccountState::Active, false));
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
        let (id, digest, now) = (kit.app_password(account, "abcdefghijklmnop"), kit.digest(account, "abcdefghijklmnop"), kit.now());
        assert!(kit.write(move |tx| tx.revoke_app_password(account, id, ended(now))).expect("a write"));
        assert!(!kit.write(move |tx| tx.revoke_app_password(account, id, ended(now))).expect("a write"), "it was revoked already");
        assert_eq!(kit.read(move |s| s.credential_signing_in(account, &digest)).map(|c| c.state), Some(Found::Revoked));
        assert!(kit.read(move |s| s.digest_is_known(account, &digest)));
        assert!(kit.read(move |s| s.app_passwords(account, false)).is_empty());
        let all = kit.read(move |s| s.app_passwords(account, true));
        assert_eq!(all[0].state, CredentialState::Revoked { at: now, why: RevocationReason::Asked, by_owner: false });
        let same = kit.new_app_password(account, "abcdefghijklmnop");
        assert!(kit.write(move |tx| tx.insert_app_password(&same)).is_err(), "a secret is never issued again to its account");
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
        assert_eq!(kit.read(move |s| s.credential_signing_in(account, &digest)).map(|c| (c.id, c.key)), Some((id.into(), new)));
    }

    fn a_totp_seed_is_sealed_and_each_step_is_used_once(kit: &Kit) {
        let (account, now) = (kit.account(&["ada"]), kit.now());
        let id = FactorId::new(now, &kit.randomness);
        let seed = TotpSeed::generate(&kit.randomness);
        let (keys, kept) = (Arc::clone(&kit.keys), seed.clone());
        kit.write(move |tx| {
            let label = label("Phone");
            let new = NewFactor { id, account, kind: "totp", label: &label, content: kept.expose(), created_at: now };
            tx.insert_factor(&keys, &Seeded::new(5), &new)
        }).expect("a write");
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
            id: SessionId::new(now, &kit.randomness), digest, account: ada, stage, created_at: now, second_factor_at: None,
            browser: Some("Firefox".into()), network: Some([192, 0, 2, 1].into()),
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
        assert_eq!(kit.read(move |s| s.session(&third)).and_then(|k| k.second_factor_at), None, "another token shows nothing");
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
        }).expect("a write");
        let keys = Arc::clone(&kit.keys);
        let content = |keys: Arc<KeyRing>| kit.read(move |s| Ok(s.passkeys(ada, &keys)?.iter().map(|k| k.content.expose().clone()).collect::<Vec<_>>()));
        assert_eq!(content(Arc::clone(&keys)), [b"first".to_vec()]);
        let sealing = Arc::clone(&keys);
        assert!(kit.write(move |tx| tx.use_passkey(&sealing, &Seeded::new(6), id, b"second", now)).expect("a write"));
        assert_eq!(content(keys), [b"second".to_vec()]);
        assert!(kit.write(move |tx| tx.rename_factor(ada, id, &label("Desk"))).expect("a write"));
        let shown = kit.read(move |s| s.second_factors(ada));
        assert_eq!((shown[0].label.as_str(), shown[0].kind.as_str(), shown[0].last_used_at), ("Desk", "passkey", Some(now)));
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
        }).expect("a write");
        let kept = kit.read(move |s| s.account(ada)).expect("it is there");
        assert_eq!(kept.display_name.as_str(), "Ada L.");
        assert_eq!(kept.notice_address.map(|a| a.as_str().to_owned()).as_deref(), Some("ada@home.example"));
        assert_eq!((kept.locale.map(|l| l.as_str().to_owned()).as_deref(), kept.factors_end_at), (Some("de"), Some(now)));
        assert_eq!(kit.read(move |s| s.accounts_whose_factors_end(now)), [ada]);
        kit.write(move |tx| tx.set_factors_end(ada, None)).expect("a write");
        assert!(kit.read(move |s| s.accounts_whose_factors_end(now)).is_empty());
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

    fn a_link_is_good_once_and_for_a_time(kit: &Kit) {
        let (ada, now) = (kit.account(&["ada"]), kit.now());
        let [first, second, third] = [1, 2, 3].map(|n| Digest::from_bytes([n; 32]));
        let new = |digest, kind, account, secs| NewLink {
            id: LinkId::new(now, &kit.randomness), digest, kind, account, login: Some(login("grace")),
            address: "ada@home.example".parse().ok(), made_by: "operator:0".into(), created_at: now,
            expires_at: now + Duration::from_secs(secs),
        };
        let links = [
            new(first, LinkKind::Invitation, Some(ada), 60), new(second, LinkKind::Reset, Some(ada), 60),
            new(third, LinkKind::Registration, None, 10),
        ];
        let id = links[0].id;
        for link in links {
            kit.write(move |tx| tx.insert_link(&link)).expect("a write");
        }
        let kept = kit.read(move |s| s.link(&first, now)).expect("it is there");
        assert_eq!((kept.id, kept.kind, kept.account, kept.made_by.as_str()), (id, LinkKind::Invitation, Some(ada), "operator:0"));
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
            id: BrowserId::new(at, &kit.randomness), digest: old, account, name: Some("Firefox".into()),
            network: Some([192, 0, 2, 1].into()), at, trusted_until,
        };
        let (later, until) = (now + Duration::from_secs(60), now + Duration::from_secs(3600));
        let id = kit.write({
            let (first, again, other) = (seen(ada, now, Some(until)), seen(ada, later, None), seen(bob, now, None));
            move |tx| {
                [&first, &again, &other].into_iter().try_for_each(|browser| tx.remember_browser(browser))?;
                tx.renew_browser(&old, &renewed).map(|()| first.id)
            }
        }).expect("a write");
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

    fn the_audit_log_is_read_newest_first_by_account_and_time(kit: &Kit) {
        let ada = kit.account(&["ada"]);
        let mut ids = Vec::new();
        for (i, account) in [Some(ada), None, Some(ada)].into_iter().enumerate() {
            kit.advance(Duration::from_secs(10));
            let entry = AuditEntry {
                id: kit.event(), at: kit.now(), actor: "operator:0".into(), action: format!("test.{i}"), account,
                credential: account.map(|a| CredentialId::from_bytes(*a.as_bytes())), detail: "{}".into(),
            };
            ids.push(entry.id);
            kit.write(move |tx| tx.record(&entry)).expect("a write");
        }
        let actions = |filter: AuditFilter| -> Vec<String> {
            kit.read(move |s| s.audit(&filter)).into_iter().map(|e| e.action).collect()
        };
        let all = AuditFilter { limit: 10, ..AuditFilter::default() };
        assert_eq!(actions(all.clone()), ["test.2", "test.1", "test.0"]);
        assert_eq!(actions(AuditFilter { account: Some(ada), ..all.clone() }), ["test.2", "test.0"]);
        assert_eq!(actions(AuditFilter { since: Some(kit.now()), ..all.clone() }), ["test.2"]);
        assert_eq!(actions(AuditFilter { before: Some(ids[1]), ..all.clone() }), ["test.0"]);
        assert_eq!(actions(AuditFilter { limit: 1, ..all.clone() }), ["test.2"]);
        assert_eq!(actions(AuditFilter { until: Some(kit.now()), ..all.clone() }), ["test.1", "test.0"]);
        let before = Some(ids[1]);
        assert_eq!(actions(AuditFilter { until: Some(kit.now()), before, ..all.clone() }), ["test.0"]);
        for (action, found) in [("test.1", &["test.1"][..]), ("test.", &["test.2", "test.1", "test.0"]), ("test", &[]), ("tesu.", &[])] {
            assert_eq!(actions(AuditFilter { action: action.into(), ..all.clone() }), found, "{action}");
        }
        assert_eq!(actions(AuditFilter { account: Some(ada), action: "test.1".into(), ..all.clone() }), [""; 0]);
        for (actor, count) in [("operator:0", 3), ("operator:", 3), ("operator:00", 0), ("system", 0)] {
            assert_eq!(actions(AuditFilter { actor: actor.into(), ..all.clone() }).len(), count, "{actor}");
        }
        let now = kit.now();
        assert_eq!(kit.write(move |tx| tx.prune_audit(now)).expect("a write"), 2);
        assert_eq!(actions(all), ["test.2"]);
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
                id: kit.event(), at: now, actor: "operator:0".into(), action: "account.created".into(),
                account: Some(account), credential: None, detail: detail.clone(),
            };
            let errand = NewErrand {
                id: kit.event(), kind: "app-password.created", account: Some(account), credential: None, detail,
                created_at: now, due_at: now,
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

    fn what_fails_or_panics_leaves_nothing_and_hurts_nobody_else(kit: &Kit) {
        let (good, bad, worse) = (kit.new_account(&["good"]), kit.new_account(&["bad"]), kit.new_account(&["worse"]));
        let store = &kit.store;
        let (one, two, three) = kit.runtime.block_on(async {
            tokio::join!(
                store.write(move |tx| tx.insert_account(&bad).and_then(|_| Err::<(), _>(StoreError::Busy))),
                store.write(move |tx| -> Result<(), StoreError> { tx.insert_account(&worse)?; panic!("planted by a test") }),
                store.write(move |tx| tx.insert_account(&good)),
            )
        });
        assert!(matches!(one, Err(StoreError::Busy)), "the closure's own error comes back");
        assert!(two.is_err());
        assert!(matches!(three, Ok(Committed::Known(true))));
        let there: BTreeMap<&str, bool> = ["good", "bad", "worse"].into_iter()
            .map(|name| (name, kit.read(move |s| s.account_by_login(&login(name))).is_some())).collect();
        assert_eq!(there, BTreeMap::from([("good", true), ("bad", false), ("worse", false)]));
    }

    fn a_snapshot_does_not_change_while_one_looks(kit: &Kit) {
        let id = kit.account(&["ada"]);
        let (filter, now) = (AccountFilter { limit: 10, ..AccountFilter::default() }, kit.now());
        let counts = kit.read(move |s| Ok((s.accounts(&filter, now)?.len(), s.accounts(&filter, now)?.len(), s.account(id)?.is_some())));
        assert_eq!(counts, (1, 1, true));
    }
}

fn run(mut location: impl FnMut(&str) -> Location) {
    let more = accounts::CASES.iter().chain(letters::CASES).chain(passwords_sent::CASES).chain(sign_outs::CASES);
    let of_apps = grants::CASES.iter().chain(approvals::CASES).chain(signing_keys::CASES);
    let all = CASES.iter().chain(more).chain(of_apps);
    for (name, case) in all {
        let kit = Kit::new(&location(name));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&kit)));
        assert!(outcome.is_ok(), "case {name} failed on {}", kit.store.shown());
    }
}

#[test]
fn sqlite_in_a_file() {
    let dir = tempfile::tempdir().expect("a directory");
    run(|name| Location::File(dir.path().join(name)));
}

#[test]
fn sqlite_in_memory() {
    run(|_| Location::Memory);
}

#[test]
fn postgresql() {
    let server = Postgres::start();
    run(|name| Location::Postgres { url: Secret(server.new_database(&name[..name.len().min(60)])), authorities: None });
}
