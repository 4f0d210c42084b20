//! What a server that is killed in the middle of writes must still have afterwards.
//!
//! Several writers change a territory of their own, one change at a time, and note what was acknowledged. So of each
//! territory it is known exactly how it must look after a kill: as after the last acknowledged change, or as after the
//! one that was not answered any more, whole or not at all.

mod chance;
pub mod halves;
mod territory;
mod writer;

pub use chance::Chance;
pub use writer::Writer;
