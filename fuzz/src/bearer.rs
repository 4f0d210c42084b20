//! HTTP Bearer: what is read is a token that reads back, and no other scheme is taken for it.

use valetkey_wire::bearer::{BearerError, parse};
use valetkey_wire::sasl::SECRET_BYTES_MAX;

/// The input is a header's value, and also what is behind the scheme of one.
pub fn bearer(data: &[u8]) {
    header(data);
    header(&[b"Bearer ", data].concat());
}

fn header(value: &[u8]) {
    let token = match parse(value) {
        Ok(token) => token,
        Err(BearerError::Scheme) => {
            let is_bearer = value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer "));
            return assert!(!is_bearer, "it says Bearer and is told that it is another scheme");
        }
        Err(BearerError::Malformed) => return,
    };
    assert!(!token.is_empty() && token.len() <= SECRET_BYTES_MAX && token.iter().all(u8::is_ascii_graphic));
    let again = parse(&[b"BEARER  ", token.as_slice(), b" "].concat()).expect("what was read can be written");
    assert_eq!(again, token);
}
