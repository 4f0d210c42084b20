//! Signing in with an access token instead of an app password (RFC 6750, RFC 7628): the same gate, the same refusals.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use valetkey_domain::oauth::AccessToken;
use valetkey_domain::{AccountId, Digest, LastUse, LoginName, Scopes, Service, Shape, Timestamp, Why};
use valetkey_store::{Found, KnownAccount, KnownToken, Store, StoreError};

use super::verifier::{NotAccepted, may_sign_in};
use super::{Accepted, Answer, Attempt, SignIn};
use crate::Accounts;
use crate::gate::{About, Accept, Accepts, Known, NoSocket, Outcome, Sever, Source};

/// One token before the gate.
struct TokenVerifier<'a> {
    store: &'a Store,
    digest: Digest,
    circumstances: Circumstances<'a>,
}

/// For whom, where and when a token is to be used.
#[derive(Clone, Copy)]
struct Circumstances<'a> {
    account: AccountId,
    /// Whose the app says that it is, if it says so.
    login: Option<&'a LoginName>,
    /// The same as it was typed, where only the account's login name as it is kept signs in.
    only_as: Option<&'a str>,
    wanted: Wanted,
    now: Timestamp,
}

/// What a token is to open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Service(Service),
    /// Nothing: a server asks whether an app's token is good.
    Look,
    /// Nothing but whose it is.
    Identity,
}

impl Wanted {
    fn is_opened_by(self, token: &KnownToken) -> bool {
        match self {
            Self::Service(_) | Self::Look => self.is_opened_to(token.credential.scopes),
            Self::Identity => token.openid,
        }
    }

    /// The same by scopes alone; what they do not say is no.
    fn is_opened_to(self, scopes: Scopes) -> bool {
        match self {
            Self::Service(service) => scopes.open(service),
            Self::Look => scopes.open(Service::Http),
            Self::Identity => false,
        }
    }
}

impl Accounts {
    /// Decides one attempt of an app that has an access token for its secret. Its login name may be empty: the token says
    /// whose it is; if there is one, it must be the account's.
    pub async fn sign_in_with_token(self: &Arc<Self>, attempt: &Attempt<'_>, sever: Arc<dyn Sever>) -> SignIn {
        self.present_token(attempt, Wanted::Service(attempt.service), sever).await
    }

    /// Decides whether an app may be told whose its access token is: the same gate, which opens nothing else. The app asks by
    /// itself: where from, and what it calls itself, counts and is logged as where it signs in.
    pub async fn identify_by_token(
        self: &Arc<Self>,
        token: &[u8],
        network: Option<IpAddr>,
        client: Option<&str>,
    ) -> SignIn {
        self.ask_about(token, Wanted::Identity, network, client).await
    }

    /// Decides whether a token is good, for a server that asks about an app's: the same gate, which opens nothing else. It counts
    /// as a use of the token, which an app has just shown to that server. From where the app came such a server does not say (RFC 7662 has no word for it), and its own address
    /// is nobody's who guesses: counted or logged as one it would be kept out itself.
    pub async fn look_at_token(self: &Arc<Self>, token: &[u8]) -> SignIn {
        self.ask_about(token, Wanted::Look, None, None).await
    }

    async fn ask_about(
        self: &Arc<Self>,
        token: &[u8],
        wanted: Wanted,
        network: Option<IpAddr>,
        client: Option<&str>,
    ) -> SignIn {
        let attempt = Attempt {
            login: "",
            acting_for: None,
            secret: token,
            only_canonical: false,
            service: Service::Http,
            network,
            tls: true,
            client,
        };
        self.present_token(&attempt, wanted, Arc::new(NoSocket)).await
    }

    async fn present_token(self: &Arc<Self>, attempt: &Attempt<'_>, wanted: Wanted, sever: Arc<dyn Sever>) -> SignIn {
        let (arrived, now) = (self.clock.boot_time(), self.clock.now());
        let token = AccessToken::presented(attempt.secret);
        let parsed = self.login_name(attempt.login);
        let malformed = parsed.is_err() && !attempt.login.is_empty();
        // Who says nothing is looked up by nothing but the token.
        let login = parsed.unwrap_or_else(|_| LoginName::from_canonical("*"));
        let named = (!attempt.login.is_empty()).then_some(&login);
        let refuse = |refused: NotAccepted, login: Option<&LoginName>| {
            let lacks_scope = matches!(refused.why, Why::Scope(_));
            let mut refusal = self.refused(attempt, login, Shape::AppPassword, refused, arrived);
            if lacks_scope && refusal.answer == Answer::No {
                refusal.answer = Answer::LacksScope;
            }
            SignIn::Refused(refusal)
        };
        // Nobody has looked whether an account has the name that it says.
        let unseen = |why| refuse(NotAccepted { why, account: None, fingerprint: 0, is_token: true }, None);
        let Some(token) = token else { return unseen(Why::WrongSecret) };
        if malformed {
            return unseen(Why::MalformedLogin);
        }
        match self.acts_for_itself(attempt, &login).await {
            Ok(true) => {}
            Ok(false) => return unseen(Why::ForeignIdentity),
            Err(error) => return self.broken(attempt, error),
        }
        let account = token.account();
        // Who says nothing is gone on with under the canonical one.
        let only_as = (attempt.only_canonical && named.is_some()).then_some(attempt.login);
        let circumstances = Circumstances { account, login: named, only_as, wanted, now };
        let verifier = TokenVerifier { store: &self.store, digest: token.digest(), circumstances };
        let about = |known: &Known| About {
            login: known.canonical.clone().unwrap_or_else(|| login.clone()),
            service: attempt.service,
            network: attempt.network,
            client: attempt.client.and_then(LastUse::client_name),
            since: now,
        };
        match self.gate.sign_in(self.logins.account_key(account), &verifier, about, sever).await {
            Outcome::Open(open, known, accept) => {
                let canonical = known.canonical.clone().unwrap_or_else(|| login.clone());
                self.log(attempt, Some(&canonical), "accepted", None, Some((accept.credential, Some(open.number()))));
                // A server that asks about a token has just been shown it by its app.
                self.note_use(attempt, &known, &accept, now);
                SignIn::Accepted(Accepted {
                    account: known.account,
                    login: canonical,
                    credential: accept.credential,
                    scopes: accept.scopes,
                    expires_at: accept.expires_at,
                    open,
                })
            }
            Outcome::Refused(TokenRefused { refused, owner }) => {
                // What it said itself, if that is the owner's; a token that is none proves no name.
                let login = owner.as_ref().map(|owner| named.unwrap_or(owner));
                refuse(refused, login)
            }
            Outcome::Cut => {
                self.log(attempt, named, "cut", None, None);
                SignIn::Cut
            }
            Outcome::Broken(error) => self.broken(attempt, error),
        }
    }
}

