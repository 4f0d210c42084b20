//! Links that are good once: an invitation, a reset, the proof that somebody reads a mailbox.

use std::fmt;
use std::str::FromStr;

use crate::account::named_states;
use crate::randomness::below;
use crate::secret::{in_fours, typed};
use crate::{MalformedText, Plain, Randomness};

named_states! {
    /// What a link is good for.
    LinkKind {
        /// Becoming the holder of an account that staff made.
        Invitation = "invitation",
        /// Choosing a new primary password, with a second factor.
        Reset = "reset",
        /// Proving that one reads mail at an address for notices.
        NoticeAddress = "notice-address",
        /// Making an account of one's own, where everybody may.
        Registration = "registration",
    }
}

const LETTERS: usize = 16;

/// The code in a link, which can also be read aloud and typed: 16 letters, 75.2 bits. It lives for days at most, is good
/// once, and only a keyed digest of it is kept.
#[derive(Clone)]
pub struct OneTimeCode(Plain<Vec<u8>>);

impl OneTimeCode {
    /// Draws a new code.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut code = Vec::with_capacity(LETTERS);
        code.extend((0..LETTERS).map(|_| b'a' + below(randomness, 26)));
        Self(Plain::new(code))
    }

    /// What a link or somebody's typing has, if it can be a code: capitals, spaces and hyphens do not matter.
    pub fn presented(text: &str) -> Option<Self> {
        typed(text, LETTERS, |c| c.is_ascii_lowercase()).map(Self)
    }

    /// The code as people see it, and as it stands in a link: `abcd-efgh-ijkl-mnop`.
    pub fn reveal(&self) -> Plain<String> {
        in_fours(self.0.expose())
    }

    /// The code as it is digested.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = OneTimeCode::generate(&Seeded::new(7));
        let shown = code.reveal();
        assert_eq!(shown.expose().len(), 19);
        let typed = OneTimeCode::presented(&format!(" {} ", shown.expose().to_uppercase().replace('-', " ")));
        assert_eq!(typed.map(|c| c.expose().to_vec()), Some(code.expose().to_vec()));
        for bad in ["", "abcd-efgh", "abcd-efgh-ijkl-mnop-q", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mno\u{e9}"] {
            assert!(OneTimeCode::presented(bad).is_none(), "{bad:?}");
        }
    }
}
