//! What RFC 9700 (best current practice for OAuth's security) warns of, each attack made from outside, in the order of its
//! sections. What is not there needs no test: no implicit grant (2.1.2), no answers by `postMessage` (4.17). `oauth.rs` has the
//! cases that belong to a story, as a code that comes twice. Here are tokens and clients; `redirects` has the page and the ways to it and
//! back.

#[path = "rfc9700/redirects.rs"]
mod redirects;

use serde_json::json;
use valetkey_tests::client::oauth::Told;
use valetkey_tests::program;

use super::{CHALLENGE, REDIRECT, SCOPES, Scene, VERIFIER, exchanged, parameter, question, registered};

/// Two apps that have secrets of their own, one that has none, and a server that may ask.
const SECTION: &str = "[oauth]\n\n\
    [[oauth.client]]\nid = \"webmail\"\nname = \"Our webmail\"\nredirect_uris = [\"https://webmail.example/done\"]\n\
    secret_file = \"webmail-secret\"\n\n\
    [[oauth.client]]\nid = \"partner\"\nname = \"Partner\"\nredirect_uris = [\"https://app.example/done\"]\n\n\
    [[oauth.client]]\nid = \"dovecot\"\nname = \"Dovecot\"\nsecret_file = \"dovecot-secret\"\nintrospect = true\n";
const WEBMAIL_SECRET: &str = "kD4+0fJx/2vOQ8m1dX7ePz3w=";
const DOVECOT_SECRET: &str = "zP3w+aX7e/m1dQ8vO2x0fJkD4=";
const WEBMAIL: &str = "https://webmail.example/done";

fn begin() -> Scene {
    Scene::with(SECTION, &[("webmail-secret", WEBMAIL_SECRET), ("dovecot-secret", DOVECOT_SECRET)])
}

/// Ada has signed in with both factors just now.
fn signed_in() -> Scene {
    let scene = begin();
    scene.sign_in(&question("partner", REDIRECT, ""));
    scene
}

fn is_active(scene: &Scene, token: &str) -> bool {
    let told = scene.app.send("/oauth/introspect", &[("token", token)], Some(("dovecot", DOVECOT_SECRET)));
    assert_eq!(told.status, 200, "{told:?}");
    told.body["active"].as_bool().expect("it is said")
}

/// Tokens for the app that has registered itself.
fn tokens(scene: &Scene) -> Told {
    let tokens = scene.exchange(&scene.code());
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

/// The form by which a code is exchanged, with some of its fields in another way; an empty one is left out.
fn exchange_with(scene: &Scene, code: &str, changed: &[(&str, &str)]) -> Told {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &*scene.id),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let changed_to = |name: &str| changed.iter().find(|(changed, _)| *changed == name).map(|(_, to)| *to);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, changed_to(name).unwrap_or(value))).collect();
    let fields: Vec<(&str, &str)> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    scene.app.send("/oauth/token", &fields, None)
}

#[test]
fn section_4_3_2_no_token_is_taken_from_an_address() {
    let scene = signed_in();
    let tokens = tokens(&scene);
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let app = &scene.app;
    let dovecot = Some(("dovecot", DOVECOT_SECRET));
    let in_address = |path: &str, name: &str, token: &str| format!("{path}?{name}={token}");
    let asked = app.send(&in_address("/oauth/introspect", "token", access), &[("token", access)], dovecot);
    assert_eq!(asked.error(), (400, "invalid_request"));
    assert_eq!(app.fetch(&in_address("/oauth/introspect", "token", access)).status, 405);
    let form = [("token", refresh), ("client_id", &*scene.id)];
    let given_back = app.send(&in_address("/oauth/revoke", "token", refresh), &form, None);
    assert_eq!(given_back.error(), (400, "invalid_request"));
    let form = [("grant_type", "refresh_token"), ("client_id", &*scene.id), ("refresh_token", refresh)];
    let renewed = app.send(&in_address("/oauth/token", "refresh_token", refresh), &form, None);
    assert_eq!(renewed.error(), (400, "invalid_request"));
    assert!(is_active(&scene, access), "nothing of it was done");

    // Where it opens something: the same token is taken from the header, and only from there.
    let dav = format!("https://localhost:{}/{}/", scene.second.dav().port(), scene.ada.login);
    let ca = scene.second.door.ca.display().to_string();
    let status = |url: &str, more: &[&str]| {
        let mut curl = program::command("curl");
        curl.args(["--silent", "--cacert", &ca, "--output", "/dev/null", "--write-out", "%{http_code}"]).args(more);
        program::run(curl.arg(url), "").succeeded()
    };
    let bearer = format!("Authorization: Bearer {access}");
    let forward_auth = &scene.second.forward_auth;
    assert_eq!(status(forward_auth, &["--header", &bearer]), "200");
    for name in ["access_token", "token", "authorization"] {
        assert_eq!(status(&in_address(forward_auth, name, access), &[]), "401", "{name}");
        let original = format!("X-Original-URI: /calendar?{name}={access}");
        assert_eq!(status(forward_auth, &["--header", &original]), "401", "{name}");
        assert_eq!(status(&in_address(&dav, name, access), &["--request", "PROPFIND"]), "401", "{name}");
    }
    let page = scene.second.browser().open_and_stay(&in_address("/authorised-apps", "access_token", access));
    assert!(page.status == 303 && page.address.contains("/sign-in"), "{page:?}");
    scene.second.stop();
}

