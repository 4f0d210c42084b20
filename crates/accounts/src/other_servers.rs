//! Other servers, which ask only at sign-in and so have to be told when somebody is to be signed out.
//!
//! Whatever can turn an accept into a refuse leaves, in its own transaction, one sign-out for each server that can be told:
//! `Accounts::change` sees to it, so no use-case can forget. Each is carried out at once and again after the server's login
//! timeout, since a server may have taken our OK and not yet have a session to cut. Only the second run makes it final.

mod standing;
mod words;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountId, CredentialId, EventId, LoginName, RevocationReason, Timestamp};
use valetkey_store::{AuditEntry, KeptSignOut, NewSignOut, Run, SIGN_OUT_LOGINS_MAX, SignOutState, Transaction};

use crate::gate::{Change, Credentials};
use crate::journal::Event;
use crate::{Accounts, AccountsError};
pub use standing::{AskedElsewhere, Elsewhere, Standing};
pub use words::{SignOutOutcome, SignOutTrouble};

/// How long whoever takes sign-outs has, before they are taken again. Longer than any deadline of one.
pub const SIGN_OUT_LEASE: Duration = Duration::from_secs(120);
/// How long one tries. A session that lives longer than a day without a new sign-in is for people to look at.
const TRIED_FOR: Duration = Duration::from_hours(24);

/// A server that asks Valetkey at sign-in.
#[derive(Clone, Debug)]
pub struct OtherServer {
    /// What people call it.
    pub name: String,
    /// How long after our OK it may take until there is a session.
    pub again_after: Duration,
    /// What it does when it is told.
    pub cuts: Cuts,
}

/// What a server does when it is told to sign somebody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// It closes all that the person has open: their other apps sign in again by themselves.
    Person,
    /// Whoever listens there knows which app password it was about.
    AsTold,
    /// It cannot be told.
    Nothing,
}

/// What a change takes away: in memory, and at other servers.
pub(crate) struct Taken {
    pub(crate) change: Change,
    pub(crate) logins: Vec<LoginName>,
    pub(crate) why: Ending,
}

/// Why somebody is to be signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Revoked(RevocationReason),
    Expired,
    LoginNameRemoved,
    /// Nothing was taken away, and apps may come again: once is enough, unless something else is to be told a second time.
    SignedOut,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Revoked(why) => why.name(),
            Self::Expired => "expired",
            Self::LoginNameRemoved => "login-name-removed",
            Self::SignedOut => "signed-out",
        }
    }

    const fn first_run(self) -> Run {
        match self {
            Self::SignedOut => Run::Final,
            _ => Run::First,
        }
    }
}

/// What a change led to.
#[derive(Debug)]
pub struct Changed<T> {
    /// What the transaction gave.
    pub value: T,
    /// How many connections were closed.
    pub closed: usize,
    /// With which to ask what other servers have done.
    pub asked: Asked,
}

/// Whoever has made a change may ask what other servers have done about it: [`Accounts::other_servers`].
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    account: AccountId,
    credential: Option<CredentialId>,
}

impl Asked {
    pub(crate) fn of(change: &Change) -> Self {
        let credential = match change.credentials {
            Credentials::One(id) => Some(id),
            Credentials::All | Credentials::None => None,
        };
        Self { account: change.account, credential }
    }
}

/// A sign-out to be carried out at one server.
#[derive(Clone, Debug)]
pub struct SignOut {
    /// Names it, the same at every attempt of both runs.
    pub id: EventId,
    /// When it was asked for.
    pub at: Timestamp,
    /// The account's login names, the canonical one first.
    pub logins: Vec<LoginName>,
    /// Which app password; none if all are meant.
    pub app_password: Option<CredentialId>,
    /// Why, by the reason's name.
    pub why: String,
    /// Whether it is the run that makes it final.
    pub is_final: bool,
    /// How often this run was tried, this time included.
    pub attempts: u32,
    account: AccountId,
    server: String,
}

/// How long a sign-out that failed waits for the next attempt.
const fn put_off(attempts: u32) -> Duration {
    match attempts {
        0 | 1 => Duration::from_secs(1),
        2 => Duration::from_secs(5),
        3 => Duration::from_secs(30),
        4 => Duration::from_mins(2),
        _ => Duration::from_mins(10),
    }
}

/// The words that go around: there is something to do, and something was done.
pub(crate) struct Bells {
    left: watch::Sender<u64>,
    tried: watch::Sender<u64>,
}

impl Bells {
    pub(crate) fn new() -> Self {
        Self { left: watch::Sender::new(0), tried: watch::Sender::new(0) }
    }
}

fn ring(bell: &watch::Sender<u64>) {
    bell.send_modify(|times| *times = times.wrapping_add(1));
}

impl Accounts {
    /// Leaves a sign-out for each server that can be told. Part of every change that takes something away.
    pub(crate) fn leave_sign_outs(&self, tx: &mut Transaction<'_>, taken: &Taken) -> Result<(), AccountsError> {
        if taken.change.credentials == Credentials::None {
            return Ok(());
        }
        let (asked, now) = (Asked::of(&taken.change), self.clock.now());
        for server in self.settings.other_servers.iter().filter(|server| server.cuts != Cuts::Nothing) {
            tx.leave_sign_out(&NewSignOut {
                id: EventId::new(now, &*self.randomness),
                server: server.name.clone(),
                account: asked.account,
                credential: asked.credential,
                logins: taken.logins.iter().take(SIGN_OUT_LOGINS_MAX).cloned().collect(),
                why: taken.why.name(),
                run: taken.why.first_run(),
                created_at: now,
            })?;
        }
        Ok(())
    }

    /// Says to whoever carries sign-outs out that there may be some.
    pub(crate) fn sign_outs_were_left(&self) {
        ring(&self.bells.left);
    }

