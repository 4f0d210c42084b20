//! Security: the primary password, second factors, recovery codes, signed-in browsers.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use valetkey_accounts::{AccountsError, EnrolledFactor, FactorSummary, KnownBrowser, Session};
use valetkey_domain::policy::Denied;
use valetkey_domain::{
    BrowserId, FactorId, Label, Plain, PrimaryPassword, RejectedPassword, SessionId, Timestamp, TotpSeed,
    provisioning_uri,
};

use super::{Answer, Wanted, elsewhere, ended, go};
use crate::Portal;
use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::locale::Words;
use crate::page::{Frame, label_wrong, leading_to, next_page, render};
use crate::visit::{SESSION, Visit, has_stepped_up, set_cookie};

/// Under these names secrets wait for their page.
const SEED: &str = "seed";
const CODES: &str = "recovery-codes";

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage<'a> {
    f: &'a Frame<'a>,
    factors: Vec<FactorSummary>,
    codes_left: usize,
    browsers: Vec<Session>,
    trusted: Vec<KnownBrowser>,
    here: SessionId,
    /// When, because staff asked for it, all second factors go.
    factors_end_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    f: &'a Frame<'a>,
    login: &'a str,
    facts: Vec<String>,
    wrong: Wrong,
}

/// What is wrong with which field.
#[derive(Default)]
pub(crate) struct Wrong {
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) again: Option<String>,
}

#[derive(Template)]
#[template(path = "authenticator.html")]
struct AuthenticatorPage<'a> {
    f: &'a Frame<'a>,
    qr: String,
    seed: &'a str,
    name: &'a str,
    /// Where one wants to go afterwards; empty for nowhere else.
    next: &'a str,
    wrong: Option<String>,
    wrong_name: Option<String>,
}

#[derive(Template)]
#[template(path = "codes.html")]
struct CodesPage<'a> {
    f: &'a Frame<'a>,
    codes: Vec<&'a str>,
    /// Where one goes once they are kept.
    next: &'a str,
}

#[derive(Template)]
#[template(path = "remove.html")]
struct RemovePage<'a> {
    f: &'a Frame<'a>,
    title: String,
    id: FactorId,
    fact: String,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "new_codes.html")]
struct NewCodesPage<'a> {
    f: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "rename.html")]
struct RenamePage<'a> {
    f: &'a Frame<'a>,
    id: FactorId,
    name: &'a str,
    wrong: Option<String>,
}

pub(crate) async fn show(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let details = portal.accounts.show_account(&session.actor(), session.account).await?;
    let browsers = portal.accounts.sessions(&session.actor(), session.account).await?;
    let trusted = portal.accounts.trusted_browsers(&session.actor(), session.account).await?;
    let f = Frame::new(&portal, &visit);
    let (factors, codes_left) = (details.factors, details.recovery_codes_left);
    let factors_end_at = details.account.factors_end_at;
    Ok(render(&SecurityPage { f: &f, factors, codes_left, browsers, trusted, here: session.id, factors_end_at }))
}

/// Who has not shown a second factor just now does so first, and not in the middle of a form.
pub(crate) fn stepped_up(portal: &Portal, visit: &Visit) -> Result<(), Failure> {
    if has_stepped_up(portal, visit.signed_in()?) { Ok(()) } else { Err(Failure::StepUp(visit.path.clone())) }
}

pub(crate) async fn ask_password(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    stepped_up(&portal, &visit)?;
    password_page(&portal, &visit, Wrong::default()).await
}

async fn password_page(portal: &Portal, visit: &Visit, wrong: Wrong) -> Answer {
    let session = visit.signed_in()?;
    let there_is = ended::there_is(portal, &session.actor(), session.account).await?;
    let mut facts = ended::before(&visit.words, "change-before", there_is);
    facts.push(visit.words.count("revoke-all-connected", "count", &portal.connected_now(session).await?));
    facts.push(visit.words.say("change-before-browsers"));
    let f = Frame::new(portal, visit);
    Ok(render(&PasswordPage { f: &f, login: session.login.as_str(), facts, wrong }))
}

/// Why a new password was not taken, said beside its field.
pub(crate) fn rejected_because(rejected: RejectedPassword, words: &Words) -> String {
    match rejected {
        RejectedPassword::TooShort => words.count("password-short", "min", &PrimaryPassword::CHARACTERS_MIN),
        RejectedPassword::TooLong => words.count("password-long", "max", &PrimaryPassword::BYTES_MAX),
        RejectedPassword::LineBreak => words.say("password-characters"),
        RejectedPassword::Common => words.say("password-common"),
        RejectedPassword::LikeLogin => words.say("password-like-login"),
        RejectedPassword::AsBefore => words.say("password-as-before"),
    }
}

