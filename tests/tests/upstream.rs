//! The ways from an app through proxies in front, and to the server behind.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};

use valetkey_tests::behind::Meddler;
use valetkey_tests::client::imap::{Imap, socket};
use valetkey_tests::client::talk::{Talk, plain};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Behind, Server, Setup, Store};

const ADA: &str = "ada@example.org";

/// A server with somebody who has an app password: its id and its secret.
fn start(behind: Behind, more_keys: &'static str) -> (Server, String, String) {
    let server = Server::start(Setup { mailboxes: &[ADA], behind, more_keys, ..Setup::on(Store::Sqlite) });
    server.admin().make_person(ADA);
    let (id, secret) = server.admin().make_key(ADA, "phone");
    (server, id, secret)
}

/// The app reads, waits for mail, and is signed out by a revoke.
fn reads_and_is_signed_out(server: &Server, id: &str, secret: &str) {
    let mut reading = Imap::connect(server.door());
    assert!(reading.sign_in(ADA, secret).is_ok());
    assert!(reading.first_subject().contains("Subject: Still here"));
    drop(reading);
    let mut waiting = Imap::waiting_for_mail(server.door(), ADA, secret);
    let revoked = server.run(&["app-password", "revoke", ADA, id], "");
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let said = waiting.until_closed();
    assert!(said.iter().any(|line| line.starts_with("* BYE This app was signed out")), "{said:?}");
}

/// Waits for a line with all of these parts.
fn expect_line(what: &str, log: impl Fn() -> String, parts: &[&str]) {
    wait_for(what, || log().lines().any(|line| parts.iter().all(|part| line.contains(part))).then_some(()));
}

#[test]
fn the_server_behind_is_reached_by_tls_if_its_certificate_is_the_right_one() {
    let (server, id, secret) = start(Behind::Tls("localhost"), "");
    reads_and_is_signed_out(&server, &id, &secret);
}

#[test]
fn a_server_behind_with_another_name_in_its_certificate_gets_no_secret_and_the_app_is_told_to_try_later() {
    let (server, _, secret) = start(Behind::Tls("imap.example.org"), "");
    let answer = Imap::connect(server.door()).sign_in(ADA, &secret);
    assert!(answer.answer.starts_with("NO [UNAVAILABLE]"), "{answer:?}");
    let parts = ["an accepted app could not be taken upstream", "not valid for name"];
    expect_line("why it was not taken there", || server.log(), &parts);
}

/// Has ManageSieve go upstream by STARTTLS to whoever is at an address, whose certificate must have a name.
fn sieve_by_starttls(server: &mut Server, upstream: SocketAddr, name: &str) {
    server.configure(&format!(
        "[managesieve]\nlisten_tls = [\"127.0.0.1:0\"]\nupstream = \"{upstream}\"\nupstream_tls = \"{name}\"\n\
         upstream_authorities = \"ca.pem\"\nmaster_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\n"
    ));
    server.start_again();
}

/// What an app is greeted with, and what it is told when it signs in.
fn ask_sieve(server: &Server, secret: &str) -> (Vec<String>, String) {
    let mut talk = Talk::with_tls(&server.ca(), socket(server.listens_for("managesieve", "listen_tls")));
    let greeting = std::iter::from_fn(|| talk.line()).take_while(|line| !line.starts_with("OK")).collect();
    talk.send(format!("AUTHENTICATE \"PLAIN\" \"{}\"\r\n", plain("", ADA, secret)).as_bytes());
    (greeting, talk.line().expect("an answer"))
}

/// The same once it is known what Dovecot's Sieve is like.
fn ask_known_sieve(server: &Server, secret: &str) -> (Vec<String>, String) {
    wait_for("what Dovecot's Sieve is like", || {
        let asked = ask_sieve(server, secret);
        asked.0.iter().any(|line| line.starts_with("\"NOTIFY\"")).then_some(asked)
    })
}

#[test]
fn managesieve_goes_upstream_by_starttls_if_the_certificate_is_the_right_one() {
    let mut server = Server::prepare(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) }, |_| Place::Anywhere);
    let dovecot = server.dovecots_sieve();
    sieve_by_starttls(&mut server, dovecot, "localhost");
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "phone");
    let (greeting, answer) = ask_known_sieve(&server, &secret);
    assert!(answer.starts_with("OK"), "{greeting:?} {answer}");
    expect_line("the same at Dovecot", || server.log_of_dovecot(), &["managesieve-login: ", "Login: user=<ada", "TLS"]);
    server.kill();
    sieve_by_starttls(&mut server, dovecot, "sieve.example.org");
    let (_, answer) = ask_sieve(&server, &secret);
    assert!(answer.starts_with("NO (TRYLATER)"), "{answer}");
    expect_line("why", || server.log(), &["could not be taken upstream", "managesieve", "not valid for name"]);
}

