//! What is begun elsewhere and approved here: apps on devices, and apps that open a page to get an app password.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{
    AccountsError, AuditEntry, AuditFilter, Browser, Client, ConfiguredClient, DeviceCodes, DeviceError, IssuedTokens,
    LoginFlow, Occasion, PolledAppPassword, SignIn, TokenError,
};
use valetkey_domain::oauth::{APPROVAL_TIME, ClientKind, Requested};
use valetkey_domain::policy::{Actor, Denied};
use valetkey_domain::{AccountId, CredentialState, Digest, RevocationReason, Scope, Scopes, Service, Why};
use valetkey_store::{Begun, Location, NewApproval, StoreError};

use super::letters::{occasions, reader, sent};
use super::world::{Closed, OPERATOR, World, label};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 9));

fn wanted() -> Requested {
    Requested::parse("offline_access urn:ietf:params:oauth:scope:mail").expect("scopes")
}

fn browser() -> Browser {
    Browser::new(Some("Firefox"), Some(HERE), None)
}

fn television() -> Client {
    Client {
        id: "tv".parse().expect("an id"),
        name: label("Television"),
        kind: ClientKind::Configured,
        redirects: Vec::new(),
        secret: None,
        device: true,
    }
}

/// A world whose postmaster has named a television.
fn world() -> World {
    World::with(Location::Memory, |settings| settings.oauth_clients = vec![ConfiguredClient(television())])
}

impl World {
    async fn codes(&self) -> DeviceCodes {
        let asked = self.accounts.ask_from_device(&television(), wanted(), Some(THERE), Some("tv/1")).await;
        asked.expect("it asks")
    }

    async fn redeem(&self, codes: &DeviceCodes) -> Result<IssuedTokens, DeviceError> {
        self.accounts.redeem_device_code(&television(), codes.device.expose()).await
    }

    async fn allow(&self, account: AccountId, codes: &DeviceCodes) -> Result<(), AccountsError> {
        let (_, holder) = self.step_up(account).await;
        self.clock.advance(Duration::from_secs(30)); // the next code of the authenticator app
        self.accounts.answer_device(&holder, account, codes.user.expose(), &browser(), true).await.map(drop)
    }

    async fn flow(&self) -> LoginFlow {
        let begun = self.accounts.begin_login_flow(label("DAVx5"), Some(THERE), Some("DAVx5/4.5")).await;
        begun.expect("it begins")
    }

    async fn poll(&self, flow: &LoginFlow) -> Option<PolledAppPassword> {
        self.accounts.poll_login_flow(flow.poll.expose()).await.expect("it is answered")
    }

    async fn give(&self, account: AccountId, flow: &LoginFlow) -> Result<(), AccountsError> {
        let (_, holder) = self.step_up(account).await;
        self.clock.advance(Duration::from_secs(30));
        let answer = Some((label("Tablet"), Scopes::NONE.with(Scope::Calendars)));
        self.accounts.answer_login_flow(&holder, account, flow.page.expose(), answer).await
    }
}

impl World {
    /// What the audit log says of the one time that this happened.
    async fn told(&self, account: AccountId, action: &str) -> AuditEntry {
        let filter =
            AuditFilter { account: Some(account), action: action.to_owned(), limit: 9, ..AuditFilter::default() };
        let mut told = self.accounts.read_audit(&OPERATOR, filter).await.expect("a log");
        assert_eq!(told.len(), 1, "{action}");
        told.remove(0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_waits_is_let_in_and_is_cut_when_it_is_removed() {
    let world = world();
    let (ada, codes) = (world.person("ada").await, world.codes().await);
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Pending)));
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::SlowDown)));
    // However it is typed.
    let typed = codes.user.expose().to_lowercase().replace('-', " ");
    let waiting = world.accounts.device_asking(ada, &typed, &browser()).await.expect("it waits");
    assert_eq!((waiting.name.as_str(), waiting.asked), ("Television", wanted()));
    assert_eq!((waiting.begun.network, waiting.begun.agent.as_deref()), (Some(THERE), Some("tv/1")));
    assert_eq!(waiting.is_from_here, Some(false));
    world.allow(ada, &codes).await.expect("she lets it in");
    let tokens = world.redeem(&codes).await.unwrap_or_else(|e| panic!("no tokens: {e}"));
    assert_eq!((tokens.account, tokens.given, tokens.refresh.is_some()), (ada, wanted(), true));
    assert!(tokens.signed_in_at.is_some());
    let connection = Closed::new();
    let attempt = World::attempt("", tokens.access.expose(), Service::Imap);
    let SignIn::Accepted(_open) = world.accounts.sign_in_with_token(&attempt, Arc::clone(&connection) as _).await
    else {
        panic!("not accepted");
    };
    let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
    assert_eq!((grant.name.as_str(), grant.client.as_str()), ("Television", "tv"));
    let entry = world.told(ada, "app.authorised").await;
    assert!(entry.detail.contains("198.51.100.9"), "{}", entry.detail);
    let removed = world.accounts.remove_grant(&OPERATOR, ada, grant.id).await.expect("it is removed");
    assert_eq!((removed.closed, connection.why()), (1, Some(CutReason::Revoked)));
}

