//! Becoming an account holder, staying one, and who may leave the second factor out.

use std::time::Duration;

use valetkey_accounts::{
    AccountsError, Begun, Browser, CreateAccount, Join, LinkForLetter, SecondFactor, SignedIn, Trust,
};
use valetkey_domain::policy::{Actor, Denied};
use valetkey_domain::{
    AccountId, AccountState, Kind, LinkKind, NoticeAddress, OneTimeCode, RecoveryCode, RejectedPassword, Role, Service,
};
use valetkey_store::{AuditFilter, Location};

use super::world::{OPERATOR, PASSWORD, World, label, password};

const KINDS: &[LinkKind] = &[LinkKind::Invitation, LinkKind::Registration];

fn address(text: &str) -> NoticeAddress {
    text.parse().expect("an address")
}

async fn invited(world: &World, name: &str) -> AccountId {
    let new = CreateAccount {
        kind: Kind::Person,
        login_names: vec![world.accounts.login_name(name).expect("a name")],
        display_name: "Grace".parse().expect("a name"),
        notice_address: None,
        password: None,
    };
    world.accounts.create_account(&OPERATOR, new).await.expect("it is made").id
}

fn choice(text: &str) -> Join {
    Join { password: password(text), display_name: None, notice_address: None, locale: "de".parse().ok() }
}

async fn join(world: &World, code: &OneTimeCode, join: Join) -> Result<AccountId, AccountsError> {
    world.accounts.join(code, join, &Browser::default()).await.map(|joined| joined.account)
}

async fn actions(world: &World, account: AccountId) -> Vec<String> {
    let filter = AuditFilter { account: Some(account), limit: 100, ..AuditFilter::default() };
    let lines = world.accounts.read_audit(&OPERATOR, filter).await.expect("the log is read");
    lines.into_iter().map(|line| line.action).collect()
}

async fn begin(world: &World, name: &str, browser: &Browser) -> Result<Begun, AccountsError> {
    let login = world.accounts.login_name(name).expect("a name");
    world.accounts.begin_session(&login, &password(PASSWORD), browser).await
}

/// Signs in with both factors; gives what the browser keeps.
async fn sign_in(world: &World, name: &str, id: AccountId, browser: &Browser, trust: Trust) -> SignedIn {
    let Ok(Begun::SecondFactorNeeded(begun)) = begin(world, name, browser).await else {
        panic!("one factor is not all")
    };
    world.clock.advance(Duration::from_secs(30)); // a code is good once
    let code = SecondFactor::Totp(world.code(id));
    world.accounts.finish_session(&begun, code, browser, trust).await.expect("the code is right")
}

fn with(signed_in: &SignedIn) -> Browser {
    Browser { token: Some(signed_in.browser.clone()), ..Browser::default() }
}

#[tokio::test(start_paused = true)]
async fn an_invitation_is_good_once_for_a_week_and_makes_an_account_holder() {
    let world = World::new();
    let grace = invited(&world, "grace").await;
    let made = world.accounts.make_link(&OPERATOR, grace).await.expect("it is made");
    assert_eq!(made.kind, LinkKind::Invitation);
    let open = world.accounts.look_at_link(&made.code, KINDS).await.expect("read").expect("it is good");
    assert_eq!((open.login.as_str(), open.display_name.as_str()), ("grace@example.org", "Grace"));
    let again = world.accounts.make_link(&OPERATOR, grace).await.expect("a second one");
    assert!(matches!(join(&world, &made.code, choice(PASSWORD)).await, Err(AccountsError::LinkOver)), "replaced");
    let like = join(&world, &again.code, choice("grace2026grace")).await;
    assert!(matches!(like, Err(AccountsError::Rejected(RejectedPassword::LikeLogin))));
    assert_eq!(join(&world, &again.code, choice(PASSWORD)).await.expect("joined"), grace);
    assert!(matches!(join(&world, &again.code, choice(PASSWORD)).await, Err(AccountsError::LinkOver)), "used");
    let account = world.accounts.show_account(&OPERATOR, grace).await.expect("there").account;
    assert_eq!(
        (account.state, account.locale.map(|l| l.as_str().to_owned()).as_deref()),
        (AccountState::Active, Some("de"))
    );
    assert!(matches!(begin(&world, "grace", &Browser::default()).await, Ok(Begun::SignedIn(_))));
    let late = invited(&world, "late").await;
    let made = world.accounts.make_link(&OPERATOR, late).await.expect("it is made");
    world.clock.advance(Duration::from_secs(7 * 86_400));
    assert!(world.accounts.look_at_link(&made.code, KINDS).await.expect("read").is_none());
    assert!(matches!(join(&world, &made.code, choice(PASSWORD)).await, Err(AccountsError::LinkOver)));
}

