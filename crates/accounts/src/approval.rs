//! What is begun elsewhere and approved here: an app on a device without a browser, or one that wants an app password and opens
//! a page for that. Its user sees where and when it was begun, answers within ten minutes, and the app hears the answer by one
//! poll. What it gets is made by that poll: until then there is nothing that could be stolen.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::oauth::{APPROVAL_TIME, ClientId, Requested};
use valetkey_domain::{AccountId, Digest, Label, NetworkKey};
use valetkey_store::{ApprovalState, Begun, KeptApproval, NewApproval, StoreError};

use crate::browser::Browser;
use crate::{Accounts, AccountsError};

/// The most that wait at a time, of each of the two kinds. With more, those that have waited longest are forgotten: nobody keeps
/// others out by filling the places.
const WAITING_MAX: u64 = 10_000;

/// How long an app can hear that its time is over: one that asks as slowly as it may be told to still does.
const HEARD_WITHIN: Duration = APPROVAL_TIME;

/// What waits for approval, as its user must see it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The app, as OAuth knows it; without, it wants an app password.
    pub client: Option<ClientId>,
    /// What the app is called.
    pub name: Label,
    /// What it asks for.
    pub asked: Requested,
    /// Where and when it was begun.
    pub begun: Begun,
    /// Whether that was where its user's browser is, if both are known.
    pub is_from_here: Option<bool>,
}

impl Waiting {
    pub(crate) fn new(kept: KeptApproval, browser: &Browser) -> Self {
        let both = kept.begun.network.zip(browser.network);
        let is_from_here = both.map(|(there, here)| NetworkKey::narrow(there) == NetworkKey::narrow(here));
        let KeptApproval { client, name, given: asked, begun, .. } = kept;
        Self { client, name, asked, begun, is_from_here }
    }
}

/// What is to wait for approval.
pub(crate) struct Asking {
    /// Of what the app polls with.
    pub(crate) digest: Digest,
    /// Of what leads to its page.
    pub(crate) page: Digest,
    pub(crate) client: Option<ClientId>,
    pub(crate) name: Label,
    pub(crate) asked: Requested,
    pub(crate) network: Option<IpAddr>,
    pub(crate) agent: Option<Box<str>>,
}

impl Accounts {
    /// Keeps what is to wait for approval, within the limits of its network.
    pub(crate) async fn await_approval(self: &Arc<Self>, asking: Asking) -> Result<(), AccountsError> {
        self.count_approval(asking.network)?;
        let now = self.clock.now();
        let Asking { digest, page, client, name, mut asked, network, agent } = asking;
        asked.scopes = asked.scopes.completed(self.settings.calendars_and_contacts);
        let begun = Begun { at: now, network, agent };
        let new = NewApproval { digest, page, client, name, asked, begun, expires_at: now + APPROVAL_TIME };
        self.add(move |tx| {
            if tx.keep_open_approvals(new.client.is_some(), WAITING_MAX - 1)? > 0 {
                tracing::warn!("so much waits for approval that what has waited longest was forgotten");
            }
            // Of codes that were given within a day hardly two are the same.
            if tx.approval_of_page(&new.page)?.is_some() {
                return Err(StoreError::Busy.into());
            }
            Ok(tx.insert_approval(&new)?)
        })
        .await
    }

    /// What waits under this page, if it still does.
    pub(crate) async fn waiting(self: &Arc<Self>, page: Digest) -> Result<Option<KeptApproval>, AccountsError> {
        let now = self.clock.now();
        let found = self.store.read(move |s| Ok::<_, AccountsError>(s.approval_of_page(&page)?)).await?;
        Ok(found.filter(|kept| kept.state == ApprovalState::Open && kept.expires_at > now))
    }

    /// Forgets what nobody has answered in time, or come for, once its app has had the time to hear of that. For the caretaker.
    pub(crate) async fn forget_approvals(self: &Arc<Self>) -> Result<u64, AccountsError> {
        let before = self.clock.now() - HEARD_WITHIN;
        let mut all = 0;
        // Nothing is written unless there is something to forget.
        while self.store.read(move |s| Ok::<_, AccountsError>(s.has_unused_approvals(before)?)).await? {
            all += self.add(move |tx| Ok(tx.prune_unused_approvals(before)?)).await?;
        }
        Ok(all)
    }

    /// Somebody does not let the app in. `false` if it waits no more.
    pub(crate) async fn deny(self: &Arc<Self>, digest: Digest, account: AccountId) -> Result<bool, AccountsError> {
        let now = self.clock.now();
        self.add(move |tx| Ok(tx.deny_approval(&digest, account, now)?)).await
    }
}
