//! Conversations as bytes, whole and cut.

use super::*;
use crate::conversation::{Passage, Relay as _};

/// What is passed on of what one side sends, in pieces; and how many bytes are kept.
fn pass(sent: &[&[u8]], mut look: impl FnMut(&[u8]) -> Passage) -> (String, usize) {
    let (mut out, mut pending) = (Vec::new(), Vec::new());
    'all: for piece in sent {
        pending.extend_from_slice(piece);
        loop {
            match look(&pending) {
                Passage::Forward(n) => out.extend(pending.drain(..n)),
                Passage::Replace(n, bytes) => {
                    pending.drain(..n);
                    out.extend(bytes);
                }
                Passage::Drop(n) => drop(pending.drain(..n)),
                Passage::Wait => break,
                Passage::Close(why) => {
                    out.extend_from_slice(format!("<{why:?}>").as_bytes());
                    break 'all;
                }
            }
        }
    }
    (String::from_utf8_lossy(&out).into_owned(), pending.len())
}

fn bytes(sent: &[u8]) -> Vec<&[u8]> {
    sent.chunks(1 + sent.len() / 1000).collect()
}

/// What goes upstream of what an app sends.
fn upstream(sent: &[u8]) -> String {
    let held = |pieces: &[&[u8]]| {
        let mut relay = Relay::default();
        pass(pieces, |input| relay.client_said(input)).0
    };
    let whole = held(&[sent]);
    assert_eq!(whole, held(&bytes(sent)), "however it is cut");
    whole
}

/// What goes to the app of what the server says to these commands, with a farewell wherever there is a place for one.
fn downstream(commands: &str, said: &str) -> String {
    let held = |pieces: &[&[u8]]| {
        let mut relay = Relay::default();
        pass(&[commands.as_bytes()], |input| relay.client_said(input));
        pass(pieces, |input| relay.server_said(input)).0
    };
    let whole = held(&[said.as_bytes()]);
    assert_eq!(whole, held(&bytes(said.as_bytes())), "however it is cut");
    whole
}

/// The examples of RFC 5804 sections 2.3 to 2.13, as far as they come after a sign-in.
#[test]
fn the_commands_of_the_rfc_pass() {
    for command in [
        "HAVESPACE \"myscript\" 999999\r\n",
        "PUTSCRIPT \"foo\" {31+}\r\n#comment\r\nInvalidSieveCommand\r\n\r\n",
        "LISTSCRIPTS\r\n",
        "SETACTIVE \"vacationscript\"\r\n",
        "SETACTIVE \"\"\r\n",
        "GETSCRIPT \"myscript\"\r\n",
        "DELETESCRIPT \"foo\"\r\n",
        "RENAMESCRIPT \"foo\" \"bar\"\r\n",
        "CHECKSCRIPT {31+}\r\n#comment\r\nInvalidSieveCommand\r\n\r\n",
        "CHECKSCRIPT {0+}\r\n\r\n",
        "CHECKSCRIPT \"keep;\"\r\n",
        "NOOP\r\n",
        "NOOP \"STARTTLS-SYNC-42\"\r\n",
        "CAPABILITY\r\n",
        "LOGOUT\r\n",
    ] {
        let behind = format!("{command}NOOP\r\n");
        assert_eq!(upstream(behind.as_bytes()), behind);
    }
}

#[test]
fn a_command_is_written_anew() {
    let anew = |sent: &str| upstream(sent.as_bytes());
    assert_eq!(anew("noop {3+}\r\na\"b\r\n"), "NOOP \"a\\\"b\"\r\n");
    assert_eq!(anew("putscript {4+}\r\nmain {5+}\r\nkeep;\r\n"), "PUTSCRIPT \"main\" {5+}\r\nkeep;\r\n");
    assert_eq!(anew("RenameScript \"a\\\\b\" {2+}\r\n\u{e9}\r\n"), "RENAMESCRIPT \"a\\\\b\" \"\u{e9}\"\r\n");
}

#[test]
fn what_must_not_be_said_again_is_refused_by_the_server_in_its_turn() {
    for forbidden in [
        "AUTHENTICATE \"PLAIN\" \"AAAA\"",
        "authenticate \"PLAIN\" {4+}\r\nAAAA",
        "UNAUTHENTICATE",
        "Starttls",
        "XCLIENT ADDR=192.0.2.1 TTL=4",
        "X-UNKNOWN \"a\" 5 {3+}\r\na\r\n",
        "",
    ] {
        let sent = format!("NOOP\r\n{forbidden}\r\nNOOP\r\n");
        assert_eq!(upstream(sent.as_bytes()), "NOOP\r\nXREFUSED\r\nNOOP\r\n", "{forbidden:?}");
    }
}

