//! The server killed at any moment, two servers on one store, and a disk that is full: what was acknowledged is there
//! afterwards, and nothing is half there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use postgres::NoTls;
use serde_json::json;
use valetkey_testkit::Postgres;
use valetkey_tests::clock::{PATIENCE, look_for, wait_for};
use valetkey_tests::crash::{Chance, Writer, halves};
use valetkey_tests::program::Ran;
use valetkey_tests::server::admin::{Admin, Reply, key};
use valetkey_tests::server::place::{Place, SmallDisk, limit_files};
use valetkey_tests::server::{Server, Setup, Store};

/// How many change the store at the same time.
const WRITERS: usize = 5;
/// How long writers write at most before the server is killed.
const WRITING: Duration = Duration::from_millis(150);
/// How long a server may have been starting when it is killed.
const STARTING: Duration = Duration::from_millis(60);
/// After so many kills the writers go on in another shared account: the old one's list gets long.
const KILLS_PER_SHARED: usize = 5;

/// How often the server is killed; `VALETKEY_CRASHES` asks for more.
fn kills(usual: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "how tests are run is said in the environment")]
    let asked = std::env::var("VALETKEY_CRASHES").ok();
    asked.map_or(usual, |kills| kills.parse().expect("VALETKEY_CRASHES is a number"))
}

/// Says the seed if what follows fails.
struct Seed(u64);

impl Drop for Seed {
    #[expect(clippy::print_stderr, reason = "whoever looks why a test failed reads it there")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to see it again, if chance is all that it takes: VALETKEY_SEED={}", self.0);
        }
    }
}

/// Kills the server at chance moments while everybody writes. `between` is called when it is dead, `look` when it runs
/// again.
fn kill_again_and_again(
    server: &mut Server,
    kills: usize,
    mut between: impl FnMut(&mut Server, &Chance),
    look: impl Fn(&Server),
) {
    let seed = Seed(Chance::seed());
    let chance = Chance::new(seed.0);
    let mut writers: Vec<Writer> = (0..WRITERS).map(|number| Writer::new(number, seed.0)).collect();
    for kill in 0..kills {
        let admin = server.admin();
        if kill % KILLS_PER_SHARED == 0 {
            let shared = format!("shared-{kill}@example.org");
            admin.done(&json!({ "ask": "account-create", "login": shared, "aliases": [], "device": true, "name": "" }));
            for writer in &mut writers {
                writer.share(&shared);
            }
        }
        let acknowledged = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for writer in &mut writers {
                scope.spawn(|| writer.write(&admin, &acknowledged));
            }
            // It writes; and then any moment will do, so that waking up early is no harm.
            let begun = look_for(PATIENCE, || (acknowledged.load(Ordering::Relaxed) > 0).then_some(()));
            std::thread::park_timeout(chance.time(WRITING));
            // Whatever went wrong, the writers end with the server.
            server.kill();
            assert!(begun.is_some(), "nothing was acknowledged for {} s", PATIENCE.as_secs());
        });
        between(server, &chance);
        server.start_again();
        look(server);
        std::thread::scope(|scope| {
            for writer in &mut writers {
                scope.spawn(|| writer.compare(&admin));
            }
        });
    }
}

#[test]
fn what_was_acknowledged_outlives_every_kill_on_sqlite() {
    let mut server = Server::start(Setup::on(Store::Sqlite));
    let die_while_starting = |server: &mut Server, chance: &Chance| {
        if chance.below(4) == 0 {
            server.begin();
            std::thread::park_timeout(chance.time(STARTING));
            server.kill();
        }
    };
    let look = |server: &Server| halves::expect_none_in_file(&server.data().join("valetkey.db"));
    kill_again_and_again(&mut server, kills(50), die_while_starting, look);
}

#[test]
fn what_was_acknowledged_outlives_every_kill_on_postgresql() {
    let postgres = Postgres::start();
    let url = postgres.new_database("kills");
    let mut server = Server::start(Setup::on(Store::Postgres(url.clone())));
    let mut first = true;
    let between = |_: &mut Server, _: &Chance| {
        // The first time, the lease of the dead is waited for. It is surely dead: then that is no use.
        if !std::mem::take(&mut first) {
            say_goodbye_for_the_dead(&url);
        }
    };
    let kills = kills(50) / 5;
    kill_again_and_again(&mut server, kills, between, |_| halves::expect_none_in_database(&url));
}

