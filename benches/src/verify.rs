//! One verification: from memory, and from the store. No network, no protocol; the shipped verifier as it is.

use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;
use valetkey_accounts::gate::{NoSocket, Sever};
use valetkey_accounts::{Accounts, Attempt, Cost, Foundation, Hasher, Settings, SignIn};
use valetkey_domain::{Clock, KeyFile, KeyRing, Randomness, Service};
use valetkey_store::{Connections, Location, Store};
use valetkey_testkit::{RealClock, Seeded};

use crate::measure::{Runs, thread_time};
use crate::people::{Login, make};

#[derive(Args)]
pub(crate) struct Options {
    /// How many accounts, each a size to be measured
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000])]
    accounts: Vec<usize>,
    /// How many app passwords each account has
    #[arg(long, value_delimiter = ',', default_values_t = [1, 25])]
    passwords: Vec<usize>,
    /// Leave the store out, to look at memory alone
    #[arg(long)]
    memory_only: bool,
    /// Verifications in each run
    #[arg(long, default_value_t = 200_000)]
    count: usize,
    /// Runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// What an app shows.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// An app password.
    Password,
    /// An access token.
    Token,
}

pub(crate) fn run(options: &Options) {
    println!("CPU of one verification in µs: median (least to most) of {} runs of {}", options.runs, options.count);
    println!("{:>10} {:>10} {:>26} {:>26}", "accounts", "passwords", "from memory", "from the store");
    for accounts in &options.accounts {
        for passwords in &options.passwords {
            measure(*accounts, *passwords, options);
        }
    }
}

fn measure(accounts: usize, passwords: usize, options: &Options) {
    let dir = tempfile::tempdir().expect("a directory");
    let people = make(dir.path(), accounts, passwords);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let memory = Runs(
        (0..options.runs)
            .map(|_| {
                let service = service(dir.path(), accounts * 8);
                tries(&runtime, &service, &people, people.len(), Shown::Password); // every one is remembered
                tries(&runtime, &service, &people, options.count, Shown::Password)
            })
            .collect(),
    );
    if options.memory_only {
        println!("{accounts:>10} {passwords:>10} {:>26}", memory.to_string());
        return;
    }
    let store = Runs(
        (0..options.runs)
            .map(|_| {
                let service = service(dir.path(), 1);
                tries(&runtime, &service, &people, options.count.min(20_000), Shown::Password); // the processor's and the file's caches are warm
                tries(&runtime, &service, &people, options.count, Shown::Password)
            })
            .collect(),
    );
    println!("{accounts:>10} {passwords:>10} {:>26} {:>26}", memory.to_string(), store.to_string());
}

pub(crate) fn service(dir: &std::path::Path, remembered: usize) -> Arc<Accounts> {
    let clock: Arc<dyn Clock> = Arc::new(RealClock);
    let randomness: Arc<dyn Randomness> = Arc::new(Seeded::new(7));
    let store = Store::open(&Location::File(dir.join("valetkey.db")), Connections::default(), &clock, &*randomness)
        .expect("the store opens");
    let key: KeyFile = std::fs::read_to_string(dir.join("key")).expect("a file").parse().expect("a key file");
    let hasher = Hasher::start(Cost::default(), 19, NonZeroUsize::MIN, &*randomness).expect("a thread");
    let foundation =
        Foundation { store: Arc::new(store), keys: Arc::new(KeyRing::new(&key)), clock, randomness, hasher };
    let settings = Settings { remembered_max: remembered, ..Settings::default() };
    Accounts::new(foundation, settings).0
}

/// CPU of one verification, in microseconds. People come in an order that no cache can guess; what they send lies ready,
/// as it does in a buffer that was just read from a socket.
pub(crate) fn tries(
    runtime: &tokio::runtime::Runtime,
    accounts: &Arc<Accounts>,
    people: &[Login],
    count: usize,
    shown: Shown,
) -> f64 {
    const AT_HAND: usize = 256;
    let sever: Arc<dyn Sever> = Arc::new(NoSocket);
    let (mut at, mut took, mut sent) = (1, 0.0, Vec::with_capacity(AT_HAND));
    for _ in 0..count.div_ceil(AT_HAND) {
        sent.clear();
        for _ in 0..AT_HAND {
            at = (at + 7_919_317) % people.len();
            sent.push(people[at].clone());
        }
        let start = thread_time();
        runtime.block_on(async {
            for login in &sent {
                let sever = Arc::clone(&sever);
                let signed_in = match shown {
                    Shown::Password => accounts.sign_in_app(&attempt(login), sever).await,
                    Shown::Token => accounts.sign_in_with_token(&attempt(login), sever).await,
                };
                assert!(matches!(signed_in, SignIn::Accepted(_)), "it is accepted");
            }
        });
        took += thread_time() - start;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let each = took * 1e6 / (count.div_ceil(AT_HAND) * AT_HAND) as f64;
    each
}

fn attempt(login: &Login) -> Attempt<'_> {
    Attempt {
        login: &login.name,
        acting_for: None,
        secret: login.secret.as_bytes(),
        only_canonical: false,
        service: Service::Imap,
        network: None,
        tls: true,
        client: None,
    }
}
