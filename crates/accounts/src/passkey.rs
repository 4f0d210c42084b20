//! Passkeys (Web Authentication Level 3): as second factor, and as the whole sign-in, since one that asks for a finger or
//! a PIN is two factors in one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use valetkey_domain::policy::{Actor, Permit, act};
use valetkey_domain::{AccountId, AccountState, Kind, Label, Plain, Timestamp, Token};
use valetkey_store::{FactorSummary, Snapshot, Transaction};
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::browser::{Browser, SignedIn, Trust};
use crate::factor::{AddFactor, EnrolledFactor};
use crate::password::refuse_devices;
use crate::{Accounts, AccountsError, Settings, lock_open, open};

/// How long a challenge waits for its answer: a page for signing in may stand open for a while.
const WAIT: Duration = Duration::from_mins(15);
/// How many wait at most, at about a kilobyte each; with more, the oldest are forgotten.
const WAITING_MAX: usize = 20_000;

/// A challenge for a passkey.
pub struct PasskeyChallenge {
    /// Names it; comes back with the answer.
    pub id: String,
    /// What the browser's `navigator.credentials` is asked, as JSON.
    pub options: Value,
}

/// Which kinds of second factors somebody can be asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct FactorKinds {
    /// Six digits from an authenticator app.
    pub totp: bool,
    /// A passkey.
    pub passkey: bool,
}

impl FactorKinds {
    /// The kinds among an account's second factors.
    pub fn of(factors: &[FactorSummary]) -> Self {
        let has = |kind: &str| factors.iter().any(|factor| factor.kind == kind);
        Self { totp: has("totp"), passkey: has("passkey") }
    }
}

/// What a browser gives back.
pub struct PasskeyShown {
    /// The challenge's name.
    pub challenge: String,
    /// The browser's answer, as JSON.
    pub answer: String,
}

/// An answer together with what was asked.
pub(crate) struct Answer {
    credential: PublicKeyCredential,
    asked: DiscoverableAuthentication,
}

/// What is waited for.
enum Asked {
    Show(DiscoverableAuthentication),
    Make(AccountId, PasskeyRegistration),
}

/// Passkeys are bound to the portal's address: where there is no portal, there are none.
pub(crate) struct Passkeys {
    webauthn: Option<Webauthn>,
    /// Of whoever is signed in, or has shown a password; and of anybody, who can push out nobody but each other.
    waiting: [Mutex<Waiting>; 2],
}

/// Who is asked.
#[derive(Clone, Copy)]
enum Asker {
    Known,
    Anybody,
}

#[derive(Default)]
struct Waiting {
    asked: HashMap<String, (Asked, Timestamp)>,
    order: VecDeque<String>,
}

impl Passkeys {
    pub(crate) fn new(settings: &Settings) -> Self {
        let origin = settings.portal_origin.as_deref().and_then(|origin| Url::parse(origin).ok());
        let webauthn = origin.and_then(|origin| {
            let host = origin.host_str()?;
            WebauthnBuilder::new(host, &origin).and_then(|b| b.rp_name(&settings.issuer).build()).ok()
        });
        Self { webauthn, waiting: Default::default() }
    }

    fn webauthn(&self) -> Result<&Webauthn, AccountsError> {
        self.webauthn.as_ref().ok_or(AccountsError::NoPortal)
    }

    fn keep(&self, id: &str, asker: Asker, asked: Asked, now: Timestamp) {
        let mut waiting = self.waiting[asker as usize].lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(oldest) = waiting.order.pop_front() {
            let is_over = waiting.asked.get(&oldest).is_none_or(|(_, since)| now.since(*since) >= WAIT);
            if !is_over && waiting.order.len() + 1 < WAITING_MAX {
                waiting.order.push_front(oldest);
                break;
            }
            waiting.asked.remove(&oldest);
        }
        waiting.order.push_back(id.to_owned());
        waiting.asked.insert(id.to_owned(), (asked, now));
    }

    /// Takes a challenge away: nobody answers it a second time.
    fn take(&self, id: &str, now: Timestamp) -> Option<Asked> {
        self.waiting.iter().find_map(|room| Self::take_from(room, id, now))
    }

    fn take_from(room: &Mutex<Waiting>, id: &str, now: Timestamp) -> Option<Asked> {
        let (asked, since) = room.lock().unwrap_or_else(PoisonError::into_inner).asked.remove(id)?;
        (now.since(since) < WAIT).then_some(asked)
    }
}

