//! From a revoke to the moment in which the apps see that they were signed out.

use std::cell::Cell;
use std::rc::Rc;

use clap::Args;
use tokio::task::{JoinSet, LocalSet};

use super::bystander::Bystander;
use super::idle::open_idle;
use super::name;
use crate::client::{App, Door};
use crate::measure::{now, percentile, runtime};
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
        let some = revoke_some(&options.server, tls, options.connections, options.count);
        println!(
            "  {EACH} of {} live, {} times: closed after {}, returned after {}",
            options.connections,
            some.closed.len(),
            spread(&some.closed),
            spread(&some.returned)
        );
        let all = revoke_all(&options.server, tls, options.connections);
        println!(
            "  all {} of one app password: first after {:.2} ms, median {:.1} ms, last {:.1} ms, returned after {:.1} ms; \
             the longest of other sign-ins meanwhile {:.1} ms ({:.1} ms before)",
            options.connections,
            all.closed[0],
            percentile(&all.closed, 50.0),
            percentile(&all.closed, 100.0),
            all.returned,
            all.others,
            all.others_before
        );
    }
}

/// How many connections each app password has where a few of many are revoked.
pub(crate) const EACH: usize = 3;

/// Revokes of a few connections each: how many milliseconds each took, in order of length.
pub(crate) struct OfSome {
    pub(crate) closed: Vec<f64>,
    pub(crate) returned: Vec<f64>,
}

/// One app password after the other.
pub(crate) fn revoke_some(options: &ServerOptions, tls: bool, connections: usize, count: usize) -> OfSome {
    let server = Server::start(options, upstream::start(0));
    let mut some = OfSome { closed: Vec::new(), returned: Vec::new() };
    LocalSet::new().block_on(&runtime(), async {
        let who = |n: usize| server.people[n / EACH].clone();
        let mut apps = open_idle(&Door::of(&server, tls), connections, who).await.into_iter();
        for login in server.people.iter().take(count.min(connections / EACH)) {
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
            some.closed.push(millis(closed_at - revoked.asked));
            some.returned.push(millis(revoked.returned - revoked.asked));
        }
    });
    some.closed.sort_by(f64::total_cmp);
    some.returned.sort_by(f64::total_cmp);
    some
}

/// A revoke of very many connections: after how many milliseconds each was closed, in order.
pub(crate) struct OfAll {
    pub(crate) closed: Vec<f64>,
    pub(crate) returned: f64,
    /// The longest of other people's sign-ins meanwhile
    pub(crate) others: f64,
    /// and before
    pub(crate) others_before: f64,
}

/// One app password with every connection, while others sign in.
pub(crate) fn revoke_all(options: &ServerOptions, tls: bool, connections: usize) -> OfAll {
    let server = Server::start(options, upstream::start(0));
    let door = Door::of(&server, tls);
    LocalSet::new().block_on(&runtime(), async {
        let apps = open_idle(&door, connections, |_| server.people[0].clone()).await;
        let bystander = Bystander::start(&server, server.people[1..].to_vec());
        bystander.wait(500);
        let others_before = bystander.longest();
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
        while ready.get() < connections {
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
        let others = bystander.longest();
        let _as_before = rustix::process::setpriority_process(None, 0);
        assert_eq!(count, connections as u64, "every one is closed");
        let mut closed: Vec<f64> = closed.into_iter().map(|at| millis(at - asked)).collect();
        closed.sort_by(f64::total_cmp);
        OfAll { closed, returned: millis(returned - asked), others, others_before }
    })
}

fn millis(seconds: f64) -> f64 {
    seconds * 1e3
}

/// Of sorted values.
fn spread(values: &[f64]) -> String {
    let at = |p| percentile(values, p);
    format!("{:.2} ms (median), {:.2} (p99), {:.2} (most)", at(50.0), at(99.0), at(100.0))
}
