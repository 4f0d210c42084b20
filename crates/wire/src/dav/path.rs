//! Paths, and the references to resources that headers and bodies have.

use std::fmt;

/// The longest path that is read, and the longest that goes on: in its one spelling it may have three times as many bytes.
const PATH_BYTES_MAX: usize = 8 * 1024;

/// A path that can be read in one way only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
    /// Whether it ends in a slash, as collections do.
    is_collection: bool,
}

/// Why a text is no path of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not begin with a slash.
    #[error("a path begins with a slash")]
    Relative,
    /// More than eight kilobytes, as it comes or as it goes on.
    #[error("a path has at most {PATH_BYTES_MAX} bytes")]
    TooLong,
    /// A percent sign without two digits behind it, or what is not UTF-8.
    #[error("a path is UTF-8 in percent encoding")]
    Encoding,
    /// Servers would read it in different ways.
    #[error("a path with an empty segment, a dot segment, an encoded separator or a control character")]
    Ambiguous,
}

impl Path {
    /// Reads a path as it stands in a request, without its query.
    pub fn parse(raw: &[u8]) -> Result<Self, PathError> {
        if raw.len() > PATH_BYTES_MAX {
            return Err(PathError::TooLong);
        }
        let rest = raw.strip_prefix(b"/").ok_or(PathError::Relative)?;
        let mut segments = Vec::new();
        let mut parts = rest.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            if part.is_empty() && parts.peek().is_none() {
                return Self { segments, is_collection: true }.within_bounds();
            }
            segments.push(segment(part)?);
        }
        Self { segments, is_collection: false }.within_bounds()
    }

    fn within_bounds(self) -> Result<Self, PathError> {
        let length = |byte: u8| if is_plain(byte) { 1 } else { 3 };
        let bytes = |segment: &String| 1 + segment.bytes().map(length).sum::<usize>();
        let written = self.segments.iter().map(bytes).sum::<usize>() + usize::from(self.is_collection);
        if written > PATH_BYTES_MAX { Err(PathError::TooLong) } else { Ok(self) }
    }

    /// The collection that is named by these segments, as they are when decoded.
    pub fn collection<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        Self { segments: segments.into_iter().map(str::to_owned).collect(), is_collection: true }
    }

    /// Its segments, decoded.
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Whether it is `/`.
    pub fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether it is the home of this login name, or something in it.
    pub fn is_in_home_of(&self, login: &str) -> bool {
        self.segments.first().is_some_and(|first| first == login)
    }
}

/// In the one spelling in which it goes on: everything but letters, digits and `-._~` is encoded.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            f.write_str("/")?;
            for byte in segment.bytes() {
                if is_plain(byte) {
                    write!(f, "{}", char::from(byte))?;
                } else {
                    write!(f, "%{byte:02X}")?;
                }
            }
        }
        if self.is_collection { f.write_str("/") } else { Ok(()) }
    }
}

/// Whether a byte stands for itself in the spelling in which a path goes on.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn segment(raw: &[u8]) -> Result<String, PathError> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'%' {
            // What ends a path.
            if matches!(byte, b'?' | b'#') {
                return Err(PathError::Ambiguous);
            }
            decoded.push(*byte);
            continue;
        }
        decoded.push(digits(rest).ok_or(PathError::Encoding)?);
        rest = &rest[2..];
    }
    let text = String::from_utf8(decoded).map_err(|_| PathError::Encoding)?;
    if is_ambiguous(&text) { Err(PathError::Ambiguous) } else { Ok(text) }
}

/// The byte that two hexadecimal digits at the beginning stand for.
fn digits(text: &[u8]) -> Option<u8> {
    let [high, low, ..] = text else { return None };
    let value = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(value(high)? << 4 | value(low)?)
}

/// Whether some server would take a segment, decoded once, for something else: for none, for the directory above, for
/// two, or for one that is still to be decoded.
fn is_ambiguous(text: &str) -> bool {
    // Parameters of a segment, which some servers cut off before they look for dots.
    let name = text.split(';').next().unwrap_or_default();
    let is_dots = matches!(name.trim(), "" | "." | "..");
    is_dots || text.contains(['/', '\\']) || text.contains(char::is_control) || is_encoded_twice(text.as_bytes())
}

fn is_encoded_twice(text: &[u8]) -> bool {
    let mut behind = text.split(|byte| *byte == b'%');
    behind.next();
    behind.any(|rest| {
        digits(rest)
            .is_some_and(|byte| matches!(byte, b'/' | b'\\' | b'.' | b'%' | b';' | b' ') || byte.is_ascii_control())
    }) || text.windows(2).any(|pair| pair == b"%%")
}

