//! Servers that ask and misbehave: too many of them, some that never read, some that send nonsense, some that nobody vouches
//! for.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use valetkey_tests::asking::free_port;
use valetkey_tests::clock::{PATIENCE, wait_for};
use valetkey_tests::server::admin::key;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::{Person, Tryout};

/// A question on Dovecot's socket.
fn question(number: usize, login: &str, secret: &str) -> String {
    let response = STANDARD.encode(format!("\0{login}\0{secret}"));
    format!("AUTH\t{number}\tPLAIN\tservice=smtp\trip=192.0.2.7\tresp={response}\n")
}

fn connect(tryout: &Tryout) -> UnixStream {
    connect_to(tryout, "dovecot_auth")
}

fn connect_to(tryout: &Tryout, endpoint: &str) -> UnixStream {
    let mut stream = UnixStream::connect(tryout.url(endpoint)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    hear_greeting(&mut stream);
    stream
}

fn hear_greeting(stream: &mut impl Read) {
    let mut greeting = Vec::new();
    while !greeting.ends_with(b"DONE\n") {
        let mut some = [0; 1024];
        let read = stream.read(&mut some).expect("a greeting");
        assert!(read > 0, "it ended in its greeting");
        greeting.extend_from_slice(&some[..read]);
    }
}

/// Answers that are there for so many questions, in the order in which they came.
fn answers(stream: &mut impl Read, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.split(|byte| *byte == b'\n').count() <= count {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).expect("an answer");
        assert!(read > 0, "it ended before all was answered");
        heard.extend_from_slice(&some[..read]);
    }
    String::from_utf8(heard).expect("text").lines().map(str::to_owned).collect()
}

/// That it was closed, whatever of what was sent was still on its way.
fn expect_closed(read: std::io::Result<usize>, what: &str) {
    if let Err(error) = read {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{what}: {error}");
    }
}

fn is_served(tryout: &Tryout, person: &Person) {
    let mut stream = connect(tryout);
    stream.write_all(question(1, &person.login, &person.key.secret).as_bytes()).expect("it reads");
    assert_eq!(answers(&mut stream, 1), [format!("OK\t1\tuser={}", person.login)]);
}

#[test]
fn two_hundred_questions_at_once_are_all_answered_under_their_numbers() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let mut stream = connect(&tryout);
    let secrets = [&*ada.key.secret, "abcd-efgh-ijkl-mnop"];
    let sent: String = (0..200).map(|n| question(n, &ada.login, secrets[n % 2])).collect::<Vec<_>>().concat();
    stream.write_all(sent.as_bytes()).expect("it reads");
    let mut said = answers(&mut stream, 200);
    assert!(said[..100].iter().all(|line| line.starts_with("OK\t")), "nobody waits for somebody else's refusal");
    said.sort_by_key(|line| line.split('\t').nth(1).and_then(|n| n.parse::<usize>().ok()));
    let expected =
        |n: usize| if n.is_multiple_of(2) { format!("OK\t{n}\tuser={}", ada.login) } else { format!("FAIL\t{n}") };
    assert_eq!(said, (0..200).map(expected).collect::<Vec<_>>());
}

#[test]
fn where_the_canonical_name_alone_is_taken_another_is_refused_like_a_wrong_password() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    tryout.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    let key = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let mut stream = connect_to(&tryout, "dovecot_auth_dav");
    let mut ask = |login: &str, secret: &str| {
        stream.write_all(question(7, login, secret).as_bytes()).expect("it reads");
        answers(&mut stream, 1)
    };
    for login in ["countess@example.org", "ada", "Ada@example.org"] {
        assert_eq!(ask(login, &key.secret), ["FAIL\t7"], "{login}");
        assert_eq!(ask(login, "abcd-efgh-ijkl-mnop"), ["FAIL\t7"], "{login}");
    }
    assert_eq!(ask(&ada.login, &key.secret), [format!("OK\t7\tuser={}", ada.login)]);
    let by_it = || tryout.log().lines().filter(|line| line.contains(&key.id)).map(str::to_owned).collect::<Vec<_>>();
    let logged = wait_for("all four in the log", || Some(by_it()).filter(|lines| lines.len() >= 4));
    let refused = |line: &&String| line.contains("outcome=refused why=not-canonical service=dav");
    assert_eq!((logged.len(), logged.iter().filter(refused).count()), (4, 3), "{logged:?}");
    assert!(logged[3].contains("outcome=accepted"), "{logged:?}");
}

