//! Why an app does not get what it asks for, in the words of RFC 6749 section 5.2 and RFC 7591 section 3.2.2.

use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use valetkey_accounts::{AccountsError, ErrorKind, TokenError};

use super::json_of;

/// Why an app does not get what it asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It asks in another way than it should.
    InvalidRequest(&'static str),
    /// It is none, or does not prove that it is the one.
    InvalidClient,
    /// It may not do this.
    UnauthorizedClient,
    /// The code or the token is none, is used or over, or belongs to somebody else.
    InvalidGrant,
    /// Nobody has answered yet whether a device is let in (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, and it asks too often.
    SlowDown,
    /// Somebody has said no.
    AccessDenied,
    /// Nobody has answered in time.
    ExpiredToken,
    /// Something that nobody may be given, or was not given.
    InvalidScope,
    /// Another way to tokens than those that there are.
    UnsupportedGrantType,
    /// It wants to be sent back where nobody may be sent.
    InvalidRedirectUri(String),
    /// It registers as something that is not to be had here.
    InvalidClientMetadata(&'static str),
    /// Too often from one network.
    TooOften(Duration),
    /// Nobody knows: temporary.
    Unavailable,
}

impl Refused {
    fn said(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as S;
        match self {
            Self::InvalidRequest(what) => (S::BAD_REQUEST, "invalid_request", (*what).to_owned()),
            Self::InvalidClient => (
                S::UNAUTHORIZED,
                "invalid_client",
                "There is no such client, or its secret is wrong. A client that registered itself and was let in by nobody is \
                 forgotten after a day: register again."
                    .to_owned(),
            ),
            Self::UnauthorizedClient => {
                (S::FORBIDDEN, "unauthorized_client", "This client may not do this.".to_owned())
            }
            Self::InvalidGrant => (
                S::BAD_REQUEST,
                "invalid_grant",
                "The code or token is none, was used or is over, or is not for this client.".to_owned(),
            ),
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
            Self::InvalidScope => {
                (S::BAD_REQUEST, "invalid_scope", "None of this can be given, or it was not given before.".to_owned())
            }
            Self::UnsupportedGrantType => (
                S::BAD_REQUEST,
                "unsupported_grant_type",
                "There are authorization_code, refresh_token, and for some clients a device_code.".to_owned(),
            ),
            Self::InvalidRedirectUri(why) => (S::BAD_REQUEST, "invalid_redirect_uri", why.clone()),
            Self::InvalidClientMetadata(what) => (S::BAD_REQUEST, "invalid_client_metadata", (*what).to_owned()),
            Self::TooOften(_) => {
                (S::TOO_MANY_REQUESTS, "temporarily_unavailable", "Too often from one network.".to_owned())
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
            Self::TooOften(time) => Some(time.as_secs().max(1)),
            Self::Unavailable => Some(5),
            _ => None,
        };
        if let Some(seconds) = again_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == Self::InvalidClient {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"OAuth\""));
        }
        response
    }
}

impl From<AccountsError> for Refused {
    fn from(error: AccountsError) -> Self {
        match (&error, error.kind()) {
            (AccountsError::Wait(time), _) => Self::TooOften(*time),
            (AccountsError::NotForDevices, _) => Self::UnauthorizedClient,
            (_, ErrorKind::Busy) => Self::Unavailable,
            (_, ErrorKind::Broken) => {
                tracing::warn!(error = %valetkey_accounts::chain(&error), "an app could not be answered");
                Self::Unavailable
            }
            _ => Self::InvalidGrant,
        }
    }
}

impl From<TokenError> for Refused {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::InvalidGrant => Self::InvalidGrant,
            TokenError::InvalidScope => Self::InvalidScope,
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
        assert_eq!(Refused::from(TokenError::InvalidGrant), Refused::InvalidGrant);
    }

    #[test]
    fn descriptions_have_only_what_may_stand_in_one() {
        use Refused as R;
        let all = [R::InvalidClient, R::UnauthorizedClient, R::InvalidGrant, R::InvalidScope, R::UnsupportedGrantType];
        let of_devices = [R::AuthorizationPending, R::SlowDown, R::AccessDenied, R::ExpiredToken];
        for one in all.into_iter().chain(of_devices).chain([R::TooOften(Duration::ZERO), R::Unavailable]) {
            let (_, _, text) = one.said();
            assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{text}");
        }
    }
}
