//! What apps sent in place of an app password: whether it is the account's primary password, or the one that it had on the
//! server from which it came, is found out afterwards, when nobody else waits for a hash. Nothing is ever accepted here.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::Actor;
use valetkey_domain::throttle::{GuessLimits, GuessThrottle};
use valetkey_domain::{AccountId, LastUse, Plain, PrimaryPassword, Timestamp};
use valetkey_store::{KeptPasswords, SentPassword, Snapshot, Transaction};

use super::notice::DAY_MILLIS;
use crate::gate::HashMap;
use crate::hasher::Uncheckable;
use crate::journal::Event;
use crate::{Accounts, AccountsError, lock_open};

/// Passwords that wait to be looked at, each from one app; more are dropped.
const WAITING_MAX: usize = 100;
/// Accounts of which it is remembered what their apps sent. Each takes about 200 bytes; when they are more, all are forgotten,
/// and found out anew.
const ACCOUNTS_MAX: usize = 10_000;
/// Passwords remembered of one account: the two that it has had, and wrong ones that an app repeats.
const OF_ACCOUNT_MAX: usize = 8;

/// What is looked at, and what came of it before.
pub(super) struct Suspects {
    waiting: Vec<Suspect>,
    known: HashMap<AccountId, Known>,
    /// Five different passwords an hour of each account are compared.
    budget: GuessThrottle,
}

struct Suspect {
    account: AccountId,
    /// Stands for the secret.
    mark: u64,
    secret: Plain<Vec<u8>>,
    seen: LastUse,
    times: u64,
}

/// What came of comparing, for as long as what was compared with stays the same.
struct Known {
    /// Stands for the kept hashes.
    kept: u64,
    found: Vec<(u64, Verdict)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Wrong,
    Right(SentPassword),
}

/// An app has sent an account's password.
#[derive(Clone)]
struct Sent {
    account: AccountId,
    kept: u64,
    password: SentPassword,
    seen: LastUse,
    times: u64,
}

impl Suspects {
    pub(super) fn new() -> Self {
        let budget = GuessThrottle::new(GuessLimits { burst: 5, per_hour: 5 });
        Self { waiting: Vec::new(), known: HashMap::default(), budget }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What one app repeats waits once, with the number of times.
    pub(super) fn take(&mut self, accounts: &Accounts, account: AccountId, secret: Plain<Vec<u8>>, seen: LastUse) {
        let mark = accounts.logins.mark(secret.expose());
        let is_it = |one: &&mut Suspect| {
            (one.account, one.mark, one.seen.service) == (account, mark, seen.service) && one.seen.client == seen.client
        };
        if let Some(one) = self.waiting.iter_mut().find(is_it) {
            one.times += 1;
            one.seen = seen;
        } else if self.waiting.len() < WAITING_MAX {
            self.waiting.push(Suspect { account, mark, secret, seen, times: 1 });
        }
    }

    /// Writes down what is known of all that wait, and finds out about one by hashing, if nobody else waits for a hash.
    pub(super) async fn look(&mut self, accounts: &Arc<Accounts>) -> Result<(), AccountsError> {
        let all = kept_of(accounts, self.waiting.iter().map(|one| one.account).collect()).await?;
        let (mut sent, mut may_hash) = (Vec::new(), accounts.hasher.is_idle());
        for suspect in std::mem::take(&mut self.waiting) {
            let Some(passwords) = all.get(&suspect.account) else { continue };
            let kept = stands_for(accounts, passwords);
            let verdict = match self.known(&suspect, kept) {
                Some(verdict) => verdict,
                None if !may_hash => {
                    self.waiting.push(suspect);
                    continue;
                }
                None if self.is_too_much(accounts, suspect.account) => continue,
                None => {
                    may_hash = false;
                    match compare(accounts, passwords, &suspect.secret).await {
                        Ok(verdict) => self.remember(&suspect, kept, verdict),
                        Err(error) => {
                            tracing::debug!(%error, account = %suspect.account, "what an app sent could not be compared");
                            continue;
                        }
                    }
                }
            };
            if let Verdict::Right(password) = verdict {
                let Suspect { account, seen, times, .. } = suspect;
                sent.push(Sent { account, kept, password, seen, times });
            }
        }
        if sent.is_empty() { Ok(()) } else { write_down(accounts, sent).await }
    }

    fn known(&self, suspect: &Suspect, kept: u64) -> Option<Verdict> {
        let known = self.known.get(&suspect.account).filter(|known| known.kept == kept)?;
        known.found.iter().find(|(mark, _)| *mark == suspect.mark).map(|(_, verdict)| *verdict)
    }

    fn remember(&mut self, suspect: &Suspect, kept: u64, verdict: Verdict) -> Verdict {
        if self.known.len() >= ACCOUNTS_MAX && !self.known.contains_key(&suspect.account) {
            self.known.clear();
        }
        let known = self.known.entry(suspect.account).or_insert(Known { kept, found: Vec::new() });
        if known.kept != kept {
            *known = Known { kept, found: Vec::new() };
        }
        if known.found.len() >= OF_ACCOUNT_MAX {
            // There are more wrong ones than two, and the right ones are worth more.
            let oldest = known.found.iter().position(|(_, verdict)| *verdict == Verdict::Wrong);
            known.found.remove(oldest.unwrap_or(0));
        }
        known.found.push((suspect.mark, verdict));
        verdict
    }

    fn is_too_much(&mut self, accounts: &Accounts, account: AccountId) -> bool {
        self.budget.guess(accounts.guess_key(account), accounts.clock.boot_time()).is_err()
    }
}

/// What is kept of the passwords of some accounts; of those that have any.
async fn kept_of(
    accounts: &Accounts,
    which: Vec<AccountId>,
) -> Result<HashMap<AccountId, KeptPasswords>, AccountsError> {
    let read = move |s: &mut Snapshot<'_>| {
        let mut all = HashMap::default();
        for account in &which {
            let kept = s.kept_passwords(*account)?;
            if kept.primary.is_some() || kept.old.is_some() {
                all.insert(*account, kept);
            }
        }
        Ok::<_, AccountsError>(all)
    };
    accounts.store.read(read).await
}

