//! What stands in a message comes through as it is, and what is no message to every server is none.

use valetkey_tests::client::sender::stuffed;
use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::client::talk::plain;
use valetkey_tests::client::{Encryption, Entrance};
use valetkey_tests::tryout::{Person, Tryout};

fn start() -> (Tryout, Entrance, Person, Person) {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("submission");
    let (ada, bob) = (tryout.ada(), tryout.bob());
    (tryout, entrance, ada, bob)
}

/// That each message is in the mailbox exactly once, whole, and nothing else is, once the app that has sent them is gone.
fn expect_mail(tryout: &Tryout, mut app: Smtp, person: &Person, sent: &[Vec<u8>]) {
    assert!(app.ask("QUIT").starts_with("221 "));
    let read = tryout.await_mail(person, sent.len());
    for message in sent {
        let found = read.iter().filter(|mail| mail.ends_with(message)).count();
        assert_eq!(found, 1, "{}", String::from_utf8_lossy(&message[..message.len().min(400)]));
    }
    tryout.all_is_delivered();
    assert_eq!(tryout.mail_of(person).len(), sent.len(), "another one came later");
}

#[test]
fn a_message_comes_through_byte_for_byte() {
    let (tryout, entrance, ada, bob) = start();
    let bodies: [(&str, Vec<u8>); 9] = [
        ("empty", Vec::new()),
        ("a-line", b"x\r\n".to_vec()),
        ("dots", b".\r\n..\r\n...\r\n.x\r\n. \r\n\r\n.\r\n.\r\n".to_vec()),
        ("almost-ends", b"a.\r\n .\r\n.\t\r\n..\r\nQUIT\r\n".to_vec()),
        ("eight-bit", "\u{e4}\u{f6}\u{fc} \u{2014} \u{1f511}\r\n".into()),
        ("no-utf8", b"\xff\xfe\x80\xe4\r\n".to_vec()),
        ("a-long-line", [vec![b'x'; 998], b"\r\n".to_vec()].concat()),
        ("a-line-beyond-all-limits", [vec![b'y'; 100_000], b"\r\n.z\r\n".to_vec()].concat()),
        ("many-lines", b"0123456789\r\n.\r\n".repeat(20_000)),
    ];
    let sent: Vec<Vec<u8>> = bodies.iter().map(|(name, body)| message(name, body)).collect();
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    for one in &sent {
        assert!(smtp.ask(&format!("MAIL FROM:<{}> BODY=8BITMIME SIZE={}", ada.login, one.len())).starts_with("250 "));
        assert!(smtp.ask(&format!("RCPT TO:<{}>", bob.login)).starts_with("250 "));
        assert!(smtp.ask("DATA").starts_with("354 "));
        let reply = smtp.content(&stuffed(one));
        assert!(reply.starts_with("250 "), "{reply}");
    }
    expect_mail(&tryout, smtp, &bob, &sent);
}

#[test]
fn a_message_in_chunks_comes_through_and_what_looks_like_its_end_is_none() {
    let (tryout, entrance, ada, bob) = start();
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    assert!(smtp.ask("EHLO app.example.org").contains("CHUNKING"));
    let envelope = |smtp: &mut Smtp| {
        assert!(smtp.ask(&format!("MAIL FROM:<{}> BODY=8BITMIME", ada.login)).starts_with("250 "));
        assert!(smtp.ask(&format!("RCPT TO:<{}>", bob.login)).starts_with("250 "));
    };
    let second = format!("MAIL FROM:<{}>\r\nRCPT TO:<{}>\r\nDATA\r\nx\r\n.\r\n", ada.login, bob.login);
    let whole = message("whole", format!("..\r\n.\r\n{second}").as_bytes());
    envelope(&mut smtp);
    smtp.0.send(&[format!("BDAT {} LAST\r\n", whole.len()).as_bytes(), &whole].concat());
    assert!(smtp.reply().starts_with("250 "));
    let pieces = message("pieces", "\u{fc}\r\n.\r\n".repeat(1000).as_bytes());
    envelope(&mut smtp);
    for piece in pieces.chunks(777) {
        smtp.0.send(&[format!("BDAT {}\r\n", piece.len()).as_bytes(), piece].concat());
        let reply = smtp.reply();
        assert!(reply.starts_with("250 "), "{reply}");
    }
    assert!(smtp.ask("BDAT 0 LAST").starts_with("250 "));
    // A chunk that nobody asked for is not heard as commands.
    smtp.0.send(format!("BDAT {}\r\n{second}NOOP\r\n", second.len()).as_bytes());
    assert!(smtp.reply().starts_with("503 "));
    assert!(smtp.reply().starts_with("250 "), "the answer to NOOP");
    expect_mail(&tryout, smtp, &bob, &[whole, pieces]);
}

