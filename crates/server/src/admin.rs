//! Administration: what a command asks, and its answer. The same question is answered by the running server, over its
//! administration socket, or by the command itself if no server holds the store.

mod app_password;
mod authorised_app;
mod client;
mod execute;
mod import;
mod joining;
mod report;
mod socket;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use valetkey_accounts::{AccountsError, ErrorKind, chain};
use zeroize::Zeroize;

pub(crate) use client::{Route, ask};
pub(crate) use execute::execute;
pub(crate) use import::{ImportLine, LINES_MAX as IMPORT_LINES_MAX, WrittenPassword};
pub(crate) use report::After;
pub(crate) use socket::{AdminSocket, SocketError};

/// The longest question or answer in bytes.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a command asks. Its JSON form is private to one version of the program.
#[derive(Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    AccountCreate {
        login: String,
        aliases: Vec<String>,
        device: bool,
        name: String,
        notice_address: Option<String>,
        password: Option<Hidden>,
    },
    AccountInvite {
        login: String,
        aliases: Vec<String>,
        name: String,
        notice_address: Option<String>,
        by_mail: bool,
    },
    AccountLink {
        login: String,
    },
    AccountImport {
        lines: Vec<ImportLine>,
        rehearsal: bool,
    },
    AccountList {
        after: Option<String>,
        limit: usize,
    },
    AccountShow {
        login: String,
    },
    AccountRole {
        login: String,
        role: Option<String>,
    },
    AccountAlias {
        login: String,
        alias: String,
        remove: bool,
    },
    AccountSuspend {
        login: String,
    },
    AccountResume {
        login: String,
    },
    AccountDelete {
        login: String,
    },
    ResetPassword {
        login: String,
        password: Hidden,
    },
    ChangePassword {
        login: String,
        old: Hidden,
        code: Hidden,
        new: Hidden,
    },
    OfferTotp {
        login: String,
    },
    EnrolTotp {
        login: String,
        label: String,
        seed: Hidden,
        code: Option<Hidden>,
    },
    RemoveFactor {
        login: String,
        factor: Option<String>,
    },
    RecoveryCodes {
        login: String,
    },
    AppPasswordCreate {
        login: String,
        label: String,
        scopes: Option<String>,
        networks: Vec<String>,
        expires_at: Option<String>,
    },
    AppPasswordList {
        login: String,
        all: bool,
    },
    AppPasswordRevoke {
        login: String,
        id: String,
    },
    AppPasswordRevokeAll {
        login: String,
    },
    AuthorisedAppList {
        login: String,
        all: bool,
    },
    AuthorisedAppRemove {
        login: String,
        id: String,
    },
    Verify {
        login: String,
        secret: Hidden,
        service: String,
        network: Option<String>,
    },
    Connections {
        login: Option<String>,
    },
    OldPasswords {
        since: Option<String>,
        after: Option<After>,
    },
    SignOuts {
        login: Option<String>,
    },
    Audit {
        login: Option<String>,
        since: Option<String>,
        before: Option<String>,
        limit: usize,
    },
}

/// A secret on its way between a command and the server: wiped when dropped, not shown by `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(String);

impl Hidden {
    pub(crate) fn new(secret: String) -> Self {
        Self(secret)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The answer: what `--json` prints, or why there is none.
pub(crate) type Answer = Result<Value, Failure>;

/// Why a command was not carried out.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
}

/// Which exit code a failure has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureKind {
    /// 1: refused, or not found.
    Refused,
    /// 1: a code was wrong; the next may be right.
    WrongCode,
    /// 2: the command was used wrongly.
    Usage,
    /// 75: not now (`EX_TEMPFAIL` of sysexits).
    Temporary,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Usage, message: message.into() }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Refused, message: message.into() }
    }

    pub(crate) fn temporary(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Temporary, message: message.into() }
    }
}

impl From<AccountsError> for Failure {
    fn from(error: AccountsError) -> Self {
        let kind = match error.kind() {
            _ if matches!(error, AccountsError::WrongCode) => FailureKind::WrongCode,
            ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::Conflict => FailureKind::Refused,
            ErrorKind::Busy | ErrorKind::Broken => FailureKind::Temporary,
        };
        Self { kind, message: chain(&error) }
    }
}
