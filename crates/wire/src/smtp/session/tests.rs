//! Conversations as bytes, whole and cut.

use super::super::Trust;
use super::*;
use crate::conversation::Session as _;

fn greeting() -> Arc<Greeting> {
    let keywords = vec!["SIZE 10240000".to_owned(), "8BITMIME".to_owned(), "PIPELINING".to_owned()];
    Arc::new(Greeting { host: "gw.example.org".into(), keywords, trust: Trust::Xclient })
}

fn session(encrypted: bool) -> Session {
    Session::new(encrypted, true, None, greeting())
}

/// Runs a conversation: what the app sends, in one piece or byte by byte; gives what it is sent, with events in angle
/// brackets.
fn talk(session: &mut Session, sent: &[u8], in_pieces: bool) -> String {
    let (mut out, mut pending) = (Vec::new(), Vec::new());
    let pieces: Vec<&[u8]> = if in_pieces { sent.chunks(1).collect() } else { vec![sent] };
    'all: for piece in pieces {
        pending.extend_from_slice(piece);
        loop {
            let (used, event) = session.receive(&pending, &mut out);
            pending.drain(..used);
            let event = match event {
                Event::More if used == 0 => break,
                Event::Attempt(c) => {
                    let acting_for = c.acting_for.map(|a| format!(" for {a}")).unwrap_or_default();
                    let secret = String::from_utf8_lossy(&c.secret).into_owned();
                    out.extend_from_slice(format!("<{} {secret}{acting_for}>\r\n", c.login).as_bytes());
                    session.refused(None, &mut out)
                }
                event => event,
            };
            match event {
                Event::StartTls => out.extend_from_slice(b"<starttls>\r\n"),
                Event::Close(why) => out.extend_from_slice(format!("<close {why:?}>\r\n").as_bytes()),
                _ => continue,
            }
            break 'all;
        }
    }
    let text = String::from_utf8(out).expect("text");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "every line ends in CR LF");
    text.replace("\r\n", "\n")
}

fn both(encrypted: bool, sent: &str) -> String {
    let whole = talk(&mut session(encrypted), sent.as_bytes(), false);
    assert_eq!(whole, talk(&mut session(encrypted), sent.as_bytes(), true), "however it is cut");
    whole
}

fn encrypted(sent: &str) -> String {
    both(true, sent)
}

fn in_clear(sent: &str) -> String {
    both(false, sent)
}

const REFUSED: &str = "<ada abcd-efgh>\n535 5.7.8 Authentication failed.\n";

#[test]
fn a_greeting_and_an_answer_name_the_gateway_and_what_is_offered() {
    let mut out = Vec::new();
    session(true).greet(&mut out);
    assert_eq!(out, b"220 gw.example.org ESMTP Valetkey ready.\r\n");
    let common = "250-gw.example.org\n250-PIPELINING\n250-ENHANCEDSTATUSCODES\n250-SIZE 10240000\n250-8BITMIME\n";
    assert_eq!(encrypted("EHLO phone.local\r\n"), format!("{common}250 AUTH PLAIN LOGIN\n"));
    assert_eq!(in_clear("ehlo [192.0.2.1]\r\n"), format!("{common}250 STARTTLS\n"));
    assert_eq!(encrypted("HELO phone\r\n"), "250 gw.example.org\n");
    let mut session = Session::new(false, false, None, greeting());
    let answer = talk(&mut session, b"EHLO phone\r\n", false);
    assert!(!answer.contains("AUTH") && !answer.contains("STARTTLS") && answer.ends_with("250 8BITMIME\n"), "{answer}");
    assert_eq!(session.client(), Some("phone"));
    assert_eq!(encrypted("EHLO\r\nEHLO a b\r\n").matches("501 5.5.4").count(), 2);
    assert_eq!(encrypted("LHLO x\r\n"), "500 5.5.1 This is not LMTP.\n");
}

