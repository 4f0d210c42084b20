use super::*;
use crate::conversation::Session as _;

/// Runs a conversation: what the app sends, in one piece or byte by byte; gives what it is sent, with attempts in
/// angle brackets.
fn talk(session: &mut Session, pieces: &[&[u8]]) -> String {
    let (mut out, mut pending) = (Vec::new(), Vec::new());
    'all: for piece in pieces {
        pending.extend_from_slice(piece);
        loop {
            let (used, event) = session.receive(&pending, &mut out);
            pending.drain(..used);
            let event = match event {
                Event::Attempt(c) => {
                    let acting_for = c.acting_for.map(|a| format!(" for {a}")).unwrap_or_default();
                    let secret = String::from_utf8_lossy(&c.secret).into_owned();
                    out.extend_from_slice(format!("<{} {secret}{acting_for}>\n", c.login).as_bytes());
                    session.refused(None, &mut out)
                }
                Event::More if used == 0 => break,
                other => other,
            };
            match event {
                Event::StartTls => out.extend_from_slice(b"<starttls>\n"),
                Event::Close(why) => out.extend_from_slice(format!("<close {why:?}>\n").as_bytes()),
                _ => continue,
            }
            break 'all;
        }
    }
    String::from_utf8(out).expect("text").replace("\r\n", "\n")
}

fn said(session: fn() -> Session, sent: &str) -> String {
    let whole = talk(&mut session(), &[sent.as_bytes()]);
    let cut: Vec<&[u8]> = sent.as_bytes().chunks(1).collect();
    assert_eq!(whole, talk(&mut session(), &cut), "however it is cut");
    whole
}

fn encrypted(sent: &str) -> String {
    said(|| Session::new(true, true, None), sent)
}

fn in_clear(sent: &str) -> String {
    said(|| Session::new(false, true, None), sent)
}

const REFUSED: &str = "-ERR [AUTH] Authentication failed.\n";

#[test]
fn user_and_pass_are_read_as_they_are() {
    let refused = |who: &str| format!("+OK\n<{who}>\n{REFUSED}");
    assert_eq!(encrypted("USER ada\r\nPASS abcd-efgh\r\n"), refused("ada abcd-efgh"));
    assert_eq!(encrypted("user ada@example.org\r\npass abcd efgh \r\n"), refused("ada@example.org abcd efgh "));
    assert_eq!(encrypted("USER ada\nPASS  x\n"), refused("ada  x"));
    assert_eq!(encrypted("USER ada\r\nPASS \r\n"), refused("ada "), "an empty password is an attempt like any other");
    assert_eq!(encrypted("USER bob\r\nUSER ada\r\nPASS x\r\n"), format!("+OK\n{}", refused("ada x")));
    assert_eq!(encrypted("PASS x\r\n"), "-ERR USER comes first.\n");
    let twice = encrypted("USER ada\r\nPASS x\r\nPASS y\r\n");
    assert_eq!(twice, format!("{}-ERR USER comes first.\n", refused("ada x")), "a guess needs both");
    assert_eq!(
        encrypted("USER ada\r\nAUTH PLAIN !\r\nPASS x\r\n"),
        "+OK\n-ERR Invalid base64.\n-ERR USER comes first.\n"
    );
}

