//! Apps that are authorised with the account: let in, renewed, signed in, and taken back in every way.

mod expiry;
mod limits;
mod news;
mod registering;
mod seen_by_staff;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{
    AccountsError, Answer, Attempt, Authorisation, Client, CreateAppPassword, Exchange, IssuedTokens, NewClient,
    Settings, SignIn, TokenError,
};
use valetkey_domain::oauth::{
    ACCESS_TOKEN_TIME, CODE_TIME, CodeChallenge, CodeVerifier, GRANT_TIME, RedirectUri, Requested,
};
use valetkey_domain::policy::{Actor, Denied};
use valetkey_domain::{AccountId, CalendarsAndContacts, CredentialState, RevocationReason, Service, Why};
use valetkey_store::Location;

use super::world::{Closed, OPERATOR, World, label};

const MAIL: &str = "offline_access urn:ietf:params:oauth:scope:mail";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "org.example.app:/done";

const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).expect("an address")
}

fn asked(client: &Client, scopes: &str) -> Authorisation {
    Authorisation {
        client: client.clone(),
        given: Requested::parse(scopes).expect("scopes"),
        redirect: uri(REDIRECT),
        challenge: CodeChallenge::parse(CHALLENGE).expect("a challenge"),
        nonce: Some("n-1".into()),
    }
}

fn exchange<'a>(client: &'a Client, code: &'a str) -> Exchange<'a> {
    let verifier = CodeVerifier::parse(VERIFIER).expect("a verifier");
    Exchange { client: &client.id, code, redirect: REDIRECT, verifier }
}

impl World {
    pub(super) async fn client(&self, name: &str) -> Client {
        let new = NewClient { name: label(name), redirects: vec![uri(REDIRECT)] };
        self.accounts.register_oauth_client(new, None).await.expect("it registers")
    }

    async fn oauth_code(&self, account: AccountId, client: &Client, scopes: &str) -> String {
        let (_, holder) = self.step_up(account).await;
        self.clock.advance(Duration::from_secs(30)); // the next code of the authenticator app
        let code = self.accounts.authorise_app(&holder, account, asked(client, scopes)).await;
        code.expect("its owner lets it in").expose().clone()
    }

    pub(super) async fn let_in(&self, account: AccountId, client: &Client, scopes: &str) -> IssuedTokens {
        let code = self.oauth_code(account, client, scopes).await;
        self.accounts.exchange_code(exchange(client, &code)).await.unwrap_or_else(|e| panic!("no tokens: {e}"))
    }

    pub(super) async fn with_token(&self, login: &str, token: &str, service: Service, on: &Arc<Closed>) -> SignIn {
        self.accounts.sign_in_with_token(&Self::attempt(login, token, service), Arc::clone(on) as _).await
    }

    pub(super) async fn why(&self, login: &str, token: &str, service: Service) -> Option<Why> {
        match self.with_token(login, token, service, &Closed::new()).await {
            SignIn::Accepted(_) => None,
            SignIn::Refused(refusal) => Some(refusal.why()),
            SignIn::Cut => panic!("cut"),
            SignIn::Broken(error) => panic!("broken: {error}"),
        }
    }
}

