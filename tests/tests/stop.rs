//! A server that is told to stop: what is at rest ends at once, and what is under way comes to its end first.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use serde_json::{Value, json};
use valetkey_domain::Clock as _;
use valetkey_tests::client::Encryption;
use valetkey_tests::client::imap::{Imap, socket};
use valetkey_tests::client::pop3::Pop3;
use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::client::talk::Talk;
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::{Person, Second, Tryout};

const ADA: &str = "ada@example.org";
const MESSAGE: &[u8] = b"Subject: begun before the end\r\n\r\nAnd ended after it.\r\n";
/// How long what is under way gets, unless the configuration says otherwise.
const SHUTDOWN: Duration = Duration::from_secs(10);
const BYE: &str = "* BYE The server is restarting. Please connect again.";

#[test]
fn a_message_that_is_on_its_way_arrives_before_the_server_has_stopped() {
    let mut server = Server::start(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) });
    let admin = server.admin();
    admin.make_person(ADA);
    let (_, secret) = admin.make_key(ADA, "Phone");
    let mut waiting = Imap::waiting_for_mail(server.door(), ADA, &secret);
    let mut resting = Imap::connect(server.door());
    assert!(resting.sign_in(ADA, &secret).is_ok());
    let mut busy = Imap::connect(server.door());
    assert!(busy.sign_in(ADA, &secret).is_ok());
    let (first, rest) = MESSAGE.split_at(20);
    busy.send(format!("append APPEND INBOX {{{}}}\r\n", MESSAGE.len()).as_bytes());
    assert!(busy.line().expect("an answer").starts_with('+'));
    busy.send(first);

    server.ask_to_stop();
    assert_eq!(waiting.until_closed().last().map(String::as_str), Some(BYE));
    assert_eq!(resting.until_closed(), [BYE]);
    busy.send(&[rest, b"\r\n"].concat());
    let stored = busy.answer("append");
    assert!(stored.is_ok(), "{stored:?}");
    assert_eq!(busy.until_closed().last().map(String::as_str), Some(BYE));
    assert!(wait_for("its end", || server.has_ended()).success());

    server.start_again();
    let mut imap = Imap::connect(server.door());
    assert!(imap.sign_in(ADA, &secret).is_ok());
    assert_eq!(imap.messages().pop().as_deref(), Some(MESSAGE), "the last of them");
}

#[test]
fn who_never_ends_what_was_begun_is_not_waited_for_longer_than_configured() {
    let mut server = Server::start(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) });
    let admin = server.admin();
    admin.make_person(ADA);
    let (_, secret) = admin.make_key(ADA, "Phone");
    let mut busy = Imap::connect(server.door());
    assert!(busy.sign_in(ADA, &secret).is_ok());
    busy.send(b"append APPEND INBOX {1000}\r\n");
    assert!(busy.line().expect("an answer").starts_with('+'));
    let asked = RealClock.boot_time();
    server.ask_to_stop();
    assert_eq!(busy.until_closed(), [BYE]);
    let waited = RealClock.boot_time().since(asked);
    assert!(waited >= SHUTDOWN, "it was given {waited:?} only");
    assert!(wait_for("its end", || server.has_ended()).success());
}

#[test]
fn a_server_that_looks_somebody_up_keeps_nobody_waiting() {
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    server.configure("[ldap]\nlisten = [\"127.0.0.1:0\"]\nbase = \"dc=example,dc=org\"\n");
    server.start_again();
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "Phone");
    let mut bound = socket(server.listens_at("ldap"));
    bound.write_all(&bind(&format!("uid={ADA},ou=people,dc=example,dc=org"), &secret)).expect("it takes bytes");
    let mut answer = [0; 14];
    bound.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer[..10], [0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0], "success");
    let asked = RealClock.boot_time();
    server.ask_to_stop();
    assert!(wait_for("its end", || server.has_ended()).success());
    let took = RealClock.boot_time().since(asked);
    assert!(took < SHUTDOWN, "somebody who is bound and says nothing was waited for: {took:?}");
}

/// A second Valetkey that gives what is under way so many seconds, with Ada, in front of a `try`'s servers.
fn beside(tryout: &Tryout, seconds: u64) -> (Second, Person) {
    let second = tryout.serve_beside(&[("shutdown_s", &format!("shutdown_s = {seconds}"))]);
    let ada = second.commands.make_person("ada@example.org", "the primary password of Ada");
    (second, ada)
}

