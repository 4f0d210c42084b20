//! What an app password may open, and the protocols it is used by.

use std::fmt;
use std::str::FromStr;

/// One thing that an app password may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Reading, sending and filtering mail.
    Mail,
    /// Address books.
    Contacts,
    /// Calendars and task lists.
    Calendars,
    /// Sending mail only, as a printer does.
    MailSend,
}

impl Scope {
    /// Every scope, in the order in which they are written.
    pub const ALL: [Self; 4] = [Self::Mail, Self::Contacts, Self::Calendars, Self::MailSend];

    const fn bit(self) -> u8 {
        match self {
            Self::Mail => 1,
            Self::Contacts => 2,
            Self::Calendars => 4,
            Self::MailSend => 8,
        }
    }

    /// The scope's name, as configuration, commands and the database write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Contacts => "contacts",
            Self::Calendars => "calendars",
            Self::MailSend => "mail:send",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = MalformedScope;
    fn from_str(text: &str) -> Result<Self, MalformedScope> {
        Self::ALL.into_iter().find(|s| s.name() == text).ok_or_else(|| MalformedScope(text.chars().take(40).collect()))
    }
}

/// The text named no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no scope; there are mail, contacts, calendars and mail:send")]
pub struct MalformedScope(String);

/// Whether calendars and contacts can be opened apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CalendarsAndContacts {
    /// Each by itself.
    #[default]
    Apart,
    /// The server behind keeps them side by side, and nothing tells which is asked for: whatever opens one opens both.
    AsOne,
}

/// What people choose among: a scope, or two that cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One by itself.
    One(Scope),
    /// Both of these, or neither.
    CalendarsAndContacts,
}

impl Choice {
    /// All that there is to choose among.
    pub fn all(together: CalendarsAndContacts) -> impl Iterator<Item = Self> {
        let offered = move |scope| match (scope, together) {
            (Scope::Contacts, CalendarsAndContacts::AsOne) => Some(Self::CalendarsAndContacts),
            (Scope::Calendars, CalendarsAndContacts::AsOne) => None,
            (scope, _) => Some(Self::One(scope)),
        };
        Scope::ALL.into_iter().filter_map(offered)
    }

    /// What is opened by it.
    pub const fn scopes(self) -> Scopes {
        match self {
            Self::One(scope) => Scopes::NONE.with(scope),
            Self::CalendarsAndContacts => Scopes::CALENDARS_AND_CONTACTS,
        }
    }
}

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scope: opens nothing.
    pub const NONE: Self = Self(0);
    /// Mail, contacts and calendars: what an app password opens unless told otherwise.
    pub const EVERYTHING: Self = Self(1 | 2 | 4);
    /// What may be impossible to tell apart.
    const CALENDARS_AND_CONTACTS: Self = Self(2 | 4);

    /// This set with one scope more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Whether the set names this scope itself.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether everything of another set is in it.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What these really open: both of calendars and contacts for one of them, where they cannot be told apart.
    #[must_use]
    pub const fn completed(self, together: CalendarsAndContacts) -> Self {
        match together {
            CalendarsAndContacts::AsOne if self.0 & Self::CALENDARS_AND_CONTACTS.0 != 0 => {
                Self(self.0 | Self::CALENDARS_AND_CONTACTS.0)
            }
            CalendarsAndContacts::Apart | CalendarsAndContacts::AsOne => self,
        }
    }

    /// What these really open, as people choose it.
    pub fn choices(self, together: CalendarsAndContacts) -> impl Iterator<Item = Choice> {
        let completed = self.completed(together);
        Choice::all(together).filter(move |choice| completed.contains_all(choice.scopes()))
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes in the set, in written order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |s| self.contains(*s))
    }

    /// Whether a credential with these scopes may sign in by this service.
    pub const fn open(self, service: Service) -> bool {
        match service {
            Service::Imap | Service::Pop3 | Service::ManageSieve => self.contains(Scope::Mail),
            Service::Submission => self.contains(Scope::Mail) || self.contains(Scope::MailSend),
            Service::CalDav => self.contains(Scope::Calendars),
            Service::CardDav => self.contains(Scope::Contacts),
            Service::Dav => self.contains(Scope::Calendars) || self.contains(Scope::Contacts),
            // What stands behind these is not known from the protocol: any of the three full scopes will do.
            Service::Ldap | Service::Http => self.0 & Self::EVERYTHING.0 != 0,
        }
    }

    /// The set as the database keeps it.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set from what the database keeps; `None` if it has bits that no scope has.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !15 == 0 { Some(Self(bits)) } else { None }
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::NONE, Self::with)
    }
}

/// `mail,contacts`.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            f.write_str(scope.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads `mail,contacts`; an empty text names no scope and is refused.
impl FromStr for Scopes {
    type Err = MalformedScope;
    fn from_str(text: &str) -> Result<Self, MalformedScope> {
        text.split(',').map(|part| part.trim().parse::<Scope>()).collect()
    }
}

