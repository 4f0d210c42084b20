//! App passwords: what one is, and how many there may be.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use crate::account::{deceives, one_line};
use crate::{AccountId, AppPasswordId, MalformedText, Networks, Scopes, Service, Timestamp};

/// The most active app passwords that one account may have at a time.
pub const ACTIVE_MAX: usize = 25;
/// How long after the last try an app password that has ended counts as still being tried.
const STILL_TRIED: Duration = Duration::from_hours(7 * 24);

/// An app password, without its secret: that is shown once and kept as a digest only.
#[derive(Clone, Debug)]
pub struct AppPassword {
    /// Names it.
    pub id: AppPasswordId,
    /// Whose it is.
    pub account: AccountId,
    /// What its owner calls it.
    pub label: Label,
    /// What it opens.
    pub scopes: Scopes,
    /// Where it may be used from.
    pub networks: Networks,
    /// Whether it works.
    pub state: CredentialState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
    /// How it was last used.
    pub last_use: Option<LastUse>,
    /// How it was last tried after its end.
    pub last_try: Option<LastUse>,
}

impl AppPassword {
    /// Whether an app lately tried it after its end: it sits in that app still.
    pub fn is_still_tried(&self, now: Timestamp) -> bool {
        let has_ended = self.state != CredentialState::Active;
        has_ended && self.last_try.as_ref().is_some_and(|last| now.since(last.at) <= STILL_TRIED)
    }
}

/// Whether an app password works. What was revoked or has expired never works again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// It works, until it expires or is revoked.
    Active,
    /// Somebody, or a rule, ended it.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why.
        why: RevocationReason,
        /// Whether its owner did it.
        by_owner: bool,
    },
    /// Its time was over.
    Expired {
        /// When.
        at: Timestamp,
    },
}

impl CredentialState {
    /// The state's name, as commands and the database write it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked { .. } => "revoked",
            Self::Expired { .. } => "expired",
        }
    }

    /// When it was revoked or expired, if it does not work any more.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match *self {
            Self::Active => None,
            Self::Revoked { at, .. } | Self::Expired { at } => Some(at),
        }
    }
}

/// Why an app password was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// Its owner, or staff, revoked this one.
    Asked,
    /// All of the account's were revoked together.
    AllAsked,
    /// The primary password was changed.
    PasswordChanged,
    /// The primary password was reset.
    PasswordReset,
    /// The last second factor was removed.
    SecondFactorRemoved,
    /// The account was suspended.
    Suspended,
    /// The account was deleted.
    Deleted,
    /// The app gave it back.
    ByApp,
    /// Something of it that is good once came twice: somebody has stolen it.
    TokenReplayed,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Asked,
        Self::AllAsked,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::SecondFactorRemoved,
        Self::Suspended,
        Self::Deleted,
        Self::ByApp,
        Self::TokenReplayed,
    ];

    /// The reason's name, as commands and the database write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::AllAsked => "all-asked",
            Self::PasswordChanged => "password-changed",
            Self::PasswordReset => "password-reset",
            Self::SecondFactorRemoved => "second-factor-removed",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
            Self::ByApp => "by-app",
            Self::TokenReplayed => "token-replayed",
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RevocationReason {
    type Err = MalformedText;
    fn from_str(text: &str) -> Result<Self, MalformedText> {
        Self::ALL.into_iter().find(|r| r.name() == text).ok_or(MalformedText::NotOneOf("the reasons for a revocation"))
    }
}

/// How an app password was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// By which protocol.
    pub service: Service,
    /// What the app called itself, as far as it did. At most [`LastUse::CLIENT_BYTES_MAX`] bytes.
    pub client: Option<Box<str>>,
    /// From where, if the server that asked knew.
    pub network: Option<IpAddr>,
}

impl LastUse {
    /// What is kept of an app's own name: enough for "Mozilla Thunderbird 153.7.0esr", and no room for mischief.
    pub const CLIENT_BYTES_MAX: usize = 100;

