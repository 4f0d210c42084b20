use super::*;
use crate::conversation::Session as _;

/// Runs a conversation: what the app sends, in one piece or byte by byte; gives what it is sent, with attempts in
/// angle brackets.
fn talk(session: &mut Session, sent: &[u8], in_pieces: bool) -> String {
    let mut out = Vec::new();
    let mut pending: Vec<u8> = Vec::new();
    let pieces: Vec<&[u8]> = if in_pieces { sent.chunks(1).collect() } else { vec![sent] };
    for piece in pieces {
        pending.extend_from_slice(piece);
        loop {
            let (used, event) = session.receive(&pending, &mut out);
            pending.drain(..used);
            match event {
                Event::More if used == 0 => break,
                Event::More => {}
                Event::Attempt(c) => {
                    let acting_for = c.acting_for.map(|a| format!(" for {a}")).unwrap_or_default();
                    let secret = String::from_utf8_lossy(&c.secret).into_owned();
                    out.extend_from_slice(format!("<{} {secret}{acting_for}>\n", c.login).as_bytes());
                    if let Event::Close(why) = session.refused(None, &mut out) {
                        out.extend_from_slice(format!("<close {why:?}>\n").as_bytes());
                        return String::from_utf8(out).expect("text");
                    }
                }
                Event::StartTls => {
                    out.extend_from_slice(b"<starttls>\n");
                    return String::from_utf8(out).expect("text");
                }
                Event::Close(why) => {
                    out.extend_from_slice(format!("<close {why:?}>\n").as_bytes());
                    return String::from_utf8(out).expect("text");
                }
            }
        }
    }
    String::from_utf8(out).expect("text")
}

fn encrypted(sent: &str) -> String {
    let whole = talk(&mut Session::new(true, false, None), sent.as_bytes(), false);
    let pieces = talk(&mut Session::new(true, false, None), sent.as_bytes(), true);
    assert_eq!(whole, pieces, "however it is cut");
    whole.replace("\r\n", "\n")
}

fn in_clear(sent: &str) -> String {
    talk(&mut Session::new(false, true, None), sent.as_bytes(), false).replace("\r\n", "\n")
}

#[test]
fn login_is_read_in_every_form() {
    for sent in [
        "a LOGIN ada abcd-efgh\r\n",
        "a login \"ada\" \"abcd-efgh\"\r\n",
        "a LOGIN {3+}\r\nada {9+}\r\nabcd-efgh\r\n",
        "a LOGIN ada {9+}\r\nabcd-efgh\r\n",
        "a LOGIN ada \"abcd-efgh\"\n",
    ] {
        assert_eq!(
            encrypted(sent),
            "<ada abcd-efgh>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n",
            "{sent:?}"
        );
    }
    let waited_for = encrypted("a LOGIN {3}\r\nada {9}\r\nabcd-efgh\r\n");
    assert_eq!(waited_for, "+ OK\n+ OK\n<ada abcd-efgh>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n");
}

#[test]
fn authenticate_is_read_with_and_without_an_initial_response() {
    let refused = "<ada abcd-efgh>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n";
    assert_eq!(encrypted("a AUTHENTICATE PLAIN AGFkYQBhYmNkLWVmZ2g=\r\n"), refused);
    assert_eq!(encrypted("a AUTHENTICATE plain\r\nAGFkYQBhYmNkLWVmZ2g=\r\n"), format!("+ \n{refused}"));
    assert_eq!(
        encrypted("a AUTHENTICATE LOGIN\r\nYWRh\r\nYWJjZC1lZmdo\r\n"),
        format!("+ VXNlcm5hbWU6\n+ UGFzc3dvcmQ6\n{refused}")
    );
    assert_eq!(encrypted("a AUTHENTICATE LOGIN YWRh\r\nYWJjZC1lZmdo\r\n"), format!("+ UGFzc3dvcmQ6\n{refused}"));
    assert_eq!(
        encrypted("a AUTHENTICATE PLAIN Ym9iAGFkYQBhYmNkLWVmZ2g=\r\n"),
        "<ada abcd-efgh for bob>\na NO [AUTHENTICATIONFAILED] Authentication failed.\n"
    );
    assert_eq!(encrypted("a AUTHENTICATE PLAIN\r\n*\r\n"), "+ \na BAD Authentication cancelled.\n");
    assert_eq!(encrypted("a AUTHENTICATE PLAIN !\r\nb NOOP\r\n"), "a BAD Invalid base64.\nb OK NOOP completed.\n");
    assert_eq!(encrypted("a AUTHENTICATE CRAM-MD5\r\n"), "a NO [CANNOT] This mechanism is not available.\n");
}