/// The protocol an app signs in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// IMAP4 (RFC 9051, RFC 3501).
    Imap,
    /// POP3 (RFC 1939).
    Pop3,
    /// Message submission over SMTP (RFC 6409).
    Submission,
    /// Sieve scripts (RFC 5804).
    ManageSieve,
    /// Calendars over WebDAV (RFC 4791).
    CalDav,
    /// Address books over WebDAV (RFC 6352).
    CardDav,
    /// Both of these, where a path does not tell which.
    Dav,
    /// Directory binds (RFC 4511).
    Ldap,
    /// Anything that asks by HTTP and does not say what stands behind it.
    Http,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 9] = [
        Self::Imap,
        Self::Pop3,
        Self::Submission,
        Self::ManageSieve,
        Self::CalDav,
        Self::CardDav,
        Self::Dav,
        Self::Ldap,
        Self::Http,
    ];

    /// The service's name, as logs, commands and the database write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Submission => "submission",
            Self::ManageSieve => "managesieve",
            Self::CalDav => "caldav",
            Self::CardDav => "carddav",
            Self::Dav => "dav",
            Self::Ldap => "ldap",
            Self::Http => "http",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads the name, and what other servers call the same thing (`pop`, `sieve`, `smtp`), in any case.
impl FromStr for Service {
    type Err = UnknownService;
    fn from_str(text: &str) -> Result<Self, UnknownService> {
        let also = [("pop", Self::Pop3), ("sieve", Self::ManageSieve), ("smtp", Self::Submission)];
        let names = Self::ALL.into_iter().map(|service| (service.name(), service)).chain(also);
        let named = names.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
        named.map(|(_, service)| service).ok_or_else(|| UnknownService(text.chars().take(40).collect()))
    }
}

/// The text named no service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' {said}", said = said(.0))]
pub struct UnknownService(String);

/// What is wrong with a text that names no service.
fn said(text: &str) -> &'static str {
    match text.parse::<Scope>() {
        Ok(Scope::Mail) => "is a scope and no service: write imap, pop3, submission or managesieve",
        Ok(Scope::Contacts) => "is a scope and no service: write carddav",
        Ok(Scope::Calendars) => "is a scope and no service: write caldav",
        Ok(Scope::MailSend) => "is a scope and no service: write submission",
        Err(_) => "is no service; there are imap, pop3, submission, managesieve, caldav, carddav, dav, ldap and http",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_opens_what_it_says_and_nothing_else() {
        let opened = |scope: Scope| -> Vec<&str> {
            Service::ALL.into_iter().filter(|s| Scopes::NONE.with(scope).open(*s)).map(Service::name).collect()
        };
        assert_eq!(opened(Scope::Mail), ["imap", "pop3", "submission", "managesieve", "ldap", "http"]);
        assert_eq!(opened(Scope::Contacts), ["carddav", "dav", "ldap", "http"]);
        assert_eq!(opened(Scope::Calendars), ["caldav", "dav", "ldap", "http"]);
        assert_eq!(opened(Scope::MailSend), ["submission"]);
        assert!(Service::ALL.into_iter().all(|s| !Scopes::NONE.open(s)));
        assert!(Service::ALL.into_iter().all(|s| Scopes::EVERYTHING.open(s)));
    }

    #[test]
    fn what_cannot_be_told_apart_is_chosen_and_opened_as_one() {
        use CalendarsAndContacts::{Apart, AsOne};
        use Choice::One;
        assert_eq!(Choice::all(Apart).collect::<Vec<_>>(), Scope::ALL.map(One));
        let both = Choice::CalendarsAndContacts;
        assert_eq!(Choice::all(AsOne).collect::<Vec<_>>(), [One(Scope::Mail), both, One(Scope::MailSend)]);
        assert_eq!(both.scopes().to_string(), "contacts,calendars");
        for (scopes, opened, chosen) in [
            ("calendars", "contacts,calendars", vec![both]),
            ("contacts", "contacts,calendars", vec![both]),
            ("mail,calendars", "mail,contacts,calendars", vec![One(Scope::Mail), both]),
            ("mail,mail:send", "mail,mail:send", vec![One(Scope::Mail), One(Scope::MailSend)]),
        ] {
            let scopes: Scopes = scopes.parse().expect("scopes");
            assert_eq!(scopes.completed(AsOne).to_string(), opened);
            assert_eq!(scopes.choices(AsOne).collect::<Vec<_>>(), chosen);
            assert_eq!(scopes.completed(Apart), scopes);
            assert_eq!(scopes.choices(Apart).collect::<Vec<_>>(), scopes.iter().map(One).collect::<Vec<_>>());
        }
        assert!(Scopes::NONE.completed(AsOne).is_empty());
    }

    #[test]
    fn scopes_read_back_as_they_were_written() {
        for bits in 1..16 {
            let scopes = Scopes::from_bits(bits).expect("four bits");
            assert_eq!(scopes.to_string().parse(), Ok(scopes));
        }
        assert_eq!(Scopes::from_bits(16), None);
        assert!("".parse::<Scopes>().is_err());
        assert!("mail,everything".parse::<Scopes>().is_err());
        assert_eq!("mail, mail:send".parse::<Scopes>().map(|s| s.to_string()).as_deref(), Ok("mail,mail:send"));
    }

    #[test]
    fn services_go_by_the_names_other_servers_use() {
        for (name, service) in [
            ("POP", Service::Pop3),
            ("sieve", Service::ManageSieve),
            ("smtp", Service::Submission),
            ("HTTP", Service::Http),
        ] {
            assert_eq!(name.parse(), Ok(service));
        }
        assert!("telnet".parse::<Service>().is_err());
    }
}
