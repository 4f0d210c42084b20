//! HAProxy in front of the gateway, configured as the book says: by the PROXY protocol for mail, over HTTP for calendars.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use valetkey_domain::Clock as _;
use valetkey_tests::asking::{HaProxy, Radicale, free_port};
use valetkey_tests::behind::Front;
use valetkey_tests::book::block;
use valetkey_tests::client::Door;
use valetkey_tests::client::dav::DavApp;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::program;
use valetkey_tests::server::{Server, Setup, Store};

const PAGE: &str = "haproxy.md";
const ADA: &str = "ada@example.org";
/// An app password that nobody has.
const WRONG: &str = "abcd-efgh-ijkl-mnop";
/// What the book has in `[imap]` for it.
const PROXIES: &str = "proxies = [\"127.0.0.1/32\"]\n";

/// A key that is good from one address alone.
fn key_for(server: &Server, network: &str) -> String {
    let arguments = ["--json", "app-password", "create", ADA, "--label", network, "--network", network];
    let made: Value = serde_json::from_str(&server.run(&arguments, "").succeeded()).expect("JSON");
    made["app_password"].as_str().expect("a text").to_owned()
}

/// A gateway for mail with ada, and an HAProxy in front of it.
fn mail() -> (Server, HaProxy, Door) {
    block(PAGE, PROXIES.trim_end(), &[]);
    let server = Server::start(Setup { mailboxes: &[ADA], more_keys: PROXIES, ..Setup::on(Store::Sqlite) });
    server.admin().make_person(ADA);
    let address = free_port();
    let behind = server.door().imaps.to_string();
    let written = block(PAGE, "send-proxy-v2", &[(":993", &address.to_string()), ("127.0.0.1:10993", &behind)]);
    let haproxy = HaProxy::start(&written, address);
    let door = Door { imaps: address, imap: address, ca: server.ca() };
    (server, haproxy, door)
}

#[test]
fn mail_passes_through_haproxy_which_says_where_the_app_is() {
    let (server, haproxy, door) = mail();
    let read = |from: &str, secret: &str| {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--interface", from, "--cacert"]).arg(&door.ca);
        command.args(["--user", &format!("{ADA}:{secret}")]);
        program::run(command.arg(format!("imaps://localhost:{}/INBOX;UID=1", door.imaps.port())), "")
    };
    let there = key_for(&server, "127.0.0.7/32");
    let ran = read("127.0.0.7", &there);
    assert!(ran.code == 0 && ran.out.contains("Subject: Still here"), "{ran:?}\n{}", haproxy.log());
    assert_eq!(read("127.0.0.1", &there).code, 67, "from elsewhere it is refused");
    assert_eq!(read("127.0.0.7", WRONG).code, 67);
    let log = wait_for("it is logged from where", || {
        let log = server.log();
        log.contains("outcome=refused why=network").then_some(log)
    });
    assert!(log.lines().any(|line| line.contains("outcome=accepted") && line.contains("network=127.0.0.7")), "{log}");
    assert!(server.log_of_dovecot().contains("rip=127.0.0.7"), "{}", server.log_of_dovecot());
    drop(haproxy);
    assert_eq!(read("127.0.0.7", &there).code, 7, "nobody else is at its port");
}

#[test]
fn a_revoke_closes_what_came_through_haproxy_and_nothing_else() {
    let (server, haproxy, door) = mail();
    let [(id, secret), (_, other)] = ["Phone", "Laptop"].map(|label| server.admin().make_key(ADA, label));
    let mut waiting = Imap::waiting_for_mail(&door, ADA, &secret);
    let mut spared = Imap::connect(&door);
    assert!(spared.sign_in(ADA, &other).is_ok(), "{}", haproxy.log());
    let done = server.admin().done(&json!({ "ask": "app-password-revoke", "login": ADA, "id": id }));
    let returned = RealClock.boot_time();
    let said = waiting.until_closed();
    assert!(RealClock.boot_time().since(returned) < Duration::from_secs(1));
    assert!(said.iter().any(|line| line.starts_with("* BYE")), "{said:?}");
    assert_eq!(done["connections_closed"], json!(1), "{done}");
    assert!(spared.ask("NOOP").is_ok(), "the other app's");
    assert!(!Imap::connect(&door).sign_in(ADA, &secret).is_ok());
}

/// An HAProxy that ends TLS in front of a gateway, and an app that goes through it.
fn in_front_of(front: &Front, behind: SocketAddr) -> (HaProxy, DavApp) {
    let address = free_port();
    let file = |name| std::fs::read_to_string(front.server.file(name)).expect("a file of the test's");
    front.server.write("dav.pem", &(file("cert.pem") + &file("key.pem")));
    let written = block(
        PAGE,
        "mode http",
        &[
            (":443", &address.to_string()),
            ("/etc/haproxy/dav.pem", &front.server.file("dav.pem")),
            ("127.0.0.1:9443", &behind.to_string()),
        ],
    );
    (HaProxy::start(&written, address), DavApp { address, ..front.ada.with(&front.ada.secret) })
}

#[test]
fn calendars_open_through_haproxy_to_their_owner_alone_until_the_revoke() {
    let radicale = Radicale::believing();
    let front = Front::of(&radicale.address().to_string(), "");
    let (haproxy, app) = in_front_of(&front, front.after_tls());
    let look = |app: &DavApp, home: &str, more: &[&str]| app.ask("PROPFIND", home, more).status;
    let home = format!("/{ADA}/");
    let forged = ["--header", "X-Remote-User: bob@example.org", "--header", "X-Forwarded-For: 203.0.113.9"];
    for more in [&["--http1.1"][..], &["--http2"], &[&["--http1.1"][..], &forged].concat()] {
        assert_eq!(look(&app, &home, more), 207, "{more:?}: {}", haproxy.log());
        assert_eq!(look(&app, "/bob@example.org/", more), 403, "{more:?}");
        assert_eq!(look(&app.with(WRONG), &home, more), 401, "{more:?}");
    }
    let there = key_for(&front.server, "127.0.0.7/32");
    let from = |address: &'static str| ["--interface", address, "--header", "X-Forwarded-For: 127.0.0.7"];
    assert_eq!(look(&app.with(&there), &home, &from("127.0.0.7")), 207, "where the app is, HAProxy says");
    assert_eq!(look(&app.with(&there), &home, &from("127.0.0.1")), 401, "and not the app");
    front.revoke();
    assert_eq!(look(&app, &home, &[]), 401, "the next request after the revoke");
    let (haproxy, app) = in_front_of(&front, free_port());
    assert_eq!(look(&app, &home, &[]), 503, "while Valetkey is away: {}", haproxy.log());
}
