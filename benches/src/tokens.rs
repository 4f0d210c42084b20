//! Authorised apps in a store full of people: access tokens to sign in with, refresh tokens and codes to be exchanged.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::oauth::{AccessToken, ClientId, CodeChallenge, Requested};
use valetkey_domain::{AccountId, Clock, GrantId, LoginName, Randomness, Timestamp, Token};
use valetkey_store::{
    Committed, Connections, KeptCode, Location, NewAccessToken, NewGrant, Store, StoreError, Transaction,
};
use valetkey_testkit::{RealClock, Seeded};

use crate::people::Login;

/// The app, as the server's configuration names it.
pub(crate) const CLIENT: &str = "mailer";
/// Where it is sent back to.
pub(crate) const REDIRECT: &str = "https://mailer.example.org/done";
/// Its proof, and what the server was sent of it: RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPES: &str = "offline_access urn:ietf:params:oauth:scope:mail";
/// Longer than any measurement takes.
const TIME: Duration = Duration::from_hours(24);

/// How many are to be made.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Codes, each good once.
    pub(crate) codes: usize,
    /// Refresh tokens, each good once.
    pub(crate) refresh: usize,
}

/// What was made. Each has the name of its account.
pub(crate) struct Made {
    /// One access token for each account.
    pub(crate) access: Vec<Login>,
    pub(crate) codes: Vec<Login>,
    pub(crate) refresh: Vec<Login>,
}

/// An account that has let the app in.
struct Owner {
    name: String,
    account: AccountId,
    grant: GrantId,
}

/// Lets the app in to each of these people's accounts, in the store of a directory that nobody serves yet.
pub(crate) fn make(dir: &Path, people: &[Login], wanted: Wanted) -> Made {
    let (randomness, clock): (Arc<dyn Randomness>, Arc<dyn Clock>) = (Arc::new(Seeded::new(43)), Arc::new(RealClock));
    let location = Location::File(dir.join("valetkey.db"));
    let store = Store::open(&location, Connections::default(), &clock, &*randomness).expect("the store opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let now = clock.now();
    let mut made = Made { access: Vec::new(), codes: Vec::new(), refresh: Vec::new() };
    let mut owners = Vec::with_capacity(people.len());
    for batch in people.chunks(2000) {
        let (names, randomness) =
            (batch.iter().map(|one| one.name.clone()).collect::<Vec<_>>(), Arc::clone(&randomness));
        let written = runtime.block_on(store.write(move |tx| {
            names.iter().map(|name| let_in(tx, name.clone(), now, &*randomness)).collect::<Result<Vec<_>, StoreError>>()
        }));
        let Ok(Committed::Known(kept)) = written else { panic!("the store is nobody else's") };
        for (owner, access) in kept {
            made.access.push(Login { name: owner.name.clone(), secret: access });
            owners.push(owner);
        }
    }
    let owners = Arc::new(owners);
    let keep = |count: usize, write: fn(&mut Transaction<'_>, &Owner, &Token, Timestamp) -> Result<(), StoreError>| {
        let mut kept = Vec::with_capacity(count);
        for batch in (0..count).collect::<Vec<_>>().chunks(2000) {
            let tokens: Vec<(usize, Token)> =
                batch.iter().map(|n| (n % owners.len(), Token::generate(&*randomness))).collect();
            let shown = |(at, token): &(usize, Token)| Login {
                name: owners[*at].name.clone(),
                secret: token.reveal().expose().clone(),
            };
            kept.extend(tokens.iter().map(shown));
            let owners = Arc::clone(&owners);
            let written =
                runtime
                    .block_on(store.write(move |tx| {
                        tokens.iter().try_for_each(|(at, token)| write(tx, &owners[*at], token, now))
                    }));
            assert!(written.is_ok(), "{:?}", written.err());
        }
        kept
    };
    made.codes = keep(wanted.codes, keep_code);
    made.refresh = keep(wanted.refresh, |tx, owner, token, now| {
        tx.insert_refresh_token(&token.digest(), owner.account, owner.grant, now)
    });
    made
}

fn let_in(
    tx: &mut Transaction<'_>,
    name: String,
    now: Timestamp,
    randomness: &dyn Randomness,
) -> Result<(Owner, String), StoreError> {
    let login = LoginName::from_canonical(name.clone());
    let account = tx.account_signing_in(&login)?.expect("the account was made before").id;
    let owner = Owner { name, account, grant: GrantId::new(now, randomness) };
    let access = AccessToken::generate(account, randomness);
    tx.insert_grant(&NewGrant {
        id: owner.grant,
        account,
        client: client(),
        name: "Mailer".parse().expect("a name"),
        given: given(),
        created_at: now,
        expires_at: now + TIME,
    })?;
    tx.insert_access_token(&NewAccessToken {
        openid: false,
        digest: access.digest(),
        account,
        grant: owner.grant,
        scopes: given().scopes,
        expires_at: now + TIME,
    })?;
    Ok((owner, access.reveal().expose().clone()))
}

fn keep_code(tx: &mut Transaction<'_>, owner: &Owner, code: &Token, now: Timestamp) -> Result<(), StoreError> {
    let kept = KeptCode {
        account: owner.account,
        client: client(),
        name: "Mailer".parse().expect("a name"),
        given: given(),
        redirect_uri: REDIRECT.to_owned(),
        challenge: CodeChallenge::parse(CHALLENGE).expect("a challenge"),
        nonce: None,
        signed_in_at: now,
        expires_at: now + TIME,
        grant: None,
    };
    tx.insert_authorisation_code(&code.digest(), &kept)
}

fn client() -> ClientId {
    CLIENT.parse().expect("an id")
}

fn given() -> Requested {
    Requested::parse(SCOPES).expect("scopes")
}
