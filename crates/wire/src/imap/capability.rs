//! Capability lists on their way from the upstream to the app.
//!
//! What must not be said after the sign-in is not offered either: UNAUTHENTICATE (RFC 8437) would let an app leave the
//! account for which the gateway vouches. And once COMPRESS (RFC 4978) is on, nobody can see what is said: with an
//! upstream that knows UNAUTHENTICATE it is not offered.

use memchr::memmem;

/// What the upstream's capability lists said so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability, offered or not")]
pub(super) struct Capabilities {
    pub(super) compress: bool,
    pub(super) unauthenticate: bool,
    pub(super) sasl_ir: bool,
    pub(super) id: bool,
    pub(super) login_disabled: bool,
}

impl Capabilities {
    /// Whether an app may begin compression: it was offered, and there is nothing that it could then hide.
    pub(super) fn compression_is_safe(self) -> bool {
        self.compress && !self.unauthenticate
    }

    /// Takes a list in: of a CAPABILITY response, or of a response code in a status response.
    pub(super) fn note(&mut self, line: &[u8]) {
        let Some(list) = list(line) else { return };
        for word in words(&line[list]) {
            match word.to_ascii_uppercase().as_slice() {
                b"COMPRESS=DEFLATE" => self.compress = true,
                b"UNAUTHENTICATE" => self.unauthenticate = true,
                b"SASL-IR" => self.sasl_ir = true,
                b"ID" => self.id = true,
                b"LOGINDISABLED" => self.login_disabled = true,
                _ => {}
            }
        }
    }

    /// The line (without its end) as the app may see it. Takes its list in first.
    pub(super) fn shown(&mut self, line: &[u8]) -> Vec<u8> {
        self.note(line);
        let Some(list) = list(line) else { return line.to_vec() };
        let mut shown = line[..list.start].to_vec();
        for word in words(&line[list.clone()]).filter(|w| self.may_be_shown(w)) {
            shown.push(b' ');
            shown.extend_from_slice(word);
        }
        shown.extend_from_slice(&line[list.end..]);
        shown
    }

    fn may_be_shown(self, word: &[u8]) -> bool {
        let upper = word.to_ascii_uppercase();
        match upper.as_slice() {
            b"UNAUTHENTICATE" | b"STARTTLS" | b"LOGINDISABLED" => false,
            b"COMPRESS=DEFLATE" => self.compression_is_safe(),
            other => !other.starts_with(b"AUTH="),
        }
    }
}

/// Where in a line the list stands, with its leading space.
fn list(line: &[u8]) -> Option<std::ops::Range<usize>> {
    const UNTAGGED: &[u8] = b"* CAPABILITY";
    if line.len() >= UNTAGGED.len() && line[..UNTAGGED.len()].eq_ignore_ascii_case(UNTAGGED) {
        return Some(UNTAGGED.len()..line.len());
    }
    let upper = line.to_ascii_uppercase();
    let start = memmem::find(&upper, b"[CAPABILITY ")? + b"[CAPABILITY".len();
    let end = start + memchr::memchr(b']', &line[start..])?;
    Some(start..end)
}

fn words(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|b| *b == b' ').filter(|w| !w.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        String::from_utf8(Capabilities::default().shown(line.as_bytes())).expect("text")
    }

    #[test]
    fn what_must_not_be_said_is_not_offered() {
        assert_eq!(shown("* CAPABILITY IMAP4rev1 UNAUTHENTICATE IDLE"), "* CAPABILITY IMAP4rev1 IDLE");
        assert_eq!(shown("a OK [CAPABILITY IMAP4rev1 AUTH=PLAIN unauthenticate] Hi"), "a OK [CAPABILITY IMAP4rev1] Hi");
        assert_eq!(shown("* capability IMAP4rev1 STARTTLS  LOGINDISABLED"), "* capability IMAP4rev1");
        for other in ["a OK done", "* OK [ALERT] [CAPABILITY", "* LIST () \"/\" CAPABILITY", "a OK [CAPABILITY x"] {
            assert_eq!(shown(other), other);
        }
    }

    #[test]
    fn compression_is_offered_only_where_it_hides_nothing() {
        assert_eq!(shown("* CAPABILITY COMPRESS=DEFLATE IDLE"), "* CAPABILITY COMPRESS=DEFLATE IDLE");
        assert_eq!(shown("* CAPABILITY COMPRESS=DEFLATE UNAUTHENTICATE IDLE"), "* CAPABILITY IDLE");
        let mut capabilities = Capabilities::default();
        assert!(!capabilities.compression_is_safe(), "never offered");
        capabilities.note(b"* CAPABILITY COMPRESS=DEFLATE");
        assert!(capabilities.compression_is_safe());
        capabilities.note(b"* CAPABILITY COMPRESS=DEFLATE UNAUTHENTICATE");
        assert!(!capabilities.compression_is_safe());
    }
}
