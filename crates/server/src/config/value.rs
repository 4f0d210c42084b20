//! Values that are more than a text.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_domain::SecretLength;
use zeroize::Zeroizing;

/// An address and port.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Address(pub(crate) SocketAddr);

impl TryFrom<String> for Address {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| format!("'{text}' is not an address and port; write it as 127.0.0.1:993 or [::]:993"))
    }
}

impl std::ops::Deref for Address {
    type Target = SocketAddr;
    fn deref(&self) -> &SocketAddr {
        &self.0
    }
}

/// A value of the domain, read from its text.
pub(crate) fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// A list of them.
pub(crate) fn all_parsed<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

pub(crate) fn letters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretLength, D::Error> {
    match u32::deserialize(deserializer)? {
        16 => Ok(SecretLength::Sixteen),
        24 => Ok(SecretLength::TwentyFour),
        other => Err(D::Error::custom(format!("an app password has 16 or 24 letters, not {other}"))),
    }
}

/// The most that a secret in a file may be.
const SECRET_BYTES_MAX: u64 = 4096;

/// A secret in a file of its own: a path, or `credential:NAME` for what systemd hands over.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretFile(PathBuf);

impl SecretFile {
    /// Reads the secret, without the line end behind it.
    pub(crate) fn read(&self, base: &Path, credentials: Option<&Path>) -> Result<Zeroizing<Vec<u8>>, String> {
        let path = match (self.0.to_str().and_then(|text| text.strip_prefix("credential:")), credentials) {
            (Some(name), Some(directory)) => directory.join(name),
            (Some(name), None) => {
                return Err(format!(
                    "the credential '{name}' was not handed over: this was not started by systemd with LoadCredential={name}"
                ));
            }
            (None, _) => base.join(&self.0),
        };
        let mut secret = Zeroizing::new(Vec::with_capacity(256));
        std::fs::File::open(&path)
            .and_then(|file| file.take(SECRET_BYTES_MAX).read_to_end(&mut secret))
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        while secret.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            secret.pop();
        }
        if secret.is_empty() { Err(format!("{} is empty", path.display())) } else { Ok(secret) }
    }
}
