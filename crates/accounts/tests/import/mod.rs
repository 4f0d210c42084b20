//! Importing what other programs kept.

use valetkey_accounts::{AccountsError, ImportAccount, ImportMode, Imported};
use valetkey_domain::{AccountId, AccountState, Kind, PrimaryPassword};
use valetkey_store::{AccountFilter, AuditFilter};

use super::world::{OPERATOR, World, password};

/// Of "correct horse battery", by `doveadm pw`.
const CRYPT: &str = "{SHA256-CRYPT}$5$6QDdJTS9bSdhRrqU$AUH8SbEIECzmlQH8F2C8NzgqhuZK/AFqmD3VWUJxTB3";
const KNOWN: &[(&str, &str)] = &[
    ("ada", CRYPT),
    ("bob", "{BLF-CRYPT}$2y$05$S4RAx1pK0zWZU5epoahJBuRHXbrGld3cv1vxaTNphXiqILLvxSj3u"),
    ("carol", "{SSHA512}E3lIvNYLHJTnf12eM7Q8vPoXzwAERTjVDl11tTtQ6P/+TsxJCJb/WaR+l4I4mlv4IOgiXuiMQg++8GY0B2Nj2ec/g+Y="),
    ("dan", "{PBKDF2}$1$zhVALslaX34bHtVG$5000$d027535c7c61862264c8208e85652c0b49657ecf"),
    ("eve", "{PLAIN}correct horse battery"),
];

fn entry(world: &World, names: &[&str], written: Option<&str>) -> ImportAccount {
    ImportAccount {
        kind: Kind::Person,
        login_names: names.iter().map(|n| world.accounts.login_name(n).expect("a name")).collect(),
        display_name: "".parse().expect("a name"),
        notice_address: None,
        password: written.map(|w| world.accounts.imported_password(w).expect("a password")),
    }
}

/// What became of each, in one word or the error.
async fn import(world: &World, batch: Vec<ImportAccount>, mode: ImportMode) -> Vec<String> {
    let outcomes = world.accounts.import_accounts(&OPERATOR, batch, mode).await.expect("the store answers");
    let word = |outcome: &Imported| match outcome {
        Imported::Made => "made".to_owned(),
        Imported::AlreadyThere => "there".to_owned(),
        Imported::Refused(error) => error.to_string(),
    };
    outcomes.iter().map(word).collect()
}

async fn id(world: &World, name: &str) -> AccountId {
    let login = world.accounts.login_name(name).expect("a name");
    world.accounts.find_account(&login).await.expect("it is there").id
}

async fn kept(world: &World, name: &str) -> String {
    let id = id(world, name).await;
    world.accounts.store().read(move |s| s.primary_password(id)).await.expect("a read").expect("a hash")
}