#[tokio::test(start_paused = true)]
async fn the_letter_says_where_it_was_begun() {
    let world = world();
    let ada = reader(&world, "ada").await;
    let (codes, flow) = (world.codes().await, world.flow().await);
    world.allow(ada, &codes).await.expect("she lets it in");
    world.redeem(&codes).await.map(drop).expect("it has its tokens");
    world.give(ada, &flow).await.expect("she gives it one");
    assert!(world.poll(&flow).await.is_some());
    let letters = sent(&world).await;
    assert_eq!(occasions(&letters), [Occasion::AppAuthorised, Occasion::AppPasswordCreated]);
    for letter in letters {
        assert_eq!(letter.facts.network.as_deref(), Some("198.51.100.9"), "{:?}", letter.occasion);
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_hears_once_that_it_is_let_in_and_a_second_time_ends_everything() {
    let world = world();
    let (ada, codes) = (world.person("ada").await, world.codes().await);
    world.allow(ada, &codes).await.expect("she lets it in");
    assert!(matches!(world.allow(ada, &codes).await, Err(AccountsError::WrongCode)), "it is answered");
    world.redeem(&codes).await.map_err(drop).expect("tokens");
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Token(TokenError::InvalidGrant))));
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    assert!(matches!(grant.state, CredentialState::Revoked { why: RevocationReason::TokenReplayed, .. }));
}

#[tokio::test(start_paused = true)]
async fn a_device_hears_that_it_is_denied_late_or_not_known() {
    let world = world();
    let ada = world.person("ada").await;
    let (denied, late) = (world.codes().await, world.codes().await);
    let holder = Actor::Holder { account: ada, role: None, second_factor_at: None };
    let answered = world.accounts.answer_device(&holder, ada, denied.user.expose(), &browser(), false).await;
    assert!(answered.is_ok(), "saying no takes no second factor");
    for _ in 0..2 {
        assert!(matches!(world.redeem(&denied).await, Err(DeviceError::Denied)));
    }
    assert!(matches!(world.allow(ada, &denied).await, Err(AccountsError::WrongCode)), "it is answered");
    assert!(matches!(world.redeem(&late).await, Err(DeviceError::Pending)));
    world.clock.advance(APPROVAL_TIME);
    assert!(matches!(world.allow(ada, &late).await, Err(AccountsError::WrongCode)), "too late");
    assert!(matches!(world.redeem(&late).await, Err(DeviceError::Expired)));
    // Let in in time, and fetched too late.
    let forgotten = world.codes().await;
    world.allow(ada, &forgotten).await.expect("she lets it in");
    world.clock.advance(APPROVAL_TIME);
    assert!(matches!(world.redeem(&forgotten).await, Err(DeviceError::Expired)));
    let flow = world.flow().await;
    for none in ["", "nonsense", denied.user.expose(), flow.poll.expose(), flow.page.expose()] {
        let redeemed = world.accounts.redeem_device_code(&television(), none).await.map(drop);
        assert!(matches!(redeemed, Err(DeviceError::Token(TokenError::InvalidGrant))), "{none}");
    }
    let other = Client { id: "other".parse().expect("an id"), ..television() };
    let stolen = world.accounts.redeem_device_code(&other, world.codes().await.device.expose()).await.map(drop);
    assert!(matches!(stolen, Err(DeviceError::Token(TokenError::InvalidGrant))), "another app's code");
}

