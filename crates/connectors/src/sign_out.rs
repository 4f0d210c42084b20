//! Telling other servers that somebody is signed out: what `accounts` has left is carried out, at once and again after the
//! server's login timeout.
//!
//! Each server has a task of its own: one that hangs delays no other. The transaction that took something away is over by
//! then; what is told here was true when it began, and is told at least once.

mod authorities;
mod command;
mod doveadm;
mod request;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use valetkey_accounts::{
    Accounts, AccountsError, SIGN_OUT_LEASE, SignOut, SignOutOutcome, SignOutTrouble, Stop, chain,
};

pub use authorities::{Authorities, MalformedAuthorities};
pub use command::Command;
pub use doveadm::Doveadm;
pub(crate) use request::SendError;
pub use request::{MalformedUrl, Url};
pub use webhook::Webhook;

/// How many sign-outs one server is told of at a time. Enough that one which waits for its deadline holds up few.
const AT_ONCE: usize = 4;
/// How long one sleeps at most before one looks again: a clock that was set forward is noticed within this.
const SLEEP_MAX: Duration = Duration::from_secs(10);
/// How long one waits after the store could not be asked.
const TROUBLE: Duration = Duration::from_secs(2);
/// How long a sign-out that has begun may take once it is time to stop.
const AT_THE_END: Duration = Duration::from_secs(2);

/// The longest deadline that a server may be given.
pub const DEADLINE_MAX: Duration = Duration::from_secs(60);

const _: () = assert!(DEADLINE_MAX.as_secs() + 30 < SIGN_OUT_LEASE.as_secs(), "a sign-out has one teller at a time");

/// A server that is told.
pub struct OtherServer {
    /// What people call it: the name by which `accounts` leaves sign-outs for it.
    pub name: String,
    /// How long telling it once may take.
    pub deadline: Duration,
    /// By what it is told.
    pub way: Way,
}

/// By what a server is told.
pub enum Way {
    /// Dovecot, by the HTTP API of doveadm.
    Doveadm(Doveadm),
    /// Whatever takes a request.
    Webhook(Webhook),
    /// A command on this machine.
    Command(Command),
}

/// Tells other servers.
pub struct SignOuts {
    accounts: Arc<Accounts>,
    servers: Vec<OtherServer>,
}

impl SignOuts {
    /// One who has not begun yet.
    pub fn new(accounts: Arc<Accounts>, servers: Vec<OtherServer>) -> Self {
        Self { accounts, servers }
    }

    /// Tells what is to be told until it is time to stop. What was not told by then is told after the next start.
    pub async fn run(self, stop: Stop) {
        if let Err(error) = self.accounts.hurry_sign_outs().await {
            tracing::warn!(error = %chain(&error), "sign-outs that were begun before the start wait for their turn");
        }
        let mut tasks = JoinSet::new();
        for server in self.servers {
            let teller = Teller { accounts: Arc::clone(&self.accounts), server };
            tasks.spawn(Arc::new(teller).run(stop.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "what tells another server ended badly");
            }
        }
    }
}

/// Tells one server.
struct Teller {
    accounts: Arc<Accounts>,
    server: OtherServer,
}

impl Teller {
    async fn run(self: Arc<Self>, mut stop: Stop) {
        let mut left = self.accounts.sign_outs_left();
        let mut telling = JoinSet::new();
        while !stop.is_asked() {
            left.mark_unchanged();
            let sleep = match self.take(&mut telling).await {
                Ok(sleep) => sleep,
                Err(error) => {
                    let server = &*self.server.name;
                    tracing::warn!(server, error = %chain(&error), "sign-outs could not be taken");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.asked() => {}
                _ = left.changed() => {}
                Some(_) = telling.join_next(), if !telling.is_empty() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        let end = async { while telling.join_next().await.is_some() {} };
        drop(tokio::time::timeout(AT_THE_END, end).await);
    }

    /// Begins to tell what is due, as far as there is room. Says when to look again.
    async fn take(self: &Arc<Self>, telling: &mut JoinSet<()>) -> Result<Duration, AccountsError> {
        let room = AT_ONCE.saturating_sub(telling.len());
        if room == 0 {
            return Ok(SLEEP_MAX);
        }
        let name = &self.server.name;
        for one in self.accounts.take_sign_outs(name, room).await? {
            telling.spawn(Arc::clone(self).tell(one));
        }
        if telling.len() >= AT_ONCE {
            return Ok(SLEEP_MAX);
        }
        // A millisecond more than none, so that a moment which has just come is over when one looks.
        let next = self.accounts.next_sign_out(name).await?;
        Ok(next.map_or(SLEEP_MAX, |time| time.max(Duration::from_millis(1)).min(SLEEP_MAX)))
    }

    async fn tell(self: Arc<Self>, one: SignOut) {
        let (server, id, run) = (&*self.server.name, one.id, if one.is_final { "final" } else { "first" });
        let written = match self.attempt(&one).await {
            Ok(outcome) => {
                tracing::info!(sign_out = %id, server, run, %outcome, "another server was told to sign somebody out");
                self.accounts.sign_out_done(&one, outcome).await
            }
            Err(trouble) => match self.accounts.sign_out_failed(&one, trouble).await {
                Ok(Some(again)) => {
                    tracing::warn!(sign_out = %id, server, run, %trouble, %again, "another server could not be told to sign somebody out");
                    Ok(())
                }
                Ok(None) => {
                    tracing::error!(sign_out = %id, server, run, %trouble, "a sign-out at another server was given up");
                    Ok(())
                }
                Err(error) => Err(error),
            },
        };
        if let Err(error) = written {
            tracing::warn!(sign_out = %id, server, error = %chain(&error), "what came of a sign-out could not be written down: it comes again");
        }
    }

    async fn attempt(&self, one: &SignOut) -> Result<SignOutOutcome, SignOutTrouble> {
        let told = async {
            match &self.server.way {
                Way::Doveadm(doveadm) => doveadm.tell(one).await,
                Way::Webhook(webhook) => webhook.tell(one, self.accounts.now()).await,
                Way::Command(command) => command.tell(one).await,
            }
        };
        tokio::time::timeout(self.server.deadline, told).await.unwrap_or(Err(SignOutTrouble::TooSlow))
    }
}

/// What a webhook and a command are told. No secret is in it.
fn details(one: &SignOut) -> Value {
    let names: Vec<&str> = one.logins.iter().map(|login| login.as_str()).collect();
    json!({
        "id": one.id.to_string(), "event": "sign-out", "at": one.at.to_string(), "login": names.first(), "login_names": names,
        "app_password": one.app_password.map(|id| id.to_string()), "why": one.why, "final": one.is_final,
    })
}
