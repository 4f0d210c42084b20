//! Conversations as bytes, and a server that is as obstinate as any.

use proptest::prelude::*;

use super::super::capability::Capabilities;
use super::*;
use crate::conversation::Relay as _;

fn relay() -> Relay {
    let mut capabilities = Capabilities::default();
    capabilities.note(b"* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE");
    Relay::with(capabilities)
}

/// What goes upstream of what the app sends, and how many bytes are kept.
fn upstream(relay: &mut Relay, sent: &[u8]) -> (String, usize) {
    let (mut out, mut rest) = (Vec::new(), sent);
    loop {
        match relay.client_said(rest) {
            Client::Forward(n) => {
                out.extend_from_slice(&rest[..n]);
                rest = &rest[n..];
            }
            Client::Replace(n, bytes) => {
                out.extend_from_slice(&bytes);
                rest = &rest[n..];
            }
            Client::Drop(n) => rest = &rest[n..],
            Client::Wait => return (String::from_utf8_lossy(&out).into_owned(), rest.len()),
            Client::Close(why) => {
                out.extend_from_slice(format!("<{why:?}>").as_bytes());
                return (String::from_utf8_lossy(&out).into_owned(), rest.len());
            }
        }
    }
}

/// What goes to the app of what the server sends.
fn downstream(relay: &mut Relay, sent: &[u8]) -> String {
    let (mut out, mut rest) = (Vec::new(), sent);
    loop {
        match relay.server_said(rest) {
            Server::Forward(n) => {
                out.extend_from_slice(&rest[..n]);
                rest = &rest[n..];
            }
            Server::Replace(n, bytes) => {
                out.extend_from_slice(&bytes);
                rest = &rest[n..];
            }
            Server::Drop(n) => rest = &rest[n..],
            Server::Wait => {
                assert!(rest.len() < 200, "it keeps {} bytes", rest.len());
                return String::from_utf8_lossy(&out).into_owned();
            }
            Server::Close(why) => return format!("{}<{why:?}>", String::from_utf8_lossy(&out)),
        }
    }
}

fn replies(relay: &mut Relay) -> String {
    String::from_utf8(relay.take_replies()).expect("text")
}

#[test]
fn commands_and_answers_pass_as_they_are() {
    let mut relay = relay();
    let sent = "a1 SELECT INBOX\r\na2 UID FETCH 1:* (FLAGS)\r\n";
    assert_eq!(upstream(&mut relay, sent.as_bytes()), (sent.to_owned(), 0));
    let answer =
        "* 3 EXISTS\r\na1 OK [READ-WRITE] Selected\r\n* 1 FETCH (BODY[] {6}\r\na OK\r\n FLAGS ())\r\na2 OK Done\r\n";
    assert_eq!(downstream(&mut relay, answer.as_bytes()), answer);
    assert!(relay.is_between_lines());
    assert_eq!(relay.outstanding, 0, "the literal that looks like an answer is none");
}

#[test]
fn what_must_not_be_said_again_is_answered_by_the_gateway() {
    for (sent, answer) in [
        ("a LOGIN ada pw\r\n", "a BAD You are signed in already.\r\n"),
        ("a login {3+}\r\nada {2+}\r\npw\r\n", "a BAD You are signed in already.\r\n"),
        ("a AUTHENTICATE PLAIN AAAA\r\n", "a BAD You are signed in already.\r\n"),
        ("a Starttls\r\n", "a BAD The connection is encrypted already.\r\n"),
        ("a UNAUTHENTICATE\r\n", "a NO [CANNOT] This is not available.\r\n"),
        ("a  UNAUTHENTICATE\r\n", "* BAD Invalid tag or command.\r\n"),
        (" a UNAUTHENTICATE\r\n", "* BAD Invalid tag or command.\r\n"),
    ] {
        let mut relay = relay();
        let behind = format!("{sent}b NOOP\r\n");
        assert_eq!(upstream(&mut relay, behind.as_bytes()), ("b NOOP\r\n".to_owned(), 0), "{sent:?}");
        assert_eq!(replies(&mut relay), answer, "{sent:?}");
    }
}

#[test]
fn a_literal_goes_upstream_only_once_the_server_asks_for_it() {
    let mut relay = relay();
    let sent = b"a APPEND INBOX {8}\r\n";
    assert_eq!(upstream(&mut relay, sent), ("a APPEND INBOX {8}\r\n".to_owned(), 0));
    assert_eq!(upstream(&mut relay, b"b NOOP\r\n"), (String::new(), 8), "it may be the literal, or not");
    assert_eq!(downstream(&mut relay, b"+ OK\r\n"), "+ OK\r\n");
    assert_eq!(upstream(&mut relay, b"b NOOP\r\n\r\nc NOOP\r\n"), ("b NOOP\r\n\r\nc NOOP\r\n".to_owned(), 0));
    assert_eq!(relay.outstanding, 2);
}

