//! Becoming an account holder, and becoming one again: invitations, accounts of one's own making, forgotten passwords, the
//! proof that notices are read.

use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, act};
use valetkey_domain::{
    AccountId, AccountState, DisplayName, Kind, LinkKind, Locale, LoginName, NoticeAddress, OneTimeCode,
    PrimaryPassword, RevocationReason, Token,
};
use valetkey_store::{NewAccount, NewSession, Transaction};

use crate::browser::{Browser, Seen, SignedIn, Trust};
use crate::gate::Credentials;
use crate::guesses::At;
use crate::journal::{Event, nothing};
use crate::link::use_link;
use crate::password::{end_what_the_password_opened, refuse_like};
use crate::sign_in::Notice;
use crate::{Accounts, AccountsError, Ending, PasswordReplaced, SecondFactor, lock_open};

/// Names that nobody registers for themselves: those of a server's own roles (RFC 2142 among them).
const RESERVED: [&str; 20] = [
    "abuse",
    "admin",
    "administrator",
    "hostmaster",
    "info",
    "mailer-daemon",
    "news",
    "no-reply",
    "noc",
    "noreply",
    "postmaster",
    "root",
    "sales",
    "security",
    "ssl-admin",
    "support",
    "sysadmin",
    "usenet",
    "webmaster",
    "www",
];

/// What somebody chooses who becomes an account holder.
pub struct Join {
    /// Their primary password.
    pub password: PrimaryPassword,
    /// The name that people see, if they change it.
    pub display_name: Option<DisplayName>,
    /// Where notices are to go; it is proved by a letter, unless the link came from there.
    pub notice_address: Option<NoticeAddress>,
    /// The language in which they read.
    pub locale: Option<Locale>,
}

/// Somebody is an account holder now, and signed in.
pub struct Joined {
    /// Whose account.
    pub account: AccountId,
    /// What their browser keeps.
    pub signed_in: SignedIn,
}

impl Accounts {
    /// Makes somebody who has a link the holder of the account that staff made for them, or of one of their own.
    pub async fn join(
        self: &Arc<Self>,
        code: &OneTimeCode,
        join: Join,
        browser: &Browser,
    ) -> Result<Joined, AccountsError> {
        let kinds = &[LinkKind::Invitation, LinkKind::Registration];
        let open = self.look_at_link(code, kinds).await?.ok_or(AccountsError::LinkOver)?;
        refuse_like(&join.password, &open.login)?;
        let hash = self.hasher.hash(&join.password, &*self.randomness).await?;
        let now = self.clock.now();
        let account = open.account.unwrap_or_else(|| AccountId::new(now, &*self.randomness));
        let token = Token::generate(&*self.randomness);
        let newcomer = Newcomer {
            session: self.whole_session(account, &token, browser),
            seen: self.seen(account, browser, Trust::Keep),
            hash,
            join,
        };
        let signed_in = SignedIn { session: token, browser: newcomer.seen.token().clone() };
        let (this, digests) = (Arc::clone(self), self.link_digests(code));
        self.add(move |tx| {
            let link = use_link(tx, &digests, kinds, this.clock.now())?;
            match link.login {
                Some(login) => this.make_own(tx, account, &login, link.address.as_ref())?,
                None => take_over(tx, account, link.address.as_ref())?,
            }
            this.settle(tx, account, &newcomer, link.address.is_some())
        })
        .await?;
        Ok(Joined { account, signed_in })
    }

    /// Somebody makes an account of their own.
    fn make_own(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        login: &LoginName,
        proved: Option<&NoticeAddress>,
    ) -> Result<(), AccountsError> {
        if !self.settings.registration {
            return Err(AccountsError::RegistrationClosed);
        }
        let row = NewAccount {
            id: account,
            kind: Kind::Person,
            state: AccountState::Active,
            display_name: DisplayName::default(),
            notice_address: proved.cloned(),
            login_names: vec![login.clone()],
            primary_password: None,
            is_imported: false,
            created_at: self.clock.now(),
        };
        if !tx.insert_account(&row)? {
            return Err(AccountsError::LoginTaken(login.to_string()));
        }
        let detail = json!({ "login": login.as_str(), "kind": row.kind.name(), "registered": true });
        self.record_by(tx, &holder(account, self), account, Event::AccountCreated, None, &detail)
    }

