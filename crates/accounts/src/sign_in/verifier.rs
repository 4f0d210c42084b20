//! Whether a secret is one of an account's app passwords, and may be used here and now.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use valetkey_domain::{
    AccountId, AccountState, Decoded, Digest, KeyId, KeyRing, Kind, LoginName, Service, Timestamp, Why,
};
use valetkey_store::{Found, KnownAccount, KnownCredential, Snapshot, Store, StoreError};

use super::Attempt;
use crate::Accounts;
use crate::gate::{Accept, Accepts, Known, Source};

/// One attempt before the gate.
pub(super) struct Verifier<'a> {
    store: &'a Store,
    keys: &'a Arc<KeyRing>,
    login: &'a LoginName,
    secret: &'a Decoded,
    circumstances: Circumstances,
    decoy: AccountId,
}

/// Where, when and under which name an app password is to be used.
#[derive(Clone, Copy)]
struct Circumstances {
    service: Service,
    network: Option<IpAddr>,
    now: Timestamp,
    only_canonical: bool,
    /// Whether the login name was typed as it is kept: in its case, with its domain.
    typed_as_kept: bool,
}

/// Why an attempt was not accepted, and what the throttle needs to know of it.
#[derive(Clone, Copy)]
pub(super) struct NotAccepted {
    pub(super) why: Why,
    /// The account that was tried, if there is one.
    pub(super) account: Option<AccountId>,
    /// Stands for the secret.
    pub(super) fingerprint: u64,
    /// Whether an app's access token was tried, and no app password.
    pub(super) is_token: bool,
}

impl<'a> Verifier<'a> {
    pub(super) fn new(
        accounts: &'a Accounts,
        login: &'a LoginName,
        secret: &'a Decoded,
        attempt: &Attempt<'_>,
        now: Timestamp,
    ) -> Self {
        let circumstances = Circumstances {
            service: attempt.service,
            network: attempt.network,
            now,
            only_canonical: attempt.only_canonical,
            typed_as_kept: attempt.login == login.as_str(),
        };
        Self { store: &accounts.store, keys: &accounts.keys, login, secret, circumstances, decoy: accounts.decoy }
    }
}

impl Source for Verifier<'_> {
    type Refusal = NotAccepted;

    /// One digest, or two while two keys live and something remembered is under the older one.
    fn recognise(&self, known: &Known) -> Option<Accept> {
        let found =
            self.keys.digests(known.account, self.secret).find_map(|(_, digest)| known.accepts.find(&digest))?;
        (self.circumstances.admit_name(known.canonical.is_some()) && self.circumstances.admit(found))
            .then(|| found.clone())
    }

    async fn read(&self) -> Result<Result<(Known, Accept), NotAccepted>, StoreError> {
        // One snapshot, and as many reads in it, whether or not there is such an account.
        let (login, secret, keys) = (self.login.clone(), self.secret.clone(), Arc::clone(self.keys));
        let (decoy, current, circumstances) = (self.decoy, self.keys.current_id(), self.circumstances);
        let answer = self
            .store
            .read(move |snapshot| {
                let account = snapshot.account_signing_in(&login)?;
                let id = account.as_ref().map_or(decoy, |a| a.id);
                let mut found = None;
                let mut fingerprint = 0;
                for (i, (_, digest)) in keys.digests(id, &secret).enumerate() {
                    fingerprint = if i == 0 { digest.fingerprint() } else { fingerprint };
                    let credential = snapshot.credential_signing_in(id, &digest)?;
                    found = found.or(credential.map(|c| (c, digest)));
                }
                Ok::<_, StoreError>((account, found, fingerprint))
            })
            .await?;
        let (account, found, fingerprint) = answer;
        let tried = account.as_ref().map(|a| a.id);
        let judged = circumstances.judge(account, found, current, self.login);
        Ok(judged.map_err(|why| NotAccepted { why, account: tried, fingerprint, is_token: false }))
    }

    fn store_is_held(&self) -> bool {
        self.store.custody().is_held()
    }
}

impl Circumstances {
    /// Whether the account may be signed in to by the name that was typed.
    fn admit_name(&self, is_alias: bool) -> bool {
        !self.only_canonical || (self.typed_as_kept && !is_alias)
    }

    /// Whether what was accepted before may be accepted here and now.
    fn admit(&self, accept: &Accept) -> bool {
        accept.expires_at.is_none_or(|end| self.now < end)
            && accept.scopes.open(self.service)
            && accept.networks.as_ref().is_none_or(|networks| networks.admit(self.network))
    }

    fn judge(
        &self,
        account: Option<KnownAccount>,
        found: Option<(KnownCredential, Digest)>,
        current: KeyId,
        login: &LoginName,
    ) -> Result<(Known, Accept), Why> {
        let account = account.ok_or(Why::UnknownLogin)?;
        let (credential, digest) = found.ok_or(Why::WrongSecret)?;
        let id = credential.id;
        match credential.state {
            Found::Revoked => return Err(Why::Revoked(id)),
            Found::Expired => return Err(Why::Expired(id)),
            Found::Active if credential.expires_at.is_some_and(|end| end <= self.now) => return Err(Why::Expired(id)),
            Found::Active => {}
        }
        may_sign_in(&account)?;
        if !credential.scopes.open(self.service) {
            return Err(Why::Scope(id));
        }
        if !credential.networks.admit(self.network) {
            return Err(Why::Network(id));
        }
        if !self.admit_name(account.login != *login) {
            return Err(Why::NotCanonical(id));
        }
        let accept = Accept {
            digest,
            credential: id,
            scopes: credential.scopes,
            expires_at: credential.expires_at,
            cut_at: credential.expires_at,
            networks: (!credential.networks.is_anywhere()).then(|| Arc::new(credential.networks)),
            under_current_key: credential.key == current,
        };
        let canonical = (account.login != *login).then_some(account.login);
        let (accepts, noted) = (Accepts::One(accept.clone()), AtomicU64::new(0));
        Ok((Known { account: account.id, canonical, accepts, at: self.now, noted }, accept))
    }
}

pub(super) fn may_sign_in(account: &KnownAccount) -> Result<(), Why> {
    match (account.state, account.kind) {
        (AccountState::Active, Kind::Person) if !account.has_second_factor => Err(Why::NoSecondFactor),
        (AccountState::Active, _) => Ok(()),
        (AccountState::Invited | AccountState::Suspended | AccountState::Closed, _) => Err(Why::AccountNotActive),
    }
}

/// Whether a use that is open would still be accepted, by what the store says now. For after the store was lost.
pub(crate) fn is_still_accepted(
    snapshot: &mut Snapshot<'_>,
    used: &crate::gate::Connected,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(account) = snapshot.account_signing_in(&used.about.login)?.filter(|a| a.id == used.account) else {
        return Ok(false);
    };
    let Some(credential) = snapshot.credential_in_use(used.account, used.credential)? else { return Ok(false) };
    Ok(credential.state == Found::Active
        && credential.expires_at.is_none_or(|end| now < end)
        && may_sign_in(&account).is_ok()
        && credential.scopes.open(used.about.service)
        && credential.networks.admit(used.about.network))
}
