//! Message submission through the gateway to Postfix, with real apps and with one that says exactly what it is told to.

use std::net::Ipv4Addr;
use std::path::Path;

use valetkey_tests::asking::daemon::{Daemon, RunAs};
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::sender::{ALL, Mail, Sender, Sent};
use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::client::talk::plain;
use valetkey_tests::client::{Encryption, Entrance};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::tryout::{Person, Tryout};

const WRONG: &str = "abcd-efgh-ijkl-mnop";
const REFUSED: &str = "535 5.7.8 Authentication failed.";
const FOREIGN: &str = "553 5.7.1 This sender address is not yours.";

/// One of each.
const SOME: [Sender; 4] = [
    Sender::Curl(Encryption::AtOnce, "PLAIN"),
    Sender::Swaks(Encryption::Later, "LOGIN"),
    Sender::Msmtp(Encryption::AtOnce, "LOGIN"),
    Sender::Smtplib(Encryption::Later, "PLAIN"),
];

fn start() -> (Tryout, Entrance, Person, Person) {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("submission");
    let (ada, bob) = (tryout.ada(), tryout.bob());
    (tryout, entrance, ada, bob)
}

/// A letter of Ada's to Bob.
fn mail<'a>(ada: &'a Person, bob: &'a Person, secret: &'a str, message: &'a [u8]) -> Mail<'a> {
    Mail { login: &ada.login, secret, sender: &ada.login, recipient: &bob.login, message }
}

#[test]
fn what_real_apps_send_is_read_byte_for_byte() {
    let (tryout, entrance, ada, bob) = start();
    let body =
        ".\r\n..\r\n.a line that begins with a dot\r\nGr\u{fc}\u{df}e aus \u{4eac}\u{90fd}\r\n\r\n. \r\nFrom here\r\n";
    let sent: Vec<Vec<u8>> = (0..ALL.len()).map(|n| message(&format!("app-{n}"), body.as_bytes())).collect();
    for (app, message) in ALL.iter().zip(&sent) {
        assert_eq!(app.send(&entrance, mail(&ada, &bob, &ada.key.secret, message)), Sent::Taken, "{app:?}");
    }
    let read = tryout.await_mail(&bob, ALL.len());
    for (app, message) in ALL.iter().zip(&sent) {
        let found = read.iter().filter(|mail| mail.ends_with(message)).count();
        assert_eq!(found, 1, "{app:?}: {}", read.iter().map(|m| String::from_utf8_lossy(m)).collect::<String>());
    }
}

#[test]
fn what_is_no_app_password_for_sending_is_refused_by_every_app() {
    let (tryout, entrance, ada, bob) = start();
    let calendars = tryout.commands.make_key(&ada.login, "Calendars", &["--scope", "calendars"]);
    let revoked = tryout.commands.make_key(&ada.login, "Lost", &[]);
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &revoked.id]);
    let letter = message("refused", b"x\r\n");
    for (what, secret) in [
        ("a wrong one", WRONG),
        ("another account's", &bob.key.secret),
        ("a revoked one", &revoked.secret),
        ("one for calendars", &calendars.secret),
        ("the primary password", &ada.primary_password),
    ] {
        for app in SOME {
            let sent = app.send(&entrance, mail(&ada, &bob, secret, &letter));
            assert_eq!(sent, Sent::SaysRefused, "{what}, by {app:?}");
        }
    }
    for secret in [WRONG, &bob.key.secret, &revoked.secret, &calendars.secret] {
        assert_eq!(Smtp::connect(&entrance, Encryption::AtOnce).sign_in(&ada.login, secret), REFUSED);
    }
    tryout.all_is_delivered();
    assert!(tryout.mail_of(&bob).is_empty());
    assert!(!tryout.log_of_postfix().contains("sasl_username"), "somebody came as far as Postfix");
}