/// The new password that somebody chose and typed twice, or what is wrong with it.
pub(crate) fn chosen(fields: &Fields, words: &Words) -> Result<PrimaryPassword, Wrong> {
    let new = fields.text("new");
    let password = PrimaryPassword::choose(new)
        .map_err(|rejected| Wrong { new: Some(rejected_because(rejected, words)), ..Wrong::default() })?;
    if fields.text("again") != new {
        return Err(Wrong { again: Some(words.say("passwords-differ")), ..Wrong::default() });
    }
    Ok(password)
}

pub(crate) async fn change_password(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let (session, w) = (visit.signed_in()?, &visit.words);
    let new = match chosen(&fields, w) {
        Ok(new) => new,
        Err(wrong) => return password_page(&portal, &visit, wrong).await,
    };
    let old_wrong = |text: String| Wrong { old: Some(text), ..Wrong::default() };
    let Some(old) = PrimaryPassword::presented(fields.text("old").as_bytes()) else {
        return password_page(&portal, &visit, old_wrong(w.say("old-wrong"))).await;
    };
    let passed = match portal.accounts.check_own_password(session, &old).await {
        Ok(passed) => passed,
        Err(AccountsError::WrongPassword) => {
            return password_page(&portal, &visit, old_wrong(w.say("old-wrong"))).await;
        }
        Err(AccountsError::Wait(time)) => {
            return password_page(&portal, &visit, old_wrong(w.wait(time))).await;
        }
        Err(other) => return Err(other.into()),
    };
    let changed = portal.accounts.change_password(&session.actor(), &passed, &new, Some(session.id)).await;
    let changed = match changed {
        Err(AccountsError::Rejected(rejected)) => {
            let wrong = Wrong { new: Some(rejected_because(rejected, w)), ..Wrong::default() };
            return password_page(&portal, &visit, wrong).await;
        }
        changed => changed.map_err(|error| step_up_at(error, "/security/password"))?,
    };
    let closed = w.count("closed-count", "count", &changed.closed);
    let (revoked, ended) = (ended::after(w, changed.revoked), changed.revoked);
    let next = match (ended.app_passwords, ended.authorised_apps) {
        (_, 0) => w.say("password-changed-next"),
        (0, _) => w.say("password-changed-next-apps"),
        _ => w.say("password-changed-next") + " " + &w.say("password-changed-next-apps"),
    };
    let said = w.say("password-changed");
    let browsers = w.say("other-browsers-out");
    let news = if ended.is_none() {
        format!("{said} {browsers}")
    } else {
        let said = format!("{said} {revoked} {closed} {browsers} {next}");
        elsewhere::after(&portal, w, said, changed.asked).await
    };
    portal.tell(&visit, news)?;
    // Who has copied this browser's cookie is out too.
    let token = portal.accounts.renew_session(session, visit.token()?).await?;
    Ok((AppendHeaders([(SET_COOKIE, set_cookie(SESSION, token.reveal().expose()))]), go("/security")).into_response())
}

/// A form cannot be sent to where one steps up; one begins it again afterwards.
pub(crate) fn step_up_at(error: AccountsError, page: &str) -> Failure {
    match error {
        AccountsError::Denied(Denied::StepUpNeeded) => Failure::StepUp(page.to_owned()),
        other => other.into(),
    }
}

/// Offers a seed for an authenticator app; it waits in memory until its first code comes back.
pub(crate) async fn offer(State(portal): State<Arc<Portal>>, visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    stepped_up(&portal, &visit)?;
    let session = visit.signed_in()?;
    let offer = portal.accounts.offer_totp(&session.actor(), session.account).await?;
    let name = visit.words.say("factor-name-default");
    offer_page(&portal, &visit, &offer.seed, (&name, wanted.afterwards()), None, None)
}

fn offer_page(
    portal: &Portal,
    visit: &Visit,
    seed: &TotpSeed,
    (name, next): (&str, &str),
    wrong: Option<String>,
    wrong_name: Option<String>,
) -> Answer {
    let session = visit.signed_in()?;
    let uri = provisioning_uri(seed, &portal.settings.site, &session.login);
    let text = seed.to_base32();
    portal.shown.keep(session.id, SEED.to_owned(), text.clone(), portal.accounts.now());
    let f = Frame::new(portal, visit);
    Ok(render(&AuthenticatorPage { f: &f, qr: qr(uri.expose()), seed: text.expose(), name, next, wrong, wrong_name }))
}

/// The empty space that belongs around a QR code, in modules (ISO/IEC 18004 section 5.3.8).
const QUIET: usize = 4;

