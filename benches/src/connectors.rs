//! Servers that ask: what one question costs, by each protocol.

use clap::{Args, ValueEnum};

use crate::asking::{Door, Load, ask_all};
use crate::measure::{Runs, now, process_time};
use crate::ration::{Enough, Ration};
use crate::server::{Server, ServerOptions};
use crate::upstream;

/// How a server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    /// LDAP binds on connections that are kept
    LdapBind,
    /// LDAP: connect, bind, unbind
    LdapSession,
    /// Dovecot's authentication socket
    Dovecot,
    /// saslauthd's socket: a connection for each question
    Saslauthd,
    /// HTTP Basic on connections that are kept
    Http,
}

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    /// How it is asked
    #[arg(value_enum)]
    way: Way,
    /// Connections at once
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Questions that are asked at a time on each connection
    #[arg(long, default_value_t = 1)]
    pipelined: usize,
    /// Questions in each run
    #[arg(long, default_value_t = 200_000)]
    count: usize,
    /// Runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

impl Way {
    fn door(self, server: &Server) -> Door {
        match self {
            Self::LdapBind => Door::LdapBind(server.ldap),
            Self::LdapSession => Door::LdapSession(server.ldap),
            Self::Dovecot => Door::Dovecot(server.file("auth")),
            Self::Saslauthd => Door::Saslauthd(server.file("mux")),
            Self::Http => Door::Http(server.http),
        }
    }
}

pub(crate) fn run(options: &Options) {
    let server = Server::start(&options.server, upstream::start(0));
    let door = options.way.door(&server);
    let load = Load { connections: options.connections, pipelined: options.pipelined };
    println!(
        "{:?}, {} connections, {} at a time: median (least to most) of {} runs of {}",
        options.way, options.connections, options.pipelined, options.runs, options.count
    );
    let (mut costs, mut rates) = (Runs(Vec::new()), Runs(Vec::new()));
    // One more at the beginning, which is not counted: everybody is remembered after it.
    for run in 0..=options.runs {
        let (cpu, time) = (process_time(server.pid()), now());
        ask_all(&door, load, &server.people, &Ration::new(Enough::Count(options.count)));
        let (cpu, time) = (process_time(server.pid()) - cpu, now() - time);
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let count = options.count as f64;
        if run > 0 {
            costs.0.push(cpu * 1e6 / count);
            rates.0.push(count / time);
        }
    }
    println!("  {costs} µs of CPU each, {rates} a second");
}