    /// An app's own name as far as it is kept: printable, on one line, at most [`LastUse::CLIENT_BYTES_MAX`] bytes.
    pub fn client_name(said: &str) -> Option<Box<str>> {
        let mut name = String::new();
        for c in said.chars().filter(|c| !deceives(*c)) {
            if name.len() + c.len_utf8() > Self::CLIENT_BYTES_MAX {
                break;
            }
            name.push(c);
        }
        let name = name.trim();
        (!name.is_empty()).then(|| name.into())
    }
}

/// The name that an owner gives an app password: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The most characters a label may have.
    pub const CHARACTERS_MAX: usize = 100;

    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Label {
    type Err = MalformedText;
    fn from_str(text: &str) -> Result<Self, MalformedText> {
        match one_line(text, Self::CHARACTERS_MAX)? {
            label if label.is_empty() => Err(MalformedText::Empty),
            label => Ok(Self(label)),
        }
    }
}

/// Whether an account with this many active app passwords may have one more. Ask only while the account's row is
/// locked: whoever counts without the lock can be overtaken.
pub fn room_for_one_more(active: usize) -> Result<(), TooManyActive> {
    if active < ACTIVE_MAX { Ok(()) } else { Err(TooManyActive) }
}

/// The account has all the active app passwords that it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there are {ACTIVE_MAX} active app passwords already, and no account may have more; revoke one that is no longer used"
)]
pub struct TooManyActive;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_sixth_is_refused() {
        assert_eq!(room_for_one_more(24), Ok(()));
        assert_eq!(room_for_one_more(25), Err(TooManyActive));
    }

    #[test]
    fn one_that_has_ended_is_still_tried_for_a_week_after_its_last_try() {
        let (at, day) = (Timestamp::from_millis(0), Duration::from_hours(24));
        let tried = LastUse { at, service: Service::Imap, client: None, network: None };
        let mut one = AppPassword {
            id: AppPasswordId::from_bytes([1; 16]),
            account: AccountId::from_bytes([2; 16]),
            label: Label("Old iPad".into()),
            scopes: Scopes::EVERYTHING,
            networks: Networks::default(),
            state: CredentialState::Expired { at },
            created_at: at,
            expires_at: Some(at),
            last_use: None,
            last_try: Some(tried),
        };
        assert!(one.is_still_tried(at + day * 7));
        assert!(!one.is_still_tried(at + day * 8), "it was given up");
        one.state = CredentialState::Active;
        assert!(!one.is_still_tried(at));
        (one.state, one.last_try) = (CredentialState::Expired { at }, None);
        assert!(!one.is_still_tried(at));
    }

    #[test]
    fn a_label_is_one_line() {
        assert_eq!(
            "  Thunderbird on laptop ".parse::<Label>().map(|l| l.to_string()).as_deref(),
            Ok("Thunderbird on laptop")
        );
        assert!("<script>alert(1)</script> \u{1f511}".parse::<Label>().is_ok(), "a page escapes it");
        assert_eq!(" ".parse::<Label>(), Err(MalformedText::Empty));
        assert_eq!("x".repeat(101).parse::<Label>(), Err(MalformedText::TooLong(100)));
        assert_eq!("a\u{2067}b".parse::<Label>(), Err(MalformedText::Control));
    }

    #[test]
    fn reasons_read_back_as_they_are_written() {
        assert!(RevocationReason::ALL.into_iter().all(|r| r.name().parse() == Ok(r)));
    }

    #[test]
    fn of_an_apps_name_only_what_is_printable_is_kept() {
        assert_eq!(LastUse::client_name("Thunder\r\nbird \u{202e}153"), Some("Thunderbird 153".into()));
        assert_eq!(LastUse::client_name(" \t"), None);
        assert_eq!(LastUse::client_name(&"\u{e9}".repeat(200)).map(|n| n.len()), Some(100));
    }
}
