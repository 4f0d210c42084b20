//! What ends when everything is revoked: app passwords and authorised apps, counted each, told of in one letter; and what is
//! heard of apps that do not notice.

use std::time::Duration;

use serde_json::{Value, json};
use valetkey_accounts::{AppCounts, By, Client, Letter, Occasion};
use valetkey_domain::oauth::{ACCESS_TOKEN_TIME, GRANT_TIME};
use valetkey_domain::{AccountId, CredentialState, RevocationReason, Service};
use valetkey_store::{AuditEntry, AuditFilter};

use super::letters::{later, occasions, reader, sent};
use super::oauth::refresh;
use super::world::{OPERATOR, World, password};

const MAIL: &str = "offline_access urn:ietf:params:oauth:scope:mail";
const DAY: Duration = Duration::from_secs(86_400);

/// Ends everything of an account's in one of the ways there are.
async fn end(world: &World, account: AccountId, why: RevocationReason) -> AppCounts {
    let accounts = &world.accounts;
    match why {
        RevocationReason::AllAsked => {
            accounts.revoke_all_app_passwords(&OPERATOR, account).await.expect("it is done").revoked
        }
        RevocationReason::Suspended => accounts.suspend_account(&OPERATOR, account).await.expect("it is done").value,
        RevocationReason::PasswordReset => {
            accounts
                .reset_password(&OPERATOR, account, &password("another password"))
                .await
                .expect("it is done")
                .revoked
        }
        RevocationReason::PasswordChanged => {
            let (passed, holder) = world.step_up(account).await;
            let new = password("another password");
            accounts.change_password(&holder, &passed, &new, None).await.expect("it is done").revoked
        }
        RevocationReason::SecondFactorRemoved => {
            let factor = accounts.show_account(&OPERATOR, account).await.expect("it is there").factors[0].id;
            accounts.remove_second_factor(&OPERATOR, account, factor, None).await.expect("it is done").revoked
        }
        other => panic!("{other} ends one alone"),
    }
}

const WAYS: [RevocationReason; 5] = [
    RevocationReason::AllAsked,
    RevocationReason::Suspended,
    RevocationReason::PasswordReset,
    RevocationReason::PasswordChanged,
    RevocationReason::SecondFactorRemoved,
];

async fn log(world: &World, account: AccountId) -> Vec<AuditEntry> {
    let filter = AuditFilter { account: Some(account), limit: 100, ..AuditFilter::default() };
    world.accounts.read_audit(&OPERATOR, filter).await.expect("a log")
}

fn details(log: &[AuditEntry], action: &str) -> Vec<Value> {
    let found = log.iter().filter(|entry| entry.action == action);
    found.map(|entry| serde_json::from_str(&entry.detail).expect("JSON")).collect()
}