/// CVE-2011-0411 the other way round: what somebody on the line says in clear would be heard as if the server had said it.
#[test]
fn what_comes_in_the_same_breath_as_the_servers_word_that_tls_begins_is_heard_by_nobody() {
    const INJECTED: &str = "\"SIEVE\" \"evil\"\r\n\"NOTIFY\" \"evil\"\r\n\"SASL\" \"PLAIN\"\r\n\"XCLIENT\"\r\nOK \"evil\"\r\n\
                            OK \"evil\"\r\nOK \"evil\"\r\n";
    let mut server = Server::prepare(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) }, |_| Place::Anywhere);
    let meddler = Meddler::before(server.dovecots_sieve(), "Begin TLS", INJECTED);
    sieve_by_starttls(&mut server, meddler.address(), "localhost");
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "phone");
    let (greeting, answer) = ask_known_sieve(&server, &secret);
    let told = format!("{greeting:?} {answer}");
    assert!(answer.starts_with("OK") && !told.contains("evil"), "{told}");
    expect_line("the same at Dovecot", || server.log_of_dovecot(), &["managesieve-login: ", "Login: user=<ada", "TLS"]);
    let heard = meddler.heard();
    assert!(heard.len() >= 2, "asked what it offers, and signed in to: {heard:?}");
    assert!(heard.iter().all(|said| said == "STARTTLS\r\n"), "something else was said in clear: {heard:?}");
}

#[test]
fn the_server_behind_is_told_by_the_proxy_protocol_where_the_client_is() {
    let (server, id, secret) = start(Behind::Proxied, "forward_client = false\n");
    reads_and_is_signed_out(&server, &id, &secret);
    expect_line("Dovecot's line of a sign-in", || server.log_of_dovecot(), &["Login: user=<ada", "rip=127.0.0.1"]);
}

#[test]
fn of_two_addresses_the_one_that_answers_is_taken() {
    let (server, id, secret) = start(Behind::SecondAddress, "");
    reads_and_is_signed_out(&server, &id, &secret);
    let complaint = "an upstream does not answer";
    expect_line("the complaint", || server.log(), &[complaint]);
    let complaints = server.log().matches(complaint).count();
    assert_eq!(complaints, 1, "it is said once, and the other is tried first from then on");
}

#[test]
fn a_server_that_dies_is_missed_by_nobody_and_one_that_comes_back_is_used_again() {
    let (mut server, _, secret) = start(Behind::TwoServers, "");
    let reads = |server: &Server| {
        let mut app = Imap::connect(server.door());
        let answer = app.sign_in(ADA, &secret).answer;
        assert!(!answer.starts_with("OK") || app.first_subject().contains("Subject: Still here"));
        answer
    };
    let signed_in =
        |server: &Server, number: usize| server.log_of_dovecot_number(number).matches("Login: user=<ada").count();
    for _ in 0..3 {
        assert!(reads(&server).starts_with("OK"));
    }
    expect_line("a sign-in", || server.log_of_dovecot_number(0), &["Login: user=<ada"]);
    assert_eq!(signed_in(&server, 1), 0, "all go to the first");
    let mut waiting = Imap::waiting_for_mail(server.door(), ADA, &secret);
    server.stop_dovecot(0);
    waiting.until_closed();
    for _ in 0..3 {
        assert!(reads(&server).starts_with("OK"), "the second takes them all");
    }
    wait_for("three sign-ins there", || (signed_in(&server, 1) == 3).then_some(()));
    server.stop_dovecot(1);
    assert!(reads(&server).starts_with("NO [UNAVAILABLE]"));
    let wrong = Imap::connect(server.door()).sign_in(ADA, "abcd-efgh-ijkl-mnop").answer;
    assert!(wrong.starts_with("NO [AUTHENTICATIONFAILED]"), "that it is wrong is known without them: {wrong}");
    server.start_dovecot(0);
    assert!(reads(&server).starts_with("OK"), "it is tried again, and at once");
    server.start_dovecot(1);
    server.stop_dovecot(0);
    assert!(reads(&server).starts_with("OK"));
    // Of each its first end and its return; and of the first, which went once more.
    let said =
        || ["an upstream does not answer", "an upstream answers again"].map(|what| server.log().matches(what).count());
    // The log is written by a thread of its own.
    wait_for("all of it", || (said() == [3, 2]).then_some(()));
}

