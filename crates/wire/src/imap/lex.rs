//! Lines and literals.

use std::borrow::Cow;

use crate::conversation::without_end;

/// The longest tag that is passed on. Clients send a handful of characters.
pub(super) const TAG_BYTES_MAX: usize = 64;

/// A literal announced at the end of a line: `{310}`, `{310+}` (RFC 7888) or `~{310}` (RFC 9051 section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// How many bytes follow.
    pub(super) size: u64,
    /// Whether the sender waits for a continuation first.
    pub(super) synchronising: bool,
    /// Where in the line the closing `}` or `+}` begins.
    pub(super) end: usize,
}

/// Where the first line ends: the place after its LF.
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes).map(|at| at + 1)
}

/// The literal that a line (without its end) announces.
pub(super) fn literal(line: &[u8]) -> Option<Literal> {
    let (inside, end, synchronising) = match line {
        [inside @ .., b'+', b'}'] => (inside, line.len() - 2, false),
        [inside @ .., b'}'] => (inside, line.len() - 1, true),
        _ => return None,
    };
    let digits = inside.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let open = inside.len().checked_sub(digits + 1)?;
    if digits == 0 || inside[open] != b'{' {
        return None;
    }
    // A size that no u64 holds is as good as the largest: both are far over every limit.
    let size = inside[open + 1..].iter().try_fold(0u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d - b'0')));
    Some(Literal { size: size.unwrap_or(u64::MAX), synchronising, end })
}

/// A command's tag and name, and what stands behind them.
pub(super) struct Head<'a> {
    pub(super) tag: &'a [u8],
    pub(super) name: &'a [u8],
    /// With its leading space, if anything.
    pub(super) rest: &'a [u8],
}

/// Takes a line (without its end) apart; `None` if it does not begin with a tag, one space and a name.
pub(super) fn head(line: &[u8]) -> Option<Head<'_>> {
    let space = line.iter().position(|b| *b == b' ')?;
    let (tag, rest) = (&line[..space], &line[space + 1..]);
    if tag.is_empty() || tag.len() > TAG_BYTES_MAX || !tag.iter().all(|b| is_atom(*b) && *b != b'+') {
        return None;
    }
    let end = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    (!name.is_empty() && name.len() <= 64 && name.iter().all(|b| is_atom(*b))).then_some(Head { tag, name, rest })
}

/// ATOM-CHAR of RFC 9051 section 9, without `]`, which some clients have in tags.
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\')
}

/// Reads one astring (RFC 9051 section 9): an atom, a quoted string or a literal, off the front. Literals stand in the
/// bytes with their announcement and line end, as they came.
pub(super) fn astring<'a>(bytes: &mut &'a [u8]) -> Option<Cow<'a, [u8]>> {
    match bytes.first()? {
        b'"' => quoted(bytes),
        b'{' => {
            let end = line_end(bytes)?;
            let size = usize::try_from(literal(without_end(&bytes[..end]))?.size).ok()?;
            let text = bytes.get(end..end.checked_add(size)?)?;
            *bytes = &bytes[end + size..];
            Some(Cow::Borrowed(text))
        }
        _ => {
            // Clients send passwords as atoms that are none, such as `pass{word`: whatever is not a space is taken.
            let end = bytes.iter().position(|b| *b == b' ').unwrap_or(bytes.len());
            let (text, rest) = bytes.split_at(end);
            *bytes = rest;
            (!text.is_empty() && !text.iter().any(|b| matches!(b, b'"' | b'(' | b')' | b'\\')))
                .then_some(Cow::Borrowed(text))
        }
    }
}

fn quoted<'a>(bytes: &mut &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let inside = &bytes[1..];
    let mut unescaped: Option<Vec<u8>> = None;
    let mut at = 0;
    loop {
        match *inside.get(at)? {
            b'"' => break,
            b'\\' => {
                let next = *inside.get(at + 1).filter(|b| matches!(b, b'"' | b'\\'))?;
                unescaped.get_or_insert_with(|| reserved(&inside[..at], inside.len())).push(next);
                at += 2;
            }
            b'\r' | b'\n' | 0 => return None,
            byte => {
                if let Some(text) = &mut unescaped {
                    text.push(byte);
                }
                at += 1;
            }
        }
    }
    *bytes = &inside[at + 1..];
    Some(unescaped.map_or(Cow::Borrowed(&inside[..at]), Cow::Owned))
}

/// With room for all of it, so that no part is left behind by growing.
fn reserved(start: &[u8], capacity: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(capacity);
    text.extend_from_slice(start);
    text
}

