//! Calendars and contacts by the gateway: every way out of one's own home that a path, a header or a body could be.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use valetkey_tests::asking::Radicale;
use valetkey_tests::behind::{ADA, BOB, Front, Sink, Xandikos};
use valetkey_tests::client::dav::Connection;

const SECRET: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Valetkey//Test//EN\r\nBEGIN:VEVENT\r\nUID:secret\r\n\
    DTSTAMP:20261121T080000Z\r\nDTSTART:20261121T160000Z\r\nSUMMARY:Of Bob alone\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Runs something with both servers behind, in each of which Bob has an event at `/bob@example.org/work/secret.ics`, and
/// Ada a calendar at `/ada@example.org/work/` with `mine.ics`.
fn behind_both(test: impl Fn(&Front, &str)) {
    let radicale = Radicale::believing();
    let xandikos = Xandikos::start(&[ADA, BOB]);
    for (name, address) in [("Radicale", radicale.address()), ("Xandikos", xandikos.address())] {
        let front = Front::of(&address.to_string(), "");
        for (app, file) in [(&front.ada, "mine"), (&front.bob, "secret")] {
            let work = format!("/{}/work/", app.login);
            assert_eq!(app.ask("MKCALENDAR", &work, &[]).status, 201, "{name}");
            let event = ["--header", "Content-Type: text/calendar", "--data-binary", SECRET];
            let put = app.ask("PUT", &format!("{work}{file}.ics"), &event);
            assert!(matches!(put.status, 201 | 204), "{name}: {put:?}");
        }
        test(&front, name);
        let left = front.bob.ask("GET", "/bob@example.org/work/secret.ics", &[]);
        assert!(left.status == 200 && left.text.contains("Of Bob alone"), "{name}: {left:?}");
    }
}

#[test]
fn no_spelling_of_a_path_leads_to_somebody_elses_home() {
    behind_both(|front, name| {
        for (path, status) in [
            ("/bob@example.org/work/secret.ics", 403),
            ("/bob%40example.org/work/secret.ics", 403),
            ("/BOB@example.org/work/secret.ics", 403),
            ("/bob/work/secret.ics", 403),
            ("/ada@example.org/../bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%2e%2e/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/.%2E/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%252e%252e/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%25252e%25252e/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/..;/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/..%2fbob@example.org/work/secret.ics", 400),
            ("/ada@example.org/..%252fbob@example.org/work/secret.ics", 400),
            ("/ada@example.org%2f..%2fbob@example.org/work/secret.ics", 400),
            ("/ada@example.org/..%5cbob@example.org/work/secret.ics", 400),
            ("/ada@example.org/..\\bob@example.org/work/secret.ics", 400),
            ("//bob@example.org/work/secret.ics", 400),
            ("/ada@example.org//../bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/./../bob@example.org/work/secret.ics", 400),
            ("/./bob@example.org/work/secret.ics", 400),
            ("/../bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%00/../bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%0d%0aX-Remote-User:%20bob@example.org/x", 400),
            ("/ada@example.org/%c0%ae%c0%ae/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%e0%80%ae%e0%80%ae/bob@example.org/work/secret.ics", 400),
            ("/ada@example.org/%uff0e%uff0e/bob@example.org/work/secret.ics", 400),
            ("/.web/", 403),
            ("/.well-known/caldav/../../bob@example.org/work/secret.ics", 400),
        ] {
            for method in ["GET", "PROPFIND", "DELETE", "PUT"] {
                let answer = front.ada.ask(method, path, &["--header", "Depth: 0"]);
                assert_eq!(answer.status, status, "{name}: {method} {path}: {answer:?}");
                assert!(!answer.text.contains("Of Bob"), "{name}: {method} {path}");
                assert_eq!(
                    answer.text.contains("in its own home"),
                    status == 403,
                    "{name}: {method} {path}: {answer:?}"
                );
            }
        }
        assert_eq!(front.ada.ask("GET", "/ada%40example.org/%77ork/mine.ics", &[]).status, 200, "{name}");
        let doubtful = front.ada.ask("GET", "/ada@example.org/%2e%2e/bob@example.org/", &[]);
        assert!(doubtful.text.contains("This path can be read in several ways"), "{name}: {doubtful:?}");
        for method in ["ACL", "BIND", "REBIND", "SEARCH", "MERGE", "TRACE", "CONNECTED"] {
            assert_eq!(front.ada.ask(method, "/ada@example.org/work/", &[]).status, 405, "{name}: {method}");
        }
    });
}

