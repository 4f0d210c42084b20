//! Calendars and contacts: a real Radicale behind a real nginx that asks Valetkey.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_tests::client::imap::{Imap, socket};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::tryout::{Person, Tryout};

/// curl with a person's app password, or with nobody's.
struct Curl<'a> {
    tryout: &'a Tryout,
    user: Option<String>,
}

impl<'a> Curl<'a> {
    fn of(tryout: &'a Tryout, person: &Person) -> Self {
        Self { tryout, user: Some(format!("{}:{}", person.login, person.key.secret)) }
    }

    fn with(tryout: &'a Tryout, login: &str, secret: &str) -> Self {
        Self { tryout, user: Some(format!("{login}:{secret}")) }
    }

    fn of_nobody(tryout: &'a Tryout) -> Self {
        Self { tryout, user: None }
    }

    /// The status and what came with it: the head, an empty line, the body.
    fn ask(&self, url: &str, more: &[&str]) -> (u16, String) {
        let mut command = program::command("curl");
        command.args(["--silent", "--show-error", "--max-time", "20", "--include", "--cacert"]);
        command.arg(&self.tryout.door.ca).args(more);
        if let Some(user) = &self.user {
            command.args(["--user", user]);
        }
        let said = program::run(command.arg(url), "").succeeded();
        let status = said.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("no status: {said}")), said)
    }

    /// Asks nginx for what is in a person's home.
    fn look_into(&self, home: &str, more: &[&str]) -> (u16, String) {
        let mut arguments = vec!["--request", "PROPFIND", "--header", "Depth: 1"];
        arguments.extend_from_slice(more);
        self.ask(&format!("{}{home}/", self.tryout.url("dav")), &arguments)
    }

    /// Asks Valetkey, as nginx does.
    fn ask_valetkey(&self, more: &[&str]) -> (u16, String) {
        self.ask(&self.tryout.url("forward_auth"), more)
    }
}

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Valetkey//Test//EN\r\nBEGIN:VEVENT\r\nUID:tea\r\n\
    DTSTAMP:20261121T080000Z\r\nDTSTART:20261121T160000Z\r\nSUMMARY:Tea with Bob\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn a_calendar_is_kept_until_its_app_password_is_revoked() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let curl = Curl::of(&tryout, &ada);
    let calendar = format!("{}{}/calendar/", tryout.url("dav"), ada.login);
    let event = format!("{calendar}tea.ics");
    assert_eq!(curl.ask(&calendar, &["--request", "MKCALENDAR"]).0, 201);
    let put = ["--request", "PUT", "--header", "Content-Type: text/calendar", "--data-binary", EVENT];
    assert_eq!(curl.ask(&event, &put).0, 201);
    let (status, found) = curl.ask(&event, &[]);
    assert!(status == 200 && found.contains("Tea with Bob"), "{found}");
    for (what, spelling) in [("spaces", ada.key.secret.replace('-', " ")), ("capitals", ada.key.secret.to_uppercase())]
    {
        assert_eq!(Curl::with(&tryout, &ada.login, &spelling).ask(&event, &[]).0, 200, "{what}");
    }
    for (what, login, secret) in [
        ("a wrong one", &*ada.login, "abcd-efgh-ijkl-mnop"),
        ("the primary password", &ada.login, &ada.primary_password),
        ("another account's", &ada.login, &tryout.bob().key.secret),
        ("nobody's name", "nobody@example.org", &ada.key.secret),
        ("the master separator", "ada@example.org*gateway", &ada.key.secret),
    ] {
        let (status, said) = Curl::with(&tryout, login, secret).ask(&event, &[]);
        assert_eq!(status, 401, "{what}");
        assert!(said.contains("Basic realm=\"Valetkey\""), "{what} is not asked for another: {said}");
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(curl.ask(&event, &[]).0, 401, "the next request after the revoke");
    let next = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    assert_eq!(Curl::with(&tryout, &ada.login, &next.secret).ask(&event, &[]).0, 200);
}

