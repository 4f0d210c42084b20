//! Static files: compiled in, and named by their content, so that browsers may keep them for ever.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use std::sync::Arc;

use crate::Portal;

struct Asset {
    /// `portal-0123456789ab.css`.
    name: String,
    kind: &'static str,
    content: &'static str,
}

/// Every static file.
pub(crate) struct Assets {
    style: Asset,
    script: Asset,
    icons: Asset,
}

impl Assets {
    pub(crate) fn new() -> Self {
        let asset = |stem: &str, extension: &str, kind, content: &'static str| {
            let digest = Sha256::digest(content.as_bytes());
            let version = digest.iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            Asset { name: format!("{stem}-{version}.{extension}"), kind, content }
        };
        Self {
            style: asset("portal", "css", "text/css; charset=utf-8", include_str!("../static/portal.css")),
            script: asset("portal", "js", "text/javascript; charset=utf-8", include_str!("../static/portal.js")),
            icons: asset("icons", "svg", "image/svg+xml", include_str!("../static/icons.svg")),
        }
    }

    pub(crate) fn style(&self) -> &str {
        &self.style.name
    }

    pub(crate) fn script(&self) -> &str {
        &self.script.name
    }

    pub(crate) fn icons(&self) -> &str {
        &self.icons.name
    }

    fn find(&self, name: &str) -> Option<&Asset> {
        [&self.style, &self.script, &self.icons].into_iter().find(|asset| asset.name == name)
    }
}

pub(crate) async fn serve(State(portal): State<Arc<Portal>>, Path(name): Path<String>) -> Response {
    match portal.assets.find(&name) {
        Some(asset) => (
            [
                (CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
                (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            ],
            asset.content,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
