//! Calendars and contacts by the gateway: the ways from an app through proxies in front, and to the servers behind.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::Value;
use valetkey_tests::asking::{Nginx, Radicale, free_port};
use valetkey_tests::behind::{ADA, BOB, Front, Sink, Xandikos};
use valetkey_tests::book::block;
use valetkey_tests::client::dav::{Answered, Connection, DavApp};
use valetkey_tests::client::imap::socket;
use valetkey_tests::clock::wait_for;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};

const APART: &str = "calendars = \"calendars\"\ncontacts = \"contacts\"\n";
const CAROL: &str = "carol@example.net";
/// An app password that nobody has.
const WRONG: &str = "abcd-efgh-ijkl-mnop";
/// Where no machine is.
const FAR: &str = "203.0.113.9";

/// What is in somebody's home, or why not.
fn look(app: &DavApp, path: &str) -> Answered {
    app.ask("PROPFIND", path, &["--header", "Depth: 0"])
}

/// Said to come again, and not that a password is wrong.
fn is_an_outage(answer: &Answered) -> bool {
    (answer.status, answer.header("retry-after"), answer.header("www-authenticate")) == (503, Some("5"), None)
}

/// Waits for a line of the log with all of these parts.
fn expect_line(front: &Front, parts: &[&str]) {
    let is_there = |line: &str| parts.iter().all(|part| line.contains(part));
    wait_for(&format!("a line with {parts:?}"), || front.server.log().lines().any(is_there).then_some(()));
}

#[test]
fn each_domain_and_each_account_has_its_own_server_with_homes_of_its_own_kind() {
    let xandikos = Xandikos::start(&[&format!("{ADA}/calendars"), &format!("{ADA}/contacts")]);
    let (of_domain, of_bob) = (Radicale::believing(), Radicale::believing());
    let front = Front::of(
        &xandikos.address().to_string(),
        &format!(
            "{APART}[[dav.route]]\naccounts = [\"{BOB}\"]\nupstream = \"{}\"\n\
             [[dav.route]]\ndomains = [\"example.net\"]\nupstream = \"{}\"\nidentity_encoding = \"percent\"\n",
            of_bob.address(),
            of_domain.address()
        ),
    );
    let carol = front.app_of(CAROL);
    for (app, calendar, kept) in [
        (&front.ada, "calendars/work", xandikos.kept()),
        (&carol, "work", of_domain.kept()),
        (&front.bob, "work", of_bob.kept()),
    ] {
        let path = format!("/{}/{calendar}/", app.login);
        assert_eq!(app.ask("MKCALENDAR", &path, &[]).status, 201, "{path}");
        assert!(kept.join(&app.login).join(calendar).is_dir(), "{path} is not in {}", kept.display());
        assert_eq!(look(app, &path).status, 207, "{path}");
        // Each is shown a home as their own server has it.
        let shown = look(app, "/");
        assert_eq!(shown.text.contains("/calendars/"), app.login == ADA, "{shown:?}");
        for other in [ADA, BOB, CAROL].into_iter().filter(|other| *other != app.login) {
            for path in [format!("/{other}/work/"), format!("/{other}/calendars/work/"), format!("/{other}/")] {
                assert_eq!(look(app, &path).status, 403, "{} at {path}", app.login);
            }
        }
    }
    // Where there is no such thing to Xandikos' layout, there is to Radicale's.
    assert_eq!(look(&front.ada, &format!("/{ADA}/other/")).status, 403);
    assert_eq!(look(&carol, &format!("/{CAROL}/other/")).status, 404);
}

#[test]
fn contacts_may_be_on_another_server_than_calendars() {
    let homes = [ADA, BOB].map(|login| [format!("{login}/calendars"), format!("{login}/contacts")]).concat();
    let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
    let (calendars, contacts) = (Xandikos::start(&homes), Xandikos::start(&homes));
    let route = format!("[[dav.route]]\nservices = [\"carddav\"]\nupstream = \"{}\"\n", contacts.address());
    let front = Front::of(&calendars.address().to_string(), &format!("{APART}{route}"));
    assert_eq!(front.ada.ask("MKCALENDAR", &format!("/{ADA}/calendars/work/"), &[]).status, 201);
    let book = "<mkcol xmlns='DAV:'><set><prop><resourcetype><collection/><addressbook xmlns='urn:ietf:params:xml:ns:carddav'/>\
                </resourcetype></prop></set></mkcol>";
    let book = ["--header", "Content-Type: text/xml", "--data", book];
    assert_eq!(front.ada.ask("MKCOL", &format!("/{ADA}/contacts/friends/"), &book).status, 201);
    for (kept, has, lacks) in [
        (calendars.kept(), "calendars/work", "contacts/friends"),
        (contacts.kept(), "contacts/friends", "calendars/work"),
    ] {
        assert!(kept.join(ADA).join(has).is_dir() && !kept.join(ADA).join(lacks).exists(), "{}", kept.display());
    }
    assert!(look(&front.ada, "/").text.contains("/contacts/"), "apps see one home");
}

