//! Servers that ask Valetkey and are not at hand everywhere, each configured as the book says.

use valetkey_tests::asking::Exim;
use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::Tryout;

const ADA: &str = "ada@example.org";
/// An app password that nobody has.
const WRONG: &str = "abcd-efgh-ijkl-mnop";

#[test]
fn exim_takes_mail_from_whoever_has_an_app_password_for_it() {
    let tryout = Tryout::start();
    let exim = Exim::start(&tryout.url("dovecot_auth"), &tryout.dir().join("tls"));
    let ada = tryout.ada();
    let printer = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let accepted = "235 Authentication succeeded\n250 Accepted\n250\n";
    for mechanism in ["PLAIN", "LOGIN"] {
        for (what, secret) in [("an app password", &ada.key.secret), ("one for sending", &printer.secret)] {
            let ran = exim.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, accepted, "{mechanism} {what}: {ran:?}\n{}", exim.log());
        }
        for (what, secret) in [
            ("the primary password", &*ada.primary_password),
            ("another one", WRONG),
            ("one for calendars", &calendar.secret),
        ] {
            let ran = exim.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, "535 Incorrect authentication data\n", "{mechanism} {what}: {ran:?}\n{}", exim.log());
        }
    }
    let ran = exim.send("PLAIN", "ada", &ada.key.secret, &ada.login);
    assert_eq!(ran.out, accepted, "Exim is told the canonical name: {}", exim.log());
    assert_eq!(exim.send("PLAIN", &ada.login, &ada.key.secret, "").out, accepted, "a receipt is from nobody");
    let ran = exim.send("PLAIN", &ada.login, &ada.key.secret, &tryout.bob().login);
    assert!(!ran.out.contains("250 "), "nobody sends in another's name: {ran:?}");
    assert!(exim.log().contains("this is not the address that you signed in with"), "{}", exim.log());
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &printer.id]);
    for mechanism in ["PLAIN", "LOGIN"] {
        let ran = exim.send(mechanism, &ada.login, &printer.secret, &ada.login);
        assert!(ran.out.starts_with("535 "), "{ran:?}");
    }
}

#[test]
fn while_valetkey_is_down_exim_says_later_and_recovers_by_itself() {
    let tryout = Tryout::start();
    let socket = tryout.dir().join("run/second-auth");
    let second = tryout.serve_beside(&[]);
    let exim = Exim::start(&socket.display().to_string(), &tryout.dir().join("tls"));
    let ada = second.commands.make_person(ADA, "a-primary-password");
    let send = |mechanism: &str| exim.send(mechanism, &ada.login, &ada.key.secret, &ada.login).out;
    assert!(send("PLAIN").starts_with("235 "), "{}", exim.log());
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("435", || send("PLAIN").starts_with("435 ").then_some(()));
    assert!(send("LOGIN").starts_with("435 "), "{}", exim.log());
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("235", || send("PLAIN").starts_with("235 ").then_some(()));
    second.stop();
    for mechanism in ["PLAIN", "LOGIN"] {
        let said = send(mechanism);
        assert!(said.starts_with("435 "), "{mechanism}: {said}\n{}", exim.log());
    }
    let second = tryout.serve_beside(&[]);
    assert!(send("LOGIN").starts_with("235 "), "{}", exim.log());
    drop(second);
}
