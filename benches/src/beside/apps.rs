//! What apps cost the gateway, and other proxies in front of the same upstream.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::table::{self, reached};
use super::turns::{Side, in_turns};
use super::{Effort, Work, grouped};
use crate::asking::{self, Load, ask_all};
use crate::client::Door;
use crate::imap::{EACH, Idlers, OfAll, OfSome, fetch_often, idle_at, revoke_all, revoke_some, sign_in_often};
use crate::measure::{Runs, family, memory_kib, percentile};
use crate::peers::{Proxy, dovecot_proxy, haproxy, nginx_mail};
use crate::ration::{Enough, Ration};
use crate::server::Server;
use crate::upstream;

/// A proxy's name, and how it is started.
type Kind = (&'static str, fn(&Server, SocketAddr) -> Proxy);

const NGINX: &str = "nginx";

const OTHERS: [Kind; 3] =
    [(NGINX, nginx_mail), ("HAProxy, which looks at no sign-in,", haproxy), ("Dovecot as a proxy", dovecot_proxy)];

/// Prints a table of those that are wanted.
pub(super) fn measure(works: &BTreeSet<Work>, effort: &Effort) {
    if works.contains(&Work::ImapLogin) || works.contains(&Work::ImapFetch) {
        let upstream = upstream::start(effort.message_bytes);
        let server = Server::start(&effort.server(effort.accounts), upstream);
        let others = OTHERS.map(|(name, start)| (name, start(&server, upstream)));
        // Everybody is remembered, and nothing of that is counted.
        let everybody = Ration::new(Enough::Count(server.people.len()));
        let load = Load { connections: 16, pipelined: 1 };
        ask_all(&asking::Door::Http(server.http), load, &server.people, &everybody);
        if works.contains(&Work::ImapFetch) {
            fetches(&server, &others, effort);
        }
        if works.contains(&Work::ImapLogin) {
            // At each sign-in it asks somebody else, and both are at work.
            let others = others
                .map(|(name, proxy)| (if name == NGINX { "nginx and the nginx that it asks" } else { name }, proxy));
            sign_ins(&server, &others, effort);
        }
    }
    if works.contains(&Work::ImapIdle) {
        idlers(effort);
    }
    if works.contains(&Work::ImapRevoke) {
        revokes(effort);
    }
}

fn sign_ins(server: &Server, others: &[(&str, Proxy)], effort: &Effort) {
    table::head("sign-ins by IMAP, 8 connections, µs of CPU each");
    let work = |door: Door| {
        move |enough| {
            let ration = Ration::new(enough);
            sign_in_often(&door, &server.people, 8, &ration);
            #[expect(clippy::cast_precision_loss, reason = "a count")]
            let millions = ration.taken() as f64 / 1e6;
            millions
        }
    };
    row("in clear", Some(70.0), (server, others), false, &work, effort);
    row("by TLS 1.3, P-256, full handshake", Some(185.0), (server, others), true, &work, effort);
}

fn fetches(server: &Server, others: &[(&str, Proxy)], effort: &Effort) {
    let mib = effort.message_bytes >> 20;
    table::head(&format!("FETCH of {mib} MiB, 4 connections, s of CPU for each GB"));
    let work = |door: Door| {
        move |enough| {
            let ration = Ration::new(enough);
            fetch_often(&door, &server.people, 4, effort.message_bytes, &ration);
            #[expect(clippy::cast_precision_loss, reason = "a size")]
            let gigabytes = (ration.taken() * effort.message_bytes) as f64 / 1e9;
            gigabytes
        }
    };
    row("in clear", Some(0.40), (server, others), false, &work, effort);
    row("by TLS 1.3, AES-128-GCM", Some(0.70), (server, others), true, &work, effort);
}

/// Lets Valetkey and the others do a piece of work in turns, and prints what came out.
fn row<W: Fn(Enough) -> f64>(
    name: &str,
    reach: Option<f64>,
    (server, others): (&Server, &[(&str, Proxy)]),
    tls: bool,
    work: &impl Fn(Door) -> W,
    effort: &Effort,
) {
    let side =
        |pids, door| Side { pids, warm: Enough::Seconds(effort.turns.seconds / 2.0), work: Box::new(work(door)) };
    let mut sides = vec![side(vec![server.pid()], Door::of(server, tls))];
    sides.extend(others.iter().map(|(_, proxy)| side(proxy.peer.pids(), proxy.door(server, tls))));
    let mut costs = in_turns(&sides, effort.turns).into_iter();
    let valetkey = costs.next().expect("the first side");
    let names = others.iter().map(|(name, _)| (*name).to_owned());
    table::row(name, reach, &valetkey, &names.zip(costs).collect::<Vec<_>>());
}

/// Each starts anew, since memory that was used once is kept.
fn idlers(effort: &Effort) {
    table::head(&format!("memory of one of {} connections that idle, KiB", grouped(effort.idlers)));
    for (name, tls, reach) in [("in clear", false, 2.5), ("by TLS 1.3", true, 8.0)] {
        let upstream = upstream::start(0);
        let server = Server::start(&effort.server(effort.accounts), upstream);
        let valetkey = Runs(vec![idle_at(&server, tls, effort.idlers)]);
        let others: Vec<(String, Runs)> = OTHERS
            .iter()
            .map(|(name, start)| {
                let proxy = start(&server, upstream);
                let door = proxy.door(&server, tls);
                let idlers = Idlers { door, people: server.people.clone(), connections: effort.idlers };
                // Nobody remembers accounts here: a few are enough to have everything loaded.
                idlers.come_and_go(64);
                // Not what nginx asks, which forgets each question.
                let front = proxy.peer.pids()[0];
                let memory = || family(front).into_iter().map(memory_kib).sum();
                ((*name).to_owned(), Runs(vec![idlers.cost(memory)]))
            })
            .collect();
        table::row(name, Some(reach), &valetkey, &others);
    }
}

fn revokes(effort: &Effort) {
    let options = effort.server(effort.accounts);
    let seen = [false, true].map(|tls| {
        let some = revoke_some(&options, tls, effort.idlers, effort.revokes);
        (some, revoke_all(&options, tls, effort.idlers))
    });
    let all = grouped(effort.idlers);
    println!("\n| revoke, with {all} live connections, ms | in clear | by TLS 1.3 | to reach |\n|---|---|---|---|");
    let row = |work: &str,
               cell: fn(&OfSome, &OfAll) -> String,
               reach: &str,
               is_reached: fn(&OfSome, &OfAll) -> bool| {
        let cells = seen.each_ref().map(|(some, all)| cell(some, all)).join(" | ");
        println!("| {work} | {cells} | {reach}: {} |", reached(seen.iter().all(|(some, all)| is_reached(some, all))));
    };
    row(
        &format!("until the {EACH} of one app password are closed: median, p99"),
        |some, _| format!("{:.2}, {:.2}", percentile(&some.closed, 50.0), percentile(&some.closed, 99.0)),
        "p99 10",
        |some, _| percentile(&some.closed, 99.0) <= 10.0,
    );
    row(
        "until all of one app password are: first, median, last",
        |_, all| [0.0, 50.0, 100.0].map(|p| format!("{:.1}", percentile(&all.closed, p))).join(", "),
        "first 1, last 250",
        |_, all| all.closed[0] <= 1.0 && percentile(&all.closed, 100.0) <= 250.0,
    );
    row(
        "longest of other people's sign-ins meanwhile, and before",
        |_, all| format!("{:.1}, {:.1}", all.others, all.others_before),
        "5",
        |_, all| all.others <= 5.0,
    );
}
