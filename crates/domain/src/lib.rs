//! What is true in Valetkey: the types, states and rules of accounts, app passwords and second factors, the policy that
//! says who may do what, throttle arithmetic, and secrets as types.
//!
//! Pure and synchronous: no I/O, no async, no ambient clock or randomness, no configuration, no SQL. Time and
//! randomness come in through [`Clock`] and [`Randomness`].
//!
//! Start reading at [`AppPassword`], then [`AppSecret`] and [`policy`].

mod account;
mod app_password;
mod clock;
mod id;
mod keys;
mod link;
mod login_name;
mod network;
pub mod oauth;
pub mod policy;
mod randomness;
mod recovery_code;
mod scope;
mod secret;
pub mod throttle;
mod token;
mod totp;
mod verdict;

pub use account::{Account, AccountState, DisplayName, Kind, Locale, MalformedText, NoticeAddress, Role};
pub use app_password::{
    ACTIVE_MAX, AppPassword, CredentialState, Label, LastUse, RevocationReason, TooManyActive, room_for_one_more,
};
pub use clock::{BootTime, Clock, Timestamp};
pub use id::{
    AccountId, AppPasswordId, BrowserId, CredentialId, EventId, FactorId, GrantId, LinkId, MalformedId, SessionId,
};
pub use keys::{Digest, KeyFile, KeyId, KeyRing, MalformedKeyFile, MasterKey, SealKey};
pub use link::{LinkKind, OneTimeCode};
pub use login_name::{LOGIN_BYTES_MAX, LoginName, MalformedLoginName};
pub use network::{MalformedNetwork, Network, NetworkKey, Networks, TooManyNetworks};
pub use randomness::Randomness;
pub use recovery_code::{RECOVERY_CODES, RecoveryCode};
pub use scope::{CalendarsAndContacts, Choice, MalformedScope, Scope, Scopes, Service, UnknownService};
pub use secret::{AppSecret, Decoded, Plain, PrimaryPassword, RejectedPassword, SecretLength, Shape};
pub use token::Token;
pub use totp::{TotpCode, TotpSeed, TotpStep, provisioning_uri};
pub use verdict::Why;