const CLOSING: &str = "421 4.3.2 The server is restarting. Please connect again.";

#[test]
fn a_letter_that_is_being_sent_is_accepted_and_delivered_before_the_server_has_stopped() {
    let tryout = Tryout::start();
    let (mut second, ada) = beside(&tryout, 60);
    let bob = tryout.bob();
    let signed_in = || Smtp::signed_in(second.entrance("submission"), &ada.login, &ada.key.secret);
    let (mut resting, mut busy) = (signed_in(), signed_in());
    let letter = message("in-time", b"Begun before the end.\r\n");
    let (first, rest) = letter.split_at(20);
    busy.begin(&ada.login, &bob.login);
    busy.0.send(first);
    second.ask_to_stop();
    assert_eq!(resting.0.until_closed(), [CLOSING]);
    assert!(second.has_ended().is_none(), "it waits for the other");
    assert!(busy.content(rest).starts_with("250 "));
    assert_eq!(busy.0.until_closed(), [CLOSING]);
    assert!(wait_for("its end", || second.has_ended()).success());
    assert!(tryout.await_mail(&bob, 1)[0].ends_with(&letter));
}

#[test]
fn a_letter_whose_end_does_not_come_in_time_is_not_delivered() {
    let tryout = Tryout::start();
    let (mut second, ada) = beside(&tryout, 2);
    let bob = tryout.bob();
    let mut busy = Smtp::signed_in(second.entrance("submission"), &ada.login, &ada.key.secret);
    busy.begin(&ada.login, &bob.login);
    busy.0.send(&message("too-late", b"Begun before the end.\r\n"));
    let asked = RealClock.boot_time();
    second.ask_to_stop();
    assert_eq!(busy.0.until_closed(), [CLOSING]);
    let waited = RealClock.boot_time().since(asked);
    assert!(waited >= Duration::from_secs(2), "it was given {waited:?} only");
    assert!(wait_for("its end", || second.has_ended()).success());
    tryout.all_is_delivered();
    assert!(tryout.mail_of(&bob).is_empty());
}

/// Nobody can see of POP3 whether something is under way: everybody gets the whole time.
#[test]
fn what_is_deleted_over_pop3_stays_deleted_if_its_app_quits_in_time_and_else_it_does_not() {
    let tryout = Tryout::start();
    let (mut second, ada) = beside(&tryout, 5);
    let bob = second.commands.make_person("bob@example.org", "the primary password of Bob");
    let marked = |who: &Person| {
        let mut pop3 = Pop3::signed_in(second.entrance("pop3"), &who.login, &who.key.secret);
        assert!(pop3.ask("DELE 1").starts_with("+OK"));
        pop3
    };
    let (mut quits, mut silent) = (marked(&ada), marked(&bob));
    let mut before = Pop3::connect(second.entrance("pop3"), Encryption::AtOnce);
    second.ask_to_stop();
    wait_for("the stop has begun", || second.log().contains(" message=stopping").then_some(()));
    assert!(quits.ask("NOOP").starts_with("+OK"), "it has time");
    assert!(quits.ask("QUIT").starts_with("+OK"));
    // A line that nobody has asked for would be taken for an answer.
    assert!(silent.0.until_closed().is_empty());
    before.0.until_closed();
    assert!(wait_for("its end", || second.has_ended()).success());
    let left = |who: &Person| {
        let mut imap = Imap::connect(&tryout.door);
        assert!(imap.sign_in(&who.login, &who.key.secret).is_ok());
        imap.messages().len()
    };
    assert_eq!((left(&tryout.ada()), left(&tryout.bob())), (2, 3));
}

/// The head of an answer of the portal, which is heard to its end.
fn answer(talk: &mut Talk) -> String {
    let head: Vec<String> = std::iter::from_fn(|| talk.line()).take_while(|line| !line.is_empty()).collect();
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    talk.bytes(length);
    head.join("\n")
}