#[test]
fn an_app_password_opens_only_what_it_is_for() {
    let tryout = Tryout::start();
    let apart = "[dav]\ncalendars = \"calendars\"\ncontacts = \"contacts\"";
    let second = tryout.serve_beside(&[("trusted_peers", "service = \"caldav\""), ("[dav]", apart)]);
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    for (scopes, status, signs_in) in [
        ("mail", 401, true),
        ("contacts", 401, false),
        ("calendars", 200, false),
        ("mail,calendars", 200, true),
        ("mail:send", 401, false),
    ] {
        let key = second.commands.make_key(&ada.login, scopes, &["--scope", scopes]);
        let curl = Curl::with(&tryout, &ada.login, &key.secret);
        assert_eq!(curl.ask(&second.forward_auth, &[]).0, status, "{scopes}");
        assert_eq!(Imap::connect(&second.door).sign_in(&ada.login, &key.secret).is_ok(), signs_in, "{scopes}");
    }
    second.stop();
}

#[test]
fn a_forged_address_changes_nothing() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let elsewhere = tryout.commands.make_key(&ada.login, "Elsewhere", &["--network", "203.0.113.0/24"]);
    let curl = Curl::with(&tryout, &ada.login, &elsewhere.secret);
    for forged in [
        &[][..],
        &["--header", "X-Forwarded-For: 203.0.113.9"],
        &["--header", "Client-IP: 203.0.113.9"],
        &["--header", "Client_IP: 203.0.113.9", "--header", "X_Forwarded_For: 203.0.113.9"],
        &["--header", "X-Forwarded-For: 203.0.113.9", "--header", "Client-IP: 203.0.113.9"],
    ] {
        assert_eq!(curl.look_into(&ada.login, forged).0, 401, "{forged:?}");
    }
    // A server that is believed says it.
    assert_eq!(curl.ask_valetkey(&["--header", "X-Forwarded-For: 203.0.113.9"]).0, 200);
    assert_eq!(curl.ask_valetkey(&["--header", "Client-IP: 203.0.113.9"]).0, 200);
    let both = ["--header", "X-Forwarded-For: 198.51.100.7", "--header", "Client-IP: 203.0.113.9"];
    assert_eq!(curl.ask_valetkey(&both).0, 401, "the list counts");
}

#[test]
fn a_forged_identity_changes_nothing() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    assert_eq!(Curl::of(&tryout, &bob).look_into(&bob.login, &[]).0, 207, "Bob's home is there");
    let forgeries: &[&[&str]] = &[
        &["--header", "X-Remote-User: bob@example.org"],
        &["--header", "X_Remote_User: bob@example.org"],
        &["--header", "x-remote-user: bob@example.org", "--header", "X-REMOTE_USER: bob@example.org"],
        &["--header", "Remote-User: bob@example.org", "--header", "Remote_User: bob@example.org"],
        &["--header", "X-Remote-User: ada@example.org", "--header", "X-Remote-User: bob@example.org"],
        &["--header", "X-Forwarded-User: bob@example.org", "--header", "X-Original-URI: /bob@example.org/"],
    ];
    for forged in forgeries {
        let (status, said) = Curl::of(&tryout, &ada).look_into(&ada.login, forged);
        assert_eq!(status, 207, "{forged:?}");
        assert!(said.contains("/ada%40example.org/") && !said.contains("bob"), "{forged:?}: {said}");
        assert_eq!(Curl::of(&tryout, &ada).look_into(&bob.login, forged).0, 403, "{forged:?}");
        assert_eq!(Curl::of_nobody(&tryout).look_into(&bob.login, forged).0, 401, "{forged:?}");
        let wrong = Curl::with(&tryout, &ada.login, "abcd-efgh-ijkl-mnop");
        assert_eq!(wrong.look_into(&bob.login, forged).0, 401, "{forged:?}");
        let (status, said) = Curl::of(&tryout, &ada).ask_valetkey(forged);
        assert_eq!(status, 200, "{forged:?}");
        for header in ["remote-user: ada@example.org\r\n", "x-remote-user: ada@example.org\r\n"] {
            assert!(said.contains(header), "{forged:?}: {said}");
        }
        assert!(!said.contains("bob"), "{forged:?}: {said}");
        assert_eq!(Curl::of_nobody(&tryout).ask_valetkey(forged).0, 401, "{forged:?}");
    }
    // The canonical name, whatever was typed.
    let (status, said) = Curl::with(&tryout, "ADA", &ada.key.secret).ask_valetkey(&[]);
    assert!(status == 200 && said.contains("x-remote-user: ada@example.org\r\n"), "{said}");
    // An internal question cannot be asked from outside.
    assert_eq!(Curl::of(&tryout, &ada).ask(&format!("{}_valetkey", tryout.url("dav")), &[]).0, 404);
}