#[test]
fn nothing_goes_to_somebody_elses_home_or_is_taken_from_there() {
    behind_both(|front, name| {
        let port = front.ada.address.port();
        let mine = "/ada@example.org/work/mine.ics";
        for (destination, status) in [
            ("/bob@example.org/work/x.ics".to_owned(), 403),
            (front.ada.url("/bob@example.org/work/x.ics"), 403),
            (front.ada.url("/bob%40example.org/work/secret.ics"), 403),
            (front.ada.url("/ada@example.org/../bob@example.org/work/x.ics"), 400),
            (front.ada.url("/ada@example.org/%2e%2e/bob@example.org/work/x.ics"), 400),
            (front.ada.url("/ada@example.org/%252e%252e/bob@example.org/work/x.ics"), 400),
            (front.ada.url("/ada@example.org/..%5cbob@example.org/work/x.ics"), 400),
            (front.ada.url("/"), 403),
            ("https://elsewhere.example/ada@example.org/work/x.ics".to_owned(), 502),
            (format!("https://localhost:{port}@elsewhere.example/ada@example.org/x"), 502),
            (format!("//localhost:{port}/bob@example.org/work/x.ics"), 502),
            ("bob@example.org/work/x.ics".to_owned(), 502),
        ] {
            for method in ["COPY", "MOVE"] {
                let header = format!("Destination: {destination}");
                let answer = front.ada.ask(method, mine, &["--header", &header, "--header", "Overwrite: T"]);
                assert_eq!(answer.status, status, "{name}: {method} to {destination}");
            }
        }
        let twice = [front.ada.url("/ada@example.org/work/a.ics"), front.ada.url("/bob@example.org/work/b.ics")]
            .map(|to| format!("Destination: {to}"));
        let answer = front.ada.ask("MOVE", mine, &["--header", &twice[0], "--header", &twice[1]]);
        assert_eq!(answer.status, 400, "{name}");
        for (tag, status) in [
            (front.ada.url("/bob@example.org/work/secret.ics"), 403),
            ("/bob@example.org/work/".to_owned(), 403),
            (front.ada.url("/ada@example.org/%2e%2e/bob@example.org/"), 400),
            ("https://elsewhere.example/".to_owned(), 502),
        ] {
            let header = format!("If: <{tag}> (<urn:uuid:1>) (Not <DAV:no-lock>)");
            let answer = front.ada.ask("PUT", mine, &["--header", &header, "--data", "x"]);
            assert_eq!(answer.status, status, "{name}: If {tag}");
        }
        assert_eq!(front.ada.ask("PUT", mine, &["--header", "If: (<a>", "--data", "x"]).status, 400, "{name}");
        if name == "Radicale" {
            let header = format!("Destination: {}", front.ada.url("/ada@example.org/work/moved.ics"));
            assert_eq!(front.ada.ask("MOVE", mine, &["--header", &header]).status, 201);
            assert_eq!(front.ada.ask("GET", "/ada@example.org/work/moved.ics", &[]).status, 200);
        }
    });
}

