//! PostgreSQL stopped while apps sign in: nobody is told that a password is wrong, who is connected stays connected for
//! a while, and everything recovers by itself.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use postgres::NoTls;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use valetkey_domain::{BootTime, Clock as _};
use valetkey_testkit::Postgres;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::server::{Server, Setup, Store};

const ADA: &str = "ada@example.org";
const WRONG: &str = "abcd-efgh-ijkl-mnop";

/// How an attempt came out, in whatever protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Refused,
    Temporary,
    /// What no app should be told.
    Other(String),
}
use Outcome::{Accepted, Refused, Temporary};

#[derive(Clone, Debug)]
struct Attempt {
    began: BootTime,
    ended: BootTime,
    outcome: Outcome,
}

fn by_imap(server: &Server, secret: &str) -> Outcome {
    let answer = Imap::connect(server.door()).sign_in(ADA, secret).text();
    match answer.lines().last().unwrap_or_default() {
        last if last.starts_with("OK ") => Accepted,
        last if last.starts_with("NO [AUTHENTICATIONFAILED] ") => Refused,
        last if last.starts_with("NO [UNAVAILABLE] ") => Temporary,
        _ => Outcome::Other(answer),
    }
}

fn by_http(server: &Server, secret: &str) -> Outcome {
    let answer = server.forward_auth(ADA, secret);
    match answer.status {
        200 => Accepted,
        401 => Refused,
        503 if answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()) => Temporary,
        _ => Outcome::Other(answer.head),
    }
}

/// An app that signs in again and again.
struct App<'a> {
    name: &'static str,
    sign_in: fn(&Server, &str) -> Outcome,
    secret: &'a str,
    /// What it is told while all is well.
    usual: Outcome,
    attempts: Mutex<Vec<Attempt>>,
}

impl<'a> App<'a> {
    fn each(secret: &'a str) -> [Self; 4] {
        let app = |name, sign_in, secret, usual| Self { name, sign_in, secret, usual, attempts: Mutex::default() };
        [
            app("IMAP", by_imap as fn(&Server, &str) -> Outcome, secret, Accepted),
            app("HTTP", by_http, secret, Accepted),
            app("IMAP, wrong password", by_imap, WRONG, Refused),
            app("HTTP, wrong password", by_http, WRONG, Refused),
        ]
    }

    fn run<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        server: &'s Server,
        stop: &'s AtomicBool,
    ) -> ScopedJoinHandle<'s, ()> {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let began = RealClock.boot_time();
                let outcome = (self.sign_in)(server, self.secret);
                let attempt = Attempt { began, ended: RealClock.boot_time(), outcome };
                self.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
            }
        })
    }

    fn since(&self, moment: BootTime) -> Vec<Attempt> {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.iter().filter(|attempt| attempt.began > moment).cloned().collect()
    }

    /// Whether its last attempts since a moment came out like this.
    fn is_told(&self, outcome: &Outcome, moment: BootTime) -> bool {
        // While the database hangs, each takes as long as the server's patience with it.
        const SETTLED: usize = 2;
        let since = self.since(moment);
        since.len() >= SETTLED && since.iter().rev().take(SETTLED).all(|attempt| attempt.outcome == *outcome)
    }

    /// That it was told the usual until the outage, a temporary failure while it lasted, and never anything else.
    fn expect_no_wrong_word(&self, outage: &Outage) {
        for attempt in self.since(BootTime::from_micros(0)) {
            let Attempt { began, ended, outcome } = &attempt;
            assert!(*outcome == self.usual || *outcome == Temporary, "{}: {attempt:?}, {outage:?}", self.name);
            if *ended < outage.stopped {
                assert_eq!(*outcome, self.usual, "{} before: {attempt:?}, {outage:?}", self.name);
            }
            if *began > outage.lost && *ended < outage.over {
                assert_eq!(*outcome, Temporary, "{} meanwhile: {attempt:?}, {outage:?}", self.name);
            }
        }
    }
}

