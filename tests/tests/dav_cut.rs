//! Calendars and contacts by the gateway: what is under way when an app password is revoked ends then, whoever reads or
//! does not.

use std::io::Read as _;
use std::time::Duration;

use valetkey_domain::Clock as _;
use valetkey_tests::behind::{Front, Sink};
use valetkey_tests::client::dav::{Connection, DavApp};
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::program;

/// More than any buffer on the way takes.
const LARGE: u64 = 1 << 30;
/// How long a revoke may take with something large under way, on a machine that does much else.
const AT_ONCE: Duration = Duration::from_secs(2);

fn front(sink: &Sink) -> Front {
    Front::of(&sink.address().to_string(), "")
}

/// Revokes Ada's app password while something is under way.
fn revoke_at_once(front: &Front) {
    let before = RealClock.boot_time();
    assert!(front.revoke() >= 1, "something was under way");
    let took = RealClock.boot_time().since(before);
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(front.connections(), 0, "nothing is open when it has returned");
}

fn http2(method: &'static str, path: &'static str, basic: &str) -> Vec<(String, String)> {
    let length = if method == "PUT" { LARGE.to_string() } else { "0".to_owned() };
    let pairs = [
        (":method", method),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", path),
        ("authorization", basic),
        ("content-length", &*length),
    ];
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn ask_http2(connection: &mut Connection, stream: u32, headers: &[(String, String)], has_body: bool) {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    connection.request_http2(stream, &headers, has_body);
}

#[test]
fn an_upload_over_http_1_ends_in_the_middle() {
    let sink = Sink::start();
    let front = front(&sink);
    let mut app = front.ada.connect("http/1.1");
    app.send(front.ada.head("PUT", "/ada@example.org/up", &format!("Content-Length: {LARGE}\r\n")).as_bytes());
    app.send(&vec![b'x'; 4 << 20]);
    sink.await_note("begins PUT");
    revoke_at_once(&front);
    let broken = sink.await_note("breaks PUT");
    assert!(broken <= 4 << 20, "{broken}");
    let more = vec![b'x'; 65_536];
    wait_for("the end of the connection", || app.try_send(&more).is_err().then_some(()));
    assert_eq!(front.ada.ask("GET", "/ada@example.org/x", &[]).status, 401, "the next request");
}

#[test]
fn an_upload_over_http_2_ends_in_the_middle() {
    let sink = Sink::start();
    let front = front(&sink);
    let mut app = front.ada.connect("h2");
    app.begin_http2(65_535);
    ask_http2(&mut app, 1, &http2("PUT", "/ada@example.org/up", &front.ada.basic()), true);
    for _ in 0..3 {
        app.data_http2(1, &[b'x'; 16_384]).expect("it is taken");
    }
    sink.await_note("begins PUT");
    revoke_at_once(&front);
    // Its connection is closed, not its stream alone.
    app.until_closed();
    assert!(sink.await_note("breaks PUT") <= 3 * 16_384);
    assert_eq!(front.ada.ask("GET", "/ada@example.org/x", &["--http2"]).status, 401);
}

#[test]
fn a_download_ends_though_its_client_does_not_read() {
    for (protocol, path) in [
        ("http/1.1", "/ada@example.org/1073741824.bytes"),
        ("http/1.1", "/ada@example.org/1073741824.closed"),
        ("h2", "/ada@example.org/1073741824.bytes"),
    ] {
        let sink = Sink::start();
        let front = front(&sink);
        let mut app = front.ada.connect(protocol);
        if protocol == "h2" {
            app.begin_http2(65_535);
            ask_http2(&mut app, 1, &http2("GET", path, &front.ada.basic()), false);
        } else {
            app.send(front.ada.head("GET", path, "").as_bytes());
        }
        sink.await_note("begins GET");
        revoke_at_once(&front);
        sink.await_note("breaks GET");
        let heard = app.until_closed();
        println!("{protocol} {path}: {heard} bytes had left");
        assert!(heard < LARGE / 8, "{protocol}: what was on its way may come, and no more: {heard}");
    }
}

#[test]
fn on_a_proxys_connection_only_the_one_request_ends() {
    let sink = Sink::start();
    let front = front(&sink);
    let mut proxy = Connection::in_clear(front.after_tls());
    proxy.begin_http2(65_535);
    let large = "/ada@example.org/1073741824.bytes";
    ask_http2(&mut proxy, 1, &http2("GET", large, &front.ada.basic()), false);
    ask_http2(&mut proxy, 3, &http2("PUT", "/ada@example.org/up", &front.ada.basic()), true);
    let bobs = "/bob@example.org/1073741824.bytes";
    ask_http2(&mut proxy, 5, &http2("GET", bobs, &front.bob.basic()), false);
    sink.await_note("begins GET /ada");
    sink.await_note("begins GET /bob");
    sink.await_note("begins PUT /ada");
    wait_for("both of Ada's", || (front.connections() == 2).then_some(()));
    revoke_at_once(&front);
    sink.await_note("breaks GET /ada");
    sink.await_note("breaks PUT /ada");
    // Neither stream was read: its window is full, and it ends all the same.
    let mut reset = [false; 2];
    while reset != [true, true] {
        let (kind, stream, _) = proxy.frame_http2().expect("the connection is the proxy's, and stays");
        match (kind, stream) {
            (3, 1) => reset[0] = true,
            (3, 3) => reset[1] = true,
            (3, 5) => panic!("Bob's request has ended"),
            _ => {}
        }
    }
    // Bob's goes on: his next request on the same connection is answered.
    ask_http2(&mut proxy, 7, &http2("POST", "/bob@example.org/x", &front.bob.basic()), false);
    wait_for("an answer", || {
        proxy.frame_http2().and_then(|(kind, stream, _)| (kind == 1 && stream == 7).then_some(()))
    });
    assert!(!sink.noted().iter().any(|line| line.starts_with("breaks GET /bob")));
}

#[test]
fn a_proxys_connection_over_http_1_is_one_request_at_a_time() {
    let sink = Sink::start();
    let front = front(&sink);
    let mut proxy = Connection::in_clear(front.after_tls());
    let ask = |app: &DavApp, path: &str| app.head("GET", path, "X-Forwarded-For: 192.0.2.7\r\n");
    let one = |proxy: &mut Connection, path: &str, app: &DavApp| {
        proxy.send(ask(app, path).as_bytes());
        let head = proxy.head();
        let mut body = [0];
        proxy.read_exact(&mut body).expect("a body of one byte");
        head
    };
    assert!(one(&mut proxy, "/ada@example.org/1.bytes", &front.ada).starts_with("HTTP/1.1 200 "));
    assert!(one(&mut proxy, "/bob@example.org/1.bytes", &front.bob).starts_with("HTTP/1.1 200 "));
    wait_for("nothing under way", || (front.connections() == 0).then_some(()));
    front.revoke();
    assert!(
        one(&mut proxy, "/bob@example.org/1.bytes", &front.bob).starts_with("HTTP/1.1 200 "),
        "Bob's connection too"
    );
    proxy.send(ask(&front.ada, "/ada@example.org/1.bytes").as_bytes());
    assert!(proxy.head().starts_with("HTTP/1.1 401 "), "the next request of Ada's");
}

#[test]
fn an_app_that_waits_for_nothing_is_signed_out_too() {
    let sink = Sink::start();
    let front = front(&sink);
    let mut app = front.ada.connect("http/1.1");
    app.send(front.ada.head("GET", "/ada@example.org/1.bytes", "").as_bytes());
    assert!(app.head().starts_with("HTTP/1.1 200 "));
    let mut body = [0];
    app.read_exact(&mut body).expect("a body of one byte");
    assert_eq!(front.connections(), 1, "its connection waits for the next request");
    revoke_at_once(&front);
    assert_eq!(app.until_closed(), 0);
}

#[test]
fn a_server_that_stops_lets_what_is_under_way_end() {
    let sink = Sink::start();
    let front = front(&sink);
    let mut app = front.ada.connect("http/1.1");
    app.send(front.ada.head("PUT", "/ada@example.org/up", "Content-Length: 6\r\n").as_bytes());
    app.send(b"123");
    sink.await_note("begins PUT");
    let mut kill = program::command("kill");
    program::run(kill.arg(front.server.process().to_string()), "").succeeded();
    wait_for("the server stops", || front.server.log().contains("message=stopping").then_some(()));
    app.send(b"456");
    assert!(app.head().starts_with("HTTP/1.1 201 "));
    assert_eq!(sink.await_note("ends PUT"), 6);
}
