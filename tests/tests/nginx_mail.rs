//! nginx's mail proxy in front of Dovecot and Postfix, configured as the book says.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use valetkey_tests::asking::{Nginx, free_port};
use valetkey_tests::book::block;
use valetkey_tests::clock::wait_for;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::Tryout;

const PAGE: &str = "nginx-mail.md";
/// An app password that nobody has.
const WRONG: &str = "abcd-efgh-ijkl-mnop";

/// Where an nginx takes each protocol.
struct Doors {
    imap: SocketAddr,
    pop3: SocketAddr,
    smtp: SocketAddr,
    nginx: Nginx,
}

/// What a file of the try says.
fn file(tryout: &Tryout, name: &str) -> String {
    std::fs::read_to_string(tryout.dir().join(name)).expect("a file of try")
}

/// Where a tryout's HTTP connector is: `127.0.0.1:40143`.
fn asked(tryout: &Tryout) -> String {
    let url = tryout.url("forward_auth");
    url.trim_start_matches("http://").trim_end_matches("/forward-auth").to_owned()
}

/// The settings of `[http.nginx_mail]` in a text.
fn settings(text: &str) -> BTreeMap<String, String> {
    let (_, section) = text.split_once("[http.nginx_mail]\n").expect("there is such a section");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let settings = lines.filter_map(|line| line.split_once(" = "));
    settings.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())).collect()
}

fn start(tryout: &Tryout) -> Doors {
    start_asking(tryout, &asked(tryout))
}

fn start_asking(tryout: &Tryout, asked: &str) -> Doors {
    let [imap, pop3, smtp] = [free_port(), free_port(), free_port()];
    let tls = tryout.dir().join("tls").display().to_string();
    let ports = [imap, pop3, smtp].map(|address| format!("listen {address} ssl"));
    let written = block(
        PAGE,
        "auth_http",
        &[
            ("127.0.0.1:9440", asked),
            ("what is in nginx-key", &file(tryout, "nginx-key")),
            ("/etc/valetkey/tls/fullchain.pem", &format!("{tls}/cert.pem")),
            ("/etc/valetkey/tls/privkey.pem", &format!("{tls}/key.pem")),
            ("listen 993 ssl", &ports[0]),
            ("listen 995 ssl", &ports[1]),
            ("listen 465 ssl", &ports[2]),
        ],
    );
    let nginx = Nginx::start(&format!("\n{written}"), &[imap, pop3, smtp]);
    Doors { imap, pop3, smtp, nginx }
}

/// A mail app of ada's.
struct App<'t> {
    tryout: &'t Tryout,
    doors: &'t Doors,
}

impl App<'_> {
    fn curl(&self, scheme: &str, secret: &str, path: &str, more: &[&str], input: &str) -> Ran {
        let at = match scheme {
            "imaps" => self.doors.imap,
            "pop3s" => self.doors.pop3,
            _ => self.doors.smtp,
        };
        let mut command = program::command("curl");
        command.args(["--silent", "--verbose", "--max-time", "20", "--cacert"]).arg(&self.tryout.door.ca);
        command.args(["--user", &format!("{}:{secret}", self.tryout.ada().login)]).args(more);
        program::run(command.arg(format!("{scheme}://localhost:{}/{path}", at.port())), input)
    }

    fn read(&self, secret: &str) -> Ran {
        self.curl("imaps", secret, "", &["--request", "STATUS INBOX (MESSAGES)"], "")
    }

    fn fetch(&self, secret: &str, number: &str) -> Ran {
        self.curl("pop3s", secret, number, &[], "")
    }

    /// Sends a letter to ada herself.
    fn send(&self, secret: &str) -> Ran {
        let ada = self.tryout.ada().login;
        let letter = ["--mail-from", &*ada, "--mail-rcpt", &*ada, "--upload-file", "-"];
        self.curl("smtps", secret, "app.example.org", &letter, "Subject: By nginx\r\n\r\nA letter.\r\n")
    }

    fn is_refused_everywhere(&self, what: &str, secret: &str, says: &str) {
        for (begins, ran) in [
            ("NO [AUTHENTICATIONFAILED] ", self.read(secret)),
            ("-ERR [AUTH] ", self.fetch(secret, "1")),
            ("535 5.7.8 ", self.send(secret)),
        ] {
            let says = format!("{begins}{says}");
            assert!(ran.code == 67 && ran.err.contains(&says), "{what}: not {says}: {ran:?}");
        }
    }
}