/// From when to when.
#[derive(Debug)]
struct Outage {
    /// The database is about to stop.
    stopped: BootTime,
    /// The server has lost the lock.
    lost: BootTime,
    /// The database is about to start again.
    over: BootTime,
}

/// Lets apps sign in through an outage, which `begin` begins and `end` ends; `meanwhile` looks at the rest.
fn live_through(server: &Server, secret: &str, begin: impl Fn(), meanwhile: impl FnOnce(), end: impl Fn()) {
    let apps = App::each(secret);
    let stop = AtomicBool::new(false);
    let all_are_told = |since: BootTime, outcome: Option<&Outcome>| {
        wait_for(&format!("every app is told {outcome:?} (none is the usual)"), || {
            apps.iter().all(|app| app.is_told(outcome.unwrap_or(&app.usual), since)).then_some(())
        });
    };
    let outage = std::thread::scope(|scope| {
        // However this ends, the apps end too.
        let _stopped = StopWhenDropped(&stop);
        for app in &apps {
            app.run(scope, server, &stop);
        }
        all_are_told(BootTime::from_micros(0), None);
        let stopped = RealClock.boot_time();
        begin();
        all_are_told(stopped, Some(&Temporary));
        let lost = RealClock.boot_time();
        all_are_told(lost, Some(&Temporary));
        meanwhile();
        let over = RealClock.boot_time();
        end();
        all_are_told(over, None);
        Outage { stopped, lost, over }
    });
    for app in &apps {
        app.expect_no_wrong_word(&outage);
    }
}

struct StopWhenDropped<'a>(&'a AtomicBool);

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn start(url: String, lost_grace_s: u64) -> (Server, String, String) {
    let server = Server::start(Setup { mailboxes: &[ADA], lost_grace_s, ..Setup::on(Store::Postgres(url)) });
    server.admin().make_person(ADA);
    let (id, secret) = server.admin().make_key(ADA, "phone");
    (server, id, secret)
}

fn expect_ok(imap: &mut Imap, command: &str) {
    let answer = imap.ask(command);
    assert!(answer.is_ok(), "{command}: {answer:?}");
}

fn lock_is_lost(server: &Server) {
    wait_for("the store's lock is lost", || server.log().contains("the store's lock is lost").then_some(()));
}

fn is_in_step_again(server: &Server) {
    wait_for("memory is in step with the store", || server.log().contains("memory is in step with it").then_some(()));
}

#[test]
fn while_postgresql_is_stopped_nobody_is_told_that_a_password_is_wrong_and_open_connections_stay() {
    let postgres = Postgres::start();
    let (server, id, secret) = start(postgres.new_database("stopped"), 300);
    let mut open = Imap::connect(server.door());
    assert!(open.sign_in(ADA, &secret).is_ok());
    expect_ok(&mut open, "SELECT INBOX");
    let meanwhile = || {
        lock_is_lost(&server);
        expect_ok(&mut open, "FETCH 1 BODY.PEEK[]");
        for command in [&["app-password", "list", ADA][..], &["app-password", "revoke", ADA, &id]] {
            let ran = server.run(command, "");
            assert_eq!(ran.code, 75, "{ran:?}");
        }
        let ran = server.run(&["verify", ADA, "--service", "imap"], &secret);
        assert_eq!(ran.code, 75, "{ran:?}");
    };
    live_through(&server, &secret, || postgres.stop(), meanwhile, || postgres.start_again());
    expect_ok(&mut open, "FETCH 1 BODY.PEEK[]");
    // The server has not lost sight of it: with its app password it ends.
    let revoked = server.admin().done(&json!({ "ask": "app-password-revoke", "login": ADA, "id": id }));
    assert_eq!(revoked["connections_closed"], 1);
    let farewell = open.until_closed();
    assert!(farewell.concat().starts_with("* BYE "), "{farewell:?}");
    assert_eq!(by_imap(&server, &secret), Refused);
    assert_eq!(by_http(&server, &secret), Refused);
}

