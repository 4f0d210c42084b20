//! Whether the time of a refusal tells anything: about the account, about what is in memory, or about the secret.

use std::net::SocketAddr;
use std::sync::mpsc;

use clap::Args;
use serde_json::json;
use valetkey_domain::{AppSecret, SecretLength};
use valetkey_testkit::Seeded;

use crate::http::Asker;
use crate::measure::{now, percentile};
use crate::server::{Server, ServerOptions};
use crate::upstream;

#[derive(Args)]
pub(crate) struct RefusalOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Attempts of each kind
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Connections that ask at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

const KINDS: [&str; 5] = [
    "unknown login",
    "known login, nothing in memory",
    "known login, an entry in memory",
    "revoked app password",
    "primary password",
];

/// One attempt, and what it is.
type Try = (usize, String, String);

pub(crate) fn run(options: &RefusalOptions) {
    let server = Server::start(&options.server, upstream::start(0));
    let tries = prepare(&server, options.count);
    let times = interleaved(server.http, options.connections, tries);
    println!(
        "time to refuse, {} interleaved attempts of each kind, {} at once, in ms",
        options.count, options.connections
    );
    println!("{:<34} {:>9} {:>9} {:>9} {:>12}", "", "median", "p5", "p95", "of the least");
    let sorted: Vec<Vec<f64>> = times
        .into_iter()
        .map(|mut of_kind| {
            of_kind.sort_by(f64::total_cmp);
            of_kind
        })
        .collect();
    let least = sorted.iter().map(|of_kind| percentile(of_kind, 50.0)).fold(f64::INFINITY, f64::min);
    for (name, of_kind) in KINDS.iter().zip(&sorted) {
        let median = percentile(of_kind, 50.0);
        let (p5, p95) = (percentile(of_kind, 5.0), percentile(of_kind, 95.0));
        println!("{name:<34} {median:>9.3} {p5:>9.3} {p95:>9.3} {:>11.2}%", (median / least - 1.0) * 100.0);
    }
}

/// Sees to it that each kind is what it is called, and lists the attempts, one of each kind after the other.
fn prepare(server: &Server, count: usize) -> Vec<Try> {
    let people = &server.people;
    let quarter = people.len() / 4;
    let (cold, warm, revoked) = (&people[..quarter], &people[quarter..2 * quarter], &people[2 * quarter..3 * quarter]);
    let mut asker = Asker::connect(server.http);
    for login in warm {
        assert_eq!(asker.ask(&login.name, &login.secret), 200, "it is accepted");
    }
    for login in &revoked[..revoked.len().min(500)] {
        server.administration().revoke_all(&login.name);
    }
    let revoked = &revoked[..revoked.len().min(500)];
    let own = "correct horse battery staple";
    for n in 0..50 {
        server.administration().ask(&json!({
            "ask": "account-create", "login": format!("person{n}@example.org"), "aliases": [], "device": false,
            "name": "", "notice_address": null, "password": own,
        }));
    }
    let randomness = Seeded::new(99);
    let wrong = || AppSecret::generate(SecretLength::Sixteen, &randomness).reveal().expose().clone();
    let mut tries = Vec::with_capacity(count * KINDS.len());
    for n in 0..count {
        tries.push((0, format!("nobody{n}@example.org"), wrong()));
        tries.push((1, cold[n % cold.len()].name.clone(), wrong()));
        tries.push((2, warm[n % warm.len()].name.clone(), wrong()));
        let ended = &revoked[n % revoked.len()];
        tries.push((3, ended.name.clone(), ended.secret.clone()));
        tries.push((4, format!("person{}@example.org", n % 50), own.to_owned()));
    }
    tries
}

/// Each connection takes every so-manyeth attempt. Gives the times in ms, by kind.
fn interleaved(address: SocketAddr, connections: usize, tries: Vec<Try>) -> Vec<Vec<f64>> {
    let mut parts: Vec<Vec<Try>> = (0..connections).map(|_| Vec::new()).collect();
    for (n, one) in tries.into_iter().enumerate() {
        parts[n % connections].push(one);
    }
    let (tell, told) = mpsc::channel();
    for part in parts {
        let tell = tell.clone();
        std::thread::spawn(move || {
            let mut asker = Asker::connect(address);
            for (kind, login, secret) in part {
                let start = now();
                assert_eq!(asker.ask(&login, &secret), 401, "{}", KINDS[kind]);
                tell.send((kind, (now() - start) * 1e3)).expect("somebody counts");
            }
        });
    }
    drop(tell);
    let mut times = vec![Vec::new(); KINDS.len()];
    for (kind, took) in told {
        times[kind].push(took);
    }
    times
}
