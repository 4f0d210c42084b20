//! Conversations as bytes, whole and cut.

use super::*;
use crate::conversation::Master;

const POSTFIX: &str = "220 mx.example.org ESMTP Postfix\r\n250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n\
                       250-XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT\r\n250 CHUNKING\r\n";
const DOVECOT: &str = "220 mx.example.org Dovecot ready.\r\n250-mx.example.org\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n\
                       250-XCLIENT ADDR PORT TTL SESSION\r\n250 PIPELINING\r\n";
/// `ada@example.org NUL gateway NUL gw-secret` in base64.
const MESSAGE: &str = "YWRhQGV4YW1wbGUub3JnAGdhdGV3YXkAZ3ctc2VjcmV0";

fn forwarded(client: &str) -> Forwarded {
    Forwarded {
        client: client.parse().expect("an address"),
        connected_to: "[::ffff:192.0.2.1]:465".parse().expect("an address"),
        session: "vk1".into(),
    }
}

/// Runs a conversation; gives what the server is sent, and how it ends.
fn talk(
    trust: Trust,
    client: Option<&str>,
    forwarded: Option<Forwarded>,
    server_said: &str,
) -> (String, Result<Vec<String>, UpstreamError>) {
    let greeting = Greeting { host: "gw.example.org".into(), keywords: Vec::new(), trust };
    let master = Master { user: "gateway", secret: b"gw-secret" };
    let addresses = ["ada@example.org".to_owned()];
    let whom = Whom { login: "ada@example.org", addresses: &addresses, master, forwarded };
    let run = |size: usize| {
        let mut upstream = Upstream::new(&greeting, client, &whom);
        let (sent, end) = drive(&mut upstream, server_said, size);
        (
            sent,
            end.map(|signed_in| {
                assert_eq!(signed_in.addresses, addresses);
                signed_in.keywords
            }),
        )
    };
    let whole = run(server_said.len());
    assert_eq!(run(1), whole, "however it is cut");
    whole
}

fn drive<U: conversation::Upstream>(
    upstream: &mut U,
    server_said: &str,
    size: usize,
) -> (String, Result<U::SignedIn, UpstreamError>) {
    let (mut out, mut pending) = (Zeroizing::new(Vec::new()), Vec::new());
    for piece in server_said.as_bytes().chunks(size) {
        pending.extend_from_slice(piece);
        loop {
            let (used, step) = upstream.receive(&pending, &mut out);
            pending.drain(..used);
            let end = match step {
                UpstreamStep::More if used > 0 => continue,
                UpstreamStep::More => break,
                UpstreamStep::Failed(error) => Err(error),
                UpstreamStep::Done(done) => Ok(done),
            };
            return (String::from_utf8(out.to_vec()).expect("text"), end);
        }
    }
    let sent = String::from_utf8(out.to_vec()).expect("text");
    (sent, Err(UpstreamError::Unexpected("(waits for more)".into())))
}

#[test]
fn postfix_is_told_whom_it_is_for_and_begins_anew() {
    let again =
        "220 mx.example.org ESMTP Postfix\r\n250-mx.example.org\r\n250-SIZE 5\r\n250-XCLIENT LOGIN\r\n250 DSN\r\n";
    let (sent, end) =
        talk(Trust::Xclient, Some("phone.local"), Some(forwarded("203.0.113.9:5555")), &format!("{POSTFIX}{again}"));
    assert_eq!(
        sent,
        "EHLO phone.local\r\nXCLIENT ADDR=203.0.113.9 PORT=5555 NAME=[UNAVAILABLE] LOGIN=ada@example.org HELO=phone.local \
         PROTO=ESMTP\r\nEHLO phone.local\r\n"
    );
    assert_eq!(end, Ok(vec!["SIZE 5".to_owned(), "DSN".to_owned()]), "what it offers now");
    let (sent, _) = talk(Trust::Xclient, None, None, POSTFIX);
    assert_eq!(sent, "EHLO gw.example.org\r\nXCLIENT LOGIN=ada@example.org PROTO=ESMTP\r\n");
    let (sent, _) = talk(Trust::Xclient, Some("m\u{fc}ller+pc"), Some(forwarded("[2001:db8::1]:1")), POSTFIX);
    assert_eq!(
        sent,
        "EHLO gw.example.org\r\nXCLIENT ADDR=IPV6:2001:db8::1 PORT=1 NAME=[UNAVAILABLE] LOGIN=ada@example.org \
         HELO=m+C3+BCller+2Bpc PROTO=ESMTP\r\n"
    );
}