/// What the book says of the machine behind, in front of something.
fn nginx_behind(server: &Server, behind: SocketAddr, listen: SocketAddr, ways: &str) -> Nginx {
    let file = |name: &str| server.certificates().join(name).display().to_string();
    let written = block(
        "gateway/dav.md",
        "listen 192.0.2.30:5233 ssl;",
        &[
            ("192.0.2.30:5233 ssl", &format!("{listen} ssl{ways}")),
            ("/etc/nginx/tls/fullchain.pem", &file("cert.pem")),
            ("/etc/nginx/tls/privkey.pem", &file("key.pem")),
            ("192.0.2.10", "127.0.0.1"),
            ("http://127.0.0.1:5232", &format!("http://{behind}")),
        ],
    );
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let paths = paths.map(|name| format!("{name}_temp_path {{dir}}/{name};\n")).concat();
    // Where it is told by the PROXY protocol, it says so.
    let written = if ways.is_empty() {
        written
    } else {
        written.replace(
            "proxy_set_header Host $http_host;",
            "proxy_set_header Host $http_host;\nproxy_set_header X-Forwarded-For $proxy_protocol_addr;",
        )
    };
    Nginx::start(&format!("http {{\n{paths}{written}}}\n"), &[listen])
}

/// What the book says of it to Valetkey.
fn by_tls(at: SocketAddr, name: &str) -> String {
    let written = block(
        "gateway/dav.md",
        "upstream_tls",
        &[
            ("[dav]\nlisten_tls = [\"[::]:443\"]\n", ""),
            ("192.0.2.30:5233", &at.to_string()),
            ("radicale.example.org", name),
            ("our-ca.pem", "ca.pem"),
        ],
    );
    assert!(written.contains("upstream_authorities"), "{written}");
    written
}

#[test]
fn the_server_behind_is_reached_by_tls_if_its_certificate_is_the_right_one() {
    let radicale = Radicale::believing();
    let at = free_port();
    let mut nginx = None;
    let front = Front::with(|server| {
        nginx = Some(nginx_behind(server, radicale.address(), at, ""));
        by_tls(at, "localhost")
    });
    let work = format!("/{ADA}/work/");
    assert_eq!(front.ada.ask("MKCALENDAR", &work, &[]).status, 201);
    assert!(radicale.kept().join(ADA).join("work").is_dir());
    for protocol in ["--http1.1", "--http2"] {
        // A body of some megabytes, in both directions.
        let long = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//V//T//EN\r\nBEGIN:VEVENT\r\nUID:tea\r\nDTSTAMP:20261121T080000Z\r\n\
                            DTSTART:20261121T160000Z\r\nSUMMARY:Tea\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            "x".repeat(3 << 20)
        );
        front.server.write("event", &long);
        let data = format!("@{}", front.server.file("event"));
        let event = ["--header", "Content-Type: text/calendar", "--data-binary", &*data, protocol];
        let put = front.ada.ask("PUT", &format!("{work}tea.ics"), &event);
        assert!(matches!(put.status, 201 | 204), "{protocol}: {}", put.status);
        let read = front.ada.ask("GET", &format!("{work}tea.ics"), &[protocol]);
        assert!(read.status == 200 && read.text.len() > 3 << 20, "{protocol}: {} {}", read.status, read.text.len());
    }
    // A request under way is cut by TLS, too.
    let mut upload = front.ada.connect("http/1.1");
    upload.send(front.ada.head("PUT", &format!("{work}x.ics"), "Content-Length: 1000000\r\n").as_bytes());
    upload.send(&[b'x'; 1000]);
    wait_for("the upload", || (front.connections() == 1).then_some(()));
    assert!(front.revoke() >= 1);
    upload.until_closed();
    assert_eq!(look(&front.ada, &work).status, 401);
}