/// PostgreSQL's processes for a server and the one that would make more, stopped until this is dropped.
struct Frozen(Vec<Pid>);

impl Frozen {
    fn new(url: &str) -> Self {
        let mut client = postgres::Client::connect(url, NoTls).expect("a database that runs");
        let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'valetkey'
                   UNION ALL SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::integer";
        let rows = client.query(sql, &[]).expect("a superuser may ask");
        let frozen = Self(rows.iter().filter_map(|row| Pid::from_raw(row.get(0))).collect());
        frozen.tell(Signal::STOP);
        frozen
    }

    fn tell(&self, signal: Signal) {
        for pid in &self.0 {
            // One that has ended needs no signal.
            let _told = kill_process(*pid, signal);
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.tell(Signal::CONT);
    }
}

#[test]
fn while_postgresql_does_not_answer_nobody_is_told_that_a_password_is_wrong() {
    let postgres = Postgres::start();
    let url = postgres.new_database("frozen");
    let (server, _, secret) = start(url.clone(), 300);
    let mut open = Imap::connect(server.door());
    assert!(open.sign_in(ADA, &secret).is_ok());
    let frozen = Mutex::new(None);
    let place = || frozen.lock().unwrap_or_else(PoisonError::into_inner);
    let freeze = || *place() = Some(Frozen::new(&url));
    let thaw = || drop(place().take());
    live_through(&server, &secret, freeze, || expect_ok(&mut open, "NOOP"), thaw);
    expect_ok(&mut open, "NOOP");
}

#[test]
fn open_connections_outlive_their_grace_by_nothing() {
    const GRACE: Duration = Duration::from_secs(2);
    let postgres = Postgres::start();
    let (server, _, secret) = start(postgres.new_database("grace"), GRACE.as_secs());
    let mut waiting = Imap::waiting_for_mail(server.door(), ADA, &secret);
    let stopped = RealClock.boot_time();
    postgres.stop();
    let farewell = waiting.until_closed();
    let lasted = RealClock.boot_time().since(stopped);
    assert_eq!(farewell, ["* BYE [UNAVAILABLE] Temporary failure. Please connect again later."]);
    assert!(lasted > GRACE, "it was closed after {lasted:?}");
    assert_eq!(by_imap(&server, &secret), Temporary);
    postgres.start_again();
    wait_for("a sign-in", || (by_imap(&server, &secret) == Accepted).then_some(()));
    // What is opened after an outage has nothing to do with it.
    let mut after = Imap::waiting_for_mail(server.door(), ADA, &secret);
    after.send(b"DONE\r\n");
    assert!(after.answer("idle").is_ok());
}

#[test]
fn once_postgresql_is_back_nothing_fails_any_more() {
    let postgres = Postgres::start();
    let (server, _, secret) = start(postgres.new_database("back"), 300);
    let admin = server.admin();
    // Each of the connections to the database is used, so that each is lost.
    std::thread::scope(|scope| {
        for thread in 0..12 {
            let admin = &admin;
            scope.spawn(move || {
                for n in 0..10 {
                    let login = format!("printer-{thread}-{n}@example.org");
                    admin.done(
                        &json!({ "ask": "account-create", "login": login, "aliases": [], "device": true, "name": "" }),
                    );
                    admin.done(&json!({ "ask": "account-show", "login": login }));
                }
            });
        }
    });
    postgres.stop();
    lock_is_lost(&server);
    postgres.start_again();
    is_in_step_again(&server);
    for n in 0..20 {
        assert_eq!(by_http(&server, &secret), Accepted, "sign-in {n}");
        assert_eq!(by_http(&server, WRONG), Refused, "wrong sign-in {n}");
        admin.make_person(&format!("person-{n}@example.org"));
    }
}