#[test]
fn an_app_password_for_sending_opens_submission_alone_and_one_for_mail_opens_both() {
    let (tryout, entrance, ada, bob) = start();
    let sending = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let both = tryout.commands.make_key(&ada.login, "Phone", &["--scope", "mail"]);
    for (key, opens_imap) in [(&sending, false), (&both, true)] {
        assert_eq!(Imap::connect(&tryout.door).sign_in(&ada.login, &key.secret).is_ok(), opens_imap);
        for app in SOME {
            let letter = message("scope", b"x\r\n");
            assert_eq!(app.send(&entrance, mail(&ada, &bob, &key.secret, &letter)), Sent::Taken, "{app:?}");
            let as_bob = Mail { sender: &bob.login, ..mail(&ada, &bob, &key.secret, &letter) };
            assert_eq!(app.send(&entrance, as_bob), Sent::SaysForeign, "{app:?}");
        }
    }
    assert_eq!(tryout.await_mail(&bob, 2 * SOME.len()).len(), 2 * SOME.len());
}

#[test]
fn an_account_sends_as_each_of_its_own_addresses_or_as_nobody_and_as_nobody_else() {
    let (tryout, entrance, ada, bob) = start();
    tryout.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    let printer = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    for secret in [&ada.key.secret, &printer.secret] {
        let mut smtp = Smtp::signed_in(&entrance, &ada.login, secret);
        for own in ["<ada@example.org>", "<ADA@Example.org>", "<countess@example.org> SIZE=100", "<> BODY=8BITMIME"] {
            let reply = smtp.ask(&format!("MAIL FROM:{own}"));
            assert!(reply.starts_with("250 "), "{own}: {reply}");
            assert!(smtp.ask("RSET").starts_with("250 "));
        }
        for foreign in ["<bob@example.org>", "<ada@example.com>", "<ada>", "<\"ada@example.org\"@example.com>"] {
            assert_eq!(smtp.ask(&format!("MAIL FROM:{foreign}")), FOREIGN, "{foreign}");
        }
        // What follows a refused sender belongs to nobody.
        assert!(smtp.ask(&format!("RCPT TO:<{}>", bob.login)).starts_with("503 "));
        assert!(smtp.ask("DATA").starts_with("503 "));
    }
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    smtp.begin("", &bob.login);
    assert!(smtp.content(&message("receipt", b"Read it.\r\n")).starts_with("250 "));
    let read = tryout.await_mail(&bob, 1);
    assert!(read[0].starts_with(b"Return-Path: <>\r\n"), "{}", String::from_utf8_lossy(&read[0]));
}

#[test]
fn before_tls_no_way_to_sign_in_is_offered_and_nothing_is_taken() {
    let (_tryout, entrance, ada, bob) = start();
    let mut smtp = Smtp::connect(&entrance, Encryption::Later);
    let hello = smtp.ask("EHLO app.example.org");
    assert!(hello.contains("STARTTLS") && !hello.contains("AUTH"), "{hello}");
    for (command, code) in [
        (format!("AUTH PLAIN {}", plain("", &ada.login, &ada.key.secret)), "538 "),
        ("AUTH PLAIN".into(), "538 "),
        ("AUTH LOGIN".into(), "538 "),
        (format!("MAIL FROM:<{}>", ada.login), "530 "),
        (format!("RCPT TO:<{}>", bob.login), "530 "),
        ("DATA".into(), "530 "),
        ("XCLIENT LOGIN=bob@example.org".into(), "530 "),
    ] {
        let reply = smtp.ask(&command);
        assert!(reply.starts_with(code), "{command}: {reply}");
    }
    assert!(smtp.ask("STARTTLS").starts_with("220 "));
    let mut smtp = Smtp(smtp.0.begin_tls());
    let hello = smtp.ask("EHLO app.example.org");
    assert!(hello.contains("AUTH PLAIN LOGIN") && !hello.contains("STARTTLS"), "{hello}");
    assert!(smtp.ask(&format!("MAIL FROM:<{}>", ada.login)).starts_with("530 "), "nobody has signed in");
    assert!(smtp.sign_in(&ada.login, &ada.key.secret).starts_with("235 "));
}

