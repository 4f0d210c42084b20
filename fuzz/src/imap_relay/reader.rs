//! How a server reads what comes upstream, line by line and literal by literal, and what must never be a line there.

/// Commands that must not go upstream.
const FORBIDDEN: [&str; 4] = ["LOGIN", "AUTHENTICATE", "UNAUTHENTICATE", "STARTTLS"];

/// What the next byte is to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The beginning of a command.
    Line,
    /// A literal that it asked for, of which so many bytes are left.
    Literal(u64),
    /// What follows a literal.
    Rest,
    /// What ends IDLE.
    Idle,
}

/// A server's view of the stream: it takes one thing off the front at a time.
pub(super) struct Reader {
    pub(super) reading: Reading,
    kept: Vec<u8>,
}

/// A line that was read, without its end.
pub(super) struct Line {
    pub(super) bytes: Vec<u8>,
    /// As what it was read.
    pub(super) was: Reading,
    /// The literal that it announces.
    pub(super) literal: Option<u64>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { reading: Reading::Line, kept: Vec::new() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// The next line; its literal is passed over once [`Reader::reading`] says so.
    pub(super) fn line(&mut self) -> Option<Line> {
        if let Reading::Literal(left) = self.reading {
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(self.kept.len());
            self.kept.drain(..now);
            let left = left - now as u64;
            self.reading = if left == 0 { Reading::Rest } else { Reading::Literal(left) };
            if left > 0 {
                return None;
            }
        }
        let end = self.kept.iter().position(|b| *b == b'\n')?;
        let mut bytes: Vec<u8> = self.kept.drain(..=end).collect();
        // The most forbearing of servers overlooks white space too.
        bytes.truncate(bytes.trim_ascii_end().len());
        let was = self.reading;
        self.reading = Reading::Line;
        let literal = announced(&bytes);
        let line = Line { bytes, was, literal };
        line.check();
        Some(line)
    }
}

impl Line {
    /// The words of a line as the most forbearing of servers would see them.
    fn words(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split(|b| b.is_ascii_whitespace() || b.is_ascii_control()).filter(|word| !word.is_empty())
    }

    /// The command's name, in capitals.
    pub(super) fn name(&self) -> String {
        self.words().nth(1).map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).unwrap_or_default()
    }

    pub(super) fn tag(&self) -> Vec<u8> {
        self.words().next().unwrap_or_default().to_vec()
    }

    fn check(&self) {
        let shown = String::from_utf8_lossy(&self.bytes);
        assert!(
            !self.bytes.contains(&0) && !self.bytes.contains(&b'\r'),
            "servers read it in different ways: {shown:?}"
        );
        assert!(self.bytes.len() <= super::LINE_BYTES_MAX);
        let is_waiting =
            !self.bytes.ends_with(b"+}") || announced(&[&self.bytes[..self.bytes.len() - 2], b"}"].concat()).is_none();
        assert!(is_waiting, "a literal that does not wait went upstream: {shown:?}");
        if self.was == Reading::Line {
            assert!(!FORBIDDEN.contains(&self.name().as_str()), "it went upstream: {shown:?}");
        }
    }
}

/// The size in `{310}` at the end of a line.
fn announced(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(&line[line.iter().rposition(|b| *b == b'{')?..]).ok()?;
    let digits = text.strip_prefix('{')?.strip_suffix('}')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}
