//! The page on which people let apps in, and where it leads: nobody is sent where an app has not registered, and no other site
//! has a hand in it.

use serde_json::{Value, json};
use valetkey_tests::client::portal::{Page, encoded};

use super::super::{REDIRECT, parameter, question};
use super::{WEBMAIL, begin, exchange_with, signed_in};

#[test]
fn section_2_1_and_4_1_3_nobody_is_sent_where_an_app_has_not_registered_word_for_word() {
    let scene = signed_in();
    for elsewhere in [
        // Less, more, and other than what is registered: https://app.example/done.
        "https://app.example",
        "https://app.example/don",
        "https://app.example/done/",
        "https://app.example/done/../evil",
        "https://app.example/done%2F..%2Fevil",
        "https://app.example/%64one",
        "https://app.example/done?next=https://evil.example",
        "https://app.example/done#fragment",
        "https://app.example/done#",
        "https://app.example:444/done",
        "https://app.example:443/done",
        "https://APP.example/done",
        "https://app.example./done",
        "https://app.example.evil.example/done",
        "https://app.example@evil.example/done",
        "https://app.example\\@evil.example/done",
        "https://evil.example/?https://app.example/done",
        "https://evil.example#https://app.example/done",
        "https%3A%2F%2Fapp.example%2Fdone",
        " https://app.example/done",
        "https://app.example/done\r\nX: y",
        "//app.example/done",
        "http://app.example/done",
        "http://127.0.0.1/done",
        "org.example.app:/done",
        "javascript:location='https://app.example/done'",
        "data:text/html,https://app.example/done",
        "",
    ] {
        let whole = question("partner", REDIRECT, "");
        let path = whole.replace("https%3A%2F%2Fapp.example%2Fdone", &encoded(elsewhere));
        assert!(path != whole || elsewhere == REDIRECT, "{elsewhere}");
        let page = scene.browser.open_and_stay(&path);
        assert_eq!((page.status, page.heading()), (400, "This app cannot be let in"), "{elsewhere}");
        assert_eq!(page.address, "", "{elsewhere}");
        assert!(!page.text.contains("evil.example"), "nor is a link to it shown: {elsewhere}");
    }
    let none = question("partner", REDIRECT, "").replace("&redirect_uri=https%3A%2F%2Fapp.example%2Fdone", "");
    assert_eq!(scene.browser.open_and_stay(&none).status, 400, "there is no address that is meant if none is said");
    // And where it is exchanged: RFC 6749 section 4.1.3. The code is good all the same for whom it was made.
    let code = scene.code();
    for (redirect, error) in
        [("https://app.example/done/", "invalid_grant"), (WEBMAIL, "invalid_grant"), ("", "invalid_request")]
    {
        assert_eq!(exchange_with(&scene, &code, &[("redirect_uri", redirect)]).error(), (400, error), "{redirect}");
    }
    assert_eq!(scene.exchange(&code).status, 200);
    scene.second.stop();
}

#[test]
fn section_4_1_1_no_app_registers_an_address_that_is_many_or_nobodys() {
    let scene = begin();
    let register =
        |redirects: Value| scene.app.say("/oauth/register", &json!({ "client_name": "x", "redirect_uris": redirects }));
    for bad in [
        "https://*.example.org/done",
        "https://*/",
        "http://app.example/done",
        "http://127.0.0.1.evil.example/done",
        "http://localhost.evil.example/done",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/done",
        "https://app.example/done#x",
        "https://user@app.example/done",
        "/done",
        "",
    ] {
        assert_eq!(register(json!([bad])).error(), (400, "invalid_redirect_uri"), "{bad}");
        assert_eq!(register(json!([REDIRECT, bad])).error(), (400, "invalid_redirect_uri"), "beside a good one: {bad}");
    }
    assert_eq!(register(json!([])).error(), (400, "invalid_redirect_uri"));
    let many: Vec<String> = (0..11).map(|n| format!("https://app.example/{n}")).collect();
    assert_eq!(register(json!(many)).error(), (400, "invalid_redirect_uri"), "more than an app needs");
    // A sign that means many elsewhere means itself.
    let told = register(json!(["https://app.example/*"]));
    assert_eq!(told.status, 201, "{told:?}");
    let page = scene.browser.open_and_stay(&question(told.text("client_id"), REDIRECT, ""));
    assert_eq!((page.status, page.address.as_str()), (400, ""));
    scene.second.stop();
}

#[test]
fn sections_4_2_and_4_12_and_4_16_the_page_is_framed_by_nobody_refers_nobody_and_posts_nothing_on() {
    let scene = begin();
    let path = question(&scene.id, REDIRECT, "");
    // 4.12: a form with a password in it is answered by 303, by which a browser sends it to nobody else; never by 307.
    let page = scene.browser.open(&path);
    let password = [("login", &*scene.ada.login), ("step", "password"), ("password", &scene.ada.primary_password)];
    let answer = scene.browser.send_and_stay("/sign-in", &page, &[&password[..], &[("next", &path)]].concat());
    assert_eq!(answer.status, 303, "{answer:?}");
    let second = answer.address.split_once("/sign-in/").expect("it leads to the second factor").1;
    let page = scene.browser.open(&format!("/sign-in/{second}"));
    let answer =
        scene.browser.send_and_stay("/sign-in/second-factor", &page, &[("code", &scene.ada.code(0)), ("next", &path)]);
    assert_eq!(answer.status, 303, "{answer:?}");
    // 4.2.4 and 4.16: on the page itself, and where the app's answer is.
    for (path, status) in [(&*path, 200), (&question("partner", REDIRECT, "&prompt=none"), 303)] {
        let head = scene.browser.head(path);
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
        for header in [
            "referrer-policy: no-referrer",
            "x-frame-options: deny",
            "frame-ancestors 'none'",
            "cache-control: no-store",
            "cross-origin-opener-policy: same-origin",
        ] {
            assert!(head.contains(header), "{path} lacks {header}: {head}");
        }
        assert!(!head.contains("access-control-"), "2.6: no other site reads it: {head}");
    }
    let page = scene.browser.open(&path);
    let answer = scene.browser.send_and_stay(&path, &page, &[("decision", "allow")]);
    assert!(answer.status == 303 && answer.address.starts_with(REDIRECT), "{answer:?}");
    scene.second.stop();
}

