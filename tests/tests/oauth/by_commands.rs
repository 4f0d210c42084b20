//! Authorised apps for whoever sits at the server: listed, told apart from app passwords, and removed by a command.

use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use valetkey_tests::client::imap::Imap;
use valetkey_tests::clock::wait_for;

use super::{REDIRECT, SCOPES, SECRET, SECTION, Scene, question};

/// An id that is nobody's.
const NOBODYS: &str = "01976e4c-88f0-7cc3-98c4-dc0c0c07398f";

/// An app of Ada's that waits for mail, signed in with a token.
fn waiting(scene: &Scene, token: &str) -> Imap {
    let mut app = Imap::connect(&scene.second.door);
    let message = format!("user={}\x01auth=Bearer {token}\x01\x01", scene.ada.login);
    let answer = app.ask(&format!("AUTHENTICATE XOAUTH2 {}", STANDARD.encode(message)));
    assert!(answer.is_ok() && app.ask("SELECT INBOX").is_ok(), "{answer:?}");
    app.send(b"idle IDLE\r\n");
    assert!(app.line().expect("an answer").starts_with('+'));
    app
}

fn said(scene: &Scene, arguments: &[&str]) -> String {
    scene.second.commands.run(arguments, "").succeeded()
}

/// What a command complains about that is refused.
fn refused(scene: &Scene, arguments: &[&str]) -> String {
    let ran = scene.second.commands.run(arguments, "");
    assert_eq!((ran.code, &*ran.out), (1, ""), "{ran:?}");
    ran.err
}

fn only(list: &Value) -> &Value {
    let [one] = &**list.as_array().expect("a list") else { panic!("not one: {list}") };
    one
}

#[test]
fn an_operator_removes_an_app_and_its_idling_connection_is_closed_when_the_command_answers() {
    // A server that is told, and is not there.
    let gone = TcpListener::bind(("127.0.0.1", 0)).and_then(|taken| taken.local_addr()).expect("a free port");
    let section = format!(
        "{SECTION}\n[[other_server]]\nname = \"Webmail\"\nwebhook = \"http://{gone}/\"\nsecret_file = \"webhook-secret\"\n"
    );
    let files = [("client-secret", SECRET), ("webhook-secret", "between-valetkey-and-webmail")];
    let scene = Scene::with(&section, &files);
    let login = &*scene.ada.login;
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let token = tokens.text("access_token");
    assert_eq!(only(&scene.second.commands.ask(&["authorised-app", "list", login]))["last_use"], Value::Null);
    let mut mailer = waiting(&scene, token);
    let mut phone = Imap::waiting_for_mail(&scene.second.door, login, &scene.ada.key.secret);

    // The last use is written down a moment later.
    let listed = wait_for("the last use", || {
        let listed = scene.second.commands.ask(&["authorised-app", "list", login]);
        Some(listed).filter(|listed| listed[0]["last_use"]["service"] == "imap")
    });
    let app = only(&listed);
    assert_eq!(
        (&app["label"], &app["name_checked"], &app["client_id"]),
        (&json!("Mailer"), &json!(false), &json!(scene.id))
    );
    assert_eq!((&app["state"], &app["scopes"], &app["offline"]), (&json!("active"), &json!(["mail"]), &json!(true)));
    assert!(SCOPES.contains("offline_access") && app["openid"] == false && app["ended_at"].is_null(), "{app}");
    let id = app["id"].as_str().expect("a text");
    let shown = said(&scene, &["authorised-app", "list", login]);
    assert!(shown.contains("Mailer") && shown.ends_with("\n\n1 app is authorised\n"), "{shown}");

    let connections = scene.second.commands.ask(&["connections", login]);
    let by = |label: &str| {
        let mut found = connections.as_array().expect("a list").iter().filter(|one| one["label"] == label);
        let one = found.next().unwrap_or_else(|| panic!("no {label}: {connections}"));
        (one["app_password"].clone(), one["authorised_app"].clone())
    };
    assert_eq!((by("Mailer"), by("First")), ((Value::Null, json!(id)), (json!(scene.ada.key.id), Value::Null)));
    let shown = said(&scene, &["connections"]);
    assert!(shown.contains(" Mailer (authorised app) ") && shown.contains(" First "), "{shown}");
    let account = said(&scene, &["account", "show", login]);
    assert!(account.contains("app passwords     1 of 25 in use\nauthorised apps   1\n"), "{account}");
    assert_eq!(scene.second.commands.ask(&["account", "list"])[0]["active_authorised_apps"], 1);

    let removed = said(&scene, &["authorised-app", "remove", login, id]);
    assert_eq!(removed, "\"Mailer\" is removed. 1 connection closed.\nWebmail: pending, it does not answer\n");
    assert!(mailer.is_closed_already(), "it was closed after the answer came only");
    assert!(!phone.is_closed_already(), "another's");
    assert!(!scene.is_active(token));
    assert_eq!(scene.refresh(tokens.text("refresh_token")).error(), (400, "invalid_grant"));

    let again = scene.second.commands.ask(&["authorised-app", "remove", login, id]);
    let facts = (&again["id"], &again["label"], &again["was_over"], &again["connections_closed"]);
    assert_eq!(facts, (&json!(id), &json!("Mailer"), &json!(true), &json!(0)), "{again}");
    assert_eq!(only(&again["other_servers"])["name"], "Webmail", "{again}");
    assert!(said(&scene, &["authorised-app", "list", login]).ends_with("\n\n0 apps are authorised\n"));
    let ended = scene.second.commands.ask(&["authorised-app", "list", login, "--all"]);
    assert_eq!((&only(&ended)["state"], &only(&ended)["why"]), (&json!("revoked"), &json!("asked")), "{ended}");
    let line = &scene.second.commands.ask(&["audit", "--account", login, "--limit", "1"])[0];
    let actor = line["actor"].as_str().expect("a text");
    assert!(line["action"] == "app.removed" && actor.starts_with("operator:"), "{line}");
    let signed_out = scene.second.commands.ask(&["report", "sign-outs", login]);
    assert_eq!(
        (&signed_out[0]["authorised_app"], &signed_out[0]["label"]),
        (&json!(id), &json!("Mailer")),
        "{signed_out}"
    );
    let signed_out = said(&scene, &["report", "sign-outs"]);
    assert!(signed_out.contains("\"Mailer\" (authorised app)"), "{signed_out}");
    scene.second.stop();
}

