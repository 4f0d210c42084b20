//! Carrying out a search: what must be looked up for it, and writing what matches.
//!
//! All entries are gone through in one order: the base, `ou=people`, `ou=groups`, the groups, then persons by their
//! canonical login names, compared byte by byte. A page ends anywhere in it and the next goes on from there.

use std::sync::Arc;

use super::ber::{self, INTEGER, SEQUENCE};
use super::entry::{Entry, Person};
use super::filter::{Lookup, Members, Truth, Wanted};
use super::message::{self, ResultCode, tag};
use super::search::{Paging, Position, Scope, Search};
use super::tree::{Group, Place};

/// A search while it is carried out: [`Answer::containers`], [`Answer::groups`] and for each of them [`Answer::group`],
/// [`Answer::people`] and for each of them [`Answer::person`], then [`Answer::done`].
pub struct Answer {
    search: Search,
    /// How many entries may still be given.
    left: u32,
    /// Up to where entries were gone through.
    position: Position,
    /// Why nothing more is given although there is more.
    full: Option<Full>,
    /// Whether the base was found.
    is_found: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Full {
    Page,
    Limit,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is room for more.
    Continue,
    /// What was offered last is one too many: call [`Answer::done`].
    Stop,
}

/// Which persons are to be offered to [`Answer::person`], in the order of their canonical login names, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum People {
    /// None.
    Nobody,
    /// Those who are found by one of these.
    Few(Vec<Lookup>),
    /// All whose canonical login name comes after this one, or all.
    All {
        /// Where the last page ended.
        after: Option<String>,
    },
}

/// Entries that are not persons, in their order.
const FIXED: [Place; 6] = [
    Place::Base,
    Place::People,
    Place::Groups,
    Place::Group(Group::Mail),
    Place::Group(Group::Contacts),
    Place::Group(Group::Calendars),
];
/// How many of them are containers, which are written without asking anybody.
const CONTAINERS: usize = 3;

impl Answer {
    /// Begins with a search. `entries_max` is what the operator lets anybody have with one request; who wants more
    /// asks for pages, which are no longer either.
    pub fn new(search: Search, entries_max: u32) -> Self {
        let entries_max = entries_max.max(1);
        let wanted = if search.size_limit == 0 { u32::MAX } else { search.size_limit };
        let limit = wanted.min(entries_max);
        // A page that is longer than the whole may be is no page (RFC 2696 section 3).
        let page = search.paging.as_ref().map_or(u32::MAX, |paging| paging.size.min(entries_max));
        let position = search.paging.as_ref().map_or(Position::START, |paging| paging.from.clone());
        let is_found = match search.base {
            Place::Elsewhere | Place::Reader(_) | Place::Person(_) => false,
            Place::RootDse | Place::Subschema => search.scope == Scope::Base,
            _ => true,
        };
        // Who asks for a page of nothing is done with them.
        let full = (page == 0).then_some(Full::Page);
        Self { left: limit.min(page), position, full, is_found, search }
    }

    /// Appends the base and the two containers beneath it, as far as they are asked for and match.
    pub fn containers(&mut self, out: &mut Vec<u8>) {
        let tree = Arc::clone(&self.search.tree);
        for (at, place) in FIXED.iter().enumerate().take(CONTAINERS) {
            if self.is_due(at, place) {
                let entry = match place {
                    Place::Base => Entry::base(&tree),
                    Place::People => Entry::people(&tree),
                    _ => Entry::groups(&tree),
                };
                self.fixed(at, &entry, out);
            }
        }
    }

    /// The groups that are to be given to [`Answer::group`], in this order.
    pub fn groups(&self) -> Vec<Group> {
        let is_due = |group: &Group| self.is_due(CONTAINERS + *group as usize, &Place::Group(*group));
        Group::ALL.into_iter().filter(is_due).collect()
    }

    /// Which members a group must be given with. For a few it is enough to give those of them who are members.
    pub fn members(&self) -> Members {
        self.search.members()
    }

