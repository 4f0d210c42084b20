//! Message submission. An app looks at what is offered before it signs in, and so before a server behind is connected to:
//! what that server offers is found out in advance.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use valetkey_accounts::{Stop, chain};
use valetkey_domain::Service;
use valetkey_wire::conversation::{Upstream as _, UpstreamError, UpstreamStep};
pub use valetkey_wire::smtp::Trust;
use valetkey_wire::smtp::{Greeting, Probe, Session};
use zeroize::Zeroizing;

use crate::protocol::Protocol;
use crate::proxied;
use crate::upstream::{ConnectError, Upstream};

/// How often the server is asked what it offers, and how soon again if it did not say.
const ASK: Duration = Duration::from_secs(300);
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How long it may take to say it.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Message submission.
#[derive(Clone)]
pub struct Submission(Arc<ArcSwap<Greeting>>);

/// Why a server did not say what it offers.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the connection to the upstream failed")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

impl Protocol for Submission {
    type Session = Session;
    const SERVICE: Service = Service::Submission;
    const CHECKS_SENDERS: bool = true;
    /// RFC 5321 section 4.5.3.2.7: at least five minutes.
    const IDLE: Duration = Duration::from_secs(360);

    fn session(&self, encrypted: bool) -> Session {
        Session::new(encrypted, true, self.0.load_full())
    }
}

impl Submission {
    /// Under this name. Until the server behind was asked, apps are offered the least.
    pub fn new(host: &str, trust: Trust) -> Self {
        let greeting = Greeting { host: host.to_owned(), keywords: Vec::new(), trust };
        Self(Arc::new(ArcSwap::from_pointee(greeting)))
    }

    /// Asks a server now and then what it offers, until `stop`.
    pub async fn learn(self, upstream: Arc<Upstream>, mut stop: Stop) {
        let mut complained = false;
        loop {
            let asked = tokio::time::timeout(ANSWER_TIME, self.ask(&upstream)).await;
            let pause = match asked.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())) {
                Ok(keywords) => {
                    let greeting = self.0.load();
                    self.0.store(Arc::new(Greeting { keywords, ..Greeting::clone(&greeting) }));
                    complained = false;
                    ASK
                }
                Err(error) => {
                    if !complained {
                        tracing::warn!(error = %chain(&error), "the upstream of submission does not say what it offers");
                    }
                    complained = true;
                    ASK_AGAIN
                }
            };
            if !stop.pause(pause).await {
                return;
            }
        }
    }

    async fn ask(&self, upstream: &Upstream) -> Result<Vec<String>, AskError> {
        let (mut socket, _place) = upstream.connect().await?;
        let settings = upstream.settings();
        if settings.proxy_protocol {
            socket.write_all(&proxied::own_header()?).await?;
        }
        match &settings.tls {
            None => self.converse(socket).await,
            Some(tls) => {
                let connector = TlsConnector::from(Arc::clone(&tls.config));
                self.converse(connector.connect(tls.name.clone(), socket).await?).await
            }
        }
    }

    async fn converse(&self, mut socket: impl AsyncRead + AsyncWrite + Unpin) -> Result<Vec<String>, AskError> {
        let mut probe = Probe::new(&self.0.load().host);
        let (mut heard, mut out) = (Vec::new(), Zeroizing::new(Vec::new()));
        loop {
            let (used, step) = probe.receive(&heard, &mut out);
            heard.drain(..used);
            socket.write_all(&out).await?;
            socket.flush().await?;
            out.clear();
            match step {
                UpstreamStep::Done(keywords) => return Ok(keywords),
                UpstreamStep::Failed(error) => return Err(error.into()),
                UpstreamStep::More if used > 0 => {}
                UpstreamStep::More => {
                    if socket.read_buf(&mut heard).await? == 0 {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                    }
                }
            }
        }
    }
}