/// A QR code as a drawing; what is too long for one can be typed. What is dark beside each other is one stroke: a square for
/// each would be most of the page.
fn qr(text: &str) -> String {
    let Ok(code) = qrcode::QrCode::new(text) else { return String::new() };
    let (width, colors) = (code.width(), code.to_colors());
    let all = width + 2 * QUIET;
    let mut strokes = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run[0] == qrcode::Color::Dark {
                strokes += &format!("M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len());
            }
            x += run.len();
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"232\" height=\"232\" viewBox=\"0 0 {all} {all}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{all}v{all}H0z\"/><path fill=\"#000\" d=\"{strokes}\"/></svg>"
    )
}

pub(crate) async fn enrol(State(portal): State<Arc<Portal>>, Posted { visit, fields }: Posted) -> Answer {
    let (session, next) = (visit.signed_in()?, afterwards(fields.text("next")));
    let again = leading_to("/security/authenticator", next);
    let seed = portal.shown.take(session.id, SEED, portal.accounts.now());
    let Some(seed) = seed.and_then(|text| TotpSeed::from_base32(text.expose())) else { return Ok(go(&again)) };
    let (name, w) = (fields.text("name"), &visit.words);
    let shown = (name, next);
    let label = match name.parse::<Label>() {
        Ok(label) => label,
        Err(error) => return offer_page(&portal, &visit, &seed, shown, None, Some(label_wrong(&error, w))),
    };
    let digits: String = fields.text("code").chars().filter(|c| !c.is_whitespace()).collect();
    let Ok(code) = digits.parse() else {
        return offer_page(&portal, &visit, &seed, shown, Some(w.say("wrong-code")), None);
    };
    let enrolled = portal.accounts.enrol_totp(&session.actor(), session.account, label, seed.clone(), Some(code)).await;
    match enrolled {
        Ok(enrolled) => portal.after_enrolling(&visit, &enrolled, "factor-added", next),
        Err(AccountsError::TooManyFactors) => {
            offer_page(&portal, &visit, &seed, shown, Some(w.say("too-many-factors")), None)
        }
        Err(AccountsError::WrongCode) => offer_page(&portal, &visit, &seed, shown, Some(w.say("wrong-code")), None),
        Err(other) => Err(step_up_at(other, &again)),
    }
}

/// Says what new recovery codes do to the old ones, and asks once.
pub(crate) async fn ask_codes(State(portal): State<Arc<Portal>>, visit: Visit) -> Answer {
    stepped_up(&portal, &visit)?;
    let f = Frame::new(&portal, &visit);
    Ok(render(&NewCodesPage { f: &f }))
}

/// Makes new recovery codes; the old ones are dead.
pub(crate) async fn new_codes(State(portal): State<Arc<Portal>>, Posted { visit, .. }: Posted) -> Answer {
    let session = visit.signed_in()?;
    let codes = portal.accounts.replace_recovery_codes(&session.actor(), session.account).await;
    let codes = codes.map_err(|error| step_up_at(error, "/security/recovery-codes/new"))?;
    Ok(portal.show_codes(session, &codes, ""))
}

/// Shows recovery codes, once.
pub(crate) async fn codes(State(portal): State<Arc<Portal>>, visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    let (session, next) = (visit.signed_in()?, or_security(wanted.afterwards()));
    let Some(codes) = portal.shown.take(session.id, CODES, portal.accounts.now()) else { return Ok(go(next)) };
    let f = Frame::new(&portal, &visit);
    Ok(render(&CodesPage { f: &f, codes: codes.expose().lines().collect(), next }))
}

pub(crate) async fn ask_remove(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    stepped_up(&portal, &visit)?;
    let session = visit.signed_in()?;
    let id: FactorId = id.parse().map_err(|_| Failure::NotFound)?;
    let details = portal.accounts.show_account(&session.actor(), session.account).await?;
    let factor = details.factors.iter().find(|factor| factor.id == id).ok_or(Failure::NotFound)?;
    let (w, is_last) = (&visit.words, details.factors.len() == 1);
    let mut fact = w.say("remove-factor");
    if is_last {
        let there_is = ended::there_is(&portal, &session.actor(), session.account).await?;
        let ends = ended::before(w, "change-before", there_is);
        fact = format!("{} {}", w.say("remove-last-factor"), ends.join(" "));
    }
    let f = Frame::new(&portal, &visit);
    let title = w.about("remove-factor-title", "label", factor.label.as_str());
    Ok(render(&RemovePage { f: &f, title, id, fact, is_last }))
}

pub(crate) async fn remove(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let session = visit.signed_in()?;
    let id: FactorId = id.parse().map_err(|_| Failure::NotFound)?;
    let removed = portal.accounts.remove_second_factor(&session.actor(), session.account, id, Some(session.id)).await;
    let removed = removed.map_err(|error| step_up_at(error, &format!("/security/factors/{id}/remove")))?;
    let w = &visit.words;
    let said = w.say("factor-removed");
    let (revoked, closed) = (ended::after(w, removed.revoked), w.count("closed-count", "count", &removed.closed));
    let news = if removed.was_last {
        elsewhere::after(&portal, w, format!("{said} {revoked} {closed}"), removed.asked).await
    } else {
        said
    };
    portal.tell(&visit, news)?;
    Ok(go("/security"))
}

