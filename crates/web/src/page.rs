//! What every page has around it, and small pieces that many have.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use valetkey_accounts::Session;
use valetkey_accounts::gate::Traffic;
use valetkey_domain::policy::Action;
use valetkey_domain::{
    CalendarsAndContacts, Choice, Kind, LastUse, MalformedText, Role, Scope, Scopes, Service, Timestamp,
};

use crate::Portal;
use crate::failure::Failure;
use crate::locale::Words;
use crate::visit::Visit;

/// The frame of a page: language, navigation, who is signed in.
pub(crate) struct Frame<'a> {
    pub(crate) w: &'a Words,
    pub(crate) person: Option<&'a Session>,
    /// What forms bring back.
    pub(crate) form: String,
    /// What happened just now: said once, on the page that comes after it.
    pub(crate) news: Option<String>,
    portal: &'a Portal,
    path: &'a str,
}

impl<'a> Frame<'a> {
    /// For whoever is there.
    pub(crate) fn new(portal: &'a Portal, visit: &'a Visit) -> Self {
        let now = portal.accounts.now();
        let news = visit.session().and_then(|session| portal.shown.take(session.id, NEWS, now));
        Self { news: news.map(|text| text.expose().clone()), ..Self::of_part(portal, visit) }
    }

    /// For a part of a page: what happened just now is left for the next page.
    pub(crate) fn of_part(portal: &'a Portal, visit: &'a Visit) -> Self {
        let (w, person, form) = (&*visit.words, visit.session(), visit.form_token());
        Self { w, person, form, news: None, portal, path: &visit.path }
    }

    /// For an error, before anybody knows who is there.
    pub(crate) fn bare(portal: &'a Portal, words: &'a Words, path: &'a str) -> Self {
        Self { w: words, person: None, form: String::new(), news: None, portal, path }
    }

    pub(crate) fn site(&self) -> &str {
        &self.portal.settings.site
    }

    pub(crate) fn contact(&self) -> Option<&str> {
        self.portal.settings.contact.as_deref()
    }

    pub(crate) fn languages(&self) -> Vec<(&'static str, String)> {
        self.portal.locales.all().iter().map(|words| (words.tag(), words.say("language"))).collect()
    }

    pub(crate) fn back(&self) -> String {
        in_query(self.path)
    }

    /// Whether whoever is there has pages of the administration.
    pub(crate) fn is_staff(&self) -> bool {
        self.person.is_some_and(|person| person.role.is_some())
    }

    /// Whether they may read the audit log as a whole, and how the server is set.
    pub(crate) fn sees_audit(&self) -> bool {
        let rights = |person: &Session| {
            self.portal.accounts.rights_over_all(&person.actor(), Kind::Person, Some(Role::Administrator))
        };
        self.person.is_some_and(|person| rights(person).may(Action::SeeAudit))
    }

    /// Whether apps may be authorised with the account.
    pub(crate) fn lets_apps_in(&self) -> bool {
        self.portal.settings.oauth.is_some()
    }

    /// What brings back here whoever first does something elsewhere, as a query; nothing on the home page, from where one goes
    /// on by oneself.
    pub(crate) fn coming_back(&self) -> String {
        if self.path == "/" { String::new() } else { format!("?next={}", self.back()) }
    }

    pub(crate) fn style(&self) -> &str {
        self.portal.assets.style()
    }

    pub(crate) fn script(&self) -> &str {
        self.portal.assets.script()
    }

    pub(crate) fn icons(&self) -> &str {
        self.portal.assets.icons()
    }