/// Does what a server does that is stopped in good order, once PostgreSQL has noticed that this one is gone.
fn say_goodbye_for_the_dead(url: &str) {
    let mut client = postgres::Client::connect(url, NoTls).expect("a database that runs");
    let sessions =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'valetkey' AND datname = current_database()";
    wait_for("PostgreSQL notices that the server is dead", || {
        let left: i64 = client.query_one(sessions, &[]).expect("a question that it understands").get(0);
        (left == 0).then_some(())
    });
    client.execute("UPDATE custody SET departed = 1", &[]).expect("a table that the server has made");
}

#[test]
fn a_server_that_was_killed_at_its_first_start_starts_again() {
    let seed = Seed(Chance::seed());
    let chance = Chance::new(seed.0);
    for _ in 0..kills(50) / 2 {
        let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
        for _ in 0..=chance.below(3) {
            server.begin();
            std::thread::park_timeout(chance.time(STARTING));
            server.kill();
        }
        server.start_again();
        let admin = server.admin();
        admin.make_person("ada@example.org");
        let (_, secret) = admin.make_key("ada@example.org", "phone");
        assert_eq!(admin.verdict("ada@example.org", &secret), "accepted");
        server.kill();
        server.start_again();
        assert_eq!(admin.verdict("ada@example.org", &secret), "accepted");
        halves::expect_none_in_file(&server.data().join("valetkey.db"));
    }
}

const TEMPORARY: i32 = 75;

fn expect_temporary(ran: &Ran, says: &str) {
    assert_eq!(ran.code, TEMPORARY, "{ran:?}");
    assert!(ran.err.contains(says), "{ran:?}");
}

/// A second server, and a command that does not find the first one's socket, while the first one runs.
fn expect_the_store_to_be_kept(server: &mut Server) {
    let admin = server.admin();
    admin.make_person("ada@example.org");
    let (id, secret) = admin.make_key("ada@example.org", "phone");
    expect_temporary(&server.run_elsewhere(&["serve"], ""), "another Valetkey process holds the store");
    expect_temporary(&server.run(&["serve"], ""), "another Valetkey process holds the store");
    let revoke = ["app-password", "revoke", "ada@example.org", &id];
    let unreachable = "does not answer at its administration socket";
    expect_temporary(&server.run_elsewhere(&revoke, ""), unreachable);
    expect_temporary(&server.run_elsewhere(&["account", "list"], ""), unreachable);
    assert_eq!(admin.verdict("ada@example.org", &secret), "accepted", "it was revoked behind the server's back");
    std::fs::remove_file(server.socket()).expect("the second server has left the socket alone");
    expect_temporary(&server.run(&revoke, ""), unreachable);
    // With nobody there, the command opens the store itself, and the server finds what it did.
    server.kill();
    let ran = server.run(&revoke, "");
    assert_eq!(ran.code, 0, "{ran:?}");
    server.start_again();
    assert_eq!(server.admin().verdict("ada@example.org", &secret), "revoked");
}

#[test]
fn one_server_at_a_time_has_an_sqlite_store_and_no_command_writes_behind_its_back() {
    expect_the_store_to_be_kept(&mut Server::start(Setup::on(Store::Sqlite)));
}

#[test]
fn one_server_at_a_time_has_a_postgresql_store_and_no_command_writes_behind_its_back() {
    let postgres = Postgres::start();
    let url = postgres.new_database("one");
    expect_the_store_to_be_kept(&mut Server::start(Setup::on(Store::Postgres(url))));
}

/// Makes app passwords, an account for each dozen, until one is not made for lack of room. Gives those that were, and
/// how the first that was not was answered.
fn fill_the_store(admin: &Admin) -> (Vec<(String, String)>, String) {
    const MORE_THAN_FITS: usize = 3000;
    let mut made = Vec::new();
    for n in 0..MORE_THAN_FITS {
        let login = format!("printer-{}@example.org", n / 12);
        let questions = [
            json!({ "ask": "account-create", "login": login, "aliases": [], "device": true, "name": "x".repeat(60) }),
            key(&login, &format!("{n}")),
        ];
        let needed = if n % 12 == 0 { &questions[..] } else { &questions[1..] };
        for question in needed {
            match admin.ask(question) {
                Reply::Done(answer) => {
                    if let Some(secret) = answer["app_password"].as_str() {
                        made.push((login.clone(), secret.to_owned()));
                    }
                }
                Reply::NotNow(why) => return (made, why),
                other => panic!("{question}: {other:?}"),
            }
        }
    }
    panic!("the store still has room after {MORE_THAN_FITS} app passwords");
}

