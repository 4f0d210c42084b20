//! Conversations as bytes.

mod content;
mod obstinate;

use super::super::Trust;
use super::*;
use crate::conversation::Relay as _;

const ALL: [&str; 6] = ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000"];
const MAIL: &str = "MAIL FROM:<ada@example.org>\r\n";
const RCPT: &str = "RCPT TO:<bob@example.com>\r\n";

fn relay_with(keywords: &[&str]) -> Relay {
    let keywords: Vec<String> = keywords.iter().map(|k| (*k).to_owned()).collect();
    let greeting = Greeting { host: "gw.example.org".into(), keywords: Vec::new(), trust: Trust::Xclient };
    Relay::new(SignedIn { keywords, addresses: vec!["ada@example.org".into()] }, Arc::new(greeting))
}

/// A conversation that is held: what the app and the server have said and nobody has taken, and what they have heard.
struct Talk {
    relay: Relay,
    from_app: Vec<u8>,
    server_said: Vec<u8>,
    upstream: Vec<u8>,
    app: Vec<u8>,
    closed: Option<ClosedBecause>,
}

impl Talk {
    fn new() -> Self {
        Self::with(&ALL)
    }

    fn with(keywords: &[&str]) -> Self {
        let relay = relay_with(keywords);
        let nothing = Vec::new;
        Self { relay, from_app: nothing(), server_said: nothing(), upstream: nothing(), app: nothing(), closed: None }
    }

    /// In the middle of a message's content.
    fn in_content() -> Self {
        let mut talk = Self::new();
        talk.app(&format!("{MAIL}{RCPT}DATA\r\n"));
        talk.server("250 ok\r\n250 ok\r\n354 go\r\n");
        talk
    }

    /// With a sender and a recipient accepted.
    fn in_transaction() -> Self {
        let mut talk = Self::new();
        talk.app(&format!("{MAIL}{RCPT}"));
        talk.server("250 ok\r\n250 ok\r\n");
        talk
    }

    /// Lets the relay look at everything, as a driver does.
    fn run(&mut self) {
        loop {
            let mut moved = false;
            if self.relay.has_replies() && self.relay.is_between_lines() {
                self.app.extend(self.relay.take_replies());
                moved = true;
            }
            let passage = self.relay.server_said(&self.server_said);
            moved |= Self::pass(passage, &mut self.server_said, &mut self.app, &mut self.closed);
            if self.closed.is_none() {
                let passage = self.relay.client_said(&self.from_app);
                moved |= Self::pass(passage, &mut self.from_app, &mut self.upstream, &mut self.closed);
            }
            if self.closed.is_some() {
                if self.relay.is_between_lines() {
                    self.app.extend(self.relay.take_replies());
                }
                return;
            }
            if !moved {
                return;
            }
        }
    }

    fn pass(passage: Client, from: &mut Vec<u8>, to: &mut Vec<u8>, closed: &mut Option<ClosedBecause>) -> bool {
        match passage {
            Client::Forward(n) => to.extend(from.drain(..n)),
            Client::Replace(n, bytes) => {
                from.drain(..n);
                to.extend(bytes);
            }
            Client::Drop(n) => drop(from.drain(..n)),
            Client::Wait => return false,
            Client::Close(why) => {
                *closed = Some(why);
                return false;
            }
        }
        true
    }

    /// The app says something; gives what goes upstream.
    fn app(&mut self, text: &str) -> String {
        self.from_app.extend_from_slice(text.as_bytes());
        self.run();
        taken(&mut self.upstream)
    }

    /// The server says something; gives what the app hears meanwhile, the gateway's own answers too.
    fn server(&mut self, text: &str) -> String {
        self.server_said.extend_from_slice(text.as_bytes());
        self.run();
        taken(&mut self.app)
    }

    /// What the app has heard.
    fn heard(&mut self) -> String {
        taken(&mut self.app)
    }
}

fn taken(bytes: &mut Vec<u8>) -> String {
    String::from_utf8_lossy(&std::mem::take(bytes)).into_owned()
}

/// What the gateway answers by itself, and that nothing goes upstream.
fn own_answer(sent: &str) -> String {
    let mut talk = Talk::new();
    assert_eq!(talk.app(sent), "", "{sent:?} goes upstream");
    talk.heard()
}

