//! Servers that ask Valetkey: the real ones.

use valetkey_tests::asking::Postfix;
use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::Tryout;

#[test]
fn postfix_takes_mail_from_whoever_has_an_app_password_for_it() {
    let tryout = Tryout::start();
    let postfix = Postfix::start(&format!("unix:{}", tryout.url("dovecot_auth")), &tryout.dir().join("tls"));
    let ada = tryout.ada();
    let printer = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let accepted = "235 2.7.0 Authentication successful\n250 2.1.5 Ok\n250\n";
    for mechanism in ["PLAIN", "LOGIN"] {
        for (what, secret) in [("an app password", &ada.key.secret), ("one for sending", &printer.secret)] {
            let ran = postfix.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, accepted, "{mechanism} {what}: {ran:?}\n{}", postfix.log());
        }
        for (what, secret, says) in [
            (
                "the primary password",
                &*ada.primary_password,
                "535 5.7.8 Error: authentication failed: Use an app password here, not your own password.\n",
            ),
            ("another one", "abcd-efgh-ijkl-mnop", "535 5.7.8 Error: authentication failed: "),
            ("one for calendars", &calendar.secret, "535 5.7.8 Error: authentication failed: "),
        ] {
            let ran = postfix.send(mechanism, &ada.login, secret, &ada.login);
            assert!(ran.out.starts_with(says), "{mechanism} {what}: {ran:?}\n{}", postfix.log());
        }
    }
    let ran = postfix.send("PLAIN", "ada", &ada.key.secret, &ada.login);
    assert_eq!(ran.out, accepted, "Postfix is told the canonical name");
    let ran = postfix.send("PLAIN", &ada.login, &ada.key.secret, &tryout.bob().login);
    assert!(ran.out.contains("553 5.7.1"), "nobody sends in another's name: {ran:?}");
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &printer.id]);
    let ran = postfix.send("PLAIN", &ada.login, &printer.secret, &ada.login);
    assert!(ran.out.starts_with("535 "), "{ran:?}");
}

#[test]
fn while_valetkey_is_down_postfix_says_later_and_recovers_by_itself() {
    let tryout = Tryout::start();
    let socket = tryout.dir().join("run/second-auth");
    let second = tryout.serve_beside(&[]);
    let postfix = Postfix::start(&format!("unix:{}", socket.display()), &tryout.dir().join("tls"));
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    let send = || postfix.send("PLAIN", &ada.login, &ada.key.secret, &ada.login).out;
    assert!(send().starts_with("235 "), "{}", postfix.log());
    // Without its store it knows nothing, and closes the connection rather than call a password wrong.
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("454", || send().starts_with("454 4.7.0").then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("235", || send().starts_with("235 ").then_some(()));
    second.stop();
    assert!(!socket.exists(), "its socket goes with it");
    let said = send();
    assert!(said.starts_with("454 4.7.0"), "{said}");
    let second = tryout.serve_beside(&[]);
    assert!(send().starts_with("235 "), "{}", postfix.log());
    drop(second);
}
