//! Authorised apps: what a token costs beside an app password, and how many tokens are given in a second.

use std::process::Command;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use valetkey_testkit::free_port;

use crate::asking::{Door, Load, ask_all};
use crate::measure::{Runs, now, process_time};
use crate::people::{Login, make as make_people};
use crate::ration::{Enough, Ration};
use crate::server::{Server, ServerOptions};
use crate::tokens::{CLIENT, Made, REDIRECT, Wanted, make};
use crate::verify::{Shown, service, tries};

/// What of it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// One verification, from memory and from the store: no network, no protocol
    Verify,
    /// At Dovecot's authentication socket: OAUTHBEARER beside PLAIN
    Dovecot,
    /// Over HTTP at forward-auth: Bearer beside Basic
    Http,
    /// Tokens for a code, on one processor
    Code,
    /// Tokens for a refresh token, on one processor
    Refresh,
    /// Servers that ask whose a token is
    Introspect,
}

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    /// What is measured; all of it if nothing is named
    #[arg(value_enum)]
    what: Vec<What>,
    /// Connections at once
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Verifications, questions or introspections in each run
    #[arg(long, default_value_t = 100_000)]
    count: usize,
    /// Exchanges in each run
    #[arg(long, default_value_t = 5_000)]
    exchanges: usize,
    /// Runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// Who may ask whose a token is, and by which secret.
const ASKER: &str = "asker";
const SECRET: &str = "between-valetkey-and-who-asks";

pub(crate) fn run(options: &Options) {
    let all = What::value_variants();
    let wanted = if options.what.is_empty() { all } else { &options.what };
    println!("{} accounts, median (least to most) of {} runs; µs of CPU each", options.server.accounts(), options.runs);
    if wanted.contains(&What::Verify) {
        verify(options);
    }
    if wanted.contains(&What::Dovecot) {
        side_by_side(options, "Dovecot's socket", |server| {
            let socket = server.file("auth");
            [Door::Dovecot(socket.clone()), Door::DovecotToken(socket)]
        });
    }
    if wanted.contains(&What::Http) {
        side_by_side(options, "forward-auth", |server| [Door::Http(server.http), Door::HttpToken(server.http)]);
    }
    if wanted.contains(&What::Code) {
        exchanges(options, What::Code);
    }
    if wanted.contains(&What::Refresh) {
        exchanges(options, What::Refresh);
    }
    if wanted.contains(&What::Introspect) {
        introspect(options);
    }
}

/// In turn, so that whatever else the machine does meets both.
fn verify(options: &Options) {
    let dir = tempfile::tempdir().expect("a directory");
    let people = make_people(dir.path(), options.server.accounts(), 1);
    let tokens = make(dir.path(), &people, Wanted { codes: 0, refresh: 0 }).access;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let kinds = [(Shown::Password, &people), (Shown::Token, &tokens)];
    let mut costs = [(); 4].map(|()| Runs(Vec::new()));
    let remembering = service(dir.path(), people.len() * 8);
    for (shown, some) in kinds {
        tries(&runtime, &remembering, some, some.len(), shown); // every one is remembered
    }
    for _ in 0..options.runs {
        for (at, (shown, some)) in kinds.into_iter().enumerate() {
            costs[at].0.push(tries(&runtime, &remembering, some, options.count, shown));
        }
    }
    drop(remembering);
    let forgetting = service(dir.path(), 1);
    for (shown, some) in kinds {
        tries(&runtime, &forgetting, some, 20_000.min(options.count), shown);
    }
    for _ in 0..options.runs {
        for (at, (shown, some)) in kinds.into_iter().enumerate() {
            costs[at + 2].0.push(tries(&runtime, &forgetting, some, options.count, shown));
        }
    }
    let [memory, memory_token, store, store_token] = costs;
    println!("  from memory       app password {memory}, token {memory_token}");
    println!("  from the store    app password {store}, token {store_token}");
}

