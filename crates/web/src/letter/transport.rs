//! How a letter leaves: to a mail server, or into a directory.

use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use valetkey_accounts::AccountsError;
use zeroize::Zeroizing;

use super::directory::Directory;
use super::mail::WriteError;

/// How long each command of a conversation may take.
const COMMAND: Duration = Duration::from_secs(30);
/// Connections to the mail server: letters go one after another.
const CONNECTIONS_MAX: u32 = 1;

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Into a directory, a file for each.
    Directory(PathBuf),
    /// To a mail server that takes them further.
    Smtp(Smtp),
}

/// A mail server.
#[derive(Clone)]
pub struct Smtp {
    /// Its name, as its certificate has it.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// What protects the conversation.
    pub protection: Protection,
    /// Who signs in there: a name and a password.
    pub sign_in: Option<(String, Zeroizing<String>)>,
    /// The certificates of who may sign the server's, as PEM; the public ones if there are none.
    pub authorities: Option<Vec<u8>>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({:?})", self.server, self.port, self.protection)
    }
}

/// What protects the conversation with a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// TLS after `STARTTLS`; without it nothing is sent (RFC 3207).
    StartTls,
    /// Nothing: for a server on this machine.
    None,
}

/// Why letters cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The directory cannot be used.
    #[error("the directory for letters cannot be used")]
    Directory(#[source] std::io::Error),
    /// What is known of the mail server does not make a TLS connection.
    #[error("TLS to the mail server cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
    /// There is no certificate in the file.
    #[error("the file of authorities has no certificate in it")]
    NoAuthority,
}

/// Why a letter was not sent. Never with what the server said in words: it may repeat the letter.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("its link could not be made")]
    Link(#[from] AccountsError),
    #[error("it could not be written")]
    Write(#[from] WriteError),
    #[error("the mail server answered {0}")]
    Refused(String),
    #[error("the mail server cannot be reached, or talked to: {0}")]
    Unreachable(String),
    #[error("the mail server's answer is none")]
    NoAnswer,
    #[error("it took too long")]
    TooSlow,
    #[error("it could not be laid into the directory")]
    Directory(#[source] std::io::Error),
}

/// How a letter leaves.
pub(super) enum Transport {
    Directory(Directory),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Transport {
    pub(super) fn new(delivery: Delivery, our_name: &str) -> Result<Self, MailError> {
        match delivery {
            Delivery::Directory(path) => Directory::make(path).map(Self::Directory).map_err(MailError::Directory),
            Delivery::Smtp(smtp) => smtp.transport(our_name).map(Self::Smtp),
        }
    }

    /// Hands a letter over. When this returns without an error, somebody else looks after it, or it is on the disk.
    pub(super) async fn send(&self, message: &Message, name: &str) -> Result<(), SendError> {
        match self {
            Self::Directory(directory) => directory.keep(name, message.formatted()).await.map_err(SendError::Directory),
            Self::Smtp(smtp) => {
                smtp.send_raw(message.envelope(), &message.formatted()).await.map(drop).map_err(|error| told(&error))
            }
        }
    }

    /// Says goodbye to the mail server.
    pub(super) async fn close(&self) {
        if let Self::Smtp(smtp) = self {
            // A server that does not answer is left alone.
            drop(tokio::time::timeout(Duration::from_secs(1), smtp.shutdown()).await);
        }
    }
}

impl Smtp {
    /// Whether what is known of the server can be used; nothing is connected.
    pub fn check(&self) -> Result<(), MailError> {
        self.tls().map(drop)
    }

    fn transport(self, our_name: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
        let tls = self.tls()?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.server)
            .port(self.port)
            .tls(tls)
            .timeout(Some(COMMAND))
            .hello_name(ClientId::Domain(our_name.to_owned()))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX));
        if let Some((user, password)) = self.sign_in {
            builder = builder.credentials(Credentials::new(user, password.as_str().to_owned()));
        }
        Ok(builder.build())
    }

    fn tls(&self) -> Result<Tls, MailError> {
        if self.protection == Protection::None {
            return Ok(Tls::None);
        }
        let mut parameters = TlsParameters::builder(self.server.clone());
        if let Some(pem) = &self.authorities {
            if !pem.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
                return Err(MailError::NoAuthority);
            }
            let authority = Certificate::from_pem(pem).map_err(MailError::Tls)?;
            parameters = parameters.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        let parameters = parameters.build().map_err(MailError::Tls)?;
        Ok(if self.protection == Protection::Implicit { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
    }
}

fn told(error: &lettre::transport::smtp::Error) -> SendError {
    match error.status() {
        Some(code) => SendError::Refused(code.to_string()),
        None if error.is_response() => SendError::NoAnswer,
        None => SendError::Unreachable(error.to_string()),
    }
}
