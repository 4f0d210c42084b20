use super::*;
use crate::conversation::Session as _;

/// Runs a conversation: what the app sends, in pieces; gives what it is sent, with attempts in angle brackets.
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
    let cut: Vec<&[u8]> = sent.as_bytes().chunks(1 + sent.len() / 1000).collect();
    assert_eq!(whole, talk(&mut session(), &cut), "however it is cut");
    whole
}

fn encrypted(sent: &str) -> String {
    said(|| Session::new(true, true, None, Arc::default()), sent)
}

fn in_clear(sent: &str) -> String {
    said(|| Session::new(false, true, None, Arc::default()), sent)
}

fn greeting(session: &Session) -> String {
    let mut out = Vec::new();
    session.greet(&mut out);
    String::from_utf8(out).expect("text").replace("\r\n", "\n")
}

fn vacation() -> Arc<Sieve> {
    let (extensions, notify) = ("fileinto vacation".to_owned(), Some("mailto".to_owned()));
    Arc::new(Sieve { extensions, notify, redirects: Some(4) })
}

const REFUSED: &str = "<ada abcd-efgh>\nNO \"Authentication failed.\"\n";

#[test]
fn authenticate_is_read_in_every_form() {
    for sent in [
        "AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\n",
        "authenticate \"plain\" {20+}\r\nAGFkYQBhYmNkLWVmZ2g=\r\n",
        "Authenticate {5+}\r\nPLAIN {20+}\r\nAGFkYQBhYmNkLWVmZ2g=\r\n",
    ] {
        assert_eq!(encrypted(sent), REFUSED, "{sent:?}");
    }
    assert_eq!(encrypted("AUTHENTICATE \"PLAIN\"\r\n\"AGFkYQBhYmNkLWVmZ2g=\"\r\n"), format!("\"\"\n{REFUSED}"));
    let asked = format!("\"VXNlcm5hbWU6\"\n\"UGFzc3dvcmQ6\"\n{REFUSED}");
    assert_eq!(encrypted("AUTHENTICATE \"LOGIN\"\r\n{4+}\r\nYWRh\r\n\"YWJjZC1lZmdo\"\r\n"), asked);
    assert_eq!(
        encrypted("AUTHENTICATE \"LOGIN\" \"YWRh\"\r\n\"YWJjZC1lZmdo\"\r\n"),
        format!("\"UGFzc3dvcmQ6\"\n{REFUSED}")
    );
    let for_bob = encrypted("AUTHENTICATE \"PLAIN\" \"Ym9iAGFkYQBhYmNkLWVmZ2g=\"\r\n");
    assert!(for_bob.starts_with("<ada abcd-efgh for bob>\n"), "{for_bob}");
}

#[test]
fn an_exchange_that_comes_to_nothing_is_no_attempt() {
    let no = |text: &str| format!("NO \"{text}\"\nOK \"NOOP completed.\"\n");
    let end = |sent: &str| encrypted(&format!("AUTHENTICATE {sent}\r\nNOOP\r\n"));
    assert_eq!(end("\"PLAIN\"\r\n\"*\""), format!("\"\"\n{}", no("Authentication cancelled.")));
    assert_eq!(end("\"PLAIN\" \"!\""), no("Invalid base64."));
    assert_eq!(end("\"PLAIN\" \"\""), no("Invalid authentication message."));
    assert_eq!(end("\"PLAIN\"\r\nAGFkYQBhYmNkLWVmZ2g="), format!("\"\"\n{}", no("Invalid authentication message.")));
    assert_eq!(
        end("\"PLAIN\"\r\n\"AGFkYQBhYmNkLWVmZ2g=\" x"),
        format!("\"\"\n{}", no("Invalid authentication message."))
    );
    assert_eq!(end(&format!("\"PLAIN\" \"{}\"", "A".repeat(5000))), no("Authentication message too long."));
    assert_eq!(end("\"CRAM-MD5\""), no("This mechanism is not available."));
    assert_eq!(end("PLAIN"), no("These are not this command's arguments."));
    assert_eq!(end("\"PLAIN\" \"\" \"\""), no("These are not this command's arguments."));
    // An app that waits to be asked for its literal waits for ever: it is told that there are none such.
    assert_eq!(end("\"PLAIN\" {20}"), no("Invalid command."));
}

#[test]
fn what_may_be_asked_before_signing_in_is_answered() {
    let session = Session::new(true, false, None, vacation());
    let list = "\"IMPLEMENTATION\" \"Valetkey\"\n\"SIEVE\" \"fileinto vacation\"\n\"NOTIFY\" \"mailto\"\n\
                \"MAXREDIRECTS\" \"4\"\n\"SASL\" \"PLAIN LOGIN\"\n\"VERSION\" \"1.0\"\n";
    assert_eq!(greeting(&session), format!("{list}OK \"Valetkey ready.\"\n"));
    let said = encrypted("CAPABILITY\r\nnoop\r\nNOOP \"a\\\"b\"\r\nNOOP {4+}\r\na\r\nb\r\nLOGOUT\r\n");
    let list = list.replace(" vacation", "").replace("\"NOTIFY\" \"mailto\"\n\"MAXREDIRECTS\" \"4\"\n", "");
    assert_eq!(
        said,
        format!(
            "{list}OK \"Capability completed.\"\nOK \"NOOP completed.\"\nOK (TAG \"a\\\"b\") \"NOOP completed.\"\n\
             OK (TAG {{4}}\na\nb) \"NOOP completed.\"\nOK \"Logout completed.\"\n<close Logout>\n"
        )
    );
    for early in [
        "HAVESPACE \"a\" 5",
        "PUTSCRIPT \"a\" {7+}\r\nLOGOUT\n",
        "LISTSCRIPTS",
        "UNAUTHENTICATE",
        "XCLIENT ADDR=::1",
        "",
    ] {
        assert_eq!(encrypted(&format!("{early}\r\n")), "NO \"Sign in first.\"\n", "{early}");
    }
}