fn side_by_side(options: &Options, name: &str, doors: impl Fn(&Server) -> [Door; 2]) {
    let (server, made) = start(options, Wanted { codes: 0, refresh: 0 });
    let people: [Arc<[Login]>; 2] = [Arc::clone(&server.people), made.access.into()];
    let doors = doors(&server);
    let mut costs = [(); 2].map(|()| Runs(Vec::new()));
    // One more at the beginning, which is not counted: everybody is remembered after it.
    for run in 0..=options.runs {
        for at in 0..2 {
            let (cost, _) = measured(&server, &doors[at], options.connections, &people[at], options.count);
            if run > 0 {
                costs[at].0.push(cost);
            }
        }
    }
    let [password, token] = costs;
    println!("  {name:<17} app password {password}, token {token}");
}

/// With the server on one processor and this program on the others.
fn exchanges(options: &Options, what: What) {
    let all = options.exchanges * (options.runs + 1);
    // An account's apps get 120 tokens at once, and there are at most a hundred of them.
    let accounts = options.server.accounts();
    assert!(all <= accounts * 100, "{all} exchanges are too many for {accounts} accounts: at most a hundred for each");
    let of = |wanted| if what == wanted { all } else { 0 };
    let (server, made) = start(options, Wanted { codes: of(What::Code), refresh: of(What::Refresh) });
    let pinned = Command::new("taskset").args(["-a", "-c", "-p", "0", &server.pid().to_string()]).output();
    assert!(pinned.expect("taskset is installed").status.success(), "the server stays on one processor");
    let (door, all): (_, &[Login]) = match what {
        What::Code => (Door::Code(server.portal), &made.codes),
        _ => (Door::Refresh(server.portal), &made.refresh),
    };
    let (mut costs, mut rates) = (Runs(Vec::new()), Runs(Vec::new()));
    for (run, some) in all.chunks(options.exchanges).enumerate() {
        let (cost, rate) = measured(&server, &door, options.connections, &some.into(), some.len());
        if run > 0 {
            costs.0.push(cost);
            rates.0.push(rate);
        }
    }
    let name = if what == What::Code { "for a code" } else { "for a refresh token" };
    println!("  tokens {name}: {rates} a second on one processor (at least 500), {costs}");
}

fn introspect(options: &Options) {
    let (server, made) = start(options, Wanted { codes: 0, refresh: 0 });
    let door = Door::Introspect(server.portal, ASKER, SECRET);
    let tokens: Arc<[Login]> = made.access.into();
    let mut costs = Runs(Vec::new());
    for run in 0..=options.runs {
        let (cost, _) = measured(&server, &door, options.connections, &tokens, options.count);
        if run > 0 {
            costs.0.push(cost);
        }
    }
    println!("  introspection: {costs} (at most 50)");
}

/// Microseconds of the server's CPU for each question, and questions a second.
fn measured(server: &Server, door: &Door, connections: usize, people: &Arc<[Login]>, count: usize) -> (f64, f64) {
    let load = Load { connections, pipelined: 1 };
    let (cpu, time) = (process_time(server.pid()), now());
    ask_all(door, load, people, &Ration::new(Enough::Count(count)));
    let (cpu, time) = (process_time(server.pid()) - cpu, now() - time);
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let count = count as f64;
    (cpu * 1e6 / count, count / time)
}

fn start(options: &Options, wanted: Wanted) -> (Server, Made) {
    let section = format!(
        "[oauth]\n[[oauth.client]]\nid = \"{CLIENT}\"\nname = \"Mailer\"\nredirect_uris = [\"{REDIRECT}\"]\n\
         [[oauth.client]]\nid = \"{ASKER}\"\nname = \"Asker\"\nsecret_file = \"asker\"\nintrospect = true\n"
    );
    let mut made = None;
    // Nothing is behind the gateway: nobody comes by it.
    let server = Server::start_with(&options.server.with_cheap_passwords(), free_port(), &section, |dir, people| {
        crate::server::private_file(&dir.join("asker"), SECRET);
        made = Some(make(dir, people, wanted));
    });
    (server, made.expect("it was made before the server began"))
}
