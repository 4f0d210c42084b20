//! Around every request: what a browser must not be allowed, and pages for what went wrong.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Portal;
use crate::failure::Failure;
use crate::page::{self, Frame};
use crate::visit::language;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Of a response: where besides here its form may end.
#[derive(Clone)]
pub(crate) struct FormsEndAt(pub(crate) String);

pub(crate) async fn guard(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let words = language(&portal, request.headers(), None);
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = match &failure {
            Failure::SignIn(back) => redirect("/sign-in", back, &path),
            Failure::StepUp(back) => redirect("/step-up", back, &path),
            Failure::Again(page) => see(page),
            _ => {
                let page = page::error(&Frame::bare(&portal, &words, &path), &failure);
                (failure.status(), page).into_response()
            }
        };
        if failure.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
    }
    let forms_end_at = response.extensions_mut().remove::<FormsEndAt>();
    finish(response.headers_mut(), &portal);
    if let Some(policy) = forms_end_at.and_then(|FormsEndAt(source)| policy_with(&source)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn policy_with(source: &str) -> Option<HeaderValue> {
    let policy = POLICY.to_str().ok()?.replace("form-action 'self'", &format!("form-action 'self' {source}"));
    HeaderValue::try_from(policy).ok()
}

/// Nothing of a page is kept by the browser or by what stands between, unless it says otherwise.
fn finish(headers: &mut HeaderMap, portal: &Portal) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.extend(ALWAYS);
    if !is_shared(portal) {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// On one's own machine other programs share the name, and some of them speak no TLS.
pub(crate) fn is_shared(portal: &Portal) -> bool {
    portal.settings.origin.starts_with("https://localhost:")
}

fn redirect(to: &str, back: &str, path: &str) -> Response {
    let back = if back.is_empty() { page_of(path) } else { back };
    see(&format!("{to}?next={}", page::in_query(back)))
}

fn see(page: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response()
}

/// The page on which the form of a path stands: what signs out has no page of its own.
pub(crate) fn page_of(path: &str) -> &str {
    match path.strip_suffix("/sign-out") {
        None => path,
        Some(rest) => rest.get(1..).and_then(|rest| rest.find('/')).map_or("/", |end| &path[..=end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_end_at_an_app_where_that_is_asked_for() {
        let policy = policy_with("https://app.example").expect("a policy");
        assert!(
            policy.to_str().expect("a text").contains("; form-action 'self' https://app.example; base-uri 'none';")
        );
    }

    #[test]
    fn after_signing_in_one_comes_to_a_page() {
        for (path, page) in [
            ("/app-passwords/new", "/app-passwords/new"),
            ("/sign-out", "/"),
            ("/connected/17/sign-out", "/connected"),
            ("/security/browsers/01a1/sign-out", "/security"),
        ] {
            assert_eq!(page_of(path), page);
        }
    }
}
