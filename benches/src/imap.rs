//! The IMAP gateway under load.

mod bystander;
mod idle;
mod revoke;

use std::cell::Cell;
use std::rc::Rc;

use clap::Args;
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

use crate::client::{App, Door};
use crate::measure::{Runs, now, process_time};
use crate::server::{Server, ServerOptions};
use crate::upstream;

pub(crate) use idle::{IdleOptions, idle};
pub(crate) use revoke::{RevokeOptions, revoke};

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
    /// How often each connection fetches it in a run
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
        sign_in_often(&server, &door, options); // once for the caches
        let (mut cost, mut rate) = (Vec::new(), Vec::new());
        for _ in 0..options.runs {
            let (before, start) = (process_time(server.pid()), now());
            sign_in_often(&server, &door, options);
            cost.push(per((process_time(server.pid()) - before) * 1e6, options.count));
            rate.push(1.0 / per(now() - start, options.count));
        }
        println!("{:>5} {:>30} {:>30}", name(tls), Runs(cost).to_string(), Runs(rate).to_string());
    }
}

fn sign_in_often(server: &Server, door: &Door, options: &LoginOptions) {
    let runtime = runtime();
    let left = Rc::new(Cell::new(options.count));
    LocalSet::new().block_on(&runtime, async {
        let mut tasks = JoinSet::new();
        for task in 0..options.connections {
            let (left, people, door) = (Rc::clone(&left), server.people.clone(), door.clone());
            tasks.spawn_local(async move {
                let mut at = task;
                while left.get() > 0 {
                    left.set(left.get() - 1);
                    at = (at + 7919) % people.len();
                    let mut app = App::sign_in(&door, &people[at]).await.expect("it is accepted");
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
        fetch_often(&server, &door, bytes, options);
        let (mut cost, mut rate) = (Vec::new(), Vec::new());
        #[expect(clippy::cast_precision_loss, reason = "a size")]
        let gigabytes = (bytes * options.count * options.connections) as f64 / 1e9;
        for _ in 0..options.runs {
            let (before, start) = (process_time(server.pid()), now());
            fetch_often(&server, &door, bytes, options);
            cost.push((process_time(server.pid()) - before) / gigabytes);
            rate.push(gigabytes * 1e3 / (now() - start));
        }
        println!("{:>5} {:>30} {:>30}", name(tls), Runs(cost).to_string(), Runs(rate).to_string());
    }
}

fn fetch_often(server: &Server, door: &Door, bytes: usize, options: &FetchOptions) {
    let runtime = runtime();
    LocalSet::new().block_on(&runtime, async {
        let mut tasks = JoinSet::new();
        for login in server.people.iter().take(options.connections) {
            let (door, count, login) = (door.clone(), options.count, login.clone());
            tasks.spawn_local(async move {
                let mut scratch = vec![0; 256 * 1024];
                let mut app = App::sign_in(&door, &login).await.expect("it is accepted");
                for _ in 0..count {
                    app.fetch(bytes, &mut scratch).await.expect("it is fetched");
                }
            });
        }
        tasks.join_all().await;
    });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn name(tls: bool) -> &'static str {
    if tls { "TLS" } else { "plain" }
}

fn per(sum: f64, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let each = sum / count as f64;
    each
}
