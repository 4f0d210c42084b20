//! Strings, literals, and what both sides' lines are made of (RFC 5804 section 4).
//!
//! Read from the front and never guessed at: whatever is not by the grammar stops the reading at its first byte, wherever
//! the bytes were cut.

use zeroize::Zeroizing;

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes are needed.
    Incomplete,
    /// The next byte is not by the grammar.
    Malformed,
    /// A string is longer than what may be looked at.
    TooLong,
}

/// A text that may be a secret.
pub(super) type Text = Zeroizing<Vec<u8>>;

/// Which literals the sender may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// An app: `{310+}` alone, since nobody asks for a literal in this protocol.
    App,
    /// A server: `{310}`; some write `{310+}`.
    Server,
}

/// What is read, and how far.
pub(super) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    sender: Sender,
    /// The most that may be looked at.
    max: usize,
}

impl<'a> Reader<'a> {
    /// Reads at most `max` bytes.
    pub(super) fn new(input: &'a [u8], max: usize, sender: Sender) -> Self {
        Self { input: &input[..input.len().min(max)], at: 0, sender, max }
    }

    /// How many bytes were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Result<u8, Stop> {
        let end = if self.at < self.max { Stop::Incomplete } else { Stop::TooLong };
        self.input.get(self.at).copied().ok_or(end)
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek()? != byte {
            return Err(Stop::Malformed);
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn line_end(&mut self) -> Result<(), Stop> {
        self.expect(b'\r')?;
        self.expect(b'\n')
    }

    /// As many bytes as are wanted, none too.
    pub(super) fn while_is(&mut self, is_wanted: impl Fn(u8) -> bool) -> Result<&'a [u8], Stop> {
        let begin = self.at;
        while is_wanted(self.peek()?) {
            self.at += 1;
        }
        Ok(&self.input[begin..self.at])
    }

    /// A number of 32 bits, without leading zeros.
    pub(super) fn number(&mut self) -> Result<u32, Stop> {
        let mut number = u32::from(self.digit()?);
        while number > 0 && self.peek()?.is_ascii_digit() {
            let before = self.at;
            let digit = u32::from(self.digit()?);
            number = number.checked_mul(10).and_then(|n| n.checked_add(digit)).ok_or_else(|| {
                self.at = before;
                Stop::Malformed
            })?;
        }
        Ok(number)
    }

    fn digit(&mut self) -> Result<u8, Stop> {
        let byte = self.peek()?;
        if !byte.is_ascii_digit() {
            return Err(Stop::Malformed);
        }
        self.at += 1;
        Ok(byte - b'0')
    }

    /// What announces a literal, up to where it begins; gives its size.
    pub(super) fn announcement(&mut self) -> Result<u32, Stop> {
        self.expect(b'{')?;
        let size = self.number()?;
        if self.sender == Sender::App || self.peek()? == b'+' {
            self.expect(b'+')?;
        }
        self.expect(b'}')?;
        self.line_end()?;
        Ok(size)
    }

    /// A string in either form.
    pub(super) fn string(&mut self) -> Result<Text, Stop> {
        match self.peek()? {
            b'"' => self.quoted(),
            b'{' => {
                let size = usize::try_from(self.announcement()?).unwrap_or(usize::MAX);
                let end = self.at.checked_add(size).filter(|end| *end <= self.max).ok_or(Stop::TooLong)?;
                let text = self.input.get(self.at..end).ok_or(Stop::Incomplete)?;
                self.at = end;
                Ok(Zeroizing::new(text.to_vec()))
            }
            _ => Err(Stop::Malformed),
        }
    }

    fn quoted(&mut self) -> Result<Text, Stop> {
        self.expect(b'"')?;
        // Reserved in full: growing would leave a copy of a part behind.
        let rest = &self.input[self.at..];
        let mut text = Zeroizing::new(Vec::with_capacity(memchr::memchr(b'\n', rest).unwrap_or(rest.len())));
        loop {
            match self.peek()? {
                b'"' => break,
                b'\r' | b'\n' | 0 => return Err(Stop::Malformed),
                b'\\' => {
                    self.at += 1;
                    let escaped = self.peek()?;
                    if !matches!(escaped, b'"' | b'\\') {
                        return Err(Stop::Malformed);
                    }
                    text.push(escaped);
                }
                byte => text.push(byte),
            }
            self.at += 1;
        }
        if std::str::from_utf8(&text).is_err() {
            return Err(Stop::Malformed);
        }
        self.at += 1;
        Ok(text)
    }

