//! What letters are made of: an errand of the outbox becomes a letter to be written, is sent by whoever took it, and comes
//! back as sent or as failed.
//!
//! Each errand is one letter and is taken by one sender at a time. A letter is written anew at each attempt, under the
//! same id. It can arrive twice in one case only: it was handed over, and the process ended, or lost the store, before
//! that was written down here. Then the same id tells the receiver that it is the same letter.

mod facts;
mod reminders;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use valetkey_domain::policy::Actor;
use valetkey_domain::{
    Account, AccountId, AccountState, CredentialState, DisplayName, EventId, LinkKind, Locale, LoginName,
    NoticeAddress, Timestamp,
};
use valetkey_store::{AuditEntry, Errand, Transaction};

use crate::journal::Event;
use crate::{Accounts, AccountsError, LinkForLetter};
pub use facts::{By, Facts, Failures};

/// How long whoever takes letters has for all of them, before somebody else gets those of which nothing was heard.
pub const LEASE: Duration = Duration::from_mins(5);
/// How long one tries: after that nobody needs the news, and administrators hear that it did not arrive.
const TRIED_FOR: Duration = Duration::from_hours(3 * 24);

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is called as its event is")]
pub enum Occasion {
    AccountSuspended,
    AccountResumed,
    RoleSet,
    PasswordChanged,
    PasswordReset,
    FactorAdded,
    FactorRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    AppPasswordCreated,
    AppPasswordRevoked,
    AppPasswordsRevoked,
    AppAuthorised,
    AppRemoved,
    AppsRemoved,
    AppPasswordExpired,
    AppPasswordExpiresSoon,
    RevokedAppPasswordTried,
    RemovedAppTried,
    SignedInFromNewBrowser,
    FactorsRemovalAsked,
    FactorsRemovalStopped,
    NoticeAddressChanged,
    NoticeAddressGiven,
    Invited,
    ResetAsked,
    RegistrationAsked,
    FailuresOfTheDay,
}

/// Which event is which occasion. Of any other event there is no letter.
const OCCASIONS: [(Event, Occasion); 28] = [
    (Event::AccountSuspended, Occasion::AccountSuspended),
    (Event::AccountResumed, Occasion::AccountResumed),
    (Event::RoleSet, Occasion::RoleSet),
    (Event::PasswordChanged, Occasion::PasswordChanged),
    (Event::PasswordReset, Occasion::PasswordReset),
    (Event::FactorAdded, Occasion::FactorAdded),
    (Event::FactorRemoved, Occasion::FactorRemoved),
    (Event::RecoveryCodesMade, Occasion::RecoveryCodesMade),
    (Event::RecoveryCodeUsed, Occasion::RecoveryCodeUsed),
    (Event::AppPasswordCreated, Occasion::AppPasswordCreated),
    (Event::AppPasswordRevoked, Occasion::AppPasswordRevoked),
    (Event::AppPasswordsRevoked, Occasion::AppPasswordsRevoked),
    (Event::AppAuthorised, Occasion::AppAuthorised),
    (Event::AppRemoved, Occasion::AppRemoved),
    (Event::AppsRemoved, Occasion::AppsRemoved),
    (Event::AppPasswordExpired, Occasion::AppPasswordExpired),
    (Event::AppPasswordExpiresSoon, Occasion::AppPasswordExpiresSoon),
    (Event::RevokedAppPasswordTried, Occasion::RevokedAppPasswordTried),
    (Event::RemovedAppTried, Occasion::RemovedAppTried),
    (Event::SignedInFromNewBrowser, Occasion::SignedInFromNewBrowser),
    (Event::FactorsRemovalAsked, Occasion::FactorsRemovalAsked),
    (Event::FactorsRemovalStopped, Occasion::FactorsRemovalStopped),
    (Event::NoticeAddressChanged, Occasion::NoticeAddressChanged),
    (Event::NoticeAddressGiven, Occasion::NoticeAddressGiven),
    (Event::Invited, Occasion::Invited),
    (Event::ResetAsked, Occasion::ResetAsked),
    (Event::RegistrationAsked, Occasion::RegistrationAsked),
    (Event::FailuresOfTheDay, Occasion::FailuresOfTheDay),
];