#[test]
fn a_route_leads_those_of_its_domain_to_their_own_server_and_nobody_else() {
    let (server, id, secret) = start(Behind::Route("example.org"), "");
    reads_and_is_signed_out(&server, &id, &secret);
    let (server, _, secret) = start(Behind::Route("example.net"), "");
    let answer = Imap::connect(server.door()).sign_in(ADA, &secret);
    assert!(answer.answer.starts_with("NO [UNAVAILABLE]"), "{answer:?}");
}

#[test]
fn a_proxy_in_front_says_where_the_client_is_and_nobody_else_may() {
    let (server, _, secret) = start(Behind::InClear, "proxies = [\"127.0.0.2/32\"]\n");
    let login = format!("a LOGIN {ADA} {secret}\r\n");
    // From 127.0.0.1 a header is none: TLS is what is expected.
    let mut forged = socket(server.door().imaps);
    forged.write_all(b"PROXY TCP4 203.0.113.9 192.0.2.1 5555 993\r\n").expect("it takes bytes");
    drop(forged);
    expect_line("the refusal of what is no TLS", || server.log(), &["failed before it had signed in"]);
    let from_proxy = || {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        let local: std::net::SocketAddr = ([127, 0, 0, 2], 0).into();
        socket.bind(&local.into()).expect("all of 127.0.0.0/8 is ours");
        socket.connect(&server.door().imaps.into()).expect("it takes connections");
        TcpStream::from(socket)
    };
    let mut proxied = from_proxy();
    proxied.write_all(b"PROXY TCP4 203.0.113.9 192.0.2.1 5555 993\r\n").expect("it takes bytes");
    let mut imap = Imap::over(server.door(), proxied);
    imap.send(login.as_bytes());
    assert!(imap.answer("a").is_ok());
    expect_line("the sign-in, from there", || server.log(), &["outcome=accepted", "203.0.113.9"]);
    expect_line("the same at Dovecot", || server.log_of_dovecot(), &["Login: user=<ada", "rip=203.0.113.9"]);
    // A proxy that forgets the header is cut off.
    let mut bare = from_proxy();
    bare.write_all(&valetkey_tests::client::imap::client_hello(server.door())).expect("it takes bytes");
    expect_line("the end of it", || server.log(), &["does not speak the PROXY protocol"]);
}

#[test]
fn an_app_that_says_nothing_for_too_long_is_sent_away_and_one_that_goes_on_is_not() {
    let (server, _, secret) = start(Behind::InClear, "idle_s = 2\n");
    let mut silent = Imap::waiting_for_mail(server.door(), ADA, &secret);
    let mut busy = Imap::connect(server.door());
    assert!(busy.sign_in(ADA, &secret).is_ok());
    let watching = std::thread::spawn(move || silent.until_closed());
    while !watching.is_finished() {
        assert!(busy.ask("NOOP").is_ok());
    }
    let said = watching.join().expect("it does not panic");
    assert!(said.iter().any(|line| line.starts_with("* BYE Nothing was said for too long")), "{said:?}");
    assert!(busy.ask("NOOP").is_ok());
}

#[test]
fn an_app_gets_the_certificate_that_has_the_name_it_asks_for() {
    let mut server = Server::prepare(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) }, |_| Place::Anywhere);
    let other = rcgen::generate_simple_self_signed(vec!["other.example".into()]).expect("a certificate");
    server.write("other.pem", &other.cert.pem());
    server.write("other-key.pem", &other.signing_key.serialize_pem());
    server.configure("[[tls.also]]\ncertificate = \"other.pem\"\nkey = \"other-key.pem\"\n");
    server.start_again();
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "phone");
    let port = server.door().imaps.port();
    let curl = |host: &str, authority: &str| {
        let mut command = program::command("curl");
        command.args(["-sS", "--cacert", &server.file(authority), "-u", &format!("{ADA}:{secret}")]);
        command.args([
            "--resolve",
            &format!("{host}:{port}:127.0.0.1"),
            &format!("imaps://{host}:{port}/"),
            "-X",
            "NOOP",
        ]);
        program::run(&mut command, "")
    };
    for (host, authority) in [("other.example", "other.pem"), ("localhost", "ca.pem")] {
        let ran = curl(host, authority);
        assert_eq!(ran.code, 0, "{host}: {ran:?}");
    }
    assert_eq!(curl("third.example", "other.pem").code, 60, "nobody has a certificate for it");
}