/// 4.4.2.1: an app that knows several servers is told by each answer which one gives it, once, and as the metadata names it.
#[test]
fn section_4_4_every_answer_says_who_gives_it() {
    let scene = signed_in();
    let metadata = scene.app.fetch("/.well-known/oauth-authorization-server");
    assert_eq!(metadata.body["authorization_response_iss_parameter_supported"], true);
    let issuer = encoded_as_in_a_query(metadata.text("issuer"));
    let path = question("partner", REDIRECT, "");
    let decided = |decision: &str| {
        let page = scene.browser.open(&path);
        scene.browser.send_and_stay(&path, &page, &[("decision", decision)])
    };
    let failing = |from: &str, to: &str| scene.browser.open_and_stay(&path.replace(from, to));
    for (name, answer) in [
        ("code", decided("allow")),
        ("error", decided("deny")),
        ("error", failing("response_type=code", "response_type=token")),
        ("error", failing("S256", "plain")),
        ("error", failing(":mail", ":nothing")),
        ("error", scene.browser.open_and_stay(&question("partner", REDIRECT, "&prompt=none"))),
        // Whoever asks says nothing that is believed about it.
        (
            "error",
            scene.browser.open_and_stay(&question("partner", REDIRECT, "&prompt=none&iss=https%3A%2F%2Fevil.example")),
        ),
    ] {
        assert!(answer.address.starts_with(REDIRECT), "{answer:?}");
        assert!(!parameter(&answer, name).is_empty());
        assert_eq!(answer.address.matches("iss=").count(), 1, "{answer:?}");
        assert_eq!((parameter(&answer, "iss"), parameter(&answer, "state")), (issuer.clone(), "s-1".to_owned()));
    }
    scene.second.stop();
}

fn encoded_as_in_a_query(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F")
}

/// 4.7: what lets an app in is a form of our own page, sent in the browser that has seen it.
#[test]
fn section_4_7_no_other_site_has_somebody_let_an_app_in() {
    let mut scene = signed_in();
    let path = question("partner", REDIRECT, "");
    let page = scene.browser.open(&path);
    let of_another =
        |form: &str| Page { status: 200, address: String::new(), text: format!("name=\"form\" value=\"{form}\"") };
    let stranger = scene.second.browser().open(&path);
    for forged in [of_another(""), of_another(&"0".repeat(64)), of_another(stranger.form())] {
        let answer = scene.browser.send_and_stay(&path, &forged, &[("decision", "allow")]);
        assert_eq!((answer.status, answer.address.as_str()), (403, ""), "{answer:?}");
    }
    let by_get = scene.browser.open_and_stay(&format!("{path}&decision=allow&form={}", page.form()));
    assert_eq!((by_get.status, by_get.address.as_str()), (200, ""), "it is asked, and not taken");
    scene.browser.lure_away();
    let answer = scene.browser.send_and_stay(&path, &page, &[("decision", "allow")]);
    assert_eq!((answer.status, answer.address.as_str()), (403, ""), "from another site: {answer:?}");
    scene.second.stop();
}

/// 4.11.2: everybody may register a website, so that its address alone does not make it one to be sent to unseen.
#[test]
fn section_4_11_2_a_website_that_registered_itself_is_led_to_by_its_visitors_own_will_alone() {
    let scene = begin();
    let wrong = |id: &str| {
        [
            question(id, REDIRECT, "").replace("S256", "plain"),
            question(id, REDIRECT, "").replace(":mail", ":nothing"),
            question(id, REDIRECT, "&prompt=none"),
        ]
    };
    for signed_in in [false, true] {
        if signed_in {
            scene.sign_in(&question(&scene.id, REDIRECT, ""));
        }
        for path in wrong(&scene.id) {
            let page = scene.browser.open_and_stay(&path);
            assert_eq!((page.status, page.address.as_str()), (400, ""), "{path}");
            assert!(page.heading().contains("Mailer") && page.text.contains("app.example"), "{page:?}");
            assert!(page.text.contains(&format!("href=\"{REDIRECT}?error=")), "there is a way: {page:?}");
        }
        for path in wrong("partner") {
            let page = scene.browser.open_and_stay(&path);
            assert!(page.status == 303 && page.address.starts_with(REDIRECT), "the postmaster has named it: {page:?}");
        }
    }
    // An app on this very machine, or with a scheme of its own, leads to no website.
    let told = scene.app.say("/oauth/register", &json!({ "redirect_uris": ["http://127.0.0.1/done"] }));
    let path = question(told.text("client_id"), "http://127.0.0.1:5000/done", "&prompt=none");
    let page = scene.browser.open_and_stay(&path);
    assert!(page.address.starts_with("http://127.0.0.1:5000/done?error=consent_required"), "{page:?}");
    // Nor does the way back after signing in lead anywhere else.
    for next in ["https://evil.example/", "//evil.example/", "/\\evil.example/"] {
        let page = scene.browser.open_and_stay(&format!("/sign-in?next={}", encoded(next)));
        assert!(page.status == 303 && !page.address.contains("evil"), "{page:?}");
    }
    scene.second.stop();
}