/// Found by fuzzing: in one piece it was an answer that is too long, cut it was a line that is too long.
#[test]
fn an_answer_longer_than_any_line_ends_the_conversation_however_it_is_cut() {
    let said = |length: usize| encrypted(&format!("a AUTHENTICATE PLAIN\r\n{}\r\n", "A".repeat(length)));
    assert_eq!(said(COMMAND_BYTES_MAX), "+ \n* BAD Command too long.\n* BYE Command too long.\n<close TooLong>\n");
    assert_eq!(said(COMMAND_BYTES_MAX - 2), "+ \na BAD Authentication message too long.\n");
}

#[test]
fn what_may_be_asked_before_signing_in_is_answered() {
    assert_eq!(
        encrypted("a CAPABILITY\r\nb NOOP\r\nc ID (\"name\" \"x\")\r\nd LOGOUT\r\n"),
        "* CAPABILITY IMAP4rev1 SASL-IR ID IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN\na OK Capability completed.\n\
         b OK NOOP completed.\n* ID (\"name\" \"Valetkey\")\nc OK ID completed.\n\
         * BYE Logging out.\nd OK Logout completed.\n<close Logout>\n"
    );
    let mut session = Session::new(true, false, None);
    talk(&mut session, b"a ID (\"name\" \"Thunderbird\" \"version\" \"153\")\r\n", false);
    assert_eq!(session.client(), Some("Thunderbird 153"));
}

#[test]
fn in_clear_no_way_to_sign_in_is_offered_and_none_is_taken() {
    let mut greeting = Vec::new();
    Session::new(false, true, None).greet(&mut greeting);
    let greeting = String::from_utf8(greeting).expect("text");
    assert!(
        greeting.contains("LOGINDISABLED") && greeting.contains("STARTTLS") && !greeting.contains("AUTH="),
        "{greeting}"
    );
    assert_eq!(
        in_clear("a LOGIN ada pw\r\nb AUTHENTICATE PLAIN AGFkYQBwdw==\r\nc NOOP\r\n"),
        "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\nb NO [PRIVACYREQUIRED] Sign-in needs TLS.\nc OK NOOP completed.\n"
    );
    assert_eq!(
        in_clear("a LOGIN ada {9}\r\nb NOOP\r\n"),
        "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\nb OK NOOP completed.\n"
    );
    assert_eq!(in_clear("a login {3}\r\n"), "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\n");
    assert_eq!(encrypted("a STARTTLS\r\n"), "a BAD STARTTLS is not available here.\n");
}

#[test]
fn nothing_behind_starttls_is_interpreted() {
    assert_eq!(in_clear("a STARTTLS\r\nb NOOP\r\n"), "a OK Begin TLS negotiation now.\n<starttls>\n");
    assert_eq!(in_clear("a STARTTLS now\r\n"), "a BAD STARTTLS is not available here.\n");
}

#[test]
fn what_is_pipelined_behind_a_refused_sign_in_is_answered_as_before_it() {
    assert_eq!(
        encrypted("a LOGIN ada pw\r\nb SELECT INBOX\r\n"),
        "<ada pw>\na NO [AUTHENTICATIONFAILED] Authentication failed.\nb BAD Sign in first.\n"
    );
}

