//! Servers behind the gateway.

mod cyrus;
mod front;
mod meddler;
mod sink;
mod xandikos;

pub use cyrus::Cyrus;
pub use front::{ADA, BOB, Front};
pub use meddler::Meddler;
pub use sink::Sink;
pub use xandikos::Xandikos;
