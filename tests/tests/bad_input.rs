//! Bad input over real sockets: refused with the protocol's own error, logged once, bounded in memory, and everyone else
//! is still served.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_domain::Clock as _;
use valetkey_tests::client::Door;
use valetkey_tests::client::imap::{Imap, client_hello, plain, socket};
use valetkey_tests::client::mail_app::{MailApp, Outcome, Way};
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::tryout::{Second, Tryout};

/// What an app sends before it has signed in, each with the beginning of the answer's last line before the next command
/// is answered, or before the end.
struct Case {
    what: &'static str,
    sent: Vec<u8>,
    answer: &'static str,
    closes: bool,
}

fn case(what: &'static str, sent: impl Into<Vec<u8>>, answer: &'static str) -> Case {
    Case { what, sent: sent.into(), answer, closes: false }
}

fn closing(what: &'static str, sent: impl Into<Vec<u8>>, answer: &'static str) -> Case {
    Case { closes: true, ..case(what, sent, answer) }
}

fn sasl(message: &[u8]) -> Vec<u8> {
    format!("a AUTHENTICATE PLAIN {}\r\n", STANDARD.encode(message)).into_bytes()
}

/// What is sent before the sign-in and is none.
fn cases() -> Vec<Case> {
    let long = |n: usize| "x".repeat(n);
    let name = "a BAD The user name or password is too long or has characters that none can have.";
    let message = "a BAD Invalid authentication message.";
    vec![
        case("a NUL in a command", "a LO\0GIN ada x\r\n", "* BAD Invalid tag or command."),
        case("a NUL in a quoted name", "a LOGIN \"a\0da\" x\r\n", "* BAD Invalid tag or command."),
        case("a NUL in a literal name", "a LOGIN {4+}\r\na\0da x\r\n", "* BAD Invalid tag or command."),
        case("a NUL in a literal password", "a LOGIN ada {3+}\r\np\0w\r\n", "* BAD Invalid tag or command."),
        case("a CR in a quoted name", "a LOGIN \"a\rda\" x\r\n", "a BAD"),
        case("a CR in a literal name", "a LOGIN {4+}\r\na\rda x\r\n", name),
        case("a line end in a literal name", "a LOGIN {5+}\r\na\r\nda x\r\n", name),
        case("an escape in a name", "a LOGIN \"a\x1bda\" x\r\n", name),
        case("invalid UTF-8 in a literal name", b"a LOGIN {4+}\r\na\xffda x\r\n".as_slice(), name),
        case("half a character in a name", b"a LOGIN {1+}\r\n\xc3 x\r\n".as_slice(), name),
        case("a name without end", format!("a LOGIN {} x\r\n", long(600)), name),
        case("a password without end", format!("a LOGIN ada {}\r\n", long(1100)), name),
        case("no base64", "a AUTHENTICATE PLAIN !!!!\r\n", "a BAD Invalid base64."),
        case("half of base64", "a AUTHENTICATE PLAIN AGFkYQB\r\n", "a BAD Invalid base64."),
        case("base64 with something behind", "a AUTHENTICATE PLAIN AGFkYQB4 x\r\n", "a BAD"),
        case("base64 of nothing", "a AUTHENTICATE PLAIN =\r\n", message),
        case("one NUL too few", sasl(b"ada\0x"), message),
        case("one NUL too many", sasl(b"\0ada\0x\0y"), message),
        case("invalid UTF-8 in a message", sasl(b"\0a\xffda\0x"), message),
        case("a CR in a message", sasl(b"\0a\rda\0x"), message),
        case(
            "a message without end",
            sasl(&[b"\0ada\0", long(2000).as_bytes()].concat()),
            "a BAD Authentication message too long.",
        ),
        case("a gesture of giving up", "a AUTHENTICATE PLAIN\r\n*\r\n", "a BAD Authentication cancelled."),
        case("a tag that is none", "+ LOGIN ada x\r\n", "* BAD Invalid tag or command."),
        case("an empty line", "\r\n", "* BAD Invalid tag or command."),
        case("no password", "a LOGIN ada\r\n", "a BAD LOGIN takes a user name and a password."),
        case("three words", "a LOGIN ada x y\r\n", "a BAD LOGIN takes a user name and a password."),
        case("a quote without end", "a LOGIN \"ada x\r\n", "a BAD LOGIN takes a user name and a password."),
        closing("a line without end", long(9000), "* BYE Command too long."),
        closing("a literal without end", "a LOGIN {9000}\r\n", "* BYE Command too long."),
        closing("a literal beyond any number", "a LOGIN {99999999999999999999+}\r\n", "* BYE Command too long."),
        closing(
            "literals without number",
            "a LOGIN {2000+}\r\n".to_owned() + &format!("{} {{2000+}}\r\n", long(2000)).repeat(5),
            "* BYE Command too long.",
        ),
        closing(
            "an answer without end",
            "a AUTHENTICATE PLAIN\r\n".to_owned() + &long(9000),
            "* BYE Command too long.",
        ),
        closing("another protocol", "GET / HTTP/1.1\r\n".repeat(30), "* BYE Too many invalid commands."),
    ]
}

