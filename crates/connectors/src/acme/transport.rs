//! How requests of ACME reach the server: over TLS, or on this machine's loopback.

use std::pin::Pin;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};

use crate::sign_out::{Authorities, SendError, Url};

/// How long one request may take.
const REQUEST_TIME: Duration = Duration::from_secs(60);

/// Why a request has no answer that could be one of ACME.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("it does not answer in time")]
    TooSlow,
    /// Somebody else answers there: a proxy, another web server.
    #[error("it answers with status {0}, and not as ACME servers say what is wrong")]
    Status(u16),
}

/// Sends each request over a connection of its own: an order has some twenty.
pub(super) struct Transport(pub(super) Authorities);

type Sent = Result<BytesResponse, Error>;

impl HttpClient for Transport {
    fn request(&self, request: Request<BodyWrapper<Bytes>>) -> Pin<Box<dyn Future<Output = Sent> + Send>> {
        let authorities = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            // The addresses are the ACME server's, and none may lead out of this machine in clear.
            let url: Url = head.uri.to_string().parse().map_err(|error| Error::Other(Box::new(error)))?;
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            let sent = url.send(&authorities, head.method, head.headers, body);
            let answer = match tokio::time::timeout(REQUEST_TIME, sent).await {
                Ok(sent) => sent.map_err(TransportError::from),
                Err(_) => Err(TransportError::TooSlow),
            };
            let answer = answer.map_err(|error| Error::Other(Box::new(error)))?;
            let status = answer.status();
            if (status.is_client_error() || status.is_server_error()) && !is_problem(answer.headers()) {
                return Err(Error::Other(Box::new(TransportError::Status(status.as_u16()))));
            }
            Ok(BytesResponse::from(answer.map(Full::new)))
        })
    }
}

fn is_problem(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ["application/problem+json", "application/json"].iter().any(|json| kind.starts_with(json))
}