    /// Whether the page belongs to a part of the navigation.
    pub(crate) fn is_in(&self, part: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path == part || (part != "/" && path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/')))
    }

    /// A drawing beside words.
    pub(crate) fn icon(&self, name: &str) -> String {
        let turn = if matches!(name, "key" | "back" | "next") { " class=\"turn\"" } else { "" };
        format!("<svg{turn} aria-hidden=\"true\"><use href=\"/static/{}#{name}\"/></svg>", self.icons())
    }

    /// A key whose teeth say what it opens.
    pub(crate) fn key(&self, scopes: &Scopes, spent: bool) -> String {
        let scopes = scopes.completed(self.portal.accounts.settings().calendars_and_contacts);
        let teeth = [(Scope::Mail, "tooth-1"), (Scope::Contacts, "tooth-2"), (Scope::Calendars, "tooth-3")];
        let mut uses = vec!["key-blank"];
        uses.extend(teeth.iter().filter(|(scope, _)| scopes.contains(*scope)).map(|(_, tooth)| *tooth));
        if scopes.contains(Scope::MailSend) && !scopes.contains(Scope::Mail) {
            uses.push("tooth-1-part");
        }
        let mut drawn = String::new();
        for name in uses {
            drawn += &format!("<use href=\"/static/{}#{name}\"/>", self.icons());
        }
        let spent = if spent { " spent" } else { "" };
        format!("<svg class=\"key turn{spent}\" viewBox=\"0 0 48 24\" aria-hidden=\"true\">{drawn}</svg>")
    }

    /// How many of the places are taken, as a key with as many teeth.
    pub(crate) fn tally(&self, count: &usize) -> String {
        let width = count * 10;
        format!(
            "<svg class=\"tally turn\" viewBox=\"0 0 272 12\" aria-hidden=\"true\"><use href=\"/static/{}#bow\"/><path d=\"M20 5.5h250\"/>\
             <path class=\"teeth\" d=\"M20 7.5h250\"/><g class=\"cut\"><path d=\"M20 5.5h{width}\"/><path class=\"teeth\" d=\"M20 9h{width}\"/></g></svg>",
            self.icons()
        )
    }

    /// A moment, which the script says again in the reader's own time.
    pub(crate) fn time(&self, moment: &Timestamp) -> String {
        let text = moment.to_string();
        let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
        let shown = format!("{day} {}", rest.get(..5).unwrap_or_default());
        format!("<time datetime=\"{text}\" data-relative>{}</time>", self.w.about("exact-time", "time", &shown))
    }

    /// What an app password opens, in words.
    pub(crate) fn scopes(&self, scopes: &Scopes) -> String {
        scopes_said(self.w, *scopes, self.portal.accounts.settings().calendars_and_contacts)
    }

    /// How much an app has sent, and was sent.
    pub(crate) fn traffic(&self, traffic: &Traffic) -> String {
        let [from, to] = [traffic.from_app, traffic.to_app].map(|bytes| self.w.amount(bytes));
        self.w.about_both("connected-amounts", ("from", &from), ("to", &to))
    }

    /// A hidden field that makes a form this browser's own.
    pub(crate) fn own(&self) -> String {
        format!("<input type=\"hidden\" name=\"form\" value=\"{}\">", self.form)
    }
}

/// The name under which what just happened waits for its page.
pub(crate) const NEWS: &str = "news";

/// What is opened, in words.
pub(crate) fn scopes_said(words: &Words, scopes: Scopes, together: CalendarsAndContacts) -> String {
    let names: Vec<String> = scopes.choices(together).map(|choice| words.say(choice_message(&choice))).collect();
    names.join(" · ")
}

/// The message that names what can be opened.
pub(crate) fn choice_message(choice: &Choice) -> &'static str {
    match choice {
        Choice::One(Scope::Mail) => "scope-mail",
        Choice::One(Scope::Contacts) => "scope-contacts",
        Choice::One(Scope::Calendars) => "scope-calendars",
        Choice::One(Scope::MailSend) => "scope-mail-send",
        Choice::CalendarsAndContacts => "scope-dav",
    }
}

/// The message that says more of it: what is in it, and why two are one.
pub(crate) fn choice_hint(choice: &Choice) -> String {
    format!("{}-hint", choice_message(choice))
}

/// A protocol by the name that people meet in their apps.
pub(crate) fn service_name(service: Service) -> &'static str {
    match service {
        Service::Imap => "IMAP",
        Service::Pop3 => "POP3",
        Service::Submission => "SMTP",
        Service::ManageSieve => "ManageSieve",
        Service::CalDav => "CalDAV",
        Service::CardDav => "CardDAV",
        Service::Dav => "WebDAV",
        Service::Ldap => "LDAP",
        Service::Http => "HTTP",
    }
}

/// By which app, over which protocol and from where something was used.
pub(crate) fn used_how(words: &Words, last: &LastUse) -> String {
    let service = service_name(last.service);
    let mut text = match &last.client {
        Some(client) => words.about_both("used-by", ("client", client), ("service", service)),
        None => words.about("used-over", "service", service),
    };
    if let Some(network) = last.network {
        text.push_str(words.comma());
        text.push_str(&words.about("used-from", "network", &network.to_string()));
    }
    text
}

