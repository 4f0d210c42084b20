//! `OpenID` Connect by the shipped program, on both engines: what is found, which of it is registered, who an ID token says
//! has signed in, and that it opens nothing.

mod registry;

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use registry::Kind;
use serde_json::{Value, json};
use valetkey_testkit::Postgres;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::oauth::{App, Told};
use valetkey_tests::client::portal::{Browser, Page};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::tryout::{Person, Second, Tryout};

const SECTION: &str = "[oauth]\n\n\
    [[oauth.client]]\nid = \"dovecot\"\nname = \"Dovecot\"\nsecret_file = \"client-secret\"\nintrospect = true\n";
const SECRET: &str = "kD4+0fJx/2vOQ8m1dX7ePz3w=";
const REDIRECT: &str = "https://app.example/done";
const MAIL: &str = "urn:ietf:params:oauth:scope:mail";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A portal with apps, and Ada in front of it.
struct Scene {
    second: Second,
    ada: Person,
    browser: Browser,
    app: App,
    id: String,
    /// Where its store is, and what it is in front of.
    tryout: Tryout,
    sections: Vec<String>,
    _postgres: Option<Postgres>,
}

impl Scene {
    fn begin() -> Self {
        Self::on(None)
    }

    fn on(postgres: Option<Postgres>) -> Self {
        let tryout = Tryout::start();
        let file = tryout.dir().join("client-secret");
        std::fs::write(&file, SECRET).expect("a file");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        let mut sections = vec![SECTION.to_owned()];
        sections
            .extend(postgres.as_ref().map(|server| format!("[store]\nurl = \"{}\"\n", server.new_database("openid"))));
        let second = tryout.serve_beside_with(&sections);
        let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
        let (browser, app) = (second.browser(), second.app());
        let told = app.say("/oauth/register", &json!({ "client_name": "Mailer", "redirect_uris": [REDIRECT] }));
        let id = told.text("client_id").to_owned();
        Self { second, ada, browser, app, id, tryout, sections, _postgres: postgres }
    }

    fn question(&self, scopes: &str, more: &str) -> String {
        let (scopes, redirect) = (scopes.replace(' ', "+"), REDIRECT.replace(':', "%3A").replace('/', "%2F"));
        format!(
            "/oauth/authorize?response_type=code&client_id={}&redirect_uri={redirect}&scope={scopes}&\
             code_challenge={CHALLENGE}&code_challenge_method=S256{more}",
            self.id
        )
    }

    /// Ada signs in, on her way to what an app asks.
    fn sign_in(&self, path: &str) -> Page {
        let page = self.browser.open(path);
        let fields = [
            ("login", &*self.ada.login),
            ("step", "password"),
            ("password", &self.ada.primary_password),
            ("next", path),
        ];
        let page = self.browser.send("/sign-in", &page, &fields);
        self.browser.send("/sign-in/second-factor", &page, &[("code", &*self.ada.code(0)), ("next", path)])
    }

    /// What the app gets for its question, once Ada has allowed it.
    fn tokens(&self, scopes: &str, more: &str) -> Told {
        let path = self.question(scopes, more);
        let back = self.browser.send_and_stay(&path, &self.browser.open(&path), &[("decision", "allow")]);
        let code = back.address.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
        let code = code.unwrap_or_else(|| panic!("no code: {back:?}"));
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", &*self.id),
        ];
        self.app.send("/oauth/token", &fields, None)
    }

    fn introspect(&self, token: &str) -> Value {
        self.app.send("/oauth/introspect", &[("token", token)], Some(("dovecot", SECRET))).body
    }

    fn opens_mail(&self, token: &str) -> bool {
        let mut imap = Imap::connect(&self.second.door);
        let message = format!("user={}\x01auth=Bearer {token}\x01\x01", self.ada.login);
        imap.send(format!("try AUTHENTICATE XOAUTH2 {}\r\n", STANDARD.encode(message)).as_bytes());
        loop {
            let line = imap.line().expect("an answer");
            if let Some(outcome) = line.strip_prefix("try ") {
                return outcome.starts_with("OK");
            }
            if line.starts_with('+') {
                imap.send(b"\r\n"); // who is refused hears why, and says that it was heard
            }
        }
    }
}