#[tokio::test(start_paused = true)]
async fn of_those_who_follow_one_invitation_at_once_one_gets_the_account() {
    let world = World::new();
    let grace = invited(&world, "grace").await;
    let made = world.accounts.make_link(&OPERATOR, grace).await.expect("it is made");
    let all = (0..5).map(|_| join(&world, &made.code, choice(PASSWORD)));
    let mut joined = 0;
    for outcome in futures_util::future::join_all(all).await {
        match outcome {
            Ok(_) => joined += 1,
            Err(error) => assert!(matches!(error, AccountsError::LinkOver | AccountsError::Busy(_)), "{error}"),
        }
    }
    assert_eq!(joined, 1);
}

#[tokio::test(start_paused = true)]
async fn who_makes_links_for_whom_is_the_policys_to_say() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    world.accounts.set_role(&OPERATOR, bob, Some(Role::Administrator)).await.expect("a role");
    let staff = |role| Actor::Holder { account: ada, role, second_factor_at: Some(world.accounts.now()) };
    let grace = invited(&world, "grace").await;
    assert!(world.accounts.make_link(&staff(Some(Role::Helpdesk)), grace).await.is_ok());
    for (actor, of) in [(staff(Some(Role::Helpdesk)), bob), (staff(Some(Role::Auditor)), grace), (staff(None), grace)] {
        let refused = world.accounts.make_link(&actor, of).await.err();
        assert!(matches!(refused, Some(AccountsError::Denied(Denied::Forbidden))), "{actor:?}");
    }
    let printer = world.device("printer").await;
    assert!(matches!(world.accounts.make_link(&OPERATOR, printer).await, Err(AccountsError::Device)));
}

#[tokio::test(start_paused = true)]
async fn a_reset_needs_the_link_and_a_second_factor_and_ends_everything_that_the_password_opened() {
    let world = World::new();
    let ada = world.person("ada").await;
    let phone = world.app_password(ada, "Phone").await;
    let signed_in = sign_in(&world, "ada", ada, &Browser::default(), Trust::Begin).await;
    let made = world.accounts.make_link(&OPERATOR, ada).await.expect("it is made");
    assert_eq!(made.kind, LinkKind::Reset);
    assert!(matches!(join(&world, &made.code, choice(PASSWORD)).await, Err(AccountsError::LinkOver)), "not for that");
    let new = password("three blind mice run");
    for shown in [None, Some(SecondFactor::Totp("000000".parse().expect("digits")))] {
        let refused = world.accounts.reset_by_link(&made.code, &new, shown).await;
        assert!(matches!(refused, Err(AccountsError::WrongCode)));
    }
    world.accepted("ada", phone.secret.expose(), Service::Imap).await;
    assert!(world.accounts.session(&signed_in.session).await.expect("read").is_some(), "nothing happened yet");
    let code = RecoveryCode::presented(&world.recovery_codes(ada)[0]).map(SecondFactor::Recovery);
    let done = world.accounts.reset_by_link(&made.code, &new, code).await.expect("both were shown");
    assert_eq!((done.revoked.app_passwords, done.revoked.authorised_apps), (1, 0));
    world.refused("ada", phone.secret.expose(), Service::Imap).await;
    assert!(world.accounts.session(&signed_in.session).await.expect("read").is_none());
    assert!(world.accounts.trusted_browsers(&OPERATOR, ada).await.expect("read").is_empty());
    let again = world.accounts.reset_by_link(&made.code, &new, None).await;
    assert!(matches!(again, Err(AccountsError::LinkOver)));
    let details = world.accounts.show_account(&OPERATOR, ada).await.expect("there");
    assert_eq!((details.factors.len(), details.recovery_codes_left), (1, 9), "the factors stay");
}

