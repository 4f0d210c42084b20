//! What an account's owner sets: the name, the language, where notices go. And what happened to the account lately.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, AccountState, DisplayName, LinkKind, Locale, NoticeAddress, OneTimeCode};
use valetkey_store::{AuditEntry, AuditFilter};

use crate::guesses::At;
use crate::joining::refuse_own_mailbox;
use crate::journal::{Event, nothing};
use crate::link::use_link;
use crate::{Accounts, AccountsError, lock_open, open};

impl Accounts {
    /// Changes the name that people see and the language of letters.
    pub async fn change_profile(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        name: DisplayName,
        locale: Option<Locale>,
    ) -> Result<(), AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (_, permit) = this.lock::<act::ChangeProfile>(tx, &actor, account)?;
            tx.set_display_name(account, &name)?;
            tx.set_locale(account, locale.as_ref())?;
            this.record(tx, &permit, Event::ProfileChanged, None, &nothing())
        })
        .await
    }

    /// Gives an address for notices. It counts once a link in a letter to it was followed.
    pub async fn give_notice_address(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        address: NoticeAddress,
    ) -> Result<(), AccountsError> {
        self.count_guess(self.guess(&At::Address(account), None))?;
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (found, permit) = this.lock::<act::ChangeNoticeAddress>(tx, &actor, account)?;
            refuse_own_mailbox(&found.login_names, &address)?;
            this.record(tx, &permit, Event::NoticeAddressGiven, None, &json!({ "address": address.as_str() }))
        })
        .await
    }

    /// The address that was given last and whose letter was not answered yet.
    pub async fn unproved_notice_address(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Option<NoticeAddress>, AccountsError> {
        let (this, actor, now) = (Arc::clone(self), actor.clone(), self.clock.now());
        self.store
            .read(move |s| {
                let found = open(s.account(account)?)?;
                let _: Permit<act::SeeActivity> = this.permit(&actor, &found)?;
                let links = s.links(account, now)?;
                Ok(links.into_iter().find(|link| link.kind == LinkKind::NoticeAddress).and_then(|link| link.address))
            })
            .await
    }

    /// Whoever has the link reads mail at the address: from now on notices go there. The old address is told too.
    pub async fn confirm_notice_address(self: &Arc<Self>, code: &OneTimeCode) -> Result<NoticeAddress, AccountsError> {
        let (this, digests) = (Arc::clone(self), self.link_digests(code));
        self.add(move |tx| {
            let link = use_link(tx, &digests, &[LinkKind::NoticeAddress], this.clock.now())?;
            let (Some(account), Some(address)) = (link.account, link.address) else {
                return Err(AccountsError::LinkOver);
            };
            let found = lock_open(tx, account)?;
            if found.state != AccountState::Active {
                return Err(AccountsError::LinkOver);
            }
            refuse_own_mailbox(&found.login_names, &address)?;
            tx.set_notice_address(account, Some(&address))?;
            let actor = Actor::Holder { account, role: None, second_factor_at: None };
            let old = found.notice_address.as_ref().map(NoticeAddress::as_str);
            let detail = json!({ "old": old, "new": address.as_str() });
            this.record_by(tx, &actor, account, Event::NoticeAddressChanged, None, &detail)?;
            if let Some(old) = old.filter(|old| *old != address.as_str()) {
                // An errand of its own: what could not be sent to one address is not sent to the other again.
                let detail = json!({ "old": old, "new": address.as_str(), "to": old });
                this.leave_letter(tx, Event::NoticeAddressChanged, Some(account), &detail)?;
            }
            Ok(address)
        })
        .await
    }

    /// What happened to an account lately, the newest first, for its owner.
    pub async fn activity(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.store
            .read(move |s| {
                let found = open(s.account(account)?)?;
                let _: Permit<act::SeeActivity> = this.permit(&actor, &found)?;
                Ok(s.audit(&AuditFilter { account: Some(account), limit, ..AuditFilter::default() })?)
            })
            .await
    }
}
