//! Apps that come by IPv6: the servers behind are told where they are, in the spelling of each protocol.

use std::path::Path;

use valetkey_tests::asking::daemon::{Daemon, RunAs};
use valetkey_tests::client::Encryption;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::pop3::Pop3;
use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::tryout::{Person, Second, Tryout};

/// A Valetkey that listens on IPv6 only, and Ada.
fn by_ipv6(tryout: &Tryout) -> (Second, Person) {
    let second = tryout.serve_beside(&[("listen_tls", "listen_tls = [\"[::1]:0\"]")]);
    let ada = second.commands.make_person("ada@example.org", "the primary password of Ada");
    (second, ada)
}

/// Ada sends a letter to Bob; gives it as it was delivered.
fn sends(tryout: &Tryout, second: &Second, ada: &Person, subject: &str, count: usize) -> String {
    let mut smtp = Smtp::connect(second.entrance("submission"), Encryption::AtOnce);
    let answer = smtp.sign_in(&ada.login, &ada.key.secret);
    assert!(answer.starts_with("235 "), "{answer}\n{}", second.log());
    smtp.begin(&ada.login, &tryout.bob().login);
    let letter = message(subject, b"By IPv6.\r\n");
    assert!(smtp.content(&letter).starts_with("250 "));
    let read = tryout.await_mail(&tryout.bob(), count).remove(count - 1);
    assert!(read.ends_with(&letter));
    String::from_utf8(read).expect("text")
}

#[test]
fn postfix_is_told_an_address_of_ipv6_if_it_knows_any() {
    let tryout = Tryout::start();
    tryout.entrance("submission");
    let (second, ada) = by_ipv6(&tryout);
    // As `try` has it: `inet_protocols = ipv4`.
    let read = sends(&tryout, &second, &ada, "ipv4", 1);
    assert!(read.contains("Received: from app.example.org (localhost [127.0.0.1])"), "{read}");
    tryout.line_of_postfix(&["client=localhost[127.0.0.1]", "sasl_username=ada@example.org"]);
    let etc = tryout.dir().join("postfix/etc").display().to_string();
    program::run(program::command("postconf").args(["-c", &etc, "-e", "inet_protocols=all"]), "").succeeded();
    program::run(program::command("postfix").args(["-c", &etc, "stop"]), "").succeeded();
    let (master, log) = (Path::new("/usr/lib/postfix/sbin/master"), tryout.dir().join("postfix-again.log"));
    let _postfix = Daemon::start(master, &["-c", &etc, "-s"], &tryout.dir(), log, RunAs::Us);
    wait_for("Postfix", || {
        let mut smtp = Smtp::connect(second.entrance("submission"), Encryption::AtOnce);
        smtp.sign_in(&ada.login, &ada.key.secret).starts_with("235 ").then_some(())
    });
    let read = sends(&tryout, &second, &ada, "ipv6", 2);
    assert!(read.contains("Received: from app.example.org (unknown [IPv6:::1])"), "{read}");
    tryout.line_of_postfix(&["client=unknown[::1]", "sasl_username=ada@example.org"]);
}

#[test]
fn dovecot_is_told_an_address_of_ipv6() {
    let tryout = Tryout::start();
    let (second, ada) = by_ipv6(&tryout);
    assert!(Imap::connect(&second.door).sign_in(&ada.login, &ada.key.secret).is_ok());
    Pop3::signed_in(second.entrance("pop3"), &ada.login, &ada.key.secret);
    for service in ["imap-login: ", "pop3-login: "] {
        wait_for(service, || {
            let parts = [service, "Login: user=<ada@example.org>", "rip=::1,"];
            tryout.log_of_dovecot().lines().any(|line| parts.iter().all(|part| line.contains(part))).then_some(())
        });
    }
}
