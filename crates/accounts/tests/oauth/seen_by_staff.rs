//! Authorised apps as those see them who look after accounts, and what they may do about them.

use std::collections::HashSet;
use std::time::Duration;

use valetkey_accounts::gate::CutReason;
use valetkey_accounts::{AccountFilter, AccountsError, AuditFilter, By, CredentialName, Letter, Occasion, SignIn};
use valetkey_domain::oauth::GRANT_TIME;
use valetkey_domain::policy::{Actor, Denied};
use valetkey_domain::{Role, Service};

use super::MAIL;
use crate::world::{Closed, OPERATOR, World, label};

#[tokio::test(start_paused = true)]
async fn authorised_apps_are_counted_and_named_beside_app_passwords() {
    let world = World::new();
    let (ada, bob, client) = (world.person("ada").await, world.person("bob").await, world.client("Mailer").await);
    world.let_in(ada, &client, MAIL).await;
    world.let_in(ada, &client, MAIL).await;
    let a = &world.accounts;
    let [first, second] = <[_; 2]>::try_from(a.grants(&OPERATOR, ada, false).await.expect("a list")).expect("two");
    let phone = world.app_password(ada, "Phone").await.app_password.id;
    let theirs = world.app_password(bob, "Theirs").await.app_password.id;
    a.remove_grant(&OPERATOR, ada, first.id).await.expect("it is removed");

    let shown = a.show_account(&OPERATOR, ada).await.expect("it is there");
    assert_eq!((shown.active_app_passwords, shown.active_grants), (1, 1));
    let filter = || AccountFilter { limit: 9, ..AccountFilter::default() };
    let listed = a.list_accounts(&OPERATOR, filter()).await.expect("a list");
    let counts: Vec<_> = listed.iter().map(|one| (one.active_app_passwords, one.active_grants)).collect();
    assert_eq!(counts, [(1, 1), (1, 0)]);

    let wanted = [first.id.into(), second.id.into(), phone.into(), theirs.into()].map(|id| (ada, id));
    let called = a.credential_names(&OPERATOR, HashSet::from(wanted)).await.expect("they are named");
    let app = || Some(CredentialName::AuthorisedApp(label("Mailer")));
    assert_eq!(called.get(&first.id.into()).cloned(), app(), "also one that has ended");
    assert_eq!(called.get(&second.id.into()).cloned(), app());
    assert_eq!(called.get(&phone.into()), Some(&CredentialName::AppPassword(label("Phone"))));
    assert_eq!((called.len(), called.get(&theirs.into())), (3, None), "another account's is none of hers");
    let stranger = Actor::Holder { account: bob, role: None, second_factor_at: Some(a.now()) };
    let own = a.credential_names(&stranger, HashSet::from([(ada, phone.into()), (bob, theirs.into())]));
    let own = own.await.expect("their own are named");
    assert_eq!(own.into_keys().collect::<Vec<_>>(), [theirs.into()]);

    // Before anybody has written down that its time is over.
    world.clock.advance(GRANT_TIME);
    assert_eq!(a.show_account(&OPERATOR, ada).await.expect("it is there").active_grants, 0);
    assert_eq!(a.list_accounts(&OPERATOR, filter()).await.expect("a list")[0].active_grants, 0);
}

/// Takes the letters that wait, and says that they were sent.
async fn letters(world: &World) -> Vec<Letter> {
    let letters = world.accounts.take_letters(100).await.expect("they are taken");
    for letter in &letters {
        world.accounts.letter_sent(letter).await.expect("it is written down");
    }
    letters
}

#[tokio::test(start_paused = true)]
async fn staff_who_may_revoke_app_passwords_remove_apps_without_another_factor_and_nobody_else_does() {
    let world = World::new();
    let (ada, client) = (world.person("ada").await, world.client("Mailer").await);
    let a = &world.accounts;
    let address = "ada@home.example".parse().expect("an address");
    let write = move |tx: &mut valetkey_store::Transaction<'_>| {
        Ok::<_, AccountsError>(tx.set_notice_address(ada, Some(&address))?)
    };
    a.store().write(write).await.expect("it is written");
    let mut who = Vec::new();
    for (name, role) in [("alma", Role::Administrator), ("helen", Role::Helpdesk), ("audrey", Role::Auditor)] {
        let account = world.person(name).await;
        a.set_role(&OPERATOR, account, Some(role)).await.expect("it is given");
        who.push((account, Actor::Holder { account, role: Some(role), second_factor_at: None }));
    }
    let [(alma, administrator), (_, helpdesk), (_, auditor)] = <[_; 3]>::try_from(who).expect("three");
    for (actor, may) in [(&administrator, true), (&helpdesk, true), (&OPERATOR, true), (&auditor, false)] {
        let tokens = world.let_in(ada, &client, MAIL).await;
        let connection = Closed::new();
        let signed_in = world.with_token("", tokens.access.expose(), Service::Imap, &connection).await;
        let SignIn::Accepted(_open) = signed_in else { panic!("not accepted") };
        let id = a.grants(actor, ada, false).await.expect("they see it").remove(0).id;
        world.clock.advance(Duration::from_secs(1));
        letters(&world).await;
        let removed = a.remove_grant(actor, ada, id).await;
        if !may {
            assert!(matches!(removed, Err(AccountsError::Denied(Denied::Forbidden))), "{removed:?}");
            assert_eq!(connection.why(), None);
            continue;
        }
        let removed = removed.expect("they may");
        assert_eq!((removed.closed, connection.why()), (1, Some(CutReason::Revoked)), "{actor}");
        let filter = AuditFilter { account: Some(ada), limit: 1, ..AuditFilter::default() };
        let line = a.read_audit(&OPERATOR, filter).await.expect("a log").remove(0);
        assert_eq!((&*line.action, line.actor, line.credential), ("app.removed", actor.to_string(), Some(id.into())));
        let by = if *actor == OPERATOR { By::Operator } else { By::Staff };
        let told = letters(&world).await;
        let told: Vec<_> = told.iter().map(|one| (one.occasion, one.facts.label.as_deref(), one.facts.by)).collect();
        assert_eq!(told, [(Occasion::AppRemoved, Some("Mailer"), Some(by))], "its owner is told by whom");
    }
    let tokens = world.let_in(alma, &client, MAIL).await;
    let hers = a.grants(&helpdesk, alma, false).await.expect("it is seen").remove(0).id;
    let removed = a.remove_grant(&helpdesk, alma, hers).await;
    assert!(matches!(removed, Err(AccountsError::Denied(Denied::Forbidden))), "her account has a role");
    assert_eq!(world.why("", tokens.access.expose(), Service::Imap).await, None);
}
