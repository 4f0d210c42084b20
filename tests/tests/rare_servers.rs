//! Servers that ask Valetkey and are not at hand everywhere, each configured as the book says.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use valetkey_domain::Clock as _;
use valetkey_tests::asking::{API_KEY, Caddy, Cyrus, Dovecot, Exim, Pam, Radicale, free_port};
use valetkey_tests::book::block;
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::{Second, Tryout};

const ADA: &str = "ada@example.org";
/// An app password that nobody has.
const WRONG: &str = "abcd-efgh-ijkl-mnop";

#[test]
fn exim_takes_mail_from_whoever_has_an_app_password_for_it() {
    let tryout = Tryout::start();
    let exim = Exim::start(&tryout.url("dovecot_auth"), &tryout.dir().join("tls"));
    let ada = tryout.ada();
    let printer = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let accepted = "235 Authentication succeeded\n250 Accepted\n250\n";
    for mechanism in ["PLAIN", "LOGIN"] {
        for (what, secret) in [("an app password", &ada.key.secret), ("one for sending", &printer.secret)] {
            let ran = exim.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, accepted, "{mechanism} {what}: {ran:?}\n{}", exim.log());
        }
        for (what, secret) in [
            ("the primary password", &*ada.primary_password),
            ("another one", WRONG),
            ("one for calendars", &calendar.secret),
        ] {
            let ran = exim.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, "535 Incorrect authentication data\n", "{mechanism} {what}: {ran:?}\n{}", exim.log());
        }
    }
    let ran = exim.send("PLAIN", "ada", &ada.key.secret, &ada.login);
    assert_eq!(ran.out, accepted, "Exim is told the canonical name: {}", exim.log());
    assert_eq!(exim.send("PLAIN", &ada.login, &ada.key.secret, "").out, accepted, "a receipt is from nobody");
    let ran = exim.send("PLAIN", &ada.login, &ada.key.secret, &tryout.bob().login);
    assert!(!ran.out.contains("250 "), "nobody sends in another's name: {ran:?}");
    assert!(exim.log().contains("this is not the address that you signed in with"), "{}", exim.log());
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &printer.id]);
    for mechanism in ["PLAIN", "LOGIN"] {
        let ran = exim.send(mechanism, &ada.login, &printer.secret, &ada.login);
        assert!(ran.out.starts_with("535 "), "{ran:?}");
    }
}

#[test]
fn while_valetkey_is_down_exim_says_later_and_recovers_by_itself() {
    let tryout = Tryout::start();
    let socket = tryout.dir().join("run/second-auth");
    let second = tryout.serve_beside(&[]);
    let exim = Exim::start(&socket.display().to_string(), &tryout.dir().join("tls"));
    let ada = second.commands.make_person(ADA, "a-primary-password");
    let send = |mechanism: &str| exim.send(mechanism, &ada.login, &ada.key.secret, &ada.login).out;
    assert!(send("PLAIN").starts_with("235 "), "{}", exim.log());
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("435", || send("PLAIN").starts_with("435 ").then_some(()));
    assert!(send("LOGIN").starts_with("435 "), "{}", exim.log());
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("235", || send("PLAIN").starts_with("235 ").then_some(()));
    second.stop();
    for mechanism in ["PLAIN", "LOGIN"] {
        let said = send(mechanism);
        assert!(said.starts_with("435 "), "{mechanism}: {said}\n{}", exim.log());
    }
    let second = tryout.serve_beside(&[]);
    assert!(send("LOGIN").starts_with("235 "), "{}", exim.log());
    drop(second);
}

