//! Dovecot that keeps its mail and its ports and asks Valetkey who may in, configured as the book says. By Lua: `rare_servers`.

use std::time::Duration;

use serde_json::json;
use valetkey_domain::Clock as _;
use valetkey_tests::asking::{API_KEY, Dovecot, free_port};
use valetkey_tests::book::block;
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::Tryout;

const ADA: &str = "ada@example.org";
/// An app password that nobody has.
const WRONG: &str = "abcd-efgh-ijkl-mnop";
/// What Dovecot says of a wrong password, and while nobody knows.
const REFUSED: &str = "NO [AUTHENTICATIONFAILED] Authentication failed.";
const LATER: &str = "NO [UNAVAILABLE] Temporary authentication failure.";

/// Where a tryout's HTTP connector is: `http://127.0.0.1:40143`.
fn http(tryout: &Tryout) -> String {
    tryout.url("forward_auth").trim_end_matches("/forward-auth").to_owned()
}

#[test]
fn dovecot_asks_by_the_password_grant() {
    let tryout = Tryout::start();
    let (ada, http) = (tryout.ada(), http(&tryout));
    let grant = block("dovecot.md", "use_grant_password", &[("http://127.0.0.1:9440", &http)]);
    tryout.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    let passdb =
        block("dovecot.md", "args = /etc/dovecot/valetkey-grant", &[("/etc/dovecot/valetkey-grant", "{dir}/grant")]);
    let dovecot = Dovecot::start(&passdb, &[("grant", &grant)]);
    let code = |login: &str, secret: &str| dovecot.sign_in(login, secret).code;
    assert_eq!(code(&ada.login, &ada.key.secret), 0, "{}", dovecot.log());
    assert_eq!(code(&ada.login, &ada.key.secret.to_uppercase().replace('-', " ")), 0, "typed on a phone");
    assert_eq!(code("Countess@Example.org", &ada.key.secret), 0, "{}", dovecot.log());
    assert!(
        dovecot.log().lines().all(|line| !line.contains("Login: user=<") || line.contains("user=<ada@example.org>"))
    );
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    for (what, login, secret) in [
        ("the primary password", &*ada.login, &*ada.primary_password),
        ("another one", &ada.login, WRONG),
        ("one for calendars", &ada.login, &calendar.secret),
        ("another account's", &tryout.bob().login, &ada.key.secret),
        ("nothing", &ada.login, ""),
    ] {
        assert_eq!(code(login, secret), 67, "{what}: {}", dovecot.log());
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(code(&ada.login, &ada.key.secret), 67, "the next sign-in after the revoke");
}

/// A Valetkey with ada, and a Dovecot that asks it by LDAP and is told when she is signed out.
fn asked_by_ldap() -> (Server, Dovecot) {
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    let (doveadm, secret) = (free_port(), "between-valetkey-and-the-reader");
    server.write("api-key", API_KEY);
    server.write("dovecot-reader-secret", secret);
    let ldap = block("dovecot.md", "[ldap]", &[("127.0.0.1:389", "127.0.0.1:0")]);
    let api = [("127.0.0.1:8080", &*doveadm.to_string()), ("doveadm-key", "api-key")];
    server.configure(&format!("\n{ldap}\n{}", block("other-servers.md", "api_key_file", &api)));
    server.start_again();
    server.admin().make_person(ADA);
    let at = server.listens_at("ldap").to_string();
    let asks = [("127.0.0.1:389", &*at), ("what is in dovecot-reader-secret", secret)];
    let ldap = block("dovecot.md", "auth_bind = yes", &asks);
    let passdb = block("dovecot.md", "driver = ldap", &[("/etc/dovecot/valetkey-ldap", "{dir}/ldap")]);
    let dovecot = Dovecot::start_with_doveadm(&passdb, &[("ldap", &ldap)], doveadm);
    (server, dovecot)
}

#[test]
fn dovecot_asks_by_ldap() {
    let (server, dovecot) = asked_by_ldap();
    server.run(&["account", "alias", ADA, "countess@example.org"], "").succeeded();
    let sign_in = |login: &str, secret: &str| dovecot.app().sign_in(login, secret).answer;
    let (_, secret) = server.admin().make_key(ADA, "Thunderbird");
    for _ in 0..3 {
        for login in [ADA, "Countess@Example.org"] {
            assert!(sign_in(login, &secret).starts_with("OK "), "{login}: {}", dovecot.log());
        }
        for (what, login, secret) in [
            ("another one", ADA, WRONG),
            ("the primary password", ADA, "a password of some length"),
            ("nothing", ADA, ""),
            ("nobody", "nobody@example.org", &*secret),
            ("without its domain it is not found", "ada", &secret),
            ("signs that mean something in a filter", "a*", &secret),
        ] {
            assert_eq!(sign_in(login, secret), REFUSED, "{what}: {}", dovecot.log());
        }
    }
    let logins = || dovecot.log().matches("Login: user=<ada@example.org>").count();
    wait_for("all sign-ins are under the canonical login name", || (logins() == 6).then_some(()));
}

#[test]
fn an_app_at_dovecot_that_asks_by_ldap_is_signed_out_within_a_second_of_the_revoke() {
    let (server, dovecot) = asked_by_ldap();
    server.run(&["account", "alias", ADA, "countess@example.org"], "").succeeded();
    let (id, secret) = server.admin().make_key(ADA, "Thunderbird");
    let mut apps = [ADA, "countess@example.org"].map(|login| {
        let mut app = dovecot.app();
        assert!(app.sign_in(login, &secret).is_ok(), "{}", dovecot.log());
        app
    });
    let done = server.admin().done(&json!({ "ask": "app-password-revoke", "login": ADA, "id": id }));
    let returned = RealClock.boot_time();
    for app in &mut apps {
        let said = app.until_closed();
        assert!(said.iter().any(|line| line.starts_with("* BYE")), "{said:?}\n{}", server.log());
    }
    assert!(RealClock.boot_time().since(returned) < Duration::from_secs(1));
    assert_eq!(done["other_servers"][0]["connections_closed"], json!(2), "{done}\n{}", server.log());
    assert_eq!(dovecot.app().sign_in(ADA, &secret).answer, REFUSED, "the next sign-in after the revoke");
}

#[test]
fn while_valetkey_is_down_dovecot_that_asks_by_ldap_says_later() {
    let (mut server, dovecot) = asked_by_ldap();
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

/// `docs/moving-over.md`, step by step.
#[test]
fn a_server_full_of_people_with_old_passwords_moves_over() {
    let tryout = Tryout::start();
    let old = "carol@example.org:{SHA512-CRYPT}$6$saltstring$qvPJY4PeugKzKQqyIJ0gRdJnpS0uaaiZ.X1SaheFedsK/yZPwlluTLS90fJPM41sD5JxCHKgGr1..qt5HqEY8.::::::\n";
    let old_password = "correct horse battery staple";
    let people = tryout.dir().join("people");
    std::fs::write(&people, old).expect("a file of ours");
    let ran = tryout.commands.run(&["account", "import", "--format", "passwd", &people.display().to_string()], "");
    assert_eq!(ran.code, 0, "{ran:?}");
    let page = "moving-over.md";
    let grant = block(page, "use_grant_password", &[("http://127.0.0.1:9440", &http(&tryout))]);
    let places = [("/etc/dovecot/valetkey-grant", "{dir}/grant"), ("/etc/dovecot/users", "{dir}/old")];
    let both = block(page, "driver = oauth2", &places);
    let dovecot = Dovecot::start(&both, &[("grant", &grant), ("old", old)]);
    let report = |more: &[&str]| tryout.commands.ask(&[&["report", "old-passwords"], more].concat());
    assert_eq!(report(&[]).as_array().map(Vec::len), Some(0));
    let signed_in = dovecot.sign_in("carol@example.org", old_password);
    assert_eq!(signed_in.code, 0, "the old password still opens everything: {}", dovecot.log());
    let found = wait_for("carol in the report", || report(&[]).as_array().filter(|all| !all.is_empty()).cloned());
    assert_eq!((&found[0]["login"], &found[0]["service"]), (&"carol@example.org".into(), &"imap".into()));
    assert_eq!(report(&["--domain", "example.net"]).as_array().map(Vec::len), Some(0), "domain by domain");
    assert_eq!(found[0]["password"], "primary");
    let new = "another one that is as long\n";
    tryout.commands.ask_saying(new, &["account", "reset-password", "carol", "--password-stdin"]);
    assert_eq!(dovecot.sign_in("carol@example.org", old_password).code, 0, "Dovecot has the old one still");
    let replaced = wait_for("the second time, with the old password", || {
        report(&[]).as_array().filter(|all| all.len() == 1 && all[0]["times"] == 2).cloned()
    });
    assert_eq!(replaced[0]["password"], "old");
    tryout.commands.ask(&["account", "enrol-totp", "carol"]);
    let key = tryout.commands.make_key("carol", "Phone", &[]);
    assert_eq!(dovecot.sign_in("carol@example.org", &key.secret).code, 0, "the new one too: {}", dovecot.log());
    drop(dovecot);
    // The last step takes the second block away.
    let (valetkey, _) = both.rsplit_once("passdb {").expect("there are two");
    let dovecot = Dovecot::start(valetkey, &[("grant", &grant)]);
    assert_eq!(dovecot.sign_in("carol@example.org", &key.secret).code, 0);
    assert_eq!(dovecot.sign_in("carol@example.org", old_password).code, 67, "and in the end the new one alone");
}
