//! A server that is as obstinate as any, and whatever an app may send.

use proptest::prelude::*;

use super::*;

/// A server that reads as the most forbearing does, and checks what no server must see.
struct Obstinate<'a> {
    decisions: std::slice::Iter<'a, u8>,
    reading: Reading,
    buffer: Vec<u8>,
    answers: Vec<u8>,
    messages: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Reading {
    Command,
    Content,
    Chunk(usize, bool),
}

impl Obstinate<'_> {
    fn decides(&mut self, bound: u8) -> bool {
        self.decisions.next().copied().unwrap_or(0) % bound == 0
    }

    fn read(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        loop {
            if let Reading::Chunk(size, last) = self.reading {
                if self.buffer.len() < size {
                    return;
                }
                self.buffer.drain(..size);
                self.reading = Reading::Command;
                self.messages += usize::from(last);
                self.answer(3, "250 chunk");
                continue;
            }
            // A bare LF ends a line, a CR and a NUL are nothing.
            let Some(end) = self.buffer.iter().position(|b| *b == b'\n') else { return };
            let line: Vec<u8> = self.buffer.drain(..=end).filter(|b| !b"\r\n\0".contains(b)).collect();
            match self.reading {
                Reading::Content if line == b"." => {
                    self.messages += 1;
                    self.reading = Reading::Command;
                    self.answer(3, "250 queued");
                }
                Reading::Content => {}
                _ => self.command(&String::from_utf8_lossy(&line)),
            }
        }
    }

    fn command(&mut self, line: &str) {
        let upper = line.to_ascii_uppercase();
        let verb = upper.split_whitespace().next().unwrap_or_default();
        assert!(
            ["MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "HELP"].contains(&verb),
            "{line:?} went upstream"
        );
        if verb == "MAIL" {
            let is_own = upper.starts_with("MAIL FROM:<ADA@EXAMPLE.ORG>") || upper.starts_with("MAIL FROM:<>");
            assert!(is_own, "{line:?} went upstream");
        }
        match verb {
            "DATA" if self.decides(2) => {
                self.answers.extend_from_slice(b"354 go\r\n");
                self.reading = Reading::Content;
            }
            "DATA" => self.answers.extend_from_slice(b"554 no\r\n"),
            "BDAT" => {
                let mut words = upper.split(' ').skip(1);
                let size = words.next().and_then(|n| n.parse().ok()).expect("a size");
                self.reading = Reading::Chunk(size, words.next() == Some("LAST"));
            }
            "RSET" => self.answers.extend_from_slice(b"250 ok\r\n"),
            _ => self.answer(4, "250 ok"),
        }
    }

    /// Yes, or no once in a while.
    fn answer(&mut self, bound: u8, yes: &str) {
        let no = self.decides(bound) && !self.decisions.as_slice().is_empty();
        self.answers.extend_from_slice(if no { b"450-no\r\n450 no" } else { yes.as_bytes() });
        self.answers.extend_from_slice(b"\r\n");
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(MAIL.to_owned()),
        4 => Just(RCPT.to_owned()),
        3 => Just("DATA\r\n".to_owned()),
        3 => Just(".\r\n".to_owned()),
        2 => Just("\r\n.\r\n".to_owned()),
        1 => Just("MAIL FROM:<bob@example.org>\r\n".to_owned()),
        1 => Just("XCLIENT LOGIN=bob\r\n".to_owned()),
        1 => Just("EHLO x\r\n".to_owned()),
        1 => Just("RSET\r\n".to_owned()),
        1 => Just("VRFY x\r\n".to_owned()),
        1 => (0..40usize, any::<bool>()).prop_map(|(n, last)| format!("BDAT {n}{}\r\n", if last { " LAST" } else { "" })),
        1 => "[\r\n.\0a]{1,5}",
        1 => "[ -~]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_app_sends_and_a_server_decides_nothing_forbidden_is_a_command_upstream(
        pieces in proptest::collection::vec(piece(), 1..30),
        decisions in proptest::collection::vec(any::<u8>(), 0..30),
        cut in 1..60usize,
    ) {
        let mut talk = Talk::new();
        let mut server = Obstinate {
            decisions: decisions.iter(), reading: Reading::Command, buffer: Vec::new(), answers: Vec::new(), messages: 0,
        };
        let stream = pieces.concat();
        for chunk in stream.as_bytes().chunks(cut) {
            talk.from_app.extend_from_slice(chunk);
            loop {
                talk.run();
                let bytes = std::mem::take(&mut talk.upstream);
                server.read(&bytes);
                talk.server_said.append(&mut server.answers);
                if bytes.is_empty() && talk.server_said.is_empty() || talk.closed.is_some() {
                    break;
                }
            }
            prop_assert!(talk.closed != Some(ClosedBecause::ServerOutOfStep), "{stream:?}");
            if talk.closed.is_some() {
                break;
            }
        }
        let ended = stream.match_indices(".\r\n").count() + stream.matches(" LAST\r\n").count();
        prop_assert!(server.messages <= ended);
        prop_assert_eq!(talk.heard().matches("250 queued").count() <= server.messages, true);
    }
}
