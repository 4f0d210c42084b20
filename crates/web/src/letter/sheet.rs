//! What stands in a letter, before it is set in text and HTML: what happened, what is known of it, what to do.

use fluent_bundle::FluentValue;
use valetkey_accounts::{By, Facts, Failures, Letter, MadeLink, Occasion};
use valetkey_domain::{CalendarsAndContacts, LinkKind, RevocationReason, Role, Timestamp};

use crate::Settings;
use crate::locale::Words;
use crate::page::{scopes_said, service_name};

/// A letter in its reader's language.
pub(super) struct Sheet {
    pub(super) subject: String,
    pub(super) hello: String,
    pub(super) lead: String,
    /// What is known, each with its name.
    pub(super) facts: Vec<(String, String)>,
    /// More sentences, each for itself.
    pub(super) lines: Vec<String>,
    /// What to do, each with what it is for.
    pub(super) advice: Vec<(String, String)>,
    /// Where to do it: words and an address.
    pub(super) way: (String, String),
    /// What is said in small print.
    pub(super) small: Vec<String>,
}

/// How an occasion is put into words.
struct Shape {
    /// The middle of the names of its messages.
    stem: &'static str,
    advice: Advice,
    way: Way,
}

/// What to do.
#[derive(Clone, Copy)]
enum Advice {
    /// Nothing, if it was the reader; else what this message says.
    Unless(&'static str),
    /// What this message says.
    Next(&'static str),
    /// Nothing, if somebody else gave the reader's address.
    Ignore,
}

/// Where to do it.
#[derive(Clone, Copy)]
enum Way {
    AppPasswords,
    AuthorisedApps,
    Security,
    Portal,
    Link,
}

fn shape(occasion: Occasion, facts: &Facts) -> Shape {
    use Advice::{Ignore, Next, Unless};
    let (stem, advice, way) = match occasion {
        Occasion::AccountSuspended => ("suspended", Next("letter-next-contact"), Way::Portal),
        Occasion::AccountResumed => ("resumed", Next("letter-next-contact"), Way::Portal),
        Occasion::RoleSet => ("role", Next("letter-next-contact"), Way::Portal),
        Occasion::PasswordChanged => ("password-changed", Unless("letter-not-you-password"), Way::Security),
        Occasion::PasswordReset => ("password-reset", Unless("letter-not-you-password"), Way::Security),
        Occasion::FactorAdded => ("factor-added", Unless("letter-not-you-factor"), Way::Security),
        Occasion::FactorRemoved if facts.was_last => ("factors-gone", Unless("letter-not-you-password"), Way::Security),
        Occasion::FactorRemoved => ("factor-removed", Unless("letter-not-you-factor"), Way::Security),
        Occasion::RecoveryCodesMade => ("codes-made", Unless("letter-not-you-password"), Way::Security),
        Occasion::RecoveryCodeUsed => ("code-used", Unless("letter-not-you-password"), Way::Security),
        Occasion::AppPasswordCreated => ("made", Unless("letter-not-you-revoke"), Way::AppPasswords),
        Occasion::AppPasswordRevoked => ("revoked", Next("letter-next-app"), Way::AppPasswords),
        Occasion::AppPasswordsRevoked | Occasion::AppsRemoved => return all_ended(occasion, facts),
        Occasion::AppAuthorised => ("authorised", Unless("letter-not-you-app"), Way::AuthorisedApps),
        Occasion::AppRemoved => ("removed", Next("letter-next-removed"), Way::AuthorisedApps),
        Occasion::AppPasswordExpired => ("expired", Next("letter-next-app"), Way::AppPasswords),
        Occasion::AppPasswordExpiresSoon => ("expires-soon", Next("letter-next-new"), Way::AppPasswords),
        Occasion::RevokedAppPasswordTried => ("tried", Next("letter-next-tried"), Way::AppPasswords),
        Occasion::RemovedAppTried => ("removed-tried", Next("letter-next-removed-tried"), Way::AuthorisedApps),
        Occasion::SignedInFromNewBrowser => ("browser", Unless("letter-not-you-password"), Way::Security),
        Occasion::FactorsRemovalAsked => ("removal-asked", Unless("letter-not-you-removal"), Way::Security),
        Occasion::FactorsRemovalStopped => ("removal-stopped", Unless("letter-not-you-password"), Way::Security),
        Occasion::NoticeAddressChanged => ("address-changed", Unless("letter-not-you-password"), Way::Security),
        Occasion::NoticeAddressGiven => ("address-given", Ignore, Way::Link),
        Occasion::Invited => ("invited", Ignore, Way::Link),
        Occasion::ResetAsked => ("reset", Ignore, Way::Link),
        Occasion::RegistrationAsked => ("registration", Ignore, Way::Link),
        Occasion::FailuresOfTheDay => ("failures", Next("letter-next-failures"), Way::Portal),
    };
    let advice = match (advice, facts.by) {
        // Whoever it was, it was not the reader. Only what can still be stopped is not to be left to others.
        (Unless(_), Some(By::Staff | By::Operator | By::Valetkey)) if occasion != Occasion::FactorsRemovalAsked => {
            Next("letter-next-contact")
        }
        (advice, _) => advice,
    };
    Shape { stem, advice, way }
}

/// Everything ended that lets apps in: app passwords, authorised apps, or both.
fn all_ended(occasion: Occasion, facts: &Facts) -> Shape {
    let (stem, next, way) = match (occasion, facts.apps) {
        (Occasion::AppsRemoved, _) => ("all-removed", "letter-next-all-removed", Way::AuthorisedApps),
        (_, 0) => ("all-revoked", "letter-next-app", Way::AppPasswords),
        _ => ("all-ended", "letter-next-all-ended", Way::Portal),
    };
    match facts.why {
        // Nobody can sign in, and nothing new be made.
        Some(RevocationReason::Suspended) => {
            Shape { stem, advice: Advice::Next("letter-next-contact"), way: Way::Portal }
        }
        _ => Shape { stem, advice: Advice::Next(next), way },
    }
}

/// Puts a letter into words. One with a link needs it.
pub(super) fn sheet(
    w: &Words,
    settings: &Settings,
    together: CalendarsAndContacts,
    letter: &Letter,
    link: Option<&MadeLink>,
) -> Sheet {
    let shape = shape(letter.occasion, &letter.facts);
    let said = |name: String| said(w, settings, letter, &name);
    let way = way(w, settings, shape.way, link);
    let mut small = vec![w.about("letter-type-address", "address", &way.1)];
    small.extend(link.map(|link| w.about("letter-link-until", "time", &moment(w, link.expires_at))));
    small.push(w.say("letter-never"));
    Sheet {
        subject: said(format!("letter-{}-subject", shape.stem)),
        hello: match greeted(letter) {
            Some(name) => w.about("letter-hello", "name", name),
            None => w.say("letter-hello-nobody"),
        },
        lead: match shape.stem {
            "all-ended" => ["letter-all-revoked", "letter-all-removed"].map(|name| said(name.to_owned())).join(" "),
            stem => said(format!("letter-{stem}")),
        },
        facts: facts(w, together, letter),
        lines: match letter.occasion {
            Occasion::RecoveryCodeUsed => {
                letter.facts.count.map(|left| w.count("recovery-left", "count", &left)).into_iter().collect()
            }
            Occasion::FailuresOfTheDay => failed(w, letter.facts.failures),
            _ => Vec::new(),
        },
        advice: advice(w, shape.advice),
        way,
        small,
    }
}

/// A message with all that any of them has in it.
fn said(w: &Words, settings: &Settings, letter: &Letter, name: &str) -> String {
    let facts = &letter.facts;
    let unknown = w.say("unknown-app");
    let text = |text| FluentValue::String(std::borrow::Cow::Borrowed(text));
    w.with(
        name,
        &[
            ("label", text(facts.label.as_deref().unwrap_or(&unknown))),
            ("site", text(&settings.site)),
            ("count", FluentValue::from(facts.count.unwrap_or(0))),
            ("apps", FluentValue::from(facts.apps)),
            ("days", FluentValue::from(facts.days.unwrap_or(1))),
        ],
    )
}

fn greeted(letter: &Letter) -> Option<&str> {
    let name = letter.reader.name.as_ref().map(valetkey_domain::DisplayName::as_str);
    let is_known = letter.occasion.link().is_none_or(|kind| matches!(kind, LinkKind::Invitation | LinkKind::Reset));
    name.or_else(|| letter.reader.login.as_ref().map(valetkey_domain::LoginName::as_str).filter(|_| is_known))
}

fn advice(w: &Words, advice: Advice) -> Vec<(String, String)> {
    match advice {
        Advice::Unless(message) => {
            vec![(w.say("letter-was-you"), w.say("letter-was-you-text")), (w.say("letter-not-you"), w.say(message))]
        }
        Advice::Next(message) => vec![(w.say("letter-next"), w.say(message))],
        Advice::Ignore => vec![(w.say("letter-not-you"), w.say("letter-not-you-ignore"))],
    }
}

fn way(w: &Words, settings: &Settings, way: Way, link: Option<&MadeLink>) -> (String, String) {
    let at = |message: &str, path: &str| (w.say(message), format!("{}{path}", settings.origin));
    match (way, link) {
        (Way::Link, Some(link)) => {
            let (message, path) = match link.kind {
                LinkKind::Invitation => ("letter-link-invited", "invite"),
                LinkKind::Registration => ("letter-link-registration", "invite"),
                LinkKind::Reset => ("letter-link-reset", "reset"),
                LinkKind::NoticeAddress => ("letter-link-address", "notice-address"),
            };
            at(message, &format!("/{path}/{}", link.code.reveal().expose()))
        }
        (Way::AppPasswords, _) => at("letter-open-app-passwords", "/app-passwords"),
        (Way::AuthorisedApps, _) => at("letter-open-authorised-apps", "/authorised-apps"),
        (Way::Security, _) => at("letter-open-security", "/security"),
        (Way::Portal | Way::Link, _) => at("letter-open-portal", "/"),
    }
}

/// Each fact that there is, the most telling first.
fn facts(w: &Words, together: CalendarsAndContacts, letter: &Letter) -> Vec<(String, String)> {
    let (facts, occasion) = (&letter.facts, letter.occasion);
    let label = match occasion {
        Occasion::FactorAdded => "letter-fact-factor",
        Occasion::AppAuthorised | Occasion::AppRemoved | Occasion::RemovedAppTried => "letter-fact-app",
        _ => "letter-fact-app-password",
    };
    let login = letter.reader.login.as_ref().map(ToString::to_string);
    let opened = facts.scopes.filter(|scopes| !scopes.is_empty()).map(|scopes| scopes_said(w, scopes, together));
    let known = facts.is_told_who.then(|| w.say("scope-openid"));
    let opened: Vec<String> = opened.into_iter().chain(known).collect();
    let opened = (!opened.is_empty()).then(|| opened.join(" · "));
    let unchecked = occasion == Occasion::AppAuthorised && facts.is_name_unchecked;
    let role = (occasion == Occasion::RoleSet).then(|| w.say(role_message(facts.role)));
    let is_report = occasion == Occasion::FailuresOfTheDay;
    [
        ("letter-fact-login", login.filter(|_| !is_report)),
        (label, facts.label.clone()),
        ("app-name", unchecked.then(|| w.say("app-name-unchecked"))),
        ("fact-opens", opened),
        ("letter-fact-role", role),
        ("letter-fact-address", facts.address.clone()),
        ("fact-expires", facts.expires_at.map(|at| moment(w, at))),
        ("letter-fact-due", facts.due_at.map(|at| moment(w, at))),
        ("letter-fact-when", (!is_report).then(|| moment(w, letter.at))),
        ("letter-fact-client", facts.client.clone()),
        ("letter-fact-service", facts.service.map(|service| service_name(service).to_owned())),
        ("letter-fact-from", facts.network.clone()),
        ("letter-fact-by", by(letter).map(|by| w.say(by_message(by)))),
        ("letter-fact-why", facts.why.and_then(why_message).map(|name| w.say(&name))),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| (w.say(name), value)))
    .collect()
}

/// A moment, to the second: a reader may have to compare it with another.
fn moment(w: &Words, moment: Timestamp) -> String {
    let text = moment.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    w.about("exact-time", "time", &format!("{day} {}", time.get(..8).unwrap_or_default()))
}

/// Who did it, where that is not said otherwise: by a link, or as the reason.
fn by(letter: &Letter) -> Option<By> {
    let is_said = letter.occasion.link().is_some() || letter.facts.why == Some(RevocationReason::ByApp);
    letter.facts.by.filter(|_| !is_said)
}

/// The message for why it was done, in words that fit whoever did it: the portal tells its reader what "you" did, and a letter
/// may come to somebody as whom a thief did it. That somebody wanted it is no reason beside who that was.
fn why_message(why: RevocationReason) -> Option<String> {
    match why {
        RevocationReason::Asked => None,
        RevocationReason::AllAsked | RevocationReason::PasswordChanged => Some(format!("letter-why-{why}")),
        _ => Some(format!("why-{why}")),
    }
}

fn by_message(by: By) -> &'static str {
    match by {
        By::Owner => "letter-by-owner",
        By::Staff => "letter-by-staff",
        By::Operator => "letter-by-operator",
        By::Valetkey => "letter-by-server",
    }
}

fn role_message(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Administrator) => "letter-role-administrator",
        Some(Role::Helpdesk) => "letter-role-helpdesk",
        Some(Role::Auditor) => "letter-role-auditor",
        None => "letter-role-none",
    }
}

fn failed(w: &Words, failures: Failures) -> Vec<String> {
    [
        ("letter-failed-letters", failures.letters),
        ("letter-failed-sign-outs", failures.sign_outs),
        ("letter-failed-tried", failures.tried_after_end),
        ("letter-failed-primary", failures.primary_passwords),
        ("letter-failed-removals", failures.removals),
        ("letter-failed-suspended", failures.suspended),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(message, count)| w.count(message, "count", &count))
    .collect()
}