/// Says what is bad, and gives the last line that came of it.
fn last_line(door: &Door, case: &Case) -> String {
    let mut imap = Imap::connect(door);
    imap.send(&case.sent);
    if case.closes {
        return imap.until_closed().pop().expect("an answer");
    }
    let mut next = imap.ask("NOOP");
    assert!(next.is_ok(), "{}: the next command is not answered: {next:?}", case.what);
    next.before.pop().expect("an answer")
}

/// The lines of a log that are no sign-ins.
fn remarks(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains(" network=") && !line.contains(" event=sign-in")).collect()
}

#[test]
fn what_is_no_command_gets_the_protocols_own_error_and_is_logged_once() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[("log =", "log = \"info\"")]);
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    let mut good = Imap::connect(&second.door);
    assert!(good.sign_in(&ada.login, &ada.key.secret).is_ok());
    for (number, case) in cases().iter().enumerate() {
        let last = last_line(&second.door, case);
        assert!(last.starts_with(case.answer), "{}: {last}", case.what);
        wait_for("its line in the log", || (remarks(&second.log()).len() > number).then_some(()));
        assert!(good.ask("NOOP").is_ok(), "{}: somebody else is not served", case.what);
    }
    let log = second.stop();
    assert_eq!(remarks(&log).len(), cases().len(), "{log}");
    let attempts: Vec<&str> = log.lines().filter(|line| line.contains("outcome=refused")).collect();
    assert!(attempts.is_empty(), "none of it was an attempt: {attempts:?}");
}

#[test]
fn what_is_no_command_after_the_sign_in_ends_that_connection_and_no_other() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let mut good = Imap::waiting_for_mail(&tryout.door, &ada.login, &ada.key.secret);
    let long = "x".repeat(70_000);
    for (what, sent) in [
        ("a line without end", long.as_bytes()),
        ("a NUL in a command", b"a NO\0OP\r\n"),
        ("a CR in a command", b"a NOOP\rb UNAUTHENTICATE\r\n"),
        ("anything but DONE during IDLE", b"a IDLE\r\nb LOGIN bob x\r\n"),
    ] {
        let mut imap = Imap::connect(&tryout.door);
        assert!(imap.sign_in(&ada.login, &ada.key.secret).is_ok());
        imap.send(sent);
        let said = imap.until_closed();
        assert!(!said.iter().any(|line| line.contains(" OK ")), "{what}: {said:?}");
    }
    good.send(b"DONE\r\n");
    assert!(good.answer("idle").is_ok());
    wait_for("the others to be gone", || (tryout.commands.connections_of(&ada.login) == 1).then_some(()));
}