impl Scene {
    /// What a web server in front of calendars hears, which asks whether a request may pass.
    fn passes(&self, token: &str) -> u16 {
        let mut curl = program::command("curl");
        curl.args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--oauth2-bearer", token]);
        curl.args(["-H", "X-Forwarded-Proto: https", &self.second.forward_auth]);
        program::run(&mut curl, "").succeeded().parse().expect("a status")
    }
}

/// A part of an ID token; whether its signature is right, the apps of `tests/browser` see.
fn part(token: &str, which: usize) -> Value {
    let part = token.split('.').nth(which).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// Each field is registered, and holds what it is to hold.
fn expect_registered(document: &Value, registered: &[&[(&str, Kind)]], issuer: &str) {
    for (name, value) in document.as_object().expect("an object") {
        let found = registered.iter().flat_map(|fields| fields.iter()).find(|(known, _)| known == name);
        let (_, kind) = found.unwrap_or_else(|| panic!("{name} is not registered"));
        assert!(kind.is_of(value, issuer), "{name} is no {kind:?}: {value}");
    }
}

/// Each value is registered, and stands there once.
fn expect_among(document: &Value, name: &str, registered: &[&str]) {
    let values = match &document[name] {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    };
    for (i, value) in values.iter().enumerate() {
        assert!(registered.contains(&value.as_str().unwrap_or_default()), "{name}: {value} is not registered");
        assert!(!values[..i].contains(value), "{name}: {value} is there twice");
    }
}

#[test]
fn what_apps_find_is_registered_by_name_and_value() {
    let scene = Scene::begin();
    let metadata = scene.app.fetch("/.well-known/oauth-authorization-server");
    let discovery = scene.app.fetch("/.well-known/openid-configuration");
    let issuer = metadata.text("issuer");
    assert!(issuer.starts_with("https://") && !issuer.ends_with('/') && !issuer.contains(['?', '#']), "{issuer}");
    assert_eq!(metadata.body, discovery.body, "one document for both");
    assert!(discovery.head.contains("content-type: application/json"), "{}", discovery.head);
    let found = &discovery.body;
    expect_registered(found, &[registry::RFC_8414, registry::OPENID_DISCOVERY, registry::OTHERS], issuer);
    for name in registry::NEEDED {
        assert!(found.get(name).is_some(), "{name} is missing");
    }
    let claims: Vec<&str> = registry::CLAIMS.iter().map(|(name, _)| *name).collect();
    for (name, registered) in [
        ("scopes_supported", registry::SCOPES),
        ("response_types_supported", registry::RESPONSE_TYPES),
        ("response_modes_supported", registry::RESPONSE_MODES),
        ("grant_types_supported", registry::GRANT_TYPES),
        ("token_endpoint_auth_methods_supported", registry::PROOFS),
        ("revocation_endpoint_auth_methods_supported", registry::PROOFS),
        ("introspection_endpoint_auth_methods_supported", registry::PROOFS),
        ("code_challenge_methods_supported", registry::CHALLENGES),
        ("subject_types_supported", registry::SUBJECTS),
        ("id_token_signing_alg_values_supported", registry::SIGNATURES),
        ("claims_supported", &*claims),
    ] {
        expect_among(found, name, registered);
    }
    let has = |name: &str, value: &str| found[name].as_array().is_some_and(|all| all.contains(&json!(value)));
    assert!(has("scopes_supported", "openid"), "OpenID Connect Discovery section 3 demands it");
    assert!(has("id_token_signing_alg_values_supported", "RS256"), "and this");
    assert!(!has("code_challenge_methods_supported", "plain") && !has("response_types_supported", "token"));

    let told = scene.app.say("/oauth/register", &json!({ "client_name": "Other", "redirect_uris": [REDIRECT] }));
    expect_registered(&told.body, &[registry::CLIENT], issuer);
    for (name, registered) in [
        ("token_endpoint_auth_method", registry::PROOFS),
        ("grant_types", registry::GRANT_TYPES),
        ("response_types", registry::RESPONSE_TYPES),
        ("id_token_signed_response_alg", registry::SIGNATURES),
    ] {
        expect_among(&told.body, name, registered);
    }
    scene.second.stop();
}

/// What the app is told of Ada, and which of it is registered.
fn an_app_hears_who_has_signed_in(scene: &Scene) {
    let scopes = format!("openid offline_access {MAIL}");
    let page = scene.sign_in(&scene.question(&scopes, "&nonce=n-0S6_WzA2Mj"));
    assert!(page.text.contains("It learns who you are: ada@example.org."), "{page:?}");
    let tokens = scene.tokens(&scopes, "&nonce=n-0S6_WzA2Mj");
    assert_eq!((tokens.status, tokens.text("scope")), (200, &*scopes), "{tokens:?}");
    expect_among(&tokens.body, "token_type", registry::TOKEN_TYPES);

    let (header, claims) = (part(tokens.text("id_token"), 0), part(tokens.text("id_token"), 1));
    let keys = scene.app.fetch("/oauth/keys").body;
    assert_eq!(keys["keys"][0]["kid"], header["kid"], "{keys}");
    let private = ["d", "p", "q", "dp", "dq", "qi"].iter().any(|name| keys["keys"][0].get(name).is_some());
    assert!(!private, "nothing of the private key");
    let metadata = scene.app.fetch("/.well-known/openid-configuration");
    expect_registered(&claims, &[registry::CLAIMS], metadata.text("issuer"));
    expect_among(&claims, "amr", registry::METHODS);
    let stated = metadata.body["claims_supported"].as_array().expect("a list");
    for name in claims.as_object().expect("an object").keys() {
        assert!(stated.contains(&json!(name)), "{name} is not among those that are stated");
    }
    assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some(metadata.text("issuer")), Some(&*scene.id)));
    assert_eq!((claims["nonce"].as_str(), claims["email"].as_str()), (Some("n-0S6_WzA2Mj"), Some(&*scene.ada.login)));
    let seconds = |name: &str| claims[name].as_u64().expect("seconds");
    assert_eq!(seconds("exp") - seconds("iat"), 600);
    assert!(seconds("auth_time") <= seconds("iat") && seconds("iat") - seconds("auth_time") < 300);

    let active = scene.introspect(tokens.text("access_token"));
    expect_registered(&active, &[registry::INTROSPECTION], metadata.text("issuer"));
    assert_eq!(active["sub"], claims["sub"], "the same name everywhere");
    let who = scene.app.show("/oauth/userinfo", tokens.text("access_token"));
    let expected = json!({ "sub": claims["sub"], "email": claims["email"], "preferred_username": claims["email"] });
    assert_eq!((who.status, &who.body), (200, &expected));
}