/// No more room: changes are refused for now, whatever was acknowledged stays, sign-ins go on, and with room again
/// changes are made again; `make_room` makes some.
fn expect_to_outlive_no_room(mut server: Server, says: &str, take_room: impl Fn(&Server), make_room: impl Fn(&Server)) {
    let admin = server.admin();
    admin.make_person("ada@example.org");
    let (id, secret) = admin.make_key("ada@example.org", "phone");
    let (_, remembered) = admin.make_key("ada@example.org", "laptop");
    assert_eq!(admin.verdict("ada@example.org", &remembered), "accepted");
    take_room(&server);
    let (made, why) = fill_the_store(&admin);
    assert!(why.contains(says), "{why}");

    // A change of any kind, by the command that people use: refused for now.
    let revoke = ["app-password", "revoke", "ada@example.org", &id];
    expect_temporary(&server.run(&revoke, ""), says);
    expect_temporary(&server.run(&["account", "create", "bob@example.org", "--device"], ""), says);
    expect_temporary(&server.run(&["app-password", "create", "ada@example.org", "--label", "more"], ""), says);
    // Sign-ins go on: from memory, and of what was never used before.
    for (login, secret) in made.iter().take(50).chain([("ada@example.org".into(), remembered.clone())].iter()) {
        assert_eq!(admin.verdict(login, secret), "accepted", "{login}");
    }
    assert_eq!(server.forward_auth("ada@example.org", &remembered).status, 200);
    assert_eq!(server.forward_auth("ada@example.org", "abcd-efgh-ijkl-mnop").status, 401);
    assert_eq!(admin.verdict("ada@example.org", &secret), "accepted", "nobody said that it was revoked");

    make_room(&server);
    let ran = server.run(&revoke, "");
    assert_eq!(ran.code, 0, "there is room again: {ran:?}");
    assert_eq!(admin.verdict("ada@example.org", &secret), "revoked");
    let (_, later) = admin.make_key("ada@example.org", "later");
    server.kill();
    halves::expect_none_in_file(&server.copy_of_store().path().join("valetkey.db"));
    server.start_again();
    assert_eq!(admin.verdict("ada@example.org", &secret), "revoked");
    for (login, secret) in made.iter().chain([("ada@example.org".into(), later)].iter()) {
        assert_eq!(admin.verdict(login, secret), "accepted", "{login} after a kill");
    }
}

#[test]
fn a_full_disk_refuses_changes_for_now_and_loses_nothing() {
    let disk = |data: &std::path::Path| match SmallDisk::over(data, 3 * 1024) {
        Ok(disk) => Place::Disk(disk),
        Err(why) => {
            eprintln!("no file system of one's own is allowed here ({why}): a limit of the size of files must do");
            Place::Limited
        }
    };
    let mut server = Server::prepare(Setup::on(Store::Sqlite), disk);
    server.start_again();
    let take = |server: &Server| match server.place() {
        Place::Disk(disk) => disk.fill(),
        _ => limit_to_what_is_there(server),
    };
    let make = |server: &Server| match server.place() {
        Place::Disk(disk) => disk.make_room(),
        _ => limit_files(server.process(), None),
    };
    let says = if matches!(server.place(), Place::Disk(_)) { "full" } else { "disk I/O error" };
    expect_to_outlive_no_room(server, says, take, make);
}

#[test]
fn a_disk_that_refuses_to_write_refuses_changes_for_now_and_loses_nothing() {
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Limited);
    server.start_again();
    expect_to_outlive_no_room(server, "disk I/O error", limit_to_what_is_there, |server| {
        limit_files(server.process(), None);
    });
}

/// Lets no file of the server grow beyond the largest that it has.
fn limit_to_what_is_there(server: &Server) {
    let files = std::fs::read_dir(server.data()).expect("a directory to read").flatten();
    let largest = files.filter_map(|file| Some(file.metadata().ok()?.len())).max();
    limit_files(server.process(), largest);
}
