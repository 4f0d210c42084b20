//! Valetkey and others that do the same work, all in one run and in turns, as tables for README.md.

mod apps;
mod questions;
mod table;
mod turns;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use rustix::process::{Resource, getrlimit, setrlimit};
use valetkey_domain::Clock as _;
use valetkey_testkit::RealClock;

use crate::peers::{NGINX_MAIL, missing, version};
use crate::people::Login;
use crate::server::ServerOptions;
use turns::Turns;

#[derive(Args)]
pub(crate) struct Options {
    /// The program; without it the one that was built beside this one
    #[arg(long)]
    valetkey: Option<PathBuf>,
    /// Only look whether it runs: fewer people, shorter, and figures that say nothing
    #[arg(long)]
    quick: bool,
    /// What is measured; everything if nothing is named
    #[arg(value_enum)]
    works: Vec<Work>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Work {
    /// LDAP, beside slapd
    Ldap,
    /// The same with a million accounts
    LdapMany,
    /// Dovecot's authentication socket, beside Dovecot
    Dovecot,
    /// saslauthd's socket, beside saslauthd
    Saslauthd,
    /// HTTP Basic, beside nginx
    Http,
    /// Sign-ins by IMAP, beside nginx, HAProxy and Dovecot as proxies
    ImapLogin,
    /// Large messages, beside the same
    ImapFetch,
    /// Memory of apps that wait, beside the same
    ImapIdle,
    /// From a revoke until apps are cut off, beside nobody
    ImapRevoke,
}

impl Work {
    /// The programs that it runs.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Ldap => &["slapd", "slapadd", "slappasswd", "/usr/lib/ldap/argon2.so"],
            Self::LdapMany => &["slapd", "slapadd"],
            Self::Dovecot => &["dovecot", "doveadm"],
            Self::Saslauthd => &["saslauthd", "saslpasswd2", "unshare"],
            Self::Http => &["nginx", "doveadm"],
            Self::ImapLogin | Self::ImapFetch | Self::ImapIdle => {
                &["nginx", NGINX_MAIL, "haproxy", "dovecot", "/usr/lib/dovecot/imap-login"]
            }
            Self::ImapRevoke => &[],
        }
    }
}

/// How much of everything.
struct Effort {
    valetkey: Option<PathBuf>,
    turns: Turns,
    /// The same where there are many accounts: as long as uses wait to be written down
    long_turns: Turns,
    accounts: usize,
    many_accounts: usize,
    /// How many a daemon's database gets, which takes a process for each
    sasl_accounts: usize,
    idlers: usize,
    revokes: usize,
    message_bytes: usize,
}

impl Effort {
    fn new(options: &Options) -> Self {
        let valetkey = options.valetkey.clone();
        if options.quick {
            return Self {
                valetkey,
                turns: Turns { count: 1, seconds: 0.2 },
                long_turns: Turns { count: 1, seconds: 0.2 },
                accounts: 500,
                many_accounts: 2000,
                sasl_accounts: 20,
                idlers: 300,
                revokes: 10,
                message_bytes: 4 << 20,
            };
        }
        Self {
            valetkey,
            turns: Turns { count: 5, seconds: 1.0 },
            long_turns: Turns { count: 5, seconds: 3.0 },
            accounts: 10_000,
            many_accounts: 1_000_000,
            sasl_accounts: 1000,
            idlers: 9000,
            revokes: 300,
            message_bytes: 64 << 20,
        }
    }

    fn server(&self, accounts: usize) -> ServerOptions {
        ServerOptions::new(self.valetkey.clone(), accounts)
    }
}

/// Measures; says what is missing if it cannot.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let all = Work::value_variants();
    let works: BTreeSet<Work> = if options.works.is_empty() { all } else { &options.works }.iter().copied().collect();
    let programs: BTreeSet<&str> = works.iter().flat_map(|work| work.programs()).chain(&["setpriv"]).copied().collect();
    let programs: Vec<&str> = programs.into_iter().collect();
    if let Some(complaint) = missing(&programs) {
        return Err(complaint);
    }
    let effort = Effort::new(options);
    raise_files(&effort)?;
    head(options, &programs);
    questions::measure(&works, &effort);
    apps::measure(&works, &effort);
    Ok(())
}

/// Lets this program and what it starts open as many files as they may.
fn raise_files(effort: &Effort) -> Result<(), String> {
    let mut limit = getrlimit(Resource::Nofile);
    let needed = 2 * effort.idlers as u64 + 500;
    if limit.maximum.is_some_and(|most| most < needed) {
        return Err(format!(
            "{needed} open files are needed, and no more than {:?} allowed: ulimit -Hn",
            limit.maximum
        ));
    }
    // No more than that: some servers make room for as many as they may open.
    limit.current = Some(limit.maximum.unwrap_or(20_000).min(20_000));
    setrlimit(Resource::Nofile, limit).map_err(|e| format!("the limit of open files stays as it is: {e}"))
}

fn head(options: &Options, programs: &[&str]) {
    let versions: Vec<String> =
        programs.iter().filter_map(|program| Some(format!("{program} {}", version(program)?))).collect();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let day = RealClock.now().to_string();
    println!(
        "On {}, {} processors, load {} before. Beside Valetkey ran {}.",
        day.split('T').next().unwrap_or_default(),
        std::thread::available_parallelism().map_or(0, usize::from),
        load.split(' ').next().unwrap_or("unknown"),
        if versions.is_empty() { "nobody".to_owned() } else { versions.join(", ") }
    );
    if options.quick {
        println!("Only to see that it runs: these figures say nothing.");
    }
}

/// The first ones of many people.
fn first(people: &Arc<[Login]>, count: usize) -> Arc<[Login]> {
    people[..count.min(people.len())].into()
}

/// A number of things, with commas.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let with_comma = |(at, digit): (usize, char)| {
        let comma = at > 0 && (digits.len() - at).is_multiple_of(3);
        [comma.then_some(','), Some(digit)]
    };
    digits.chars().enumerate().flat_map(with_comma).flatten().collect()
}
