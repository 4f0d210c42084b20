//! An account that has let in as many apps as it may: the page says so kindly, and the app is let in once another one has gone.

use super::{REDIRECT, Scene, parameter, question};

#[test]
fn with_a_hundred_apps_one_has_to_be_removed_before_another_is_let_in() {
    let scene = Scene::begin();
    let path = question(&scene.id, REDIRECT, "");
    scene.sign_in(&path);
    let tokens = scene.exchange(&scene.code());
    let store = rusqlite::Connection::open(scene.tryout.dir().join("second-data/valetkey.db")).expect("it opens");
    store.busy_timeout(std::time::Duration::from_secs(10)).expect("a store");
    let more = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 99)
        INSERT INTO oauth_grant (id, account_id, client, name, scopes, openid, offline, state, created_at, expires_at)
        SELECT randomblob(16), account_id, client, name, scopes, openid, offline, state, created_at, expires_at
        FROM oauth_grant, n";
    assert_eq!(store.execute(more, []).expect("it is written"), 99);

    let page = scene.browser.open(&path);
    let full = scene.browser.send(&path, &page, &[("decision", "allow")]);
    assert!(
        full.text.contains("You have let in 100 apps already") && full.text.contains("/authorised-apps"),
        "{full:?}"
    );
    let silent = scene.browser.open_and_stay(&question("webmail", "https://webmail.example/done", "&prompt=none"));
    assert_eq!(parameter(&silent, "error"), "interaction_required");
    assert_eq!(scene.refresh(tokens.text("refresh_token")).status, 200, "who is in goes on");

    assert_eq!(store.execute("DELETE FROM oauth_grant WHERE id = (SELECT MAX(id) FROM oauth_grant)", []), Ok(1));
    let back = scene.browser.send_and_stay(&path, &full, &[("decision", "allow")]);
    assert_eq!(scene.exchange(&parameter(&back, "code")).status, 200);
    scene.second.stop();
}
