//! ID tokens: who they say has signed in, by which key, and that they open nothing.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use valetkey_accounts::{Exchange, IssuedTokens, PublishedKey, SignIn, TokenError};
use valetkey_domain::oauth::{
    AccessToken, ClientId, CodeVerifier, ID_TOKEN_TIME, KEPT_AFTER, KEY_TIME, PUBLISHED_BEFORE, Requested, SCOPES,
};
use valetkey_domain::{AccountId, Clock as _, Service, Why};
use valetkey_store::{Location, Secret};
use valetkey_testkit::{Postgres, Seeded};

use super::oauth::refresh;
use super::world::{Closed, OPERATOR, World};

const ISSUER: &str = "https://accounts.example.org";
const WHO: &str = "openid offline_access urn:ietf:params:oauth:scope:mail";
const MAIL: &str = "offline_access urn:ietf:params:oauth:scope:mail";

fn world_at(location: Location) -> World {
    World::with(location, |settings| {
        settings.portal_origin = Some(ISSUER.into());
        settings.signs_id_tokens = true;
    })
}

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("base64url without padding")
}

/// What a token says, and by which key, which must be among the published ones and have signed it.
fn checked(token: &str, published: &[PublishedKey]) -> (String, Value) {
    let (said, signature) = token.rsplit_once('.').expect("three parts");
    let (header, claims) = said.split_once('.').expect("three parts");
    let header: Value = serde_json::from_slice(&decoded(header)).expect("JSON");
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
    let name = header["kid"].as_str().expect("a name");
    let key = published.iter().find(|key| key.id == name).expect("it is published");
    let key = RsaPublicKeyComponents { n: decoded(&key.modulus), e: decoded(&key.exponent) };
    let signature = decoded(signature);
    key.verify(&RSA_PKCS1_2048_8192_SHA256, said.as_bytes(), &signature).expect("its signature");
    let other = said.replace('.', "A.");
    assert!(key.verify(&RSA_PKCS1_2048_8192_SHA256, other.as_bytes(), &signature).is_err());
    (name.to_owned(), serde_json::from_slice(&decoded(claims)).expect("JSON"))
}

impl World {
    async fn published(&self) -> Vec<PublishedKey> {
        self.accounts.published_keys().await.expect("they are there")
    }

    async fn id_token(&self, issued: &IssuedTokens, client: &ClientId) -> Option<String> {
        self.accounts.id_token(issued, client).await.expect("it is signed")
    }

    /// Which key signs now.
    async fn signed_by(&self, issued: &IssuedTokens) -> String {
        let token = self.id_token(issued, &"app".parse().expect("an id")).await.expect("there is one");
        checked(&token, &self.published().await).0
    }