    /// A command's name, in capitals. An empty line has an empty one.
    pub(super) fn verb(&mut self) -> Result<Vec<u8>, Stop> {
        let verb = self.while_is(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))?;
        if verb.is_empty() && self.peek()? != b'\r' {
            return Err(Stop::Malformed);
        }
        Ok(verb.to_ascii_uppercase())
    }

    /// What stands behind a command's name, up to the line's end: strings, and words, which are given as `None`.
    pub(super) fn arguments(&mut self) -> Result<Vec<Option<Text>>, Stop> {
        let mut arguments = Vec::new();
        while self.peek()? == b' ' {
            self.at += 1;
            arguments.push(match self.peek()? {
                b'"' | b'{' => Some(self.string()?),
                _ => self.word().map(|_| None)?,
            });
        }
        self.line_end()?;
        Ok(arguments)
    }

    fn word(&mut self) -> Result<&'a [u8], Stop> {
        let word = self.while_is(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'{' | b'(' | b')'))?;
        if word.is_empty() { Err(Stop::Malformed) } else { Ok(word) }
    }
}

/// A line of a server's.
pub(super) enum Response {
    /// One that begins with a string: a capability with its value, or a script's name.
    Data { name: Text, value: Option<Text> },
    /// An answer, with what it says.
    Answer(Answer),
}

/// `OK (CODE) "text"`, or with NO or BYE.
pub(super) struct Answer {
    /// In capitals.
    pub(super) word: Vec<u8>,
    /// The response code's name, in capitals; empty if there is none.
    pub(super) code: Vec<u8>,
    pub(super) text: Text,
}

impl Reader<'_> {
    /// A whole line of a server's.
    pub(super) fn response(&mut self) -> Result<Response, Stop> {
        if matches!(self.peek()?, b'"' | b'{') {
            let name = self.string()?;
            let arguments = self.arguments()?;
            return Ok(Response::Data { name, value: arguments.into_iter().next().flatten() });
        }
        let word = self.word()?.to_ascii_uppercase();
        let (mut code, mut text) = (Vec::new(), Text::default());
        let mut begins = self.peek()? == b' ';
        if begins {
            self.at += 1;
            if self.peek()? == b'(' {
                code = self.code()?;
                begins = self.peek()? == b' ';
                self.at += usize::from(begins);
            }
        }
        if begins {
            text = self.string()?;
        }
        self.line_end()?;
        Ok(Response::Answer(Answer { word, code, text }))
    }

    /// A response code: its name is given, what stands behind it passed over.
    fn code(&mut self) -> Result<Vec<u8>, Stop> {
        self.expect(b'(')?;
        let name = self.word()?.to_ascii_uppercase();
        loop {
            match self.peek()? {
                b')' => break,
                b' ' => self.at += 1,
                b'"' | b'{' => drop(self.string()?),
                _ => drop(self.word()?),
            }
        }
        self.at += 1;
        Ok(name)
    }
}

