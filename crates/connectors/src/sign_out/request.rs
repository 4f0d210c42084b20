//! One request, sent to where the configuration says: in clear on this machine only, elsewhere over TLS.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::str::FromStr;

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use valetkey_accounts::{SignOutTrouble, chain};

use super::authorities::Authorities;

/// The most of an answer that is read: more than Dovecot says of a hundred login names.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Url {
    host: String,
    port: u16,
    path: HeaderPath,
    authority: HeaderValue,
    is_tls: bool,
}

type HeaderPath = http::uri::PathAndQuery;

/// The text is no address that a request can go to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedUrl {
    /// Something else is written there.
    #[error("'{0}' is no address of HTTP; write it as http://127.0.0.1:8080/path or https://host.example.org/path")]
    Unreadable(String),
    /// It would leave this machine in clear.
    #[error("'{0}' leaves this machine in clear: use https, or a host on this machine's loopback")]
    InClear(String),
}

impl FromStr for Url {
    type Err = MalformedUrl;
    fn from_str(text: &str) -> Result<Self, MalformedUrl> {
        let unreadable = || MalformedUrl::Unreadable(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| unreadable())?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(unreadable()),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(unreadable)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
        if !is_tls && !is_here {
            return Err(MalformedUrl::InClear(text.to_owned()));
        }
        Ok(Self {
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| unreadable())?,
            path: uri.path_and_query().cloned().unwrap_or(HeaderPath::from_static("/")),
            host,
            is_tls,
        })
    }
}

impl Url {
    /// Whether it is reached over TLS.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Sends JSON, and gives the answer's status and body. Whoever calls has a deadline.
    pub(super) async fn post(
        &self,
        authorities: &Authorities,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), SignOutTrouble> {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self.send(authorities, Method::POST, headers, body).await {
            Ok(answer) => Ok((answer.status(), answer.into_body())),
            Err(SendError::Garbled(_)) => Err(SignOutTrouble::Garbled),
            Err(SendError::Untrusted(error)) => {
                tracing::debug!(%error, "another server's certificate is not trusted");
                Err(SignOutTrouble::Untrusted)
            }
            Err(error) => {
                tracing::debug!(error = chain(&error), "another server was not reached");
                Err(SignOutTrouble::Unreachable)
            }
        }
    }

    /// Sends a request of any kind, and gives the answer. Whoever calls has a deadline.
    pub(crate) async fn send(
        &self,
        authorities: &Authorities,
        method: Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Bytes>, SendError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.path.clone().into();
        *request.headers_mut() = headers;
        request.headers_mut().insert(HOST, self.authority.clone());
        let stream = TcpStream::connect((&*self.host, self.port)).await.map_err(SendError::Unreachable)?;
        if !self.is_tls {
            return exchange(stream, request).await;
        }
        let unnamed = |_| SendError::Unreachable(io::ErrorKind::InvalidInput.into());
        let name = ServerName::try_from(self.host.clone()).map_err(unnamed)?;
        let tls = authorities.tls().map_err(|error| SendError::Unreachable(io::Error::other(error)))?;
        exchange(tls.connect(name, stream).await.map_err(not_agreed)?, request).await
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority.to_str().unwrap_or_default(), self.path)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// There is no connection.
    #[error("it does not answer")]
    Unreachable(#[source] io::Error),
    /// The server cannot prove its name, which has another remedy than one that does not answer.
    #[error("its certificate is not trusted")]
    Untrusted(#[source] io::Error),
    /// The connection was lost.
    #[error("it has closed the connection without an answer")]
    Lost(#[source] hyper::Error),
    /// The answer is too long, or was cut off.
    #[error("its answer is longer than any, or not whole")]
    Garbled(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn not_agreed(error: io::Error) -> SendError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    if matches!(cause, Some(rustls::Error::InvalidCertificate(_))) {
        SendError::Untrusted(error)
    } else {
        SendError::Unreachable(error)
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = http1::Builder::new().handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(SendError::Lost)?;
    let ask = async {
        let (head, body) = sender.send_request(request).await.map_err(SendError::Lost)?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(SendError::Garbled)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    };
    // The connection moves only while it is looked at; that it ends first is what the answer tells.
    let connection = async {
        drop(connection.await);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = ask => answer,
        () = connection => Err(SendError::Unreachable(io::ErrorKind::UnexpectedEof.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_this_machine_is_encrypted() {
        for here in
            ["http://127.0.0.1:8080/doveadm/v1", "http://localhost", "http://[::1]:80/x?y=z", "https://a.example"]
        {
            assert!(here.parse::<Url>().is_ok(), "{here}");
        }
        let url: Url = "https://hooks.example.org/a?b=c".parse().expect("it is one");
        assert_eq!(url.to_string(), "https://hooks.example.org/a?b=c");
        assert_eq!((&*url.host, url.port, url.path.as_str(), url.is_tls), ("hooks.example.org", 443, "/a?b=c", true));
        for far in ["http://192.0.2.1/", "http://hooks.example.org/", "http://localhost.example.org/"] {
            assert_eq!(far.parse::<Url>().err(), Some(MalformedUrl::InClear(far.to_owned())));
        }
        for other in ["", "/x", "ftp://127.0.0.1/", "http://", "http://user:secret@127.0.0.1/", "127.0.0.1:80"] {
            assert!(matches!(other.parse::<Url>(), Err(MalformedUrl::Unreadable(_))), "{other}");
        }
    }
}
