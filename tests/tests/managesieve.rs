//! ManageSieve through the gateway, to a real Dovecot: with sieve-connect, and with one that says exactly what it is told
//! to.

use valetkey_tests::client::Entrance;
use valetkey_tests::client::sieve::{Sieve, sieve_connect};
use valetkey_tests::client::talk::{Talk, plain, socket};
use valetkey_tests::tryout::Tryout;

const SCRIPT: &str = "require [\"fileinto\"];\r\nkeep;\r\n";

fn start() -> (Tryout, Entrance) {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("managesieve");
    (tryout, entrance)
}

#[test]
fn a_real_app_leaves_a_script_and_finds_it_again() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let script = tryout.dir().join("holiday.sieve");
    std::fs::write(&script, SCRIPT).expect("a file in a directory of ours");
    let script = script.display().to_string();
    let left = sieve_connect(
        &entrance,
        &ada.login,
        &ada.key.secret,
        &["--upload", "--localsieve", &script, "--remotesieve", "holiday"],
    );
    assert_eq!(left.code, 0, "{left:?}");
    let listed = sieve_connect(&entrance, &ada.login, &ada.key.secret, &["--list"]);
    assert!(listed.code == 0 && listed.out.contains("\"holiday\""), "{listed:?}");
    let calendars = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    for secret in [&calendars.secret, "abcd-efgh-ijkl-mnop"] {
        let refused = sieve_connect(&entrance, &ada.login, secret, &["--list"]);
        assert!(refused.code != 0 && !refused.out.contains("holiday"), "{refused:?}");
    }
}

#[test]
fn a_revoke_says_goodbye_and_the_next_sign_in_is_refused() {
    let (tryout, entrance) = start();
    let ada = tryout.ada();
    let lost = tryout.commands.make_key(&ada.login, "Lost laptop", &[]);
    let mut thief = Sieve::connect(&entrance);
    assert!(thief.sign_in(&ada.login, &lost.secret).starts_with("OK"));
    let mut other = Sieve::connect(&entrance);
    assert!(other.sign_in(&ada.login, &ada.key.secret).starts_with("OK"));
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &lost.id]);
    assert_eq!(revoked["connections_closed"], 1, "{revoked}");
    let said = thief.0.until_closed();
    assert!(said.iter().any(|line| line.starts_with("BYE \"This app was signed out")), "{said:?}");
    assert!(Sieve::connect(&entrance).sign_in(&ada.login, &lost.secret).starts_with("NO"));
    assert!(other.ask("LISTSCRIPTS").starts_with("OK"), "another app of hers");
}

#[test]
fn before_tls_nothing_is_offered_or_taken_and_after_the_sign_in_nobody_becomes_somebody_else() {
    let (tryout, entrance) = start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let mut clear = Sieve(Talk::in_clear(&entrance.ca, socket(entrance.clear)));
    let (offers, _) = clear.answer();
    assert!(offers.iter().any(|line| line == "\"SASL\" \"\"") && offers.iter().any(|line| line == "\"STARTTLS\""));
    assert!(clear.sign_in(&ada.login, &ada.key.secret).starts_with("NO"));
    let mut sieve = Sieve::connect(&entrance);
    assert!(sieve.sign_in(&ada.login, &ada.key.secret).starts_with("OK"));
    let authenticate = format!("AUTHENTICATE \"PLAIN\" \"{}\"", plain("", &bob.login, &bob.key.secret));
    for forbidden in ["UNAUTHENTICATE", "STARTTLS", "XCLIENT ADDR=192.0.2.1", &authenticate] {
        assert!(sieve.ask(forbidden).starts_with("NO"), "{forbidden}");
    }
    sieve.0.send(b"CAPABILITY\r\n");
    let (offers, _) = sieve.answer();
    for hidden in ["SASL", "STARTTLS", "UNAUTHENTICATE", "XCLIENT"] {
        assert!(!offers.iter().any(|line| line.starts_with(&format!("\"{hidden}\""))), "{offers:?}");
    }
}
