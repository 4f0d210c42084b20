//! WebDAV, as far as a gateway must understand it: which paths a request names, and what an account's own root answers
//! (RFC 4918, RFC 4791, RFC 6352, RFC 6764).
//!
//! A path is decoded once, here, and what two servers could read in two ways is refused: what goes on is written anew from
//! what was understood.

mod answer;
mod conditions;
mod document;
mod path;

pub use answer::{Entry, multistatus};
pub use conditions::{ConditionsError, tagged};
pub use document::{Asked, BodyError, Name, REPORT_BYTES_MAX, is_utf8, propfind, report};
pub use path::{Path, PathError, ReferenceError, reference};
