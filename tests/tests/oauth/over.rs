//! An app's authorisation whose half a year is over: what it has open is closed, as when an app password expires.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::clock::wait_for;

use super::{REDIRECT, Scene, question};

#[test]
fn an_open_connection_ends_with_the_half_year_of_its_app() {
    let scene = Scene::begin();
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let token = tokens.text("access_token");
    let mut waiting = Imap::connect(&scene.second.door);
    let message = format!("user={}\x01auth=Bearer {token}\x01\x01", scene.ada.login);
    let answer = waiting.ask(&format!("AUTHENTICATE XOAUTH2 {}", STANDARD.encode(message)));
    assert!(answer.is_ok() && waiting.ask("SELECT INBOX").is_ok(), "{answer:?}");
    waiting.send(b"idle IDLE\r\n");
    assert!(waiting.line().expect("an answer").starts_with('+'));
    let mut lasting = Imap::connect(&scene.second.door);
    assert!(lasting.sign_in(&scene.ada.login, &scene.ada.key.secret).is_ok());

    // Half a year passes for it alone.
    let store = rusqlite::Connection::open(scene.tryout.dir().join("second-data/valetkey.db")).expect("it opens");
    store.busy_timeout(std::time::Duration::from_secs(10)).expect("a store");
    let over = "UPDATE oauth_grant SET expires_at = created_at WHERE state = 'active'";
    assert_eq!(store.execute(over, []).expect("it is written"), 1);
    assert_eq!(waiting.until_closed(), ["* BYE This app was signed out: it is not authorised any more."]);

    assert!(lasting.ask("NOOP").is_ok(), "another app of hers");
    assert!(!scene.is_active(token));
    assert_eq!(scene.refresh(tokens.text("refresh_token")).error(), (400, "invalid_grant"));
    let told = wait_for("the audit log to tell it", || {
        let log = scene.second.commands.ask(&["audit", "--account", &scene.ada.login]);
        log.as_array()?.iter().find(|entry| entry["action"] == "app.expired").cloned()
    });
    assert_eq!(told["actor"], "system", "{told}");
    assert!(scene.browser.open("/authorised-apps").text.contains("No authorised app yet"));
    scene.second.stop();
}
