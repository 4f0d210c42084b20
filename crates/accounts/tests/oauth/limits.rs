//! What an account's apps may have at most: so many grants, and so many tokens in an hour.

use std::time::Duration;

use valetkey_accounts::{AccountsError, TokenError};
use valetkey_domain::oauth::{ACCESS_TOKEN_TIME, GRANT_TIME, GRANTS_MAX, Requested};
use valetkey_domain::{AccountId, Clock as _, CredentialState, GrantId, RevocationReason};
use valetkey_store::NewGrant;
use valetkey_testkit::Seeded;

use super::super::world::{OPERATOR, World, label};
use super::{MAIL, asked, exchange, refresh};

impl World {
    /// Has so many apps let in, each for this long.
    async fn fill(&self, account: AccountId, count: usize, time: Duration) {
        let (now, client) = (self.clock.now(), self.client("Filler").await);
        let written = self.accounts.store().write(move |tx| {
            let randomness = Seeded::new(7);
            (0..count).try_for_each(|_| {
                tx.insert_grant(&NewGrant {
                    id: GrantId::new(now, &randomness),
                    account,
                    client: client.id.clone(),
                    name: label("Filler"),
                    given: Requested::parse(MAIL).expect("scopes"),
                    created_at: now,
                    expires_at: now + time,
                })
            })
        });
        assert!(written.await.is_ok());
    }

    async fn full(&self, account: AccountId) -> bool {
        let (_, holder) = self.step_up(account).await;
        self.clock.advance(Duration::from_secs(30)); // the next code of the authenticator app
        let client = self.client("One more").await;
        match self.accounts.authorise_app(&holder, account, asked(&client, MAIL)).await {
            Ok(_) => false,
            Err(AccountsError::TooManyGrants) => true,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_has_a_hundred_apps_and_another_one_when_one_has_gone() {
    let world = World::new();
    let (ada, bob, client) = (world.person("ada").await, world.person("bob").await, world.client("Mailer").await);
    world.fill(ada, GRANTS_MAX - 1, GRANT_TIME).await;
    // Two codes while there is one place.
    let late = world.oauth_code(ada, &client, MAIL).await;
    let tokens = world.let_in(ada, &client, MAIL).await;
    assert!(world.full(ada).await && !world.full(bob).await);
    // Who is in goes on.
    let next = world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await;
    assert!(next.is_ok(), "{:?}", next.err());
    let mut second = world.oauth_code(bob, &client, MAIL).await;
    assert!(world.accounts.exchange_code(exchange(&client, &second)).await.is_ok());
    let refused = world.accounts.exchange_code(exchange(&client, &late)).await.map(drop);
    assert!(matches!(refused, Err(TokenError::InvalidGrant)), "{refused:?}");

    let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
    world.accounts.remove_grant(&OPERATOR, ada, grant.id).await.expect("it is removed");
    assert!(!world.full(ada).await);
    second = world.oauth_code(ada, &client, MAIL).await;
    assert!(world.accounts.exchange_code(exchange(&client, &second)).await.is_ok());
    assert!(world.full(ada).await);
}

#[tokio::test(start_paused = true)]
async fn apps_of_an_hour_count_for_an_hour() {
    let world = World::new();
    let ada = world.person("ada").await;
    world.fill(ada, GRANTS_MAX, ACCESS_TOKEN_TIME).await;
    assert!(world.full(ada).await);
    world.clock.advance(ACCESS_TOKEN_TIME);
    assert!(!world.full(ada).await, "their time is over, whether or not that is written down");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_renews_in_a_loop_has_to_wait_and_keeps_what_it_has() {
    let world = World::new();
    let (ada, bob, client) = (world.person("ada").await, world.person("bob").await, world.client("Loop").await);
    let others = world.let_in(bob, &client, MAIL).await;
    let mut last = world.let_in(ada, &client, MAIL).await;
    let first = refresh(&last);
    let renew = async |token: &str| world.accounts.refresh_tokens(&client.id, token, None).await;
    let mut wait = None;
    for turn in 2.. {
        match renew(&refresh(&last)).await {
            Ok(next) => last = next,
            Err(TokenError::Accounts(AccountsError::TooManyTokens(time))) => {
                wait = Some(time);
                assert_eq!(turn, 121, "what comes at once with every app of the account is not slowed");
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(renew(&refresh(&others)).await.is_ok(), "another account is not touched");
    let wait = wait.expect("it has to wait");
    assert_eq!(wait, Duration::from_secs(6));
    assert!(renew(&refresh(&last)).await.is_err(), "it did not wait");
    world.clock.advance(wait);
    last = renew(&refresh(&last)).await.map_err(drop).expect("its refresh token was not used up");
    assert!(renew(&refresh(&last)).await.is_err());
    // What is stolen is seen all the same.
    assert!(matches!(renew(&first).await.map(drop), Err(TokenError::InvalidGrant)));
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    assert!(matches!(grant.state, CredentialState::Revoked { why: RevocationReason::TokenReplayed, .. }), "{grant:?}");
}
