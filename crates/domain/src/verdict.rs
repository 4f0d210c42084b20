//! Why a sign-in was refused.

use std::fmt;

use crate::{CredentialId, Shape};

/// Why a sign-in was refused, for the log, the audit and the owner. The app that tried learns only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The login name is no name at all.
    MalformedLogin,
    /// No account has this login name.
    UnknownLogin,
    /// The account has no app password with this secret.
    WrongSecret,
    /// The app password was revoked.
    Revoked(CredentialId),
    /// The app password has expired.
    Expired(CredentialId),
    /// The access token's time is over, and the app has not shown its refresh token.
    TokenExpired(CredentialId),
    /// The app password does not open this service.
    Scope(CredentialId),
    /// The app password may not be used from this network, or the network is unknown.
    Network(CredentialId),
    /// The server that asked takes the canonical login name alone, and another spelling or name was typed.
    NotCanonical(CredentialId),
    /// The account is suspended, not yet in use, or closed.
    AccountNotActive,
    /// A person's account without a second factor.
    NoSecondFactor,
    /// The app asked to act for somebody else.
    ForeignIdentity,
}

impl Why {
    /// The reason's name, as the log writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MalformedLogin => "malformed-login",
            Self::UnknownLogin => "unknown-login",
            Self::WrongSecret => "wrong-secret",
            Self::Revoked(_) => "revoked",
            Self::Expired(_) => "expired",
            Self::TokenExpired(_) => "token-expired",
            Self::Scope(_) => "scope",
            Self::Network(_) => "network",
            Self::NotCanonical(_) => "not-canonical",
            Self::AccountNotActive => "account-not-active",
            Self::NoSecondFactor => "no-second-factor",
            Self::ForeignIdentity => "foreign-identity",
        }
    }

    /// The app password that was recognised, if one was.
    pub const fn credential(self) -> Option<CredentialId> {
        match self {
            Self::Revoked(id)
            | Self::Expired(id)
            | Self::TokenExpired(id)
            | Self::Scope(id)
            | Self::Network(id)
            | Self::NotCanonical(id) => Some(id),
            _ => None,
        }
    }

    /// What to do about it, for the owner or the postmaster; with the shape of what was sent.
    pub const fn advice(self, shape: Shape) -> &'static str {
        match self {
            Self::MalformedLogin => "The login name has a form that no account can have.",
            Self::UnknownLogin => "There is no account with this login name.",
            Self::WrongSecret if matches!(shape, Shape::AppPassword) => {
                "It looks like an app password, and is none of this account's. Enter it again, letter by letter, or make a new one."
            }
            Self::WrongSecret => {
                "It is no app password: those have 16 letters, or 24. Enter all of one in the app, and not the account's own password."
            }
            Self::Revoked(_) => "This app password was revoked. Make a new one and enter it in the app.",
            Self::Expired(_) => "This app password has expired. Make a new one and enter it in the app.",
            Self::TokenExpired(_) => "The app's token is too old; the app gets a new one by itself.",
            Self::Scope(_) => "This app password does not open this service. Make one that does.",
            Self::Network(_) => {
                "This app password may not be used from this network, or the server that asked did not say which network it is."
            }
            Self::NotCanonical(_) => {
                "The server that asked takes the account's canonical login name alone. Enter that one in the app, as it is shown."
            }
            Self::AccountNotActive => "The account is suspended, closed, or was never taken into use.",
            Self::NoSecondFactor => {
                "The account has no second factor, so none of its app passwords is accepted. Add one."
            }
            Self::ForeignIdentity => "The app asked to act for another account.",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decoded;

    #[test]
    fn a_mistyped_app_password_and_another_password_are_advised_as_what_they_are() {
        let advice = |typed: &str| Why::WrongSecret.advice(Decoded::from_app(typed.as_bytes()).shape());
        assert!(advice("abcd-efgh-ijkl-mnop").contains("Enter it again"));
        for typed in ["abcd-efgh-ijkl-mno", "correct horse battery staple"] {
            assert!(advice(typed).contains("16 letters"), "{typed}");
        }
    }
}
