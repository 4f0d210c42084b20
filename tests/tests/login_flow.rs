//! Apps of calendars and contacts that open a page to get an app password of their own, as `DAVx5` does at a Nextcloud.

use serde_json::{Value, json};
use valetkey_tests::asking::{Radicale, free_port};
use valetkey_tests::client::dav::DavApp;
use valetkey_tests::client::oauth::{App, Told};
use valetkey_tests::client::portal::{Browser, Page};
use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::{Person, Second, Tryout};

const BEGIN: &str = "/index.php/login/v2";

/// A portal and a gateway before a Radicale, and Ada in front of them.
struct Scene {
    tryout: Tryout,
    _radicale: Radicale,
    second: Second,
    ada: Person,
    browser: Browser,
    app: App,
    dav: std::net::SocketAddr,
}

impl Scene {
    fn begin() -> Self {
        let (tryout, radicale, dav) = (Tryout::start(), Radicale::believing(), free_port());
        let origin = tryout.description["portal"].as_str().expect("an address");
        let second = tryout.serve_beside_with(&[
            format!(
                "[portal]\naddress = \"{origin}\"\nlisten_tls = [\"127.0.0.1:0\"]\nlogin_flow = true\n\
                 dav = \"https://localhost:{}/\"\n",
                dav.port()
            ),
            format!(
                "[dav]\nlisten_tls = [\"{dav}\"]\nupstream = \"{}\"\nidentity_encoding = \"percent\"\n",
                radicale.address()
            ),
        ]);
        let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
        let (browser, app) = (second.browser(), second.app());
        Self { tryout, _radicale: radicale, second, ada, browser, app, dav }
    }

    /// What an app is told that begins, and the page that it opens.
    fn ask(&self) -> (Told, String) {
        let told = self.app.send(BEGIN, &[], None);
        assert_eq!(told.status, 200, "{told:?}");
        let origin = self.tryout.description["portal"].as_str().expect("an address");
        assert_eq!(told.body["poll"]["endpoint"], format!("{origin}/index.php/login/v2/poll"));
        let page = told.text("login").strip_prefix(origin).expect("a page of the portal").to_owned();
        (told, page)
    }

    fn poll(&self, begun: &Told) -> Told {
        self.app.send("/index.php/login/v2/poll", &[("token", token(begun))], None)
    }
}

fn token(begun: &Told) -> &str {
    begun.body["poll"]["token"].as_str().expect("a token")
}