/// The message over the settings of a service.
pub(crate) fn settings_message(service: &Service) -> &'static str {
    match service {
        Service::Submission => "submission-settings",
        Service::CalDav | Service::CardDav | Service::Dav | Service::Http => "dav-settings",
        _ => "imap-settings",
    }
}

/// What is wrong with a name that somebody gave to an app password or a second factor.
pub(crate) fn label_wrong(error: &MalformedText, words: &Words) -> String {
    match error {
        MalformedText::TooLong(max) => words.count("label-long", "max", max),
        MalformedText::Empty => words.say("name-missing"),
        _ => words.say("label-characters"),
    }
}

/// A path as a value in a query.
pub(crate) fn in_query(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 8);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The address of a page from which one comes to another afterwards.
pub(crate) fn leading_to(page: &str, next: &str) -> String {
    if next.is_empty() { page.to_owned() } else { format!("{page}?next={}", in_query(next)) }
}

/// The longest address that one comes back to: what an app asks is one, with each sign of its own addresses in three.
const NEXT_BYTES_MAX: usize = 12_000;

/// Where to go afterwards: a page of this portal, never of another.
pub(crate) fn next_page(wanted: &str) -> &str {
    let is_own = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains(['\\', '\r', '\n', '\0'])
        && wanted.len() <= NEXT_BYTES_MAX
        && wanted.bytes().all(|b| b.is_ascii_graphic());
    if is_own { wanted } else { "/" }
}

/// A part of a page from its template.
pub(crate) fn render_part(template: &impl Template) -> Result<String, Failure> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a part of a page could not be written");
        Failure::Broken
    })
}

/// A page from its template.
pub(crate) fn render(template: &impl Template) -> Response {
    match render_part(template) {
        Ok(page) => Html(page).into_response(),
        Err(failure) => failure.into_response(),
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: &'a Frame<'a>,
    title: String,
    text: String,
    /// For whoever makes an app, and in their language: it has the names of parameters in it.
    for_makers: Option<&'static str>,
    again: bool,
}

/// The page that says what went wrong.
pub(crate) fn error(f: &Frame<'_>, failure: &Failure) -> Response {
    let [title, text] = failure.messages().map(|name| f.w.say(name));
    let again = matches!(failure, Failure::Busy | Failure::Broken);
    let for_makers = if let Failure::NoApp(why) = failure { Some(*why) } else { None };
    match (ErrorPage { f, title, text, for_makers, again }).render() {
        Ok(page) => Html(page).into_response(),
        Err(_) => failure.status().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locales;

    #[test]
    fn what_is_opened_is_said_in_every_language_and_what_cannot_be_told_apart_as_one() {
        use CalendarsAndContacts::{Apart, AsOne};
        let locales = Locales::new();
        for words in locales.all() {
            for choice in Choice::all(Apart).chain(Choice::all(AsOne)) {
                for message in [choice_message(&choice).to_owned(), choice_hint(&choice)] {
                    assert_ne!(words.say(&message), message, "{}", words.tag());
                }
            }
            assert_eq!(scopes_said(words, Scopes::EVERYTHING, AsOne).matches(" · ").count(), 1);
        }
        let english = locales.find("en").expect("English");
        assert_eq!(scopes_said(english, Scopes::EVERYTHING, Apart), "Mail · Contacts · Calendars");
        assert_eq!(scopes_said(english, Scopes::EVERYTHING, AsOne), "Mail · Calendars and contacts");
        assert_eq!(scopes_said(english, Scopes::NONE.with(Scope::Contacts), AsOne), "Calendars and contacts");
        assert_eq!(scopes_said(english, Scopes::NONE.with(Scope::Contacts), Apart), "Contacts");
    }

    #[test]
    fn one_comes_back_to_this_portal_only() {
        for own in ["/", "/app-passwords/new?label=Phone%20at%20home"] {
            assert_eq!(next_page(own), own);
        }
        for other in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "javascript:alert(1)"]
        {
            assert_eq!(next_page(other), "/", "{other:?}");
        }
    }

    #[test]
    fn a_path_survives_a_query() {
        assert_eq!(in_query("/a?b=c&d=é"), "/a%3Fb%3Dc%26d%3D%C3%A9");
    }
}