#[test]
fn cyrus_opens_mail_and_calendars_each_with_an_app_password_for_it() {
    let tryout = Tryout::start();
    let (second, sockets) = beside_for_cyrus(&tryout);
    let cyrus = Cyrus::start([&sockets[0], &sockets[1]], &tryout.dir().join("tls"), &tryout.door.ca);
    let ada = second.commands.make_person(ADA, "a-primary-password");
    second.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    let key = |scopes: &str| second.commands.make_key(&ada.login, scopes, &["--scope", scopes]);
    let (mail, calendars) = (key("mail"), key("calendars"));
    let refused = "NO Login failed: authentication failure";
    for (what, login, secret, opens_mail, opens_calendars) in [
        ("everything", &*ada.login, &*ada.key.secret, true, "207"),
        ("mail alone", &ada.login, &mail.secret, true, "401"),
        ("calendars alone", &ada.login, &calendars.secret, false, "207"),
        ("the primary password", &ada.login, &ada.primary_password, false, "401"),
        ("another one", &ada.login, WRONG, false, "401"),
        // Cyrus would have another mailbox under each.
        ("another login name", "countess@example.org", &ada.key.secret, false, "401"),
        ("the short name", "ada", &ada.key.secret, false, "401"),
    ] {
        let answer = cyrus.sign_in(login, secret);
        assert_eq!(answer.is_ok(), opens_mail, "{what}: {answer:?}\n{}", cyrus.log());
        assert!(opens_mail || answer.answer.starts_with(refused), "{what}: {answer:?}");
        assert_eq!(cyrus.calendars(&ada.login, login, secret), opens_calendars, "{what}: {}", cyrus.log());
    }
    let mut open = cyrus.app();
    assert!(open.sign_in(&ada.login, &mail.secret).is_ok());
    assert!(open.ask("SELECT INBOX").is_ok(), "{}", cyrus.log());
    for key in [&mail, &calendars] {
        second.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    }
    assert!(cyrus.sign_in(&ada.login, &mail.secret).answer.starts_with(refused), "the next sign-in after the revoke");
    assert_eq!(cyrus.calendars(&ada.login, &ada.login, &calendars.secret), "401");
    assert!(cyrus.sign_in(&ada.login, &ada.key.secret).is_ok(), "the other one goes on");
    drop(open);
}

#[test]
fn while_valetkey_is_down_cyrus_calls_no_password_wrong_and_recovers_by_itself() {
    let tryout = Tryout::start();
    let (second, sockets) = beside_for_cyrus(&tryout);
    let cyrus = Cyrus::start([&sockets[0], &sockets[1]], &tryout.dir().join("tls"), &tryout.door.ca);
    let ada = second.commands.make_person(ADA, "a-primary-password");
    let answers = || {
        let secrets = [&*ada.key.secret, WRONG];
        secrets.map(|secret| {
            let mail = cyrus.sign_in(&ada.login, secret).answer;
            (mail.split('[').next().unwrap_or_default().to_owned(), cyrus.calendars(&ada.login, &ada.login, secret))
        })
    };
    let said = |mail: &str, calendars: &str| (mail.to_owned(), calendars.to_owned());
    let (known, nobody_knows) = (
        [said("OK ", "207"), said("NO Login failed: authentication failure", "401")],
        ["", ""].map(|_| said("NO Login failed: generic failure", "500")),
    );
    assert_eq!(answers(), known, "{}", cyrus.log());
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || (answers() == nobody_knows).then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || (answers() == known).then_some(()));
    let beside = second.stop();
    assert_eq!(answers(), nobody_knows, "{}\n{beside}", cyrus.log());
    let (second, _) = beside_for_cyrus(&tryout);
    assert_eq!(answers(), known, "{}", cyrus.log());
    drop(second);
}

/// A Valetkey with the book's sockets for Cyrus: one for mail, one for calendars and contacts.
fn beside_for_cyrus(tryout: &Tryout) -> (Second, [String; 2]) {
    let run = tryout.dir().join("run").display().to_string();
    let sockets = ["mail", "dav"].map(|name| format!("{run}/cyrus-{name}"));
    let written = block(
        "cyrus.md",
        "[[saslauthd]]",
        &[("/run/valetkey/sasl/mux", &sockets[0]), ("/run/valetkey/sasl/dav", &sockets[1])],
    );
    // Cyrus does not run as who would be in their group.
    let written = written.replace("only_canonical", "mode = \"0666\"\nonly_canonical");
    (tryout.serve_beside(&[("[ldap]", &format!("{written}\n[ldap]"))]), sockets)
}

