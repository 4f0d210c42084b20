//! Scripts by an app that has a token and no app password: a real Dovecot's ManageSieve behind the gateway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_tests::client::sieve::Sieve;

use super::at_dovecot::remove_all;
use super::{REDIRECT, Scene, question};

/// What an app sends of either mechanism.
fn message(mechanism: &str, login: &str, token: &str) -> String {
    let text = match mechanism {
        "XOAUTH2" => format!("user={login}\x01auth=Bearer {token}\x01\x01"),
        _ => format!("n,a={login},\x01host=localhost\x01port=4190\x01auth=Bearer {token}\x01\x01"),
    };
    STANDARD.encode(text)
}

#[test]
fn an_app_leaves_its_scripts_with_a_token_until_it_is_removed() {
    let scene = Scene::begin();
    let (login, entrance) = (&*scene.ada.login, scene.second.entrance("managesieve"));
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let token = tokens.text("access_token");
    let mut open = Vec::new();
    for (mechanism, is_at_once) in
        [("OAUTHBEARER", true), ("OAUTHBEARER", false), ("XOAUTH2", true), ("XOAUTH2", false)]
    {
        let mut sieve = Sieve::connect(entrance);
        sieve.0.send(b"CAPABILITY\r\n");
        let (offers, _) = sieve.answer();
        assert!(offers.contains(&"\"SASL\" \"PLAIN LOGIN OAUTHBEARER XOAUTH2\"".to_owned()), "{offers:?}");
        let said = message(mechanism, login, token);
        let answer = if is_at_once {
            sieve.ask(&format!("AUTHENTICATE \"{mechanism}\" \"{said}\""))
        } else {
            sieve.0.send(format!("AUTHENTICATE \"{mechanism}\"\r\n").as_bytes());
            assert_eq!(sieve.0.line().as_deref(), Some("\"\""), "it asks for it");
            // A literal is an answer too, which many apps prefer for what is long.
            sieve.ask(&format!("{{{}+}}\r\n{said}", said.len()))
        };
        assert!(answer.starts_with("OK"), "{mechanism}: {answer}");
        let script = format!("of-{mechanism}-{is_at_once}");
        assert!(sieve.ask(&format!("PUTSCRIPT \"{script}\" \"keep;\"")).starts_with("OK"), "{mechanism}");
        sieve.0.send(b"LISTSCRIPTS\r\n");
        let (listed, _) = sieve.answer();
        assert!(listed.contains(&format!("\"{script}\"")), "it is hers, and Dovecot has it: {listed:?}");
        open.push(sieve);
    }
    let mut by_password = Sieve::connect(entrance);
    assert!(by_password.sign_in(login, &scene.ada.key.secret).starts_with("OK"));
    assert!(Sieve::connect(entrance).sign_in(login, token).starts_with("NO"), "a token is no password");

    remove_all(&scene);
    for mut sieve in open {
        assert!(sieve.0.is_closed_already(), "it was closed after the page came only");
    }
    assert!(by_password.ask("LISTSCRIPTS").starts_with("OK"), "another app of hers");
    for mechanism in ["OAUTHBEARER", "XOAUTH2"] {
        let mut sieve = Sieve::connect(entrance);
        sieve.0.send(format!("AUTHENTICATE \"{mechanism}\" \"{}\"\r\n", message(mechanism, login, token)).as_bytes());
        let object = sieve.0.line().expect("why");
        let object = STANDARD.decode(object.trim_matches('"')).expect("base64");
        let object: serde_json::Value = serde_json::from_slice(&object).expect("an object");
        assert_eq!(object["status"], "invalid_token", "{object}");
        assert_eq!(sieve.ask("\"AQ==\""), "NO \"Authentication failed.\"");
    }
    let log = scene.second.stop();
    assert!(!log.contains(token), "the token is in the log");
}

#[test]
fn who_is_signed_out_in_between_is_told_so() {
    let scene = Scene::begin();
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let mut sieve = Sieve::connect(scene.second.entrance("managesieve"));
    let said = message("OAUTHBEARER", &scene.ada.login, tokens.text("access_token"));
    assert!(sieve.ask(&format!("AUTHENTICATE \"OAUTHBEARER\" \"{said}\"")).starts_with("OK"));
    let give_back = [("token", tokens.text("refresh_token")), ("client_id", &*scene.id)];
    assert_eq!(scene.app.send("/oauth/revoke", &give_back, None).status, 200);
    let said = sieve.0.until_closed();
    assert_eq!(said, ["BYE \"This app was signed out: it is not authorised any more.\""]);
    scene.second.stop();
}
