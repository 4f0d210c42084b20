//! How other servers stand to what they were told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, CredentialId, Timestamp};
use valetkey_store::{KeptSignOut, SignOutState};

use super::{Asked, Cuts, OtherServer, SignOutOutcome, SignOutTrouble};
use crate::{Accounts, AccountsError, chain, open};

/// How long a revoke waits for the first attempts.
const PATIENCE: Duration = Duration::from_secs(2);
/// Sign-outs that are looked through for what is shown.
const SHOWN_MAX: usize = 1000;

/// How a server stands to a sign-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// What people call it.
    pub server: String,
    /// How it stands.
    pub standing: Standing,
}

/// Something that one server was to be told.
#[derive(Clone, Debug)]
pub struct AskedElsewhere {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub account: AccountId,
    /// Of which app password; none if all were meant.
    pub credential: Option<CredentialId>,
    /// Why, by the reason's name.
    pub why: String,
    /// The server, and how it stands to this.
    pub elsewhere: Elsewhere,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was told and has done it. Final in this time; at once if there is none.
    Cut {
        /// What came of it.
        outcome: SignOutOutcome,
        /// How long until it is told once more, after which nothing can be left.
        final_in: Option<Duration>,
    },
    /// It has yet to be told.
    Pending {
        /// What went wrong so far.
        why: Option<SignOutTrouble>,
    },
    /// It was tried for a day: what is open there may live on.
    GivenUp {
        /// What went wrong.
        why: Option<SignOutTrouble>,
    },
    /// It cannot be told.
    CannotBeCut,
    /// It was to be told, and is no longer in the configuration. What was to be said to it is forgotten after a day.
    NotConfigured,
}

impl Accounts {
    /// What other servers have done about a change, as the configuration lists them. Waits two seconds, at most, until each
    /// was tried once.
    pub async fn other_servers(&self, asked: Asked) -> Vec<Elsewhere> {
        let mut tried = self.bells.tried.subscribe();
        let mut kept = Vec::new();
        let waiting = async {
            loop {
                kept = self.kept_sign_outs(asked.account).await;
                kept.retain(|one| one.credential == asked.credential);
                if self.newest_of_each(&kept).all(was_tried) || tried.changed().await.is_err() {
                    return;
                }
            }
        };
        drop(tokio::time::timeout(PATIENCE, waiting).await);
        self.standings(&kept)
    }