#[test]
fn a_server_that_does_not_take_the_gateways_word_is_left() {
    let failed = |hello: &str| talk(Trust::Xclient, None, None, &format!("220 hi\r\n{hello}\r\n")).1.expect_err("no");
    assert!(
        matches!(failed("250 mx"), UpstreamError::NotTrusted(why) if why.contains("smtpd_authorized_xclient_hosts"))
    );
    let error = failed("250-mx\r\n250 XCLIENT NAME ADDR");
    assert!(matches!(error, UpstreamError::NotTrusted(why) if why.contains("smtpd_sasl_auth_enable = yes")));
    let answered =
        |answer: &str| talk(Trust::Xclient, None, None, &format!("{POSTFIX}{answer}\r\n")).1.expect_err("no");
    assert!(matches!(answered("550 5.7.0 Error: insufficient authorization"), UpstreamError::NotTrusted(_)));
    assert!(matches!(answered("501 5.5.4 Bad LOGIN"), UpstreamError::NotTrusted(_)));
    assert_eq!(
        answered("554 5.7.1 Client host rejected"),
        UpstreamError::TurnedAway("554 5.7.1 Client host rejected".into())
    );
    assert!(matches!(answered("421 4.7.0 too many connections"), UpstreamError::TurnedAway(_)));
    assert!(matches!(answered("220 hi\r\n450 4.7.1 later"), UpstreamError::TurnedAway(_)));
    assert!(matches!(answered("250 ok"), UpstreamError::Unexpected(_)));
}

/// Postfix 3.7 with `inet_protocols = ipv4` says this of every address of IPv6.
#[test]
fn a_server_that_does_not_know_the_clients_kind_of_address_goes_without_it() {
    let bad = "501 5.5.4 Bad ADDR syntax: IPV6:2001:db8::9\r\n";
    let again = "220 mx\r\n250 mx\r\n";
    let client = || Some(forwarded("[2001:db8::9]:5555"));
    let (sent, end) = talk(Trust::Xclient, None, client(), &format!("{POSTFIX}{bad}{again}"));
    assert!(sent.ends_with("\r\nXCLIENT LOGIN=ada@example.org PROTO=ESMTP\r\nEHLO gw.example.org\r\n"), "{sent}");
    assert!(end.is_ok());
    let (_, end) = talk(Trust::Xclient, None, client(), &format!("{POSTFIX}{bad}{bad}"));
    assert!(matches!(end, Err(UpstreamError::NotTrusted(_))), "once");
    let (sent, end) = talk(Trust::MasterUser, None, client(), &format!("{DOVECOT}{bad}235 in\r\n"));
    assert!(sent.ends_with(&format!("SESSION=vk1\r\nAUTH PLAIN {MESSAGE}\r\n")), "{sent}");
    assert!(end.is_ok());
}

/// As Dovecot's submission service answers.
#[test]
fn dovecot_is_told_where_the_client_came_from_and_whom_it_is_for() {
    let again = "220 mx.example.org Dovecot ready.\r\n250-mx.example.org\r\n250-AUTH PLAIN\r\n250 SIZE 7\r\n";
    let (sent, end) = talk(
        Trust::MasterUser,
        Some("phone"),
        Some(forwarded("203.0.113.9:5555")),
        &format!("{DOVECOT}{again}235 2.7.0 Logged in.\r\n"),
    );
    assert_eq!(
        sent,
        format!(
            "EHLO phone\r\nXCLIENT ADDR=203.0.113.9 PORT=5555 SESSION=vk1\r\nEHLO phone\r\nAUTH PLAIN {MESSAGE}\r\n"
        )
    );
    assert_eq!(end, Ok(vec!["SIZE 7".to_owned()]));
    let (sent, end) = talk(Trust::MasterUser, Some("phone"), None, &format!("{DOVECOT}235 2.7.0 Logged in.\r\n"));
    assert_eq!(sent, format!("EHLO phone\r\nAUTH PLAIN {MESSAGE}\r\n"));
    assert_eq!(end, Ok(vec!["8BITMIME".to_owned(), "PIPELINING".to_owned()]));
    let bare = "220 hi\r\n250-mx\r\n250 AUTH=LOGIN PLAIN\r\n235 in\r\n";
    let (sent, end) = talk(Trust::MasterUser, None, Some(forwarded("203.0.113.9:5555")), bare);
    assert_eq!(sent, format!("EHLO gw.example.org\r\nAUTH PLAIN {MESSAGE}\r\n"), "without XCLIENT");
    assert!(end.is_ok());
}