    async fn identified(&self, token: &str) -> Result<String, Why> {
        match self.accounts.identify_by_token(token.as_bytes(), None, None).await {
            SignIn::Accepted(accepted) => Ok(accepted.login.to_string()),
            SignIn::Refused(refusal) => Err(refusal.why()),
            SignIn::Cut => panic!("cut"),
            SignIn::Broken(error) => panic!("broken: {error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_token_says_who_has_signed_in_and_to_which_app() {
    let world = world_at(Location::Memory);
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let tokens = world.let_in(ada, &client, WHO).await;
    let token = world.id_token(&tokens, &client.id).await.expect("it was asked for");
    let (_, claims) = checked(&token, &world.published().await);
    let (now, half) = (world.clock.now().as_secs(), &Sha256::digest(tokens.access.expose())[..16]);
    let signed_in_at = tokens.signed_in_at.expect("it is known").as_secs();
    assert!(signed_in_at < now, "not when the app came for its tokens");
    let expected = json!({
        "iss": ISSUER, "sub": ada.to_string(), "aud": client.id.as_str(), "iat": now, "exp": now + 600,
        "auth_time": signed_in_at, "amr": ["mfa"], "nonce": "n-1", "at_hash": URL_SAFE_NO_PAD.encode(half),
        "preferred_username": "ada@example.org", "email": "ada@example.org",
    });
    assert_eq!(claims, expected);

    let next = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await.map_err(drop).expect("more");
    let token = world.id_token(&next, &client.id).await.expect("the next one");
    let (_, claims) = checked(&token, &world.published().await);
    assert_eq!((&claims["sub"], &claims["aud"]), (&expected["sub"], &expected["aud"]));
    assert!(["nonce", "auth_time", "amr"].iter().all(|name| claims.get(name).is_none()), "nobody signed in: {claims}");

    let narrowed = Requested::parse(MAIL);
    let less = world.accounts.refresh_tokens(&client.id, &refresh(&next), narrowed).await.map_err(drop).expect("more");
    assert_eq!(world.id_token(&less, &client.id).await, None, "this time it did not ask");
    let without = world.let_in(ada, &client, MAIL).await;
    assert_eq!(world.id_token(&without, &client.id).await, None);
}

#[tokio::test(start_paused = true)]
async fn who_somebody_is_stays_when_everything_else_changes() {
    let world = world_at(Location::Memory);
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let other = world.client("Other").await;
    let mut subjects = Vec::new();
    for client in [&client, &other] {
        let tokens = world.let_in(ada, client, WHO).await;
        let token = world.id_token(&tokens, &client.id).await.expect("it was asked for");
        let (_, claims) = checked(&token, &world.published().await);
        assert_eq!(claims["aud"], client.id.as_str());
        subjects.push(claims["sub"].clone());
        let alias = world.accounts.login_name(client.name.as_str()).expect("a name");
        world.accounts.add_login_name(&OPERATOR, ada, alias).await.expect("it is hers");
    }
    assert_eq!(subjects[0], subjects[1]);
}

/// Keys made, used and forgotten.
async fn keys_take_turns(location: Location) {
    let world = world_at(location);
    // Whoever they are, for time passes here as it does in no life.
    let account = AccountId::from_bytes([7; 16]);
    let tokens = IssuedTokens {
        access: AccessToken::generate(account, &Seeded::new(1)).reveal(),
        refresh: None,
        given: Requested::parse(WHO).expect("scopes"),
        account,
        login: world.accounts.login_name("ada").expect("a name"),
        nonce: None,
        signed_in_at: None,
    };
    let first = world.signed_by(&tokens).await;
    assert_eq!(world.published().await.len(), 1);
    world.advance(Duration::from_hours(29 * 24)).await;
    world.turn().await;
    assert_eq!(world.published().await.len(), 1, "the next is not due");

    world.advance(KEY_TIME.saturating_sub(Duration::from_hours(29 * 24))).await;
    world.turn().await;
    let published = world.published().await;
    assert_eq!((published.len(), published[0].id.as_str()), (2, &*first), "the next is published");
    assert_eq!(world.signed_by(&tokens).await, first, "and does not sign yet");
    world.turn().await;
    assert_eq!(world.published().await, published, "it is made once");

    world.advance(PUBLISHED_BEFORE).await;
    let second = published[1].id.clone();
    assert_eq!(world.signed_by(&tokens).await, second, "now it does");
    world.advance(ID_TOKEN_TIME).await;
    world.turn().await;
    assert_eq!(world.published().await, published, "the first stays for what it has signed");
    world.advance(KEPT_AFTER).await;
    world.turn().await;
    let left = world.published().await;
    assert_eq!(left, published[1..], "and then it goes");
    assert_eq!(world.signed_by(&tokens).await, second);
}

impl World {
    async fn turn(&self) {
        self.accounts.turn_signing_keys().await.expect("what is due is done");
    }

    /// Lets time pass, and waits until the store is held again, whose lease ran out meanwhile.
    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        while !self.accounts.store().custody().is_held() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn keys_take_turns_in_sqlite() {
    let dir = tempfile::tempdir().expect("a directory");
    keys_take_turns(Location::File(dir.path().join("valetkey.db"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_take_turns_in_postgresql() {
    let server = Postgres::start();
    keys_take_turns(Location::Postgres { url: Secret(server.new_database("keys")), authorities: None }).await;
}

#[tokio::test]
async fn keys_are_the_same_after_a_start_and_are_no_secret_of_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.db");
    let before = {
        let world = world_at(Location::File(file.clone()));
        world.turn().await;
        world.published().await
    };
    let world = world_at(Location::File(file.clone()));
    assert_eq!(world.published().await, before);
    drop(world);
    let database = rusqlite::Connection::open(&file).expect("a database");
    let sealed: Vec<u8> =
        database.query_row("SELECT sealed FROM signing_key", [], |row| row.get(0)).expect("there is one");
    // How every RSA key begins in PKCS #8: its algorithm (RFC 8017 appendix A.1).
    let algorithm = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    assert!(sealed.len() > 1000 && !sealed.windows(algorithm.len()).any(|part| part == algorithm));
}

#[tokio::test(start_paused = true)]
async fn the_caretaker_makes_the_first_key_before_anybody_asks_and_the_next_when_it_is_due() {
    let world = world_at(Location::Memory);
    let caretaker = world.start_caretaker();
    let made = || world.accounts.store().read(|s| Ok::<_, valetkey_store::StoreError>(s.signing_keys_made()?.len()));
    for keys in [1, 2] {
        while made().await.expect("it is read") < keys {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(made().await.expect("it is read"), keys);
        world.clock.advance(KEY_TIME);
    }
    caretaker.stop().await;
}

#[tokio::test]
async fn however_many_ask_for_the_first_key_one_is_made() {
    let world = world_at(Location::Memory);
    let asked = join_all((0..20).map(|_| world.published())).await;
    assert!(asked.iter().all(|published| published.len() == 1 && *published == asked[0]));
}

#[tokio::test(start_paused = true)]
async fn an_id_token_opens_nothing() {
    let world = world_at(Location::Memory);
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let tokens = world.let_in(ada, &client, &SCOPES.join(" ")).await;
    let token = world.id_token(&tokens, &client.id).await.expect("it was asked for");
    // Whole, and each part of it, by every door.
    for shown in [&*token].into_iter().chain(token.split('.')) {
        for service in Service::ALL {
            for login in ["", "ada"] {
                assert_eq!(world.why(login, shown, service).await, Some(Why::WrongSecret), "{service}");
            }
            assert_eq!(world.refused("ada", shown, service).await.0, Why::WrongSecret, "{service}");
        }
        assert_eq!(world.identified(shown).await, Err(Why::WrongSecret));
        let renewed = world.accounts.refresh_tokens(&client.id, shown, None).await;
        assert!(matches!(renewed, Err(TokenError::InvalidGrant)));
        let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").expect("a verifier");
        let asked = Exchange { client: &client.id, code: shown, redirect: "org.example.app:/done", verifier };
        assert!(matches!(world.accounts.exchange_code(asked).await, Err(TokenError::InvalidGrant)));
        world.accounts.give_token_back(&client.id, shown).await.expect("nothing happens");
    }
    assert_eq!(world.why("", tokens.access.expose(), Service::Imap).await, None, "what it came with still does");
}

#[tokio::test(start_paused = true)]
async fn whose_a_token_is_hears_who_asked_for_it() {
    let world = world_at(Location::Memory);
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let (with, without) = (world.let_in(ada, &client, WHO).await, world.let_in(ada, &client, MAIL).await);
    for round in ["from the store", "after memory has it"] {
        assert_eq!(world.identified(with.access.expose()).await.as_deref(), Ok("ada@example.org"), "{round}");
        let refused = world.identified(without.access.expose()).await;
        assert!(matches!(refused, Err(Why::Scope(_))), "{round}: {refused:?}");
        for tokens in [&with, &without] {
            assert_eq!(world.why("", tokens.access.expose(), Service::Imap).await, None, "{round}");
        }
    }
    let narrowed = Requested::parse(MAIL);
    let less = world.accounts.refresh_tokens(&client.id, &refresh(&with), narrowed).await.map_err(drop).expect("more");
    assert!(matches!(world.identified(less.access.expose()).await, Err(Why::Scope(_))), "this time it did not ask");

    let alone = world.let_in(ada, &client, "openid").await;
    assert_eq!(world.identified(alone.access.expose()).await.as_deref(), Ok("ada@example.org"));
    for service in Service::ALL {
        let refused = world.why("", alone.access.expose(), service).await;
        assert!(matches!(refused, Some(Why::Scope(_))), "{service}: {refused:?}");
    }
    let connection = Closed::new();
    let held = world.with_token("", with.access.expose(), Service::Imap, &connection).await;
    world.accounts.revoke_all_app_passwords(&OPERATOR, ada).await.map(drop).expect("they are revoked");
    assert!(connection.why().is_some());
    drop(held);
    for tokens in [&with, &alone] {
        assert!(matches!(world.identified(tokens.access.expose()).await, Err(Why::Revoked(_))));
    }
    let nobody: Arc<str> = "vka_x".into();
    assert_eq!(world.identified(&nobody).await, Err(Why::WrongSecret));
}
