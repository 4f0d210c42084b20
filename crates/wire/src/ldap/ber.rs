//! BER as LDAP restricts it (RFC 4511 section 5.1): definite lengths, tags of one byte. Reading borrows and never
//! allocates; writing appends.

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The most bytes of a length that are looked at. Some clients always write four, however short what follows is.
const LENGTH_BYTES_MAX: usize = 8;

/// Not BER as LDAP allows it, or not what belongs at this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What stands before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) tag: u8,
    /// Bytes of tag and length.
    pub(super) bytes: usize,
    /// Bytes of the value, as claimed.
    pub(super) value: u64,
}

/// Reads tag and length; `None` while they have not come in full.
pub(super) fn header(input: &[u8]) -> Result<Option<Header>, Malformed> {
    let Some(&tag) = input.first() else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed); // a tag of several bytes: LDAP has none
    }
    let Some(&first) = input.get(1) else { return Ok(None) };
    if first < 0x80 {
        return Ok(Some(Header { tag, bytes: 2, value: first.into() }));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > LENGTH_BYTES_MAX {
        return Err(Malformed); // indefinite, or longer than anything is
    }
    let Some(length) = input.get(2..2 + count) else { return Ok(None) };
    let value = length.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    Ok(Some(Header { tag, bytes: 2 + count, value }))
}

/// Reads values one after another.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What has not been read, taken as it is.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next value, whatever its tag.
    pub(super) fn any(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let header = header(self.0)?.ok_or(Malformed)?;
        let length = usize::try_from(header.value).map_err(|_| Malformed)?;
        let (value, rest) = self.0[header.bytes..].split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok((header.tag, value))
    }

    /// The next value, which has this tag.
    pub(super) fn tagged(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        if self.0.first() == Some(&tag) { Ok(self.any()?.1) } else { Err(Malformed) }
    }

    /// The next value if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.0.first() == Some(&tag) { Ok(Some(self.any()?.1)) } else { Ok(None) }
    }

    /// The next value, a number (`INTEGER` or `ENUMERATED`) from 0 to 2^31 - 1, LDAP's `maxInt`.
    pub(super) fn number(&mut self, tag: u8) -> Result<u32, Malformed> {
        let bytes = self.tagged(tag)?;
        let (&first, _) = bytes.split_first().ok_or(Malformed)?;
        if first >= 0x80 || bytes.len() > LENGTH_BYTES_MAX {
            return Err(Malformed);
        }
        let number = bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        u32::try_from(number).ok().filter(|n| *n <= i32::MAX.unsigned_abs()).ok_or(Malformed)
    }

    /// The next value if it is a BOOLEAN, or what it is by default.
    pub(super) fn boolean_or(&mut self, default: bool) -> Result<bool, Malformed> {
        match self.optional(BOOLEAN)? {
            None => Ok(default),
            Some(&[byte]) => Ok(byte != 0),
            Some(_) => Err(Malformed),
        }
    }
}

/// Appends a primitive value.
pub(super) fn primitive(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    let (length, count) = length(value.len());
    out.extend_from_slice(&length[..count]);
    out.extend_from_slice(value);
}

/// Appends an OCTET STRING of text.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    primitive(out, OCTET_STRING, text.as_bytes());
}

/// Appends a number that is not negative.
pub(super) fn number(out: &mut Vec<u8>, tag: u8, number: u32) {
    let bytes = u64::from(number).to_be_bytes();
    // One zero stays in front where the first bit is set: a number is signed.
    let zeros = bytes.iter().take(7).take_while(|b| **b == 0).count();
    let from = if bytes[zeros] >= 0x80 { zeros - 1 } else { zeros };
    primitive(out, tag, &bytes[from..]);
}

/// Appends a constructed value whose content `content` appends.
pub(super) fn constructed(out: &mut Vec<u8>, tag: u8, content: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    let start = out.len();
    out.push(0);
    content(out);
    let (length, count) = length(out.len() - start - 1);
    if count > 1 {
        // Most are short: one byte was left for the length, and what is longer moves up.
        let end = out.len();
        out.resize(end + count - 1, 0);
        out.copy_within(start + 1..end, start + count);
    }
    out[start..start + count].copy_from_slice(&length[..count]);
}

/// A length as BER writes it, as short as possible, and how many of the bytes it takes.
fn length(length: usize) -> ([u8; 9], usize) {
    let mut written = [0; 9];
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        written[0] = short;
        return (written, 1);
    }
    let bytes = (length as u64).to_be_bytes();
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let count = bytes.len() - zeros;
    written[0] = 0x80 | u8::try_from(count).expect("eight bytes at most");
    written[1..=count].copy_from_slice(&bytes[zeros..]);
    (written, count + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_read_in_every_form_and_written_in_the_shortest() {
        for (input, bytes, value) in [
            (&[0x30, 0x05][..], 2, 5),
            (&[0x30, 0x81, 0x05], 3, 5),
            (&[0x30, 0x84, 0, 0, 0, 5], 6, 5),
            (&[0x30, 0x82, 0x01, 0x00], 4, 256),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], 6, 0xffff_ffff),
        ] {
            assert_eq!(header(input), Ok(Some(Header { tag: 0x30, bytes, value })), "{input:02x?}");
            for end in 0..input.len() {
                assert_eq!(header(&input[..end]), Ok(None), "{input:02x?} until {end}");
            }
        }
        assert_eq!(header(&[0x30, 0x80]), Err(Malformed), "indefinite");
        assert_eq!(header(&[0x30, 0x89]), Err(Malformed));
        assert_eq!(header(&[0x1f, 0x01]), Err(Malformed), "a long tag");
        for (value, start) in [(127, &[4, 127][..]), (128, &[4, 0x81, 128]), (256, &[4, 0x82, 1, 0])] {
            let mut out = Vec::new();
            primitive(&mut out, OCTET_STRING, &vec![7; value]);
            assert!(out.starts_with(start) && out.len() == start.len() + value);
            let mut same = Vec::new();
            constructed(&mut same, OCTET_STRING, |out| out.extend_from_slice(&vec![7; value]));
            assert_eq!(same, out);
        }
    }

    #[test]
    fn numbers_are_what_ldap_counts_with() {
        let read = |bytes: &[u8]| Reader::new(bytes).number(INTEGER);
        assert_eq!(read(&[2, 1, 0]), Ok(0));
        assert_eq!(read(&[2, 5, 0, 0x7f, 0xff, 0xff, 0xff]), Ok(0x7fff_ffff));
        assert_eq!(read(&[2, 4, 0x80, 0, 0, 0]), Err(Malformed), "negative");
        assert_eq!(read(&[2, 5, 0, 0x80, 0, 0, 0]), Err(Malformed), "over maxInt");
        assert_eq!(read(&[2, 0]), Err(Malformed));
        assert_eq!(read(&[2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1]), Err(Malformed));
        assert_eq!(read(&[10, 1, 0]), Err(Malformed), "another tag");
        assert_eq!(read(&[2, 2, 0]), Err(Malformed), "cut short");
    }

    proptest! {
        #[test]
        fn numbers_read_back(number in 0u32..=0x7fff_ffff) {
            let mut out = Vec::new();
            super::number(&mut out, INTEGER, number);
            prop_assert_eq!(Reader::new(&out).number(INTEGER), Ok(number));
        }
    }
}