/// Why a reference leads to nothing that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It names another server.
    #[error("another server")]
    Elsewhere,
    /// Its path cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// Reads a reference to a resource, as `Destination` and `href` have them: an absolute path, or a whole address on this
/// server, which the request calls `authority`.
pub fn reference(text: &[u8], authority: &str) -> Result<Path, ReferenceError> {
    let text = text.trim_ascii();
    if text.starts_with(b"/") && !text.starts_with(b"//") {
        return Ok(Path::parse(text)?);
    }
    let (rest, port) = after_scheme(text).ok_or(ReferenceError::Elsewhere)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let without = |host: &[u8], port: &[u8]| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    if without(host, port) != without(authority.as_bytes(), b":443") {
        return Err(ReferenceError::Elsewhere);
    }
    Ok(Path::parse(if path.is_empty() { b"/" } else { path })?)
}

/// What stands behind `http://` or `https://`, and the port that goes without saying there.
fn after_scheme(text: &[u8]) -> Option<(&[u8], &'static [u8])> {
    let schemes: [(&[u8], &'static [u8]); 2] = [(b"https://", b":443"), (b"http://", b":80")];
    schemes.into_iter().find_map(|(scheme, port)| {
        let (begin, rest) = text.split_at_checked(scheme.len())?;
        begin.eq_ignore_ascii_case(scheme).then_some((rest, port))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(raw: &str) -> Result<String, PathError> {
        Path::parse(raw.as_bytes()).map(|path| path.to_string())
    }

    #[test]
    fn a_path_has_one_spelling_however_it_was_written() {
        for (raw, canonical) in [
            ("/", "/"),
            ("/ada@example.org/", "/ada%40example.org/"),
            ("/%61da%40example.org/Work%20calendar/a.ics", "/ada%40example.org/Work%20calendar/a.ics"),
            ("/ada/\u{e9}t\u{e9}", "/ada/%C3%A9t%C3%A9"),
            ("/ada/%c3%a9", "/ada/%C3%A9"),
            ("/ada/a;b=c/...", "/ada/a%3Bb%3Dc/..."),
            ("/ada/100%25", "/ada/100%25"),
            ("/ada/a%2540b", "/ada/a%2540b"),
        ] {
            assert_eq!(written(raw).as_deref(), Ok(canonical), "{raw}");
        }
    }

    #[test]
    fn what_servers_read_in_different_ways_is_refused() {
        for raw in [
            "//",
            "//ada",
            "/ada//x",
            "/ada/../bob",
            "/ada/..",
            "/ada/./x",
            "/ada/%2e%2e/bob",
            "/ada/%2E./bob",
            "/ada/.%2e/bob",
            "/ada/%2f",
            "/ada%2fbob",
            "/ada/..%2fbob",
            "/ada/%5c..%5cbob",
            "/ada\\..\\bob",
            "/ada/%00",
            "/ada/a%0d%0ab",
            "/ada/%7f",
            "/ada/%c2%85",
            "/ada/%252e%252e/bob",
            "/ada/%252fbob",
            "/ada/%255cbob",
            "/ada/%25252e",
            "/ada/..;/bob",
            "/ada/..;x=y/bob",
            "/ada/;/x",
            "/ada/%2e%2e;x/bob",
            "/ada/%20/x",
            "/ada/..%20/bob",
            "/ada/%2500",
            "/ada/x?y",
            "/ada/x#y",
            "/ada/..%253bx",
            "/ada/..%2520",
            "/ada/%25%32%65",
            "/ada/%25%25",
        ] {
            assert_eq!(written(raw), Err(PathError::Ambiguous), "{raw}");
        }
        for raw in ["/ada/%", "/ada/%4", "/ada/%zz", "/ada/%+1", "/ada/%ff", "/ada/%c0%ae%c0%ae/bob", "/ada/%e0%80%af"]
        {
            assert_eq!(written(raw), Err(PathError::Encoding), "{raw}");
        }
        assert_eq!(written("ada"), Err(PathError::Relative));
        assert_eq!(written("*"), Err(PathError::Relative));
        assert_eq!(written(&"/a".repeat(5000)), Err(PathError::TooLong));
        // What is longer as it goes on is as long as that.
        let (longest, longer) = (format!("/a{}", "!".repeat(2730)), format!("/aa{}", "!".repeat(2730)));
        assert_eq!(written(&longest).map(|text| text.len()), Ok(PATH_BYTES_MAX));
        assert_eq!(written(&longer), Err(PathError::TooLong));
    }

    #[test]
    fn a_home_is_its_owners_canonical_name_and_nothing_that_looks_like_it() {
        let is_in = |raw: &str| Path::parse(raw.as_bytes()).is_ok_and(|path| path.is_in_home_of("ada@example.org"));
        assert!(is_in("/ada@example.org/") && is_in("/ada%40example.org") && is_in("/%61da@example.org/x/y"));
        for other in
            ["/", "/bob@example.org/", "/Ada@example.org/", "/ada@example.org%20/x", "/ada", "/x/ada@example.org/"]
        {
            assert!(!is_in(other), "{other}");
        }
    }

    #[test]
    fn a_reference_leads_to_this_server_or_nowhere() {
        let on = |text: &str| reference(text.as_bytes(), "Dav.example.org:8443").map(|path| path.to_string());
        for text in [
            "/ada/x",
            " /ada/x ",
            "https://dav.example.org:8443/ada/x",
            "HTTPS://DAV.example.org:8443/ada/x",
            "http://dav.example.org:8443/%61da/x",
        ] {
            assert_eq!(on(text).as_deref(), Ok("/ada/x"), "{text}");
        }
        for text in [
            "//dav.example.org:8443/ada/x",
            "https://dav.example.org/ada/x",
            "https://dav.example.org:8443@evil.example/x",
            "https://u@dav.example.org:8443/x",
            "https://dav.example.org:8443\\@evil.example/",
            "ftp://dav.example.org/x",
            "ada/x",
            "",
            "https:/ada/x",
            "https:///ada/x",
            "mailto:ada@example.org",
            "https://dav.example.org:8443.evil/x",
        ] {
            assert_eq!(
                on(text).map_err(|error| matches!(error, ReferenceError::Elsewhere | ReferenceError::Path(_))),
                Err(true),
                "{text}"
            );
        }
        let usual = |text: &str, authority: &str| reference(text.as_bytes(), authority).is_ok();
        assert!(usual("https://a.example:443/x", "a.example") && usual("https://a.example/x", "a.example:443"));
        assert!(usual("http://a.example:80/x", "a.example") && !usual("http://a.example:443/x", "a.example"));
        assert_eq!(on("https://dav.example.org:8443").as_deref(), Ok("/"));
        assert_eq!(on("/ada/x?y"), Err(PathError::Ambiguous.into()));
        assert_eq!(on("https://dav.example.org:8443?/x"), Err(PathError::Relative.into()));
    }

    /// What a careless server makes of a path: it decodes as often as it likes, takes backslashes for slashes, cuts
    /// parameters off, and goes up where there are two dots.
    fn careless(raw: &str, decodings: usize) -> Vec<String> {
        let mut text = raw.as_bytes().to_vec();
        for _ in 0..decodings {
            let mut decoded = Vec::new();
            let mut at = 0;
            while at < text.len() {
                let byte = (text[at] == b'%').then(|| digits(&text[at + 1..])).flatten();
                decoded.push(byte.unwrap_or(text[at]));
                at += if byte.is_some() { 3 } else { 1 };
            }
            text = decoded;
        }
        let mut stack = Vec::new();
        for segment in String::from_utf8_lossy(&text).replace('\\', "/").split('/') {
            match segment.split(';').next().unwrap_or_default().trim_ascii() {
                "" | "." => {}
                ".." => drop(stack.pop()),
                _ => stack.push(segment.to_owned()),
            }
        }
        stack
    }

    fn path() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("/ada".to_owned()),
            Just("/bob".to_owned()),
            Just("/".to_owned()),
            Just("..".to_owned()),
            Just(".".to_owned()),
            Just("%2e".to_owned()),
            Just("%252e".to_owned()),
            Just("%2f".to_owned()),
            Just("%25".to_owned()),
            Just("2f".to_owned()),
            Just("2e".to_owned()),
            Just("%5C".to_owned()),
            Just("\\".to_owned()),
            Just(";".to_owned()),
            Just(" ".to_owned()),
            Just("%00".to_owned()),
            "\\PC{0,3}",
            "[%0-9a-f]{0,6}",
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("/ada{}", pieces.concat()))
    }

    proptest! {
        #[test]
        fn what_is_in_a_home_stays_there_however_a_server_reads_it(raw in path()) {
            if let Ok(path) = Path::parse(raw.as_bytes()) {
                let canonical = path.to_string();
                let again = Path::parse(canonical.as_bytes());
                prop_assert_eq!(again.as_ref(), Ok(&path), "{}", raw);
                if path.is_in_home_of("ada") {
                    for decodings in 1..4 {
                        let read = careless(&canonical, decodings);
                        prop_assert_eq!(read.first().map(String::as_str), Some("ada"), "{} as {}", raw, canonical);
                        prop_assert_eq!(read.len(), path.segments().len(), "{} as {}", raw, canonical);
                    }
                }
            }
        }
    }
}