/// What Dovecot 2.3 takes for the end of a command, with what stands behind it for the next.
#[test]
fn nothing_is_smuggled_behind_what_a_server_does_not_read_to_its_end() {
    for bad in [
        b"PUTSCRIPT \"\\a\" {16+}\r\nUNAUTHENTICATE\r\n\r\n".as_slice(),
        b"PUTSCRIPT \"a\xff\" {16+}\r\nUNAUTHENTICATE\r\n\r\n",
        b"PUTSCRIPT {1+}\r\n\xff {16+}\r\nUNAUTHENTICATE\r\n\r\n",
        b"PUTSCRIPT \"a\" {99999999999999999999+}\r\nUNAUTHENTICATE\r\n",
        b"NOOP {16+} \r\nUNAUTHENTICATE\r\n\r\n",
        b"CAPABILITY {16+}\r\nUNAUTHENTICATE\r\n\r\n",
        b"LISTSCRIPTS \"a\"\r\n",
        b"HAVESPACE \"a\" {16+}\r\nUNAUTHENTICATE\r\n\r\n",
        b"PUTSCRIPT \"a\" {2}\r\nUNAUTHENTICATE\r\n",
        b"GETSCRIPT {3+}\r\na\r\n\r\n",
        b"PUTSCRIPT \"\" {5+}\r\nkeep;\r\n",
        b"DELETESCRIPT \"a\tb\"\r\n",
        b"DELETESCRIPT \"a\xe2\x80\xa8b\"\r\n",
        b"DELETESCRIPT a\r\n",
        b"NOOP {1+}\r\n\0\r\n",
        b"NOOP\nUNAUTHENTICATE\r\n",
        b"NOOP\rUNAUTHENTICATE\r\n",
        b" UNAUTHENTICATE\r\n",
        b"\"AAAA\"\r\n",
    ] {
        assert_eq!(upstream(bad), "<Malformed>", "{:?}", String::from_utf8_lossy(bad));
    }
    assert_eq!(upstream(b"CHECKSCRIPT {5+}\r\nkeep; \"a\"\r\n"), "CHECKSCRIPT {5+}\r\nkeep;<Malformed>");
    assert_eq!(upstream(b"CHECKSCRIPT {5+}\r\nkeep;\rX\r\n"), "CHECKSCRIPT {5+}\r\nkeep;<Malformed>");
}

#[test]
fn what_is_too_long_ends_the_conversation() {
    for long in [
        "X".repeat(9000),
        format!("NOOP \"{}\"\r\n", "x".repeat(1025)),
        format!("DELETESCRIPT \"{}\"\r\n", "x".repeat(513)),
        "DELETESCRIPT {9000+}\r\n".to_owned(),
        "AUTHENTICATE \"PLAIN\" {9000+}\r\n".to_owned(),
        "PUTSCRIPT \"a\" {16777217+}\r\n".to_owned(),
    ] {
        assert_eq!(upstream(long.as_bytes()), "<LineTooLong>", "{}", &long[..20]);
    }
    let mut relay = Relay::default();
    assert!(!relay.has_replies());
    relay.client_said(b"\"x\r\n");
    assert_eq!(relay.take_replies(), b"BYE \"This is not ManageSieve.\"\r\n", "its owner may wonder");
}

#[test]
fn a_script_passes_as_it_comes_and_is_not_kept() {
    let mut relay = Relay::default();
    let mut sent = b"PUTSCRIPT \"a\" {16777216+}\r\n".to_vec();
    sent.extend_from_slice(&vec![b'#'; 100_000]);
    let (passed, kept) = pass(&[&sent], |input| relay.client_said(input));
    assert_eq!((passed.len(), kept), (sent.len(), 0));
    assert!(relay.listens_to_client());
}

#[test]
fn an_app_that_does_not_wait_for_answers_is_not_heard_for_ever() {
    let mut relay = Relay::default();
    let (passed, kept) = pass(&["NOOP\r\n".repeat(70).as_bytes()], |input| relay.client_said(input));
    assert_eq!((passed.len(), kept), (64 * 6, 6 * 6));
    assert!(!relay.listens_to_client());
    pass(&[b"OK \"NOOP completed.\"\r\n"], |input| relay.server_said(input));
    assert!(relay.listens_to_client());
    // A script that has begun is heard to its end: its answer comes behind it.
    pass(&[b"CHECKSCRIPT {5+}\r\nke"], |input| relay.client_said(input));
    assert!(relay.listens_to_client() && relay.outstanding.len() == OUTSTANDING_MAX);
}

