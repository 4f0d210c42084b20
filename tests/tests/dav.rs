//! Calendars and contacts by the gateway: real servers behind, real clients before.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};
use valetkey_tests::asking::Radicale;
use valetkey_tests::behind::{ADA, BOB, Front, Sink, Xandikos};
use valetkey_tests::client::dav::DavApp;
use valetkey_tests::clock::wait_for;
use valetkey_tests::program::{self, Ran};

const APART: &str = "calendars = \"calendars\"\ncontacts = \"contacts\"\n";
const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Valetkey//Test//EN\r\nBEGIN:VEVENT\r\nUID:tea\r\n\
    DTSTAMP:20261121T080000Z\r\nDTSTART:20261121T160000Z\r\nSUMMARY:Tea with Bob\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Headers by which some server or other is told who somebody is, where they come from, or what they really ask for.
const FORGED: [&str; 27] = [
    "X-Remote-User",
    "X_Remote_User",
    "x-remote_user",
    "X-REMOTE-USER",
    "Remote-User",
    "Remote_User",
    "X-Forwarded-User",
    "X-Auth-User",
    "X-Auth-Request-User",
    "X_Auth_User",
    "Xremote-User",
    "X.Remote.User",
    "X-Script-Name",
    "X-Forwarded-Prefix",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "Forwarded",
    "X-Original-URL",
    "X-HTTP-Method-Override",
    "Cookie",
    "Proxy",
    "Proxy-Authorization",
    "Client-IP",
    "SSL-Client-S-DN",
    "Keep-Alive",
    "X-Real-IP",
];

fn xandikos() -> Xandikos {
    let kinds = ["calendars", "contacts"];
    let all: Vec<String> = [ADA, BOB].iter().flat_map(|login| kinds.map(|kind| format!("{login}/{kind}"))).collect();
    Xandikos::start(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

/// vdirsyncer with a configuration of its own in `dir`, which syncs what it discovers into `dir/files`.
fn vdirsyncer(app: &DavApp, dir: &Path, command: &str) -> Ran {
    let d = dir.display();
    let text = format!(
        "[general]\nstatus_path = \"{d}/status\"\n\n[pair both]\na = \"here\"\nb = \"there\"\ncollections = [\"from a\", \"from b\"]\n\n\
         [storage here]\ntype = \"filesystem\"\npath = \"{d}/files\"\nfileext = \".ics\"\n\n\
         [storage there]\ntype = \"caldav\"\nurl = \"{}\"\nusername = \"{}\"\npassword = \"{}\"\nverify = \"{}\"\n",
        app.url("/"),
        app.login,
        app.secret,
        app.ca.display(),
    );
    std::fs::write(dir.join("config"), text).expect("a file of ours");
    let mut program = program::command("vdirsyncer");
    let config = dir.join("config").display().to_string();
    program::run(program.args(["--config", &config, command]), &"y\n".repeat(5))
}

/// Makes a calendar with an event, and gives its path.
fn make_calendar(app: &DavApp, collection: &str) -> String {
    let calendar = format!("/{}/{collection}/", app.login);
    assert_eq!(app.ask("MKCALENDAR", &calendar, &[]).status, 201);
    let put = ["--header", "Content-Type: text/calendar", "--data-binary", EVENT];
    let put = app.ask("PUT", &format!("{calendar}tea.ics"), &put);
    assert!(matches!(put.status, 201 | 204), "{put:?}");
    calendar
}

fn syncs_until_it_is_revoked(front: &Front, collection: &str) {
    let calendar = make_calendar(&front.ada, collection);
    let dir = tempfile::tempdir().expect("a temporary directory");
    vdirsyncer(&front.ada, dir.path(), "discover").succeeded();
    vdirsyncer(&front.ada, dir.path(), "sync").succeeded();
    let name = collection.rsplit('/').next().expect("a name");
    let files = dir.path().join("files").join(name);
    let found = std::fs::read_dir(&files).expect("it was synced").next().expect("an event").expect("a file");
    assert!(std::fs::read_to_string(found.path()).expect("text").contains("Tea with Bob"));
    front.revoke();
    let refused = vdirsyncer(&front.ada, dir.path(), "sync");
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(refused.err.contains("401") || refused.err.contains("Unauthorized"), "{refused:?}");
    let refused = front.ada.ask("GET", &format!("{calendar}tea.ics"), &[]);
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"Valetkey\", charset=\"UTF-8\""));
}

