//! Search filters (RFC 4511 section 4.5.1.7): read with bounds, evaluated in three values, and asked for what a store
//! would have to look up.

use super::ber::{Malformed, OCTET_STRING, Reader};
use super::dn::folded;
use super::entry::{Entry, PERSON};
use super::message::ResultCode;
use super::schema::{Attribute, Matching, object_class};
use super::search::Fault;
use super::tree::{Place, Tree};

/// How deep a filter may be nested. Clients' have three or four levels.
pub const FILTER_DEPTH_MAX: u32 = 32;
/// How many parts a filter may have: each is looked at for each entry of a walk.
pub const FILTER_PARTS_MAX: u32 = 1024;

/// A filter, with its values prepared for comparison.
pub struct Filter(Node);

enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Item(Item),
}

enum Item {
    /// About an attribute that is not known, by a rule that it does not have, or with a value that is none for it.
    Undefined,
    Present(Attribute),
    Equal(Attribute, String),
    Substrings(Attribute, Vec<Part>),
    AtLeast(Attribute, String),
    AtMost(Attribute, String),
}

enum Part {
    Initial(String),
    Any(String),
    Final(String),
}

/// What a filter says of an entry (RFC 4511 section 4.5.1.7). Only what is true is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not match.
    False,
    /// It cannot be said, and neither can the opposite.
    Undefined,
    /// It matches.
    True,
}

impl From<bool> for Truth {
    fn from(is: bool) -> Self {
        if is { Self::True } else { Self::False }
    }
}

/// Which persons a filter can match at all. A filter must still be evaluated for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None.
    Nobody,
    /// Only those found by one of these.
    Few(Vec<Lookup>),
    /// Any: every account is to be looked at.
    Any,
}

/// By what a person is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A login name, whichever of the account's, in any spelling.
    Login(String),
    /// The account's id.
    Id([u8; 16]),
    /// A display name, in lower case with single spaces; or the login name of somebody without one. A store without an
    /// index for that looks at every account.
    Name(String),
}

/// Which members of a group a filter is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// Not about members.
    Unasked,
    /// Whether these belong to it, by their login names in any spelling.
    Few(Vec<String>),
    /// All of them.
    All,
}

impl Filter {
    /// Reads a filter.
    pub(super) fn parse(reader: &mut Reader<'_>, tree: &Tree) -> Result<Self, Fault> {
        let mut parts = FILTER_PARTS_MAX;
        Node::parse(reader, tree, 1, &mut parts).map(Self)
    }

    /// What it says of an entry.
    pub fn evaluate(&self, entry: &Entry<'_>) -> Truth {
        self.0.evaluate(entry)
    }

    /// Which persons it can match.
    pub fn wanted(&self) -> Wanted {
        self.0.wanted()
    }

    /// Which members of a group must be known to evaluate it.
    pub fn members(&self, tree: &Tree) -> Members {
        let mut members = Members::Unasked;
        self.0.ask_for_members(tree, &mut members);
        members
    }
}

const TOO_MUCH: Fault = Fault::Refused(ResultCode::AdminLimitExceeded, "The filter has too many parts.");

impl Node {
    /// Calls itself no deeper than [`FILTER_DEPTH_MAX`].
    fn parse(reader: &mut Reader<'_>, tree: &Tree, depth: u32, parts: &mut u32) -> Result<Self, Fault> {
        if depth > FILTER_DEPTH_MAX || *parts == 0 {
            return Err(TOO_MUCH);
        }
        *parts -= 1;
        let (choice, body) = reader.any()?;
        let mut body = Reader::new(body);
        Ok(match choice {
            0xa0 | 0xa1 => {
                let mut nodes = Vec::new();
                while !body.is_empty() {
                    nodes.push(Self::parse(&mut body, tree, depth + 1, parts)?);
                }
                if choice == 0xa0 { Self::And(nodes) } else { Self::Or(nodes) }
            }
            0xa2 => {
                let node = Self::parse(&mut body, tree, depth + 1, parts)?;
                if !body.is_empty() {
                    return Err(Fault::Malformed);
                }
                Self::Not(Box::new(node))
            }
            _ => Self::Item(Item::parse(choice, body, tree, parts)?),
        })
    }

