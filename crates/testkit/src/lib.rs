//! What tests share: a clock that stands still, randomness from a seed, a PostgreSQL of one's own.
//!
//! A development dependency only; nothing here is shipped.

mod clock;
mod machine;
mod postgres;
mod randomness;

pub use clock::{FixedClock, RealClock};
pub use machine::{free_port, name_of};
pub use postgres::{Postgres, give_away, unprivileged};
pub use randomness::Seeded;
