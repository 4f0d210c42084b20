//! A revoke while a message is on its way: what was not accepted is not delivered, and what was is.

use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::client::{Encryption, Entrance};
use valetkey_tests::tryout::{Key, Person, Tryout};

const FAREWELL: &str = "421 4.7.0 This app was signed out: its app password does not work any more.";

fn start() -> (Tryout, Entrance, Person, Person) {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("submission");
    let (ada, bob) = (tryout.ada(), tryout.bob());
    (tryout, entrance, ada, bob)
}

/// Revokes what one connection signed in with, and sees that it is closed when the command has returned.
fn revoke(tryout: &Tryout, ada: &Person, key: &Key, smtp: &mut Smtp) {
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    assert_eq!(revoked["connections_closed"], 1, "{revoked}");
    assert!(smtp.0.is_closed_already(), "it was closed after the return only");
}

/// Sends a letter that must be the only one in Bob's mailbox when all is over.
fn expect_only(tryout: &Tryout, entrance: &Entrance, ada: &Person, bob: &Person) {
    let letter = message("the-only-one", b"Still here.\r\n");
    let mut smtp = Smtp::signed_in(entrance, &ada.login, &ada.key.secret);
    smtp.begin(&ada.login, &bob.login);
    assert!(smtp.content(&letter).starts_with("250 "));
    assert!(smtp.ask("QUIT").starts_with("221 "));
    tryout.all_is_delivered();
    let read = tryout.mail_of(bob);
    assert!(read.len() == 1 && read[0].ends_with(&letter), "{} messages", read.len());
}

#[test]
fn an_app_that_waits_between_two_commands_is_told() {
    let (tryout, entrance, ada, _) = start();
    let key = tryout.commands.make_key(&ada.login, "Lost", &[]);
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &key.secret);
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    assert_eq!(revoked["connections_closed"], 1, "{revoked}");
    assert_eq!(smtp.0.until_closed(), [FAREWELL]);
    let again = Smtp::connect(&entrance, Encryption::AtOnce).sign_in(&ada.login, &key.secret);
    assert_eq!(again, "535 5.7.8 Authentication failed.");
}

#[test]
fn a_message_that_is_not_complete_when_its_app_is_signed_out_is_not_delivered() {
    let (tryout, entrance, ada, bob) = start();
    let letter = message("half", b"This was begun by somebody who has lost the right to.\r\n");
    let half = letter[..letter.len() / 2].to_vec();
    let cases: [(&str, &str, Vec<u8>); 8] = [
        ("nothing of it", "DATA", Vec::new()),
        ("half of it", "DATA", half.clone()),
        ("all lines", "DATA", letter.clone()),
        ("all and the dot", "DATA", [letter.as_slice(), b"."].concat()),
        ("all, the dot and half an end", "DATA", [letter.as_slice(), b".\r"].concat()),
        ("much", "DATA", [letter.as_slice(), &b"0123456789\r\n".repeat(200_000)].concat()),
        ("half a chunk", "BDAT 5000 LAST", half),
        ("a chunk that is not the last", &format!("BDAT {}", letter.len()), letter.clone()),
    ];
    for (what, command, content) in cases {
        let key = tryout.commands.make_key(&ada.login, "Lost", &[]);
        let mut smtp = Smtp::signed_in(&entrance, &ada.login, &key.secret);
        assert!(smtp.ask(&format!("MAIL FROM:<{}>", ada.login)).starts_with("250 "));
        assert!(smtp.ask(&format!("RCPT TO:<{}>", bob.login)).starts_with("250 "));
        smtp.0.send(format!("{command}\r\n").as_bytes());
        if command == "DATA" {
            assert!(smtp.reply().starts_with("354 "), "{what}");
        }
        smtp.0.send(&content);
        if what == "a chunk that is not the last" {
            assert!(smtp.reply().starts_with("250 "), "{what}");
        }
        revoke(&tryout, &ada, &key, &mut smtp);
    }
    expect_only(&tryout, &entrance, &ada, &bob);
}

#[test]
fn a_message_that_was_accepted_is_delivered_whatever_is_revoked_then() {
    let (tryout, entrance, ada, bob) = start();
    let key = tryout.commands.make_key(&ada.login, "Lost", &[]);
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &key.secret);
    let letter = message("accepted", b"In time.\r\n");
    smtp.begin(&ada.login, &bob.login);
    assert!(smtp.content(&letter).starts_with("250 "));
    revoke(&tryout, &ada, &key, &mut smtp);
    assert!(tryout.await_mail(&bob, 1)[0].ends_with(&letter));
}
