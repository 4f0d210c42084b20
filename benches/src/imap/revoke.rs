//! From a revoke to the moment in which the apps see that they were signed out.

use std::cell::Cell;
use std::rc::Rc;

use clap::Args;
use tokio::task::{JoinSet, LocalSet};

use super::bystander::Bystander;
use super::idle::open_idle;
use super::{name, runtime};
use crate::client::{App, Door};
use crate::measure::{now, percentile};
use crate::server::{Revoked, Server, ServerOptions};
use crate::upstream;

#[derive(Args)]
pub(crate) struct RevokeOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Live connections
    #[arg(long, default_value_t = 9000)]
    connections: usize,
    /// How many revokes of three connections each
    #[arg(long, default_value_t = 300)]
    count: usize,
}

/// Revokes, and looks when the connections end.
pub(crate) fn revoke(options: &RevokeOptions) {
    for tls in [false, true] {
        println!("{}:", name(tls));
        some(options, tls);
        all(options, tls);
    }
}

/// One app password after the other, with three connections each.
fn some(options: &RevokeOptions, tls: bool) {
    const EACH: usize = 3;
    let server = Server::start(&options.server, upstream::start(0));
    let runtime = runtime();
    let (mut closed_after, mut returned_after) = (Vec::new(), Vec::new());
    LocalSet::new().block_on(&runtime, async {
        let who = |n: usize| server.people[n / EACH].clone();
        let mut apps = open_idle(&Door::of(&server, tls), options.connections, who).await.into_iter();
        for login in server.people.iter().take(options.count.min(options.connections / EACH)) {
            let administration = server.administration();
            let name = login.name.clone();
            let revoke = tokio::task::spawn_blocking(move || administration.revoke_all(&name));
            // Those of one account were opened one after the other.
            let mut theirs: Vec<App> = apps.by_ref().take(EACH).collect();
            for app in &mut theirs {
                app.until_closed().await;
            }
            let closed_at = now();
            let revoked = revoke.await.expect("it returns");
            assert_eq!(revoked.closed, EACH as u64, "every one is closed");
            closed_after.push(millis(closed_at - revoked.asked));
            returned_after.push(millis(revoked.returned - revoked.asked));
        }
    });
    println!(
        "  {EACH} of {} live, {} times: closed after {}, returned after {}",
        options.connections,
        closed_after.len(),
        spread(closed_after),
        spread(returned_after)
    );
}

/// One app password with every connection, while others sign in.
fn all(options: &RevokeOptions, tls: bool) {
    let server = Server::start(&options.server, upstream::start(0));
    let runtime = runtime();
    let door = Door::of(&server, tls);
    LocalSet::new().block_on(&runtime, async {
        let apps = open_idle(&door, options.connections, |_| server.people[0].clone()).await;
        let bystander = Bystander::start(&server, server.people[1..].to_vec());
        bystander.wait(500);
        let quiet = bystander.longest();
        let mut waiting: JoinSet<f64> = JoinSet::new();
        let ready = Rc::new(Cell::new(0));
        for mut app in apps {
            let ready = Rc::clone(&ready);
            waiting.spawn_local(async move {
                ready.set(ready.get() + 1);
                app.until_closed().await;
                now()
            });
        }
        while ready.get() < options.connections {
            tokio::task::yield_now().await;
        }
        let administration = server.administration();
        // Who looks at the clock should not wait for a processor itself. Without root it does, and sees less.
        let _preferred = rustix::process::setpriority_process(None, -15);
        let name = server.people[0].name.clone();
        bystander.longest();
        let revoke = tokio::task::spawn_blocking(move || administration.revoke_all(&name));
        let closed = waiting.join_all().await;
        let Revoked { asked, returned, closed: count } = revoke.await.expect("it returns");
        let mut closed: Vec<f64> = closed.into_iter().map(|at| millis(at - asked)).collect();
        let disturbed = bystander.longest();
        let _as_before = rustix::process::setpriority_process(None, 0);
        closed.sort_by(f64::total_cmp);
        println!(
            "  all {count} of one app password: first after {:.2} ms, median {:.1} ms, last {:.1} ms, returned after {:.1} ms; \
             the longest of other sign-ins meanwhile {disturbed:.1} ms ({quiet:.1} ms before)",
            closed[0],
            percentile(&closed, 50.0),
            closed[closed.len() - 1],
            millis(returned - asked),
        );
    });
}

fn millis(seconds: f64) -> f64 {
    seconds * 1e3
}

fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |p| percentile(&values, p);
    format!("{:.2} ms (median), {:.2} (p99), {:.2} (most)", at(50.0), at(99.0), at(100.0))
}
