//! The portal without a browser: while the store is away, and behind another web server.

use std::net::SocketAddr;
use std::path::Path;

use valetkey_tests::asking::{Nginx, free_port};
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

/// The server of `deploy/`, with names, files and addresses of the test's own.
fn shipped(tls: &Path, listen: SocketAddr, behind: SocketAddr) -> String {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/nginx/portal.conf");
    let mut server = std::fs::read_to_string(shipped).expect("an example in deploy");
    for (written, ours) in [
        ("  listen [::]:443 ssl;\n", ""),
        ("listen 443 ssl", &*format!("listen {listen} ssl")),
        ("/etc/valetkey/tls/fullchain.pem", &tls.join("cert.pem").display().to_string()),
        ("/etc/valetkey/tls/privkey.pem", &tls.join("key.pem").display().to_string()),
        ("http://127.0.0.1:9443", &format!("http://{behind}")),
    ] {
        assert!(server.contains(written), "{written} is no more in the example");
        server = server.replace(written, ours);
    }
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let paths = paths.map(|name| format!("{name}_temp_path {{dir}}/{name};\n")).concat();
    format!("http {{\n{paths}{server}}}\n")
}

#[test]
fn behind_the_nginx_of_deploy_people_sign_in_from_where_they_are() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[("contact", "listen_after_tls = [\"127.0.0.1:0\"]")]);
    let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
    let free = free_port();
    let _nginx = Nginx::start(&shipped(&tryout.dir().join("tls"), free, second.portal_after_tls()), &[free]);
    let forging = second.browser_through(free).coming_from("127.0.0.9").saying("X-Forwarded-For: 198.51.100.66");
    assert_eq!(forging.show_password(&ada.login, "not the password").status, 200);
    let log = wait_for("the refusal", || {
        let log = second.log();
        log.lines().find(|line| line.contains(" why=wrong-password ")).map(str::to_owned)
    });
    assert!(log.contains(" network=127.0.0.9 "), "{log}");
    let browser = second.browser_through(free);
    let page = browser.show_password(&ada.login, &ada.primary_password);
    let page = browser.send("/sign-in/second-factor", &page, &[("code", &ada.code(0))]);
    assert!(page.heading().starts_with("Hello"), "{page:?}");
    assert_eq!(browser.open("/app-passwords").heading(), "App passwords");
    second.stop();
}
