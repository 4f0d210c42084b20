//! Bodies in XML, as far as a gateway looks into them. There is one reading of what passes: UTF-8, without a document type
//! and what it could declare.

use roxmltree::{Document, Node, ParsingOptions};

/// The longest body that is looked into: a multiget of 30,000 resources.
pub const REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most elements, attributes and texts in one: each takes some seventy bytes while it is looked at.
const NODES_MAX: u32 = 200_000;
/// The most properties that one question may name.
const PROPERTIES_MAX: usize = 200;

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";

/// The reports that stay within the resource that is asked, or name others by `href` alone. Others look for people, or
/// follow what properties refer to.
const REPORTS: [(&str, &str); 6] = [
    (CALDAV, "calendar-query"),
    (CALDAV, "calendar-multiget"),
    (CALDAV, "free-busy-query"),
    (CARDDAV, "addressbook-query"),
    (CARDDAV, "addressbook-multiget"),
    (DAV, "sync-collection"),
];

/// Why a body does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Another encoding than UTF-8, which another reader would decode in its own way.
    #[error("a body that is not in UTF-8")]
    Encoding,
    /// No XML, too much of it, or with a document type.
    #[error("a body that is no plain XML")]
    Malformed,
    /// A report that may lead elsewhere.
    #[error("a report that is not supported")]
    Report,
}

/// The name of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its namespace; empty for none.
    pub namespace: String,
    /// Its name there.
    pub local: String,
}

/// What a PROPFIND asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Whatever there is.
    Everything,
    /// The names of whatever there is.
    Names,
    /// These properties.
    These(Vec<Name>),
}

/// Whether a `Content-Type` leaves the encoding to the document, or says that it is UTF-8.
pub fn is_utf8(content_type: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content_type).to_ascii_lowercase();
    text.split("charset").skip(1).all(|behind| {
        let value = behind.trim_start().strip_prefix('=').unwrap_or("none").trim_start();
        let value = value.strip_prefix('"').unwrap_or(value);
        let end = value.find(['"', ';', ' ', '\t']).unwrap_or(value.len());
        matches!(&value[..end], "utf-8" | "utf8" | "us-ascii")
    })
}

/// The references that a report names, as they stand in its body.
pub fn report(body: &[u8]) -> Result<Vec<String>, BodyError> {
    let text = text(body)?;
    let document = parsed(text)?;
    let root = document.root_element();
    if !REPORTS.iter().any(|(namespace, name)| is(root, namespace, name)) {
        return Err(BodyError::Report);
    }
    // Whatever their namespace: one that is not DAV: is nothing to a server, and costs nothing to look at.
    let hrefs =
        root.descendants().filter(|node| node.is_element() && node.tag_name().name().eq_ignore_ascii_case("href"));
    hrefs.map(reference).collect()
}

/// What a PROPFIND asks for; an empty body asks for everything (RFC 4918 section 9.1).
pub fn propfind(body: &[u8]) -> Result<Asked, BodyError> {
    let text = text(body)?;
    if text.trim().is_empty() {
        return Ok(Asked::Everything);
    }
    let document = parsed(text)?;
    let root = document.root_element();
    if !is(root, DAV, "propfind") {
        return Err(BodyError::Malformed);
    }
    let mut elements = root.children().filter(Node::is_element);
    if elements.clone().any(|node| is(node, DAV, "propname")) {
        return Ok(Asked::Names);
    }
    let Some(prop) = elements.find(|node| is(*node, DAV, "prop")) else { return Ok(Asked::Everything) };
    let name = |node: Node| Name {
        namespace: node.tag_name().namespace().unwrap_or_default().to_owned(),
        local: node.tag_name().name().to_owned(),
    };
    let names: Vec<Name> = prop.children().filter(Node::is_element).map(name).collect();
    if names.len() > PROPERTIES_MAX { Err(BodyError::Malformed) } else { Ok(Asked::These(names)) }
}

fn text(body: &[u8]) -> Result<&str, BodyError> {
    let text = std::str::from_utf8(body).map_err(|_| BodyError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // What the declaration says of the encoding, another reader believes.
    let declaration =
        text.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(said, _)| said);
    let encoding = declaration.and_then(|said| said.split_once("encoding")).map(|(_, value)| value);
    let is_named = |value: &str| {
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '=');
        let end = value.get(1..).and_then(|rest| rest.find(['"', '\'']));
        matches!(value.get(1..).zip(end), Some((rest, end)) if matches!(&*rest[..end].to_ascii_lowercase(), "utf-8" | "utf8" | "us-ascii"))
    };
    if encoding.is_none_or(is_named) { Ok(text) } else { Err(BodyError::Encoding) }
}

fn parsed(text: &str) -> Result<Document<'_>, BodyError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|_| BodyError::Malformed)
}

