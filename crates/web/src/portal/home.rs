//! Home: one card for each part.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use valetkey_domain::{ACTIVE_MAX, Timestamp};

use super::Answer;
use super::amiss::Amiss;
use crate::Portal;
use crate::page::{Frame, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    f: &'a Frame<'a>,
    name: &'a str,
    login: &'a str,
    active: usize,
    active_max: usize,
    connected: usize,
    /// How many apps are authorised, where there are any or may be.
    authorised: Option<usize>,
    factors: usize,
    amiss: Amiss,
    factors_end_at: Option<Timestamp>,
}

pub(crate) async fn show(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let (actor, account) = (session.actor(), session.account);
    let active = portal.accounts.app_passwords(&actor, account, false).await?.len();
    let connected = portal.accounts.connections(&actor, Some(account), usize::MAX).await?.len();
    let grants = portal.accounts.grants(&actor, account, false).await?.len();
    let authorised = (portal.settings.oauth.is_some() || grants > 0).then_some(grants);
    let login = session.login.as_str();
    let name = Some(session.display_name.as_str()).filter(|name| !name.is_empty()).unwrap_or(login);
    let factors_end_at = portal.accounts.show_account(&actor, account).await?.account.factors_end_at;
    let amiss = Amiss::of(&portal, &visit).await?;
    let f = Frame::new(&portal, &visit);
    let factors = session.second_factors;
    Ok(render(&HomePage {
        f: &f,
        name,
        login,
        active,
        active_max: ACTIVE_MAX,
        connected,
        authorised,
        factors,
        amiss,
        factors_end_at,
    }))
}
