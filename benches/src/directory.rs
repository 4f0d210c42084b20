//! Looking accounts up among many, as staff do, on both engines.

use std::sync::Arc;

use clap::Args;
use valetkey_domain::{AccountId, AccountState, Clock, Kind, LoginName};
use valetkey_store::{AccountFilter, Connections, Location, NewAccount, Secret, Store, StoreError};
use valetkey_testkit::{Postgres, RealClock, Seeded};

use crate::measure::{Runs, now};

#[derive(Args)]
pub(crate) struct Options {
    /// How many accounts
    #[arg(long, default_value_t = 100_000)]
    accounts: usize,
    /// How often each is looked for
    #[arg(long, default_value_t = 31)]
    runs: usize,
}

pub(crate) fn run(options: &Options) {
    let dir = tempfile::tempdir().expect("a directory");
    look(options, "SQLite", &Location::File(dir.path().join("valetkey.db")));
    let server = Postgres::start();
    let url = Secret(server.new_database("directory"));
    look(options, "PostgreSQL", &Location::Postgres { url, authorities: None });
}

fn look(options: &Options, engine: &str, location: &Location) {
    let clock: Arc<dyn Clock> = Arc::new(RealClock);
    let store = Store::open(location, Connections::default(), &clock, &Seeded::new(7)).expect("the store opens");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(fill(&store, options.accounts, &*clock));
    let page = AccountFilter { limit: 51, ..AccountFilter::default() };
    let matching = |text: &str| AccountFilter { matching: text.to_owned(), ..page.clone() };
    let middle = Some(LoginName::from_canonical(format!("u{:06}@example.org", options.accounts / 2)));
    let searches = [
        ("all, first page", page.clone()),
        ("all, in the middle", AccountFilter { after: middle.clone(), ..page.clone() }),
        ("all, backwards", AccountFilter { before: middle, ..page.clone() }),
        ("many match", matching("EXAMPLE")),
        ("few match", matching("Person 9999")),
        ("none matches", matching("nobody")),
        ("none is suspended", AccountFilter { state: Some(AccountState::Suspended), ..page.clone() }),
        ("many match, none is a device", AccountFilter { kind: Some(Kind::Device), ..matching("example") }),
        ("none matches without a factor", AccountFilter { without_factor: true, ..matching("nobody") }),
    ];
    for (name, filter) in searches {
        let mut times = Vec::with_capacity(options.runs);
        let mut found = 0;
        for _ in 0..options.runs {
            let (filter, at, begun) = (filter.clone(), clock.now(), now());
            let list = runtime.block_on(store.read(move |s| s.accounts(&filter, at))).expect("a list");
            times.push((now() - begun) * 1000.0);
            found = list.len();
        }
        println!("{engine}: {name}: {} ms, {found} found", Runs(times));
    }
}

async fn fill(store: &Store, accounts: usize, clock: &dyn Clock) {
    let (randomness, now) = (Seeded::new(42), clock.now());
    for first in (0..accounts).step_by(2000) {
        let rows: Vec<NewAccount> = (first..accounts.min(first + 2000))
            .map(|n| NewAccount {
                id: AccountId::new(now, &randomness),
                kind: Kind::Person,
                state: AccountState::Active,
                display_name: format!("Person {n}, of many").parse().expect("a name"),
                notice_address: None,
                login_names: [format!("u{n:06}@example.org"), format!("alias-{n}@example.net")]
                    .map(LoginName::from_canonical)
                    .into(),
                primary_password: None,
                is_imported: false,
                created_at: now,
            })
            .collect();
        let written = store
            .write(move |tx| {
                for row in &rows {
                    tx.insert_account(row)?;
                }
                Ok::<_, StoreError>(())
            })
            .await;
        assert!(written.is_ok(), "{:?}", written.err());
    }
}
