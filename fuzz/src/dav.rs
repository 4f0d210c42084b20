//! `WebDAV`: a path that is read is written in one way, and stays in its home however a server reads it; references and
//! bodies lead nowhere else.

use valetkey_wire::dav::{self, Path};

/// The input is a path, a reference, a header and a body.
pub fn dav(data: &[u8]) {
    if let Ok(path) = Path::parse(data) {
        check(&path);
    }
    if let Ok(path) = dav::reference(data, "dav.example.org:8443") {
        check(&path);
    }
    if let Ok(tags) = dav::tagged(data) {
        assert!(tags.iter().all(|tag| !tag.contains(&b'<') && !tag.contains(&b'>')));
    }
    if let Ok(references) = dav::report(data) {
        let text = String::from_utf8_lossy(data);
        assert!(!text.contains("<!DOCTYPE") || text.contains("<![CDATA[") || text.contains("<!--"), "{text}");
        assert!(references.iter().all(|reference| reference.trim_ascii() == reference));
    }
    if let Ok(asked) = dav::propfind(data) {
        let entry = dav::Entry::new(Path::collection(["ada"])).with_text("DAV:", "displayname", "Ada & <co>");
        let said = dav::multistatus(&asked, &[entry]);
        // What is answered can be read, whatever was asked for.
        let again = said.replace("D:multistatus", "D:propfind");
        assert!(dav::propfind(again.as_bytes()).is_ok(), "{said}");
    }
    let _either = dav::is_utf8(data);
}

fn check(path: &Path) {
    let written = path.to_string();
    assert!(written.starts_with('/') && written.is_ascii(), "{written}");
    assert_eq!(Path::parse(written.as_bytes()).as_ref(), Ok(path), "{written}");
    for decodings in 1..4 {
        let read = careless(&written, decodings);
        assert_eq!(read.len(), path.segments().len(), "{written} is {read:?}");
        assert!(decodings > 1 || read == path.segments(), "{written} is {read:?}");
    }
}

/// What a careless server makes of a path: it decodes as often as it likes, takes backslashes for slashes, cuts
/// parameters off, and goes up where there are two dots.
fn careless(text: &str, decodings: usize) -> Vec<String> {
    let mut text = text.as_bytes().to_vec();
    for _ in 0..decodings {
        text = decoded(&text);
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

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let digits = text.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if text[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}
