//! How the server is set, for looking at: what is changed, is changed in its configuration.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use valetkey_accounts::ConfiguredClient;

use super::super::Answer;
use super::staff;
use crate::Portal;
use crate::failure::Failure;
use crate::locale::Words;
use crate::page::{Frame, render, service_name};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "admin_settings.html")]
struct SettingsPage<'a> {
    f: &'a Frame<'a>,
    sections: Vec<Section>,
}

/// A part of the settings: its message, and rows of a message and what is set.
struct Section {
    name: &'static str,
    rows: Vec<(String, String)>,
}

pub(super) async fn show(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    staff(&visit)?;
    let (f, w) = (Frame::new(&portal, &visit), &visit.words);
    if !f.sees_audit() {
        return Err(Failure::NotFound);
    }
    let sections = vec![
        here(&portal, w),
        sessions(&portal, w),
        policy(&portal, w),
        apps(&portal, w),
        throttle(&portal, w),
        retention(&portal, w),
    ];
    Ok(render(&SettingsPage { f: &f, sections }))
}

fn here(portal: &Portal, w: &Words) -> Section {
    let settings = &portal.settings;
    let mut rows = vec![
        (w.say("address"), settings.origin.clone()),
        (w.say("set-site"), settings.site.clone()),
        (w.say("set-contact"), settings.contact.clone().unwrap_or_else(|| w.say("nothing-given"))),
    ];
    for one in &settings.app_settings {
        let server = one.port.map_or_else(|| one.server.clone(), |port| format!("{}:{port}", one.server));
        rows.push((w.about("set-apps", "service", service_name(one.service)), server));
    }
    Section { name: "set-portal", rows }
}

fn sessions(portal: &Portal, w: &Words) -> Section {
    let set = portal.accounts.settings();
    Section {
        name: "set-sessions",
        rows: vec![
            (w.say("set-session-idle"), time(w, set.session_idle)),
            (w.say("set-session-max"), time(w, set.session_max)),
            (w.say("set-browser-trust"), time(w, set.browser_trust)),
        ],
    }
}

fn policy(portal: &Portal, w: &Words) -> Section {
    let set = portal.accounts.settings();
    let yes_or_no = |is: bool| w.say(if is { "yes" } else { "no" });
    Section {
        name: "set-policy",
        rows: vec![
            (w.say("set-admin-may-create"), yes_or_no(set.rules.admin_may_create)),
            (w.say("set-registration"), yes_or_no(set.registration)),
            (w.say("set-factor-removal"), time(w, set.factor_removal_wait)),
            (w.say("set-letters"), w.count("set-so-many-letters", "count", &set.secret_length.letters())),
        ],
    }
}

/// Which apps may be authorised with an account: each that the postmaster has named, with what is special about it.
fn apps(portal: &Portal, w: &Words) -> Section {
    let yes_or_no = |is: bool| w.say(if is { "yes" } else { "no" });
    let mut rows = vec![(w.say("set-oauth-on"), yes_or_no(portal.settings.oauth.is_some()))];
    if let Some(oauth) = &portal.settings.oauth {
        rows.push((w.say("set-oauth-registration"), yes_or_no(oauth.registration)));
        for ConfiguredClient(client) in &portal.accounts.settings().oauth_clients {
            let what = if oauth.introspectors.contains(&client.id) {
                "set-oauth-asks"
            } else if client.is_trusted() {
                "set-oauth-own"
            } else {
                "set-oauth-named"
            };
            rows.push((client.name.as_str().to_owned(), w.say(what)));
        }
    }
    Section { name: "authorised-apps", rows }
}

fn throttle(portal: &Portal, w: &Words) -> Section {
    let set = portal.accounts.settings();
    let rate = |burst: u32, hour: u32| {
        let [burst, hour] = [burst, hour].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        w.count_both("set-rate", "burst", &burst, "hour", &hour)
    };
    Section {
        name: "set-throttle",
        rows: vec![
            (w.say("set-throttle-account"), rate(set.throttle.account_burst, set.throttle.account_per_hour)),
            (w.say("set-throttle-network"), rate(set.throttle.network_burst, set.throttle.network_per_hour)),
            (w.say("set-throttle-guesses"), rate(set.guesses.burst, set.guesses.per_hour)),
            (w.say("set-delay-max"), time(w, set.throttle.delay_max)),
        ],
    }
}

fn retention(portal: &Portal, w: &Words) -> Section {
    let set = portal.accounts.settings();
    Section {
        name: "set-retention",
        rows: vec![
            (w.say("audit-log"), time(w, set.audit_retention)),
            (w.say("set-ended"), time(w, set.ended_retention)),
            (w.say("set-names"), time(w, set.name_reservation)),
        ],
    }
}

/// A time in the largest unit that says it whole.
pub(super) fn time(w: &Words, time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [("days", 86_400), ("hours", 3600), ("minutes", 60)];
    // 24 hours are said as they are agreed upon: in hours.
    let whole = units.iter().find(|(_, unit)| seconds > *unit && seconds.is_multiple_of(*unit));
    let (name, unit) = whole.copied().unwrap_or(("seconds", 1));
    w.count(&format!("time-{name}"), "count", &usize::try_from(seconds / unit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locales;

    #[test]
    fn a_time_is_said_in_the_largest_unit_that_says_it_whole() {
        let locales = Locales::new();
        let english = locales.find("en").expect("English");
        for (seconds, said) in [
            (172_800, "2 days"),
            (86_400, "24 hours"),
            (90_000, "25 hours"),
            (600, "10 minutes"),
            (61, "61 seconds"),
            (1, "1 second"),
        ] {
            assert_eq!(time(english, Duration::from_secs(seconds)), said);
        }
    }
}