#[test]
fn auth_is_read_with_and_without_an_initial_response() {
    let refused = format!("<ada abcd-efgh>\n{REFUSED}");
    assert_eq!(encrypted("AUTH PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n"), refused);
    assert_eq!(encrypted("auth plain\r\nAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("+ \n{refused}"));
    assert_eq!(
        encrypted("AUTH LOGIN\r\nYWRh\r\nYWJjZC1lZmdo\r\n"),
        format!("+ VXNlcm5hbWU6\n+ UGFzc3dvcmQ6\n{refused}")
    );
    assert_eq!(encrypted("AUTH LOGIN YWRh\r\nYWJjZC1lZmdo\r\n"), format!("+ UGFzc3dvcmQ6\n{refused}"));
    assert_eq!(encrypted("AUTH PLAIN Ym9iAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("<ada abcd-efgh for bob>\n{REFUSED}"));
    assert_eq!(
        encrypted("AUTH PLAIN\r\n*\r\nQUIT\r\n"),
        "+ \n-ERR Authentication cancelled.\n+OK Bye.\n<close Logout>\n"
    );
    assert_eq!(encrypted("AUTH PLAIN =\r\n"), "-ERR Invalid authentication message.\n");
    assert_eq!(encrypted("AUTH PLAIN a b\r\n"), "-ERR AUTH takes a mechanism and an initial response.\n");
    assert_eq!(encrypted("AUTH CRAM-MD5\r\n"), "-ERR This mechanism is not available.\n");
    assert_eq!(encrypted("AUTH\r\n"), "+OK Mechanisms follow.\nPLAIN\nLOGIN\n.\n");
}

#[test]
fn what_may_be_asked_before_signing_in_is_answered() {
    let mut greeting = Vec::new();
    Session::new(true, false, None).greet(&mut greeting);
    assert_eq!(greeting, b"+OK Valetkey ready.\r\n");
    assert_eq!(
        encrypted("CAPA\r\nquit\r\n"),
        "+OK Capability list follows.\nTOP\nUIDL\nRESP-CODES\nAUTH-RESP-CODE\nPIPELINING\nUSER\nSASL PLAIN LOGIN\n.\n\
         +OK Bye.\n<close Logout>\n"
    );
    for early in ["STAT", "NOOP", "APOP ada c4c9334bac560ecc979e58001b3e22fb", "UTF8", "", "XCLIENT ADDR=192.0.2.1"] {
        assert_eq!(encrypted(&format!("{early}\r\n")), "-ERR Sign in first.\n", "{early}");
    }
}

#[test]
fn in_clear_no_way_to_sign_in_is_offered_and_none_is_taken() {
    let offered = in_clear("CAPA\r\nAUTH\r\n");
    assert!(offered.contains("STLS\n") && !offered.contains("USER") && !offered.contains("PLAIN"), "{offered}");
    let no = "-ERR [SYS/PERM] Sign-in needs TLS.\n";
    assert_eq!(in_clear("USER ada\r\nPASS x\r\nAUTH PLAIN AGFkYQBwdw==\r\n"), no.repeat(3));
    assert_eq!(
        said(|| Session::new(false, false, None), "STLS\r\nAUTH LOGIN\r\n"),
        format!("-ERR STLS is not available here.\n{no}")
    );
    assert_eq!(encrypted("STLS\r\n"), "-ERR STLS is not available here.\n");
    assert!(!encrypted("CAPA\r\n").contains("STLS"));
}

#[test]
fn nothing_behind_stls_is_interpreted() {
    assert_eq!(in_clear("STLS\r\nCAPA\r\n"), "+OK Begin TLS negotiation now.\n<starttls>\n");
    assert_eq!(in_clear("STLS now\r\n"), "-ERR STLS is not available here.\n");
    let mut session = Session::new(false, true, None);
    talk(&mut session, &[b"STAT\r\nSTLS\r\n"]);
    let session = session.after_tls();
    assert!(session.is_encrypted() && session.mistakes() == 0, "what was said in clear is forgotten");
    assert!(!Session::greets_after_tls());
}

#[test]
fn while_an_attempt_is_decided_nothing_more_is_read() {
    let (mut session, mut out) = (Session::new(true, false, None), Vec::new());
    let sent = b"USER ada\r\nPASS pw\r\nSTAT\r\n";
    let (user, _) = session.receive(sent, &mut out);
    let (pass, event) = session.receive(&sent[user..], &mut out);
    assert!(matches!(event, Event::Attempt(_)));
    assert!(matches!(session.receive(&sent[user + pass..], &mut out), (0, Event::More)));
    assert_eq!(out, b"+OK\r\n");
    session.accepted(SignedIn { answer: "+OK Logged in.".into() }, &mut out);
    assert_eq!(out, b"+OK\r\n+OK Logged in.\r\n");
}

#[test]
fn each_answer_to_an_attempt_is_the_protocols_own() {
    let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
        let (mut session, mut out) = (Session::new(true, false, None), Vec::new());
        session.receive(b"AUTH PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n", &mut out);
        assert!(matches!(end(&mut session, &mut out), Event::More));
        let said = String::from_utf8(out).expect("text").replace("\r\n", "\n");
        assert_eq!(talk(&mut session, &[b"PASS x\r\n"]), "-ERR USER comes first.\n", "it goes on");
        said
    };
    assert_eq!(answer(|s, out| s.refused(None, out)), REFUSED);
    assert_eq!(
        answer(|s, out| s.refused(Some("Use an app password."), out)),
        "-ERR [AUTH] Authentication failed. Use an app password.\n"
    );
    assert_eq!(answer(|s, out| s.unavailable(out)), "-ERR [SYS/TEMP] Temporary failure. Please try again later.\n");
    assert_eq!(answer(|s, out| s.too_many_connections(out)), "-ERR [IN-USE] This account has too many connections.\n");
    assert_eq!(answer(|s, out| s.turned_away("[LOGIN-DELAY] Wait.", out)), "-ERR [LOGIN-DELAY] Wait.\n");
}

#[test]
fn what_is_too_long_ends_the_conversation_however_it_is_cut() {
    let close = "-ERR Command too long.\n<close TooLong>\n";
    assert_eq!(encrypted(&"x".repeat(LINE_BYTES_MAX + 1)), close);
    assert_eq!(encrypted(&format!("AUTH PLAIN\r\n{}\r\n", "A".repeat(LINE_BYTES_MAX))), format!("+ \n{close}"));
    let message = format!("AUTH PLAIN\r\n{}\r\n", "A".repeat(LINE_BYTES_MAX - 2));
    assert_eq!(encrypted(&message), "+ \n-ERR Authentication message too long.\n");
    assert!(encrypted(&format!("USER {}\r\n", "a".repeat(600))).starts_with("-ERR USER takes"));
    assert!(
        encrypted(&format!("USER ada\r\nPASS {}\r\n", "a".repeat(1025)))
            .ends_with("-ERR PASS takes a password that is not too long.\n")
    );
}

#[test]
fn what_is_no_name_and_no_password_is_bad_and_not_wrong() {
    for bad in ["USER\r\n", "USER \r\n", "USER a\tb\r\n", "USER a\0b\r\n", "USER a\rb\r\n", "USER a\r\r\n"] {
        assert!(encrypted(bad).starts_with("-ERR "), "{bad:?}");
    }
    for bad in ["PASS\r\n", "PASS a\0b\r\n", "PASS a\rb\r\n"] {
        let answer = encrypted(&format!("USER ada\r\n{bad}"));
        assert!(answer.starts_with("+OK\n-ERR ") && !answer.contains('<'), "{bad:?}: {answer}");
    }
    assert!(talk(&mut Session::new(true, false, None), &[b"USER \xff\r\n"]).starts_with("-ERR USER takes"));
}

#[test]
fn who_talks_nonsense_or_guesses_is_sent_away() {
    let answer = encrypted(&"GET / HTTP/1.1\r\n".repeat(30));
    assert!(answer.ends_with("-ERR Too many invalid commands.\n<close Mistakes>\n"), "{answer}");
    assert_eq!(answer.lines().count(), 21);
    let answer = encrypted(&"USER ada\r\nPASS x\r\n".repeat(10));
    assert!(
        answer.ends_with("-ERR [AUTH] Authentication failed. Too many failed sign-ins.\n<close Refusals>\n"),
        "{answer}"
    );
    assert_eq!(answer.matches("<ada").count(), 5);
}