#[test]
fn in_clear_no_way_to_sign_in_is_offered_and_none_is_taken() {
    let offered = greeting(&Session::new(false, true, None, Arc::default()));
    assert!(offered.contains("\"SASL\" \"\"\n\"STARTTLS\"\n") && !offered.contains("PLAIN"), "{offered}");
    assert!(!greeting(&Session::new(false, false, None, Arc::default())).contains("STARTTLS"));
    let no = "NO (ENCRYPT-NEEDED) \"Sign-in needs TLS.\"\n";
    let sent = "AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\nAUTHENTICATE \"LOGIN\"\r\n";
    assert_eq!(in_clear(sent), no.repeat(2));
    assert_eq!(encrypted("STARTTLS\r\n"), "NO \"STARTTLS is not available here.\"\n");
}

#[test]
fn nothing_behind_starttls_is_interpreted_and_the_greeting_comes_again() {
    assert_eq!(in_clear("STARTTLS\r\nNOOP\r\n"), "OK \"Begin TLS negotiation now.\"\n<starttls>\n");
    let mut session = Session::new(false, true, None, vacation());
    talk(&mut session, &[b"LISTSCRIPTS\r\nSTARTTLS\r\n"]);
    let session = session.after_tls();
    assert!(session.is_encrypted() && session.mistakes() == 0, "what was said in clear is forgotten");
    let greeting = greeting(&session);
    assert!(Session::greets_after_tls() && greeting.contains("PLAIN") && !greeting.contains("STARTTLS"), "{greeting}");
    assert!(greeting.contains("\"SIEVE\" \"fileinto vacation\""), "{greeting}");
}

#[test]
fn while_an_attempt_is_decided_nothing_more_is_read() {
    let (mut session, mut out) = (Session::new(true, false, None, Arc::default()), Vec::new());
    let sent = b"AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\nLISTSCRIPTS\r\n";
    let (used, event) = session.receive(sent, &mut out);
    assert!(matches!(event, Event::Attempt(_)));
    assert!(matches!(session.receive(&sent[used..], &mut out), (0, Event::More)));
    assert!(out.is_empty());
    session.accepted(SignedIn { text: "Logged \"in\".".into() }, &mut out);
    assert_eq!(out, b"OK \"Logged \\\"in\\\".\"\r\n");
}

#[test]
fn each_answer_to_an_attempt_is_the_protocols_own() {
    let answer = |end: fn(&mut Session, &mut Vec<u8>) -> Event| {
        let (mut session, mut out) = (Session::new(true, false, None, Arc::default()), Vec::new());
        session.receive(b"AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\n", &mut out);
        assert!(matches!(end(&mut session, &mut out), Event::More));
        let said = String::from_utf8(out).expect("text").replace("\r\n", "\n");
        assert_eq!(talk(&mut session, &[b"NOOP\r\n"]), "OK \"NOOP completed.\"\n", "it goes on");
        said
    };
    assert_eq!(
        answer(|s, out| s.refused(Some("Use an \"app password\"."), out)),
        "NO \"Authentication failed. Use an \\\"app password\\\".\"\n"
    );
    assert_eq!(answer(|s, out| s.unavailable(out)), "NO (TRYLATER) \"Temporary failure. Please try again later.\"\n");
    assert_eq!(
        answer(|s, out| s.too_many_connections(out)),
        "NO (TRYLATER) \"This account has too many connections.\"\n"
    );
    assert_eq!(
        answer(|s, out| s.turned_away("(QUOTA/MAXSIZE) \"Full\"\r\n.", out)),
        "NO (QUOTA/MAXSIZE) \"\\\"Full\\\".\"\n"
    );
    assert_eq!(answer(|s, out| s.turned_away("(a b) No.", out)), "NO \"(a b) No.\"\n");
}

#[test]
fn what_is_too_long_ends_the_conversation_however_it_is_cut() {
    let close = "BYE \"Command too long.\"\n<close TooLong>\n";
    for long in [
        "x".repeat(COMMAND_BYTES_MAX + 1),
        format!("NOOP \"{}\"\r\n", "x".repeat(COMMAND_BYTES_MAX)),
        format!("NOOP {{{COMMAND_BYTES_MAX}+}}\r\n"),
        "PUTSCRIPT \"a\" {4294967295+}\r\n".to_owned(),
        format!("(not a command {}", "x".repeat(COMMAND_BYTES_MAX)),
    ] {
        assert_eq!(encrypted(&long), close);
    }
    let longest = format!("NOOP \"{}\"\r\n", "x".repeat(COMMAND_BYTES_MAX - 9));
    assert!(encrypted(&longest).starts_with("OK (TAG {8183}\n"));
}

#[test]
fn who_talks_nonsense_or_guesses_is_sent_away() {
    let answer = encrypted(&"GET / HTTP/1.1\r\nAccept: */*\r\n".repeat(30));
    assert!(answer.ends_with("BYE \"Too many invalid commands.\"\n<close Mistakes>\n"), "{answer}");
    assert_eq!(answer.matches("NO ").count(), 20);
    let answer = encrypted(&"AUTHENTICATE \"PLAIN\" \"AGFkYQBhYmNkLWVmZ2g=\"\r\n".repeat(10));
    assert!(answer.ends_with("BYE \"Too many failed sign-ins.\"\n<close Refusals>\n"), "{answer}");
    assert_eq!(answer.matches("<ada").count(), 5);
}
