//! What apps ask for in OAuth's words, and what it opens here.

use crate::{Scope, Scopes, Service};

/// Every scope that may be asked for: those of draft-ietf-mailmaint-oauth-public section 3.9, and those of `OpenID` Connect.
pub const SCOPES: [&str; 5] = [
    "openid",
    "offline_access",
    "urn:ietf:params:oauth:scope:mail",
    "urn:ietf:params:oauth:scope:contacts",
    "urn:ietf:params:oauth:scope:calendars",
];

/// The longest text of scopes that is looked at.
const BYTES_MAX: usize = 1024;

/// What an app asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// What it wants to open.
    pub scopes: Scopes,
    /// Whether it wants to know who signs in (`OpenID` Connect).
    pub openid: bool,
    /// Whether it wants to go on without its owner.
    pub offline: bool,
}

impl Requested {
    /// Reads words between spaces (RFC 6749 section 3.3). What nobody knows is left out: the answer tells the app what
    /// it was given. `None` if nothing is left that opens anything, or says who somebody is.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > BYTES_MAX {
            return None;
        }
        let words = || text.split(' ');
        let has = |name: &str| words().any(|word| word == name);
        let scopes = Scope::ALL.into_iter().filter(|scope| oauth_name(*scope).is_some_and(has)).collect();
        let requested = Self { scopes, openid: has("openid"), offline: has("offline_access") };
        (!requested.scopes.is_empty() || requested.openid).then_some(requested)
    }

    /// The words, as they stand in an answer.
    pub fn shown(&self) -> String {
        let own = [("openid", self.openid), ("offline_access", self.offline)];
        let own = own.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name);
        own.chain(self.scopes.iter().filter_map(oauth_name)).collect::<Vec<_>>().join(" ")
    }

    /// Whether everything in it is in `other` too: an app may ask for less later, and never for more.
    pub fn is_within(&self, other: &Self) -> bool {
        self.scopes.iter().all(|scope| other.scopes.contains(scope))
            && (!self.openid || other.openid)
            && (!self.offline || other.offline)
    }
}

/// What apps call a scope; sending mail only is for app passwords alone.
pub const fn oauth_name(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Mail => Some(SCOPES[2]),
        Scope::Contacts => Some(SCOPES[3]),
        Scope::Calendars => Some(SCOPES[4]),
        Scope::MailSend => None,
    }
}

/// What an app must ask for to be let in by a service, as it is told when what it has is not enough (RFC 6750 section 3).
/// `None` where any scope will do, since nobody knows what stands behind.
pub const fn scope_for(service: Service) -> Option<&'static str> {
    match service {
        Service::Imap | Service::Pop3 | Service::Submission | Service::ManageSieve => oauth_name(Scope::Mail),
        Service::CalDav => oauth_name(Scope::Calendars),
        Service::CardDav => oauth_name(Scope::Contacts),
        // Either opens it; whoever comes by a path that does not tell wants both.
        Service::Dav => Some("urn:ietf:params:oauth:scope:contacts urn:ietf:params:oauth:scope:calendars"),
        Service::Ldap | Service::Http => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_read_and_others_left_out() {
        let all = Requested::parse(&SCOPES.join(" ")).expect("scopes");
        assert_eq!(all, Requested { scopes: Scopes::EVERYTHING, openid: true, offline: true });
        assert_eq!(all.shown(), SCOPES.join(" "));
        let some = Requested::parse("profile urn:ietf:params:oauth:scope:mail email").expect("a scope");
        assert_eq!((some.shown().as_str(), some.offline), (SCOPES[2], false));
        assert!(some.is_within(&all) && !all.is_within(&some));
        for nothing in
            ["", "profile", "offline_access", "URN:ietf:params:oauth:scope:mail", "mail", &"openid ".repeat(200)]
        {
            assert_eq!(Requested::parse(nothing), None, "{nothing:?}");
        }
        assert_eq!(SCOPES.iter().skip(2).count(), Scopes::EVERYTHING.iter().count());
    }

    #[test]
    fn what_an_app_is_told_to_ask_for_lets_it_in() {
        for service in Service::ALL {
            match scope_for(service) {
                Some(told) => {
                    let asked = Requested::parse(told).expect("scopes");
                    assert_eq!(asked.shown(), told);
                    assert!(asked.scopes.open(service), "{service}: {told}");
                }
                None => assert!(Scope::ALL.iter().take(3).all(|scope| Scopes::NONE.with(*scope).open(service))),
            }
        }
    }
}
