//! Apps on devices that have no browser (RFC 8628): what they ask, and the page on which people type the code that the device
//! shows.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use valetkey_accounts::{AccountsError, DeviceCodes, DeviceError, IssuedTokens, Session, Waiting};
use valetkey_domain::Choice;
use valetkey_domain::oauth::Requested;
use valetkey_domain::policy::Denied;

use super::asked::Asked;
use super::consent::too_many;
use super::refused::{AmissScope, NOT_FOR_DEVICES, Refused, Shown};
use super::{DEVICE, DEVICE_AUTHORISATION, has_devices};
use crate::Portal;
use crate::approval::{allowed, approver, begun_from, denied};
use crate::failure::Failure;
use crate::form::Posted;
use crate::page::{Frame, choice_hint, choice_message, in_query, render};
use crate::visit::{Visit, agent, network};

/// What an app on a device says that it has, at the token endpoint.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What apps are told of it, if one of those that the postmaster has named may do it.
pub(super) fn tell(portal: &Portal, metadata: &mut Value) {
    if !has_devices(portal) {
        return;
    }
    metadata["device_authorization_endpoint"] = format!("{}{DEVICE_AUTHORISATION}", portal.settings.origin).into();
    if let Some(grants) = metadata["grant_types_supported"].as_array_mut() {
        grants.push(GRANT.into());
    }
}

/// An app asks to be let in.
pub(crate) async fn begin(State(portal): State<Arc<Portal>>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let network = network(&parts);
    let agent = agent(&parts).map(str::to_owned);
    let asked = Asked::from_request(Request::from_parts(parts, body), &portal).await?;
    if !asked.client.asks_from_devices() {
        return Err(Refused::UnauthorizedClient(NOT_FOR_DEVICES));
    }
    let wanted = Requested::parse(asked.fields.text("scope")).ok_or(Refused::InvalidScope(AmissScope::Nothing))?;
    let codes = portal.accounts.ask_from_device(&asked.client, wanted, network, agent.as_deref()).await?;
    let page = format!("{}{DEVICE}", portal.settings.origin);
    let (device, user) = (codes.device.expose().as_str(), codes.user.expose().as_str());
    let told = json!({
        "device_code": device,
        "user_code": user,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user}"),
        "expires_in": DeviceCodes::TIME.as_secs(),
        "interval": DeviceCodes::INTERVAL.as_secs(),
    });
    Ok(super::json_of(StatusCode::OK, &told))
}

/// An app asks whether it is let in.
pub(super) async fn redeem(portal: &Portal, asked: &Asked) -> Result<IssuedTokens, Refused> {
    let redeemed = portal.accounts.redeem_device_code(&asked.client, asked.needed("device_code")?).await;
    redeemed.map_err(|error| Refused::from(error).about(Shown::DeviceCode))
}

impl From<DeviceError> for Refused {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Pending => Self::AuthorizationPending,
            DeviceError::SlowDown => Self::SlowDown,
            DeviceError::Denied => Self::AccessDenied,
            DeviceError::Expired => Self::ExpiredToken,
            DeviceError::NotForDevices => Self::UnauthorizedClient(NOT_FOR_DEVICES),
            DeviceError::Token(error) => error.into(),
        }
    }
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'a> {
    f: &'a Frame<'a>,
    login: &'a str,
    action: &'static str,
    code: &'a str,
    hint: String,
    wrong: Option<String>,
    has_factor: bool,
}

#[derive(Template)]
#[template(path = "device_consent.html")]
struct ConsentPage<'a> {
    f: &'a Frame<'a>,
    login: &'a str,
    action: &'static str,
    code: &'a str,
    waiting: &'a Waiting,
    choices: Vec<Choice>,
    from: String,
}

/// The code in the address, if the device has made the whole of it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Code {
    user_code: String,
}

/// Asks for the code. One that stands in the address is filled in and not looked at: whose device shows it, only its user
/// knows, and they have to compare it (RFC 8628 section 3.3.1).
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    Query(code): Query<Code>,
) -> Result<Response, Failure> {
    let session = approver(&portal, &visit, &visit.path)?;
    Ok(page(&portal, &visit, session, &code.user_code, None))
}