#[tokio::test(start_paused = true)]
async fn wrong_codes_on_a_reset_are_slowed() {
    let world = World::with(Location::Memory, |s| (s.guesses.burst, s.guesses.per_hour) = (3, 1));
    let ada = world.person("ada").await;
    let made = world.accounts.make_link(&OPERATOR, ada).await.expect("it is made");
    let guess = || async {
        let shown = Some(SecondFactor::Totp("000000".parse().expect("digits")));
        world.accounts.reset_by_link(&made.code, &password("three blind mice run"), shown).await
    };
    for _ in 0..3 {
        assert!(matches!(guess().await, Err(AccountsError::WrongCode)));
    }
    assert!(matches!(guess().await, Err(AccountsError::Wait(_))));
}

#[tokio::test(start_paused = true)]
async fn a_trusted_browser_leaves_the_second_factor_out_until_its_time_is_over() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let first = sign_in(&world, "ada", ada, &Browser::default(), Trust::Keep).await;
    assert!(
        matches!(begin(&world, "ada", &with(&first)).await, Ok(Begun::SecondFactorNeeded(_))),
        "known, not trusted"
    );
    let trusted = sign_in(&world, "ada", ada, &with(&first), Trust::Begin).await;
    assert!(trusted.browser.digest() != first.browser.digest(), "what was there before is not what is trusted");
    assert!(matches!(begin(&world, "ada", &with(&first)).await, Ok(Begun::SecondFactorNeeded(_))));
    let Ok(Begun::SignedIn(at_once)) = begin(&world, "ada", &with(&trusted)).await else { panic!("it is trusted") };
    let session = world.accounts.session(&at_once.session).await.expect("read").expect("signed in");
    let refused = world.accounts.create_app_password(&session.actor(), ada, World::new_app_password("Phone")).await;
    assert!(matches!(refused, Err(AccountsError::Denied(Denied::StepUpNeeded))), "it steps up like any other");
    assert!(matches!(begin(&world, "bob", &with(&trusted)).await, Ok(Begun::SecondFactorNeeded(_))), "for ada only");
    assert_ne!(ada, bob);
    world.clock.advance(Duration::from_secs(30 * 86_400));
    assert!(matches!(begin(&world, "ada", &with(&trusted)).await, Ok(Begun::SecondFactorNeeded(_))));
}