#[test]
fn a_form_that_is_being_sent_to_the_portal_is_answered_before_the_server_has_stopped() {
    let tryout = Tryout::start();
    let (mut second, ada) = beside(&tryout, 60);
    let browser = second.browser();
    let page = browser.open("/sign-in");
    let connect = || Talk::with_tls(&tryout.door.ca, socket(second.portal()));
    let (mut busy, mut idle) = (connect(), connect());
    idle.send(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(answer(&mut idle).starts_with("HTTP/1.1 200"));
    let form = format!(
        "form={}&login=ada%40example.org&step=password&password={}",
        page.form(),
        ada.primary_password.replace(' ', "+")
    );
    let (first, rest) = form.as_bytes().split_at(20);
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        browser.cookie_header(),
        form.len()
    );
    busy.send(head.as_bytes());
    assert!(busy.line().expect("it is under way").starts_with("HTTP/1.1 100"));
    assert_eq!(busy.line().as_deref(), Some(""));
    busy.send(first);
    second.ask_to_stop();
    assert!(idle.until_closed().is_empty(), "nothing is under way there");
    assert!(second.has_ended().is_none(), "it waits for the form");
    busy.send(rest);
    let head = answer(&mut busy);
    assert!(head.starts_with("HTTP/1.1 303") && head.contains("connection: close"), "{head}");
    assert!(head.contains("location: /sign-in/second-factor"), "the password was right: {head}");
    assert!(busy.until_closed().is_empty());
    assert!(wait_for("its end", || second.has_ended()).success());
}

#[test]
fn a_page_that_is_watched_keeps_nobody_waiting() {
    let tryout = Tryout::start();
    let (mut second, ada) = beside(&tryout, 60);
    let browser = second.browser();
    let page = browser.show_password(&ada.login, &ada.primary_password);
    let page = browser.send("/sign-in/second-factor", &page, &[("code", &ada.code(0))]);
    assert!(page.heading().starts_with("Hello"), "{page:?}");
    let connect = || Talk::with_tls(&tryout.door.ca, socket(second.portal()));
    let mut watching = connect();
    let ask = format!("GET /connected/live HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", browser.cookie_header());
    watching.send(ask.as_bytes());
    let event = std::iter::from_fn(|| watching.line()).find(|line| line.starts_with("data: "));
    assert!(event.is_some(), "it is watched");
    // One that has not even said who it is, and one that has said nothing at all.
    let (mut silent, _shaking_hands) = (connect(), socket(second.portal()));
    silent.send(b"");
    let asked = RealClock.boot_time();
    second.ask_to_stop();
    watching.until_closed();
    silent.until_closed();
    assert!(wait_for("its end", || second.has_ended()).success());
    let took = RealClock.boot_time().since(asked);
    assert!(took < Duration::from_secs(30), "somebody was waited for: {took:?}");
}

#[test]
fn a_command_that_was_asked_is_answered_before_the_server_has_stopped() {
    let mut server = Server::start(Setup::on(Store::Sqlite));
    server.admin().make_person(ADA);
    // Nothing is written until this is.
    let store = rusqlite::Connection::open(server.data().join("valetkey.db")).expect("the store opens");
    store.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    let mut silent = std::os::unix::net::UnixStream::connect(server.socket()).expect("a server that listens");
    let mut asked = server.admin().begin(&json!({ "ask": "account-suspend", "login": ADA }));
    server.ask_to_stop();
    wait_for("the stop has begun", || server.log().contains(" message=stopping").then_some(()));
    let mut said = String::new();
    silent.read_to_string(&mut said).expect("an answer");
    assert!(said.contains("the server is stopping, and has done nothing"), "{said}");
    store.execute_batch("COMMIT").expect("it was nothing");
    said.clear();
    asked.read_to_string(&mut said).expect("an answer");
    let answer: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    assert!(answer["Ok"].is_object(), "{answer}");
    assert!(wait_for("its end", || server.has_ended()).success());
    server.start_again();
    let shown = server.admin().done(&json!({ "ask": "account-show", "login": ADA }));
    assert_eq!(shown["state"], "suspended", "{shown}");
}

/// A simple bind (RFC 4511 section 4.2), all of whose lengths take one byte.
fn bind(name: &str, secret: &str) -> Vec<u8> {
    let tagged = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).ok().filter(|length| *length < 128).expect("a short message");
        [&[tag, length], content].concat()
    };
    let request = [&[2, 1, 3], &*tagged(4, name.as_bytes()), &*tagged(0x80, secret.as_bytes())].concat();
    tagged(0x30, &[&[2, 1, 1], &*tagged(0x60, &request)].concat())
}
