//! Which apps that are let in are news to the account's owner, and which come and go every day.

use valetkey_accounts::{AuditFilter, Client, ConfiguredClient, Occasion};
use valetkey_domain::AccountId;
use valetkey_domain::oauth::ClientKind;
use valetkey_store::Location;

use super::{MAIL, REDIRECT, uri};
use crate::letters::{occasions, reader, sent};
use crate::world::{OPERATOR, World, label};

fn webmail() -> Client {
    Client {
        id: "webmail".parse().expect("an id"),
        name: label("Webmail"),
        kind: ClientKind::FirstParty,
        redirects: vec![uri(REDIRECT)],
        secret: None,
        device: false,
    }
}

async fn lines(world: &World, account: AccountId) -> usize {
    let filter =
        AuditFilter { account: Some(account), action: "app.authorised".into(), limit: 99, ..AuditFilter::default() };
    world.accounts.read_audit(&OPERATOR, filter).await.expect("a log").len()
}

#[tokio::test(start_paused = true)]
async fn what_signs_in_every_day_is_told_of_once_and_written_down_each_time() {
    let world = World::with(Location::Memory, |settings| settings.oauth_clients = vec![ConfiguredClient(webmail())]);
    let (ada, bob) = (reader(&world, "ada").await, reader(&world, "bob").await);
    let (mailer, forum) = (world.client("Mailer").await, world.client("Forum").await);
    let mail = "urn:ietf:params:oauth:scope:mail";
    for (client, scopes, letters) in [
        (&mailer, MAIL, [1, 1]),          // somebody else's app, each time
        (&webmail(), mail, [1, 0]),       // our own
        (&forum, "openid", [1, 0]),       // one that is told who somebody is, and nothing more
        (&forum, "openid email", [0, 0]), // the same, whatever else it would like
    ] {
        for expected in letters {
            world.let_in(ada, client, scopes).await;
            let told = sent(&world).await;
            assert_eq!(occasions(&told), vec![Occasion::AppAuthorised; expected], "{} {scopes}", client.name.as_str());
        }
    }
    assert_eq!(lines(&world, ada).await, 8);
    // It is news where it opens something now, and to somebody else.
    world.let_in(ada, &forum, MAIL).await;
    world.let_in(bob, &webmail(), mail).await;
    assert_eq!(occasions(&sent(&world).await), [Occasion::AppAuthorised; 2]);
}
