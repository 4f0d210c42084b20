//! Login names: the canonical spelling is its own canonical spelling, and means nothing to a server behind.

use valetkey_domain::{LOGIN_BYTES_MAX, LoginName, MalformedLoginName};

/// The input is what an app sends as user name.
pub fn login_name(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for default_domain in [None, Some("example.org")] {
        match LoginName::parse(text, default_domain) {
            Ok(name) => check(text, &name, default_domain),
            Err(error) => assert_eq!(error == MalformedLoginName::Empty, text.trim().is_empty(), "{text:?}"),
        }
    }
}

fn check(text: &str, name: &LoginName, default_domain: Option<&str>) {
    let canonical = name.as_str();
    assert!(canonical.len() <= LOGIN_BYTES_MAX);
    assert!(canonical.matches('@').count() <= 1);
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "*%/:\"\\(){}|<>,;[]".contains(c);
    assert!(!canonical.contains(forbidden), "{canonical:?}");
    assert_eq!(name.domain(), canonical.split_once('@').map(|(_, domain)| domain));
    assert!(default_domain.is_none() || name.domain().is_some());
    let again = |text: &str, domain| LoginName::parse(text, domain).map(|n| n.as_str().to_owned());
    assert_eq!(again(canonical, default_domain).as_deref(), Ok(canonical));
    if name.domain().is_some() {
        assert_eq!(again(canonical, Some("other.example")).as_deref(), Ok(canonical));
    }
    // As a person would write the same.
    assert_eq!(again(&format!(" {text}\t"), default_domain).as_deref(), Ok(canonical));
    if text.is_ascii() {
        assert_eq!(again(&text.to_ascii_uppercase(), default_domain).as_deref(), Ok(canonical));
    }
}
