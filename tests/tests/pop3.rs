//! POP3 through the gateway, with real apps and with one that says exactly what it is told to.

use std::net::Ipv4Addr;

use valetkey_tests::client::collector::{ALL, Collector};
use valetkey_tests::client::mail_app::Outcome;
use valetkey_tests::client::pop3::Pop3;
use valetkey_tests::client::talk::plain;
use valetkey_tests::client::{Encryption, Entrance};
use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::Tryout;

const WRONG: &str = "abcd-efgh-ijkl-mnop";
const REFUSED: &str = "-ERR [AUTH] Authentication failed.";

/// One for each kind of sign-in.
const SOME: [Collector; 4] = [
    Collector::Curl(Encryption::AtOnce, "PLAIN"),
    Collector::Mpop(Encryption::Later, "login"),
    Collector::Fetchmail(Encryption::AtOnce),
    Collector::Poplib(Encryption::Later),
];

fn start() -> (Tryout, Entrance) {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("pop3");
    (tryout, entrance)
}

/// How many messages the mailbox has.
fn count(pop3: &mut Pop3) -> usize {
    let answer = pop3.ask("STAT");
    answer.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn real_mail_apps_sign_in_and_read_in_every_way() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    for app in ALL {
        assert_eq!(app.read(&entrance, &ada.login, &ada.key.secret), Outcome::HasRead, "{app:?}");
    }
}

#[test]
fn what_is_no_app_password_for_mail_of_the_account_is_refused_by_every_app() {
    let (tryout, entrance) = start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let calendars = tryout.commands.make_key(&ada.login, "Calendars", &["--scope", "calendars"]);
    let sending = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let mail = tryout.commands.make_key(&ada.login, "Mail", &["--scope", "mail"]);
    let revoked = tryout.commands.make_key(&ada.login, "Lost", &[]);
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &revoked.id]);
    for (what, secret) in [
        ("a wrong one", WRONG),
        ("another account's", &bob.key.secret),
        ("a revoked one", &revoked.secret),
        ("one for calendars", &calendars.secret),
        ("one for sending", &sending.secret),
        ("the primary password", &ada.primary_password),
    ] {
        for app in SOME {
            assert_eq!(app.read(&entrance, &ada.login, secret), Outcome::SaysRefused, "{what}, by {app:?}");
        }
    }
    for secret in [WRONG, &bob.key.secret, &revoked.secret, &calendars.secret] {
        let mut pop3 = Pop3::connect(&entrance, Encryption::AtOnce);
        assert_eq!(pop3.sign_in(&ada.login, secret), REFUSED, "one answer for all of them");
    }
    let advice =
        "-ERR [AUTH] Authentication failed. Use an app password here, with all its letters, and not your own password.";
    assert_eq!(Pop3::connect(&entrance, Encryption::AtOnce).sign_in(&ada.login, &ada.primary_password), advice);
    let mut pop3 = Pop3::signed_in(&entrance, &ada.login, &mail.secret);
    assert_eq!(count(&mut pop3), 3);
}

#[test]
fn before_tls_no_way_to_sign_in_is_offered_and_none_is_taken() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let mut pop3 = Pop3::connect(&entrance, Encryption::Later);
    let offered = pop3.list("CAPA");
    assert!(offered.iter().any(|line| line == "STLS"), "{offered:?}");
    assert!(!offered.iter().any(|line| line.starts_with("SASL") || line == "USER"), "{offered:?}");
    for command in [
        format!("USER {}", ada.login),
        format!("PASS {}", ada.key.secret),
        format!("AUTH PLAIN {}", plain("", &ada.login, &ada.key.secret)),
        "AUTH PLAIN".to_owned(),
        "AUTH LOGIN".to_owned(),
    ] {
        let answer = pop3.ask(&command);
        assert!(answer.starts_with("-ERR "), "{command}: {answer}");
    }
    assert!(pop3.ask("STLS").starts_with("+OK"));
    let mut pop3 = Pop3(pop3.0.begin_tls());
    let offered = pop3.list("CAPA");
    for line in ["SASL PLAIN LOGIN OAUTHBEARER XOAUTH2", "USER"] {
        assert!(offered.iter().any(|offer| offer == line), "{line} is missing: {offered:?}");
    }
    assert!(!offered.iter().any(|line| line == "STLS"), "{offered:?}");
    assert!(pop3.sign_in(&ada.login, &ada.key.secret).starts_with("+OK"));
}

/// CVE-2011-0411, by whoever sits on the line: what came in clear behind STLS would be heard as if it had come encrypted.
#[test]
fn what_comes_in_the_same_breath_as_stls_is_heard_by_nobody() {
    let (tryout, entrance) = start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let mut pop3 = Pop3::connect(&entrance, Encryption::Later);
    let injected = format!("STLS\r\nUSER {}\r\nPASS {}\r\nRETR 1\r\n", bob.login, bob.key.secret);
    pop3.0.send(injected.as_bytes());
    assert!(pop3.answer().starts_with("+OK"));
    let mut pop3 = Pop3(pop3.0.begin_tls());
    assert!(pop3.ask("PASS x").starts_with("-ERR USER"), "nobody has said USER");
    assert!(pop3.ask("STAT").starts_with("-ERR"), "nobody is signed in");
    assert!(pop3.sign_in(&ada.login, &ada.key.secret).starts_with("+OK"));
    assert!(pop3.list("RETR 1").iter().any(|line| line == "To: ada@example.org"));
    assert!(!tryout.log().contains("login=bob"), "Bob was signed in by what came in clear");
}