/// Why a token was not accepted, and by which login name its owner is known: none if it is nobody's, or if the app said another
/// one's.
struct TokenRefused {
    refused: NotAccepted,
    owner: Option<LoginName>,
}

impl Source for TokenVerifier<'_> {
    type Refusal = TokenRefused;

    fn recognise(&self, known: &Known) -> Option<Accept> {
        let Circumstances { login, only_as, wanted, now, .. } = self.circumstances;
        // By another of the account's login names only the store can tell.
        let is_named = login.is_none_or(|login| known.canonical.as_ref() == Some(login));
        let is_as_kept = only_as.is_none() || only_as == known.canonical.as_ref().map(LoginName::as_str);
        let found = known.accepts.find(&self.digest).filter(|_| is_named && is_as_kept)?;
        // Memory knows what a token opens, and not whether it may ask who somebody is.
        (found.expires_at.is_none_or(|end| now < end) && wanted.is_opened_to(found.scopes)).then(|| found.clone())
    }

    async fn read(&self) -> Result<Result<(Known, Accept), TokenRefused>, StoreError> {
        let (digest, account, login) = (self.digest, self.circumstances.account, self.circumstances.login.cloned());
        let (found, token, is_own_name) = self
            .store
            .read(move |snapshot| {
                let found = snapshot.account_of_token(account)?;
                let token = snapshot.token_signing_in(account, &digest)?;
                let is_own_name = match &login {
                    Some(login) if found.as_ref().is_none_or(|found| found.login != *login) => {
                        snapshot.account_signing_in(login)?.is_some_and(|named| named.id == account)
                    }
                    _ => true,
                };
                Ok::<_, StoreError>((found, token, is_own_name))
            })
            .await?;
        // What is no token of the account is no guess at its password either.
        let tried = token.as_ref().and(found.as_ref()).map(|found| found.id);
        let owner = token.as_ref().and(found.as_ref()).filter(|_| is_own_name).map(|found| found.login.clone());
        let judged = self.circumstances.judge(found, token, digest, is_own_name);
        let refused = |why| NotAccepted { why, account: tried, fingerprint: digest.fingerprint(), is_token: true };
        Ok(judged.map_err(|why| TokenRefused { refused: refused(why), owner }))
    }

    fn store_is_held(&self) -> bool {
        self.store.custody().is_held()
    }
}

impl Circumstances<'_> {
    fn judge(
        &self,
        account: Option<KnownAccount>,
        token: Option<KnownToken>,
        digest: Digest,
        is_own_name: bool,
    ) -> Result<(Known, Accept), Why> {
        let account = account.ok_or(Why::WrongSecret)?;
        let token = token.ok_or(Why::WrongSecret)?;
        let (id, ends_at) = (token.credential.id, token.credential.expires_at);
        if !is_own_name {
            return Err(Why::ForeignIdentity);
        }
        match token.credential.state {
            Found::Revoked => return Err(Why::Revoked(id)),
            Found::Expired => return Err(Why::Expired(id)),
            Found::Active => {}
        }
        if token.expires_at <= self.now || ends_at.is_some_and(|end| end <= self.now) {
            return Err(Why::TokenExpired(id));
        }
        may_sign_in(&account)?;
        if !self.wanted.is_opened_by(&token) {
            return Err(Why::Scope(id));
        }
        if self.only_as.is_some_and(|typed| typed != account.login.as_str()) {
            return Err(Why::NotCanonical(id));
        }
        let accept = Accept {
            digest,
            credential: id,
            scopes: token.credential.scopes,
            expires_at: Some(token.expires_at),
            // An app that gets another token goes on; one that does not is done with this one.
            cut_at: (!token.is_renewed).then_some(token.expires_at),
            networks: None,
            under_current_key: true,
        };
        let known = Known {
            account: account.id,
            canonical: Some(account.login),
            // Whose it is memory never says: what was asked for that alone needs no place there.
            accepts: if self.wanted == Wanted::Identity { Accepts::none() } else { Accepts::One(accept.clone()) },
            at: self.now,
            noted: AtomicU64::new(0),
        };
        Ok((known, accept))
    }
}