#[test]
fn a_literal_that_the_app_does_not_wait_with_is_made_to_wait() {
    let mut relay = relay();
    assert_eq!(
        upstream(&mut relay, b"a APPEND INBOX {8+}\r\nb NOOP\r\n\r\n"),
        ("a APPEND INBOX {8}\r\n".to_owned(), 10)
    );
    assert_eq!(downstream(&mut relay, b"* 4 EXISTS\r\n+ OK\r\n"), "* 4 EXISTS\r\n", "the app did not ask");
    assert_eq!(upstream(&mut relay, b"b NOOP\r\n\r\n"), ("b NOOP\r\n\r\n".to_owned(), 0));
}

/// Dovecot 2.3 answers `a NOOP {18+}` with OK and takes the next line for a command.
#[test]
fn nothing_is_smuggled_in_a_literal_that_the_server_does_not_take() {
    let mut relay = relay();
    let sent = b"a NOOP {18+}\r\nx UNAUTHENTICATE\r\n\r\nb NOOP\r\n";
    assert_eq!(upstream(&mut relay, sent), ("a NOOP {18}\r\n".to_owned(), sent.len() - 14));
    assert_eq!(downstream(&mut relay, b"a OK NOOP completed\r\n"), "a OK NOOP completed\r\n");
    assert_eq!(upstream(&mut relay, &sent[14..]), ("b NOOP\r\n".to_owned(), 0), "what went to nobody is gone");
    let mut relay = super::tests::relay();
    upstream(&mut relay, b"a NOOP {18}\r\n");
    downstream(&mut relay, b"a BAD no\r\n");
    assert_eq!(upstream(&mut relay, b"x UNAUTHENTICATE\r\n"), (String::new(), 0), "one that waited begins anew");
    assert_eq!(replies(&mut relay), "x NO [CANNOT] This is not available.\r\n");
}

/// A server that overlooks the blank asks for six bytes, and takes them from the next command. Then it is the second
/// literal that it takes for a command.
#[test]
fn nothing_is_smuggled_behind_a_literal_with_a_blank_after_it() {
    for blank in [" ", "\t"] {
        let sent = format!("a X {{6}}{blank}\r\nb Y {{18}}\r\nx UNAUTHENTICATE\r\n");
        assert_eq!(upstream(&mut relay(), sent.as_bytes()).0, "<ControlCharacter>");
    }
    assert_eq!(upstream(&mut relay(), b"a X {6} y\r\n").0, "a X {6} y\r\n", "that is no literal to anybody");
}

#[test]
fn an_earlier_answer_with_the_same_tag_opens_nothing() {
    let mut relay = relay();
    upstream(&mut relay, b"a NOOP\r\na APPEND INBOX {4}\r\n");
    assert_eq!(downstream(&mut relay, b"a OK NOOP completed\r\n"), "a OK NOOP completed\r\n");
    assert_eq!(upstream(&mut relay, b"x UNAUTHENTICATE\r\n").1, 18, "the literal is still to be asked for");
    downstream(&mut relay, b"+ OK\r\n");
    assert_eq!(
        upstream(&mut relay, b"x UNAUTHENTICATE\r\n").0,
        "x UNAUTHENTICATE\r\n",
        "four bytes of it are a literal"
    );
}

#[test]
fn idle_is_ended_by_done_and_by_nothing_else() {
    let mut relay = relay();
    assert_eq!(upstream(&mut relay, b"a IDLE\r\nDONE\r\nb NOOP\r\n"), ("a IDLE\r\n".to_owned(), 14));
    assert_eq!(downstream(&mut relay, b"+ idling\r\n* 5 EXISTS\r\n"), "+ idling\r\n* 5 EXISTS\r\n");
    assert_eq!(upstream(&mut relay, b"done\r\nb NOOP\r\n"), ("done\r\nb NOOP\r\n".to_owned(), 0));
    let mut relay = super::tests::relay();
    upstream(&mut relay, b"a IDLE\r\n");
    downstream(&mut relay, b"+ idling\r\n");
    assert_eq!(upstream(&mut relay, b"x UNAUTHENTICATE\r\n").0, "<ExpectedDone>");
    let mut relay = super::tests::relay();
    upstream(&mut relay, b"a IDLE\r\n");
    downstream(&mut relay, b"a NO not now\r\n");
    assert_eq!(upstream(&mut relay, b"b NOOP\r\n").0, "b NOOP\r\n");
    let mut relay = super::tests::relay();
    upstream(&mut relay, b"a IDLE\r\n");
    downstream(&mut relay, b"+ idling\r\na OK You were idle for too long\r\n");
    assert_eq!(upstream(&mut relay, b"DONE\r\nb NOOP\r\n").0, "b NOOP\r\n", "its DONE came too late");
}