/// 4.5 and 4.8. A code that was stolen from one and is slipped to another app, or into another flow of the same one, fits no
/// proof there; and no flow is had without a proof.
#[test]
fn sections_4_5_and_4_8_a_code_is_good_for_its_own_flow_alone_and_none_goes_without_a_proof() {
    let scene = signed_in();
    let path = question(&scene.id, REDIRECT, "");
    for (what, from, to) in [
        ("no challenge", &*format!("&code_challenge={CHALLENGE}"), ""),
        ("neither challenge nor method", &*format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"), ""),
        ("no method, which means plain", "&code_challenge_method=S256", ""),
        ("plain", "S256", "plain"),
        ("a method in small letters", "S256", "s256"),
        ("an empty challenge", CHALLENGE, ""),
        ("a shorter one", CHALLENGE, &CHALLENGE[1..]),
        ("a longer one", CHALLENGE, &format!("{CHALLENGE}A")),
        ("one with padding", CHALLENGE, &format!("{CHALLENGE}%3D")),
        ("one that is no base64url", CHALLENGE, &CHALLENGE.replace('-', "%2B")),
        ("two", CHALLENGE, &format!("{CHALLENGE}&code_challenge={CHALLENGE}")),
    ] {
        let path = path.replace(&*scene.id, "partner").replace(from, to);
        let answer = scene.browser.open_and_stay(&path);
        assert!(answer.address.starts_with(REDIRECT), "{what}: {answer:?}");
        assert_eq!(parameter(&answer, "error"), "invalid_request", "{what}");
        assert!(!answer.address.contains("code="), "{what}: {answer:?}");
    }
    let code = scene.code();
    let long = "x".repeat(129);
    for (what, verifier, error) in [
        ("no verifier", "", "invalid_request"),
        ("a short one", "x", "invalid_request"),
        ("a long one", &long, "invalid_request"),
        ("another one", "a-verifier-that-belongs-to-another-flow-of-it", "invalid_grant"),
        ("the challenge itself, as plain would have it", CHALLENGE, "invalid_grant"),
    ] {
        assert_eq!(exchange_with(&scene, &code, &[("code_verifier", verifier)]).error(), (400, error), "{what}");
    }
    // Of another flow, which has a challenge of its own.
    let theirs = path.replace(CHALLENGE, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA");
    let page = scene.browser.open(&theirs);
    let injected = parameter(&scene.browser.send_and_stay(&theirs, &page, &[("decision", "allow")]), "code");
    assert_eq!(scene.exchange(&injected).error(), (400, "invalid_grant"), "injected into this flow");
    // Of another app, by each of the two.
    let other = registered(&scene.app, "Other");
    assert_eq!(exchange_with(&scene, &code, &[("client_id", &other)]).error(), (400, "invalid_grant"));
    let secret = Some(("webmail", WEBMAIL_SECRET));
    assert_eq!(exchanged(&scene.app, &[], &code, REDIRECT, secret).error(), (400, "invalid_grant"));
    assert_eq!(scene.exchange(&code).status, 200, "none of them has used it up");
    scene.second.stop();
}

/// 4.9 and 2.3: a token opens what was given, wherever and however more is asked for.
#[test]
fn section_2_3_no_app_gets_more_than_it_was_given() {
    let scene = signed_in();
    let more = format!("{SCOPES} urn:ietf:params:oauth:scope:calendars");
    let code = scene.code();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &*scene.id),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("scope", &*more),
    ];
    let tokens = scene.app.send("/oauth/token", &form, None);
    assert_eq!((tokens.status, tokens.text("scope")), (200, SCOPES), "a code gives what was allowed: {tokens:?}");
    let refresh = |scope: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &*scene.id),
            ("refresh_token", tokens.text("refresh_token")),
            ("scope", scope),
        ];
        scene.app.send("/oauth/token", &form, None)
    };
    for scope in [&*more, "urn:ietf:params:oauth:scope:calendars", "nonsense"] {
        assert_eq!(refresh(scope).error(), (400, "invalid_scope"), "{scope}");
    }
    let of_calendar = format!("{}/caldav", scene.second.forward_auth);
    let bearer = format!("Authorization: Bearer {}", tokens.text("access_token"));
    let mut curl = program::command("curl");
    curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--header", &bearer, &of_calendar]);
    assert_eq!(program::run(&mut curl, "").succeeded(), "403", "a token for mail opens no calendar");
    let same = refresh(SCOPES);
    assert_eq!((same.status, same.text("scope")), (200, SCOPES), "what was refused has used nothing up: {same:?}");
    scene.second.stop();
}