#[test]
fn an_address_beyond_ascii_needs_smtputf8_and_comes_through_with_it() {
    let (tryout, entrance, ada, bob) = start();
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    assert!(smtp.ask("EHLO app.example.org").contains("SMTPUTF8"));
    assert!(smtp.ask(&format!("MAIL FROM:<{}> SMTPUTF8", ada.login)).starts_with("250 "));
    assert!(smtp.ask(&format!("RCPT TO:<{}>", bob.login)).starts_with("250 "));
    assert!(smtp.ask("DATA").starts_with("354 "));
    let letter = message("utf8", "Gr\u{fc}\u{df}e\r\n".as_bytes());
    assert!(smtp.content(&letter).starts_with("250 "));
    // Dovecot's delivery takes no such name; that Postfix has heard it is to be seen here.
    assert!(smtp.ask(&format!("MAIL FROM:<{}> SMTPUTF8", ada.login)).starts_with("250 "));
    let reply = smtp.ask("RCPT TO:<j\u{f6}rg@b\u{fc}cher.example>");
    assert!(reply.starts_with("250 "), "{reply}");
    expect_mail(&tryout, smtp, &bob, &[letter]);
}

/// What servers were found to take for the end of a message (CVE-2023-51764 to 51766), or for a line's.
const ENDS: [&str; 16] = [
    "\n.\n",
    "\r\n.\n",
    "\n.\r\n",
    "\r.\r",
    "\r\n.\r",
    "\r.\r\n",
    "\r.\n",
    "\n.\r",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\n\n.\n",
    "\r\r\n.\r\r\n",
    "\n\r.\n\r",
    "\n",
    "\r",
    "\r\r\n",
];

#[test]
fn a_message_whose_end_servers_could_see_in_two_places_is_delivered_by_none() {
    let (tryout, entrance, ada, bob) = start();
    let second = format!(
        "MAIL FROM:<{}>\r\nRCPT TO:<{}>\r\nDATA\r\n{}\r\n.\r\n",
        ada.login,
        bob.login,
        String::from_utf8_lossy(&message("smuggled", b"x"))
    );
    for end in ENDS {
        let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
        smtp.begin(&ada.login, &bob.login);
        let first = message("first", b"This is the first");
        smtp.0.send(&[&first, end.as_bytes(), second.as_bytes(), b".\r\nQUIT\r\n"].concat());
        assert_eq!(smtp.0.until_closed(), ["521 5.5.2 Lines must end in CR LF."], "{end:?}");
    }
    // The same where commands stand.
    for end in ["\n", "\r", "\r\r\n", "\n\r"] {
        let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
        smtp.0.send(format!("NOOP{end}{second}").as_bytes());
        let said = smtp.0.until_closed();
        assert_eq!(said, ["521 5.5.2 Lines must end in CR LF."], "{end:?}");
        let mut stranger = Smtp::connect(&entrance, Encryption::AtOnce);
        let auth = plain("", &ada.login, &ada.key.secret);
        stranger.0.send(format!("EHLO x\r\nNOOP{end}AUTH PLAIN {auth}\r\n{second}").as_bytes());
        let last = stranger.0.until_closed().pop().expect("an answer");
        assert_eq!(last, "521 5.5.2 Lines must end in CR LF.", "{end:?}");
    }
    let letter = message("real", b"x\r\n");
    let mut smtp = Smtp::signed_in(&entrance, &ada.login, &ada.key.secret);
    smtp.begin(&ada.login, &bob.login);
    assert!(smtp.content(&letter).starts_with("250 "));
    expect_mail(&tryout, smtp, &bob, &[letter]);
}
