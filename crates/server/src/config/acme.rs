//! Certificates by ACME: `[acme]`.

use std::collections::HashSet;
use std::path::PathBuf;

use rustls::pki_types::DnsName;
use serde::{Deserialize, Deserializer};
use valetkey_connectors::acme::LETS_ENCRYPT;
use valetkey_connectors::sign_out::Url;

use super::value::{Address, parsed, within};

/// As many names as Let's Encrypt puts into one certificate.
const DOMAINS_MAX: usize = 100;

/// From where certificates come, and for which names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acme {
    #[serde(default = "usual_directory", deserialize_with = "parsed")]
    pub(crate) directory: Url,
    #[serde(deserialize_with = "host_names")]
    pub(crate) domains: Vec<String>,
    #[serde(default)]
    pub(crate) accept_terms: bool,
    #[serde(default, deserialize_with = "some_address")]
    pub(crate) contact: Option<String>,
    pub(crate) listen: Vec<Address>,
    pub(crate) authorities: Option<PathBuf>,
    #[serde(default = "usual_retry_s", deserialize_with = "within::<1, 21600, _, _>")]
    pub(crate) retry_s: u64,
}

impl Acme {
    /// What each key's own type cannot see: with which key, and what.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        let count = self.domains.len();
        if count == 0 || count > DOMAINS_MAX {
            return Err(("domains", format!("acme.domains must have 1 to {DOMAINS_MAX} names, not {count}")));
        }
        let mut names = HashSet::new();
        if let Some(twice) = self.domains.iter().find(|name| !names.insert(*name)) {
            return Err(("domains", format!("acme.domains has '{twice}' twice")));
        }
        if !self.accept_terms {
            let key = "domains";
            let message =
                "acme.accept_terms is missing: read the terms of whoever issues the certificates, and set it to true";
            return Err((key, message.to_owned()));
        }
        if self.listen.is_empty() {
            let message = "[acme] listens nowhere: set `listen`, for example to [\"[::]:80\"], or to an address on \
                           loopback behind the web server that has port 80";
            return Err(("listen", message.to_owned()));
        }
        if self.authorities.is_some() && !self.directory.is_tls() {
            return Err(("authorities", "acme.authorities is for a directory whose address begins with https".into()));
        }
        Ok(())
    }
}

fn usual_directory() -> Url {
    LETS_ENCRYPT.parse().expect("it is an address of HTTP")
}

fn usual_retry_s() -> u64 {
    60
}

/// Names as certificates have them, in small letters.
fn host_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let name = |text: String| {
        let small = text.to_ascii_lowercase();
        if text.starts_with("*.") {
            let message = "stands for many names, which HTTP-01 cannot prove: write each of them";
            return Err(serde::de::Error::custom(format!("'{text}' {message}")));
        }
        match DnsName::try_from(small.as_str()) {
            Ok(_) if !small.ends_with('.') => Ok(small),
            _ => {
                let message = "is no name of a host; write it as mail.example.org, and other than ASCII as xn--…";
                Err(serde::de::Error::custom(format!("'{text}' {message}")))
            }
        }
    };
    texts.into_iter().map(name).collect()
}

/// A mail address that a URL can be made of.
fn some_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_address = text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"@._+-".contains(&b));
    if is_address {
        return Ok(Some(text));
    }
    Err(serde::de::Error::custom(format!("'{text}' is no mail address; write it as postmaster@example.org")))
}

#[cfg(test)]
mod tests {
    use crate::config::tests::{IMAP, read};

    #[test]
    fn certificates_by_acme_are_for_names_and_under_terms_that_are_agreed_to() {
        let acme = "[acme]\ndomains = [\"mail.example.org\"]\nlisten = [\"[::]:80\"]\n";
        let agreed = format!("{acme}accept_terms = true\n");
        for (text, message) in [
            (acme.to_owned(), "line 2: acme.accept_terms is missing: read the terms"),
            (agreed.replace("mail.", "*."), "line 2: '*.example.org' stands for many names, which HTTP-01 cannot"),
            (agreed.replace("mail.", "mail:"), "line 2: 'mail:example.org' is no name of a host; write it as"),
            (agreed.replace("\"mail.example.org\"", ""), "line 2: acme.domains must have 1 to 100 names, not 0"),
            (
                agreed.replace("\"mail", "\"mail.example.org\", \"Mail"),
                "line 2: acme.domains has 'mail.example.org' twice",
            ),
            (agreed.replace("\"[::]:80\"", ""), "line 3: [acme] listens nowhere: set `listen`"),
            (format!("{agreed}contact = \"Ada\"\n"), "line 5: 'Ada' is no mail address; write it as postmaster@"),
            (format!("{agreed}retry_s = 0\n"), "line 5: 0 is not a whole number from 1 to 21600"),
            (format!("{agreed}directory = \"http://192.0.2.1/\"\n"), "line 5: 'http://192.0.2.1/' leaves this machine"),
            (
                format!("{agreed}directory = \"http://127.0.0.1/\"\nauthorities = \"ca.pem\"\n"),
                "line 6: acme.authorities is for a directory whose address begins with https",
            ),
            (
                format!("{agreed}[http]\nlisten = [\"[::]:80\"]\nin_clear = true\ncallers = {{ a = \"s\" }}\n"),
                ": [::]:80 is listened on twice",
            ),
        ] {
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.contains(message), "{text}: {error}");
        }
        let config = read(&format!("{agreed}{IMAP}"), &[]).expect("no other certificate is needed");
        let acme = config.acme.expect("it is there");
        assert_eq!(acme.directory.to_string(), valetkey_connectors::acme::LETS_ENCRYPT);
    }
}
