//! Servers that are told when somebody is signed out: the real Dovecot, the receiver of the book, and commands.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use valetkey_domain::Clock as _;
use valetkey_tests::asking::daemon::{Daemon, RunAs};
use valetkey_tests::asking::{API_KEY, Dovecot, free_port};
use valetkey_tests::book::block;
use valetkey_tests::client::imap::{Imap, socket};
use valetkey_tests::clock::{PATIENCE, RealClock, wait_for};
use valetkey_tests::program;
use valetkey_tests::server::admin::Admin;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::Tryout;

const ADA: &str = "ada@example.org";

/// A Valetkey that tells these servers.
fn server(other_servers: &str) -> Server {
    start(Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere), other_servers)
}

fn start(mut server: Server, other_servers: &str) -> Server {
    server.write("api-key", API_KEY);
    server.write("secret", "between-valetkey-and-webmail");
    server.configure(other_servers);
    server.start_again();
    server.admin().make_person(ADA);
    server
}

fn dovecot_at(doveadm: SocketAddr, again_after_s: u64) -> String {
    let told = block(
        "other-servers.md",
        "api_key_file",
        &[("127.0.0.1:8080", &doveadm.to_string()), ("doveadm-key", "api-key")],
    );
    format!("\n{told}again_after_s = {again_after_s}\n")
}

/// A Dovecot that asks there by the password grant.
fn dovecot(asks: SocketAddr, doveadm: SocketAddr) -> Dovecot {
    let grant = block("dovecot.md", "use_grant_password", &[("127.0.0.1:9440", &asks.to_string())]);
    let passdb =
        block("dovecot.md", "args = /etc/dovecot/valetkey-grant", &[("/etc/dovecot/valetkey-grant", "{dir}/grant")]);
    Dovecot::start_with_doveadm(&passdb, &[("grant", &grant)], doveadm)
}

fn revoke(admin: &Admin, id: &str) -> Value {
    admin.done(&json!({ "ask": "app-password-revoke", "login": ADA, "id": id }))["other_servers"].clone()
}

#[test]
fn an_app_at_dovecot_is_signed_out_within_a_second_of_the_revoke() {
    let doveadm = free_port();
    let postfix = "\n[[other_server]]\nname = \"Postfix\"\ncannot_cut = true\n";
    let server = server(&(dovecot_at(doveadm, 60) + postfix));
    let dovecot = dovecot(server.http(), doveadm);
    let (id, secret) = server.admin().make_key(ADA, "Thunderbird");
    let (_, other) = server.admin().make_key(ADA, "Phone");
    let mut apps: Vec<Imap> = [&secret, &secret, &other]
        .map(|secret| {
            let mut app = dovecot.app();
            let answer = app.sign_in(ADA, secret);
            assert!(answer.is_ok(), "{answer:?}\n{}", dovecot.log());
            app
        })
        .into();
    let told = revoke(&server.admin(), &id);
    let returned = RealClock.boot_time();
    for app in &mut apps {
        let said = app.until_closed();
        assert!(said.iter().any(|line| line.starts_with("* BYE")), "{said:?}");
    }
    assert!(RealClock.boot_time().since(returned) < Duration::from_secs(1));
    assert_eq!(told[0]["said"], "3 connections closed; final in 60 s", "the other app's too\n{}", server.log());
    assert_eq!((&told[0]["state"], &told[0]["connections_closed"]), (&json!("cut"), &json!(3)));
    assert_eq!((&told[1]["name"], &told[1]["state"]), (&json!("Postfix"), &json!("cannot-be-cut")));
    assert!(!dovecot.app().sign_in(ADA, &secret).is_ok());
    assert!(dovecot.app().sign_in(ADA, &other).is_ok(), "it signs in again by itself");
    let again = server.run(&["app-password", "revoke", ADA, &id], "").succeeded();
    assert!(again.ends_with(" closed; final in 60 s\nPostfix: cannot be told; its sessions are short\n"), "{again}");
}

