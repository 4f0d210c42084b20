//! What an app that only waits for mail costs in memory.

use clap::Args;
use tokio::task::{JoinSet, LocalSet};

use super::{name, per, runtime};
use crate::client::{App, Door};
use crate::measure::memory_kib;
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
        let (runtime, local, door) = (runtime(), LocalSet::new(), Door::of(&server, tls));
        let who = |n: usize| server.people[n % server.people.len()].clone();
        // Everybody signs in once before, a few at a time, so that what is remembered of each account is there already.
        for first in (0..options.connections).step_by(32) {
            drop(local.block_on(&runtime, open_idle(&door, 32, |n| who(first + n))));
        }
        server.wait_until_nobody_is_connected();
        let before = memory_kib(server.pid());
        let apps = local.block_on(&runtime, open_idle(&door, options.connections, who));
        let after = memory_kib(server.pid());
        #[expect(clippy::cast_precision_loss, reason = "a size")]
        let each = per((after - before) as f64, apps.len());
        println!("{:>5} {each:.2} KiB each ({before} KiB before, {after} KiB after)", name(tls));
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