    fn settle(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        newcomer: &Newcomer,
        is_proved: bool,
    ) -> Result<(), AccountsError> {
        let (join, actor) = (&newcomer.join, holder(account, self));
        self.keep_new_password(tx, account, &newcomer.hash)?;
        if let Some(name) = &join.display_name {
            tx.set_display_name(account, name)?;
        }
        if let Some(locale) = &join.locale {
            tx.set_locale(account, Some(locale))?;
        }
        self.record_by(tx, &actor, account, Event::PasswordSet, None, &nothing())?;
        if let Some(address) = join.notice_address.as_ref().filter(|_| !is_proved) {
            let found = lock_open(tx, account)?;
            refuse_own_mailbox(&found.login_names, address)?;
            let is_as_staff_said = found.notice_address.as_ref() == Some(address);
            if !is_as_staff_said {
                let detail = json!({ "address": address.as_str() });
                self.record_by(tx, &actor, account, Event::NoticeAddressGiven, None, &detail)?;
            }
        }
        tx.insert_session(&newcomer.session)?;
        // Their first browser is no news to them.
        self.record_first_sign_in(tx, &newcomer.session, &newcomer.seen)
    }

    /// Has a letter with an invitation sent to the notice address of an account that waits for its holder.
    pub async fn mail_invitation(self: &Arc<Self>, actor: &Actor, account: AccountId) -> Result<(), AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        self.add(move |tx| {
            let (found, permit) = this.lock::<act::ResetPrimaryPassword>(tx, &actor, account)?;
            if found.state != AccountState::Invited {
                return Err(AccountsError::NotActive(found.state));
            }
            if found.notice_address.is_none() {
                return Err(AccountsError::NoNoticeAddress);
            }
            this.record(tx, &permit, Event::Invited, None, &nothing())
        })
        .await
    }

    /// Somebody wants an account of their own: a letter with a link goes to the address that they gave.
    pub async fn ask_registration(
        self: &Arc<Self>,
        login: &LoginName,
        address: NoticeAddress,
        locale: &Locale,
        browser: &Browser,
    ) -> Result<(), AccountsError> {
        if !self.settings.registration {
            return Err(AccountsError::RegistrationClosed);
        }
        let (local, domain) = login.as_str().split_once('@').unwrap_or((login.as_str(), ""));
        let is_ours = self.settings.default_domain.as_deref() == Some(domain);
        if !is_ours || RESERVED.contains(&local) {
            return Err(AccountsError::LoginTaken(login.to_string()));
        }
        if address.as_str().eq_ignore_ascii_case(login.as_str()) {
            return Err(AccountsError::OwnMailbox);
        }
        self.count_letter(address.as_str(), browser)?;
        let this = Arc::clone(self);
        let detail = json!({ "login": login.as_str(), "address": address.as_str(), "locale": locale.as_str() });
        // Whether somebody has the name, who reads at the address learns when they follow the link.
        self.add(move |tx| this.leave_letter(tx, Event::RegistrationAsked, None, &detail)).await
    }

    /// Somebody has forgotten their password: if there is such an account and it has a notice address, a letter with a link
    /// goes there. Whether there is, the answer and its time do not tell.
    pub fn ask_reset(&self, login: &LoginName) -> Result<(), AccountsError> {
        let notice = Notice::ResetAsked { login: login.clone() };
        self.notices.try_send(notice).map_err(|_| AccountsError::Busy(crate::hasher::Busy))
    }

    /// Writes down that a letter with a link is to go to the notice address of an account, if it has one.
    pub(crate) async fn leave_reset_letter(self: &Arc<Self>, account: AccountId) -> Result<(), AccountsError> {
        let this = Arc::clone(self);
        self.add(move |tx| {
            let found = lock_open(tx, account)?;
            if found.state != AccountState::Active || found.notice_address.is_none() {
                return Ok(());
            }
            this.record_by(tx, &Actor::System, account, Event::ResetAsked, None, &nothing())
        })
        .await
    }

    /// Replaces the primary password of somebody who has a link for that and shows a second factor, if the account has
    /// one. Revokes all app passwords, removes all authorised apps, and signs out every browser.
    pub async fn reset_by_link(
        self: &Arc<Self>,
        code: &OneTimeCode,
        new: &PrimaryPassword,
        shown: Option<SecondFactor>,
    ) -> Result<PasswordReplaced, AccountsError> {
        let open = self.look_at_link(code, &[LinkKind::Reset]).await?.ok_or(AccountsError::LinkOver)?;
        let account = open.account.ok_or(AccountsError::LinkOver)?;
        refuse_like(new, &open.login)?;
        let presented = shown.map(|shown| self.presented(shown)).transpose()?;
        let guess = self.guess(&At::Reset(account), None);
        self.count_guess(guess)?;
        let kept = self.store.read(move |s| Ok::<_, AccountsError>(s.primary_password(account)?)).await;
        let kept = kept.inspect_err(|_| self.take_back_guess(guess))?;
        // Before anybody has shown more than a link, that tells no more than a sign-in would.
        self.refuse_as_before(new, kept.as_deref()).await.inspect_err(|error| {
            if !matches!(error, AccountsError::Rejected(_)) {
                self.take_back_guess(guess);
            }
        })?;
        let hash = self.hasher.hash(new, &*self.randomness).await.inspect_err(|_| self.take_back_guess(guess))?;
        let (this, digests) = (Arc::clone(self), self.link_digests(code));
        let changed = self
            .change(move |tx| {
                use_link(tx, &digests, &[LinkKind::Reset], this.clock.now())?;
                let (found, permit) = this.lock::<act::ResetOwnPassword>(tx, &holder(account, &this), account)?;
                if found.state != AccountState::Active {
                    return Err(AccountsError::NotActive(found.state));
                }
                match &presented {
                    Some(presented) => this.use_factor(tx, account, presented)?,
                    None if tx.second_factors(account)?.is_empty() => {}
                    None => return Err(AccountsError::WrongCode),
                }
                this.record(tx, &permit, Event::PasswordReset, None, &json!({ "by": permit.actor().to_string() }))?;
                let revoked = this.revoke_everything(tx, &permit, RevocationReason::PasswordReset)?;
                this.keep_new_password(tx, account, &hash)?;
                end_what_the_password_opened(tx, account, None)?;
                Ok((revoked, this.taken(&found, Credentials::All, Ending::Revoked(RevocationReason::PasswordReset))))
            })
            .await;
        if !matches!(changed, Err(AccountsError::WrongCode)) {
            self.take_back_guess(guess);
        }
        changed.map(|changed| PasswordReplaced { revoked: changed.value, closed: changed.closed, asked: changed.asked })
    }
}

struct Newcomer {
    session: NewSession,
    seen: Seen,
    hash: String,
    join: Join,
}

/// An account that staff made gets its holder.
fn take_over(
    tx: &mut Transaction<'_>,
    account: AccountId,
    proved: Option<&NoticeAddress>,
) -> Result<(), AccountsError> {
    let found = lock_open(tx, account)?;
    if found.state != AccountState::Invited {
        return Err(AccountsError::LinkOver);
    }
    if let Some(address) = proved {
        tx.set_notice_address(account, Some(address))?;
    }
    Ok(tx.set_account_state(account, AccountState::Active)?)
}

fn holder(account: AccountId, accounts: &Accounts) -> Actor {
    Actor::Holder { account, role: None, second_factor_at: Some(accounts.clock.now()) }
}

/// Notices that lie in the mailbox which somebody lost, or which a thief reads, warn nobody.
pub(crate) fn refuse_own_mailbox(names: &[LoginName], address: &NoticeAddress) -> Result<(), AccountsError> {
    let is_own = names.iter().any(|name| name.as_str().eq_ignore_ascii_case(address.as_str()));
    if is_own { Err(AccountsError::OwnMailbox) } else { Ok(()) }
}
