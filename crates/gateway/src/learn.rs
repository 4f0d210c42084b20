//! What a server behind offers, where apps are told before it is connected to: asked in advance, and now and then again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use valetkey_accounts::{Stop, chain};
use valetkey_wire::conversation::{self, Session as _, UpstreamError, UpstreamStep};
use zeroize::Zeroizing;

use crate::protocol::Protocol;
use crate::upstream::{ConnectError, MailUpstream};

/// How often the server is asked what it offers, and how soon again if it did not say.
const ASK: Duration = Duration::from_secs(300);
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How long it may take to say it.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// A protocol in which apps are told what the server behind offers.
pub trait Learn: Protocol {
    /// The conversation in which it says so.
    type Probe: conversation::Upstream<SignedIn: Send> + Send;

    /// A conversation that begins.
    fn probe(&self) -> Self::Probe;

    /// Takes note of what it has said.
    fn learnt(&self, offered: <Self::Probe as conversation::Upstream>::SignedIn);
}

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

/// Asks a server now and then what it offers, until `stop`.
pub async fn learn<P: Learn>(protocol: P, upstream: Arc<MailUpstream>, mut stop: Stop) {
    let mut complained = false;
    loop {
        let asked = tokio::time::timeout(ANSWER_TIME, ask::<P>(protocol.probe(), &upstream)).await;
        let pause = match asked.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())) {
            Ok(offered) => {
                protocol.learnt(offered);
                complained = false;
                ASK
            }
            Err(error) => {
                if !complained {
                    tracing::warn!(
                        service = P::SERVICE.name(), error = %chain(&error),
                        "the upstream does not say what it offers"
                    );
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

async fn ask<P: Learn>(
    mut probe: P::Probe,
    upstream: &MailUpstream,
) -> Result<<P::Probe as conversation::Upstream>::SignedIn, AskError> {
    let (mut socket, _place) = upstream.connect().await?;
    if upstream.proxy_protocol {
        socket.write_all(&valetkey_wire::proxied::own_header()).await?;
    }
    match &upstream.tls {
        None => converse(&mut probe, &mut socket).await,
        Some(tls) => {
            if let Some(mut before) = P::Session::before_tls_upstream() {
                converse(before.as_mut(), &mut socket).await?;
            }
            let connector = TlsConnector::from(Arc::clone(&tls.config));
            converse(&mut probe, &mut connector.connect(tls.name.clone(), socket).await?).await
        }
    }
}

/// What the server says behind its last word is thrown away.
async fn converse<T: conversation::Upstream + ?Sized>(
    conversation: &mut T,
    socket: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> Result<T::SignedIn, AskError> {
    let (mut heard, mut out) = (Vec::new(), Zeroizing::new(Vec::new()));
    loop {
        let (used, step) = conversation.receive(&heard, &mut out);
        heard.drain(..used);
        socket.write_all(&out).await?;
        socket.flush().await?;
        out.clear();
        match step {
            UpstreamStep::Done(offered) => return Ok(offered),
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
