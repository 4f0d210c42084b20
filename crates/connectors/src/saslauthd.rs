//! The socket of saslauthd, for Cyrus and everything else with libsasl.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use valetkey_accounts::{Accounts, Place, Places, Stop};
use valetkey_wire::sasl::SecretKind;
use valetkey_wire::saslauthd::{self, QUESTION_BYTES_MAX};

use crate::buffer::Buffer;
use crate::desk::{Desk, Question, Rules, Verdict};
use crate::door::{Door, Stream};

/// How long a question may take to arrive, and its answer to be taken.
const ASK_TIME: Duration = Duration::from_secs(10);

/// The connector.
pub struct Connector {
    desk: Desk,
    places: Arc<Places>,
}

impl Connector {
    /// A connector that listens nowhere yet, for so many connections at a time, of all doors together.
    pub fn new(accounts: Arc<Accounts>, rules: Rules, connections_max: usize) -> Arc<Self> {
        Arc::new(Self { desk: Desk::new(accounts, rules), places: Places::new(usize::MAX, connections_max) })
    }

    /// Serves the connections of a door until `stop`.
    pub async fn run(self: Arc<Self>, door: Door, stop: Stop) {
        let (places, clock) = (Arc::clone(&self.places), Arc::clone(&self.desk.clock));
        let serve = |stream, _peer, place| drop(tokio::spawn(Arc::clone(&self).serve(stream, place)));
        door.run(&places, &*clock, stop, serve).await;
    }

    async fn serve(self: Arc<Self>, stream: Stream, _place: Place) {
        if let Err(error) = self.answer(stream).await {
            tracing::debug!(%error, "a connection ended");
        }
    }

    /// One question and one answer. Without an answer libsasl says that it failed, and not that a password is wrong.
    async fn answer(&self, mut stream: Stream) -> io::Result<()> {
        let mut heard = Buffer::new();
        let question = tokio::time::timeout(ASK_TIME, hear(&mut stream, &mut heard)).await??;
        let question = match question {
            Some(Ok(question)) => question,
            Some(Err(error)) => {
                tracing::info!(%error, "a question to the saslauthd connector was not answered");
                return Ok(());
            }
            None => return Ok(()),
        };
        let credentials = &question.credentials;
        let asked = Question {
            login: &credentials.login,
            acting_for: None,
            kind: SecretKind::Password,
            secret: &credentials.secret,
            only_canonical: false,
            service: &question.service,
            network: None,
            // The protocol does not say. What stands in the log is what is known.
            tls: false,
            client: None,
        };
        let answer = match self.desk.decide(&asked).await {
            Verdict::Accepted(_) => saslauthd::ACCEPTED,
            Verdict::OutOfPlace => saslauthd::REFUSED,
            Verdict::Refused(refusal) => {
                Desk::settle(self.desk.waiting(), refusal, None).await;
                saslauthd::REFUSED
            }
            Verdict::Broken => return Ok(()),
        };
        tokio::time::timeout(ASK_TIME, stream.write_all(answer)).await?
    }
}

/// `None` if the connection ended before.
async fn hear(
    stream: &mut Stream,
    heard: &mut Buffer,
) -> io::Result<Option<Result<saslauthd::Question, saslauthd::MalformedQuestion>>> {
    loop {
        let read = stream.read_buf(heard.room()).await?;
        match saslauthd::parse(heard.bytes()) {
            Ok(Some(question)) => return Ok(Some(Ok(question))),
            Err(error) => return Ok(Some(Err(error))),
            Ok(None) if read == 0 || heard.bytes().len() > QUESTION_BYTES_MAX => return Ok(None),
            Ok(None) => {}
        }
    }
}
