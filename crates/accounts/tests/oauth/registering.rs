//! Apps that register themselves: within limits, and never so many that another may not.

use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{AccountsError, Client, NewClient};
use valetkey_store::{RegisteredClient, StoreError};

use super::{MAIL, REDIRECT, asked, uri};
use crate::world::{World, label};

#[tokio::test(start_paused = true)]
async fn one_network_registers_so_many_apps_and_keeps_no_other_from_it() {
    let world = World::new();
    let register = |address: [u8; 4]| {
        let new = NewClient { name: label("Mailer"), redirects: vec![uri(REDIRECT)] };
        let accounts = Arc::clone(&world.accounts);
        async move { accounts.register_oauth_client(new, Some(address.into())).await.map(drop) }
    };
    for _ in 0..50 {
        register([192, 0, 2, 1]).await.expect("it registers");
    }
    assert!(matches!(register([192, 0, 2, 1]).await, Err(AccountsError::Wait(_))));
    register([192, 0, 2, 2]).await.expect("it registers");
    world.clock.advance(Duration::from_secs(60));
    register([192, 0, 2, 1]).await.expect("by now it may again");
}

#[tokio::test(start_paused = true)]
async fn who_comes_from_nowhere_that_is_known_is_counted_as_one_customer() {
    let world = World::new();
    let register = || async {
        let new = NewClient { name: label("Mailer"), redirects: vec![uri(REDIRECT)] };
        world.accounts.register_oauth_client(new, None).await.map(drop)
    };
    for _ in 0..150 {
        register().await.expect("it registers");
    }
    assert!(matches!(register().await, Err(AccountsError::Wait(_))));
    let new = NewClient { name: label("Mailer"), redirects: vec![uri(REDIRECT)] };
    world.accounts.register_oauth_client(new, Some([192, 0, 2, 1].into())).await.expect("others may");
}

#[tokio::test(start_paused = true)]
async fn however_many_register_a_new_app_may_and_one_that_was_let_in_stays() {
    let world = World::new();
    let (ada, used) = (world.person("ada").await, world.client("Mailer").await);
    world.let_in(ada, &used, MAIL).await;
    let oldest = world.client("Oldest").await;
    let now = valetkey_domain::Clock::now(&*world.clock) + Duration::from_secs(1);
    let fill = world.accounts.store().write(move |tx| {
        for number in 0..9_999 {
            let id = format!("app-of-a-crowd-{number}").parse().expect("an id");
            let redirect_uris = vec![REDIRECT.to_owned()];
            tx.insert_oauth_client(&RegisteredClient { id, name: label("Crowd"), redirect_uris, created_at: now })?;
        }
        Ok::<_, StoreError>(())
    });
    fill.await.map(drop).expect("it is written");
    let page = asked(&oldest, MAIL); // its user reads what it asks
    let new = world.client("New").await;
    let is_there = |client: &Client| {
        let (accounts, id) = (Arc::clone(&world.accounts), client.id.clone());
        async move { accounts.oauth_client(&id).await.expect("a read").is_some() }
    };
    assert!(is_there(&new).await && is_there(&used).await && !is_there(&oldest).await);
    let (_, holder) = world.step_up(ada).await;
    world.clock.advance(Duration::from_secs(30)); // the next code of the authenticator app
    let too_late = world.accounts.authorise_app(&holder, ada, page).await.map(drop);
    assert!(matches!(too_late, Err(AccountsError::ForeignRedirect)), "there is nothing to come back to");
    world.let_in(ada, &new, MAIL).await;
}