#[test]
fn a_server_behind_that_is_not_the_right_one_is_told_nothing_and_is_an_outage() {
    let sink = Sink::start();
    for (name, is_ours_to_trust, why) in
        [("radicale.example.org", true, "not valid for name"), ("localhost", false, "UnknownIssuer")]
    {
        let at = free_port();
        let mut nginx = None;
        let front = Front::with(|server| {
            nginx = Some(nginx_behind(server, sink.address(), at, ""));
            let lines = by_tls(at, name);
            let is_kept = |line: &&str| is_ours_to_trust || !line.starts_with("upstream_authorities");
            lines.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect()
        });
        let put = front.ada.ask("PUT", &format!("/{ADA}/x"), &["--data", "x"]);
        assert!(is_an_outage(&put), "{name}: {put:?}");
        expect_line(&front, &["a request could not be taken upstream", why]);
        let wrong = look(&front.ada.with(WRONG), &format!("/{ADA}/x"));
        assert_eq!(wrong.status, 401, "that it is wrong is known without the server behind");
    }
    assert_eq!(sink.noted(), Vec::<String>::new());
    // One that speaks no TLS at all.
    let front = Front::of(&sink.address().to_string(), "upstream_tls = \"localhost\"\n");
    assert!(is_an_outage(&look(&front.ada, &format!("/{ADA}/x"))));
    expect_line(&front, &["the upstream cannot be reached by TLS"]);
}

#[test]
fn an_app_hears_of_a_server_that_closes_in_the_middle_of_what_is_sent() {
    let rude = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = rude.local_addr().expect("an address");
    std::thread::spawn(move || {
        for app in rude.incoming() {
            // It hears a little, and goes.
            drop(app.expect("a connection").read(&mut [0; 64]));
        }
    });
    let front = Front::of(&at.to_string(), "");
    front.server.write("large", &"x".repeat(3 << 20));
    let large = format!("@{}", front.server.file("large"));
    for protocol in ["--http1.1", "--http2"] {
        for more in [&["--header", "Expect:"][..], &["--header", "Transfer-Encoding: chunked"]] {
            let data = [&[protocol, "--data-binary", &*large][..], more].concat();
            let answer = front.ada.ask("PUT", &format!("/{ADA}/x"), &data);
            assert_eq!(answer.status, 502, "{protocol} {more:?}: {answer:?}");
        }
    }
    expect_line(&front, &["a request could not be taken upstream", "the upstream did not answer"]);
}

#[test]
fn a_revoke_waits_for_no_server_behind_that_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = silent.local_addr().expect("an address");
    let front = Front::with(|_| by_tls(at, "localhost"));
    // Somebody looks now and then whether it answers, and says nothing either.
    let (looked, _) = silent.accept().expect("a look");
    drop(looked);
    let mut app = front.ada.connect("http/1.1");
    app.send(front.ada.head("GET", &format!("/{ADA}/x"), "").as_bytes());
    let (mut behind, _) = silent.accept().expect("a request's connection");
    let mut hello = [0];
    behind.read_exact(&mut hello).expect("the beginning of TLS");
    assert_eq!(hello, [0x16], "a handshake");
    assert_eq!(front.revoke(), 1);
    app.until_closed();
    assert_eq!(look(&front.ada, &format!("/{ADA}/x")).status, 401);
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_found_before_the_start() {
    let server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    let dav = "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n[dav]\nlisten_tls = [\"127.0.0.1:0\"]\n\
               upstream = \"127.0.0.1:1\"\nupstream_tls = \"localhost\"\nupstream_authorities = \"ca.pem\"\n";
    server.configure(dav);
    server.run(&["check-config"], "").succeeded();
    for wrong in ["missing.pem", "master-secret"] {
        server.configure(&dav.replace("ca.pem", wrong));
        let ran = server.run(&["check-config"], "");
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("dav.upstream_authorities: ") && ran.err.contains(wrong), "{ran:?}");
    }
}