/// A server that leaves IDLE by itself reads the DONE which crossed its answer as a command, and answers that too: one
/// answer more than there were commands, by which a literal that it has just asked for would be taken for refused.
#[test]
fn an_answer_to_a_done_that_came_too_late_answers_no_command() {
    let mut relay = relay();
    upstream(&mut relay, b"t IDLE\r\n");
    downstream(&mut relay, b"+ idling\r\n");
    assert_eq!(upstream(&mut relay, b"DONE\r\nb APPEND x {17}\r\n").0, "DONE\r\nb APPEND x {17}\r\n");
    downstream(&mut relay, b"t OK You were idle for too long\r\nDONE BAD Missing command\r\n");
    let sent = b"c APPEND x {30}\r\n\r\nx UNAUTHENTICATE\r\n";
    assert_eq!(upstream(&mut relay, sent), (String::new(), sent.len()), "the literal is still to be asked for");
    assert_eq!(downstream(&mut relay, b"+ OK\r\n"), "+ OK\r\n");
    assert_eq!(upstream(&mut relay, sent).0, "c APPEND x {30}\r\n\r\n", "a literal, and the end of its command");
    assert_eq!(replies(&mut relay), "x NO [CANNOT] This is not available.\r\n");
    // So that the two are not mistaken for each other, no command has it for a tag.
    assert_eq!(upstream(&mut relay, b"Done APPEND x {3}\r\n").0, "");
    assert_eq!(replies(&mut relay), "* BAD Invalid tag or command.\r\n");
}

#[test]
fn after_compression_nothing_is_looked_at() {
    let mut relay = relay();
    upstream(&mut relay, b"a NOOP\r\n");
    assert_eq!(upstream(&mut relay, b"b COMPRESS DEFLATE\r\n").1, 20, "its answer must be the next one");
    downstream(&mut relay, b"a OK\r\n");
    assert_eq!(upstream(&mut relay, b"b COMPRESS DEFLATE\r\n\x01\x02").1, 2);
    assert_eq!(downstream(&mut relay, b"b OK on\r\n\x03\n"), "b OK on\r\n\x03\n");
    assert!(relay.is_raw() && !relay.is_between_lines());
    assert_eq!(upstream(&mut relay, b"\x01\x02").0, "\x01\x02");
}

#[test]
fn where_compression_could_hide_something_it_is_refused() {
    let mut capabilities = Capabilities::default();
    capabilities.note(b"* CAPABILITY COMPRESS=DEFLATE UNAUTHENTICATE");
    let mut relay = Relay::with(capabilities);
    assert_eq!(upstream(&mut relay, b"a COMPRESS DEFLATE\r\n").0, "");
    assert_eq!(replies(&mut relay), "a NO [CANNOT] This is not available.\r\n");
    upstream(&mut relay, b"b CAPABILITY\r\n");
    assert_eq!(
        downstream(&mut relay, b"* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE UNAUTHENTICATE\r\nb OK\r\n"),
        "* CAPABILITY IMAP4rev1\r\nb OK\r\n"
    );
}

#[test]
fn an_answer_of_the_gateway_waits_for_the_end_of_a_literal() {
    let mut relay = relay();
    upstream(&mut relay, b"a FETCH 1 BODY[]\r\n");
    downstream(&mut relay, b"* 1 FETCH (BODY[] {100}\r\nhalf");
    assert!(!relay.is_between_lines());
    downstream(&mut relay, &[b'x'; 96]);
    assert!(!relay.is_between_lines(), "the line goes on behind the literal");
    downstream(&mut relay, b")\r\n");
    assert!(relay.is_between_lines());
}

#[test]
fn a_long_line_passes_in_pieces_and_its_end_is_seen() {
    let mut relay = relay();
    upstream(&mut relay, b"a FETCH 1 BODY[]\r\n");
    let head = format!("* 1 FETCH (X \"{}\" BODY[] {{2", "y".repeat(100_000));
    let mut seen = String::new();
    for piece in head.as_bytes().chunks(1000) {
        seen += &downstream(&mut relay, piece);
    }
    seen += &downstream(&mut relay, b"}\r");
    seen += &downstream(&mut relay, b"\nok)\r\na OK\r\n");
    assert_eq!(seen, format!("{head}}}\r\nok)\r\na OK\r\n"));
    assert_eq!(relay.outstanding, 0);
}