#[test]
fn a_message_passes_as_it_is() {
    let mut talk = Talk::new();
    let envelope = format!("{MAIL}{RCPT}DATA\r\n");
    assert_eq!(talk.app(&envelope), envelope);
    let content = "Subject: hello\r\n\r\n..dots\r\n.\r\n";
    assert_eq!(talk.app(content), "", "it waits to be asked for");
    assert!(!talk.relay.listens_to_client());
    let answers = "250 2.1.0 Ok\r\n250-2.1.5 a\r\n250 2.1.5 Ok\r\n354 End with a dot\r\n";
    assert_eq!(talk.server(answers), answers);
    assert_eq!(taken(&mut talk.upstream), content);
    assert_eq!(talk.server("250 2.0.0 Ok: queued\r\n"), "250 2.0.0 Ok: queued\r\n");
    assert_eq!(talk.app("noop hello\r\nRset\r\nHELP me\r\nQUIT\r\nNOOP\r\n"), "NOOP\r\nRSET\r\nHELP\r\nQUIT\r\n");
    let answers = "250 ok\r\n250 ok\r\n214-help\r\n214 \r\n221 bye\r\n";
    assert_eq!(talk.server(answers), answers);
    assert!(talk.relay.queue.is_empty());
}

#[test]
fn what_would_make_an_app_somebody_else_never_goes_upstream() {
    for (sent, code) in [
        ("XCLIENT LOGIN=bob@example.org", "502 5.5.1"),
        ("xclient ADDR=127.0.0.1", "502 5.5.1"),
        ("XFORWARD ADDR=1.2.3.4", "502 5.5.1"),
        ("AUTH PLAIN AGFkYQBwdw==", "503 5.5.1"),
        ("STARTTLS", "503 5.5.1"),
        ("BURL imap://x LAST", "502 5.5.1"),
        ("ETRN example.org", "502 5.5.1"),
        ("EXPN staff", "502 5.5.1"),
        ("TURN", "502 5.5.1"),
        ("LHLO x", "500 5.5.1"),
        ("XAUTH", "500 5.5.1"),
        ("VRFY bob", "252 2.0.0"),
        ("DATA now", "501 5.5.4"),
        ("RSET now", "501 5.5.4"),
        ("EHLO", "501 5.5.4"),
        (" XCLIENT LOGIN=bob", "500 5.5.2"),
        ("\tXCLIENT LOGIN=bob", "500 5.5.2"),
        ("", "500 5.5.2"),
        ("RCPT TO:<a@b>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
    ] {
        let answer = own_answer(&format!("{sent}\r\n"));
        assert!(answer.starts_with(code), "{sent}: {answer}");
    }
}

#[test]
fn a_foreign_sender_is_refused_with_all_that_is_pipelined_behind() {
    let sent = format!("MAIL FROM:<bob@example.org>\r\n{RCPT}BDAT 17\r\nXCLIENT LOGIN=b\r\nDATA\r\n");
    let answer = own_answer(&sent);
    let codes: Vec<&str> = answer.lines().map(|line| &line[..9]).collect();
    assert_eq!(codes, ["553 5.7.1", "503 5.5.1", "503 5.5.1", "503 5.5.1"], "the chunk is none of them");
    // One that comes behind an accepted one ends it as far as the app is concerned.
    let mut talk = Talk::in_transaction();
    assert_eq!(talk.app("MAIL FROM:<bob@example.org>\r\nRCPT TO:<c@d>\r\nDATA\r\nBDAT 2 LAST\r\nhi"), "");
    assert_eq!(talk.heard().matches("503 5.5.1").count(), 3);
    assert_eq!(talk.app(MAIL), MAIL);
}

#[test]
fn answers_keep_the_order_of_the_commands() {
    let mut talk = Talk::new();
    let sent = format!("{MAIL}VRFY x\r\nRCPT TO:<a>b\r\n{RCPT}AUTH PLAIN\r\nNOOP\r\nVRFY y\r\n");
    assert_eq!(talk.app(&sent), format!("{MAIL}{RCPT}NOOP\r\n"));
    assert_eq!(talk.heard(), "", "the server's answer to MAIL comes first");
    let heard = talk.server("250 mail\r\n");
    let lines: Vec<&str> = heard.lines().map(|line| &line[..3]).collect();
    assert_eq!(lines, ["250", "252", "501"]);
    let heard = talk.server("250-rcpt\r\n");
    assert_eq!(heard, "250-rcpt\r\n");
    assert!(!talk.relay.is_between_lines(), "half an answer has passed");
    let heard = talk.server("250 rcpt\r\n250 noop\r\n");
    assert!(heard.starts_with("250 rcpt\r\n503 5.5.1 You"), "{heard}");
    assert!(heard.contains("250 noop\r\n252"), "{heard}");
    // Where nobody takes the gateway's answer in time, the server's next one comes behind it all the same.
    let mut relay = relay_with(&ALL);
    assert!(matches!(relay.client_said(b"VRFY x\r\n"), Client::Drop(8)));
    assert!(matches!(relay.client_said(b"NOOP\r\n"), Client::Forward(6)));
    let Server::Replace(8, said) = relay.server_said(b"250 ok\r\n") else { panic!("two answers") };
    assert!(said.starts_with(b"252 ") && said.ends_with(b"\r\n250 ok\r\n"));
}

#[test]
fn ehlo_said_again_is_answered_by_the_gateway_and_ends_what_was_begun() {
    let mut talk = Talk::in_transaction();
    talk.heard();
    assert_eq!(talk.app(&format!("NOOP\r\nEHLO other\r\n{RCPT}helo x\r\n")), "NOOP\r\nRSET\r\nRSET\r\n");
    assert_eq!(talk.relay.take_client_name().as_deref(), Some("x"));
    assert_eq!(
        talk.server("250 ok\r\n250-flushed\r\n250 flushed\r\n250 flushed\r\n"),
        "250 ok\r\n250-gw.example.org\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250-8BITMIME\r\n\
         250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 1000\r\n503 5.5.1 MAIL comes first.\r\n250 gw.example.org\r\n"
    );
    assert_eq!(talk.relay.take_client_name(), None);
    let mut talk = Talk::new();
    talk.app("EHLO x\r\n");
    talk.server("502 what\r\n");
    assert_eq!(talk.closed, Some(ClosedBecause::ServerOutOfStep));
}

#[test]
fn a_server_that_takes_one_command_at_a_time_gets_one() {
    let mut talk = Talk::with(&["SIZE"]);
    assert_eq!(talk.app(&format!("{MAIL}{RCPT}DATA\r\n")), MAIL);
    assert!(!talk.relay.listens_to_client());
    talk.server("250 ok\r\n");
    assert_eq!(taken(&mut talk.upstream), RCPT);
    talk.server("250 ok\r\n");
    assert_eq!(taken(&mut talk.upstream), "DATA\r\n");
    talk.server("354 go\r\n");
    assert_eq!(talk.app("x\r\n.\r\nNOOP\r\n"), "x\r\n.\r\n");
    talk.server("250 ok\r\n");
    assert_eq!(taken(&mut talk.upstream), "NOOP\r\n");
}

#[test]
fn a_refused_data_is_followed_by_commands() {
    let mut talk = Talk::new();
    let sent = format!("{MAIL}{RCPT}DATA\r\nXCLIENT LOGIN=b\r\nRSET\r\n");
    assert_eq!(talk.app(&sent), format!("{MAIL}{RCPT}DATA\r\n"));
    assert!(
        talk.server("250 ok\r\n550 no\r\n554 no recipients\r\n")
            .ends_with("554 no recipients\r\n502 5.5.1 This command is not available.\r\n")
    );
    assert_eq!(taken(&mut talk.upstream), "RSET\r\n");
}

#[test]
fn a_line_that_servers_read_in_different_ways_ends_the_conversation() {
    for (sent, why) in [
        ("NOOP\nXCLIENT LOGIN=b\r\n", ClosedBecause::ControlCharacter),
        ("NOOP\rXCLIENT LOGIN=b\r\n", ClosedBecause::ControlCharacter),
        ("NOOP\0\r\n", ClosedBecause::ControlCharacter),
        (&format!("NOOP {}\r\n", "x".repeat(LINE_BYTES_MAX)), ClosedBecause::LineTooLong),
        (&"x".repeat(LINE_BYTES_MAX + 1), ClosedBecause::LineTooLong),
    ] {
        let mut talk = Talk::new();
        assert_eq!(talk.app(sent), "");
        assert_eq!(talk.closed, Some(why));
        assert!(talk.heard().starts_with('5'), "the app is told");
    }
    // Not in the middle of the server's answer.
    let mut talk = Talk::new();
    talk.app("HELP\r\n");
    talk.server("214-a\r\n");
    talk.app("NOOP\n");
    assert_eq!(talk.heard(), "");
}

#[test]
fn a_server_says_goodbye_whenever_it_likes_and_that_is_the_end() {
    let mut talk = Talk::new();
    assert_eq!(talk.server("421 4.4.2 timeout\r\n"), "421 4.4.2 timeout\r\n");
    assert_eq!(talk.app("NOOP\r\nXCLIENT\r\n"), "");
    assert_eq!((talk.heard(), talk.closed), (String::new(), None));
    let mut talk = Talk::in_content();
    talk.heard();
    assert_eq!(talk.server("421-a\r\n421 b\r\n"), "421-a\r\n421 b\r\n");
    assert_eq!(talk.app("x\r\n.\r\n"), "");
    let mut talk = Talk::new();
    talk.app("NOOP\r\nVRFY x\r\nEHLO x\r\n");
    assert_eq!(talk.server("421 bye\r\n"), "421 bye\r\n", "the rest has no answer");
}

#[test]
fn a_server_out_of_step_is_left() {
    for (sent, answer) in [
        ("", "250 what\r\n"),
        ("NOOP\r\n", "354 go\r\n"),
        ("NOOP\r\n", "250-a\r\n251 b\r\n"),
        ("NOOP\r\n", "250 ok\r\n250 ok\r\n"),
        ("NOOP\r\n", "250 ok\n"),
        ("NOOP\r\n", "ok\r\n"),
        ("NOOP\r\n", "100 wait\r\n"),
        ("NOOP\r\n", &"2".repeat(5000)),
        ("MAIL FROM:<>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n"),
    ] {
        let mut talk = Talk::new();
        talk.app(sent);
        talk.server(answer);
        assert_eq!(talk.closed, Some(ClosedBecause::ServerOutOfStep), "{answer:?}");
    }
    let mut talk = Talk::in_content();
    talk.server("552 too large\r\n");
    assert_eq!(talk.closed, Some(ClosedBecause::ServerOutOfStep), "it does not have the message yet");
}

#[test]
fn an_app_that_does_not_wait_for_answers_is_not_heard_for_ever() {
    let mut talk = Talk::new();
    assert_eq!(talk.app(&"NOOP\r\n".repeat(1000)), "NOOP\r\n".repeat(QUEUE_MAX));
    assert!(!talk.relay.listens_to_client());
    talk.server("250 ok\r\n");
    assert_eq!(taken(&mut talk.upstream), "NOOP\r\n");
}

#[test]
fn a_connection_is_at_rest_from_one_message_to_the_next() {
    let mut talk = Talk::new();
    let mut at_rest = |app: &str, server: &str| {
        talk.app(app);
        talk.server(server);
        talk.relay.is_at_rest()
    };
    assert!(at_rest("", ""));
    assert!(!at_rest("NOOP\r\n", ""));
    assert!(at_rest("", "250 2.0.0 Ok\r\n"));
    assert!(at_rest("MAIL FROM:<ada@example.org>\r\n", "451 4.3.0 Later\r\n"), "the server would not have it");
    assert!(!at_rest("MAIL FROM:<ada@example.org>\r\n", "250 2.1.0 Ok\r\n"), "it has begun a message");
    assert!(!at_rest("RCPT TO:<bob@example.org>\r\n", "250 2.1.5 Ok\r\n"));
    assert!(!at_rest("DATA\r\n", "354 Go on\r\n"));
    assert!(!at_rest("Hello\r\n.\r\n", ""), "not taken yet");
    assert!(at_rest("", "250 2.0.0 Queued\r\n"));
}
