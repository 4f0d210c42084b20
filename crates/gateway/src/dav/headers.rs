//! Which headers go on, and which never do. Who somebody is and where they come from is said by us alone.

use std::net::IpAddr;

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderName, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Version};
use valetkey_wire::identity::IdentityEncoding;

/// What is between two neighbours only (RFC 9110 section 7.6.1).
const HOP_BY_HOP: [HeaderName; 5] = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
/// What is written anew, or ends here.
const OURS: [HeaderName; 5] = [AUTHORIZATION, CONTENT_LENGTH, COOKIE, EXPECT, HOST];
/// By which servers are told who somebody is, where they come from, or what they really ask for.
const SPOKEN_FOR: [&str; 17] = [
    "auth-",
    "authentication-",
    "cf-",
    "client-ip",
    "forwarded",
    "front-end-",
    "http-",
    "http2-",
    "keep-alive",
    "path-",
    "proxy",
    "remote-",
    "script-",
    "ssl-",
    "true-client-",
    "user-name",
    "username",
];

/// Whether a header of a request may go on to a server that takes `identity` for who somebody is.
///
/// Headers that begin with `x-` are for agreements between neighbours, and what is agreed with the upstream nobody else
/// may say. One with an underscore is another spelling of one with a hyphen: servers that hand headers on as variables,
/// as CGI and WSGI do, cannot tell the two apart.
pub(super) fn goes_up(name: &HeaderName, identity: &HeaderName) -> bool {
    let text = name.as_str();
    let is_spoken_for = text.starts_with("x-") || SPOKEN_FOR.iter().any(|begin| text.starts_with(begin));
    !text.contains('_')
        && !is_spoken_for
        && name != identity
        && !is_one_spelling(text, identity.as_str())
        && !HOP_BY_HOP.contains(name)
        && !OURS.contains(name)
        && text != "destination"
}

/// What the server behind is told of who is signed in; `None` if that cannot be written.
pub(super) fn identity(login: &str, encoding: IdentityEncoding) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&encoding.spell(login)).ok()
}

/// Whether two names are one to a server that reads letters and digits only.
fn is_one_spelling(one: &str, other: &str) -> bool {
    let letters = |text: &'_ str| -> Vec<u8> { text.bytes().filter(u8::is_ascii_alphanumeric).collect() };
    letters(one) == letters(other)
}

/// Takes out of an answer's headers what does not go on to the app.
pub(super) fn clean_answer(headers: &mut HeaderMap) {
    let named = named_by_connection(headers);
    for name in HOP_BY_HOP.iter().chain(&[SET_COOKIE, WWW_AUTHENTICATE]).chain(&named) {
        headers.remove(name);
    }
    for name in ["keep-alive", "proxy-connection", "proxy-authenticate", "alt-svc"] {
        headers.remove(name);
    }
}

/// The headers that `Connection` names: they too are for the neighbour only.
pub(super) fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let lists = headers.get_all(CONNECTION).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}

/// What the app calls this server: `:authority`, or the one `Host`. `None` if it says several things, or nothing that is
/// a name and a port.
pub(super) fn authority(head: &Parts) -> Option<Authority> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return None;
    }
    let host = host.map(|host| Authority::try_from(host.as_bytes())).transpose().ok()?;
    let authority = match (head.uri.authority(), host) {
        (Some(said), Some(host)) if *said != host => return None,
        (Some(said), _) => said.clone(),
        (None, Some(host)) if head.version <= Version::HTTP_11 => host,
        (None, _) => return None,
    };
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    is_plain(authority.as_str()).then_some(authority)
}

/// Adds what an upstream is told of where a request came from.
pub(super) fn add_origin(headers: &mut HeaderMap, authority: &Authority, network: Option<IpAddr>) {
    headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
    // What an authority is made of fits into a header.
    if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
        headers.insert(HOST, host.clone());
        headers.insert("x-forwarded-host", host);
    }
    if let Some(Ok(client)) = network.map(|network| HeaderValue::from_str(&network.to_string())) {
        headers.insert("x-forwarded-for", client);
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn an_identity_that_is_not_ascii_can_be_written_and_one_of_two_lines_cannot() {
        for encoding in [IdentityEncoding::Utf8, IdentityEncoding::Percent] {
            assert_eq!(identity("kä@京", encoding).expect("a value").as_bytes(), encoding.spell("kä@京"));
            assert_eq!(identity("a\nb", encoding), None);
        }
    }

    #[test]
    fn no_spelling_of_an_identity_goes_up() {
        let identity = HeaderName::from_static("x-remote-user");
        for name in [
            "x-remote-user",
            "x_remote_user",
            "x-remote_user",
            "remote-user",
            "remote_user",
            "x-forwarded-user",
            "x-auth-user",
            "x-auth-request-email",
            "x-script-name",
            "x-forwarded-prefix",
            "x-forwarded-for",
            "forwarded",
            "x-original-url",
            "x-http-method-override",
            "authorization",
            "proxy-authorization",
            "cookie",
            "proxy",
            "ssl-client-cert",
            "content_length",
            "transfer_encoding",
            "connection",
            "keep-alive",
            "te",
            "upgrade",
            "expect",
            "host",
            "destination",
            "client-ip",
            "script-name",
            "xremoteuser",
            "xremote-user",
            "x.remote.user",
            "auth-user",
            "http-x",
        ] {
            assert!(!goes_up(&name.parse().expect("a name"), &identity), "{name}");
        }
        for name in [
            "depth",
            "if",
            "if-match",
            "overwrite",
            "content-type",
            "accept",
            "user-agent",
            "lock-token",
            "prefer",
            "range",
        ] {
            assert!(goes_up(&name.parse().expect("a name"), &identity), "{name}");
        }
        let other = HeaderName::from_static("webuser");
        for name in ["webuser", "web-user", "web_user", "Web.User"] {
            assert!(!goes_up(&name.parse().expect("a name"), &other), "{name}");
        }
    }

    #[test]
    fn the_server_has_one_name_in_a_request() {
        let named = |uri: &str, hosts: &[&str]| {
            let mut request = Request::builder().uri(uri);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            authority(&request.body(()).expect("a request").into_parts().0).map(|found| found.to_string())
        };
        assert_eq!(named("/x", &["Dav.example.org:8443"]).as_deref(), Some("Dav.example.org:8443"));
        assert_eq!(named("https://dav.example.org/x", &["dav.example.org"]).as_deref(), Some("dav.example.org"));
        assert_eq!(named("/x", &["[::1]:8443"]).as_deref(), Some("[::1]:8443"));
        for (uri, hosts) in [
            ("/x", &[][..]),
            ("/x", &["a", "b"]),
            ("/x", &["a", "a"]),
            ("/x", &["u@a"]),
            ("/x", &["a/b"]),
            ("/x", &["a%2fb"]),
            ("/x", &[""]),
            ("https://a/x", &["b"]),
        ] {
            assert_eq!(named(uri, hosts), None, "{uri} {hosts:?}");
        }
    }

    #[test]
    fn what_is_between_neighbours_stays_there() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Odd"),
            ("x-odd", "1"),
            ("set-cookie", "a=b"),
            ("keep-alive", "5"),
            ("etag", "\"x\""),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        clean_answer(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["etag"]);
    }
}