#[test]
fn without_its_store_nobody_is_told_that_a_password_is_wrong() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let curl = Curl::of(&tryout, &ada);
    let wrong = Curl::with(&tryout, &ada.login, "abcd-efgh-ijkl-mnop");
    assert_eq!(curl.look_into(&ada.login, &[]).0, 207, "it is in memory now");
    let mut open = Imap::connect(&tryout.door);
    assert!(open.sign_in(&ada.login, &ada.key.secret).is_ok());
    let doomed = tryout.commands.make_key(&ada.login, "Doomed", &[]);
    assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &doomed.secret).is_ok());

    let (data, away) = (tryout.dir().join("data"), tryout.dir().join("data-away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("503", || (curl.ask_valetkey(&[]).0 == 503).then_some(()));
    for (who, curl) in [("a right password", &curl), ("a wrong one", &wrong)] {
        let (status, said) = curl.ask_valetkey(&[]);
        assert_eq!(status, 503, "{who}");
        assert!(said.to_lowercase().contains("retry-after: 5"), "{who}: {said}");
        assert_eq!(curl.look_into(&ada.login, &[]).0, 500, "{who}, by nginx");
    }
    assert_eq!(Curl::of_nobody(&tryout).ask_valetkey(&[]).0, 401, "who sends no password is asked for one");
    for (login, secret) in [
        (&*ada.login, &*ada.key.secret),
        (&ada.login, "abcd-efgh-ijkl-mnop"),
        (&ada.login, &ada.primary_password),
        (&bob.login, &bob.key.secret),
        ("nobody@example.org", &bob.key.secret),
        ("ada*@example.org", &ada.key.secret),
    ] {
        let answer = Imap::connect(&tryout.door).sign_in(login, secret);
        assert_eq!(answer.text(), "NO [UNAVAILABLE] Temporary failure. Please try again later.", "{login}");
    }
    let ran = tryout.commands.run(&["verify", &ada.login, "--service", "imap"], &format!("{}\n", ada.key.secret));
    assert_eq!(ran.code, 75, "{ran:?}");
    assert!(open.ask("NOOP").is_ok(), "an open connection stays open");

    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("200", || (curl.ask_valetkey(&[]).0 == 200).then_some(()));
    assert_eq!(curl.look_into(&ada.login, &[]).0, 207);
    assert_eq!(wrong.ask_valetkey(&[]).0, 401);
    assert!(Imap::connect(&tryout.door).sign_in(&bob.login, &bob.key.secret).is_ok());
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &doomed.id]);
    let answer = Imap::connect(&tryout.door).sign_in(&ada.login, &doomed.secret);
    assert_eq!(answer.text(), "NO [AUTHENTICATIONFAILED] Authentication failed.");
    assert!(open.ask("NOOP").is_ok(), "an open connection stays open");
}

