//! What the postmaster can set about accounts.

use std::time::Duration;

use valetkey_domain::policy::Rules;
use valetkey_domain::throttle::{GuessLimits, Limits};
use valetkey_domain::{CalendarsAndContacts, SecretLength};

use crate::{ConfiguredClient, OtherServer};

/// What the postmaster can set about accounts. The configuration's sections are read into this.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The domain of login names that are written without one.
    pub default_domain: Option<String>,
    /// What authenticator apps show as the issuer.
    pub issuer: String,
    /// What is allowed beyond the defaults.
    pub rules: Rules,
    /// How many letters new app passwords have.
    pub secret_length: SecretLength,
    /// Whether calendars and contacts can be opened apart.
    pub calendars_and_contacts: CalendarsAndContacts,
    /// How many login names are remembered as accepted. Each takes about 200 bytes.
    pub remembered_max: usize,
    /// The throttle of app sign-ins.
    pub throttle: Limits,
    /// The throttle of primary passwords and second factors.
    pub guesses: GuessLimits,
    /// The beat on which refusals leave, so that their time tells nothing.
    pub refusal_tick: Duration,
    /// How often last uses are written.
    pub last_use_interval: Duration,
    /// How often what was gathered about revoked app passwords that are still tried is written.
    pub notice_interval: Duration,
    /// How long open connections outlive the loss of the store.
    pub store_lost_grace: Duration,
    /// How long a browser stays signed in to the portal while nobody uses it.
    pub session_idle: Duration,
    /// How long it stays signed in at most.
    pub session_max: Duration,
    /// How long a browser may leave the second factor out, once its owner trusts it.
    pub browser_trust: Duration,
    /// How long an account's owner has to stop the removal of all second factors that staff asked for.
    pub factor_removal_wait: Duration,
    /// Where the portal is, `https://accounts.example.org`: passkeys are bound to it.
    pub portal_origin: Option<String>,
    /// Whether everybody may make an account of their own.
    pub registration: bool,
    /// Servers that ask at sign-in and are named where somebody is signed out. Names are unique.
    pub other_servers: Vec<OtherServer>,
    /// The apps that the postmaster has named. Ids are unique, and none of those that are drawn.
    pub oauth_clients: Vec<ConfiguredClient>,
    /// Whether apps are told who has signed in, by tokens in the name of the portal's address.
    pub signs_id_tokens: bool,
    /// How long the login names of a deleted account stay reserved.
    pub name_reservation: Duration,
    /// How long the audit log is kept.
    pub audit_retention: Duration,
    /// How long an app password is remembered after its end, so that it is recognised when it is still tried.
    pub ended_retention: Duration,
    /// How long after an imported password was replaced it is told whose apps still send it.
    pub old_password_retention: Duration,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_domain: None,
            issuer: "Valetkey".to_owned(),
            rules: Rules::default(),
            secret_length: SecretLength::default(),
            calendars_and_contacts: CalendarsAndContacts::default(),
            remembered_max: 200_000,
            throttle: Limits::default(),
            guesses: GuessLimits::default(),
            refusal_tick: Duration::from_millis(50),
            last_use_interval: Duration::from_secs(3),
            notice_interval: Duration::from_secs(60),
            store_lost_grace: Duration::from_secs(300),
            session_idle: Duration::from_hours(1),
            session_max: Duration::from_hours(12),
            browser_trust: DAY * 30,
            factor_removal_wait: DAY,
            portal_origin: None,
            registration: false,
            other_servers: Vec::new(),
            oauth_clients: Vec::new(),
            signs_id_tokens: false,
            name_reservation: DAY * 90,
            audit_retention: DAY * 400,
            ended_retention: DAY * 400,
            old_password_retention: DAY * 180,
        }
    }
}
