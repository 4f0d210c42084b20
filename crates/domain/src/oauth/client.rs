//! Apps, as OAuth knows them: clients.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Randomness;

/// Names a client. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(String);

/// The text names no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client's id has 1 to {} letters, digits, dots, hyphens and underscores", ClientId::BYTES_MAX)]
pub struct MalformedClientId;

impl ClientId {
    /// The longest one.
    pub const BYTES_MAX: usize = 64;
    /// How those begin that registered themselves, and none in a configuration.
    const REGISTERED: &str = "app-";

    /// Draws the id of a client that registers itself.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes);
        Self(format!("{}{}", Self::REGISTERED, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Whether it has the form of those that registered themselves.
    pub fn is_registered(&self) -> bool {
        self.0.starts_with(Self::REGISTERED)
    }

    /// It as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = MalformedClientId;
    fn from_str(text: &str) -> Result<Self, MalformedClientId> {
        let is_ours = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        let is_one = (1..=Self::BYTES_MAX).contains(&text.len()) && text.bytes().all(is_ours);
        if is_one { Ok(Self(text.to_owned())) } else { Err(MalformedClientId) }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a client is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// It registered itself: its name is whatever it says (RFC 7591).
    Registered,
    /// The postmaster has named it.
    Configured,
    /// It is the postmaster's own, and its users are not asked.
    FirstParty,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    #[test]
    fn ids_that_are_drawn_read_back_and_are_told_from_others() {
        let id = ClientId::generate(&Seeded::new(1));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(id.is_registered() && !"webmail".parse::<ClientId>().expect("an id").is_registered());
        for bad in ["", "a b", "a/b", "é", &"a".repeat(65)] {
            assert_eq!(bad.parse::<ClientId>(), Err(MalformedClientId), "{bad:?}");
        }
    }
}
