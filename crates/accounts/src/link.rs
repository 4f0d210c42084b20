//! One-time links: made by staff or for a letter, looked at as often as one likes, good once.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use valetkey_domain::policy::{Actor, act};
use valetkey_domain::{
    AccountId, AccountState, Digest, DisplayName, LinkId, LinkKind, LoginName, NoticeAddress, OneTimeCode, Timestamp,
};
use valetkey_store::{KeptLink, NewLink, Snapshot, Transaction};

use crate::journal::Event;
use crate::passkey::FactorKinds;
use crate::password::refuse_devices;
use crate::{Accounts, AccountsError, lock_open};

/// A link that was made: its code is shown, or mailed, once.
pub struct MadeLink {
    /// What it is good for.
    pub kind: LinkKind,
    /// The code in it.
    pub code: OneTimeCode,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What a letter with a link in it is about.
#[derive(Clone, Debug)]
pub struct LinkForLetter {
    /// What it is to be good for.
    pub kind: LinkKind,
    /// Whose; for a registration nobody's yet.
    pub account: Option<AccountId>,
    /// The login name that a registration is for.
    pub login: Option<LoginName>,
    /// Where the letter goes.
    pub address: NoticeAddress,
}

/// A link that is still good, as its page shows it.
#[derive(Clone, Debug)]
pub struct OpenLink {
    /// Names it.
    pub id: LinkId,
    /// What it is good for.
    pub kind: LinkKind,
    /// Whose.
    pub account: Option<AccountId>,
    /// The login name that it is about.
    pub login: LoginName,
    /// The name that people see.
    pub display_name: DisplayName,
    /// The address that it was mailed to.
    pub address: Option<NoticeAddress>,
    /// Where its account's notices go by now, if staff said so.
    pub notice_address: Option<NoticeAddress>,
    /// The second factors that its account has.
    pub factors: FactorKinds,
    /// Whether somebody else has the login name that a registration is for.
    pub is_taken: bool,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// How long a link is good. What went by mail lies in a mailbox, so it is good for less.
const fn lifetime(kind: LinkKind, by_mail: bool) -> Duration {
    match kind {
        LinkKind::Invitation => Duration::from_hours(7 * 24),
        LinkKind::Reset if by_mail => Duration::from_hours(1),
        LinkKind::Reset | LinkKind::NoticeAddress | LinkKind::Registration => Duration::from_hours(24),
    }
}

impl Accounts {
    /// Makes a link for an account's owner: an invitation for one who has no password yet, a reset for any other. It takes
    /// the place of an older one. Nothing is revoked until it is used, and the second factors stay.
    pub async fn make_link(self: &Arc<Self>, actor: &Actor, account: AccountId) -> Result<MadeLink, AccountsError> {
        let (code, now) = (OneTimeCode::generate(&*self.randomness), self.clock.now());
        let (this, actor, digest) = (Arc::clone(self), actor.clone(), self.link_digest(&code));
        let (kind, expires_at) = self
            .add(move |tx| {
                let (found, permit) = this.lock::<act::ResetPrimaryPassword>(tx, &actor, account)?;
                refuse_devices(found.kind)?;
                let kind = match found.state {
                    AccountState::Invited => LinkKind::Invitation,
                    AccountState::Active => LinkKind::Reset,
                    AccountState::Suspended | AccountState::Closed => {
                        return Err(AccountsError::NotActive(found.state));
                    }
                };
                let expires_at = now + lifetime(kind, false);
                tx.delete_links(account, kind)?;
                tx.insert_link(&NewLink {
                    id: LinkId::new(now, &*this.randomness),
                    digest,
                    kind,
                    account: Some(account),
                    login: None,
                    address: None,
                    made_by: permit.actor().to_string(),
                    created_at: now,
                    expires_at,
                })?;
                this.record(tx, &permit, Event::LinkMade, None, &json!({ "kind": kind.name() }))?;
                Ok((kind, expires_at))
            })
            .await?;
        Ok(MadeLink { kind, code, expires_at })
    }

