//! Everything that ends an app password signs its apps out: the connection is closed before the command returns, and
//! the next sign-in is refused.

use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use valetkey_domain::{BootTime, Clock as _};
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::mail_app::{ALL, Outcome};
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::tryout::{Key, Person, Tryout};

const BYE: &str = "* BYE This app was signed out: its app password does not work any more.";

/// A mail app that waits for mail, and somebody who watches it.
struct Waiting(JoinHandle<(Vec<String>, BootTime)>);

impl Waiting {
    fn begin(tryout: &Tryout, login: &str, key: &Key) -> Self {
        let mut imap = Imap::waiting_for_mail(&tryout.door, login, &key.secret);
        Self(std::thread::spawn(move || (imap.until_closed(), RealClock.boot_time())))
    }

    /// What the app was told last, and when its connection was closed.
    fn farewell(self) -> (String, BootTime) {
        let (said, when) = self.0.join().expect("whoever watches does not panic");
        (said.join("\n"), when)
    }
}

/// That all of a person's app passwords are dead, and that its connections are closed, which `closed` counts.
fn expect_signed_out(tryout: &Tryout, person: &Person, keys: &[&Key], waiting: Vec<Waiting>) {
    for one in waiting {
        assert_eq!(one.farewell().0, BYE);
    }
    assert_eq!(tryout.commands.connections_of(&person.login), 0);
    for key in keys {
        let answer = Imap::connect(&tryout.door).sign_in(&person.login, &key.secret);
        assert_eq!(answer.text(), "NO [AUTHENTICATIONFAILED] Authentication failed.");
    }
    assert!(active(tryout, &person.login).is_empty());
}

fn active(tryout: &Tryout, login: &str) -> Vec<Value> {
    tryout.commands.ask(&["app-password", "list", login]).as_array().expect("a list").clone()
}

/// Ada with two app passwords, each of which two apps wait with; Bob, who must not notice anything, with one.
struct Scene {
    tryout: Tryout,
    ada: Person,
    second: Key,
    waiting: Vec<Waiting>,
    bobs: Imap,
}

impl Scene {
    fn begin() -> Self {
        let tryout = Tryout::start();
        let (ada, bob) = (tryout.ada(), tryout.bob());
        let second = tryout.commands.make_key(&ada.login, "Second", &[]);
        let waiting = [&ada.key, &ada.key, &second, &second].map(|key| Waiting::begin(&tryout, &ada.login, key));
        let mut bobs = Imap::connect(&tryout.door);
        assert!(bobs.sign_in(&bob.login, &bob.key.secret).is_ok());
        Self { tryout, ada, second, waiting: waiting.into(), bobs }
    }

    /// That Ada was signed out everywhere, as `answer` says, and Bob nowhere.
    fn expect_ada_signed_out(self, answer: &Value) -> (Tryout, Person) {
        let Self { tryout, ada, second, waiting, mut bobs } = self;
        assert_eq!((&answer["revoked"], &answer["connections_closed"]), (&2.into(), &4.into()), "{answer}");
        expect_signed_out(&tryout, &ada, &[&ada.key, &second], waiting);
        let bob = tryout.bob();
        assert!(bobs.ask("NOOP").is_ok(), "Bob's connection was closed too");
        assert_eq!(tryout.commands.connections_of(&bob.login), 1);
        assert!(Imap::connect(&tryout.door).sign_in(&bob.login, &bob.key.secret).is_ok());
        (tryout, ada)
    }
}

#[test]
fn when_the_command_returns_every_connection_is_closed_already() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let mut waiting: Vec<Imap> =
        (0..20).map(|_| Imap::waiting_for_mail(&tryout.door, &ada.login, &ada.key.secret)).collect();
    assert!(!waiting[0].is_closed_already());
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert!(waiting.iter_mut().all(Imap::is_closed_already), "a connection was closed after the return only");
}

