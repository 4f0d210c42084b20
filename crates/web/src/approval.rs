//! What the pages have in common on which people approve what was begun elsewhere: who may, where it was begun, and what came of
//! their answer.

use askama::Template;
use axum::response::Response;
use valetkey_accounts::{Session, Waiting};

use crate::Portal;
use crate::failure::Failure;
use crate::locale::Words;
use crate::page::{Frame, render};
use crate::visit::{Visit, has_stepped_up};

/// Whoever is signed in, and has shown a second factor just now if they have one. Asked before anything else, so that nothing
/// that they type is lost on the way; `back` is where they come back to.
pub(crate) fn approver<'v>(portal: &Portal, visit: &'v Visit, back: &str) -> Result<&'v Session, Failure> {
    let session = visit.session().ok_or_else(|| Failure::SignIn(back.to_owned()))?;
    if session.second_factors > 0 && !has_stepped_up(portal, session) {
        Err(Failure::StepUp(back.to_owned()))
    } else {
        Ok(session)
    }
}

/// Where something was begun, in words.
pub(crate) fn begun_from(words: &Words, waiting: &Waiting) -> String {
    let Some(network) = waiting.begun.network else { return words.say("begun-from-unknown") };
    let message = match waiting.is_from_here {
        Some(true) => "begun-from-here",
        Some(false) => "begun-from-elsewhere",
        None => "begun-from-somewhere",
    };
    words.about(message, "network", &network.to_string())
}

#[derive(Template)]
#[template(path = "answered.html")]
struct AnsweredPage<'a> {
    f: &'a Frame<'a>,
    title: String,
    text: String,
    /// Where what came of it is listed, and what that is called.
    list: Option<(&'static str, &'static str)>,
}

/// The page that says that the app is let in.
pub(crate) fn allowed(
    portal: &Portal,
    visit: &Visit,
    label: &str,
    message: &str,
    list: (&'static str, &'static str),
) -> Response {
    let (f, w) = (Frame::new(portal, visit), &visit.words);
    let title = w.about(message, "label", label);
    render(&AnsweredPage { f: &f, title, text: w.say(&format!("{message}-text")), list: Some(list) })
}

/// The page that says that it is not.
pub(crate) fn denied(portal: &Portal, visit: &Visit, label: &str) -> Response {
    let (f, w) = (Frame::new(portal, visit), &visit.words);
    let (title, text) = (w.about("denied-app", "label", label), w.say("denied-app-text"));
    render(&AnsweredPage { f: &f, title, text, list: None })
}
