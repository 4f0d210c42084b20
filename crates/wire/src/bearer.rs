//! HTTP Bearer authentication (RFC 6750), in its header alone: an address with a token in it is kept by whoever sees it.

use zeroize::Zeroizing;

use crate::http_auth::quotable;
use crate::sasl::{is_token, secret_of};

/// Why a header gives no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// Another scheme than Bearer.
    #[error("not Bearer authentication")]
    Scheme,
    /// No token, one that is too long, or characters that none has.
    #[error("malformed Bearer authentication")]
    Malformed,
}

/// Reads the value of an `Authorization` header: the access token.
pub fn parse(header: &[u8]) -> Result<Zeroizing<Vec<u8>>, BearerError> {
    let (scheme, rest) = header.split_at_checked(b"Bearer ".len()).ok_or(BearerError::Scheme)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(BearerError::Scheme);
    }
    let token = rest.trim_ascii();
    if !is_token(token) {
        return Err(BearerError::Malformed);
    }
    secret_of(token).map_err(|_| BearerError::Malformed)
}

/// The values of `WWW-Authenticate` that ask for a token beside a password (RFC 6750 section 3): in general, and where one was
/// refused. What of a realm cannot be printed is left out.
pub fn challenges(realm: &str) -> [String; 2] {
    let realm = quotable(realm);
    [format!("Bearer realm=\"{realm}\""), format!("Bearer realm=\"{realm}\", error=\"invalid_token\"")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Vec<u8>, BearerError> {
        parse(header.as_bytes()).map(|token| token.to_vec())
    }

    /// The example of RFC 6750 section 2.1.
    #[test]
    fn it_reads_the_example_of_the_rfc() {
        assert_eq!(read("Bearer mF_9.B5f-4.1JqM"), Ok(b"mF_9.B5f-4.1JqM".to_vec()));
        assert_eq!(read("bEARER  a+/b~== "), Ok(b"a+/b~==".to_vec()));
    }

    #[test]
    fn what_is_broken_is_told_from_another_scheme() {
        for other in ["", "Bearer", "Basic YTpi", "Bearer\tx"] {
            assert_eq!(read(other), Err(BearerError::Scheme), "{other}");
        }
        for bad in ["Bearer ", "Bearer a b", "Bearer =", "Bearer a=b", "Bearer a,b", "Bearer \u{e4}", "Bearer a\0"] {
            assert_eq!(read(bad), Err(BearerError::Malformed), "{bad}");
        }
        assert_eq!(read(&format!("Bearer {}", "a".repeat(1025))), Err(BearerError::Malformed));
    }

    #[test]
    fn it_says_what_is_wrong_only_where_something_was_sent() {
        assert_eq!(
            challenges("\"Mail\"\n"),
            ["Bearer realm=\"Mail\"", "Bearer realm=\"Mail\", error=\"invalid_token\""]
        );
    }
}