#[test]
fn what_was_said_before_tls_is_never_heard() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let message = plain("", &ada.login, &ada.key.secret);
    for injected in [
        format!("b LOGIN {} {}\r\nc SELECT INBOX\r\n", ada.login, ada.key.secret),
        format!("b AUTHENTICATE PLAIN {message}\r\n"),
        "b NOOP\r\nc CAPABILITY\r\n".to_owned(),
        "b LOGI".to_owned(),
        "b LOGIN {100+}\r\n".to_owned(),
    ] {
        let (mut imap, _) = Imap::connect_in_clear(&tryout.door);
        imap.send(format!("a STARTTLS\r\n{injected}").as_bytes());
        assert!(imap.answer("a").is_ok());
        let mut imap = imap.begin_tls();
        let answer = imap.ask("CAPABILITY");
        assert!(answer.is_ok() && answer.before.len() == 1, "{injected:?}: {answer:?}");
        let answer = imap.ask("SELECT INBOX");
        assert_eq!(answer.text(), "BAD Sign in first.", "{injected:?}");
        assert!(imap.sign_in(&ada.login, &ada.key.secret).is_ok(), "{injected:?}");
    }
    // What is told to the server in clear counts for nothing later.
    let (mut imap, _) = Imap::connect_in_clear(&tryout.door);
    for _ in 0..19 {
        imap.ask("LOGIN ada x");
    }
    assert!(imap.ask("STARTTLS").is_ok());
    assert!(imap.begin_tls().sign_in(&ada.login, &ada.key.secret).is_ok());
}

/// Connections that do not go on, each stuck somewhere else.
struct Stuck {
    door: Door,
    sockets: Vec<TcpStream>,
    apps: Vec<Imap>,
}

impl Stuck {
    fn begin(door: &Door, number: usize) -> Self {
        let mut stuck = Self { door: door.clone(), sockets: Vec::new(), apps: Vec::new() };
        (0..number).for_each(|n| stuck.add(n));
        stuck
    }

    fn add(&mut self, n: usize) {
        let hello = client_hello(&self.door);
        let in_clear = |said: &[u8]| {
            let mut socket = socket(self.door.imap);
            socket.write_all(said).expect("a connection that takes it");
            socket
        };
        let encrypted = |said: &[u8]| {
            let mut socket = socket(self.door.imaps);
            socket.write_all(said).expect("a connection that takes it");
            socket
        };
        match n % 8 {
            0 => self.sockets.push(encrypted(b"")),
            1 => self.sockets.push(encrypted(&hello[..hello.len() / 2])),
            2 => self.sockets.push(encrypted(&hello)),
            3 => self.sockets.push(in_clear(b"a STARTTLS\r\n")),
            4 => self.sockets.push(in_clear(&[b"a STARTTLS\r\n", &hello[..20]].concat())),
            5 => self.sockets.push(in_clear(&b"x".repeat(8000))),
            n => {
                let mut app = Imap::connect(&self.door);
                app.send(if n == 6 { b"a LOGIN {8000}\r\nada" } else { b"a AUTHENTICATE PLAIN\r\nAGFk" });
                self.apps.push(app);
            }
        }
    }

    /// Waits until the server has closed each of them.
    fn until_closed(mut self) {
        for socket in &mut self.sockets {
            // With or without a reset: both are an end.
            match socket.read_to_end(&mut Vec::new()) {
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => panic!("it is still open"),
                _ => {}
            }
        }
        for app in &mut self.apps {
            app.until_closed();
        }
    }
}

#[test]
fn while_200_connections_are_stuck_everyone_else_is_served_and_memory_is_bounded() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &ada.key.secret).is_ok());
    let before = tryout.memory_kib();
    let stuck = Stuck::begin(&tryout.door, 200);
    for app in [MailApp::Curl(Way::Imaps), MailApp::Curl(Way::StartTls), MailApp::Mbsync(Way::Imaps)] {
        assert_eq!(app.read(&tryout.door, &ada.login, &ada.key.secret), Outcome::HasRead, "{app}");
    }
    let grown = tryout.memory_kib().saturating_sub(before);
    println!("200 stuck connections: {grown} KiB");
    assert!(grown < 32 * 1024, "{grown} KiB for 200 connections");
    drop(stuck);
    // Whoever has left takes no place: as many again.
    drop(Stuck::begin(&tryout.door, 200));
    assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &ada.key.secret).is_ok());
}

