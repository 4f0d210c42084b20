//! Servers that ask and misbehave: too many of them, some that never read, some that send nonsense, some that nobody vouches
//! for.

use std::io::{ErrorKind, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::Socket;
use valetkey_tests::asking::free_port;
use valetkey_tests::clock::{PATIENCE, wait_for};
use valetkey_tests::server::admin::key;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::{Person, Tryout};

/// How many come and say nothing.
const IDLERS: u64 = 10_000;

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

/// Lets ten thousand connect and say nothing: that costs little, and keeps out nobody who asks unless fewer are kept.
fn idlers_cost_little<Idle>(
    kept: u64,
    kib_each: u64,
    connect: impl Fn(&Tryout) -> Idle,
    is_served: impl Fn(&Tryout, &Person),
) {
    // Here and in the server, which is handed the same limits.
    let files = getrlimit(Resource::Nofile).maximum.map(|most| most.max(IDLERS + 500));
    setrlimit(Resource::Nofile, Rlimit { current: files, maximum: files })
        .expect("root, or as many open files as that");
    let tryout = Tryout::start();
    let ada = tryout.ada();
    is_served(&tryout, &ada);
    let before = tryout.memory_kib();
    let idle: Vec<Idle> = (0..IDLERS).map(|_| connect(&tryout)).collect();
    let all = tryout.memory_kib() - before;
    assert!(all < kib_each * kept, "{all} KiB for {IDLERS}, of which {kept} are kept");
    if kept == IDLERS {
        is_served(&tryout, &ada);
    }
    drop(idle);
    is_served(&tryout, &ada);
}

#[test]
fn ten_thousand_idle_connections_to_dovecots_socket_cost_little() {
    idlers_cost_little(IDLERS, 8, connect, is_served);
}

#[test]
fn ten_thousand_idle_connections_to_saslauthds_socket_cost_little() {
    let connect = |tryout: &Tryout| UnixStream::connect(tryout.url("saslauthd")).expect("it listens");
    idlers_cost_little(IDLERS, 8, connect, |tryout, person| {
        let mut stream = connect(tryout);
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        for part in [&*person.login, &person.key.secret, "imap", ""] {
            let length = u16::try_from(part.len()).expect("it is short").to_be_bytes();
            stream.write_all(&[&length, part.as_bytes()].concat()).expect("it reads");
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        assert_eq!(answer.get(2..4), Some(&b"OK"[..]), "{answer:?}");
    });
}

#[test]
fn ten_thousand_idle_connections_by_ldap_cost_little() {
    let connect = |tryout: &Tryout| TcpStream::connect(tryout.url("ldap")).expect("it listens");
    idlers_cost_little(IDLERS, 8, connect, |tryout, person| {
        let mut stream = connect(tryout);
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream.write_all(&bind_as(person)).expect("it reads");
        let mut answer = [0; 14];
        stream.read_exact(&mut answer).expect("an answer");
        // The result's code, behind the message's number and the operation.
        assert!(answer.ends_with(b"\x0a\x01\x00\x04\x00\x04\x00"), "{answer:02x?}");
    });
}

#[test]
fn ten_thousand_idle_connections_by_http_cost_little() {
    let connect = |tryout: &Tryout| {
        let address = tryout.url("forward_auth").replace("http://", "").replace("/forward-auth", "");
        TcpStream::connect(address).expect("it listens")
    };
    let ask = |tryout: &Tryout, person: &Person| -> std::io::Result<[u8; 12]> {
        let mut stream = connect(tryout);
        stream.set_read_timeout(Some(PATIENCE))?;
        let basic = STANDARD.encode(format!("{}:{}", person.login, person.key.secret));
        let request = format!("GET /forward-auth HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    };
    // Sixteen KiB are what hyper reads into and writes from: so no more are kept, and who comes then is closed at once.
    idlers_cost_little(4096, 24, connect, |tryout, person| {
        let answer = wait_for("an answer, once there is room", || ask(tryout, person).ok());
        assert_eq!(&answer, b"HTTP/1.1 200");
    });
}

/// Sends until nothing more is taken, since nothing of what is answered is read; and then sees that it is closed.
fn never_read(deaf: impl Into<Socket>, question: &[u8], meanwhile: impl Fn()) {
    let (mut deaf, many) = (deaf.into(), question.repeat(1000));
    deaf.set_write_timeout(Some(Duration::from_millis(200))).expect("a socket");
    while deaf.write_all(&many).is_ok() {}
    meanwhile();
    deaf.set_write_timeout(Some(PATIENCE)).expect("a socket");
    let ended = wait_for("the end of the connection", || deaf.write_all(&many).err());
    assert_ne!(ended.kind(), ErrorKind::WouldBlock, "it is kept");
}

#[test]
fn whoever_never_reads_is_closed_and_keeps_nobody_waiting() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    never_read(connect(&tryout), question(1, &ada.login, &ada.key.secret).as_bytes(), || is_served(&tryout, &ada));
    let http = tryout.url("forward_auth").replace("http://", "").replace("/forward-auth", "");
    let deaf = TcpStream::connect(http).expect("it listens");
    never_read(deaf, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", || is_served(&tryout, &ada));
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

/// An element of BER, with its length in four bytes.
fn ber(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).expect("it is short").to_be_bytes();
    [&[tag, 0x84], &length[..], value].concat()
}

/// A message of LDAP.
fn message(id: u8, operation: u8, fields: &[&[u8]]) -> Vec<u8> {
    ber(0x30, &[&[0x02, 1, id], &ber(operation, &fields.concat())[..]].concat())
}

fn bind_as_reader(tryout: &Tryout) -> Vec<u8> {
    let secret = std::fs::read(tryout.dir().join("ldap-reader")).expect("a file of try");
    message(1, 0x60, &[&[0x02, 1, 3], &ber(0x04, b"cn=reader,dc=example,dc=org"), &ber(0x80, secret.trim_ascii_end())])
}

fn bind_as(person: &Person) -> Vec<u8> {
    let name = person_dn(&person.login);
    message(1, 0x60, &[&[0x02, 1, 3], &ber(0x04, name.as_bytes()), &ber(0x80, person.key.secret.as_bytes())])
}

fn person_dn(login: &str) -> String {
    format!("uid={login},ou=people,dc=example,dc=org")
}

/// That an attribute has a value.
fn equal(attribute: &str, value: &str) -> Vec<u8> {
    ber(0xa3, &[ber(0x04, attribute.as_bytes()), ber(0x04, value.as_bytes())].concat())
}

/// A search of everything beneath a base, for all attributes that are not asked for by name.
fn search_in(id: u8, base: &str, filter: &[u8]) -> Vec<u8> {
    let limits = [0x0a, 1, 2, 0x0a, 1, 0, 0x02, 1, 0, 0x02, 1, 0, 0x01, 1, 0];
    message(id, 0x63, &[&ber(0x04, base.as_bytes()), &limits, filter, &ber(0x30, &[])])
}

/// A search of the whole directory for whoever has a login name, asked in a filter of such a depth.
fn search(id: u8, login: &str, connective: u8, depth: usize) -> Vec<u8> {
    let filter = (1..depth).fold(equal("uid", login), |inner, _| ber(connective, &inner));
    search_in(id, "dc=example,dc=org", &filter)
}

/// The first element of some bytes: its tag, its value, and what stands behind it.
fn element(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let first = usize::from(bytes[1]);
    let count = first.saturating_sub(0x80);
    let number = bytes[2..2 + count].iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let length = if first < 0x80 { first } else { number };
    let (value, rest) = bytes[2 + count..].split_at(length);
    (bytes[0], value, rest)
}

/// Says something to the LDAP listener, and gives all that it answers until it closes: to which message, with which operation
/// and which code.
fn say_in_ldap(tryout: &Tryout, sent: &[u8]) -> Vec<(u8, u8, Option<u8>)> {
    let mut stream = TcpStream::connect(tryout.url("ldap")).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.write_all(sent).expect("it reads");
    let mut heard = Vec::new();
    expect_closed(stream.read_to_end(&mut heard), "what was said to the LDAP listener");
    let (mut rest, mut said) = (&heard[..], Vec::new());
    while !rest.is_empty() {
        let (_, answer, behind) = element(rest);
        let (_, id, operation) = element(answer);
        let (tag, fields, _) = element(operation);
        let code = (tag != 0x64).then(|| element(fields).1[0]); // what is no entry has one
        said.push((id[0], tag, code));
        rest = behind;
    }
    said
}

#[test]
fn a_filter_within_limits_is_answered_and_a_deeper_one_is_refused_on_a_connection_that_goes_on() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let (and, not) = (0xa0, 0xa2);
    let before = tryout.memory_kib();
    let sent = [
        bind_as_reader(&tryout),
        search(2, &ada.login, and, 32),
        search(3, &ada.login, not, 31), // thirty times not is yes
        search(4, &ada.login, and, 33),
        search(5, &ada.login, not, 10_000),
        search(6, &ada.login, and, 2),
        message(7, 0x42, &[]),
    ];
    let (entry, done) = (0x64, 0x65);
    let expected = [
        (1, 0x61, Some(0)),
        (2, entry, None),
        (2, done, Some(0)),
        (3, entry, None),
        (3, done, Some(0)),
        (4, done, Some(11)),
        (5, done, Some(11)),
        (6, entry, None),
        (6, done, Some(0)),
    ];
    assert_eq!(say_in_ldap(&tryout, &sent.concat()), expected);
    // Also of a reader, who may send longer messages: a notice of disconnection, and that there is an error of the protocol.
    let four_gigabytes = [bind_as_reader(&tryout), b"\x30\x84\xff\xff\xff\xff\x02\x01\x02".to_vec()];
    assert_eq!(say_in_ldap(&tryout, &four_gigabytes.concat()), [(1, 0x61, Some(0)), (0, 0x78, Some(2))]);
    let more = tryout.memory_kib().saturating_sub(before);
    assert!(more < 16 * 1024, "{more} KiB");
}

#[test]
fn for_whoever_is_bound_nobody_else_is_looked_up() {
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    tryout.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    // From now on whatever so much as looks at Bob fails.
    let store = rusqlite::Connection::open(tryout.dir().join("data/valetkey.db")).expect("the store opens");
    let sql = "UPDATE account SET kind = 'none that is known' WHERE login = ?1";
    assert_eq!(store.execute(sql, [&bob.login]).expect("it is written"), 1);
    let many = equal("cn", "example.org").repeat(1000);
    let whole = "dc=example,dc=org";
    let is_person = equal("objectClass", "inetOrgPerson");
    let everybody = search_in(2, "ou=people,dc=example,dc=org", &is_person);
    let looked = say_in_ldap(&tryout, &[bind_as_reader(&tryout), everybody, message(3, 0x42, &[])].concat());
    assert_eq!(looked, [(1, 0x61, Some(0)), (2, 0x65, Some(52))], "a reader sees Bob, or would");
    let sent = [
        bind_as(&ada),
        search_in(2, whole, &ber(0xa1, &many)),
        search_in(3, whole, &ber(0xa1, &[&many[..], &equal("uid", &ada.login)].concat())),
        search(4, &bob.login, 0xa0, 1),
        search_in(5, &person_dn(&bob.login), &is_person),
        search_in(6, &person_dn("nobody@example.org"), &is_person),
        search_in(7, &person_dn("Countess@example.org"), &is_person),
        message(8, 0x42, &[]),
    ];
    let (entry, done) = (0x64, 0x65);
    let expected = [
        (1, 0x61, Some(0)),
        (2, done, Some(0)),
        (3, entry, None),
        (3, done, Some(0)),
        (4, done, Some(0)),
        (5, done, Some(32)),
        (6, done, Some(32)),
        (7, entry, None),
        (7, done, Some(0)),
    ];
    assert_eq!(say_in_ldap(&tryout, &sent.concat()), expected);
}

#[test]
fn whoever_never_reads_what_ldap_answers_costs_little_and_is_closed() {
    let tryout = Tryout::start();
    let before = tryout.memory_kib();
    // Base, the whole subschema: the answer is many times as long. What comes first has the server make room for long messages.
    let base = [0x0a, 1, 0, 0x0a, 1, 0, 0x02, 1, 0, 0x02, 1, 0, 0x01, 1, 0];
    let any = ber(0x87, b"objectClass");
    let question = message(2, 0x63, &[&ber(0x04, b"cn=subschema"), &base, &any, &ber(0x30, &ber(0x04, b"+"))]);
    let long = search_in(1, "cn=subschema", &equal("uid", &"x".repeat(16_000)));
    let many = question.repeat(1000);
    let deaf = |_| {
        let mut stream = TcpStream::connect(tryout.url("ldap")).expect("it listens");
        stream.set_write_timeout(Some(Duration::from_millis(200))).expect("a socket");
        stream.write_all(&long).expect("it reads");
        while stream.write_all(&many).is_ok() {}
        stream.set_write_timeout(None).expect("a socket");
        stream
    };
    let mut all: Vec<TcpStream> = (0..32).map(deaf).collect();
    let more = tryout.memory_kib().saturating_sub(before);
    println!("{} connections: {more} KiB", all.len());
    assert!(more < 8 * 1024, "{more} KiB");
    let ada = tryout.ada();
    assert_eq!(say_in_ldap(&tryout, &[bind_as(&ada), message(2, 0x42, &[])].concat()), [(1, 0x61, Some(0))]);
    for deaf in &mut all {
        wait_for("the end of the connection", || deaf.write_all(b"\n").is_err().then_some(()));
    }
}
