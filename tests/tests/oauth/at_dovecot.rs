//! Dovecot that takes tokens by itself and asks whose they are (RFC 7662), configured as the book says.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_tests::asking::Dovecot;
use valetkey_tests::book::block;
use valetkey_tests::client::portal::Page;
use valetkey_tests::clock::wait_for;

use super::{REDIRECT, SCOPES, Scene, parameter, question};

const SECRET: &str = "6f1c0b7d9e2a48356f1c0b7d9e2a4835";
/// What Dovecot's app is told while nobody knows.
const LATER: &str = "NO [UNAVAILABLE] Temporary authentication failure.";

/// Ada has let an app in, and there is a Dovecot that asks.
fn begin() -> (Scene, Dovecot) {
    let section = block("dovecot.md", "introspect = true", &[]);
    let (_, section) = section.split_once("[oauth]").expect("it stands there");
    let scene = Scene::with(&format!("[oauth]{section}"), &[("dovecot-token-secret", SECRET)]);
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let asks = block(
        "dovecot.md",
        "introspection_mode",
        &[
            ("https://accounts.example.org", &format!("https://localhost:{}", scene.second.portal_port())),
            ("what is in dovecot-token-secret", SECRET),
            ("/etc/ssl/certs/ca-certificates.crt", "{dir}/ca.pem"),
        ],
    );
    let passdb =
        block("dovecot.md", "args = /etc/dovecot/valetkey-tokens", &[("/etc/dovecot/valetkey-tokens", "{dir}/tokens")]);
    let ca = std::fs::read_to_string(Path::new(&scene.second.door.ca)).expect("a file of ours");
    let dovecot = Dovecot::start(&passdb, &[("tokens", &asks), ("ca.pem", &ca)]);
    (scene, dovecot)
}

/// Signs in to Dovecot with a token; gives its last word.
fn answer(dovecot: &Dovecot, mechanism: &str, login: &str, token: &str) -> String {
    let message = match mechanism {
        "XOAUTH2" => format!("user={login}\x01auth=Bearer {token}\x01\x01"),
        _ => format!("n,a={login},\x01host=localhost\x01port=143\x01auth=Bearer {token}\x01\x01"),
    };
    let mut app = dovecot.app();
    app.send(format!("t AUTHENTICATE {mechanism} {}\r\n", STANDARD.encode(message)).as_bytes());
    loop {
        let line = app.line().expect("an answer");
        match line.strip_prefix("t ") {
            Some(answer) => return answer.to_owned(),
            // Why a token is refused is told first (RFC 7628 section 3.2.2), and the app answers to that.
            None if line.starts_with('+') => app.send(b"AQ==\r\n"),
            None => {}
        }
    }
}

#[test]
fn dovecot_takes_a_token_by_introspection_until_its_app_is_removed() {
    let (scene, dovecot) = begin();
    let login = &*scene.ada.login;
    let tokens = scene.exchange(&scene.code());
    let token = tokens.text("access_token");
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let said = answer(&dovecot, mechanism, login, token);
        assert!(said.starts_with("OK "), "{mechanism}: {said}\n{}", dovecot.log());
    }
    // Its user sees that it is used.
    wait_for("the last use", || {
        let listed = scene.second.commands.ask(&["authorised-app", "list", login]);
        (listed[0]["last_use"]["service"] == "http").then_some(())
    });
    let for_calendar = question(&scene.id, REDIRECT, "").replace(":mail", ":calendars");
    let page = scene.browser.open(&for_calendar);
    let back = scene.browser.send_and_stay(&for_calendar, &page, &[("decision", "allow")]);
    let calendar = scene.exchange(&parameter(&back, "code"));
    // With Radicale behind, whoever has calendars has contacts too.
    assert_eq!(
        calendar.text("scope"),
        SCOPES.replace(
            "urn:ietf:params:oauth:scope:mail",
            "urn:ietf:params:oauth:scope:contacts urn:ietf:params:oauth:scope:calendars"
        )
    );
    let again = tokens.text("refresh_token");
    for (what, login, token) in [
        ("none that was ever made", login, "vka_nothing"),
        ("a refresh token", login, again),
        ("an app password", login, &*scene.ada.key.secret),
        ("one for calendars", login, calendar.text("access_token")),
        ("another account's", &*scene.tryout.bob().login, token),
    ] {
        for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
            let said = answer(&dovecot, mechanism, login, token);
            assert!(said.starts_with("NO [AUTHENTICATIONFAILED]"), "{what}: {said}\n{}", dovecot.log());
        }
    }
    let renewed = scene.refresh(again);
    let renewed = renewed.text("access_token");
    assert!(answer(&dovecot, "XOAUTH2", login, renewed).starts_with("OK "), "{}", dovecot.log());
    remove_all(&scene);
    for token in [token, renewed] {
        let said = answer(&dovecot, "XOAUTH2", login, token);
        assert!(said.starts_with("NO [AUTHENTICATIONFAILED]"), "{said}\n{}", dovecot.log());
    }
    let log = dovecot.log() + &scene.second.log();
    for secret in [token, renewed, again, SECRET] {
        assert!(!log.contains(secret), "a secret is in a log: {log}");
    }
    scene.second.stop();
}

/// Removes every authorised app of Ada's.
pub(super) fn remove_all(scene: &Scene) {
    loop {
        let list = scene.browser.open("/authorised-apps");
        let mut linked = list.text.split('"').filter(|text| text.starts_with("/authorised-apps/"));
        let Some(remove) = linked.find(|path| path.ends_with("/remove")) else { return };
        let page: Page = scene.browser.send(remove, &scene.browser.open(remove), &[]);
        assert!(page.text.contains("is removed."), "{page:?}");
    }
}

#[test]
fn while_nobody_knows_dovecot_says_later_and_calls_no_token_wrong() {
    let (scene, dovecot) = begin();
    let login = &*scene.ada.login;
    let tokens = scene.exchange(&scene.code());
    let token = tokens.text("access_token");
    let is_let_in = || answer(&dovecot, "XOAUTH2", login, token).starts_with("OK ");
    assert!(is_let_in(), "{}", dovecot.log());
    let (data, away) = (scene.tryout.dir().join("second-data"), scene.tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    let says_later = |token: &str| answer(&dovecot, "OAUTHBEARER", login, token).starts_with(LATER);
    wait_for("the outage", || says_later(token).then_some(()));
    let nobodys = format!("{}AAAAAA", &token[..token.len() - 6]);
    assert!(says_later(&nobodys), "nor is a wrong one known to be wrong: {}", dovecot.log());
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || is_let_in().then_some(()));
    assert!(answer(&dovecot, "XOAUTH2", login, &nobodys).starts_with("NO [AUTHENTICATIONFAILED]"), "{}", dovecot.log());
    scene.second.stop();
    assert!(says_later(token), "nobody is there: {}", dovecot.log());
}