/// Asks for another name for a second factor.
pub(crate) async fn ask_name(State(portal): State<Arc<Portal>>, visit: Visit, Path(id): Path<String>) -> Answer {
    let session = visit.signed_in()?;
    let id: FactorId = id.parse().map_err(|_| Failure::NotFound)?;
    let details = portal.accounts.show_account(&session.actor(), session.account).await?;
    let factor = details.factors.iter().find(|factor| factor.id == id).ok_or(Failure::NotFound)?;
    let f = Frame::new(&portal, &visit);
    Ok(render(&RenamePage { f: &f, id, name: factor.label.as_str(), wrong: None }))
}

pub(crate) async fn rename(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, fields }: Posted,
) -> Answer {
    let (session, name) = (visit.signed_in()?, fields.text("name"));
    let id: FactorId = id.parse().map_err(|_| Failure::NotFound)?;
    let label = match name.parse::<Label>() {
        Ok(label) => label,
        Err(error) => {
            let (f, wrong) = (Frame::new(&portal, &visit), Some(label_wrong(&error, &visit.words)));
            return Ok(render(&RenamePage { f: &f, id, name, wrong }));
        }
    };
    portal.accounts.rename_factor(&session.actor(), session.account, id, label).await?;
    portal.tell(&visit, visit.words.say("factor-renamed"))?;
    Ok(go("/security"))
}

/// From now on a browser is asked for the second factor again.
pub(crate) async fn distrust(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let session = visit.signed_in()?;
    let id: BrowserId = id.parse().map_err(|_| Failure::NotFound)?;
    portal.accounts.distrust_browser(&session.actor(), session.account, id).await?;
    portal.tell(&visit, visit.words.say("trust-ended"))?;
    Ok(go("/security"))
}

/// The owner says that their second factors stay.
pub(crate) async fn stop_removal(State(portal): State<Arc<Portal>>, Posted { visit, .. }: Posted) -> Answer {
    let session = visit.signed_in()?;
    portal.accounts.stop_factors_removal(&session.actor(), session.account).await?;
    portal.tell(&visit, visit.words.say("removal-stopped"))?;
    Ok(go("/security"))
}

pub(crate) async fn sign_out_browser(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted { visit, .. }: Posted,
) -> Answer {
    let session = visit.signed_in()?;
    let id: SessionId = id.parse().map_err(|_| Failure::NotFound)?;
    portal.accounts.end_session_of(&session.actor(), session.account, id).await?;
    portal.tell(&visit, visit.words.say("browser-signed-out"))?;
    Ok(go("/security"))
}

/// A page of this portal that one was on the way to; empty for none.
pub(crate) fn afterwards(next: &str) -> &str {
    match next_page(next) {
        "/" => "",
        next => next,
    }
}

impl Wanted {
    fn afterwards(&self) -> &str {
        afterwards(&self.next)
    }
}

/// Where one goes after a change of second factors who was on the way to nowhere.
fn or_security(next: &str) -> &str {
    if next.is_empty() { "/security" } else { next }
}

impl Portal {
    /// Says that a second factor was added; with the first one there are recovery codes to be saved.
    /// `next` is where its owner was on the way to, if anywhere.
    pub(crate) fn after_enrolling(&self, visit: &Visit, enrolled: &EnrolledFactor, news: &str, next: &str) -> Answer {
        self.tell(visit, visit.words.say(news))?;
        if enrolled.recovery_codes.is_empty() {
            return Ok(go(or_security(next)));
        }
        Ok(self.show_codes(visit.signed_in()?, &enrolled.recovery_codes, next))
    }

    fn show_codes(&self, session: &Session, codes: &[valetkey_domain::RecoveryCode], next: &str) -> Response {
        let text: Vec<Plain<String>> = codes.iter().map(|code| code.reveal()).collect();
        let mut lines = String::with_capacity(text.iter().map(|code| code.expose().len() + 1).sum());
        for code in &text {
            lines.push_str(code.expose());
            lines.push('\n');
        }
        self.shown.keep(session.id, CODES.to_owned(), Plain::new(lines), self.accounts.now());
        go(&leading_to("/security/recovery-codes", next))
    }

    /// How many connections would be closed.
    async fn connected_now(&self, session: &Session) -> Result<usize, Failure> {
        Ok(self.accounts.connections(&session.actor(), Some(session.account), usize::MAX).await?.len())
    }
}
