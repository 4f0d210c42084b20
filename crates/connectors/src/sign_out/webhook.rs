//! A webhook: a request signed so that whoever takes it can tell it from a forged or an old one. `docs/other-servers.md` has
//! the check.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::Bytes;
use sha2::Sha256;
use valetkey_accounts::{SignOut, SignOutOutcome, SignOutTrouble};
use valetkey_domain::Timestamp;
use zeroize::Zeroizing;

use super::authorities::Authorities;
use super::request::Url;

const TIME: HeaderName = HeaderName::from_static("valetkey-time");
const SIGNATURE: HeaderName = HeaderName::from_static("valetkey-signature");

/// A webhook.
pub struct Webhook {
    /// Where it is.
    pub url: Url,
    /// Who may sign its certificate.
    pub authorities: Authorities,
    /// What only it and Valetkey know.
    pub secret: Zeroizing<Vec<u8>>,
}

impl Webhook {
    /// Any answer of 200 to 299 says that it was done.
    pub(super) async fn tell(&self, one: &SignOut, now: Timestamp) -> Result<SignOutOutcome, SignOutTrouble> {
        let body = super::details(one).to_string();
        let (status, _) = self.url.post(&self.authorities, self.headers(&body, now)?, Bytes::from(body)).await?;
        if status.is_success() { Ok(SignOutOutcome::Told) } else { Err(SignOutTrouble::Status(status.as_u16())) }
    }

    fn headers(&self, body: &str, now: Timestamp) -> Result<HeaderMap, SignOutTrouble> {
        let time = now.as_secs().to_string();
        let signature = signature(&self.secret, &time, body).ok_or(SignOutTrouble::Garbled)?;
        let signature = HeaderValue::from_str(&signature).map_err(|_| SignOutTrouble::Garbled)?;
        Ok(HeaderMap::from_iter([(TIME, HeaderValue::from(now.as_secs())), (SIGNATURE, signature)]))
    }
}

/// Over the time and the body: neither can be put with another.
fn signature(secret: &[u8], time: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in [time, ".", body] {
        mac.update(part.as_bytes());
    }
    let mut text = String::from("sha256=");
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").ok()?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1795283200.{}' | openssl dgst -sha256 -hmac secret`
    #[test]
    fn the_signature_is_over_time_and_body() {
        assert_eq!(
            signature(b"secret", "1795283200", "{}").as_deref(),
            Some("sha256=66ea3459eb0deb1db4994d74e2caf95d0c6fbce3668093b6628141c00e9ee922")
        );
        assert_ne!(signature(b"secret", "1795283201", "{}"), signature(b"secret", "1795283200", "{}"));
    }
}
