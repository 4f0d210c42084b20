//! A letter as mail: text and HTML, with the headers that mail from a machine has.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use askama::Template;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use valetkey_accounts::{Letter, MadeLink};
use valetkey_domain::{CalendarsAndContacts, Timestamp};

use super::sheet::{Sheet, sheet};
use crate::Settings;
use crate::locale::Words;

/// Who letters are from: `Accounts at example.org <accounts@example.org>`.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

impl FromStr for Sender {
    type Err = MalformedSender;
    fn from_str(text: &str) -> Result<Self, MalformedSender> {
        text.parse().map(Self).map_err(|_| MalformedSender(text.to_owned()))
    }
}

/// The text is no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no sender; write it as Accounts at example.org <accounts@example.org>")]
pub struct MalformedSender(String);

/// Why a letter could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("its address is none that mail can be sent to")]
    Address(#[source] lettre::address::AddressError),
    #[error("a template could not be filled in")]
    Template(#[from] askama::Error),
    #[error("the mail could not be put together")]
    Mail(#[from] lettre::error::Error),
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Text<'a> {
    w: &'a Words,
    s: &'a Sheet,
    site: &'a str,
    contact: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    w: &'a Words,
    s: &'a Sheet,
    site: &'a str,
    contact: Option<&'a str>,
}

/// What surrounds a letter.
pub(super) struct Envelope<'a> {
    pub(super) settings: &'a Settings,
    /// How it is said what an app password opens.
    pub(super) calendars_and_contacts: CalendarsAndContacts,
    pub(super) from: &'a Sender,
    pub(super) now: Timestamp,
}

/// Both forms of a letter: text, and HTML that asks for nothing from anywhere.
pub(super) fn forms(w: &Words, settings: &Settings, s: &Sheet) -> Result<[String; 2], askama::Error> {
    let (site, contact) = (&*settings.site, settings.contact.as_deref());
    let text = Text { w, s, site, contact }.render()?;
    Ok([without_gaps(&text), Html { w, s, site, contact }.render()?])
}

/// The text with one empty line where parts that are not there have left several.
fn without_gaps(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut gap = true;
    for line in text.lines().map(str::trim_end) {
        if !(gap && line.is_empty()) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        gap = line.is_empty();
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}

/// Writes a letter in its reader's language.
pub(super) fn write(
    w: &Words,
    envelope: &Envelope<'_>,
    letter: &Letter,
    link: Option<&MadeLink>,
) -> Result<Message, WriteError> {
    let sheet = sheet(w, envelope.settings, envelope.calendars_and_contacts, letter, link);
    let [text, html] = forms(w, envelope.settings, &sheet)?;
    let to = Mailbox::new(None, letter.to.as_str().parse().map_err(WriteError::Address)?);
    let millis = u64::try_from(envelope.now.as_millis()).unwrap_or(0);
    let parts = MultiPart::alternative()
        .boundary(format!("letter-{}", letter.id))
        .singlepart(SinglePart::plain(text))
        .singlepart(SinglePart::html(html));
    let message = Message::builder()
        .from(envelope.from.0.clone())
        .to(to)
        .subject(sheet.subject)
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        // The same at each attempt: by it a receiver knows a letter that it has.
        .message_id(Some(format!("<{}@{}>", letter.id, host(envelope.settings))))
        // So that no machine answers (RFC 3834 section 5).
        .raw_header(plain_header("Auto-Submitted", "auto-generated"))
        .raw_header(plain_header("Content-Language", w.tag()))
        .multipart(parts)?;
    Ok(message)
}

fn plain_header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The portal's host, without its port.
pub(super) fn host(settings: &Settings) -> &str {
    let host = settings.origin.trim_start_matches("https://");
    host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(host, _)| host)
}
