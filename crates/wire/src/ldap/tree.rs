//! Where things stand in the directory: the base, `ou=people` and `ou=groups` beneath it, and what is in those.

use std::borrow::Cow;

use super::dn::{self, MalformedDn, Pair, is_same};
use super::schema::Attribute;

/// The name of the subschema entry.
pub(super) const SUBSCHEMA: &str = "cn=subschema";

/// The most bytes of a base: it is in every name that is written.
const BASE_BYTES_MAX: usize = 256;
/// The most pairs of type and value in it: with those beneath it, names stay well within what is read.
const BASE_PAIRS_MAX: usize = 16;

/// A directory's base and the names made from it.
pub struct Tree {
    /// The base, as it is written.
    base: String,
    /// Its pairs of type and value, in the same order.
    pairs: Vec<(String, String)>,
    people: String,
    groups: String,
    group: [String; Group::ALL.len()],
    /// The domain of login names that are written without one.
    domain: Option<String>,
}

/// Why a base is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedBase {
    /// Not a DN, or one with a `+`, or longer than 256 bytes or 16 pairs of type and value.
    #[error("the base is not a DN like dc=example,dc=org")]
    Dn,
    /// It begins with another type.
    #[error("the base must begin with dc=, o= or ou=")]
    Kind,
}

/// A group: those who have an app password that opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `cn=mail,ou=groups`.
    Mail,
    /// `cn=contacts,ou=groups`.
    Contacts,
    /// `cn=calendars,ou=groups`.
    Calendars,
}

impl Group {
    /// Every one, in the order in which a search gives them.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Contacts, Self::Calendars];

    /// Its `cn`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Contacts => "contacts",
            Self::Calendars => "calendars",
        }
    }
}

/// What a DN names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The empty name: what the server is (RFC 4512 section 5.1).
    RootDse,
    /// `cn=subschema`: what attributes there are.
    Subschema,
    /// The base itself.
    Base,
    /// `ou=people` beneath it.
    People,
    /// `uid=LOGIN,ou=people`: LOGIN as it was written, which may be another spelling or nobody's.
    Person(String),
    /// `ou=groups`.
    Groups,
    /// One of them.
    Group(Group),
    /// `cn=NAME` beneath the base: whoever reads the directory.
    Reader(String),
    /// Anything else, in this directory or not.
    Elsewhere,
}

impl Tree {
    /// Reads a base such as `dc=example,dc=org`.
    pub fn new(base: &str) -> Result<Self, MalformedBase> {
        let pairs = dn::parse(base).map_err(|MalformedDn| MalformedBase::Dn)?;
        let is_long = base.len() > BASE_BYTES_MAX || pairs.len() > BASE_PAIRS_MAX;
        if is_long || pairs.iter().any(|p| p.joined || p.value.trim().is_empty()) {
            return Err(MalformedBase::Dn);
        }
        let kind = pairs.first().and_then(|p| Attribute::named(p.kind));
        if !matches!(kind, Some(Attribute::Dc | Attribute::O | Attribute::Ou)) {
            return Err(MalformedBase::Kind);
        }
        let mut written = String::with_capacity(base.len());
        for (at, pair) in pairs.iter().enumerate() {
            written.push_str(if at > 0 { "," } else { "" });
            written.push_str(pair.kind);
            written.push('=');
            dn::escape(&pair.value, &mut written);
        }
        let groups = format!("ou=groups,{written}");
        Ok(Self {
            people: format!("ou=people,{written}"),
            group: Group::ALL.map(|group| format!("cn={},{groups}", group.name())),
            groups,
            base: written,
            pairs: pairs.into_iter().map(|p| (p.kind.to_owned(), p.value.into_owned())).collect(),
            domain: None,
        })
    }

    /// With a domain for login names that are written without one: `ada` is then looked for as `ada@example.org`.
    #[must_use]
    pub fn in_domain(self, domain: Option<String>) -> Self {
        Self { domain, ..self }
    }

    /// A login name with its domain.
    pub(super) fn full<'a>(&self, login: &'a str) -> Cow<'a, str> {
        match &self.domain {
            Some(domain) if !login.contains('@') => format!("{}@{domain}", login.trim_end()).into(),
            _ => login.into(),
        }
    }

    /// What a name says. Types and values are compared without regard to case and to spaces.
    pub fn place(&self, name: &str) -> Result<Place, MalformedDn> {
        let pairs = dn::parse(name)?;
        if pairs.is_empty() {
            return Ok(Place::RootDse);
        }
        if pairs.iter().any(|p| p.joined) {
            return Ok(Place::Elsewhere);
        }
        let Some(above) = pairs.len().checked_sub(self.pairs.len()) else {
            return Ok(if is_subschema(&pairs) { Place::Subschema } else { Place::Elsewhere });
        };
        let (mut own, base) = (pairs, self.pairs.iter());
        let is_ours =
            own[above..].iter().zip(base).all(|(p, (kind, value))| is_kind(p, kind) && is_same(&p.value, value));
        if !is_ours {
            return Ok(if is_subschema(&own) { Place::Subschema } else { Place::Elsewhere });
        }
        own.truncate(above);
        let container = own.get(1).filter(|p| is_kind(p, "ou")).map(|p| &*p.value);
        let in_people = container.is_some_and(|value| is_same(value, "people"));
        let in_groups = container.is_some_and(|value| is_same(value, "groups"));
        Ok(match own.as_mut_slice() {
            [] => Place::Base,
            [ou] if is_kind(ou, "ou") && is_same(&ou.value, "people") => Place::People,
            [ou] if is_kind(ou, "ou") && is_same(&ou.value, "groups") => Place::Groups,
            [cn] if is_kind(cn, "cn") => Place::Reader(std::mem::take(&mut cn.value).into_owned()),
            [uid, _] if in_people && is_kind(uid, "uid") => Place::Person(std::mem::take(&mut uid.value).into_owned()),
            [cn, _] if in_groups && is_kind(cn, "cn") => {
                let group = Group::ALL.into_iter().find(|group| is_same(&cn.value, group.name()));
                group.map_or(Place::Elsewhere, Place::Group)
            }
            _ => Place::Elsewhere,
        })
    }

    /// The base, as it is written.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Type and value of the base's first pair.
    pub(super) fn first(&self) -> (Option<Attribute>, &str) {
        let (kind, value) = &self.pairs[0];
        (Attribute::named(kind), value)
    }

    /// The values of those of the base's pairs that are parts of a domain.
    pub(super) fn domain(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(|(kind, _)| Attribute::named(kind) == Some(Attribute::Dc)).map(|(_, value)| &**value)
    }

    pub(super) fn people(&self) -> &str {
        &self.people
    }

    pub(super) fn groups(&self) -> &str {
        &self.groups
    }

    /// The name of a group.
    pub fn group_dn(&self, group: Group) -> &str {
        &self.group[group as usize]
    }

    /// The name of a person, by the canonical login name.
    pub fn person_dn(&self, login: &str) -> String {
        named("uid=", login, &self.people)
    }

    /// The name of a reader.
    pub fn reader_dn(&self, name: &str) -> String {
        named("cn=", name, &self.base)
    }
}

