//! What somebody signs in for whom an app has sent here: said before they type anything, so that nobody signs in for an app of
//! which they know nothing.

use std::sync::Arc;

use valetkey_domain::Label;

use crate::Portal;
use crate::locale::Words;
use crate::visit::Visit;
use crate::{login_flow, oauth};

/// What somebody signs in for.
pub(crate) enum Errand {
    /// An app that wants to be let in, or to have an app password.
    App(Asker),
    /// A device whose code nobody has typed yet: until then nobody knows which app it is (RFC 8628 section 3.3.1).
    Device,
}

/// An app, as its own question shows it.
pub(crate) struct Asker {
    pub(crate) name: Label,
    /// Whether the name is only what the app says of itself.
    pub(crate) unverified: bool,
    /// Where its user comes to afterwards, in words.
    pub(crate) back: Option<String>,
}

impl Errand {
    /// Reads it from the page to which one goes on. For what is no question that can be answered, and while nobody can tell,
    /// there is none: that page says itself what is the matter.
    pub(crate) async fn of(portal: &Arc<Portal>, visit: &Visit, next: &str) -> Option<Self> {
        let (path, query) = next.split_once('?').unwrap_or((next, ""));
        if oauth::is_device_page(portal, path) {
            return Some(Self::Device);
        }
        if let Some(asker) = oauth::asker(portal, &visit.words, path, query).await {
            return Some(Self::App(asker));
        }
        login_flow::asker(portal, &visit.browser, path).await.map(Self::App)
    }

    /// The heading of the page on which one signs in.
    pub(crate) fn title(&self, words: &Words) -> String {
        match self {
            Self::App(asker) => words.about("sign-in-for-app", "label", asker.name.as_str()),
            Self::Device => words.say("sign-in-for-device"),
        }
    }
}
