//! Signing in over IMAP, with real mail apps and with one that says exactly what it is told to.

use valetkey_tests::client::Door;
use valetkey_tests::client::imap::{Answer, Imap, plain};
use valetkey_tests::client::mail_app::{self, ALL, MailApp, Outcome, Way};
use valetkey_tests::tryout::Tryout;

/// curl and imaplib: those that take any password, in the two ways in which passwords are sent.
const FLEXIBLE: [MailApp; 3] =
    [MailApp::Curl(Way::Imaps), MailApp::ImaplibPlain(Way::StartTls), MailApp::Mbsync(Way::Imaps)];

#[test]
fn real_mail_apps_sign_in_and_read_in_every_way() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    for app in ALL {
        assert_eq!(app.read(&tryout.door, &ada.login, &ada.key.secret), Outcome::HasRead, "{app}");
    }
    let by_login = ["--login-options", "AUTH=LOGIN"];
    let read = mail_app::curl(&tryout.door, Way::Imaps, &ada.login, &ada.key.secret, &by_login);
    assert_eq!(read, Outcome::HasRead, "curl by AUTHENTICATE LOGIN");
    let read = mail_app::curl(&tryout.door, Way::Imaps, &ada.login, &ada.key.secret, &["--sasl-ir"]);
    assert_eq!(read, Outcome::HasRead, "curl with an initial response");
}

#[test]
fn a_password_and_a_name_typed_in_another_way_are_accepted() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let shown = &ada.key.secret;
    let spellings = [
        ("as shown", shown.clone()),
        ("spaces for hyphens", shown.replace('-', " ")),
        ("capitals", shown.to_uppercase()),
        ("the first letter a capital, as phones do it", shown[..1].to_uppercase() + &shown[1..]),
        ("without hyphens", ada.key.letters()),
        ("en dashes", shown.replace('-', "–")),
        ("em dashes and spaces", shown.replace('-', " — ")),
        ("non-breaking hyphens", shown.replace('-', "\u{2011}")),
        ("non-breaking spaces", shown.replace('-', "\u{a0}")),
        ("narrow spaces around", format!("\u{202f}{shown}\u{202f}")),
    ];
    for (what, spelling) in &spellings {
        for app in FLEXIBLE {
            assert_eq!(app.read(&tryout.door, &ada.login, spelling), Outcome::HasRead, "{what}, by {app}");
        }
        let mut imap = Imap::connect(&tryout.door);
        imap.send(format!("a LOGIN {} {{{}+}}\r\n{spelling}\r\n", ada.login, spelling.len()).as_bytes());
        assert!(imap.answer("a").is_ok(), "{what}, in a literal");
    }
    for name in ["ada", "ADA@EXAMPLE.ORG", "Ada@Example.org", " ada@example.org "] {
        assert!(Imap::connect(&tryout.door).sign_in(name, shown).is_ok(), "{name:?}");
    }
}

#[test]
fn what_is_no_app_password_of_the_account_is_refused_by_every_app() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let sent = [
        ("a wrong one", "abcd-efgh-ijkl-mnop"),
        ("another account's app password", bob.key.secret.as_str()),
        ("the primary password", ada.primary_password.as_str()),
    ];
    for (what, secret) in sent {
        for app in ALL {
            assert_eq!(app.read(&tryout.door, &ada.login, secret), Outcome::SaysRefused, "{what}, by {app}");
        }
    }
    for (what, secret) in sent {
        let ran = tryout.commands.run(&["verify", &ada.login, "--service", "imap"], &format!("{secret}\n"));
        assert_eq!(ran.code, 1, "{what}: {ran:?}");
        assert!(ran.out.starts_with("Refused: wrong-secret"), "{what}: {ran:?}");
    }
}

/// What an app is answered, whoever asks: all of it but the tag.
fn answered(door: &Door, login: &str, secret: &str) -> String {
    Imap::connect(door).sign_in(login, secret).text()
}

