//! What an app asks by a form: whole, in the body, and from an app that has proved who it is.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_accounts::Client;
use valetkey_domain::oauth::ClientId;
use zeroize::Zeroizing;

use super::refused::{Refused, Unproved};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Fields;

/// What an app asks.
pub(crate) struct Asked {
    /// The app.
    pub(crate) client: Client,
    pub(crate) fields: Fields,
}

impl FromRequest<Arc<Portal>> for Asked {
    type Rejection = Refused;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        // What stands in an address is kept by whoever passes it on (RFC 9700 section 4.3.2).
        if parts.uri.query().is_some() {
            return Err(Refused::InvalidRequest("Parameters belong in the body, and none in the address.".into()));
        }
        let fields = Fields::read(&parts.headers, body).await.map_err(|failure| match failure {
            Failure::Unreadable(_) => {
                Refused::InvalidRequest("The body is no application/x-www-form-urlencoded, or it is too long.".into())
            }
            _ => Refused::Unavailable,
        })?;
        if fields.has_twins() {
            return Err(Refused::InvalidRequest("A parameter is there more than once.".into()));
        }
        let client = client(portal, &parts.headers, &fields).await?;
        Ok(Self { client, fields })
    }
}

impl Asked {
    /// A parameter that must be there.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str, Refused> {
        let text = self.fields.text(name);
        if text.is_empty() { Err(Refused::missing(name)) } else { Ok(text) }
    }
}

/// The client, if it proves who it is: by `Authorization: Basic`, or in the form, and not by both (RFC 6749 section 2.3).
async fn client(portal: &Portal, headers: &HeaderMap, fields: &Fields) -> Result<Client, Refused> {
    let in_form = fields.text("client_id");
    let of_header = headers
        .get(AUTHORIZATION)
        .map(|header| Basic::read(header.as_bytes()).ok_or(Refused::InvalidClient(Unproved::Unreadable)));
    let of_header = of_header.transpose()?;
    let (id, secret) = match &of_header {
        None => (in_form, fields.text("client_secret")),
        Some(_) if !fields.text("client_secret").is_empty() => {
            return Err(Refused::InvalidRequest(
                "A client sends its secret once: by Authorization: Basic, or as client_secret in the form.".into(),
            ));
        }
        Some(basic) if !in_form.is_empty() && in_form != basic.id() => {
            return Err(Refused::InvalidRequest("client_id is another than the one in Authorization: Basic.".into()));
        }
        Some(basic) => (basic.id(), basic.secret()),
    };
    if id.is_empty() {
        return Err(Refused::InvalidClient(Unproved::Unnamed));
    }
    let id: ClientId = id.parse().map_err(|_| Refused::InvalidClient(Unproved::Unknown))?;
    let unknown = if id.is_registered() { Unproved::Forgotten } else { Unproved::Unknown };
    let client = portal.accounts.oauth_client(&id).await?.ok_or(Refused::InvalidClient(unknown))?;
    let knows = |secret: &str| client.knows(Some(secret.as_bytes()).filter(|secret| !secret.is_empty()));
    // As RFC 6749 has it the secret is encoded as in a form first; many encode nothing.
    if knows(secret) || (of_header.is_some() && unescaped(secret).is_some_and(|secret| knows(&secret))) {
        Ok(client)
    } else {
        let why = match (&client.secret, secret.is_empty()) {
            (None, _) => Unproved::NeedlessSecret,
            (Some(_), true) => Unproved::WithoutSecret,
            (Some(_), false) => Unproved::WrongSecret,
        };
        // Whoever has named it finds here what is wrong with a server's configuration.
        tracing::info!(client = id.as_str(), why = why.said(), "a client has not proved who it is");
        Err(Refused::InvalidClient(why))
    }
}

/// `Authorization: Basic`.
struct Basic {
    text: Zeroizing<String>,
    colon: usize,
}

impl Basic {
    fn read(header: &[u8]) -> Option<Self> {
        let (scheme, rest) = header.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let text = Zeroizing::new(String::from_utf8(STANDARD.decode(rest).ok()?).ok()?);
        let colon = text.find(':')?;
        Some(Self { text, colon })
    }

    /// An id has nothing in it that would have to be encoded.
    fn id(&self) -> &str {
        &self.text[..self.colon]
    }

    fn secret(&self) -> &str {
        &self.text[self.colon + 1..]
    }
}

/// What was encoded as the name of a field is.
fn unescaped(text: &str) -> Option<Zeroizing<String>> {
    if text.contains(['&', '=']) {
        return None;
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| Zeroizing::new(name.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_a_client_is_stands_in_the_header_encoded_or_not() {
        let read = |text: &str| Basic::read(format!("Basic {}", STANDARD.encode(text)).as_bytes());
        for (text, secret, decoded) in [
            ("mailer:secret", "secret", Some("secret")),
            ("mailer:a%3Ab%2Bc+d", "a%3Ab%2Bc+d", Some("a:b+c d")),
            ("mailer:abc/d:ef=", "abc/d:ef=", None),
            ("mailer:", "", None),
        ] {
            let found = read(text).expect("it is one");
            assert_eq!((found.id(), found.secret()), ("mailer", secret));
            assert_eq!(unescaped(found.secret()).as_ref().map(|text| text.as_str()), decoded);
        }
        assert!(read("mailer").is_none());
        for bad in ["", "Basic", "Bearer bWFpbGVyOg==", "Basic ???"] {
            assert!(Basic::read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Basic::read(b"basic bWFpbGVyOg==").is_some());
    }
}