#[test]
fn a_dovecot_that_remembers_nothing_need_not_be_told_to_forget() {
    let doveadm = free_port();
    let server = server(&(dovecot_at(doveadm, 60) + "auth_cache = false\n"));
    let dovecot = dovecot(server.http(), doveadm);
    let (id, secret) = server.admin().make_key(ADA, "Thunderbird");
    let mut app = dovecot.app();
    assert!(app.sign_in(ADA, &secret).is_ok(), "{}", dovecot.log());
    let told = revoke(&server.admin(), &id);
    assert_eq!(told[0]["said"], "1 connection closed; final in 60 s", "{}", server.log());
    assert!(app.until_closed().iter().any(|line| line.starts_with("* BYE")));
}

/// Hands on what Dovecot asks, and holds the answer back until it is told to go on.
fn hold_back(to: SocketAddr) -> (SocketAddr, mpsc::Receiver<String>, mpsc::Sender<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("a listener has an address");
    let (answered, answers) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    thread::spawn(move || {
        let (mut asking, _) = listener.accept().expect("Dovecot connects");
        let mut asked = socket(to);
        let mut up = (asking.try_clone().expect("a socket"), asked.try_clone().expect("a socket"));
        thread::spawn(move || std::io::copy(&mut up.0, &mut up.1));
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = asked.read(&mut buffer) {
            answered.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).expect("the test goes on");
            may_go_on.recv_timeout(PATIENCE).expect("the test says when");
            asking.write_all(&buffer[..length]).expect("Dovecot waits");
        }
    });
    (address, answers, go_on)
}

#[test]
fn what_begins_between_our_ok_and_its_session_is_signed_out_the_second_time() {
    let doveadm = free_port();
    let server = server(&dovecot_at(doveadm, 5));
    let (front, answers, go_on) = hold_back(server.http());
    let dovecot = dovecot(front, doveadm);
    let (id, secret) = server.admin().make_key(ADA, "Thunderbird");
    let mut app = dovecot.app();
    app.send(format!("t1 LOGIN {ADA} {secret}\r\n").as_bytes());
    let answer = answers.recv_timeout(PATIENCE).expect("Valetkey answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let told = revoke(&server.admin(), &id);
    assert_eq!(
        (&told[0]["state"], &told[0]["connections_closed"]),
        (&json!("cut"), &json!(0)),
        "{told}\n{}",
        server.log()
    );
    assert!(told[0]["final_in_s"].as_u64().is_some_and(|s| (1..=5).contains(&s)), "{told}");
    go_on.send(()).expect("somebody waits");
    let answer = app.answer("t1");
    assert!(answer.is_ok(), "the session begins after the first kick: {answer:?}");
    let said = app.until_closed();
    assert!(said.iter().any(|line| line.starts_with("* BYE")), "{said:?}");
    wait_for("the final run is over", || {
        let log = server.log();
        log.lines().any(|l| l.contains("run=final") && l.contains("outcome=\"closed 1\"")).then_some(())
    });
}

/// The receiver that the book shows.
struct Receiver {
    daemon: Daemon,
    address: SocketAddr,
}

impl Receiver {
    fn start(server: &Server, address: SocketAddr) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/other-servers/receiver.py");
        let dir = server.data();
        let secret = server.socket().with_file_name("secret");
        let (port, secret) = (address.port().to_string(), secret.display().to_string());
        let python = program::find("python3");
        let arguments = ["-B", script, &*port, &*secret];
        let mut daemon = Daemon::start(&python, &arguments, &dir, dir.join("receiver.log"), RunAs::Us);
        daemon.await_port(address, String::new);
        Self { daemon, address }
    }

    fn events(&self) -> Vec<Value> {
        self.daemon.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Sends it an event of so many seconds ago, signed with a secret; gives the status.
    fn send(&self, secret: &str, age: u32) -> String {
        let script = "import hashlib, hmac, sys, time, urllib.request as r, urllib.error as e\n\
            url, secret, age = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])\n\
            body = b'{\"id\": \"forged\", \"final\": true}'\n\
            moment = str(int(time.time()) - age)\n\
            right = 'sha256=' + hmac.new(secret, moment.encode() + b'.' + body, hashlib.sha256).hexdigest()\n\
            try: print(r.urlopen(r.Request(url, body, {'Valetkey-Time': moment, 'Valetkey-Signature': right})).status)\n\
            except e.HTTPError as error: print(error.code)\n";
        let url = format!("http://{}/", self.address);
        let mut command = program::command("python3");
        program::run(command.args(["-B", "-c", script, &url, secret, &age.to_string()]), "").succeeded()
    }
}

/// Reads a whole request and closes without a word: a receiver that crashed. Gives what it was told.
fn crash(listener: &TcpListener) -> Value {
    let (mut stream, _) = listener.accept().expect("a webhook");
    event(&mut stream).expect("a request")
}

/// What a request says; none if it breaks off.
fn event(stream: &mut impl Read) -> Option<Value> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request);
        let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
        if body.is_some() {
            return body;
        }
    }
    None
}