#[test]
fn a_revoke_during_idle_closes_the_connections_of_that_password_and_no_other() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let other = tryout.commands.make_key(&ada.login, "Other", &[]);
    let mut others = Imap::connect(&tryout.door);
    assert!(others.sign_in(&ada.login, &other.secret).is_ok());
    let waiting = Waiting::begin(&tryout, &ada.login, &ada.key);
    let start = RealClock.boot_time();
    let ran = tryout.commands.run(&["app-password", "revoke", &ada.login, &ada.key.id], "");
    let returned = RealClock.boot_time();
    let (farewell, closed) = waiting.farewell();
    assert_eq!(ran.succeeded().trim(), "\"Sample\" is revoked. 1 connection closed.");
    assert_eq!(farewell, BYE);
    println!(
        "closed {} µs after the command began, which returned after {} µs",
        closed.since(start).as_micros(),
        returned.since(start).as_micros()
    );
    assert_eq!(tryout.commands.connections_of(&ada.login), 1);
    for app in ALL {
        let read = app.read(&tryout.door, &ada.login, &ada.key.secret);
        assert_eq!(read, Outcome::SaysRefused, "{app} with what was revoked");
    }
    assert!(others.ask("NOOP").is_ok(), "the other app password's connection was closed too");
    // Once more: it is over already, and there is nothing left to close.
    let again = tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!((&again["was_over"], &again["connections_closed"]), (&true.into(), &0.into()), "{again}");
    let ran = tryout.commands.run(&["verify", &ada.login, "--service", "imap"], &format!("{}\n", ada.key.secret));
    assert!(ran.code == 1 && ran.out.starts_with("Refused: revoked"), "{ran:?}");
    // Bob cannot be made to lose his by Ada's name.
    let bob = tryout.bob();
    assert_eq!(tryout.commands.run(&["app-password", "revoke", &ada.login, &bob.key.id], "").code, 1);
    assert!(Imap::connect(&tryout.door).sign_in(&bob.login, &bob.key.secret).is_ok());
}

#[test]
fn a_revoke_closes_connections_that_do_anything_else_than_idle() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let mut before = Imap::connect(&tryout.door);
    assert!(before.sign_in(&ada.login, &ada.key.secret).is_ok());
    let mut in_a_literal = Imap::connect(&tryout.door);
    assert!(in_a_literal.sign_in(&ada.login, &ada.key.secret).is_ok());
    in_a_literal.send(b"a APPEND INBOX {1000}\r\n");
    assert!(in_a_literal.line().expect("an answer").starts_with('+'));
    in_a_literal.send(b"From: half a message");
    let mut mistaken = Imap::connect(&tryout.door);
    assert!(!mistaken.sign_in(&ada.login, "abcd-efgh-ijkl-mnop").is_ok());
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(revoked["connections_closed"], 2, "{revoked}");
    assert_eq!(before.until_closed(), [BYE]);
    in_a_literal.until_closed();
    // Who has not signed in has nothing to lose, and nothing to win.
    let answer = mistaken.sign_in(&ada.login, &ada.key.secret);
    assert_eq!(answer.text(), "NO [AUTHENTICATIONFAILED] Authentication failed.");
}

#[test]
fn revoking_all_closes_everything_of_that_account_and_nothing_of_the_others() {
    let scene = Scene::begin();
    let answer = scene.tryout.commands.ask(&["app-password", "revoke-all", &scene.ada.login]);
    scene.expect_ada_signed_out(&answer);
}

#[test]
fn changing_the_primary_password_revokes_all_and_closes_their_connections() {
    let scene = Scene::begin();
    let login = scene.ada.login.clone();
    let change = ["account", "change-password", login.as_str(), "--password-stdin"];
    let (old, new) = (scene.ada.primary_password.clone(), "a-new-primary-password");
    let commands = &scene.tryout.commands;
    for (what, old, code) in
        [("a wrong password", "not-the-old-one", scene.ada.code(0)), ("a wrong code", &*old, "000000".to_owned())]
    {
        let ran = commands.run(&change, &format!("{old}\n{code}\n{new}\n"));
        assert_eq!(ran.code, 1, "{what}: {ran:?}");
    }
    assert_eq!(commands.connections_of(&scene.ada.login), 4, "a change that was refused closes nothing");
    let code = scene.ada.code(0);
    let answer = commands.ask_saying(&format!("{old}\n{code}\n{new}\n"), &change);
    let (tryout, ada) = scene.expect_ada_signed_out(&answer);
    let ran = tryout.commands.run(&change, &format!("{old}\n{}\n{new}\n", ada.code(1)));
    assert_eq!(ran.code, 1, "the old password still counts: {ran:?}");
    let ran = tryout.commands.run(&change, &format!("{new}\n{code}\nanother-new-password\n"));
    assert_eq!(ran.code, 1, "the same code counts twice: {ran:?}");
    let next = tryout.commands.make_key(&ada.login, "After the change", &[]);
    assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &next.secret).is_ok());
}

