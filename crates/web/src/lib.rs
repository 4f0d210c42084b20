//! The portal: what account holders see in a browser, and the letters that they get. Server-rendered pages, each usable
//! without scripts.
//!
//! Never put here: rules and SQL. A page asks `accounts` and says what came of it, in the reader's language.
//!
//! Start reading at [`Portal`], then `portal/app_passwords.rs`; for letters at [`Postman`].

#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand everything over by reference")]

mod approval;
mod assets;
mod errand;
mod failure;
mod form;
mod guard;
mod letter;
mod live;
mod locale;
mod login_flow;
mod oauth;
mod page;
mod portal;
mod serve;
mod shown;
mod visit;

use std::sync::Arc;

use axum::Router;
use valetkey_accounts::Accounts;
use valetkey_domain::Service;
use valetkey_domain::oauth::ClientId;

use assets::Assets;
pub use letter::{Delivery, MailError, MailSettings, Postman, Protection, Sender, Smtp, speaks};
use live::Watched;
use locale::Locales;
use shown::Shown;

/// What an app must be told to find a service.
#[derive(Clone, Debug)]
pub struct AppSetting {
    /// Which service.
    pub service: Service,
    /// `imap.example.org`, or for the web protocols the whole address.
    pub server: String,
    /// The port, where the address does not say.
    pub port: Option<u16>,
}

/// How the portal is to work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers find it: `https://accounts.example.org`, without a slash at the end.
    pub origin: String,
    /// What the accounts are for: `example.org`.
    pub site: String,
    /// Whom to ask when something is wrong.
    pub contact: Option<String>,
    /// Whether everybody may make an account of their own.
    pub registration: bool,
    /// How apps are authorised with the account; none if that is off.
    pub oauth: Option<OauthSettings>,
    /// Where apps of calendars and contacts find their server that open a page to get an app password; none if that is off.
    pub login_flow: Option<String>,
    /// What apps must be told.
    pub app_settings: Vec<AppSetting>,
}

/// How apps are authorised with the account.
#[derive(Clone, Debug)]
pub struct OauthSettings {
    /// Whether every app may register itself.
    pub registration: bool,
    /// Who may ask whose a token is.
    pub introspectors: Vec<ClientId>,
}

/// The portal.
pub struct Portal {
    accounts: Arc<Accounts>,
    settings: Settings,
    locales: Locales,
    assets: Assets,
    shown: Shown,
    watched: Arc<Watched>,
    clients_of_grants: oauth::ClientsOfGrants,
    /// How many passwords are estimated at a time.
    estimating: Arc<tokio::sync::Semaphore>,
}

impl Portal {
    /// A portal that listens nowhere yet.
    pub fn new(accounts: Arc<Accounts>, settings: Settings) -> Arc<Self> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let estimating = Arc::new(tokio::sync::Semaphore::new(processors));
        Arc::new(Self {
            accounts,
            settings,
            locales: Locales::new(),
            assets: Assets::new(),
            shown: Shown::default(),
            watched: Arc::default(),
            clients_of_grants: oauth::ClientsOfGrants::default(),
            estimating,
        })
    }

    fn router(self: &Arc<Self>) -> Router {
        let (has_apps, has_flow) = (self.settings.oauth.is_some(), self.settings.login_flow.is_some());
        let with = |routes: Router<Arc<Self>>, is_on: bool, more: &dyn Fn() -> Router<Arc<Self>>| {
            if is_on { routes.merge(more()) } else { routes }
        };
        let pages = with(portal::routes(), has_apps, &oauth::pages);
        let pages = with(pages, has_flow, &login_flow::pages)
            .fallback(portal::not_found)
            .method_not_allowed_fallback(portal::not_found)
            .layer(axum::middleware::from_fn_with_state(Arc::clone(self), guard::guard));
        let all = with(pages, has_apps, &|| oauth::for_apps(self));
        let all = with(all, has_flow, &|| login_flow::for_apps(self));
        all.with_state(Arc::clone(self))
    }
}
