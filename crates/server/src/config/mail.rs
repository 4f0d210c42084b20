//! How letters are sent.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_web::{Protection, Sender};

use super::value::{Endpoint, SecretFile};

/// Letters.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    #[serde(deserialize_with = "sender")]
    pub(crate) from: Option<Sender>,
    #[serde(deserialize_with = "language")]
    pub(crate) language: String,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) smtp: Option<Endpoint>,
    #[serde(deserialize_with = "protection")]
    pub(crate) tls: Protection,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<SecretFile>,
    pub(crate) authorities: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            from: None,
            language: "en".into(),
            directory: None,
            smtp: None,
            tls: Protection::Implicit,
            user: None,
            password_file: None,
            authorities: None,
        }
    }
}

impl Mail {
    /// What each key's own type cannot see: the key, and what is wrong with it.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let Some(smtp) = &self.smtp else { return self.check_directory() };
        if self.directory.is_some() {
            return Err(("directory", "mail.directory and mail.smtp exclude each other: keep one of them"));
        }
        if self.from.is_none() {
            return Err((
                "smtp",
                "mail.smtp needs mail.from: an address where somebody reads what comes back, for example \"Accounts at example.org \
                 <accounts@example.org>\"",
            ));
        }
        if self.tls == Protection::None && !is_here(&smtp.server) {
            return Err((
                "tls",
                "mail.tls may be \"none\" only for a server on this machine's loopback: links that open accounts would pass in clear",
            ));
        }
        if self.user.is_some() != self.password_file.is_some() {
            return Err(("user", "mail.user and mail.password_file belong together: set both, or neither"));
        }
        Ok(())
    }

    fn check_directory(&self) -> Result<(), (&'static str, &'static str)> {
        if self.user.is_some() || self.password_file.is_some() || self.authorities.is_some() {
            return Err(("user", "mail.user, password_file and authorities are for a mail server: set mail.smtp too"));
        }
        Ok(())
    }
}

fn is_here(server: &str) -> bool {
    let address = server.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    server == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

fn sender<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Sender>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

fn language<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let tag = String::deserialize(deserializer)?;
    let unknown = || D::Error::custom(format!("there are no letters in '{tag}'; write it as en, de, ms or ar"));
    if valetkey_web::speaks(&tag) { Ok(tag) } else { Err(unknown()) }
}

fn protection<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Protection, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "implicit" => Ok(Protection::Implicit),
        "starttls" => Ok(Protection::StartTls),
        "none" => Ok(Protection::None),
        other => Err(D::Error::custom(format!("'{other}' is none of implicit, starttls and none"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::read;

    #[test]
    fn letters_have_a_sender_and_cross_no_network_in_clear() {
        for (text, message) in [
            (
                "[mail]\nfrom = \"Accounts\"\n",
                "valetkey.toml, line 2: 'Accounts' is no sender; write it as Accounts at example.org <",
            ),
            ("[mail]\nsmtp = \"mail.example.org:465\"\n", "valetkey.toml, line 2: mail.smtp needs mail.from"),
            (
                "[mail]\nfrom = \"a@example.org\"\nsmtp = \"mail.example.org:25\"\ntls = \"none\"\n",
                "valetkey.toml, line 4: mail.tls may be \"none\" only for a server on this machine",
            ),
            (
                "[mail]\nuser = \"u\"\n",
                "valetkey.toml, line 2: mail.user, password_file and authorities are for a mail",
            ),
            ("[mail]\ntls = \"ssl\"\n", "valetkey.toml, line 2: 'ssl' is none of implicit, starttls and none"),
            ("[mail]\nlanguage = \"fr\"\n", "valetkey.toml, line 2: there are no letters in 'fr'; write it as"),
        ] {
            let error = read(text, &[]).expect_err(text);
            assert!(error.starts_with(message), "{text}: {error}");
        }
        let here = "[mail]\nfrom = \"a@example.org\"\nsmtp = \"localhost:25\"\ntls = \"none\"\n";
        assert!(read(here, &[]).is_ok());
    }
}
