//! The portal without a browser: what it says while the store is away.

use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::Tryout;

#[test]
fn while_the_store_is_away_the_portal_says_so_and_nobody_has_a_wrong_password() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[]);
    let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
    let (signed_in, other) = (second.browser(), second.browser());
    let page = signed_in.show_password(&ada.login, &ada.primary_password);
    let page = signed_in.send("/sign-in/second-factor", &page, &[("code", &ada.code(0))]);
    assert!(page.heading().starts_with("Hello"), "{page:?}");
    let asked = other.open("/sign-in");
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    let opened = || signed_in.open("/app-passwords");
    let down = wait_for("a page that says so", || Some(opened()).filter(|page| page.status == 503));
    assert_eq!(down.heading(), "A moment, please");
    let fields = [("login", &*ada.login), ("step", "password"), ("password", &ada.primary_password)];
    let refused = other.send("/sign-in", &asked, &fields);
    assert_eq!((refused.status, refused.heading()), (503, "A moment, please"), "{refused:?}");
    std::fs::rename(&away, &data).expect("the directory is ours");
    let up = wait_for("the page", || Some(opened()).filter(|page| page.status == 200));
    assert_eq!(up.heading(), "App passwords", "still signed in");
}
