//! What went wrong with a request, and how a person is told.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use valetkey_accounts::{AccountsError, ErrorKind};
use valetkey_domain::policy::Denied;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Nobody is signed in; afterwards they come back here.
    SignIn(String),
    /// A second factor must be shown first; afterwards they come back here.
    StepUp(String),
    /// The page whose form is no longer this browser's is shown anew: nobody need be signed in there.
    Again(String),
    /// A form that did not come from one of our pages.
    ForeignForm,
    /// A form that cannot be read.
    Unreadable(StatusCode),
    /// There is no such page, or no such thing.
    NotFound,
    /// A link that was used, is too old, or never was.
    LinkOver,
    /// An app that waits no more for an answer.
    ApprovalOver,
    /// Somebody else has the login name by now.
    NameTaken,
    /// An app that is none, or wants somebody sent where it is not; with a word for whoever makes it.
    NoApp(&'static str),
    /// They may not.
    Denied,
    /// Not now.
    Busy,
    /// Nobody knows.
    Broken,
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignIn(_) | Self::StepUp(_) | Self::Again(_) => StatusCode::SEE_OTHER,
            Self::ForeignForm | Self::Denied => StatusCode::FORBIDDEN,
            Self::Unreadable(status) => *status,
            Self::NoApp(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::LinkOver | Self::ApprovalOver => StatusCode::GONE,
            Self::NameTaken => StatusCode::CONFLICT,
            Self::Busy | Self::Broken => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The names of the two messages that say it.
    pub(crate) fn messages(&self) -> [&'static str; 2] {
        match self {
            Self::ForeignForm => ["error-origin", "error-origin-text"],
            Self::Unreadable(_) => ["error-large", "error-large-text"],
            Self::LinkOver => ["error-link", "error-link-text"],
            Self::ApprovalOver => ["error-approval", "error-approval-text"],
            Self::NameTaken => ["error-taken", "error-taken-text"],
            Self::NoApp(_) => ["error-app", "error-app-text"],
            Self::Denied => ["error-denied", "error-denied-text"],
            Self::Busy => ["error-busy", "error-busy-text"],
            Self::Broken => ["error-broken", "error-broken-text"],
            Self::NotFound | Self::SignIn(_) | Self::StepUp(_) | Self::Again(_) => {
                ["error-not-found", "error-not-found-text"]
            }
        }
    }
}

impl From<AccountsError> for Failure {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::NoSession => Self::SignIn(String::new()),
            AccountsError::LinkOver => Self::LinkOver,
            AccountsError::Denied(Denied::StepUpNeeded) => Self::StepUp(String::new()),
            other => match other.kind() {
                ErrorKind::NotFound => Self::NotFound,
                ErrorKind::Busy => Self::Busy,
                ErrorKind::Broken => {
                    tracing::warn!(error = %valetkey_accounts::chain(&other), "a page could not be made");
                    Self::Broken
                }
                ErrorKind::Refused | ErrorKind::Conflict => Self::Denied,
            },
        }
    }
}

/// The guard makes a page of it, in the reader's language.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