/// CVE-2011-0411, by whoever sits on the line: what came in clear behind STARTTLS would be heard as if it had come encrypted.
#[test]
fn what_comes_in_the_same_breath_as_starttls_is_heard_by_nobody() {
    let (tryout, entrance, ada, bob) = start();
    let mut smtp = Smtp::connect(&entrance, Encryption::Later);
    assert!(smtp.ask("EHLO app.example.org").starts_with("250-"));
    let bobs = plain("", &bob.login, &bob.key.secret);
    let injected = format!(
        "STARTTLS\r\nEHLO evil.example\r\nAUTH PLAIN {bobs}\r\nMAIL FROM:<{0}>\r\nRCPT TO:<{0}>\r\n",
        bob.login
    );
    smtp.0.send(injected.as_bytes());
    assert!(smtp.reply().starts_with("220 "));
    let mut smtp = Smtp(smtp.0.begin_tls());
    assert!(smtp.ask("RCPT TO:<ada@example.org>").starts_with("530 "), "nobody is signed in");
    assert!(smtp.sign_in(&ada.login, &ada.key.secret).starts_with("235 "));
    assert_eq!(smtp.ask("DATA"), "503 5.5.1 MAIL comes first.");
    assert!(!tryout.log().contains("login=bob"), "Bob was signed in by what came in clear");
}

#[test]
fn commands_behind_a_sign_in_wait_for_its_outcome_and_are_served_in_order() {
    let (tryout, entrance, ada, bob) = start();
    let auth = format!("AUTH PLAIN {}\r\n", plain("", &ada.login, &ada.key.secret));
    let envelope = format!("MAIL FROM:<{}>\r\nRCPT TO:<{}>\r\nXCLIENT NAME=x\r\nDATA\r\n", ada.login, bob.login);
    let letter = message("pipelined", b"In one breath.\r\n");
    let mut smtp = Smtp::connect(&entrance, Encryption::AtOnce);
    let wrong = format!("AUTH PLAIN {}\r\n", plain("", &ada.login, WRONG));
    let all = [b"EHLO app.example.org\r\n", wrong.as_bytes(), b"NOOP\r\n", auth.as_bytes(), envelope.as_bytes()];
    smtp.0.send(&[&all.concat(), letter.as_slice(), b".\r\nQUIT\r\n"].concat());
    for code in ["250-", "535 ", "250 ", "235 ", "250 ", "250 ", "502 ", "354 ", "250 ", "221 "] {
        let reply = smtp.reply();
        assert!(reply.starts_with(code), "{code}: {reply}");
    }
    assert!(smtp.0.until_closed().is_empty());
    assert!(tryout.await_mail(&bob, 1)[0].ends_with(&letter));
}

/// What an app must not say to a server that believes the gateway, as it is answered.
const NOT_PASSED: [(&str, &str); 16] = [
    ("XCLIENT LOGIN=bob@example.org", "502 "),
    ("xclient NAME=localhost ADDR=192.0.2.1", "502 "),
    ("XFORWARD NAME=localhost ADDR=192.0.2.1", "502 "),
    ("AUTH PLAIN AGJvYgB4", "503 "),
    ("AUTH LOGIN", "503 "),
    ("AUTH EXTERNAL =", "503 "),
    ("STARTTLS", "503 "),
    ("VRFY bob", "252 "),
    ("EXPN staff", "502 "),
    ("ETRN example.org", "502 "),
    ("BURL imap://x LAST", "502 "),
    ("TURN", "502 "),
    ("LHLO app.example.org", "500 "),
    ("FOO bar", "500 "),
    ("MAIL FROM:<ada@example.org> XVERP", "555 "),
    ("XCLIENT\tLOGIN=bob@example.org", "500 "),
];

#[test]
fn after_the_sign_in_nobody_becomes_somebody_else() {
    let (tryout, entrance, ada, bob) = start();
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    let hello = smtp.ask("EHLO app.example.org");
    for (command, _) in NOT_PASSED {
        let verb = command.split([' ', '\t']).next().unwrap_or_default();
        assert!(!hello.contains(verb) || verb == "MAIL", "{verb} is offered: {hello}");
    }
    for (command, code) in NOT_PASSED {
        let reply = smtp.ask(command);
        assert!(reply.starts_with(code), "{command}: {reply}");
    }
    smtp.begin(&ada.login, &bob.login);
    assert!(smtp.content(&message("myself", b"It is me.\r\n")).starts_with("250 "));
    assert!(smtp.ask("QUIT").starts_with("221 "));
    // Postfix counts what it has heard.
    let line = tryout.line_of_postfix(&["disconnect from ", "data=1"]);
    let heard: Vec<&str> = line.split(' ').filter(|word| word.contains('=')).collect();
    assert_eq!(heard, ["ehlo=2", "xclient=0/1", "mail=1", "rcpt=1", "data=1", "rset=1", "quit=1", "commands=7/8"]);
    let log = tryout.log_of_postfix();
    assert!(log.contains("sasl_username=ada@example.org") && !log.contains("sasl_username=bob"), "{log}");
    assert!(!log.contains("192.0.2.1"), "{log}");
    let read = tryout.await_mail(&bob, 1);
    assert!(read[0].starts_with(b"Return-Path: <ada@example.org>\r\n"));
}

