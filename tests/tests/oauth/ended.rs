//! What ends when everything is revoked: app passwords and authorised apps, each counted and named, before and afterwards.

use serde_json::{Value, json};

use super::at_dovecot::remove_all;
use super::{REDIRECT, SECRET, SECTION, Scene, question};

impl Scene {
    /// Ada has let the app in, and signed in on the portal for that.
    fn with_app() -> (Self, String, String) {
        Self::with_app_at(SECTION)
    }

    /// The same with another section.
    fn with_app_at(section: &str) -> (Self, String, String) {
        let scene = Self::with(section, &[("client-secret", SECRET)]);
        scene.sign_in(&question(&scene.id, REDIRECT, ""));
        let tokens = scene.exchange(&scene.code());
        let (access, refresh) = (tokens.text("access_token").to_owned(), tokens.text("refresh_token").to_owned());
        (scene, access, refresh)
    }
}

#[test]
fn whatever_revokes_everything_says_how_many_of_each_it_was() {
    let (scene, _, _) = Scene::with_app();
    let (login, commands) = (&*scene.ada.login, &scene.second.commands);
    let said = |path: &str, sentence: &str| {
        let page = scene.browser.open(path);
        assert!(page.text.contains(sentence), "{sentence}: {page:?}");
    };
    said("/app-passwords", "1 authorised app will be removed and signed out.");
    said("/app-passwords/revoke-all", "Revoke all app passwords and remove all authorised apps?");
    said("/app-passwords/revoke-all", "1 app password will not be accepted again, ever.");
    said("/app-passwords/revoke-all", "1 authorised app will be removed and signed out.");
    said("/security/password", "Your app password will stop working, and its app is signed out.");
    said("/security/password", "1 authorised app will be removed and signed out.");
    let ask = "/app-passwords/revoke-all";
    let page = scene.browser.send(ask, &scene.browser.open(ask), &[]);
    assert!(page.text.contains("1 app password is revoked. 1 authorised app is removed."), "{page:?}");

    // On the command line, and with an app alone.
    scene.exchange(&scene.code());
    said("/app-passwords/revoke-all", "Remove all authorised apps?");
    said("/security/password", "1 authorised app will be removed and signed out.");
    assert!(!scene.browser.open("/security/password").text.contains("app passwords"), "it has none");
    let security = scene.browser.open("/security");
    let mut linked = security.text.split('"').filter(|text| text.starts_with("/security/factors/"));
    let factor = linked.find(|path| path.ends_with("/remove")).expect("it can be removed");
    said(
        factor,
        "Without one no app can be let in, and every other browser is signed out. 1 authorised app will be removed",
    );
    let answer = commands.ask(&["app-password", "revoke-all", login]);
    assert_eq!((&answer["revoked"], &answer["apps_removed"]), (&json!(0), &json!(1)), "{answer}");
    commands.make_key(login, "Second", &[]);
    commands.make_key(login, "Third", &[]);
    scene.exchange(&scene.code());
    let suspended = commands.run(&["account", "suspend", login], "");
    let expected =
        format!("{login} is suspended. 2 app passwords revoked, 1 authorised app removed, 0 connections closed.");
    assert_eq!(suspended.succeeded().trim(), expected);
    scene.second.stop();
}

#[test]
fn a_removed_app_that_tries_what_it_has_is_called_no_app_password() {
    let (scene, access, refresh) = Scene::with_app();
    let (login, commands) = (scene.ada.login.clone(), scene.second.commands.clone());
    commands.ask(&["app-password", "revoke-all", &login]);
    assert!(!scene.is_active(&access));
    assert_eq!(scene.refresh(&refresh).error(), (400, "invalid_grant"));
    // What was gathered is written down before the server ends.
    scene.second.stop();
    let log = commands.ask(&["audit", "--account", &login]);
    let of = |action: &str| -> Vec<&Value> {
        log.as_array().expect("a list").iter().filter(|line| line["action"] == action).collect()
    };
    assert!(of("app-password.tried-after-end").is_empty(), "{log}");
    let tried = of("app.tried-after-end");
    assert_eq!(tried.len(), 1, "{log}");
    assert_eq!((&tried[0]["detail"]["label"], &tried[0]["detail"]["times"]), (&json!("Mailer"), &json!(2)), "{log}");
    assert!(tried[0]["authorised_app"].is_string() && tried[0]["app_password"].is_null(), "{log}");
    assert_eq!((of("app.all-removed").len(), of("app-password.all-revoked").len()), (1, 1), "{log}");
}

#[test]
fn the_history_says_how_and_by_whom_an_app_was_ended_and_what_other_servers_did() {
    let server = "\n[[other_server]]\nname = \"Groupware\"\ncommand = [\"/bin/true\"]\n";
    let (scene, _, _) = Scene::with_app_at(&format!("{SECTION}{server}"));
    let (login, commands) = (&*scene.ada.login, &scene.second.commands);
    let history = || scene.browser.open("/authorised-apps/history");
    let rows = || history().text.matches("<h2>").count();
    assert!(history().text.contains("No app has been removed or has expired yet."), "{:?}", history());
    assert!(scene.browser.open("/authorised-apps").text.contains("href=\"/authorised-apps/history\""));
    remove_all(&scene);
    let told = history();
    for said in ["Mailer", "You removed it.", "Groupware: told."] {
        assert!(told.text.contains(said), "{said}: {told:?}");
    }

    let first = scene.exchange(&scene.code());
    let list = commands.ask(&["authorised-app", "list", login]);
    commands.ask(&["authorised-app", "remove", login, list[0]["id"].as_str().expect("an id")]);
    assert!(history().text.contains("The staff of this server removed it."), "{:?}", history());
    assert_eq!(scene.refresh(first.text("refresh_token")).error(), (400, "invalid_grant"));

    let stolen = scene.exchange(&scene.code());
    assert_eq!(scene.refresh(stolen.text("refresh_token")).status, 200);
    assert_eq!(scene.refresh(stolen.text("refresh_token")).error(), (400, "invalid_grant"));
    let told = history();
    assert!(told.text.contains("Something that is good only once was used twice"), "{told:?}");
    assert_eq!(rows(), 3, "{told:?}");
    // Those that are at work are not in it, and each kind has its own.
    scene.exchange(&scene.code());
    assert_eq!(rows(), 3);
    let other = scene.browser.open("/app-passwords/history");
    assert!(other.text.contains("Nothing has been revoked or has expired yet."), "{other:?}");
    scene.second.stop();
}
