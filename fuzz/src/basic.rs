//! HTTP Basic: what is read reads back from what a client would write, with and without padding.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use valetkey_wire::basic::{BasicError, parse};
use valetkey_wire::sasl::{IDENTITY_BYTES_MAX, SECRET_BYTES_MAX};

/// The input is a header's value, and also what is behind the base64 of one.
pub fn basic(data: &[u8]) {
    header(data);
    header(format!("Basic {}", STANDARD.encode(data)).as_bytes());
}

fn header(value: &[u8]) {
    let read = match parse(value) {
        Ok(read) => read,
        Err(BasicError::Scheme) => {
            let is_basic = value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic "));
            return assert!(!is_basic, "it says Basic and is told that it is another scheme");
        }
        Err(BasicError::Malformed) => return,
    };
    assert!(!read.login.contains(':') && !read.login.chars().any(char::is_control), "{:?}", read.login);
    assert!(read.login.len() <= IDENTITY_BYTES_MAX && read.secret.len() <= SECRET_BYTES_MAX);
    assert!(!read.secret.contains(&0));
    let text = [read.login.as_bytes(), b":", &read.secret].concat();
    for written in [
        format!("Basic {}", STANDARD.encode(&text)),
        format!("BASIC  {} ", STANDARD.encode(&text)),
        format!("basic {}", STANDARD_NO_PAD.encode(&text)),
    ] {
        let again = parse(written.as_bytes()).expect("what was read can be written");
        assert_eq!((again.login, again.secret), (read.login.clone(), read.secret.clone()), "{written}");
    }
}