#[test]
fn capabilities_are_shown_without_what_may_not_be_said() {
    let list = "\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN\"\r\n\"starttls\"\r\n{7}\r\nXCLIENT\r\n\"UNAUTHENTICATE\"\r\n\
                \"SIEVE\" {8}\r\nSASL\r\n\"\"\r\n\"OWNER\" \"ada\"\r\nOK \"done\"\r\n";
    let shown = "\"IMPLEMENTATION\" \"x\"\r\n\"SIEVE\" {8}\r\nSASL\r\n\"\"\r\n\"OWNER\" \"ada\"\r\nOK \"done\"\r\n";
    assert_eq!(downstream("CAPABILITY\r\n", list), shown);
    // Scripts may be called that, and hold that.
    let other = "\"SASL\" ACTIVE\r\n\"STARTTLS\"\r\nOK\r\n{8}\r\n\"SASL\"\r\n\r\nOK \"Getscript completed.\"\r\n";
    let commands = "LISTSCRIPTS\r\nGETSCRIPT \"SASL\"\r\nCAPABILITY\r\nLISTSCRIPTS\r\n";
    let both = format!("{other}{list}{other}");
    assert_eq!(downstream(commands, &both), format!("{other}{shown}{other}"));
    let long = format!("\"SIEVE\" \"{}\"\r\n", "x".repeat(20_000));
    assert_eq!(downstream("CAPABILITY\r\n", &long), "<ServerOutOfStep>");
    // Not by the grammar, and passed as it is.
    assert_eq!(downstream("CAPABILITY\r\n", "\"SASL\"  \"\"\r\nOK\r\n"), "\"SASL\"  \"\"\r\nOK\r\n");
}

#[test]
fn a_farewell_stands_between_lines_only() {
    let said = "NO {7}\r\na\r\n\"b\r\n\r\nOK \"a\\\"\\\\\"\r\nOK (TAG {1}\r\n{) \"{5}\"\r\n{3+}\r\nabc\r\nOK {0}\r\n\r\nOK {x}\r\nBYE {5\r\n\"a\r\nb\"\r\n";
    let mut relay = Relay::default();
    let mut places = Vec::new();
    for (at, byte) in said.bytes().enumerate() {
        assert_eq!(relay.server_said(&[byte]), Passage::Forward(1));
        if relay.is_between_lines() {
            places.push(at + 1);
        }
    }
    let ends: Vec<usize> =
        ["\"b\r\n\r\n", "\\\\\"\r\n", "{5}\"\r\n", "abc\r\n", "{0}\r\n\r\n", "{x}\r\n", "{5\r\n", "b\"\r\n"]
            .iter()
            .map(|end| said.find(end).expect("it is there") + end.len())
            .collect();
    assert_eq!(places, ends);
}

#[test]
fn each_answer_answers_one_command() {
    let mut relay = Relay::default();
    pass(&[b"NOOP\r\nLISTSCRIPTS\r\nUNAUTHENTICATE\r\nCAPABILITY\r\n"], |input| relay.client_said(input));
    let answers = [
        b"OK \"OK\r\n".as_slice(),
        b"NO\"\r\n",
        b"\"OK\" ACTIVE\r\nOK {2}\r\n\r\n\r\n",
        b"NO \"What?\"\r\n",
        b"\"X\"\r\n",
        b"OK\r\n",
    ];
    let left = [4, 3, 2, 1, 1, 0];
    for (answer, left) in answers.iter().zip(left) {
        pass(&[answer], |input| relay.server_said(input));
        assert_eq!(relay.outstanding.len(), left, "{:?}", String::from_utf8_lossy(answer));
    }
    pass(&[b"BYE \"unasked\"\r\n"], |input| relay.server_said(input));
    assert!(relay.outstanding.is_empty() && relay.is_between_lines());
}

#[test]
fn a_connection_is_at_rest_while_no_command_waits_for_its_answer() {
    let mut relay = Relay::default();
    assert!(relay.is_at_rest());
    pass(&[b"LISTSCRIPTS\r\n"], |input| relay.client_said(input));
    assert!(!relay.is_at_rest());
    pass(&[b"\"main\" ACTIVE\r\n"], |input| relay.server_said(input));
    assert!(!relay.is_at_rest());
    pass(&[b"OK\r\n"], |input| relay.server_said(input));
    assert!(relay.is_at_rest());
    pass(&[b"PUTSCRIPT \"a\" {5+}\r\nkee"], |input| relay.client_said(input));
    assert!(!relay.is_at_rest());
}