#[test]
fn an_app_hears_who_has_signed_in_on_sqlite() {
    let scene = Scene::begin();
    an_app_hears_who_has_signed_in(&scene);
    scene.second.stop();
}

#[test]
fn an_app_hears_who_has_signed_in_on_postgresql() {
    let scene = Scene::on(Some(Postgres::start()));
    an_app_hears_who_has_signed_in(&scene);
    scene.second.stop();
}

#[test]
fn an_id_token_opens_nothing_at_any_door() {
    let scene = Scene::begin();
    let scopes = format!("openid offline_access {MAIL}");
    scene.sign_in(&scene.question(&scopes, ""));
    let tokens = scene.tokens(&scopes, "");
    let (access, id_token) = (tokens.text("access_token"), tokens.text("id_token"));
    assert!(scene.opens_mail(access) && !scene.opens_mail(id_token));
    let mut imap = Imap::connect(&scene.second.door);
    assert!(!imap.sign_in(&scene.ada.login, id_token).is_ok(), "nor as a password");
    assert_eq!(scene.introspect(id_token), json!({ "active": false }));
    assert_eq!(scene.app.show("/oauth/userinfo", id_token).error(), (401, "invalid_token"));
    assert_eq!((scene.passes(access), scene.passes(id_token)), (200, 401));
    let renew = [("grant_type", "refresh_token"), ("refresh_token", id_token), ("client_id", &*scene.id)];
    assert_eq!(scene.app.send("/oauth/token", &renew, None).error(), (400, "invalid_grant"));
    let give_back = [("token", id_token), ("client_id", &*scene.id)];
    assert_eq!(scene.app.send("/oauth/revoke", &give_back, None).status, 200);
    assert!(scene.opens_mail(access), "it was nothing that could be given back");

    let without = scene.tokens(MAIL, "");
    assert_eq!(without.body.get("id_token"), None);
    let refused = scene.app.show("/oauth/userinfo", without.text("access_token"));
    assert_eq!(refused.error(), (403, "insufficient_scope"));
    assert!(refused.head.contains("scope=\"openid\""), "{}", refused.head);
    assert_eq!(scene.app.fetch("/oauth/userinfo").status, 401);
    assert_eq!(scene.app.fetch(&format!("/oauth/userinfo?access_token={access}")).status, 401, "in the address");

    let alone = scene.tokens("openid", "");
    assert_eq!(alone.text("scope"), "openid");
    assert!(!scene.opens_mail(alone.text("access_token")), "who somebody is, and nothing else");
    assert_eq!(scene.introspect(alone.text("access_token")), json!({ "active": false }));
    assert_eq!(scene.app.show("/oauth/userinfo", alone.text("access_token")).status, 200);
    let log = scene.second.stop();
    assert!(!log.contains(id_token) && !log.contains(access), "no token is in the log");
}

