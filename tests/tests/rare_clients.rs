//! Mail apps that are not at hand everywhere, through the gateway.

use valetkey_tests::client::Encryption;
use valetkey_tests::client::mail_app::Way;
use valetkey_tests::client::offlineimap::Offlineimap;
use valetkey_tests::client::thunderbird::{Account, Thunderbird};
use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::{Key, Person, Tryout};

/// The samples, as Thunderbird shows them.
const SAMPLES: [&str; 3] = ["Welcome to Valetkey", "What a valet key is", "Try a revoke"];
/// What Thunderbird's owner reads after the revoke, in this order, with the button that is pressed.
const ASKED: [&str; 2] = [
    "Login to server localhost with username ada@example.org failed.|&Enter New Password",
    "Enter your password for ada@example.org on localhost:|",
];

fn thunderbird(tryout: &Tryout, ada: &Person, key: &Key, encryption: Encryption) -> Thunderbird {
    let mut thunderbird = Thunderbird::start(&tryout.door.ca);
    let account = Account { login: &ada.login, secret: &key.secret, encryption };
    thunderbird.set_up(account, &tryout.door, &tryout.entrance("submission"));
    thunderbird
}

/// Sends a letter to itself, and finds it in its inbox as it was sent.
fn sends_and_reads(thunderbird: &mut Thunderbird, ada: &Person, subject: &str) {
    let body = "Grüße aus 京都\n.a line that begins with a dot\n.\n\nThe end.\n";
    thunderbird.sends(&ada.login, subject, body);
    wait_for("the message is sent", || thunderbird.has_sent(subject).then_some(()));
    wait_for("the message is in the inbox", || thunderbird.mail().iter().any(|found| found == subject).then_some(()));
    let source = thunderbird.source(subject);
    let (_, read) = source.split_once("\r\n\r\n").expect("a head and a body");
    // Bytes come as letters.
    let sent: String = body.replace('\n', "\r\n").bytes().map(char::from).collect();
    assert_eq!(read, sent, "{source}");
}

fn goes_on_until_it_is_revoked(encryption: Encryption) {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let key = tryout.commands.make_key(&ada.login, "Thunderbird", &[]);
    let mut thunderbird = thunderbird(&tryout, &ada, &key, encryption);
    assert_eq!(thunderbird.mail(), SAMPLES);
    sends_and_reads(&mut thunderbird, &ada, "Sent by Thunderbird");
    let connected = tryout.commands.ask(&["connections", &ada.login]);
    let client = connected[0]["client"].as_str().unwrap_or_default();
    assert!(client.starts_with("Thunderbird "), "{connected}");
    thunderbird.expect_dialogs(&[]);
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    assert!(revoked["connections_closed"].as_u64() > Some(0), "{revoked}");
    assert_eq!(tryout.commands.connections_of(&ada.login), 0);
    assert_ne!(thunderbird.asks_for_mail(), 0, "it was signed in all the same");
    thunderbird.expect_dialogs(&ASKED);
    // With a new app password all is well again. Of what was refused at reading, Thunderbird has forgotten the password.
    let new = tryout.commands.make_key(&ada.login, "Thunderbird again", &[]);
    thunderbird.will_type(&new.secret);
    assert_eq!(thunderbird.mail().len(), SAMPLES.len() + 1);
    thunderbird.expect_dialogs(&ASKED[1..]);
    sends_and_reads(&mut thunderbird, &ada, "Sent once more");
    thunderbird.expect_dialogs(&ASKED);
}

#[test]
fn thunderbird_reads_and_sends_and_asks_for_a_password_after_the_revoke() {
    goes_on_until_it_is_revoked(Encryption::AtOnce);
}

#[test]
fn thunderbird_does_so_with_starttls_too() {
    goes_on_until_it_is_revoked(Encryption::Later);
}

#[test]
fn offlineimap_keeps_both_sides_alike_until_it_is_revoked() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let key = tryout.commands.make_key(&ada.login, "offlineimap", &["--scope", "mail"]);
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let ways = [Way::Imaps, Way::StartTls].map(|way| ["PLAIN", "LOGIN"].map(|mechanism| (way, mechanism)));
    for (n, (way, mechanism)) in ways.into_iter().flatten().enumerate() {
        let app = |secret: &str| Offlineimap::new(&tryout.door, way, mechanism, &ada.login, secret);
        for wrong in [&calendar.secret, "abcd-efgh-ijkl-mnop"] {
            let app = app(wrong);
            is_refused(&app);
            assert!(app.messages().is_empty());
        }
        let app = app(&key.secret);
        app.sync().succeeded();
        // Each finds what those before it have left.
        assert_eq!(app.messages().len(), SAMPLES.len() + n, "{way:?} {mechanism}");
        let letter = format!("From: {0}\nTo: {0}\nSubject: Left by number {n}\n\nGrüße.\n.\n", ada.login);
        app.leave(&letter);
        app.sync().succeeded();
        let there = tryout.await_mail(&ada, n + 1).remove(n);
        // It may add a header of its own at the top.
        let left = String::from_utf8(there).expect("text").replace("\r\n", "\n");
        assert!(left.ends_with(&letter), "{left}");
        assert_eq!(app.messages().len(), SAMPLES.len() + n + 1);
    }
    let app = Offlineimap::new(&tryout.door, Way::Imaps, "PLAIN", &ada.login, &key.secret);
    app.sync().succeeded();
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    app.leave("Subject: Too late\n\n");
    is_refused(&app);
    assert_eq!(tryout.mail_of(&ada).len(), 4);
}

fn is_refused(app: &Offlineimap) {
    let ran = app.sync();
    let said = ran.out.clone() + &ran.err;
    assert!(ran.code != 0 && said.contains("AUTHENTICATIONFAILED"), "{ran:?}");
}
