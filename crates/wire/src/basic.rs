//! HTTP Basic authentication (RFC 7617).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::sasl::{LINE_BYTES_MAX, SaslError, identity, secret_of};

/// A user name and a password out of an `Authorization` header.
pub struct Basic {
    /// The user name; it has no colon.
    pub login: String,
    /// The password.
    pub secret: Zeroizing<Vec<u8>>,
}

/// Why a header gives no user name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasicError {
    /// Another scheme than Basic.
    #[error("not Basic authentication")]
    Scheme,
    /// Not base64, no colon, too long, or a control character in the name.
    #[error("malformed Basic authentication")]
    Malformed,
}

/// Reads the value of an `Authorization` header.
pub fn parse(header: &[u8]) -> Result<Basic, BasicError> {
    let (scheme, rest) = header.split_at_checked(6).ok_or(BasicError::Scheme)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return Err(BasicError::Scheme);
    }
    let token = rest.trim_ascii();
    if token.len() > LINE_BYTES_MAX {
        return Err(BasicError::Malformed);
    }
    let mut decoded = Zeroizing::new(vec![0; token.len() / 4 * 3 + 3]);
    // Some clients leave the padding out.
    let engine = if token.ends_with(b"=") || token.len() % 4 == 0 { &STANDARD } else { &STANDARD_NO_PAD };
    let len = engine.decode_slice(token, &mut decoded).map_err(|_| BasicError::Malformed)?;
    let colon = decoded[..len].iter().position(|b| *b == b':').ok_or(BasicError::Malformed)?;
    let malformed = |_: SaslError| BasicError::Malformed;
    Ok(Basic {
        login: identity(&decoded[..colon]).map_err(malformed)?,
        secret: secret_of(&decoded[colon + 1..len]).map_err(malformed)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<(String, Vec<u8>), BasicError> {
        parse(header.as_bytes()).map(|b| (b.login, b.secret.to_vec()))
    }

    /// The examples of RFC 7617 section 2.
    #[test]
    fn it_reads_the_examples_of_the_rfc() {
        assert_eq!(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Ok(("Aladdin".into(), b"open sesame".to_vec())));
        assert_eq!(read("bAsIc dGVzdDoxMjPCow=="), Ok(("test".into(), "123£".as_bytes().to_vec())));
        assert_eq!(
            read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ"),
            Ok(("Aladdin".into(), b"open sesame".to_vec())),
            "no padding"
        );
        assert_eq!(read("Basic YTpiOmM="), Ok(("a".into(), b"b:c".to_vec())), "a password may have colons");
    }

    #[test]
    fn what_is_broken_is_told_from_another_scheme() {
        assert_eq!(read("Bearer abc"), Err(BasicError::Scheme));
        assert_eq!(read(""), Err(BasicError::Scheme));
        for bad in ["Basic ", "Basic !!!!", "Basic YWJj", "Basic YQA6Yg==", "Basic YTpiAGM="] {
            assert_eq!(read(bad), Err(BasicError::Malformed), "{bad}");
        }
        assert_eq!(read(&format!("Basic {}", "QUFB".repeat(2000))), Err(BasicError::Malformed));
    }
}