#[test]
fn what_concerns_the_app_is_told_from_what_concerns_the_gateway() {
    let answered =
        |answer: &str| talk(Trust::MasterUser, None, None, &format!("{DOVECOT}{answer}\r\n")).1.expect_err("no");
    assert!(matches!(answered("535 5.7.8 Authentication failed"), UpstreamError::Refused(_)));
    assert!(matches!(answered("501 5.5.2 what"), UpstreamError::Refused(_)));
    assert_eq!(answered("454-4.7.0 a\r\n454 4.7.0 b"), UpstreamError::TurnedAway("454 4.7.0 a 4.7.0 b".into()));
    assert!(matches!(answered("421 4.3.2 Too many connections"), UpstreamError::TurnedAway(_)));
    assert!(matches!(answered("550 5.2.1 Mailbox disabled"), UpstreamError::TurnedAway(_)));
    assert!(matches!(answered("538 5.7.11 Encryption required"), UpstreamError::LoginDisabled));
    assert!(matches!(answered("334 "), UpstreamError::Unexpected(_)), "it had its initial response");
    assert!(matches!(answered("250 ok"), UpstreamError::Unexpected(_)));
}

#[test]
fn a_server_that_is_none_or_is_busy_or_wants_tls_is_left() {
    for trust in [Trust::Xclient, Trust::MasterUser] {
        let said = |text: &str| talk(trust, None, None, text);
        assert!(matches!(said("554-no\r\n554 no\r\n").1, Err(UpstreamError::Bye(_))));
        assert!(matches!(said("421 busy\r\n").1, Err(UpstreamError::Bye(_))));
        assert!(matches!(said("220 hi\r\n421 busy\r\n").1, Err(UpstreamError::Bye(_))));
        for none in ["* OK hello\r\n", "+OK hello\r\n", "250 hi\r\n", "220-a\r\n221 b\r\n", "220 hi\n", "\r\n"] {
            let (sent, end) = said(none);
            assert!(matches!(end, Err(UpstreamError::Unexpected(_))), "{none:?}");
            assert_eq!(sent, "", "nothing is sent before the greeting");
        }
        assert!(matches!(said(&"x".repeat(5000)).1, Err(UpstreamError::Unexpected(_))));
        assert!(matches!(said(&"220-0123456789\r\n".repeat(2000)).1, Err(UpstreamError::Unexpected(_))));
    }
    let (sent, end) = talk(Trust::MasterUser, None, None, "220 hi\r\n250-mx\r\n250 STARTTLS\r\n");
    assert_eq!(end, Err(UpstreamError::LoginDisabled), "the master's secret is not sent in vain");
    assert_eq!(sent, "EHLO gw.example.org\r\n");
}

#[test]
fn a_probe_learns_what_is_offered() {
    for size in [1, 1000] {
        let (sent, end) = drive(&mut Probe::new("gw.example.org"), POSTFIX, size);
        assert_eq!(sent, "EHLO gw.example.org\r\nQUIT\r\n");
        assert_eq!(end, Ok(vec!["PIPELINING".to_owned(), "SIZE 10240000".to_owned(), "CHUNKING".to_owned()]));
    }
    let failed = |text: &str| drive(&mut Probe::new("gw"), text, 1000).1;
    assert!(matches!(failed("421 busy\r\n"), Err(UpstreamError::Bye(_))));
    assert!(matches!(failed("220 hi\r\n502 what\r\n"), Err(UpstreamError::Bye(_))));
    assert!(matches!(failed("* OK\r\n"), Err(UpstreamError::Unexpected(_))));
}
