//! Why a use-case was not carried out.

use std::time::Duration;

use valetkey_domain::oauth::GRANTS_MAX;
use valetkey_domain::policy::Denied;
use valetkey_domain::{AccountState, AppPasswordId, GrantId, RejectedPassword, TooManyActive};
use valetkey_store::StoreError;

use crate::hasher::{Busy, Uncheckable};

/// Why a use-case was not carried out. What a person reads is the text; what the log gets is the chain.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// No such account.
    #[error("there is no account with this login name")]
    NoSuchAccount,
    /// The account has no such app password.
    #[error("this account has no app password {0}")]
    NoSuchAppPassword(AppPasswordId),
    /// The account has no such grant.
    #[error("this account has authorised no app {0}")]
    NoSuchGrant(GrantId),
    /// More than anybody needs.
    #[error("this account has let in {GRANTS_MAX} apps, and may have no more: remove one first")]
    TooManyGrants,
    /// More tokens than an account's apps need.
    #[error("this account's apps ask for too many tokens: the next is to be had in {} seconds", .0.as_secs().max(1))]
    TooManyTokens(Duration),
    /// An app is to be sent where it has not registered.
    #[error("the app has not registered the address to which it is to be sent back")]
    ForeignRedirect,
    /// A client without an address, or with too many.
    #[error("an app registers 1 to {0} addresses to be sent back to")]
    Redirects(usize),
    /// A client that may not ask from a device.
    #[error("this app may not ask from a device: set `device = true` in its [[oauth.client]]")]
    NotForDevices,
    /// A key of ID tokens could not be made, read or used.
    #[error("a key by which ID tokens are signed could not be made, read or used")]
    SigningKey,
    /// The account has no such second factor.
    #[error("this account has no such second factor")]
    NoSuchFactor,
    /// More than anybody needs.
    #[error("this account has as many second factors as it may have: remove one first")]
    TooManyFactors,
    /// The account has no such login name.
    #[error("this account has no such login name")]
    NoSuchLoginName,
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody has the login name, or had it not long ago.
    #[error("the login name {0} is taken, or was until not long ago")]
    LoginTaken(String),
    /// Somebody else does this.
    #[error(
        "nobody suspends or deletes their own account, or changes their own role: another administrator does, or whoever runs the server"
    )]
    OwnAccount,
    /// The canonical login name stays as long as the account.
    #[error("the first login name of an account cannot be taken from it")]
    CanonicalLogin,
    /// All places are taken.
    #[error(transparent)]
    TooManyActive(#[from] TooManyActive),
    /// A person without a second factor has no app passwords.
    #[error("app passwords need a second factor: add one to this account first")]
    NoSecondFactor,
    /// The account is not in use.
    #[error("the account is {0}{remedy}", remedy = remedy(*.0))]
    NotActive(AccountState),
    /// Devices have no primary password and no second factors.
    #[error("a device's account has no primary password and no second factor: it signs in with app passwords only")]
    Device,
    /// The new password was not taken.
    #[error(transparent)]
    Rejected(#[from] RejectedPassword),
    /// Wrong login name or password.
    #[error("the login name or the password is wrong")]
    WrongPassword,
    /// Wrong, used or late code.
    #[error("the code is wrong, was used before, or is too old")]
    WrongCode,
    /// Not signed in, or not any more.
    #[error("you are not signed in any more: sign in again")]
    NoSession,
    /// A link that was used, is too old, or never was.
    #[error("this link was used already, or its time is over: ask for a new one")]
    LinkOver,
    /// A passkey that is not one of the account's, or did not come from this page.
    #[error("this passkey was not accepted: try again, or sign in another way")]
    WrongPasskey,
    /// Something is wrong with passkeys here, and with nobody's own.
    #[error("passkeys cannot be asked for at this moment")]
    PasskeysBroken,
    /// There is no portal whose address passkeys would be bound to.
    #[error("passkeys need the portal's address, [portal] address, in the configuration")]
    NoPortal,
    /// The notice address is one of the account's own mailboxes.
    #[error(
        "notices must go to an address outside this account's own mailbox: from there they could not be read when it is lost"
    )]
    OwnMailbox,
    /// Nobody may make an account of their own here.
    #[error("accounts here are made by invitation only")]
    RegistrationClosed,
    /// The account has no address for notices.
    #[error("this account has no address for notices: hand the link over in another way")]
    NoNoticeAddress,
    /// Too many wrong ones.
    #[error("too many wrong passwords or codes: try again in {} seconds", .0.as_secs().max(1))]
    Wait(Duration),
    /// A moment that is over.
    #[error("an app password cannot expire in the past")]
    ExpiryInThePast,
    /// Nothing that it would open.
    #[error("an app password must open something: name at least one scope")]
    NoScope,
    /// Too many at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The kept hash is of no use.
    #[error(transparent)]
    Uncheckable(#[from] Uncheckable),
    /// The store is out of reach, or worse.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What kind of answer an error is: each protocol and the command line answer these differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No, and trying again will not help.
    Refused,
    /// There is no such thing.
    NotFound,
    /// Somebody else has it, or all places are taken.
    Conflict,
    /// Not now: too many at once, or too often.
    Busy,
    /// Nobody knows: temporary.
    Broken,
}

/// What to do about a state that is not the one that is needed.
fn remedy(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => " already",
        AccountState::Invited => ": it needs a primary password first (valetkey account reset-password)",
        AccountState::Suspended => ": resume it first",
        AccountState::Closed => "",
    }
}

impl AccountsError {
    /// What kind of answer this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchAccount
            | Self::NoSuchAppPassword(_)
            | Self::NoSuchGrant(_)
            | Self::NoSuchFactor
            | Self::NoSuchLoginName => ErrorKind::NotFound,
            Self::LoginTaken(_) | Self::TooManyActive(_) | Self::TooManyFactors | Self::TooManyGrants => {
                ErrorKind::Conflict
            }
            Self::Wait(_) | Self::TooManyTokens(_) | Self::Busy(_) | Self::Uncheckable(Uncheckable::Busy(_)) => {
                ErrorKind::Busy
            }
            Self::Store(_) | Self::Uncheckable(Uncheckable::Kept) | Self::PasskeysBroken | Self::SigningKey => {
                ErrorKind::Broken
            }
            Self::Denied(_)
            | Self::CanonicalLogin
            | Self::OwnAccount
            | Self::NoSecondFactor
            | Self::NotActive(_)
            | Self::Device
            | Self::Rejected(_)
            | Self::WrongPassword
            | Self::WrongCode
            | Self::NoSession
            | Self::LinkOver
            | Self::WrongPasskey
            | Self::NoPortal
            | Self::NoNoticeAddress
            | Self::OwnMailbox
            | Self::RegistrationClosed
            | Self::ForeignRedirect
            | Self::NotForDevices
            | Self::Redirects(_)
            | Self::ExpiryInThePast
            | Self::NoScope => ErrorKind::Refused,
        }
    }
}
