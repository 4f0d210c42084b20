//! ManageSieve through the gateway, to a real Dovecot: with sieve-connect, and with one that says exactly what it is told
//! to.

use valetkey_tests::client::talk::{Talk, plain, socket};
use valetkey_tests::client::{Encryption, Entrance};
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::Tryout;

const SCRIPT: &str = "require [\"fileinto\"];\r\nkeep;\r\n";

fn start() -> (Tryout, Entrance) {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("managesieve");
    (tryout, entrance)
}

/// What stands before the answer proper, and the answer.
fn answer(talk: &mut Talk) -> (Vec<String>, String) {
    let mut before = Vec::new();
    loop {
        let line = talk.line().expect("an answer");
        if ["OK", "NO", "BYE"].iter().any(|word| line.starts_with(word)) {
            return (before, line);
        }
        before.push(line);
    }
}

fn ask(talk: &mut Talk, command: &str) -> String {
    talk.send(format!("{command}\r\n").as_bytes());
    answer(talk).1
}

fn connect(entrance: &Entrance) -> Talk {
    let mut talk = Talk::with_tls(&entrance.ca, socket(entrance.tls));
    let (offers, greeting) = answer(&mut talk);
    assert!(greeting.starts_with("OK"), "{greeting}");
    assert!(offers.iter().any(|line| line == "\"SASL\" \"PLAIN LOGIN\""), "{offers:?}");
    talk
}

fn sign_in(talk: &mut Talk, login: &str, secret: &str) -> String {
    ask(talk, &format!("AUTHENTICATE \"PLAIN\" \"{}\"", plain("", login, secret)))
}

/// Runs sieve-connect, with STARTTLS.
fn sieve_connect(entrance: &Entrance, login: &str, secret: &str, what: &[&str]) -> Ran {
    let mut command = program::command("sieve-connect");
    let port = entrance.port(Encryption::Later).to_string();
    command.args(["--server", "localhost", "--port", &port, "--user", login, "--passwordfd", "0", "--tlscafile"]);
    program::run(command.arg(&entrance.ca).args(what), &format!("{secret}\n"))
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
    let mut thief = connect(&entrance);
    assert!(sign_in(&mut thief, &ada.login, &lost.secret).starts_with("OK"));
    let mut other = connect(&entrance);
    assert!(sign_in(&mut other, &ada.login, &ada.key.secret).starts_with("OK"));
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &lost.id]);
    assert_eq!(revoked["connections_closed"], 1, "{revoked}");
    let said = thief.until_closed();
    assert!(said.iter().any(|line| line.starts_with("BYE \"This app was signed out")), "{said:?}");
    assert!(sign_in(&mut connect(&entrance), &ada.login, &lost.secret).starts_with("NO"));
    assert!(ask(&mut other, "LISTSCRIPTS").starts_with("OK"), "another app of hers");
}

#[test]
fn before_tls_nothing_is_offered_or_taken_and_after_the_sign_in_nobody_becomes_somebody_else() {
    let (tryout, entrance) = start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let mut clear = Talk::in_clear(&entrance.ca, socket(entrance.clear));
    let (offers, _) = answer(&mut clear);
    assert!(offers.iter().any(|line| line == "\"SASL\" \"\"") && offers.iter().any(|line| line == "\"STARTTLS\""));
    assert!(sign_in(&mut clear, &ada.login, &ada.key.secret).starts_with("NO"));
    let mut talk = connect(&entrance);
    assert!(sign_in(&mut talk, &ada.login, &ada.key.secret).starts_with("OK"));
    let authenticate = format!("AUTHENTICATE \"PLAIN\" \"{}\"", plain("", &bob.login, &bob.key.secret));
    for forbidden in ["UNAUTHENTICATE", "STARTTLS", "XCLIENT ADDR=192.0.2.1", &authenticate] {
        assert!(ask(&mut talk, forbidden).starts_with("NO"), "{forbidden}");
    }
    talk.send(b"CAPABILITY\r\n");
    let (offers, _) = answer(&mut talk);
    for hidden in ["SASL", "STARTTLS", "UNAUTHENTICATE", "XCLIENT"] {
        assert!(!offers.iter().any(|line| line.starts_with(&format!("\"{hidden}\""))), "{offers:?}");
    }
}
