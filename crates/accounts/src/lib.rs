//! What may happen, and in which transaction: one public function of [`Accounts`] for each thing that can.
//!
//! Every function that changes something asks the policy inside its transaction, writes the audit log and the outbox
//! there, and does in memory what follows through [`gate`]. The edges (connectors, gateway, web, commands) get this
//! door and no other.
//!
//! Never put here: SQL, bytes of protocols, pages, and anything that asks the operating system for time or randomness.
//!
//! Start reading at [`gate`], which is what Valetkey is about, then [`Accounts::sign_in_app`].

mod account;
mod administration;
mod app_password;
mod approval;
mod browser;
mod caretaker;
mod error;
mod factor;
mod factors_removal;
pub mod gate;
mod guesses;
mod hasher;
mod import;
mod joining;
mod journal;
mod labels;
mod letters;
mod link;
mod login_flow;
mod oauth;
mod other_servers;
mod passkey;
mod password;
mod people;
mod places;
mod profile;
mod session;
mod settings;
mod sign_in;
mod stop;

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use valetkey_domain::policy::{Act, Actor, Permit, Subject, permit};
use valetkey_domain::throttle::Throttle;
use valetkey_domain::{
    Account, AccountId, AccountState, Clock, KeyRing, Kind, LoginName, MalformedLoginName, Randomness, Role, Timestamp,
};
pub use valetkey_store::{
    AccountFilter, AccountSummary, AuditEntry, AuditFilter, FactorSummary, KeptLink, KnownBrowser, PasswordSent,
    SentAfter, SentPassword, chain,
};
use valetkey_store::{Committed, Store, StoreError, Transaction};

pub use account::{AccountDetails, CreateAccount};
pub use administration::{Rights, SignedOut};
pub use app_password::{Amiss, AppCounts, CreateAppPassword, CreatedAppPassword, Revoked, RevokedAll, Watched};
pub use approval::Waiting;
pub use browser::{Browser, SignedIn, Trust};
pub use caretaker::Caretaker;
pub use error::{AccountsError, ErrorKind};
pub use factor::{EnrolledFactor, RemovedFactor, SecondFactor, TotpOffer};
use gate::{Change, Credentials, Gate, LoginKeys};
use guesses::Guesses;
pub use hasher::{Cost, Hasher, KeptHash, RefusedHash};
pub use import::{ImportAccount, ImportMode, Imported, ImportedPassword};
pub use joining::{Join, Joined};
pub use journal::{AuditedCredential, EVENTS};
pub use labels::CredentialName;
pub use letters::{By, Facts, Failures, LEASE, Letter, Occasion, Reader};
pub use link::{LinkForLetter, MadeLink, OpenLink};
pub use login_flow::{LoginFlow, PolledAppPassword};
use oauth::SigningKeys;
pub use oauth::{
    Authorisation, Client, ConfiguredClient, DeviceCodes, DeviceError, Exchange, IssuedTokens, NewClient, PublishedKey,
    RemovedGrant, TokenError, who_is,
};
pub use other_servers::{
    Asked, AskedElsewhere, Changed, Cuts, Elsewhere, OtherServer, SIGN_OUT_LEASE, SignOut, SignOutOutcome,
    SignOutTrouble, Standing,
};
use other_servers::{Bells, Ending, Taken};
use passkey::Passkeys;
pub use passkey::{FactorKinds, PasskeyChallenge, PasskeyShown};
pub use password::{Passed, PasswordReplaced};
pub use people::{Listed, Sought};
pub use places::{Place, Places};
pub use session::{Begun, Session};
pub use settings::Settings;
pub use sign_in::{Accepted, Answer, Attempt, Refusal, SignIn};
use sign_in::{LastUses, Notice, Tick};
pub use stop::{Lasting, Stop, Stopper, UnderWay};

/// The service that every edge asks.
pub struct Accounts {
    store: Arc<Store>,
    gate: Gate,
    keys: Arc<KeyRing>,
    logins: LoginKeys,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    hasher: Hasher,
    settings: Settings,
    throttle: Mutex<Throttle>,
    guesses: Mutex<Guesses>,
    passkeys: Passkeys,
    signing: SigningKeys,
    tick: Tick,
    last_uses: LastUses,
    notices: tokio::sync::mpsc::Sender<Notice>,
    expiry_changed: Notify,
    bells: Bells,
    /// When devices that wait to be let in last asked.
    polls: oauth::Polls,
    /// An account that nobody has, for reading in the same way when a login name is unknown.
    decoy: AccountId,
}

/// What [`Accounts`] stands on.
pub struct Foundation {
    /// Everything at rest.
    pub store: Arc<Store>,
    /// The keys from the key file.
    pub keys: Arc<KeyRing>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub randomness: Arc<dyn Randomness>,
    /// The threads that hash primary passwords.
    pub hasher: Hasher,
}

