//! Apps that are authorised with the account: found, registered, let in on the portal's pages, renewed, asked about and
//! taken back, and every way in which that must not go.

#[path = "oauth/at_dovecot.rs"]
mod at_dovecot;
#[path = "oauth/at_each_door.rs"]
mod at_each_door;
#[path = "oauth/at_managesieve.rs"]
mod at_managesieve;
#[path = "oauth/by_commands.rs"]
mod by_commands;
#[path = "oauth/ended.rs"]
mod ended;
#[path = "oauth/full.rs"]
mod full;
#[path = "oauth/other_scope.rs"]
mod other_scope;
#[path = "oauth/over.rs"]
mod over;
#[path = "oauth/rfc9700.rs"]
mod rfc9700;
#[path = "oauth/told_and_logged.rs"]
mod told_and_logged;

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::oauth::{App, Told};
use valetkey_tests::client::portal::{Browser, Page};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::tryout::{Person, Second, Tryout};

const SECTION: &str = "[oauth]\n\n\
    [[oauth.client]]\nid = \"webmail\"\nname = \"Our webmail\"\nredirect_uris = [\"https://webmail.example/done\"]\n\
    secret_file = \"client-secret\"\nfirst_party = true\n\n\
    [[oauth.client]]\nid = \"partner\"\nname = \"Partner\"\nredirect_uris = [\"https://app.example/done\"]\n\n\
    [[oauth.client]]\nid = \"dovecot\"\nname = \"Dovecot\"\nsecret_file = \"client-secret\"\nintrospect = true\n";
const SECRET: &str = "kD4+0fJx/2vOQ8m1dX7ePz3w=";
const SCOPES: &str = "offline_access urn:ietf:params:oauth:scope:mail";
const REDIRECT: &str = "https://app.example/done";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A portal with apps, Ada in front of it, and an app that has registered itself.
struct Scene {
    tryout: Tryout,
    second: Second,
    ada: Person,
    browser: Browser,
    app: App,
    id: String,
}

impl Scene {
    fn begin() -> Self {
        Self::with(SECTION, &[("client-secret", SECRET)])
    }

    /// The same with another section, and the files that it names.
    fn with(section: &str, files: &[(&str, &str)]) -> Self {
        let tryout = Tryout::start();
        for (name, text) in files {
            let file = tryout.dir().join(name);
            std::fs::write(&file, text).expect("a file");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        }
        let second = tryout.serve_beside_with(&[section.to_owned()]);
        let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
        let (browser, app) = (second.browser(), second.app());
        let id = registered(&app, "Mailer");
        Self { tryout, second, ada, browser, app, id }
    }

    /// Ada comes from the app, signs in, and is asked what the app asks.
    fn sign_in(&self, path: &str) -> Page {
        let page = self.browser.open(path);
        assert!(page.heading().starts_with("Sign in to continue to "), "{page:?}");
        let fields = [
            ("login", &*self.ada.login),
            ("step", "password"),
            ("password", &self.ada.primary_password),
            ("next", path),
        ];
        let page = self.browser.send("/sign-in", &page, &fields);
        let fields = [("code", &*self.ada.code(0)), ("next", path)];
        self.browser.send("/sign-in/second-factor", &page, &fields)
    }

    /// The code with which the app is sent back.
    fn code(&self) -> String {
        let path = question(&self.id, REDIRECT, "");
        let page = self.browser.open(&path);
        parameter(&self.browser.send_and_stay(&path, &page, &[("decision", "allow")]), "code")
    }

    fn exchange(&self, code: &str) -> Told {
        exchanged(&self.app, &[("client_id", &self.id)], code, REDIRECT, None)
    }

    fn refresh(&self, token: &str) -> Told {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &*self.id)];
        self.app.send("/oauth/token", &fields, None)
    }

    fn is_active(&self, token: &str) -> bool {
        let told = self.app.send("/oauth/introspect", &[("token", token)], Some(("dovecot", SECRET)));
        assert_eq!(told.status, 200, "{told:?}");
        told.body["active"].as_bool().expect("it is said")
    }
}