#[test]
fn an_answer_tells_neither_whether_the_account_exists_nor_what_was_sent() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let revoked = tryout.commands.make_key(&ada.login, "To be revoked", &[]);
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &revoked.id]);
    let other_scope = tryout.commands.make_key(&ada.login, "Calendars", &["--scope", "calendars"]);
    let elsewhere = tryout.commands.make_key(&ada.login, "Elsewhere", &["--network", "192.0.2.0/24"]);
    let shaped = "NO [AUTHENTICATIONFAILED] Authentication failed.";
    for (what, login, secret) in [
        ("a wrong one", &*ada.login, "abcd-efgh-ijkl-mnop"),
        ("nobody's name", "nobody@example.org", "abcd-efgh-ijkl-mnop"),
        ("a name that is none", "ada*@example.org", "abcd-efgh-ijkl-mnop"),
        ("another account's", &ada.login, &bob.key.secret),
        ("a revoked one", &ada.login, &revoked.secret),
        ("one that opens something else", &ada.login, &other_scope.secret),
        ("one for another network", &ada.login, &elsewhere.secret),
        ("24 letters", &ada.login, "abcdefghijklmnopqrstuvwx"),
    ] {
        assert_eq!(answered(&tryout.door, login, secret), shaped, "{what}");
    }
    let config = std::fs::read_to_string(tryout.commands.config()).expect("a configuration");
    assert!(!config.contains("advice"), "the default is expected below");
    let other =
        format!("* NO [ALERT] Use an app password here, with all its letters, and not your own password.\n{shaped}");
    for (what, login, secret) in [
        ("the primary password", &*ada.login, &*ada.primary_password),
        ("the primary password of nobody", "nobody@example.org", &ada.primary_password),
        ("any other word", &ada.login, "correct horse battery staple"),
        ("nothing", &ada.login, ""),
        ("a letter too many", &ada.login, &format!("{}x", ada.key.secret)),
        ("a letter too few", &ada.login, &ada.key.secret[1..]),
    ] {
        assert_eq!(answered(&tryout.door, login, secret), other, "{what}");
    }
}

#[test]
fn before_tls_no_way_to_sign_in_is_offered_and_none_is_taken() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let (mut imap, greeting) = Imap::connect_in_clear(&tryout.door);
    let offered = imap.ask("CAPABILITY").text();
    for capabilities in [&greeting, &offered] {
        assert!(capabilities.contains("LOGINDISABLED") && capabilities.contains("STARTTLS"), "{capabilities}");
        assert!(!capabilities.contains("AUTH="), "{capabilities}");
    }
    for command in [
        format!("LOGIN {} {}", ada.login, ada.key.secret),
        format!("AUTHENTICATE PLAIN {}", plain("", &ada.login, &ada.key.secret)),
        "AUTHENTICATE PLAIN".to_owned(),
        "AUTHENTICATE LOGIN".to_owned(),
        // Not asked for, and so not sent.
        format!("LOGIN {} {{19}}", ada.login),
        "LOGIN {15}".to_owned(),
    ] {
        assert_eq!(imap.ask(&command).text(), "NO [PRIVACYREQUIRED] Sign-in needs TLS.", "{command}");
    }
    assert!(imap.ask("STARTTLS").is_ok());
    let mut imap = imap.begin_tls();
    let offered = imap.ask("CAPABILITY").text();
    assert!(offered.contains("AUTH=PLAIN") && offered.contains("AUTH=LOGIN"), "{offered}");
    assert!(!offered.contains("LOGINDISABLED") && !offered.contains("STARTTLS"), "{offered}");
    assert!(imap.sign_in(&ada.login, &ada.key.secret).is_ok());
}

#[test]
fn nobody_acts_for_somebody_else_and_no_name_reaches_the_master_user() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let sasl = |acting_for: &str, login: &str| -> Answer {
        Imap::connect(&tryout.door).ask(&format!("AUTHENTICATE PLAIN {}", plain(acting_for, login, &ada.key.secret)))
    };
    for own in ["", "ada", "ada@example.org", "ADA@example.org"] {
        let answer = sasl(own, &ada.login);
        assert!(answer.is_ok(), "{own}: {answer:?}");
    }
    let refused = "NO [AUTHENTICATIONFAILED] Authentication failed.";
    for other in ["bob", "bob@example.org", "nobody@example.org", "gateway", "*", "ada@example.org*gateway", " "] {
        assert_eq!(sasl(other, &ada.login).text(), refused, "{other}");
    }
    for name in [
        "bob@example.org*ada@example.org",
        "bob@example.org*gateway",
        "ada@example.org*gateway",
        "ada@example.org*",
        "*ada@example.org",
        "ada%example.org",
        "ada/../bob@example.org",
        "gateway",
    ] {
        assert_eq!(sasl("", name).text(), refused, "{name}");
        assert_eq!(Imap::connect(&tryout.door).sign_in(name, &ada.key.secret).text(), refused, "{name}");
    }
    let as_bob = ["--sasl-authzid", bob.login.as_str()];
    let read = mail_app::curl(&tryout.door, Way::Imaps, &ada.login, &ada.key.secret, &as_bob);
    assert_eq!(read, Outcome::SaysRefused, "curl with Bob's authorisation identity");
    let dovecot = std::fs::read_to_string(tryout.dir().join("dovecot.log")).expect("Dovecot's log");
    assert!(!dovecot.contains("bob@example.org") && !dovecot.contains('*'), "something went upstream:\n{dovecot}");
}

