//! What is left of an account that was deleted.

use valetkey_accounts::{AccountsError, SecondFactor};
use valetkey_domain::{AccountState, RecoveryCode, Role, Service};
use valetkey_store::AuditFilter;

use crate::world::{OPERATOR, World, password};

#[tokio::test(start_paused = true)]
async fn nothing_is_written_to_a_closed_account() {
    let world = World::new();
    let ada = world.person("ada").await;
    let created = world.app_password(ada, "Thunderbird").await;
    let factor = world.accounts.show_account(&OPERATOR, ada).await.expect("it is there").factors[0].id;
    let (passed, holder) = world.step_up(ada).await;
    let alias = world.accounts.login_name("countess").expect("a name");
    // What the caretaker has yet to write down of a sign-in from before.
    world.accounts.revoke_app_password(&OPERATOR, ada, created.app_password.id).await.expect("revoked");
    world.refused("ada", created.secret.expose(), Service::Imap).await;
    world.accounts.delete_account(&OPERATOR, ada).await.expect("done");
    world.start_caretaker().stop().await;
    let new = password("another password");
    let seed = world.accounts.offer_totp(&OPERATOR, world.person("bob").await).await.expect("an offer").seed;
    let (a, id) = (&world.accounts, created.app_password.id);
    let label = || "Phone".parse().expect("a label");
    let recovery = RecoveryCode::presented(&world.recovery_codes(ada)[0]).expect("a code");
    let outcomes: [(&str, Option<AccountsError>); 17] = [
        ("set_role", a.set_role(&OPERATOR, ada, Some(Role::Auditor)).await.err()),
        ("add_login_name", a.add_login_name(&OPERATOR, ada, alias.clone()).await.err()),
        ("remove_login_name", a.remove_login_name(&OPERATOR, ada, alias).await.err()),
        ("suspend_account", a.suspend_account(&OPERATOR, ada).await.err()),
        ("resume_account", a.resume_account(&OPERATOR, ada).await.err()),
        ("delete_account", a.delete_account(&OPERATOR, ada).await.err()),
        ("change_password", a.change_password(&holder, &passed, &new, None).await.err()),
        ("reset_password", a.reset_password(&OPERATOR, ada, &new).await.err()),
        ("offer_totp", a.offer_totp(&OPERATOR, ada).await.err()),
        ("enrol_totp", a.enrol_totp(&OPERATOR, ada, label(), seed, None).await.err()),
        ("replace_recovery_codes", a.replace_recovery_codes(&OPERATOR, ada).await.err()),
        ("remove_second_factor", a.remove_second_factor(&OPERATOR, ada, factor, None).await.err()),
        ("check_second_factor", a.check_second_factor(&passed, SecondFactor::Totp(world.code(ada))).await.err()),
        ("by recovery code", a.check_second_factor(&passed, SecondFactor::Recovery(recovery)).await.err()),
        ("create_app_password", a.create_app_password(&OPERATOR, ada, World::new_app_password("Late")).await.err()),
        ("revoke_app_password", a.revoke_app_password(&OPERATOR, ada, id).await.err()),
        ("revoke_all_app_passwords", a.revoke_all_app_passwords(&OPERATOR, ada).await.err()),
    ];
    for (name, outcome) in outcomes {
        assert!(matches!(outcome, Some(AccountsError::NoSuchAccount)), "{name}: {outcome:?}");
    }
    let details = a.show_account(&OPERATOR, ada).await.expect("its row stays");
    assert_eq!((details.account.state, details.account.role), (AccountState::Closed, None));
    assert_eq!((details.has_password, details.factors.len(), details.recovery_codes_left), (false, 0, 0));
    let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
    let log = a.read_audit(&OPERATOR, filter).await.expect("a log");
    assert!(log.iter().all(|line| line.action != "app-password.tried-after-end"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn the_audit_log_of_a_deleted_account_names_nobody() {
    let world = World::new();
    let ada = world.person("ada").await;
    for (name, stays) in [("countess", true), ("lovelace", false)] {
        let name = world.accounts.login_name(name).expect("a name");
        world.accounts.add_login_name(&OPERATOR, ada, name.clone()).await.expect("it is free");
        if !stays {
            world.accounts.remove_login_name(&OPERATOR, ada, name).await.expect("it is taken away");
        }
    }
    world.app_password(ada, "ada@example.org on her phone").await;
    let read = || async {
        let filter = AuditFilter { account: Some(ada), limit: 50, ..AuditFilter::default() };
        world.accounts.read_audit(&OPERATOR, filter).await.expect("a log")
    };
    let named = |log: &[valetkey_store::AuditEntry]| {
        let names = ["ada", "countess", "lovelace"];
        log.iter().filter(|line| names.iter().any(|n| format!("{line:?}").contains(n))).count()
    };
    let before = read().await;
    assert!(named(&before) >= 5, "{before:?}");
    world.accounts.delete_account(&OPERATOR, ada).await.expect("done");
    let after = read().await;
    assert_eq!((after.len(), named(&after)), (before.len() + 1, 0), "{after:?}");
}