#[test]
fn commands_behind_a_sign_in_wait_for_its_outcome_and_are_served_in_order() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let by_user = format!("USER {}\r\nPASS {}\r\n", ada.login, ada.key.secret);
    let by_sasl = format!("AUTH PLAIN {}\r\n", plain("", &ada.login, &ada.key.secret));
    let in_two = format!("AUTH PLAIN\r\n{}\r\n", plain("", &ada.login, &ada.key.secret));
    for (sign_in, answers) in [(&by_user, 2), (&by_sasl, 1), (&in_two, 2)] {
        let mut pop3 = Pop3::connect(&entrance, Encryption::AtOnce);
        pop3.0.send(format!("{sign_in}STAT\r\nRETR 2\r\nXCLIENT ADDR=192.0.2.1\r\nUIDL 3\r\nQUIT\r\n").as_bytes());
        for _ in 0..answers {
            assert!(pop3.answer().starts_with('+'));
        }
        assert!(pop3.answer().starts_with("+OK 3 "), "STAT");
        assert!(pop3.answer().starts_with("+OK"), "RETR");
        assert!(pop3.rest().iter().any(|line| line == "Subject: What a valet key is"));
        assert!(pop3.answer().starts_with("-ERR"), "XCLIENT");
        assert!(pop3.answer().starts_with("+OK 3 "), "UIDL");
        assert!(pop3.answer().starts_with("+OK"), "QUIT");
        assert_eq!(pop3.0.until_closed(), [""; 0]);
    }
    // Behind a refusal they find nobody signed in.
    let mut pop3 = Pop3::connect(&entrance, Encryption::AtOnce);
    pop3.0.send(format!("USER {}\r\nPASS {WRONG}\r\nSTAT\r\n{by_user}STAT\r\n", ada.login).as_bytes());
    let answers: Vec<String> = (0..6).map(|_| pop3.answer()).collect();
    assert!(answers[1] == REFUSED && answers[2].starts_with("-ERR") && answers[5].starts_with("+OK 3 "), "{answers:?}");
}

#[test]
fn a_revoke_ends_a_session_at_once_and_what_it_marked_as_deleted_stays() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let lost = tryout.commands.make_key(&ada.login, "Lost phone", &[]);
    let mut thief = Pop3::signed_in(&entrance, &ada.login, &lost.secret);
    for n in 1..=3 {
        assert!(thief.ask(&format!("DELE {n}")).starts_with("+OK"));
    }
    // Half a farewell is none.
    thief.0.send(b"QUIT\r");
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &lost.id]);
    assert_eq!(revoked["connections_closed"], 1, "{revoked}");
    assert!(thief.0.is_closed_already(), "it was closed after the return only");
    assert_eq!(Pop3::connect(&entrance, Encryption::AtOnce).sign_in(&ada.login, &lost.secret), REFUSED);
    let mut pop3 = Pop3::signed_in(&entrance, &ada.login, &ada.key.secret);
    assert_eq!(count(&mut pop3), 3, "something was deleted");
    assert!(pop3.ask("DELE 2").starts_with("+OK"));
    assert!(pop3.ask("QUIT").starts_with("+OK"));
    pop3.0.until_closed();
    let mut pop3 = Pop3::signed_in(&entrance, &ada.login, &ada.key.secret);
    assert_eq!(count(&mut pop3), 2, "a session that ends by QUIT deletes");
    assert!(!pop3.list("TOP 2 0").iter().any(|line| line.contains("What a valet key is")));
}

#[test]
fn after_the_sign_in_there_is_no_second_one_and_nobody_says_where_he_is() {
    let (tryout, entrance) = start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let mut pop3 = Pop3::signed_in(&entrance, &ada.login, &ada.key.secret);
    for command in [
        format!("USER {}", bob.login),
        format!("PASS {}", bob.key.secret),
        format!("AUTH PLAIN {}", plain("", &bob.login, &bob.key.secret)),
        "AUTH PLAIN".to_owned(),
        "APOP bob@example.org 0123456789abcdef0123456789abcdef".to_owned(),
        "STLS".to_owned(),
        "XCLIENT ADDR=192.0.2.1".to_owned(),
        "xclient ADDR=192.0.2.1 PORT=5 SESSION=x TTL=4".to_owned(),
    ] {
        let answer = pop3.ask(&command);
        assert!(answer.starts_with("-ERR"), "{command}: {answer}");
    }
    assert!(pop3.list("RETR 1").iter().any(|line| line == "To: ada@example.org"));
    let log = tryout.log_of_dovecot();
    assert!(!log.contains("192.0.2.1") && !log.contains("bob@"), "{log}");
}

#[test]
fn dovecot_is_told_where_the_app_is() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let mut pop3 = Pop3::connect_from(Ipv4Addr::new(127, 0, 0, 9).into(), &entrance);
    assert!(pop3.sign_in(&ada.login, &ada.key.secret).starts_with("+OK"));
    wait_for("Dovecot's line of the sign-in", || {
        let log = tryout.log_of_dovecot();
        let parts = ["pop3-login: ", "Login: user=<ada@example.org>", "rip=127.0.0.9"];
        log.lines().any(|line| parts.iter().all(|part| line.contains(part))).then_some(())
    });
}

#[test]
fn an_outage_is_no_wrong_password() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let sign_in = |secret: &str| Pop3::connect(&entrance, Encryption::AtOnce).sign_in(&ada.login, secret);
    let mut open = Pop3::signed_in(&entrance, &ada.login, &ada.key.secret);
    let (data, away) = (tryout.dir().join("data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || sign_in(WRONG).starts_with("-ERR [SYS/TEMP] ").then_some(()));
    assert!(sign_in(&ada.key.secret).starts_with("-ERR [SYS/TEMP] "));
    assert_eq!(count(&mut open), 3, "who is connected stays so for a while");
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || sign_in(&ada.key.secret).starts_with("+OK").then_some(()));
    assert_eq!(sign_in(WRONG), REFUSED);
}
