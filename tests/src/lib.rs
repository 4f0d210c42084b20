//! What the end-to-end tests share: the shipped binary as a process, and clients of it.

pub mod server;
pub mod tryout;