/// A server that waits for two seconds only, with an account.
fn impatient(tryout: &Tryout) -> (Second, valetkey_tests::tryout::Person) {
    let second =
        tryout.serve_beside(&[("[imap]", "[imap]\nsign_in_s = 2"), ("lobby_per_network", "lobby_per_network = 60")]);
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    (second, ada)
}

#[test]
fn who_does_not_sign_in_in_time_is_sent_away_and_logged_once() {
    let tryout = Tryout::start();
    let (second, ada) = impatient(&tryout);
    let mut good = Imap::connect(&second.door);
    assert!(good.sign_in(&ada.login, &ada.key.secret).is_ok());
    let start = RealClock.boot_time();
    let mut silent = socket(second.door.imap);
    Stuck::begin(&second.door, 24).until_closed();
    let took = RealClock.boot_time().since(start);
    assert!(took >= Duration::from_secs(2), "they were closed early, after {took:?}");
    assert!(good.ask("NOOP").is_ok(), "who has signed in has time");
    let mut told = String::new();
    drop(silent.read_to_string(&mut told));
    assert!(told.ends_with("* BYE Signing in took too long.\r\n"), "{told}");
    wait_for("the last one's line in the log", || (remarks(&second.log()).len() >= 25).then_some(()));
    let log = second.stop();
    let late = remarks(&log).iter().filter(|line| line.contains("took too long to sign in")).count();
    assert_eq!((late, remarks(&log).len()), (25, 25), "{log}");
}

#[test]
fn a_network_with_too_many_connections_in_the_lobby_gets_no_more_until_one_leaves() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[("lobby_per_network", "lobby_per_network = 4")]);
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    let mut inside: Vec<Imap> = (0..4).map(|_| Imap::connect(&second.door)).collect();
    let mut refused = socket(second.door.imap);
    let mut said = Vec::new();
    drop(refused.read_to_end(&mut said));
    assert_eq!(String::from_utf8_lossy(&said), "* BYE Too many connections. Please try again later.\r\n");
    // Who has signed in is no longer in the lobby.
    assert!(inside[0].sign_in(&ada.login, &ada.key.secret).is_ok());
    let enter = || {
        let mut socket = socket(second.door.imap);
        let mut first = [0; 4];
        (socket.read_exact(&mut first).is_ok() && &first == b"* OK").then_some(socket)
    };
    let _fifth = wait_for("a place", enter);
    second.stop();
}

#[test]
fn who_types_slowly_or_says_no_more_is_served_as_far_as_can_be() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    // Each byte in a record of its own.
    let mut slow = Imap::connect(&tryout.door);
    for byte in format!("a LOGIN {} {}\r\nb SELECT INBOX\r\n", ada.login, ada.key.secret).bytes() {
        slow.send(&[byte]);
    }
    assert!(slow.answer("a").is_ok() && slow.answer("b").is_ok());
    // Half a command, and then no more.
    let mut half = Imap::connect(&tryout.door);
    half.send(b"a LOGIN ada");
    half.end();
    assert_eq!(half.until_closed(), [""; 0]);
    let mut half = socket(tryout.door.imaps);
    half.write_all(&client_hello(&tryout.door)[..30]).expect("a connection that takes it");
    half.shutdown(std::net::Shutdown::Write).expect("an open connection");
    assert_eq!(half.read_to_end(&mut Vec::new()).expect("an end"), 0);
    // A whole one, and then no more: it is still answered.
    let mut whole = Imap::connect(&tryout.door);
    whole.send(format!("a LOGIN {} {}\r\nb SELECT INBOX\r\nc LOGOUT\r\n", ada.login, ada.key.secret).as_bytes());
    whole.end();
    for tag in ["a", "b", "c"] {
        let answer = whole.answer(tag);
        assert!(answer.is_ok(), "{tag}: {answer:?}");
    }
    // What is no TLS gets TLS's own alert.
    let mut clear = socket(tryout.door.imaps);
    clear.write_all(b"a LOGIN ada x\r\n").expect("a connection that takes it");
    let mut said = Vec::new();
    drop(clear.read_to_end(&mut said));
    assert_eq!(said.first(), Some(&21), "an alert: {said:?}");
}
