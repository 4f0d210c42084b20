//! Secrets between the moment they are made and the one page that shows them. In memory only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use valetkey_domain::{Plain, SessionId, Timestamp};

/// How long a secret waits for its page.
const WAIT: Duration = Duration::from_mins(5);
/// How many wait at most; with more, the oldest are forgotten.
const WAITING_MAX: usize = 1000;

/// What waits to be shown, once, in the browser in which it was made.
#[derive(Default)]
pub(crate) struct Shown(Mutex<HashMap<Page, (Plain<String>, Timestamp)>>);

/// Whose browser, and the name under which its page asks.
type Page = (SessionId, String);

impl Shown {
    /// Keeps a secret for the page of this name.
    pub(crate) fn keep(&self, session: SessionId, page: String, secret: Plain<String>, now: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (_, since)| now.since(*since) < WAIT);
        if waiting.len() >= WAITING_MAX
            && let Some(oldest) = waiting.iter().min_by_key(|(_, (_, since))| *since).map(|(key, _)| key.clone())
        {
            waiting.remove(&oldest);
        }
        waiting.insert((session, page), (secret, now));
    }

    /// Gives the secret away: nobody gets it a second time.
    pub(crate) fn take(&self, session: SessionId, page: &str, now: Timestamp) -> Option<Plain<String>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (secret, since) = waiting.remove(&(session, page.to_owned()))?;
        (now.since(since) < WAIT).then_some(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_once_in_time_and_to_its_own_browser() {
        let (shown, now) = (Shown::default(), Timestamp::from_millis(1_000_000));
        let [mine, other] = [1, 2].map(|n| SessionId::from_bytes([n; 16]));
        shown.keep(mine, "a".into(), Plain::new("secret".into()), now);
        assert!(shown.take(other, "a", now).is_none());
        assert_eq!(shown.take(mine, "a", now).map(|s| s.expose().clone()).as_deref(), Some("secret"));
        assert!(shown.take(mine, "a", now).is_none());
        shown.keep(mine, "b".into(), Plain::new("secret".into()), now);
        assert!(shown.take(mine, "b", now + WAIT).is_none());
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let (shown, now) = (Shown::default(), Timestamp::from_millis(0));
        let mine = SessionId::from_bytes([1; 16]);
        for n in 0..=WAITING_MAX {
            let at = now + Duration::from_millis(n as u64);
            shown.keep(mine, n.to_string(), Plain::new(String::new()), at);
        }
        assert!(shown.take(mine, "0", now).is_none());
        assert!(shown.take(mine, "1", now).is_some());
    }
}
