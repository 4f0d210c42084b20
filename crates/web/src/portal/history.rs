//! History: app passwords and authorised apps that have ended, with when, why, and what other servers did.

use std::cmp::Reverse;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;
use valetkey_domain::oauth::Grant;
use valetkey_domain::{
    AppPassword, CredentialId, CredentialState, Label, LastUse, RevocationReason, Scopes, Timestamp,
};

use super::{Answer, elsewhere};
use crate::Portal;
use crate::locale::Words;
use crate::page::{Frame, render, used_how};
use crate::visit::Visit;

/// How many are on a page of the history.
const HISTORY_PAGE: usize = 50;

/// Which page of the history.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Past {
    page: usize,
}

/// What a history is of: the list that it belongs to, and the messages that are its own.
struct Kind {
    list: &'static str,
    name: &'static str,
    lead: &'static str,
    empty: &'static str,
    begun: &'static str,
    revoked: &'static str,
    by_owner: &'static str,
    all_by_owner: &'static str,
    by_staff: &'static str,
}

const APP_PASSWORDS: Kind = Kind {
    list: "/app-passwords",
    name: "app-passwords",
    lead: "history-lead",
    empty: "history-empty",
    begun: "fact-created",
    revoked: "ended-revoked",
    by_owner: "why-asked",
    all_by_owner: "why-all-asked",
    by_staff: "why-staff",
};

const AUTHORISED_APPS: Kind = Kind {
    list: "/authorised-apps",
    name: "authorised-apps",
    lead: "history-lead-apps",
    empty: "history-empty-apps",
    begun: "added",
    revoked: "ended-removed",
    by_owner: "why-asked-app",
    all_by_owner: "why-all-asked-apps",
    by_staff: "why-staff-app",
};

/// What has ended, of either kind.
struct One {
    id: CredentialId,
    label: Label,
    scopes: Scopes,
    state: CredentialState,
    created_at: Timestamp,
    last_use: Option<LastUse>,
    /// How it was tried, if it is still tried after its end.
    last_try: Option<LastUse>,
}

impl One {
    fn of_app_password(one: AppPassword, now: Timestamp) -> Self {
        Self {
            last_try: one.is_still_tried(now).then_some(one.last_try).flatten(),
            id: one.id.into(),
            label: one.label,
            scopes: one.scopes,
            state: one.state,
            created_at: one.created_at,
            last_use: one.last_use,
        }
    }

    fn of_grant(one: Grant) -> Self {
        Self {
            id: one.id.into(),
            label: one.name,
            scopes: one.given.scopes,
            state: one.state,
            created_at: one.created_at,
            last_use: one.last_use,
            last_try: None,
        }
    }
}

struct Row {
    one: One,
    ended_at: Timestamp,
    how: &'static str,
    why: String,
    used: Option<String>,
    /// When and how it was tried, if it is still tried.
    tried: Option<(Timestamp, String)>,
    /// What other servers did, as long as it is remembered.
    elsewhere: Vec<String>,
}

impl Row {
    fn new(one: One, ended_at: Timestamp, kind: &Kind, w: &Words, elsewhere: Vec<String>) -> Self {
        let (how, why) = how(&one.state, kind);
        Self {
            ended_at,
            how,
            why: w.say(&why),
            used: one.last_use.as_ref().map(|last| used_how(w, last)),
            tried: one.last_try.as_ref().map(|last| (last.at, used_how(w, last))),
            elsewhere,
            one,
        }
    }
}

/// Which messages say how it ended, and why.
fn how(state: &CredentialState, kind: &Kind) -> (&'static str, String) {
    let CredentialState::Revoked { why, by_owner, .. } = state else {
        return ("ended-expired", "why-expired".to_owned());
    };
    let why = match (why, by_owner) {
        (RevocationReason::Asked, true) => kind.by_owner.to_owned(),
        (RevocationReason::AllAsked, true) => kind.all_by_owner.to_owned(),
        (RevocationReason::Asked | RevocationReason::AllAsked, false) => kind.by_staff.to_owned(),
        (why, _) => format!("why-{why}"),
    };
    (kind.revoked, why)
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage<'a> {
    f: &'a Frame<'a>,
    kind: &'a Kind,
    rows: Vec<Row>,
    older: Option<usize>,
}