    fn evaluate(&self, entry: &Entry<'_>) -> Truth {
        match self {
            Self::And(nodes) => {
                let mut least = Truth::True;
                for node in nodes {
                    least = least.min(node.evaluate(entry));
                    if least == Truth::False {
                        break;
                    }
                }
                least
            }
            Self::Or(nodes) => {
                let mut most = Truth::False;
                for node in nodes {
                    most = most.max(node.evaluate(entry));
                    if most == Truth::True {
                        break;
                    }
                }
                most
            }
            Self::Not(node) => match node.evaluate(entry) {
                Truth::False => Truth::True,
                Truth::Undefined => Truth::Undefined,
                Truth::True => Truth::False,
            },
            Self::Item(item) => item.evaluate(entry),
        }
    }

    fn wanted(&self) -> Wanted {
        match self {
            Self::And(nodes) => nodes.iter().map(Self::wanted).fold(Wanted::Any, |one, other| match (one, other) {
                (Wanted::Nobody, _) | (_, Wanted::Nobody) => Wanted::Nobody,
                (Wanted::Any, few) | (few, Wanted::Any) => few,
                (Wanted::Few(one), Wanted::Few(other)) => Wanted::Few(cheaper(one, other)),
            }),
            Self::Or(nodes) => nodes.iter().map(Self::wanted).fold(Wanted::Nobody, |one, other| match (one, other) {
                (Wanted::Any, _) | (_, Wanted::Any) => Wanted::Any,
                (Wanted::Nobody, few) | (few, Wanted::Nobody) => few,
                (Wanted::Few(mut one), Wanted::Few(other)) => {
                    one.extend(other);
                    Wanted::Few(one)
                }
            }),
            Self::Not(_) => Wanted::Any,
            Self::Item(item) => item.wanted(),
        }
    }

    fn ask_for_members(&self, tree: &Tree, asked: &mut Members) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.ask_for_members(tree, asked)),
            Self::Not(node) => node.ask_for_members(tree, asked),
            Self::Item(Item::Present(Attribute::Member)) => *asked = Members::All,
            Self::Item(Item::Equal(Attribute::Member, dn)) => {
                if let Ok(Place::Person(login)) = tree.place(dn) {
                    match asked {
                        Members::Unasked => *asked = Members::Few(vec![login]),
                        Members::Few(logins) => logins.push(login),
                        Members::All => {}
                    }
                }
            }
            Self::Item(_) => {}
        }
    }
}

/// Which lookups of two to make: those that need no index of names, and the fewer.
fn cheaper(one: Vec<Lookup>, other: Vec<Lookup>) -> Vec<Lookup> {
    let cost = |lookups: &[Lookup]| (lookups.iter().any(|l| matches!(l, Lookup::Name(_))), lookups.len());
    if cost(&other) < cost(&one) { other } else { one }
}

impl Item {
    fn parse(choice: u8, mut body: Reader<'_>, tree: &Tree, parts: &mut u32) -> Result<Self, Malformed> {
        Ok(match choice {
            // approxMatch is equality: there is no rule for what sounds alike (RFC 4511 section 4.5.1.7.6).
            0xa3 | 0xa8 => {
                let (attribute, value) = (body.tagged(OCTET_STRING)?, body.tagged(OCTET_STRING)?);
                Self::equal(known(attribute), value, tree)
            }
            0xa4 => {
                let (attribute, list) = (body.tagged(OCTET_STRING)?, body.tagged(super::ber::SEQUENCE)?);
                Self::substrings(known(attribute), Reader::new(list), parts)?
            }
            0xa5 | 0xa6 => {
                let (attribute, value) = (body.tagged(OCTET_STRING)?, body.tagged(OCTET_STRING)?);
                Self::ordered(choice == 0xa5, known(attribute), value, tree)
            }
            0x87 => known(body.rest()).map_or(Self::Undefined, Self::Present),
            0xa9 => {
                let (rule, attribute) = (body.optional(0x81)?, body.optional(0x82)?);
                let value = body.tagged(0x83)?;
                let is_of_dn = body.optional(0x84)?.is_some_and(|flag| flag != [0]);
                let attribute = attribute.and_then(known).filter(|a| !is_of_dn && rule.is_none_or(|r| is_rule(r, *a)));
                Self::equal(attribute, value, tree)
            }
            // A kind of filter from a later time.
            _ => Self::Undefined,
        })
    }

