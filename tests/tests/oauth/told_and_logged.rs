//! What apps that sign in with tokens are told in the end, and what is logged of them: whose they are, and never what they show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;

use super::{REDIRECT, Scene, question};

/// What an app's owner has typed where the name belongs.
const TYPED: &str = "hunter2-the-very-first";

#[test]
fn a_refused_token_is_logged_with_the_name_that_is_known_and_never_with_what_was_typed() {
    let scene = Scene::begin();
    let login = &*scene.ada.login;
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let (access, refresh) = (tokens.text("access_token").to_owned(), tokens.text("refresh_token").to_owned());
    let by_imap = |login: &str, token: &str| {
        let message = format!("user={login}\x01auth=Bearer {token}\x01\x01");
        let mut app = Imap::connect(&scene.second.door);
        app.send(format!("t AUTHENTICATE XOAUTH2 {}\r\n\r\n", STANDARD.encode(message)).as_bytes());
        app.answer("t").answer
    };
    let by_http = |token: &str| {
        let mut curl = program::command("curl");
        curl.args(["--silent", "--output", "/dev/null", "--oauth2-bearer", token, &scene.second.forward_auth]);
        program::run(&mut curl, "").succeeded();
    };
    // A line for each sign-in, and nothing else is looked at.
    let lines = |of: &str| {
        let of = format!(" outcome={of} ");
        scene.second.log().lines().filter(|line| line.contains(&of)).map(str::to_owned).collect::<Vec<_>>()
    };
    let last = |outcome: &str, before: usize| wait_for("the line", || lines(outcome).get(before).cloned());
    let named =
        |line: &str| line.split(" login=").nth(1).map(|rest| rest.split(' ').next().unwrap_or_default().to_owned());
    let of = |outcome: &str, sign_in: &dyn Fn()| {
        let before = lines(outcome).len();
        sign_in();
        named(&last(outcome, before)).expect("a login")
    };
    let accepted = |sign_in: &dyn Fn()| of("accepted", sign_in);
    let refused = |sign_in: &dyn Fn()| of("refused", sign_in);
    assert_eq!(accepted(&|| drop(by_imap(login, &access))), login);
    assert_eq!(accepted(&|| by_http(&access)), login, "it says by itself whose it is");
    for (typed, token) in [(TYPED, "vka_nothing"), (TYPED, &*access), (login, "vka_nothing")] {
        let shown = refused(&|| drop(by_imap(typed, token)));
        assert!(shown.starts_with('~') && shown.len() == 13, "nobody has looked whether it is a name: {shown}");
    }
    assert_eq!(refused(&|| by_http("vka_nothing")), "\"\"", "nobody said a name, and there is none");
    let mut waiting = Imap::connect(&scene.second.door);
    waiting.send(
        format!(
            "t AUTHENTICATE XOAUTH2 {}\r\n",
            STANDARD.encode(format!("user={login}\x01auth=Bearer {access}\x01\x01"))
        )
        .as_bytes(),
    );
    assert!(waiting.answer("t").is_ok());
    let give_back = [("token", &*refresh), ("client_id", &*scene.id)];
    assert_eq!(scene.app.send("/oauth/revoke", &give_back, None).status, 200);
    assert_eq!(waiting.until_closed(), ["* BYE This app was signed out: it is not authorised any more."]);
    assert_eq!(refused(&|| drop(by_imap(login, &access))), login);
    assert_eq!(refused(&|| by_http(&access)), login, "it still says whose it was");
    let long = "x".repeat(2000);
    assert!(by_imap(login, &long).starts_with("NO [AUTHENTICATIONFAILED]"), "no broken message, but an invalid token");
    let log = scene.second.stop();
    for secret in [&*access, &refresh, TYPED, "vka_nothing", &long] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
        assert!(!log.contains(&STANDARD.encode(secret)), "{secret} is in the log: {log}");
    }
}
