//! What may happen, as a whole: use-cases and sign-ins on a real store. Here accounts themselves; each other subject has a file
//! of its own.

mod administration;
mod app_passwords;
mod approvals;
mod closed;
mod ending;
mod guessing;
mod import;
mod joining;
mod letters;
mod login_names;
mod noticing;
mod oauth;
mod old_passwords;
mod openid;
mod other_servers;
mod outage;
mod profile;
mod proving;
mod revoking;
mod sessions;
mod world;

use std::sync::Arc;

use valetkey_accounts::{AccountsError, CreateAccount};
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountState, Clock as _, Kind, Role, Service};
use valetkey_store::{AccountFilter, AuditFilter};
use world::{OPERATOR, World, password};

#[tokio::test(start_paused = true)]
async fn accounts_are_made_shown_given_roles_and_resumed() {
    let world = World::new();
    let ada = world.person("ada").await;
    let taken = CreateAccount {
        kind: Kind::Person,
        login_names: vec![world.accounts.login_name("ada").expect("a name")],
        display_name: "Another".parse().expect("a name"),
        notice_address: None,
        password: None,
    };
    assert!(matches!(world.accounts.create_account(&OPERATOR, taken).await, Err(AccountsError::LoginTaken(_))));
    world.accounts.set_role(&OPERATOR, ada, Some(Role::Helpdesk)).await.expect("done");
    world.accounts.suspend_account(&OPERATOR, ada).await.expect("done");
    world.accounts.suspend_account(&OPERATOR, ada).await.expect("twice does no harm");
    let details = world.accounts.show_account(&OPERATOR, ada).await.expect("it is there");
    assert_eq!((details.account.role, details.account.state), (Some(Role::Helpdesk), AccountState::Suspended));
    assert_eq!((details.has_password, details.factors.len(), details.recovery_codes_left), (true, 1, 10));
    world.accounts.resume_account(&OPERATOR, ada).await.expect("done");
    assert!(matches!(
        world.accounts.resume_account(&OPERATOR, ada).await,
        Err(AccountsError::NotActive(AccountState::Active))
    ));
    world.app_password(ada, "New start").await;
    let device = world.device("printer").await;
    assert!(matches!(
        world.accounts.set_role(&OPERATOR, device, Some(Role::Auditor)).await,
        Err(AccountsError::Device)
    ));
    assert!(matches!(
        world.accounts.reset_password(&OPERATOR, device, &password("a new password")).await,
        Err(AccountsError::Device)
    ));
    world.accounts.delete_account(&OPERATOR, ada).await.expect("done");
    assert!(matches!(world.accounts.delete_account(&OPERATOR, ada).await, Err(AccountsError::NoSuchAccount)));
    let name = world.accounts.login_name("ada").expect("a name");
    assert!(matches!(world.accounts.find_account(&name).await, Err(AccountsError::NoSuchAccount)));
}

#[tokio::test(start_paused = true)]
async fn an_invited_account_is_in_use_once_it_has_a_password() {
    let world = World::new();
    let invited = CreateAccount {
        kind: Kind::Person,
        login_names: vec![world.accounts.login_name("eve").expect("a name")],
        display_name: "Eve".parse().expect("a name"),
        notice_address: None,
        password: None,
    };
    let eve = world.accounts.create_account(&OPERATOR, invited).await.expect("made");
    assert_eq!(eve.state, AccountState::Invited);
    world.accounts.reset_password(&OPERATOR, eve.id, &password("a first password")).await.expect("done");
    let name = world.accounts.login_name("eve").expect("a name");
    assert_eq!(world.accounts.find_account(&name).await.expect("there").state, AccountState::Active);
    assert!(world.accounts.check_password(&name, &password("a first password")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_asks_the_policy_too() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let _kept =
        world.accepted("ada", world.app_password(ada, "Thunderbird").await.secret.expose(), Service::Imap).await;
    let holder = |account, role| Actor::Holder { account, role, second_factor_at: Some(world.clock.now()) };
    let shown = |actor: Actor, whose: Option<valetkey_domain::AccountId>| {
        let a = Arc::clone(&world.accounts);
        async move {
            let denied = |error: Option<AccountsError>| matches!(error, Some(AccountsError::Denied(_)));
            let filter = AuditFilter { account: whose, limit: 9, ..AuditFilter::default() };
            let audit = denied(a.read_audit(&actor, filter).await.err());
            let connections = denied(a.connections(&actor, whose, 9).await.err());
            let other = match whose {
                Some(whose) => denied(a.offer_totp(&actor, whose).await.err()),
                None => {
                    denied(a.list_accounts(&actor, AccountFilter { limit: 9, ..AccountFilter::default() }).await.err())
                }
            };
            [audit, connections, other].map(|denied| !denied)
        }
    };
    assert_eq!(shown(OPERATOR, None).await, [true; 3]);
    assert_eq!(shown(OPERATOR, Some(ada)).await, [true; 3]);
    assert_eq!(shown(holder(ada, None), Some(ada)).await, [false, true, true], "one's own, but no audit log");
    assert_eq!(shown(holder(bob, None), Some(ada)).await, [false; 3], "somebody else's");
    assert_eq!(shown(holder(bob, None), None).await, [false; 3], "everybody's");
    assert_eq!(shown(holder(bob, Some(Role::Administrator)), None).await, [true; 3]);
    assert_eq!(shown(holder(bob, Some(Role::Administrator)), Some(ada)).await, [true, true, false]);
    let connected = world.accounts.connections(&OPERATOR, Some(ada), 9).await.expect("a list");
    assert_eq!(connected.iter().map(|c| c.account).collect::<Vec<_>>(), [ada]);
}
