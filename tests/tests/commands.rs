//! Commands as scripts run them: without a server, without a terminal, and into a pipe that nobody reads.

use std::process::Stdio;

use valetkey_tests::program::{self, Ran};
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::shipped;

const ADA: &str = "ada@example.org";

fn server() -> Server {
    let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    server.start_again();
    server
}

#[test]
fn verify_asks_the_running_server_and_without_one_nobody_knows() {
    let mut server = server();
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "Phone");
    let verify = |server: &Server, secret: &str| server.run(&["verify", ADA, "--service", "imap"], secret);
    assert_eq!(verify(&server, &secret).code, 0);
    let mistyped = verify(&server, "abcd-efgh-ijkl-mnop");
    assert_eq!(mistyped.code, 1, "{mistyped:?}");
    assert!(mistyped.out.contains("letter by letter"), "{mistyped:?}");
    let elsewhere = server.run_elsewhere(&["verify", ADA, "--service", "imap"], &secret);
    assert_eq!(elsewhere.code, 75, "{elsewhere:?}");
    server.kill();
    let alone = verify(&server, &secret);
    assert_eq!((alone.code, &*alone.out), (75, ""), "the store is there, and is not opened: {alone:?}");
    assert!(alone.err.contains("nobody knows"), "{alone:?}");
    std::fs::remove_dir_all(server.data()).expect("it is ours");
    assert_eq!(verify(&server, &secret).code, 75, "nor is that it is not there a wrong password, or a wrong use");
}

#[test]
fn without_a_terminal_no_authenticator_app_is_added_that_nobody_has_confirmed() {
    let server = server();
    server.run(&["account", "create", ADA, "--password-stdin"], "a password of some length\n").succeeded();
    let ran = server.run(&["account", "enrol-totp", ADA], "");
    assert_eq!((ran.code, &*ran.out), (2, ""), "{ran:?}");
    assert!(ran.err.contains("nothing was added"), "{ran:?}");
    let shown = server.run(&["account", "show", ADA], "").succeeded();
    assert!(shown.contains("second factors    none"), "{shown}");
    let enrolled = server.run(&["--json", "account", "enrol-totp", ADA], "").succeeded();
    assert!(enrolled.contains("totp_secret"), "a program has it: {enrolled}");
}

/// What a command does whose output nobody reads any more.
fn unread(server: &Server, arguments: &[&str]) -> Ran {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = program::bounded(shipped::binary());
    command.arg("--config").arg(server.file("valetkey.toml")).args(arguments);
    let ran = command.stdin(Stdio::null()).stdout(writer).output().expect("it starts");
    Ran { code: ran.status.code().unwrap_or(-1), out: String::new(), err: String::from_utf8_lossy(&ran.stderr).into() }
}

#[test]
fn who_has_read_enough_hears_no_complaint_and_what_is_shown_once_is_not_lost_in_silence() {
    let server = server();
    server.admin().make_person(ADA);
    for arguments in [&["account", "list"][..], &["audit"], &["--json", "account", "show", ADA]] {
        let ran = unread(&server, arguments);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{arguments:?}");
    }
    let ran = unread(&server, &["account", "recovery-codes", ADA]);
    assert_eq!(ran.code, 75, "{ran:?}");
    assert!(ran.err.contains("cannot be printed"), "{ran:?}");
}
