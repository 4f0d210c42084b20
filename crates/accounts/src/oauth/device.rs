//! Apps on devices that have no browser (RFC 8628): the device shows a code, its user types it on a page of the portal and lets
//! the app in there, and the device, which has asked all the while, gets its tokens.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use valetkey_domain::oauth::{APPROVAL_TIME, Requested, UserCode};
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, BootTime, Digest, GrantId, LastUse, Plain, Timestamp, Token};
use valetkey_store::{ApprovalState, Given, KeptApproval, NewGrant};

use super::Client;
use super::authorise::may_have_another;
use super::grant::end_of;
use super::token::{IssuedTokens, TokenError, Used};
use crate::approval::{Asking, Waiting};
use crate::browser::Browser;
use crate::guesses::At;
use crate::{Accounts, AccountsError, lock_open};

/// How long a device waits before it asks again, unless it is told to take longer.
const INTERVAL: Duration = Duration::from_secs(5);
/// By how much longer it must wait each time that it did not (RFC 8628 section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// Two requests do not take the same time on their way.
const LENIENCE: Duration = Duration::from_millis(500);
/// How many devices that ask are remembered; with more, all are forgotten, and hear of no haste.
const POLLS_MAX: usize = 20_000;

/// What a device gets that asks.
pub struct DeviceCodes {
    /// With which it asks again, for the app alone.
    pub device: Plain<String>,
    /// What it shows to its user: `WDJB-MJHT`.
    pub user: Plain<String>,
}

impl DeviceCodes {
    /// How long both are good.
    pub const TIME: Duration = APPROVAL_TIME;
    /// How long the app waits before it asks again.
    pub const INTERVAL: Duration = INTERVAL;
}

/// Why a device has no tokens.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Nobody has answered yet.
    #[error("nobody has answered yet")]
    Pending,
    /// Nobody has answered yet, and it asks too often: from now on five seconds less often.
    #[error("nobody has answered yet, and it is asked too often")]
    SlowDown,
    /// Somebody has said no.
    #[error("somebody has said no")]
    Denied,
    /// Nobody has answered in time.
    #[error("nobody has answered in time")]
    Expired,
    /// The app may not ask from a device.
    #[error("this app may not ask from a device")]
    NotForDevices,
    /// As with every other way to tokens.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<AccountsError> for DeviceError {
    fn from(error: AccountsError) -> Self {
        Self::Token(error.into())
    }
}

/// When devices last asked that wait for an answer, and how long they have to wait until they ask again. In memory: it is lost
/// at a restart, and nothing with it.
#[derive(Default)]
pub(crate) struct Polls(Mutex<HashMap<u64, Polled>>);

struct Polled {
    at: BootTime,
    interval: Duration,
}

impl Polls {
    /// Notes that a device asks; whether that is too soon.
    fn is_too_soon(&self, device: &Digest, now: BootTime) -> bool {
        let mut polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if polls.len() >= POLLS_MAX {
            polls.retain(|_, polled| now.since(polled.at) < APPROVAL_TIME);
        }
        if polls.len() >= POLLS_MAX {
            polls.clear();
        }
        let Some(polled) = polls.get_mut(&device.fingerprint()) else {
            polls.insert(device.fingerprint(), Polled { at: now, interval: INTERVAL });
            return false;
        };
        let is_too_soon = now.since(polled.at) + LENIENCE < polled.interval;
        polled.at = now;
        if is_too_soon {
            polled.interval = (polled.interval + SLOWER).min(APPROVAL_TIME);
        }
        is_too_soon
    }

    /// Forgets a device that has its answer.
    fn forget(&self, device: &Digest) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&device.fingerprint());
    }
}

impl Accounts {
    /// An app on a device asks to be let in, from a network if that is known.
    pub async fn ask_from_device(
        self: &Arc<Self>,
        client: &Client,
        asked: Requested,
        network: Option<IpAddr>,
        agent: Option<&str>,
    ) -> Result<DeviceCodes, AccountsError> {
        if !client.asks_from_devices() {
            return Err(AccountsError::NotForDevices);
        }
        let (device, user) = (Token::generate(&*self.randomness), UserCode::generate(&*self.randomness));
        self.await_approval(Asking {
            digest: device.digest(),
            page: self.keys.user_code_digest(&user),
            client: Some(client.id.clone()),
            name: client.name.clone(),
            asked,
            network,
            agent: agent.and_then(LastUse::client_name),
        })
        .await?;
        Ok(DeviceCodes { device: device.reveal(), user: user.reveal() })
    }

    /// What the device asks that shows this code. Each wrong code of an account counts, and after too many it has to wait.
    pub async fn device_asking(
        self: &Arc<Self>,
        account: AccountId,
        code: &str,
        browser: &Browser,
    ) -> Result<Waiting, AccountsError> {
        Ok(Waiting::new(self.device_showing(account, code, browser).await?, browser))
    }

    /// The account's owner answers the device that shows this code: lets its app in, behind two factors, or does not.
    pub async fn answer_device(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        code: &str,
        browser: &Browser,
        is_let_in: bool,
    ) -> Result<Waiting, AccountsError> {
        let kept = self.device_showing(account, code, browser).await?;
        let (digest, now) = (kept.digest, self.clock.now());
        let answered = if is_let_in {
            let signed_in_at = match actor {
                Actor::Holder { second_factor_at: Some(at), .. } => *at,
                _ => now,
            };
            let answer = Given { account, name: kept.name.clone(), given: kept.given, signed_in_at };
            let (this, actor) = (Arc::clone(self), actor.clone());
            self.add(move |tx| {
                let _: Permit<act::AuthoriseApp> = this.lock(tx, &actor, account)?.1;
                may_have_another(tx, account, now)?;
                Ok(tx.give_approval(&digest, &answer, now)?)
            })
            .await?
        } else {
            self.deny(digest, account).await?
        };
        if answered { Ok(Waiting::new(kept, browser)) } else { Err(AccountsError::WrongCode) }
    }

