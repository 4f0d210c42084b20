//! What is noticed of sign-ins afterwards.

use std::time::Duration;

use valetkey_accounts::{Answer, SignIn};
use valetkey_domain::{Clock as _, LastUse, Service, Why};
use valetkey_store::AuditFilter;

use super::world::{Closed, OPERATOR, PASSWORD, World};

#[tokio::test(start_paused = true)]
async fn last_uses_are_written_in_batches() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let attempt = valetkey_accounts::Attempt {
        client: Some("Thunderbird 153"),
        network: Some("192.0.2.9".parse().expect("an address")),
        ..World::attempt("ada", created.secret.expose(), Service::Imap)
    };
    assert!(matches!(world.accounts.sign_in_app(&attempt, Closed::new()).await, SignIn::Accepted(_)));
    let last =
        || async { world.accounts.app_passwords(&OPERATOR, ada, false).await.expect("a list")[0].last_use.clone() };
    assert_eq!(last().await, None, "not yet");
    let caretaker = world.start_caretaker();
    while last().await.is_none() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    caretaker.stop().await;
    let expected = LastUse {
        at: world.clock.now(),
        service: Service::Imap,
        client: Some("Thunderbird 153".into()),
        network: "192.0.2.9".parse().ok(),
    };
    assert_eq!(last().await, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn what_is_still_tried_and_the_primary_password_are_found_out_afterwards() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Old tablet").await;
    world.accounts.revoke_app_password(&OPERATOR, ada, created.app_password.id).await.expect("revoked");
    let caretaker = world.start_caretaker();
    for _ in 0..7 {
        world.refused("ada", created.secret.expose(), Service::Imap).await;
    }
    assert_eq!(world.refused("ada", PASSWORD, Service::Submission).await, (Why::WrongSecret, Answer::UseAppPassword));
    let actions = || async {
        let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
        let entries = world.accounts.read_audit(&OPERATOR, filter).await;
        entries.expect("a log").into_iter().map(|e| (e.action, e.detail)).collect::<Vec<_>>()
    };
    while !actions().await.iter().any(|(action, _)| action == "password.tried-by-app") {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let tried = |log: &[(String, String)]| -> Vec<String> {
        log.iter()
            .filter(|(action, _)| action == "app-password.tried-after-end")
            .map(|(_, detail)| detail.clone())
            .collect()
    };
    while tried(&actions().await).is_empty() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let log = actions().await;
    let tried = tried(&log);
    assert_eq!(tried.len(), 1, "gathered into one line: {log:?}");
    assert!(tried[0].contains("\"times\":7"), "{tried:?}");
    assert!(!format!("{log:?}").contains(PASSWORD), "no secret in it");
    caretaker.stop().await;
}