#[test]
fn text_that_ends_like_a_literal_is_none() {
    let mut relay = relay();
    upstream(&mut relay, b"a NOOP\r\n");
    downstream(&mut relay, b"* OK [ALERT] mind the {5}\r\na OK see {3}\r\n");
    assert_eq!(relay.outstanding, 0);
    assert!(relay.is_between_lines());
}

#[test]
fn what_servers_read_in_different_ways_ends_the_conversation() {
    for (sent, why) in [
        (b"a NOOP\rb UNAUTHENTICATE\r\n".as_slice(), "<ControlCharacter>"),
        (b"a NO\0OP\r\n", "<ControlCharacter>"),
        (&vec![b'x'; LINE_BYTES_MAX + 1], "<LineTooLong>"),
    ] {
        assert_eq!(upstream(&mut relay(), sent).0, why);
    }
    assert_eq!(downstream(&mut relay(), b"+ go ahead\r\n"), "<ServerOutOfStep>");
    // Too long a list is that however it is cut.
    let list = format!("* CAPABILITY {}\r\n", "x".repeat(20_000));
    assert_eq!(downstream(&mut relay(), list.as_bytes()), "<ServerOutOfStep>");
    assert_eq!(downstream(&mut relay(), &list.as_bytes()[..20_000]), "<ServerOutOfStep>");
}

#[test]
fn an_app_that_names_itself_is_known() {
    let mut relay = relay();
    upstream(&mut relay, b"a ID (\"name\" \"mbsync\")\r\n");
    assert_eq!(relay.take_client_name().as_deref(), Some("mbsync"));
    assert_eq!(relay.take_client_name(), None);
}

/// A server that reads as Dovecot does: a line at a time, a literal only if it wants one, commands that must never
/// reach it counted.
struct Obstinate<'a> {
    decisions: std::slice::Iter<'a, bool>,
    state: Reading,
    buffer: Vec<u8>,
    answers: Vec<u8>,
    broke: Vec<String>,
}

enum Reading {
    Line,
    Literal(usize),
    Rest,
    Idle,
}

