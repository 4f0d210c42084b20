//! What each role may do, and what it may not.

use std::collections::HashSet;
use std::time::Duration;

use valetkey_accounts::{AccountFilter, AccountsError, AuditFilter, CreateAccount};
use valetkey_domain::policy::{Action, Actor, Denied};
use valetkey_domain::{AccountId, AccountState, Clock, Kind, LinkKind, Role, Service};

use super::world::{Closed, OPERATOR, World};

/// Somebody with a role who has just shown a second factor.
async fn staff(world: &World, name: &str, role: Role) -> (AccountId, Actor) {
    let id = world.person(name).await;
    world.accounts.set_role(&OPERATOR, id, Some(role)).await.expect("it is given");
    (id, Actor::Holder { account: id, role: Some(role), second_factor_at: Some(world.clock.now()) })
}

fn new(world: &World, name: &str, kind: Kind) -> CreateAccount {
    CreateAccount {
        kind,
        login_names: vec![world.accounts.login_name(name).expect("a name")],
        display_name: name.parse().expect("a name"),
        notice_address: None,
        password: None,
    }
}

fn is_denied<T>(outcome: &Result<T, AccountsError>) -> bool {
    matches!(outcome, Err(AccountsError::Denied(Denied::Forbidden)))
}

#[tokio::test(start_paused = true)]
async fn the_helpdesk_invites_and_resets_and_touches_no_account_with_a_role() {
    let world = World::new();
    let (_, helpdesk) = staff(&world, "helen", Role::Helpdesk).await;
    let (auditor, _) = staff(&world, "audrey", Role::Auditor).await;
    let a = &world.accounts;
    let bob = a.create_account(&helpdesk, new(&world, "bob", Kind::Person)).await.expect("it is made");
    assert_eq!(bob.state, AccountState::Invited);
    assert_eq!(a.make_link(&helpdesk, bob.id).await.expect("a link").kind, LinkKind::Invitation);
    assert_eq!(a.open_links(&helpdesk, bob.id).await.expect("a list").len(), 1);
    let ada = world.person("ada").await;
    assert_eq!(a.make_link(&helpdesk, ada).await.expect("a link").kind, LinkKind::Reset);
    assert_eq!(a.show_account(&OPERATOR, ada).await.expect("it is there").factors.len(), 1, "the factors stay");
    a.revoke_all_app_passwords(&helpdesk, ada).await.expect("it may");
    a.sign_out_everywhere(&helpdesk, ada).await.expect("it may");
    assert!(is_denied(&a.make_link(&helpdesk, auditor).await));
    assert!(is_denied(&a.revoke_all_app_passwords(&helpdesk, auditor).await));
    assert!(is_denied(&a.sign_out_everywhere(&helpdesk, auditor).await));
    assert!(is_denied(&a.read_audit(&helpdesk, AuditFilter { limit: 1, ..AuditFilter::default() }).await));
    assert!(is_denied(&a.suspend_account(&helpdesk, ada).await));
    assert!(is_denied(&a.delete_account(&helpdesk, ada).await));
    assert!(is_denied(&a.ask_factors_removal(&helpdesk, ada).await));
    assert!(is_denied(&a.set_role(&helpdesk, ada, Some(Role::Administrator)).await));
    let device = a.create_account(&helpdesk, new(&world, "scanner", Kind::Device)).await;
    assert!(is_denied(&device), "it could make no app password for it");
}

