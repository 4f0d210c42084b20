//! Servers that keep their mail themselves and ask Valetkey who may in.

pub mod daemon;
mod postfix;

pub use postfix::Postfix;