#[test]
fn a_server_that_dies_is_missed_by_nobody_and_one_that_comes_back_is_used_again() {
    let mut servers = [Xandikos::start(&[ADA, BOB]), Xandikos::start(&[ADA, BOB])];
    let [one, other] = servers.each_ref().map(Xandikos::address);
    let front = Front::with(|_| format!("upstream = [\"{one}\", \"{other}\"]\n"));
    let home = format!("/{ADA}/");
    let make = |servers: &[Xandikos; 2], name: &str| {
        assert_eq!(front.ada.ask("MKCALENDAR", &format!("{home}{name}/"), &[]).status, 201, "{name}");
        servers.each_ref().map(|server| server.kept().join(ADA).join(name).is_dir())
    };
    assert_eq!(make(&servers, "a"), [true, false], "all goes to the first");
    servers[0].stop();
    assert_eq!(make(&servers, "b"), [false, true], "the second takes it");
    servers[1].stop();
    assert!(is_an_outage(&look(&front.ada, &home)));
    assert_eq!(look(&front.ada.with(WRONG), &home).status, 401);
    servers[0].start_again();
    assert_eq!(make(&servers, "c"), [true, false], "it is tried again, and at once");
    let said = ["an upstream does not answer", "an upstream answers again"];
    wait_for("all that is said of it", || {
        let log = front.server.log();
        (said.map(|what| log.matches(what).count()) == [2, 1]).then_some(())
    });
}

#[test]
fn a_unix_socket_may_stand_beside_an_address() {
    let (_sink, at_socket) = Sink::start_at_socket();
    let lines = format!("upstream = [\"{}\", \"unix:{}\"]\n", free_port(), at_socket.display());
    let front = Front::with(|_| lines);
    assert_eq!(front.ada.ask("POST", &format!("/{ADA}/x"), &["--data", "x"]).status, 200);
    expect_line(&front, &["an upstream does not answer", "127.0.0.1:"]);
}

#[test]
fn one_request_more_than_a_server_may_have_is_told_to_come_later() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "upstream_connections = 1\n");
    let path = format!("/{ADA}/up");
    let mut upload = front.ada.connect("http/1.1");
    upload.send(front.ada.head("PUT", &path, "Content-Length: 10\r\n").as_bytes());
    upload.send(b"12345");
    sink.await_note("begins PUT");
    // By HTTP/2 this curl calls it an error if it is answered before it has sent everything.
    let one = ["--http1.1", "--data", "x"];
    for app in [&front.ada, &front.bob] {
        let turned_away = app.ask("POST", &format!("/{}/x", app.login), &one);
        assert!(is_an_outage(&turned_away), "{turned_away:?}");
    }
    expect_line(&front, &["the upstream has as many connections as it may have"]);
    assert_eq!(front.ada.ask("OPTIONS", "/", &[]).status, 200, "what the gateway knows itself it says");
    upload.send(b"67890");
    assert!(upload.head().starts_with("HTTP/1.1 201 "));
    assert_eq!(front.ada.ask("POST", &path, &one).status, 200, "there is room again");
    // And after one that was cut, and one that left.
    for _ in 0..2 {
        let mut upload = front.ada.connect("http/1.1");
        upload.send(front.ada.head("PUT", &path, "Content-Length: 10\r\n").as_bytes());
        upload.send(b"12345");
        drop(upload);
        let asked = || front.ada.ask("POST", &path, &one);
        wait_for("room", || (asked().status == 200).then_some(()));
    }
}

/// What the sink heard of where a request came from.
fn came_from(answer: &Answered) -> Vec<String> {
    let heard: Value = serde_json::from_str(answer.body()).expect("JSON");
    let headers = heard["headers"].as_array().expect("a list").iter();
    let of = headers.filter(|pair| pair[0].as_str().is_some_and(|name| name.eq_ignore_ascii_case("x-forwarded-for")));
    of.map(|pair| pair[1].as_str().expect("a text").to_owned()).collect()
}

/// A connection to somewhere, on which something has been said.
fn saying(to: SocketAddr, header: &[u8]) -> TcpStream {
    let mut connection = socket(to);
    connection.write_all(header).expect("it takes bytes");
    connection
}

/// Asks over a connection what the server behind hears.
fn heard_by(app: &DavApp, connection: &mut Connection, more: &str) -> Answered {
    connection.send(app.head("POST", &format!("/{}/x", app.login), &format!("Content-Length: 0\r\n{more}")).as_bytes());
    let head = connection.head();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_else(|| panic!("{head}"))];
    connection.read_exact(&mut body).expect("an answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answered { status, text: head + &String::from_utf8(body).expect("a text") }
}

/// Headers of the PROXY protocol, of both versions.
fn far_headers() -> [Vec<u8>; 2] {
    let text = format!("PROXY TCP4 {FAR} 192.0.2.1 5555 443\r\n");
    let mut binary = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    binary.extend([203, 0, 113, 9, 192, 0, 2, 1, 0x15, 0xb3, 1, 0xbb]);
    [text.into_bytes(), binary]
}

