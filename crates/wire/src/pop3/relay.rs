//! The conversation after the sign-in, between an app and the upstream.
//!
//! Servers answer in the order in which they are asked, and apps that do not wait count on it (RFC 2449 section 6.6). So
//! what must not go upstream, a second sign-in or XCLIENT, is not answered by the gateway: a word that no server knows goes
//! in its place, and the server's own `-ERR` comes when it is its turn. The same becomes of every word that is not known
//! here: of one that takes further lines nobody could say which lines are commands. The known ones take none, so that each
//! line is a command to everybody.
//!
//! The upstream's stream passes unseen. What it offers there changes nothing in what it is sent.

use super::verb_and_argument;
use crate::conversation::{self, Client, ClosedBecause, Server, TooLong, line};

/// The longest command that is passed on (RFC 2449 section 4).
const LINE_BYTES_MAX: usize = 255;

/// What goes upstream.
const KNOWN: [&[u8]; 13] = [
    b"STAT", b"LIST", b"RETR", b"DELE", b"NOOP", b"RSET", b"QUIT", b"TOP", b"UIDL", b"CAPA", b"LAST", b"UTF8", b"LANG",
];
/// What goes in the place of everything else.
const UNKNOWN: &[u8] = b"XREFUSED\r\n";

/// Both halves of a relayed conversation.
pub struct Relay;

impl conversation::Relay for Relay {
    fn client_said(&mut self, input: &[u8]) -> Client {
        let whole = match line(input, LINE_BYTES_MAX) {
            Ok(Some(whole)) => whole,
            // Half a QUIT is none: an app that is cut off must not have committed what it deleted.
            Ok(None) => return Client::Wait,
            Err(TooLong) => return Client::Close(ClosedBecause::LineTooLong),
        };
        let line = match whole.strip_suffix(b"\r\n") {
            Some(line) if memchr::memchr2(b'\r', 0, line).is_none() => line,
            _ => return Client::Close(ClosedBecause::ControlCharacter),
        };
        let verb = verb_and_argument(line).0.to_ascii_uppercase();
        if KNOWN.contains(&verb.as_slice()) {
            Client::Forward(whole.len())
        } else {
            Client::Replace(whole.len(), UNKNOWN.to_vec())
        }
    }

    fn server_said(&mut self, input: &[u8]) -> Server {
        if input.is_empty() { Server::Wait } else { Server::Forward(input.len()) }
    }

    /// Nowhere: a line that was not asked for would be taken for an answer, or for a part of a message.
    fn is_between_lines(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Relay as _;

    /// What goes upstream of what the app sends, whole and cut; what is kept does not.
    fn upstream(sent: &[u8]) -> String {
        let whole = passed(&[sent]);
        let cut: Vec<&[u8]> = sent.chunks(1).collect();
        assert_eq!(whole, passed(&cut), "however it is cut");
        whole
    }

    fn passed(pieces: &[&[u8]]) -> String {
        let (mut relay, mut out, mut pending) = (Relay, Vec::new(), Vec::new());
        'all: for piece in pieces {
            pending.extend_from_slice(piece);
            loop {
                match relay.client_said(&pending) {
                    Client::Forward(n) => out.extend(pending.drain(..n)),
                    Client::Replace(n, bytes) => {
                        pending.drain(..n);
                        out.extend(bytes);
                    }
                    Client::Wait => break,
                    Client::Close(why) => {
                        out.extend_from_slice(format!("<{why:?}>").as_bytes());
                        break 'all;
                    }
                    Client::Drop(_) => panic!("every command is answered"),
                }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The commands of the example session in RFC 1939 section 10, and those that came later.
    #[test]
    fn commands_pass_as_they_are() {
        let sent =
            "STAT\r\nlist\r\nRETR 1\r\nDELE 1\r\nTOP 2 10\r\nUIDL 2\r\nCAPA\r\nLANG *\r\nRSET\r\nNOOP\r\nQUIT\r\n";
        assert_eq!(upstream(sent.as_bytes()), sent);
    }

    #[test]
    fn what_must_not_be_said_again_is_refused_by_the_server_in_its_turn() {
        for forbidden in [
            "USER bob",
            "PASS x",
            "AUTH PLAIN AAAA",
            "auth",
            "APOP bob 0",
            "Stls",
            "XCLIENT ADDR=192.0.2.1",
            "XTND XMIT",
            "",
            " USER bob",
            "\tUSER bob",
            "USER\tbob",
            "STAT\tx",
            "STAT\u{b}",
        ] {
            let sent = format!("STAT\r\n{forbidden}\r\nNOOP\r\n");
            assert_eq!(upstream(sent.as_bytes()), "STAT\r\nXREFUSED\r\nNOOP\r\n", "{forbidden:?}");
        }
    }

    #[test]
    fn what_servers_read_in_different_ways_ends_the_conversation() {
        for sent in [b"STAT\nUSER bob\r\n".as_slice(), b"STAT\rUSER bob\r\n", b"STAT\0\r\n", b"STAT\r\r\n", b"STAT \n"]
        {
            assert_eq!(upstream(sent), "<ControlCharacter>", "{sent:?}");
        }
        assert_eq!(upstream(&[b'x'; LINE_BYTES_MAX + 1]), "<LineTooLong>");
        assert_eq!(upstream(&[[b'x'; LINE_BYTES_MAX].as_slice(), b"\r\n"].concat()), "<LineTooLong>");
    }

    /// A session that ends without QUIT deletes nothing (RFC 1939 section 6), so none goes upstream that the app has not
    /// sent whole.
    #[test]
    fn an_app_that_is_cut_off_has_deleted_nothing() {
        assert_eq!(upstream(b"DELE 1\r\nQUIT"), "DELE 1\r\n");
        assert_eq!(upstream(b"DELE 1\r\nQUIT\r"), "DELE 1\r\n");
        assert_eq!(upstream(b"DELE 1\r\n"), "DELE 1\r\n");
        let mut relay = Relay;
        assert!(!relay.has_replies() && relay.take_replies().is_empty() && relay.client_said(b"") == Client::Wait);
    }

    #[test]
    fn what_the_server_says_passes_and_nothing_is_put_between() {
        let mut relay = Relay;
        let sent = b"+OK\r\nSubject: hi\r\n\r\n..\r\n.\r\n";
        assert_eq!(relay.server_said(sent), Server::Forward(sent.len()));
        assert_eq!(relay.server_said(b""), Server::Wait);
        assert!(!relay.is_between_lines());
    }
}
