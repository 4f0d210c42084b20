//! A Cyrus behind the gateway, set up as the book says; and what of servers behind takes half a minute to be seen.

use valetkey_tests::behind::Cyrus;
use valetkey_tests::client::collector;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::mail_app::{self, MailApp, Outcome, Way};
use valetkey_tests::client::pop3::Pop3;
use valetkey_tests::client::sieve::{Sieve, sieve_connect};
use valetkey_tests::client::{Door, Encryption};
use valetkey_tests::clock::{PATIENCE, look_for};
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Behind, Server, Setup, Store};

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";
const SECRET: &str = "between-gateway-and-cyrus";
const WRONG: &str = "abcd-efgh-ijkl-mnop";
const SUBJECTS: [&str; 3] = ["Welcome to Valetkey", "The second", "The third"];

/// A Valetkey before a Cyrus, and where mail apps connect.
struct Stage {
    server: Server,
    cyrus: Cyrus,
    door: Door,
    /// Ada's app password, and its number.
    ada: (String, String),
    bob: String,
}

fn start() -> Stage {
    let cyrus = Cyrus::start(SECRET);
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    server.write("master-secret", SECRET);
    let tls = "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n";
    server.configure(&format!("\n{tls}\n{}", cyrus.gateway()));
    server.start_again();
    let imap = server.entrance("imap");
    let door = Door { imaps: imap.tls, imap: imap.clear, ca: imap.ca };
    let [ada, bob] = [ADA, BOB].map(|login| {
        server.admin().make_person(login);
        server.admin().make_key(login, "Phone")
    });
    let stage = Stage { server, cyrus, door, ada, bob: bob.1 };
    for (login, secret) in [(ADA, &stage.ada.1), (BOB, &stage.bob)] {
        stage.fill(login, secret);
    }
    stage
}

impl Stage {
    /// Puts a message with each subject into somebody's mailbox.
    fn fill(&self, login: &str, secret: &str) {
        let mut app = Imap::connect(&self.door);
        let signed_in = app.sign_in(login, secret);
        assert!(signed_in.is_ok(), "{signed_in:?}\n{}\n{}", self.server.log(), self.cyrus.log());
        for subject in SUBJECTS {
            let message = format!("From: a@example.org\r\nTo: {login}\r\nSubject: {subject}\r\n\r\nA letter.\r\n");
            app.send(format!("a APPEND INBOX {{{}}}\r\n", message.len()).as_bytes());
            let go_on = app.line().expect("an answer");
            assert!(go_on.starts_with('+'), "{go_on}");
            app.send(format!("{message}\r\n").as_bytes());
            let taken = app.answer("a");
            assert!(taken.is_ok(), "{taken:?}");
        }
    }

    fn revoke(&self) -> u64 {
        let ran = self.server.run(&["--json", "app-password", "revoke", ADA, &self.ada.0], "").succeeded();
        let answer: serde_json::Value = serde_json::from_str(&ran).expect("JSON");
        answer["connections_closed"].as_u64().expect("a number")
    }
}

#[test]
fn real_mail_apps_read_in_every_way_what_cyrus_has() {
    let stage = start();
    for app in mail_app::ALL {
        assert_eq!(app.read(&stage.door, ADA, &stage.ada.1), Outcome::HasRead, "{app}: {}", stage.cyrus.log());
        assert_eq!(app.read(&stage.door, ADA, WRONG), Outcome::SaysRefused, "{app}");
    }
    let pop3 = stage.server.entrance("pop3");
    for app in collector::ALL {
        assert_eq!(app.read(&pop3, ADA, &stage.ada.1), Outcome::HasRead, "{app:?}: {}", stage.cyrus.log());
        assert_eq!(app.read(&pop3, ADA, &stage.bob), Outcome::SaysRefused, "{app:?}");
    }
    let (sieve, script) = (stage.server.entrance("managesieve"), stage.server.file("holiday.sieve"));
    stage.server.write("holiday.sieve", "require [\"fileinto\"];\r\nkeep;\r\n");
    let upload = ["--upload", "--localsieve", &*script, "--remotesieve", "holiday"];
    let left = sieve_connect(&sieve, ADA, &stage.ada.1, &upload);
    assert_eq!(left.code, 0, "{left:?}\n{}", stage.cyrus.log());
    let listed = sieve_connect(&sieve, ADA, &stage.ada.1, &["--list"]);
    assert!(listed.code == 0 && listed.out.contains("\"holiday\""), "{listed:?}");
    let others = sieve_connect(&sieve, BOB, &stage.bob, &["--list"]);
    assert!(others.code == 0 && !others.out.contains("holiday"), "{others:?}");
}

