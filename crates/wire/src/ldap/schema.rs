//! The attribute types and object classes that this directory has, and their descriptions in the subschema entry (RFC
//! 4512 section 4.2). There is no password among them, so none can be given or asked for.

/// An attribute type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the standard's, and described in the table below")]
pub enum Attribute {
    ObjectClass,
    Uid,
    Mail,
    Cn,
    Sn,
    DisplayName,
    Member,
    O,
    Ou,
    Dc,
    MemberOf,
    EntryUuid,
    CreateTimestamp,
    SubschemaSubentry,
    NamingContexts,
    SupportedLdapVersion,
    SupportedExtension,
    SupportedControl,
    SupportedFeatures,
    VendorName,
    AttributeTypes,
    ObjectClasses,
}

/// How an attribute's values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    /// caseIgnoreMatch, and by substrings.
    CaseIgnore,
    /// The same for ASCII.
    CaseIgnoreIa5,
    /// By name or OID of an object class.
    ObjectClass,
    DistinguishedName,
    Uuid,
    Time,
    /// Not at all: only whether it is there.
    Presence,
}

/// Who has use of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Given when nothing or `*` is asked for.
    User,
    /// Given for `+`, or by name.
    Directory,
    /// The same, and about the server rather than an entry.
    Server,
}

struct Description {
    attribute: Attribute,
    /// The first is the one that is written.
    names: &'static [&'static str],
    oid: &'static str,
    matching: Matching,
    /// The end of the OID of its syntax (RFC 4517), or the OID of the type that it is a subtype of.
    syntax: &'static str,
    usage: Usage,
}

const fn described(
    attribute: Attribute,
    names: &'static [&'static str],
    oid: &'static str,
    matching: Matching,
    syntax: &'static str,
    usage: Usage,
) -> Description {
    Description { attribute, names, oid, matching, syntax, usage }
}

/// Where the syntaxes of RFC 4517 are registered.
const SYNTAXES: &str = "1.3.6.1.4.1.1466.115.121.1.";
const TEXT: &str = "15";
const IA5: &str = "26";
const OID: &str = "38";
const DN: &str = "12";
const NUMBER: &str = "27";
const TIME: &str = "24";
/// RFC 4530, not among the others.
const UUID: &str = "1.3.6.1.1.16.1";

/// In the order of [`Attribute`]. From RFC 4512, 4519, 4524, 2798, 4530 and 3045; `memberOf` as OpenLDAP has it.
const ATTRIBUTES: [Description; 22] = {
    use Attribute as A;
    use Matching as M;
    use Usage as U;
    [
        described(A::ObjectClass, &["objectClass"], "2.5.4.0", M::ObjectClass, OID, U::User),
        described(A::Uid, &["uid", "userid"], "0.9.2342.19200300.100.1.1", M::CaseIgnore, TEXT, U::User),
        described(A::Mail, &["mail", "rfc822Mailbox"], "0.9.2342.19200300.100.1.3", M::CaseIgnoreIa5, IA5, U::User),
        described(A::Cn, &["cn", "commonName"], "2.5.4.3", M::CaseIgnore, TEXT, U::User),
        described(A::Sn, &["sn", "surname"], "2.5.4.4", M::CaseIgnore, TEXT, U::User),
        described(A::DisplayName, &["displayName"], "2.16.840.1.113730.3.1.241", M::CaseIgnore, TEXT, U::User),
        described(A::Member, &["member"], "2.5.4.31", M::DistinguishedName, DN, U::User),
        described(A::O, &["o", "organizationName"], "2.5.4.10", M::CaseIgnore, TEXT, U::User),
        described(A::Ou, &["ou", "organizationalUnitName"], "2.5.4.11", M::CaseIgnore, TEXT, U::User),
        described(A::Dc, &["dc", "domainComponent"], "0.9.2342.19200300.100.1.25", M::CaseIgnoreIa5, IA5, U::User),
        described(A::MemberOf, &["memberOf"], "1.2.840.113556.1.2.102", M::DistinguishedName, DN, U::Server),
        described(A::EntryUuid, &["entryUUID"], "1.3.6.1.1.16.4", M::Uuid, UUID, U::Directory),
        described(A::CreateTimestamp, &["createTimestamp"], "2.5.18.1", M::Time, TIME, U::Directory),
        described(A::SubschemaSubentry, &["subschemaSubentry"], "2.5.18.10", M::DistinguishedName, DN, U::Directory),
        described(A::NamingContexts, &["namingContexts"], "1.3.6.1.4.1.1466.101.120.5", M::Presence, DN, U::Server),
        described(
            A::SupportedLdapVersion,
            &["supportedLDAPVersion"],
            "1.3.6.1.4.1.1466.101.120.15",
            M::Presence,
            NUMBER,
            U::Server,
        ),
        described(
            A::SupportedExtension,
            &["supportedExtension"],
            "1.3.6.1.4.1.1466.101.120.7",
            M::Presence,
            OID,
            U::Server,
        ),
        described(
            A::SupportedControl,
            &["supportedControl"],
            "1.3.6.1.4.1.1466.101.120.13",
            M::Presence,
            OID,
            U::Server,
        ),
        described(A::SupportedFeatures, &["supportedFeatures"], "1.3.6.1.4.1.4203.1.3.5", M::Presence, OID, U::Server),
        described(A::VendorName, &["vendorName"], "1.3.6.1.1.4", M::Presence, TEXT, U::Server),
        described(A::AttributeTypes, &["attributeTypes"], "2.5.21.5", M::Presence, "3", U::Directory),
        described(A::ObjectClasses, &["objectClasses"], "2.5.21.6", M::Presence, "37", U::Directory),
    ]
};

