//! A server that is told to stop: what is at rest ends at once, and what is under way comes to its end first.

use valetkey_tests::client::imap::Imap;
use valetkey_tests::clock::wait_for;
use valetkey_tests::server::{Server, Setup, Store};

const ADA: &str = "ada@example.org";
const MESSAGE: &[u8] = b"Subject: begun before the end\r\n\r\nAnd ended after it.\r\n";
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
    server.ask_to_stop();
    assert_eq!(busy.until_closed(), [BYE]);
    assert!(wait_for("its end", || server.has_ended()).success());
}