    async fn device_showing(
        self: &Arc<Self>,
        account: AccountId,
        code: &str,
        browser: &Browser,
    ) -> Result<KeptApproval, AccountsError> {
        // No code at all is a slip, and no guess.
        let code = UserCode::presented(code).ok_or(AccountsError::WrongCode)?;
        let guess = self.guess(&At::UserCode(account), Some(browser));
        self.count_guess(guess)?;
        let found = self.waiting(self.keys.user_code_digest(&code)).await;
        if !matches!(found, Ok(None)) {
            self.take_back_guess(guess);
        }
        found?.filter(|kept| kept.client.is_some()).ok_or(AccountsError::WrongCode)
    }

    /// Gives a device its tokens, once somebody has let its app in. It hears of that once: whoever comes with the same code
    /// afterwards ends what came of it, as with other codes.
    pub async fn redeem_device_code(
        self: &Arc<Self>,
        client: &Client,
        code: &str,
    ) -> Result<IssuedTokens, DeviceError> {
        if !client.asks_from_devices() {
            return Err(DeviceError::NotForDevices);
        }
        let digest = Token::presented(code).ok_or(TokenError::InvalidGrant)?.digest();
        let kept = self.store.read(move |s| Ok::<_, AccountsError>(s.approval(&digest)?)).await?;
        let kept = kept.filter(|kept| kept.client.as_ref() == Some(&client.id)).ok_or(TokenError::InvalidGrant)?;
        match kept.state {
            ApprovalState::Denied => Err(DeviceError::Denied),
            ApprovalState::Open | ApprovalState::Given if kept.expires_at <= self.clock.now() => {
                Err(DeviceError::Expired)
            }
            ApprovalState::Open if self.polls.is_too_soon(&digest, self.clock.boot_time()) => {
                Err(DeviceError::SlowDown)
            }
            ApprovalState::Open => Err(DeviceError::Pending),
            ApprovalState::Given | ApprovalState::Used => {
                self.polls.forget(&digest);
                self.redeem(kept).await
            }
        }
    }

    async fn redeem(self: &Arc<Self>, kept: KeptApproval) -> Result<IssuedTokens, DeviceError> {
        let Some(account) = kept.account else { return Err(TokenError::InvalidGrant.into()) };
        if kept.state == ApprovalState::Given {
            self.count_tokens(account)?;
        }
        if kept.given.openid {
            // What the ID token needs is there before the code is used up.
            self.signing_keys().await?;
        }
        let (this, now) = (Arc::clone(self), self.clock.now());
        let used = self
            .add(move |tx| {
                lock_open(tx, account)?;
                let id = GrantId::new(now, &*this.randomness);
                if !tx.use_approval(&kept.digest, Some(id))? {
                    let before = tx.approval(&kept.digest)?.and_then(|kept| kept.grant);
                    return Ok(before.map_or(Used::Never, Used::Before));
                }
                may_have_another(tx, account, now)?;
                let grant = new_grant(account, id, &kept, now).ok_or(AccountsError::NotForDevices)?;
                let network = kept.begun.network.map(|network| network.to_string());
                this.keep_grant(tx, &grant, ("begun_from", network))?;
                let mut issued = this.issue(tx, account, id, kept.given, now)?;
                issued.signed_in_at = kept.signed_in_at;
                Ok(Used::Now(Box::new(issued)))
            })
            .await?;
        Ok(self.unless_stolen(account, used).await?)
    }
}

fn new_grant(account: AccountId, id: GrantId, kept: &KeptApproval, now: Timestamp) -> Option<NewGrant> {
    let (client, name, given) = (kept.client.clone()?, kept.name.clone(), kept.given);
    Some(NewGrant { id, account, client, name, given, created_at: now, expires_at: end_of(given, now) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_asks_too_often_has_to_wait_longer_each_time() {
        let (polls, device) = (Polls::default(), Digest::from_bytes([1; 32]));
        let begin = BootTime::from_micros(1_000_000);
        let mut now = begin;
        for (after_ms, is_too_soon) in [
            (0, false),
            (5_000, false),
            (4_600, false),
            (4_000, true),
            (5_000, true),
            (15_000, false),
            (9_000, true),
            (20_000, false),
        ] {
            now = now + Duration::from_millis(after_ms);
            assert_eq!(polls.is_too_soon(&device, now), is_too_soon, "after {after_ms} ms");
        }
        assert!(!polls.is_too_soon(&Digest::from_bytes([2; 32]), now), "another one");
        polls.forget(&device);
        assert!(!polls.is_too_soon(&device, now));
    }

    #[test]
    fn no_more_devices_are_remembered_than_there_is_room_for() {
        let (polls, now) = (Polls::default(), BootTime::from_micros(1));
        for number in 0..=POLLS_MAX as u64 {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            assert!(!polls.is_too_soon(&Digest::from_bytes(bytes), now));
        }
        assert_eq!(polls.0.lock().expect("not poisoned").len(), 1);
    }
}
