//! A sign-in: the hot path. One decision on one attempt of an app: accepted, refused or broken.

mod last_use;
mod notice;
mod suspect;
mod tick;
mod token;
mod verifier;

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use valetkey_domain::throttle::{Failure, Pace, Tried};
use valetkey_domain::{
    AccountId, BootTime, CredentialId, Decoded, LastUse, LoginName, Plain, Scopes, Service, Shape, Timestamp, Why,
};
use valetkey_store::{StoreError, Use, chain};

use crate::Accounts;
use crate::gate::{About, Accept, Known, OpenUse, Outcome, Sever};
pub(crate) use last_use::LastUses;
pub(crate) use notice::{DAY_MILLIS, Errands, NOTICES_MAX, Notice, once_a_day};
pub(crate) use tick::Tick;
pub(crate) use verifier::is_still_accepted;
use verifier::{NotAccepted, Verifier};

/// What an app sent, and what is known of how it came.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The user name.
    pub login: &'a str,
    /// For whom it wants to act, if it says so (SASL's authorisation identity).
    pub acting_for: Option<&'a str>,
    /// The password.
    pub secret: &'a [u8],
    /// Whether only the account's canonical login name signs in, as it is kept: for servers that go on with the name as it was
    /// typed.
    pub only_canonical: bool,
    /// The protocol.
    pub service: Service,
    /// The client's own address, if a configured peer handed it on or it is our own connection's.
    pub network: Option<IpAddr>,
    /// Whether it came encrypted.
    pub tls: bool,
    /// What the app calls itself, if it said so.
    pub client: Option<&'a str>,
}

/// How an attempt came out.
pub enum SignIn {
    /// The app may go on.
    Accepted(Accepted),
    /// It may not. The answer is inside, and comes out when its time has come.
    Refused(Refusal),
    /// Its app password was revoked in this very moment: close the connection without a word.
    Cut,
    /// Nobody knows: answer with the protocol's temporary failure.
    Broken(StoreError),
}

/// An accepted sign-in.
pub struct Accepted {
    /// Whose.
    pub account: AccountId,
    /// The canonical login name, which servers behind are told.
    pub login: LoginName,
    /// By which app password.
    pub credential: CredentialId,
    /// What it opens.
    pub scopes: Scopes,
    /// When what the app has shown is over, if it will be.
    pub expires_at: Option<Timestamp>,
    /// The use: dropping it ends it.
    pub open: OpenUse,
}

/// A refusal on its way. It leaves on the shared tick, so that its time tells nothing.
pub struct Refusal {
    why: Why,
    answer: Answer,
    wait: Duration,
    beat: Duration,
}

/// What the app is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// That it was refused.
    No,
    /// The same, and that an app password is needed here: what it sent was none.
    UseAppPassword,
    /// The same of a token, which is good and does not open this service.
    LacksScope,
    /// Nothing: the connection is closed.
    Silence,
}

impl Refusal {
    /// Waits for its time and gives the answer.
    pub async fn settle(self) -> Answer {
        tokio::time::sleep(self.wait).await;
        self.answer
    }

    /// Waits for the next beat only, where there is no room for one more that waits out its delay, and gives the answer.
    pub async fn settle_promptly(self) -> Answer {
        tokio::time::sleep(self.beat).await;
        self.answer
    }

    /// The reason, for those who may know it: the log, the owner, the postmaster. Never the app.
    pub fn why(&self) -> Why {
        self.why
    }
}

