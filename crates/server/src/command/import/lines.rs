//! A file line by line, however long it is, and never more of it in memory than one line may have.

use std::io::{self, BufRead, Read as _};

use zeroize::Zeroizing;

/// The longest line: many times what any of the formats needs.
const LINE_BYTES_MAX: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file.
pub(super) struct Lines<R> {
    source: R,
    number: u64,
    bytes_read: u64,
}

/// A line, without its end.
pub(super) struct Line {
    /// The first is 1.
    pub(super) number: u64,
    pub(super) bytes: usize,
    /// The text, or what is wrong with it.
    pub(super) text: Result<Zeroizing<String>, &'static str>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, number: 0, bytes_read: 0 }
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next line, or `None` behind the last.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Zeroizing::new(Vec::with_capacity(256));
        let read = self.source.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes_read += read as u64;
        let is_too_long = read > LINE_BYTES_MAX;
        if is_too_long && line.last() != Some(&b'\n') {
            self.bytes_read += self.source.skip_until(b'\n')? as u64;
        }
        let text = if is_too_long {
            Err("the line is longer than 64 KiB; is this the right file?")
        } else {
            self.text(&line).ok_or("the line is not UTF-8; write the file in that encoding")
        };
        Ok(Some(Line { number: self.number, bytes: read, text }))
    }

    fn text(&self, line: &[u8]) -> Option<Zeroizing<String>> {
        let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| self.number == 1).unwrap_or(line);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        std::str::from_utf8(line).ok().map(|text| Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_and_what_is_wrong_with_one_is_no_fault_of_the_next() {
        let long = "x".repeat(LINE_BYTES_MAX);
        let file = [b"\xef\xbb\xbfone\r\n\n".as_slice(), long.as_bytes(), b"x\n\xff\n\xef\xbb\xbflast"].concat();
        let mut lines = Lines::new(file.as_slice());
        let mut seen = Vec::new();
        while let Some(line) = lines.next().expect("memory can be read") {
            let text = line.text.map_or_else(|wrong| format!("wrong: {wrong}"), |text| text.to_string());
            seen.push((line.number, text));
        }
        let expected = [
            (1, "one"),
            (2, ""),
            (3, "wrong: the line is longer than 64 KiB; is this the right file?"),
            (4, "wrong: the line is not UTF-8; write the file in that encoding"),
            (5, "\u{feff}last"),
        ];
        assert_eq!(seen, expected.map(|(number, text)| (number, text.to_owned())));
        assert_eq!(lines.bytes_read(), file.len() as u64);
    }
}