#[test]
fn a_store_that_was_overwritten_refuses_nobody_and_accepts_nobody_new() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let wrong = Curl::with(&tryout, &ada.login, "abcd-efgh-ijkl-mnop");
    assert_eq!(wrong.ask_valetkey(&[]).0, 401);
    let data = tryout.dir().join("data");
    for file in ["valetkey.db", "valetkey.db-wal", "valetkey.db-shm"] {
        overwrite(&data.join(file));
    }
    assert_eq!(wrong.ask_valetkey(&[]).0, 503);
    assert_eq!(Curl::of(&tryout, &bob).ask_valetkey(&[]).0, 503, "Bob has never signed in");
    let answer = Imap::connect(&tryout.door).sign_in(&bob.login, &bob.key.secret);
    assert_eq!(answer.text(), "NO [UNAVAILABLE] Temporary failure. Please try again later.");
    let ran = tryout.commands.run(&["app-password", "revoke", &ada.login, &ada.key.id], "");
    assert_eq!(ran.code, 75, "what was not written was not done: {ran:?}");
}

fn overwrite(file: &PathBuf) {
    let length = std::fs::metadata(file).expect("a file of the store").len();
    let noise = vec![0xa5; usize::try_from(length).expect("a small file")];
    // In place: it stays the file that was opened.
    let mut file = std::fs::OpenOptions::new().write(true).open(file).expect("a file of the store");
    file.write_all(&noise).expect("a file that can be written");
}

/// Says something to an HTTP server and gives its whole answer.
fn say(address: SocketAddr, request: &[u8]) -> String {
    let mut socket = socket(address);
    // A server that has heard enough may close before all was sent.
    drop(socket.write_all(request));
    let mut answer = Vec::new();
    drop(socket.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_is_no_question_is_answered_as_such_and_everyone_else_is_still_served() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let url = tryout.url("forward_auth");
    let host = url.trim_start_matches("http://").trim_end_matches("/forward-auth");
    let address: SocketAddr = host.parse().expect("an address");
    let basic = |credentials: &[u8]| format!("Authorization: Basic {}\r\n", STANDARD.encode(credentials));
    let good = basic(format!("{}:{}", ada.login, ada.key.secret).as_bytes());
    let with = |name: &[u8]| basic(&[name, b":", ada.key.secret.as_bytes()].concat());
    let long = |n: usize| "x".repeat(n);
    let half = b"GET /forward-auth HTTP/1.1\r\nAuthoriz";
    let waiting: Vec<_> = (0..100)
        .map(|n| {
            let mut socket = socket(address);
            socket.write_all(&half[..n % half.len()]).expect("a connection that takes it");
            socket
        })
        .collect();
    for (what, headers, status) in [
        ("a good one", good.clone(), "200"),
        ("none", String::new(), "401"),
        ("another scheme", "Authorization: Bearer abc\r\n".to_owned(), "401"),
        ("no base64", "Authorization: Basic !!!!\r\n".to_owned(), "401"),
        ("half of base64", "Authorization: Basic YWRhQGV4\r\n".to_owned(), "401"),
        ("a NUL in the name", with(b"ada\0@example.org"), "401"),
        ("a line end in the name", with(b"ada@example.org\r\nX-Remote-User: bob"), "401"),
        ("invalid UTF-8 in the name", with(b"ada\xff@example.org"), "401"),
        ("a name without end", with(long(3000).as_bytes()), "401"),
        ("a password without end", basic(format!("{}:{}", ada.login, long(5000)).as_bytes()), "401"),
        ("a header without end", format!("{good}X-Long: {}\r\n", long(100_000)), "431"),
        ("headers without number", format!("{good}{}", "X-Many: 1\r\n".repeat(1000)), "431"),
        ("a line end in a header", format!("{good}X-Odd: a\rb\r\n"), "400"),
    ] {
        let request = format!("GET /forward-auth HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        let answer = say(address, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer:?}");
    }
    for (what, request, status) in [
        ("another path", format!("GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{good}\r\n"), "404"),
        ("no HTTP", "a LOGIN ada x\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = say(address, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer:?}");
    }
    assert_eq!(Curl::of(&tryout, &ada).look_into(&ada.login, &[]).0, 207);
    drop(waiting);
}