#[test]
fn a_real_client_finds_and_syncs_what_radicale_has_until_it_is_revoked() {
    let radicale = Radicale::believing();
    let front = Front::of(&radicale.address().to_string(), "");
    syncs_until_it_is_revoked(&front, "work");
}

#[test]
fn a_real_client_finds_and_syncs_what_xandikos_has_until_it_is_revoked() {
    let xandikos = xandikos();
    let front = Front::of(&xandikos.address().to_string(), APART);
    syncs_until_it_is_revoked(&front, "calendars/work");
}

/// In letters that ASCII has not, in both parts of the address.
const KAETHE: &str = "käthe.京都@bücher.example";
/// The same as the gateway writes it in paths.
const KAETHE_HREF: &str = "k%C3%A4the.%E4%BA%AC%E9%83%BD%40b%C3%BCcher.example";

#[test]
fn a_login_name_may_have_letters_of_any_alphabet() {
    let radicale = Radicale::believing();
    let xandikos = Xandikos::start(&[ADA, BOB, KAETHE]);
    for (address, more) in [(radicale.address(), "identity_encoding = \"percent\"\n"), (xandikos.address(), "")] {
        let front = Front::of(&address.to_string(), more);
        let kaethe = front.app_of(KAETHE);
        // (vdirsyncer knows Latin-1 only.)
        let calendar = make_calendar(&kaethe, "work");
        let found = kaethe.ask("PROPFIND", "/", &["--header", "Depth: 1"]);
        assert!(found.status == 207 && found.text.contains(&format!("/{KAETHE_HREF}/")), "{found:?}");
        let listed = kaethe.ask("PROPFIND", &calendar, &["--header", "Depth: 1"]);
        assert!(listed.status == 207 && listed.text.contains("/work/tea.ics"), "{listed:?}");
        let event = format!("/{KAETHE_HREF}/work/tea.ics");
        // In capitals, and with the letters' dots apart.
        let other = DavApp { login: "KA\u{308}THE.京都@BÜCHER.example".to_owned(), ..kaethe.clone() };
        for app in [&kaethe, &other] {
            let read = app.ask("GET", &event, &[]);
            assert!(read.status == 200 && read.text.contains("Tea with Bob"), "{read:?}");
            assert_eq!(app.ask("GET", "/ada@example.org/", &[]).status, 403);
        }
        assert_eq!(front.ada.ask("GET", &event, &[]).status, 403);
        let moved = format!("Destination: {}", kaethe.url(&format!("/{KAETHE_HREF}/work/supper.ics")));
        if address == radicale.address() {
            assert_eq!(kaethe.ask("MOVE", &event, &["--header", &moved]).status, 201);
        }
        assert_eq!(front.ada.ask("MKCALENDAR", "/ada@example.org/work/", &[]).status, 201, "others are as they were");
    }
}

