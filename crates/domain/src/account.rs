//! Accounts: a person's or a device's identity.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, LoginName, Timestamp};

/// A person's or a device's identity, as the store keeps it. Its secrets and credentials are kept beside it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Names the account for ever.
    pub id: AccountId,
    /// A person or a device; never changes.
    pub kind: Kind,
    /// What may be done with it at all.
    pub state: AccountState,
    /// What its owner may do for others, if anything.
    pub role: Option<Role>,
    /// The name that people see; may be empty.
    pub display_name: DisplayName,
    /// Where notices go: an address outside the account's own mailbox.
    pub notice_address: Option<NoticeAddress>,
    /// The language in which its owner reads letters, where they chose one.
    pub locale: Option<Locale>,
    /// When, because staff asked for it, all its second factors go.
    pub factors_end_at: Option<Timestamp>,
    /// What apps may send as user name; the first is the canonical one, which servers behind are told. Never empty.
    pub login_names: Vec<LoginName>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// The name that servers behind are told, whichever one the app sent.
    pub fn canonical_login(&self) -> &LoginName {
        self.login_names.first().expect("an account has at least one login name")
    }
}

macro_rules! named_states {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every value, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name, as commands and the database write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = MalformedText;
            fn from_str(text: &str) -> Result<Self, MalformedText> {
                Self::ALL.iter().copied().find(|v| v.name() == text).ok_or(MalformedText::NotOneOf(concat!($("'", $text, "', ",)*)))
            }
        }
    };
}

pub(crate) use named_states;

named_states! {
    /// What kind of owner an account has.
    Kind {
        /// A human being, who signs in to the portal behind two factors.
        Person = "person",
        /// A printer, a scanner, a script: no portal sign-in; an administrator makes its app passwords.
        Device = "device",
    }
}

named_states! {
    /// What may be done with an account at all.
    AccountState {
        /// Made, but its owner has not yet chosen a password.
        Invited = "invited",
        /// In use.
        Active = "active",
        /// Stopped by an administrator; can be resumed.
        Suspended = "suspended",
        /// Deleted: its login names stay reserved for a while, everything else is gone.
        Closed = "closed",
    }
}

named_states! {
    /// What an account's owner may do for others.
    Role {
        /// Everything but seeing people's secrets.
        Administrator = "administrator",
        /// Invites and resets, for accounts that have no role.
        Helpdesk = "helpdesk",
        /// Reads, and changes nothing.
        Auditor = "auditor",
    }
}

/// The name that people see. At most 200 characters, on one line, without characters that turn the text around.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DisplayName {
    type Err = MalformedText;
    fn from_str(text: &str) -> Result<Self, MalformedText> {
        one_line(text, 200).map(Self)
    }
}

/// An address for notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAddress(String);

impl NoticeAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Looks only for what no address lacks; that mail arrives there is proved by mail.
impl FromStr for NoticeAddress {
    type Err = MalformedText;
    fn from_str(text: &str) -> Result<Self, MalformedText> {
        let text = one_line(text, crate::LOGIN_BYTES_MAX)?;
        match text.rsplit_once('@') {
            Some((local, domain))
                if !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace) =>
            {
                Ok(Self(text))
            }
            _ => Err(MalformedText::NotAnAddress),
        }
    }
}

/// A language by its tag, `de` (BCP 47). Whether there are messages in it, the portal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = MalformedText;
    fn from_str(text: &str) -> Result<Self, MalformedText> {
        let is_tag = (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if is_tag { Ok(Self(text.to_owned())) } else { Err(MalformedText::NotOneOf("the tags of languages")) }
    }
}

/// Why a text was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedText {
    /// Too many characters.
    #[error("at most {0} characters")]
    TooLong(usize),
    /// Nothing but white space where something is needed.
    #[error("it cannot be empty")]
    Empty,
    /// A line break or another control character, or one that turns the text around.
    #[error("it cannot contain line breaks, control characters or characters that change the direction of writing")]
    Control,
    /// Not an address for mail.
    #[error("not a mail address; it looks like ada@example.net")]
    NotAnAddress,
    /// Not one of the names there are.
    #[error("not one of {}", .0.trim_end_matches(", "))]
    NotOneOf(&'static str),
}

/// The text without white space around it, if it is one line that looks like what it is.
pub(crate) fn one_line(text: &str, characters_max: usize) -> Result<String, MalformedText> {
    let text = text.trim();
    if text.chars().count() > characters_max {
        return Err(MalformedText::TooLong(characters_max));
    }
    if text.chars().any(deceives) {
        return Err(MalformedText::Control);
    }
    Ok(text.to_owned())
}

/// Whether a character breaks a line, is invisible, or turns the text around it.
pub(crate) fn deceives(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_they_are_written() {
        assert!(Kind::ALL.iter().all(|k| k.name().parse() == Ok(*k)));
        assert!(AccountState::ALL.iter().all(|s| s.name().parse() == Ok(*s)));
        assert!(Role::ALL.iter().all(|r| r.name().parse() == Ok(*r)));
        assert_eq!(
            "boss".parse::<Role>().map_err(|e| e.to_string()),
            Err("not one of 'administrator', 'helpdesk', 'auditor'".into())
        );
    }

    #[test]
    fn a_display_name_is_one_line_that_looks_like_what_it_is() {
        assert_eq!(
            " Ada Lovelace ".parse::<DisplayName>().map(|n| n.as_str().to_owned()).as_deref(),
            Ok("Ada Lovelace")
        );
        assert_eq!("a\nb".parse::<DisplayName>(), Err(MalformedText::Control));
        assert_eq!("a\u{202e}b".parse::<DisplayName>(), Err(MalformedText::Control));
        assert_eq!("x".repeat(201).parse::<DisplayName>(), Err(MalformedText::TooLong(200)));
    }

    #[test]
    fn a_notice_address_has_a_domain() {
        assert!("ada@home.example".parse::<NoticeAddress>().is_ok());
        for bad in ["", "ada", "ada@localhost", "@example.net", "a da@example.net"] {
            assert_eq!(bad.parse::<NoticeAddress>(), Err(MalformedText::NotAnAddress), "{bad:?}");
        }
    }
}
