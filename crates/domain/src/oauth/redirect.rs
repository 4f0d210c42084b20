//! Where an app is sent back to. There is no open redirect: an address is compared as it is written, and only the port of
//! this very machine may differ (RFC 8252 section 7.3, RFC 9700 section 4.1.3).

use std::fmt;

use url::{Host, Url};

/// An address that an app may be sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    url: Url,
    kind: RedirectKind,
}

/// How an address says whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `https`: whoever has the domain.
    Claimed,
    /// `http` on this very machine: any program on it.
    Loopback,
    /// A scheme of the app's own, `org.example.app:/done`: any app on the same device may claim it.
    PrivateUse,
}

/// Why an address is none to be sent back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedRedirectUri {
    /// Longer than [`RedirectUri::BYTES_MAX`], or no URI.
    #[error("it is no URI of at most {} bytes", RedirectUri::BYTES_MAX)]
    NoUri,
    /// It has a fragment (RFC 6749 section 3.1.2).
    #[error("it has a fragment")]
    Fragment,
    /// It has a user name or a password.
    #[error("it has a user name or a password")]
    UserInfo,
    /// A host with a `*` in it, which is none: whoever writes it means many.
    #[error("it has a * in its host: each address is registered as it is")]
    Wildcard,
    /// `http` to somewhere else.
    #[error("http is for this very machine alone (127.0.0.1, [::1] or localhost): use https")]
    NotLoopback,
    /// A scheme that is nobody's own.
    #[error("a scheme of an app's own is a domain name turned round, as org.example.app (RFC 8252 section 7.1)")]
    Scheme,
}

impl RedirectUri {
    /// The longest one.
    pub const BYTES_MAX: usize = 2048;