#[test]
fn what_the_upstream_hears_of_somebody_is_said_by_the_gateway_alone() {
    let (sink, socket) = Sink::start_at_socket();
    let front = Front::of(&format!("unix:{}", socket.display()), "");
    let home = format!("/{ADA}/x");
    let said = FORGED.map(|name| format!("{name}: bob@example.org"));
    let odd = ["Connection: X-Odd, Prefer", "X-Odd: 1", "Prefer: odd"];
    let forged: Vec<&str> =
        said.iter().map(String::as_str).chain(odd).flat_map(|header| ["--header", header]).collect();
    for protocol in ["--http1.1", "--http2"] {
        let heard = front.ada.ask("POST", &home, &[&forged[..], &[protocol, "--data", "x"]].concat());
        assert_eq!(heard.status, 200, "{heard:?}");
        let heard: Value = serde_json::from_str(heard.body()).expect("JSON");
        let of = |name: &str| -> Vec<String> {
            let headers = heard["headers"].as_array().expect("a list").iter();
            let mine = headers.filter(|pair| pair[0].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)));
            mine.map(|pair| pair[1].as_str().expect("a text").to_owned()).collect()
        };
        assert_eq!(heard["path"], "/ada%40example.org/x");
        assert_eq!(of("x-remote-user"), [ADA]);
        assert_eq!(of("x-forwarded-proto"), ["https"]);
        assert_eq!(of("x-forwarded-for"), ["127.0.0.1"]);
        assert_eq!(of("x-forwarded-host"), [format!("localhost:{}", front.ada.address.port())]);
        assert_eq!(of("connection"), ["close"]);
        let text = heard.to_string();
        assert!(!text.contains("bob") && !text.contains("Basic") && of("authorization").is_empty(), "{text}");
        assert!(of("x-odd").is_empty(), "{text}");
        // There is no such header in HTTP/2.
        assert_eq!(of("prefer").is_empty(), protocol == "--http1.1", "{text}");
    }
    drop(sink);
}

#[test]
fn the_root_and_the_well_known_addresses_lead_home_and_show_nobody_else() {
    let xandikos = xandikos();
    let front = Front::of(&xandikos.address().to_string(), APART);
    for name in ["caldav", "carddav"] {
        for method in ["GET", "PROPFIND"] {
            let answer = front.ada.ask_as_nobody(method, &format!("/.well-known/{name}"), &[]);
            assert_eq!((answer.status, answer.header("location")), (301, Some("/")), "{method}");
        }
    }
    assert_eq!(front.ada.ask_as_nobody("PROPFIND", "/", &["--header", "Depth: 0"]).status, 401);
    let asked = "<propfind xmlns='DAV:'><prop><current-user-principal/><resourcetype/><getetag/></prop></propfind>";
    let root = front.ada.ask("PROPFIND", "/", &["--header", "Depth: 0", "--data", asked]);
    assert_eq!(root.status, 207);
    assert!(root.text.contains("<href xmlns=\"DAV:\">/ada%40example.org/</href>"), "{root:?}");
    assert!(root.text.contains("<getetag xmlns=\"DAV:\"/>") && root.text.contains("404 Not Found"), "{root:?}");
    for depth in ["0", "1"] {
        let depth = format!("Depth: {depth}");
        for path in ["/", "/ada@example.org/", "/ada@example.org"] {
            let all = front.ada.ask("PROPFIND", path, &["--header", &depth]);
            assert!(
                all.status == 207 && all.text.contains("/ada%40example.org/") && !all.text.contains("bob"),
                "{all:?}"
            );
        }
    }
    for depth in [&["--header", "Depth: infinity"][..], &[]] {
        let refused = front.ada.ask("PROPFIND", "/", depth);
        assert!(refused.status == 403 && refused.text.contains("propfind-finite-depth"), "{refused:?}");
    }
    let options = front.ada.ask("OPTIONS", "/", &[]);
    assert!(
        options.status == 200 && options.header("dav").is_some_and(|dav| dav.contains("calendar-access")),
        "{options:?}"
    );
    assert_eq!(front.ada.ask("GET", "/", &[]).status, 405);
    assert_eq!(front.ada.ask("PROPFIND", "/bob@example.org/", &["--header", "Depth: 0"]).status, 403);
}