#[test]
fn postfix_knows_where_the_app_is_and_who_has_signed_in() {
    let (tryout, entrance, ada, bob) = start();
    let mut smtp = Smtp::connect_from(Ipv4Addr::new(127, 0, 0, 9).into(), &entrance);
    assert!(smtp.sign_in(&ada.login, &ada.key.secret).starts_with("235 "));
    smtp.begin(&ada.login, &bob.login);
    assert!(smtp.content(&message("where", b"Here.\r\n")).starts_with("250 "));
    tryout.line_of_postfix(&["client=unknown[127.0.0.9]", "sasl_username=ada@example.org"]);
    let read = String::from_utf8(tryout.await_mail(&bob, 1).remove(0)).expect("text");
    assert!(read.contains("Received: from app.example.org (unknown [127.0.0.9])"), "{read}");
}

#[test]
fn an_outage_of_the_store_is_no_wrong_password() {
    let (tryout, entrance, ada, bob) = start();
    let sign_in = |secret: &str| Smtp::connect(&entrance, Encryption::AtOnce).sign_in(&ada.login, secret);
    let (data, away) = (tryout.dir().join("data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || match &*sign_in(WRONG) {
        REFUSED => None,
        other => {
            assert!(other.starts_with("454 4.7.0 "), "{other}");
            Some(())
        }
    });
    let letter = message("outage", b"x\r\n");
    for secret in [WRONG, &ada.key.secret] {
        for app in SOME {
            assert_eq!(app.send(&entrance, mail(&ada, &bob, secret, &letter)), Sent::SaysLater, "{app:?}");
        }
    }
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || sign_in(&ada.key.secret).starts_with("235 ").then_some(()));
    assert_eq!(sign_in(WRONG), REFUSED);
    assert_eq!(SOME[0].send(&entrance, mail(&ada, &bob, &ada.key.secret, &letter)), Sent::Taken);
}

#[test]
fn while_postfix_is_away_apps_are_told_to_come_later_and_then_they_are_served_again() {
    let (tryout, entrance, ada, bob) = start();
    let mut open = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    let config = tryout.dir().join("postfix/etc").display().to_string();
    program::run(program::command("postfix").args(["-c", &config, "stop"]), "").succeeded();
    let said = open.0.until_closed();
    assert!(said.iter().all(|line| line.starts_with("421 ")), "{said:?}");
    let letter = message("away", b"x\r\n");
    for app in SOME {
        let sent = app.send(&entrance, mail(&ada, &bob, &ada.key.secret, &letter));
        assert_eq!(sent, Sent::SaysLater, "{app:?}");
        let refused = app.send(&entrance, mail(&ada, &bob, WRONG, &letter));
        assert_eq!(refused, Sent::SaysRefused, "{app:?}: that it is wrong is known without Postfix");
    }
    let dir = tryout.dir();
    let (master, log) = (Path::new("/usr/lib/postfix/sbin/master"), dir.join("postfix-again.log"));
    let _postfix = Daemon::start(master, &["-c", &config, "-s"], &dir, log, RunAs::Us);
    let app = SOME[0];
    wait_for("Postfix", || {
        let sent = app.send(&entrance, mail(&ada, &bob, &ada.key.secret, &letter));
        assert!(matches!(sent, Sent::Taken | Sent::SaysLater), "{sent:?}");
        (sent == Sent::Taken).then_some(())
    });
    assert!(tryout.await_mail(&bob, 1)[0].ends_with(&letter));
}
