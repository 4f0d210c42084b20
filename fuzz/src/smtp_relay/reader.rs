//! How servers read what comes upstream, and what none must see. One reads strictly, as Postfix since 3.9; another takes a
//! bare LF for a line's end and overlooks CR and NUL. Where each line is one to both, they cannot disagree.

/// Commands that may go upstream.
const ALLOWED: [&str; 8] = ["MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "HELP"];

/// What the next byte is to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The beginning of a command.
    Command,
    /// A message's content, for which it has asked.
    Content,
    /// A chunk, of which so many bytes are left, and whether it is the last.
    Chunk(u64, bool),
}

/// A server's view of the stream: it takes one thing off the front at a time.
pub(super) struct Reader {
    pub(super) reading: Reading,
    kept: Vec<u8>,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A command's verb.
    Command(&'static str),
    /// A chunk to its end, and whether it is the last.
    Chunk(bool),
    /// The last dot.
    End,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { reading: Reading::Command, kept: Vec::new() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// Whether nothing is left of what was sent.
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The next thing, if it is there to its end. After DATA, [`Reader::reading`] says how it goes on.
    pub(super) fn next(&mut self) -> Option<Read> {
        loop {
            if let Reading::Chunk(left, last) = self.reading {
                let now = usize::try_from(left).unwrap_or(usize::MAX).min(self.kept.len());
                self.kept.drain(..now);
                let left = left - now as u64;
                self.reading = if left == 0 { Reading::Command } else { Reading::Chunk(left, last) };
                return (left == 0).then_some(Read::Chunk(last));
            }
            let end = self.kept.iter().position(|b| *b == b'\n')?;
            let line: Vec<u8> = self.kept.drain(..=end).collect();
            let line = line.strip_suffix(b"\r\n").expect("a line that ends in CR LF");
            assert!(!line.contains(&b'\r'), "servers read it in different ways: {:?}", shown(line));
            if self.reading == Reading::Command {
                return Some(Read::Command(self.command(line)));
            }
            let forbearing: Vec<u8> = line.iter().copied().filter(|b| *b != 0).collect();
            assert_eq!(line == b".", forbearing == b".", "servers read it in different ways: {:?}", shown(line));
            if line == b"." {
                self.reading = Reading::Command;
                return Some(Read::End);
            }
        }
    }

    fn command(&mut self, line: &[u8]) -> &'static str {
        let text = std::str::from_utf8(line).unwrap_or_else(|_| panic!("{:?} went upstream", shown(line)));
        assert!(!text.chars().any(char::is_control) && text.len() <= super::LINE_BYTES_MAX, "{text:?} went upstream");
        let verb = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let verb = ALLOWED.into_iter().find(|allowed| *allowed == verb);
        let verb = verb.unwrap_or_else(|| panic!("{text:?} went upstream"));
        match verb {
            "MAIL" => {
                let rest = text.to_ascii_lowercase();
                let rest = rest.strip_prefix("mail from:<").expect("a sender");
                assert!(rest.starts_with('>') || rest.starts_with("ada@example.org>"), "{text:?} went upstream");
                assert!(!rest.contains(" auth="), "{text:?} went upstream");
            }
            "BDAT" => {
                let words: Vec<&str> = text.split(' ').skip(1).collect();
                let size = words[0].parse().expect("a size");
                assert!(words.len() == 1 || words[1..] == ["LAST"], "{text:?} went upstream");
                self.reading = Reading::Chunk(size, words.len() == 2);
            }
            "DATA" | "RSET" | "QUIT" => assert_eq!(text.len(), 4, "{text:?} went upstream"),
            _ => {}
        }
        verb
    }
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}