#[test]
fn where_paths_tell_a_scope_opens_its_own_and_nothing_else() {
    let xandikos = xandikos();
    let front = Front::of(&xandikos.address().to_string(), APART);
    let key = |scopes: &str| {
        let made =
            front.server.run(&["app-password", "create", ADA, "--label", scopes, "--scope", scopes, "--json"], "");
        let made: Value = serde_json::from_str(&made.succeeded()).expect("JSON");
        front.ada.with(made["app_password"].as_str().expect("a text"))
    };
    for (scopes, calendars, contacts, root) in [
        ("calendars", 207, 401, 207),
        ("contacts", 401, 207, 207),
        ("mail", 401, 401, 401),
        ("mail,calendars", 207, 401, 207),
    ] {
        let app = key(scopes);
        let look = |path: &str| app.ask("PROPFIND", path, &["--header", "Depth: 0"]);
        assert_eq!(look("/ada@example.org/calendars/").status, calendars, "{scopes}");
        assert_eq!(look("/ada@example.org/contacts/").status, contacts, "{scopes}");
        let shown = look("/");
        assert_eq!(shown.status, root, "{scopes}");
        assert_eq!(shown.text.contains("/contacts/"), scopes == "contacts", "{scopes}");
    }
    let app = key("calendars");
    assert_eq!(app.ask("PUT", "/ada@example.org/other/x", &["--data", "x"]).status, 403);
    let destination = format!("Destination: {}", app.url("/ada@example.org/contacts/x.ics"));
    assert_eq!(app.ask("MOVE", "/ada@example.org/calendars/x.ics", &["--header", &destination]).status, 403);
}

/// A pattern of so many bytes, and their SHA-256 as the shell sees it.
fn large_file(dir: &Path, mib: u64) -> (String, String) {
    let file = dir.join("large");
    let piece: Vec<u8> = (0..=255_u8).cycle().take(1 << 20).collect();
    let mut out = std::fs::File::create(&file).expect("a file of ours");
    for _ in 0..mib {
        std::io::Write::write_all(&mut out, &piece).expect("room for it");
    }
    let sum = program::run(program::command("sha256sum").arg(&file), "").succeeded();
    (file.display().to_string(), sum.split(' ').next().expect("a sum").to_owned())
}

/// How much there is of a large body: enough to be far over any buffer.
const MIB: u64 = if cfg!(feature = "rare") { 1024 } else { 64 };

#[test]
fn a_large_body_passes_in_both_directions_without_being_kept() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (file, sum) = large_file(dir.path(), MIB);
    let before = front.server.memory_peak_kib();
    let count = MIB << 20;
    for protocol in ["--http1.1", "--http2"] {
        let put = front.ada.ask("PUT", "/ada@example.org/large", &[protocol, "--upload-file", &file]);
        assert_eq!((put.status, put.body()), (201, &*format!("{count} {sum} sized\n")), "{protocol}");
        let chunked = ["--header", "Transfer-Encoding: chunked", "--upload-file", &*file, protocol];
        let chunked = &chunked[if protocol == "--http2" { 2.. } else { 0.. }];
        let put = front.ada.ask("PUT", "/ada@example.org/large", chunked);
        assert!(put.body().starts_with(&format!("{count} {sum} ")), "{put:?}");
        for kind in ["bytes", "closed"] {
            let got = dir.path().join("got").display().to_string();
            let path = format!("/ada@example.org/{count}.{kind}");
            let answer = front.ada.ask(
                "GET",
                &path,
                &[protocol, "--no-include", "--output", &got, "--write-out", "HTTP/1.1 %{http_code}"],
            );
            assert_eq!(answer.status, 200, "{protocol} {kind}");
            let found = program::run(program::command("sha256sum").arg(&got), "").succeeded();
            assert!(found.starts_with(&sum), "{protocol} {kind}: {found}");
        }
    }
    let more = front.server.memory_peak_kib() - before;
    println!("{MIB} MiB eight times: {more} KiB more");
    assert!(more < 40 * 1024, "{more} KiB for bodies that are not to be kept");
    // Servers in WSGI take no body without a length: a short one is given it.
    let short = ["--header", "Transfer-Encoding: chunked", "--data", "short", "--http1.1"];
    let put = front.ada.ask("PUT", "/ada@example.org/short", &short);
    assert!(put.body().starts_with("5 ") && put.body().ends_with(" sized\n"), "{put:?}");
    let cookie = front.ada.ask("GET", "/ada@example.org/1.bytes", &[]);
    assert_eq!((cookie.status, cookie.header("set-cookie")), (200, None), "a session of the upstream's is nobody's");
}