#[test]
fn an_app_of_calendars_gets_an_app_password_of_its_own_and_is_cut_when_it_is_revoked() {
    let scene = Scene::begin();
    let browser = &scene.browser;
    assert!(browser.open("/help").text.contains("choose “Nextcloud” and give the address"));
    let (begun, path) = scene.ask();
    assert!(begun.head.contains("cache-control: no-store"), "{}", begun.head);
    assert_eq!(scene.poll(&begun).status, 404);
    let page = browser.sign_in_at(&path, &scene.ada);
    assert!(page.heading().contains("Make an app password for “curl"), "{page:?}");
    for said in ["Did you start this yourself", "127.0.0.1, where this browser is too", "curl/", "ada@example.org"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("Read, send and filter mail"), "{}", page.text);
    let wrong = browser.send(&path, &page, &[("label", ""), ("scope", "calendars"), ("decision", "allow")]);
    assert!(wrong.text.contains("Give it a name"), "{wrong:?}");
    let wrong = browser.send(&path, &wrong, &[("label", "Tablet"), ("decision", "allow")]);
    assert!(wrong.text.contains("Choose at least one"), "{wrong:?}");
    assert_eq!(scene.poll(&begun).status, 404, "nobody has answered");
    let fields = [("label", "Tablet"), ("scope", "calendars"), ("scope", "contacts"), ("decision", "allow")];
    let done = browser.send(&path, &wrong, &fields);
    assert!(done.heading().contains("gets its app password"), "{done:?}");
    let gone = browser.open(&path);
    assert_eq!((gone.status, gone.heading()), (410, "This app waits no more"));

    let told = scene.poll(&begun);
    assert_eq!((told.status, told.text("loginName")), (200, "ada@example.org"), "{told:?}");
    assert_eq!(told.text("server"), format!("https://localhost:{}", scene.dav.port()));
    let again = scene.poll(&begun);
    assert_eq!((again.status, &again.body), (404, &json!([])), "once");

    // As `DAVx5` goes on: where Nextcloud has its calendars, at the server that it was told of.
    let (login, secret) = (scene.ada.login.clone(), told.text("appPassword").to_owned());
    let app = DavApp { address: scene.dav, ca: scene.second.door.ca.clone(), login, secret };
    let asked = "<propfind xmlns='DAV:'><prop><current-user-principal/></prop></propfind>";
    let there = ["--location", "--header", "Depth: 0", "--data", asked];
    let found = app.ask("PROPFIND", "/remote.php/dav", &there);
    assert!(found.text.contains("HTTP/2 207") && found.text.contains("/ada%40example.org/"), "{found:?}");
    let calendar = "/ada@example.org/work/";
    assert_eq!(app.ask("MKCALENDAR", calendar, &[]).status, 201);
    assert_eq!(app.ask("PROPFIND", calendar, &["--header", "Depth: 0"]).status, 207);

    let list = scene.second.commands.ask(&["app-password", "list", &scene.ada.login]);
    let tablet = list.as_array().expect("a list").iter().find(|one| one["label"] == "Tablet").expect("it is listed");
    assert_eq!(tablet["scopes"], json!(["contacts", "calendars"]), "{tablet}");
    let id = tablet["id"].as_str().expect("an id");
    let revoke = format!("/app-passwords/{id}/revoke");
    let page = browser.send(&revoke, &browser.open(&revoke), &[]);
    assert!(page.text.contains("Tablet"), "{page:?}");
    assert_eq!(app.ask("PROPFIND", calendar, &["--header", "Depth: 0"]).status, 401);
    let said = scene.second.commands.ask(&["audit", "--account", &scene.ada.login]);
    let said = said.as_array().expect("a list");
    let of =
        |entry: &&Value| entry["action"] == "app-password.created" && entry["detail"].to_string().contains("Tablet");
    assert!(said.iter().any(|entry| of(&entry) && entry["detail"].to_string().contains("127.0.0.1")), "{said:?}");
    let log = scene.second.stop();
    for secret in [&app.secret, &app.secret.replace('-', ""), token(&begun)] {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}

#[test]
fn an_app_that_is_denied_gets_nothing_and_its_page_is_for_nobody_else() {
    let scene = Scene::begin();
    let (begun, path) = scene.ask();
    let nobody = scene.browser.open_and_stay(&path);
    assert!(nobody.status == 303 && nobody.address.contains("/sign-in?next="), "{nobody:?}");
    let page = scene.browser.sign_in_at(&path, &scene.ada);
    let denied = scene.browser.send(&path, &page, &[("decision", "deny")]);
    assert!(denied.heading().contains("is not let in"), "{denied:?}");
    assert_eq!(scene.poll(&begun).status, 404);
    assert_eq!(scene.browser.open("/login-flow/nonsense").status, 410);
    // JSON is taken as well, as Nextcloud takes it; nothing else is.
    let (begun, path) = scene.ask();
    let page = scene.browser.open(&path);
    let allow = [("label", "Tablet"), ("scope", "calendars"), ("decision", "allow")];
    assert_eq!(scene.browser.send(&path, &page, &allow).status, 200);
    let poll = "/index.php/login/v2/poll";
    assert_eq!(scene.app.say(poll, &json!([1])).error(), (400, "invalid_request"));
    assert_eq!(scene.app.say(poll, &json!({})).status, 404);
    assert_eq!(scene.app.say(poll, &json!({ "token": token(&begun) })).status, 200);
    assert_eq!(scene.app.fetch(BEGIN).status, 405);
    scene.second.stop();
}

#[test]
fn while_the_store_is_away_no_app_hears_that_there_is_nothing() {
    let scene = Scene::begin();
    let (begun, path) = scene.ask();
    let page = scene.browser.sign_in_at(&path, &scene.ada);
    let allow = [("label", "Tablet"), ("scope", "calendars"), ("decision", "allow")];
    assert_eq!(scene.browser.send(&path, &page, &allow).status, 200);
    let (data, away) = (scene.tryout.dir().join("second-data"), scene.tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    let is = |status: u16| move |page: &Page| page.status == status;
    let opened = || scene.browser.open("/app-passwords");
    wait_for("a page that says so", || Some(opened()).filter(is(503)));
    let down = scene.poll(&begun);
    assert_eq!(down.error(), (503, "temporarily_unavailable"));
    assert!(down.head.contains("retry-after: "), "{}", down.head);
    assert_eq!(scene.app.send(BEGIN, &[], None).status, 503);
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the page", || Some(opened()).filter(is(200)));
    assert_eq!(scene.poll(&begun).status, 200, "it was not used up");
    scene.second.stop();
}

#[test]
fn where_it_is_off_there_is_no_login_flow() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[("login_flow", "login_flow = false")]);
    let app = second.app();
    assert_eq!(app.send(BEGIN, &[], None).status, 404);
    assert_eq!(app.send("/index.php/login/v2/poll", &[("token", "x")], None).status, 404);
    assert_eq!(second.browser().open("/login-flow/x").status, 404);
    assert!(!second.browser().open("/help").text.contains("Nextcloud"));
    second.stop();
}