impl Accounts {
    /// A challenge for any passkey of this portal, for whoever signs in.
    pub fn challenge_any_passkey(&self) -> Result<PasskeyChallenge, AccountsError> {
        self.challenge(Asker::Anybody, None)
    }

    fn challenge(&self, asker: Asker, allowed: Option<Value>) -> Result<PasskeyChallenge, AccountsError> {
        let (options, asked) =
            self.passkeys.webauthn()?.start_discoverable_authentication().map_err(|error| broken(&error))?;
        let mut options = json!(options.public_key);
        options["userVerification"] = "required".into();
        if let Some(allowed) = allowed {
            options["allowCredentials"] = allowed;
        }
        Ok(self.keep_challenge(asker, options, Asked::Show(asked)))
    }

    /// A challenge for the passkeys of an account whose password was shown, or that is signed in.
    pub async fn challenge_passkeys_of(
        self: &Arc<Self>,
        account: AccountId,
    ) -> Result<PasskeyChallenge, AccountsError> {
        let this = Arc::clone(self);
        let known = self.store.read(move |s| this.read_passkeys(s, account)).await?;
        let id = |key: &Passkey| URL_SAFE_NO_PAD.encode(key.cred_id());
        let allowed: Vec<Value> = known.iter().map(|key| json!({ "type": "public-key", "id": id(key) })).collect();
        self.challenge(Asker::Known, Some(allowed.into()))
    }

    /// The same, for a browser that has shown the password and is asked for the second factor.
    pub async fn challenge_begun(self: &Arc<Self>, begun: &Token) -> Result<PasskeyChallenge, AccountsError> {
        let account = self.begun_account(begun).await?;
        self.challenge_passkeys_of(account).await
    }

    /// The kinds of second factors of an account whose password was shown.
    pub async fn begun_factors(self: &Arc<Self>, begun: &Token) -> Result<FactorKinds, AccountsError> {
        let account = self.begun_account(begun).await?;
        let factors = self.store.read(move |s| Ok::<_, AccountsError>(s.second_factors(account)?)).await?;
        Ok(FactorKinds::of(&factors))
    }