/// Takes webhooks over TLS with the certificate for localhost that lies in a directory, and gives what they say.
fn secured(dir: &Path, listener: TcpListener) -> mpsc::Receiver<Value> {
    let certificate = CertificateDer::from_pem_file(dir.join("cert.pem")).expect("a certificate of ours");
    let key = PrivateKeyDer::from_pem_file(dir.join("key.pem")).expect("a key of ours");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate], key))
        .expect("the provider has all of it");
    let (config, (heard, events)) = (Arc::new(config), mpsc::channel());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).expect("a configuration that works");
            let mut stream = StreamOwned::new(tls, stream.expect("a connection"));
            // Whoever does not trust the certificate says nothing.
            let Some(event) = event(&mut stream) else { continue };
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("it waits for an answer");
            heard.send(event).expect("the test goes on");
        }
    });
    events
}

#[test]
fn over_https_whoever_cannot_prove_their_name_is_not_told_and_that_is_shown() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("a listener has an address").port();
    let section = |name: &str, host: &str, more: &str| {
        format!(
            "\n[[other_server]]\nname = \"{name}\"\nwebhook = \"https://{host}:{port}/\"\nsecret_file = \"secret\"\n{more}"
        )
    };
    let (ours, anothers) = ("authorities = \"ca.pem\"\n", "authorities = \"another.pem\"\n");
    let server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    let another = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    server.write("another.pem", &another.cert.pem());
    let server = start(
        server,
        &[
            section("Ours", "localhost", ours),
            section("Another's", "localhost", anothers),
            section("Of the public", "localhost", ""),
            section("Another name", "127.0.0.1", ours),
        ]
        .concat(),
    );
    let events = secured(server.socket().parent().expect("a directory"), listener);
    let (id, _) = server.admin().make_key(ADA, "Thunderbird");
    let told = revoke(&server.admin(), &id);
    assert_eq!((&told[0]["state"], &told[0]["why"]), (&json!("cut"), &Value::Null), "{told}\n{}", server.log());
    for refused in 1..4 {
        let said = &told[refused]["said"];
        assert_eq!(said, "pending, its certificate is not trusted", "{told}\n{}", server.log());
    }
    assert_eq!(events.recv_timeout(PATIENCE).expect("one was told")["app_password"], json!(id));
    assert!(events.try_recv().is_err(), "and nobody else");
}

#[test]
fn authorities_that_cannot_be_read_are_found_before_the_start() {
    let server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    server.write("secret", "between-valetkey-and-webmail");
    let section = |name: &str, file: &str| {
        format!(
            "\n[[other_server]]\nname = \"{name}\"\nwebhook = \"https://localhost/\"\nsecret_file = \"secret\"\nauthorities = \"{file}\"\n"
        )
    };
    server.configure(&[("a", "ca.pem"), ("b", "missing.pem"), ("c", "secret")].map(|(a, b)| section(a, b)).concat());
    let ran = server.run(&["check-config"], "");
    let dir = server.socket().parent().expect("a directory").to_owned();
    let config = std::fs::read_to_string(dir.join("valetkey.toml")).expect("a file of ours");
    for (file, why) in [("missing.pem", "No such file or directory"), ("secret", "there is no certificate in it")] {
        let line = config.lines().position(|line| line == format!("authorities = \"{file}\"")).expect("a line");
        let expected = format!(
            "{d}/valetkey.toml, line {}: other_server.authorities: {d}/{file} cannot be used: {why}",
            line + 1,
            d = dir.display()
        );
        assert!(ran.code == 2 && ran.err.contains(&expected), "{expected}: {ran:?}");
    }
    assert!(!ran.err.contains("ca.pem"), "{ran:?}");
}

