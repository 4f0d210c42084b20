//! Search requests (RFC 4511 section 4.5.1), with the paged results control (RFC 2696).

use std::sync::Arc;

use super::ber::{self, BOOLEAN, ENUMERATED, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE};
use super::dn::MalformedDn;
use super::filter::{Filter, Members};
use super::message::{self, Controls, ResultCode, tag};
use super::schema::{Attribute, Usage};
use super::tree::{Place, Tree};
use crate::sasl::IDENTITY_BYTES_MAX;

/// A search to be carried out: ask [`super::Answer`] what for, or refuse it.
pub struct Search {
    pub(super) id: u32,
    pub(super) tree: Arc<Tree>,
    pub(super) base: Place,
    pub(super) scope: Scope,
    /// The most entries that are wanted; 0 is any number.
    pub(super) size_limit: u32,
    pub(super) types_only: bool,
    pub(super) filter: Filter,
    pub(super) selection: Selection,
    pub(super) paging: Option<Paging>,
}

/// How far beneath its base a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The base alone.
    Base,
    /// What is directly beneath it, without the base.
    One,
    /// The base and everything beneath it.
    Subtree,
}

/// Which page of the results is asked for.
pub(super) struct Paging {
    /// Its most entries.
    pub(super) size: u32,
    pub(super) from: Position,
}

/// How far a search has come: all entries are gone through in one order, whatever the search. It is what a cookie says,
/// and all that it says, so that a forged one does no more than to skip entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// So many of the entries that are not persons.
    Fixed(u8),
    /// Those and the persons up to this login name.
    Person(String),
}

/// Why a search is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be read: the connection is to be closed.
    Malformed,
    /// It can, and is answered with this.
    Refused(ResultCode, &'static str),
}

impl From<Malformed> for Fault {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// The attributes that are to be given, as a set of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection(u32);

impl Selection {
    /// Reads a list of attribute descriptions (RFC 4511 section 4.5.1.8). Those that are not known are ignored.
    fn parse(mut list: Reader<'_>) -> Result<Self, Malformed> {
        let of_usage = |is_user: bool| {
            let own = Attribute::all().filter(|a| (a.usage() == Usage::User) == is_user);
            own.fold(0, |bits, attribute| bits | 1 << attribute as u32)
        };
        if list.is_empty() {
            return Ok(Self(of_usage(true)));
        }
        let mut bits = 0;
        while !list.is_empty() {
            bits |= match list.tagged(OCTET_STRING)? {
                b"*" => of_usage(true),
                b"+" => of_usage(false),
                // `1.1`, for none at all, is a name that nothing has.
                name => {
                    let known = std::str::from_utf8(name).ok().and_then(Attribute::named);
                    known.map_or(0, |attribute| 1 << attribute as u32)
                }
            };
        }
        Ok(Self(bits))
    }

    /// Whether an attribute is to be given.
    pub(super) fn has(self, attribute: Attribute) -> bool {
        self.0 & 1 << attribute as u32 != 0
    }
}

impl Search {
    /// Reads a request. `deref` and the time limit are read past: there are no aliases, and how long a search may take
    /// is for the caller to say.
    pub(super) fn parse(
        id: u32,
        mut body: Reader<'_>,
        controls: &Controls<'_>,
        tree: &Arc<Tree>,
    ) -> Result<Self, Fault> {
        let base = body.tagged(OCTET_STRING)?;
        let scope = body.number(ENUMERATED)?;
        body.number(ENUMERATED)?;
        let size_limit = body.number(INTEGER)?;
        body.number(INTEGER)?;
        let Some(types_only) = body.optional(BOOLEAN)? else { return Err(Fault::Malformed) };
        let filter = Filter::parse(&mut body, tree)?;
        let selection = Selection::parse(Reader::new(body.tagged(SEQUENCE)?))?;
        let base = std::str::from_utf8(base).map_err(|_| MalformedDn).and_then(|base| tree.place(base));
        Ok(Self {
            id,
            tree: Arc::clone(tree),
            base: base.map_err(|MalformedDn| Fault::Refused(ResultCode::InvalidDnSyntax, "The base is not a DN."))?,
            scope: match scope {
                0 => Scope::Base,
                1 => Scope::One,
                2 => Scope::Subtree,
                _ => return Err(Fault::Refused(ResultCode::ProtocolError, "This scope is not known.")),
            },
            size_limit,
            types_only: types_only != [0],
            filter,
            selection,
            paging: controls.paged.map(Paging::parse).transpose()?,
        })
    }

    /// Where it begins.
    pub fn base(&self) -> &Place {
        &self.base
    }

    /// How far it goes.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What is looked for.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Appends its refusal, such as insufficientAccessRights, or unavailable when the store does not answer. What has
    /// been given of it before stays given.
    pub fn refuse(&self, code: ResultCode, text: &str, out: &mut Vec<u8>) {
        message::result(out, self.id, tag::SEARCH_DONE, code, text);
    }

    /// Which members a group's entry must be given for this search, for its filter and for what is to be shown.
    pub(super) fn members(&self) -> Members {
        if self.selection.has(Attribute::Member) && !self.types_only {
            Members::All
        } else {
            self.filter.members(&self.tree)
        }
    }
}

impl Paging {
    fn parse(value: &[u8]) -> Result<Self, Fault> {
        const MALFORMED: Fault = Fault::Refused(ResultCode::ProtocolError, "The paged results control cannot be read.");
        let mut outer = Reader::new(value);
        let mut fields = Reader::new(outer.tagged(SEQUENCE).map_err(|Malformed| MALFORMED)?);
        let size = fields.number(INTEGER).map_err(|Malformed| MALFORMED)?;
        let cookie = fields.tagged(OCTET_STRING).map_err(|Malformed| MALFORMED)?;
        let from = Position::from_cookie(cookie)
            .ok_or(Fault::Refused(ResultCode::UnwillingToPerform, "The cookie is none that was given here."))?;
        Ok(Self { size, from })
    }

    /// Appends the control with which a page ends, in the place of a message's controls. Without a position there is
    /// nothing more.
    pub(super) fn write_end(position: Option<&Position>, out: &mut Vec<u8>) {
        ber::constructed(out, tag::CONTROLS, |out| {
            ber::constructed(out, SEQUENCE, |out| {
                ber::text(out, message::PAGED_RESULTS);
                ber::constructed(out, OCTET_STRING, |out| {
                    ber::constructed(out, SEQUENCE, |out| {
                        // How many there are in all is not known.
                        ber::number(out, INTEGER, 0);
                        ber::primitive(out, OCTET_STRING, &position.map(Position::cookie).unwrap_or_default());
                    });
                });
            });
        });
    }
}

impl Position {
    /// Before everything.
    pub(super) const START: Self = Self::Fixed(0);

    fn from_cookie(cookie: &[u8]) -> Option<Self> {
        match cookie {
            [] => Some(Self::START),
            [b'f', count] => Some(Self::Fixed(*count)),
            [b'p', login @ ..] if login.len() <= IDENTITY_BYTES_MAX => {
                Some(Self::Person(String::from_utf8(login.to_vec()).ok()?))
            }
            _ => None,
        }
    }

    fn cookie(&self) -> Vec<u8> {
        match self {
            Self::Fixed(count) => vec![b'f', *count],
            Self::Person(login) => [b"p", login.as_bytes()].concat(),
        }
    }
}
