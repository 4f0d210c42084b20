//! Typed identifiers: an account's id is never taken for an app password's.

use std::fmt;
use std::str::FromStr;

use crate::{Randomness, Timestamp};

/// The text was not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier; it looks like 01976e4c-88f0-7cc3-98c4-dc0c0c07398f")]
pub struct MalformedId;

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new identifier that sorts by the moment it was made (UUID version 7, RFC 9562 section 5.7).
            pub fn new(now: Timestamp, randomness: &dyn Randomness) -> Self {
                Self(time_ordered(now, randomness))
            }

            /// The identifier from its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes, as they are stored.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = MalformedId;
            fn try_from(bytes: &[u8]) -> Result<Self, MalformedId> {
                bytes.try_into().map(Self).map_err(|_| MalformedId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                uuid::Uuid::try_parse(text).map(|u| Self(u.into_bytes())).map_err(|_| MalformedId)
            }
        }
    };
}

typed_id! {
    /// Names an account, for ever. LDAP's `entryUUID` is this.
    AccountId
}
typed_id! {
    /// Names an app password. Not a secret.
    AppPasswordId
}
typed_id! {
    /// Names a grant: an app's authorisation by OAuth. Not a secret.
    GrantId
}
typed_id! {
    /// Names a credential: an app password or a grant. Not a secret.
    CredentialId
}

impl CredentialId {
    /// The app password that it names, if there is one with this name.
    pub const fn as_app_password(self) -> AppPasswordId {
        AppPasswordId(self.0)
    }

    /// The grant that it names, if there is one with this name.
    pub const fn as_grant(self) -> GrantId {
        GrantId(self.0)
    }
}

impl From<AppPasswordId> for CredentialId {
    fn from(id: AppPasswordId) -> Self {
        Self(id.0)
    }
}

impl From<GrantId> for CredentialId {
    fn from(id: GrantId) -> Self {
        Self(id.0)
    }
}

typed_id! {
    /// Names a second factor of an account.
    FactorId
}
typed_id! {
    /// Names a person's signed-in browser. Not a secret.
    SessionId
}
typed_id! {
    /// Names a browser in which a person has signed in before. Not a secret.
    BrowserId
}
typed_id! {
    /// Names a one-time link. Not a secret: the link's code is.
    LinkId
}
typed_id! {
    /// Names a row of the audit log or of the outbox. A receiver of an event sees each id at least once.
    EventId
}

fn time_ordered(now: Timestamp, randomness: &dyn Randomness) -> [u8; 16] {
    let mut random = [0; 10];
    randomness.fill(&mut random);
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::fixed::Seeded;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let randomness = Seeded::new(1);
        let early = AccountId::new(Timestamp::from_millis(1_000), &randomness);
        let late = AccountId::new(Timestamp::from_millis(2_000), &randomness);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!("nonsense".parse::<AccountId>(), Err(MalformedId));
        assert_eq!(AccountId::try_from(&[1u8; 15][..]), Err(MalformedId));
    }
}