    fn equal(attribute: Option<Attribute>, value: &[u8], tree: &Tree) -> Self {
        let prepared = attribute.and_then(|attribute| Some((attribute, prepared(attribute, value, tree)?)));
        prepared.map_or(Self::Undefined, |(attribute, value)| Self::Equal(attribute, value))
    }

    fn ordered(at_least: bool, attribute: Option<Attribute>, value: &[u8], tree: &Tree) -> Self {
        let attribute = attribute.filter(|a| matches!(a.matching(), Matching::Uuid | Matching::Time));
        match Self::equal(attribute, value, tree) {
            Self::Equal(attribute, value) if at_least => Self::AtLeast(attribute, value),
            Self::Equal(attribute, value) => Self::AtMost(attribute, value),
            other => other,
        }
    }

    fn substrings(attribute: Option<Attribute>, mut list: Reader<'_>, parts: &mut u32) -> Result<Self, Malformed> {
        let mut read = Vec::new();
        let mut is_text = true;
        if list.is_empty() {
            return Err(Malformed);
        }
        while !list.is_empty() {
            // What is over the limit is no longer kept, and so never matches.
            *parts = parts.saturating_sub(1);
            is_text &= *parts > 0;
            let (tag, value) = list.any()?;
            let first = read.is_empty();
            let Ok(value) = std::str::from_utf8(value) else {
                is_text = false;
                continue;
            };
            match tag {
                0x80 if first => read.push(Part::Initial(piece(value).trim_start().to_owned())),
                0x81 if !matches!(read.last(), Some(Part::Final(_))) => read.push(Part::Any(piece(value))),
                0x82 if !matches!(read.last(), Some(Part::Final(_))) => {
                    read.push(Part::Final(piece(value).trim_end().to_owned()));
                }
                _ if is_text => return Err(Malformed),
                _ => {}
            }
        }
        let attribute = attribute.filter(|a| matches!(a.matching(), Matching::CaseIgnore | Matching::CaseIgnoreIa5));
        Ok(attribute.filter(|_| is_text).map_or(Self::Undefined, |attribute| Self::Substrings(attribute, read)))
    }

    fn evaluate(&self, entry: &Entry<'_>) -> Truth {
        match self {
            Self::Undefined => return Truth::Undefined,
            Self::Present(attribute) => entry.values(*attribute).next().is_some(),
            // Prepared values are folded, so what is not compared in that way must not have been.
            Self::Equal(attribute, value) => {
                entry.values(*attribute).any(|own| own == value || folded(own).eq(value.chars()))
            }
            Self::Substrings(attribute, parts) => entry.values(*attribute).any(|own| contains(own, parts)),
            Self::AtLeast(attribute, value) => entry.values(*attribute).any(|own| own >= value.as_str()),
            Self::AtMost(attribute, value) => entry.values(*attribute).any(|own| own <= value.as_str()),
        }
        .into()
    }

    fn wanted(&self) -> Wanted {
        let attribute = match self {
            Self::Undefined => return Wanted::Nobody,
            Self::Equal(Attribute::Uid | Attribute::Mail, value) => {
                return Wanted::Few(vec![Lookup::Login(value.clone())]);
            }
            Self::Equal(Attribute::Cn | Attribute::Sn | Attribute::DisplayName, value) => {
                return Wanted::Few(vec![Lookup::Name(value.clone())]);
            }
            Self::Equal(Attribute::EntryUuid, value) => {
                return uuid(value).map_or(Wanted::Nobody, |id| Wanted::Few(vec![Lookup::Id(id)]));
            }
            Self::Equal(Attribute::ObjectClass, class) if !PERSON.iter().any(|own| own.eq_ignore_ascii_case(class)) => {
                return Wanted::Nobody;
            }
            Self::Equal(attribute, _) | Self::Present(attribute) | Self::Substrings(attribute, _) => attribute,
            Self::AtLeast(attribute, _) | Self::AtMost(attribute, _) => attribute,
        };
        if PERSONAL.contains(attribute) { Wanted::Any } else { Wanted::Nobody }
    }
}