/// 4.14.2: a refresh token is bound to its app, good once, and one that comes again ends all that came of it.
#[test]
fn section_4_14_a_refresh_token_is_for_its_app_and_a_stolen_one_ends_the_family() {
    let scene = signed_in();
    let first = tokens(&scene);
    let stolen = first.text("refresh_token");
    let by = |fields: &[(&str, &str)], client: Option<(&str, &str)>| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", stolen)];
        scene.app.send("/oauth/token", &[&form[..], fields].concat(), client)
    };
    let other = registered(&scene.app, "Other");
    assert_eq!(by(&[("client_id", &other)], None).error(), (400, "invalid_grant"));
    assert_eq!(by(&[], Some(("webmail", WEBMAIL_SECRET))).error(), (400, "invalid_grant"));
    assert_eq!(by(&[], None).error(), (401, "invalid_client"), "nobody's");
    let second = scene.refresh(stolen);
    assert_eq!(second.status, 200, "another app has not used it up: {second:?}");
    let third = scene.refresh(second.text("refresh_token"));
    assert_ne!(third.text("refresh_token"), second.text("refresh_token"));
    assert!(is_active(&scene, third.text("access_token")));
    assert_eq!(scene.refresh(stolen).error(), (400, "invalid_grant"), "two generations later");
    for tokens in [&first, &second, &third] {
        assert!(!is_active(&scene, tokens.text("access_token")));
        assert_eq!(scene.refresh(tokens.text("refresh_token")).error(), (400, "invalid_grant"));
    }
    // What one kind of token is, the other is not.
    let again = tokens(&scene);
    assert_eq!(scene.refresh(again.text("access_token")).error(), (400, "invalid_grant"));
    assert!(!is_active(&scene, again.text("refresh_token")) && is_active(&scene, again.text("access_token")));
    scene.second.stop();
}

/// 2.5, and RFC 6749 section 2.3: a client proves who it is in one way, and nobody proves it for another.
#[test]
fn section_2_5_no_client_passes_for_another() {
    let scene = signed_in();
    let path = question("webmail", WEBMAIL, "");
    let page = scene.browser.open(&path);
    let code = parameter(&scene.browser.send_and_stay(&path, &page, &[("decision", "allow")]), "code");
    let exchange = |fields: &[(&str, &str)], client| exchanged(&scene.app, fields, &code, WEBMAIL, client);
    let unknown = (401, "invalid_client");
    for (what, fields, client, error) in [
        ("no secret", &[("client_id", "webmail")][..], None, unknown),
        ("an empty one", &[("client_id", "webmail"), ("client_secret", "")], None, unknown),
        ("the secret of another", &[("client_id", "webmail"), ("client_secret", DOVECOT_SECRET)], None, unknown),
        ("the same in the header", &[], Some(("webmail", DOVECOT_SECRET)), unknown),
        ("its secret under another's id", &[], Some(("dovecot", WEBMAIL_SECRET)), unknown),
        ("a public app with a secret", &[], Some((&*scene.id, WEBMAIL_SECRET)), unknown),
        ("the same in the form", &[("client_id", &*scene.id), ("client_secret", "x")], None, unknown),
        (
            "in both ways",
            &[("client_secret", WEBMAIL_SECRET)],
            Some(("webmail", WEBMAIL_SECRET)),
            (400, "invalid_request"),
        ),
        ("two ids", &[("client_id", "webmail")], Some(("dovecot", DOVECOT_SECRET)), (400, "invalid_request")),
        ("nobody", &[], None, unknown),
        ("an id that is none", &[("client_id", "../webmail")], None, unknown),
        ("a good client that is another", &[], Some(("dovecot", DOVECOT_SECRET)), (400, "invalid_grant")),
    ] {
        assert_eq!(exchange(fields, client).error(), error, "{what}");
    }
    let tokens = exchange(&[], Some(("webmail", WEBMAIL_SECRET)));
    assert_eq!(tokens.status, 200, "{tokens:?}");
    // Nor does anybody give back what is another's, and nobody is told whether there was anything.
    let theirs = [("token", tokens.text("refresh_token")), ("client_id", &*scene.id)];
    assert_eq!(scene.app.send("/oauth/revoke", &theirs, None).status, 200);
    assert!(is_active(&scene, tokens.text("access_token")));
    // Who may not ask is told nothing of any token.
    let asked = scene.app.send("/oauth/introspect", &[("token", "x")], Some(("webmail", WEBMAIL_SECRET)));
    assert_eq!(asked.error(), (403, "unauthorized_client"));
    scene.second.stop();
}

