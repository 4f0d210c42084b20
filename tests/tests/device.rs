//! Apps on devices without a browser: let in on the portal's pages with the code that the device shows, and every way in which
//! that must not go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::oauth::{App, Told};
use valetkey_tests::client::portal::Browser;
use valetkey_tests::program;
use valetkey_tests::tryout::{Person, Second, Tryout};

const SECTION: &str = "[oauth]\n\n[[oauth.client]]\nid = \"tv\"\nname = \"Television\"\ndevice = true\n\n\
    [[oauth.client]]\nid = \"mailer\"\nname = \"Mailer\"\nredirect_uris = [\"org.example.mailer:/done\"]\n";
const SCOPES: &str = "offline_access urn:ietf:params:oauth:scope:mail";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PAGE: &str = "/device";

/// A portal that knows a television, and Ada in front of both.
struct Scene {
    _tryout: Tryout,
    second: Second,
    ada: Person,
    browser: Browser,
    app: App,
}

impl Scene {
    fn begin() -> Self {
        Self::begin_with(&[SECTION])
    }

    fn begin_with(sections: &[&str]) -> Self {
        let tryout = Tryout::start();
        let second = tryout.serve_beside_with(&sections.iter().map(ToString::to_string).collect::<Vec<_>>());
        let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
        let (browser, app) = (second.browser(), second.app());
        Self { _tryout: tryout, second, ada, browser, app }
    }

    fn ask(&self) -> Told {
        let told = self.app.send("/oauth/device_authorization", &[("client_id", "tv"), ("scope", SCOPES)], None);
        assert_eq!(told.status, 200, "{told:?}");
        told
    }

    fn redeem(&self, code: &str) -> Told {
        let fields = [("grant_type", GRANT), ("device_code", code), ("client_id", "tv")];
        self.app.send("/oauth/token", &fields, None)
    }
}

