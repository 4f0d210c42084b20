//! Values that are more than a text.

use std::io::Read as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_domain::{LoginName, SecretLength};
use valetkey_gateway::dav::IdentityEncoding;
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

/// A server's name and port, as apps are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Endpoint {
    pub(crate) server: String,
    pub(crate) port: u16,
}

impl TryFrom<String> for Endpoint {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let found = text.rsplit_once(':').and_then(|(server, port)| Some((server, port.parse().ok()?)));
        match found {
            Some((server, port)) if !server.is_empty() && !server.contains(char::is_whitespace) => {
                Ok(Self { server: server.to_owned(), port })
            }
            _ => Err(format!("'{text}' is no server and port; write it as imap.example.org:993")),
        }
    }
}

/// Where browsers find the portal: a scheme, a host and perhaps a port, and nothing behind.
pub(crate) fn origin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let host = text.strip_prefix("https://").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    let is_host = |host: &&str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".:-[]".contains(&b))
    };
    host.filter(is_host).map(|host| format!("https://{host}")).ok_or_else(|| {
        D::Error::custom(format!("'{text}' is no address of a portal; write it as https://accounts.example.org"))
    })
}

/// A whole number within limits.
pub(crate) fn within<'de, const LEAST: u64, const MOST: u64, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let number = u64::deserialize(deserializer)?;
    let wrong = || D::Error::custom(format!("{number} is not a whole number from {LEAST} to {MOST}"));
    if (LEAST..=MOST).contains(&number) { T::try_from(number).map_err(|_| wrong()) } else { Err(wrong()) }
}

/// A domain, in its canonical spelling.
pub(crate) fn domain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    canonical_domain(&String::deserialize(deserializer)?).map(Some).map_err(D::Error::custom)
}

/// Several of them.
pub(crate) fn domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| canonical_domain(text).map_err(D::Error::custom)).collect()
}

fn canonical_domain(text: &str) -> Result<String, String> {
    let canonical = LoginName::parse(&format!("x@{}", text.trim()), None).ok();
    let domain = canonical.as_ref().and_then(LoginName::domain).map(str::to_owned);
    domain.ok_or_else(|| format!("'{text}' is no domain; write it as example.org"))
}

/// One line of text that fits into an answer.
pub(crate) fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    const BYTES_MAX: usize = 200;
    let text = String::deserialize(deserializer)?;
    if text.is_empty() || text.len() > BYTES_MAX || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err(D::Error::custom(format!("this must be one line of 1 to {BYTES_MAX} characters of plain ASCII")));
    }
    Ok(text)
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

/// How letters that ASCII has not stand in the header by which a server is told who somebody is.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "percent")]
    Percent,
}

impl From<Encoding> for IdentityEncoding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => Self::Utf8,
            Encoding::Percent => Self::Percent,
        }
    }
}

/// The most that a secret in a file may be.
const SECRET_BYTES_MAX: u64 = 4096;

/// A secret in a file of its own: a path, or `credential:NAME` for what systemd hands over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
        let unreadable = |error| format!("{} cannot be read: {error}", path.display());
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.permissions().mode() & 0o007 != 0 {
            return Err(format!("{} can be read by everybody: chmod o= it, and make a new secret", path.display()));
        }
        file.take(SECRET_BYTES_MAX).read_to_end(&mut secret).map_err(unreadable)?;
        while secret.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            secret.pop();
        }
        if secret.is_empty() { Err(format!("{} is empty", path.display())) } else { Ok(secret) }
    }
}