fn registered(app: &App, name: &str) -> String {
    let told = app.say("/oauth/register", &json!({ "client_name": name, "redirect_uris": [REDIRECT] }));
    assert_eq!(told.status, 201, "{told:?}");
    assert_eq!((told.text("token_endpoint_auth_method"), &told.body["client_secret"]), ("none", &json!(null)));
    told.text("client_id").to_owned()
}

fn exchanged(app: &App, more: &[(&str, &str)], code: &str, redirect: &str, client: Option<(&str, &str)>) -> Told {
    let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect)];
    app.send("/oauth/token", &[&fields[..], &[("code_verifier", VERIFIER)], more].concat(), client)
}

/// The address to which an app brings people.
fn question(id: &str, redirect: &str, more: &str) -> String {
    let (scopes, redirect) = (SCOPES.replace(' ', "+"), redirect.replace(':', "%3A").replace('/', "%2F"));
    format!(
        "/oauth/authorize?response_type=code&client_id={id}&redirect_uri={redirect}&scope={scopes}&state=s-1&\
         code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
    )
}

/// What stands in the address to which the browser was sent.
fn parameter(page: &Page, name: &str) -> String {
    let (_, query) = page.address.split_once('?').unwrap_or_else(|| panic!("sent nowhere: {page:?}"));
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name}: {page:?}")).to_owned()
}

#[test]
fn an_app_finds_registers_is_let_in_renews_and_gives_back() {
    let scene = Scene::begin();
    let app = &scene.app;
    let metadata = app.fetch("/.well-known/oauth-authorization-server");
    let issuer = metadata.text("issuer").to_owned();
    assert_eq!(metadata.text("registration_endpoint"), format!("{issuer}/oauth/register"));
    assert!(metadata.body["device_authorization_endpoint"].is_null(), "no client asks from a device");
    let other_name = app.fetch("/.well-known/openid-configuration");
    assert_eq!(other_name.text("issuer"), issuer, "by the name that others look for");

    let path = question(&scene.id, REDIRECT, "");
    let page = scene.sign_in(&path);
    assert!(page.heading().contains("Mailer"), "{page:?}");
    for said in ["Nobody has checked this name", "app.example", "Read, send and filter mail", "ada@example.org"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("Appointments"), "{}", page.text);
    let back = scene.browser.send_and_stay(&path, &page, &[("decision", "allow")]);
    assert!(back.status == 303 && back.address.starts_with(&format!("{REDIRECT}?")), "{back:?}");
    assert_eq!(parameter(&back, "state"), "s-1");
    assert_eq!(parameter(&back, "iss"), issuer.replace(':', "%3A").replace('/', "%2F"));

    let first = scene.exchange(&parameter(&back, "code"));
    assert_eq!((first.status, first.text("token_type"), first.text("scope")), (200, "Bearer", SCOPES), "{first:?}");
    assert!(first.head.contains("cache-control: no-store"), "{}", first.head);
    let told = app.send("/oauth/introspect", &[("token", first.text("access_token"))], Some(("dovecot", SECRET)));
    assert_eq!((&told.body["active"], told.text("username")), (&json!(true), "ada@example.org"), "{told:?}");
    assert_eq!((told.text("client_id"), told.text("scope")), (&*scene.id, "urn:ietf:params:oauth:scope:mail"));
    assert!(told.body["exp"].is_i64() && told.body["sub"].is_string(), "{told:?}");

    let next = scene.refresh(first.text("refresh_token"));
    assert_eq!(next.status, 200, "{next:?}");
    assert!(scene.is_active(next.text("access_token")));
    assert_eq!(scene.refresh(first.text("refresh_token")).error(), (400, "invalid_grant"), "it is good once");
    for tokens in [&first, &next] {
        assert!(!scene.is_active(tokens.text("access_token")), "somebody has stolen it");
        assert_eq!(scene.refresh(tokens.text("refresh_token")).error(), (400, "invalid_grant"));
    }

    let again = scene.exchange(&scene.code());
    let give_back = |token: &str| app.send("/oauth/revoke", &[("token", token), ("client_id", &scene.id)], None).status;
    assert_eq!((give_back("nonsense"), scene.is_active(again.text("access_token"))), (200, true));
    assert_eq!(give_back(again.text("refresh_token")), 200);
    assert!(!scene.is_active(again.text("access_token")));
    scene.second.stop();
}

