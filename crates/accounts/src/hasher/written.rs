//! How a password stands in another program's file: `{SCHEME}…`, `{SCHEME.ENCODING}…`, or a hash that says by itself what
//! it is.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::kept::RefusedHash;

/// What a file says of a password, with its prefix taken off.
pub(crate) struct Written<'a> {
    /// The scheme's name in capitals; empty where there is none.
    pub(crate) scheme: String,
    encoding: Option<String>,
    rest: &'a str,
}

impl<'a> Written<'a> {
    /// Takes the prefix off.
    pub(crate) fn read(text: &'a str) -> Result<Self, RefusedHash> {
        let Some(prefixed) = text.strip_prefix('{') else {
            return Ok(Self { scheme: String::new(), encoding: None, rest: text });
        };
        let (prefix, rest) = prefixed.split_once('}').ok_or(RefusedHash::Unknown)?;
        let prefix = prefix.to_ascii_uppercase();
        let (scheme, encoding) = match prefix.split_once('.') {
            Some((scheme, encoding)) => (scheme.to_owned(), Some(encoding.to_owned())),
            None => (prefix, None),
        };
        Ok(Self { scheme, encoding, rest })
    }

    /// What stands there as a text: encoded only if the prefix says so.
    pub(crate) fn text(&self) -> Result<Zeroizing<String>, RefusedHash> {
        let text = match self.encoding.as_deref() {
            None | Some("NONE") => Some(self.rest.to_owned()),
            Some(encoding) => decode(encoding, self.rest).and_then(|bytes| String::from_utf8(bytes).ok()),
        };
        text.map(Zeroizing::new).ok_or(RefusedHash::Encoding)
    }

    /// What stands there as bytes: in base 64 unless the prefix says otherwise.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, RefusedHash> {
        decode(self.encoding.as_deref().unwrap_or("B64"), self.rest).ok_or(RefusedHash::Encoding)
    }
}

fn decode(encoding: &str, text: &str) -> Option<Vec<u8>> {
    match encoding {
        "B64" | "BASE64" => STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok(),
        "HEX" => from_hex(text),
        _ => None,
    }
}

/// Bytes from hexadecimal digits.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    let is_even = pairs.remainder().is_empty();
    let bytes: Option<Vec<u8>> = pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
    bytes.filter(|_| is_even)
}