    /// Changes whenever sign-outs were left.
    pub fn sign_outs_left(&self) -> watch::Receiver<u64> {
        self.bells.left.subscribe()
    }

    /// At a start: what was taken when the process ended is due at once, and so is what had failed.
    pub async fn hurry_sign_outs(&self) -> Result<(), AccountsError> {
        let now = self.clock.now();
        self.add(move |tx| Ok(tx.hurry_sign_outs(now)?)).await.map(drop)
    }

    /// In how much time the next sign-out at a server is due; none if there is none.
    pub async fn next_sign_out(&self, server: &str) -> Result<Option<Duration>, AccountsError> {
        let server = server.to_owned();
        let next = self.store.read(move |s| Ok::<_, AccountsError>(s.next_sign_out(&server)?)).await?;
        Ok(next.map(|due| due.since(self.clock.now())))
    }

    /// Takes sign-outs that are to be carried out at a server now, for [`SIGN_OUT_LEASE`].
    pub async fn take_sign_outs(&self, server: &str, at_most: usize) -> Result<Vec<SignOut>, AccountsError> {
        let now = self.clock.now();
        // Nothing is written unless there is something to take.
        if self.next_sign_out(server).await?.is_none_or(|time| !time.is_zero()) {
            return Ok(Vec::new());
        }
        let server = server.to_owned();
        let taken = self.add(move |tx| Ok(tx.take_sign_outs(&server, now, SIGN_OUT_LEASE, at_most)?)).await?;
        Ok(taken.into_iter().map(SignOut::from).collect())
    }

    /// A sign-out was carried out. After the first run the final one is to come.
    pub async fn sign_out_done(self: &Arc<Self>, done: &SignOut, outcome: SignOutOutcome) -> Result<(), AccountsError> {
        let again_after = self.settings.other_servers.iter().find(|server| server.name == done.server);
        let again_after = again_after.map_or(Duration::ZERO, |server| server.again_after);
        let (id, is_final, now) = (done.id, done.is_final, self.clock.now());
        self.add(move |tx| {
            let Some(kept) = still_to_do(tx, id, is_final)? else { return Ok(()) };
            let before = kept.outcome.and_then(|text| text.parse().ok());
            let outcome = outcome.after(before).to_string();
            match kept.run {
                Run::First => tx.begin_final_run(id, &outcome, kept.created_at + again_after)?,
                Run::Final => tx.end_sign_out(id, &outcome, now)?,
            }
            Ok(())
        })
        .await?;
        ring(&self.bells.tried);
        ring(&self.bells.left); // the final run has its time now
        Ok(())
    }

    /// A sign-out could not be carried out. Says when it is tried again, or that it is given up.
    pub async fn sign_out_failed(
        self: &Arc<Self>,
        failed: &SignOut,
        trouble: SignOutTrouble,
    ) -> Result<Option<Timestamp>, AccountsError> {
        let (this, failed, now) = (Arc::clone(self), failed.clone(), self.clock.now());
        let again = now + put_off(failed.attempts);
        let again = self
            .add(move |tx| {
                if still_to_do(tx, failed.id, failed.is_final)?.is_none() {
                    return Ok(Some(again)); // a newer one stands for it
                }
                if again > failed.at + TRIED_FOR {
                    this.give_sign_out_up(tx, &failed, trouble)?;
                    return Ok(None);
                }
                tx.put_sign_out_off(failed.id, &trouble.to_string(), again)?;
                Ok(Some(again))
            })
            .await?;
        ring(&self.bells.tried);
        Ok(again)
    }

    fn give_sign_out_up(
        &self,
        tx: &mut Transaction<'_>,
        failed: &SignOut,
        trouble: SignOutTrouble,
    ) -> Result<(), AccountsError> {
        let now = self.clock.now();
        tx.give_sign_out_up(failed.id, &trouble.to_string(), now)?;
        tx.record(&AuditEntry {
            id: EventId::new(now, &*self.randomness),
            at: now,
            actor: Actor::System.to_string(),
            action: Event::SignOutGivenUp.name().to_owned(),
            account: Some(failed.account),
            credential: failed.app_password,
            detail: json!({ "server": failed.server, "why": trouble.to_string() }).to_string(),
        })?;
        Ok(())
    }

    /// Forgets what was to be told to servers that are no longer in the configuration, or cannot be told any more. It is kept
    /// for as long as one tries with others: who takes a server out by mistake and puts it back has lost nothing.
    pub(crate) fn forget_what_nobody_tells(
        &self,
        tx: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<u64, AccountsError> {
        let mut forgotten = 0;
        for name in tx.servers_to_tell()? {
            let is_told = |server: &OtherServer| server.name == name && server.cuts != Cuts::Nothing;
            if !self.settings.other_servers.iter().any(is_told) {
                forgotten += tx.drop_sign_outs(&name, now - TRIED_FOR)?;
            }
        }
        Ok(forgotten)
    }
}

/// A run that was carried out may have been carried out by somebody else meanwhile, or a newer sign-out stand for it.
fn still_to_do(tx: &mut Transaction<'_>, id: EventId, is_final: bool) -> Result<Option<KeptSignOut>, AccountsError> {
    let kept = tx.sign_out(id)?;
    Ok(kept.filter(|kept| kept.state == SignOutState::Pending && (kept.run == Run::Final) == is_final))
}

impl From<KeptSignOut> for SignOut {
    fn from(kept: KeptSignOut) -> Self {
        let is_final = kept.run == Run::Final;
        let KeptSignOut { id, server, account, credential, logins, why, attempts, created_at, .. } = kept;
        Self { id, at: created_at, logins, app_password: credential, why, is_final, attempts, account, server }
    }
}