fn stands_for(accounts: &Accounts, kept: &KeptPasswords) -> u64 {
    let [primary, old] = [&kept.primary, &kept.old].map(|hash| hash.as_deref().unwrap_or_default());
    accounts.logins.short(&format!("{primary}\n{old}"))
}

async fn compare(accounts: &Accounts, kept: &KeptPasswords, secret: &Plain<Vec<u8>>) -> Result<Verdict, Uncheckable> {
    let Some(password) = PrimaryPassword::presented(secret.expose()) else { return Ok(Verdict::Wrong) };
    for (hash, which) in [(&kept.primary, SentPassword::Primary), (&kept.old, SentPassword::Old)] {
        if hash.is_some() && accounts.hasher.check(&password, hash.as_deref()).await? {
            return Ok(Verdict::Right(which));
        }
    }
    Ok(Verdict::Wrong)
}

async fn write_down(accounts: &Arc<Accounts>, mut sent: Vec<Sent>) -> Result<(), AccountsError> {
    // In one order, so that nobody who locks some of them too waits for us while we wait for them.
    sent.sort_by_key(|one| *one.account.as_bytes());
    let this = Arc::clone(accounts);
    accounts.add(move |tx| sent.iter().try_for_each(|one| note(&this, tx, one))).await
}

/// A line of the audit log says it once a day of each app: some ask every minute.
fn note(accounts: &Accounts, tx: &mut Transaction<'_>, sent: &Sent) -> Result<(), AccountsError> {
    match lock_open(tx, sent.account) {
        Err(AccountsError::NoSuchAccount) => return Ok(()), // it was deleted meanwhile
        locked => locked.map(drop)?,
    }
    if stands_for(accounts, &tx.kept_passwords(sent.account)?) != sent.kept {
        return Ok(()); // the password was replaced meanwhile
    }
    let Sent { account, password, seen, times, .. } = sent;
    let before = tx.note_password_sent(*account, *password, seen, *times)?;
    let is_written = before.is_some_and(|before| day(before) == day(seen.at));
    if *password == SentPassword::Old || is_written {
        return Ok(()); // the old one opens nothing here
    }
    let network = seen.network.map(|n| n.to_string());
    let detail = json!({ "service": seen.service.name(), "client": seen.client.as_deref(), "network": network });
    accounts.record_by(tx, &Actor::System, *account, Event::PrimaryPasswordTried, None, &detail)
}

fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MILLIS)
}
