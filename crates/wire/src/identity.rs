//! How a server that believes who it is told somebody is finds a login name in a header.

/// How the letters of a login name stand in a header that ASCII has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdentityEncoding {
    /// As they are, in UTF-8.
    #[default]
    Utf8,
    /// In percent encoding, for servers that read headers in another encoding, as everything in Python's WSGI does. No login
    /// name has a percent sign.
    Percent,
}

impl IdentityEncoding {
    /// The header's value.
    pub fn spell(self, login: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => login.as_bytes().to_vec(),
            Self::Percent => login.bytes().flat_map(spelled_out).collect(),
        }
    }
}

fn spelled_out(byte: u8) -> Vec<u8> {
    if byte.is_ascii() { vec![byte] } else { format!("%{byte:02X}").into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ascii_is_spelled_as_the_server_reads_it() {
        for encoding in [IdentityEncoding::Utf8, IdentityEncoding::Percent] {
            assert_eq!(encoding.spell("ada+x@example.org"), b"ada+x@example.org");
        }
        assert_eq!(IdentityEncoding::Utf8.spell("kä@京"), "kä@京".as_bytes());
        assert_eq!(IdentityEncoding::Percent.spell("kä@京"), b"k%C3%A4@%E4%BA%AC");
    }
}
