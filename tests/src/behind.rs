//! Servers behind the gateway for calendars and contacts.

mod front;
mod sink;
mod xandikos;

pub use front::{ADA, BOB, Front};
pub use sink::Sink;
pub use xandikos::Xandikos;
