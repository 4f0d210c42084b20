//! Help: using app passwords, with this server's own settings. For everybody, signed in or not.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use valetkey_domain::{ACTIVE_MAX, CalendarsAndContacts, Service};

use crate::page::{Frame, render};
use crate::visit::Visit;
use crate::{AppSetting, Portal, oauth};

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage<'a> {
    f: &'a Frame<'a>,
    login: Option<&'a str>,
    settings: Vec<(usize, &'a AppSetting)>,
    has_mail: bool,
    /// Where mail is sent.
    sending: Option<String>,
    /// Where calendars and contacts are, and the message that says which app password opens them.
    dav: Option<(&'a str, &'static str)>,
    active_max: usize,
    /// What people type into an app that gets its app password by itself.
    flow: Option<&'a str>,
    /// Whether there are apps that ask from devices without a browser.
    has_devices: bool,
}

pub(crate) async fn show(State(portal): State<Arc<Portal>>, visit: Visit) -> Response {
    let all = &portal.settings.app_settings;
    let find = |service| all.iter().find(|setting| setting.service == service);
    let sending = find(Service::Submission).map(|setting| {
        let port = setting.port.map(|port| port.to_string()).unwrap_or_default();
        visit.words.about_both("help-send-settings", ("server", &setting.server), ("port", &port))
    });
    let opens_dav = match portal.accounts.settings().calendars_and_contacts {
        CalendarsAndContacts::Apart => "help-dav-2",
        CalendarsAndContacts::AsOne => "help-dav-2-as-one",
    };
    let dav = find(Service::Dav).map(|setting| (setting.server.as_str(), opens_dav));
    let has_mail = sending.is_some() || find(Service::Imap).is_some();
    let login = visit.session().map(|session| session.login.as_str());
    let f = Frame::new(&portal, &visit);
    let settings = all.iter().enumerate().collect();
    let flow = portal.settings.login_flow.as_ref().map(|_| portal.settings.origin.as_str());
    let has_devices = oauth::has_devices(&portal);
    render(&HelpPage { f: &f, login, settings, has_mail, sending, dav, active_max: ACTIVE_MAX, flow, has_devices })
}
