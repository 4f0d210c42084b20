//! Why an app does not get what it asks for, in the words of RFC 6749 section 5.2 and RFC 7591 section 3.2.2.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use valetkey_accounts::{AccountsError, ErrorKind, TokenError};
use valetkey_domain::oauth::SCOPES;

use super::json_of;

/// What an app is told that asks from a device and may not.
pub(super) const NOT_FOR_DEVICES: &str =
    "This client may not ask from a device: the server's operator has to name it with device = true.";

/// Why an app does not get what it asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It asks in another way than it should.
    InvalidRequest(Cow<'static, str>),
    /// It is none, or does not prove that it is the one.
    InvalidClient(Unproved),
    /// It may not have tokens in this way.
    UnauthorizedClient(&'static str),
    /// It may not ask whose a token is.
    MayNotAsk,
    /// The code or the token is none, is used or over, or belongs to somebody else.
    InvalidGrant(Shown),
    /// Nobody has answered yet whether a device is let in (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, and it asks too often.
    SlowDown,
    /// Somebody has said no.
    AccessDenied,
    /// Nobody has answered in time.
    ExpiredToken,
    /// Something that nobody may be given, or was not given.
    InvalidScope(AmissScope),
    /// Another way to tokens than those that there are.
    UnsupportedGrantType,
    /// It wants to be sent back where nobody may be sent.
    InvalidRedirectUri(String),
    /// It registers as something that is not to be had here.
    InvalidClientMetadata(&'static str),
    /// Too often from one network.
    TooOften(Duration),
    /// More tokens than an account's apps need.
    TooManyTokens(Duration),
    /// Nobody knows: temporary.
    Unavailable,
}

/// Why an app is not taken for the one that it says it is. That a client exists is no secret: its id stands in the address by
/// which it brings people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unproved {
    /// It does not say which it is.
    Unnamed,
    /// It says so in a header that cannot be read.
    Unreadable,
    /// None has registered under this id, or it was forgotten.
    Forgotten,
    /// The postmaster has named none with this id.
    Unknown,
    /// It has a secret, and does not send it.
    WithoutSecret,
    /// It has another secret.
    WrongSecret,
    /// It has none, and sends one.
    NeedlessSecret,
}

impl Unproved {
    pub(super) const fn said(self) -> &'static str {
        match self {
            Self::Unnamed => "client_id is missing, and there is no Authorization: Basic that has it.",
            Self::Unreadable => "The Authorization header cannot be read: it is Basic, with id:secret in base64.",
            Self::Forgotten => {
                "No client has registered with this client_id, or it was forgotten: one that nobody lets in is after a day, or \
                 sooner where many register. Register again."
            }
            Self::Unknown => {
                "There is no client with this client_id: the server's operator has to name it in the configuration, or the app \
                 registers itself."
            }
            Self::WithoutSecret => {
                "This client has a secret and must send it: by Authorization: Basic, or as client_secret in the form."
            }
            Self::WrongSecret => {
                "The client's secret is wrong: it is what stands in the secret_file that the server's operator has given this client."
            }
            Self::NeedlessSecret => "This client has no secret: send its client_id alone, and no client_secret.",
        }
    }
}

/// What an app has shown that is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A code or a token, of whichever kind.
    Something,
    Code,
    RefreshToken,
    DeviceCode,
}

impl Shown {
    const fn said(self) -> &'static str {
        match self {
            Self::Something => "The code or token is none, was used or is over, or is not for this client.",
            Self::Code => {
                "The code is none, was used before, is over after a minute, is not for this client, or does not go with this \
                 redirect_uri and code_verifier. Begin again with a new one."
            }
            Self::RefreshToken => {
                "The refresh token is none, was used before (each is good once), is over, was taken back, or is not for this \
                 client. The user has to let the app in anew."
            }
            Self::DeviceCode => {
                "The device_code is none, was used before, is forgotten, or is not for this client. Begin again with a new one."
            }
        }
    }
}

/// What is wrong with the scopes that an app asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmissScope {
    /// Nothing is left that opens anything.
    Nothing,
    /// More than its user has given.
    More,
}

impl AmissScope {
    fn said(self) -> String {
        match self {
            Self::Nothing => no_scope(),
            Self::More => {
                "More is asked for than the app was given when it was let in. Leave scope out to get all of that."
                    .to_owned()
            }
        }
    }
}

/// What an app is told that asks for nothing that there is.
pub(super) fn no_scope() -> String {
    format!("No scope is asked for that opens something. There are: {}.", SCOPES.join(" "))
}

impl Refused {
    /// A parameter that is missing.
    pub(crate) fn missing(name: &'static str) -> Self {
        Self::InvalidRequest(format!("{name} is missing.").into())
    }

    /// The same, which says what was shown that is not good.
    pub(super) fn about(self, shown: Shown) -> Self {
        if matches!(self, Self::InvalidGrant(_)) { Self::InvalidGrant(shown) } else { self }
    }