#[tokio::test(start_paused = true)]
async fn who_guesses_elsewhere_does_not_keep_the_owner_out_of_a_browser_that_is_known() {
    let world = World::with(Location::Memory, |s| (s.guesses.burst, s.guesses.per_hour) = (5, 1));
    let ada = world.person("ada").await;
    let known = sign_in(&world, "ada", ada, &Browser::default(), Trust::Keep).await;
    let trusted = sign_in(&world, "ada", ada, &Browser::default(), Trust::Begin).await;
    let login = world.accounts.login_name("ada").expect("a name");
    let guess = async |browser: Browser| {
        world.accounts.begin_session(&login, &password("a wrong guess of it"), &browser).await.err()
    };
    for _ in 0..5 {
        assert!(matches!(guess(Browser::default()).await, Some(AccountsError::WrongPassword)));
    }
    assert!(matches!(begin(&world, "ada", &Browser::default()).await, Err(AccountsError::Wait(_))));
    assert!(matches!(begin(&world, "ada", &with(&trusted)).await, Ok(Begun::SignedIn(_))));
    assert!(matches!(begin(&world, "ada", &with(&known)).await, Ok(Begun::SecondFactorNeeded(_))));
    for _ in 0..5 {
        assert!(matches!(guess(with(&trusted)).await, Some(AccountsError::WrongPassword)));
    }
    let stolen = begin(&world, "ada", &with(&trusted)).await;
    assert!(matches!(stolen, Err(AccountsError::Wait(_))), "who has the browser guesses no faster than others");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_from_a_new_browser_is_told_and_from_a_known_one_is_not() {
    let world = World::new();
    let ada = world.person("ada").await;
    let news = async || {
        let all = actions(&world, ada).await;
        all.iter().filter(|action| *action == "portal.signed-in-from-new-browser").count()
    };
    let first = sign_in(&world, "ada", ada, &Browser::default(), Trust::Keep).await;
    assert_eq!(news().await, 1);
    sign_in(&world, "ada", ada, &with(&first), Trust::Keep).await;
    assert_eq!(news().await, 1);
    sign_in(&world, "ada", ada, &Browser::default(), Trust::Keep).await;
    assert_eq!(news().await, 2);
}

#[tokio::test(start_paused = true)]
async fn removing_lost_factors_waits_a_day_in_which_the_owner_can_stop_it() {
    let world = World::new();
    let (ada, chief) = (world.person("ada").await, world.person("chief").await);
    let phone = world.app_password(ada, "Phone").await;
    let now = world.accounts.now();
    let administrator = Actor::Holder { account: chief, role: Some(Role::Administrator), second_factor_at: Some(now) };
    let factor = world.accounts.show_account(&OPERATOR, ada).await.expect("there").factors[0].id;
    let at_once = world.accounts.remove_second_factor(&administrator, ada, factor, None).await;
    assert!(matches!(at_once, Err(AccountsError::Denied(Denied::Forbidden))), "not at once");
    let due = world.accounts.ask_factors_removal(&administrator, ada).await.expect("asked");
    assert_eq!(due, now + Duration::from_secs(86_400));
    let caretaker = world.start_caretaker();
    tokio::time::sleep(Duration::from_secs(600)).await;
    world.accepted("ada", phone.secret.expose(), Service::Imap).await;
    let owner = Actor::Holder { account: ada, role: None, second_factor_at: None };
    assert!(world.accounts.stop_factors_removal(&owner, ada).await.expect("stopped"), "without step-up");
    world.clock.advance(Duration::from_secs(2 * 86_400));
    tokio::time::sleep(Duration::from_secs(600)).await;
    world.accepted("ada", phone.secret.expose(), Service::Imap).await;
    world.accounts.ask_factors_removal(&OPERATOR, ada).await.expect("asked again");
    world.clock.advance(Duration::from_secs(86_400));
    while !actions(&world, ada).await.contains(&"second-factor.removed".to_owned()) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    world.refused("ada", phone.secret.expose(), Service::Imap).await;
    let details = world.accounts.show_account(&OPERATOR, ada).await.expect("there");
    assert_eq!((details.factors.len(), details.recovery_codes_left, details.account.factors_end_at), (0, 0, None));
    caretaker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_notice_address_counts_once_its_reader_has_followed_the_link() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (_, owner) = world.step_up(ada).await;
    let own = world.accounts.give_notice_address(&owner, ada, address("Ada@Example.org")).await;
    assert!(matches!(own, Err(AccountsError::OwnMailbox)));
    world.accounts.give_notice_address(&owner, ada, address("ada@home.example")).await.expect("given");
    let mut codes = Vec::new();
    for to in ["ada@home.example", "ada@other.example"] {
        let about =
            LinkForLetter { kind: LinkKind::NoticeAddress, account: Some(ada), login: None, address: address(to) };
        codes.push(world.accounts.link_for_letter(about).await.expect("made").code);
    }
    let waiting = world.accounts.unproved_notice_address(&owner, ada).await.expect("read");
    assert_eq!(waiting, Some(address("ada@other.example")));
    let first = world.accounts.confirm_notice_address(&codes[0]).await;
    assert!(matches!(first, Err(AccountsError::LinkOver)), "the last address is the one that is meant");
    assert_eq!(world.accounts.confirm_notice_address(&codes[1]).await.ok(), Some(address("ada@other.example")));
    let account = world.accounts.show_account(&OPERATOR, ada).await.expect("there").account;
    assert_eq!(account.notice_address, Some(address("ada@other.example")));
    assert!(actions(&world, ada).await.contains(&"notice-address.changed".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_password_leaves_a_letter_where_one_can_go_and_no_more_than_three_an_hour() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let about = LinkForLetter {
        kind: LinkKind::NoticeAddress,
        account: Some(ada),
        login: None,
        address: address("ada@home.example"),
    };
    let code = world.accounts.link_for_letter(about).await.expect("made").code;
    world.accounts.confirm_notice_address(&code).await.expect("proved");
    let caretaker = world.start_caretaker();
    for _ in 0..5 {
        for name in ["ada", "bob", "nobody"] {
            world.accounts.ask_reset(&world.accounts.login_name(name).expect("a name")).expect("taken");
        }
    }
    caretaker.stop().await; // which hears all of it first
    let asked = |all: Vec<String>| all.iter().filter(|action| *action == "password.reset-asked").count();
    assert_eq!(asked(actions(&world, ada).await), 3);
    assert_eq!(asked(actions(&world, bob).await), 0, "nowhere to send it");
}

#[tokio::test(start_paused = true)]
async fn an_account_of_ones_own_is_made_by_whoever_reads_the_letter_where_that_is_allowed() {
    let closed = World::new();
    let (name, to, locale) =
        (closed.accounts.login_name("grace").expect("a name"), address("g@home.example"), "en".parse().expect("en"));
    let here = Browser { network: Some([192, 0, 2, 1].into()), ..Browser::default() };
    let refused = closed.accounts.ask_registration(&name, to.clone(), &locale, &here).await;
    assert!(matches!(refused, Err(AccountsError::RegistrationClosed)));
    let world = World::with(Location::Memory, |s| s.registration = true);
    world.person("ada").await;
    for taken in ["postmaster@example.org", "grace@elsewhere.example"] {
        let name = world.accounts.login_name(taken).expect("a name");
        let refused = world.accounts.ask_registration(&name, to.clone(), &locale, &here).await;
        assert!(matches!(refused, Err(AccountsError::LoginTaken(_))), "{taken}");
    }
    world.accounts.ask_registration(&name, to.clone(), &locale, &here).await.expect("asked");
    let about =
        LinkForLetter { kind: LinkKind::Registration, account: None, login: Some(name.clone()), address: to.clone() };
    let [first, second] = [
        world.accounts.link_for_letter(about.clone()).await.expect("made").code,
        world.accounts.link_for_letter(about).await.expect("made").code,
    ];
    let open = world.accounts.look_at_link(&second, KINDS).await.expect("read").expect("it is good");
    assert!(!open.is_taken);
    let grace = join(&world, &first, choice(PASSWORD)).await.expect("joined");
    let open = world.accounts.look_at_link(&second, KINDS).await.expect("read").expect("it is good");
    assert!(open.is_taken, "which only who reads the letter learns");
    let account = world.accounts.show_account(&OPERATOR, grace).await.expect("there").account;
    assert_eq!((account.canonical_login(), account.notice_address.as_ref()), (&name, Some(&to)));
    assert!(matches!(join(&world, &second, choice(PASSWORD)).await, Err(AccountsError::LoginTaken(_))));
    // Nobody can have many letters sent, to whomever.
    for n in 0..4 {
        let other = address(&format!("g{n}@home.example"));
        world.accounts.ask_registration(&name, other, &locale, &here).await.expect("asked");
    }
    let sixth = world.accounts.ask_registration(&name, address("g9@home.example"), &locale, &here).await;
    assert!(matches!(sixth, Err(AccountsError::Wait(_))));
}

#[tokio::test(start_paused = true)]
async fn a_stranger_who_guesses_passwords_keeps_nobody_from_the_second_factor_from_stepping_up_or_from_a_reset() {
    let world = World::with(Location::Memory, |s| (s.guesses.burst, s.guesses.per_hour) = (3, 1));
    let ada = world.person("ada").await;
    let signed_in = sign_in(&world, "ada", ada, &Browser::default(), Trust::Keep).await;
    let Ok(Begun::SecondFactorNeeded(begun)) = begin(&world, "ada", &Browser::default()).await else { panic!("begun") };
    let login = world.accounts.login_name("ada").expect("a name");
    for _ in 0..5 {
        drop(world.accounts.begin_session(&login, &password("a stranger's guess"), &Browser::default()).await);
    }
    assert!(matches!(begin(&world, "ada", &Browser::default()).await, Err(AccountsError::Wait(_))));
    world.clock.advance(Duration::from_secs(30));
    let code = || SecondFactor::Totp(world.code(ada));
    let finished = world.accounts.finish_session(&begun, code(), &Browser::default(), Trust::Keep).await;
    assert!(finished.is_ok(), "who knew the password before goes on");
    world.clock.advance(Duration::from_secs(30));
    let session = world.accounts.session(&signed_in.session).await.expect("read").expect("signed in");
    let token = world.accounts.step_up(&session, &signed_in.session, code()).await.expect("it is right");
    world.accounts.check_own_password(&session, &password(PASSWORD)).await.expect("who is signed in need not wait");
    assert!(world.accounts.session(&token).await.expect("read").is_some());
    let made = world.accounts.make_link(&OPERATOR, ada).await.expect("it is made");
    let code = RecoveryCode::presented(&world.recovery_codes(ada)[0]).map(SecondFactor::Recovery);
    world.accounts.reset_by_link(&made.code, &password("three blind mice run"), code).await.expect("reset");
}

#[tokio::test(start_paused = true)]
async fn one_network_guesses_a_hundred_times_at_whatever_names_and_then_waits() {
    let world = World::new();
    world.person("ada").await;
    let there = Browser { network: Some([192, 0, 2, 1].into()), ..Browser::default() };
    let guess = async |name: String, browser: &Browser| {
        let login = world.accounts.login_name(&name).expect("a name");
        world.accounts.begin_session(&login, &password(PASSWORD), browser).await.err()
    };
    for n in 0..100 {
        assert!(matches!(guess(format!("nobody{n}"), &there).await, Some(AccountsError::WrongPassword)));
    }
    assert!(matches!(guess("nobody".into(), &there).await, Some(AccountsError::Wait(_))));
    assert!(matches!(guess("ada".into(), &there).await, Some(AccountsError::Wait(_))));
    let elsewhere = Browser { network: Some([198, 51, 100, 1].into()), ..Browser::default() };
    assert!(guess("ada".into(), &elsewhere).await.is_none(), "others go on");
}

#[tokio::test(start_paused = true)]
async fn a_link_made_before_an_account_got_its_role_is_worth_nothing_after() {
    let world = World::new();
    let helper = world.person("helper").await;
    let helpdesk =
        Actor::Holder { account: helper, role: Some(Role::Helpdesk), second_factor_at: Some(world.accounts.now()) };
    let (grace, bob) = (invited(&world, "grace").await, world.person_without_factor("bob").await);
    let invitation = world.accounts.make_link(&helpdesk, grace).await.expect("no role yet");
    let reset = world.accounts.make_link(&helpdesk, bob).await.expect("no role yet");
    for account in [grace, bob] {
        world.accounts.set_role(&OPERATOR, account, Some(Role::Administrator)).await.expect("a role");
    }
    assert!(matches!(join(&world, &invitation.code, choice(PASSWORD)).await, Err(AccountsError::LinkOver)));
    let replaced = world.accounts.reset_by_link(&reset.code, &password("three blind mice run"), None).await;
    assert!(matches!(replaced, Err(AccountsError::LinkOver)));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_a_thief_gave_is_worth_nothing_once_the_password_is_changed() {
    let world = World::new();
    let ada = world.person("ada").await;
    let (passed, owner) = world.step_up(ada).await;
    world.accounts.give_notice_address(&owner, ada, address("thief@evil.example")).await.expect("given");
    let about = LinkForLetter {
        kind: LinkKind::NoticeAddress,
        account: Some(ada),
        login: None,
        address: address("thief@evil.example"),
    };
    let code = world.accounts.link_for_letter(about).await.expect("made").code;
    world.accounts.change_password(&owner, &passed, &password("another password"), None).await.expect("changed");
    assert!(matches!(world.accounts.confirm_notice_address(&code).await, Err(AccountsError::LinkOver)));
    let letters = world.accounts.take_letters(100).await.expect("taken");
    assert!(!letters.iter().any(|letter| letter.to.as_str().contains("evil")), "nor is a letter sent any more");
}

#[tokio::test(start_paused = true)]
async fn a_second_factor_gets_another_name_from_its_owner() {
    let world = World::new();
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let factor = world.accounts.show_account(&OPERATOR, ada).await.expect("there").factors[0].id;
    let owner = |account| Actor::Holder { account, role: None, second_factor_at: None };
    world.accounts.rename_factor(&owner(ada), ada, factor, label("Old phone")).await.expect("renamed");
    let factors = world.accounts.show_account(&OPERATOR, ada).await.expect("there").factors;
    assert_eq!(factors[0].label.as_str(), "Old phone");
    let other = world.accounts.rename_factor(&owner(bob), bob, factor, label("Mine")).await;
    assert!(matches!(other, Err(AccountsError::NoSuchFactor)));
}
