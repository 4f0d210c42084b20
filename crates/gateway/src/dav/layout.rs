//! How homes are laid out: which path is for which service, and what is answered for those who look for theirs.

use valetkey_domain::{LoginName, Scope, Scopes, Service};
use valetkey_wire::dav::{Asked, Entry, Path, multistatus};

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";

/// What a home has in it, where the upstream keeps calendars and contacts apart. Both or neither.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// What the collection of calendars is called: `calendars` for `/LOGIN/calendars/`.
    pub calendars: Option<String>,
    /// The same for address books.
    pub contacts: Option<String>,
}

/// What a path is to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// `/`, for which the gateway answers.
    Root,
    /// Somebody's home itself, where the gateway answers for it too.
    Home,
    /// What the upstream has, by this service.
    Kept(Service),
    /// Nothing.
    Nowhere,
}

/// How far a question looks (RFC 4918 section 10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Zero,
    One,
}

impl Layout {
    /// Whether the paths tell calendars from contacts, and the gateway answers for homes.
    fn tells(&self) -> bool {
        self.calendars.is_some() || self.contacts.is_some()
    }

    /// What a path leads to.
    pub(super) fn ground(&self, path: &Path) -> Ground {
        match path.segments() {
            [] => Ground::Root,
            _ if !self.tells() => Ground::Kept(Service::Dav),
            [_] => Ground::Home,
            [_, kind, ..] if Some(kind) == self.calendars.as_ref() => Ground::Kept(Service::CalDav),
            [_, kind, ..] if Some(kind) == self.contacts.as_ref() => Ground::Kept(Service::CardDav),
            _ => Ground::Nowhere,
        }
    }

    /// What is at the root or at a home, for whoever is signed in, as far as the scopes go. Nobody else is shown.
    pub(super) fn show(
        &self,
        ground: Ground,
        depth: Depth,
        asked: &Asked,
        login: &LoginName,
        scopes: Scopes,
    ) -> String {
        let home = Path::collection([login.as_str()]);
        let inside = |name: &Option<String>| {
            let name = name.as_ref().map(String::as_str);
            name.map_or_else(|| home.clone(), |name| Path::collection([login.as_str(), name]))
        };
        let (calendars, contacts) = (inside(&self.calendars), inside(&self.contacts));
        let opens = [scopes.contains(Scope::Calendars), scopes.contains(Scope::Contacts)];
        let found = |path: &Path, kind: &str| {
            let mut entry = Entry::new(path.clone())
                .with(DAV, "resourcetype", kind.to_owned())
                .with_text(DAV, "displayname", login.as_str())
                .with_href(DAV, "current-user-principal", &home)
                .with_href(DAV, "principal-URL", &home)
                .with_href(DAV, "owner", &home);
            if opens[0] {
                entry = entry.with_href(CALDAV, "calendar-home-set", &calendars);
            }
            if opens[1] {
                entry = entry.with_href(CARDDAV, "addressbook-home-set", &contacts);
            }
            if opens[0] && login.domain().is_some() {
                let address = format!("<href xmlns=\"DAV:\">mailto:{}</href>", escaped(login.as_str()));
                entry = entry.with(CALDAV, "calendar-user-address-set", address);
            }
            entry
        };
        let mut entries = Vec::with_capacity(3);
        if ground == Ground::Root {
            entries.push(found(&Path::collection([]), "<collection xmlns=\"DAV:\"/>"));
        }
        if ground == Ground::Home || depth == Depth::One {
            entries.push(found(&home, "<collection xmlns=\"DAV:\"/><principal xmlns=\"DAV:\"/>"));
        }
        if ground == Ground::Home && depth == Depth::One {
            for (path, is_open) in [(&calendars, opens[0]), (&contacts, opens[1])] {
                if is_open && *path != home {
                    entries.push(found(path, "<collection xmlns=\"DAV:\"/>"));
                }
            }
        }
        multistatus(asked, &entries)
    }
}

/// Of what login names are made of, this alone means something in XML.
fn escaped(login: &str) -> String {
    login.replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart() -> Layout {
        Layout { calendars: Some("calendars".into()), contacts: Some("contacts".into()) }
    }

    fn ground(layout: &Layout, path: &str) -> Ground {
        layout.ground(&Path::parse(path.as_bytes()).expect("a path"))
    }

    #[test]
    fn a_path_tells_the_service_where_the_upstream_keeps_them_apart() {
        let (one, apart) = (Layout::default(), apart());
        assert_eq!((ground(&one, "/"), ground(&apart, "/")), (Ground::Root, Ground::Root));
        assert_eq!((ground(&one, "/ada/"), ground(&apart, "/ada/")), (Ground::Kept(Service::Dav), Ground::Home));
        assert_eq!(ground(&one, "/ada/calendars/x"), Ground::Kept(Service::Dav));
        assert_eq!(ground(&apart, "/ada/calendars"), Ground::Kept(Service::CalDav));
        assert_eq!(ground(&apart, "/ada/contacts/x/y"), Ground::Kept(Service::CardDav));
        assert_eq!(ground(&apart, "/ada/Calendars/x"), Ground::Nowhere);
    }

    #[test]
    fn only_what_the_scopes_open_is_shown() {
        let login = LoginName::from_canonical("a&b@example.org");
        let shown = |scopes: &str, ground, depth| {
            let scopes = scopes.parse().expect("scopes");
            apart().show(ground, depth, &Asked::Everything, &login, scopes)
        };
        let all = shown("calendars,contacts", Ground::Home, Depth::One);
        assert!(
            all.contains("/a%26b%40example.org/calendars/") && all.contains("/a%26b%40example.org/contacts/"),
            "{all}"
        );
        assert!(all.contains("mailto:a&amp;b@example.org"), "{all}");
        let contacts = shown("contacts", Ground::Home, Depth::One);
        assert!(contacts.contains("/contacts/") && !contacts.contains("calendar"), "{contacts}");
        assert_eq!(shown("contacts", Ground::Root, Depth::Zero).matches("<D:response>").count(), 1);
        assert_eq!(shown("contacts", Ground::Root, Depth::One).matches("<D:response>").count(), 2);
    }
}
