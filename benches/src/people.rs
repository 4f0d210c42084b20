//! Stores with many accounts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use valetkey_domain::{
    AccountId, AccountState, AppPasswordId, AppSecret, Clock, FactorId, KeyFile, KeyRing, Kind, LoginName, MasterKey,
    Networks, Randomness, Scopes, SecretLength, TotpSeed,
};
use valetkey_store::{Connections, Location, NewAccount, NewAppPassword, NewFactor, Store, StoreError};
use valetkey_testkit::{RealClock, Seeded};

#[derive(Args)]
pub(crate) struct Options {
    /// Where to put the store, its key and the list `people`
    #[arg(long)]
    dir: PathBuf,
    /// How many accounts
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// How many app passwords each has
    #[arg(long, default_value_t = 1)]
    passwords: usize,
}

/// One app password that works.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) secret: String,
}

pub(crate) fn run(options: &Options) {
    make(&options.dir, options.accounts, options.passwords);
}

/// As long as every hash of a primary password.
const HASH: &str = "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The most app passwords that a store is filled with: a million accounts with twenty-five each would take ten gigabytes.
const ALL_MAX: usize = 2_000_000;

/// Makes a store, and writes app passwords into `people`, as `NAME:SECRET`. Gives them.
///
/// Each account has a primary password, whose hash is not looked at, and a second factor, as people have. If all of them
/// cannot have so many app passwords, the first ones have, and only these are given; the others have one.
pub(crate) fn make(dir: &Path, accounts: usize, passwords: usize) -> Vec<Login> {
    std::fs::create_dir_all(dir).expect("a directory");
    let randomness = Arc::new(Seeded::new(42));
    let clock: Arc<dyn Clock> = Arc::new(RealClock);
    let key = KeyFile::new(MasterKey::generate(&*randomness));
    let key_path = dir.join("key");
    std::fs::write(&key_path, key.to_text().expose()).expect("a file");
    std::fs::set_permissions(&key_path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    let keys = Arc::new(KeyRing::new(&key));
    let store = Store::open(&Location::File(dir.join("valetkey.db")), Connections::default(), &clock, &*randomness)
        .expect("the store opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let whole = accounts.min(ALL_MAX / passwords);
    let mut people = Vec::with_capacity(whole * passwords);
    let mut list = String::new();
    for batch in (0..accounts).collect::<Vec<_>>().chunks(2000) {
        let rows: Vec<(NewAccount, Vec<NewAppPassword>, Vec<Login>)> = batch
            .iter()
            .map(|n| account(*n, if *n < whole { passwords } else { 1 }, &keys, &*randomness, &*clock))
            .collect();
        for login in rows.iter().filter(|(_, made, _)| made.len() == passwords).flat_map(|(.., logins)| logins) {
            list += &format!("{}:{}\n", login.name, login.secret);
            people.push(login.clone());
        }
        let (keys, randomness) = (Arc::clone(&keys), Arc::clone(&randomness));
        let written = runtime.block_on(store.write(move |tx| {
            for (account, passwords, _) in &rows {
                tx.insert_account(account)?;
                let factor = FactorId::new(account.created_at, &*randomness);
                let (label, seed) = ("Phone".parse().expect("a label"), TotpSeed::generate(&*randomness));
                let new = NewFactor {
                    id: factor,
                    account: account.id,
                    kind: "totp",
                    label: &label,
                    content: seed.expose(),
                    created_at: account.created_at,
                };
                tx.insert_factor(&keys, &*randomness, &new)?;
                passwords.iter().try_for_each(|p| tx.insert_app_password(p))?;
            }
            Ok::<_, StoreError>(())
        }));
        assert!(written.is_ok(), "{:?}", written.err());
    }
    std::fs::write(dir.join("people"), list).expect("a file");
    people
}

fn account(
    n: usize,
    passwords: usize,
    keys: &KeyRing,
    randomness: &dyn Randomness,
    clock: &dyn Clock,
) -> (NewAccount, Vec<NewAppPassword>, Vec<Login>) {
    let now = clock.now();
    let id = AccountId::new(now, randomness);
    let name = format!("u{n}@example.org");
    let account = NewAccount {
        id,
        kind: Kind::Person,
        state: AccountState::Active,
        display_name: name.parse().expect("a name"),
        notice_address: None,
        login_names: vec![LoginName::from_canonical(name.clone())],
        primary_password: Some(HASH.into()),
        is_imported: false,
        created_at: now,
    };
    let mut logins = Vec::with_capacity(passwords);
    let passwords = (0..passwords)
        .map(|p| {
            let secret = AppSecret::generate(SecretLength::Sixteen, randomness);
            logins.push(Login { name: name.clone(), secret: secret.reveal().expose().clone() });
            NewAppPassword {
                id: AppPasswordId::new(now, randomness),
                account: id,
                label: format!("App {p}").parse().expect("a label"),
                scopes: Scopes::EVERYTHING,
                networks: Networks::default(),
                digest: keys.digest(id, &secret.decoded()),
                key: keys.current_id(),
                created_at: now,
                expires_at: None,
            }
        })
        .collect();
    (account, passwords, logins)
}