/// The examples of RFC 4954 section 4.1, and what apps send beside them.
#[test]
fn auth_is_read_with_and_without_an_initial_response() {
    assert_eq!(encrypted("AUTH PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n"), REFUSED);
    assert_eq!(encrypted("auth plain\r\nAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("334 \n{REFUSED}"));
    let asked = "334 VXNlcm5hbWU6\n334 UGFzc3dvcmQ6\n";
    assert_eq!(encrypted("AUTH LOGIN\r\nYWRh\r\nYWJjZC1lZmdo\r\n"), format!("{asked}{REFUSED}"));
    assert_eq!(encrypted("AUTH LOGIN YWRh\r\nYWJjZC1lZmdo\r\n"), format!("334 UGFzc3dvcmQ6\n{REFUSED}"));
    assert_eq!(
        encrypted("AUTH PLAIN Ym9iAGFkYQBhYmNkLWVmZ2g=\r\n"),
        "<ada abcd-efgh for bob>\n535 5.7.8 Authentication failed.\n"
    );
    assert_eq!(encrypted("AUTH PLAIN\r\n*\r\nNOOP\r\n"), "334 \n501 5.7.0 Authentication cancelled.\n250 2.0.0 OK.\n");
    assert_eq!(encrypted("AUTH PLAIN =\r\n"), "501 5.5.2 Invalid authentication message.\n");
    assert_eq!(encrypted("AUTH PLAIN !\r\n"), "501 5.5.2 Invalid base64.\n");
    assert_eq!(encrypted("AUTH CRAM-MD5\r\n"), "504 5.5.4 This mechanism is not available.\n");
    for bad in ["AUTH\r\n", "AUTH PLAIN a b\r\n"] {
        assert_eq!(encrypted(bad), "501 5.5.4 Syntax: AUTH mechanism [initial response].\n");
    }
}

#[test]
fn in_clear_no_password_is_taken() {
    assert_eq!(
        in_clear("AUTH PLAIN AGFkYQBwdw==\r\nAUTH LOGIN\r\nMAIL FROM:<a@b>\r\n"),
        "538 5.7.11 Sign-in needs TLS.\n538 5.7.11 Sign-in needs TLS.\n530 5.7.0 Begin TLS and sign in first.\n"
    );
    assert_eq!(encrypted("STARTTLS\r\n"), "503 5.5.1 STARTTLS is not available here.\n");
}

/// CVE-2011-0411: what came in clear is not read as if it had come encrypted.
#[test]
fn nothing_behind_starttls_is_interpreted() {
    let mut clear = session(false);
    let begun = "220 2.0.0 Begin TLS negotiation now.\n<starttls>\n";
    assert_eq!(talk(&mut clear, b"STARTTLS\r\nEHLO evil\r\nAUTH PLAIN AGFkYQBwdw==\r\n", false), begun);
    assert_eq!(in_clear("STARTTLS now\r\n"), "501 5.5.4 STARTTLS takes no parameters.\n");
    talk(&mut clear, b"EHLO phone\r\n", false);
    let session = clear.after_tls();
    assert!(session.is_encrypted() && session.client().is_none(), "what was said in clear is forgotten");
}

#[test]
fn what_needs_a_sign_in_waits_for_it() {
    for command in ["MAIL FROM:<ada@example.org>", "RCPT TO:<a@b>", "DATA", "XCLIENT LOGIN=bob", "EXPN x", "GET / HTTP"]
    {
        assert_eq!(encrypted(&format!("{command}\r\n")), "530 5.7.0 Sign in first.\n", "{command}");
    }
    assert_eq!(
        encrypted("NOOP\r\nRSET\r\nVRFY ada\r\nHELP\r\nQUIT\r\n"),
        "250 2.0.0 OK.\n250 2.0.0 OK.\n252 2.0.0 Send some mail to find out.\n214 2.0.0 Sign in with an app password.\n\
         221 2.0.0 Goodbye.\n<close Logout>\n"
    );
    // What is in a chunk is no command.
    assert_eq!(encrypted("BDAT 6 LAST\r\nQUIT\r\n"), "530 5.7.0 Sign in first.\n<close OutOfStep>\n");
}

#[test]
fn what_is_pipelined_behind_a_refused_sign_in_is_answered_as_before_it() {
    assert_eq!(
        encrypted("AUTH PLAIN AGFkYQBhYmNkLWVmZ2g=\r\nMAIL FROM:<ada@example.org>\r\n"),
        format!("{REFUSED}530 5.7.0 Sign in first.\n")
    );
}

#[test]
fn while_an_attempt_is_decided_nothing_more_is_read() {
    let (mut session, mut out) = (session(true), Vec::new());
    let sent = b"AUTH PLAIN AGFkYQBwdw==\r\nNOOP\r\n";
    let (used, event) = session.receive(sent, &mut out);
    assert!(matches!(event, Event::Attempt(_)) && used == sent.len() - 6);
    assert!(matches!(session.receive(&sent[used..], &mut out), (0, Event::More)));
    assert!(out.is_empty());
    session.accepted(SignedIn { keywords: Vec::new(), addresses: Vec::new() }, &mut out);
    assert_eq!(out, b"235 2.7.0 Authentication succeeded.\r\n");
}

#[test]
fn each_answer_to_an_attempt_is_the_protocols_own() {
    let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
        let (mut session, mut out) = (session(true), Vec::new());
        session.receive(b"AUTH PLAIN AGFkYQBwdw==\r\n", &mut out);
        end(&mut session, &mut out);
        String::from_utf8(out).expect("text").replace("\r\n", "\n")
    };
    assert_eq!(
        answer(|s, out| s.refused(Some("Use an app password."), out)),
        "535-5.7.8 Use an app password.\n535 5.7.8 Authentication failed.\n"
    );
    assert_eq!(answer(|s, out| s.unavailable(out)), "454 4.7.0 Temporary failure. Please try again later.\n");
    assert_eq!(answer(|s, out| s.too_many_connections(out)), "421 4.7.0 This account has too many connections.\n");
    assert_eq!(answer(|s, out| s.turned_away("450 4.7.1 Slow down", out)), "450 4.7.1 Slow down\n");
    // Whatever the server says, the app's own password was right.
    assert_eq!(answer(|s, out| s.turned_away("535 5.7.8 no", out)), "454 4.7.0 535 5.7.8 no\n");
    assert_eq!(answer(|s, out| s.turned_away("busy", out)), "454 4.7.0 busy\n");
}

#[test]
fn a_line_that_servers_read_in_different_ways_ends_the_conversation() {
    for bare in ["NOOP\nNOOP\r\n", "NO\rOP\r\n", "\n"] {
        assert_eq!(encrypted(bare), "521 5.5.2 Lines must end in CR LF.\n<close OutOfStep>\n", "{bare:?}");
    }
    assert_eq!(encrypted("AUTH PLAIN\r\nAAAA\n"), "334 \n521 5.5.2 Lines must end in CR LF.\n<close OutOfStep>\n");
    assert_eq!(encrypted("NO\0OP\r\nNO\tOP\r\n"), "500 5.5.2 Invalid command.\n".repeat(2));
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let too_long = "500 5.5.2 Line too long.\n<close TooLong>\n";
    assert_eq!(encrypted(&"x".repeat(513)), too_long);
    assert_eq!(encrypted(&format!("NOOP {}\r\n", "x".repeat(505))), "250 2.0.0 OK.\n");
    assert_eq!(encrypted(&format!("NOOP {}\r\n", "x".repeat(506))), too_long);
    let auth = |length: usize| encrypted(&format!("AUTH PLAIN {}\r\n", "A".repeat(length)));
    assert_eq!(auth(4100), "500 5.5.6 Authentication message too long.\n");
    assert_eq!(auth(AUTH_LINE_BYTES_MAX), too_long);
    let answer = |length: usize| encrypted(&format!("AUTH PLAIN\r\n{}\r\n", "A".repeat(length)));
    assert_eq!(answer(AUTH_LINE_BYTES_MAX - 2), "334 \n500 5.5.6 Authentication message too long.\n");
    assert_eq!(answer(AUTH_LINE_BYTES_MAX - 1), format!("334 \n{too_long}"));
}

#[test]
fn who_talks_nonsense_or_guesses_is_sent_away() {
    let answer = encrypted(&"GET / HTTP/1.1\r\n".repeat(30));
    assert!(answer.ends_with("421 4.7.0 Too many invalid commands.\n<close Mistakes>\n"), "{answer}");
    let answer = encrypted(&"AUTH PLAIN AGFkYQBwdw==\r\n".repeat(10));
    assert!(answer.ends_with("421 4.7.0 Too many failed sign-ins.\n<close Refusals>\n"), "{answer}");
    assert_eq!(answer.matches('<').count(), 6, "five guesses and the end");
}
