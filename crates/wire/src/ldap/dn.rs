//! Distinguished names as text (RFC 4514), and how their values and those of attributes are compared.

use std::borrow::Cow;

use super::ber::{OCTET_STRING, Reader};

/// The most pairs of type and value that a name may have: ours have four or five.
const PAIRS_MAX: usize = 32;
/// `UTF8String`, `PrintableString` and `IA5String`: what a value in hexadecimal may be beside an OCTET STRING.
const STRINGS: [u8; 3] = [0x0c, 0x13, 0x16];

/// Not a distinguished name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a distinguished name")]
pub struct MalformedDn;

/// One pair of type and value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair<'a> {
    pub(super) kind: &'a str,
    /// Unescaped.
    pub(super) value: Cow<'a, str>,
    /// Whether it belongs to the same relative name as the one before (`+`).
    pub(super) joined: bool,
}

/// Reads a name, most specific pair first; an empty one has none. Spaces around separators are let pass, as RFC 2253
/// section 4 wants it.
pub(super) fn parse(text: &str) -> Result<Vec<Pair<'_>>, MalformedDn> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_matches(' ');
    // A space in front of the end may be escaped.
    if rest.ends_with('\\') {
        rest = text.trim_start_matches(' ');
    }
    if rest.is_empty() {
        return Ok(pairs);
    }
    pairs.reserve(6);
    let mut joined = false;
    loop {
        let (kind, after) = rest.split_once('=').ok_or(MalformedDn)?;
        let kind = kind.trim_matches(' ');
        if !is_kind(kind) || pairs.len() == PAIRS_MAX {
            return Err(MalformedDn);
        }
        let (value, separator, after) = value(after.trim_start_matches(' '))?;
        pairs.push(Pair { kind, value, joined });
        match separator {
            None => return Ok(pairs),
            Some(separator) => joined = separator == b'+',
        }
        rest = after;
    }
}

/// `descr` or `numericoid` (RFC 4512 section 1.4).
fn is_kind(kind: &str) -> bool {
    let bytes = kind.as_bytes();
    match bytes.first() {
        Some(first) if first.is_ascii_alphabetic() => bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-'),
        Some(first) if first.is_ascii_digit() => bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.'),
        _ => false,
    }
}

/// Reads a value up to its separator: the value, the separator unless the name ends, and what follows it.
fn value(text: &str) -> Result<(Cow<'_, str>, Option<u8>, &str), MalformedDn> {
    let bytes = text.as_bytes();
    let mut unescaped: Option<Vec<u8>> = None;
    // How much of what was unescaped is to be kept: spaces at the end are not, unless they were escaped.
    let mut kept = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b',' | b'+' => break,
            b'"' | b';' | b'<' | b'>' | 0 => return Err(MalformedDn),
            b'\\' => {
                let unescaped = unescaped.get_or_insert_with(|| bytes[..at].to_vec());
                let (byte, taken) = escaped(&bytes[at + 1..]).ok_or(MalformedDn)?;
                unescaped.push(byte);
                kept = unescaped.len();
                at += 1 + taken;
            }
            _ => {
                if let Some(unescaped) = &mut unescaped {
                    unescaped.push(byte);
                    if byte != b' ' {
                        kept = unescaped.len();
                    }
                }
                at += 1;
            }
        }
    }
    let (separator, rest) = match bytes.get(at) {
        Some(separator) => (Some(*separator), &text[at + 1..]),
        None => (None, ""),
    };
    let value = match unescaped {
        None if text.starts_with('#') => Cow::Owned(hexadecimal(text[1..at].trim_end_matches(' '))?),
        None => Cow::Borrowed(text[..at].trim_end_matches(' ')),
        Some(mut unescaped) => {
            unescaped.truncate(kept);
            Cow::Owned(String::from_utf8(unescaped).map_err(|_| MalformedDn)?)
        }
    };
    Ok((value, separator, rest))
}

/// What stands behind a backslash: a character that needs it, or two hexadecimal digits; and how long that is.
fn escaped(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [byte @ (b'"' | b'\\' | b'#' | b'=' | b'+' | b',' | b';' | b'<' | b'>' | b' '), ..] => Some((*byte, 1)),
        [high, low, ..] => Some((hex(*high)? << 4 | hex(*low)?, 2)),
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// `#` and the BER of a value (RFC 4514 section 2.4), which must be a string.
fn hexadecimal(digits: &str) -> Result<String, MalformedDn> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    });
    let bytes: Vec<u8> = pairs.collect::<Option<_>>().ok_or(MalformedDn)?;
    let mut reader = Reader::new(&bytes);
    match reader.any() {
        Ok((tag, value)) if reader.is_empty() && (tag == OCTET_STRING || STRINGS.contains(&tag)) => {
            String::from_utf8(value.to_vec()).map_err(|_| MalformedDn)
        }
        _ => Err(MalformedDn),
    }
}