#[test]
fn while_an_attempt_is_decided_nothing_more_is_read() {
    let mut session = Session::new(true, false, None);
    let mut out = Vec::new();
    let (used, event) = session.receive(b"a LOGIN ada pw\r\nb NOOP\r\n", &mut out);
    assert!(matches!(event, Event::Attempt(_)));
    assert!(matches!(session.receive(&b"a LOGIN ada pw\r\nb NOOP\r\n"[used..], &mut out), (0, Event::More)));
    assert!(out.is_empty());
    let mut out = Vec::new();
    let untagged = b"* CAPABILITY IMAP4rev1\r\n".to_vec();
    let capabilities = super::super::capability::Capabilities::default();
    session.accepted(SignedIn { untagged, answer: b"OK Logged in".to_vec(), capabilities }, &mut out);
    assert_eq!(out, b"* CAPABILITY IMAP4rev1\r\na OK Logged in\r\n");
}

#[test]
fn each_answer_to_an_attempt_is_the_protocols_own() {
    let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
        let (mut session, mut out) = (Session::new(true, false, None), Vec::new());
        session.receive(b"a LOGIN ada pw\r\n", &mut out);
        end(&mut session, &mut out);
        String::from_utf8(out).expect("text").replace("\r\n", "\n")
    };
    assert_eq!(
        answer(|s, out| s.refused(Some("Use an app password."), out)),
        "* NO [ALERT] Use an app password.\na NO [AUTHENTICATIONFAILED] Authentication failed.\n"
    );
    assert_eq!(answer(|s, out| s.unavailable(out)), "a NO [UNAVAILABLE] Temporary failure. Please try again later.\n");
    assert_eq!(answer(|s, out| s.too_many_connections(out)), "a NO [LIMIT] This account has too many connections.\n");
    assert_eq!(answer(|s, out| s.turned_away("[INUSE] Locked.", out)), "a NO [INUSE] Locked.\n");
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let endless = "x".repeat(9000);
    assert!(encrypted(&endless).ends_with("* BYE Command too long.\n<close TooLong>\n"));
    assert!(encrypted("a LOGIN {9000}\r\n").ends_with("<close TooLong>\n"));
    assert!(encrypted("a LOGIN {99999999999999999999+}\r\n").ends_with("<close TooLong>\n"));
    assert!(encrypted(&format!("a AUTHENTICATE PLAIN\r\n{endless}")).ends_with("<close TooLong>\n"));
    assert!(encrypted(&format!("a LOGIN {} x\r\n", "a".repeat(600))).starts_with("a BAD The user name"));
}

#[test]
fn names_with_control_characters_are_bad_and_not_wrong() {
    for bad in [
        "a LOGIN \"a\tb\" x\r\n",
        "a LOGIN {3+}\r\na\0b x\r\n",
        "a LOGIN {3+}\r\na\rb x\r\n",
        "a LOGIN ada {3+}\r\np\0w\r\n",
    ] {
        assert!(!encrypted(bad).contains('<'), "{bad:?}: {}", encrypted(bad));
    }
    assert!(encrypted("a LOGIN {2+}\r\n\u{fffd} x\r\n").contains("BAD"), "half a character");
}

#[test]
fn who_talks_nonsense_or_guesses_is_sent_away() {
    let nonsense = "GET / HTTP/1.1\r\n".repeat(30);
    let answer = encrypted(&nonsense);
    assert!(answer.ends_with("* BYE Too many invalid commands.\n<close Mistakes>\n"), "{answer}");
    let guesses = "a LOGIN ada pw\r\n".repeat(10);
    let answer = encrypted(&guesses);
    assert!(answer.ends_with("* BYE Too many failed sign-ins.\n<close Refusals>\n"), "{answer}");
    assert_eq!(answer.matches('<').count(), 6, "five guesses and the end");
}
