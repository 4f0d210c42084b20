//! The IMAP gateway under load.

mod bystander;
mod idle;
mod revoke;

use std::rc::Rc;
use std::sync::Arc;

use clap::Args;
use tokio::task::{JoinSet, LocalSet};

use crate::client::{App, Door};
use crate::measure::{Runs, now, process_time, runtime};
use crate::people::Login;
use crate::ration::{Enough, Ration, whose_turn};
use crate::server::{Server, ServerOptions};
use crate::upstream;

pub(crate) use idle::{IdleOptions, Idlers, idle, idle_at};
pub(crate) use revoke::{EACH, OfAll, OfSome, RevokeOptions, revoke, revoke_all, revoke_some};

#[derive(Args)]
pub(crate) struct LoginOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Connections at once
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Sign-ins in each run
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

#[derive(Args)]
pub(crate) struct FetchOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Connections at once
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Size of the message, in MiB
    #[arg(long, default_value_t = 64)]
    message_mib: usize,
    /// How often each connection fetches it in a run, on average
    #[arg(long, default_value_t = 16)]
    count: usize,
    /// Runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// Connect, sign in, sign out, again and again.
pub(crate) fn logins(options: &LoginOptions) {
    let server = Server::start(&options.server, upstream::start(0));
    println!(
        "IMAP sign-ins, {} connections: median (least to most) of {} runs of {}",
        options.connections, options.runs, options.count
    );
    println!("{:>5} {:>30} {:>30}", "", "CPU of the gateway, µs each", "sign-ins a second");
    for tls in [false, true] {
        let door = Door::of(&server, tls);
        let sign_in = || {
            sign_in_often(&door, &server.people, options.connections, &Ration::new(Enough::Count(options.count)));
        };
        sign_in(); // once for the caches
        let (mut cost, mut rate) = (Vec::new(), Vec::new());
        for _ in 0..options.runs {
            let (before, start) = (process_time(server.pid()), now());
            sign_in();
            cost.push(per((process_time(server.pid()) - before) * 1e6, options.count));
            rate.push(1.0 / per(now() - start, options.count));
        }
        println!("{:>5} {:>30} {:>30}", name(tls), Runs(cost).to_string(), Runs(rate).to_string());
    }
}

/// Signs in and out until the ration is used up.
pub(crate) fn sign_in_often(door: &Door, people: &Arc<[Login]>, connections: usize, ration: &Rc<Ration>) {
    LocalSet::new().block_on(&runtime(), async {
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (ration, people, door) = (Rc::clone(ration), Arc::clone(people), door.clone());
            tasks.spawn_local(async move {
                while let Some(number) = ration.take(1).next() {
                    let login = &people[whose_turn(number, people.len())];
                    let mut app = App::sign_in(&door, login).await.expect("it is accepted");
                    app.ask("b LOGOUT\r\n", "b OK").await.expect("it says goodbye");
                }
            });
        }
        tasks.join_all().await;
    });
}

/// Large messages on their way to apps.
pub(crate) fn fetch(options: &FetchOptions) {
    let bytes = options.message_mib << 20;
    let server = Server::start(&options.server, upstream::start(bytes));
    println!(
        "FETCH of {} MiB, {} connections: median (least to most) of {} runs",
        options.message_mib, options.connections, options.runs
    );
    println!("{:>5} {:>30} {:>30}", "", "CPU of the gateway, s per GB", "MB a second");
    for tls in [false, true] {
        let door = Door::of(&server, tls);
        let fetch = || {
            let ration = Ration::new(Enough::Count(options.count * options.connections));
            fetch_often(&door, &server.people, options.connections, bytes, &ration);
        };
        fetch();
        let (mut cost, mut rate) = (Vec::new(), Vec::new());
        #[expect(clippy::cast_precision_loss, reason = "a size")]
        let gigabytes = (bytes * options.count * options.connections) as f64 / 1e9;
        for _ in 0..options.runs {
            let (before, start) = (process_time(server.pid()), now());
            fetch();
            cost.push((process_time(server.pid()) - before) / gigabytes);
            rate.push(gigabytes * 1e3 / (now() - start));
        }
        println!("{:>5} {:>30} {:>30}", name(tls), Runs(cost).to_string(), Runs(rate).to_string());
    }
}

/// Fetches a message until the ration is used up.
pub(crate) fn fetch_often(door: &Door, people: &Arc<[Login]>, connections: usize, bytes: usize, ration: &Rc<Ration>) {
    LocalSet::new().block_on(&runtime(), async {
        let mut tasks = JoinSet::new();
        for n in 0..connections {
            let (door, ration, people) = (door.clone(), Rc::clone(ration), Arc::clone(people));
            tasks.spawn_local(async move {
                let mut scratch = vec![0; 256 * 1024];
                let mut app = App::sign_in(&door, &people[n]).await.expect("it is accepted");
                while ration.take(1).next().is_some() {
                    app.fetch(bytes, &mut scratch).await.expect("it is fetched");
                }
            });
        }
        tasks.join_all().await;
    });
}

fn name(tls: bool) -> &'static str {
    if tls { "TLS" } else { "plain" }
}

fn per(sum: f64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let each = sum / count as f64;
    each
}
