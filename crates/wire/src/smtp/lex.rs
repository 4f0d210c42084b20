//! Lines, commands and replies.

/// The longest line of a reply that is understood. RFC 5321 section 4.5.3.1.5 has 512; servers explain themselves.
pub(super) const REPLY_LINE_BYTES_MAX: usize = 4096;
/// The longest name that an app may have in EHLO (RFC 5321 section 4.5.3.1.2).
const NAME_BYTES_MAX: usize = 255;

/// Why there is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadLine {
    /// It is longer than it may be, however it is cut.
    TooLong,
    /// A CR without LF, or an LF without CR.
    BareEnd,
}

/// Where the first line ends, CR LF included; `None` while it is incomplete.
pub(super) fn line_end(bytes: &[u8], max: usize) -> Result<Option<usize>, BadLine> {
    let Some(at) = memchr::memchr2(b'\r', b'\n', bytes) else {
        return if bytes.len() > max { Err(BadLine::TooLong) } else { Ok(None) };
    };
    let is_cr = bytes[at] == b'\r';
    if at + 1 + usize::from(is_cr) > max {
        return if bytes.len() > max || !is_cr { Err(BadLine::TooLong) } else { Ok(None) };
    }
    match bytes.get(at + 1) {
        Some(b'\n') if is_cr => Ok(Some(at + 2)),
        None if is_cr => Ok(None),
        _ => Err(BadLine::BareEnd),
    }
}

/// A command's verb and what stands behind it.
pub(super) struct Command<'a> {
    /// In capitals.
    pub(super) verb: String,
    /// Without the spaces around it.
    pub(super) rest: &'a str,
}

/// Takes a line (without its end) apart; `None` if it does not begin with a verb, or has a control character in it or
/// what is not UTF-8 (RFC 6531).
pub(super) fn command(line: &[u8]) -> Option<Command<'_>> {
    let line = std::str::from_utf8(line).ok().filter(|text| !text.chars().any(char::is_control))?;
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is_verb = (1..=16).contains(&verb.len()) && verb.bytes().all(|b| b.is_ascii_alphabetic());
    is_verb.then(|| Command { verb: verb.to_ascii_uppercase(), rest: rest.trim_matches(' ') })
}

/// What an app calls itself in EHLO or HELO. Apps send host names, address literals and what the machine is called.
pub(super) fn name(rest: &str) -> Option<&str> {
    let is_name = !rest.is_empty() && rest.len() <= NAME_BYTES_MAX && !rest.chars().any(char::is_whitespace);
    is_name.then_some(rest)
}

/// Whether an app's name can be said to any server: a host name or an address literal.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'[' | b']' | b':'))
}

/// One line of a reply.
pub(super) struct ReplyLine<'a> {
    pub(super) code: u16,
    pub(super) is_last: bool,
    pub(super) text: &'a [u8],
}

/// Reads a line of a reply, without its end (RFC 5321 section 4.2).
pub(super) fn reply(line: &[u8]) -> Option<ReplyLine<'_>> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
    let (is_last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return None,
    };
    Some(ReplyLine { code, is_last, text })
}

/// Writes a value as xtext (RFC 3461 section 4).
pub(super) fn xtext(value: &str, out: &mut Vec<u8>) {
    for byte in value.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'+' | b'=') {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("+{byte:02X}").as_bytes());
        }
    }
}

/// Whether this is xtext.
pub(super) fn is_xtext(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_hex = |b: Option<u8>| b.is_some_and(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
        let is_good = match byte {
            b'+' => is_hex(bytes.next()) && is_hex(bytes.next()),
            b'=' => false,
            other => other.is_ascii_graphic(),
        };
        if !is_good {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_in_cr_lf_and_in_nothing_else() {
        let end = |text: &str| line_end(text.as_bytes(), 8);
        assert_eq!(end("NOOP\r\nx"), Ok(Some(6)));
        assert_eq!((end(""), end("NOOP"), end("NOOP\r")), (Ok(None), Ok(None), Ok(None)));
        for bare in ["NOOP\n", "\n", "NO\rOP\r\n", "NOOP\r\r\n"] {
            assert_eq!(end(bare), Err(BadLine::BareEnd), "{bare:?}");
        }
        assert_eq!((end("123456\r\n"), end("12345678")), (Ok(Some(8)), Ok(None)));
        for long in ["1234567\r\n", "123456789", "1234567\rx", "12345678\n", "123456789\r\n"] {
            assert_eq!(end(long), Err(BadLine::TooLong), "{long:?}");
        }
    }

    /// However it is cut, a line is what it is.
    #[test]
    fn a_line_is_judged_alike_in_pieces() {
        for text in ["12345\r\n", "123456\r\n", "1234567\r\n", "123456\rx", "1234567\rx", "1234567\n", "12345678\n"] {
            let whole = line_end(text.as_bytes(), 8);
            let cut = (0..=text.len()).map(|n| line_end(&text.as_bytes()[..n], 8)).find(|end| *end != Ok(None));
            assert_eq!(cut.unwrap_or(Ok(None)), whole, "{text:?}");
        }
    }

    #[test]
    fn a_command_begins_with_a_verb() {
        let parts = |line: &[u8]| command(line).map(|c| (c.verb, c.rest.to_owned()));
        assert_eq!(parts(b"mail FROM:<> "), Some(("MAIL".into(), "FROM:<>".into())));
        assert_eq!(parts(b"Data"), Some(("DATA".into(), String::new())));
        for bad in [b"".as_slice(), b" NOOP", b"NO\tOP", b"RSET\0", b"AUTH=PLAIN x", b"NOOP \xff", b"NOOP\x7f"] {
            assert_eq!(parts(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_reply_has_a_code_and_says_whether_more_comes() {
        let parts = |line: &[u8]| reply(line).map(|r| (r.code, r.is_last, r.text.to_vec()));
        assert_eq!(parts(b"250-SIZE 5"), Some((250, false, b"SIZE 5".to_vec())));
        assert_eq!(parts(b"354 go"), Some((354, true, b"go".to_vec())));
        assert_eq!(parts(b"250"), Some((250, true, Vec::new())));
        for bad in [b"".as_slice(), b"25", b"2500", b"25x ok", b"150 wait", b"999 what", b"250\tok", b"+OK"] {
            assert_eq!(parts(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn xtext_hides_what_would_end_a_value() {
        let mut out = Vec::new();
        xtext("ad a+b=\u{e9}@x\r\n", &mut out);
        assert_eq!(out, b"ad+20a+2Bb+3D+C3+A9@x+0D+0A");
        assert!(is_xtext("ad+20a+2Bb") && is_xtext(""));
        for bad in ["a b", "a=b", "+2", "+2b", "+", "a+", "\u{e9}"] {
            assert!(!is_xtext(bad), "{bad:?}");
        }
    }
}
