//! A token that is good and opens something else: its app is told which scope it needs, at every door, so that it does not fetch
//! the same again and again (RFC 6750 section 3.1, RFC 7628 section 3.2.2).

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use valetkey_tests::client::talk::{Talk, socket};
use valetkey_tests::program;

use super::at_dovecot::remove_all;
use super::at_each_door::at_the_socket;
use super::{REDIRECT, Scene, parameter, question};

const MAIL: &str = "urn:ietf:params:oauth:scope:mail";
const CALENDARS: &str = "urn:ietf:params:oauth:scope:calendars";
const BOTH: &str = "urn:ietf:params:oauth:scope:contacts urn:ietf:params:oauth:scope:calendars";

/// An access token for this scope alone. Somebody is signed in.
fn token_for(scene: &Scene, scope: &str) -> String {
    let path = question(&scene.id, REDIRECT, "").replace(MAIL, scope);
    let page = scene.browser.open(&path);
    let back = scene.browser.send_and_stay(&path, &page, &[("decision", "allow")]);
    scene.exchange(&parameter(&back, "code")).text("access_token").to_owned()
}

fn object(challenge: &str) -> (String, String) {
    let object = STANDARD.decode(challenge).unwrap_or_else(|error| panic!("{challenge}: {error}"));
    let object: Value = serde_json::from_slice(&object).expect("an object");
    let text = |name: &str| object[name].as_str().unwrap_or_else(|| panic!("no {name}: {object}")).to_owned();
    assert!(text("openid-configuration").ends_with("/.well-known/openid-configuration"), "{object}");
    (text("status"), text("scope"))
}

/// A door for mail: what is said before, the command that signs in, what stands around a challenge, and the last word.
struct MailDoor {
    name: &'static str,
    address: SocketAddr,
    begin: &'static [u8],
    greeted: fn(&str) -> bool,
    command: fn(&str) -> String,
    challenge: &'static str,
    dummy: &'static str,
    refused: &'static str,
}

impl MailDoor {
    fn all(scene: &Scene) -> [Self; 4] {
        let second = &scene.second;
        let at = |service: &str| second.entrance(service).tls;
        [
            Self {
                name: "imap",
                address: second.door.imaps,
                begin: b"",
                greeted: |line| line.starts_with("* OK"),
                command: |said| format!("t AUTHENTICATE OAUTHBEARER {said}"),
                challenge: "+ ",
                dummy: "AQ==",
                refused: "t NO [AUTHENTICATIONFAILED] Authentication failed.",
            },
            Self {
                name: "pop3",
                address: at("pop3"),
                begin: b"",
                greeted: |line| line.starts_with("+OK"),
                command: |said| format!("AUTH OAUTHBEARER {said}"),
                challenge: "+ ",
                dummy: "AQ==",
                refused: "-ERR [AUTH] Authentication failed.",
            },
            Self {
                name: "submission",
                address: at("submission"),
                begin: b"EHLO app.example\r\n",
                greeted: |line| line.starts_with("250 "),
                command: |said| format!("AUTH OAUTHBEARER {said}"),
                challenge: "334 ",
                dummy: "AQ==",
                refused: "535 5.7.8 Authentication failed.",
            },
            Self {
                name: "managesieve",
                address: at("managesieve"),
                begin: b"",
                greeted: |line| line.starts_with("OK"),
                command: |said| format!("AUTHENTICATE \"OAUTHBEARER\" \"{said}\""),
                challenge: "\"",
                dummy: "\"AQ==\"",
                refused: "NO \"Authentication failed.\"",
            },
        ]
    }

    /// Why a token is refused, as the app is told first. It is refused all the same.
    fn refuses(&self, scene: &Scene, token: &str) -> (String, String) {
        let mut app = Talk::with_tls(&scene.second.door.ca, socket(self.address));
        app.send(self.begin);
        while !(self.greeted)(&app.line().expect("a greeting")) {}
        let said = STANDARD.encode(format!("n,a={},\x01auth=Bearer {token}\x01\x01", scene.ada.login));
        app.send(format!("{}\r\n", (self.command)(&said)).as_bytes());
        let line = app.line().expect("an answer");
        let challenge = line.strip_prefix(self.challenge).unwrap_or_else(|| panic!("{}: {line}", self.name));
        let why = object(challenge.trim_end_matches('"'));
        app.send(format!("{}\r\n", self.dummy).as_bytes());
        assert_eq!(app.line().as_deref(), Some(self.refused), "{}", self.name);
        why
    }
}