fn named(kind: &str, value: &str, above: &str) -> String {
    let mut name = String::with_capacity(kind.len() + value.len() + 1 + above.len());
    name.push_str(kind);
    dn::escape(value, &mut name);
    name.push(',');
    name.push_str(above);
    name
}

/// Whether it is of this type, by whichever of its names.
fn is_kind(pair: &Pair<'_>, kind: &str) -> bool {
    pair.kind.eq_ignore_ascii_case(kind) || {
        let known = Attribute::named(pair.kind);
        known.is_some() && known == Attribute::named(kind)
    }
}

fn is_subschema(pairs: &[Pair<'_>]) -> bool {
    matches!(pairs, [cn] if is_kind(cn, "cn") && is_same(&cn.value, "subschema"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree() -> Tree {
        Tree::new("dc=example,dc=org").expect("a base")
    }

    #[test]
    fn each_name_has_its_place() {
        let place = |name: &str| tree().place(name).expect(name);
        assert_eq!(place(""), Place::RootDse);
        assert_eq!(place("CN = Subschema"), Place::Subschema);
        assert_eq!(place("DC=Example, dc=ORG"), Place::Base);
        assert_eq!(place("domainComponent=example,0.9.2342.19200300.100.1.25=org"), Place::Base);
        assert_eq!(place("ou=People,dc=example,dc=org"), Place::People);
        assert_eq!(place("uid=ada@example.org,ou=people,dc=example,dc=org"), Place::Person("ada@example.org".into()));
        assert_eq!(place(r"UserID=a\2bb\2C@x,OU=PEOPLE,dc=example,dc=org"), Place::Person("a+b,@x".into()));
        assert_eq!(place("ou=groups,dc=example,dc=org"), Place::Groups);
        assert_eq!(place("cn=Calendars,ou=groups,dc=example,dc=org"), Place::Group(Group::Calendars));
        assert_eq!(place("cn=reader,dc=example,dc=org"), Place::Reader("reader".into()));
        for elsewhere in [
            "dc=org",
            "dc=example,dc=com",
            "o=example,dc=org",
            "cn=wheel,ou=groups,dc=example,dc=org",
            "cn=ada,ou=people,dc=example,dc=org",
            "uid=ada,dc=example,dc=org",
            "uid=ada+cn=ada,ou=people,dc=example,dc=org",
            "cn=mail+ou=groups,dc=example,dc=org",
            "uid=ada+ou=people,dc=example,dc=org",
            "uid=ada,ou=people,ou=people,dc=example,dc=org",
            "uid=ada,cn=people,dc=example,dc=org",
        ] {
            assert_eq!(place(elsewhere), Place::Elsewhere, "{elsewhere}");
        }
        assert_eq!(tree().place("ada@example.org"), Err(MalformedDn));
    }

    #[test]
    fn a_base_is_a_name_of_which_an_entry_can_be_made() {
        assert_eq!(Tree::new(" DC = example , DC=org").expect("a base").base(), "DC=example,DC=org");
        assert_eq!(Tree::new("o=Rot\\2c Weiß,c=DE").expect("a base").base(), "o=Rot\\, Weiß,c=DE");
        let error = |base: &str| Tree::new(base).err();
        assert_eq!(error("example.org"), Some(MalformedBase::Dn));
        assert_eq!(error("dc="), Some(MalformedBase::Dn));
        assert_eq!(error("dc=a+dc=b"), Some(MalformedBase::Dn));
        assert_eq!(error(&format!("dc={}", "a".repeat(300))), Some(MalformedBase::Dn));
        // Found by fuzzing: of a base of as many pairs as a name may have, no person's name could be read.
        assert_eq!(error(&vec!["dc=a"; 17].join(",")), Some(MalformedBase::Dn));
        assert_eq!(error(""), Some(MalformedBase::Kind));
        assert_eq!(error("cn=admin,dc=org"), Some(MalformedBase::Kind));
    }

    proptest! {
        #[test]
        fn whoever_is_written_is_found_again(login in "\\PC{1,30}|[ #+,;<>\"\\\\=@a]{1,8}") {
            let tree = tree();
            prop_assert_eq!(tree.place(&tree.person_dn(&login)), Ok(Place::Person(login.clone())));
            prop_assert_eq!(tree.place(&tree.reader_dn(&login)), Ok(Place::Reader(login)));
        }
    }
}