#[tokio::test(start_paused = true)]
async fn who_registered_itself_asks_from_no_device_and_the_same_for_who_may_not() {
    let world = world();
    let registered = Client { kind: ClientKind::Registered, ..television() };
    let unnamed = Client { device: false, ..television() };
    for client in [registered, unnamed] {
        let asked = world.accounts.ask_from_device(&client, wanted(), None, None).await.map(drop);
        assert!(matches!(asked, Err(AccountsError::NotForDevices)));
        let redeemed = world.accounts.redeem_device_code(&client, &"0".repeat(64)).await.map(drop);
        assert!(matches!(redeemed, Err(DeviceError::NotForDevices)));
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_owner_behind_two_factors_lets_a_device_in() {
    let world = world();
    let (ada, bob, codes) = (world.person("ada").await, world.person("bob").await, world.codes().await);
    let (_, holder) = world.step_up(ada).await;
    let let_in = |actor: Actor, account| {
        let (world, code) = (&world, codes.user.expose());
        async move { world.accounts.answer_device(&actor, account, code, &browser(), true).await.map(drop) }
    };
    assert!(matches!(let_in(holder.clone(), bob).await, Err(AccountsError::Denied(_))));
    assert!(matches!(let_in(OPERATOR, ada).await, Err(AccountsError::Denied(_))));
    let eve = world.person_without_factor("eve").await;
    let now = valetkey_domain::Clock::now(&*world.clock);
    let without = Actor::Holder { account: eve, role: None, second_factor_at: Some(now) };
    assert!(matches!(let_in(without, eve).await, Err(AccountsError::NoSecondFactor)));
    let before = now - Duration::from_secs(601);
    let stale = Actor::Holder { account: ada, role: None, second_factor_at: Some(before) };
    assert!(matches!(let_in(stale, ada).await, Err(AccountsError::Denied(Denied::StepUpNeeded))));
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Pending)), "nobody has let it in");
    assert!(let_in(holder, ada).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn codes_are_not_guessed_by_trying_and_a_right_one_counts_for_nothing() {
    let world = world();
    let (ada, bob, codes) = (world.person("ada").await, world.person("bob").await, world.codes().await);
    let try_code = |account, code: String| {
        let world = &world;
        async move { world.accounts.device_asking(account, &code, &browser()).await.map(drop) }
    };
    let right = codes.user.expose().clone();
    for _ in 0..30 {
        try_code(ada, right.clone()).await.expect("it waits");
        assert!(matches!(try_code(ada, "BCDF".into()).await, Err(AccountsError::WrongCode)), "a slip, and no guess");
    }
    let wrong = if right == "BBBB-BBBB" { "CCCC-CCCC" } else { "BBBB-BBBB" };
    for _ in 0..10 {
        assert!(matches!(try_code(ada, wrong.into()).await, Err(AccountsError::WrongCode)));
    }
    assert!(matches!(try_code(ada, wrong.into()).await, Err(AccountsError::Wait(_))));
    assert!(
        matches!(try_code(ada, right.clone()).await, Err(AccountsError::Wait(_))),
        "by then not even the right one"
    );
    assert!(matches!(world.allow(ada, &codes).await, Err(AccountsError::Wait(_))));
    try_code(bob, right).await.expect("nobody else has to wait");
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_app_passwords_ends_what_was_given_and_not_fetched() {
    let world = world();
    let (ada, codes, flow) = (world.person("ada").await, world.codes().await, world.flow().await);
    world.allow(ada, &codes).await.expect("she lets it in");
    world.give(ada, &flow).await.expect("she gives it");
    world.accounts.revoke_all_app_passwords(&OPERATOR, ada).await.map(drop).expect("they are revoked");
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Denied)));
    assert!(world.poll(&flow).await.is_none());
    let (codes, flow) = (world.codes().await, world.flow().await);
    world.allow(ada, &codes).await.expect("she lets it in");
    world.give(ada, &flow).await.expect("she gives it");
    world.accounts.suspend_account(&OPERATOR, ada).await.map(drop).expect("it is suspended");
    world.accounts.resume_account(&OPERATOR, ada).await.map(drop).expect("it is resumed");
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Denied)));
    assert!(world.poll(&flow).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_app_gets_an_app_password_of_its_own_by_one_poll() {
    let world = world();
    let (ada, flow) = (world.person("ada").await, world.flow().await);
    assert!(world.poll(&flow).await.is_none());
    let waiting = world.accounts.login_flow(flow.page.expose(), &browser()).await.expect("it waits");
    assert_eq!((waiting.name.as_str(), waiting.asked.scopes.to_string().as_str()), ("DAVx5", "contacts,calendars"));
    assert_eq!((waiting.begun.network, waiting.begun.agent.as_deref()), (Some(THERE), Some("DAVx5/4.5")));
    world.give(ada, &flow).await.expect("she gives it");
    assert!(
        world.accounts.app_passwords(&OPERATOR, ada, true).await.expect("a list").is_empty(),
        "not before it is polled"
    );
    assert!(matches!(world.give(ada, &flow).await, Err(AccountsError::LinkOver)), "it is answered");
    let polled = world.poll(&flow).await.expect("it is given");
    assert!(world.poll(&flow).await.is_none(), "once");
    let secret = polled.created.secret.expose();
    assert_eq!(polled.login.as_str(), "ada@example.org");
    world.accepted("ada", secret, Service::CalDav).await;
    assert!(matches!(world.refused("ada", secret, Service::CardDav).await.0, Why::Scope(_)), "she did not give that");
    let listed = world.accounts.app_passwords(&OPERATOR, ada, false).await.expect("a list").remove(0);
    assert_eq!((listed.label.as_str(), listed.scopes.to_string().as_str()), ("Tablet", "calendars"));
    let entry = world.told(ada, "app-password.created").await;
    assert!(entry.detail.contains("198.51.100.9") && entry.actor == format!("account:{ada}"), "{}", entry.detail);
    world.accounts.revoke_app_password(&OPERATOR, ada, listed.id).await.map(drop).expect("it is revoked");
    assert!(matches!(world.refused("ada", secret, Service::CalDav).await.0, Why::Revoked(_)));
}

#[tokio::test(start_paused = true)]
async fn an_app_gets_nothing_that_was_denied_late_or_never_begun() {
    let world = world();
    let ada = world.person("ada").await;
    let (denied, late, codes) = (world.flow().await, world.flow().await, world.codes().await);
    let holder = Actor::Holder { account: ada, role: None, second_factor_at: None };
    let answer = |page: String, answer| {
        let (world, holder) = (&world, holder.clone());
        async move { world.accounts.answer_login_flow(&holder, ada, &page, answer).await }
    };
    answer(denied.page.expose().clone(), None).await.expect("saying no takes no second factor");
    assert!(world.poll(&denied).await.is_none());
    let all = Some((label("Tablet"), Scopes::NONE.with(Scope::Calendars)));
    assert!(matches!(answer(late.page.expose().clone(), all.clone()).await, Err(AccountsError::Denied(_))));
    for none in ["", "nonsense", late.poll.expose(), codes.user.expose(), codes.device.expose()] {
        assert!(matches!(answer(none.to_owned(), all.clone()).await, Err(AccountsError::LinkOver)), "{none}");
        let polled = world.accounts.poll_login_flow(none).await.expect("it is answered");
        assert!(polled.is_none(), "{none}");
    }
    for scopes in [Scopes::NONE, Scopes::EVERYTHING, Scopes::NONE.with(Scope::Mail)] {
        let more = answer(late.page.expose().clone(), Some((label("Tablet"), scopes))).await;
        assert!(matches!(more, Err(AccountsError::NoScope)), "{scopes}");
    }
    world.give(ada, &late).await.expect("she gives it");
    world.clock.advance(APPROVAL_TIME);
    assert!(world.poll(&late).await.is_none(), "nobody came for it in time");
    let over = world.flow().await;
    world.clock.advance(APPROVAL_TIME);
    assert!(matches!(world.give(ada, &over).await, Err(AccountsError::LinkOver)));
    assert!(world.accounts.app_passwords(&OPERATOR, ada, true).await.expect("a list").is_empty());
}

#[tokio::test(start_paused = true)]
async fn twenty_five_are_all_also_for_an_app_that_asks_by_itself() {
    let world = world();
    let (ada, flow, full) = (world.person("ada").await, world.flow().await, world.flow().await);
    let first = world.app_password(ada, "1").await.app_password.id;
    for number in 2..25 {
        world.app_password(ada, &number.to_string()).await;
    }
    world.give(ada, &flow).await.expect("there is a place");
    world.app_password(ada, "25").await;
    assert!(matches!(world.give(ada, &full).await, Err(AccountsError::TooManyActive(_))));
    assert!(world.poll(&flow).await.is_none(), "somebody took the place");
    world.accounts.revoke_app_password(&OPERATOR, ada, first).await.map(drop).expect("it is revoked");
    assert!(world.poll(&flow).await.is_some(), "it waits for a place");
    let eve = world.person_without_factor("eve").await;
    let now = valetkey_domain::Clock::now(&*world.clock);
    let holder = Actor::Holder { account: eve, role: None, second_factor_at: Some(now) };
    let answer = Some((label("Tablet"), Scopes::NONE.with(Scope::Calendars)));
    let given = world.accounts.answer_login_flow(&holder, eve, full.page.expose(), answer).await;
    assert!(matches!(given, Err(AccountsError::NoSecondFactor)));
}

#[tokio::test(start_paused = true)]
async fn one_network_begins_so_much_and_keeps_no_other_from_it() {
    let world = world();
    for _ in 0..50 {
        world.codes().await;
        world.flow().await;
    }
    let begin = |network| world.accounts.begin_login_flow(label("DAVx5"), Some(network), None);
    assert!(matches!(begin(THERE).await.map(drop), Err(AccountsError::Wait(_))));
    let asked = world.accounts.ask_from_device(&television(), wanted(), Some(THERE), None).await.map(drop);
    assert!(matches!(asked, Err(AccountsError::Wait(_))));
    begin(HERE).await.map(drop).expect("it begins");
    world.clock.advance(Duration::from_secs(60));
    begin(THERE).await.map(drop).expect("by now it may again");
}

#[tokio::test(start_paused = true)]
async fn what_waited_in_vain_is_forgotten_soon_once_its_app_could_hear_of_it() {
    let world = world();
    let (ada, codes, used) = (world.person("ada").await, world.codes().await, world.codes().await);
    world.allow(ada, &used).await.expect("she lets it in");
    world.redeem(&used).await.map(drop).expect("it has its tokens");
    let caretaker = world.start_caretaker();
    world.clock.advance(APPROVAL_TIME);
    tokio::time::sleep(Duration::from_secs(300)).await; // several looks
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Expired)), "it hears why");
    world.clock.advance(APPROVAL_TIME + Duration::from_secs(1));
    let forgotten = async {
        while matches!(world.redeem(&codes).await, Err(DeviceError::Expired)) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), forgotten).await.expect("within two looks");
    assert!(matches!(world.redeem(&codes).await, Err(DeviceError::Token(TokenError::InvalidGrant))));
    assert!(world.redeem(&used).await.is_err(), "a second time");
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    let CredentialState::Revoked { why, .. } = grant.state else { panic!("{grant:?}") };
    assert_eq!(why, RevocationReason::TokenReplayed, "what was used is recognised for longer");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn however_much_waits_more_may_begin_and_what_was_given_stays() {
    let world = world();
    let (ada, given, oldest) = (world.person("ada").await, world.codes().await, world.codes().await);
    world.allow(ada, &given).await.expect("she lets it in");
    let now = valetkey_domain::Clock::now(&*world.clock);
    let fill = world.accounts.store().write(move |tx| {
        for number in 0..9_999_u32 {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            tx.insert_approval(&NewApproval {
                digest: Digest::from_bytes(bytes),
                page: Digest::from_bytes(bytes),
                client: Some(television().id),
                name: label("Crowd"),
                asked: wanted(),
                begun: Begun { at: now, network: None, agent: None },
                expires_at: now + APPROVAL_TIME,
            })?;
        }
        Ok::<_, StoreError>(())
    });
    fill.await.map(drop).expect("it is written");
    let new = world.codes().await;
    assert!(matches!(world.redeem(&oldest).await, Err(DeviceError::Token(TokenError::InvalidGrant))));
    assert!(matches!(world.redeem(&new).await, Err(DeviceError::Pending)));
    world.redeem(&given).await.map(drop).expect("it has its tokens");
    world.flow().await;
}