#[test]
fn over_tcp_a_clients_address_is_believed_of_trusted_peers_alone() {
    let doors = [("", true), ("trusted_peers = [\"127.0.0.1\"]\n", true), ("trusted_peers = []\n", false)];
    let doors = doors.map(|(peers, is_believed)| (free_port(), peers, is_believed));
    let section =
        |(at, peers, _): &(SocketAddr, &str, bool)| format!("\n[[dovecot_auth]]\nlisten = [\"{at}\"]\n{peers}");
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    server.configure(&doors.iter().map(section).collect::<Vec<String>>().concat());
    server.start_again();
    server.admin().make_person("ada@example.org");
    let anywhere = server.admin().make_key("ada@example.org", "Anywhere").1;
    let mut at_home = key("ada@example.org", "At home");
    at_home["networks"] = ["192.0.2.0/24"].into();
    let made = server.admin().done(&at_home);
    let at_home = made["app_password"].as_str().expect("a text");
    for (at, peers, is_believed) in doors {
        let mut stream = TcpStream::connect(at).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        hear_greeting(&mut stream);
        let mut ask = |secret: &str| {
            stream.write_all(question(1, "ada@example.org", secret).as_bytes()).expect("it reads");
            answers(&mut stream, 1)
        };
        assert_eq!(ask(&anywhere), ["OK\t1\tuser=ada@example.org"], "{peers}");
        let limited = if is_believed { "OK\t1\tuser=ada@example.org" } else { "FAIL\t1" };
        assert_eq!(ask(at_home), [limited], "{peers}");
    }
    let refused = wait_for("the refusal", || {
        server.log().lines().find(|line| line.contains("outcome=refused why=network ")).map(str::to_owned)
    });
    assert!(!refused.contains("192.0.2.7"), "what is not believed is not logged: {refused}");
}

#[test]
fn ten_thousand_idle_connections_cost_little_and_keep_nobody_out() {
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum }).expect("up to the maximum");
    // Where fewer files are allowed there are as many as may be, here and in the server.
    let count = files.maximum.map_or(10_000, |most| usize::try_from(most / 2).unwrap_or(usize::MAX).min(10_000));
    let tryout = Tryout::start();
    let ada = tryout.ada();
    is_served(&tryout, &ada);
    let before = tryout.memory_kib();
    let idle: Vec<UnixStream> = (0..count).map(|_| connect(&tryout)).collect();
    let all = tryout.memory_kib() - before;
    println!("{count} connections: {all} KiB");
    assert!(all < 8 * u64::try_from(count).expect("a number"), "{all} KiB for {count}");
    is_served(&tryout, &ada);
    drop(idle);
    is_served(&tryout, &ada);
}

#[test]
fn whoever_never_reads_is_closed_and_keeps_nobody_waiting() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let mut deaf = connect(&tryout);
    deaf.set_write_timeout(Some(Duration::from_millis(200))).expect("a socket");
    let many = question(1, &ada.login, &ada.key.secret).repeat(1000);
    // Until nothing more is taken, since nothing of what is answered is read.
    while deaf.write_all(many.as_bytes()).is_ok() {}
    is_served(&tryout, &ada);
    deaf.set_write_timeout(None).expect("a socket");
    wait_for("the end of the connection", || deaf.write_all(b"\n").is_err().then_some(()));
    is_served(&tryout, &ada);
}

#[test]
fn nonsense_ends_the_connection_and_nothing_else() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    for (what, nonsense) in [
        ("a line without end", vec![b'A'; 100_000]),
        ("another protocol", b"VERSION\t2\t0\nGET / HTTP/1.1\r\n\r\n".to_vec()),
        ("no number", b"AUTH\tx\tPLAIN\n".to_vec()),
    ] {
        let mut stream = connect(&tryout);
        // It may be closed before all is written.
        drop(stream.write_all(&nonsense));
        let mut rest = Vec::new();
        expect_closed(stream.read_to_end(&mut rest), what);
        assert!(rest.is_empty(), "{what}");
    }
    let deep = [&[0x30, 0x83, 0x01, 0x00, 0x00, 0x02, 0x01, 0x01, 0x63][..], &[0xa2, 0x7f].repeat(10_000)].concat();
    for (what, nonsense) in [
        ("a length of four gigabytes", b"\x30\x84\xff\xff\xff\xff\x02\x01\x01".to_vec()),
        ("a search longer than whoever is nobody may send", deep),
        ("no BER", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("an indefinite length", b"\x30\x80\x02\x01\x01\x42\x00\x00\x00".to_vec()),
    ] {
        let mut stream = TcpStream::connect(tryout.url("ldap")).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        drop(stream.write_all(&nonsense));
        let mut rest = Vec::new();
        expect_closed(stream.read_to_end(&mut rest), what);
        assert!(rest.len() < 200, "{what}: a notice at most, {rest:?}");
    }
    is_served(&tryout, &ada);
}
