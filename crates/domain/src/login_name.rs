//! What an app sends as user name.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

/// The longest login name in bytes, as long as an address may be (RFC 5321 section 4.5.3.1.3, without its brackets).
pub const LOGIN_BYTES_MAX: usize = 254;

/// A login name in its canonical spelling: lower case, normalised (NFC), with a domain if there is a default one.
///
/// No character in it means anything to an upstream or to a file name: no control character, no white space, no
/// slash, no colon, and none of the separators by which servers mark a master user (`*`, `%`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginName(Arc<str>);

impl LoginName {
    /// Reads what a person or an app wrote. A name without a domain gets `default_domain`, if there is one.
    ///
    /// White space around it and capitals do not matter.
    pub fn parse(text: &str, default_domain: Option<&str>) -> Result<Self, MalformedLoginName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MalformedLoginName::Empty);
        }
        if text.len() > LOGIN_BYTES_MAX {
            return Err(MalformedLoginName::TooLong);
        }
        let domain = default_domain.filter(|_| !text.contains('@'));
        // Reserved as long as it will be: every sign-in comes by here.
        let mut name = String::with_capacity(text.len() + domain.map_or(0, |d| d.len() + 1));
        if text.is_ascii() {
            name.push_str(text);
            name.make_ascii_lowercase();
        } else {
            name.extend(text.nfc().collect::<String>().to_lowercase().nfc());
        }
        if let Some(domain) = domain {
            name.push('@');
            name.push_str(domain);
        }
        if name.len() > LOGIN_BYTES_MAX {
            return Err(MalformedLoginName::TooLong);
        }
        check(&name)?;
        Ok(Self(name.into()))
    }

    /// A name that was read by [`LoginName::parse`] before and kept.
    pub fn from_canonical(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`, if there is one.
    pub fn domain(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, domain)| domain)
    }
}

/// What a character is, as far as names are concerned.
#[derive(Clone, Copy)]
enum Class {
    /// A letter or a digit, of any alphabet.
    Alphanumeric,
    /// What RFC 5322's `atext` has beside letters, digits and the hyphen, without what separates a master user's name
    /// (`*`, `%`), a path (`/`) or a list (`{`, `|`, `}`).
    Symbol,
    Hyphen,
    Dot,
    At,
    Other,
}

/// How far a name is read. The local part may have symbols and no dot beside a dot; the domain is made of labels that
/// neither begin nor end with a hyphen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    LocalStart,
    Local,
    LocalDot,
    Label,
    Domain,
    DomainHyphen,
    Wrong,
}

/// What follows on each class. A table, not branches: every sign-in comes by here, and no two names branch alike.
const NEXT: [[Read; 6]; 7] = {
    use Read::{Domain, DomainHyphen, Label, Local, LocalDot, Wrong};
    [
        // Alphanumeric, Symbol, Hyphen, Dot, At, Other
        [Local, Local, Local, Wrong, Wrong, Wrong],
        [Local, Local, Local, LocalDot, Label, Wrong],
        [Local, Local, Local, Wrong, Wrong, Wrong],
        [Domain, Wrong, Wrong, Wrong, Wrong, Wrong],
        [Domain, Wrong, DomainHyphen, Label, Wrong, Wrong],
        [Domain, Wrong, DomainHyphen, Wrong, Wrong, Wrong],
        [Wrong; 6],
    ]
};

const ASCII: [Class; 128] = {
    let mut classes = [Class::Other; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Class::Alphanumeric,
            b'_' | b'+' | b'=' | b'\'' | b'!' | b'#' | b'$' | b'&' | b'?' | b'^' | b'`' | b'~' => Class::Symbol,
            b'-' => Class::Hyphen,
            b'.' => Class::Dot,
            b'@' => Class::At,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

fn class(c: char) -> Class {
    match ASCII.get(c as usize) {
        Some(class) => *class,
        None if c.is_alphanumeric() => Class::Alphanumeric,
        None => Class::Other,
    }
}

fn check(name: &str) -> Result<(), MalformedLoginName> {
    let step = |read: Read, c: char| NEXT[read as usize][class(c) as usize];
    match name.chars().fold(Read::LocalStart, step) {
        Read::Local | Read::Domain => return Ok(()),
        Read::LocalStart | Read::LocalDot => return Err(MalformedLoginName::LocalPart),
        Read::Label | Read::DomainHyphen => return Err(MalformedLoginName::Domain),
        Read::Wrong => {}
    }
    // Once more, to say what is wrong.
    let mut read = Read::LocalStart;
    for c in name.chars() {
        let next = step(read, c);
        if next == Read::Wrong {
            let in_domain = matches!(read, Read::Label | Read::Domain | Read::DomainHyphen);
            return Err(match class(c) {
                Class::Other => MalformedLoginName::Character(c),
                Class::Symbol if in_domain => MalformedLoginName::Character(c),
                _ if in_domain => MalformedLoginName::Domain,
                _ => MalformedLoginName::LocalPart,
            });
        }
        read = next;
    }
    Ok(())
}

impl Borrow<str> for LoginName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a text is not a login name. The text itself is not in here: people type passwords where names belong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedLoginName {
    /// Nothing was written.
    #[error("a login name is needed, such as ada@example.org")]
    Empty,
    /// More than [`LOGIN_BYTES_MAX`] bytes, the default domain included.
    #[error("a login name has at most {LOGIN_BYTES_MAX} bytes")]
    TooLong,
    /// A character that means something to a server behind, or that nobody can type.
    #[error("a login name cannot contain {0:?}")]
    Character(char),
    /// The part before the `@` is empty or has a dot where none may be.
    #[error("the part of a login name before the '@' cannot be empty, begin or end with a dot, or have two in a row")]
    LocalPart,
    /// The part behind the `@` is no domain.
    #[error("the part of a login name behind the '@' is not a domain")]
    Domain,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<String, MalformedLoginName> {
        LoginName::parse(text, Some("example.org")).map(|n| n.to_string())
    }

    #[test]
    fn a_bare_name_gets_the_default_domain_and_capitals_do_not_matter() {
        assert_eq!(parsed("ada").as_deref(), Ok("ada@example.org"));
        assert_eq!(parsed(" Ada@Example.ORG\t").as_deref(), Ok("ada@example.org"));
        assert_eq!(parsed("bj\u{00d6}rn").as_deref(), Ok("bj\u{00f6}rn@example.org"));
        assert_eq!(parsed("bjo\u{0308}rn").as_deref(), Ok("bj\u{00f6}rn@example.org"));
        assert_eq!(LoginName::parse("ada", None).map(|n| n.to_string()).as_deref(), Ok("ada"));
    }

    #[test]
    fn a_name_that_could_mean_something_to_a_server_behind_is_refused() {
        for bad in [
            "ada*gateway",
            "ada%gateway",
            "a b",
            "a\0b",
            "a\rb",
            "a\nb",
            "a/b",
            "a:b",
            "a\"b",
            "a\\b",
            "a(b",
            "a{b",
            "a\u{7f}b",
            "a\u{202e}b",
        ] {
            assert!(matches!(parsed(bad), Err(MalformedLoginName::Character(_))), "{bad:?}");
        }
        for bad in [".", "..", ".ada", "ada.", "a..b", "@example.org"] {
            assert_eq!(parsed(bad), Err(MalformedLoginName::LocalPart), "{bad:?}");
        }
        for bad in ["ada@", "a@b@c", "x@@y", "ada@-x", "ada@a..b", "ada@.org"] {
            assert_eq!(parsed(bad), Err(MalformedLoginName::Domain), "{bad:?}");
        }
        assert_eq!(parsed("  "), Err(MalformedLoginName::Empty));
        assert_eq!(parsed(&"a".repeat(250)), Err(MalformedLoginName::TooLong));
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_its_own_canonical_name(text in "\\PC{0,60}") {
            if let Ok(name) = LoginName::parse(&text, Some("example.org")) {
                prop_assert_eq!(LoginName::parse(name.as_str(), Some("other.example")), Ok(name));
            }
        }
    }
}