pub(super) fn refresh(tokens: &IssuedTokens) -> String {
    tokens.refresh.as_ref().expect("a refresh token").expose().clone()
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_let_at_what_cannot_be_told_apart_is_told_that_it_has_both() {
    let as_one = |settings: &mut Settings| settings.calendars_and_contacts = CalendarsAndContacts::AsOne;
    let world = World::with(Location::Memory, as_one);
    let (ada, client) = (world.person("ada").await, world.client("Calendar").await);
    let tokens = world.let_in(ada, &client, "urn:ietf:params:oauth:scope:calendars").await;
    assert_eq!(tokens.given.scopes.to_string(), "contacts,calendars");
    for service in [Service::CalDav, Service::CardDav, Service::Dav] {
        assert_eq!(world.why("", tokens.access.expose(), service).await, None, "{service}");
    }
    let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
    assert_eq!(grant.given, tokens.given);
}

#[tokio::test(start_paused = true)]
async fn a_token_signs_in_for_its_account_and_opens_what_its_owner_gave() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    world.person("bob").await;
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias).await.expect("it is hers");
    let tokens = world.let_in(ada, &client, MAIL).await;
    assert_eq!((tokens.account, tokens.login.as_str(), tokens.nonce.as_deref()), (ada, "ada@example.org", Some("n-1")));
    let token = tokens.access.expose();
    // The first comes from the store, the others from memory.
    for login in ["", "ada", "ADA@example.org", "countess", ""] {
        let SignIn::Accepted(accepted) = world.with_token(login, token, Service::Imap, &Closed::new()).await else {
            panic!("{login:?} was not accepted");
        };
        assert_eq!((accepted.account, accepted.login.as_str()), (ada, "ada@example.org"));
    }
    let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
    assert_eq!((grant.name.as_str(), &grant.client, grant.given), ("Mailer", &client.id, tokens.given));
    let id = grant.id.into();
    // From the store, since memory only accepts.
    for _ in 0..2 {
        let SignIn::Refused(refusal) = world.with_token("", token, Service::CalDav, &Closed::new()).await else {
            panic!("it opens no calendars");
        };
        assert_eq!((refusal.why(), refusal.settle().await), (Why::Scope(id), Answer::LacksScope));
    }
    assert_eq!(world.why("bob", token, Service::Imap).await, Some(Why::ForeignIdentity));
    assert_eq!(world.why("nobody", token, Service::Imap).await, Some(Why::ForeignIdentity));
    assert_eq!(world.why("a*b", token, Service::Imap).await, Some(Why::MalformedLogin));
    for none in ["", "abcd-efgh-ijkl-mnop", &refresh(&tokens), &token.replace("vka_", "vkb_")] {
        assert_eq!(world.why("ada", none, Service::Imap).await, Some(Why::WrongSecret), "{none}");
    }
    assert_eq!(world.refused("ada", token, Service::Imap).await.0, Why::WrongSecret, "it is no app password");
    let of_another = valetkey_domain::oauth::AccessToken::generate(ada, &valetkey_testkit::Seeded::new(99)).reveal();
    assert_eq!(world.why("ada", of_another.expose(), Service::Imap).await, Some(Why::WrongSecret));
}

#[tokio::test(start_paused = true)]
async fn a_good_token_at_the_wrong_door_is_no_guess_however_often_it_is_renewed() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Calendar").await);
    let mut tokens = world.let_in(ada, &client, "offline_access urn:ietf:params:oauth:scope:calendars").await;
    // After 40 guesses an account's apps would be told nothing any more, and after 80 all of a network's.
    for _ in 0..100 {
        let attempt = Attempt { network: Some(OFFICE), ..World::attempt("", tokens.access.expose(), Service::Imap) };
        let SignIn::Refused(refusal) = world.accounts.sign_in_with_token(&attempt, Closed::new() as _).await else {
            panic!("it opens no mail");
        };
        assert_eq!(refusal.settle().await, Answer::LacksScope);
        tokens = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await.map_err(drop).expect("new");
    }
    // Nor is that of an app password.
    let calendars = Some("calendars".parse().expect("a scope"));
    let dav = world.create(ada, CreateAppPassword { scopes: calendars, ..World::new_app_password("Tablet") }).await;
    assert_eq!(
        world.refused("ada", dav.secret.expose(), Service::Imap).await.1,
        Answer::No,
        "its app is told nothing else"
    );
}

/// What comes from an office, behind whose one address there are many apps.
async fn from_the_office(world: &World, token: &str) -> (Why, Answer) {
    let attempt = Attempt { network: Some(OFFICE), ..World::attempt("", token, Service::Imap) };
    let SignIn::Refused(refusal) = world.accounts.sign_in_with_token(&attempt, Closed::new() as _).await else {
        panic!("it is not refused");
    };
    (refusal.why(), refusal.settle().await)
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_over_is_no_guess_and_its_app_is_always_told() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let mut tokens = vec![world.let_in(ada, &client, MAIL).await];
    for _ in 1..100 {
        let last = refresh(&tokens[tokens.len() - 1]);
        tokens.push(world.accounts.refresh_tokens(&client.id, &last, None).await.map_err(drop).expect("new"));
    }
    world.clock.advance(ACCESS_TOKEN_TIME);
    let is_told = async |tokens: &IssuedTokens| {
        let (why, answer) = from_the_office(&world, tokens.access.expose()).await;
        assert!(matches!(why, Why::TokenExpired(_)) && answer == Answer::No, "{why:?} {answer:?}");
    };
    for one in &tokens {
        is_told(one).await;
    }
    // What nobody has given counts as before, until the office is told nothing any more.
    let guess =
        |n: u64| valetkey_domain::oauth::AccessToken::generate(ada, &valetkey_testkit::Seeded::new(1000 + n)).reveal();
    assert_eq!(from_the_office(&world, guess(0).expose()).await, (Why::WrongSecret, Answer::No));
    for n in 1..100 {
        from_the_office(&world, guess(n).expose()).await;
    }
    assert_eq!(from_the_office(&world, guess(100).expose()).await, (Why::WrongSecret, Answer::Silence));
    is_told(&tokens[0]).await;
    // One that was taken back, too.
    let last = tokens.pop().expect("one");
    let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
    world.accounts.remove_grant(&OPERATOR, ada, grant.id).await.expect("it is removed");
    let (why, answer) = from_the_office(&world, last.access.expose()).await;
    assert!(matches!(why, Why::Revoked(_)) && answer == Answer::Silence, "{why:?} {answer:?}");
}