#[test]
fn nobody_is_sent_where_an_app_has_not_registered_and_no_code_is_good_for_another() {
    let scene = Scene::begin();
    let (browser, app) = (&scene.browser, &scene.app);
    // Before and after somebody is signed in.
    for signed_in in [false, true] {
        if signed_in {
            scene.sign_in(&question(&scene.id, REDIRECT, ""));
        }
        for (wrong, why) in [
            (
                question(&scene.id, "https://evil.example/done", ""),
                "redirect_uri is none that this client has registered.",
            ),
            (
                question(&scene.id, "https://app.example/done/", ""),
                "redirect_uri is none that this client has registered.",
            ),
            (question(&scene.id, "javascript:alert(1)", ""), "redirect_uri is no address that a client could have"),
            (question(&scene.id, REDIRECT, "&redirect_uri=https%3A%2F%2Fevil.example"), "or there more than once."),
            (question("app-nobody", REDIRECT, ""), "client_id is none that is known here."),
            (question("", REDIRECT, ""), "client_id is none that is known here."),
        ] {
            let page = browser.open_and_stay(&wrong);
            assert_eq!((page.status, page.heading()), (400, "This app cannot be let in"), "{wrong}");
            // For whoever makes the app.
            assert!(page.text.contains(why), "{wrong}: {page:?}");
            assert_eq!(page.address, "", "{wrong}");
        }
        for (path, error) in [
            (question(&scene.id, REDIRECT, "").replace("S256", "plain"), "invalid_request"),
            (question(&scene.id, REDIRECT, "").replace("&code_challenge_method=S256", ""), "invalid_request"),
            (question(&scene.id, REDIRECT, "").replace("code_challenge=", "no="), "invalid_request"),
            (question(&scene.id, REDIRECT, "").replace("=code&", "=token&"), "unsupported_response_type"),
            (
                question(&scene.id, REDIRECT, "&prompt=none"),
                if signed_in { "consent_required" } else { "login_required" },
            ),
        ] {
            let path = path.replace(&scene.id, "partner");
            let page = browser.open_and_stay(&path);
            assert!(page.address.starts_with(REDIRECT), "{path}: {page:?}");
            assert_eq!((parameter(&page, "error"), parameter(&page, "state")), (error.into(), "s-1".into()), "{path}");
            assert!(parameter(&page, "error_description").ends_with('.'), "{path}: {page:?}");
        }
    }
    let path = question(&scene.id, REDIRECT, "");
    let denied = browser.send_and_stay(&path, &browser.open(&path), &[("decision", "deny")]);
    assert_eq!(parameter(&denied, "error"), "access_denied");

    let (other, code) = (registered(app, "Other"), scene.code());
    let stolen = exchanged(app, &[("client_id", &other)], &code, REDIRECT, None);
    assert_eq!(stolen.error(), (400, "invalid_grant"), "another app's code");
    let tokens = scene.exchange(&code);
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(scene.exchange(&code).error(), (400, "invalid_grant"), "it is good once");
    assert!(!scene.is_active(tokens.text("access_token")), "what came of a code that comes twice is taken back");
    scene.second.stop();
}

