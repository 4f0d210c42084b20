//! What an app that is authorised with the account has: a grant, and tokens that follow from it.

use std::time::Duration;

use super::{ClientId, Requested};
use crate::{AccountId, CredentialState, GrantId, Label, LastUse, Timestamp};

/// How long an access token is good. After that an app shows its refresh token.
pub const ACCESS_TOKEN_TIME: Duration = Duration::from_hours(1);
/// How long a grant is good that nobody uses: its refresh token with it.
pub const GRANT_TIME: Duration = Duration::from_hours(180 * 24);
/// How many grants an account may have that are active at a time, those of an hour among them: more than anybody has apps, and
/// few enough that one app that asks over and over fills neither the store nor its owner's list.
pub const GRANTS_MAX: usize = 100;
/// How long an authorisation code is good (RFC 6749 section 4.1.2: at most ten minutes).
pub const CODE_TIME: Duration = Duration::from_secs(60);
/// How long something that was begun elsewhere waits to be approved: an app on a device, or one that wants an app password.
pub const APPROVAL_TIME: Duration = Duration::from_mins(10);

/// An app's authorisation by the account's owner. It ends as an app password does, and all its tokens with it.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Names it.
    pub id: GrantId,
    /// Whose it is.
    pub account: AccountId,
    /// The app.
    pub client: ClientId,
    /// What the app calls itself.
    pub name: Label,
    /// What it was given.
    pub given: Requested,
    /// Whether it works.
    pub state: CredentialState,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it stops by itself, unless the app comes back before.
    pub expires_at: Timestamp,
    /// How it was last used.
    pub last_use: Option<LastUse>,
}

impl Grant {
    /// Whether the postmaster has given the app its name. Otherwise it registered itself, and its name is whatever it says.
    pub fn is_name_checked(&self) -> bool {
        !self.client.is_registered()
    }
}
