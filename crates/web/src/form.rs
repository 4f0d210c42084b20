//! Forms that change something: taken only from this portal's own pages.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use futures_util::StreamExt as _;
use zeroize::{Zeroize, Zeroizing};

use crate::Portal;
use crate::failure::Failure;
use crate::guard::page_of;
use crate::page::in_query;
use crate::visit::Visit;

/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most that a form has: far more than any here needs.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// The most of a longer one that is read.
const THROWN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The hidden field that ties a form to its browser.
pub(crate) const FIELD: &str = "form";

/// The fields of a form. There may be passwords among them: they are wiped when this is dropped.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field's text; an absent one is empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field that may be there several times.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Whether what comes is said to be JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// What is kept of a form while its reader signs in again: nothing secret.
const KEPT: [&str; 6] = ["label", "name", "scope", "days", "networks", "address"];
/// How much of it, as a query.
const KEPT_BYTES: usize = 700;

impl Fields {
    /// The fields of a form that is on its way.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Failure> {
        let is_form = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded");
        if !headers.get(CONTENT_TYPE).is_some_and(is_form) {
            return Err(Failure::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let read = read_body(body).await?;
        Ok(Self(form_urlencoded::parse(&read).into_owned().collect()))
    }

    /// Whether a field is there more than once.
    pub(crate) fn has_twins(&self) -> bool {
        let mut names = HashSet::new();
        !self.0.iter().all(|(name, _)| names.insert(name))
    }

    /// What stood in a page's address.
    pub(crate) fn of_query(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// As a query, to begin the form again.
    fn kept(&self) -> String {
        let typed = self.0.iter().filter(|(name, value)| KEPT.contains(&name.as_str()) && !value.is_empty());
        let pairs: Vec<String> = typed.map(|(name, value)| format!("{name}={}", in_query(value))).collect();
        let query = pairs.join("&");
        if query.is_empty() || query.len() > KEPT_BYTES { String::new() } else { format!("?{query}") }
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

/// A form that came from one of our own pages.
pub(crate) struct Posted {
    pub(crate) visit: Visit,
    pub(crate) fields: Fields,
}

impl FromRequest<Arc<Portal>> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Failure> {
        if !is_same_origin(request.headers(), &portal.settings.origin) {
            return Err(Failure::ForeignForm);
        }
        let (mut parts, body) = request.into_parts();
        let visit = <Visit as axum::extract::FromRequestParts<_>>::from_request_parts(&mut parts, portal).await?;
        let fields = Fields::read(&parts.headers, body).await?;
        let expected = visit.form_token();
        if expected.is_empty() || fields.text(FIELD) != expected {
            // Most often the session has ended in the middle of a form: nobody is signed in, and the field is of before.
            let back = || format!("{}{}", page_of(&visit.path), fields.kept());
            return Err(match visit.session() {
                _ if is_for_anybody(&visit.path) => Failure::Again(visit.path),
                None => Failure::SignIn(back()),
                Some(_) => Failure::ForeignForm,
            });
        }
        Ok(Self { visit, fields })
    }
}

/// What is on its way, if it is not too long and does not take too long.
pub(crate) async fn read_body(body: Body) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let read = tokio::time::timeout(PATIENCE, read(body)).await.map_err(|_| Failure::Busy)?;
    read.map_err(Failure::Unreadable)
}

/// The bytes of a form. One that is too long is read on for a while and thrown away: to whoever is still sending, an answer
/// together with the end of the connection would look like a broken one.
async fn read(body: Body) -> Result<Zeroizing<Vec<u8>>, StatusCode> {
    let mut pieces = body.into_data_stream();
    let (mut read, mut length) = (Zeroizing::new(Vec::with_capacity(1024)), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| StatusCode::BAD_REQUEST)?;
        length += piece.len();
        if length <= FORM_BYTES_MAX {
            read.extend_from_slice(&piece);
        } else if length > THROWN_BYTES_MAX {
            break;
        }
    }
    if length <= FORM_BYTES_MAX { Ok(read) } else { Err(StatusCode::PAYLOAD_TOO_LARGE) }
}

/// Whether a page is one on which nobody need be signed in.
fn is_for_anybody(path: &str) -> bool {
    ["/invite/", "/reset/", "/notice-address/", "/register", "/forgot"].iter().any(|begin| path.starts_with(begin))
}

/// By `Sec-Fetch-Site` where the browser says it, else by `Origin`. Who says neither is no browser of these years, and must
/// bring the form's token all the same.
fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (said("sec-fetch-site"), said(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == own,
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_may_send_forms() {
        let own = "https://accounts.example.org";
        for (headers, may) in [
            (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (vec![("sec-fetch-site", "cross-site"), ("origin", own)], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("origin", own)], true),
            (vec![("origin", "https://accounts.example.org.evil.example")], false),
            (vec![("origin", "null")], false),
            (vec![], true),
        ] {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_same_origin(&map, own), may, "{headers:?}");
        }
    }
}