#[test]
fn an_app_asks_in_a_form_and_proves_who_it_is() {
    let scene = Scene::begin();
    let app = &scene.app;
    let form = [("token", "x"), ("client_id", &*scene.id)];
    assert_eq!(app.send("/oauth/revoke?token=x", &form, None).error(), (400, "invalid_request"), "in the address");
    assert_eq!(app.say("/oauth/token", &json!({})).error(), (400, "invalid_request"), "no form");
    assert_eq!(app.fetch("/oauth/token").status, 405);
    let twice = [("grant_type", "refresh_token"), ("grant_type", "refresh_token"), ("client_id", &*scene.id)];
    assert_eq!(app.send("/oauth/token", &twice, None).error(), (400, "invalid_request"));
    let other = [("grant_type", "password"), ("client_id", &*scene.id)];
    assert_eq!(app.send("/oauth/token", &other, None).error(), (400, "unsupported_grant_type"));
    for (client, error) in [
        (None, (401, "invalid_client")),
        (Some(("dovecot", "not the secret")), (401, "invalid_client")),
        (Some(("dovecot", "")), (401, "invalid_client")),
        (Some((&*scene.id, "")), (403, "unauthorized_client")),
        (Some((&*scene.id, "a secret")), (401, "invalid_client")),
        (Some(("webmail", SECRET)), (403, "unauthorized_client")),
    ] {
        let told = app.send("/oauth/introspect", &[("token", "x")], client);
        assert_eq!(told.error(), error, "{client:?}");
        assert_eq!(told.head.contains("www-authenticate: basic"), told.status == 401, "{}", told.head);
    }
    let why =
        |fields: &[(&str, &str)], client| app.send("/oauth/token", fields, client).text("error_description").to_owned();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert!(why(&refresh, Some(("dovecot", "not the secret"))).starts_with("The client's secret is wrong"));
    assert!(why(&refresh, Some(("dovecot", ""))).starts_with("This client has a secret and must send it"));
    assert!(why(&refresh, Some(("partner", "a secret"))).starts_with("This client has no secret"));
    assert!(why(&refresh, Some(("nobody", ""))).starts_with("There is no client with this client_id"));
    assert!(why(&refresh, Some(("app-nobody", ""))).ends_with("Register again."));
    assert!(why(&refresh, None).starts_with("client_id is missing"));
    assert!(why(&refresh, Some((&*scene.id, ""))).starts_with("The refresh token is none"));
    assert_eq!(why(&refresh[..1], Some((&*scene.id, ""))), "refresh_token is missing.");
    let scope = [&refresh[..], &[("scope", "mail")]].concat();
    assert!(why(&scope, Some((&*scene.id, ""))).contains("urn:ietf:params:oauth:scope:mail"));
    let by_post = [("token", "x"), ("client_id", "dovecot"), ("client_secret", SECRET)];
    assert_eq!(app.send("/oauth/introspect", &by_post, None).body, json!({ "active": false }));
    scene.second.stop();
}

#[test]
fn our_own_app_asks_nobody_and_whoever_removes_an_app_signs_it_out() {
    let scene = Scene::begin();
    let (path, redirect) = (question("webmail", "https://webmail.example/done", ""), "https://webmail.example/done");
    let page = scene.sign_in(&path);
    assert!(page.heading().contains("Our webmail"), "a page that goes on by itself: {page:?}");
    let (_, rest) = page.text.split_once("code=").expect("it leads back");
    let code: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    assert_eq!(
        exchanged(&scene.app, &[("client_id", "webmail")], &code, redirect, None).error(),
        (401, "invalid_client")
    );
    let tokens = exchanged(&scene.app, &[], &code, redirect, Some(("webmail", SECRET)));
    assert!(scene.is_active(tokens.text("access_token")), "{tokens:?}");

    let list = scene.browser.open("/authorised-apps");
    assert_eq!((list.heading(), list.text.contains("Our webmail")), ("Authorised apps", true), "{list:?}");
    assert!(scene.browser.open("/").text.contains("You have let 1 app in"));
    let (_, rest) = list.text.split_once("/authorised-apps/").expect("it can be removed");
    let remove = format!("/authorised-apps/{}", rest.split('"').next().expect("an address"));
    let page = scene.browser.send(&remove, &scene.browser.open(&remove), &[]);
    assert!(page.text.contains("is removed. No connection was open."), "{page:?}");
    assert!(page.text.contains("No authorised app yet"), "{page:?}");
    assert!(!scene.is_active(tokens.text("access_token")));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
    let told = scene.app.send("/oauth/token", &refresh, Some(("webmail", SECRET)));
    assert_eq!(told.error(), (400, "invalid_grant"));
    scene.second.stop();
}

