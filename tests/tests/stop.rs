//! A server that is told to stop: what is at rest ends at once, and what is under way comes to its end first.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use valetkey_domain::Clock as _;
use valetkey_tests::client::imap::{Imap, socket};
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};

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

/// A simple bind (RFC 4511 section 4.2), all of whose lengths take one byte.
fn bind(name: &str, secret: &str) -> Vec<u8> {
    let tagged = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).ok().filter(|length| *length < 128).expect("a short message");
        [&[tag, length], content].concat()
    };
    let request = [&[2, 1, 3], &*tagged(4, name.as_bytes()), &*tagged(0x80, secret.as_bytes())].concat();
    tagged(0x30, &[&[2, 1, 1], &*tagged(0x60, &request)].concat())
}