#[test]
fn who_asks_first_whether_a_body_is_wanted_sends_none_in_vain() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "");
    let head = |app: &DavApp, path: &str| app.head("PUT", path, "Content-Length: 5\r\nExpect: 100-continue\r\n");
    let wrong = front.ada.with("abcd-efgh-ijkl-mnop");
    for (app, path, status) in [
        (&wrong, "/ada@example.org/x", "401"),
        (&front.ada, "/bob@example.org/x", "403"),
        (&front.ada, "/ada@example.org/%2e%2e/x", "400"),
    ] {
        let mut connection = app.connect("http/1.1");
        connection.send(head(app, path).as_bytes());
        assert!(connection.head().starts_with(&format!("HTTP/1.1 {status} ")), "{path}");
    }
    let mut connection = front.ada.connect("http/1.1");
    connection.send(head(&front.ada, "/ada@example.org/x").as_bytes());
    assert_eq!(connection.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send(b"12345");
    assert!(connection.head().starts_with("HTTP/1.1 201 "));
    assert_eq!(sink.await_note("ends PUT"), 5);
}

#[test]
fn an_app_that_is_connected_is_shown_with_its_name_and_what_has_passed() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "");
    let mut app = front.ada.connect("http/1.1");
    let shown = || front.server.admin().done(&json!({ "ask": "connections", "login": ADA }));
    for n in 1..=2 {
        let head = front.ada.head("PUT", "/ada@example.org/x", "User-Agent: DAVx5/4.4\r\nContent-Length: 1000\r\n");
        app.send(&[head.as_bytes(), &[b'x'; 1000]].concat());
        let answer = app.head();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        let length = answer.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<u64>().ok());
        for _ in 0..length.expect("a length") {
            app.read_exact(&mut [0]).expect("as much as was announced");
        }
        let one = &shown()[0];
        assert_eq!((&one["service"], &one["client"]), (&json!("dav"), &json!("DAVx5/4.4")), "{one}");
        assert_eq!((&one["network"], &one["bytes_from_app"]), (&json!("127.0.0.1"), &json!(1000 * n)), "{one}");
        assert!(one["bytes_to_app"].as_u64() > Some(0), "{one}");
    }
    drop(app);
    wait_for("it is shown no more", || (front.connections() == 0).then_some(()));
}