#[test]
fn an_app_reads_and_sends_mail_with_its_token_and_is_cut_when_it_is_removed() {
    let scene = Scene::begin();
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let token = tokens.text("access_token");
    let curl = |token: &str, url: &str, more: &[&str]| {
        let mut command = program::command("curl");
        command.args(["-sS", "--cacert", &scene.second.door.ca.display().to_string(), "--oauth2-bearer", token]);
        command.args(["--user", &format!("{}:", scene.ada.login), url]).args(more);
        program::run(&mut command, "")
    };
    let mail = format!("imaps://localhost:{}/", scene.second.door.imaps.port());
    for how in ["AUTH=OAUTHBEARER", "AUTH=XOAUTH2"] {
        let read = curl(token, &mail, &["--login-options", how, "-X", "LIST \"\" *"]);
        assert!(read.code == 0 && read.out.contains("INBOX"), "{how}: {read:?}");
    }
    let refused = curl(&token.replace("vka_", "vkb_"), &mail, &["-X", "NOOP"]);
    assert!(refused.code != 0, "{refused:?}");
    let sending = format!("smtps://localhost:{}/", scene.second.entrance("submission").tls.port());
    let from = ["--mail-from", &scene.ada.login, "--mail-rcpt", &scene.ada.login, "--upload-file", "/dev/null"];
    let sent = curl(token, &sending, &from);
    assert_eq!(sent.code, 0, "{sent:?}");

    let mut waiting = Imap::connect(&scene.second.door);
    let message = format!("user={}\x01auth=Bearer {token}\x01\x01", scene.ada.login);
    let answer = waiting.ask(&format!("AUTHENTICATE XOAUTH2 {}", STANDARD.encode(message)));
    assert!(answer.is_ok() && waiting.ask("SELECT INBOX").is_ok(), "{answer:?}");
    waiting.send(b"idle IDLE\r\n");
    assert!(waiting.line().expect("an answer").starts_with('+'));
    let connected = scene.browser.open("/connected");
    assert!(connected.text.contains("Mailer"), "{connected:?}");

    let list = scene.browser.open("/authorised-apps");
    let (_, rest) = list.text.split_once("/authorised-apps/").expect("it can be removed");
    let remove = format!("/authorised-apps/{}", rest.split('"').next().expect("an address"));
    let page = scene.browser.send(&remove, &scene.browser.open(&remove), &[]);
    assert!(page.text.contains("is removed. 1 connection closed."), "{page:?}");
    assert!(waiting.is_closed_already(), "it was closed after the page came only");
    let refused = curl(token, &mail, &["-X", "NOOP"]);
    assert!(refused.code != 0, "{refused:?}");
    scene.second.stop();
}

#[test]
fn while_the_store_is_away_no_token_is_wrong() {
    let scene = Scene::begin();
    scene.sign_in(&question(&scene.id, REDIRECT, ""));
    let tokens = scene.exchange(&scene.code());
    let (data, away) = (scene.tryout.dir().join("second-data"), scene.tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    let is = |status: u16| move |page: &Page| page.status == status;
    let opened = || scene.browser.open("/authorised-apps");
    wait_for("a page that says so", || Some(opened()).filter(is(503)));
    let renewed = || scene.refresh(tokens.text("refresh_token"));
    let down = renewed();
    assert_eq!(down.error(), (503, "temporarily_unavailable"));
    assert!(down.head.contains("retry-after: "), "{}", down.head);
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the page", || Some(opened()).filter(is(200)));
    assert_eq!(renewed().status, 200, "it was not used up");
    scene.second.stop();
}

#[test]
fn where_it_is_off_there_is_nothing() {
    let tryout = Tryout::start();
    let left_out = ["[oauth]", "[[oauth.client]]", "id = ", "name = ", "device = "].map(|begin| (begin, ""));
    let second = tryout.serve_beside(&left_out);
    let app = second.app();
    for path in ["/.well-known/oauth-authorization-server", "/oauth/authorize", "/oauth/token", "/oauth/register"] {
        assert_eq!(app.fetch(path).status, 404, "{path}");
    }
    second.stop();
}
