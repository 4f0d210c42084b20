//! OAuth 2, as far as it is true without asking anybody: what an app may ask for, where it may be sent back to, and what it
//! proves itself with (RFC 6749, RFC 7636, RFC 8252, RFC 8628, RFC 9700; draft-ietf-mailmaint-oauth-public).

mod client;
mod device;
mod grant;
mod pkce;
mod redirect;
mod scope;
mod signing_key;
mod token;

pub use client::{ClientId, ClientKind, MalformedClientId};
pub use device::UserCode;
pub use grant::{ACCESS_TOKEN_TIME, APPROVAL_TIME, CODE_TIME, GRANT_TIME, GRANTS_MAX, Grant};
pub use pkce::{CodeChallenge, CodeVerifier};
pub use redirect::{MalformedRedirectUri, RedirectKind, RedirectUri};
pub use scope::{Requested, SCOPES, oauth_name, scope_for};
pub use signing_key::{ID_TOKEN_TIME, KEPT_AFTER, KEY_TIME, PUBLISHED_BEFORE, Rotation};
pub use token::AccessToken;
