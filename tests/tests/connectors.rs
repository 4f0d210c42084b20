//! Servers that ask Valetkey: the real ones.

use std::net::SocketAddr;

use valetkey_tests::asking::{Dovecot, Nginx, Postfix, free_port};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::Tryout;

/// Where a tryout's HTTP connector is: `http://127.0.0.1:40143`.
fn http(tryout: &Tryout) -> String {
    tryout.url("forward_auth").trim_end_matches("/forward-auth").to_owned()
}

#[test]
fn postfix_takes_mail_from_whoever_has_an_app_password_for_it() {
    let tryout = Tryout::start();
    let postfix = Postfix::start(&format!("unix:{}", tryout.url("dovecot_auth")), &tryout.dir().join("tls"));
    let ada = tryout.ada();
    let printer = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let accepted = "235 2.7.0 Authentication successful\n250 2.1.5 Ok\n250\n";
    for mechanism in ["PLAIN", "LOGIN"] {
        for (what, secret) in [("an app password", &ada.key.secret), ("one for sending", &printer.secret)] {
            let ran = postfix.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, accepted, "{mechanism} {what}: {ran:?}\n{}", postfix.log());
        }
        for (what, secret, says) in [
            (
                "the primary password",
                &*ada.primary_password,
                "535 5.7.8 Error: authentication failed: Use an app password here, not your own password.\n",
            ),
            ("another one", "abcd-efgh-ijkl-mnop", "535 5.7.8 Error: authentication failed: "),
            ("one for calendars", &calendar.secret, "535 5.7.8 Error: authentication failed: "),
        ] {
            let ran = postfix.send(mechanism, &ada.login, secret, &ada.login);
            assert!(ran.out.starts_with(says), "{mechanism} {what}: {ran:?}\n{}", postfix.log());
        }
    }
    let ran = postfix.send("PLAIN", "ada", &ada.key.secret, &ada.login);
    assert_eq!(ran.out, accepted, "Postfix is told the canonical name");
    let ran = postfix.send("PLAIN", &ada.login, &ada.key.secret, &tryout.bob().login);
    assert!(ran.out.contains("553 5.7.1"), "nobody sends in another's name: {ran:?}");
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &printer.id]);
    let ran = postfix.send("PLAIN", &ada.login, &printer.secret, &ada.login);
    assert!(ran.out.starts_with("535 "), "{ran:?}");
}

