//! The administration socket: a Unix socket that only the server's own user and root may use. One question and one
//! answer on each connection, as JSON, each ended by closing that direction.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use valetkey_accounts::{Accounts, Stop, UnderWay};
use valetkey_connectors::door::{Access, bind_unix};
use valetkey_domain::policy::Actor;
use zeroize::Zeroizing;

use super::{Answer, Failure, MESSAGE_BYTES_MAX, Request, execute};

/// How long a question may take to arrive, and its answer to be taken.
const ASK_TIME: Duration = Duration::from_secs(10);
/// Questions answered at a time; more wait.
const AT_ONCE: usize = 64;

/// The socket. Its file is removed when dropped.
pub(crate) struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

/// Why the socket cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the administration socket {path} cannot be made")]
pub(crate) struct SocketError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl AdminSocket {
    /// Makes the socket. Call it when the store is held: a socket that lies there is then a dead server's.
    pub(crate) fn bind(path: &Path) -> Result<Self, SocketError> {
        match bind_unix(path, Access { mode: 0o600, group: None }) {
            Ok(listener) => Ok(Self { listener, path: path.to_owned() }),
            Err(source) => Err(SocketError { path: path.to_owned(), source }),
        }
    }

    /// Answers until it is time to stop, and questions that were asked by then for as long as `time`.
    pub(crate) async fn run(self, accounts: Arc<Accounts>, mut stop: Stop, time: Duration) {
        let (places, under_way) = (Arc::new(Semaphore::new(AT_ONCE)), UnderWay::new());
        loop {
            let taken = tokio::select! {
                biased;
                taken = self.listener.accept() => taken,
                () = stop.asked() => break,
            };
            let Ok((stream, _)) = taken else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (accounts, places, begun) = (Arc::clone(&accounts), Arc::clone(&places), under_way.begin());
            let stop = stop.clone();
            tokio::spawn(async move {
                let Ok(_place) = places.acquire().await else { return };
                if let Err(error) = serve(stream, &accounts, stop).await {
                    tracing::debug!(%error, "a command did not wait for its answer");
                }
                drop(begun);
            });
        }
        // Nobody else is heard.
        drop(self);
        if !under_way.end(time).await {
            tracing::warn!("some commands have no answer yet: they are broken off now");
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        drop(std::fs::remove_file(&self.path));
    }
}

async fn serve(mut stream: UnixStream, accounts: &Arc<Accounts>, stop: Stop) -> io::Result<()> {
    let answer = match authorised(&stream) {
        Ok(actor) => match tokio::time::timeout(ASK_TIME, hear_until(&mut stream, stop)).await {
            Ok(Ok(request)) => execute(accounts, &actor, request).await,
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::temporary("the question took too long to arrive")),
        },
        Err(failure) => Err(failure),
    };
    let text = Zeroizing::new(serde_json::to_vec(&answer).unwrap_or_default());
    let tell = async {
        stream.write_all(&text).await?;
        stream.shutdown().await
    };
    tokio::time::timeout(ASK_TIME, tell).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Who asks: the kernel says so.
fn authorised(stream: &UnixStream) -> Result<Actor, Failure> {
    let uid =
        stream.peer_cred().map_err(|e| Failure::temporary(format!("the kernel does not say who asks: {e}")))?.uid();
    if uid == 0 || uid == rustix::process::geteuid().as_raw() {
        return Ok(Actor::Operator { uid });
    }
    tracing::warn!(uid, "somebody else asked at the administration socket, and was turned away");
    Err(Failure::refused("only root and the server's own user may ask here"))
}

/// What is asked, if it is there by the time to stop.
async fn hear_until(stream: &mut UnixStream, mut stop: Stop) -> Result<Request, Failure> {
    tokio::select! {
        biased;
        heard = hear(stream) => heard,
        () = stop.asked() => Err(Failure::temporary("the server is stopping, and has done nothing of what was asked")),
    }
}

async fn hear(stream: &mut UnixStream) -> Result<Request, Failure> {
    let mut text = Zeroizing::new(Vec::with_capacity(4096));
    let mut limited = stream.take(MESSAGE_BYTES_MAX as u64);
    limited.read_to_end(&mut text).await.map_err(|e| Failure::temporary(format!("the question broke off: {e}")))?;
    serde_json::from_slice(&text)
        .map_err(|_| Failure::usage("this server does not know the question: is the command of the same version?"))
}

/// Asks a running server; `None` if there is none.
pub(super) fn ask(path: &Path, request: &Request) -> Result<Option<Answer>, Failure> {
    use io::{Read as _, Write as _};
    let mut stream = match std::os::unix::net::UnixStream::connect(path) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => {
            return Err(Failure::temporary(format!(
                "the server's administration socket {} cannot be used: {error}",
                path.display()
            )));
        }
    };
    let text = Zeroizing::new(serde_json::to_vec(request).map_err(|e| Failure::usage(e.to_string()))?);
    let mut answer = Zeroizing::new(Vec::with_capacity(16 * 1024));
    let asked = stream
        .write_all(&text)
        .and_then(|()| stream.shutdown(std::net::Shutdown::Write))
        .and_then(|()| stream.take(MESSAGE_BYTES_MAX as u64).read_to_end(&mut answer));
    asked.map_err(|error| {
        Failure::temporary(format!("the server broke off: {error}; whether it did what was asked is not known"))
    })?;
    serde_json::from_slice(&answer).map(Some).map_err(|_| {
        Failure::temporary("the server stopped before it answered; whether it did what was asked is not known")
    })
}
