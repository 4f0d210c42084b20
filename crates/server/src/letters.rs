//! What sends letters, by what the configuration says.

use std::path::PathBuf;

use valetkey_accounts::chain;
use valetkey_web::{Delivery, MailError, MailSettings, Sender, Settings, Smtp};
use zeroize::Zeroizing;

use crate::assembly::{AssemblyError, read_secret};
use crate::config::{Config, Endpoint, Mail};

/// Why no letters can be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LettersError {
    #[error(transparent)]
    Secret(#[from] AssemblyError),
    #[error("mail.password_file has no password in it that is text")]
    Password,
    #[error("{path} cannot be read")]
    Authorities {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("mail.from is not set, and {0} makes no address: set it")]
    NoSender(String),
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// How letters are sent.
pub(crate) fn settings(config: &Config, portal: &Settings) -> Result<MailSettings, LettersError> {
    let mail = &config.mail;
    let from = mail.from.clone().map_or_else(|| usual_sender(portal), Ok)?;
    let delivery = match &mail.smtp {
        Some(server) => Delivery::Smtp(smtp(config, server)?),
        None => Delivery::Directory(directory(config)),
    };
    Ok(MailSettings { from, language: mail.language.clone(), delivery })
}

/// Where letters are laid if no mail server takes them.
fn directory(config: &Config) -> PathBuf {
    config.mail.directory.as_deref().map_or_else(|| config.data_dir().join("letters"), |path| config.path(path))
}

/// For letters that go to a directory, where nobody answers them.
fn usual_sender(portal: &Settings) -> Result<Sender, LettersError> {
    let site = portal.site.rsplit_once(':').map_or(&*portal.site, |(host, _)| host);
    format!("accounts@{site}").parse().map_err(|_| LettersError::NoSender(portal.site.clone()))
}

fn smtp(config: &Config, server: &Endpoint) -> Result<Smtp, LettersError> {
    let Mail { tls, user, password_file, authorities, .. } = &config.mail;
    let sign_in = match (user, password_file) {
        (Some(user), Some(file)) => {
            let secret = read_secret(config, file)?;
            let password = std::str::from_utf8(&secret).map_err(|_| LettersError::Password)?;
            Some((user.clone(), Zeroizing::new(password.to_owned())))
        }
        _ => None,
    };
    let authorities = match authorities {
        Some(path) => {
            let path = config.path(path);
            Some(std::fs::read(&path).map_err(|source| LettersError::Authorities { path, source })?)
        }
        None => None,
    };
    let (server, port) = (server.server.clone(), server.port);
    Ok(Smtp { server, port, protection: *tls, sign_in, authorities })
}

/// What `check-config` says of it: the key, and what was found. Nothing is connected.
pub(crate) fn look(config: &Config, portal: &Settings) -> (&'static str, Result<(), String>) {
    let found = settings(config, portal).and_then(|mail| match mail.delivery {
        Delivery::Smtp(smtp) => Ok(smtp.check()?),
        Delivery::Directory(_) => Ok(()),
    });
    let key = match &found {
        Err(LettersError::Secret(_) | LettersError::Password) => "password_file",
        Err(LettersError::Authorities { .. } | LettersError::Mail(_)) => "authorities",
        _ => "from",
    };
    (key, found.map_err(|error| chain(&error)))
}