#[tokio::test(start_paused = true)]
async fn an_auditor_reads_everything_and_changes_nothing() {
    let world = World::new();
    let (_, auditor) = staff(&world, "audrey", Role::Auditor).await;
    let ada = world.person("ada").await;
    let id = world.app_password(ada, "Phone").await.app_password.id;
    let a = &world.accounts;
    assert_eq!(
        a.list_accounts(&auditor, AccountFilter { limit: 9, ..AccountFilter::default() }).await.expect("a list").len(),
        2
    );
    assert!(a.show_account(&auditor, ada).await.is_ok());
    assert_eq!(a.app_passwords(&auditor, ada, true).await.expect("a list").len(), 1);
    assert!(
        !a.read_audit(&auditor, AuditFilter { limit: 9, ..AuditFilter::default() }).await.expect("a log").is_empty()
    );
    assert!(is_denied(&a.create_account(&auditor, new(&world, "bob", Kind::Person)).await));
    assert!(is_denied(&a.make_link(&auditor, ada).await));
    assert!(is_denied(&a.mail_invitation(&auditor, ada).await));
    assert!(is_denied(&a.revoke_app_password(&auditor, ada, id).await));
    assert!(is_denied(&a.revoke_all_app_passwords(&auditor, ada).await));
    assert!(is_denied(&a.sign_out_everywhere(&auditor, ada).await));
    assert!(is_denied(&a.sign_out_app(&auditor, ada, 1).await));
    assert!(is_denied(&a.suspend_account(&auditor, ada).await));
    assert!(is_denied(&a.resume_account(&auditor, ada).await));
    assert!(is_denied(&a.delete_account(&auditor, ada).await));
    assert!(is_denied(&a.ask_factors_removal(&auditor, ada).await));
    assert!(is_denied(&a.stop_factors_removal(&auditor, ada).await));
    assert!(is_denied(&a.add_login_name(&auditor, ada, a.login_name("lovelace").expect("a name")).await));
    assert!(is_denied(&a.create_app_password(&auditor, ada, World::new_app_password("Mine")).await));
    let rights = a.rights(&auditor, &a.show_account(&auditor, ada).await.expect("it is there").account);
    let may: HashSet<Action> = Action::ALL.iter().copied().filter(|action| rights.may(*action)).collect();
    assert_eq!(may, HashSet::from([Action::SeeAccount, Action::SeeAudit, Action::SeeActivity]));
}

#[tokio::test(start_paused = true)]
async fn an_administrator_makes_a_device_that_signs_in_and_stops_it_without_another_factor() {
    let world = World::with(valetkey_store::Location::Memory, |settings| settings.rules.admin_may_create = false);
    let (_, administrator) = staff(&world, "alma", Role::Administrator).await;
    let a = &world.accounts;
    let device = a.create_account(&administrator, new(&world, "scanner", Kind::Device)).await.expect("it is made");
    let made =
        a.create_app_password(&administrator, device.id, World::new_app_password("Scanner")).await.expect("it may");
    let connection = Closed::new();
    let attempt = World::attempt("scanner", made.secret.expose(), Service::Submission);
    let signed_in = a.sign_in_app(&attempt, connection.clone()).await;
    assert!(matches!(signed_in, valetkey_accounts::SignIn::Accepted(_)), "it signs in");
    let rights = a.rights(&administrator, &device);
    assert_eq!(rights.now(Action::CreateAppPassword), Ok(()));
    world.clock.advance(Duration::from_mins(11));
    let late = a.rights(&administrator, &device);
    assert_eq!(late.now(Action::CreateAppPassword), Err(Denied::StepUpNeeded));
    assert!(late.may(Action::CreateAppPassword), "once a second factor is shown");
    let again = a.create_app_password(&administrator, device.id, World::new_app_password("Other")).await;
    assert!(matches!(again, Err(AccountsError::Denied(Denied::StepUpNeeded))));
    let stopped = a.suspend_account(&administrator, device.id).await.expect("stopping is quick");
    assert_eq!((stopped.value.app_passwords, stopped.closed), (1, 1));
    assert!(connection.why().is_some());
    let ada = world.person("ada").await;
    let hers = a.create_app_password(&administrator, ada, World::new_app_password("Hers")).await;
    assert!(matches!(hers, Err(AccountsError::Denied(_))), "nobody sees a person's secret");
}

#[tokio::test(start_paused = true)]
async fn signing_out_everywhere_leaves_the_app_passwords() {
    let world = World::new();
    let ada = world.person("ada").await;
    let secret = world.app_password(ada, "Phone").await.secret.expose().clone();
    let connection = Closed::new();
    let _kept = world.accepted_on("ada", &secret, connection.clone()).await;
    let done = world.accounts.sign_out_everywhere(&OPERATOR, ada).await.expect("done");
    assert_eq!((done.browsers, done.closed), (0, 1));
    assert!(connection.why().is_some());
    let _again = world.accepted("ada", &secret, Service::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn notices_do_not_go_to_the_mailbox_that_they_are_about() {
    let world = World::new();
    let own = Some("ada@example.org".parse().expect("an address"));
    let ada = CreateAccount { notice_address: own, ..new(&world, "ada", Kind::Person) };
    let refused = world.accounts.create_account(&OPERATOR, ada).await;
    assert!(matches!(refused, Err(AccountsError::OwnMailbox)));
}