#[test]
fn at_each_door_for_mail_a_token_for_calendars_is_told_what_it_lacks() {
    let scene = Scene::begin();
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let calendars = token_for(&scene, CALENDARS);
    let told = |status: &str| (status.to_owned(), MAIL.to_owned());
    for door in MailDoor::all(&scene) {
        assert_eq!(door.refuses(&scene, &calendars), told("insufficient_scope"), "{}", door.name);
        assert_eq!(door.refuses(&scene, "vka_nothing"), told("invalid_token"), "{}", door.name);
    }
    let challenge = |token: &str| {
        let asked = at_the_socket(&scene, token);
        object(asked.strip_prefix("CONT\t1\t").unwrap_or_else(|| panic!("{asked}")))
    };
    assert_eq!(challenge(&calendars), told("insufficient_scope"));
    assert_eq!(challenge("vka_nothing"), told("invalid_token"));

    // A real app, which gives up.
    let mut curl = program::command("curl");
    curl.args(["-sS", "--max-time", "30", "--cacert", &scene.second.door.ca.display().to_string()]);
    curl.args(["--oauth2-bearer", &calendars, "--user", &format!("{}:", scene.ada.login)]);
    let read = program::run(curl.arg(format!("imaps://localhost:{}/", scene.second.door.imaps.port())), "");
    assert_eq!(read.code, 67, "login denied: {read:?}");

    // Once it is over it lacks nothing any more: it is none.
    remove_all(&scene);
    for door in MailDoor::all(&scene) {
        assert_eq!(door.refuses(&scene, &calendars), told("invalid_token"), "{}", door.name);
    }
    let log = scene.second.stop();
    let refused = log.lines().filter(|line| line.contains(" why=scope ") && line.contains("outcome=refused"));
    assert_eq!(refused.count(), 6, "each is logged with its reason: {log}");
}

#[test]
fn where_calendars_are_a_token_for_mail_is_forbidden_and_asked_for_nothing() {
    let scene = Scene::begin();
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let mail = token_for(&scene, MAIL);
    let (dav, web) = (
        format!("https://localhost:{}/{}/", scene.second.dav().port(), scene.ada.login),
        scene.second.forward_auth.clone(),
    );
    // The status, and what stands in each `WWW-Authenticate`.
    let ask = |url: &str, token: &str| {
        let mut curl = program::command("curl");
        curl.args(["--silent", "--show-error", "--max-time", "30", "--include", "--output", "-", "-X", "PROPFIND"]);
        curl.args(["-H", "Depth: 0", "--cacert", &scene.second.door.ca.display().to_string(), "--http1.1"]);
        let said = program::run(curl.args(["--oauth2-bearer", token, url]), "").succeeded();
        let head = said.split("\r\n\r\n").next().unwrap_or_default();
        let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let asked = head.lines().filter_map(|line| line.split_once(": "));
        let asked = asked.filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"));
        (status, asked.map(|(_, value)| value.to_owned()).collect::<Vec<_>>())
    };
    for url in [&dav, &format!("{web}/dav")] {
        let (status, said) = ask(url, &mail);
        assert_eq!((status, said.len()), (403, 1), "{url}: {said:?}");
        let lacks = format!("error=\"insufficient_scope\", scope=\"{BOTH}\"");
        assert!(said[0].starts_with("Bearer realm=\"") && said[0].ends_with(&lacks), "{url}: {said:?}");
        let (status, said) = ask(url, "vka_nothing");
        assert_eq!((status, said.len()), (401, 2), "{url}: {said:?}");
        assert!(said[0].starts_with("Basic ") && said[1].ends_with("error=\"invalid_token\""), "{url}: {said:?}");
    }
    let (status, said) = ask(&format!("{web}/caldav"), &mail);
    assert!(status == 403 && said[0].ends_with(&format!("scope=\"{CALENDARS}\"")), "{said:?}");
    assert_eq!(ask(&web, &mail), (200, vec![]), "where nobody knows what stands behind, any scope will do");
    let who = token_for(&scene, "openid");
    let (status, said) = ask(&web, &who);
    assert_eq!((status, said.len()), (403, 1), "{said:?}");
    assert!(said[0].ends_with("error=\"insufficient_scope\""), "no scope can be named: {said:?}");
    scene.second.stop();
}
