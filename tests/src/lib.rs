//! What the end-to-end tests share: the shipped binary as a process, and clients of it.

pub mod asking;
pub mod behind;
pub mod book;
pub mod client;
pub mod clock;
pub mod crash;
pub mod cutter;
pub mod program;
pub mod server;
pub mod shipped;
pub mod tryout;
mod whereabouts;