/// Writes a string that has no control characters as a quoted string.
pub(super) fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes().filter(|b| !b.is_ascii_control()) {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// What a client calls itself in an ID command (RFC 2971): the values of `name` and `version`.
pub(super) fn client_name(arguments: &[u8]) -> Option<String> {
    let mut rest = arguments.trim_ascii().strip_prefix(b"(")?;
    let (mut name, mut version) = (None, None);
    // RFC 2971 allows thirty pairs.
    for _ in 0..30 {
        rest = rest.trim_ascii_start();
        if rest.first().is_none_or(|b| *b == b')') {
            break;
        }
        let key = astring(&mut rest)?;
        rest = rest.trim_ascii_start();
        let nil = rest.get(..3).is_some_and(|b| b.eq_ignore_ascii_case(b"NIL"));
        let value = if nil {
            rest = &rest[3..];
            None
        } else {
            Some(String::from_utf8_lossy(&astring(&mut rest)?).into_owned())
        };
        if key.eq_ignore_ascii_case(b"name") {
            name = value;
        } else if key.eq_ignore_ascii_case(b"version") {
            version = value;
        }
    }
    let name = name.filter(|n| !n.is_empty())?;
    Some(version.map_or(name.clone(), |version| format!("{name} {version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Option<Vec<String>> {
        let mut rest = text.as_bytes();
        let mut found = Vec::new();
        while !rest.is_empty() {
            found.push(String::from_utf8_lossy(&astring(&mut rest)?).into_owned());
            rest = rest.strip_prefix(b" ").unwrap_or(rest);
        }
        Some(found)
    }

    #[test]
    fn a_literal_is_seen_at_the_end_of_a_line_only() {
        let found = |line: &[u8]| literal(line).map(|l| (l.size, l.synchronising));
        assert_eq!(found(b"a LOGIN {3}"), Some((3, true)));
        assert_eq!(found(b"a LOGIN {3+}"), Some((3, false)));
        assert_eq!(found(b"a APPEND x ~{310}"), Some((310, true)));
        assert_eq!(found(b"{99999999999999999999999999}"), Some((u64::MAX, true)));
        for none in ["a {3} b", "a {}", "a {+}", "a {3-}", "a 3}", "}", "+}", "a {3+} ", "a {3x}", ""] {
            assert_eq!(found(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn strings_are_read_in_every_form() {
        assert_eq!(strings("ada pass"), Some(vec!["ada".into(), "pass".into()]));
        assert_eq!(strings(r#""ada" "pa\"ss \\word""#), Some(vec!["ada".into(), r#"pa"ss \word"#.into()]));
        assert_eq!(strings("{3}\r\nada {4+}\r\npass"), Some(vec!["ada".into(), "pass".into()]));
        assert_eq!(strings("{0}\r\n {2}\r\n\r\n"), Some(vec![String::new(), "\r\n".into()]));
        for bad in [r#""ada"#, r#""a\da""#, "{9}\r\nada", "\"a\r\nb\"", "a\"b"] {
            assert_eq!(strings(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_command_begins_with_a_tag_one_space_and_a_name() {
        let parts = |line: &str| {
            head(line.as_bytes()).map(|h| [h.tag, h.name, h.rest].map(|b| String::from_utf8_lossy(b).into_owned()))
        };
        assert_eq!(parts("a1 LOGIN ada pw"), Some(["a1".into(), "LOGIN".into(), " ada pw".into()]));
        assert_eq!(parts("A.b-1 noop"), Some(["A.b-1".into(), "noop".into(), String::new()]));
        for bad in [
            "",
            "a",
            " a NOOP",
            "a  NOOP",
            "+ NOOP",
            "* NOOP",
            "a\"b NOOP",
            "a NO\"OP",
            "a\tNOOP",
            &format!("{} NOOP", "x".repeat(65)),
        ] {
            assert_eq!(parts(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_client_is_known_by_what_it_calls_itself() {
        let name = |id: &str| client_name(id.as_bytes());
        assert_eq!(name(r#" ("name" "Thunderbird" "version" "153.7.0")"#).as_deref(), Some("Thunderbird 153.7.0"));
        assert_eq!(name(r#"("version" NIL "name" "Mail")"#).as_deref(), Some("Mail"));
        for none in ["NIL", "()", r#"("name" NIL)"#, r#"("name" "x"#, r#"("os" "x")"#] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn a_quoted_string_reads_back() {
        let mut out = Vec::new();
        quote("a\"b\\c\r\nd", &mut out);
        assert_eq!(out, br#""a\"b\\cd""#);
    }
}
