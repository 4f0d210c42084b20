//! The answer to a PROPFIND: small, and written by hand.

use super::document::{Asked, Name};
use super::path::Path;

/// A resource, with the properties that it has.
pub struct Entry {
    /// Where it is.
    pub path: Path,
    /// Each by its namespace and name, with what stands inside, which is XML.
    pub properties: Vec<(&'static str, &'static str, String)>,
}

/// A multistatus (RFC 4918 section 13) that says of each resource what it has of what was asked, and what it has not.
pub fn multistatus(asked: &Asked, entries: &[Entry]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\">\n");
    for entry in entries {
        out += "<D:response><D:href>";
        // What a path is written with means nothing in XML.
        out += &entry.path.to_string();
        out += "</D:href>";
        let is_wanted = |property: &&(&str, &str, String)| match asked {
            Asked::Everything | Asked::Names => true,
            Asked::These(names) => names.iter().any(|name| is(name, property)),
        };
        let found: String = entry
            .properties
            .iter()
            .filter(is_wanted)
            .map(|property| element(property, asked == &Asked::Names))
            .collect();
        add_status(&mut out, &found, "200 OK");
        if let Asked::These(names) = asked {
            let is_missing = |name: &&Name| !entry.properties.iter().any(|property| is(name, property));
            let missing: String = names.iter().filter(is_missing).map(empty).collect();
            add_status(&mut out, &missing, "404 Not Found");
        }
        out += "</D:response>\n";
    }
    out + "</D:multistatus>\n"
}

fn is(name: &Name, (namespace, local, _): &(&str, &str, String)) -> bool {
    name.namespace == *namespace && name.local == *local
}

fn add_status(out: &mut String, properties: &str, status: &str) {
    if !properties.is_empty() {
        *out +=
            &format!("<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>");
    }
}

fn element((namespace, local, inside): &(&str, &str, String), only_name: bool) -> String {
    let inside = if only_name { "" } else { inside };
    format!("<{local} xmlns=\"{namespace}\">{inside}</{local}>")
}

/// A property that is not there. Its name was read from XML, so it is one.
fn empty(name: &Name) -> String {
    format!("<{} xmlns=\"{}\"/>", name.local, escaped(&name.namespace))
}

/// A text, as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            // What XML does not take at all.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl Entry {
    /// Something at `path` that has nothing yet.
    pub fn new(path: Path) -> Self {
        Self { path, properties: Vec::new() }
    }

    /// With a property whose inside is XML that was written by us.
    #[must_use]
    pub fn with(mut self, namespace: &'static str, local: &'static str, inside: String) -> Self {
        self.properties.push((namespace, local, inside));
        self
    }

    /// With a property that is a text.
    #[must_use]
    pub fn with_text(self, namespace: &'static str, local: &'static str, text: &str) -> Self {
        let text = escaped(text);
        self.with(namespace, local, text)
    }

    /// With a property that leads to a resource.
    #[must_use]
    pub fn with_href(self, namespace: &'static str, local: &'static str, path: &Path) -> Self {
        self.with(namespace, local, format!("<href xmlns=\"DAV:\">{path}</href>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::propfind;

    fn entry() -> Entry {
        Entry::new(Path::collection([]))
            .with("DAV:", "resourcetype", "<collection/>".into())
            .with_href("DAV:", "current-user-principal", &Path::collection(["a&b@example.org"]))
            .with_text("DAV:", "displayname", "a&b <\u{1}>")
    }

    #[test]
    fn what_was_asked_and_is_not_there_is_said_to_be_missing() {
        let asked = propfind(
            b"<propfind xmlns=\"DAV:\"><prop><current-user-principal/><x xmlns=\"urn:&quot;&amp;\"/><y xmlns=\"\"/></prop></propfind>",
        );
        let said = multistatus(&asked.expect("it is good"), &[entry()]);
        let document = roxmltree::Document::parse(&said).expect("it is XML");
        let hrefs: Vec<_> =
            document.descendants().filter(|n| n.has_tag_name(("DAV:", "href"))).filter_map(|n| n.text()).collect();
        assert_eq!(hrefs, ["/", "/a%26b%40example.org/"]);
        let status: Vec<_> =
            document.descendants().filter(|n| n.has_tag_name(("DAV:", "status"))).filter_map(|n| n.text()).collect();
        assert_eq!(status, ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]);
        assert!(document.descendants().any(|n| n.has_tag_name(("urn:\"&", "x"))));
        assert!(!said.contains("resourcetype"), "nobody asked for it");
    }

    #[test]
    fn names_are_given_without_what_is_inside() {
        let everything = multistatus(&Asked::Everything, &[entry()]);
        assert!(everything.contains("a&amp;b &lt; &gt;") && !everything.contains("404"), "{everything}");
        let names = multistatus(&Asked::Names, &[entry()]);
        assert!(names.contains("<displayname xmlns=\"DAV:\"></displayname>") && !names.contains("a&amp;b"), "{names}");
    }
}