/// Writes a quoted string of what can stand in one; other bytes are left out.
pub(super) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n' | 0)) {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(text: &str, sender: Sender, what: impl Fn(&mut Reader) -> Result<T, Stop>) -> Result<(T, usize), Stop> {
        let whole = Reader::new(text.as_bytes(), 100, sender);
        let read =
            |mut reader: Reader| what(&mut reader).map(|value| (value, reader.at())).map_err(|why| (why, reader.at()));
        let outcome = read(whole);
        // Cut before where it stopped it is incomplete, and nothing else.
        let stopped = match &outcome {
            Ok((_, at)) => *at,
            Err((Stop::Malformed, at)) => at + 1,
            Err(_) => 0,
        };
        for end in 0..stopped {
            let cut = read(Reader::new(&text.as_bytes()[..end], 100, sender));
            assert!(matches!(cut, Err((Stop::Incomplete, _))), "{text:?} cut at {end}");
        }
        outcome.map_err(|(why, _)| why)
    }

    fn string(text: &str, sender: Sender) -> Result<(String, usize), Stop> {
        read(text, sender, |reader| reader.string()).map(|(text, at)| (String::from_utf8_lossy(&text).into_owned(), at))
    }

    #[test]
    fn strings_are_read_in_either_form() {
        assert_eq!(string("\"ada\" ", Sender::App), Ok(("ada".into(), 5)));
        assert_eq!(string(r#""a\"b\\c" "#, Sender::App), Ok((r#"a"b\c"#.into(), 9)));
        assert_eq!(string("\"\"", Sender::App), Ok((String::new(), 2)));
        assert_eq!(string("{3+}\r\na\r\nb", Sender::App), Ok(("a\r\n".into(), 9)));
        assert_eq!(string("{0+}\r\n", Sender::App), Ok((String::new(), 6)));
        assert_eq!(string("{3}\r\nada", Sender::Server), Ok(("ada".into(), 8)));
        assert_eq!(string("{3+}\r\nada", Sender::Server), Ok(("ada".into(), 9)));
        for bad in [
            "ada",
            "\"a\r\n\"",
            "\"a\\n\"",
            "\"a\0\"",
            "{3}\r\nada",
            "{03+}\r\nada",
            "{+}\r\n",
            "{3-}\r\n",
            "{3+} \r\n",
            "{3+}\nada",
            "{4294967296+}\r\n",
            "{99999999999999999999+}\r\n",
            "{ 3+}\r\n",
        ] {
            assert_eq!(string(bad, Sender::App).err(), Some(Stop::Malformed), "{bad:?}");
        }
        assert_eq!(Reader::new(b"\"\xff\"", 100, Sender::App).string().err(), Some(Stop::Malformed));
        for long in ["{101+}\r\n", "{4294967295+}\r\n", &format!("\"{}", "x".repeat(200))] {
            assert_eq!(string(long, Sender::App).err(), Some(Stop::TooLong), "{long:?}");
        }
    }

    #[test]
    fn a_command_is_a_verb_and_arguments() {
        let command = |text: &str| {
            read(text, Sender::App, |reader| {
                let verb = reader.verb()?;
                Ok((verb, reader.arguments()?.len()))
            })
            .map(|((verb, arguments), at)| (String::from_utf8_lossy(&verb).into_owned(), arguments, at))
        };
        assert_eq!(command("noop\r\nx"), Ok(("NOOP".into(), 0, 6)));
        assert_eq!(command("XCLIENT ADDR=::1 TTL=4\r\n"), Ok(("XCLIENT".into(), 2, 24)));
        assert_eq!(command("PUTSCRIPT \"a\" {5+}\r\nkeep;\r\n"), Ok(("PUTSCRIPT".into(), 2, 27)));
        assert_eq!(command("\r\n"), Ok((String::new(), 0, 2)));
        for bad in [
            "NOOP \r\n",
            "NOOP  \"a\"\r\n",
            " NOOP\r\n",
            "NOOP\n",
            "NOOP\t\r\n",
            "\"NOOP\"\r\n",
            "NOOP \"a\"\"b\"\r\n",
            "X a{3+}\r\n",
        ] {
            assert_eq!(command(bad).err(), Some(Stop::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn a_servers_lines_are_read() {
        let response = |text: &str| {
            read(text, Sender::Server, |reader| reader.response()).map(|(response, _)| match response {
                Response::Data { name, value } => {
                    format!(
                        "{} = {:?}",
                        String::from_utf8_lossy(&name),
                        value.map(|v| String::from_utf8_lossy(&v).into_owned())
                    )
                }
                Response::Answer(Answer { word, code, text }) => {
                    [word, code, text.to_vec()].map(|b| String::from_utf8_lossy(&b).into_owned()).join("|")
                }
            })
        };
        assert_eq!(response("\"SASL\" \"PLAIN LOGIN\"\r\n").as_deref(), Ok("SASL = Some(\"PLAIN LOGIN\")"));
        assert_eq!(response("\"main\" ACTIVE\r\n").as_deref(), Ok("main = None"));
        assert_eq!(response("\"STARTTLS\"\r\n").as_deref(), Ok("STARTTLS = None"));
        assert_eq!(response("OK\r\n").as_deref(), Ok("OK||"));
        assert_eq!(response("ok \"in\"\r\n").as_deref(), Ok("OK||in"));
        assert_eq!(response("NO (QUOTA/MAXSIZE) {3}\r\na\r\n\r\n").as_deref(), Ok("NO|QUOTA/MAXSIZE|a\r\n"));
        assert_eq!(response("OK (TAG {1}\r\n))\r\n").as_deref(), Ok("OK|TAG|"));
        assert_eq!(response("BYE (TRYLATER) \"x\"\r\n").as_deref(), Ok("BYE|TRYLATER|x"));
        for bad in ["OK in\r\n", "OK \r\n", "OK () \"x\"\r\n", "\r\n", "OK \"a\n\"\r\n", "* OK\r\n x", "NO (\r\n"] {
            assert_eq!(response(bad).err(), Some(Stop::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn a_quoted_string_reads_back() {
        let mut out = Vec::new();
        quote("a\"b\\c\r\n\u{e9}".as_bytes(), &mut out);
        assert_eq!(string(&String::from_utf8(out).expect("text"), Sender::App), Ok(("a\"b\\c\u{e9}".into(), 11)));
    }
}