    /// Makes the link of a letter that is being written. Links in other letters stay good: whoever asks for many takes
    /// none away.
    pub async fn link_for_letter(self: &Arc<Self>, about: LinkForLetter) -> Result<MadeLink, AccountsError> {
        let (code, now) = (OneTimeCode::generate(&*self.randomness), self.clock.now());
        let (kind, expires_at) = (about.kind, now + lifetime(about.kind, true));
        let link = NewLink {
            id: LinkId::new(now, &*self.randomness),
            digest: self.link_digest(&code),
            kind,
            account: about.account,
            login: about.login,
            address: Some(about.address),
            made_by: Actor::System.to_string(),
            created_at: now,
            expires_at,
        };
        self.add(move |tx| {
            if let Some(account) = link.account {
                lock_open(tx, account)?;
                if kind == LinkKind::NoticeAddress {
                    tx.delete_links(account, kind)?; // the last address that was given is the one that is meant
                }
            }
            Ok(tx.insert_link(&link)?)
        })
        .await?;
        Ok(MadeLink { kind, code, expires_at })
    }

    /// The link of a code, if it is one of these kinds and still good. Looking at it uses nothing up: mail scanners do.
    pub async fn look_at_link(
        self: &Arc<Self>,
        code: &OneTimeCode,
        kinds: &'static [LinkKind],
    ) -> Result<Option<OpenLink>, AccountsError> {
        let (digests, now) = (self.link_digests(code), self.clock.now());
        self.store
            .read(move |s| {
                let Some(link) = good_link(s, &digests, kinds, now)? else { return Ok(None) };
                let account = link.account.map(|id| s.account(id)).transpose()?.flatten();
                // Whoever joined by another link has no use for this one.
                let is_open = account
                    .as_ref()
                    .is_none_or(|a| (a.state == AccountState::Invited) == (link.kind == LinkKind::Invitation));
                if !is_open {
                    return Ok(None);
                }
                let factors = match link.account {
                    Some(id) => FactorKinds::of(&s.second_factors(id)?),
                    None => FactorKinds::default(),
                };
                let is_taken = match &link.login {
                    Some(login) => s.is_taken(login, now)?,
                    None => false,
                };
                let login = link.login.or_else(|| account.as_ref().map(|a| a.canonical_login().clone()));
                Ok(login.map(|login| OpenLink {
                    id: link.id,
                    kind: link.kind,
                    account: link.account,
                    login,
                    notice_address: account.as_ref().and_then(|a| a.notice_address.clone()),
                    display_name: account.map(|a| a.display_name).unwrap_or_default(),
                    address: link.address,
                    factors,
                    is_taken,
                    expires_at: link.expires_at,
                }))
            })
            .await
    }

    pub(crate) fn link_digests(&self, code: &OneTimeCode) -> Vec<Digest> {
        self.keys.link_digests(code).collect()
    }

    fn link_digest(&self, code: &OneTimeCode) -> Digest {
        self.keys.link_digests(code).next().expect("there is a current key")
    }
}

/// The link of a code, if it is one of these kinds and still good.
pub(crate) fn good_link(
    s: &mut Snapshot<'_>,
    digests: &[Digest],
    kinds: &[LinkKind],
    now: Timestamp,
) -> Result<Option<KeptLink>, AccountsError> {
    for digest in digests {
        if let Some(link) = s.link(digest, now)?.filter(|link| kinds.contains(&link.kind)) {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

/// The same, and uses it up.
pub(crate) fn use_link(
    tx: &mut Transaction<'_>,
    digests: &[Digest],
    kinds: &[LinkKind],
    now: Timestamp,
) -> Result<KeptLink, AccountsError> {
    let link = good_link(tx, digests, kinds, now)?.ok_or(AccountsError::LinkOver)?;
    if tx.delete_link(link.id)? { Ok(link) } else { Err(AccountsError::LinkOver) }
}