/// Appends a value, escaped as RFC 4514 section 2.4 wants it.
pub(super) fn escape(value: &str, out: &mut String) {
    for (at, character) in value.char_indices() {
        let outer = at == 0 || at + 1 == value.len();
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if outer => out.push_str("\\ "),
            '\0' => out.push_str("\\00"),
            _ => out.push(character),
        }
    }
}

/// A value as it is compared: in lower case, with one space where there are several, and none around it. This is RFC
/// 4518 without its Unicode normalisation: names of this directory are normalised (NFC) before they get here.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    text.split_whitespace().enumerate().flat_map(|(at, word)| {
        let space = (at > 0).then_some(' ');
        space.into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}

/// Whether two values are equal by caseIgnoreMatch (RFC 4517 section 4.2.11).
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one == other || folded(one).eq(folded(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, MalformedDn> {
        parse(text).map(|pairs| pairs.into_iter().map(|p| (p.kind.to_owned(), p.value.into_owned())).collect())
    }

    fn pair(kind: &str, value: &str) -> (String, String) {
        (kind.to_owned(), value.to_owned())
    }

    /// The examples of RFC 4514 section 4.
    #[test]
    fn names_are_read_as_in_the_examples_of_the_rfc() {
        assert_eq!(
            read("UID=jsmith,DC=example,DC=net"),
            Ok(vec![pair("UID", "jsmith"), pair("DC", "example"), pair("DC", "net")])
        );
        let joined = parse("OU=Sales+CN=J.  Smith,DC=example,DC=net").expect("a name");
        assert_eq!(joined.iter().map(|p| p.joined).collect::<Vec<_>>(), [false, true, false, false]);
        assert_eq!(joined[1].value, "J.  Smith");
        assert_eq!(
            read(r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#).map(|p| p[0].1.clone()),
            Ok(r#"James "Jim" Smith, III"#.to_owned())
        );
        assert_eq!(read(r"CN=Before\0dAfter,DC=example,DC=net").map(|p| p[0].1.clone()), Ok("Before\rAfter".into()));
        assert_eq!(read("1.3.6.1.4.1.1466.0=#04024869"), Ok(vec![pair("1.3.6.1.4.1.1466.0", "Hi")]));
        assert_eq!(read(r"CN=Lu\C4\8Di\C4\87"), Ok(vec![pair("CN", "Lučić")]));
    }

    #[test]
    fn spaces_count_only_where_they_are_escaped_or_inside() {
        assert_eq!(read(" uid = ada , dc = org "), Ok(vec![pair("uid", "ada"), pair("dc", "org")]));
        assert_eq!(read(r"uid=\ ada\ ,dc=org"), Ok(vec![pair("uid", " ada "), pair("dc", "org")]));
        assert_eq!(read(r"uid=ada\ "), Ok(vec![pair("uid", "ada ")]));
        assert_eq!(read(r"uid=ada\   "), Ok(vec![pair("uid", "ada ")]));
        assert_eq!(read("uid="), Ok(vec![pair("uid", "")]));
        assert_eq!(read("  "), Ok(vec![]));
        assert!(is_same(" Ada   Lovelace", "ada lovelace ") && !is_same("adalovelace", "ada lovelace"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let many = vec!["dc=x"; PAIRS_MAX + 1].join(",");
        for bad in [
            "ada",
            "=ada",
            "uid=ada,",
            "uid=ada,,dc=org",
            "uid=a\"b",
            "uid=a;b",
            "uid=a<b",
            r"uid=a\",
            r"uid=a\g",
            r"uid=\ff",
            "uid=#04",
            "uid=#0403",
            "uid=#040",
            "uid=#xy",
            "uid=#02010a",
            "u d=ada",
            "1a=ada",
            many.as_str(),
        ] {
            assert_eq!(read(bad), Err(MalformedDn), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_escaped_reads_back(value in "\\PC{0,20}|[ #+,;<>\"\\\\=\0a]{0,8}") {
            let mut text = "uid=".to_owned();
            escape(&value, &mut text);
            text.push_str(",ou=people");
            prop_assert_eq!(read(&text), Ok(vec![pair("uid", &value), pair("ou", "people")]));
            let alone = text.trim_end_matches(",ou=people");
            prop_assert_eq!(read(alone), Ok(vec![pair("uid", &value)]));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,60}|[a=,+\\\\# \"0-9]{0,30}") {
            let _ = read(&text);
        }
    }
}