#[test]
fn an_app_may_demand_that_somebody_has_signed_in_just_now() {
    let scene = Scene::begin();
    scene.sign_in(&scene.question("openid", ""));
    let is_asked = |more: &str| scene.browser.open(&scene.question("openid", more)).heading().contains("Mailer");
    assert!(is_asked("") && is_asked("&max_age=300"));
    for more in ["&max_age=0", "&prompt=login"] {
        assert!(!is_asked(more), "{more}: the second factor comes first");
    }
    let none = scene.browser.open_and_stay(&scene.question("openid", "&max_age=0&prompt=none"));
    // A website that has registered itself is led to by nothing but its visitor's own will.
    assert!(
        none.address.is_empty() && none.text.contains("done?error=login_required&#38;error_description="),
        "{none:?}"
    );
    scene.second.stop();
}

#[test]
fn keys_outlive_a_start() {
    let scene = Scene::begin();
    scene.sign_in(&scene.question("openid", ""));
    let told = scene.tokens("openid", "");
    let before = scene.app.fetch("/oauth/keys").body;
    assert_eq!(before["keys"].as_array().map(Vec::len), Some(1), "{before}");
    assert_eq!(part(told.text("id_token"), 0)["kid"], before["keys"][0]["kid"]);
    scene.second.stop();
    let again = scene.tryout.serve_beside_with(&scene.sections);
    assert_eq!(again.app().fetch("/oauth/keys").body, before);
    again.stop();
}

#[test]
fn while_the_store_is_away_nobody_is_told_that_a_token_is_wrong() {
    let scene = Scene::begin();
    scene.sign_in(&scene.question("openid", ""));
    let tokens = scene.tokens("openid", "");
    let (data, away) = (scene.tryout.dir().join("second-data"), scene.tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    let who = || scene.app.show("/oauth/userinfo", tokens.text("access_token"));
    let down = wait_for("an answer that nobody knows", || Some(who()).filter(|told| told.status != 200));
    assert_eq!(down.error(), (503, "temporarily_unavailable"));
    assert_eq!(scene.app.fetch("/oauth/keys").status, 200, "they are in memory");
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the answer", || Some(who()).filter(|told| told.status == 200));
    scene.second.stop();
}