#[test]
fn nobody_is_somebody_else_at_cyrus() {
    let stage = start();
    let refused = "NO [AUTHENTICATIONFAILED] Authentication failed.";
    for name in ["gateway", "gateway@internal", "cyrus", "bob@example.org", "ada@example.org+bob@example.org"] {
        assert_eq!(Imap::connect(&stage.door).sign_in(name, &stage.ada.1).answer, refused, "{name}");
        assert_eq!(Imap::connect(&stage.door).sign_in(name, SECRET).answer, refused, "{name}");
    }
    let mut app = Imap::connect(&stage.door);
    // The alias's mailbox is the account's.
    assert!(app.sign_in("ADA@Example.org", &stage.ada.1).is_ok());
    for command in ["UNAUTHENTICATE", "AUTHENTICATE PLAIN", "STARTTLS", "PROXY bob@example.org"] {
        assert!(!app.ask(command).is_ok(), "{command}");
    }
    let shown = app.ask("LIST \"\" *").text();
    assert!(shown.contains("INBOX") && !shown.contains("bob"), "{shown}");
    assert!(app.first_subject().contains("To: ada@example.org"));
    for theirs in ["\"Other Users/bob@example.org\"", "user/bob@example.org", "\"user/bob\""] {
        assert!(!app.ask(&format!("SELECT {theirs}")).is_ok(), "{theirs}");
    }
    let mut sieve = Sieve::connect(&stage.server.entrance("managesieve"));
    assert!(sieve.sign_in(ADA, &stage.ada.1).starts_with("OK"));
    assert!(sieve.ask("UNAUTHENTICATE").starts_with("NO"));
}

#[test]
fn a_revoke_signs_out_at_once_and_what_was_marked_as_deleted_stays() {
    let stage = start();
    let (pop3, sieve) = (stage.server.entrance("pop3"), stage.server.entrance("managesieve"));
    let mut others = Imap::waiting_for_mail(&stage.door, BOB, &stage.bob);
    let mut reading = Imap::waiting_for_mail(&stage.door, ADA, &stage.ada.1);
    let mut deleting = Pop3::signed_in(&pop3, ADA, &stage.ada.1);
    for n in 1..=3 {
        assert!(deleting.ask(&format!("DELE {n}")).starts_with("+OK"));
    }
    let mut writing = Sieve::connect(&sieve);
    assert!(writing.sign_in(ADA, &stage.ada.1).starts_with("OK"));
    assert_eq!(stage.revoke(), 3);
    assert!(deleting.0.is_closed_already() && reading.is_closed_already() && writing.0.is_closed_already());
    assert_eq!(
        Imap::connect(&stage.door).sign_in(ADA, &stage.ada.1).text(),
        "NO [AUTHENTICATIONFAILED] Authentication failed."
    );
    others.send(b"DONE\r\n");
    assert!(others.answer("idle").is_ok(), "another account notices nothing");
    let (_, new) = stage.server.admin().make_key(ADA, "New phone");
    let mut pop3 = Pop3::signed_in(&pop3, ADA, &new);
    assert!(pop3.ask("STAT").starts_with("+OK 3 "));
}

#[test]
fn while_cyrus_is_away_apps_are_told_to_come_later() {
    let mut stage = start();
    let (pop3, sieve) = (stage.server.entrance("pop3"), stage.server.entrance("managesieve"));
    stage.cyrus.stop();
    let later = |stage: &Stage, secret: &str| {
        [
            Imap::connect(&stage.door).sign_in(ADA, secret).answer,
            Pop3::connect(&pop3, Encryption::AtOnce).sign_in(ADA, secret),
        ]
    };
    let [imap, pop] = later(&stage, &stage.ada.1);
    assert!(imap.starts_with("NO [UNAVAILABLE]") && pop.starts_with("-ERR [SYS/TEMP]"), "{imap} {pop}");
    let [imap, pop] = later(&stage, WRONG);
    assert!(imap.starts_with("NO [AUTHENTICATIONFAILED]") && pop.starts_with("-ERR [AUTH]"), "{imap} {pop}");
    assert!(Sieve::connect(&sieve).sign_in(ADA, &stage.ada.1).starts_with("NO (TRYLATER)"));
    stage.cyrus.start_again();
    assert_eq!(MailApp::Curl(Way::Imaps).read(&stage.door, ADA, &stage.ada.1), Outcome::HasRead);
    assert!(Sieve::connect(&sieve).sign_in(ADA, &stage.ada.1).starts_with("OK"));
}

#[test]
fn that_a_server_has_died_or_come_back_is_said_before_any_app_finds_out() {
    let setup = Setup { mailboxes: &[ADA], behind: Behind::TwoServers, ..Setup::on(Store::Sqlite) };
    let mut server = Server::start(setup);
    let await_line = |server: &Server, what: &str| {
        // It is looked every half minute.
        let said = look_for(PATIENCE * 3 / 2, || server.log().contains(what).then_some(()));
        assert!(said.is_some(), "{what}: {}", server.log());
    };
    server.stop_dovecot(0);
    await_line(&server, "an upstream does not answer");
    server.start_dovecot(0);
    await_line(&server, "an upstream answers again");
}