#[test]
fn a_proxy_in_front_says_where_the_client_is_and_nobody_else_may() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "proxies = [\"127.0.0.1/32\"]\n");
    let (tls, clear, path) = (front.ada.address, front.after_tls(), format!("/{ADA}/x"));
    for header in far_headers() {
        let mut app = front.ada.connect_over(saying(tls, &header), "http/1.1");
        assert_eq!(came_from(&heard_by(&front.ada, &mut app, "")), [FAR]);
        // What a client says of itself is nothing, also where TLS has ended already.
        let mut app = Connection::over(saying(clear, &header));
        assert_eq!(came_from(&heard_by(&front.ada, &mut app, "X-Forwarded-For: 198.51.100.66\r\n")), [FAR]);
    }
    expect_line(&front, &["outcome=accepted", FAR]);
    // As curl does it, in both versions of HTTP.
    for protocol in ["--http1.1", "--http2"] {
        let asked = front.ada.ask("POST", &path, &["--haproxy-protocol", protocol, "--data", "x"]);
        assert_eq!((asked.status, came_from(&asked)), (200, vec!["127.0.0.1".to_owned()]), "{protocol}");
    }
    // A proxy that speaks for itself.
    let mut unknown = front.ada.connect_over(saying(tls, b"PROXY UNKNOWN\r\n"), "http/1.1");
    assert_eq!(came_from(&heard_by(&front.ada, &mut unknown, "")), Vec::<String>::new());
    // One that forgets the header is cut off.
    let mut bare = Connection::in_clear(clear);
    bare.send(front.ada.head("POST", &path, "Content-Length: 0\r\n").as_bytes());
    bare.until_closed();
    expect_line(&front, &["dav", "does not speak the PROXY protocol"]);
    // By a proxy each connection is one app's: a revoke closes it.
    let mut open = Connection::over(saying(clear, &far_headers()[0]));
    assert_eq!(heard_by(&front.ada, &mut open, "").status, 200);
    assert!(front.revoke() >= 1);
    open.until_closed();
}

#[test]
fn whoever_is_no_proxy_is_where_they_are() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "proxies = [\"127.0.0.2/32\"]\n");
    assert_eq!(came_from(&front.ada.ask("POST", &format!("/{ADA}/x"), &["--data", "x"])), ["127.0.0.1"]);
    // A header is no TLS, and no HTTP.
    for header in far_headers() {
        for at in [front.ada.address, front.after_tls()] {
            let mut forged = Connection::over(saying(at, &header));
            drop(forged.try_send(front.ada.head("POST", &format!("/{ADA}/x"), "Content-Length: 0\r\n").as_bytes()));
            let said = forged.head();
            assert!(!said.starts_with("HTTP/1.1 2"), "{said}");
        }
    }
    assert!(!front.server.log().contains(FAR));
}

#[test]
fn the_server_behind_is_told_by_the_proxy_protocol_where_the_client_is() {
    let sink = Sink::start();
    let at = free_port();
    let mut nginx = None;
    let front = Front::with(|server| {
        nginx = Some(nginx_behind(server, sink.address(), at, " proxy_protocol"));
        by_tls(at, "localhost") + "upstream_proxy_protocol = true\nproxies = [\"127.0.0.2/32\"]\n"
    });
    let path = format!("/{ADA}/x");
    assert_eq!(came_from(&front.ada.ask("POST", &path, &["--data", "x"])), ["127.0.0.1"]);
    // Through two proxies: what the first says is handed on to the second.
    let from_proxy = || {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into()).expect("all of 127.0.0.0/8 is ours");
        socket.connect(&front.ada.address.into()).expect("it takes connections");
        TcpStream::from(socket)
    };
    let mut proxied = from_proxy();
    proxied.write_all(&far_headers()[1]).expect("it takes bytes");
    let mut app = front.ada.connect_over(proxied, "http/1.1");
    assert_eq!(came_from(&heard_by(&front.ada, &mut app, "")), [FAR]);
    // A web server that ends TLS says it of each request.
    let mut web = Connection::in_clear(front.after_tls());
    let heard = heard_by(&front.ada, &mut web, "X-Forwarded-For: 198.51.100.66, 2001:db8::9\r\n");
    assert_eq!(came_from(&heard), ["2001:db8::9"]);
}
