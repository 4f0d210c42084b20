//! OAuth: apps that are authorised with the account, instead of holding an app password.
//!
//! A grant is a credential like an app password: its owner makes it behind two factors, it ends with the same events, and
//! what came in by it is cut in the same way. Tokens only stand for it. An access token is good for an hour and goes
//! through the gate ([`crate::Accounts::sign_in_with_token`]); a refresh token is good once, and one that comes a second time
//! ends the grant, since somebody has stolen it (RFC 9700 section 4.14).

mod authorise;
mod client;
mod device;
mod grant;
mod id_token;
mod signing;
mod token;

pub use authorise::Authorisation;
pub(crate) use client::UNUSED_TIME;
pub use client::{Client, ConfiguredClient, NewClient};
pub(crate) use device::Polls;
pub use device::{DeviceCodes, DeviceError};
pub use grant::RemovedGrant;
pub use id_token::who_is;
pub use signing::PublishedKey;
pub(crate) use signing::SigningKeys;
pub use token::{Exchange, IssuedTokens, TokenError};