impl Accounts {
    /// The service, and the caretaker that must run beside it.
    pub fn new(foundation: Foundation, settings: Settings) -> (Arc<Self>, Caretaker) {
        let Foundation { store, keys, clock, randomness, hasher } = foundation;
        let (notices, heard) = tokio::sync::mpsc::channel(sign_in::NOTICES_MAX);
        let accounts = Arc::new(Self {
            gate: Gate::new(settings.remembered_max),
            logins: LoginKeys::new(&*randomness),
            decoy: AccountId::new(Timestamp::from_millis(0), &*randomness),
            throttle: Mutex::new(Throttle::new(settings.throttle)),
            guesses: Mutex::new(Guesses::new(settings.guesses)),
            passkeys: Passkeys::new(&settings),
            signing: SigningKeys::default(),
            tick: Tick::new(settings.refusal_tick),
            last_uses: LastUses::new(),
            notices,
            expiry_changed: Notify::new(),
            bells: Bells::new(),
            polls: oauth::Polls::default(),
            store,
            keys,
            clock,
            randomness,
            hasher,
            settings,
        });
        let caretaker = Caretaker::new(Arc::clone(&accounts), heard);
        (accounts, caretaker)
    }

    /// The gate: who is connected, and how to cut it.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Everything at rest.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where the portal is, if there is one.
    pub fn portal_origin(&self) -> Option<&str> {
        self.settings.portal_origin.as_deref()
    }

    /// What the postmaster has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads a login name as apps and people write it: a bare one gets the default domain.
    pub fn login_name(&self, text: &str) -> Result<LoginName, MalformedLoginName> {
        LoginName::parse(text, self.settings.default_domain.as_deref())
    }

    /// Commits a change, with the sign-outs that follow from it, and does in memory what follows, in a task and on a thread
    /// of its own: it comes to its end also when whoever asked has gone.
    async fn change<T, F>(self: &Arc<Self>, mut closure: F) -> Result<Changed<T>, AccountsError>
    where
        T: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<(T, Taken), AccountsError> + Send + 'static,
    {
        let this = Arc::clone(self);
        let runtime = tokio::runtime::Handle::current();
        let leaving = Arc::clone(self);
        let closure = move |tx: &mut Transaction<'_>| {
            let (value, taken) = closure(tx)?;
            leaving.leave_sign_outs(tx, &taken)?;
            Ok(((value, Asked::of(&taken.change)), taken.change))
        };
        let task = tokio::task::spawn_blocking(move || {
            let changed = runtime.block_on(this.gate.change(this.store.write(closure)));
            this.sign_outs_were_left();
            changed.map(|gate::Changed { value: (value, asked), closed }| Changed { value, closed, asked })
        });
        // Whoever panicked may have committed before.
        task.await.unwrap_or_else(|error| Err(StoreError::OutcomeUnknown(error.to_string().into()).into()))
    }

    /// Commits a change that only adds, and so has nothing to do in memory.
    async fn add<T, F>(&self, closure: F) -> Result<T, AccountsError>
    where
        T: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<T, AccountsError> + Send + 'static,
    {
        match self.store.write(closure).await? {
            Committed::Known(value) => Ok(value),
            Committed::Unknown(_, error) => Err(StoreError::OutcomeUnknown(error.into()).into()),
        }
    }

    /// Locks an account and asks whether the actor may do this to it. Every change of an account begins so.
    fn lock<A: Act>(
        &self,
        tx: &mut Transaction<'_>,
        actor: &Actor,
        id: AccountId,
    ) -> Result<(Account, Permit<A>), AccountsError> {
        let account = lock_open(tx, id)?;
        let permit = self.permit(actor, &account)?;
        Ok((account, permit))
    }

    /// Whether the actor may do this to whichever account: asked of one that is none's own, and that has a role, which
    /// protects it most.
    fn permit_all<A: Act>(&self, actor: &Actor) -> Result<Permit<A>, AccountsError> {
        let subject = Subject { account: self.decoy, kind: Kind::Person, role: Some(Role::Administrator) };
        Ok(permit(actor, &subject, self.settings.rules, self.clock.now())?)
    }

    fn permit<A: Act>(&self, actor: &Actor, account: &Account) -> Result<Permit<A>, AccountsError> {
        let subject = Subject { account: account.id, kind: account.kind, role: account.role };
        Ok(permit(actor, &subject, self.settings.rules, self.clock.now())?)
    }

    /// What memory must forget of an account, and other servers be told.
    fn taken(&self, account: &Account, credentials: Credentials, why: Ending) -> Taken {
        let change = Change {
            account: account.id,
            names: self.logins.keys(account.id, &account.login_names).collect(),
            credentials,
        };
        Taken { change, logins: account.login_names.clone(), why }
    }
}

/// Locks an account that is to be written to. A closed one is nobody's any more, and nothing is written to it.
fn lock_open(tx: &mut Transaction<'_>, id: AccountId) -> Result<Account, AccountsError> {
    open(tx.lock_account(id)?)
}

/// An account that was found, unless it is closed.
fn open(found: Option<Account>) -> Result<Account, AccountsError> {
    found.filter(|a| a.state != AccountState::Closed).ok_or(AccountsError::NoSuchAccount)
}
