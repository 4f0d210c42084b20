//! Entries: what there is to see of a person, a group, a container and the server itself.

use std::borrow::Cow;

use super::ber::{self, INTEGER, OCTET_STRING, SEQUENCE, SET};
use super::dn::folded;
use super::message::{PAGED_RESULTS, START_TLS, WHO_AM_I, tag};
use super::schema::{self, Attribute};
use super::search::Selection;
use super::tree::{Group, SUBSCHEMA, Tree};

/// `+` for all operational attributes (RFC 3673), and filters that are true or false by themselves (RFC 4526).
const FEATURES: [&str; 2] = ["1.3.6.1.4.1.4203.1.5.1", "1.3.6.1.4.1.4203.1.5.3"];

/// What is shown of an account. There is no room in it for a password.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    /// The canonical login name: `uid`, and with it the entry's name.
    pub login: &'a str,
    /// Those of the login names that are addresses, the canonical one first.
    pub addresses: &'a [&'a str],
    /// What the person is called. Without it, or if it is empty, the login name stands in.
    pub display_name: Option<&'a str>,
    /// The account's id, which never changes: `entryUUID`.
    pub id: [u8; 16],
    /// The groups it is in.
    pub groups: &'a [Group],
    /// When the account was created, in seconds since 1970.
    pub created: Option<i64>,
}

/// An entry that can be matched and written. Values of one attribute stand together.
pub struct Entry<'a> {
    dn: Cow<'a, str>,
    values: Vec<(Attribute, Cow<'a, str>)>,
}

impl<'a> Entry<'a> {
    fn new(dn: Cow<'a, str>, classes: &[&'static str]) -> Self {
        let mut values = Vec::with_capacity(16);
        values.extend(classes.iter().map(|class| (Attribute::ObjectClass, Cow::Borrowed(*class))));
        Self { dn, values }
    }

    fn with(mut self, attribute: Attribute, value: impl Into<Cow<'a, str>>) -> Self {
        self.values.push((attribute, value.into()));
        self
    }

    /// Gives an entry that stands in no database the same `entryUUID` for ever: clients know groups by it.
    fn identified(self) -> Self {
        let id = uuid_of(&self.dn);
        self.with(Attribute::EntryUuid, uuid(id))
    }

    /// What every entry of the tree ends with.
    fn in_schema(self) -> Self {
        self.with(Attribute::SubschemaSubentry, SUBSCHEMA)
    }

    /// A person's entry. `sn`, which every person must have, is the whole name: which part of a name is the family's
    /// cannot be told.
    pub fn person(tree: &'a Tree, person: &Person<'a>) -> Self {
        let name = person.display_name.filter(|name| !name.trim().is_empty()).unwrap_or(person.login);
        let mut entry = Self::new(tree.person_dn(person.login).into(), &PERSON)
            .with(Attribute::Uid, person.login)
            .with(Attribute::Cn, name)
            .with(Attribute::Sn, name)
            .with(Attribute::DisplayName, name);
        entry.values.extend(person.addresses.iter().map(|address| (Attribute::Mail, Cow::Borrowed(*address))));
        let groups = person.groups.iter().map(|group| (Attribute::MemberOf, Cow::Borrowed(tree.group_dn(*group))));
        entry.values.extend(groups);
        entry = entry.with(Attribute::EntryUuid, uuid(person.id));
        if let Some(created) = person.created.and_then(generalized_time) {
            entry = entry.with(Attribute::CreateTimestamp, created);
        }
        entry.in_schema()
    }

    /// A group's entry, with the canonical login names of those members that are to be shown.
    pub fn group<'b>(tree: &'a Tree, group: Group, members: impl IntoIterator<Item = &'b str>) -> Self {
        let mut entry =
            Self::new(tree.group_dn(group).into(), &["top", "groupOfNames"]).with(Attribute::Cn, group.name());
        entry.values.extend(members.into_iter().map(|login| (Attribute::Member, tree.person_dn(login).into())));
        entry.identified().in_schema()
    }

    /// The base's entry.
    pub(super) fn base(tree: &'a Tree) -> Self {
        let (kind, value) = tree.first();
        let entry = match kind {
            Some(Attribute::Dc) => {
                let domain: Vec<_> = tree.domain().collect();
                Self::new(tree.base().into(), &["top", "organization", "dcObject"])
                    .with(Attribute::Dc, value)
                    .with(Attribute::O, domain.join("."))
            }
            Some(Attribute::Ou) => {
                Self::new(tree.base().into(), &["top", "organizationalUnit"]).with(Attribute::Ou, value)
            }
            _ => Self::new(tree.base().into(), &["top", "organization"]).with(Attribute::O, value),
        };
        entry.identified().in_schema()
    }

    /// The entry of `ou=people`.
    pub(super) fn people(tree: &'a Tree) -> Self {
        let entry = Self::new(tree.people().into(), &["top", "organizationalUnit"]);
        entry.with(Attribute::Ou, "people").identified().in_schema()
    }

    /// The entry of `ou=groups`.
    pub(super) fn groups(tree: &'a Tree) -> Self {
        let entry = Self::new(tree.groups().into(), &["top", "organizationalUnit"]);
        entry.with(Attribute::Ou, "groups").identified().in_schema()
    }

    /// What the server says of itself (RFC 4512 section 5.1).
    pub(super) fn root_dse(tree: &'a Tree, offers_start_tls: bool) -> Self {
        let mut entry = Self::new("".into(), &["top"])
            .with(Attribute::NamingContexts, tree.base())
            .with(Attribute::SupportedLdapVersion, "3");
        if offers_start_tls {
            entry = entry.with(Attribute::SupportedExtension, START_TLS);
        }
        entry = entry.with(Attribute::SupportedExtension, WHO_AM_I).with(Attribute::SupportedControl, PAGED_RESULTS);
        entry.values.extend(FEATURES.map(|oid| (Attribute::SupportedFeatures, Cow::Borrowed(oid))));
        entry.with(Attribute::VendorName, "Valetkey").in_schema()
    }

    /// What attributes and classes there are (RFC 4512 section 4.2).
    pub(super) fn subschema() -> Entry<'static> {
        let mut entry =
            Entry::new(SUBSCHEMA.into(), &["top", "subentry", "subschema"]).with(Attribute::Cn, "subschema");
        entry.values.extend(schema::attribute_types().map(|text| (Attribute::AttributeTypes, text.into())));
        entry.values.extend(schema::object_classes().map(|text| (Attribute::ObjectClasses, text.into())));
        entry
    }

    /// The values of an attribute.
    pub(super) fn values(&self, attribute: Attribute) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(own, _)| *own == attribute).map(|(_, value)| &**value)
    }

    /// Appends the entry as a result of the search with this id (RFC 4511 section 4.5.2).
    pub(super) fn write(&self, id: u32, selection: Selection, types_only: bool, out: &mut Vec<u8>) {
        ber::constructed(out, SEQUENCE, |out| {
            ber::number(out, INTEGER, id);
            ber::constructed(out, tag::SEARCH_ENTRY, |out| {
                ber::text(out, &self.dn);
                ber::constructed(out, SEQUENCE, |out| {
                    for values in self.values.chunk_by(|(one, _), (other, _)| one == other) {
                        let attribute = values[0].0;
                        if !selection.has(attribute) {
                            continue;
                        }
                        ber::constructed(out, SEQUENCE, |out| {
                            ber::text(out, attribute.name());
                            ber::constructed(out, SET, |out| {
                                for (_, value) in values.iter().filter(|_| !types_only) {
                                    ber::primitive(out, OCTET_STRING, value.as_bytes());
                                }
                            });
                        });
                    }
                });
            });
        });
    }
}