fn is(node: Node, namespace: &str, name: &str) -> bool {
    node.tag_name().name() == name && node.tag_name().namespace() == Some(namespace)
}

/// A reference is one text: what has something else between its parts, readers put together in their own ways.
fn reference(node: Node) -> Result<String, BodyError> {
    let mut inside = node.children();
    match (inside.next(), inside.next()) {
        (None, _) => Ok(String::new()),
        (Some(only), None) if only.is_text() => Ok(only.text().unwrap_or_default().trim_ascii().to_owned()),
        _ => Err(BodyError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multiget(inside: &str) -> String {
        format!("<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"{CALDAV}\"><D:prop/>{inside}</C:calendar-multiget>")
    }

    #[test]
    fn every_reference_of_a_report_is_found_however_it_is_written() {
        let body = multiget(
            "<D:href>/ada/a.ics</D:href><D:href>\n /bob/b.ics </D:href><x:href xmlns:x=\"DAV:\">&#x2f;bob/&#99;</x:href>\
             <D:y><D:href><![CDATA[/bob/d]]></D:href></D:y><href>/bob/e</href><D:href/>",
        );
        let found = report(body.as_bytes()).expect("it is good");
        assert_eq!(found, ["/ada/a.ics", "/bob/b.ics", "/bob/c", "/bob/d", "/bob/e", ""]);
    }

    #[test]
    fn what_another_reader_would_read_otherwise_is_refused() {
        let good = multiget("<D:href>/ada/a</D:href>");
        for (body, error) in [
            (format!("<!DOCTYPE x [<!ENTITY e \"/bob/\">]>{good}"), BodyError::Malformed),
            (multiget("<D:href>/ada/<!-- x -->../bob</D:href>"), BodyError::Malformed),
            (multiget("<D:href>/ada/<D:x/>a</D:href>"), BodyError::Malformed),
            (multiget("<D:href>&e;</D:href>"), BodyError::Malformed),
            (format!("<?xml version=\"1.0\" encoding=\"utf-7\"?>{good}"), BodyError::Encoding),
            (format!("<?xml version='1.0' encoding = 'cp037'?>{good}"), BodyError::Encoding),
            (format!("<?xml version=\"1.0\" encoding=\"\"?>{good}"), BodyError::Encoding),
            (good.replace("calendar-multiget", "expand-property"), BodyError::Report),
            (good.replace("urn:ietf", "urn:other"), BodyError::Report),
            ("<principal-property-search xmlns=\"DAV:\"/>".to_owned(), BodyError::Report),
            (good[..good.len() - 5].to_owned(), BodyError::Malformed),
            (String::new(), BodyError::Malformed),
            (multiget(&"<D:a/>".repeat(200_001)), BodyError::Malformed),
        ] {
            assert_eq!(report(body.as_bytes()), Err(error), "{}", &body[..body.len().min(100)]);
        }
        assert_eq!(report(b"\xff\xfe<\0a\0"), Err(BodyError::Encoding));
        assert!(report(format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{good}").as_bytes()).is_ok());
    }

    #[test]
    fn only_utf_8_goes_without_question() {
        for good in [
            "text/xml",
            "application/xml; charset=utf-8",
            "text/xml;charset=\"UTF-8\"",
            "text/xml; Charset=us-ascii; x=y",
            "",
        ] {
            assert!(is_utf8(good.as_bytes()), "{good}");
        }
        for bad in [
            "text/xml; charset=utf-7",
            "text/xml; charset=utf-16",
            "text/xml; charset",
            "text/xml; charset*=utf-8''utf-7",
            "text/xml; charset=utf-8; charset=utf-7",
            "text/xml; charset='utf-8'",
            "text/xml; charset=",
        ] {
            assert!(!is_utf8(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_propfind_asks_for_everything_for_names_or_for_some() {
        let asked = |inside: &str| propfind(format!("<propfind xmlns=\"DAV:\">{inside}</propfind>").as_bytes());
        assert_eq!(propfind(b""), Ok(Asked::Everything));
        assert_eq!(asked("<allprop/><include><x/></include>"), Ok(Asked::Everything));
        assert_eq!(asked("<propname/>"), Ok(Asked::Names));
        let name = |namespace: &str, local: &str| Name { namespace: namespace.into(), local: local.into() };
        assert_eq!(
            asked("<prop><resourcetype/><x xmlns=\"urn:y\"/><z xmlns=\"\"/></prop>"),
            Ok(Asked::These(vec![name(DAV, "resourcetype"), name("urn:y", "x"), name("", "z")]))
        );
        assert_eq!(propfind(b"<x/>"), Err(BodyError::Malformed));
        assert_eq!(asked(&format!("<prop>{}</prop>", "<a/>".repeat(201))), Err(BodyError::Malformed));
    }
}