#[test]
fn nginx_sends_mail_apps_to_the_server_behind_in_the_owners_name() {
    let tryout = Tryout::start();
    let doors = start(&tryout);
    let app = App { tryout: &tryout, doors: &doors };
    let ada = tryout.ada();
    let read = app.read(&ada.key.secret);
    assert!(read.code == 0 && read.out.contains("MESSAGES 3"), "{read:?}");
    let fetched = app.fetch(&ada.key.secret, "1");
    assert!(fetched.code == 0 && fetched.out.contains("Subject: Welcome to Valetkey"), "{fetched:?}");
    // Postfix takes it from whoever has signed in alone, of which XCLIENT tells it.
    let sent = app.send(&ada.key.secret);
    let log = || doors.nginx.log() + &file(&tryout, "postfix/mail.log");
    assert!(sent.code == 0 && sent.err.contains(" queued as "), "{sent:?}\n{}", log());
    let fetched = wait_for("the letter", || Some(app.fetch(&ada.key.secret, "4")).filter(|ran| ran.code == 0));
    assert!(fetched.out.contains("Subject: By nginx"), "{fetched:?}");
    for (what, secret, says) in [
        ("another one", WRONG, "The user name or password is wrong"),
        ("the primary password", &*ada.primary_password, "Use an app password here"),
        ("spaces and a percent sign", "a b%c", "Use an app password here"),
    ] {
        app.is_refused_everywhere(what, secret, says);
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    app.is_refused_everywhere("revoked", &ada.key.secret, "");
}

#[test]
fn while_valetkey_is_down_nginx_calls_no_password_wrong() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[]);
    let asked = second.forward_auth.trim_start_matches("http://").trim_end_matches("/forward-auth").to_owned();
    let doors = start_asking(&tryout, &asked);
    let app = App { tryout: &tryout, doors: &doors };
    let secret = second.commands.make_person(&tryout.ada().login, "the first of ada").key.secret;
    let says = |secret: &str| {
        let is_said = |line: &&str| line.starts_with("< ");
        let last = |ran: Ran| ran.err.lines().rfind(is_said).unwrap_or_default().to_owned();
        [app.read(secret), app.fetch(secret, "1"), app.send(secret)].map(last)
    };
    let are = |said: &[String], expected: [&str; 3]| said.iter().zip(expected).all(|(one, word)| one.contains(word));
    let known = || are(&says(&secret), [" OK ", "+OK ", "250 "]);
    let nobody_knows = || {
        let later = ["NO [UNAVAILABLE] ", "-ERR [SYS/TEMP] ", "454 4.7.0 "];
        [&*secret, WRONG].iter().all(|secret| are(&says(secret), later))
    };
    assert!(known(), "{}", doors.nginx.log());
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || nobody_knows().then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || known().then_some(()));
    second.stop();
    let of_nginx = ["* BAD internal server error", "-ERR internal server error", "451 4.3.2 Internal server error"];
    assert!(are(&says(WRONG), of_nginx), "{:?}", says(WRONG));
}

#[test]
fn nginx_is_told_where_to_go_and_nobody_else_is() {
    let tryout = Tryout::start();
    let (ada, key) = (tryout.ada(), file(&tryout, "nginx-key"));
    let set = settings(&file(&tryout, "valetkey.toml"));
    let of_the_book = settings(&block(PAGE, "[http.nginx_mail]", &[]));
    assert!(set.keys().eq(of_the_book.keys()), "what runs is what the book says: {set:?} {of_the_book:?}");
    let main_cf = file(&tryout, "postfix/etc/main.cf");
    // Any will do that says which ways to sign in there are; here it is Dovecot's, which is there before Valetkey is.
    let socket = format!("unix:{}", tryout.dir().join("dovecot/run/auth-client").display());
    let of_postfix = block(PAGE, "smtpd_authorized_xclient_hosts", &[("unix:/run/valetkey/postfix/auth", &socket)]);
    for line in of_postfix.lines().filter(|line| !line.starts_with('#')) {
        assert!(main_cf.lines().any(|one| one == line), "no {line} in {main_cf}");
    }
    let ask = |protocol: &str, key: Option<&str>| {
        let mut headers = vec![
            format!("Auth-User: {}", ada.login),
            format!("Auth-Pass: {}", ada.key.secret),
            "Auth-Method: plain".to_owned(),
            format!("Auth-Protocol: {protocol}"),
        ];
        headers.extend(key.map(|key| format!("X-Auth-Key: {key}")));
        let mut command = program::command("curl");
        command.args(["--silent", "--include", "--max-time", "20"]).args(headers.iter().flat_map(|h| ["--header", h]));
        program::run(command.arg(format!("http://{}/nginx-mail", asked(&tryout))), "").succeeded()
    };
    let masters = format!("{}*gateway", ada.login);
    for (protocol, user, with_secret) in
        [("imap", &masters, true), ("pop3", &masters, true), ("smtp", &ada.login, false)]
    {
        let said = ask(protocol, Some(&key));
        let (server, port) = set[protocol].split_once(':').expect("an address");
        for expected in [
            "auth-status: OK".to_owned(),
            format!("auth-server: {server}"),
            format!("auth-port: {port}"),
            format!("auth-user: {user}"),
        ] {
            assert!(said.lines().any(|line| line == expected), "{protocol}: no {expected} in {said}");
        }
        assert_eq!(said.contains("auth-pass: "), with_secret, "{protocol}: {said}");
        // The answer has the master user's secret in it: nobody else gets one.
        for key in [None, Some("another")] {
            let said = ask(protocol, key);
            assert!(said.starts_with("HTTP/1.1 403 ") && !said.to_lowercase().contains("auth-"), "{protocol}: {said}");
        }
    }
}