#[test]
fn a_report_brings_nothing_of_somebody_elses() {
    let report = |hrefs: &str| {
        format!(
            "<C:calendar-multiget xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data/></D:prop>{hrefs}\
             </C:calendar-multiget>"
        )
    };
    behind_both(|front, name| {
        let ask = |body: &str, kind: &str| {
            let kind = format!("Content-Type: {kind}");
            let more = ["--header", &*kind, "--header", "Depth: 1", "--data-binary", body];
            front.ada.ask("REPORT", "/ada@example.org/work/", &more)
        };
        let mine = ask(&report("<D:href>/ada%40example.org/work/mine.ics</D:href>"), "text/xml; charset=utf-8");
        assert!(mine.status == 207 && mine.text.contains("SUMMARY"), "{name}: {mine:?}");
        let theirs = "/bob%40example.org/work/secret.ics";
        for (hrefs, status) in [
            (format!("<D:href>{theirs}</D:href>"), 403),
            (format!("<D:href>/ada%40example.org/work/mine.ics</D:href><D:href>\n{theirs}\n</D:href>"), 403),
            (format!("<D:href>{}</D:href>", front.ada.url(theirs)), 403),
            (format!("<D:href>https://elsewhere.example{theirs}</D:href>"), 502),
            ("<D:href>bob%40example.org/work/secret.ics</D:href>".to_owned(), 502),
            (format!("<D:href>/ada%40example.org/..{theirs}</D:href>"), 400),
            (format!("<D:href>/ada%40example.org/%2e%2e{theirs}</D:href>"), 400),
            (format!("<D:href><![CDATA[{theirs}]]></D:href>"), 403),
            ("<D:href>&#47;bob%40example.org/work/secret.ics</D:href>".to_owned(), 403),
            ("<D:href>/bob%40example.org<!-- -->/work/secret.ics</D:href>".to_owned(), 400),
        ] {
            let answer = ask(&report(&hrefs), "text/xml");
            assert_eq!(answer.status, status, "{name}: {hrefs}");
        }
        let entity = format!("<!DOCTYPE x [<!ENTITY e '{theirs}'>]>{}", report("<D:href>&e;</D:href>"));
        assert_eq!(ask(&entity, "text/xml").status, 400, "{name}");
        let plain = report(&format!("<D:href>{theirs}</D:href>"));
        assert_eq!(ask(&plain, "text/xml; charset=utf-7").status, 415, "{name}");
        assert_eq!(ask(&format!("<?xml version='1.0' encoding='cp037'?>{plain}"), "text/xml").status, 415, "{name}");
        for other in ["expand-property", "principal-property-search", "acl-principal-prop-set"] {
            let answer = ask(&format!("<{other} xmlns='DAV:'/>"), "text/xml");
            assert!(answer.status == 403 && answer.text.contains("supported-report"), "{name}: {other}");
        }
    });
}

/// Says something to the gateway as a proxy would, and gives all that it answers.
fn say(address: SocketAddr, request: &[u8]) -> String {
    let mut connection = Connection::in_clear(address);
    // What has heard enough may close before all was sent.
    drop(connection.write_all(request));
    let mut answer = Vec::new();
    drop(connection.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_is_framed_in_two_ways_is_one_request_or_none() {
    let sink = Sink::start();
    let front = Front::of(&sink.address().to_string(), "");
    let at = front.after_tls();
    let hidden = "GET /ada@example.org/hidden HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: bob@example.org\r\n\r\n";
    let put = |more: &str, body: &str| front.ada.head("PUT", "/ada@example.org/x", more) + body;
    for (what, request, status) in [
        ("two lengths", put("Content-Length: 4\r\nContent-Length: 5\r\n", "12345"), "400"),
        ("a list of lengths", put("Content-Length: 4, 5\r\n", "12345"), "400"),
        ("a signed length", put("Content-Length: +5\r\n", "12345"), "400"),
        ("another encoding", put("Transfer-Encoding: gzip\r\n", "12345"), "400"),
        ("chunked twice removed", put("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), "400"),
        ("a space before the colon", put("Content-Length : 5\r\n", "12345"), "400"),
        ("a folded line", put("Content-Length: 5\r\n X: y\r\n", "12345"), "400"),
        ("a bare carriage return", put("X: a\rContent-Length: 5\r\n", "12345"), "400"),
        // Framed in one way: the connection would stay open.
        ("two hosts", put("Host: other\r\nConnection: close\r\nContent-Length: 5\r\n", "12345"), "400"),
        ("a chunk with a sign", put("Transfer-Encoding: chunked\r\n", "+5\r\n12345\r\n0\r\n\r\n"), ""),
    ] {
        let answer = say(at, request.as_bytes());
        assert!(status.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        assert!(!answer.contains("HTTP/1.1 20"), "{what}: {answer}");
    }
    // Of both framings the chunks count, and nothing that comes behind is a request (RFC 9112 section 6.1).
    for more in
        ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"]
    {
        let answer = say(at, (put(more, "0\r\n\r\n") + hidden).as_bytes());
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{more}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 201 ") && answer.contains("\r\n\r\n0 "), "{more}: {answer}");
    }
    assert!(!sink.noted().iter().any(|line| line.contains("hidden")), "{:?}", sink.noted());
    // A head that is too long, or has too much in it.
    let long = front.ada.head("GET", "/ada@example.org/x", &format!("X: {}\r\n", "x".repeat(70_000)));
    assert!(say(at, long.as_bytes()).starts_with("HTTP/1.1 431 "));
    let many = front.ada.head("GET", "/ada@example.org/x", &"X: 1\r\n".repeat(1000));
    assert!(say(at, many.as_bytes()).starts_with("HTTP/1.1 431 "));
}