impl Obstinate<'_> {
    fn wants(&mut self) -> bool {
        self.decisions.next().copied().unwrap_or(false)
    }

    fn read(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        loop {
            match self.state {
                Reading::Literal(size) => {
                    if self.buffer.len() < size {
                        return;
                    }
                    self.buffer.drain(..size);
                    self.state = Reading::Rest;
                }
                Reading::Line | Reading::Rest | Reading::Idle => {
                    let Some(end) = self.buffer.iter().position(|b| *b == b'\n') else { return };
                    let line: Vec<u8> = self.buffer.drain(..=end).collect();
                    self.line(String::from_utf8_lossy(&line).trim_end());
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        let mut words = line.split(' ');
        let (tag, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_ascii_uppercase());
        if matches!(self.state, Reading::Idle) {
            self.answers.extend_from_slice(b"t OK idle is over\r\n");
            self.state = Reading::Line;
            return;
        }
        let first = matches!(self.state, Reading::Line);
        if first && ["LOGIN", "AUTHENTICATE", "UNAUTHENTICATE", "STARTTLS"].contains(&name.as_str()) {
            self.broke.push(line.to_owned());
        }
        if first && name == "IDLE" && self.wants() {
            self.answers.extend_from_slice(b"+ idling\r\n");
            self.state = Reading::Idle;
            return;
        }
        let announced = line.rsplit_once('{').and_then(|(_, size)| size.strip_suffix('}')).unwrap_or_default();
        let literal = announced.parse().ok();
        let hurried = announced.strip_suffix('+').is_some_and(|n| n.parse::<usize>().is_ok());
        assert!(!hurried, "a non-synchronising literal went upstream: {line}");
        match literal {
            Some(size) if self.wants() => {
                self.answers.extend_from_slice(b"+ OK\r\n");
                self.state = Reading::Literal(size);
            }
            _ => {
                self.answers.extend_from_slice(format!("{} BAD or not\r\n", if first { tag } else { "t" }).as_bytes());
                self.state = Reading::Line;
            }
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a NOOP\r\n".to_owned()),
        Just("a UNAUTHENTICATE\r\n".to_owned()),
        Just("b LOGIN x y\r\n".to_owned()),
        Just("IDLE\r\n".to_owned()),
        Just("a IDLE\r\n".to_owned()),
        Just("DONE\r\n".to_owned()),
        Just("a STARTTLS\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("a X".to_owned()),
        Just(" \"".to_owned()),
        Just("\r\n a AUTHENTICATE PLAIN\r\n".to_owned()),
        (0..40usize, any::<bool>())
            .prop_map(|(n, plus)| format!("a APPEND x {{{n}{}}}\r\n", if plus { "+" } else { "" })),
        (0..40usize, any::<bool>()).prop_map(|(n, plus)| format!(" {{{n}{}}}\r\n", if plus { "+" } else { "" })),
        "[ -~]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_app_sends_and_a_server_decides_nothing_forbidden_is_a_command_upstream(
        pieces in proptest::collection::vec(piece(), 1..25),
        decisions in proptest::collection::vec(any::<bool>(), 0..25),
        cut in 1..60usize,
    ) {
        let mut relay = relay();
        let mut server = Obstinate { decisions: decisions.iter(), state: Reading::Line, buffer: Vec::new(), answers: Vec::new(), broke: Vec::new() };
        let stream = pieces.concat();
        let mut pending: Vec<u8> = Vec::new();
        let mut chunks = stream.as_bytes().chunks(cut);
        'talk: loop {
            match relay.client_said(&pending) {
                Client::Forward(n) => { let bytes: Vec<u8> = pending.drain(..n).collect(); server.read(&bytes); }
                Client::Replace(n, bytes) => { pending.drain(..n); server.read(&bytes); }
                Client::Drop(n) => { pending.drain(..n); }
                Client::Close(_) => break 'talk,
                Client::Wait => {
                    let answers = std::mem::take(&mut server.answers);
                    if answers.is_empty() {
                        let Some(chunk) = chunks.next() else { break 'talk };
                        pending.extend_from_slice(chunk);
                    } else {
                        prop_assert!(!downstream(&mut relay, &answers).contains("<ServerOutOfStep>"));
                        relay.take_replies();
                    }
                }
            }
        }
        prop_assert!(server.broke.is_empty(), "{:?} in {stream:?}", server.broke);
    }

    #[test]
    fn what_a_server_sends_reaches_the_app_unchanged_however_it_is_cut(
        sizes in proptest::collection::vec(0..60usize, 0..6),
        cut in 1..50usize,
    ) {
        let mut sent = String::from("* 1 FETCH (");
        for size in &sizes {
            sent.extend(["BODY[1] {", &size.to_string(), "}\r\n", &"a OK\r\n".repeat(10)[..*size]]);
        }
        sent += ")\r\n* OK [ALERT] x {4}\r\na OK done\r\n";
        let mut relay = relay();
        upstream(&mut relay, b"a FETCH 1 BODY[]\r\n");
        let (mut seen, mut pending) = (String::new(), Vec::new());
        for chunk in sent.as_bytes().chunks(cut) {
            pending.extend_from_slice(chunk);
            loop {
                match relay.server_said(&pending) {
                    Server::Forward(n) => seen += &String::from_utf8(pending.drain(..n).collect()).expect("text"),
                    Server::Wait => break,
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }
        prop_assert_eq!(seen, sent);
        prop_assert_eq!(relay.outstanding, 0);
        prop_assert!(relay.is_between_lines());
    }
}

#[test]
fn a_connection_is_at_rest_between_two_commands_and_while_it_waits_for_mail() {
    let mut relay = relay();
    assert!(relay.is_at_rest());
    let mut said = |app: &str, server: &str| {
        upstream(&mut relay, app.as_bytes());
        downstream(&mut relay, server.as_bytes());
        relay.is_at_rest()
    };
    assert!(!said("a NOOP\r\n", ""), "a command without its answer");
    assert!(!said("", "* 5 EXISTS\r\n"));
    assert!(said("", "a OK\r\n"));
    assert!(!said("b IDLE\r\n", ""), "not agreed to");
    assert!(said("", "+ idling\r\n"));
    assert!(!said("", &format!("* 6 FETCH (ENVELOPE ({}", "x".repeat(500))), "in the middle of a line");
    assert!(said("", "))\r\n"));
    assert!(!said("DONE\r\n", ""));
    assert!(said("", "b OK\r\n"));
    assert!(!said("c APPEND INBOX {5}\r\n", "+ go on\r\n"), "a message under way");
    assert!(!said("hello\r\n", ""), "a message that is not stored");
    assert!(said("", "c OK\r\n"));
}
