//! What tests share: a clock that stands still, randomness from a seed, a PostgreSQL of one's own.
//!
//! A development dependency only; nothing here is shipped.

mod clock;
mod postgres;
mod randomness;

pub use clock::{FixedClock, RealClock};
pub use postgres::{Postgres, give_away, unprivileged};
pub use randomness::Seeded;
