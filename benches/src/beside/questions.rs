//! What one question of another server costs, here and there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::turns::{Side, Turns, in_turns};
use super::{Effort, Work, first, grouped, table};
use crate::asking::{Door, Load, ask_all};
use crate::measure::{Runs, family, memory_kib};
use crate::peers::{
    Cache, Peer, Scheme, dovecot_auth, dovecot_hash, dovecot_sha256, nginx_basic, nginx_sha, saslauthd, slapd,
};
use crate::people::Login;
use crate::ration::{Enough, Ration};
use crate::server::Server;
use crate::upstream;

/// Of those with a slow hash there are as few as this: hashing for them takes long as well.
const SLOW_ACCOUNTS: usize = 16;

/// Somebody else, and what is asked there.
struct Other {
    name: String,
    pids: Vec<u32>,
    door: Door,
    people: Arc<[Login]>,
}

impl Other {
    fn new(name: &str, peer: &Peer, door: Door, people: &Arc<[Login]>) -> Self {
        Self { name: name.to_owned(), pids: peer.pids(), door, people: Arc::clone(people) }
    }
}

/// Prints a table of those that are wanted.
pub(super) fn measure(works: &BTreeSet<Work>, effort: &Effort) {
    if !works.iter().any(|work| *work <= Work::Http) {
        return;
    }
    table::head("questions of other servers, µs of CPU each");
    let few: BTreeSet<Work> = works.iter().copied().filter(|work| *work != Work::LdapMany).collect();
    if few.iter().any(|work| *work <= Work::Http) {
        let server = Server::start(&effort.server(effort.accounts), upstream::start(0));
        for work in few {
            match work {
                Work::Ldap => ldap(&server, effort),
                Work::Dovecot => dovecot(&server, effort),
                Work::Saslauthd => sasl(&server, effort),
                Work::Http => http(&server, effort),
                _ => {}
            }
        }
    }
    if works.contains(&Work::LdapMany) {
        ldap_many(effort);
    }
}

fn ldap(server: &Server, effort: &Effort) {
    let slow = first(&server.people, SLOW_ACCOUNTS);
    let (ssha, at) = slapd(&server.people, Scheme::Ssha);
    let (argon2, argon2_at) = slapd(&slow, Scheme::Argon2);
    let many = Load { connections: 64, pipelined: 1 };
    let few = Load { connections: 16, pipelined: 1 };
    let accounts = grouped(server.people.len());
    let asked = Door::LdapBind(server.ldap);
    let others = [
        Other::new("slapd {SSHA}", &ssha, Door::LdapBind(at), &server.people),
        Other::new("slapd {ARGON2}, as for passwords that people choose,", &argon2, Door::LdapBind(argon2_at), &slow),
    ];
    let work = format!("LDAP simple bind, 64 connections, {accounts} accounts");
    row(&work, Some(7.0), (server, &asked, &server.people), &others, many, effort.turns);
    row("the same, 16 connections", None, (server, &asked, &server.people), &others[..1], few, effort.turns);
    let asked = Door::LdapSession(server.ldap);
    let others = [Other::new("slapd {SSHA}", &ssha, Door::LdapSession(at), &server.people)];
    let work = "LDAP: connect, bind, unbind, 16 connections";
    row(work, Some(30.0), (server, &asked, &server.people), &others, few, effort.turns);
}

fn ldap_many(effort: &Effort) {
    let server = Server::start(&effort.server(effort.many_accounts), upstream::start(0));
    let (peer, at) = slapd(&server.people, Scheme::Ssha);
    #[expect(clippy::cast_precision_loss, reason = "a size")]
    let memory = |pid| Runs(vec![family(pid).into_iter().map(memory_kib).sum::<u64>() as f64 / 1024.0]);
    let before = memory(server.pid());
    let accounts = grouped(server.people.len());
    let others = [Other::new("slapd {SSHA}", &peer, Door::LdapBind(at), &server.people)];
    let asked = Door::LdapBind(server.ldap);
    let load = Load { connections: 64, pipelined: 1 };
    let work = format!("LDAP simple bind, 64 connections, {accounts} accounts, all remembered");
    row(&work, Some(7.0), (&server, &asked, &server.people), &others, load, effort.long_turns);
    table::row("memory before that, when nobody is remembered, MiB", None, &before, &[]);
    let others = [("slapd, its mapped file among it,".to_owned(), memory(peer.pids()[0]))];
    table::row("memory after that, MiB", Some(150.0), &memory(server.pid()), &others);
}