    /// Reads one, as an app registers it or sends it.
    pub fn parse(text: &str) -> Result<Self, MalformedRedirectUri> {
        let is_plain = text.len() <= Self::BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let url = Some(text).filter(|_| is_plain).and_then(|text| Url::parse(text).ok());
        let url = url.ok_or(MalformedRedirectUri::NoUri)?;
        if text.contains('#') {
            return Err(MalformedRedirectUri::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(MalformedRedirectUri::UserInfo);
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(MalformedRedirectUri::Wildcard);
        }
        let kind = match url.scheme() {
            "https" => RedirectKind::Claimed,
            "http" if is_this_machine(&url) => RedirectKind::Loopback,
            "http" => return Err(MalformedRedirectUri::NotLoopback),
            own if own.contains('.') => RedirectKind::PrivateUse,
            _ => return Err(MalformedRedirectUri::Scheme),
        };
        Ok(Self { text: text.to_owned(), url, kind })
    }

    /// How it says whose it is.
    pub fn kind(&self) -> RedirectKind {
        self.kind
    }

    /// It as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What people are shown of it: the host, or an app's own scheme.
    pub fn shown(&self) -> &str {
        match self.kind {
            RedirectKind::Claimed | RedirectKind::Loopback => self.url.host_str().unwrap_or_default(),
            RedirectKind::PrivateUse => self.url.scheme(),
        }
    }

    /// Its origin, for a form that ends in a redirect to it: `https://app.example`, `org.example.app:`.
    pub fn source(&self) -> String {
        match self.kind {
            RedirectKind::Claimed | RedirectKind::Loopback => self.url.origin().ascii_serialization(),
            RedirectKind::PrivateUse => format!("{}:", self.url.scheme()),
        }
    }

    /// Whether somebody who has registered this one may be sent to `other`: the same text, but for a port of this very
    /// machine, which an app chooses when it starts.
    pub fn admits(&self, other: &Self) -> bool {
        if self.kind != RedirectKind::Loopback || other.kind != RedirectKind::Loopback {
            return self.text == other.text;
        }
        let same = |part: fn(&Url) -> Option<&str>| part(&self.url) == part(&other.url);
        same(Url::host_str) && same(Url::query) && self.url.path() == other.url.path()
    }

    /// It with more parameters behind those that it has.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.url.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn the_three_ways_to_send_an_app_back_are_told_apart() {
        for (text, kind, shown, source) in [
            ("https://app.example/done?x=1", RedirectKind::Claimed, "app.example", "https://app.example"),
            ("http://127.0.0.1/done", RedirectKind::Loopback, "127.0.0.1", "http://127.0.0.1"),
            ("http://[::1]:40123/", RedirectKind::Loopback, "[::1]", "http://[::1]:40123"),
            ("http://localhost:1/x", RedirectKind::Loopback, "localhost", "http://localhost:1"),
            ("org.example.app:/done", RedirectKind::PrivateUse, "org.example.app", "org.example.app:"),
            ("org.example.app://done", RedirectKind::PrivateUse, "org.example.app", "org.example.app:"),
        ] {
            let uri = uri(text);
            assert_eq!((uri.kind(), uri.shown(), uri.source().as_str()), (kind, shown, source), "{text}");
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_none() {
        use MalformedRedirectUri::{Fragment, NoUri, NotLoopback, Scheme, UserInfo, Wildcard};
        for (text, why) in [
            ("", NoUri),
            ("/done", NoUri),
            ("https://", NoUri),
            ("https://app.example/a b", NoUri),
            ("https://app.example\\@evil.example/", NoUri),
            ("https://app.example/\r\nX: y", NoUri),
            ("https://app.example/#x", Fragment),
            ("https://app.example/#", Fragment),
            ("https://app.example@evil.example/", UserInfo),
            ("https://:x@evil.example/", UserInfo),
            ("https://*.app.example/", Wildcard),
            ("https://*/", Wildcard),
            ("http://app.example/", NotLoopback),
            ("http://127.0.0.1.evil.example/", NotLoopback),
            ("http://localhost.evil.example/", NotLoopback),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("myapp:/done", Scheme),
            ("file:///etc/passwd", Scheme),
        ] {
            assert_eq!(RedirectUri::parse(text).err(), Some(why), "{text}");
        }
        assert_eq!(RedirectUri::parse(&format!("https://a/{}", "x".repeat(3000))).err(), Some(NoUri));
    }

    #[test]
    fn only_the_port_of_this_very_machine_may_differ() {
        let same = |registered: &str, sent: &str| uri(registered).admits(&uri(sent));
        assert!(same("http://127.0.0.1/done", "http://127.0.0.1:51004/done"));
        assert!(same("http://127.0.0.1:9/done", "http://127.0.0.1:51004/done"));
        assert!(same("http://[::1]/", "http://[::1]:51004/"));
        assert!(same("https://app.example/done", "https://app.example/done"));
        for (registered, sent) in [
            ("http://127.0.0.1/done", "http://127.0.0.1/other"),
            ("http://127.0.0.1/done", "http://[::1]/done"),
            ("http://127.0.0.1/done", "http://localhost/done"),
            ("http://127.0.0.1/done", "http://127.0.0.1/done?x"),
            ("http://127.0.0.1/done", "https://127.0.0.1/done"),
            ("https://app.example/done", "https://app.example/done/"),
            ("https://app.example/done", "https://app.example/done/../evil"),
            ("https://app.example/done", "https://app.example:444/done"),
            ("https://app.example/done", "https://APP.example/done"),
            ("https://app.example/done", "https://app.example/done?next=x"),
            ("https://app.example/*", "https://app.example/done"),
            ("org.example.app:/done", "org.example.app2:/done"),
            ("org.example.app:/done", "org.example.app:/done2"),
        ] {
            assert!(!same(registered, sent), "{registered} admits {sent}");
        }
    }

    #[test]
    fn parameters_come_behind_those_that_are_there() {
        let with = |text: &str| uri(text).with(&[("code", "a b&c"), ("iss", "https://x")]);
        assert_eq!(with("https://a.example/d?x=1"), "https://a.example/d?x=1&code=a+b%26c&iss=https%3A%2F%2Fx");
        assert_eq!(with("org.example.app:/d"), "org.example.app:/d?code=a+b%26c&iss=https%3A%2F%2Fx");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused_and_never_leads_to_another_host(text in "\\PC{0,80}") {
            if let Ok(uri) = RedirectUri::parse(&text) {
                let with = Url::parse(&uri.with(&[("code", "x")])).expect("it was a URI before");
                prop_assert_eq!(with.host(), uri.url.host());
                prop_assert!(uri.admits(&uri));
            }
        }
    }
}
