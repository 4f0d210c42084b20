//! Pages that change while one looks: a part of the page, sent again whenever it is another (server-sent events).

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use valetkey_domain::SessionId;

use crate::Portal;
use crate::failure::Failure;
use crate::visit::Visit;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);
/// How many looks between two at the session: whoever was signed out sees nothing more.
const LOOKS_PER_SESSION: u32 = 4;
/// How many looks at most; the page asks again by itself.
const LOOKS_MAX: u32 = 3600;

/// How many parts a session watches at most: some tabs, each of which looks into the store twice a second.
const WATCHED_MAX: u32 = 12;

/// How many parts each session watches at this moment.
#[derive(Default)]
pub(crate) struct Watched(Mutex<HashMap<SessionId, u32>>);

/// The place of one part that is watched, given back when dropped.
struct Place {
    watched: Arc<Watched>,
    session: SessionId,
}

impl Watched {
    fn take(self: &Arc<Self>, session: SessionId) -> Result<Place, Failure> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = watched.entry(session).or_default();
        if *count == WATCHED_MAX {
            return Err(Failure::Busy);
        }
        *count += 1;
        Ok(Place { watched: Arc::clone(self), session })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut watched = self.watched.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = watched.get_mut(&self.session) {
            *count -= 1;
            if *count == 0 {
                watched.remove(&self.session);
            }
        }
    }
}

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
    _place: Place,
}

/// Sends a part as long as somebody looks and is signed in.
pub(crate) fn watch(portal: Arc<Portal>, visit: Visit, part: impl Part) -> Result<Response, Failure> {
    let place = portal.watched.take(visit.signed_in()?.id)?;
    let watch = Watch { portal, visit, part, sent: String::new(), looks: 0, _place: place };
    let events = stream::unfold(watch, |mut watch| async move {
        let text = watch.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(text)), watch))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

impl<P: Part> Watch<P> {
    async fn next(&mut self) -> Option<String> {
        while self.looks < LOOKS_MAX {
            // The page asks again by itself, and finds the server that comes next.
            if self.looks > 0 && !self.visit.pause(LOOK).await {
                return None;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_watches_so_many_parts_and_another_as_many_of_its_own() {
        let watched = Arc::new(Watched::default());
        let [one, other] = [1, 2].map(|n| SessionId::from_bytes([n; 16]));
        let mut places: Vec<Place> = (0..WATCHED_MAX).map(|_| watched.take(one).expect("a place")).collect();
        assert!(matches!(watched.take(one), Err(Failure::Busy)));
        assert!(watched.take(other).is_ok());
        places.pop();
        assert!(watched.take(one).is_ok());
        places.clear();
        assert!(watched.0.lock().expect("nobody panicked").is_empty(), "nothing is kept of who has gone");
    }
}
