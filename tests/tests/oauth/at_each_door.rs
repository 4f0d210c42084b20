//! One token at each door that an app or a server may come to, and at none once its app is removed.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_tests::client::dav::DavApp;
use valetkey_tests::clock::{PATIENCE, wait_for};
use valetkey_tests::program;

use super::at_dovecot::remove_all;
use super::{REDIRECT, Scene, parameter, question};

/// What Dovecot's authentication socket says to a server that has a token of somebody's.
pub(super) fn at_the_socket(scene: &Scene, token: &str) -> String {
    let mut stream = UnixStream::connect(scene.tryout.dir().join("run/second-auth")).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let said = STANDARD.encode(format!("user={}\x01auth=Bearer {token}\x01\x01", scene.ada.login));
    let asked = format!("VERSION\t1\t2\nCPID\t1\nAUTH\t1\tXOAUTH2\tservice=imap\tresp={said}\n");
    stream.write_all(asked.as_bytes()).expect("it reads");
    let (mut heard, mut some) = (String::new(), [0; 1024]);
    loop {
        let answer =
            heard.lines().find(|line| ["OK\t1", "FAIL\t1", "CONT\t1"].iter().any(|word| line.starts_with(word)));
        if let Some(answer) = answer.filter(|_| heard.ends_with('\n')) {
            return answer.to_owned();
        }
        let read = stream.read(&mut some).expect("an answer");
        assert!(read > 0, "it ended: {heard}");
        heard.push_str(std::str::from_utf8(&some[..read]).expect("text"));
    }
}

#[test]
fn a_token_opens_each_door_until_its_app_is_removed_and_then_none() {
    let scene = Scene::begin();
    let everything = |path: &str| {
        let all = "urn:ietf:params:oauth:scope:mail+urn:ietf:params:oauth:scope:calendars";
        path.replace("urn:ietf:params:oauth:scope:mail", all)
    };
    let path = everything(&question(&scene.id, REDIRECT, ""));
    let page = scene.sign_in(&path);
    let back = scene.browser.send_and_stay(&path, &page, &[("decision", "allow")]);
    let tokens = scene.exchange(&parameter(&back, "code"));
    let token = tokens.text("access_token");
    let curl = |url: &str, more: &[&str]| {
        let mut command = program::command("curl");
        command.args(["-sS", "--max-time", "30", "--cacert", &scene.second.door.ca.display().to_string()]);
        command.args(["--oauth2-bearer", token, "--user", &format!("{}:", scene.ada.login), url]).args(more);
        program::run(&mut command, "")
    };
    let pop3 = format!("pop3s://localhost:{}/", scene.second.entrance("pop3").tls.port());
    let home = format!("https://localhost:{}/{}/", scene.second.dav().port(), scene.ada.login);
    let status = ["-X", "PROPFIND", "-H", "Depth: 0", "-o", "/dev/null", "-w", "%{http_code}"];
    for how in ["AUTH=OAUTHBEARER", "AUTH=XOAUTH2"] {
        let read = curl(&pop3, &["--login-options", how]);
        assert_eq!(read.code, 0, "{how}: {read:?}");
    }
    assert_eq!(curl(&home, &status).out, "207");
    let asked = at_the_socket(&scene, token);
    assert!(asked.starts_with(&format!("OK\t1\tuser={}", scene.ada.login)), "{asked}");

    // One that is under way.
    let (address, ca) = (scene.second.dav(), scene.second.door.ca.clone());
    let app = DavApp { address, ca, login: scene.ada.login.clone(), secret: String::new() };
    let mut upload = app.connect("http/1.1");
    let head = format!(
        "PUT /{}/x.ics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n12345",
        scene.ada.login
    );
    upload.send(head.as_bytes());
    let is_connected = || scene.browser.open("/connected").text.contains("Mailer");
    wait_for("the upload among the connections", || is_connected().then_some(()));
    remove_all(&scene);
    upload.until_closed();

    assert_ne!(curl(&pop3, &[]).code, 0);
    assert_eq!(curl(&home, &status).out, "401");
    let asked = at_the_socket(&scene, token);
    assert!(!asked.starts_with("OK"), "{asked}");
    assert!(!scene.second.log().contains(token), "the token is in the log");
    scene.second.stop();
}

#[test]
fn an_app_that_registered_itself_is_let_in_no_more_where_that_was_switched_off() {
    let scene = Scene::begin();
    let path = question(&scene.id, REDIRECT, "");
    scene.sign_in(&path);
    let tokens = scene.exchange(&scene.code());
    let Scene { tryout, second, id, ada, .. } = scene;
    second.stop();
    let second = tryout.serve_beside_with(&["[oauth]\nregistration = false\n".to_owned()]);
    let (browser, app) = (second.browser(), second.app());
    browser.sign_in_at("/authorised-apps", &ada);
    let page = browser.open(&path);
    assert!(page.status == 400 && page.heading().contains("cannot be let in"), "{page:?}");
    // Whoever has let it in before has not been asked whether it is to go.
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token")), ("client_id", &*id)];
    assert_eq!(app.send("/oauth/token", &fields, None).status, 200);
    second.stop();
}