#[test]
fn a_webhook_comes_again_after_a_crash_and_what_is_forged_or_old_is_refused() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("a listener has an address");
    let server = server(&format!(
        "\n[[other_server]]\nname = \"Webmail\"\nwebhook = \"http://{address}/sign-out\"\nsecret_file = \"secret\"\nagain_after_s = 1\n"
    ));
    let (id, _) = server.admin().make_key(ADA, "Thunderbird");
    let told = thread::scope(|scope| {
        let crashed = scope.spawn(|| crash(&listener));
        let told = revoke(&server.admin(), &id);
        assert_eq!(told[0]["said"], "pending, it does not answer", "{}", server.log());
        crashed.join().expect("it was told")
    });
    drop(listener);
    let receiver = Receiver::start(&server, address);
    let events = wait_for("both runs", || Some(receiver.events()).filter(|events| events.len() == 2));
    assert_eq!((&told["login"], &told["app_password"], &told["final"]), (&json!(ADA), &json!(id), &json!(false)));
    assert_eq!(events[0], told, "the same, under the same id");
    assert_eq!(
        (&events[1]["id"], &events[1]["final"], &events[1]["why"]),
        (&told["id"], &json!(true), &json!("asked"))
    );
    let secret = "between-valetkey-and-webmail";
    assert_eq!(receiver.send(secret, 0), "204\n");
    assert_eq!(receiver.send("another", 0), "403\n");
    assert_eq!(receiver.send(secret, 301), "403\n");
    assert_eq!(receiver.events().len(), 3);
}

#[test]
fn what_a_command_took_away_without_a_server_is_told_once_a_server_runs() {
    let address = free_port();
    let mut server = server(&format!(
        "\n[[other_server]]\nname = \"Webmail\"\nwebhook = \"http://{address}/sign-out\"\nsecret_file = \"secret\"\nagain_after_s = 1\n"
    ));
    let (id, _) = server.admin().make_key(ADA, "Thunderbird");
    server.kill();
    let said = server.run(&["app-password", "revoke", ADA, &id], "").succeeded();
    assert!(said.ends_with("\nWebmail: pending, it does not answer\n"), "{said}");
    let report = |server: &Server| server.run(&["report", "sign-outs", ADA], "").succeeded();
    assert!(report(&server).ends_with("Webmail  pending, it does not answer\n"), "{}", report(&server));
    let receiver = Receiver::start(&server, address);
    assert!(receiver.events().is_empty(), "the command is over, and nobody else tells");
    server.start_again();
    let events = wait_for("both runs", || Some(receiver.events()).filter(|events| events.len() == 2));
    for (event, is_final) in events.iter().zip([false, true]) {
        assert_eq!((&event["id"], &event["final"]), (&events[0]["id"], &json!(is_final)), "{events:?}");
        assert_eq!(
            (&event["login"], &event["app_password"], &event["why"]),
            (&json!(ADA), &json!(id), &json!("asked"))
        );
    }
    let ended = wait_for("its end in the report", || {
        Some(report(&server)).filter(|shown| shown.trim_end().ends_with("Webmail  told"))
    });
    assert!(ended.contains("\"Thunderbird\"") && ended.contains(ADA), "{ended}");
    let all = server.run(&["--json", "report", "sign-outs"], "").succeeded();
    let all: Value = serde_json::from_str(&all).expect("it is JSON");
    assert_eq!((&all[0]["app_password"], &all[0]["server"]["state"]), (&json!(id), &json!("cut")), "{all}");
}