    /// Appends a group's entry if it matches, with the canonical login names of its members.
    pub fn group<'b>(&mut self, group: Group, members: impl IntoIterator<Item = &'b str>, out: &mut Vec<u8>) -> Next {
        let at = CONTAINERS + group as usize;
        if !self.is_due(at, &FIXED[at]) {
            return if self.full.is_some() { Next::Stop } else { Next::Continue };
        }
        let tree = Arc::clone(&self.search.tree);
        self.fixed(at, &Entry::group(&tree, group, members), out)
    }

    /// Where the search begins.
    pub fn base(&self) -> &Place {
        &self.search.base
    }

    /// Which persons are to be offered.
    pub fn people(&self) -> People {
        if self.full.is_some() {
            return People::Nobody;
        }
        match (&self.search.base, self.search.scope) {
            (Place::Person(login), Scope::Base | Scope::Subtree) => People::Few(vec![Lookup::Login(login.clone())]),
            (Place::Base, Scope::Subtree) | (Place::People, Scope::One | Scope::Subtree) => {
                match self.search.filter.wanted() {
                    Wanted::Nobody => People::Nobody,
                    Wanted::Few(lookups) => People::Few(lookups),
                    Wanted::Any => People::All { after: self.after().map(str::to_owned) },
                }
            }
            // Beneath a person is nothing, but it must be there.
            (Place::Person(login), Scope::One) => People::Few(vec![Lookup::Login(login.clone())]),
            _ => People::Nobody,
        }
    }

    /// Appends a person's entry if it matches. Whoever was gone through before is passed over.
    pub fn person(&mut self, person: &Person<'_>, out: &mut Vec<u8>) -> Next {
        if self.full.is_some() {
            return Next::Stop;
        }
        if matches!(self.search.base, Place::Person(_)) {
            self.is_found = true;
            if self.search.scope == Scope::One {
                return Next::Continue;
            }
        }
        if self.after().is_some_and(|after| person.login <= after) {
            return Next::Continue;
        }
        let tree = Arc::clone(&self.search.tree);
        if self.offer(&Entry::person(&tree, person), out) == Next::Stop {
            return Next::Stop;
        }
        match &mut self.position {
            // Its room is used again: a walk comes by here for everybody.
            Position::Person(login) => {
                login.clear();
                login.push_str(person.login);
            }
            position @ Position::Fixed(_) => *position = Position::Person(person.login.to_owned()),
        }
        Next::Continue
    }

    /// Appends the end of the search: done, or with a cookie for the next page, or cut short at a limit, or without
    /// its base being there.
    pub fn done(self, out: &mut Vec<u8>) {
        let (code, text) = match self.full {
            None if !self.is_found => (ResultCode::NoSuchObject, ""),
            Some(Full::Limit) => (ResultCode::SizeLimitExceeded, "There are more: ask for fewer, or for pages."),
            _ => (ResultCode::Success, ""),
        };
        let is_more = self.full == Some(Full::Page) && self.search.paging.as_ref().is_some_and(|p| p.size > 0);
        ber::constructed(out, SEQUENCE, |out| {
            ber::number(out, INTEGER, self.search.id);
            ber::constructed(out, tag::SEARCH_DONE, |out| message::result_fields(out, code, text));
            if self.search.paging.is_some() {
                Paging::write_end(is_more.then_some(&self.position), out);
            }
        });
    }

    /// Appends that the search failed, such as with unavailable or timeLimitExceeded. What was given stays given.
    pub fn failed(self, code: ResultCode, text: &str, out: &mut Vec<u8>) {
        self.search.refuse(code, text, out);
    }

    /// Answers a search about the server itself, of which nothing needs to be looked up.
    pub(super) fn about_server(mut self, entry: &Entry<'_>, out: &mut Vec<u8>) {
        if self.search.scope == Scope::Base && self.full.is_none() {
            self.offer(entry, out);
        }
        self.done(out);
    }

    /// Whether one of the fixed entries is to be gone through, and was not.
    fn is_due(&self, at: usize, place: &Place) -> bool {
        let next = match self.position {
            Position::Fixed(count) => usize::from(count),
            Position::Person(_) => FIXED.len(),
        };
        self.full.is_none() && at >= next && is_in_scope(&self.search.base, self.search.scope, place)
    }

    fn fixed(&mut self, at: usize, entry: &Entry<'_>, out: &mut Vec<u8>) -> Next {
        let next = self.offer(entry, out);
        if next == Next::Continue {
            self.position = Position::Fixed(u8::try_from(at + 1).expect("there are six"));
        }
        next
    }

    fn offer(&mut self, entry: &Entry<'_>, out: &mut Vec<u8>) -> Next {
        if self.search.filter.evaluate(entry) != Truth::True {
            return Next::Continue;
        }
        if self.left == 0 {
            let paging = self.search.paging.as_ref();
            let is_page = paging.is_some_and(|p| self.search.size_limit == 0 || p.size < self.search.size_limit);
            self.full = Some(if is_page { Full::Page } else { Full::Limit });
            return Next::Stop;
        }
        self.left -= 1;
        entry.write(self.search.id, self.search.selection, self.search.types_only, out);
        Next::Continue
    }

    fn after(&self) -> Option<&str> {
        match &self.position {
            Position::Fixed(_) => None,
            Position::Person(login) => Some(login),
        }
    }
}

/// Whether one of the fixed entries is among those that a search goes through.
fn is_in_scope(base: &Place, scope: Scope, place: &Place) -> bool {
    let is_beneath = match (base, place) {
        (Place::Base, Place::People | Place::Groups) | (Place::Groups, Place::Group(_)) => true,
        (Place::Base, Place::Group(_)) => scope == Scope::Subtree,
        _ => false,
    };
    match scope {
        Scope::Base => base == place,
        Scope::One => is_beneath,
        Scope::Subtree => base == place || is_beneath,
    }
}
