//! What an app that only waits for mail costs in memory.

use std::sync::Arc;

use clap::Args;
use tokio::task::{JoinSet, LocalSet};

use super::{name, per};
use crate::client::{App, Door};
use crate::measure::{memory_kib, runtime};
use crate::people::Login;
use crate::server::{Server, ServerOptions};
use crate::upstream;

#[derive(Args)]
pub(crate) struct IdleOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Connections
    #[arg(long, default_value_t = 9000)]
    connections: usize,
}

/// Opens many connections, lets them idle, and looks at the gateway's memory.
pub(crate) fn idle(options: &IdleOptions) {
    println!("memory of {} connections that idle, user space of the gateway alone", options.connections);
    for tls in [false, true] {
        let server = Server::start(&options.server, upstream::start(0));
        println!("{:>5} {:.2} KiB each", name(tls), idle_at(&server, tls, options.connections));
    }
}

/// Memory of each connection at Valetkey, in KiB.
pub(crate) fn idle_at(server: &Server, tls: bool, connections: usize) -> f64 {
    let idlers = Idlers { door: Door::of(server, tls), people: Arc::clone(&server.people), connections };
    // Everybody signs in once before, so that what is remembered of each account is there already.
    idlers.come_and_go(connections);
    server.wait_until_nobody_is_connected();
    idlers.cost(|| memory_kib(server.pid()))
}

/// Apps that only wait.
pub(crate) struct Idlers {
    pub(crate) door: Door,
    pub(crate) people: Arc<[Login]>,
    pub(crate) connections: usize,
}

impl Idlers {
    /// Some of them sign in, a few at a time, and leave.
    pub(crate) fn come_and_go(&self, some: usize) {
        let (runtime, local) = (runtime(), LocalSet::new());
        for first in (0..some).step_by(32) {
            drop(local.block_on(&runtime, open_idle(&self.door, 32, |n| self.who(first + n))));
        }
    }

    /// How much more memory there is for each, in KiB, when all of them are there.
    pub(crate) fn cost(&self, memory_kib: impl Fn() -> u64) -> f64 {
        let (runtime, local) = (runtime(), LocalSet::new());
        let before = memory_kib();
        let apps = local.block_on(&runtime, open_idle(&self.door, self.connections, |n| self.who(n)));
        #[expect(clippy::cast_precision_loss, reason = "a size")]
        let more = memory_kib() as f64 - before as f64;
        per(more, apps.len())
    }

    fn who(&self, n: usize) -> Login {
        self.people[n % self.people.len()].clone()
    }
}

/// Signs in many apps, a few at a time, and lets each idle. They come in the order of their numbers.
pub(super) async fn open_idle(door: &Door, count: usize, who: impl Fn(usize) -> Login) -> Vec<App> {
    let mut apps = Vec::with_capacity(count);
    let mut opening = JoinSet::new();
    for n in 0..count {
        let (door, login) = (door.clone(), who(n));
        opening.spawn_local(async move {
            let mut app = App::sign_in(&door, &login).await.expect("it is accepted");
            app.ask("i IDLE\r\n", "+").await.expect("it idles");
            (n, app)
        });
        if opening.len() >= 32 {
            apps.push(opening.join_next().await.expect("one is opening").expect("it opened"));
        }
    }
    apps.extend(opening.join_all().await);
    apps.sort_unstable_by_key(|(n, _)| *n);
    apps.into_iter().map(|(_, app)| app).collect()
}
