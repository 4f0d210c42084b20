//! Pages that change while one looks: a part of the page, sent again whenever it is another (server-sent events).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::Portal;
use crate::failure::Failure;
use crate::visit::Visit;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);
/// How many looks between two at the session: whoever was signed out sees nothing more.
const LOOKS_PER_SESSION: u32 = 4;
/// How many looks at most; the page asks again by itself.
const LOOKS_MAX: u32 = 3600;

/// A part of a page, made anew at each look. What is not another is not sent.
pub(crate) trait Part: Send + 'static {
    /// The part's HTML as of now.
    fn look(&mut self, portal: &Arc<Portal>, visit: &Visit) -> impl Future<Output = Result<String, Failure>> + Send;
}

struct Watch<P> {
    portal: Arc<Portal>,
    visit: Visit,
    part: P,
    sent: String,
    looks: u32,
}

/// Sends a part as long as somebody looks and is signed in.
pub(crate) fn watch(portal: Arc<Portal>, visit: Visit, part: impl Part) -> Response {
    let watch = Watch { portal, visit, part, sent: String::new(), looks: 0 };
    let events = stream::unfold(watch, |mut watch| async move {
        let text = watch.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(text)), watch))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

impl<P: Part> Watch<P> {
    async fn next(&mut self) -> Option<String> {
        while self.looks < LOOKS_MAX {
            if self.looks > 0 {
                tokio::time::sleep(LOOK).await;
            }
            if self.looks.is_multiple_of(LOOKS_PER_SESSION) {
                let token = self.visit.token().ok()?;
                // Nobody is there who would count as using it.
                self.portal.accounts.look_at_session(token).await.ok()??;
            }
            self.looks += 1;
            // What cannot be seen now may be at the next look.
            let Ok(text) = self.part.look(&self.portal, &self.visit).await else { continue };
            if text != self.sent {
                self.sent.clone_from(&text);
                return Some(text);
            }
        }
        None
    }
}