fn dovecot(server: &Server, effort: &Effort) {
    let asked = Door::Dovecot(server.file("auth"));
    let slow = first(&server.people, SLOW_ACCOUNTS);
    let (plain, at) = dovecot_auth(&server.people, dovecot_sha256, Cache::Off);
    let (cached, cached_at) = dovecot_auth(&server.people, dovecot_sha256, Cache::On);
    let mut others = vec![
        Other::new("Dovecot {SHA256}", &plain, Door::Dovecot(at), &server.people),
        Other::new("Dovecot with its cache", &cached, Door::Dovecot(cached_at), &server.people),
    ];
    let mut peers = Vec::new();
    for scheme in ["SHA512-CRYPT", "BLF-CRYPT", "ARGON2ID"] {
        let (peer, at) = dovecot_auth(&slow, |login| dovecot_hash(scheme, login), Cache::Off);
        others.push(Other::new(&format!("Dovecot {{{scheme}}}"), &peer, Door::Dovecot(at), &slow));
        peers.push(peer);
    }
    let work = "Dovecot's authentication socket, 16 connections";
    let load = Load { connections: 16, pipelined: 1 };
    row(work, Some(5.0), (server, &asked, &server.people), &others, load, effort.turns);
    let load = Load { connections: 4, pipelined: 32 };
    let work = "the same, 4 connections with 32 questions at a time";
    row(work, Some(1.5), (server, &asked, &server.people), &others[..1], load, effort.turns);
}

fn sasl(server: &Server, effort: &Effort) {
    let people = first(&server.people, effort.sasl_accounts);
    let (plain, at) = saslauthd(&people, Cache::Off);
    let (cached, cached_at) = saslauthd(&people, Cache::On);
    let others = [
        Other::new("saslauthd with sasldb", &plain, Door::Saslauthd(at), &people),
        Other::new("with its cache", &cached, Door::Saslauthd(cached_at), &people),
    ];
    let asked = Door::Saslauthd(server.file("mux"));
    let work = format!("saslauthd's socket, a connection for each question, {} accounts", grouped(people.len()));
    let load = Load { connections: 16, pipelined: 1 };
    row(&work, Some(15.0), (server, &asked, &people), &others, load, effort.turns);
}

fn http(server: &Server, effort: &Effort) {
    let asked = Door::Http(server.http);
    let load = Load { connections: 32, pipelined: 1 };
    let slow = first(&server.people, SLOW_ACCOUNTS);
    let hundred = first(&server.people, 100);
    // What crypt(3) reads is behind Dovecot's own word for it.
    let bcrypt = |login: &Login| dovecot_hash("BLF-CRYPT", login).trim_start_matches("{BLF-CRYPT}").to_owned();
    let (few, few_at) = nginx_basic(&hundred, nginx_sha);
    let (many, many_at) = nginx_basic(&server.people, nginx_sha);
    let (bcrypted, bcrypted_at) = nginx_basic(&slow, bcrypt);
    let others = [
        Other::new("nginx {SHA}", &few, Door::Http(few_at), &hundred),
        Other::new("nginx bcrypt", &bcrypted, Door::Http(bcrypted_at), &slow),
    ];
    let work = "HTTP Basic, 32 connections that are kept, 100 accounts";
    row(work, Some(8.0), (server, &asked, &hundred), &others, load, effort.turns);
    let others = [Other::new("nginx {SHA}", &many, Door::Http(many_at), &server.people)];
    let work = format!("the same, {} accounts", grouped(server.people.len()));
    row(&work, Some(8.0), (server, &asked, &server.people), &others, load, effort.turns);
}

/// Asks Valetkey and the others in turns, and prints what came out.
fn row(
    work: &str,
    reach: Option<f64>,
    (server, door, people): (&Server, &Door, &Arc<[Login]>),
    others: &[Other],
    load: Load,
    turns: Turns,
) {
    let mut sides = vec![side(vec![server.pid()], door, people, load)];
    sides.extend(others.iter().map(|other| side(other.pids.clone(), &other.door, &other.people, load)));
    let names: Vec<String> = others.iter().map(|other| other.name.clone()).collect();
    let mut costs = in_turns(&sides, turns).into_iter();
    let valetkey = costs.next().expect("the first side");
    table::row(work, reach, &valetkey, &names.into_iter().zip(costs).collect::<Vec<_>>());
}

fn side<'a>(pids: Vec<u32>, door: &'a Door, people: &'a Arc<[Login]>, load: Load) -> Side<'a> {
    let work = move |enough| {
        let ration = Ration::new(enough);
        ask_all(door, load, people, &ration);
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let millions = ration.taken() as f64 / 1e6;
        millions
    };
    Side { pids, warm: Enough::Count(people.len()), work: Box::new(work) }
}