#[test]
fn resetting_the_primary_password_revokes_all_and_closes_their_connections() {
    let scene = Scene::begin();
    let reset = ["account", "reset-password", scene.ada.login.as_str(), "--password-stdin"];
    let answer = scene.tryout.commands.ask_saying("a-new-primary-password\n", &reset);
    scene.expect_ada_signed_out(&answer);
}

#[test]
fn removing_the_last_second_factor_revokes_all_and_closes_their_connections() {
    let scene = Scene::begin();
    let answer = scene.tryout.commands.ask(&["account", "remove-factor", "--yes", &scene.ada.login]);
    assert_eq!(answer["was_last"], true, "{answer}");
    let (tryout, ada) = scene.expect_ada_signed_out(&answer);
    let ran = tryout.commands.run(&["app-password", "create", &ada.login, "--label", "Without a factor"], "");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("second factor"), "{ran:?}");
}

#[test]
fn suspending_revokes_all_for_good_and_resuming_brings_none_back() {
    let scene = Scene::begin();
    let answer = scene.tryout.commands.ask(&["account", "suspend", &scene.ada.login]);
    let second = scene.second.clone();
    let (tryout, ada) = scene.expect_ada_signed_out(&answer);
    tryout.commands.ask(&["account", "resume", &ada.login]);
    expect_signed_out(&tryout, &ada, &[&ada.key, &second], Vec::new());
    let next = tryout.commands.make_key(&ada.login, "After the rest", &[]);
    assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &next.secret).is_ok());
}

#[test]
fn an_app_password_that_expires_during_idle_is_signed_out() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let mut lasting = Imap::connect(&tryout.door);
    assert!(lasting.sign_in(&ada.login, &ada.key.secret).is_ok());
    let start = RealClock.boot_time();
    let short = tryout.commands.make_key(&ada.login, "Short", &["--expires", "5s"]);
    let (farewell, closed) = Waiting::begin(&tryout, &ada.login, &short).farewell();
    assert_eq!(farewell, BYE);
    let lived = closed.since(start);
    assert!(lived >= Duration::from_secs(5), "it was signed out early, after {lived:?}");
    println!("closed {} ms after it was made for 5 s", lived.as_millis());
    let answer = Imap::connect(&tryout.door).sign_in(&ada.login, &short.secret);
    assert_eq!(answer.text(), "NO [AUTHENTICATIONFAILED] Authentication failed.");
    let state = wait_for("the list to say that it has expired", || {
        let list = tryout.commands.ask(&["app-password", "list", &ada.login, "--all"]);
        let found = list.as_array()?.iter().find(|one| one["id"] == short.id.as_str())?["state"].clone();
        (found != "active").then_some(found)
    });
    assert_eq!(state, "expired");
    assert!(lasting.ask("NOOP").is_ok(), "the other app password's connection was closed too");
}

#[test]
fn the_26th_app_password_is_refused_and_revoking_one_makes_room() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let keys: Vec<Key> = (2..=25).map(|n| tryout.commands.make_key(&ada.login, &format!("Number {n}"), &[])).collect();
    assert_eq!(active(&tryout, &ada.login).len(), 25);
    let one_more = ["app-password", "create", &ada.login, "--label", "Number 26"];
    let ran = tryout.commands.run(&one_more, "");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(ran.err.contains("25") && ran.err.contains("revoke"), "what to do about it: {ran:?}");
    assert_eq!(active(&tryout, &ada.login).len(), 25);
    let first_and_last = [&ada.key, &keys[23]];
    for key in first_and_last {
        assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &key.secret).is_ok());
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &keys[11].id]);
    assert_eq!(tryout.commands.run(&one_more, "").code, 0);
    assert_eq!(tryout.commands.run(&one_more, "").code, 1);
}