    /// How other servers stand to an account's app passwords and authorised apps that have ended, each with when, as far as
    /// it is remembered.
    pub async fn other_servers_of(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        ended: impl IntoIterator<Item = (CredentialId, Timestamp)>,
    ) -> Result<HashMap<CredentialId, Vec<Elsewhere>>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let kept = self
            .store
            .read(move |s| {
                let found = open(s.account(account)?)?;
                let _: Permit<act::SeeAccount> = this.permit(&actor, &found)?;
                Ok::<_, AccountsError>(s.sign_outs(account, SHOWN_MAX)?)
            })
            .await?;
        let about = |(id, end): (CredentialId, Timestamp)| {
            // One that ended with others was told of with them, and later ones say nothing more about it.
            let is_about = |kept: &&KeptSignOut| match kept.credential {
                Some(other) => other == id,
                None => kept.created_at >= end,
            };
            let mut about: Vec<KeptSignOut> = kept.iter().filter(is_about).cloned().collect();
            if about.iter().any(|kept| kept.credential.is_some()) {
                about.retain(|kept| kept.credential.is_some());
            } else {
                about.reverse();
            }
            (!about.is_empty()).then(|| (id, self.standings(&about)))
        };
        Ok(ended.into_iter().filter_map(about).collect())
    }

    /// What other servers were to be told, as far as it is remembered, the newest first: about one account, which may be
    /// closed, or about all for those who may see every account. A thousand at most.
    pub async fn sign_outs(
        self: &Arc<Self>,
        actor: &Actor,
        account: Option<AccountId>,
    ) -> Result<Vec<AskedElsewhere>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let kept = self
            .store
            .read(move |s| {
                let _: Permit<act::SeeAccount> = match account {
                    Some(id) => this.permit(&actor, &s.account(id)?.ok_or(AccountsError::NoSuchAccount)?)?,
                    None => this.permit_all(&actor)?,
                };
                let kept = match account {
                    Some(id) => s.sign_outs(id, SHOWN_MAX)?,
                    None => s.all_sign_outs(SHOWN_MAX)?,
                };
                Ok::<_, AccountsError>(kept)
            })
            .await?;
        let now = self.clock.now();
        Ok(kept.into_iter().map(|one| self.asked_elsewhere(one, now)).collect())
    }

    fn asked_elsewhere(&self, kept: KeptSignOut, now: Timestamp) -> AskedElsewhere {
        let server = self.settings.other_servers.iter().find(|server| server.name == kept.server);
        let standing = match (server, kept.state) {
            (None, SignOutState::Pending) => Standing::NotConfigured,
            (Some(server), SignOutState::Pending) if server.cuts == Cuts::Nothing => Standing::CannotBeCut,
            (server, _) => {
                let again_after = server.map_or(Duration::ZERO, |server| server.again_after);
                standing(&kept, (kept.created_at + again_after).since(now))
            }
        };
        let KeptSignOut { server, account, credential, why, created_at: at, .. } = kept;
        AskedElsewhere { at, account, credential, why, elsewhere: Elsewhere { server, standing } }
    }

    async fn kept_sign_outs(&self, account: AccountId) -> Vec<KeptSignOut> {
        let read = move |s: &mut valetkey_store::Snapshot<'_>| Ok::<_, AccountsError>(s.sign_outs(account, SHOWN_MAX)?);
        self.store.read(read).await.unwrap_or_else(|error| {
            tracing::warn!(%account, error = %chain(&error), "what other servers have done could not be looked up");
            Vec::new()
        })
    }

    /// The first that is kept of each server that can be told; none if there is none.
    fn newest_of_each<'a>(&'a self, kept: &'a [KeptSignOut]) -> impl Iterator<Item = Option<&'a KeptSignOut>> {
        let told = self.settings.other_servers.iter().filter(|server| server.cuts != Cuts::Nothing);
        told.map(|server| kept.iter().find(|one| one.server == server.name))
    }

    fn standings(&self, kept: &[KeptSignOut]) -> Vec<Elsewhere> {
        let now = self.clock.now();
        let standing = |server: &OtherServer| match server.cuts {
            Cuts::Nothing => Standing::CannotBeCut,
            _ => match kept.iter().find(|one| one.server == server.name) {
                Some(one) => standing(one, (one.created_at + server.again_after).since(now)),
                None => Standing::Pending { why: None },
            },
        };
        let servers = self.settings.other_servers.iter();
        let mut shown: Vec<Elsewhere> =
            servers.map(|server| Elsewhere { server: server.name.clone(), standing: standing(server) }).collect();
        for gone in kept.iter().filter(|one| one.state == SignOutState::Pending) {
            if shown.iter().all(|one| one.server != gone.server) {
                shown.push(Elsewhere { server: gone.server.clone(), standing: Standing::NotConfigured });
            }
        }
        shown
    }
}

fn was_tried(kept: Option<&KeptSignOut>) -> bool {
    kept.is_some_and(|one| one.outcome.is_some() || one.trouble.is_some() || one.state != SignOutState::Pending)
}

fn standing(kept: &KeptSignOut, final_in: Duration) -> Standing {
    let why = || kept.trouble.as_ref().and_then(|text| text.parse().ok());
    let outcome = kept.outcome.as_ref().and_then(|text| text.parse().ok());
    match (kept.state, outcome, why()) {
        (SignOutState::GivenUp, _, why) => Standing::GivenUp { why },
        (SignOutState::Cut, Some(outcome), _) => Standing::Cut { outcome, final_in: None },
        (SignOutState::Pending, Some(outcome), None) => Standing::Cut { outcome, final_in: Some(final_in) },
        (_, _, why) => Standing::Pending { why },
    }
}