/// 2.6: what an app in a browser asks by itself any site may read, since it proves nothing by a cookie; all else none may.
#[test]
fn section_2_6_a_browser_lets_apps_read_what_they_ask_by_themselves_and_nothing_else() {
    let scene = begin();
    let ask = |method: &str, path: &str| {
        let browser = scene.second.browser().saying("Origin: https://app.example").asking(method);
        browser.saying("Access-Control-Request-Method: POST").head(path)
    };
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/oauth/register",
        "/oauth/token",
        "/oauth/revoke",
    ] {
        let before = ask("OPTIONS", path);
        assert!(before.starts_with("http/1.1 204"), "{path}: {before}");
        for header in ["access-control-allow-origin: *", "access-control-allow-headers: content-type"] {
            assert!(before.contains(header), "{path}: {before}");
        }
        let answer = ask("POST", path);
        assert!(answer.contains("access-control-allow-origin: *"), "{path}: {answer}");
        assert!(!before.contains("allow-credentials") && !answer.contains("allow-credentials"), "{path}");
    }
    let keys = ask("GET", "/oauth/keys");
    assert!(keys.contains("access-control-allow-origin: *") && !keys.contains("allow-credentials"), "{keys}");
    for method in ["OPTIONS", "GET"] {
        let who = ask(method, "/oauth/userinfo");
        assert!(who.contains("access-control-allow-origin: *") && !who.contains("allow-credentials"), "{who}");
        assert_eq!(who.contains("access-control-allow-headers: authorization"), method == "OPTIONS", "{who}");
    }
    for path in ["/oauth/authorize", "/oauth/introspect", "/authorised-apps", "/sign-in", "/"] {
        for method in ["OPTIONS", "GET", "POST"] {
            let answer = ask(method, path);
            assert!(!answer.contains("access-control-"), "{method} {path}: {answer}");
        }
    }
    scene.second.stop();
}

/// What is larger than anything that is asked is refused in good time, and nothing of it is kept.
#[test]
fn huge_questions_are_refused_and_kept_nowhere() {
    let scene = begin();
    let long = "x".repeat(70_000);
    let middling = "x".repeat(3000);
    let of_client = |name: &str, value: &str| {
        scene.app.send(
            "/oauth/token",
            &[("grant_type", "refresh_token"), ("client_id", &scene.id), (name, value)],
            None,
        )
    };
    assert_eq!(of_client("refresh_token", &long).error(), (400, "invalid_request"), "a form is at most 64 KiB");
    assert_eq!(of_client("refresh_token", &middling).error(), (400, "invalid_grant"));
    let asked = scene.app.send("/oauth/introspect", &[("token", &middling)], Some(("dovecot", DOVECOT_SECRET)));
    assert_eq!(asked.body, json!({ "active": false }), "{asked:?}");
    let register = |name: &str, redirect: &str| {
        scene
            .app
            .say("/oauth/register", &json!({ "client_name": name, "redirect_uris": [redirect] }))
            .error()
            .1
            .to_owned()
    };
    assert_eq!(register(&long, REDIRECT), "invalid_client_metadata");
    assert_eq!(register(&middling, REDIRECT), "invalid_client_metadata");
    assert_eq!(register("Mailer", &format!("{REDIRECT}/{middling}")), "invalid_redirect_uri");
    let path = question(&scene.id, REDIRECT, &format!("&login_hint={middling}"));
    assert_eq!(scene.browser.open_and_stay(&path).status, 414);
    // What fits is carried through signing in, and comes back to the app whole.
    let state = "s".repeat(2000);
    let path = question("partner", REDIRECT, "").replace("state=s-1", &format!("state={state}"));
    let page = scene.sign_in(&path);
    let back = scene.browser.send_and_stay(&path, &page, &[("decision", "deny")]);
    assert_eq!(parameter(&back, "state"), state);
    scene.second.stop();
}