    /// A challenge for making a new passkey, for whoever may enrol it.
    pub async fn offer_passkey(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
    ) -> Result<PasskeyChallenge, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let (found, known) = self
            .store
            .read(move |s| {
                let found = open(s.account(account)?)?;
                let _: Permit<act::EnrolSecondFactor> = this.permit(&actor, &found)?;
                refuse_devices(found.kind)?;
                let known = this.read_passkeys(s, account)?;
                Ok::<_, AccountsError>((found, known))
            })
            .await?;
        let there: Vec<CredentialID> = known.iter().map(|key| key.cred_id().clone()).collect();
        let login = found.canonical_login().as_str();
        let name = Some(found.display_name.as_str()).filter(|name| !name.is_empty()).unwrap_or(login);
        let owner = Uuid::from_bytes(*account.as_bytes());
        let webauthn = self.passkeys.webauthn()?;
        let (options, asked) =
            webauthn.start_passkey_registration(owner, login, name, Some(there)).map_err(|error| broken(&error))?;
        let mut options = json!(options.public_key);
        // One that the browser offers by itself, before anybody has typed a login name.
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(self.keep_challenge(Asker::Known, options, Asked::Make(account, asked)))
    }

    /// Keeps a passkey that was just made. With the first second factor come recovery codes.
    pub async fn enrol_passkey(
        self: &Arc<Self>,
        actor: &Actor,
        account: AccountId,
        label: Label,
        shown: &PasskeyShown,
    ) -> Result<EnrolledFactor, AccountsError> {
        let asked = self.passkeys.take(&shown.challenge, self.clock.now());
        let Some(Asked::Make(owner, asked)) = asked else { return Err(AccountsError::WrongPasskey) };
        if owner != account {
            return Err(AccountsError::WrongPasskey);
        }
        let made: RegisterPublicKeyCredential =
            serde_json::from_str(&shown.answer).map_err(|_| AccountsError::WrongPasskey)?;
        let passkey =
            self.passkeys.webauthn()?.finish_passkey_registration(&made, &asked).map_err(|error| wrong(&error))?;
        let content = Plain::new(serde_json::to_vec(&passkey).map_err(|_| AccountsError::PasskeysBroken)?);
        self.add_factor(actor, account, AddFactor { kind: "passkey", label, content, used: None }).await
    }

    /// Signs in whoever shows a passkey, without a password.
    pub async fn sign_in_with_passkey(
        self: &Arc<Self>,
        shown: &PasskeyShown,
        browser: &Browser,
    ) -> Result<SignedIn, AccountsError> {
        let answer = self.answer_to_challenge(shown)?;
        let webauthn = self.passkeys.webauthn()?;
        let (owner, _) =
            webauthn.identify_discoverable_authentication(&answer.credential).map_err(|error| wrong(&error))?;
        let account = AccountId::from_bytes(*owner.as_bytes());
        let token = Token::generate(&*self.randomness);
        let (new, seen) = (self.whole_session(account, &token, browser), self.seen(account, browser, Trust::Keep));
        let kept = seen.token().clone();
        let (this, now) = (Arc::clone(self), self.clock.now());
        self.add(move |tx| {
            // Nobody is told whether there is such an account.
            let found = lock_open(tx, account).map_err(|error| match error {
                AccountsError::NoSuchAccount => AccountsError::WrongPasskey,
                other => other,
            })?;
            this.use_passkey(tx, account, &answer, now)?;
            if found.state != AccountState::Active || found.kind != Kind::Person {
                return Err(AccountsError::WrongPasskey);
            }
            tx.insert_session(&new)?;
            this.record_sign_in(tx, &new, &seen)
        })
        .await?;
        Ok(SignedIn { session: token, browser: kept })
    }

    /// An answer together with its challenge, which is used up by this.
    pub(crate) fn answer_to_challenge(&self, shown: &PasskeyShown) -> Result<Answer, AccountsError> {
        let Some(Asked::Show(asked)) = self.passkeys.take(&shown.challenge, self.clock.now()) else {
            return Err(AccountsError::WrongPasskey);
        };
        let credential = serde_json::from_str(&shown.answer).map_err(|_| AccountsError::WrongPasskey)?;
        Ok(Answer { credential, asked })
    }

    /// Looks at an answer, and notes that its passkey was used.
    pub(crate) fn use_passkey(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), AccountsError> {
        let webauthn = self.passkeys.webauthn()?;
        for kept in tx.passkeys(account, &self.keys)? {
            let mut passkey = parse(kept.content.expose())?;
            if passkey.cred_id().as_slice() != answer.credential.get_credential_id() {
                continue;
            }
            let result = webauthn
                .finish_discoverable_authentication_v2(&answer.credential, answer.asked.clone(), &passkey)
                .map_err(|error| wrong(&error))?;
            passkey.update_credential(&result);
            let content = serde_json::to_vec(&passkey).map_err(|_| AccountsError::PasskeysBroken)?;
            let used = tx.use_passkey(&self.keys, &*self.randomness, kept.id, &content, now)?;
            return if used { Ok(()) } else { Err(AccountsError::WrongPasskey) };
        }
        Err(AccountsError::WrongPasskey)
    }

    fn read_passkeys(&self, s: &mut Snapshot<'_>, account: AccountId) -> Result<Vec<Passkey>, AccountsError> {
        s.passkeys(account, &self.keys)?.iter().map(|kept| parse(kept.content.expose())).collect()
    }

    fn keep_challenge(&self, asker: Asker, options: Value, asked: Asked) -> PasskeyChallenge {
        let id = Token::generate(&*self.randomness).reveal().expose().clone();
        self.passkeys.keep(&id, asker, asked, self.clock.now());
        PasskeyChallenge { id, options }
    }
}

fn parse(content: &[u8]) -> Result<Passkey, AccountsError> {
    let malformed = |_| valetkey_store::StoreError::Malformed { table: "second_factor", column: "secret" };
    Ok(serde_json::from_slice(content).map_err(malformed)?)
}

fn wrong(error: &WebauthnError) -> AccountsError {
    tracing::debug!(%error, "a passkey was not accepted");
    AccountsError::WrongPasskey
}

fn broken(error: &WebauthnError) -> AccountsError {
    tracing::error!(%error, "a challenge for a passkey could not be made");
    AccountsError::PasskeysBroken
}