/// Shows what the device asks for that shows this code, or takes what its user answers.
pub(crate) async fn take(
    State(portal): State<Arc<Portal>>,
    Posted { visit, fields }: Posted,
) -> Result<Response, Failure> {
    let code = fields.text("user_code");
    let back = format!("{DEVICE}?user_code={}", in_query(code));
    // Saying no takes no second factor.
    let session = match fields.text("decision") {
        "deny" => visit.session().ok_or_else(|| Failure::SignIn(back.clone()))?,
        _ => approver(&portal, &visit, &back)?,
    };
    match answer(&portal, &visit, session, code, fields.text("decision")).await {
        Ok(response) => Ok(response),
        Err(AccountsError::WrongCode) => {
            Ok(page(&portal, &visit, session, code, Some(visit.words.say("device-code-wrong"))))
        }
        Err(AccountsError::Wait(time)) => Ok(page(&portal, &visit, session, code, Some(visit.words.wait(time)))),
        Err(AccountsError::Denied(Denied::StepUpNeeded)) => Err(Failure::StepUp(back)),
        Err(AccountsError::TooManyGrants) => Ok(page(&portal, &visit, session, code, Some(too_many(&visit.words)))),
        // The page says what they need.
        Err(AccountsError::NoSecondFactor) => Err(Failure::Again(DEVICE.to_owned())),
        Err(other) => Err(other.into()),
    }
}

async fn answer(
    portal: &Arc<Portal>,
    visit: &Visit,
    session: &Session,
    code: &str,
    decision: &str,
) -> Result<Response, AccountsError> {
    let (accounts, account, browser, actor) = (&portal.accounts, session.account, &visit.browser, session.actor());
    match decision {
        "allow" => {
            let answered = accounts.answer_device(&actor, account, code, browser, true).await?;
            let list = ("/authorised-apps", "authorised-apps");
            Ok(allowed(portal, visit, answered.name.as_str(), "device-allowed", list))
        }
        "deny" => {
            let answered = accounts.answer_device(&actor, account, code, browser, false).await?;
            Ok(denied(portal, visit, answered.name.as_str()))
        }
        _ => {
            let waiting = accounts.device_asking(account, code, browser).await?;
            let (f, login) = (Frame::new(portal, visit), session.login.as_str());
            let from = begun_from(&visit.words, &waiting);
            let together = accounts.settings().calendars_and_contacts;
            let choices = waiting.asked.scopes.choices(together).collect();
            Ok(render(&ConsentPage { f: &f, login, action: DEVICE, code, waiting: &waiting, choices, from }))
        }
    }
}

fn page(portal: &Portal, visit: &Visit, session: &Session, code: &str, wrong: Option<String>) -> Response {
    let f = Frame::new(portal, visit);
    let is_filled_in = !code.is_empty() && wrong.is_none();
    let hint = visit.words.say(if is_filled_in { "device-code-compare" } else { "device-code-hint" });
    let (login, has_factor) = (session.login.as_str(), session.second_factors > 0);
    render(&DevicePage { f: &f, login, action: DEVICE, code, hint, wrong, has_factor })
}

#[cfg(test)]
mod tests {
    use valetkey_accounts::TokenError;
    use valetkey_store::StoreError;

    use super::*;

    #[test]
    fn every_answer_is_in_the_words_of_the_rfc_and_an_outage_is_none_of_them() {
        for (error, refused) in [
            (DeviceError::Pending, Refused::AuthorizationPending),
            (DeviceError::SlowDown, Refused::SlowDown),
            (DeviceError::Denied, Refused::AccessDenied),
            (DeviceError::Expired, Refused::ExpiredToken),
            (DeviceError::NotForDevices, Refused::UnauthorizedClient(NOT_FOR_DEVICES)),
            (TokenError::InvalidGrant.into(), Refused::InvalidGrant(Shown::Something)),
            (AccountsError::NoSecondFactor.into(), Refused::InvalidGrant(Shown::Something)),
            (AccountsError::from(StoreError::Busy).into(), Refused::Unavailable),
        ] {
            assert_eq!(Refused::from(error), refused);
        }
    }
}
