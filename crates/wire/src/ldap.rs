//! LDAP version 3 (RFC 4511) as far as servers need it that sign people in and look them up: simple binds, and searches
//! in a small directory that is read and never written.
//!
//! Start reading at [`Session`], then [`Answer`] for what becomes of a search.

mod answer;
mod ber;
mod dn;
mod entry;
mod filter;
mod message;
mod schema;
mod search;
mod session;
mod tree;

pub use answer::{Answer, Next, People};
pub use dn::MalformedDn;
pub use entry::{Entry, Person};
pub use filter::{FILTER_DEPTH_MAX, FILTER_PARTS_MAX, Filter, Lookup, Members, Truth, Wanted};
pub use message::{ResultCode, notice_of_disconnection};
pub use schema::Attribute;
pub use search::{Scope, Search};
pub use session::{
    ANONYMOUS_BYTES_MAX, Bind, BindName, Closing, Event, Identity, MESSAGE_BYTES_MAX, Session, Transport,
};
pub use tree::{Group, MalformedBase, Place, Tree};

#[cfg(test)]
mod tests;