#[tokio::test(start_paused = true)]
async fn an_imported_password_signs_in_and_is_then_kept_as_ours() {
    let world = World::new();
    let batch = KNOWN.iter().map(|(name, written)| entry(&world, &[name], Some(written))).collect();
    assert_eq!(import(&world, batch, ImportMode::InEarnest).await, ["made"; 5]);
    for (name, written) in KNOWN {
        let login = world.accounts.login_name(name).expect("a name");
        let ours = kept(&world, name).await.starts_with("$argon2id$v=19$m=64,t=1,p=1$");
        assert_eq!(ours, *name == "eve", "a password in clear is hashed at once: {written}");
        let wrong = world.accounts.check_password(&login, &password("correct horse batterz")).await;
        assert!(matches!(wrong, Err(AccountsError::WrongPassword)), "{written}");
        for _ in 0..2 {
            assert!(
                world.accounts.check_password(&login, &password("correct horse battery")).await.is_ok(),
                "{written}"
            );
            assert!(kept(&world, name).await.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{written}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn importing_again_changes_nothing_and_makes_what_is_missing() {
    let world = World::new();
    let batch = |passwords: &[Option<&str>]| {
        let names = ["ada", "bob", "carol"].iter().zip(passwords);
        names.map(|(name, written)| entry(&world, &[name], *written)).collect::<Vec<_>>()
    };
    assert_eq!(import(&world, batch(&[Some(CRYPT), None]), ImportMode::InEarnest).await, ["made", "made"]);
    let before = kept(&world, "ada").await;
    let other = Some("{PLAIN}another password");
    let again = import(&world, batch(&[other, other, other]), ImportMode::InEarnest).await;
    assert_eq!(again, ["there", "there", "made"]);
    assert_eq!(kept(&world, "ada").await, before);
    let bob = world.accounts.show_account(&OPERATOR, id(&world, "bob").await).await.expect("it is there");
    assert_eq!((bob.account.state, bob.has_password), (AccountState::Invited, false));
    let filter = AuditFilter { account: Some(bob.account.id), limit: 9, ..AuditFilter::default() };
    let log = world.accounts.read_audit(&OPERATOR, filter).await.expect("a log");
    let [line] = log.as_slice() else { panic!("one line is written: {log:?}") };
    assert_eq!(line.action, "account.created");
    assert_eq!(line.detail, r#"{"imported":true,"kind":"person","login":"bob@example.org"}"#);
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_be_made_does_not_keep_the_others() {
    let world = World::new();
    let ada = world.person("ada").await;
    let countess = world.accounts.login_name("countess").expect("a name");
    world.accounts.add_login_name(&OPERATOR, ada, countess).await.expect("it is free");
    let gone = world.person("gone").await;
    world.accounts.delete_account(&OPERATOR, gone).await.expect("it is deleted");
    let batch = || {
        let mut batch: Vec<_> = [
            &["first"][..],
            &["countess"],
            &["bob", "countess"],
            &["gone"],
            &["twice", "twice", "TWICE@example.org"],
            &["twice"],
            &["carol", "twice"],
            &["printer"],
            &["last"],
        ]
        .map(|names| entry(&world, names, Some(CRYPT)))
        .into();
        batch[7].kind = Kind::Device;
        batch
    };
    let taken = |name: &str| format!("the login name {name}@example.org is taken, or was until not long ago");
    let device = AccountsError::Device.to_string();
    let expected = [
        "made".to_owned(),
        taken("countess"),
        taken("countess"),
        taken("gone"),
        "made".to_owned(),
        "there".to_owned(),
        taken("twice"),
        device.clone(),
        "made".to_owned(),
    ];
    let rehearsed = import(&world, batch(), ImportMode::Rehearsal).await;
    assert_eq!(rehearsed[..5], expected[..5], "what the same batch would make is not known to a rehearsal");
    assert_eq!(rehearsed[7..], expected[7..]);
    let filter = || AccountFilter { limit: 9, ..AccountFilter::default() };
    assert_eq!(world.accounts.list_accounts(&OPERATOR, filter()).await.expect("a list").len(), 1, "nothing is made");
    assert_eq!(import(&world, batch(), ImportMode::InEarnest).await, expected);
    assert_eq!(world.accounts.list_accounts(&OPERATOR, filter()).await.expect("a list").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_password_in_clear_may_be_short_but_not_empty_or_endless() {
    let world = World::new();
    let batch = vec![entry(&world, &["ada"], Some("{CLEAR.b64}c2hvcnQ="))];
    assert_eq!(import(&world, batch, ImportMode::InEarnest).await, ["made"]);
    let login = world.accounts.login_name("ada").expect("a name");
    let short = PrimaryPassword::presented(b"short").expect("not long");
    assert!(world.accounts.check_password(&login, &short).await.is_ok());
    for bad in ["{PLAIN}".to_owned(), format!("{{PLAIN}}{}", "x".repeat(1025))] {
        assert!(world.accounts.imported_password(&bad).is_err(), "{}", bad.len());
    }
}