#[test]
fn a_device_is_let_in_with_the_code_that_it_shows_reads_mail_and_is_cut_when_it_is_removed() {
    let scene = Scene::begin();
    let (app, browser) = (&scene.app, &scene.browser);
    let metadata = app.fetch("/.well-known/oauth-authorization-server");
    let issuer = metadata.text("issuer");
    assert_eq!(metadata.text("device_authorization_endpoint"), format!("{issuer}/oauth/device_authorization"));
    assert!(metadata.body["grant_types_supported"].as_array().expect("a list").contains(&json!(GRANT)));
    let asked = scene.ask();
    let (code, shown) = (asked.text("device_code"), asked.text("user_code"));
    assert_eq!(asked.text("verification_uri"), format!("{issuer}{PAGE}"));
    assert_eq!(asked.text("verification_uri_complete"), format!("{issuer}{PAGE}?user_code={shown}"));
    assert_eq!((&asked.body["expires_in"], &asked.body["interval"]), (&json!(600), &json!(5)));
    assert!(asked.head.contains("cache-control: no-store"), "{}", asked.head);
    assert_eq!(scene.redeem(code).error(), (400, "authorization_pending"));
    assert_eq!(scene.redeem(code).error(), (400, "slow_down"), "at once again");

    let page = browser.sign_in_at(&format!("{PAGE}?user_code={shown}"), &scene.ada);
    assert_eq!(page.heading(), "Let a device in", "{page:?}");
    assert!(page.text.contains(shown) && page.text.contains("only if your device shows the same code"), "{page:?}");
    let again = browser.send(PAGE, &page, &[("user_code", "BBBB-BBB")]);
    assert!(again.text.contains("This code is not right"), "{again:?}");
    let page = browser.send(PAGE, &again, &[("user_code", &shown.to_lowercase())]);
    assert!(page.heading().contains("Television"), "{page:?}");
    for said in
        ["Did you start this yourself", "127.0.0.1, where this browser is too", "curl/", "Read, send and filter mail"]
    {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert_eq!(scene.redeem(code).status, 400, "nobody has answered");
    let done = browser.send(PAGE, &page, &[("user_code", shown), ("decision", "allow")]);
    assert!(done.heading().contains("is let in"), "{done:?}");
    let tokens = scene.redeem(code);
    assert_eq!((tokens.status, tokens.text("scope"), tokens.text("token_type")), (200, SCOPES, "Bearer"), "{tokens:?}");

    let token = tokens.text("access_token");
    let mut waiting = Imap::connect(&scene.second.door);
    let message = format!("user={}\x01auth=Bearer {token}\x01\x01", scene.ada.login);
    let answer = waiting.ask(&format!("AUTHENTICATE XOAUTH2 {}", STANDARD.encode(message)));
    assert!(answer.is_ok() && waiting.ask("SELECT INBOX").is_ok(), "{answer:?}");
    waiting.send(b"idle IDLE\r\n");
    assert!(waiting.line().expect("an answer").starts_with('+'));
    let list = browser.open("/authorised-apps");
    let (_, rest) = list.text.split_once("/authorised-apps/").expect("it can be removed");
    let remove = format!("/authorised-apps/{}", rest.split('"').next().expect("an address"));
    let page = browser.send(&remove, &browser.open(&remove), &[]);
    assert!(page.text.contains("is removed. 1 connection closed."), "{page:?}");
    assert!(waiting.is_closed_already(), "it was closed after the page came only");
    let mut curl = program::command("curl");
    curl.args(["-sS", "--cacert", &scene.second.door.ca.display().to_string(), "--oauth2-bearer", token]);
    curl.args(["--user", &format!("{}:", scene.ada.login), "-X", "NOOP"]);
    let refused = program::run(curl.arg(format!("imaps://localhost:{}/", scene.second.door.imaps.port())), "");
    assert_ne!(refused.code, 0, "{refused:?}");
    let log = scene.second.stop();
    for secret in [code, shown, token, tokens.text("refresh_token")] {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}

#[test]
fn a_device_that_is_denied_or_comes_again_gets_nothing_and_neither_does_who_may_not_ask() {
    let scene = Scene::begin();
    let (app, browser) = (&scene.app, &scene.browser);
    let (denied, twice) = (scene.ask(), scene.ask());
    let page = browser.sign_in_at(PAGE, &scene.ada);
    let page = browser.send(PAGE, &page, &[("user_code", denied.text("user_code"))]);
    let page = browser.send(PAGE, &page, &[("user_code", denied.text("user_code")), ("decision", "deny")]);
    assert!(page.heading().contains("is not let in"), "{page:?}");
    assert_eq!(scene.redeem(denied.text("device_code")).error(), (400, "access_denied"));
    let page = browser.send(PAGE, &browser.open(PAGE), &[("user_code", denied.text("user_code"))]);
    assert!(page.text.contains("was used already"), "{page:?}");

    let allow = [("user_code", twice.text("user_code")), ("decision", "allow")];
    let page = browser.send(PAGE, &page, &allow);
    assert!(page.heading().contains("is let in"), "{page:?}");
    let tokens = scene.redeem(twice.text("device_code"));
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(scene.redeem(twice.text("device_code")).error(), (400, "invalid_grant"), "it hears of it once");
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token")), ("client_id", "tv")];
    assert_eq!(
        app.send("/oauth/token", &refresh, None).error(),
        (400, "invalid_grant"),
        "what came of it is taken back"
    );

    let registered = app.say("/oauth/register", &json!({ "redirect_uris": ["org.example.app:/done"] }));
    for client in [registered.text("client_id"), "mailer"] {
        let fields = [("client_id", client), ("scope", SCOPES)];
        let refused = app.send("/oauth/device_authorization", &fields, None);
        assert_eq!(refused.text("error"), "unauthorized_client", "{client}");
        let code = scene.ask();
        let fields = [("grant_type", GRANT), ("device_code", code.text("device_code")), ("client_id", client)];
        assert_eq!(app.send("/oauth/token", &fields, None).text("error"), "unauthorized_client", "{client}");
    }
    let unscoped = app.send("/oauth/device_authorization", &[("client_id", "tv"), ("scope", "profile")], None);
    assert_eq!(unscoped.error(), (400, "invalid_scope"));
    let unknown = app.send("/oauth/device_authorization", &[("client_id", "radio"), ("scope", SCOPES)], None);
    assert_eq!(unknown.error(), (401, "invalid_client"));
    assert_eq!(scene.redeem("nonsense").error(), (400, "invalid_grant"));
    scene.second.stop();
}

#[test]
fn codes_are_not_found_by_trying() {
    let scene = Scene::begin_with(&[SECTION, "[throttle]\nguess_burst = 3\n"]);
    let asked = scene.ask();
    let mut page = scene.browser.sign_in_at(PAGE, &scene.ada);
    for _ in 0..3 {
        page = scene.browser.send(PAGE, &page, &[("user_code", "BBBB-BBBB")]);
        assert!(page.text.contains("This code is not right"), "{page:?}");
    }
    for code in ["BBBB-BBBB", asked.text("user_code")] {
        page = scene.browser.send(PAGE, &page, &[("user_code", code)]);
        assert!(page.text.contains("Too many attempts"), "{page:?}");
    }
    let nobody = scene.second.browser().open_and_stay(PAGE);
    assert!(nobody.status == 303 && nobody.address.ends_with("/sign-in?next=/device"), "{nobody:?}");
    scene.second.stop();
}