/// App passwords that have ended.
pub(crate) async fn app_passwords(State(portal): State<Arc<Portal>>, visit: Visit, Query(past): Query<Past>) -> Answer {
    let (session, now) = (visit.signed_in()?, portal.accounts.now());
    let all = portal.accounts.app_passwords(&session.actor(), session.account, true).await?;
    let all = all.into_iter().map(|one| One::of_app_password(one, now));
    show(&portal, &visit, &APP_PASSWORDS, all, past.page).await
}

/// Authorised apps that have ended.
pub(crate) async fn authorised_apps(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Query(past): Query<Past>,
) -> Answer {
    let session = visit.signed_in()?;
    let all = portal.accounts.grants(&session.actor(), session.account, true).await?;
    show(&portal, &visit, &AUTHORISED_APPS, all.into_iter().map(One::of_grant), past.page).await
}

async fn show(portal: &Arc<Portal>, visit: &Visit, kind: &Kind, all: impl Iterator<Item = One>, page: usize) -> Answer {
    let session = visit.signed_in()?;
    let mut ended: Vec<(Timestamp, One)> = all.filter_map(|one| one.state.ended_at().map(|at| (at, one))).collect();
    ended.sort_by_key(|(at, _)| Reverse(*at));
    let begin = page.saturating_mul(HISTORY_PAGE);
    let older = (ended.len() > begin.saturating_add(HISTORY_PAGE)).then_some(page + 1);
    let shown: Vec<(Timestamp, One)> = ended.into_iter().skip(begin).take(HISTORY_PAGE).collect();
    let about = shown.iter().map(|(at, one)| (one.id, *at));
    let mut told = portal.accounts.other_servers_of(&session.actor(), session.account, about).await?;
    let w = &visit.words;
    let row = |(at, one): (Timestamp, One)| {
        let told = told.remove(&one.id).unwrap_or_default();
        let elsewhere = told.iter().map(|one| elsewhere::told(w, one)).collect();
        Row::new(one, at, kind, w, elsewhere)
    };
    let rows = shown.into_iter().map(row).collect();
    let f = Frame::new(portal, visit);
    Ok(render(&HistoryPage { f: &f, kind, rows, older }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locales;

    #[test]
    fn each_end_is_put_into_words_of_its_kind_in_every_language() {
        let at = Timestamp::from_millis(0);
        let revoked = |why, by_owner| CredentialState::Revoked { at, why, by_owner };
        let whys = RevocationReason::ALL.into_iter().flat_map(|why| [revoked(why, true), revoked(why, false)]);
        let states: Vec<CredentialState> = whys.chain([CredentialState::Expired { at }]).collect();
        for words in Locales::new().all() {
            let said = |kind: &Kind| -> Vec<String> {
                let of = |state: &CredentialState| {
                    let (how, why) = how(state, kind);
                    format!("{}: {}", words.say(how), words.say(&why))
                };
                states.iter().map(of).collect()
            };
            let (app_passwords, apps) = (said(&APP_PASSWORDS), said(&AUTHORISED_APPS));
            for said in app_passwords.iter().chain(&apps) {
                assert!(!said.contains("why-") && !said.contains("ended-"), "{}: {said}", words.tag());
            }
            let same = app_passwords.iter().zip(&apps).filter(|(one, other)| one == other).count();
            assert_eq!(same, 1, "{}: an app password is revoked, an app is removed; both expire", words.tag());
        }
    }

    #[test]
    fn what_the_owner_did_is_told_from_what_staff_did() {
        let locales = Locales::new();
        let english = locales.find("en").expect("English");
        let at = Timestamp::from_millis(0);
        let said = |why, by_owner, kind| english.say(&how(&CredentialState::Revoked { at, why, by_owner }, kind).1);
        assert_eq!(said(RevocationReason::Asked, true, &APP_PASSWORDS), "You revoked it.");
        assert_eq!(said(RevocationReason::AllAsked, false, &APP_PASSWORDS), "The staff of this server revoked it.");
        assert_eq!(said(RevocationReason::Asked, true, &AUTHORISED_APPS), "You removed it.");
        assert_eq!(said(RevocationReason::AllAsked, true, &AUTHORISED_APPS), "You removed all of them.");
        assert_eq!(said(RevocationReason::Asked, false, &AUTHORISED_APPS), "The staff of this server removed it.");
    }
}