impl Accounts {
    /// Decides one attempt of an app. `sever` closes the connection that it came on, if the app password is revoked.
    pub async fn sign_in_app(self: &Arc<Self>, attempt: &Attempt<'_>, sever: Arc<dyn Sever>) -> SignIn {
        let (arrived, now) = (self.clock.boot_time(), self.clock.now());
        let decoded = Decoded::from_app(attempt.secret);
        // A name that is none is looked up all the same, as one that nobody has: it takes as long.
        let parsed = self.login_name(attempt.login);
        let malformed = parsed.is_err();
        let login = parsed.unwrap_or_else(|_| LoginName::from_canonical("*"));
        match self.acts_for_itself(attempt, &login).await {
            Ok(true) => {}
            Ok(false) => {
                let refused = NotAccepted { why: Why::ForeignIdentity, account: None, fingerprint: 0, is_token: false };
                return SignIn::Refused(self.refused(attempt, None, decoded.shape(), refused, arrived));
            }
            Err(error) => return self.broken(attempt, error),
        }
        let about = |_: &Known| About {
            login: login.clone(),
            service: attempt.service,
            network: attempt.network,
            client: attempt.client.and_then(LastUse::client_name),
            since: now,
        };
        let verifier = Verifier::new(self, &login, &decoded, attempt, now);
        let refused = match self.gate.sign_in(self.logins.key(&login), &verifier, about, sever).await {
            Outcome::Open(open, known, accept) => {
                self.log(attempt, Some(&login), "accepted", None, Some((accept.credential, Some(open.number()))));
                self.remember(attempt, &decoded, &known, &accept, now);
                return SignIn::Accepted(Accepted {
                    account: known.account,
                    login: known.canonical.clone().unwrap_or(login),
                    credential: accept.credential,
                    scopes: accept.scopes,
                    expires_at: accept.expires_at,
                    open,
                });
            }
            Outcome::Refused(refused) if malformed => NotAccepted { why: Why::MalformedLogin, ..refused },
            Outcome::Refused(refused) => refused,
            Outcome::Cut => {
                self.log(attempt, Some(&login), "cut", None, None);
                return SignIn::Cut;
            }
            Outcome::Broken(error) => return self.broken(attempt, error),
        };
        let is_somebodys = !matches!(refused.why, Why::UnknownLogin | Why::MalformedLogin);
        SignIn::Refused(self.refused(attempt, is_somebodys.then_some(&login), decoded.shape(), refused, arrived))
    }

    /// Whether the app wants to act for nobody but the account that signs in, by whichever of its login names.
    async fn acts_for_itself(&self, attempt: &Attempt<'_>, login: &LoginName) -> Result<bool, StoreError> {
        let other = match attempt.acting_for {
            None | Some("") => return Ok(true),
            Some(other) => self.login_name(other),
        };
        if other.as_ref() == Ok(login) {
            return Ok(true);
        }
        if !self.store.custody().is_held() {
            return Err(StoreError::NotHeld);
        }
        let Ok(other) = other else { return Ok(false) };
        let login = login.clone();
        let is_itself = self
            .store
            .read(move |s| {
                let [signing_in, other] = [s.account_signing_in(&login)?, s.account_signing_in(&other)?];
                Ok::<_, StoreError>(signing_in.zip(other).is_some_and(|(one, other)| one.id == other.id))
            })
            .await?;
        // A store that was lost meanwhile may be out of date.
        if is_itself || self.store.custody().is_held() { Ok(is_itself) } else { Err(StoreError::NotHeld) }
    }

    fn broken(&self, attempt: &Attempt<'_>, error: StoreError) -> SignIn {
        self.log(attempt, None, "broken", None, None);
        tracing::warn!(error = %chain(&error), "a sign-in could not be decided");
        SignIn::Broken(error)
    }

    /// What follows from an accepted sign-in: its last use, and a digest to be moved to the current key.
    fn remember(&self, attempt: &Attempt<'_>, decoded: &Decoded, known: &Known, accept: &Accept, now: Timestamp) {
        let (account, credential) = (known.account, accept.credential);
        if !accept.under_current_key {
            let digest = self.keys.digest(account, decoded);
            self.tell(Notice::Rekey { account, credential, key: self.keys.current_id(), digest });
        }
        self.note_use(attempt, known, accept, now);
    }

    fn note_use(&self, attempt: &Attempt<'_>, known: &Known, accept: &Accept, now: Timestamp) {
        let (account, credential) = (known.account, accept.credential);
        if was_just_noted(known, accept, attempt, now) {
            return;
        }
        let last = LastUse {
            at: now,
            service: attempt.service,
            client: attempt.client.and_then(LastUse::client_name),
            network: attempt.network,
        };
        self.last_uses.note(Use { account, credential, last });
    }