    fn said(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as S;
        match self {
            Self::InvalidRequest(what) => (S::BAD_REQUEST, "invalid_request", what.clone().into_owned()),
            Self::InvalidClient(why) => (S::UNAUTHORIZED, "invalid_client", why.said().to_owned()),
            Self::UnauthorizedClient(what) => (S::BAD_REQUEST, "unauthorized_client", (*what).to_owned()),
            Self::MayNotAsk => (
                S::FORBIDDEN,
                "unauthorized_client",
                "This client may not ask whose tokens are: the server's operator has to name it with introspect = true."
                    .to_owned(),
            ),
            Self::InvalidGrant(shown) => (S::BAD_REQUEST, "invalid_grant", shown.said().to_owned()),
            Self::AuthorizationPending => (
                S::BAD_REQUEST,
                "authorization_pending",
                "Nobody has answered yet: ask again after the interval.".to_owned(),
            ),
            Self::SlowDown => (
                S::BAD_REQUEST,
                "slow_down",
                "Nobody has answered yet: from now on wait five seconds longer each time.".to_owned(),
            ),
            Self::AccessDenied => (S::BAD_REQUEST, "access_denied", "Somebody has said no.".to_owned()),
            Self::ExpiredToken => {
                (S::BAD_REQUEST, "expired_token", "Nobody has answered in time: begin again.".to_owned())
            }
            Self::InvalidScope(why) => (S::BAD_REQUEST, "invalid_scope", why.said()),
            Self::UnsupportedGrantType => (
                S::BAD_REQUEST,
                "unsupported_grant_type",
                "grant_type is authorization_code, refresh_token, or for clients that may ask from a device \
                 urn:ietf:params:oauth:grant-type:device_code."
                    .to_owned(),
            ),
            Self::InvalidRedirectUri(why) => (S::BAD_REQUEST, "invalid_redirect_uri", why.clone()),
            Self::InvalidClientMetadata(what) => (S::BAD_REQUEST, "invalid_client_metadata", (*what).to_owned()),
            Self::TooOften(_) => {
                let what = "Too often from one network: wait for as many seconds as Retry-After says.";
                (S::TOO_MANY_REQUESTS, "temporarily_unavailable", what.to_owned())
            }
            Self::TooManyTokens(_) => {
                let what = "This account's apps get too many tokens: wait for as many seconds as Retry-After says, and use each \
                            access token until it is over. What was shown is not used up.";
                (S::TOO_MANY_REQUESTS, "temporarily_unavailable", what.to_owned())
            }
            Self::Unavailable => (
                S::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "Nobody can tell at this moment. Try again later.".to_owned(),
            ),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error, description) = self.said();
        let mut response = json_of(status, &json!({ "error": error, "error_description": description }));
        let again_after = match self {
            Self::TooOften(time) | Self::TooManyTokens(time) => Some(time.as_secs().max(1)),
            Self::Unavailable => Some(5),
            _ => None,
        };
        if let Some(seconds) = again_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::InvalidClient(_)) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"OAuth\""));
        }
        response
    }
}

impl From<AccountsError> for Refused {
    fn from(error: AccountsError) -> Self {
        match (&error, error.kind()) {
            (AccountsError::Wait(time), _) => Self::TooOften(*time),
            (AccountsError::TooManyTokens(time), _) => Self::TooManyTokens(*time),
            (AccountsError::NotForDevices, _) => Self::UnauthorizedClient(NOT_FOR_DEVICES),
            (_, ErrorKind::Busy) => Self::Unavailable,
            (_, ErrorKind::Broken) => {
                tracing::warn!(error = %valetkey_accounts::chain(&error), "an app could not be answered");
                Self::Unavailable
            }
            _ => Self::InvalidGrant(Shown::Something),
        }
    }
}

impl From<TokenError> for Refused {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::InvalidGrant => Self::InvalidGrant(Shown::Something),
            TokenError::InvalidScope => Self::InvalidScope(AmissScope::More),
            TokenError::Accounts(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use valetkey_store::StoreError;

    use super::*;

    #[test]
    fn an_outage_is_no_wrong_token_and_no_wrong_secret() {
        let outage = Refused::from(TokenError::Accounts(StoreError::Busy.into()));
        assert_eq!(outage, Refused::Unavailable);
        let response = outage.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(RETRY_AFTER));
        assert_eq!(Refused::from(TokenError::InvalidGrant), Refused::InvalidGrant(Shown::Something));
        assert_eq!(Refused::Unavailable.about(Shown::Code), Refused::Unavailable);
    }

    #[test]
    fn an_app_in_a_loop_is_told_when_it_may_come_again() {
        let error = AccountsError::TooManyTokens(Duration::from_secs(6));
        let response = Refused::from(TokenError::Accounts(error)).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "6");
    }

    #[test]
    fn descriptions_have_only_what_may_stand_in_one() {
        use Refused as R;
        use Unproved as U;
        let unproved =
            [U::Unnamed, U::Unreadable, U::Forgotten, U::Unknown, U::WithoutSecret, U::WrongSecret, U::NeedlessSecret];
        let shown = [Shown::Something, Shown::Code, Shown::RefreshToken, Shown::DeviceCode];
        let all = [
            R::UnauthorizedClient(NOT_FOR_DEVICES),
            R::InvalidScope(AmissScope::Nothing),
            R::InvalidScope(AmissScope::More),
            R::UnsupportedGrantType,
            R::missing("grant_type"),
        ];
        let of_devices = [R::AuthorizationPending, R::SlowDown, R::AccessDenied, R::ExpiredToken];
        let all = all.into_iter().chain(unproved.map(R::InvalidClient)).chain(shown.map(R::InvalidGrant));
        let of_later = [R::TooOften(Duration::ZERO), R::TooManyTokens(Duration::ZERO), R::Unavailable];
        for one in all.chain(of_devices).chain(of_later) {
            let (_, _, text) = one.said();
            assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{text}");
        }
    }
}