/// The letters that say what has ended, and no other.
fn of_the_end(letters: &[Letter]) -> Vec<&Letter> {
    let is_it = |letter: &&Letter| matches!(letter.occasion, Occasion::AppPasswordsRevoked | Occasion::AppsRemoved);
    letters.iter().filter(is_it).collect()
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_everything_counts_each_kind_and_tells_of_both_in_one_letter() {
    let world = World::new();
    let client = world.client("Mailer").await;
    for (way, why) in WAYS.into_iter().enumerate() {
        for (app_passwords, authorised_apps) in [(0, 0), (2, 0), (0, 1), (2, 1)] {
            let about = format!("{why}: {app_passwords} and {authorised_apps}");
            let account = reader(&world, &format!("p{way}-{app_passwords}-{authorised_apps}")).await;
            for n in 0..app_passwords {
                world.app_password(account, &format!("Number {n}")).await;
            }
            for _ in 0..authorised_apps {
                world.let_in(account, &client, MAIL).await;
            }
            sent(&world).await;
            let there_was = AppCounts { app_passwords, authorised_apps };
            assert_eq!(end(&world, account, why).await, there_was, "{about}");
            let letters = sent(&world).await;
            let told = of_the_end(&letters);
            assert_eq!(told.len(), usize::from(!there_was.is_none()), "{about}: {:?}", occasions(&letters));
            for letter in told {
                let occasion = if app_passwords > 0 { Occasion::AppPasswordsRevoked } else { Occasion::AppsRemoved };
                let by = if why == RevocationReason::PasswordChanged { By::Owner } else { By::Operator };
                assert_eq!(
                    (letter.occasion, letter.facts.why, letter.facts.by),
                    (occasion, Some(why), Some(by)),
                    "{about}"
                );
                assert_eq!((letter.facts.count, letter.facts.apps), (Some(app_passwords), authorised_apps), "{about}");
            }
            let log = log(&world, account).await;
            let (revoked, removed) = (details(&log, "app-password.all-revoked"), details(&log, "app.all-removed"));
            assert_eq!((revoked.len(), removed.len()), (app_passwords.min(1), authorised_apps), "{about}");
            assert!(revoked.iter().all(|detail| detail["app_passwords_revoked"] == app_passwords), "{revoked:?}");
            assert!(removed.iter().all(|detail| detail["apps_removed"] == authorised_apps), "{removed:?}");
            if why == RevocationReason::Suspended {
                let suspended = json!({ "app_passwords_revoked": app_passwords, "apps_removed": authorised_apps });
                assert_eq!(details(&log, "account.suspended"), [suspended]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_whose_time_was_over_is_none_that_was_removed() {
    let world = World::new();
    let (ada, client) = (reader(&world, "ada").await, world.client("Mailer").await);
    world.let_in(ada, &client, "urn:ietf:params:oauth:scope:mail").await;
    later(&world, ACCESS_TOKEN_TIME).await;
    sent(&world).await;
    assert!(end(&world, ada, RevocationReason::AllAsked).await.is_none(), "the caretaker had not looked yet");
    assert!(sent(&world).await.is_empty());
}

/// Ada, with an app that was removed, and what it still has.
struct Removed {
    world: World,
    ada: AccountId,
    client: Client,
    access: String,
    refresh: String,
}

impl Removed {
    async fn begin() -> Self {
        let world = World::new();
        let (ada, client) = (reader(&world, "ada").await, world.client("Mailer").await);
        let tokens = world.let_in(ada, &client, MAIL).await;
        let grant = world.accounts.grants(&OPERATOR, ada, false).await.expect("they are listed").remove(0);
        world.accounts.remove_grant(&OPERATOR, ada, grant.id).await.expect("it is removed");
        sent(&world).await;
        let (access, refresh) = (tokens.access.expose().clone(), refresh(&tokens));
        Self { world, ada, client, access, refresh }
    }

    /// The app tries what it has, and what is written down of it in the end.
    async fn tries(&self, times: usize) -> Vec<Value> {
        let before = self.tried().await.len();
        for _ in 0..times {
            assert!(self.world.why("ada", &self.access, Service::Imap).await.is_some(), "it was removed");
        }
        let renewed = self.world.accounts.refresh_tokens(&self.client.id, &self.refresh, None).await;
        assert!(renewed.is_err(), "it was removed");
        while self.tried().await.len() == before {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.tried().await
    }

    async fn tried(&self) -> Vec<Value> {
        let log = log(&self.world, self.ada).await;
        assert!(details(&log, "app-password.tried-after-end").is_empty(), "it had no app password: {log:?}");
        details(&log, "app.tried-after-end")
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_was_just_removed_and_tries_what_it_has_is_written_down_under_its_name_and_is_no_news() {
    let scene = Removed::begin().await;
    let caretaker = scene.world.start_caretaker();
    let tried = scene.tries(6).await;
    assert_eq!(tried.len(), 1, "gathered into one line: {tried:?}");
    assert_eq!((&tried[0]["label"], &tried[0]["times"]), (&json!("Mailer"), &json!(7)), "{tried:?}");
    assert_eq!(tried[0]["client_id"], scene.client.id.as_str());
    assert!(occasions(&sent(&scene.world).await).is_empty(), "it has not noticed yet");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_app_that_goes_on_long_after_it_was_removed_is_told_of_once_a_day() {
    let scene = Removed::begin().await;
    let caretaker = scene.world.start_caretaker();
    later(&scene.world, ACCESS_TOKEN_TIME).await;
    for times in 1..=2 {
        assert_eq!(scene.tries(1).await.len(), times);
    }
    let letters = sent(&scene.world).await;
    assert_eq!(occasions(&letters), [Occasion::RemovedAppTried], "one for both");
    assert_eq!((letters[0].facts.label.as_deref(), letters[0].facts.service), (Some("Mailer"), Some(Service::Http)));
    later(&scene.world, DAY).await;
    assert_eq!(scene.tries(1).await.len(), 3);
    assert_eq!(occasions(&sent(&scene.world).await), [Occasion::RemovedAppTried], "another day");
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_app_that_nobody_removed_is_no_news_when_it_comes_back_too_late() {
    let world = World::new();
    let (ada, client) = (reader(&world, "ada").await, world.client("Mailer").await);
    let tokens = world.let_in(ada, &client, MAIL).await;
    sent(&world).await;
    later(&world, GRANT_TIME).await;
    let caretaker = world.start_caretaker();
    while details(&log(&world, ada).await, "app.expired").is_empty() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let grant = world.accounts.grants(&OPERATOR, ada, true).await.expect("they are listed").remove(0);
    assert_eq!(grant.state, CredentialState::Expired { at: grant.expires_at });
    assert!(world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await.is_err());
    while details(&log(&world, ada).await, "app.tried-after-end").is_empty() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    later(&world, ACCESS_TOKEN_TIME).await;
    assert!(world.accounts.refresh_tokens(&client.id, &refresh(&tokens), None).await.is_err());
    while details(&log(&world, ada).await, "app.tried-after-end").len() < 2 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(sent(&world).await.is_empty());
    caretaker.stop().await;
}