fn script(dir: &Path, name: &str, text: &str) -> String {
    let file = dir.join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).expect("a file in a directory of ours");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).expect("a file of ours");
    format!("\n[[other_server]]\nname = \"{name}\"\ncommand = [\"{}\", \"{{login}}\"]\n", file.display())
}

#[test]
fn a_command_past_its_deadline_ends_its_exit_code_is_shown_and_nobody_waits_for_another() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = silent.local_addr().expect("a listener has an address");
    let d = dir.path().display();
    let slow = script(dir.path(), "Slow", &format!("sleep 1000 & echo $! > {d}/child; wait"));
    let server = server(
        &[
            format!(
                "\n[[other_server]]\nname = \"Silent\"\nwebhook = \"http://{address}/\"\nsecret_file = \"secret\"\n"
            ),
            slow + "deadline_s = 1\n",
            script(dir.path(), "Fails", "exit 3"),
            script(dir.path(), "Works", &format!("echo \"$1\" > {d}/login; cat > {d}/details")),
        ]
        .concat(),
    );
    let (id, _) = server.admin().make_key(ADA, "Thunderbird");
    let told = server.run(&["app-password", "revoke", ADA, &id], "").succeeded();
    for line in [
        "Silent: pending, it was not told yet\n",
        "Slow: pending, it does not answer in time\n",
        "Fails: pending, exit code 3\n",
        "Works: told; final in 5", // seconds that begin with a five are left of sixty
    ] {
        assert!(told.contains(&format!("\n{line}")), "{line}: {told}\n{}", server.log());
    }
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect("it was written");
    assert_eq!(read("login"), format!("{ADA}\n"));
    let details: Value = serde_json::from_str(&read("details")).expect("JSON");
    assert_eq!((&details["event"], &details["app_password"]), (&json!("sign-out"), &json!(id)));
    let child = read("child");
    wait_for("what it has started ends too", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
    drop(TcpStream::connect(address));
}

#[test]
fn the_portal_says_what_other_servers_will_do_and_what_they_did() {
    let tryout = Tryout::start();
    let key = tryout.dir().join("api-key");
    std::fs::write(&key, API_KEY).expect("a file in a directory of ours");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a file of ours");
    // The last line of its configuration.
    let more = format!(
        "readers = {{ reader = \"ldap-reader\" }}\n\n[[other_server]]\nname = \"Groupware\"\ncommand = [\"/bin/true\"]\n\n[[other_server]]\nname = \"Dovecot\"\n\
         doveadm = \"http://{}/doveadm/v1\"\napi_key_file = \"{}\"\n\n[[other_server]]\nname = \"Postfix\"\ncannot_cut = true",
        free_port(),
        key.display()
    );
    let second = tryout.serve_beside(&[("readers", &more)]);
    let ada = second.commands.make_person(ADA, "the-first-of-ada");
    let browser = second.browser();
    let page = browser.show_password(&ada.login, &ada.primary_password);
    browser.send("/sign-in/second-factor", &page, &[("code", &ada.code(0))]);
    let path = format!("/app-passwords/{}/revoke", ada.key.id);
    let asked = browser.open(&path);
    for said in [
        "Groupware is told.",
        "On Dovecot all apps of the account are signed out. Those that are still let in sign in again by themselves.",
        "Postfix cannot be told. Its sessions are short.",
    ] {
        assert!(asked.text.contains(said), "{said}: {asked:?}");
    }
    assert!(!asked.text.contains("Your other apps go on as before."), "{asked:?}");
    let done = browser.send(&path, &asked, &[]);
    let history = browser.open("/app-passwords/history");
    for said in [
        "Groupware: told. Final in ",
        "Dovecot: pending, it does not answer.",
        "Postfix: cannot be told; its sessions are short.",
    ] {
        assert!(done.text.contains(said), "{said}: {done:?}");
        assert!(history.text.contains(said), "{said}: {history:?}");
    }
}

#[test]
fn the_book_shows_the_receiver_that_is_tested() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let read = |name: &str| std::fs::read_to_string(format!("{docs}/{name}")).expect("a file of the book");
    let receiver = read("other-servers/receiver.py");
    assert!(read("other-servers.md").contains(&format!("```python\n{receiver}```")));
}