/// Name, OID, and the rest of the description. As in RFC 4519, 2798 and 2247, with those attributes among the optional
/// ones that this directory has.
const OBJECT_CLASSES: [(&str, &str, &str); 10] = [
    ("top", "2.5.6.0", "ABSTRACT MUST objectClass"),
    ("person", "2.5.6.6", "SUP top STRUCTURAL MUST ( sn $ cn )"),
    ("organizationalPerson", "2.5.6.7", "SUP person STRUCTURAL MAY ou"),
    (
        "inetOrgPerson",
        "2.16.840.1.113730.3.2.2",
        "SUP organizationalPerson STRUCTURAL MAY ( displayName $ mail $ o $ uid )",
    ),
    ("groupOfNames", "2.5.6.9", "SUP top STRUCTURAL MUST ( member $ cn ) MAY ( o $ ou )"),
    ("organization", "2.5.6.4", "SUP top STRUCTURAL MUST o"),
    ("organizationalUnit", "2.5.6.5", "SUP top STRUCTURAL MUST ou"),
    ("dcObject", "1.3.6.1.4.1.1466.344", "SUP top AUXILIARY MUST dc"),
    ("subentry", "2.5.17.0", "SUP top STRUCTURAL MUST cn"),
    ("subschema", "2.5.20.1", "AUXILIARY MAY ( attributeTypes $ objectClasses )"),
];

impl Attribute {
    /// Every one.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        ATTRIBUTES.iter().map(|d| d.attribute)
    }

    /// The one with this name or OID, in any case; `None` if this directory has no such attribute. Those with options
    /// (`cn;lang-en`) are others, which no entry has.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is_it = |d: &&Description| d.names.iter().any(|n| n.eq_ignore_ascii_case(name)) || d.oid == name;
        ATTRIBUTES.iter().find(is_it).map(|d| d.attribute)
    }

    fn description(self) -> &'static Description {
        &ATTRIBUTES[self as usize]
    }

    /// The name that is written.
    pub(super) fn name(self) -> &'static str {
        self.description().names[0]
    }

    pub(super) fn matching(self) -> Matching {
        self.description().matching
    }

    pub(super) fn usage(self) -> Usage {
        self.description().usage
    }
}

/// The name of an object class, given that or its OID, in any case; `None` if no entry is of it.
pub(super) fn object_class(name: &str) -> Option<&'static str> {
    let is_it = |(known, oid, _): &&(&str, &str, &str)| known.eq_ignore_ascii_case(name) || *oid == name;
    OBJECT_CLASSES.iter().find(is_it).map(|(known, ..)| *known)
}

/// The values of `attributeTypes`.
pub(super) fn attribute_types() -> impl Iterator<Item = String> {
    ATTRIBUTES.iter().map(|d| {
        let matching = match d.matching {
            Matching::CaseIgnore => " EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch",
            Matching::CaseIgnoreIa5 => " EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch",
            Matching::ObjectClass => " EQUALITY objectIdentifierMatch",
            Matching::DistinguishedName => " EQUALITY distinguishedNameMatch",
            Matching::Uuid => " EQUALITY UUIDMatch ORDERING UUIDOrderingMatch",
            Matching::Time => " EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch",
            Matching::Presence => "",
        };
        let usage = match d.usage {
            Usage::User => "",
            Usage::Directory => " USAGE directoryOperation",
            Usage::Server => " USAGE dSAOperation",
        };
        let names = match d.names {
            [name] => format!("'{name}'"),
            names => format!("( '{}' )", names.join("' '")),
        };
        let root = if d.syntax.contains('.') { "" } else { SYNTAXES };
        format!("( {} NAME {names}{matching} SYNTAX {root}{}{usage} )", d.oid, d.syntax)
    })
}

/// The values of `objectClasses`.
pub(super) fn object_classes() -> impl Iterator<Item = String> {
    OBJECT_CLASSES.iter().map(|(name, oid, rest)| format!("( {oid} NAME '{name}' {rest} )"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_stands_at_its_place_and_is_found_by_each_of_its_names() {
        for (at, description) in ATTRIBUTES.iter().enumerate() {
            assert_eq!(description.attribute as usize, at, "{}", description.names[0]);
            for name in description.names.iter().chain([&description.oid]) {
                assert_eq!(Attribute::named(name), Some(description.attribute), "{name}");
                assert_eq!(Attribute::named(&name.to_uppercase()), Some(description.attribute), "{name}");
            }
        }
        assert!(ATTRIBUTES.len() <= 32, "a selection is a number of 32 bits");
        for none in ["userPassword", "jpegPhoto", "cn;lang-en", "", "*"] {
            assert_eq!(Attribute::named(none), None, "{none}");
        }
    }

    #[test]
    fn the_subschema_describes_what_it_names() {
        let types: Vec<_> = attribute_types().collect();
        assert!(
            types.contains(
                &"( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) EQUALITY caseIgnoreMatch SUBSTR \
              caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"
                    .to_owned()
            )
        );
        assert!(types.iter().any(|t| t.ends_with("SYNTAX 1.3.6.1.1.16.1 USAGE directoryOperation )")));
        for (name, _, rest) in OBJECT_CLASSES {
            let lists = rest.split("MUST").nth(1).unwrap_or(rest.split("MAY").nth(1).unwrap_or_default());
            let words = lists.split(['(', ')', '$', ' ']).filter(|w| !w.is_empty() && *w != "MAY");
            for word in words {
                assert!(Attribute::named(word).is_some(), "{name} has {word}");
            }
            assert_eq!(object_class(&name.to_uppercase()), Some(name));
        }
        assert_eq!(object_class("2.5.6.6"), Some("person"));
        assert_eq!(object_class("posixAccount"), None);
    }
}