/// The classes of a person's entry.
pub(super) const PERSON: [&str; 4] = ["top", "person", "organizationalPerson", "inetOrgPerson"];

/// A UUID made of a name (RFC 9562 section 5.8: version 8, whose making is anybody's own; here FNV-1a of 128 bits,
/// which is no secret and needs to be none).
fn uuid_of(dn: &str) -> [u8; 16] {
    let hash = folded(dn)
        .flat_map(|c| u32::from(c).to_le_bytes())
        .fold(FNV_START, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(FNV_PRIME));
    let mut id = hash.to_be_bytes();
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    id
}

/// From draft-eastlake-fnv section 5.
const FNV_START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// A UUID as RFC 4122 section 3 writes it.
pub(super) fn uuid(id: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in id.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).expect("four bits are a digit"));
        }
    }
    text
}

/// A moment as `GeneralizedTime` (RFC 4517 section 3.3.13); `None` outside the years 0 to 9999, which it cannot write.
fn generalized_time(seconds: i64) -> Option<String> {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The calendar's eras of 400 years, in years that begin in March:
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let days = days.checked_add(719_468)?;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let day = day - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    (0..=9999).contains(&year).then(|| format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_in_the_calendar() {
        for (seconds, text) in [
            (0, "19700101000000Z"),
            (-1, "19691231235959Z"),
            (951_782_399, "20000228235959Z"),
            (951_782_400, "20000229000000Z"),
            (951_868_800, "20000301000000Z"),
            (1_763_749_722, "20251121182842Z"),
            (253_402_300_799, "99991231235959Z"),
        ] {
            assert_eq!(generalized_time(seconds).as_deref(), Some(text));
        }
        assert_eq!(generalized_time(253_402_300_800), None);
        assert_eq!(generalized_time(i64::MAX), None);
        assert_eq!(generalized_time(i64::MIN), None);
    }

    #[test]
    fn an_id_is_written_as_a_uuid() {
        let id = [0x01, 0x93, 0xab, 0xcd, 0xef, 0x00, 0x71, 0x23, 0x84, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12];
        assert_eq!(uuid(id), "0193abcd-ef00-7123-8456-789abcdef012");
    }

    #[test]
    fn a_base_of_another_kind_has_an_entry_too() {
        for (base, class, attribute, value) in [
            ("dc=example,dc=org", "dcObject", Attribute::O, "example.org"),
            ("o=Rot,c=DE", "organization", Attribute::O, "Rot"),
            ("ou=mail,dc=example,dc=org", "organizationalUnit", Attribute::Ou, "mail"),
        ] {
            let tree = Tree::new(base).expect("a base");
            let entry = Entry::base(&tree);
            assert!(entry.values(Attribute::ObjectClass).any(|own| own == class), "{base}");
            assert_eq!(entry.values(attribute).collect::<Vec<_>>(), [value], "{base}");
        }
    }
}
