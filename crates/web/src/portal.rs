//! The pages, and under which addresses they are.

mod activity;
mod administration;
mod amiss;
pub(crate) mod app_passwords;
mod authorised_apps;
mod connected;
mod elsewhere;
mod ended;
mod help;
mod history;
mod home;
mod joining;
mod notice_address;
mod passkey;
mod reset;
mod security;
mod sign_in;
mod you;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use valetkey_domain::Plain;

use crate::failure::Failure;
use crate::page::{NEWS, next_page};
use crate::visit::{LANGUAGE, Visit, set_cookie};
use crate::{Portal, assets};

/// What a handler gives back.
type Answer = Result<Response, Failure>;

pub(crate) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::take))
        .route("/sign-in/passkey", post(passkey::sign_in))
        .route("/sign-in/second-factor", get(sign_in::ask_factor).post(sign_in::take_factor))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/passkey/challenge", post(passkey::challenge))
        .route("/invite/{code}", get(joining::show).post(joining::join))
        .route("/welcome", get(joining::welcome))
        .route("/register", get(joining::ask).post(joining::register))
        .route("/password-strength", post(joining::strength))
        .route("/forgot", get(reset::ask).post(reset::forgotten))
        .route("/reset/{code}", get(reset::show).post(reset::reset))
        .route("/step-up", get(sign_in::ask_again).post(sign_in::take_again))
        .route("/app-passwords", get(app_passwords::list))
        .route("/app-passwords/new", get(app_passwords::new).post(app_passwords::make))
        .route("/app-passwords/history", get(history::app_passwords))
        .route("/app-passwords/revoke-all", get(app_passwords::ask_revoke_all).post(app_passwords::revoke_all))
        .route("/app-passwords/{id}", get(app_passwords::made))
        .route("/app-passwords/{id}/live", get(app_passwords::live))
        .route("/app-passwords/{id}/revoke", get(app_passwords::ask_revoke).post(app_passwords::revoke))
        .route("/authorised-apps", get(authorised_apps::list))
        .route("/authorised-apps/history", get(history::authorised_apps))
        .route("/authorised-apps/{id}/remove", get(authorised_apps::ask_remove).post(authorised_apps::remove))
        .route("/connected", get(connected::list))
        .route("/connected/live", get(connected::live))
        .route("/connected/{number}/sign-out", post(connected::sign_out))
        .route("/security", get(security::show))
        .route("/security/password", get(security::ask_password).post(security::change_password))
        .route("/security/activity", get(activity::show))
        .route("/security/authenticator", get(security::offer).post(security::enrol))
        .route("/security/passkey", get(passkey::ask).post(passkey::enrol))
        .route("/security/passkey/challenge", post(passkey::creation))
        .route("/security/recovery-codes/new", get(security::ask_codes))
        .route("/security/recovery-codes", get(security::codes).post(security::new_codes))
        .route("/security/factors/{id}", get(security::ask_name).post(security::rename))
        .route("/security/factors/{id}/remove", get(security::ask_remove).post(security::remove))
        .route("/security/browsers/{id}/sign-out", post(security::sign_out_browser))
        .route("/security/trusted/{id}/end", post(security::distrust))
        .route("/security/factors-removal/stop", post(security::stop_removal))
        .route("/you", get(you::show).post(you::change))
        .route("/you/notice-address", get(you::show).post(you::give_notice_address))
        .route("/notice-address/{code}", get(notice_address::ask).post(notice_address::confirm))
        .route("/help", get(help::show))
        .route("/language/{tag}", get(choose_language))
        .route("/static/{name}", get(assets::serve))
        .merge(administration::routes())
}

/// Where one wants to go afterwards, and by what.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    next: String,
    with: String,
}

pub(crate) async fn not_found() -> Failure {
    Failure::NotFound
}

async fn choose_language(
    State(portal): State<Arc<Portal>>,
    Path(tag): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let words = portal.locales.find(&tag).ok_or(Failure::NotFound)?;
    Ok(([(SET_COOKIE, set_cookie(LANGUAGE, words.tag()))], go(next_page(&wanted.next))).into_response())
}

/// Sends the browser to a page, by GET.
fn go(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to.to_owned())]).into_response()
}

impl Portal {
    /// Says what happened on the next page of this browser.
    fn tell(&self, visit: &Visit, news: String) -> Result<(), Failure> {
        self.shown.keep(visit.signed_in()?.id, NEWS.to_owned(), Plain::new(news), self.accounts.now());
        Ok(())
    }
}
