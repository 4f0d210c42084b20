//! The apps that are authorised with an account: shown on its page, and removed.

use std::sync::Arc;

use axum::extract::{Path, State};
use valetkey_accounts::gate::Connected;
use valetkey_domain::oauth::Grant;
use valetkey_domain::policy::{Action, Actor};
use valetkey_domain::{CredentialState, GrantId, Kind, Timestamp};

use super::super::authorised_apps::opens;
use super::super::{Answer, elsewhere, go};
use super::account::ENDED_SHOWN;
use super::deed::AskPage;
use super::{Subject, staff};
use crate::Portal;
use crate::failure::Failure;
use crate::form::Posted;
use crate::page::{Frame, render, used_how};
use crate::visit::Visit;

/// Those of one account.
pub(super) struct Apps {
    pub(super) active: Vec<Row>,
    /// The last that have ended; the audit log has them all.
    pub(super) ended: Vec<Row>,
    pub(super) active_count: usize,
}

pub(super) struct Row {
    pub(super) one: Grant,
    pub(super) opens: String,
    pub(super) used: Option<String>,
    pub(super) ended: Option<(Timestamp, &'static str)>,
    pub(super) connected: usize,
}

impl Row {
    fn new(one: Grant, f: &Frame<'_>, connected: &[Connected]) -> Self {
        let ended = match &one.state {
            CredentialState::Active => None,
            CredentialState::Revoked { at, .. } => Some((*at, "ended-removed")),
            CredentialState::Expired { at } => Some((*at, "ended-expired")),
        };
        Self {
            opens: opens(f, &one),
            used: one.last_use.as_ref().map(|last| used_how(f.w, last)),
            connected: connected.iter().filter(|other| other.credential == one.id.into()).count(),
            ended,
            one,
        }
    }
}

impl Apps {
    /// None where there never was one and none may come.
    pub(super) async fn of(
        portal: &Portal,
        actor: &Actor,
        subject: &Subject,
        f: &Frame<'_>,
        connected: &[Connected],
    ) -> Result<Option<Self>, Failure> {
        let account = subject.account();
        let all = portal.accounts.grants(actor, account.id, true).await?;
        if all.is_empty() && (portal.settings.oauth.is_none() || account.kind == Kind::Device) {
            return Ok(None);
        }
        let rows = all.into_iter().map(|one| Row::new(one, f, connected));
        let (active, mut ended): (Vec<Row>, Vec<Row>) = rows.partition(|row| row.ended.is_none());
        ended.sort_by_key(|row| std::cmp::Reverse(row.ended.map(|(at, _)| at)));
        ended.truncate(ENDED_SHOWN);
        Ok(Some(Self { active_count: active.len(), active, ended }))
    }
}

/// Says what removing will do, and asks once.
pub(super) async fn ask_remove(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Path((id, one)): Path<(String, String)>,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    subject.must(Action::RemoveGrant, &visit)?;
    let one: GrantId = one.parse().map_err(|_| Failure::NotFound)?;
    let (account, actor, w) = (subject.account().id, staff(&visit)?.actor(), &visit.words);
    let found = portal.accounts.grant(&actor, account, one).await?.ok_or(Failure::NotFound)?;
    let connected = portal.accounts.connections(&actor, Some(account), usize::MAX).await?;
    let open = connected.iter().filter(|other| other.credential == found.id.into()).count();
    let f = Frame::new(&portal, &visit);
    Ok(render(&AskPage {
        f: &f,
        title: w.about("remove-app-title", "label", found.name.as_str()),
        action: format!("{}/authorised-apps/{}/remove", subject.page, found.id),
        button: w.say("remove"),
        ends: true,
        facts: std::iter::once(w.count("ask-remove-app-connected", "count", &open))
            .chain(elsewhere::plan(&portal, w))
            .collect(),
        field: None,
        subject: &subject,
    }))
}

/// Removes one, and says what it did.
pub(super) async fn remove(
    State(portal): State<Arc<Portal>>,
    Path((id, one)): Path<(String, String)>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let subject = Subject::of(&portal, &visit, &id).await?;
    let one: GrantId = one.parse().map_err(|_| Failure::NotFound)?;
    let done = portal.accounts.remove_grant(&staff(&visit)?.actor(), subject.account().id, one).await?;
    let w = &visit.words;
    let removed = w.about("app-removed", "label", done.grant.name.as_str());
    let said = format!("{removed} {}", w.count("closed-count", "count", &done.closed));
    portal.tell(&visit, elsewhere::after(&portal, w, said, done.asked).await)?;
    Ok(go(&subject.page))
}