#[test]
fn after_the_sign_in_no_second_one_goes_upstream() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let mut imap = Imap::connect(&tryout.door);
    let signed_in = imap.sign_in(&ada.login, &ada.key.secret);
    assert!(signed_in.is_ok(), "{signed_in:?}");
    let offered = imap.ask("CAPABILITY");
    for text in [signed_in.text(), offered.text()] {
        for never in ["UNAUTHENTICATE", "AUTH=", "LOGINDISABLED", "STARTTLS"] {
            assert!(!text.contains(never), "{never} is offered: {text}");
        }
    }
    let bobs = plain("", &bob.login, &bob.key.secret);
    for (command, answer) in [
        (format!("LOGIN {} {}", bob.login, bob.key.secret), "BAD You are signed in already."),
        (format!("login {} {}", ada.login, ada.key.secret), "BAD You are signed in already."),
        (format!("AUTHENTICATE PLAIN {bobs}"), "BAD You are signed in already."),
        ("AUTHENTICATE PLAIN".to_owned(), "BAD You are signed in already."),
        ("STARTTLS".to_owned(), "BAD The connection is encrypted already."),
        ("UNAUTHENTICATE".to_owned(), "NO [CANNOT] This is not available."),
    ] {
        assert_eq!(imap.ask(&command).text(), answer, "{command}");
    }
    // Behind a literal that the server does not want stands no new command.
    let hidden = format!("x LOGIN {} {}\r\n", bob.login, bob.key.secret);
    imap.send(format!("a NOOP {{{}+}}\r\n{hidden}\r\nb NOOP\r\n", hidden.len()).as_bytes());
    let answer = imap.answer("b");
    assert!(answer.is_ok() && !answer.text().contains("x OK"), "{answer:?}");
    let read = imap.first_subject();
    assert!(read.contains("Welcome to Valetkey") && read.contains("To: ada@example.org"), "{read}");
}

#[test]
fn commands_behind_a_sign_in_wait_for_its_outcome_and_go_upstream_once_in_order() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let good = format!("LOGIN {} {}", ada.login, ada.key.secret);
    let fetch = "FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]";
    let mut imap = Imap::connect(&tryout.door);
    imap.send(format!("a {good}\r\nb SELECT INBOX\r\nc {fetch}\r\nd NOOP\r\ne LOGOUT\r\n").as_bytes());
    let lines = imap.until_closed();
    let tagged: Vec<&str> = lines
        .iter()
        .filter(|l| !l.starts_with(['*', '+']))
        .filter_map(|l| l.get(..4))
        .filter(|l| l.contains(" OK") || l.contains(" NO"))
        .collect();
    assert_eq!(tagged, ["a OK", "b OK", "c OK", "d OK", "e OK"], "{lines:?}");
    assert_eq!(lines.iter().filter(|l| l.contains("Welcome to Valetkey")).count(), 1, "{lines:?}");

    let mut imap = Imap::connect(&tryout.door);
    let wrong = format!("LOGIN {} abcd-efgh-ijkl-mnop", ada.login);
    imap.send(format!("a {wrong}\r\nb SELECT INBOX\r\nc {good}\r\nd SELECT INBOX\r\ne {fetch}\r\n").as_bytes());
    assert!(imap.answer("a").answer.starts_with("NO [AUTHENTICATIONFAILED]"));
    assert_eq!(imap.answer("b").text(), "BAD Sign in first.");
    for tag in ["c", "d", "e"] {
        let answer = imap.answer(tag);
        assert!(answer.is_ok(), "{tag}: {answer:?}");
    }

    // The same behind an exchange of several lines.
    let mut imap = Imap::connect(&tryout.door);
    let message = plain("", &ada.login, &ada.key.secret);
    imap.send(format!("a AUTHENTICATE PLAIN\r\n{message}\r\nb SELECT INBOX\r\nc LOGOUT\r\n").as_bytes());
    for tag in ["a", "b", "c"] {
        let answer = imap.answer(tag);
        assert!(answer.is_ok(), "{tag}: {answer:?}");
    }
}