impl Occasion {
    /// Every occasion.
    pub fn all() -> impl Iterator<Item = Self> {
        OCCASIONS.iter().map(|(_, occasion)| *occasion)
    }

    /// What happened, as the audit log calls it: `app-password.created`.
    pub fn name(self) -> &'static str {
        OCCASIONS.iter().find(|(_, occasion)| *occasion == self).map_or("", |(event, _)| event.name())
    }

    fn of(kind: &str) -> Option<Self> {
        OCCASIONS.iter().find(|(event, _)| event.name() == kind).map(|(_, occasion)| *occasion)
    }

    /// What the link in the letter is good for, if there is one.
    pub const fn link(self) -> Option<LinkKind> {
        match self {
            Self::Invited => Some(LinkKind::Invitation),
            Self::ResetAsked => Some(LinkKind::Reset),
            Self::NoticeAddressGiven => Some(LinkKind::NoticeAddress),
            Self::RegistrationAsked => Some(LinkKind::Registration),
            _ => None,
        }
    }
}

/// Whom a letter is for.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Their login name, or the one that they want.
    pub login: Option<LoginName>,
    /// The name that people see. Not in a letter to an address that nobody has proved to be theirs: whoever chose the
    /// name could say to strangers what they like.
    pub name: Option<DisplayName>,
    /// The language in which they read.
    pub locale: Option<Locale>,
}

/// A letter to be written.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Names it, the same at each attempt.
    pub id: EventId,
    /// What it is about.
    pub occasion: Occasion,
    /// When that happened.
    pub at: Timestamp,
    /// Where it goes.
    pub to: NoticeAddress,
    /// Whom it is for.
    pub reader: Reader,
    /// What more is known.
    pub facts: Facts,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// About whose account, if it is about one.
    pub account: Option<AccountId>,
}

impl Letter {
    /// What the link in it is about, if there is one.
    pub fn link(&self) -> Option<LinkForLetter> {
        let kind = self.occasion.link()?;
        let login = self.reader.login.clone().filter(|_| kind == LinkKind::Registration);
        Some(LinkForLetter { kind, account: self.account, login, address: self.to.clone() })
    }
}

/// How long a letter that could not be sent waits for the next attempt.
const fn put_off(attempts: u32) -> Duration {
    match attempts {
        0 | 1 => Duration::from_mins(1),
        2 => Duration::from_mins(5),
        3 => Duration::from_mins(30),
        4 => Duration::from_hours(2),
        _ => Duration::from_hours(6),
    }
}

impl Accounts {
    /// Takes letters that are to be sent now, for [`LEASE`]. What has nobody to read it is done with.
    pub async fn take_letters(self: &Arc<Self>, at_most: usize) -> Result<Vec<Letter>, AccountsError> {
        let now = self.clock.now();
        // Asked every few seconds: nothing is written unless there is something to take.
        if !self.store.read(move |s| Ok::<_, AccountsError>(s.errand_is_due(now)?)).await? {
            return Ok(Vec::new());
        }
        let this = Arc::clone(self);
        self.add(move |tx| {
            let mut letters = Vec::new();
            for errand in tx.take_errands(now, LEASE, at_most)? {
                match this.letter_of(tx, &errand, now)? {
                    Some(letter) => letters.push(letter),
                    None => tx.errand_done(errand.id, now)?,
                }
            }
            Ok(letters)
        })
        .await
    }

    /// A letter has been sent.
    pub async fn letter_sent(self: &Arc<Self>, letter: &Letter) -> Result<(), AccountsError> {
        let (id, now) = (letter.id, self.clock.now());
        self.add(move |tx| Ok(tx.errand_done(id, now)?)).await
    }

    /// A letter could not be sent. Says when it is tried again, or that it is given up.
    pub async fn letter_failed(self: &Arc<Self>, letter: &Letter) -> Result<Option<Timestamp>, AccountsError> {
        let (this, letter, now) = (Arc::clone(self), letter.clone(), self.clock.now());
        let again = now + put_off(letter.attempts);
        self.add(move |tx| {
            if again > letter.at + TRIED_FOR {
                this.give_up(tx, &letter)?;
                return Ok(None);
            }
            tx.put_errand_off(letter.id, again)?;
            Ok(Some(again))
        })
        .await
    }