#[test]
fn caddy_lets_each_person_to_their_own_collection_and_nobody_else() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let radicale = Radicale::believing();
    let asks = tryout.url("forward_auth");
    let asks = asks.trim_start_matches("http://").trim_end_matches("/forward-auth");
    let caddy = Caddy::start(asks, radicale.address(), &tryout.dir().join("tls"), &tryout.door.ca);
    let own = (&*ada.login, &*ada.key.secret);
    let (status, said) = caddy.look(&ada.login, Some(own), &[]);
    assert!(status == 207 && said.contains("/ada%40example.org/"), "{said}\n{}\n{}", caddy.log(), radicale.log());
    assert_eq!(caddy.look(&ada.login, Some(("ADA", own.1)), &[]).0, 207, "Radicale is told the canonical name");
    assert_eq!(caddy.look(&bob.login, Some((&bob.login, &bob.key.secret)), &[]).0, 207, "Bob's home is there");
    let mail = tryout.commands.make_key(&ada.login, "Mail", &["--scope", "mail"]);
    let refused =
        [("the primary password", &*ada.primary_password), ("another one", WRONG), ("for mail", &mail.secret)];
    for (what, secret) in refused {
        let (status, said) = caddy.look(&ada.login, Some((own.0, secret)), &[]);
        assert!(status == 401 && said.to_lowercase().contains("basic realm=\"valetkey\""), "{what}: {said}");
    }
    let names = ["X-Remote-User", "X_Remote_User", "X-Remote_User", "x_remote-user", "X-REMOTE_USER", "Remote-User"];
    for name in names {
        let forged = format!("{name}: {}", bob.login);
        let as_ada = format!("{name}: {}", ada.login);
        for headers in [&[&*forged][..], &[&*forged, "X_Remote_User: bob@example.org"], &[&*as_ada, &*forged]] {
            let (status, said) = caddy.look(&ada.login, Some(own), headers);
            assert!(status == 207 && !said.contains("bob"), "{headers:?} changes nothing: {said}");
            assert_eq!(caddy.look(&bob.login, Some(own), headers).0, 403, "{headers:?}");
            assert_eq!(caddy.look(&bob.login, Some((own.0, WRONG)), headers).0, 401, "{headers:?}");
            assert_eq!(caddy.look(&bob.login, None, headers).0, 401, "{headers:?}");
        }
    }
    // Where an app is, Caddy says, and not the app.
    let elsewhere = tryout.commands.make_key(&ada.login, "Elsewhere", &["--network", "203.0.113.0/24"]);
    let here = tryout.commands.make_key(&ada.login, "Here", &["--network", "127.0.0.0/8"]);
    for name in ["X-Forwarded-For", "Client-IP", "X_Forwarded_For"] {
        let forged = format!("{name}: 203.0.113.9");
        assert_eq!(caddy.look(&ada.login, Some((own.0, &elsewhere.secret)), &[&forged]).0, 401, "{name}");
        assert_eq!(caddy.look(&ada.login, Some((own.0, &here.secret)), &[&forged]).0, 207, "{name}");
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(caddy.look(&ada.login, Some(own), &[]).0, 401, "the next request after the revoke");
}

#[test]
fn while_valetkey_is_down_caddy_calls_no_password_wrong() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[]);
    let ada = second.commands.make_person(ADA, "a-primary-password");
    let radicale = Radicale::believing();
    let asks = second.forward_auth.trim_start_matches("http://").trim_end_matches("/forward-auth").to_owned();
    let caddy = Caddy::start(&asks, radicale.address(), &tryout.dir().join("tls"), &tryout.door.ca);
    let statuses = || [&*ada.key.secret, WRONG].map(|secret| caddy.look(&ada.login, Some((&ada.login, secret)), &[]).0);
    assert_eq!(statuses(), [207, 401], "{}", caddy.log());
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("503", || (statuses() == [503, 503]).then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("207", || (statuses() == [207, 401]).then_some(()));
    second.stop();
    assert_eq!(statuses(), [502, 502], "{}", caddy.log());
}

#[test]
fn pam_asks_by_the_command() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let pam = Pam::new(tryout.commands.config());
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let accepted = pam.sign_in(&ada.login, &ada.key.secret);
    assert!(accepted.code == 0 && accepted.out.contains("successfully authenticated"), "{accepted:?}");
    assert_eq!(pam.sign_in("ada", &ada.key.secret).code, 0);
    let is_refused = |what: &str, login: &str, secret: &str| {
        let ran = pam.sign_in(login, secret);
        assert!(ran.code == 1 && ran.err.contains("System error"), "{what}: {ran:?}");
    };
    is_refused("the primary password", &ada.login, &ada.primary_password);
    is_refused("another one", &ada.login, WRONG);
    is_refused("one for calendars", &ada.login, &calendar.secret);
    is_refused("nobody", "nobody@example.org", &ada.key.secret);
    is_refused("a name with a command in it", "$(true)", &ada.key.secret);
    let (data, away) = (tryout.dir().join("data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || (pam.sign_in(&ada.login, &ada.key.secret).code == 1).then_some(()));
    is_refused("nobody knows", &ada.login, &ada.key.secret);
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || (pam.sign_in(&ada.login, &ada.key.secret).code == 0).then_some(()));
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    is_refused("revoked", &ada.login, &ada.key.secret);
}