#[test]
fn while_valetkey_is_down_postfix_says_later_and_recovers_by_itself() {
    let tryout = Tryout::start();
    let socket = tryout.dir().join("run/second-auth");
    let second = tryout.serve_beside(&[]);
    let postfix = Postfix::start(&format!("unix:{}", socket.display()), &tryout.dir().join("tls"));
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    let send = || postfix.send("PLAIN", &ada.login, &ada.key.secret, &ada.login).out;
    assert!(send().starts_with("235 "), "{}", postfix.log());
    // Without its store it knows nothing, and closes the connection rather than call a password wrong.
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("454", || send().starts_with("454 4.7.0").then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("235", || send().starts_with("235 ").then_some(()));
    second.stop();
    assert!(!socket.exists(), "its socket goes with it");
    let said = send();
    assert!(said.starts_with("454 4.7.0"), "{said}");
    let second = tryout.serve_beside(&[]);
    assert!(send().starts_with("235 "), "{}", postfix.log());
    drop(second);
}

#[test]
fn dovecot_asks_by_the_password_grant() {
    let tryout = Tryout::start();
    let (ada, http) = (tryout.ada(), http(&tryout));
    let grant = format!(
        "use_grant_password = yes\ngrant_url = {http}/token/imap\nclient_id = dovecot\nclient_secret = x\nusername_attribute = username\n"
    );
    let passdb = "passdb {\n  driver = oauth2\n  mechanisms = plain login\n  args = {dir}/grant\n}";
    let dovecot = Dovecot::start(passdb, &[("grant", &grant)]);
    let code = |login: &str, secret: &str| dovecot.sign_in(login, secret).code;
    assert_eq!(code(&ada.login, &ada.key.secret), 0, "{}", dovecot.log());
    assert_eq!(code(&ada.login, &ada.key.secret.to_uppercase().replace('-', " ")), 0, "typed on a phone");
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    for (what, login, secret) in [
        ("the primary password", &*ada.login, &*ada.primary_password),
        ("another one", &ada.login, "abcd-efgh-ijkl-mnop"),
        ("one for calendars", &ada.login, &calendar.secret),
        ("another account's", &tryout.bob().login, &ada.key.secret),
        ("nothing", &ada.login, ""),
    ] {
        assert_eq!(code(login, secret), 67, "{what}: {}", dovecot.log());
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(code(&ada.login, &ada.key.secret), 67, "the next sign-in after the revoke");
}

#[test]
fn nginx_sends_mail_apps_to_the_server_behind_in_the_owners_name() {
    let tryout = Tryout::start();
    let (ada, http) = (tryout.ada(), http(&tryout));
    let [imap, smtp] = [free_port(), free_port()];
    let tls = tryout.dir().join("tls").display().to_string();
    let _nginx = Nginx::start(
        &format!(
            "\nmail {{\n  auth_http {address}/nginx-mail;\n  proxy_pass_error_message on;\n  ssl_certificate {tls}/cert.pem;\n  \
             ssl_certificate_key {tls}/key.pem;\n  imap_auth plain login;\n  smtp_auth plain login;\n  \
             server {{\n    listen {imap} ssl;\n    protocol imap;\n  }}\n  \
             server {{\n    listen {smtp} ssl;\n    protocol smtp;\n    server_name localhost;\n    xclient off;\n  }}\n}}",
            address = http.trim_start_matches("http://"),
        ),
        &[imap, smtp],
    );
    let ca = tryout.door.ca.clone();
    let curl = |scheme: &str, at: SocketAddr, secret: &str, more: &[&str]| -> Ran {
        let mut command = program::command("curl");
        command.args(["--silent", "--verbose", "--max-time", "20", "--cacert"]).arg(&ca);
        command.args(["--user", &format!("{}:{secret}", ada.login)]).args(more);
        program::run(command.arg(format!("{scheme}://localhost:{}/", at.port())), "")
    };
    let read = curl("imaps", imap, &ada.key.secret, &["--request", "STATUS INBOX (MESSAGES)"]);
    assert!(read.code == 0 && read.out.contains("MESSAGES 3"), "{read:?}");
    for (what, secret, says) in [
        ("another one", "abcd-efgh-ijkl-mnop", "NO [AUTHENTICATIONFAILED] The user name or password is wrong"),
        ("the primary password", &*ada.primary_password, "NO [AUTHENTICATIONFAILED] Use an app password here"),
        ("spaces and a percent sign", "a b%c", "NO [AUTHENTICATIONFAILED] Use an app password here"),
    ] {
        let refused = curl("imaps", imap, secret, &[]);
        assert!(refused.code == 67 && refused.err.contains(says), "{what}: {refused:?}");
    }
    let mail = ["--mail-from", &*ada.login, "--mail-rcpt", "bob@example.org", "--upload-file", "/dev/null"];
    let refused = curl("smtps", smtp, "abcd-efgh-ijkl-mnop", &mail);
    assert!(refused.code == 67 && refused.err.contains("535 5.7.8"), "{refused:?}");
}

#[test]
fn whatever_can_send_a_request_can_ask() {
    let tryout = Tryout::start();
    let (ada, http) = (tryout.ada(), http(&tryout));
    let ask = |path: &str, more: &[&str]| {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--write-out", "\n%{http_code}"]).args(more);
        program::run(command.arg(format!("{http}{path}")), "").succeeded()
    };
    let json = |login: &str, password: &str, service: &str| {
        let body = format!("{{\"login\":\"{login}\",\"password\":\"{password}\",\"service\":\"{service}\"}}");
        ask("/check", &["--json", &body])
    };
    let accepted = "{\"login\":\"ada@example.org\",\"outcome\":\"accepted\"}\n200";
    assert_eq!(json("ada", &ada.key.secret, "imap"), accepted);
    assert_eq!(json(&ada.login, "abcd-efgh-ijkl-mnop", "imap"), "{\"advice\":null,\"outcome\":\"refused\"}\n403");
    let advice = "{\"advice\":\"Use an app password here, not your own password.\",\"outcome\":\"refused\"}\n403";
    assert_eq!(json(&ada.login, &ada.primary_password, "imap"), advice);
    assert!(json(&ada.login, &ada.key.secret, "telnet").ends_with("\n400"));
    assert!(ask("/check", &["--json", "{}"]).ends_with("\n400"));
    assert!(ask("/check", &["--json", &"x".repeat(20_000)]).ends_with("\n413"));
    // Lua in Dovecot sends a form, and waits for a word before it sends the body.
    let secret = format!("password={}", ada.key.secret);
    let form =
        ["--data", "login=ada", "--data", &*secret, "--data", "service=imap", "--header", "Expect: 100-continue"];
    assert_eq!(ask("/check", &form), accepted);
    for (path, status) in [("/", "404"), ("/check", "405"), ("/forward-auth/telnet", "404"), ("/token/imap", "405")] {
        assert_eq!(ask(path, &[]).lines().last(), Some(status), "{path}");
    }
    let grant = |more: &str| ask("/token", &["--data", &format!("username=ada&password={}&{more}", ada.key.secret)]);
    assert_eq!(grant("grant_type=client_credentials"), "{\"error\":\"unsupported_grant_type\"}\n400");
    assert!(grant("grant_type=password").contains("\"username\":\"ada@example.org\""));
}