/// What a person's entry can have.
const PERSONAL: [Attribute; 10] = [
    Attribute::ObjectClass,
    Attribute::Uid,
    Attribute::Mail,
    Attribute::Cn,
    Attribute::Sn,
    Attribute::DisplayName,
    Attribute::MemberOf,
    Attribute::EntryUuid,
    Attribute::CreateTimestamp,
    Attribute::SubschemaSubentry,
];

/// The attribute of this description, if this directory has it.
fn known(description: &[u8]) -> Option<Attribute> {
    Attribute::named(std::str::from_utf8(description).ok()?)
}

/// Whether a matching rule, by name or OID, is an attribute's own equality. For members and groups, which are not
/// nested here, that is also the rule by which nested ones are looked through.
fn is_rule(rule: &[u8], attribute: Attribute) -> bool {
    let names: &[&str] = match attribute.matching() {
        Matching::CaseIgnore => &["caseIgnoreMatch", "2.5.13.2"],
        Matching::CaseIgnoreIa5 => &["caseIgnoreIA5Match", "1.3.6.1.4.1.1466.109.114.2"],
        Matching::ObjectClass => &["objectIdentifierMatch", "2.5.13.0"],
        Matching::DistinguishedName => &["distinguishedNameMatch", "2.5.13.1", "1.2.840.113556.1.4.1941"],
        Matching::Uuid => &["UUIDMatch", "1.3.6.1.1.16.2"],
        Matching::Time => &["generalizedTimeMatch", "2.5.13.27"],
        Matching::Presence => &[],
    };
    names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(rule))
}

/// An assertion's value as it is compared: folded. `None` if it is no value for this attribute, or cannot be compared.
fn prepared(attribute: Attribute, value: &[u8], tree: &Tree) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    match attribute.matching() {
        Matching::CaseIgnore if attribute == Attribute::Uid => Some(folded(&tree.full(text)).collect()),
        Matching::CaseIgnore => Some(folded(text).collect()),
        Matching::CaseIgnoreIa5 => text.is_ascii().then(|| folded(text).collect()),
        Matching::ObjectClass => object_class(text).map(str::to_ascii_lowercase),
        // Written as this directory writes it. What has another name stands for no entry here, and equals none.
        Matching::DistinguishedName => Some(match tree.place(text).ok()? {
            Place::Person(login) => folded(&tree.person_dn(&tree.full(&login))).collect(),
            Place::Group(group) => folded(tree.group_dn(group)).collect(),
            Place::Subschema => super::tree::SUBSCHEMA.to_owned(),
            _ => String::new(),
        }),
        Matching::Uuid => uuid(text).map(super::entry::uuid),
        Matching::Time => {
            let digits = text.strip_suffix('Z')?;
            let digits = digits.strip_suffix(".0").unwrap_or(digits);
            (digits.len() == 14 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| format!("{digits}Z"))
        }
        Matching::Presence => None,
    }
}

/// Reads a UUID as RFC 4122 section 3 writes it, in any case.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut id = [0; 16];
    let mut digits = text.char_indices().filter(|(at, c)| !(matches!(at, 8 | 13 | 18 | 23) && *c == '-'));
    for byte in &mut id {
        let (high, low) = (digits.next()?.1.to_digit(16)?, digits.next()?.1.to_digit(16)?);
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    (text.len() == 36 && digits.next().is_none()).then_some(id)
}

/// A piece of a substring assertion as it is compared: in lower case, with one space where there are several, those at
/// its ends included (RFC 4518 section 2.6.1).
fn piece(text: &str) -> String {
    let mut piece = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_whitespace() {
            piece.extend(character.to_lowercase());
        } else if !piece.ends_with(' ') {
            piece.push(' ');
        }
    }
    piece
}

/// Whether a value has these pieces, in this order and without overlap.
fn contains(value: &str, parts: &[Part]) -> bool {
    let value: String = folded(value).collect();
    let mut rest = value.as_str();
    parts.iter().all(|part| {
        let left = match part {
            Part::Initial(piece) => rest.strip_prefix(piece.as_str()),
            Part::Any(piece) => rest.split_once(piece.as_str()).map(|(_, behind)| behind),
            Part::Final(piece) => rest.strip_suffix(piece.as_str()),
        };
        rest = left.unwrap_or_default();
        left.is_some()
    })
}

#[cfg(test)]
mod tests;