/// A Valetkey with ada, and a Dovecot that asks it by Lua and is told when she is signed out.
fn asked_by_lua() -> (Server, Dovecot) {
    let module = Path::new("/usr/lib/dovecot/modules/auth/libauthdb_lua.so");
    assert!(module.is_file(), "there is no Lua in Dovecot: apt-get install dovecot-auth-lua");
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    let doveadm = free_port();
    server.write("api-key", API_KEY);
    server.configure(&format!(
        "{}\n[[other_server]]\nname = \"Dovecot\"\ndoveadm = \"http://{doveadm}/doveadm/v1\"\napi_key_file = \"api-key\"\n",
        block("dovecot.md", "trusted_peers", &[("[http]", "")])
    ));
    server.start_again();
    server.admin().make_person(ADA);
    let address = server.http().to_string();
    let script = block("dovecot.md", "function auth_password_verify", &[("127.0.0.1:9440", &address)]);
    let passdb = block("dovecot.md", "driver = lua", &[("/etc/dovecot/valetkey.lua", "{dir}/valetkey.lua")]);
    let dovecot = Dovecot::start_with_doveadm(&passdb, &[("valetkey.lua", &script)], doveadm);
    (server, dovecot)
}

/// What Dovecot says of a wrong password, and while nobody knows.
const REFUSED: &str = "NO [AUTHENTICATIONFAILED] Authentication failed.";
const LATER: &str = "NO [UNAVAILABLE] Temporary authentication failure.";

#[test]
fn dovecot_asks_by_lua() {
    let (server, dovecot) = asked_by_lua();
    server.run(&["account", "alias", ADA, "countess@example.org"], "").succeeded();
    let sign_in = |login: &str, secret: &str| dovecot.app().sign_in(login, secret).answer;
    let (_, secret) = server.admin().make_key(ADA, "Thunderbird");
    for login in [ADA, "Countess@Example.org", "ada"] {
        assert!(sign_in(login, &secret).starts_with("OK "), "{login}: {}", dovecot.log());
    }
    let logins = || dovecot.log().matches("Login: user=<ada@example.org>").count();
    wait_for("three sign-ins under the canonical login name", || (logins() == 3).then_some(()));
    let make = |arguments: &[&str]| {
        let all = [&["--json", "app-password", "create", ADA, "--label", "Phone"], arguments].concat();
        let made: Value = serde_json::from_str(&server.run(&all, "").succeeded()).expect("JSON");
        made["app_password"].as_str().expect("a text").to_owned()
    };
    let here = make(&["--network", "127.0.0.0/8"]);
    assert!(sign_in(ADA, &here).starts_with("OK "), "it says where the app is: {}", dovecot.log());
    for (what, login, secret) in [
        ("another one", ADA, WRONG),
        ("the primary password", ADA, "a password of some length"),
        ("one for elsewhere", ADA, &make(&["--network", "203.0.113.0/24"])),
        ("one for calendars", ADA, &make(&["--scope", "calendars"])),
        ("signs that mean something in a form", ADA, "a&login=b+c%41=;€"),
        ("nobody", "nobody@example.org", &secret),
    ] {
        assert_eq!(sign_in(login, secret), REFUSED, "{what}: {}", dovecot.log());
    }
}

#[test]
fn an_app_at_dovecot_that_asks_by_lua_is_signed_out_within_a_second_of_the_revoke() {
    let (server, dovecot) = asked_by_lua();
    let (id, secret) = server.admin().make_key(ADA, "Thunderbird");
    let mut app = dovecot.app();
    assert!(app.sign_in(ADA, &secret).is_ok(), "{}", dovecot.log());
    server.admin().done(&json!({ "ask": "app-password-revoke", "login": ADA, "id": id }));
    let returned = RealClock.boot_time();
    let said = app.until_closed();
    assert!(RealClock.boot_time().since(returned) < Duration::from_secs(1));
    assert!(said.iter().any(|line| line.starts_with("* BYE")), "{said:?}\n{}", server.log());
    assert_eq!(dovecot.app().sign_in(ADA, &secret).answer, REFUSED, "the next sign-in after the revoke");
}

#[test]
fn while_valetkey_is_down_dovecot_that_asks_by_lua_says_later() {
    let (mut server, dovecot) = asked_by_lua();
    let (_, secret) = server.admin().make_key(ADA, "Thunderbird");
    let sign_in = |secret: &str| dovecot.app().sign_in(ADA, secret).answer;
    let is_later = || [&*secret, WRONG].iter().all(|secret| sign_in(secret).starts_with(LATER));
    let is_known = || sign_in(&secret).starts_with("OK ") && sign_in(WRONG) == REFUSED;
    assert!(is_known(), "{}", dovecot.log());
    let (data, away) = (server.data(), server.data().with_file_name("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || is_later().then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || is_known().then_some(()));
    server.kill();
    assert!(is_later(), "{}", dovecot.log());
}