#[test]
fn an_outage_is_no_wrong_password() {
    let radicale = Radicale::believing();
    let mut front = Front::of(&radicale.address().to_string(), "");
    let look = |app: &DavApp| app.ask("PROPFIND", "/ada@example.org/", &["--header", "Depth: 0"]);
    assert_eq!(look(&front.ada).status, 207);
    let wrong = front.ada.with("abcd-efgh-ijkl-mnop");
    assert_eq!(look(&wrong).status, 401);
    let (data, away) = (front.server.data(), front.server.data().with_extension("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("503", || (look(&front.ada).status == 503).then_some(()));
    for app in [&front.ada, &wrong, &front.bob] {
        let answer = look(app);
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{answer:?}");
    }
    assert_eq!(front.ada.ask_as_nobody("GET", "/", &[]).status, 401);
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("207", || (look(&front.ada).status == 207).then_some(()));
    drop(radicale);
    let answer = look(&front.ada);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{answer:?}");
    let sink = Sink::start();
    front = Front::of(&sink.address().to_string(), "");
    let asked = front.ada.ask("GET", "/ada@example.org/401", &[]);
    assert_eq!(
        (asked.status, asked.header("www-authenticate")),
        (502, None),
        "it is not the app's password that is asked for"
    );
}

/// Each of litmus's tests, with how it came out.
fn litmus(url: &str, login: &str, secret: &str) -> Vec<(String, String)> {
    let mut command = program::command("litmus");
    let dir = tempfile::tempdir().expect("a temporary directory");
    command.current_dir(dir.path());
    let ran = program::run(command.args(["-k", url, login, secret]), "");
    let outcomes = ["pass", "FAIL", "SKIPPED", "WARNING"];
    let line = |line: &str| {
        let (number, rest) = line.trim_start().split_once(". ")?;
        number.parse::<u32>().ok()?;
        let name = rest.split('.').next()?.to_owned();
        let outcome = outcomes.iter().find(|outcome| rest.contains(&format!(" {outcome}")))?;
        Some((name, (*outcome).to_owned()))
    };
    let found: Vec<_> = ran.out.replace('\r', "\n").lines().filter_map(line).collect();
    assert!(found.len() > 50, "{ran:?}");
    found
}

#[test]
fn litmus_finds_no_difference_between_the_gateway_and_the_server_behind() {
    let (straight, behind) = (Xandikos::start(&[ADA]), Xandikos::start(&[ADA]));
    let front = Front::of(&behind.address().to_string(), "");
    let expected = litmus(&format!("http://{}/{ADA}/", straight.address()), "nobody", "nothing");
    // In clear, since litmus leaves something out over TLS.
    let found = litmus(&format!("http://{}/{ADA}/", front.after_tls()), &front.ada.login, &front.ada.secret);
    println!("{} tests, {} pass", found.len(), found.iter().filter(|(_, outcome)| outcome == "pass").count());
    assert_eq!(found, expected);
}

/// A question that has so many bytes, most of them nothing.
fn padded(question: &str, bytes: usize) -> String {
    let (head, tail) = question.split_at(question.rfind("</").expect("it has an end"));
    format!("{head}{}{tail}", " ".repeat(bytes - question.len()))
}

#[test]
fn what_is_read_before_it_goes_on_has_a_bound_and_nothing_else() {
    let radicale = Radicale::believing();
    let front = Front::of(&radicale.address().to_string(), "");
    let calendar = make_calendar(&front.ada, "work");
    let report = "<C:calendar-query xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><D:getetag/></D:prop>\
                  <C:filter><C:comp-filter name='VCALENDAR'/></C:filter></C:calendar-query>";
    let props = "<propfind xmlns='DAV:'><prop><resourcetype/></prop></propfind>";
    let (report_max, propfind_max) = (4 << 20, 64 << 10);
    for (method, path, question, most) in
        [("REPORT", &*calendar, report, report_max), ("PROPFIND", "/", props, propfind_max)]
    {
        let ask = |bytes: usize, more: &[&str]| {
            front.server.write("question", &padded(question, bytes));
            let data = format!("@{}", front.server.file("question"));
            let all = ["--header", "Depth: 0", "--header", "Content-Type: text/xml", "--data-binary", &*data];
            front.ada.ask(method, path, &[&all, more].concat()).status
        };
        let chunked = ["--http1.1", "--header", "Transfer-Encoding: chunked"];
        for more in [&chunked[..1], &chunked, &["--http2"]] {
            assert_eq!(ask(most, more), 207, "{method} {more:?}");
            // It is heard to its end, though it is known to be too long: an app that is interrupted hears no answer.
            for bytes in [most + 1, most * 2] {
                assert_eq!(ask(bytes, more), 413, "{method} with {bytes} bytes {more:?}");
            }
        }
    }
    // A question that Radicale answers itself is as long as it takes.
    front.server.write("question", &padded(props, propfind_max * 2));
    let data = format!("@{}", front.server.file("question"));
    assert_eq!(front.ada.ask("PROPFIND", &calendar, &["--header", "Depth: 0", "--data-binary", &data]).status, 207);
}
