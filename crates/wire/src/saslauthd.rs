//! The socket of saslauthd, which Cyrus and everything else with libsasl asks: one question, one answer, then the
//! connection is closed. Source: cyrus-sasl's `saslauthd/ipc_unix.c` and `lib/checkpw.c`.

use zeroize::Zeroizing;

use crate::sasl::{Credentials, SECRET_BYTES_MAX, SecretKind, identity};

/// The longest question: four fields, each with its length in two bytes.
pub const QUESTION_BYTES_MAX: usize = 4 * (2 + SECRET_BYTES_MAX);
/// "OK", behind its length.
pub const ACCEPTED: &[u8] = b"\0\x02OK";
/// "NO", behind its length.
pub const REFUSED: &[u8] = b"\0\x02NO";

/// A question to be decided.
pub struct Question {
    /// What the client sent.
    pub credentials: Credentials,
    /// What the server calls the protocol, `imap`.
    pub service: String,
}

/// Why something is no question. The connection is closed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedQuestion {
    /// A field is longer than any login name or password.
    #[error("a field is too long")]
    TooLong,
    /// A name is not UTF-8 or has control characters, or more follows than one question.
    #[error("the question cannot be read")]
    Malformed,
}

/// Reads a question; `None` if it is not complete.
///
/// libsasl takes a name apart at its last `@`: what it calls the realm is put behind the login name again.
pub fn parse(bytes: &[u8]) -> Result<Option<Question>, MalformedQuestion> {
    let mut rest = bytes;
    let mut fields = [&[][..]; 4];
    for field in &mut fields {
        let Some((length, behind)) = rest.split_first_chunk() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > SECRET_BYTES_MAX {
            return Err(MalformedQuestion::TooLong);
        }
        let Some((text, behind)) = behind.split_at_checked(length) else { return Ok(None) };
        (*field, rest) = (text, behind);
    }
    if !rest.is_empty() {
        return Err(MalformedQuestion::Malformed);
    }
    let [login, secret, service, realm] = fields;
    let name = |bytes: &[u8]| identity(bytes).map_err(|_| MalformedQuestion::Malformed);
    let (mut login, realm) = (name(login)?, name(realm)?);
    if !realm.is_empty() && !login.contains('@') {
        login = format!("{login}@{realm}");
    }
    // A password may have any byte in it but NUL, at which C ends a text: it belongs to nobody, and is looked up all the same.
    let secret = Zeroizing::new(secret.to_vec());
    Ok(Some(Question {
        credentials: Credentials { acting_for: None, login, kind: SecretKind::Password, secret },
        service: name(service)?,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question(fields: [&[u8]; 4]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in fields {
            bytes.extend_from_slice(&u16::try_from(field.len()).expect("short").to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }

    fn read(fields: [&[u8]; 4]) -> Result<(String, Vec<u8>, String), MalformedQuestion> {
        let read = parse(&question(fields))?.expect("it is complete");
        Ok((read.credentials.login, read.credentials.secret.to_vec(), read.service))
    }

    #[test]
    fn what_cyrus_and_testsaslauthd_ask() {
        let cyrus = read([b"ada", b"abcd-efgh", b"imap", b"example.org"]);
        assert_eq!(cyrus, Ok(("ada@example.org".into(), b"abcd-efgh".to_vec(), "imap".into())));
        assert_eq!(read([b"ada@example.org", b"x", b"HTTP", b""]).map(|q| q.0), Ok("ada@example.org".into()));
        assert_eq!(read([b"ada@example.org", b"x", b"imap", b"other"]).map(|q| q.0), Ok("ada@example.org".into()));
        assert_eq!(read([b"ada", b"x", b"imap", b""]).map(|q| q.0), Ok("ada".into()));
    }

    #[test]
    fn what_is_no_question_is_not_taken_for_one() {
        let long = vec![b'x'; SECRET_BYTES_MAX + 1];
        assert_eq!(read([&long, b"x", b"imap", b""]).err(), Some(MalformedQuestion::TooLong));
        assert_eq!(read([b"a\0da", b"x", b"imap", b""]).err(), Some(MalformedQuestion::Malformed));
        assert_eq!(read([b"ada", b"x", b"\xff", b""]).err(), Some(MalformedQuestion::Malformed));
        let twice = question([b"ada", b"x", b"imap", b""]).repeat(2);
        assert_eq!(parse(&twice).err(), Some(MalformedQuestion::Malformed));
        // A length that is never kept is refused before its bytes are waited for.
        assert_eq!(parse(b"\xff\xff").err(), Some(MalformedQuestion::TooLong));
    }

    proptest! {
        #[test]
        fn the_beginning_of_a_question_is_none_yet(login in "[a-z]{0,20}", secret in proptest::collection::vec(1u8.., 0..40), cut in 0..100_usize) {
            let whole = question([login.as_bytes(), &secret, b"imap", b"example.org"]);
            prop_assert!(whole.len() <= QUESTION_BYTES_MAX);
            if cut < whole.len() {
                prop_assert!(matches!(parse(&whole[..cut]), Ok(None)));
            }
            prop_assert!(matches!(parse(&whole), Ok(Some(_))));
        }
    }
}