#[tokio::test(start_paused = true)]
async fn where_only_the_canonical_login_name_signs_in_a_token_changes_nothing() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let alias = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, alias).await.expect("it is hers");
    let tokens = world.let_in(ada, &client, MAIL).await;
    // Once from the store, and once from memory.
    for _ in 0..2 {
        for (login, is_accepted) in
            [("ada@example.org", true), ("", true), ("ada", false), ("ADA@example.org", false), ("countess", false)]
        {
            let attempt = World::attempt(login, tokens.access.expose(), Service::Imap);
            let attempt = Attempt { only_canonical: true, ..attempt };
            match world.accounts.sign_in_with_token(&attempt, Closed::new() as _).await {
                SignIn::Accepted(_) => assert!(is_accepted, "{login}"),
                SignIn::Refused(refusal) => {
                    assert!(matches!(refusal.why(), Why::NotCanonical(_)) && !is_accepted, "{login}");
                }
                SignIn::Cut | SignIn::Broken(_) => panic!("{login}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn removing_an_app_closes_its_connections_and_nobody_elses() {
    let world = World::new();
    let (ada, client, other) = (world.person("ada").await, world.client("Mailer").await, world.client("Other").await);
    let (tokens, others) = (world.let_in(ada, &client, MAIL).await, world.let_in(ada, &other, MAIL).await);
    let app_password = world.app_password(ada, "Phone").await.secret.expose().clone();
    let (mine, theirs) = (Closed::new(), Closed::new());
    let SignIn::Accepted(_mine) = world.with_token("ada", tokens.access.expose(), Service::Imap, &mine).await else {
        panic!("not accepted");
    };
    let SignIn::Accepted(_theirs) = world.with_token("", others.access.expose(), Service::Imap, &theirs).await else {
        panic!("not accepted");
    };
    let phone = Closed::new();
    let _phone = world.accepted_on("ada", &app_password, Arc::clone(&phone)).await;
    let grants = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed");
    let grant = grants.iter().find(|grant| grant.client == client.id).expect("it is there").id;
    let removed = world.accounts.remove_grant(&OPERATOR, ada, grant).await.expect("it is removed");
    assert_eq!((removed.closed, removed.was_over, mine.why()), (1, false, Some(CutReason::Revoked)));
    assert_eq!((theirs.why(), phone.why()), (None, None));
    assert_eq!(world.why("ada", tokens.access.expose(), Service::Imap).await, Some(Why::Revoked(grant.into())));
    assert_eq!(world.why("ada", others.access.expose(), Service::Imap).await, None);
    let renewed = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await;
    assert!(matches!(renewed, Err(TokenError::InvalidGrant)));
    assert!(world.accounts.remove_grant(&OPERATOR, ada, grant).await.expect("again").was_over);
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_app_passwords_ends_grants_too() {
    let world = World::new();
    for (name, why) in [
        ("ada", RevocationReason::AllAsked),
        ("bob", RevocationReason::Suspended),
        ("eve", RevocationReason::SecondFactorRemoved),
    ] {
        let (account, client) = (world.person(name).await, world.client("Mailer").await);
        let tokens = world.let_in(account, &client, MAIL).await;
        let code = world.oauth_code(account, &client, MAIL).await;
        let connection = Closed::new();
        let SignIn::Accepted(_open) = world.with_token("", tokens.access.expose(), Service::Imap, &connection).await
        else {
            panic!("not accepted");
        };
        match why {
            RevocationReason::AllAsked => {
                world.accounts.revoke_all_app_passwords(&OPERATOR, account).await.map(drop).expect("they are revoked");
            }
            RevocationReason::Suspended => {
                world.accounts.suspend_account(&OPERATOR, account).await.map(drop).expect("it is suspended");
            }
            _ => {
                let factor = world.accounts.show_account(&OPERATOR, account).await.expect("it is there").factors[0].id;
                let (_, holder) = world.step_up(account).await;
                world
                    .accounts
                    .remove_second_factor(&holder, account, factor, None)
                    .await
                    .map(drop)
                    .expect("it is removed");
            }
        }
        assert_eq!(connection.why(), Some(CutReason::Revoked), "{name}");
        assert!(world.why("", tokens.access.expose(), Service::Imap).await.is_some(), "{name}");
        let grant = world.accounts.grants(&OPERATOR, account, true).await.expect("they are listed").remove(0);
        assert!(matches!(grant.state, CredentialState::Revoked { why: kept, .. } if kept == why), "{:?}", grant.state);
        let renewed = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await;
        assert!(matches!(renewed, Err(TokenError::InvalidGrant)), "{name}");
        // What was on its way is no new one afterwards.
        let exchanged = world.accounts.exchange_code(exchange(&client, &code)).await;
        assert!(matches!(exchanged, Err(TokenError::InvalidGrant)), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_good_once_and_a_second_time_ends_everything() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let first = world.let_in(ada, &client, MAIL).await;
    let second =
        world.accounts.refresh_tokens(&client.id, &refresh(&first), None).await.map_err(drop).expect("new ones");
    let connection = Closed::new();
    let SignIn::Accepted(_open) = world.with_token("", second.access.expose(), Service::Imap, &connection).await else {
        panic!("not accepted");
    };
    assert_eq!(world.why("", first.access.expose(), Service::Imap).await, None, "until its time is over");
    let replayed = world.accounts.refresh_tokens(&client.id, &refresh(&first), None).await;
    assert!(matches!(replayed, Err(TokenError::InvalidGrant)));
    assert_eq!(connection.why(), Some(CutReason::Revoked));
    for token in [&first, &second] {
        assert!(matches!(world.why("", token.access.expose(), Service::Imap).await, Some(Why::Revoked(_))));
        let renewed = world.accounts.refresh_tokens(&client.id, &refresh(token), None).await;
        assert!(matches!(renewed, Err(TokenError::InvalidGrant)));
    }
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    assert!(matches!(
        grant.state,
        CredentialState::Revoked { why: RevocationReason::TokenReplayed, by_owner: false, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_gives_no_more_than_was_given_and_nothing_to_another_app() {
    let world = World::new();
    let (ada, client, other) = (world.person("ada").await, world.client("Mailer").await, world.client("Other").await);
    let both = "offline_access urn:ietf:params:oauth:scope:mail urn:ietf:params:oauth:scope:calendars";
    let tokens = world.let_in(ada, &client, both).await;
    let stolen = world.accounts.refresh_tokens(&other.id, &refresh(&tokens), None).await;
    assert!(matches!(stolen, Err(TokenError::InvalidGrant)));
    let more = Requested::parse("urn:ietf:params:oauth:scope:contacts");
    let more = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), more).await;
    assert!(matches!(more, Err(TokenError::InvalidScope)));
    let less = Requested::parse("urn:ietf:params:oauth:scope:calendars");
    let less = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), less).await.map_err(drop).expect("less");
    assert!(matches!(world.why("", less.access.expose(), Service::Imap).await, Some(Why::Scope(_))));
    assert_eq!(world.why("", less.access.expose(), Service::CalDav).await, None);
    let all = world.accounts.refresh_tokens(&client.id, &refresh(&less), None).await.map_err(drop).expect("all again");
    assert_eq!(world.why("", all.access.expose(), Service::Imap).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_code_is_good_once_for_a_minute_for_its_app_and_with_its_proof() {
    let world = World::new();
    let (ada, client, other) = (world.person("ada").await, world.client("Mailer").await, world.client("Other").await);
    let code = world.oauth_code(ada, &client, MAIL).await;
    let right = exchange(&client, &code);
    let guess = "x".repeat(43);
    for wrong in [
        Exchange { client: &other.id, ..right },
        Exchange { redirect: "org.example.app:/other", ..right },
        Exchange { verifier: CodeVerifier::parse(&guess).expect("a verifier"), ..right },
        Exchange { verifier: CodeVerifier::parse(CHALLENGE).expect("a verifier"), ..right },
        Exchange { code: "", ..right },
    ] {
        assert!(matches!(world.accounts.exchange_code(wrong).await, Err(TokenError::InvalidGrant)));
    }
    let tokens = world.accounts.exchange_code(right).await.map_err(drop).expect("it is right");
    assert!(matches!(world.accounts.exchange_code(right).await, Err(TokenError::InvalidGrant)));
    assert!(matches!(world.why("", tokens.access.expose(), Service::Imap).await, Some(Why::Revoked(_))), "replayed");
    let late = world.oauth_code(ada, &client, MAIL).await;
    world.clock.advance(CODE_TIME);
    assert!(matches!(world.accounts.exchange_code(exchange(&client, &late)).await, Err(TokenError::InvalidGrant)));
    let code = world.oauth_code(ada, &client, MAIL).await;
    world.accounts.suspend_account(&OPERATOR, ada).await.map(drop).expect("it is suspended");
    assert!(matches!(world.accounts.exchange_code(exchange(&client, &code)).await, Err(TokenError::InvalidGrant)));
    // The challenge is the verifier's digest, as RFC 7636 has it.
    let digest: [u8; 32] = Sha256::digest(VERIFIER).into();
    assert_eq!(CodeChallenge::parse(CHALLENGE).expect("a challenge").as_bytes(), &digest);
}

#[tokio::test(start_paused = true)]
async fn only_the_owner_behind_two_factors_lets_an_app_in() {
    let world = World::new();
    let (ada, bob, client) = (world.person("ada").await, world.person("bob").await, world.client("Mailer").await);
    let (_, holder) = world.step_up(ada).await;
    let ask = || asked(&client, MAIL);
    let let_in = |actor: Actor, account| {
        let world = &world;
        async move { world.accounts.authorise_app(&actor, account, ask()).await.map(drop) }
    };
    assert!(let_in(holder.clone(), ada).await.is_ok());
    assert!(matches!(let_in(holder.clone(), bob).await, Err(AccountsError::Denied(_))));
    assert!(matches!(let_in(OPERATOR, ada).await, Err(AccountsError::Denied(_))));
    world.clock.advance(Duration::from_secs(601));
    assert!(matches!(let_in(holder, ada).await, Err(AccountsError::Denied(Denied::StepUpNeeded))));
    let eve = world.person_without_factor("eve").await;
    let now = valetkey_domain::Clock::now(&*world.clock);
    let holder = Actor::Holder { account: eve, role: None, second_factor_at: Some(now) };
    assert!(matches!(let_in(holder, eve).await, Err(AccountsError::NoSecondFactor)));
    let (_, holder) = world.step_up(bob).await;
    let elsewhere = Authorisation { redirect: uri("https://evil.example/"), ..ask() };
    let elsewhere = world.accounts.authorise_app(&holder, bob, elsewhere).await.map(drop);
    assert!(matches!(elsewhere, Err(AccountsError::ForeignRedirect)));
}

#[tokio::test(start_paused = true)]
async fn an_access_token_ends_after_an_hour_and_what_it_opened_goes_on_if_the_app_may() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let renewed = world.let_in(ada, &client, MAIL).await;
    let once = world.let_in(ada, &client, "urn:ietf:params:oauth:scope:mail").await;
    assert!(once.refresh.is_none());
    let connections = [Closed::new(), Closed::new()];
    let mut open = Vec::new();
    for (tokens, connection) in [&renewed, &once].into_iter().zip(&connections) {
        match world.with_token("", tokens.access.expose(), Service::Imap, connection).await {
            SignIn::Accepted(accepted) => open.push(accepted),
            _ => panic!("not accepted"),
        }
    }
    world.clock.advance(ACCESS_TOKEN_TIME);
    let caretaker = world.start_caretaker();
    connections[1].closed().await;
    assert_eq!(connections[0].why(), None, "its app renews its token");
    assert!(matches!(world.why("", renewed.access.expose(), Service::Imap).await, Some(Why::TokenExpired(_))));
    assert!(world.why("", once.access.expose(), Service::Imap).await.is_some());
    let next =
        world.accounts.refresh_tokens(&client.id, &refresh(&renewed), None).await.map_err(drop).expect("new ones");
    assert_eq!(world.why("", next.access.expose(), Service::Imap).await, None);
    caretaker.stop().await;
    world.clock.advance(GRANT_TIME);
    let late = world.accounts.refresh_tokens(&client.id, &refresh(&next), None).await;
    assert!(matches!(late, Err(TokenError::InvalidGrant)), "nobody came back for half a year");
    assert!(world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_app_gives_back_what_it_has_by_either_token_and_only_its_own() {
    let world = World::new();
    let (ada, client, other) = (world.person("ada").await, world.client("Mailer").await, world.client("Other").await);
    for by_access in [true, false] {
        let tokens = world.let_in(ada, &client, MAIL).await;
        let token = if by_access { tokens.access.expose().clone() } else { refresh(&tokens) };
        for (client, token) in [(&other, token.as_str()), (&client, "nonsense")] {
            world.accounts.give_token_back(&client.id, token).await.expect("nothing happens");
        }
        assert_eq!(world.why("", tokens.access.expose(), Service::Imap).await, None);
        world.accounts.give_token_back(&client.id, &token).await.expect("it is given back");
        assert!(matches!(world.why("", tokens.access.expose(), Service::Imap).await, Some(Why::Revoked(_))));
    }
}