    /// A refusal, noted and slowed. `login` is the name to be logged, if it was found that an account has it.
    fn refused(
        &self,
        attempt: &Attempt<'_>,
        login: Option<&LoginName>,
        shape: Shape,
        refused: NotAccepted,
        arrived: BootTime,
    ) -> Refusal {
        let NotAccepted { why, account, fingerprint, is_token } = refused;
        // Whoever knows one that is good elsewhere has guessed nothing.
        let secret = match why {
            Why::TokenExpired(_) => Tried::Token,
            Why::Scope(_) if is_token => Tried::Token,
            Why::Revoked(_) | Why::Expired(_) | Why::Scope(_) => Tried::Recognised,
            _ => Tried::Unknown,
        };
        let about = match account {
            Some(id) => self.guess_key(id),
            // A token that nobody has is a guess at nothing, and has nothing in common with another one.
            None if attempt.login.is_empty() => self.logins.short(&format!("token {fingerprint:x}")),
            None => self.logins.short(attempt.login),
        };
        let failure = Failure { account: about, network: attempt.network, fingerprint, secret };
        let pace =
            self.throttle.lock().unwrap_or_else(PoisonError::into_inner).failed(&failure, self.clock.boot_time());
        self.log(attempt, login, "refused", Some(why), why.credential().map(|id| (id, None)));
        let seen = LastUse {
            at: self.clock.now(),
            service: attempt.service,
            client: attempt.client.and_then(LastUse::client_name),
            network: attempt.network,
        };
        match (account, why) {
            (Some(account), Why::Revoked(credential) | Why::Expired(credential)) => {
                self.tell(Notice::TriedAfterEnd { account, credential, seen });
            }
            (Some(account), Why::WrongSecret) => {
                self.tell(Notice::Suspect { account, secret: Plain::new(attempt.secret.to_vec()), seen });
            }
            _ => {}
        }
        let answer = match (pace, shape) {
            (Pace::Dropped, _) => Answer::Silence,
            (_, Shape::Other) => Answer::UseAppPassword,
            (_, Shape::AppPassword) => Answer::No,
        };
        let delay = match pace {
            Pace::Prompt => Duration::ZERO,
            Pace::Delayed(delay) => delay,
            // Where every question must be answered, the answer is no earlier than any that was only delayed.
            Pace::Dropped => self.settings.throttle.delay_max,
        };
        let now = self.clock.boot_time();
        let (wait, beat) = (self.tick.wait(arrived, delay, now), self.tick.wait(arrived, Duration::ZERO, now));
        Refusal { why, answer, wait, beat }
    }

    /// Hands something to the caretaker; what does not fit in the queue is dropped.
    pub(crate) fn tell(&self, notice: Notice) {
        if self.notices.try_send(notice).is_err() {
            tracing::debug!("the caretaker is busy: a notice was dropped");
        }
    }

    /// One line for each sign-in. The keys are part of the interface: fail2ban and people's scripts read them.
    ///
    /// People type passwords where names belong: a name of which nobody has found that an account has it is shown as a keyed
    /// hash. A token may come without any.
    fn log(
        &self,
        attempt: &Attempt<'_>,
        login: Option<&LoginName>,
        outcome: &'static str,
        why: Option<Why>,
        by: Option<(CredentialId, Option<u64>)>,
    ) {
        if !tracing::enabled!(target: "sign-in", tracing::Level::INFO) {
            return;
        }
        let hidden = (login.is_none() && !attempt.login.is_empty()).then(|| self.keys.log_name(attempt.login));
        tracing::info!(
            target: "sign-in",
            outcome,
            why = why.map(Why::name),
            service = attempt.service.name(),
            network = attempt.network.map(|n| n.to_canonical()).map(tracing::field::display),
            tls = attempt.tls,
            login = hidden.as_deref().or(login.map(LoginName::as_str)).unwrap_or_default(),
            credential = by.map(|(credential, _)| tracing::field::display(credential)),
            session = by.and_then(|(_, session)| session),
            client = attempt.client.and_then(LastUse::client_name).as_deref(),
        );
    }
}

/// Whether the same credential was noted within this second, by the same service and from the same place.
fn was_just_noted(known: &Known, accept: &Accept, attempt: &Attempt<'_>, now: Timestamp) -> bool {
    let place = match attempt.network {
        Some(IpAddr::V4(v4)) => u128::from(u32::from(v4)),
        Some(IpAddr::V6(v6)) => u128::from(v6),
        None => 0,
    };
    // An odd factor with its bits well spread: what differs anywhere differs in the upper quarter.
    let mixed = (u128::from_ne_bytes(*accept.credential.as_bytes()) ^ place)
        .wrapping_mul(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15);
    let who_where_and_how = (mixed >> 96) as u64 ^ attempt.service as u64;
    let mark = who_where_and_how << 32 ^ now.as_secs().cast_unsigned();
    known.noted.swap(mark, Ordering::Relaxed) == mark
}