    fn give_up(&self, tx: &mut Transaction<'_>, letter: &Letter) -> Result<(), AccountsError> {
        let now = self.clock.now();
        tx.errand_done(letter.id, now)?;
        tx.record(&AuditEntry {
            id: EventId::new(now, &*self.randomness),
            at: now,
            actor: Actor::System.to_string(),
            action: Event::LetterGivenUp.name().to_owned(),
            account: letter.account,
            credential: None,
            detail: json!({ "letter": letter.occasion.name(), "attempts": letter.attempts }).to_string(),
        })?;
        Ok(())
    }

    /// The letter that an errand is, if anybody is to read it.
    fn letter_of(
        &self,
        tx: &mut Transaction<'_>,
        errand: &Errand,
        now: Timestamp,
    ) -> Result<Option<Letter>, AccountsError> {
        let Some(occasion) = Occasion::of(&errand.kind) else {
            tracing::warn!(errand = %errand.id, kind = errand.kind, "there is no letter of this kind");
            return Ok(None);
        };
        let detail: Value = serde_json::from_str(&errand.detail).unwrap_or_default();
        let account = match errand.account {
            Some(id) => match crate::open(tx.account(id)?) {
                Ok(account) if is_still_meant(&account, occasion) => Some(account),
                _ => return Ok(None),
            },
            None => None,
        };
        let Some(to) = address(&detail, account.as_ref()) else { return Ok(None) };
        let mut facts = Facts::read(&detail, errand.account);
        if let (Some(account), Some(credential)) = (errand.account, errand.credential) {
            let known = tx.app_password(account, credential.as_app_password())?;
            let is_active = known.as_ref().is_some_and(|known| known.state == CredentialState::Active);
            if occasion == Occasion::AppPasswordExpiresSoon && !is_active {
                return Ok(None);
            }
            facts.label = known.map(|known| known.label.as_str().to_owned()).or(facts.label);
        }
        let letter = Letter {
            id: errand.id,
            occasion,
            at: errand.created_at,
            to,
            reader: reader(&detail, account, occasion),
            facts,
            attempts: errand.attempts,
            account: errand.account,
        };
        if letter.at + TRIED_FOR <= now {
            self.give_up(tx, &letter)?;
            return Ok(None);
        }
        Ok(Some(letter))
    }
}

/// A link that can do nothing any more is not sent.
fn is_still_meant(account: &Account, occasion: Occasion) -> bool {
    match occasion.link() {
        Some(LinkKind::Invitation) => account.state == AccountState::Invited,
        Some(LinkKind::Reset) => account.state == AccountState::Active,
        _ => true,
    }
}

/// Where a letter goes: to an address that is to be proved, to one that was an account's before, or to the account's.
fn address(detail: &Value, account: Option<&Account>) -> Option<NoticeAddress> {
    let named = ["to", "address"].iter().find_map(|key| detail[*key].as_str());
    match named {
        Some(text) => text.parse().ok(),
        None => account.and_then(|account| account.notice_address.clone()),
    }
}

fn reader(detail: &Value, account: Option<Account>, occasion: Occasion) -> Reader {
    match account {
        Some(account) => Reader {
            login: Some(account.canonical_login().clone()),
            locale: account.locale,
            name: Some(account.display_name)
                .filter(|name| occasion != Occasion::NoticeAddressGiven && !name.as_str().is_empty()),
        },
        None => Reader {
            login: detail["login"].as_str().and_then(|login| LoginName::parse(login, None).ok()),
            locale: detail["locale"].as_str().and_then(|tag| tag.parse().ok()),
            name: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_occasion_has_a_name_of_its_own() {
        for (event, occasion) in OCCASIONS {
            assert_eq!((occasion.name(), Occasion::of(event.name())), (event.name(), Some(occasion)));
        }
        assert_eq!(Occasion::of(Event::PrimaryPasswordTried.name()), None, "a thief may read the mailbox");
    }

    #[test]
    fn attempts_become_rare_and_end() {
        let mut at = Duration::ZERO;
        let tried = (1..).take_while(|attempts| {
            at += put_off(*attempts);
            at <= TRIED_FOR
        });
        assert_eq!(tried.count(), 15);
    }
}
