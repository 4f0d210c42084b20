//! Bodies on their way, in pieces as they come: nothing is kept but the piece that is moving.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use valetkey_accounts::gate::OpenUse;
use valetkey_domain::CredentialId;

use super::connection::{Busy, Connection};
use super::exchange::{End, Exchange, When};

/// What goes wrong with a body on its way.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the other side ended in the middle of a body")]
    Broken(#[source] hyper::Error),
    #[error("it was cut")]
    Cut,
}

/// A request's body while nobody carries it: not yet, or no more, since nothing came of what was to be done with it.
#[derive(Clone)]
pub(super) struct Rest(Arc<Mutex<Option<Incoming>>>);

impl Rest {
    pub(super) fn new(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    /// Gives it to who carries it on.
    pub(super) fn take(&self) -> Option<Incoming> {
        self.here().take()
    }

    /// Has it back.
    pub(super) fn put_back(&self, body: Incoming) {
        *self.here() = Some(body);
    }

    /// How many bytes it has at least.
    pub(super) fn least(&self) -> u64 {
        self.here().as_ref().map_or(0, |body| body.size_hint().lower())
    }

    /// Hears what is left, up to `most` bytes and perhaps a piece, and keeps none of it.
    pub(super) async fn hear(&self, most: usize) {
        let Some(mut body) = self.take() else { return };
        let mut heard = 0;
        while let (true, Some(Ok(frame))) = (heard <= most, body.frame().await) {
            heard += frame.data_ref().map_or(0, Bytes::len);
        }
    }

    fn here(&self) -> MutexGuard<'_, Option<Incoming>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's body, for the upstream. What comes behind a body as trailers is left out: nobody needs it, and it would be
/// headers that were not looked at.
pub(super) struct Upward {
    ahead: Option<Bytes>,
    rest: Option<Incoming>,
    /// How much is to come, if the app said so.
    left: Option<u64>,
    end: Arc<End>,
    /// Where what is not taken goes back to.
    back: Option<Rest>,
}

impl Upward {
    /// As it comes.
    pub(super) fn streamed(body: Incoming, back: &Rest, end: Arc<End>) -> Self {
        let left = body.size_hint().exact();
        Self { ahead: None, rest: Some(body), left, end, back: Some(back.clone()) }
    }

    /// One that is here already.
    pub(super) fn whole(bytes: Bytes, end: Arc<End>) -> Self {
        let left = u64::try_from(bytes.len()).ok();
        Self { ahead: Some(bytes).filter(|bytes| !bytes.is_empty()), rest: None, left, end, back: None }
    }

    /// One whose beginning is here already.
    pub(super) fn begun(ahead: Bytes, rest: Incoming, back: &Rest, end: Arc<End>) -> Self {
        Self { ahead: Some(ahead), rest: Some(rest), left: None, end, back: Some(back.clone()) }
    }
}

impl Drop for Upward {
    fn drop(&mut self) {
        if let (Some(rest), Some(back)) = (self.rest.take(), &self.back) {
            back.put_back(rest);
        }
    }
}

/// What was collected of a body.
pub(super) enum Collected {
    /// All of it.
    Whole(Bytes),
    /// As much as is collected at most, and what follows.
    More(Bytes, Incoming),
}

/// Collects a body, up to `most` bytes and perhaps a piece.
pub(super) async fn collect(mut body: Incoming, most: usize, end: &End) -> Result<Collected, BodyError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() else { continue };
        end.passed_up(data.len());
        bytes.extend_from_slice(&data);
        if bytes.len() > most {
            return Ok(Collected::More(bytes.into(), body));
        }
    }
    Ok(Collected::Whole(bytes.into()))
}

impl Body for Upward {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let data = if let Some(ahead) = this.ahead.take() {
            // It was counted when it was collected.
            this.end.moved();
            Some(Ok(ahead))
        } else {
            let data = ready!(poll_data(&mut this.rest, cx));
            this.end.passed_up(length(data.as_ref()));
            data
        };
        this.left = this.left.map(|left| left.saturating_sub(length(data.as_ref()) as u64));
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.ahead.is_none() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn length(data: Option<&Result<Bytes, BodyError>>) -> usize {
    data.and_then(|data| data.as_ref().ok()).map_or(0, Bytes::len)
}

/// The next piece of data.
fn poll_data(body: &mut Option<Incoming>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
    let Some(incoming) = body else { return Poll::Ready(None) };
    loop {
        match ready!(Pin::new(&mut *incoming).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Broken(error)))),
            None => {
                *body = None;
                return Poll::Ready(None);
            }
        }
    }
}

/// An answer's body, for the app. When it is at its end, or nobody wants it any more, the exchange is over.
pub(super) struct Downward {
    body: Option<Incoming>,
    hint: SizeHint,
    over: Over,
}

impl Downward {
    pub(super) fn new(body: Incoming, over: Over) -> Self {
        let hint = body.size_hint();
        let mut this = Self { body: Some(body), hint, over };
        this.look_for_end();
        this
    }

    fn look_for_end(&mut self) {
        if self.is_end_stream() {
            self.over.when = When::Done;
        }
    }
}

impl Body for Downward {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let end = &this.over.exchange.end;
        let data = if end.is_asked() { None } else { ready!(poll_data(&mut this.body, cx)) };
        end.passed_down(length(data.as_ref()));
        this.look_for_end();
        let end = &this.over.exchange.end;
        // A socket that was shut looks as if the upstream had come to its end.
        let data = if end.is_asked() { Some(Err(BodyError::Cut)) } else { data };
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        // Read once, at the beginning, for the answer's length.
        self.hint
    }
}

/// Ends an exchange when it is dropped: nothing is left with the upstream, and the use is kept by its connection.
pub(super) struct Over {
    pub(super) exchange: Arc<Exchange>,
    pub(super) connection: Arc<Connection>,
    pub(super) credential: CredentialId,
    pub(super) open: Option<OpenUse>,
    pub(super) when: When,
    pub(super) _busy: Busy,
}

impl Drop for Over {
    fn drop(&mut self) {
        self.exchange.leave_upstream(self.when);
        if let Some(open) = self.open.take() {
            self.connection.keep(self.credential, open);
        }
    }
}