#[test]
fn an_id_of_the_other_kind_is_named_with_the_command_that_ends_it() {
    let scene = Scene::begin();
    let (login, key) = (&*scene.ada.login, &*scene.ada.key.id);
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let listed = scene.second.commands.ask(&["authorised-app", "list", login]);
    let app = only(&listed)["id"].as_str().expect("a text");

    let heard = refused(&scene, &["app-password", "revoke", login, app]);
    let command = format!("authorised-app remove {login} {app}");
    assert!(heard.contains(&format!("{app} is the authorised app \"Mailer\" and no app password")), "{heard}");
    assert!(heard.contains(&format!("`valetkey {command}` ends it")), "{heard}");
    let heard = refused(&scene, &["authorised-app", "remove", login, key]);
    assert!(heard.contains(&format!("{key} is the app password \"First\" and no authorised app")), "{heard}");
    assert!(heard.contains(&format!("`valetkey app-password revoke {login} {key}` ends it")), "{heard}");
    // Nothing has ended by that.
    assert!(scene.is_active(tokens.text("access_token")));
    assert_eq!(only(&scene.second.commands.ask(&["app-password", "list", login]))["state"], "active");

    let heard = refused(&scene, &["app-password", "revoke", login, NOBODYS]);
    assert!(heard.contains(&format!("this account has no app password {NOBODYS}")), "{heard}");
    let heard = refused(&scene, &["authorised-app", "remove", login, NOBODYS]);
    assert!(heard.contains(&format!("this account has authorised no app {NOBODYS}")), "{heard}");
    scene.second.commands.make_person("bob@example.org", "the-first-of-bob");
    let heard = refused(&scene, &["authorised-app", "remove", "bob", app]);
    assert!(heard.contains("this account has authorised no app"), "another account's is not named: {heard}");
    assert_eq!(scene.second.commands.run(&["authorised-app", "remove", login, "nonsense"], "").code, 2);

    // What it says is what is to be typed.
    let (_, rest) = command.split_once(' ').expect("words");
    let arguments: Vec<&str> = std::iter::once("authorised-app").chain(rest.split(' ')).collect();
    assert_eq!(said(&scene, &arguments), "\"Mailer\" is removed. 0 connections closed.\n");
    assert!(!scene.is_active(tokens.text("access_token")));
    // Without a server too, and after its end.
    let Scene { second, .. } = scene;
    let commands = valetkey_tests::tryout::Commands::of(second.commands.config());
    let (login, app) = ("ada@example.org", app.to_owned());
    second.stop();
    let again = commands.ask(&["authorised-app", "remove", login, &app]);
    assert_eq!((&again["was_over"], &again["connections_closed"]), (&json!(true), &json!(0)), "{again}");
}
