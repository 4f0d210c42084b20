//! App passwords that staff make for a device, or for anybody where the postmaster allows that: shown once, to them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use valetkey_domain::policy::Action;
use valetkey_domain::{AppPassword, AppPasswordId, Kind, Scope, Scopes};

use super::super::Answer;
use super::super::app_passwords::{At, Wrong, made_page, make_at, new_page, watch_one};
use super::{Subject, staff};
use crate::Portal;
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::visit::Visit;

fn at(subject: &Subject) -> At {
    let account = subject.account();
    At {
        account: account.id,
        login: account.canonical_login().clone(),
        base: format!("{}/app-passwords", subject.page),
        back: subject.page.clone(),
        back_name: subject.name().to_owned(),
        scopes: match account.kind {
            Kind::Device => Scopes::NONE.with(Scope::MailSend),
            Kind::Person => Scopes::EVERYTHING,
        },
    }
}

pub(super) async fn new(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path(id): Path<String>,
    Query(typed): Query<Vec<(String, String)>>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    subject.must(Action::CreateAppPassword, &visit)?;
    let typed = Fields::of_query(typed);
    Ok(new_page(&portal, &visit, &at(&subject), typed.text("label"), None, Wrong::default()))
}

pub(super) async fn make(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    make_at(&portal, &visit, &fields, &at(&subject)).await
}

/// An app password of an account, by the text in an address.
pub(super) async fn one_of(
    portal: &Portal,
    visit: &Visit,
    subject: &Subject,
    one: &str,
) -> Result<AppPassword, Failure> {
    let one: AppPasswordId = one.parse().map_err(|_| Failure::NotFound)?;
    let all = portal.accounts.app_passwords(&staff(visit)?.actor(), subject.account().id, true).await?;
    all.into_iter().find(|found| found.id == one).ok_or(Failure::NotFound)
}

pub(super) async fn made(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path((id, one)): Path<(String, String)>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let one = one_of(&portal, &visit, &subject, &one).await?;
    made_page(&portal, &visit, &at(&subject), one)
}

/// Whether the device has signed in yet.
pub(super) async fn live(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path((id, one)): Path<(String, String)>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let one = one_of(&portal, &visit, &subject, &one).await?;
    watch_one(portal, visit, &one)
}
